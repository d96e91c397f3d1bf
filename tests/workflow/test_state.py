"""The stored state is the live workflow, exact in value and type, small, and without the definition."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from backend.workflow import machine, state
from backend.workflow.errors import InvalidProcessData
from backend.workflow.parser import Parsed, parse_bpmn

PROCESSES = Path(__file__).parent / "processes"
NOW = datetime(2025, 4, 8, 2, 0, tzinfo=UTC)
EXACT = {
    "satu": 1,
    "benar": True,
    "nol": 0,
    "salah": False,
    "kosong": None,
    "uang": Decimal("90.00"),
    "pecah": 90.0,
    "tanggal": date(2025, 4, 8),
    "waktu": NOW,
    "id": UUID(int=7),
    "teks": "“Ya” – é",
    "daftar": [1, True, Decimal("1.0"), [None]],
    "kamus": {"a": 1, "b": {"c": Decimal("0.10")}},
}


def parsed(key: str) -> Parsed:
    return parse_bpmn((PROCESSES / f"{key}.bpmn").read_bytes())


def begun(key: str, **data: Any) -> tuple[Any, machine.Run]:
    run = machine.Run(None, NOW, parsed(key))
    workflow = machine.create(run, {"kembali_ke": "", **data})
    machine.settle(workflow, run)
    return workflow, run


def reloaded(workflow: Any, run: machine.Run) -> Any:
    other = state.load(state.dump(workflow), run.parsed)
    machine.attach(other, run)
    return other


def typed(value: Any) -> Any:
    """A value with its type, so that 1 and True differ."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return (type(value), value.as_tuple() if isinstance(value, Decimal) else value)


def picture(workflow: Any) -> Any:
    """Everything that must survive."""
    return [
        (
            [
                (
                    task.id,
                    task._parent,
                    task._children,
                    task.task_spec.name,
                    task._state,
                    task.triggered,
                    typed(task.data),
                    task.internal_data,
                )
                for task in sorted(each.tasks.values(), key=lambda task: str(task.id))
            ],
            each.completed,
            each.success,
            each.data,
            each.correlations,
            each.last_task and each.last_task.id,
        )
        for each in machine.workflows(workflow)
    ]


@pytest.mark.parametrize("key", ["tinjau", "tinjau_sub", "layanan", "berdua", "berulang", "tunggal"])
def test_a_loaded_workflow_is_the_one_that_was_stored(key: str, registry: Any) -> None:
    from backend.workflow import steps

    steps.operator("uji.latar", background=True)(lambda **_: None)
    workflow, run = begun(key, **EXACT)
    again = reloaded(workflow, run)
    assert picture(again) == picture(workflow)
    assert state.dump_text(again) == state.dump_text(workflow)
    assert set(again.event_manager.tasks) == set(workflow.event_manager.tasks)


def test_a_change_of_type_only_is_kept() -> None:
    workflow, run = begun("tinjau", angka=1, uang=Decimal("90.00"), pecah=1.0)
    task = machine.user_tasks(workflow)[0]
    machine.complete_user_task(workflow, run, task, {"angka": True, "uang": Decimal("90.0"), "pecah": 1})
    (after,) = machine.user_tasks(reloaded(workflow, run))
    assert typed({key: after.data[key] for key in ("angka", "uang", "pecah")}) == typed(
        {"angka": True, "uang": Decimal("90.0"), "pecah": 1}
    )


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.uuids()
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["p", "q", "r"]), values), st.dictionaries(st.sampled_from(["p", "q", "r"]), values)
)
def test_any_allowed_data_comes_back_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    workflow, run = begun("tinjau", **first)
    task = machine.user_tasks(workflow)[0]
    machine.complete_user_task(workflow, run, task, second)
    again = reloaded(workflow, run)
    assert picture(again) == picture(workflow)
    assert typed(machine.user_tasks(again)[0].data) == typed({"kembali_ke": "", **first, **second})


def test_a_deleted_key_stays_deleted() -> None:
    workflow, run = begun("tinjau", sementara=1)
    task = machine.user_tasks(workflow)[0]
    del task.data["sementara"]
    machine.complete_user_task(workflow, run, task, {})
    assert "sementara" in reloaded(workflow, run).task_tree.data


def test_nested_values_of_tasks_are_not_shared_after_loading() -> None:
    workflow, run = begun("tinjau", kamus={"a": [1]})
    again = reloaded(workflow, run)
    task = machine.user_tasks(again)[0]
    task.data["kamus"]["a"].append(2)
    assert task.parent.data["kamus"] == {"a": [1]}
    assert again.task_tree.data["kamus"] == {"a": [1]}


@pytest.mark.parametrize(
    "data",
    [
        {"typename": "x"},
        {"__builtins__": 1},
        {"data_objects": {}},
        {"~": ["d", "1"]},
        {"a": (1, 2)},
        {"a": {1, 2}},
        {"a": {1: 2}},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": Decimal("NaN")},
        {"a": b"x"},
        {"a": {"b": {"typename": 1}}},
        {"a": object()},
        {"a": "\x00"},
        {"a": NOW - NOW},
    ],
)
def test_what_would_not_come_back_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidProcessData):
        state.check_process_data(data)


def test_a_finished_instance_is_under_two_kilobytes(registry: Any) -> None:
    from backend.workflow import steps

    steps.operator("uji.kunci")(lambda **_: {"terkunci": True})
    workflow, run = begun("tinjau", pengisi_id=str(uuid4()), posisi=str(uuid4()), laporan=str(uuid4()))
    while open_tasks := machine.user_tasks(workflow):
        machine.complete_user_task(workflow, run, open_tasks[0], {})
    assert machine.is_finished(workflow)
    assert len(state.dump(workflow)) < 2000


def test_the_definition_is_not_in_the_state() -> None:
    workflow, _run = begun("tinjau")
    content = json.loads(state.dump_text(workflow))
    assert set(content) == {"v", "wf", "sub"}
    assert set(content["wf"]) == {"t", "l", "s", "c", "d", "k"}


def test_many_threads_load_and_store_on_one_parsed_definition() -> None:
    workflow, run = begun("tinjau_sub", **EXACT)
    text = state.dump_text(workflow)

    def round_trip(_number: int) -> str:
        other = state.load_text(text, run.parsed)
        return state.dump_text(other)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(round_trip, range(200))) == {text}


def test_an_upgrade_of_the_library_that_adds_an_attribute_is_noticed() -> None:
    """The own format stores every attribute of 3.2.0; a new one must be looked at before the pin is raised."""
    workflow, run = begun("tinjau_sub")
    task = machine.user_tasks(workflow)[0]
    assert set(vars(task)) == {
        "id",
        "workflow",
        "_parent",
        "_children",
        "_state",
        "triggered",
        "task_spec",
        "thread_id",
        "data",
        "internal_data",
        "last_state_change",
    }
    common = {
        "spec",
        "data",
        "locks",
        "last_task",
        "success",
        "tasks",
        "completed",
        "completed_event",
        "task_removed_event",
        "task_tree",
        "correlations",
    }
    (sub,) = workflow.subprocesses.values()
    assert isinstance(sub, BpmnSubWorkflow)
    assert set(vars(sub)) == common | {"parent_task_id", "top_workflow", "depth"}
    assert set(vars(workflow)) == common | {
        "subprocess_specs",
        "subprocesses",
        "bpmn_events",
        "event_manager",
        "_BpmnWorkflow__script_engine",
    }
    assert isinstance(workflow, BpmnWorkflow)
    assert isinstance(task, Task)
    assert task._state == TaskState.READY
    assert run.requests == []
