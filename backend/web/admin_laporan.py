"""Final laporan: find one and open it again with a reason (I3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.periode import waktu
from backend.kinerja import enums
from backend.kinerja.models import LaporanPeriode, Periode
from backend.kinerja.services import tetapkan
from backend.web.admin_akses import KOTA, KOTA_LIHAT, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, Tindakan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Paragraf, kiriman, simpan
from backend.web.admin_pegawai import pilihan_opd


class SaringFinal(Saringan):
    cari = forms.CharField(label="NIP atau nama", required=False, max_length=100)
    periode = saring_pilihan("Periode", ())
    opd = saring_pilihan("Perangkat daerah", ())
    predikat = saring_pilihan("Predikat", enums.Predikat.choices)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        periode = [(str(p.pk), str(p)) for p in Periode.objects.order_by("-mulai")[:24]]
        for nama, pilihan in (("periode", periode), ("opd", pilihan_opd(user))):
            kolom = self.fields[nama]
            if isinstance(kolom, forms.ChoiceField):
                kolom.choices = [("", "Semua"), *pilihan]

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if kata := self.isi("cari"):
            baris = cari_pegawai(baris, kata, awalan="pegawai__")
        syarat = {"periode": "periode", "opd": "opd", "predikat": "pks__predikat"}
        return baris.filter(**{jalur: nilai for nama, jalur in syarat.items() if (nilai := self.isi(nama))})


KOLOM = (
    Kolom(
        label="Pegawai",
        nilai=lambda b: b.pegawai.nama_lengkap,
        urut=("pegawai__nama",),
        sub=Kolom(label="NIP", nilai=lambda b: b.pegawai.nip),
        url=lambda b: reverse("laporan-detail", args=[b.pk]),
    ),
    Kolom(label="Periode", nilai=lambda b: str(b.periode), urut=("periode__mulai",)),
    Kolom(label="Perangkat daerah", nilai=lambda b: b.opd and b.opd.nama, urut=("opd__nama",)),
    Kolom(label="Capaian (%)", nilai=lambda b: b.pks.capaian_pegawai, urut=("pks__capaian_pegawai",), angka=True),
    Kolom(
        label="Predikat",
        nilai=lambda b: b.pks.get_predikat_display() or "",
        urut=("pks__predikat",),
        sub=Kolom(label="Status predikat", nilai=lambda b: b.pks.get_status_predikat_display()),
    ),
    Kolom(label="Final pada", nilai=lambda b: b.final_at, urut=("final_at",)),
)
BUKA = Tindakan(
    label="Buka kembali", url=lambda b: reverse("admin-laporan-buka", args=[b.pk]), nama=str, ikon="lock-open"
)


@hanya(KOTA_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Final laporan in scope, newest first."""
    user = pengguna(request)
    isi = Daftar(
        judul="Laporan final", kosong="Belum ada laporan final", kosong_saran="Laporan menjadi final setelah atasan menyetujui ketiga langkah.",
        ikon_kosong="file-lock", kolom=KOLOM, tindakan=(BUKA,) if punya(request, KOTA) else (),
    )  # fmt: skip
    baris = LaporanPeriode.objects.visible_to(user).filter(status=enums.StatusLaporan.FINAL)
    baris = baris.select_related("pegawai", "opd", "periode", "pks").order_by("-final_at", "pk")
    return halaman_daftar(request, baris, daftar=isi, saringan=SaringFinal(request.GET, user=user), judul=isi.judul)


class BukaIsian(Isian):
    langkah = forms.ChoiceField(label="Dibuka mulai langkah", choices=enums.Langkah.choices, widget=forms.RadioSelect)
    alasan = Paragraf(label="Alasan", min_length=20, max_length=1000)


@hanya(KOTA)
def buka_kembali(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a final laporan at a chosen step; its predikat is withdrawn."""
    user, alamat = pengguna(request), reverse("admin-laporan")
    rows = (
        LaporanPeriode.objects.visible_to(user)
        .filter(status=enums.StatusLaporan.FINAL)
        .select_related("pegawai", "periode")
    )
    laporan = get_object_or_404(rows, pk=pk)
    akibat = [
        "Laporan kembali kepada pegawai pada langkah yang dipilih; langkah sesudahnya harus diperiksa ulang.",
        "Predikatnya ditarik sampai laporan final lagi. Dokumen yang sudah terbit tetap tersimpan sebagai versi lama.",
        "Alasan Anda tercatat pada jejak audit dan terbaca oleh pegawai serta atasannya.",
    ]
    final = f", final sejak {waktu(laporan.final_at)}" if laporan.final_at else ""
    return simpan(
        request, BukaIsian(kiriman(request)),
        aksi=lambda isi: tetapkan.buka_kembali(laporan, oleh=user, **isi),
        ke=alamat, sukses=f"{laporan} dibuka kembali.", template="kelola/konfirmasi.html",
        konteks={
            "judul": "Buka kembali laporan final", "fakta": f"{laporan}{final}", "kembali": (alamat, "Laporan final"), "batal": alamat,
            "tombol": "Buka kembali laporan", "akibat": akibat, "terdampak": None,
        },
    )  # fmt: skip
