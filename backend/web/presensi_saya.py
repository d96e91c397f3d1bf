"""Attendance of one person: the month as a calendar, one day with its taps and reasons, and the month of one's people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.core.periode import akhir_bulan, hari_tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, RiwayatJabatan
from backend.presensi import queries
from backend.presensi.enums import BUKAN_HARI_KERJA, HARI_MASUK, StatusHari, StatusPengajuan, StatusSegel, SumberTap
from backend.presensi.models import HadirHarian, Ketidakhadiran, Koreksi, Peringatan, RekapBulan
from backend.rules.decide import decide, find
from backend.rules.model import Model
from backend.rules.models import RuleVersion
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.presensi_akses import MENILAI, bulan_diminta

TABEL = {"AK": "absen_kategori", "AP": "absen_potongan"}  # first letters of a rule id → its table
BAWAAN = "(default, dapat diatur) "  # how shipped rows mark that no regulation fixes them
UUID_TEKS = re.compile(r"[0-9a-f-]{36}")
TERAKHIR = 5


# --- The month of one person ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SelHari:
    """One date of the calendar; `hari` is None where nothing is stored (before the first post, or in the future)."""

    tanggal: date
    huruf: kata.Huruf
    hari: HadirHarian | None
    hari_ini: bool

    @property
    def masuk(self) -> str:
        return kata.jam(self.hari.masuk, self.tanggal) if self.hari else "–"

    @property
    def pulang(self) -> str:
        return kata.jam(self.hari.pulang, self.tanggal) if self.hari else "–"

    @property
    def aturan(self) -> str:
        return ", ".join(kata.aturan(self.hari)) if self.hari else ""

    @property
    def kalimat(self) -> str:
        return kata.kalimat(self.hari) if self.hari else "Belum ada catatan"


KOSONG = kata.Huruf("", "", "Belum ada catatan")


def kalender(hari: Sequence[HadirHarian], bulan: date, *, hari_ini: date) -> list[SelHari]:
    """Every date of the month with its day row."""
    ada = {satu.tanggal: satu for satu in hari}
    return [
        SelHari(tgl, kata.huruf(ada[tgl]) if tgl in ada else KOSONG, ada.get(tgl), tgl == hari_ini)
        for tgl in kata.hari_hari(bulan)
    ]


@dataclass(frozen=True)
class Ringkasan:
    """A month of one person in figures, added up from the rows that are shown."""

    hari_kerja: int
    hari_masuk: int
    telat: int
    cepat: int
    persen: Decimal
    tk: int
    belum: int


def ringkas(hari: Sequence[HadirHarian]) -> Ringkasan:
    return Ringkasan(
        hari_kerja=sum(satu.status not in BUKAN_HARI_KERJA for satu in hari),
        hari_masuk=sum(satu.status in HARI_MASUK for satu in hari),
        telat=sum(satu.menit_telat or 0 for satu in hari),
        cepat=sum(satu.menit_pulang_cepat or 0 for satu in hari),
        persen=sum((satu.persen for satu in hari), Decimal(0)),
        tk=sum(satu.status == StatusHari.TK for satu in hari),
        belum=sum(satu.status == StatusHari.BELUM for satu in hari),
    )


def _isi_bulan(user: User, pegawai: Pegawai, bulan: date) -> dict[str, Any]:
    """Everything the month of a person shows, in a fixed number of statements."""
    hari_ini = timezone.localdate()
    hari = queries.hari_bulan(user, pegawai.pk, bulan)
    akhir = akhir_bulan(bulan.year, bulan.month)
    sel = kalender(hari, bulan, hari_ini=hari_ini)
    rekap = RekapBulan.objects.visible_to(user).filter(pegawai=pegawai, bulan=bulan).first()
    return {
        "pegawai": pegawai,
        "bulan": bulan,
        "nama_bulan": kata.nama_bulan(bulan),
        "sebelum": kata.alamat_bulan(kata.geser(bulan, -1)),
        "sesudah": kata.alamat_bulan(kata.geser(bulan, 1)) if bulan < hari_ini.replace(day=1) else "",
        "pilihan_bulan": kata.pilihan_bulan(bulan, hari_ini=hari_ini),
        "kini": kata.alamat_bulan(bulan),
        "kalender": sel,
        "mulai_kolom": bulan.isoweekday(),
        "berpotongan": [satu for satu in sel if satu.hari and (satu.hari.persen or satu.hari.kode)],
        "jumlah": ringkas(hari),
        "ada_hari": bool(hari),
        "kunci": kata.KUNCI,
        "disegel": rekap is not None and rekap.status == StatusSegel.DISEGEL,
        "koreksi": list(
            Koreksi.objects.visible_to(user)
            .filter(pegawai=pegawai, tanggal__range=(bulan, akhir))
            .select_related("pemutus")[:20]
        ),
        "izin": list(
            Ketidakhadiran.objects.visible_to(user)
            .filter(pegawai=pegawai, mulai__lte=akhir, sampai__gte=bulan)
            .select_related("pemutus")[:20]
        ),
        "peringatan": list(Peringatan.objects.visible_to(user).filter(pegawai=pegawai, tahun=bulan.year)[:TERAKHIR]),
        "nada_pengajuan": NADA_PENGAJUAN,
    }


NADA_PENGAJUAN = {
    StatusPengajuan.DRAF: ("warn", "undo-2"),
    StatusPengajuan.DIAJUKAN: ("info", "hourglass"),
    StatusPengajuan.DISETUJUI: ("ok", "circle-check"),
    StatusPengajuan.DITOLAK: ("bad", "circle-x"),
    StatusPengajuan.DIBATALKAN: ("", "x"),
}


@login_required
@require_GET
def saya(request: HttpRequest) -> HttpResponse:
    """Own month. An account without a person in service says so."""
    user = pengguna(request)
    pegawai = kepegawaian.pegawai_of(user)
    if pegawai is None:
        return render(request, "presensi/bukan_pegawai.html", {})
    isi = _isi_bulan(user, pegawai, bulan_diminta(request))
    return render(request, "presensi/bulan.html", {**isi, "sendiri": True})


def wajib_pegawai(user: User, pk: UUID) -> Pegawai:
    """Somebody whose rows this user sees: today's people, or days that lay in his OPD. Raises NotVisible."""
    terlihat = Pegawai.objects.visible_to(user).filter(pk=pk).first()
    if terlihat is not None:
        return terlihat
    pernah = HadirHarian.objects.visible_to(user).filter(pegawai=pk).exists()
    if not pernah:
        raise NotVisible
    return Pegawai.objects.get(pk=pk)


@login_required
@require_GET
def orang(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The month of somebody else (or of oneself)."""
    user = pengguna(request)
    pegawai = wajib_pegawai(user, pk)
    isi = _isi_bulan(user, pegawai, bulan_diminta(request))
    jabatan = kepegawaian.jabatan_pada(pegawai, timezone.localdate())
    sendiri = pegawai.user_id == user.pk
    return render(
        request,
        "presensi/bulan.html",
        {**isi, "sendiri": sendiri, "jabatan": jabatan.nama_jabatan if jabatan else "", "opd": _opd(jabatan)},
    )


def _opd(jabatan: RiwayatJabatan | None) -> str:
    opd = jabatan.posisi.unor.opd if jabatan else None
    return opd.nama if opd else ""


# --- One day ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Alasan:
    """One event of a day: what happened, what it costs, and the rows of the rule tables that said so."""

    kode: str
    kalimat: str
    persen: Decimal
    aturan: list[tuple[str, str, str]]


@login_required
@require_GET
def hari(request: HttpRequest, pk: UUID, tanggal: str) -> HttpResponse:
    """One day of one person: schedule, taps and where each counts, status, codes, cut, rules, corrections. 404 unseen."""
    user, tgl = pengguna(request), _tanggal(tanggal)
    pegawai = wajib_pegawai(user, pk)
    baris = HadirHarian.objects.visible_to(user).filter(pegawai=pegawai, tanggal=tgl).select_related("opd").first()
    if baris is None and HadirHarian.objects.filter(pegawai=pegawai, tanggal=tgl).exists():
        raise NotVisible  # the day lay in an OPD that this user does not see
    jelas = queries.penjelasan(pegawai.pk, tgl, sekarang=timezone.now())
    sendiri = pegawai.user_id == user.pk
    isi = {
        "pegawai": pegawai,
        "tanggal": tgl,
        "judul": hari_tanggal(tgl),
        "hari": baris,
        "huruf": kata.huruf(baris) if baris else KOSONG,
        "masuk": kata.jam(baris.masuk, tgl) if baris else "–",
        "pulang": kata.jam(baris.pulang, tgl) if baris else "–",
        "jadwal": _jadwal(baris, tgl),
        "taps": [(satu, SumberTap(satu.sumber).label, _guna(satu, tgl)) for satu in jelas.taps],
        "versi": _versi(baris),
        "alasan": _alasan(baris, jelas) if baris else [],
        "penanda": _penanda(baris) if baris else [],
        "berbeda": baris is not None and (jelas.hari.status, jelas.hari.persen) != (baris.status, baris.persen),
        "koreksi": list(
            Koreksi.objects.visible_to(user).filter(pegawai=pegawai, tanggal=tgl).select_related("pemutus", "pengaju")
        ),
        "izin": list(Ketidakhadiran.objects.visible_to(user).filter(pegawai=pegawai, mulai__lte=tgl, sampai__gte=tgl)),
        "nada_pengajuan": NADA_PENGAJUAN,
        "sendiri": sendiri,
        "bulan": kata.alamat_bulan(tgl),
        "nama_bulan": kata.nama_bulan(tgl),
        "bisa_koreksi": sendiri and tgl <= timezone.localdate() and not queries.disegel(pegawai.pk, tgl),
        "disegel": queries.disegel(pegawai.pk, tgl),
    }
    return render(request, "presensi/hari.html", isi)


def _tanggal(teks: str) -> date:
    try:
        return date.fromisoformat(teks)
    except ValueError as galat:
        raise Http404 from galat


def _jadwal(baris: HadirHarian | None, tgl: date) -> str:
    if baris is None or baris.jadwal_masuk is None:
        return "Tidak ada jam kerja"
    return f"{kata.jam(baris.jadwal_masuk, tgl)}–{kata.jam(baris.jadwal_pulang, tgl)}"


def _guna(tap: queries.TapHari, tgl: date) -> str:
    """What a tap counts for, in words."""
    if not tap.sisi:
        return "Di luar jendela, tidak berpengaruh"
    sisi = {"IN": "masuk", "OUT": "pulang"}[tap.sisi]
    return f"Jendela {sisi}" if tap.tanggal == tgl else f"Jendela {sisi} hari lain"


def _penanda(baris: HadirHarian) -> list[str]:
    label: Mapping[str, str] = {
        "LUPA_MASUK": "Lupa tap masuk",
        "LUPA_PULANG": "Lupa tap pulang",
        "DL_PAGI": "Dinas luar pagi: sisi masuk tidak dinilai",
        "DL_SIANG": "Dinas luar siang: sisi pulang tidak dinilai",
    }
    return [label.get(satu, satu) for satu in baris.penanda]


def _alasan(baris: HadirHarian, jelas: queries.Penjelasan) -> list[Alasan]:
    """The events of a stored day. The ids in `aturan` are those of the categories, then one per code."""
    potongan = list(baris.aturan[len(baris.aturan) - len(baris.kode) :]) if baris.kode else []
    kategori = [satu for satu in kata.aturan(baris) if satu.startswith("AK-")]
    teks = _teks_aturan(baris)
    hasil = []
    for urut, kode in enumerate(baris.kode):
        rules = [satu for satu in kategori if satu.startswith(kata.AWALAN.get(kode[:2], "–"))]
        rules += potongan[urut : urut + 1]
        hasil.append(
            Alasan(
                kode,
                kata.sebab(baris, kode),
                _persen_kode(baris, kode, jelas),
                [(TABEL.get(satu[:2], ""), satu, teks.get(satu, "")) for satu in rules],
            )
        )
    return hasil


def _persen_kode(baris: HadirHarian, kode: str, jelas: queries.Penjelasan) -> Decimal:
    if len(baris.kode) == 1:
        return baris.persen
    persen: Decimal = decide(
        "absen_potongan",
        pada=akhir_bulan(baris.tanggal.year, baris.tanggal.month),
        kode=kode,
        hari_ke=None,
        bersurat=None,
        ramadan=jelas.fakta.kalender.ramadan,
    )["persen"]
    return persen


def _versi(baris: HadirHarian | None) -> str:
    """The versions of the tables in words: `absen_kategori versi 1, absen_potongan versi 2`."""
    ids = [satu for satu in (baris.versi_aturan if baris else "").split(";") if UUID_TEKS.fullmatch(satu)]
    rows = RuleVersion.objects.filter(pk__in=ids).values_list("decision", "nomor")
    return ", ".join(f"{nama} versi {nomor}" for nama, nomor in rows.order_by("decision"))


def _teks_aturan(baris: HadirHarian) -> dict[str, str]:
    """What the rows of the two tables say of themselves, by rule id."""
    pada = akhir_bulan(baris.tanggal.year, baris.tanggal.month)
    hasil: dict[str, str] = {}
    for nama in TABEL.values():
        model, _versi = find(nama, pada=pada)
        table = model.decision(nama).table if isinstance(model, Model) else None
        hasil |= (
            {rule.id: " ".join(rule.annotations).replace(BAWAAN, "").strip() for rule in table.rules} if table else {}
        )
    return hasil


# --- One's people -----------------------------------------------------------------------------------------------------


@hanya(MENILAI)
@require_GET
def bawahan(request: HttpRequest) -> HttpResponse:
    """The people who report to this user today: their month as a grid, with sums."""
    user, bulan = pengguna(request), bulan_diminta(request)
    hari_ini = timezone.localdate()
    rows = list(
        kepegawaian.bawahan_langsung(user, hari_ini)
        .select_related("pegawai", "posisi__jabatan")
        .order_by("pegawai__nama", "pk")
    )
    kisi = queries.kisi(user, [row.pegawai_id for row in rows], bulan)
    menunggu = Ketidakhadiran.objects.filter(
        pegawai__in=[row.pegawai_id for row in rows], status=StatusPengajuan.DIAJUKAN
    ).count()
    isi = {
        "bulan": bulan,
        "nama_bulan": kata.nama_bulan(bulan),
        "kini": kata.alamat_bulan(bulan),
        "pilihan_bulan": kata.pilihan_bulan(bulan, hari_ini=hari_ini),
        "tanggal": kata.hari_hari(bulan),
        "kunci": kata.KUNCI,
        "menunggu": menunggu,
        "baris": [baris_kisi(row.pegawai, row.nama_jabatan, kisi.get(row.pegawai_id, {}), bulan) for row in rows],
    }
    return render(request, "presensi/bawahan.html", isi)


@dataclass(frozen=True)
class BarisKisi:
    """One person of a month grid."""

    pegawai: Pegawai
    jabatan: str
    sel: list[tuple[date, kata.Huruf]]
    persen: Decimal
    berat: bool

    @property
    def kotak(self) -> SafeString:
        """The cells of the days; the first one stands under its weekday on a phone."""
        isi = [kata.kotak(tgl.day, huruf, 0 if n else tgl.isoweekday()) for n, (tgl, huruf) in enumerate(self.sel)]
        return SafeString("".join(isi))


KOLOM_KISI = ("pegawai_id", "tanggal", "status", "kode", "penanda", "persen")  # what a grid row reads of a day


def baris_kisi(pegawai: Pegawai, jabatan: str, hari: Mapping[date, HadirHarian], bulan: date) -> BarisKisi:
    """The letters of a person's month; `berat`: the sum deserves the eye (a day without any reason)."""
    sel = [(tgl, kata.huruf(hari[tgl]) if tgl in hari else KOSONG) for tgl in kata.hari_hari(bulan)]
    persen = sum((satu.persen for satu in hari.values()), Decimal(0))
    return BarisKisi(pegawai, jabatan, sel, persen, any(satu.status == StatusHari.TK for satu in hari.values()))
