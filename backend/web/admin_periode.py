"""Reporting periods: their dates, and opening a month now."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.core.periode import WIB, waktu
from backend.kinerja import enums
from backend.kinerja.models import Periode
from backend.kinerja.services import periode as periode_services
from backend.web.admin_akses import KOTA, KOTA_LIHAT, hanya, pengguna, punya
from backend.web.admin_daftar import Daftar, Kolom, Saringan, Tindakan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Tanggal, kiriman, simpan

S = enums.StatusPeriode
NADA = {S.BUKA: "ok", S.LEWAT_TENGGAT: "warn", S.TUTUP: "mute", S.TERJADWAL: "info"}
AKHIR_HARI = time(23, 59)


class SaringPeriode(Saringan):
    tahun = forms.IntegerField(label="Tahun", required=False, min_value=2000, max_value=2100)
    status = saring_pilihan("Status", S.choices)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if tahun := self.isi("tahun"):
            baris = baris.filter(tahun=tahun)
        status = self.isi("status")
        return baris.filter(status=status) if status else baris


KOLOM = (
    Kolom(label="Periode", nilai=str, urut=("mulai",)),
    Kolom(label="Buka", nilai=lambda p: p.buka, urut=("buka",)),
    Kolom(label="Tenggat", nilai=lambda p: p.tenggat, urut=("tenggat",)),
    Kolom(label="Tutup", nilai=lambda p: p.tutup, urut=("tutup",)),
    Kolom(
        label="Laporan",
        nilai=lambda p: p.banyak,
        angka=True,
        sub=Kolom(label="Final", nilai=lambda p: f"{p.final} final" if p.banyak else ""),
    ),
    Kolom(label="Status", nilai=lambda p: p.get_status_display(), nada=lambda p: NADA[S(p.status)]),
)
UBAH = Tindakan(label="Ubah", url=lambda p: reverse("admin-periode-ubah", args=[p.pk]), nama=str)
BUKA = Tindakan(
    label="Buka sekarang", url=lambda p: reverse("admin-periode-buka", args=[p.pk]), nama=str, ikon="play",
    boleh=lambda p: p.status != S.TUTUP and p.jenis == enums.JenisPeriode.BULANAN,
)  # fmt: skip


@hanya(KOTA_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Periods, newest first, with how many laporan they hold."""
    boleh = punya(request, KOTA)
    isi = Daftar(
        judul="Periode", kosong="Belum ada periode", kosong_saran="Buat periode bulan pertama, lalu buka.", ikon_kosong="calendar-clock",
        kolom=KOLOM, tindakan=(BUKA, UBAH) if boleh else (),
    )  # fmt: skip
    hidup = ~Q(laporan__status=enums.StatusLaporan.DIBATALKAN)
    baris = Periode.objects.annotate(
        banyak=Count("laporan", filter=hidup),
        final=Count("laporan", filter=Q(laporan__status=enums.StatusLaporan.FINAL)),
    ).order_by("-mulai", "pk")
    aksi = [("Periode baru", reverse("admin-periode-baru"), "plus", "btn-plain")] if boleh else []
    return halaman_daftar(
        request, baris, daftar=isi, saringan=SaringPeriode(request.GET), judul=isi.judul, aksi_halaman=aksi
    )


class PeriodeIsian(Isian):
    """Dates of a period: it opens at the start of its day and ends at the end of its days."""

    buka = Tanggal(label="Dibuka tanggal", help_text="Mulai pukul 00.00.")
    tenggat = Tanggal(label="Tenggat", help_text="Sampai pukul 23.59.")
    tutup = Tanggal(label="Ditutup tanggal", help_text="Sampai pukul 23.59. Setelahnya tidak ada pengajuan pertama.")

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        urut = (("buka", "tenggat"), ("tenggat", "tutup"))
        for awal, akhir in urut:
            if isi.get(awal) and isi.get(akhir) and isi[akhir] < isi[awal]:
                self.add_error(akhir, f"Tidak boleh sebelum tanggal {awal}.")
        return isi

    def waktu(self) -> dict[str, datetime]:
        """The three moments, in Asia/Jakarta."""
        isi = self.cleaned_data
        akhir = {nama: datetime.combine(isi[nama], AKHIR_HARI, WIB) for nama in ("tenggat", "tutup")}
        return {"buka": datetime.combine(isi["buka"], time.min, WIB), **akhir}


class PeriodeBaruIsian(Isian):
    bulan = forms.TypedChoiceField(label="Bulan", coerce=int, choices=enums.Bulan.choices)
    tahun = forms.IntegerField(label="Tahun", min_value=2000, max_value=2100)


@hanya(KOTA)
def baru(request: HttpRequest) -> HttpResponse:
    """Schedule a month; its dates follow from the settings and may be changed afterwards."""
    kini, alamat = timezone.localdate(), reverse("admin-periode")
    form = PeriodeBaruIsian(kiriman(request), initial={"bulan": kini.month, "tahun": kini.year})
    return simpan(
        request, form,
        aksi=lambda isi: periode_services.jadwalkan(tahun=isi["tahun"], bulan=isi["bulan"], oleh=pengguna(request)),
        ke=lambda satu: reverse("admin-periode-ubah", args=[satu.pk]), sukses="Periode dijadwalkan. Periksa tanggalnya.",
        konteks={"judul": "Periode baru", "kembali": (alamat, "Periode"), "batal": alamat, "tombol": "Jadwalkan"},
    )  # fmt: skip


@hanya(KOTA)
def ubah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change the dates of a period."""
    satu, alamat = get_object_or_404(Periode, pk=pk), reverse("admin-periode")
    form = PeriodeIsian(
        kiriman(request), initial={nama: timezone.localdate(getattr(satu, nama)) for nama in PeriodeIsian.base_fields}
    )
    return simpan(
        request, form,
        aksi=lambda _isi: periode_services.ubah_tanggal(satu, oleh=pengguna(request), **form.waktu()),
        ke=alamat, sukses=f"Tanggal periode {satu} tersimpan.",
        konteks={"judul": f"Ubah periode {satu}", "kembali": (alamat, "Periode"), "batal": alamat},
    )  # fmt: skip


@hanya(KOTA)
def buka(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a month now, as a job; people who already have their laporan are left alone."""
    satu, alamat = get_object_or_404(Periode, pk=pk), reverse("admin-periode")
    akibat = [
        "Setiap pegawai dengan SKP berlaku mendapat laporan dan tugas pengisian untuk bulan ini.",
        f"Pengisian berlangsung sampai {waktu(satu.tenggat)}.",
        "Pegawai yang sudah mempunyai laporan tidak berubah.",
    ]
    return simpan(
        request, Isian(kiriman(request)),
        aksi=lambda _isi: periode_services.mulai_buka(satu, oleh=pengguna(request)),
        ke=lambda job: reverse("admin-job-detail", args=[job.pk]), sukses="Pembukaan periode dimulai.", template="kelola/konfirmasi.html",
        konteks={"judul": f"Buka {satu} sekarang", "kembali": (alamat, "Periode"), "batal": alamat, "tombol": "Buka periode", "akibat": akibat, "terdampak": None},
    )  # fmt: skip
