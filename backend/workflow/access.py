"""Who may act on a work item, and the refusals that say why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from backend.core.errors import NotAllowed, NotVisible, StaleTask
from backend.core.periode import WIB
from backend.platform.models import AuditEvent
from backend.workflow import steps
from backend.workflow.enums import InstanceStatus, ItemStatus
from backend.workflow.errors import ClaimedByOther, NotRunning, ReasonRequired
from backend.workflow.models import ProcessInstance, WorkItem


def can_act(user: Any, item: WorkItem, at: datetime) -> bool:
    """Whether the item is addressed to the user at that moment: to him, to a post he holds or covers, to his role."""
    if user is None or not user.is_active:
        return False
    if item.assignee_id is not None:
        return bool(item.assignee_id == user.pk)
    directory = steps.directory()
    if item.candidate_posisi is not None:
        return item.candidate_posisi in directory.posts_of(user, at)
    return any(peran == item.candidate_peran and opd in (None, item.opd) for peran, opd in directory.roles_of(user, at))


def recipients(item: WorkItem, at: datetime) -> Sequence[Any]:
    """Primary keys of the users to tell about an item; a role has no list of holders, so it is not told."""
    if item.assignee_id is not None:
        return [item.assignee_id]
    return steps.directory().holders_of(item.candidate_posisi, at) if item.candidate_posisi else []


def check_addressee(item: WorkItem | None, actor: Any) -> None:
    """Raises NotVisible, NotAllowed, ClaimedByOther."""
    if item is None or not can_act(actor, item, timezone.now()):
        raise NotVisible if item is None else NotAllowed
    if item.status == ItemStatus.OPEN and item.claimed_by_id not in (None, actor.pk):
        raise ClaimedByOther(oleh=str(item.claimed_by))


def require_status(instance: ProcessInstance, statuses: Sequence[str]) -> None:
    """Raises NotRunning."""
    if instance.status not in statuses:
        raise NotRunning(status=InstanceStatus(instance.status).label.lower())


def stale(instance: ProcessInstance, item: WorkItem) -> StaleTask:
    """Who changed it, and when; for an open item, the last event of the instance."""
    if item.status == ItemStatus.DONE and item.done_by_id and item.done_at:
        return StaleTask(oleh=str(item.done_by), pukul=_clock(item.done_at))
    last = AuditEvent.objects.filter(chain=str(instance.id)).order_by("-seq").first()
    return StaleTask(
        oleh=last.aktor_nama if last else "Sistem", pukul=_clock(last.waktu if last else instance.started_at)
    )


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(WIB):%H.%M}"


def require_reason(alasan: str) -> str:
    """The reason without blanks around it. Raises ReasonRequired."""
    if not alasan.strip():
        raise ReasonRequired
    return alasan.strip()
