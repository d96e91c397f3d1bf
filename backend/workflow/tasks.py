"""Celery tasks of the engine. They carry nothing: the rows say what is due."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from backend.workflow import inbox, timers

KEEP_ANSWERS = timedelta(days=14)  # nobody repeats a post after that


@shared_task(name="workflow.run_timers")
def run_timers() -> int:
    """Fire the timers that are due."""
    return timers.run_due()


@shared_task(name="workflow.nightly")
def nightly() -> int:
    """Forget the answers of old posts."""
    return inbox.forget_answers(timezone.now() - KEEP_ANSWERS)
