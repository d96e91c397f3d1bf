"""Jobs of kepegawaian."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from backend.kepegawaian import importing
from backend.platform import files, jobs
from backend.platform.models import Berkas, Job

IMPOR = "impor_kepegawaian"


@jobs.job(IMPOR)
def impor(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Apply an uploaded workbook (`parameter`: berkas, akun). Raises ImporDitolak; then nothing was written."""
    progress(0, pesan="Memeriksa berkas")
    with files.open_bytes(Berkas.objects.get(pk=job.parameter["berkas"])) as stored:
        report = importing.check(stored)
    progress(0, total=report.rows, pesan="Menyimpan")
    with transaction.atomic():
        importing.apply(report, oleh=job.oleh)
        akun = importing.buat_akun_semua() if job.parameter.get("akun") else 0
        progress(report.rows, total=report.rows, pesan="Selesai")  # cancelled meanwhile: nothing is written
    return {"jumlah": {lembar: dict(jumlah) for lembar, jumlah in report.jumlah.items()}, "akun": akun}
