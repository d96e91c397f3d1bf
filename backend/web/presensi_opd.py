"""Attendance of an OPD: the month grid (25 people a page), and its month read from stored rows only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.periode import akhir_bulan
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, RiwayatJabatan, Unor
from backend.presensi.enums import StatusSegel
from backend.presensi.models import HadirHarian, RekapBulan, SegelBulan
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_cari import cari_pegawai
from backend.web.admin_daftar import Saringan, alamat, halaman, navigasi, saring_pilihan
from backend.web.presensi_akses import LIHAT, boleh_opd, bulan_diminta, opd_dari, opd_terlihat
from backend.web.presensi_kerja import kartu_hitung
from backend.web.presensi_saya import KOLOM_KISI, BarisKisi, baris_kisi

PER_HALAMAN = 25
TAMPIL = (
    ("potongan", "Ada potongan"),
    ("tk", "Tanpa keterangan"),
    ("jadwal", "Tanpa jadwal jaga"),
    ("belum", "Ada hari belum selesai"),
)
SYARAT: dict[str, Q] = {
    "potongan": Q(persen__gt=0),
    "tk": Q(per_kode__has_key="TK"),
    "jadwal": Q(tanpa_jadwal__gt=0),
    "belum": Q(belum__gt=0),
}
NADA_SEGEL = {
    StatusSegel.TERBUKA: ("warn", "hourglass", "Belum disegel"),
    StatusSegel.DIAJUKAN: ("info", "hourglass", "Menunggu Kepala OPD"),
    StatusSegel.DISEGEL: ("ok", "lock", "Sudah disegel"),
}


class SaringBulan(Saringan):
    """Which OPD and month, and which of its people. OPD and month are always given; the rest narrows."""

    cari = forms.CharField(label="Nama atau NIP", required=False, max_length=100)
    opd = saring_pilihan("OPD", ())
    unit = saring_pilihan("Unit", (), semua="Semua unit")
    bulan = saring_pilihan("Bulan", ())
    tampil = saring_pilihan("Tampilkan", TAMPIL, semua="Semua pegawai")

    def __init__(
        self, data: QueryDict, *, opd: Sequence[Unor], unit: Sequence[Unor], bulan: date, dipilih: Unor
    ) -> None:
        super().__init__({**data.dict(), "opd": str(dipilih.pk), "bulan": kata.alamat_bulan(bulan)})
        self._pilihan("opd", [(str(satu.pk), satu.nama) for satu in opd])
        self._pilihan("unit", [("", "Semua unit"), *((str(satu.pk), satu.nama) for satu in unit)])
        self._pilihan("bulan", kata.pilihan_bulan(bulan, hari_ini=timezone.localdate()))
        if len(opd) < 2:
            self.fields["opd"].widget = forms.HiddenInput()
        if not unit:
            del self.fields["unit"]

    def _pilihan(self, nama: str, pilihan: Sequence[tuple[str, str]]) -> None:
        kolom = self.fields[nama]
        if isinstance(kolom, forms.ChoiceField):
            kolom.choices = list(pilihan)

    @property
    def aktif(self) -> bool:
        return any(self.cleaned_data.get(nama) for nama in ("cari", "unit", "tampil"))


def hari_opd(user: User, opd: Unor, bulan: date) -> QuerySet[HadirHarian]:
    """The day rows of a month that lay in an OPD and that the user sees."""
    akhir = akhir_bulan(bulan.year, bulan.month)
    rows: QuerySet[HadirHarian] = HadirHarian.objects.visible_to(user).filter(opd=opd, tanggal__range=(bulan, akhir))
    return rows


def orang_opd(opd: Unor, bulan: date, saringan: SaringBulan) -> QuerySet[Pegawai]:
    """The people who sat in an OPD on some day of the month and have a recap of it (of the kind asked for), by name."""
    akhir = akhir_bulan(bulan.year, bulan.month)
    duduk = RiwayatJabatan.objects.filter(Q(sampai=None) | Q(sampai__gte=bulan), status="AKTIF", mulai__lte=akhir)
    duduk = duduk.definitif().filter(posisi__unor__opd=opd)
    if unit := saringan.isi("unit"):
        duduk = duduk.filter(posisi__unor__path__contains=[unit])
    rekap = RekapBulan.objects.filter(SYARAT.get(saringan.isi("tampil") or "", Q()), bulan=bulan)
    rows: QuerySet[Pegawai] = Pegawai.objects.filter(pk__in=duduk.values("pegawai"))
    rows = rows.filter(pk__in=rekap.values("pegawai_id"))
    if cari := saringan.isi("cari"):
        rows = cari_pegawai(rows, cari)
    return rows.order_by("nama", "pk")


def baris_bulan(orang: Sequence[Pegawai], hari: QuerySet[HadirHarian], bulan: date) -> list[BarisKisi]:
    """The grid rows of some people, in two statements."""
    ids = [satu.pk for satu in orang]
    per_orang: dict[Any, dict[date, HadirHarian]] = {}
    for row in hari.filter(pegawai__in=ids).only(*KOLOM_KISI).order_by("tanggal"):
        per_orang.setdefault(row.pegawai_id, {})[row.tanggal] = row
    jabatan = kepegawaian.jabatan_semua(ids, akhir_bulan(bulan.year, bulan.month))
    return [
        baris_kisi(satu, jabatan[satu.pk].nama_jabatan if satu.pk in jabatan else "", per_orang.get(satu.pk, {}), bulan)
        for satu in orang
    ]


def unit_opd(opd: Unor) -> list[Unor]:
    """The units of an OPD that have posts of their own, for the filter."""
    return list(Unor.objects.filter(opd=opd, is_delete=False).exclude(pk=opd.pk).order_by("nama"))


@dataclass(frozen=True)
class Lembar:
    """What the grid page and its export both start from."""

    opd: Unor
    bulan: date
    saringan: SaringBulan
    orang: QuerySet[Pegawai]
    hari: QuerySet[HadirHarian]


def lembar(request: HttpRequest) -> Lembar:
    """The OPD, month and people asked for. Raises NotVisible."""
    user, bulan = pengguna(request), bulan_diminta(request)
    pilihan = list(opd_terlihat(user))
    opd = opd_dari(request, pilihan)
    saringan = SaringBulan(request.GET, opd=pilihan, unit=unit_opd(opd), bulan=bulan, dipilih=opd)
    saringan.is_valid()
    hari = hari_opd(user, opd, bulan)
    return Lembar(opd, bulan, saringan, orang_opd(opd, bulan, saringan), hari)


@hanya(LIHAT)
@require_GET
def bulan_opd(request: HttpRequest) -> HttpResponse:
    """The month of an OPD as a grid. A request of htmx gets the grid alone."""
    isi = lembar(request)
    bagian = halaman(request, isi.orang, per_halaman=PER_HALAMAN)
    konteks: dict[str, Any] = {
        "halaman": bagian,
        "baris": baris_bulan(list(bagian.object_list), isi.hari, isi.bulan),
        "saringan": isi.saringan,
        "bulan": isi.bulan,
        "kini": kata.alamat_bulan(isi.bulan),
        "nama_bulan": kata.nama_bulan(isi.bulan),
        "opd": isi.opd,
        "tanggal": kata.hari_hari(isi.bulan),
        "kunci": kata.KUNCI,
        "tanpa_saring": alamat(request.GET, cari=None, unit=None, tampil=None, hal=None),
        **navigasi(request, bagian),
    }
    if request.headers.get("HX-Request"):
        return render(request, "presensi/_lembar.html", konteks)
    return render(request, "presensi/opd.html", {**konteks, **_kepala(request, isi)})


def _kepala(request: HttpRequest, isi: Lembar) -> dict[str, Any]:
    """The head of the page: working days, seal, running computation, what this user may press."""
    segel = SegelBulan.objects.filter(opd=isi.opd, bulan=isi.bulan).first()
    status = StatusSegel(segel.status) if segel else StatusSegel.TERBUKA
    rekap = RekapBulan.objects.filter(opd=isi.opd, bulan=isi.bulan).order_by()
    umum = rekap.values("hari_kerja").annotate(n=Count("pegawai_id")).order_by("-n", "-hari_kerja").first()
    return {
        "hari_kerja": umum["hari_kerja"] if umum else 0,
        "segel": NADA_SEGEL[status],
        "disegel": status == StatusSegel.DISEGEL,
        "boleh_ubah": boleh_opd(pengguna(request), isi.opd.pk),
        "job": kartu_hitung(isi.opd, isi.bulan),
    }
