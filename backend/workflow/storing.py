"""The second half of each transaction: what a run changed becomes rows (items, timers, instance, audit, outbox)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Model
from django.utils import timezone

from backend.platform import audit, wake
from backend.platform.settings import setting
from backend.workflow import definitions, machine, rows, state, steps
from backend.workflow.enums import IncidentKind, InstanceStatus, ItemStatus
from backend.workflow.errors import UnboundLane
from backend.workflow.models import InboxMessage, Incident, ProcessInstance, TimerJob, WorkItem

KEMBALI = "kembali"  # outcome of an item that was left backwards; it does not count as a round
NOBODY = "admin_proses"  # who gets an item whose lane finds no addressee, so that no case is lost
Subject = Model | tuple[str, Any] | None

_running: ContextVar[frozenset[UUID]] = ContextVar("running instances", default=frozenset())


class Reentered(Exception):
    """A step or operator called the engine for the instance that is just running it; its work would be lost."""


@contextmanager
def busy(instance_id: UUID) -> Iterator[None]:
    """Marks an instance as being run by this thread. Raises Reentered."""
    running = _running.get()
    if instance_id in running:
        raise Reentered(str(instance_id))
    token = _running.set(running | {instance_id})
    try:
        yield
    finally:
        _running.reset(token)


def inside_a_run() -> bool:
    """Whether a step or operator is asking, while its instance is locked."""
    return bool(_running.get())


def load(locked: rows.Locked, *, actor: Any) -> tuple[Any, machine.Run]:
    """The live workflow of a locked instance, and the run that belongs to this transaction."""
    run = machine.Run(actor, timezone.now(), definitions.parsed(locked.instance.definition_id))
    workflow = state.load(locked.instance.state, run.parsed)
    machine.attach(workflow, run)
    return workflow, run


def new_instance(
    definition_id: UUID,
    key: str,
    *,
    actor: Any,
    subject: Subject,
    business_key: str,
    opd: UUID | None,
    title: str,
    now: datetime,
) -> ProcessInstance:
    """An instance that is not stored yet."""
    subject_type, subject_id = subject_key(subject)
    return ProcessInstance(
        id=uuid4(),
        definition_id=definition_id,
        key=key,
        subject_type=subject_type,
        subject_id=subject_id,
        business_key=business_key,
        title=title[:200],
        opd=opd,
        state=b"",
        rev=0,
        status=InstanceStatus.RUNNING,
        started_at=now,
        started_by_id=actor.pk if actor else None,
    )


def subject_key(subject: Subject) -> tuple[str, str]:
    """Type and id under which an instance remembers what it is about."""
    if subject is None:
        return "", ""
    if isinstance(subject, Model):
        return subject._meta.label_lower, str(subject.pk)
    return subject[0], str(subject[1])


def store(
    locked: rows.Locked,
    workflow: Any,
    run: machine.Run,
    *,
    event: str,
    is_new: bool = False,
    item: WorkItem | None = None,
    left: WorkItem | None = None,
    outcome: str = "",
    alasan: str = "",
    to_step: str = "",
    uncounted: bool = False,
    answer_key: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> list[WorkItem]:
    """Write what a run changed; returns the items it opened.

    `item` was finished by the actor, `left` was left backwards to `to_step`. `uncounted`: the done items of
    `to_step` and of later steps do not count as rounds.
    """
    instance = locked.instance
    if instance.status == InstanceStatus.RUNNING:
        _take_waiting_messages(instance, workflow, run)
    changes = rows.Changes(instance, is_new=is_new)
    _sync_items(
        changes, locked, workflow, run, item=item, left=left, outcome=outcome, to_step=to_step, uncounted=uncounted
    )
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
    changes: rows.Changes,
    locked: rows.Locked,
    workflow: Any,
    run: machine.Run,
    *,
    item: WorkItem | None,
    left: WorkItem | None,
    outcome: str,
    to_step: str,
    uncounted: bool,
) -> None:
    ready = {task.id: task for task in machine.user_tasks(workflow)}
    # An item that was finished or left is closed even if its task is open again under the same id.
    known = {each.task_id for each in locked.open_items if each is not item and each is not left}
    for each in locked.open_items:
        if each is item or each is left or each.task_id not in ready or (to_step and each.step == to_step):
            _close(
                each,
                run,
                done=each is item,
                outcome=KEMBALI if to_step and uncounted else outcome if each is item else "",
            )
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
        id=uuid4(),
        instance_id=instance.id,
        task_id=task.id,
        step=spec.bpmn_id,
        name=spec.bpmn_name or spec.bpmn_id,
        lane=spec.lane or "",
        form_id=step.form if step else "",
        assignee_id=to.user,
        candidate_posisi=to.posisi,
        candidate_peran=to.peran,
        opd=to.opd or instance.opd,
        title=(card.title or instance.title)[:200],
        facts=[list(fact) for fact in card.facts],
        warning=card.warning,
        round=_round(earlier) if single else 1,
        due_at=due,
        created_at=run.now,
        status=ItemStatus.OPEN,
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
            "instance": str(instance.id),
            "task": str(request.task_id),
            "step": request.step,
            "operator": request.operator,
            "params": dict(request.params),
            "actor": actor,
            "kunci": key,
        }
        changes.outbox.append((key, "workflow.service", payload))
    for number, (message, sent) in enumerate(run.thrown):
        content = {
            "message": message,
            "business_key": instance.business_key,
            "key": "",
            "payload": sent,
            "actor": actor,
        }
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
        business_key=instance.business_key,
        message__in=awaited,
        delivered_at__isnull=True,
        process__in=("", instance.key),
    )
    for kept in waiting.order_by("id"):
        if machine.deliver(workflow, run, kept.message, kept.payload):
            InboxMessage.objects.filter(pk=kept.pk).update(delivered_at=run.now)


def _details(run: machine.Run, item: WorkItem | None, changes: rows.Changes, to_step: str) -> dict[str, Any]:
    """What the audit keeps of a transition: the step, the flows taken, what opened and closed, the rules that spoke."""
    details: dict[str, Any] = {"rev": changes.instance.rev, "lewat": run.passed, "alur": run.flows}
    if item is not None:
        details |= {
            "langkah": item.step,
            "nama": item.name,
            "tugas": str(item.id),
            "putaran": item.round,
            "hasil": item.outcome,
        }
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
    TimerJob.objects.filter(instance=instance).delete()  # resuming makes them again
    message = f"Langkah “{over.name}” sudah dibuka {over.round} kali (batas {limit}). Proses ditangguhkan sampai admin melanjutkannya."
    Incident.objects.create(instance=instance, kind=IncidentKind.ROUNDS, step=over.step, message=message)
    audit.record(
        str(instance.id),
        "proses_ditangguhkan",
        aktor=None,
        data={"langkah": over.step, "putaran": over.round},
        alasan=message,
    )
