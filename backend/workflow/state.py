"""The stored state of an instance: tasks and their data, by reference to the definition, exact in value and type.

Own format instead of the library's serializer (recipes §1): no spec inside, tasks as short lists in tree order (a
parent before its children), the data of a task as the difference to its parent's, compared type by type. JSON, then
zstd. A test holds it equal to the live workflow and fails when an upgrade of the library adds an attribute.

    {"v": 1, "wf": WORKFLOW, "sub": {parent task id: WORKFLOW}}
    WORKFLOW = {"t": [TASK…], "l": last task, "s": success, "c": completed, "d": data, "k": correlations}
    TASK = [id, index of parent, spec name, state, changed at, triggered, internal data, updates, deletions]
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import zstandard
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from backend.workflow.errors import InvalidProcessData
from backend.workflow.parser import Parsed

FORMAT = 1
TAG = "~"  # {"~": [type, text]} holds a value that JSON has no type for
RESERVED = frozenset({"typename", "data_objects", TAG})
_missing = object()


def dump(workflow: Any) -> bytes:
    """Compressed state."""
    return zstandard.ZstdCompressor(level=3).compress(dump_text(workflow).encode())


def load(state: bytes | memoryview, parsed: Parsed) -> Any:
    """Workflow of a compressed state. The caller sets its script engine."""
    return load_text(zstandard.ZstdDecompressor().decompress(bytes(state)).decode(), parsed)


def dump_text(workflow: Any) -> str:
    """State as JSON text; task ids and data appear literally, so that cloning can replace them."""
    return json.dumps(
        {
            "v": FORMAT,
            "wf": _workflow(workflow),
            "sub": {str(key): _workflow(item) for key, item in workflow.subprocesses.items()},
        },
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_tagged,
    )


def load_text(text: str, parsed: Parsed) -> Any:
    content = json.loads(text, object_hook=_untagged)
    workflow = BpmnWorkflow(parsed.spec, dict(parsed.subprocess_specs), deserializing=True)
    _fill(workflow, content["wf"])
    _fill_subprocesses(workflow, workflow, content["sub"])
    return workflow


def value_text(value: Any) -> str:
    """One value of process data as it stands in the state."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_tagged)


def check_process_data(data: Mapping[str, Any]) -> None:
    """Refuse what would come back as something else, or not at all. Raises InvalidProcessData."""
    for key, value in data.items():
        if not isinstance(key, str) or key in RESERVED or key.startswith("__"):
            raise InvalidProcessData(key=key, problem="nama ini tidak dapat dipakai")
        _check_value(key, value)


def _check_value(key: str, value: Any) -> None:
    if value is None or isinstance(value, str | bool | int | Decimal | date | UUID):
        if isinstance(value, Decimal) and not value.is_finite():
            raise InvalidProcessData(key=key, problem="bukan angka")
        if isinstance(value, str) and "\x00" in value:
            raise InvalidProcessData(key=key, problem="memuat huruf yang tidak dapat disimpan")
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidProcessData(key=key, problem="bukan angka")
    elif type(value) is list:
        for item in value:
            _check_value(key, item)
    elif type(value) is dict:
        check_process_data(value)
    else:
        raise InvalidProcessData(key=key, problem=f"jenis {type(value).__name__} tidak didukung")


def copied(value: Any) -> Any:
    """A copy of process data: lists and dicts are new, everything else in it cannot change."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if type(value) is list else value


def same(a: Any, b: Any) -> bool:
    """Equal in value and type: 1 is not True, 90 is not 90.0, Decimal("90.0") is not Decimal("90.00")."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(value, b[key]) for key, value in a.items())
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Decimal):
        return a.as_tuple() == b.as_tuple()
    if isinstance(a, datetime):
        return bool(a == b and a.tzinfo == b.tzinfo)
    return bool(a == b)


def _workflow(workflow: Any) -> dict[str, Any]:
    index: dict[UUID, int] = {}
    rows: list[list[Any]] = []
    tasks = workflow.tasks
    pending = [workflow.task_tree]
    while pending:
        task = pending.pop()
        index[task.id] = len(rows)
        rows.append(_task(task, tasks.get(task._parent), index))
        pending += [tasks[child] for child in reversed(task._children)]
    last = workflow.last_task
    return {
        "t": rows,
        "l": index.get(last.id) if last is not None else None,
        "s": workflow.success,
        "c": workflow.completed,
        "d": workflow.data,
        "k": workflow.correlations,
    }


def _task(task: Any, parent: Any, index: Mapping[UUID, int]) -> list[Any]:
    data = task.data
    if parent is None:
        updates, deletions = data, []
    else:
        before = parent.data
        updates = {key: value for key, value in data.items() if not same(value, before.get(key, _missing))}
        deletions = [key for key in before if key not in data]
    return [
        str(task.id),
        -1 if parent is None else index[parent.id],
        task.task_spec.name,
        task._state,
        round(task.last_state_change, 6),
        int(task.triggered),
        _internal(task),
        updates,
        deletions,
    ]


def _internal(task: Any) -> dict[str, Any]:
    """Bookkeeping of the library; events that a gateway has already answered are of no use to anyone."""
    internal: dict[str, Any] = task.internal_data
    if "seen_events" in internal:
        return {key: value for key, value in internal.items() if key != "seen_events"}
    return internal


def _fill(workflow: Any, content: Mapping[str, Any]) -> None:
    """Tasks, data and flags of one (sub)workflow."""
    task_specs = workflow.spec.task_specs
    tasks: list[Any] = []
    for task_id, parent, name, state, changed, triggered, internal, updates, deletions in content["t"]:
        spec = task_specs[name]
        task = Task(workflow, spec, state=state, id=UUID(task_id))
        if parent >= 0:
            task._parent = tasks[parent].id
            tasks[parent]._children.append(task.id)
            task.data = _merged(tasks[parent].data, updates, deletions)
        else:
            task.data = updates
        task.last_state_change, task.triggered, task.internal_data = changed, bool(triggered), internal
        if state == TaskState.WAITING and isinstance(spec, CatchingEvent):
            workflow.top_workflow.event_manager.add_task(task)
        tasks.append(task)
    workflow.task_tree = tasks[0]
    workflow.last_task = None if content["l"] is None else tasks[content["l"]]
    workflow.success, workflow.completed = content["s"], content["c"]
    workflow.data, workflow.correlations = content["d"], content["k"]


def _merged(before: Mapping[str, Any], updates: Mapping[str, Any], deletions: list[str]) -> dict[str, Any]:
    """Data of a task; nested values are copied, because a change in one task must not reach another (trap 4)."""
    data = {key: _copied(value) for key, value in before.items()}
    data.update(updates)
    for key in deletions:
        data.pop(key, None)
    return data


def _copied(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) is list:
        return [_copied(item) for item in value]
    return value


def _fill_subprocesses(workflow: Any, top: Any, contents: Mapping[str, Any]) -> None:
    """Parents before children: a sub-process hangs on a task of the workflow above it."""
    for task in list(workflow.tasks.values()):
        content = contents.get(str(task.id)) if isinstance(task.task_spec, SubWorkflowTask) else None
        if content is None:
            continue
        subprocess = BpmnSubWorkflow(top.subprocess_specs[task.task_spec.spec], task.id, top, deserializing=True)
        top.subprocesses[task.id] = subprocess
        _fill(subprocess, content)
        subprocess.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
        _fill_subprocesses(subprocess, top, contents)


def _tagged(value: Any) -> Any:
    """What JSON has no type for."""
    if isinstance(value, Decimal):
        return {TAG: ["d", str(value)]}
    if isinstance(value, datetime):
        return {TAG: ["t", value.isoformat()]}
    if isinstance(value, date):
        return {TAG: ["a", value.isoformat()]}
    if isinstance(value, UUID):
        return {TAG: ["u", str(value)]}
    raise InvalidProcessData(key="…", problem=f"jenis {type(value).__name__} tidak didukung")


_READERS: dict[str, Any] = {"d": Decimal, "t": datetime.fromisoformat, "a": date.fromisoformat, "u": UUID}


def _untagged(value: dict[str, Any]) -> Any:
    tag = value.get(TAG)
    return value if tag is None else _READERS[tag[0]](tag[1])
