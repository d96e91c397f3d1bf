"""Imports from a workbook: template, upload, dry run with the errors of every row, then all or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from backend.platform import files
from backend.platform.models import Berkas
from backend.web.admin_akses import KOTA, hanya, pengguna
from backend.web.admin_daftar import XLSX, unduhan
from backend.web.admin_isian import Isian, kiriman, simpan

MAKS_MB = 10
GALAT_TAMPIL = 200


@dataclass(frozen=True)
class Impor:
    """One kind of import. `templat` gives the bytes of the empty workbook, `periksa` reads one, `terapkan` writes it."""

    judul: str
    guna: str
    templat: Callable[[], bytes]
    periksa: Callable[[Any], Any]
    terapkan: Callable[..., Any]


def _impor(jenis: str) -> Impor:
    from backend.kepegawaian import importing
    from backend.kinerja.services import impor

    pilihan = {
        "kepegawaian": Impor(
            "Unit, posisi, pegawai, dan riwayat jabatan", "Empat lembar dalam satu berkas; urutannya diatur sendiri oleh aplikasi.",
            importing.template, importing.check, importing.apply,
        ),
        "skp": Impor("SKP: RHK, IKI, dan renaksi", "Satu berkas untuk banyak pegawai, dengan target per bulan.", impor.template, impor.check, impor.apply),
    }  # fmt: skip
    if jenis not in pilihan:
        raise Http404
    return pilihan[jenis]


@hanya(KOTA)
@require_GET
def pilih(request: HttpRequest) -> HttpResponse:
    """The kinds of import."""
    konteks = {
        "judul": "Impor data",
        "fakta": "Tidak ada yang tersimpan sebelum Anda menekan Terapkan.",
        "jenis": [(kunci, _impor(kunci)) for kunci in ("kepegawaian", "skp")],
    }
    return render(request, "kelola/impor.html", konteks)


@hanya(KOTA)
@require_GET
def templat(request: HttpRequest, jenis: str) -> HttpResponse:
    """The empty workbook with its column heads and notes."""
    return unduhan(_impor(jenis).templat(), nama=f"templat-{jenis}.xlsx", mime=XLSX)


class UnggahIsian(Isian):
    berkas = forms.FileField(label="Berkas Excel (.xlsx)", help_text=f"Paling besar {MAKS_MB} MB.")


@hanya(KOTA)
def unggah(request: HttpRequest, jenis: str) -> HttpResponse:
    """Take the workbook; it is checked on the next page."""
    satu, alamat = _impor(jenis), reverse("admin-impor")
    return simpan(
        request, UnggahIsian(kiriman(request), request.FILES or None),
        aksi=lambda isi: files.store(isi["berkas"], pengunggah=pengguna(request), jenis=("xlsx",), maks_mb=MAKS_MB),
        ke=lambda berkas: reverse("admin-impor-periksa", args=[jenis, berkas.pk]), sukses="Berkas diterima dan sudah diperiksa di bawah ini.",
        konteks={"judul": f"Impor {satu.judul}", "kembali": (alamat, "Impor data"), "batal": alamat, "tombol": "Unggah dan periksa", "penjelasan": satu.guna},
    )  # fmt: skip


@hanya(KOTA)
def periksa(request: HttpRequest, jenis: str, pk: UUID) -> HttpResponse:
    """The dry run of an uploaded workbook, and *Terapkan* when it has no error. Only its uploader sees it."""
    satu, user = _impor(jenis), pengguna(request)
    berkas = get_object_or_404(Berkas, pk=pk, pengunggah=user, mime=XLSX)
    with files.open_bytes(berkas) as isi:
        hasil = satu.periksa(io.BytesIO(isi.read()))
    galat = list(hasil.errors)
    return simpan(
        request, Isian(kiriman(request)),
        aksi=lambda _isi: satu.terapkan(hasil, oleh=user),
        ke=reverse("admin-impor"), sukses="Impor diterapkan seluruhnya.", template="kelola/impor_periksa.html",
        konteks={
            "judul": f"Periksa impor {satu.judul}", "fakta": berkas.nama_asli, "kembali": (reverse("admin-impor"), "Impor data"),
            "jumlah": hasil.counts.items(), "galat": galat[:GALAT_TAMPIL], "banyak_galat": len(galat), "ulang": reverse("admin-impor-unggah", args=[jenis]),
        },
    )  # fmt: skip
