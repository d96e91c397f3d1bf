"""“Data salah? Laporkan”: the form of the ASN, and the answers of the admin."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.core.errors import NotAllowed
from backend.core.periode import waktu
from backend.kepegawaian import enums, services
from backend.kepegawaian.models import LaporanData, Pegawai, RiwayatJabatan
from backend.web.admin_akses import KOTA, KOTA_LIHAT, OPD, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Paragraf, kiriman, simpan

KOLOM = (
    "Atasan",
    "Jabatan",
    "Unit kerja",
    "Nama atau gelar",
    "Pangkat atau golongan",
    "NIP atau tanggal lahir",
    "Lainnya",
)
NADA = {
    enums.StatusLaporanData.BARU: "warn",
    enums.StatusLaporanData.DIPERBAIKI: "ok",
    enums.StatusLaporanData.DITOLAK: "mute",
}


class LaporIsian(Isian):
    """What is wrong, and how it should read."""

    kolom = forms.ChoiceField(label="Data yang salah", choices=[(k, k) for k in KOLOM])
    isi = Paragraf(label="Apa yang salah dan bagaimana seharusnya", min_length=10, max_length=1000, baris=4)


def _data_kini(pegawai: Pegawai) -> str:
    """The present data in one line, so that the reporter sees what is recorded."""
    rows = RiwayatJabatan.objects.definitif().pada(timezone.localdate()).filter(pegawai=pegawai)
    row = rows.select_related("posisi__jabatan", "posisi__unor", "atasan__jabatan").first()
    if row is None:
        return "Tercatat sekarang: belum ada jabatan aktif."
    atasan = row.atasan.jabatan.nama if row.atasan else "tidak ada"
    return f"Tercatat sekarang: {row.nama_jabatan}, {row.posisi.unor.nama}. Atasan: {atasan}."


@login_required
def lapor(request: HttpRequest) -> HttpResponse:
    """Report wrong data about oneself; `?kolom=` fills in which."""
    user = pengguna(request)
    pegawai = Pegawai.objects.filter(user=user).first()
    if pegawai is None:
        raise NotAllowed
    beranda = reverse("beranda")
    return simpan(
        request, LaporIsian(kiriman(request), initial={"kolom": request.GET.get("kolom", "")}),
        aksi=lambda isi: services.laporkan_data(pegawai, oleh=user, **isi),
        ke=beranda, sukses="Laporan terkirim kepada Admin OPD. Anda akan diberi tahu setelah dijawab.",
        konteks={
            "judul": "Laporkan data yang salah", "fakta": pegawai.nama_lengkap, "kembali": (beranda, "Beranda"), "batal": beranda,
            "penjelasan": _data_kini(pegawai), "tombol": "Kirim laporan",
        },
    )  # fmt: skip


class SaringLaporan(Saringan):
    cari = forms.CharField(label="NIP atau nama", required=False, max_length=100)
    status = saring_pilihan("Status", enums.StatusLaporanData.choices)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if kata := self.isi("cari"):
            baris = cari_pegawai(baris, kata, awalan="pegawai__")
        status = self.isi("status")
        return baris.filter(status=status) if status else baris


DAFTAR = Daftar(
    judul="Laporan data salah",
    kosong="Tidak ada laporan data salah",
    kosong_saran="Pegawai melaporkan data yang salah dari berandanya; laporannya muncul di sini.",
    ikon_kosong="message-square-warning",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda b: b.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda b: b.pegawai.nip), url=lambda b: reverse("laporan-data-detail", args=[b.pk])),
        Kolom(label="Data yang salah", nilai=lambda b: b.kolom, urut=("kolom",), sub=Kolom(label="Isi laporan", nilai=lambda b: b.isi)),
        Kolom(label="Dilaporkan", nilai=lambda b: b.dibuat_pada, urut=("dibuat_pada",)),
        Kolom(label="Status", nilai=lambda b: b.get_status_display(), urut=("status",), nada=lambda b: NADA[enums.StatusLaporanData(b.status)]),
    ),
)  # fmt: skip


@hanya(OPD | KOTA_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Reports about people in scope; those without an answer first."""
    user = pengguna(request)
    baris = LaporanData.objects.visible_to(user).select_related("pegawai")
    baris = baris.order_by(F("dijawab_pada").desc(nulls_first=True), "dibuat_pada", "pk")
    return halaman_daftar(request, baris, daftar=DAFTAR, saringan=SaringLaporan(request.GET), judul=DAFTAR.judul)


class JawabIsian(Isian):
    """The answer: corrected, or the data is right."""

    status = forms.ChoiceField(
        label="Hasil", widget=forms.RadioSelect,
        choices=[(s.value, s.label) for s in enums.StatusLaporanData if s != enums.StatusLaporanData.BARU],
    )  # fmt: skip
    jawaban = Paragraf(label="Jawaban kepada pegawai", min_length=10, max_length=1000)


@hanya(OPD | KOTA_LIHAT)
def jawab(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Read one report; answer and close it. Nobody answers his own."""
    user = pengguna(request)
    laporan = get_object_or_404(
        LaporanData.objects.visible_to(user).select_related("pegawai", "pelapor", "dijawab_oleh"), pk=pk
    )
    boleh = (
        laporan.status == enums.StatusLaporanData.BARU and punya(request, OPD | KOTA) and laporan.pelapor_id != user.pk
    )
    if request.method == "POST" and not boleh:
        raise NotAllowed
    alamat = reverse("laporan-data")
    return simpan(
        request, JawabIsian(kiriman(request)),
        aksi=lambda isi: services.jawab_laporan_data(laporan, oleh=user, **isi),
        ke=alamat, sukses="Jawaban terkirim kepada pegawai.", template="kelola/laporan_data.html",
        konteks={
            "judul": f"Laporan data: {laporan.kolom}", "fakta": f"{laporan.pegawai.nama_lengkap} · dilaporkan {waktu(laporan.dibuat_pada)}",
            "kembali": (alamat, "Laporan data salah"), "batal": alamat, "laporan": laporan, "boleh": boleh,
            "tombol": "Kirim jawaban", "nada": NADA[enums.StatusLaporanData(laporan.status)],
        },
    )  # fmt: skip
