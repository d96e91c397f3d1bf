"""Incidents: trying again what failed, from the stored state."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.platform import audit
from backend.workflow import engine, rows
from backend.workflow.enums import IncidentKind, InstanceStatus
from backend.workflow.models import Incident


def retry(incident: Incident, *, actor: Any) -> Incident:
    """Try again. What fails again raises (or becomes a new attempt of the same kind) and leaves the incident open.

    A failed command of a person is not repeated for him: his input is still in his draft, so the incident is only
    marked as looked at.
    """
    with transaction.atomic():
        incident = Incident.objects.select_for_update().get(pk=incident.pk)
        if incident.resolved_at is not None:
            return incident
        _RETRIES[IncidentKind(incident.kind)](incident, actor)
        incident.resolved_at, incident.resolved_by = timezone.now(), actor
        incident.save(update_fields=["resolved_at", "resolved_by"])
        if incident.instance_id:
            data = {"gangguan": str(incident.pk), "jenis": incident.kind}
            audit.record(str(incident.instance_id), "gangguan_ditangani", aktor=actor, data=data)
    return incident


def _retry_command(incident: Incident, actor: Any) -> None:
    """Nothing to run: the person sends his form again."""


def _retry_service(incident: Incident, actor: Any) -> None:
    engine.restart_service(UUID(incident.command["instance"]), UUID(incident.command["task"]), actor=actor)


def _retry_timer(incident: Incident, actor: Any) -> None:
    engine.unhold(UUID(incident.command["instance"]))
    locked = rows.lock(UUID(incident.command["instance"]))
    if locked is not None and locked.instance.status == InstanceStatus.RUNNING:
        engine.fire_due(locked)


def _retry_rounds(incident: Incident, actor: Any) -> None:
    if incident.instance is not None and incident.instance.status == InstanceStatus.SUSPENDED:
        engine.resume(incident.instance.pk, actor=actor)


_RETRIES = {
    IncidentKind.COMMAND: _retry_command,
    IncidentKind.SERVICE: _retry_service,
    IncidentKind.TIMER: _retry_timer,
    IncidentKind.ROUNDS: _retry_rounds,
}
