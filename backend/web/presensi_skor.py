"""*Skor potongan* (item 1j): deductions of an OPD or the whole city from stored month rows, down to the day and its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Count, IntegerField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.kepegawaian.models import Unor
from backend.platform.enums import OPEN_JOB
from backend.platform.models import Job
from backend.presensi.models import RekapBulan
from backend.presensi.tasks import HITUNG
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_cari import cari_pegawai
from backend.web.admin_daftar import (
    Daftar,
    Kolom,
    Saringan,
    alamat,
    halaman,
    kepala,
    navigasi,
    saring_pilihan,
    susun,
    urutkan,
)
from backend.web.presensi_akses import LIHAT, boleh_opd, bulan_diminta, opd_terlihat
from backend.web.presensi_kerja import kartu_hitung

PER_HALAMAN = 25
TAMPIL = (("potongan", "Ada potongan"), ("tk", "Tanpa keterangan"), ("jadwal", "Tanpa jadwal jaga"))
SYARAT = {
    "potongan": Q(persen__gt=0),
    "tk": Q(per_kode__has_key="TK"),
    "jadwal": Q(tanpa_jadwal__gt=0),
}
KODE = tuple(kata.NAMA_KODE)


class SaringSkor(Saringan):
    """OPD (none: everything the user sees), month, person, kind."""

    cari = forms.CharField(label="Nama atau NIP", required=False, max_length=100)
    opd = saring_pilihan("OPD", ())
    bulan = saring_pilihan("Bulan", ())
    tampil = saring_pilihan("Tampilkan", TAMPIL, semua="Semua pegawai")

    def __init__(self, data: QueryDict, *, opd: Sequence[Unor], bulan: date, dipilih: Unor | None) -> None:
        kini = {"opd": str(dipilih.pk) if dipilih else "", "bulan": kata.alamat_bulan(bulan)}
        super().__init__({**data.dict(), **kini})
        semua = [("", "Semua OPD yang Anda lihat")] if len(opd) > 1 else []
        self._pilihan("opd", [*semua, *((str(satu.pk), satu.nama) for satu in opd)])
        self._pilihan("bulan", kata.pilihan_bulan(bulan, hari_ini=timezone.localdate()))

    def _pilihan(self, nama: str, pilihan: Sequence[tuple[str, str]]) -> None:
        kolom = self.fields[nama]
        if isinstance(kolom, forms.ChoiceField):
            kolom.choices = list(pilihan)

    @property
    def aktif(self) -> bool:
        return any(self.cleaned_data.get(nama) for nama in ("cari", "tampil"))


def kejadian(per_kode: Mapping[str, int]) -> str:
    """`TL1 ×3, TK ×1`, in the order of the code list; – for none."""
    return ", ".join(f"{kode} ×{per_kode[kode]}" for kode in KODE if per_kode.get(kode)) or "–"


def _menit(rekap: RekapBulan) -> str:
    return f"{rekap.menit_telat} / {rekap.menit_pulang_cepat}"


def daftar_skor(*, per_opd: bool) -> Daftar:
    """The table of people; the OPD of each stands under the name only where there are several."""
    bulan = kata.alamat_bulan
    return Daftar(
        judul="Skor potongan", per_halaman=PER_HALAMAN, ikon_kosong="gauge",
        kosong="Belum ada rekap untuk bulan ini", kosong_saran="Rekap muncul sesudah tap masuk. Bila tap sudah ada, tekan Hitung ulang.",
        kolom=(
            Kolom(
                label="Pegawai", nilai=lambda r: r.pegawai.nama_lengkap, urut=("pegawai__nama",),
                url=lambda r: f"{reverse('presensi-orang', args=[r.pegawai_id])}?bulan={bulan(r.bulan)}",
                sub=Kolom(label="OPD", nilai=lambda r: r.opd.nama) if per_opd else Kolom(label="NIP", nilai=lambda r: r.pegawai.nip),
            ),
            Kolom(label="Hari kerja", nilai=lambda r: r.hari_kerja, angka=True),
            Kolom(label="Hari masuk", nilai=lambda r: r.hari_masuk, angka=True, urut=("hari_masuk",)),
            Kolom(label="Kejadian", nilai=lambda r: kejadian(r.per_kode)),
            Kolom(label="Menit telat / cepat", nilai=_menit, angka=True),
            Kolom(label="Potongan", nilai=lambda r: f"{kata.persen(r.persen)} %", angka=True, urut=("persen",)),
        ),
    )  # fmt: skip


# --- Sums ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jumlah:
    """Sums over month rows: people, people with a cut, percent, events per code, and what still blocks."""

    pegawai: int
    berpotongan: int
    persen: Decimal
    kode: list[tuple[str, str, int]]
    tanpa_jadwal: int
    belum: int


def _banyak(kode: str) -> Sum:
    return Sum(Cast(KT(f"per_kode__{kode}"), IntegerField()), default=0)


def jumlahkan(baris: QuerySet[RekapBulan]) -> Jumlah:
    """The sums of some month rows, in one statement."""
    hasil = baris.aggregate(
        pegawai=Count("pegawai_id"),
        berpotongan=Count("pegawai_id", filter=Q(persen__gt=0)),
        persen=Sum("persen", default=Decimal(0)),
        jadwal=Count("pegawai_id", filter=Q(tanpa_jadwal__gt=0)),
        belum=Count("pegawai_id", filter=Q(belum__gt=0)),
        **{f"kode_{kode}": _banyak(kode) for kode in KODE},
    )
    kode = [(nama, kata.NAMA_KODE[nama], hasil[f"kode_{nama}"]) for nama in KODE]
    return Jumlah(
        hasil["pegawai"],
        hasil["berpotongan"],
        hasil["persen"],
        [satu for satu in kode if satu[2]],
        hasil["jadwal"],
        hasil["belum"],
    )


def per_opd(baris: QuerySet[RekapBulan]) -> list[dict[str, Any]]:
    """A line per OPD, the highest mean first, in one statement."""
    rows = (
        baris.order_by()
        .values("opd", "opd__nama")
        .annotate(
            pegawai=Count("pegawai_id"),
            berpotongan=Count("pegawai_id", filter=Q(persen__gt=0)),
            persen=Sum("persen"),
            tk=_banyak("TK"),
            jadwal=Count("pegawai_id", filter=Q(tanpa_jadwal__gt=0)),
        )
    )
    hasil = [{**row, "rata": row["persen"] / row["pegawai"]} for row in rows]
    return sorted(hasil, key=lambda row: (-row["rata"], row["opd__nama"]))


# --- Page ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LembarSkor:
    """What the score page and its export both start from."""

    opd: Unor | None
    bulan: date
    pilihan: list[Unor]
    saringan: SaringSkor
    semua: QuerySet[RekapBulan]
    baris: QuerySet[RekapBulan]


def lembar_skor(request: HttpRequest) -> LembarSkor:
    """The month rows asked for. Raises NotVisible for an OPD that the user does not see."""
    user, bulan = pengguna(request), bulan_diminta(request)
    pilihan = list(opd_terlihat(user))
    opd = _opd(request, pilihan)
    saringan = SaringSkor(request.GET, opd=pilihan, bulan=bulan, dipilih=opd)
    saringan.is_valid()
    semua = rekap_terlihat(user, bulan, opd)
    return LembarSkor(opd, bulan, pilihan, saringan, semua, saring(semua, saringan))


def _opd(request: HttpRequest, pilihan: Sequence[Unor]) -> Unor | None:
    diminta = request.GET.get("opd", "")
    if not diminta:
        return pilihan[0] if len(pilihan) == 1 else None
    opd = next((satu for satu in pilihan if str(satu.pk) == diminta), None)
    if opd is None:
        raise NotVisible
    return opd


def rekap_terlihat(user: User, bulan: date, opd: Unor | None) -> QuerySet[RekapBulan]:
    """Month rows of an OPD (or of all) that the user sees, the highest cut first."""
    rows: QuerySet[RekapBulan] = RekapBulan.objects.visible_to(user).filter(bulan=bulan)
    if opd is not None:
        rows = rows.filter(opd=opd)
    return rows.select_related("pegawai", "opd").order_by("-persen", "pegawai__nama", "pegawai_id")


def saring(baris: QuerySet[RekapBulan], saringan: SaringSkor) -> QuerySet[RekapBulan]:
    if cari := saringan.isi("cari"):
        baris = cari_pegawai(baris, cari, awalan="pegawai__")
    return baris.filter(SYARAT.get(saringan.isi("tampil") or "", Q()))


@hanya(LIHAT)
@require_GET
def skor(request: HttpRequest) -> HttpResponse:
    """Sums, a line per OPD while none is chosen, and the people, 25 a page. htmx gets the people alone."""
    isi = lembar_skor(request)
    daftar = daftar_skor(per_opd=isi.opd is None)
    bagian = halaman(
        request, urutkan(isi.baris, kolom=daftar.kolom, urut=request.GET.get("urut", "")), per_halaman=PER_HALAMAN
    )
    konteks: dict[str, Any] = {
        "daftar": daftar,
        "saringan": isi.saringan,
        "halaman": bagian,
        "kepala": kepala(daftar, request.GET),
        "baris": susun(daftar, bagian.object_list),
        "kini": kata.alamat_bulan(isi.bulan),
        "nama_bulan": kata.nama_bulan(isi.bulan),
        "opd": isi.opd,
        "tanpa_saring": alamat(request.GET, cari=None, tampil=None, hal=None),
        **navigasi(request, bagian),
    }
    if request.headers.get("HX-Request"):
        return render(request, "presensi/_skor.html", konteks)
    return render(request, "presensi/skor.html", {**konteks, **_kepala_skor(request, isi)})


def _kepala_skor(request: HttpRequest, isi: LembarSkor) -> dict[str, Any]:
    """Sums, OPD lines, running work."""
    user = pengguna(request)
    return {
        "jumlah": jumlahkan(isi.semua),
        "per_opd": per_opd(isi.semua) if isi.opd is None else [],
        "boleh_ubah": boleh_opd(user, isi.opd.pk if isi.opd else None),
        "job": kartu_hitung(isi.opd, isi.bulan) if isi.opd else None,
        "masih": _masih(isi) if isi.opd is None else 0,
        "banyak_opd": len(isi.pilihan),
    }


def _masih(isi: LembarSkor) -> int:
    """How many OPD are being computed for this month."""
    awalan = [f"{satu.pk}:{kata.alamat_bulan(isi.bulan)}" for satu in isi.pilihan]
    return Job.objects.filter(jenis=HITUNG, status__in=OPEN_JOB, kunci__in=awalan).count()
