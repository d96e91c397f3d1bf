"""Moving running instances to another version: previewed, audited, refused where the past would be falsified.

A new version never touches running instances by itself. What a finished or started task was may not change in
substance; labels, documentation, lanes and connections may. Task ids, data, drafts and deadlines are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.util.diff import SpecDiff, WorkflowDiff, migrate_workflow
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.spiff.serializer.task_spec import ServiceTaskConverter, SpiffBpmnTaskConverter
from SpiffWorkflow.spiff.specs.defaults import BusinessRuleTask
from SpiffWorkflow.spiff.specs.defaults import ServiceTask as SpiffServiceTask
from SpiffWorkflow.util.task import TaskState

from backend.workflow import access, definitions, machine, rows, state, steps, storing
from backend.workflow.enums import InstanceStatus, ItemStatus
from backend.workflow.errors import CannotMigrate
from backend.workflow.models import ProcessDefinition, ProcessInstance, WorkItem
from backend.workflow.parser import Parsed, RuleTask, ServiceTask

HARMLESS = frozenset(
    {"bpmn_name", "documentation", "description", "extensions", "lane", "inputs", "outputs", "position"}
)
PAST = TaskState.COMPLETED | TaskState.STARTED | TaskState.ERROR | TaskState.CANCELLED


@dataclass(frozen=True)
class Plan:
    """What moving would do with each instance of a version."""

    source: ProcessDefinition
    target: ProcessDefinition
    movable: Sequence[UUID]
    refused: Mapping[UUID, str]
    notes: Sequence[str] = field(default=())


class RuleTaskConverter(SpiffBpmnTaskConverter):
    """So that a changed decision counts as a change."""

    def to_dict(self, spec: Any) -> dict[str, Any]:
        return {**super().to_dict(spec), "decision_id": spec.decision_id}


@lru_cache(maxsize=1)
def _registry() -> Any:
    """The library's converters, used only to compare specs."""
    config = {key: value for key, value in SPIFF_CONFIG.items() if key not in (SpiffServiceTask, BusinessRuleTask)}
    return BpmnWorkflowSerializer.configure({**config, ServiceTask: ServiceTaskConverter, RuleTask: RuleTaskConverter})


class _Diffs:
    """Differences between two versions, made once for all instances."""

    def __init__(self, old: Parsed, new: Parsed) -> None:
        self.old, self.new = old, new
        self.top = SpecDiff(_registry(), old.spec, new.spec)
        self.subs = {
            name: SpecDiff(_registry(), spec, new.subprocess_specs[name])
            for name, spec in old.subprocess_specs.items()
            if name in new.subprocess_specs
        }

    def parts(self, workflow: Any) -> Iterator[tuple[Any, SpecDiff, Any]]:
        """Each (sub)workflow with its difference and new spec. Raises CannotMigrate for a sub-process that is gone."""
        yield workflow, self.top, self.new.spec
        for each in workflow.subprocesses.values():
            diff = self.subs.get(each.spec.name)
            if diff is None:
                raise _refusal(f"subproses “{each.spec.name}” dihapus padahal sudah dimulai")
            yield each, diff, self.new.subprocess_specs[each.spec.name]

    def changed_timers(self) -> list[str]:
        """bpmn ids of events whose timer differs: instances that wait there keep the deadline they have."""
        diffs = (self.top, *self.subs.values())
        return sorted(
            {
                spec.bpmn_id
                for diff in diffs
                for spec, keys in diff.changed.items()
                if "event_definition" in keys and spec.bpmn_id
            }
        )


def plan(source: ProcessDefinition, target: ProcessDefinition) -> Plan:
    """Preview: which running instances of `source` can move to `target`, and why the others cannot."""
    diffs = _Diffs(definitions.parsed(source.pk), definitions.parsed(target.pk))
    movable: list[UUID] = []
    refused: dict[UUID, str] = {}
    active = ProcessInstance.objects.filter(
        definition=source, status__in=(InstanceStatus.RUNNING, InstanceStatus.SUSPENDED)
    ).order_by("started_at", "id")
    for instance in active.only("id", "state").iterator(chunk_size=500):
        try:
            _check(state.load(instance.state, diffs.old), diffs)
        except CannotMigrate as error:
            refused[instance.pk] = error.params["problem"]
        else:
            movable.append(instance.pk)
    notes = [
        f"Batas waktu “{name}” berubah; yang sedang menunggu tetap memakai batas lama."
        for name in diffs.changed_timers()
    ]
    return Plan(source, target, movable, refused, notes)


def migrate(instances: Sequence[UUID], target: ProcessDefinition, *, actor: Any, alasan: str) -> Mapping[UUID, str]:
    """Move instances, each in a transaction of its own; returns why some could not. Raises ReasonRequired."""
    alasan = access.require_reason(alasan)
    refused: dict[UUID, str] = {}
    diffs: dict[UUID, _Diffs] = {}
    for instance_id in instances:
        try:
            with transaction.atomic():
                _migrate_one(instance_id, target, diffs, actor=actor, alasan=alasan)
        except CannotMigrate as error:
            refused[instance_id] = error.params["problem"]
    return refused


def _migrate_one(
    instance_id: UUID, target: ProcessDefinition, cache: dict[UUID, _Diffs], *, actor: Any, alasan: str
) -> None:
    locked = rows.lock(instance_id)
    if locked is None or locked.instance.status not in (InstanceStatus.RUNNING, InstanceStatus.SUSPENDED):
        raise _refusal("proses sudah berakhir")
    source_id = locked.instance.definition_id
    if source_id == target.pk:
        return
    if source_id not in cache:
        cache[source_id] = _Diffs(definitions.parsed(source_id), definitions.parsed(target.pk))
    diffs = cache[source_id]
    workflow = state.load(locked.instance.state, diffs.old)
    _check(workflow, diffs)
    run = machine.Run(actor, timezone.now(), diffs.new)
    machine.attach(workflow, run)
    _move(workflow, diffs)
    _readdress(locked, workflow)
    locked.instance.definition_id = target.pk
    more = {"dari": str(source_id), "ke_versi": target.version}
    storing.store(locked, workflow, run, event="proses_dipindah_versi", alasan=alasan, more=more)


def _check(workflow: Any, diffs: _Diffs) -> None:
    """Refuse when the past, or what is open now, would become something else."""
    for each, spec_diff, _new in diffs.parts(workflow):
        diff = WorkflowDiff(each, spec_diff)
        for task in diff.removed:
            if task._state & (PAST | machine.OPEN):
                raise _refusal(
                    f"langkah “{task.task_spec.bpmn_name or task.task_spec.name}” dihapus padahal sudah dicapai"
                )
        for task in diff.changed:
            keys = set(spec_diff.changed[task.task_spec]) - HARMLESS
            if keys and task._state & PAST:
                name = task.task_spec.bpmn_name or task.task_spec.name
                raise _refusal(f"langkah “{name}” sudah dikerjakan dan berubah isinya ({', '.join(sorted(keys))})")


def _move(workflow: Any, diffs: _Diffs) -> None:
    """The library moves the tasks and resets the open ones; their data and deadlines are put back by id."""
    data = {task.id: deepcopy(task.data) for task in machine.tasks(workflow, TaskState.READY)}
    waiting = {task.id: deepcopy(task.internal_data) for task in workflow.event_manager.tasks.values()}
    for each, spec_diff, new_spec in list(diffs.parts(workflow)):
        migrate_workflow(WorkflowDiff(each, spec_diff), each, new_spec)
    workflow.subprocess_specs = dict(diffs.new.subprocess_specs)
    for task in machine.tasks(workflow, TaskState.READY | TaskState.WAITING):
        if task.id in data:
            task.data = data[task.id]
        if task.id in waiting:
            task.internal_data = waiting[task.id]


def _readdress(locked: rows.Locked, workflow: Any) -> None:
    """Labels, lanes and forms of open items follow the new version; an item that someone was given by hand stays his."""
    ready = {task.id: task for task in machine.user_tasks(workflow)}
    for item in locked.open_items:
        task = ready.get(item.task_id)
        if task is None:
            continue
        spec, step = task.task_spec, steps.registry.steps.get(item.step)
        values: dict[str, Any] = {"name": spec.bpmn_name or spec.bpmn_id, "form_id": step.form if step else ""}
        if spec.lane != item.lane:
            to = storing.addressee(spec.lane, machine.frozen(task.data))
            values |= {
                "lane": spec.lane or "",
                "assignee_id": to.user,
                "candidate_posisi": to.posisi,
                "candidate_peran": to.peran,
            }
        WorkItem.objects.filter(pk=item.pk, status=ItemStatus.OPEN).update(**values)


def _refusal(problem: str) -> CannotMigrate:
    return CannotMigrate(problem=problem)
