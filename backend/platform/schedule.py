"""What runs by the clock. Every context adds its lines in `apps.ready`; beat reads the one table."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

ENTRIES: dict[str, dict[str, Any]] = {}


def every(task: str, *, seconds: float, **kwargs: Any) -> None:
    """Send a task every so many seconds; a beat that found no free worker in that time is dropped."""
    ENTRIES[task] = {"task": task, "schedule": seconds, "kwargs": kwargs, "options": {"expires": seconds}}


def daily(task: str, *, at: str, **kwargs: Any) -> None:
    """Send a task every day at `HH:MM` (Asia/Jakarta)."""
    hour, minute = at.split(":")
    ENTRIES[task] = {"task": task, "schedule": crontab(hour=int(hour), minute=int(minute)), "kwargs": kwargs}
