"""Celery tasks of the engine. They carry nothing: the rows say what is due."""

from __future__ import annotations

from celery import shared_task

from backend.workflow import timers


@shared_task(name="workflow.run_timers")  # type: ignore[untyped-decorator]
def run_timers() -> int:
    """Fire the timers that are due."""
    return timers.run_due()
