"""Celery tasks of this context. They carry nothing: dates and rows say what is to be done."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from backend.kinerja.services import periode
from backend.platform import schedule


@shared_task(name="kinerja.periode")
def lewati_waktu() -> int:
    """Move periods to the state of their dates and open the months whose day has come (T1)."""
    dibuka = periode.lewati_waktu(timezone.now())
    for satu in dibuka:
        periode.mulai_buka(satu, oleh=None)
    return len(dibuka)


schedule.every("kinerja.periode", seconds=600)
