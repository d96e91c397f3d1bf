"""Walks every way through a process in memory: each choice of each step, each message, timer and background result.

The domain behind the process is played by `World`: what a step or operator may return, one of several each time.
States that differ only in what does not route the process count as one, so that return loops come to an end.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from SpiffWorkflow.util.task import TaskState

from backend.workflow import machine, state, steps
from backend.workflow.parser import Parsed, ServiceTask

FAR = "2999-01-01T00:00:00+07:00"
PAST = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
MAX_STATES = 5000
Choices = Sequence[Mapping[str, Any]]


@dataclass
class World:
    """`steps`: what completing each step may return; `operators`: the one service that returns choices, and what."""

    steps: Mapping[str, Choices]
    operators: Mapping[str, Choices] = field(default_factory=dict)


@dataclass
class Explored:
    """What was seen: the flows and nodes that ran, and which state leads to which."""

    flows: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    ways: dict[Any, set[Any]] = field(default_factory=lambda: defaultdict(set))
    finished: set[Any] = field(default_factory=set)

    def dead_ends(self) -> set[Any]:
        """States from which the process can never end."""
        back: dict[Any, set[Any]] = defaultdict(set)
        for source, targets in self.ways.items():
            for target in targets:
                back[target].add(source)
        alive, pending = set(self.finished), list(self.finished)
        while pending:
            for source in back[pending.pop()] - alive:
                alive.add(source)
                pending.append(source)
        return (set(self.ways) | {target for targets in self.ways.values() for target in targets}) - alive


def explore(parsed: Parsed, world: World, *, data: Mapping[str, Any]) -> Explored:
    """Every reachable state. Fails when there are more than `MAX_STATES`."""
    explorer = _Explorer(parsed, world)
    return explorer.run(data)


class _Explorer:
    def __init__(self, parsed: Parsed, world: World) -> None:
        self.parsed, self.world, self.found = parsed, world, Explored()
        self.routing = sorted(parsed.routing_names())

    def run(self, data: Mapping[str, Any]) -> Explored:
        seen: dict[Any, bytes] = {}
        queue: deque[Any] = deque()

        def note(key: Any, stored: bytes) -> None:
            if key not in seen:
                seen[key] = stored
                queue.append(key)
                assert len(seen) <= MAX_STATES, "too many states"

        start = lambda workflow, run: machine.settle(workflow, run)  # noqa: E731
        for following in self.outcomes(lambda run: machine.create(run, data), start):
            note(*following)
        while queue:
            key = queue.popleft()
            for move in self.moves(seen[key]):
                for following in self.outcomes(lambda run, stored=seen[key]: self.loaded(stored, run), move):
                    self.found.ways[key].add(following[0])
                    note(*following)
        return self.found

    def outcomes(self, make: Any, move: Any) -> Iterator[tuple[Any, bytes]]:
        """What a move leads to: once, or once for each thing that an operator on its way may return."""
        name, results = next(iter(self.world.operators.items()), ("", [{}]))
        for result in results:
            called: list[str] = []
            yield self.settle(make, move, name, result, called)
            if name not in called:
                return

    def loaded(self, stored: bytes, run: machine.Run) -> Any:
        workflow = state.load(stored, self.parsed)
        machine.attach(workflow, run)
        return workflow

    def settle(
        self, make: Any, move: Any, name: str, result: Mapping[str, Any], called: list[str]
    ) -> tuple[Any, bytes]:
        run = machine.Run(None, timezone.now(), self.parsed)
        if name:
            steps.registry.operators[name] = steps.Operator(name, lambda **_: called.append(name) or dict(result))
        workflow = make(run)
        move(workflow, run)
        self.found.flows |= set(run.flows)
        self.found.passed |= set(run.passed)
        assert not machine.is_stuck(workflow), f"stuck after {run.passed}"
        stored = state.dump(workflow)
        key = self.key(workflow)
        if machine.is_finished(workflow):
            self.found.finished.add(key)
        return key, stored

    def key(self, workflow: Any) -> Any:
        people = machine.user_tasks(workflow)
        data = people[0].data if people else (workflow.last_task.data if workflow.last_task is not None else {})
        waiting = sorted(str(task.task_spec.bpmn_id) for task in machine.tasks(workflow, TaskState.WAITING))
        started = sorted(str(task.task_spec.bpmn_id) for task in machine.tasks(workflow, TaskState.STARTED))
        routes = tuple((name, str(data.get(name))) for name in self.routing)
        return tuple(sorted(task.task_spec.bpmn_id for task in people)), tuple(waiting), tuple(started), routes

    def moves(self, stored: bytes) -> Iterator[Any]:
        """What can happen next, each as a function of a freshly loaded workflow."""
        workflow = state.load(stored, self.parsed)
        for task in machine.user_tasks(workflow):
            for result in self.world.steps[task.task_spec.bpmn_id]:
                yield lambda wf, run, pk=task.id, result=result: machine.complete_user_task(
                    wf, run, machine.find(wf, pk), result
                )
        for message in sorted(machine.awaited_messages(workflow)):
            yield lambda wf, run, message=message: machine.deliver(wf, run, message, {})
        for pk in machine.due_times(workflow):
            yield lambda wf, run, pk=pk: _fire(wf, run, pk)
        for task in machine.tasks(workflow, TaskState.STARTED):
            if isinstance(task.task_spec, ServiceTask):
                yield lambda wf, run, pk=task.id: machine.apply_result(wf, run, pk, {})


def _fire(workflow: Any, run: machine.Run, pk: Any) -> None:
    task = machine.find(workflow, pk)
    value = task.internal_data["event_value"]
    task.internal_data["event_value"] = {**value, "next": PAST} if isinstance(value, Mapping) else PAST
    run.now = timezone.now() - timedelta(seconds=1)
    machine.fire_timers(workflow, run)
