"""Celery tasks of the machinery. They carry nothing: the rows say what is to be done."""

from __future__ import annotations

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from backend.platform import audit, files, health, outbox, wake

logger = logging.getLogger(__name__)

BATCH = 100
KEEP_DONE = timedelta(days=14)
ORPHAN_AGE = timedelta(days=1)


@shared_task(name=wake.TASK)
def drain_outbox() -> int:
    """Do what is due; call another worker when a full batch suggests that more waits."""
    health.touch(health.WORKER, pada=timezone.now())
    done = outbox.drain(BATCH)
    if done == BATCH:
        wake.now()
    return done


@shared_task(name="platform.nightly")
def nightly() -> None:
    """Partitions of the coming months, the daily seal, old rows, and the scrub of stored files."""
    now = timezone.now()
    audit.make_partitions(timezone.localdate(now))
    audit.seal()
    outbox.forget_done(now - KEEP_DONE)
    files.remove_orphans((now - ORPHAN_AGE).timestamp())
    for berkas in files.damaged():
        logger.error("Isi berkas %s hilang atau berubah.", berkas.pk)
