"""What the engine does with a live workflow, in memory only: run, fold, move, catch, look. No database here.

The library's own loops are not used: `run_all` stops at the first STARTED task, tree iterators stop at depth 1,000,
`is_completed` believes in an end that is not there (recipes, ten facts).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.bpmn.specs.defaults import StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.exceptions import TaskNotFoundException
from SpiffWorkflow.spiff.specs.defaults import UserTask
from SpiffWorkflow.spiff.specs.event_definitions import ErrorEventDefinition, MessageEventDefinition
from SpiffWorkflow.util.task import TaskState

from backend.core.periode import WIB
from backend.rules import decide as rules
from backend.workflow import steps, timer_text
from backend.workflow.conditions import compiled
from backend.workflow.errors import (
    CannotClone,
    InstanceTooLarge,
    MissingProcessData,
    NeverSettles,
    NothingBefore,
    ScriptRefused,
    StepNeverReached,
    TooManyRepeats,
    UnboundOperator,
)
from backend.workflow.parser import Parsed, ServiceTask, is_split, timer_kind
from backend.workflow.state import check_process_data, copied

OPEN = TaskState.READY | TaskState.WAITING | TaskState.STARTED
UNDECIDED = TaskState.MAYBE | TaskState.LIKELY
MAX_REPEATS = 1000  # children of a multi-instance task
MAX_TASKS = 20_000  # tasks of one instance: repeats within repeats multiply
MAX_RUNS = 10_000  # tasks in one transaction; lint refuses cycles without a wait, this stops what slipped through


@dataclass(frozen=True)
class ServiceRequest:
    """A background operator to be run by the outbox."""

    task_id: UUID
    step: str
    operator: str
    params: Mapping[str, Any]


@dataclass
class Run:
    """One transaction's view of a workflow: who acts, and what came out that must be written."""

    actor: Any
    now: datetime
    parsed: Parsed
    is_template: bool = False  # runs to be copied: what an operator or rule does would belong to nobody
    requests: list[ServiceRequest] = field(default_factory=list)
    thrown: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)  # messages to other instances
    failures: list[tuple[Any, steps.ProcessError]] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)  # bpmn ids that ran
    flows: list[str] = field(default_factory=list)  # sequence flows taken
    rules: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)  # decision, rules, version

    def done(self, task: Any) -> None:
        """Note a task that ran and the flows its tokens took."""
        source = task.task_spec.bpmn_id
        if source is None:
            return
        self.passed.append(source)
        for target in _visible_children(task):
            if flow := self.parsed.flows.get((source, target)):
                self.flows.append(flow)


class Environment(TaskDataEnvironment):
    """The library asks the environment directly for correlations and completion conditions."""

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: Any = None) -> Any:
        return compiled(expression)(context)

    def execute(self, script: str, context: Any, external_context: Any = None) -> Any:
        raise ScriptRefused(ekspresi=str(script)[:80], problem="skrip tidak pernah dijalankan")


class ScriptEngine(PythonScriptEngine):
    """The only way from a model to code: whitelisted expressions, registered operators, decision tables."""

    def __init__(self, run: Run) -> None:
        super().__init__(environment=Environment())
        self.run = run

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        value = compiled(expression)(task.data)
        if (kind := timer_kind(task.task_spec, expression)) is not None:
            return timer_text.check(kind, value)
        if expression == getattr(task.task_spec, "cardinality", None):
            return _bearable(task, value)
        return value

    def execute(self, task: Any, script: str, external_context: Any = None) -> Any:
        raise ScriptRefused(ekspresi=str(script)[:80], problem="skrip tidak pernah dijalankan")

    def call_operator(self, task: Any, spec: Any) -> bool | None:
        """True: done, its result is in the data. None: STARTED, in the outbox or on its way to a boundary event."""
        self._refuse_in_template("layanan")
        operator = steps.registry.operators.get(spec.operation_name)
        if operator is None:
            raise UnboundOperator(operator=spec.operation_name)
        params = {name: compiled(item["value"])(task.data) for name, item in spec.operation_params.items()}
        if operator.background:
            self.run.requests.append(ServiceRequest(task.id, task.task_spec.bpmn_id, operator.name, params))
            return None
        return self._call(task, operator, params)

    def _refuse_in_template(self, what: str) -> None:
        if self.run.is_template:
            raise CannotClone(problem=f"{what} mendahului tugas pertama")

    def _call(self, task: Any, operator: steps.Operator, params: Mapping[str, Any]) -> bool | None:
        guarded = any(True for _ in error_boundaries(task))
        try:
            if guarded:  # what the operator wrote before it failed must not stay
                with transaction.atomic():
                    result = operator.run(ids=frozen(task.data), params=params, actor=self.run.actor)
            else:
                result = operator.run(ids=frozen(task.data), params=params, actor=self.run.actor)
        except steps.ProcessError as error:
            if not guarded:
                raise
            self.run.failures.append((task, error))
            return None
        task.data.update(checked(result))
        return True

    def decide(self, task: Any, decision: str) -> dict[str, Any]:
        """Outputs of a decision table whose inputs are process data of the same names."""
        self._refuse_in_template("tabel aturan")
        pada = _decided_on(task.data.get("pada"), self.run.now)
        inputs = {}
        for name in rules.input_names(decision, pada=pada):
            if name not in task.data:
                raise MissingProcessData(nama=name, ekspresi=f"tabel {decision}")
            inputs[name] = task.data[name]
        outcome = rules.decide(decision, pada=pada, **inputs)
        self.run.rules.append((decision, outcome.rules, outcome.version))
        return dict(outcome)


def _bearable(task: Any, count: Any) -> int:
    """How often a task is repeated. Raises TooManyRepeats, also for what is no number."""
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_REPEATS:
        raise TooManyRepeats(step=task.task_spec.bpmn_id, banyak=str(count)[:20], batas=MAX_REPEATS)
    return count


def _decided_on(pada: Any, now: datetime) -> Any:
    """The date on which a table must be valid: process data `pada` (ISO date), or today in the office's zone."""
    return datetime.fromisoformat(pada).date() if isinstance(pada, str) and pada else now.astimezone(WIB).date()


def frozen(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Process data as steps may see it: a copy that cannot be written to."""
    return MappingProxyType(copied(dict(data)))


def checked(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a step or operator returned, fit to be stored. Raises InvalidProcessData."""
    updates = copied(dict(result or {}))
    check_process_data(updates)
    return updates


def create(run: Run, data: Mapping[str, Any]) -> Any:
    """A new workflow that has not run yet, with its data at the root."""
    workflow = BpmnWorkflow(run.parsed.spec, dict(run.parsed.subprocess_specs), script_engine=ScriptEngine(run))
    workflow.task_tree.data.update(checked(data))
    return workflow


def attach(workflow: Any, run: Run) -> None:
    """Give a loaded workflow the script engine of this transaction."""
    workflow.script_engine = ScriptEngine(run)


def workflows(workflow: Any) -> list[Any]:
    """The workflow and all its sub-workflows."""
    return [workflow, *workflow.subprocesses.values()]


def tasks(workflow: Any, state: int) -> Iterator[Any]:
    """Tasks in a state, everywhere."""
    for each in workflows(workflow):
        for task in each.tasks.values():
            if task._state & state:
                yield task


def user_tasks(workflow: Any) -> list[Any]:
    """User tasks that wait for a person."""
    return [task for task in tasks(workflow, TaskState.READY) if isinstance(task.task_spec, UserTask)]


def find(workflow: Any, task_id: UUID) -> Any | None:
    """Task with this id in the workflow or a sub-workflow."""
    try:
        return workflow.get_task_from_id(task_id)
    except TaskNotFoundException:
        return None


def is_finished(workflow: Any) -> bool:
    """No task is open in any (sub)workflow; the library's own flag is not trusted (trap 1)."""
    return next(tasks(workflow, OPEN), None) is None


def is_stuck(workflow: Any) -> bool:
    """Open, yet nothing can ever move it: no task of a person or service, no event, no sub-process at work."""
    waits = bool(workflow.event_manager.tasks) or any(
        isinstance(task.task_spec, UserTask | ServiceTask)
        for task in tasks(workflow, TaskState.READY | TaskState.STARTED)
    )
    return not waits and not is_finished(workflow)


# --- running ------------------------------------------------------------------------------------------------------


def settle(workflow: Any, run: Run) -> None:
    """Run everything that needs nobody, then fold return loops."""
    advance(workflow, run)
    while _close_handlers(workflow, run):
        advance(workflow, run)
    fold(workflow)
    for event in workflow.get_events():
        if isinstance(event.event_definition, MessageEventDefinition):
            run.thrown.append((event.event_definition.name, dict(event.payload or {})))


def advance(workflow: Any, run: Run) -> None:
    """Run READY tasks that are not a person's until none is left, whatever else is STARTED."""
    count = 0
    while batch := [task for task in tasks(workflow, TaskState.READY) if not task.task_spec.manual]:
        for task in batch:
            if (
                task._state == TaskState.READY and task.id in task.workflow.tasks
            ):  # an earlier one may have cancelled it
                run_task(task, run)
                count += 1
                if count % 20 == 0:  # children of a repeated task come at once, up to MAX_REPEATS of them
                    _check_size(workflow)
        if count > MAX_RUNS:
            raise NeverSettles
    _check_size(workflow)


def _check_size(workflow: Any) -> None:
    """Raises InstanceTooLarge when an instance has grown beyond what can be kept."""
    total = sum(len(each.tasks) for each in workflows(workflow))
    if total > MAX_TASKS:
        raise InstanceTooLarge(banyak=total, batas=MAX_TASKS)


def _close_handlers(workflow: Any, run: Run) -> bool:
    """Give event sub-processes their meaning: the library draws them as branches that its end waits for.

    One that interrupts ends what it interrupted; one whose event has not come ends with the work around it. True:
    something was ended, so there may be more to run.
    """
    if not run.parsed.handlers:
        return False
    ended: list[Any] = []
    for each in workflows(workflow):
        opened = [task for task in each.tasks.values() if task._state & OPEN and task.task_spec.bpmn_id is not None]
        handlers = [task for task in opened if task.task_spec.bpmn_id in run.parsed.handlers]
        work = [task for task in opened if task not in handlers]
        waiting = [task for task in handlers if not _has_begun(workflow, task)]
        if any(run.parsed.handlers[task.task_spec.bpmn_id] for task in handlers if task not in waiting):
            ended += work
        if not work and len(waiting) == len(handlers):
            ended += waiting
    for task in ended:
        task.cancel()
        task.workflow.update_waiting_tasks()  # its end may have waited for this only
    return bool(ended)


def _has_begun(workflow: Any, handler: Any) -> bool:
    sub = workflow.top_workflow.subprocesses.get(handler.id)
    return sub is not None and any(
        isinstance(task.task_spec, StartEvent) and task._state == TaskState.COMPLETED for task in sub.tasks.values()
    )


def run_task(task: Any, run: Run) -> None:
    """Run one task; a failure with a boundary event leaves through it."""
    task.run()
    if task._state == TaskState.COMPLETED:
        run.done(task)
    while run.failures:
        failed, error = run.failures.pop()
        if not leave_by_error(failed, error.kode):
            raise error


def complete_user_task(workflow: Any, run: Run, task: Any, updates: Mapping[str, Any]) -> None:
    """Finish a person's task and run on from there."""
    task.data.update(checked(updates))
    run_task(task, run)
    settle(workflow, run)


def apply_result(workflow: Any, run: Run, task_id: UUID, updates: Mapping[str, Any]) -> bool:
    """Result of a background operator. False: the task is gone or has its result already (a duplicate)."""
    task = find(workflow, task_id)
    if task is None or task._state != TaskState.STARTED or not isinstance(task.task_spec, ServiceTask):
        return False
    task.data.update(checked(updates))
    task.complete()
    run.done(task)
    settle(workflow, run)
    return True


def apply_error(workflow: Any, run: Run, task_id: UUID, kode: str) -> bool:
    """A background operator failed with a code. False: no boundary event is there for it."""
    task = find(workflow, task_id)
    if task is None or task._state != TaskState.STARTED or not leave_by_error(task, kode):
        return False
    settle(workflow, run)
    return True


def error_boundaries(task: Any, kode: str | None = None) -> Iterator[tuple[Any, BpmnEvent]]:
    """Waiting error events on the task or on a sub-process around it, innermost first."""
    event = BpmnEvent(ErrorEventDefinition(kode or "", code=kode), payload=None)
    top = task.workflow.top_workflow
    host = task
    while host is not None:
        parent = host.parent
        if parent is not None and is_split(parent.task_spec):
            for boundary in parent.children:
                spec = boundary.task_spec
                if not isinstance(spec, BoundaryEvent) or boundary._state != TaskState.WAITING:
                    continue
                definition = spec.event_definition
                if isinstance(definition, ErrorEventDefinition) and (kode is None or definition.code in (None, kode)):
                    yield boundary, event
        owner = host.workflow.parent_task_id
        host = top.get_task_from_id(owner) if owner is not None else None


def leave_by_error(task: Any, kode: str) -> bool:
    """Leave by the boundary error event of this very task (the library would wake every one with that code)."""
    for boundary, event in error_boundaries(task, kode):
        boundary.task_spec.catch(boundary, event)
        boundary.task_spec._update(boundary)
        return True
    return False


def deliver(workflow: Any, run: Run, message: str, payload: Mapping[str, Any]) -> int:
    """Give a message to every task of this instance that waits for it; its payload becomes process data."""
    delivered = 0
    for task in list(workflow.event_manager.tasks.values()):
        if task._state != TaskState.WAITING:
            continue
        event = BpmnEvent(
            MessageEventDefinition(message), payload=dict(payload), correlations=dict(task.workflow.correlations)
        )
        if task.task_spec.catches(task, event):
            task.task_spec.catch(task, event)
            task.task_spec._update(task)
            task.data.update(checked(payload))
            delivered += 1
    if delivered:
        settle(workflow, run)
    return delivered


def awaited_messages(workflow: Any) -> set[str]:
    """Names of messages that some task waits for."""
    names = set()
    for task in workflow.event_manager.tasks.values():
        definition = task.task_spec.event_definition
        for item in (definition, *getattr(definition, "event_definitions", ())):
            if isinstance(item, MessageEventDefinition) and task._state == TaskState.WAITING:
                names.add(item.name)
    return names


# --- timers -------------------------------------------------------------------------------------------------------


def due_times(workflow: Any) -> dict[UUID, datetime]:
    """When each waiting timer is due, by task id."""
    found: dict[UUID, datetime] = {}
    for task in workflow.event_manager.tasks.values():
        if task._state == TaskState.WAITING and task.id in task.workflow.tasks:
            due = _due(task.internal_data.get("event_value"))
            if due is not None:
                found[task.id] = due
    return found


def _due(value: Any) -> datetime | None:
    if isinstance(value, Mapping):  # a cycle; with no round left it waits for its host to end
        value = value["next"] if value["cycles"] != 0 else None
    if not isinstance(value, str):
        return None
    due = TimerEventDefinition.parse_time_or_duration(value)
    return due.astimezone(UTC) if isinstance(due, datetime) else None


def fire_timers(workflow: Any, run: Run) -> None:
    """Fire all that is overdue; a cycle with a person's task fires once per pass, so pass again until nothing is due."""
    for _ in range(MAX_RUNS):
        workflow.refresh_timers()
        settle(workflow, run)
        if not any(due < run.now for due in due_times(workflow).values()):
            break
    workflow.refresh_timers()  # lets a cycle that has used its last round end
    settle(workflow, run)


def shift_timers(workflow: Any, by: Any) -> None:
    """Move every waiting deadline, because the instance was suspended meanwhile."""
    for task in workflow.event_manager.tasks.values():
        value = task.internal_data.get("event_value")
        if isinstance(value, Mapping):
            task.internal_data["event_value"] = {
                **value,
                "next": (datetime.fromisoformat(value["next"]) + by).isoformat(),
            }
        elif (due := _due(value)) is not None:
            task.internal_data["event_value"] = (due + by).isoformat()


# --- folding ------------------------------------------------------------------------------------------------------


def fold(workflow: Any) -> None:
    """A second visit takes the place of the first, so that return loops do not grow the tree.

    The newer subtree is grafted where the older began; it keeps its ids, data and timers. Whatever still is open
    elsewhere below the older one (a reminder, a parallel branch) prevents it until the next visit.
    """
    for each in workflows(workflow):
        for task in [task for task in each.tasks.values() if task._state & OPEN]:
            if task.id in each.tasks and each.task_tree.id in each.tasks:
                _fold_task(each, task)


def _fold_task(workflow: Any, task: Any) -> None:
    if isinstance(task.task_spec, BoundaryEvent) or task.task_spec.bpmn_id is None:
        return
    newer = task.parent if task.parent is not None and is_split(task.parent.task_spec) else task
    older = _oldest_visit(newer)
    if older is None:
        return
    keep = {item.id for item in _subtree(newer)}
    drop = [item for item in _subtree(older) if item.id not in keep]
    if any(item._state & OPEN and item.task_spec.bpmn_id for item in drop):
        return
    _graft(workflow, newer, older, drop)


def _oldest_visit(task: Any) -> Any | None:
    found, ancestor = None, task.parent
    while ancestor is not None:
        if ancestor.task_spec is task.task_spec:
            found = ancestor
        ancestor = ancestor.parent
    return found


def _subtree(task: Any) -> list[Any]:
    """The task and everything below it, iteratively."""
    found, known = [task], task.workflow.tasks
    for item in found:
        found.extend(known[child] for child in item._children)
    return found


def _graft(workflow: Any, newer: Any, older: Any, drop: list[Any]) -> None:
    """Put `newer` where `older` stands and forget the tasks between (private fields of Task, see test_machine)."""
    top = workflow.top_workflow
    newer.parent._children.remove(newer.id)
    siblings = workflow.tasks[older._parent]._children
    siblings[siblings.index(older.id)] = newer.id
    newer._parent = older._parent
    for item in drop:
        if item.id in top.subprocesses:
            top.delete_subprocess(item)
        top.event_manager.remove_task(item)
        workflow.tasks.pop(item.id)
    if workflow.last_task is not None and workflow.last_task.id not in workflow.tasks:
        workflow.last_task = newer.parent


# --- moves --------------------------------------------------------------------------------------------------------


def previous_user_task(task: Any) -> Any:
    """The person's task before this one, in the same lane and (sub)process. Raises NothingBefore."""
    ancestor = task.parent
    while ancestor is not None:
        if isinstance(ancestor.task_spec, UserTask):
            if ancestor.task_spec.lane != task.task_spec.lane:
                break
            return ancestor
        ancestor = ancestor.parent
    raise NothingBefore


def last_visit(workflow: Any, step: str) -> Any:
    """The last finished task of a step. Raises StepNeverReached."""
    visits = [task for task in tasks(workflow, TaskState.COMPLETED) if task.task_spec.bpmn_id == step]
    visits = [task for task in visits if isinstance(task.task_spec, UserTask)]
    if not visits:
        raise StepNeverReached(step=step)
    return max(visits, key=lambda task: task.last_state_change)


def move_back(workflow: Any, run: Run, target: Any, data: Mapping[str, Any]) -> None:
    """Open a finished task again, with the data of now; everything after it is undone."""
    workflow.completed = False
    _prepare(target, data)
    workflow.reset_from_task_id(target.id)
    settle(workflow, run)


def _prepare(target: Any, data: Mapping[str, Any]) -> None:
    """What a reset task inherits is what stands above it, at every level out of its sub-processes."""
    task = target
    while task is not None:
        above = task.parent
        above.data = deepcopy(dict(data))
        if is_split(above.task_spec):
            above.parent.data = deepcopy(dict(data))
        task.workflow.completed = False
        owner = task.workflow.parent_task_id
        task = task.workflow.top_workflow.get_task_from_id(owner) if owner is not None else None


def restart_service(workflow: Any, run: Run, task_id: UUID) -> bool:
    """Run a failed background operator again. False: the task is not there any more."""
    task = find(workflow, task_id)
    if task is None or not task._state & (TaskState.STARTED | TaskState.ERROR):
        return False
    move_back(workflow, run, task, deepcopy(task.data))
    return True


def owner_of(task: Any) -> Any | None:
    """The sub-process task around a task, if any."""
    owner = task.workflow.parent_task_id
    return None if owner is None else task.workflow.top_workflow.get_task_from_id(owner)


def _visible_children(task: Any) -> Iterator[str]:
    """bpmn ids that tokens of a finished task reached, through invisible splits and joins."""
    pending = list(task.children)
    while pending:
        child = pending.pop()
        if child._state & UNDECIDED:
            continue
        if child.task_spec.bpmn_id is None:
            pending += child.children
        elif not isinstance(child.task_spec, BoundaryEvent):
            yield child.task_spec.bpmn_id


def open_subprocesses(workflow: Any) -> list[str]:
    """bpmn ids of sub-processes at work."""
    return [
        task.task_spec.bpmn_id
        for task in tasks(workflow, TaskState.STARTED)
        if isinstance(task.task_spec, SubWorkflowTask)
    ]
