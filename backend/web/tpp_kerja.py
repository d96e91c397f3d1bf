"""Long work of TPP as seen by whoever started it: computing a period, what-if runs, exports; progress and download."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.documents import pdf
from backend.platform import files, jobs
from backend.platform.enums import OPEN_JOB, StatusJob
from backend.platform.models import Berkas, Job
from backend.tpp import queries
from backend.tpp.models import Periode, Simulasi
from backend.tpp.services import buku, cetak, dokumen, nominatif
from backend.tpp.services.impor import PEKERJAAN as GAJI
from backend.tpp.services.periode import HITUNG
from backend.tpp.services.simulasi import SIMULASI
from backend.web.pekerjaan import Keluarga, Tujuan
from backend.web.tpp_akses import wajib_opd_tpp

NOMINATIF, BANK, LEMBAR_OPD, EKSPOR_SIMULASI = "tpp_nominatif", "tpp_bank", "tpp_lembar_opd", "tpp_ekspor_simulasi"
SURAT_PDF = "tpp_surat_pdf"
JENIS = frozenset({HITUNG, SIMULASI, NOMINATIF, BANK, LEMBAR_OPD, EKSPOR_SIMULASI, SURAT_PDF, GAJI})
SURAT = {"sptjm": dokumen.sptjm, "pengantar": dokumen.pengantar}


def kartu_hitung(periode: Periode) -> dict[str, Any] | None:
    """The running computation of a period; the last one if it failed."""
    jobs_periode = Job.objects.filter(jenis=HITUNG, kunci=str(periode.pk)).select_related("oleh", "berkas")
    job = jobs_periode.order_by("-dibuat_pada").first()
    return KERJA.kartu(job) if job and (job.status in OPEN_JOB or job.status == StatusJob.GAGAL) else None


def wajib_job(user: User, pk: UUID) -> Job:
    """A TPP job that the user started, or that computes a period he sees. Raises NotVisible."""
    job = Job.objects.filter(pk=pk, jenis__in=JENIS).select_related("oleh", "berkas").first()
    if job is None:
        raise NotVisible
    if job.oleh_id != user.pk:
        if job.jenis != HITUNG:
            raise NotVisible
        queries.satu_periode(user, UUID(job.parameter["periode"]))
    return job


def _angka(job: Job) -> list[tuple[str, Any]]:
    hasil = [("Pegawai dihitung", job.hasil["pegawai"])] if "pegawai" in job.hasil else []
    hasil += [(nama, n) for nama, n in job.hasil.get("jumlah", {}).items() if n]
    return hasil + ([("Baris dilewati", job.hasil["ditolak"])] if job.hasil.get("ditolak") else [])


def _kembali(job: Job) -> Tujuan:
    if job.jenis == GAJI:
        return Tujuan(reverse("tpp-gaji"), "Impor gaji")
    if job.jenis == SIMULASI:
        return Tujuan(reverse("tpp-simulasi"), "Coba aturan")
    if job.jenis == EKSPOR_SIMULASI:
        return Tujuan(reverse("tpp-simulasi-detail", args=[job.parameter["simulasi"]]), "Hasil percobaan")
    if job.jenis == LEMBAR_OPD:
        query = f"?opd={job.parameter['opd']}&tahun={job.parameter['tahun']}"
        return Tujuan(reverse("tpp-rekap") + query, "Rekap tahunan")
    return Tujuan(reverse("tpp-periode-detail", args=[job.parameter["periode"]]), "Periode TPP")


def _lanjut(job: Job) -> Tujuan:
    if simulasi := job.hasil.get("simulasi"):
        return Tujuan(reverse("tpp-simulasi-detail", args=[simulasi]), "Lihat hasil percobaan")
    return _kembali(job)


KERJA = Keluarga(
    "tpp-pekerjaan", wajib=wajib_job, angka=_angka, kembali=_kembali, lanjut=_lanjut,
    boleh_batal=lambda user, job: job.oleh_id == user.pk,
)  # fmt: skip
pekerjaan, unduh, batalkan, ulangi = KERJA.halaman(), KERJA.unduh(), KERJA.batalkan(), KERJA.ulangi()


# --- Exports: each holds what its starter may see ----------------------------------------------------------------------------


def _pemohon(job: Job) -> User:
    """Whoever asked. Raises NotVisible."""
    if not isinstance(job.oleh, User):
        raise NotVisible
    return job.oleh


@jobs.job(NOMINATIF)
def buat_nominatif(job: Job, progress: jobs.Progress) -> Berkas:
    """The nominatif of a period (`format`: xlsx, docx, or pdf by LibreOffice)."""
    user, periode, nama = _periode(job)
    jenis = job.parameter.get("format", "xlsx")
    progress(0, total=3, pesan="Mengambil hasil")
    isi = nominatif.susun(periode, user)
    progress(1, total=3, pesan=f"Menulis {sum(len(satu.baris) for satu in isi.halaman)} pegawai")
    berkas = buku.nominatif(isi) if jenis == "xlsx" else dokumen.nominatif(isi)
    return _simpan(berkas, f"nominatif-{nama}", jenis, progress, user)


@jobs.job(SURAT_PDF)
def buat_surat_pdf(job: Job, progress: jobs.Progress) -> Berkas:
    """The cover letter or the SPTJM of a period (`surat`) as PDF by LibreOffice."""
    user, periode, nama = _periode(job)
    surat = job.parameter["surat"]
    progress(0, total=3, pesan="Mengisi surat")
    return _simpan(SURAT[surat](periode), f"{surat}-{nama}", "pdf", progress, user)


def _simpan(isi: bytes, nama: str, jenis: str, progress: jobs.Progress, user: User) -> Berkas:
    """Keep a file; a letter that is asked for as PDF is turned into one first."""
    if jenis == "pdf":
        progress(2, total=3, pesan="Menjadikan PDF")
        isi = pdf.dari_docx(isi)
    berkas = files.store_bytes(isi, nama=f"{nama}.{jenis}", jenis=jenis, pengunggah=user)
    progress(3, total=3)
    return berkas


@jobs.job(BANK)
def buat_bank(job: Job, progress: jobs.Progress) -> Berkas:
    """The bank file of a period."""
    user, periode, nama = _periode(job)
    progress(0, total=1, pesan="Menulis berkas bank")
    return files.store_bytes(buku.berkas_bank(periode, user), nama=f"bank-{nama}.csv", jenis="csv", pengunggah=user)


def _periode(job: Job) -> tuple[User, Periode, str]:
    user = _pemohon(job)
    periode = queries.satu_periode(user, UUID(job.parameter["periode"]))
    return user, periode, f"{periode.bulan:%Y-%m}-{periode.opd.kode}-{periode.run.lower()}"


@jobs.job(LEMBAR_OPD)
def buat_lembar_opd(job: Job, progress: jobs.Progress) -> Berkas:
    """The annual sheet of an OPD (`format`: xlsx, docx, pdf)."""
    user, tahun = _pemohon(job), int(job.parameter["tahun"])
    opd = wajib_opd_tpp(user, job.parameter["opd"])
    jenis = job.parameter.get("format", "xlsx")
    progress(0, total=2, pesan="Mengambil hasil")
    baris = queries.lembar_opd(user, opd, tahun)
    progress(1, total=2, pesan=f"Menulis {len(baris)} pegawai")
    if jenis == "pdf":
        isi = cetak.lembar_opd(opd, tahun, baris, kini=timezone.now())
    else:
        isi = (buku if jenis == "xlsx" else dokumen).lembar_opd(opd, tahun, baris)
    berkas = files.store_bytes(isi, nama=f"tpp-{tahun}-{opd.kode}.{jenis}", jenis=jenis, pengunggah=user)
    progress(2, total=2)
    return berkas


@jobs.job(EKSPOR_SIMULASI)
def buat_ekspor_simulasi(job: Job, progress: jobs.Progress) -> Berkas:
    """A what-if run as a workbook."""
    user = _pemohon(job)
    satu: Simulasi = queries.satu_simulasi(user, UUID(job.parameter["simulasi"]))
    progress(0, total=1, pesan="Menulis Excel")
    return files.store_bytes(buku.simulasi(satu), nama="coba-aturan.xlsx", jenis="xlsx", pengunggah=user)
