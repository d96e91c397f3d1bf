"""The verbs of the engine. Each is one transaction: lock, check, load, run, fold, write (architecture §4).

Pages, the API, timers and workers all come through here. Who may start, cancel, move or reassign is the caller's
business; who may act on a work item is decided here (`can_act`).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from SpiffWorkflow.util.task import TaskState

from backend.core.errors import DomainError, NotAllowed, NotVisible, StaleTask
from backend.core.periode import WIB
from backend.platform import audit, outbox, wake
from backend.platform.models import AuditEvent
from backend.platform.settings import setting
from backend.workflow import definitions, machine, rows, state, steps
from backend.workflow.enums import IncidentKind, InstanceStatus, ItemStatus
from backend.workflow.errors import (
    ClaimedByOther,
    NothingBefore,
    NotOpen,
    NotRunning,
    ProcessFailed,
    ReasonRequired,
    UnboundLane,
    UnboundStep,
)
from backend.workflow.models import InboxMessage, Incident, ProcessInstance, TimerJob, WorkItem

T = TypeVar("T")
KEMBALI = "kembali"  # outcome of an item that was left backwards; it does not count as a round
NOBODY = "admin_proses"  # who gets an item whose lane finds no addressee, so that no case is lost
Subject = Model | tuple[str, Any] | None


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


class Reentered(Exception):
    """A step or operator called the engine for the instance that is just running it; its work would be lost."""


# --- who may act --------------------------------------------------------------------------------------------------


def can_act(user: Any, item: WorkItem, at: datetime) -> bool:
    """Whether the item is addressed to the user at that moment: to him, to a post he holds or covers, to his role."""
    if user is None or not user.is_active:
        return False
    if item.assignee_id is not None:
        return bool(item.assignee_id == user.pk)
    directory = steps.directory()
    if item.candidate_posisi is not None:
        return item.candidate_posisi in directory.posts_of(user, at)
    return any(
        peran == item.candidate_peran and opd in (None, item.opd) for peran, opd in directory.roles_of(user, at)
    )


def recipients(item: WorkItem, at: datetime) -> Sequence[Any]:
    """Primary keys of the users to tell about an item; a role has no list of holders, so it is not told."""
    if item.assignee_id is not None:
        return [item.assignee_id]
    return steps.directory().holders_of(item.candidate_posisi, at) if item.candidate_posisi else []


# --- start and complete -------------------------------------------------------------------------------------------


def start(
    key: str, *, actor: Any, subject: Subject = None, data: Mapping[str, Any] | None = None, business_key: str = "",
    opd: UUID | None = None, title: str = "",
) -> ProcessInstance:
    """Start the version in force. `subject`: a model instance or `(type, id)`. Raises UnknownProcess and what steps raise."""

    def work() -> ProcessInstance:
        now = timezone.now()
        instance = new_instance(
            definitions.live_id(key), key, actor=actor, subject=subject, business_key=business_key, opd=opd, title=title, now=now
        )
        run = machine.Run(actor, now, definitions.parsed(instance.definition_id))
        with _busy(instance.id):
            workflow = machine.create(run, data or {})
            machine.settle(workflow, run)
            fresh = rows.Locked(instance, [], {})
            store(fresh, workflow, run, event="proses_dimulai", is_new=True)
        return instance

    return at_edge(work, actor=actor, command=None)


def complete(
    item_id: UUID, *, actor: Any, data: Mapping[str, Any] | None = None, rev: int | None = None,
    idempotency_key: str | None = None,
) -> Completed:
    """Finish a work item with the cleaned data of its form.

    `rev`: the instance's revision that the page was made of. A repeated `idempotency_key` returns the first answer.
    Raises NotVisible, NotAllowed, ClaimedByOther, StaleTask, NotRunning, and what the step raises.
    """
    command = {"op": "complete", "item": str(item_id), "actor": str(actor.pk)}

    def work() -> Completed:
        if idempotency_key is not None:
            key = f"{item_id}:{actor.pk}:{idempotency_key}"[:200]
            if not rows.remember(key):
                return _answer_again(key)
        locked = _locked_item(item_id)
        with _busy(locked.instance.id):
            item = _actionable(locked, item_id, actor=actor, rev=rev)
            return _complete(locked, item, actor=actor, data=data or {}, key=key if idempotency_key is not None else None)

    return at_edge(work, actor=actor, command=command)


def _complete(locked: rows.Locked, item: WorkItem, *, actor: Any, data: Mapping[str, Any], key: str | None) -> Completed:
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
    item = WorkItem.objects.select_related("instance", "instance__definition").defer(
        "instance__definition__bpmn", "instance__definition__files"
    ).filter(pk=item_id).first()
    if item is None:
        raise NotVisible
    if not can_act(actor, item, timezone.now()):
        raise NotVisible if item.done_by_id != actor.pk else NotOpen
    if item.status != ItemStatus.OPEN:
        raise _stale(item.instance, item)
    step = steps.registry.steps.get(item.step)
    if step is None:
        raise UnboundStep(step=item.step)
    return OpenItem(item, item.instance, ids_of(item), step)


def ids_of(item: WorkItem) -> Mapping[str, Any]:
    """Process data at an open item."""
    workflow = state.load(item.instance.state, definitions.parsed(item.instance.definition_id))
    task = machine.find(workflow, item.task_id)
    if task is None or task._state != TaskState.READY:
        raise _stale(item.instance, item)
    return machine.frozen(task.data)


# --- work items ---------------------------------------------------------------------------------------------------


def save_draft(item_id: UUID, *, actor: Any, draft: Mapping[str, Any]) -> datetime:
    """Keep what was typed so far; nothing else changes, not even `rev`. Raises like `complete`. Returns when."""
    with transaction.atomic():
        item = WorkItem.objects.select_for_update().defer("draft").filter(pk=item_id).first()
        _check_addressee(item, actor)
        if item is None or item.status != ItemStatus.OPEN:
            raise NotOpen
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")  # a lost draft of the last moment is bearable
        WorkItem.objects.filter(pk=item_id).update(draft=dict(draft))
    return timezone.now()


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
            _check_addressee(item, actor)
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
        with _busy(locked.instance.id):
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
        instance_id, step, actor=actor, alasan=require_reason(alasan), data=data, event="proses_dibuka_kembali", statuses=statuses
    )


_ACTIVE = (InstanceStatus.RUNNING,)


def _last_step_of(locked: rows.Locked, actor: Any) -> str:
    own = [each for each in locked.items if each.status == ItemStatus.DONE and each.done_by_id == actor.pk and each.done_at]
    if not own:
        raise NothingBefore
    return max(own, key=lambda each: each.done_at or each.created_at).step


def _move(
    instance_id: UUID, step: str | None, *, actor: Any, alasan: str, data: Mapping[str, Any] | None, event: str,
    statuses: Sequence[str],
) -> Completed:
    def work() -> Completed:
        locked = _locked(instance_id)
        with _busy(instance_id):
            _require_status(locked.instance, statuses)
            workflow, run = load(locked, actor=actor)
            target = machine.last_visit(workflow, step or _last_step_of(locked, actor))
            current = machine.user_tasks(workflow)
            values = deepcopy((current[0] if current else workflow.last_task or target).data) | machine.checked(data)
            return _moved(locked, workflow, run, target, data=values, event=event, alasan=alasan)

    return at_edge(work, actor=actor, command=None)


def _moved(
    locked: rows.Locked, workflow: Any, run: machine.Run, target: Any, *, data: Mapping[str, Any], event: str,
    item: WorkItem | None = None, alasan: str = "",
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
        with _busy(instance_id):
            _require_status(locked.instance, (InstanceStatus.RUNNING, InstanceStatus.SUSPENDED))
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
        _require_status(locked.instance, _ACTIVE)
        instance = locked.instance
        instance.status, instance.suspended_at, instance.rev = InstanceStatus.SUSPENDED, timezone.now(), instance.rev + 1
        entry = audit.row(str(instance.id), "proses_ditangguhkan", aktor=actor, alasan=require_reason(alasan))
        rows.write(rows.Changes(instance, audit=[entry]))
    return instance


def resume(instance_id: UUID, *, actor: Any, shift_deadlines: bool = True) -> ProcessInstance:
    """Let a suspended instance go on; its deadlines move by the time it stood. Raises NotRunning."""

    def work() -> ProcessInstance:
        locked = _locked(instance_id)
        with _busy(instance_id):
            _require_status(locked.instance, (InstanceStatus.SUSPENDED,))
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
    if _running.get():
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
    with _busy(instance_id):
        workflow, run = load(locked, actor=actor)
        if not machine.deliver(workflow, run, message, payload):
            return False
        store(locked, workflow, run, event="pesan_diterima", more={"pesan": message})
    return True


def _send_later(message: str, *, actor: Any, business_key: str, key: str, payload: Mapping[str, Any]) -> None:
    content = {
        "message": message, "business_key": business_key, "key": key, "payload": payload,
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
    with _busy(instance_id):
        workflow, run = load(locked, actor=actor)
        if error:
            applied = machine.apply_error(workflow, run, task_id, error)
        else:
            applied = machine.apply_result(workflow, run, task_id, updates or {})
        if applied:
            store(locked, workflow, run, event="layanan_gagal" if error else "layanan_selesai", more={"kode": error} if error else None)
    return applied


def restart_service(instance_id: UUID, task_id: UUID, *, actor: Any) -> bool:
    """Ask a failed background operator again. False: its task is gone."""

    def work() -> bool:
        locked = _locked(instance_id)
        with _busy(instance_id):
            _require_status(locked.instance, _ACTIVE)
            workflow, run = load(locked, actor=actor)
            if not machine.restart_service(workflow, run, task_id):
                return False
            store(locked, workflow, run, event="layanan_diulang")
        return True

    return at_edge(work, actor=actor, command=None)


def fire_due(locked: rows.Locked) -> None:
    """Fire the overdue timers of a locked instance."""
    with _busy(locked.instance.id):
        workflow, run = load(locked, actor=None)
        machine.fire_timers(workflow, run)
        store(locked, workflow, run, event="waktu_tiba")


# --- one transaction ----------------------------------------------------------------------------------------------

_running: ContextVar[frozenset[UUID]] = ContextVar("running instances", default=frozenset())


@contextmanager
def _busy(instance_id: UUID) -> Iterator[None]:
    """Marks an instance as being run by this thread. Raises Reentered."""
    running = _running.get()
    if instance_id in running:
        raise Reentered(str(instance_id))
    token = _running.set(running | {instance_id})
    try:
        yield
    finally:
        _running.reset(token)


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
    error: BaseException, *, actor: Any, command: Mapping[str, Any], kind: str = IncidentKind.COMMAND, instance_id: UUID | None = None
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


def load(locked: rows.Locked, *, actor: Any) -> tuple[Any, machine.Run]:
    """The live workflow of a locked instance, and the run that belongs to this transaction."""
    run = machine.Run(actor, timezone.now(), definitions.parsed(locked.instance.definition_id))
    workflow = state.load(locked.instance.state, run.parsed)
    machine.attach(workflow, run)
    return workflow, run


def new_instance(
    definition_id: UUID, key: str, *, actor: Any, subject: Subject, business_key: str, opd: UUID | None, title: str, now: datetime
) -> ProcessInstance:
    """An instance that is not stored yet."""
    subject_type, subject_id = subject_key(subject)
    return ProcessInstance(
        id=uuid4(), definition_id=definition_id, key=key, subject_type=subject_type, subject_id=subject_id,
        business_key=business_key, title=title[:200], opd=opd, state=b"", rev=0, status=InstanceStatus.RUNNING,
        started_at=now, started_by_id=actor.pk if actor else None,
    )


def subject_key(subject: Subject) -> tuple[str, str]:
    """Type and id under which an instance remembers what it is about."""
    if subject is None:
        return "", ""
    if isinstance(subject, Model):
        return subject._meta.label_lower, str(subject.pk)
    return subject[0], str(subject[1])


def store(
    locked: rows.Locked, workflow: Any, run: machine.Run, *, event: str, is_new: bool = False, item: WorkItem | None = None,
    left: WorkItem | None = None, outcome: str = "", alasan: str = "", to_step: str = "", uncounted: bool = False,
    answer_key: str | None = None, more: Mapping[str, Any] | None = None,
) -> list[WorkItem]:
    """Write what a run changed; returns the items it opened.

    `item` was finished by the actor, `left` was left backwards to `to_step`. `uncounted`: the done items of
    `to_step` and of later steps do not count as rounds.
    """
    instance = locked.instance
    if instance.status == InstanceStatus.RUNNING:
        _take_waiting_messages(instance, workflow, run)
    changes = rows.Changes(instance, is_new=is_new)
    _sync_items(changes, locked, workflow, run, item=item, left=left, outcome=outcome, to_step=to_step, uncounted=uncounted)
    _sync_timers(changes, locked, workflow)
    _sync_instance(instance, workflow, run)
    details = {**_details(run, item or left, changes, to_step), **(more or {})}
    changes.audit.append(audit.row(str(instance.id), event, aktor=run.actor, data=details, alasan=alasan))
    if instance.status == InstanceStatus.COMPLETED:
        changes.audit.append(audit.row(str(instance.id), "proses_selesai", aktor=run.actor))
    _sync_outbox(changes, run)
    opened = [new for new, _draft in changes.opened]
    if answer_key:
        changes.answer = (answer_key, {"item": str(item.id) if item else None, "next": [str(new.id) for new in opened]})
    rows.write(changes)
    _stop_endless_returns(instance, opened)
    return opened


def _sync_instance(instance: ProcessInstance, workflow: Any, run: machine.Run) -> None:
    if instance.status == InstanceStatus.RUNNING and machine.is_finished(workflow):
        instance.status = InstanceStatus.COMPLETED
    if instance.status in (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED):
        instance.ended_at = run.now
    elif machine.is_stuck(workflow):
        raise RuntimeError("the process waits for nothing and has not ended")
    instance.state = state.dump(workflow)
    instance.rev += 1


def _sync_items(
    changes: rows.Changes, locked: rows.Locked, workflow: Any, run: machine.Run, *, item: WorkItem | None,
    left: WorkItem | None, outcome: str, to_step: str, uncounted: bool,
) -> None:
    ready = {task.id: task for task in machine.user_tasks(workflow)}
    # An item that was finished or left is closed even if its task is open again under the same id.
    known = {each.task_id for each in locked.open_items if each is not item and each is not left}
    for each in locked.open_items:
        if each is item or each is left or each.task_id not in ready or (to_step and each.step == to_step):
            _close(each, run, done=each is item, outcome=KEMBALI if to_step and uncounted else outcome if each is item else "")
            known.discard(each.task_id)
            changes.closed.append(each)
    if to_step and uncounted:
        _uncount(changes, locked, to_step)
    for task in ready.values():
        if task.id not in known:
            changes.opened.append(open_work_item(locked, task, run))


def _close(item: WorkItem, run: machine.Run, *, done: bool, outcome: str) -> None:
    item.status = ItemStatus.DONE if done else ItemStatus.CANCELLED
    item.done_at = run.now
    item.done_by_id = run.actor.pk if done and run.actor else None
    item.outcome = outcome[:60]


def _uncount(changes: rows.Changes, locked: rows.Locked, to_step: str) -> None:
    """The visit that is opened again, and what was done after it, is not a round of its own."""
    visits = [each for each in locked.items if each.status == ItemStatus.DONE and each.step == to_step]
    if not visits:
        return
    last = max(visits, key=lambda each: each.done_at or each.created_at)
    for each in locked.items:
        if each.status == ItemStatus.DONE and (each is last or each.created_at >= (last.done_at or last.created_at)):
            each.outcome = KEMBALI
            changes.relabelled.append(each)


def open_work_item(
    locked: rows.Locked, task: Any, run: machine.Run, *, ids: Mapping[str, Any] | None = None
) -> tuple[WorkItem, UUID | None]:
    """A new work item for a READY task, and the item whose draft it takes over. `ids`: other data than the task's."""
    spec, instance, registry = task.task_spec, locked.instance, steps.registry
    ids = machine.frozen(task.data) if ids is None else ids
    to = addressee(spec.lane, ids)
    card = registry.cards[spec.bpmn_id](ids=ids) if spec.bpmn_id in registry.cards else steps.Card()
    due = registry.dues[spec.bpmn_id](ids=ids, now=run.now) if spec.bpmn_id in registry.dues else None
    step = registry.steps.get(spec.bpmn_id)
    earlier = [each for each in locked.items if each.step == spec.bpmn_id]
    single = "key_or_index" not in task.internal_data and "item" not in task.internal_data
    item = WorkItem(
        id=uuid4(), instance_id=instance.id, task_id=task.id, step=spec.bpmn_id, name=spec.bpmn_name or spec.bpmn_id,
        lane=spec.lane or "", form_id=step.form if step else "", assignee_id=to.user, candidate_posisi=to.posisi,
        candidate_peran=to.peran, opd=to.opd or instance.opd, title=(card.title or instance.title)[:200],
        facts=[list(fact) for fact in card.facts], warning=card.warning, round=_round(earlier) if single else 1,
        due_at=due, created_at=run.now, status=ItemStatus.OPEN,
    )
    return item, _draft_of(earlier) if single else None


def addressee(lane: str | None, ids: Mapping[str, Any]) -> steps.Assignment:
    """To whom items of a lane go. Raises UnboundLane."""
    rule = steps.registry.lanes.get(lane or "")
    if rule is None:
        raise UnboundLane(lane=lane or "(tanpa lajur)")
    to = rule(ids=ids)
    if to.user is None and to.posisi is None and not to.peran:
        return steps.Assignment(peran=NOBODY, opd=to.opd)
    return to


def _round(earlier: Sequence[WorkItem]) -> int:
    return 1 + sum(1 for each in earlier if each.status == ItemStatus.DONE and each.outcome != KEMBALI)


def _draft_of(earlier: Sequence[WorkItem]) -> UUID | None:
    """Text typed before *Kembali* was pressed is offered again, unless the step was finished since."""
    ended = [each for each in earlier if each.status != ItemStatus.OPEN and each.done_at]
    last = max(ended, key=lambda each: each.done_at or each.created_at, default=None)
    return last.id if last is not None and last.status == ItemStatus.CANCELLED and last.outcome == KEMBALI else None


def _sync_timers(changes: rows.Changes, locked: rows.Locked, workflow: Any) -> None:
    due = machine.due_times(workflow) if locked.instance.status == InstanceStatus.RUNNING else {}
    changes.timers_gone = [task_id for task_id in locked.timers if task_id not in due]
    changes.timers = [(task_id, at) for task_id, at in due.items() if locked.timers.get(task_id) != at]


def _sync_outbox(changes: rows.Changes, run: machine.Run) -> None:
    instance, actor = changes.instance, str(run.actor.pk) if run.actor else None
    for request in run.requests:
        key = f"layanan:{instance.id}:{request.task_id}:{instance.rev}"
        payload = {
            "instance": str(instance.id), "task": str(request.task_id), "step": request.step, "operator": request.operator,
            "params": dict(request.params), "actor": actor, "kunci": key,
        }
        changes.outbox.append((key, "workflow.service", payload))
    for number, (message, payload) in enumerate(run.thrown):
        content = {"message": message, "business_key": instance.business_key, "key": "", "payload": payload, "actor": actor}
        changes.outbox.append((f"pesan:{instance.id}:{instance.rev}:{number}", "workflow.message", content))
    for item, _draft in changes.opened:
        if item.step in steps.registry.opened:
            changes.outbox.append((f"tugas:{item.id}", "workflow.opened", {"item": str(item.id)}))
    if changes.outbox:
        wake.on_commit()


def _take_waiting_messages(instance: ProcessInstance, workflow: Any, run: machine.Run) -> None:
    """Messages that came before the instance waited for them."""
    if not instance.business_key or not (awaited := machine.awaited_messages(workflow)):
        return
    waiting = InboxMessage.objects.select_for_update().filter(
        business_key=instance.business_key, message__in=awaited, delivered_at__isnull=True, process__in=("", instance.key)
    )
    for kept in waiting.order_by("id"):
        if machine.deliver(workflow, run, kept.message, kept.payload):
            InboxMessage.objects.filter(pk=kept.pk).update(delivered_at=run.now)


def _details(run: machine.Run, item: WorkItem | None, changes: rows.Changes, to_step: str) -> dict[str, Any]:
    """What the audit keeps of a transition: the step, the flows taken, what opened and closed, the rules that spoke."""
    details: dict[str, Any] = {"rev": changes.instance.rev, "lewat": run.passed, "alur": run.flows}
    if item is not None:
        details |= {"langkah": item.step, "nama": item.name, "tugas": str(item.id), "putaran": item.round, "hasil": item.outcome}
    if to_step:
        details["ke"] = to_step
    if changes.opened:
        details["buka"] = [[new.step, str(new.id)] for new, _draft in changes.opened]
    if cancelled := [each.step for each in changes.closed if each.status == ItemStatus.CANCELLED]:
        details["batal"] = cancelled
    if run.rules:
        details["aturan"] = [[decision, list(ids), version] for decision, ids, version in run.rules]
    return details


def _stop_endless_returns(instance: ProcessInstance, opened: Sequence[WorkItem]) -> None:
    """More returns than the setting allows suspend the instance for the admin (decision 15); *retry* lets it go on."""
    limit = setting("batas_putaran")
    over = next((item for item in opened if item.round > limit and (item.round - 1) % limit == 0), None)
    if over is None or instance.status != InstanceStatus.RUNNING:
        return
    instance.status, instance.suspended_at = InstanceStatus.SUSPENDED, timezone.now()
    ProcessInstance.objects.filter(pk=instance.pk).update(status=instance.status, suspended_at=instance.suspended_at)
    message = f"Langkah “{over.name}” sudah dibuka {over.round} kali (batas {limit}). Proses ditangguhkan sampai admin melanjutkannya."
    Incident.objects.create(instance=instance, kind=IncidentKind.ROUNDS, step=over.step, message=message)
    audit.record(str(instance.id), "proses_ditangguhkan", aktor=None, data={"langkah": over.step, "putaran": over.round}, alasan=message)


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
    _check_addressee(item, actor)
    if item is None:
        raise NotVisible
    if item.status != ItemStatus.OPEN or (rev is not None and rev != locked.instance.rev):
        raise _stale(locked.instance, item)
    _require_status(locked.instance, _ACTIVE)
    return item


def _check_addressee(item: WorkItem | None, actor: Any) -> None:
    if item is None or not can_act(actor, item, timezone.now()):
        raise NotVisible if item is None else NotAllowed
    if item.status == ItemStatus.OPEN and item.claimed_by_id not in (None, actor.pk):
        raise ClaimedByOther(oleh=str(item.claimed_by))


def _require_status(instance: ProcessInstance, statuses: Sequence[str]) -> None:
    if instance.status not in statuses:
        raise NotRunning(status=InstanceStatus(instance.status).label.lower())


def _ready_task(workflow: Any, locked: rows.Locked, item: WorkItem) -> Any:
    task = machine.find(workflow, item.task_id)
    if task is None or task._state != TaskState.READY:
        raise _stale(locked.instance, item)
    return task


def _stale(instance: ProcessInstance, item: WorkItem) -> StaleTask:
    """Who changed it, and when; for an open item, the last event of the instance."""
    if item.status == ItemStatus.DONE and item.done_by_id and item.done_at:
        return StaleTask(oleh=str(item.done_by), pukul=_clock(item.done_at))
    last = AuditEvent.objects.filter(chain=str(instance.id)).order_by("-seq").first()
    return StaleTask(oleh=last.aktor_nama if last else "Sistem", pukul=_clock(last.waktu if last else instance.started_at))


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(WIB):%H.%M}"


def require_reason(alasan: str) -> str:
    """The reason without blanks around it. Raises ReasonRequired."""
    if not alasan.strip():
        raise ReasonRequired
    return alasan.strip()


def _answer_again(key: str) -> Completed:
    """The answer that the first post with this key was given."""
    result = InboxMessage.objects.values_list("result", flat=True).get(key=key)
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
