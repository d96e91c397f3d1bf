"""Imports from a workbook: template, upload, dry run with the errors of every row, then a job that writes all or nothing."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.errors import DomainError
from backend.platform import files, imports, jobs
from backend.platform.imports import Impor
from backend.platform.models import Berkas, Job
from backend.web.admin_akses import KOTA, hanya, pengguna
from backend.web.admin_daftar import XLSX, unduhan
from backend.web.admin_isian import Isian, kiriman, simpan

MAKS_MB = 10
GALAT_TAMPIL = 200


def _impor(jenis: str) -> Impor:
    """A registered kind of import; 404 otherwise."""
    satu = imports.get(jenis)
    if satu is None:
        raise Http404
    return satu


@hanya(KOTA)
@require_GET
def pilih(request: HttpRequest) -> HttpResponse:
    """The kinds of import."""
    konteks = {
        "judul": "Impor data",
        "fakta": "Tidak ada yang tersimpan sebelum Anda menekan Terapkan.",
        "jenis": imports.kinds(),
    }
    return render(request, "kelola/impor.html", konteks)


@hanya(KOTA)
@require_GET
def templat(request: HttpRequest, jenis: str) -> HttpResponse:
    """The empty workbook with its column heads and notes."""
    return unduhan(_impor(jenis).template(), nama=f"templat-{jenis}.xlsx", mime=XLSX)


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


class ImporBermasalah(DomainError):
    """Berkas ini masih mempunyai kesalahan, sehingga tidak diterapkan. Perbaiki, lalu unggah kembali."""


class TerapkanIsian(Isian):
    """The tick boxes of a kind of import."""

    def __init__(self, *args: Any, impor: Impor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tambah({nama: forms.BooleanField(label=label, required=False) for nama, label in impor.opsi.items()})


def _mulai(satu: Impor, berkas: Berkas, *, bersih: bool, opsi: dict[str, bool], oleh: User) -> Job:
    """Start the job that writes a workbook; a second press joins it. Raises ImporBermasalah."""
    if not bersih:
        raise ImporBermasalah
    parameter = {"berkas": str(berkas.pk), **opsi}
    return jobs.start(
        satu.pekerjaan, kunci=str(berkas.pk), parameter=parameter, oleh=oleh, judul=f"Impor {berkas.nama_asli}"
    )


@hanya(KOTA)
def periksa(request: HttpRequest, jenis: str, pk: UUID) -> HttpResponse:
    """The dry run of an uploaded workbook, and *Terapkan* when it has no error. Only its uploader sees it."""
    satu, user = _impor(jenis), pengguna(request)
    berkas = get_object_or_404(Berkas, pk=pk, pengunggah=user, mime=XLSX)
    with files.open_bytes(berkas) as isi:
        hasil = satu.check(io.BytesIO(isi.read()))
    galat, catatan = list(hasil.errors), list(hasil.notes)
    return simpan(
        request, TerapkanIsian(kiriman(request), impor=satu),
        aksi=lambda isi: _mulai(satu, berkas, bersih=not galat, opsi=isi, oleh=user),
        ke=lambda job: reverse("admin-job-detail", args=[job.pk]), sukses="Impor dimulai.", template="kelola/impor_periksa.html",
        konteks={
            "judul": f"Periksa impor {satu.judul}", "fakta": berkas.nama_asli, "kembali": (reverse("admin-impor"), "Impor data"),
            "jumlah": hasil.counts.items(), "galat": galat[:GALAT_TAMPIL], "banyak_galat": len(galat),
            "catatan": catatan[:GALAT_TAMPIL], "banyak_catatan": len(catatan), "ulang": reverse("admin-impor-unggah", args=[jenis]),
        },
    )  # fmt: skip
