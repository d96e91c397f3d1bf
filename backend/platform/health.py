"""Signs of life of the background workers, for `/sehat/`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backend.platform.models import Heartbeat, OutboxMessage

WORKER = "worker"
SILENCE = timedelta(seconds=60)


def touch(name: str, *, pada: datetime) -> None:
    """Note that a worker was alive at `pada`."""
    Heartbeat.objects.update_or_create(name=name, defaults={"pada": pada})


def status(pada: datetime) -> dict[str, Any]:
    """`pekerja`: baik | diam; `outbox_tertua_detik`: age of the oldest row that is due and not done, 0 when none."""
    alive = Heartbeat.objects.filter(name=WORKER, pada__gte=pada - SILENCE).exists()
    oldest = (
        OutboxMessage.objects.filter(done_at__isnull=True, failed_at__isnull=True, due_at__lte=pada)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    return {
        "pekerja": "baik" if alive else "diam",
        "outbox_tertua_detik": int((pada - oldest).total_seconds()) if oldest else 0,
    }
