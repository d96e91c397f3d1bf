"""Runs any accepted process from start to end in memory, storing and loading between every two steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from backend.workflow import machine, state
from backend.workflow.parser import Parsed

DATA: dict[str, Any] = {"x": 1, "nomor": "N1", "daftar": ["a", "b"], "batas": "2025-04-10T00:00:00+07:00"}
STEPS = 60


def walk(parsed: Parsed) -> list[str]:
    """The bpmn ids that ran. Fails when the process neither ends nor has anything left to do."""
    run = machine.Run(None, timezone.now(), parsed)
    workflow = machine.create(run, DATA)
    machine.settle(workflow, run)
    for _ in range(STEPS):
        workflow = _reloaded(workflow, run)
        if machine.is_finished(workflow):
            return run.passed
        assert not machine.is_stuck(workflow), f"stuck after {run.passed}"
        _move(workflow, run)
    raise AssertionError(f"never ends: {run.passed}")


def _reloaded(workflow: Any, run: machine.Run) -> Any:
    loaded = state.load(state.dump(workflow), run.parsed)
    machine.attach(loaded, run)
    return loaded


def _move(workflow: Any, run: machine.Run) -> None:
    """A person works; or else a message comes; or else time passes."""
    if people := machine.user_tasks(workflow):
        machine.complete_user_task(workflow, run, people[0], {})
    elif awaited := sorted(machine.awaited_messages(workflow)):
        assert machine.deliver(workflow, run, awaited[0], {"nomor": "N1"})
    else:
        assert machine.due_times(workflow), f"nothing can move it: {run.passed}"
        machine.shift_timers(workflow, -timedelta(days=400))
        machine.fire_timers(workflow, run)


def first_people(parsed: Parsed) -> list[str]:
    """Whom the process asks first, after a reload."""
    run = machine.Run(None, timezone.now(), parsed)
    workflow = machine.create(run, DATA)
    machine.settle(workflow, run)
    return [task.task_spec.bpmn_id for task in machine.user_tasks(_reloaded(workflow, run))]
