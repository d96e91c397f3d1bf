"""Celery tasks of this context. They carry nothing: dates and rows say what is to be done."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from backend.kinerja.services import impor, periode
from backend.platform import files, jobs, schedule
from backend.platform.models import Berkas, Job

IMPOR = "impor_skp"


@shared_task(name="kinerja.periode")
def lewati_waktu() -> int:
    """Move periods to the state of their dates and open the months whose day has come (T1)."""
    dibuka = periode.lewati_waktu(timezone.now())
    for satu in dibuka:
        periode.mulai_buka(satu, oleh=None)
    return len(dibuka)


schedule.every("kinerja.periode", seconds=600)


@jobs.job(IMPOR)
def impor_skp(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Apply an uploaded workbook of SKP (`parameter`: berkas). Raises ImporBergalat; then nothing was written."""
    progress(0, pesan="Memeriksa berkas")
    with files.open_bytes(Berkas.objects.get(pk=job.parameter["berkas"])) as stored:
        hasil = impor.check(stored)
    total = sum(hasil.counts.values())
    progress(0, total=total, pesan="Menyimpan")
    with transaction.atomic():
        impor.apply(hasil, oleh=job.oleh)
        progress(total, total=total, pesan="Selesai")  # cancelled meanwhile: nothing is written
    return {"jumlah": hasil.counts}
