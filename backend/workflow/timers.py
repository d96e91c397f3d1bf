"""Firing timers: rows that are due, one instance and transaction at a time, in as many workers as one likes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from backend.workflow import engine, rows
from backend.workflow.enums import IncidentKind, InstanceStatus
from backend.workflow.models import TimerJob

# The instance row is locked, not the timer's: everybody takes the instance first, so nobody waits in a circle.
_NEXT = """
SELECT i.id FROM workflow_timerjob t JOIN workflow_processinstance i ON i.id = t.instance_id
WHERE t.due_at <= %s AND NOT t.held AND i.status = %s
ORDER BY t.due_at LIMIT 1 FOR UPDATE OF i SKIP LOCKED
"""


def run_due(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Fire what is due; returns how many instances were fired. Failures become Incidents and are held."""
    fired = 0
    while fired < limit and _fire_next(now or timezone.now()):
        fired += 1
    return fired


def _fire_next(now: datetime) -> bool:
    instance_id: UUID | None = None
    try:
        with transaction.atomic():
            instance_id = _take(now)
            if instance_id is None:
                return False
            locked = rows.lock(instance_id)
            if locked is not None:
                engine.fire_due(locked)
    except Exception as error:  # the engine's edge: one broken instance must not stop the others
        if instance_id is None:
            raise
        _hold(instance_id, error)
    return True


def _take(now: datetime) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [now, InstanceStatus.RUNNING])
        found = cursor.fetchone()
    return found[0] if found else None


@transaction.atomic
def _hold(instance_id: UUID, error: Exception) -> None:
    TimerJob.objects.filter(instance_id=instance_id).update(held=True)
    command = {"op": "timer", "instance": str(instance_id)}
    engine.report(error, actor=None, command=command, kind=IncidentKind.TIMER, instance_id=instance_id)
