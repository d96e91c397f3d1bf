"""The verbs of the engine. Each is one transaction: lock, check, load, run, fold, write (architecture §4).

Pages, the API, timers and workers all come through here. Who may start, cancel, move or reassign is the caller's
business; who may act on a work item is decided here (`can_act`).
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone
from SpiffWorkflow.util.task import TaskState

from backend.core.errors import DomainError, NotVisible
from backend.platform import audit, outbox
from backend.workflow import definitions, machine, rows, state, steps
from backend.workflow.access import can_act, check_addressee, recipients, require_reason, require_status, stale
from backend.workflow.enums import IncidentKind, InstanceStatus, ItemStatus
from backend.workflow.errors import NothingBefore, NotOpen, ProcessFailed, UnboundStep
from backend.workflow.models import InboxMessage, Incident, ProcessInstance, TimerJob, WorkItem
from backend.workflow.storing import (
    KEMBALI,
    Reentered,
    Subject,
    busy,
    inside_a_run,
    load,
    new_instance,
    store,
    subject_key,
)

__all__ = ["KEMBALI", "Reentered", "can_act", "recipients"]  # told to pages from here

T = TypeVar("T")


@dataclass(frozen=True)
class Completed:
    """What a completion did: the instance as stored, the item as closed, the items it opened."""

    instance: ProcessInstance
    item: WorkItem
    next_items: Sequence[WorkItem]

    def next_for(self, actor: Any, at: datetime | None = None) -> WorkItem | None:
        """The opened item that the actor himself goes on with, if any."""
        now = at or timezone.now()
        return next((item for item in self.next_items if can_act(actor, item, now)), None)


@dataclass(frozen=True)
class OpenItem:
    """A work item as its page needs it: the item, its instance, the process data and the step behind it."""

    item: WorkItem
    instance: ProcessInstance
    ids: Mapping[str, Any]
    step: steps.Step

    def rows(self, actor: Any) -> steps.Rows:
        """Rows that the step provides for the groups of its form."""
        return {} if self.step.rows is None else self.step.rows(ids=self.ids, actor=actor)


# --- start and complete -------------------------------------------------------------------------------------------


def start(
    key: str,
    *,
    actor: Any,
    subject: Subject = None,
    data: Mapping[str, Any] | None = None,
    business_key: str = "",
    opd: UUID | None = None,
    title: str = "",
) -> ProcessInstance:
    """Start the version in force. `subject`: a model instance or `(type, id)`. Raises UnknownProcess and what steps raise."""

    def work() -> ProcessInstance:
        now = timezone.now()
        instance = new_instance(
            definitions.live_id(key),
            key,
            actor=actor,
            subject=subject,
            business_key=business_key,
            opd=opd,
            title=title,
            now=now,
        )
        run = machine.Run(actor, now, definitions.parsed(instance.definition_id))
        with busy(instance.id):
            workflow = machine.create(run, data or {})
            machine.settle(workflow, run)
            fresh = rows.Locked(instance, [], {})
            store(fresh, workflow, run, event="proses_dimulai", is_new=True)
        return instance

    return at_edge(work, actor=actor, command={"op": "start", "key": key, "subject": subject_key(subject)})


def complete(
    item_id: UUID,
    *,
    actor: Any,
    data: Mapping[str, Any] | None = None,
    rev: int | None = None,
    idempotency_key: str | None = None,
) -> Completed:
    """Finish a work item with the cleaned data of its form.

    `rev`: the instance's revision that the page was made of. A repeated `idempotency_key` returns the first answer.
    Raises NotVisible, NotAllowed, ClaimedByOther, StaleTask, NotRunning, and what the step raises.
    """
    command = {"op": "complete", "item": str(item_id), "actor": str(actor.pk)}

    def work() -> Completed:
        key = None if idempotency_key is None else _answer_key(item_id, actor, idempotency_key)
        if key is not None and not rows.remember(key):
            return _answer_again(key)
        locked = _locked_item(item_id)
        with busy(locked.instance.id):
            item = _actionable(locked, item_id, actor=actor, rev=rev)
            return _complete(locked, item, actor=actor, data=data or {}, key=key)

    return at_edge(work, actor=actor, command=command)


def answered(item_id: UUID, *, actor: Any, idempotency_key: str) -> Completed | None:
    """What `complete` answered to this key before, if it did."""
    key = _answer_key(item_id, actor, idempotency_key)
    return _answer_again(key) if InboxMessage.objects.filter(key=key).exists() else None


def _answer_key(item_id: UUID, actor: Any, key: str) -> str:
    """A key counts for one item and one person; a long one by its hash."""
    short = key if len(key) <= 64 else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"{item_id}:{actor.pk}:{short}"


def _complete(
    locked: rows.Locked, item: WorkItem, *, actor: Any, data: Mapping[str, Any], key: str | None
) -> Completed:
    workflow, run = load(locked, actor=actor)
    task = _ready_task(workflow, locked, item)
    step = steps.registry.steps.get(item.step)
    if step is None:
        raise UnboundStep(step=item.step)
    updates = step.run(actor=actor, ids=machine.frozen(task.data), form=data)
    machine.complete_user_task(workflow, run, task, updates or {})
    outcome = str((updates or {}).get("hasil", ""))
    opened = store(locked, workflow, run, event="tugas_selesai", item=item, outcome=outcome, answer_key=key)
    return Completed(locked.instance, item, opened)


def open_item(item_id: UUID, *, actor: Any) -> OpenItem:
    """An open item for its page. Raises NotVisible, NotAllowed, StaleTask (done by somebody else), NotOpen, UnboundStep."""
    item = (
        WorkItem.objects.select_related("instance", "instance__definition")
        .defer("instance__definition__bpmn", "instance__definition__files")
        .filter(pk=item_id)
        .first()
    )
    if item is None:
        raise NotVisible
    if not can_act(actor, item, timezone.now()):
        raise NotVisible if item.done_by_id != actor.pk else NotOpen
    if item.status != ItemStatus.OPEN:
        raise stale(item.instance, item)
    step = steps.registry.steps.get(item.step)
    if step is None:
        raise UnboundStep(step=item.step)
    return OpenItem(item, item.instance, ids_of(item), step)


def ids_of(item: WorkItem) -> Mapping[str, Any]:
    """Process data at an open item."""
    workflow = state.load(item.instance.state, definitions.parsed(item.instance.definition_id))
    task = machine.find(workflow, item.task_id)
    if task is None or task._state != TaskState.READY:
        raise stale(item.instance, item)
    return machine.frozen(task.data)


# --- work items ---------------------------------------------------------------------------------------------------


def save_draft(item_id: UUID, *, actor: Any, draft: Mapping[str, Any]) -> datetime:
    """Keep what was typed so far; nothing else changes, not even `rev`. Raises like `complete`. Returns when."""
    with transaction.atomic():
        item = WorkItem.objects.select_for_update().defer("draft").filter(pk=item_id).first()
        check_addressee(item, actor)
        if item is None or item.status != ItemStatus.OPEN:
            raise NotOpen
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")  # a lost draft of the last moment is bearable
        WorkItem.objects.filter(pk=item_id).update(draft=_storable(dict(draft)))
    return timezone.now()


def _storable(value: Any) -> Any:
    """What was typed, without the characters that no database row can hold (NUL, half of a pair)."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_storable(str(key)): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list | tuple) else value


def claim(item_id: UUID, *, actor: Any) -> WorkItem:
    """Take an item of a post or role for oneself, so that others see who works on it."""

    def change(item: WorkItem) -> str:
        item.claimed_by_id, item.claimed_at = actor.pk, timezone.now()
        return "tugas_diambil"

    return _change_item(item_id, actor=actor, change=change)


def release(item_id: UUID, *, actor: Any) -> WorkItem:
    """Give a claimed item back."""

    def change(item: WorkItem) -> str:
        item.claimed_by_id = item.claimed_at = None
        return "tugas_dilepas"

    return _change_item(item_id, actor=actor, change=change)


def delegate(item_id: UUID, *, actor: Any, to: Any, alasan: str) -> WorkItem:
    """Hand one's own item to another user. Raises ReasonRequired."""

    def change(item: WorkItem) -> str:
        item.assignee_id, item.claimed_by_id, item.claimed_at = to.pk, None, None
        return "tugas_didelegasikan"

    return _change_item(item_id, actor=actor, change=change, alasan=require_reason(alasan))


def reassign(
    item_id: UUID, *, actor: Any, alasan: str, assignee: Any = None, posisi: UUID | None = None, peran: str = ""
) -> WorkItem:
    """Give an item to another person, post or role, as an administrator. Raises ReasonRequired."""

    def change(item: WorkItem) -> str:
        item.assignee_id = assignee.pk if assignee else None
        item.candidate_posisi, item.candidate_peran = posisi, peran
        item.claimed_by_id = item.claimed_at = None
        return "tugas_dialihkan"

    return _change_item(item_id, actor=actor, change=change, alasan=require_reason(alasan), as_admin=True)


def _change_item(
    item_id: UUID, *, actor: Any, change: Callable[[WorkItem], str], alasan: str = "", as_admin: bool = False
) -> WorkItem:
    with transaction.atomic():
        item = WorkItem.objects.select_for_update().defer("draft").filter(pk=item_id).first()
        if not as_admin:
            check_addressee(item, actor)
        if item is None:
            raise NotVisible
        if item.status != ItemStatus.OPEN:
            raise NotOpen
        before = {"assignee": item.assignee_id, "posisi": item.candidate_posisi, "peran": item.candidate_peran}
        event = change(item)
        item.save(update_fields=["assignee", "candidate_posisi", "candidate_peran", "claimed_by", "claimed_at"])
        after = {"assignee": item.assignee_id, "posisi": item.candidate_posisi, "peran": item.candidate_peran}
        data = {"langkah": item.step, "tugas": str(item.id), "perubahan": audit.changes(before, after)}
        audit.record(str(item.instance_id), event, aktor=actor, data=data, alasan=alasan, objek=f"tugas:{item.id}")
    return item


# --- moves --------------------------------------------------------------------------------------------------------


def back(item_id: UUID, *, actor: Any) -> Completed:
    """*Kembali*: open the person's step before this one, without validation; not counted as a round (decision 15)."""

    def work() -> Completed:
        locked = _locked_item(item_id)
        with busy(locked.instance.id):
            item = _actionable(locked, item_id, actor=actor, rev=None)
            workflow, run = load(locked, actor=actor)
            task = _ready_task(workflow, locked, item)
            target = machine.previous_user_task(task)
            return _moved(locked, workflow, run, target, data=task.data, event="tugas_kembali", item=item)

    return at_edge(work, actor=actor, command=None)


def withdraw(
    instance_id: UUID, step: str | None = None, *, actor: Any, alasan: str = "", data: Mapping[str, Any] | None = None
) -> Completed:
    """*Tarik kembali*: open an earlier step again while others have not decided; not counted as a round.

    `step`: by default the last one the actor himself finished. `data` changes process data on the way. Whether
    nobody has decided yet is the domain's to check. Raises NotRunning, StepNeverReached, NothingBefore.
    """
    return _move(instance_id, step, actor=actor, alasan=alasan, data=data, event="proses_ditarik", statuses=_ACTIVE)


def reopen_at(
    instance_id: UUID, step: str, *, actor: Any, alasan: str, data: Mapping[str, Any] | None = None
) -> Completed:
    """Open a step of a finished or running instance again, as an administrator. Raises ReasonRequired, StepNeverReached."""
    statuses = (InstanceStatus.RUNNING, InstanceStatus.COMPLETED)
    return _move(
        instance_id,
        step,
        actor=actor,
        alasan=require_reason(alasan),
        data=data,
        event="proses_dibuka_kembali",
        statuses=statuses,
    )


_ACTIVE = (InstanceStatus.RUNNING,)


def _last_step_of(locked: rows.Locked, actor: Any) -> str:
    own = [
        each for each in locked.items if each.status == ItemStatus.DONE and each.done_by_id == actor.pk and each.done_at
    ]
    if not own:
        raise NothingBefore
    return max(own, key=lambda each: each.done_at or each.created_at).step


def _move(
    instance_id: UUID,
    step: str | None,
    *,
    actor: Any,
    alasan: str,
    data: Mapping[str, Any] | None,
    event: str,
    statuses: Sequence[str],
) -> Completed:
    def work() -> Completed:
        locked = _locked(instance_id)
        with busy(instance_id):
            require_status(locked.instance, statuses)
            workflow, run = load(locked, actor=actor)
            target = machine.last_visit(workflow, step or _last_step_of(locked, actor))
            current = machine.user_tasks(workflow)
            values = deepcopy((current[0] if current else workflow.last_task or target).data) | machine.checked(data)
            return _moved(locked, workflow, run, target, data=values, event=event, alasan=alasan)

    return at_edge(work, actor=actor, command=None)


def _moved(
    locked: rows.Locked,
    workflow: Any,
    run: machine.Run,
    target: Any,
    *,
    data: Mapping[str, Any],
    event: str,
    item: WorkItem | None = None,
    alasan: str = "",
) -> Completed:
    step = target.task_spec.bpmn_id
    machine.move_back(workflow, run, target, data)
    locked.instance.status, locked.instance.ended_at = InstanceStatus.RUNNING, None
    uncounted = event != "proses_dibuka_kembali"
    opened = store(locked, workflow, run, event=event, left=item, alasan=alasan, to_step=step, uncounted=uncounted)
    reopened = next((new for new in opened if new.step == step), None)
    if reopened is None:
        raise NotOpen
    return Completed(locked.instance, reopened, opened)


# --- instances ----------------------------------------------------------------------------------------------------


def cancel(instance_id: UUID, *, actor: Any, alasan: str) -> ProcessInstance:
    """End an instance without a result. Raises ReasonRequired, NotRunning."""
    alasan = require_reason(alasan)

    def work() -> ProcessInstance:
        locked = _locked(instance_id)
        with busy(instance_id):
            require_status(locked.instance, (InstanceStatus.RUNNING, InstanceStatus.SUSPENDED))
            workflow, run = load(locked, actor=actor)
            workflow.cancel()
            locked.instance.status = InstanceStatus.CANCELLED
            store(locked, workflow, run, event="proses_dibatalkan", alasan=alasan)
        return locked.instance

    return at_edge(work, actor=actor, command=None)


def suspend(instance_id: UUID, *, actor: Any, alasan: str) -> ProcessInstance:
    """Stop an instance for a while: items, results and timers wait. Raises ReasonRequired, NotRunning."""
    with transaction.atomic():
        locked = _locked(instance_id)
        require_status(locked.instance, _ACTIVE)
        instance = locked.instance
        instance.status, instance.suspended_at, instance.rev = (
            InstanceStatus.SUSPENDED,
            timezone.now(),
            instance.rev + 1,
        )
        entry = audit.row(str(instance.id), "proses_ditangguhkan", aktor=actor, alasan=require_reason(alasan))
        rows.write(rows.Changes(instance, audit=[entry], timers_gone=list(locked.timers)))
    return instance


def resume(instance_id: UUID, *, actor: Any, shift_deadlines: bool = True) -> ProcessInstance:
    """Let a suspended instance go on; its deadlines move by the time it stood. Raises NotRunning."""

    def work() -> ProcessInstance:
        locked = _locked(instance_id)
        with busy(instance_id):
            require_status(locked.instance, (InstanceStatus.SUSPENDED,))
            workflow, run = load(locked, actor=actor)
            if shift_deadlines and locked.instance.suspended_at is not None:
                machine.shift_timers(workflow, run.now - locked.instance.suspended_at)
            locked.instance.status, locked.instance.suspended_at = InstanceStatus.RUNNING, None
            machine.settle(workflow, run)
            store(locked, workflow, run, event="proses_dilanjutkan")
        return locked.instance

    return at_edge(work, actor=actor, command=None)


# --- messages -----------------------------------------------------------------------------------------------------


def send(
    message: str, *, actor: Any, business_key: str, key: str = "", payload: Mapping[str, Any] | None = None
) -> list[UUID]:
    """Give a message to the running instances with this business key (and process key); returns those that took it.

    When nobody waits for it yet, it is kept and taken by the first instance that comes to wait. Sent from inside a
    step or operator, it leaves through the outbox after the commit, so that no two instances are locked together.
    """
    payload = machine.checked(payload)
    if inside_a_run():
        _send_later(message, actor=actor, business_key=business_key, key=key, payload=payload)
        return []

    def work() -> list[UUID]:
        found = ProcessInstance.objects.filter(business_key=business_key, status=InstanceStatus.RUNNING)
        found = found.filter(key=key) if key else found
        ids = list(found.order_by("id").values_list("id", flat=True))
        taken = [each for each in ids if _deliver(each, message, actor=actor, payload=payload)]
        if not taken:
            InboxMessage.objects.create(
                key=f"pesan:{uuid4()}", message=message, business_key=business_key, process=key, payload=payload
            )
        return taken

    return at_edge(work, actor=actor, command=None)


def _deliver(instance_id: UUID, message: str, *, actor: Any, payload: Mapping[str, Any]) -> bool:
    locked = rows.lock(instance_id)
    if locked is None or locked.instance.status != InstanceStatus.RUNNING:
        return False
    with busy(instance_id):
        workflow, run = load(locked, actor=actor)
        if not machine.deliver(workflow, run, message, payload):
            return False
        store(locked, workflow, run, event="pesan_diterima", more={"pesan": message})
    return True


def _send_later(message: str, *, actor: Any, business_key: str, key: str, payload: Mapping[str, Any]) -> None:
    content = {
        "message": message,
        "business_key": business_key,
        "key": key,
        "payload": payload,
        "actor": str(actor.pk) if actor else None,
    }
    outbox.enqueue("workflow.message", f"pesan:{uuid4()}", content)


# --- results, timers (called by outbox.py and timers.py) ----------------------------------------------------------


def service_result(
    instance_id: UUID, task_id: UUID, *, actor: Any, updates: Mapping[str, Any] | None = None, error: str = ""
) -> bool:
    """The answer of a background operator re-enters. False: a duplicate, or the task is gone, or no boundary for `error`."""
    locked = rows.lock(instance_id)
    if locked is None or locked.instance.status not in (InstanceStatus.RUNNING, InstanceStatus.SUSPENDED):
        return False
    with busy(instance_id):
        workflow, run = load(locked, actor=actor)
        if error:
            applied = machine.apply_error(workflow, run, task_id, error)
        else:
            applied = machine.apply_result(workflow, run, task_id, updates or {})
        if applied:
            store(
                locked,
                workflow,
                run,
                event="layanan_gagal" if error else "layanan_selesai",
                more={"kode": error} if error else None,
            )
    return applied


def restart_service(instance_id: UUID, task_id: UUID, *, actor: Any) -> bool:
    """Ask a failed background operator again. False: its task is gone."""

    def work() -> bool:
        locked = _locked(instance_id)
        with busy(instance_id):
            require_status(locked.instance, _ACTIVE)
            workflow, run = load(locked, actor=actor)
            if not machine.restart_service(workflow, run, task_id):
                return False
            store(locked, workflow, run, event="layanan_diulang")
        return True

    return at_edge(work, actor=actor, command=None)


def fire_due(locked: rows.Locked) -> None:
    """Fire the overdue timers of a locked instance."""
    with busy(locked.instance.id):
        workflow, run = load(locked, actor=None)
        machine.fire_timers(workflow, run)
        store(locked, workflow, run, event="waktu_tiba")


# --- one transaction ----------------------------------------------------------------------------------------------


def at_edge(work: Callable[[], T], *, actor: Any, command: Mapping[str, Any] | None) -> T:
    """Run one transaction; what nobody expected becomes an Incident in a second one, and ProcessFailed."""
    try:
        with transaction.atomic():
            return work()
    except (DomainError, Reentered):
        raise
    except Exception as error:
        incident = report(error, actor=actor, command=command or {})
        raise ProcessFailed(incident=str(incident.pk)[:8]) from error


def report(
    error: BaseException,
    *,
    actor: Any,
    command: Mapping[str, Any],
    kind: str = IncidentKind.COMMAND,
    instance_id: UUID | None = None,
) -> Incident:
    """Write an Incident about an error, in a transaction of its own."""
    item = WorkItem.objects.filter(pk=command["item"]).first() if command.get("item") else None
    return Incident.objects.create(
        instance_id=instance_id or (item.instance_id if item else None),
        kind=kind,
        step=item.step if item else str(command.get("step", "")),
        message=f"{type(error).__name__}: {error}"[:2000],
        trace="".join(traceback.format_exception(error))[-8000:],
        command=dict(command),
    )


# --- checks -------------------------------------------------------------------------------------------------------


def _locked(instance_id: UUID) -> rows.Locked:
    locked = rows.lock(instance_id)
    if locked is None:
        raise NotVisible
    return locked


def _locked_item(item_id: UUID) -> rows.Locked:
    locked = rows.lock_by_item(item_id)
    if locked is None:
        raise NotVisible
    return locked


def _actionable(locked: rows.Locked, item_id: UUID, *, actor: Any, rev: int | None) -> WorkItem:
    """The open item, when the actor may act on it and saw its latest state."""
    item = locked.item(item_id)
    check_addressee(item, actor)
    if item is None:
        raise NotVisible
    if item.status != ItemStatus.OPEN or (rev is not None and rev != locked.instance.rev):
        raise stale(locked.instance, item)
    require_status(locked.instance, _ACTIVE)
    return item


def _ready_task(workflow: Any, locked: rows.Locked, item: WorkItem) -> Any:
    task = machine.find(workflow, item.task_id)
    if task is None or task._state != TaskState.READY:
        raise stale(locked.instance, item)
    return task


def _answer_again(key: str) -> Completed:
    """The answer that the first post with this key was given."""
    result: dict[str, Any] = InboxMessage.objects.values_list("result", flat=True).get(key=key) or {}
    item = WorkItem.objects.select_related("instance").get(pk=result["item"])
    opened = {str(each.id): each for each in WorkItem.objects.filter(pk__in=result["next"])}
    return Completed(item.instance, item, [opened[each] for each in result["next"] if each in opened])


def start_many(key: str, starts: Iterable[Any], *, actor: Any) -> list[UUID]:
    """Start one instance per `cloning.Start`, thousands at once (see cloning.py); returns their ids in order."""
    from backend.workflow import cloning  # built on this module

    return cloning.start_many(key, starts, actor=actor)


def retry(incident: Incident, *, actor: Any) -> Incident:
    """Try again what an incident is about (see incidents.py)."""
    from backend.workflow import incidents  # built on this module

    return incidents.retry(incident, actor=actor)


def unhold(instance_id: UUID) -> None:
    """Let the timers of an instance be tried again."""
    TimerJob.objects.filter(instance_id=instance_id, held=True).update(held=False)
