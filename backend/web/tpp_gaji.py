"""*Impor gaji*: the bendahara of an OPD brings the gaji list of his own people; rows of others are left out, and said."""

from __future__ import annotations

import io
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.kepegawaian import queries as kepegawaian
from backend.platform import files, jobs
from backend.platform.lembar import Galat
from backend.platform.models import Berkas, Job
from backend.tpp.services import impor
from backend.web.admin_akses import GAJI, hanya, pengguna
from backend.web.admin_daftar import XLSX, unduhan
from backend.web.admin_impor import GALAT_TAMPIL, MAKS_MB, ImporBermasalah, UnggahIsian
from backend.web.admin_isian import Isian, kiriman, simpan

JUDUL = "Impor gaji"
GUNA = "Satu baris per pegawai dan bulan. Baris pegawai OPD lain dilewati dengan sebabnya; yang sudah ada diperbarui."


def lingkup_gaji(user: User) -> frozenset[UUID] | None:
    """The OPD whose gaji a user may write; None: all, and every sheet."""
    return kepegawaian.lingkup_opd(user, Peran.BKPSDM, Peran.BENDAHARA_OPD)


@hanya(GAJI)
@require_GET
def templat(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    return unduhan(impor.template(), nama="templat-gaji.xlsx", mime=XLSX)


@hanya(GAJI)
def unggah(request: HttpRequest) -> HttpResponse:
    """Take the workbook; it is checked on the next page."""
    return simpan(
        request, UnggahIsian(kiriman(request), request.FILES or None),
        aksi=lambda isi: files.store(isi["berkas"], pengunggah=pengguna(request), jenis=("xlsx",), maks_mb=MAKS_MB),
        ke=lambda berkas: reverse("tpp-gaji-periksa", args=[berkas.pk]), sukses="Berkas diterima dan sudah diperiksa di bawah ini.",
        konteks={
            "judul": JUDUL, "kembali": (reverse("tpp-periode"), "Periode TPP"), "batal": reverse("tpp-periode"),
            "tombol": "Unggah dan periksa", "penjelasan": GUNA, "templat": reverse("tpp-gaji-templat"),
        },
        template="tpp/gaji.html",
    )  # fmt: skip


@hanya(GAJI)
def periksa(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The dry run of an uploaded workbook, and *Terapkan* when it has no fault. Only its uploader sees it."""
    user = pengguna(request)
    berkas = get_object_or_404(Berkas, pk=pk, pengunggah=user, mime=XLSX)
    opd = lingkup_gaji(user)
    with files.open_bytes(berkas) as isi:
        hasil = impor.check(io.BytesIO(isi.read()), opd=opd)
    kosong = not sum(hasil.counts.values())
    galat = list(hasil.errors)
    if not galat and kosong:
        galat.append(Galat(impor.GAJI, 2, "NIP", "Tidak ada baris pegawai OPD Anda yang dapat disimpan."))
    return simpan(
        request, Isian(kiriman(request)),
        aksi=lambda _: _mulai(berkas, bersih=not galat, opd=opd, oleh=user),
        ke=lambda job: reverse("tpp-pekerjaan", args=[job.pk]), sukses="Impor dimulai.", template="kelola/impor_periksa.html",
        konteks={
            "judul": f"Periksa {JUDUL.lower()}", "fakta": berkas.nama_asli, "kembali": (reverse("tpp-gaji"), JUDUL),
            "jumlah": hasil.counts.items(), "galat": galat[:GALAT_TAMPIL], "banyak_galat": len(galat),
            "catatan": hasil.ditolak[:GALAT_TAMPIL], "banyak_catatan": len(hasil.ditolak), "ulang": reverse("tpp-gaji"),
        },
    )  # fmt: skip


def _mulai(berkas: Berkas, *, bersih: bool, opd: frozenset[UUID] | None, oleh: User) -> Job:
    """Start the job that writes the workbook within the scope of its uploader. Raises ImporBermasalah."""
    if not bersih:
        raise ImporBermasalah
    batas = {} if opd is None else {"opd": sorted(map(str, opd))}
    return jobs.start(
        impor.PEKERJAAN, kunci=str(berkas.pk), parameter={"berkas": str(berkas.pk), **batas}, oleh=oleh,
        judul=f"Impor {berkas.nama_asli}"[:200],
    )  # fmt: skip
