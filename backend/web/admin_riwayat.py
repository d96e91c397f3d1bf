"""Riwayat jabatan: enter, move to another unit, end, activate again, cancel; each with a look at what it closes."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.core.periode import tanggal
from backend.kepegawaian import enums, services
from backend.kepegawaian.models import Posisi, RiwayatJabatan
from backend.web.admin_akses import KOTA, hanya, pengguna
from backend.web.admin_cari import cari_posisi, teks_posisi
from backend.web.admin_isian import Isian, Paragraf, PilihField, Tanggal, kiriman, simpan
from backend.web.admin_pegawai import ambil as ambil_pegawai

PETUNJUK_ATASAN = "Kosongkan untuk memakai atasan posisi itu."


def _posisi(user: User) -> QuerySet[Posisi]:
    return Posisi.objects.visible_to(user).filter(is_delete=False).select_related("jabatan", "unor")


class RiwayatIsian(Isian):
    """A new row. Its atasan is the one of the post unless another is chosen (decision 1)."""

    jenis_penugasan = forms.ChoiceField(label="Jenis penugasan", choices=enums.JenisPenugasan.choices)
    posisi = PilihField(
        label="Posisi", cari=cari_posisi, teks=teks_posisi, petunjuk="Ketik nama jabatan atau unit, lalu tekan Cari."
    )
    mulai = Tanggal(label="Mulai (TMT)")
    sampai = Tanggal(label="Sampai", required=False, help_text="Wajib untuk Plt., Plh., Pj., dan tugas tambahan.")
    atasan = PilihField(label="Atasan", cari=cari_posisi, teks=teks_posisi, required=False, petunjuk=PETUNJUK_ATASAN)
    nomor_sk = forms.CharField(label="Nomor SK", max_length=100)
    tanggal_sk = Tanggal(label="Tanggal SK")
    substansi = forms.CharField(
        label="Substansi yang dikoordinasikan", max_length=200, required=False, help_text="Hanya untuk tugas tambahan."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nama in ("posisi", "atasan"):
            kolom = self.fields[nama]
            if isinstance(kolom, PilihField):
                kolom.queryset = _posisi(user)

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        if (
            isi.get("jenis_penugasan") not in (None, enums.JenisPenugasan.D)
            and not isi.get("sampai")
            and "sampai" not in self.errors
        ):
            self.add_error("sampai", "Isi tanggal berakhirnya penugasan ini.")
        return isi


@hanya(KOTA)
def baru(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a row to the history of a person: D (mutasi jabatan), PLT, PLH, PJ or TT."""
    user, pegawai = pengguna(request), ambil_pegawai(request, pk)
    alamat = reverse("admin-pegawai-detail", args=[pk]) + "?tab=riwayat"
    form = RiwayatIsian(kiriman(request), user=user)
    penjelasan = (
        f"Jabatan definitif baru menutup jabatan definitif yang berjalan, sehari sebelum TMT. {_berjalan(pegawai.pk)}"
    )
    return simpan(
        request, form,
        aksi=lambda isi: services.tambah_riwayat(pegawai, oleh=user, **isi),
        ke=alamat, sukses="Riwayat jabatan tersimpan.",
        konteks={"judul": "Tambah riwayat jabatan", "fakta": pegawai.nama_lengkap, "kembali": (alamat, pegawai.nama_lengkap), "batal": alamat, "penjelasan": penjelasan},
    )  # fmt: skip


def _berjalan(pegawai: UUID) -> str:
    """The running definitive row in words."""
    rows = RiwayatJabatan.objects.definitif().pada(timezone.localdate()).filter(pegawai=pegawai)
    row = rows.select_related("posisi__jabatan", "posisi__unor").first()
    if row is None:
        return "Saat ini tidak ada jabatan definitif yang berjalan."
    return f"Yang berjalan: {row.nama_jabatan}, {row.posisi.unor.nama}, sejak {tanggal(row.mulai)}."


class PindahIsian(Isian):
    """A move to another unit (MU): jabatan, eselon, class and TMT jabatan stay as they are (2k)."""

    posisi = PilihField(
        label="Posisi di unit baru",
        cari=cari_posisi,
        teks=teks_posisi,
        petunjuk="Jabatan yang sama di unit lain. Ketik nama unit, lalu tekan Cari.",
    )
    mulai = Tanggal(label="TMT mutasi")
    atasan = PilihField(label="Atasan", cari=cari_posisi, teks=teks_posisi, required=False, petunjuk=PETUNJUK_ATASAN)
    nomor_sk = forms.CharField(label="Nomor SK", max_length=100)
    tanggal_sk = Tanggal(label="Tanggal SK")

    def __init__(self, *args: Any, user: User, kini: RiwayatJabatan | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posisi, atasan = self.fields["posisi"], self.fields["atasan"]
        if isinstance(posisi, PilihField) and isinstance(atasan, PilihField):
            posisi.queryset = (
                _posisi(user).filter(jabatan=kini.posisi.jabatan_id).exclude(pk=kini.posisi_id)
                if kini
                else Posisi.objects.none()
            )
            atasan.queryset = _posisi(user)


@hanya(KOTA)
def pindah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move a person to another unit in the same jabatan."""
    user, pegawai = pengguna(request), ambil_pegawai(request, pk)
    alamat = reverse("admin-pegawai-detail", args=[pk]) + "?tab=riwayat"
    kini = (
        RiwayatJabatan.objects.definitif()
        .pada(timezone.localdate())
        .filter(pegawai=pegawai)
        .select_related("posisi__jabatan")
        .first()
    )
    form = PindahIsian(kiriman(request), user=user, kini=kini)
    return simpan(
        request, form,
        aksi=lambda isi: services.pindahkan(pegawai, oleh=user, **isi),
        ke=alamat, sukses="Perpindahan unit tersimpan.",
        konteks={"judul": "Pindah unit (MU)", "fakta": pegawai.nama_lengkap, "kembali": (alamat, pegawai.nama_lengkap), "batal": alamat, "penjelasan": _berjalan(pegawai.pk)},
    )  # fmt: skip


class AlasanIsian(Isian):
    alasan = Paragraf(label="Alasan", min_length=10, max_length=500)


class AkhiriIsian(AlasanIsian):
    sampai = Tanggal(label="Hari terakhir")


def _ambil(request: HttpRequest, pk: UUID) -> RiwayatJabatan:
    rows = RiwayatJabatan.objects.visible_to(pengguna(request)).select_related(
        "pegawai", "posisi__jabatan", "posisi__unor"
    )
    return get_object_or_404(rows, pk=pk)


def _konteks(row: RiwayatJabatan, *, judul: str, tombol: str, akibat: list[str]) -> dict[str, object]:
    alamat = reverse("admin-pegawai-detail", args=[row.pegawai_id]) + "?tab=riwayat"
    return {
        "judul": judul, "fakta": f"{row.pegawai.nama_lengkap} · {row.nama_jabatan}, {row.posisi.unor.nama}",
        "kembali": (alamat, row.pegawai.nama_lengkap), "batal": alamat, "tombol": tombol, "akibat": akibat, "terdampak": None,
    }  # fmt: skip


def _kembali_ke(row: RiwayatJabatan) -> str:
    return reverse("admin-pegawai-detail", args=[row.pegawai_id]) + "?tab=riwayat"


@hanya(KOTA)
def nonaktif(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a row on a date."""
    row = _ambil(request, pk)
    akibat = ["Setelah hari terakhir, jabatan ini tidak lagi menentukan unit, atasan, dan tugas pegawai."]
    if row.jenis_penugasan == enums.JenisPenugasan.D:
        akibat.append("Tanpa jabatan definitif lain, pegawai tidak termasuk perangkat daerah mana pun.")
    return simpan(
        request, AkhiriIsian(kiriman(request), initial={"sampai": timezone.localdate()}),
        aksi=lambda isi: services.nonaktifkan(row, oleh=pengguna(request), **isi),
        ke=_kembali_ke(row), sukses="Riwayat jabatan dinonaktifkan.", template="kelola/konfirmasi.html",
        konteks=_konteks(row, judul="Nonaktifkan riwayat jabatan", tombol="Nonaktifkan", akibat=akibat),
    )  # fmt: skip


def _tertutup(row: RiwayatJabatan) -> list[str]:
    """What activating this row closes, in words."""
    sejak: date = row.mulai
    rows = RiwayatJabatan.objects.definitif().pada(sejak).filter(pegawai=row.pegawai_id).exclude(pk=row.pk)
    if row.jenis_penugasan != enums.JenisPenugasan.D:
        return ["Tidak ada riwayat lain yang ditutup."]
    return [
        f"Menutup {r.nama_jabatan} ({r.posisi.unor.nama}) sehari sebelum {tanggal(sejak)}."
        for r in rows.select_related("posisi__jabatan", "posisi__unor")
    ] or ["Tidak ada jabatan definitif lain yang ditutup."]


@hanya(KOTA)
def aktif(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Activate a row again; a definitive one closes the running one in the same transaction (2a)."""
    row = _ambil(request, pk)
    return simpan(
        request, AlasanIsian(kiriman(request)),
        aksi=lambda isi: services.aktifkan_riwayat(row, oleh=pengguna(request), pada=timezone.localdate(), **isi),
        ke=_kembali_ke(row), sukses="Riwayat jabatan diaktifkan.", template="kelola/konfirmasi.html",
        konteks=_konteks(row, judul="Aktifkan riwayat jabatan", tombol="Aktifkan", akibat=_tertutup(row)),
    )  # fmt: skip


@hanya(KOTA)
def batal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Declare a row wrong. It stays readable."""
    row = _ambil(request, pk)
    akibat = [
        "Baris ini dianggap tidak pernah berlaku, tetapi tetap terbaca beserta alasannya.",
        "Baris yang batal tidak dapat diaktifkan lagi.",
    ]
    return simpan(
        request, AlasanIsian(kiriman(request)),
        aksi=lambda isi: services.batalkan(row, oleh=pengguna(request), **isi),
        ke=_kembali_ke(row), sukses="Riwayat jabatan dibatalkan.", template="kelola/konfirmasi.html",
        konteks=_konteks(row, judul="Batalkan riwayat jabatan", tombol="Batalkan riwayat", akibat=akibat),
    )  # fmt: skip
