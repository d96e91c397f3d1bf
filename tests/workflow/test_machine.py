"""The traps of SpiffWorkflow 3.2.0 (architecture §5), each with the cure. In memory, every state after a reload."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from backend.workflow import machine, state, steps
from backend.workflow.errors import MissingProcessData, NothingBefore, ScriptRefused
from tests.workflow.test_state import NOW, parsed, reloaded

Calls = list[tuple[Any, ...]]


@pytest.fixture
def calls(registry: steps.Registry) -> Calls:
    """Operators that write down that they ran."""
    seen: Calls = []

    def record(name: str, result: dict[str, Any] | None = None) -> Callable[..., dict[str, Any] | None]:
        def run(*, ids: Any, params: Any, actor: Any) -> dict[str, Any] | None:
            seen.append((name, dict(params)))
            return result

        return run

    steps.operator("uji.kunci")(record("kunci", {"terkunci": True}))
    steps.operator("uji.ingatkan")(record("ingatkan"))
    steps.operator("uji.latar", background=True)(record("latar"))
    steps.operator("uji.mungkin_gagal")(record("langsung"))
    steps.operator("uji.latar_gagal", background=True)(record("latar_gagal"))
    return seen


def start(key: str, **data: Any) -> tuple[Any, machine.Run]:
    run = machine.Run(None, timezone.now(), parsed(key))
    workflow = machine.create(run, {"kembali_ke": "", "pengisi_id": str(uuid4()), **data})
    machine.settle(workflow, run)
    return reloaded(workflow, run), run


def open_steps(workflow: Any) -> list[str]:
    return sorted(task.task_spec.bpmn_id for task in machine.user_tasks(workflow))


def do(workflow: Any, run: machine.Run, step: str, **data: Any) -> Any:
    """Complete a step, store and load again."""
    task = next(task for task in machine.user_tasks(workflow) if task.task_spec.bpmn_id == step)
    machine.complete_user_task(workflow, run, task, data)
    return reloaded(workflow, run)


def shift(workflow: Any, **by: int) -> None:
    machine.shift_timers(workflow, -timedelta(**by))


# --- trap 1: loops ------------------------------------------------------------------------------------------------


def test_return_loops_do_not_grow_the_tree_nor_lose_an_open_task(calls: Calls) -> None:
    workflow, run = start("tinjau")
    sizes = set()
    for round_ in range(300):
        for step in open_steps(workflow):
            workflow = do(workflow, run, step)
        while open_steps(workflow) != ["tinjau"]:
            workflow = do(workflow, run, open_steps(workflow)[0])
        workflow = do(workflow, run, "tinjau", kembali_ke="dua", putaran=round_)
        sizes.add((len(workflow.tasks), len(state.dump_text(workflow)) // 200))
        assert open_steps(workflow) == ["isi_dua"]
        assert not machine.is_finished(workflow)
    assert len({size for size, _bytes in sizes}) == 1
    assert machine.user_tasks(workflow)[0].data["putaran"] == 299


def test_the_library_alone_believes_in_an_end_that_is_not_there() -> None:
    """Why `is_finished` looks at tasks: the flag is true while somebody still has to work."""
    workflow, _run = start("tunggal")
    workflow.completed = True
    assert workflow.is_completed()
    assert not machine.is_finished(workflow)


def test_folding_crosses_the_border_of_a_sub_process(calls: Calls) -> None:
    workflow, run = start("tinjau_sub")
    workflow = do(workflow, run, "isi_satu", awal="a")
    sizes, subs = set(), set()
    for round_ in range(12):
        workflow = do(workflow, run, "isi_dua", putaran=round_)
        assert len(machine.due_times(workflow)) == 0
        workflow = do(workflow, run, "tinjau", kembali_ke="dua")
        assert open_steps(workflow) == ["isi_dua"]
        sizes.add(sum(len(each.tasks) for each in machine.workflows(workflow)))
        subs.add(len(workflow.subprocesses))
        assert len(machine.due_times(workflow)) == 1
    assert (len(sizes), subs) == (1, {1})
    (task,) = machine.user_tasks(workflow)
    assert (task.data["awal"], task.data["putaran"], task.data["kembali_ke"]) == ("a", 11, "dua")
    workflow = do(do(workflow, run, "isi_dua"), run, "tinjau", kembali_ke="")
    assert machine.is_finished(workflow)
    assert workflow.last_task.data["putaran"] == 11


def test_a_reminder_that_is_still_open_delays_folding_until_the_next_visit(calls: Calls) -> None:
    workflow, run = start("ingat_orang")
    shift(workflow, days=4)
    machine.fire_timers(workflow, run)
    workflow = do(reloaded(workflow, run), run, "isi_satu", kembali_ke="satu")
    assert open_steps(workflow) == ["ingatkan_orang", "isi_satu"]
    grown = len(workflow.tasks)
    workflow = do(workflow, run, "ingatkan_orang")
    workflow = do(workflow, run, "isi_satu", kembali_ke="satu")
    assert len(workflow.tasks) < grown
    assert machine.is_finished(do(workflow, run, "isi_satu", kembali_ke=""))


def test_each_visit_has_exactly_one_timer(calls: Calls) -> None:
    workflow, run = start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        workflow = do(workflow, run, step)
    for _ in range(3):
        shift(workflow, days=4)
        machine.fire_timers(workflow, run)
        workflow = reloaded(workflow, run)
        workflow = do(workflow, run, "tinjau", kembali_ke="dua")
        workflow = do(do(workflow, run, "isi_dua"), run, "isi_tiga")
        assert len(machine.due_times(workflow)) == 1
    assert calls == [("ingatkan", {})] * 3


def test_other_branches_are_untouched_by_a_fold(calls: Calls) -> None:
    workflow, _run = start("layanan")
    before = {task.id for task in machine.tasks(workflow, TaskState.STARTED | TaskState.READY)}
    machine.fold(workflow)
    assert {task.id for task in machine.tasks(workflow, TaskState.STARTED | TaskState.READY)} == before


# --- trap 2: started tasks ----------------------------------------------------------------------------------------


def test_every_branch_runs_although_one_has_started(calls: Calls) -> None:
    workflow, run = start("layanan")
    assert [request.operator for request in run.requests] == ["uji.latar", "uji.latar"]
    assert open_steps(workflow) == ["isi_satu"]
    assert not machine.is_finished(workflow)


def test_results_re_enter_once_in_any_order_and_after_reloads(calls: Calls) -> None:
    workflow, run = start("layanan")
    second, first = run.requests[1].task_id, run.requests[0].task_id
    assert machine.apply_result(workflow, run, second, {"b": 1})
    workflow = reloaded(workflow, run)
    assert not machine.apply_result(workflow, run, second, {"b": 2})
    workflow = do(workflow, run, "isi_satu")
    assert machine.apply_result(workflow, run, first, {"a": 1})
    assert machine.is_finished(workflow)
    assert (workflow.last_task.data["a"], workflow.last_task.data["b"]) == (1, 1)
    assert not machine.apply_result(workflow, run, first, {"a": 3})
    assert not machine.apply_result(workflow, run, uuid4(), {})
    assert len(run.requests) == 2


# --- trap 3: multi-instance ---------------------------------------------------------------------------------------


def test_multi_instance_finishes_although_each_answer_comes_after_a_reload(calls: Calls) -> None:
    people = [str(uuid4()) for _ in range(10)]
    workflow, run = start("ramai", peninjau_daftar=people)
    assert [task.data["peninjau_satu"] for task in machine.user_tasks(workflow)] == people
    for _ in people:
        task = machine.user_tasks(workflow)[-1]
        machine.complete_user_task(workflow, run, task, {})
        # As a new process would: the definition is parsed anew, so callbacks live only if parsing connects them.
        run = machine.Run(None, NOW, parsed("ramai"))
        workflow = reloaded(workflow, run)
    assert machine.is_finished(workflow)


# --- trap 4 and 6: data and expressions ---------------------------------------------------------------------------


def test_what_a_step_returns_is_copied(calls: Calls) -> None:
    shared = {"a": [1]}
    workflow, run = start("tinjau")
    machine.complete_user_task(workflow, run, machine.user_tasks(workflow)[0], {"isi": shared})
    shared["a"].append(2)
    assert machine.user_tasks(workflow)[0].data["isi"] == {"a": [1]}


def test_a_step_cannot_write_into_process_data(calls: Calls) -> None:
    ids = machine.frozen({"a": [1]})
    with pytest.raises(TypeError):
        ids["b"] = 1  # type: ignore[index]


def test_a_condition_without_its_data_names_it_and_reaches_the_caller_as_itself(calls: Calls) -> None:
    workflow, run = start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        workflow = do(workflow, run, step)
    task = machine.user_tasks(workflow)[0]
    del task.data["kembali_ke"]
    with pytest.raises(MissingProcessData) as caught:
        machine.complete_user_task(workflow, run, task, {})
    assert caught.value.params["nama"] == "kembali_ke"


def test_a_script_that_slipped_in_is_refused_at_run_time() -> None:
    workflow, run = start("tunggal")
    engine = workflow.script_engine
    task = machine.user_tasks(workflow)[0]
    for attempt in (
        lambda: engine.execute(task, "import os"),
        lambda: engine.evaluate(task, "__import__('os')"),
        lambda: engine.environment.evaluate("().__class__", {}),
        lambda: engine.environment.execute("x = 1", {}),
    ):
        with pytest.raises(ScriptRefused):
            attempt()
    assert run.requests == []


# --- trap 8: errors -----------------------------------------------------------------------------------------------


def test_a_background_error_leaves_by_its_own_boundary_only(calls: Calls) -> None:
    workflow, run = start("galat")
    task = machine.user_tasks(workflow)[0]
    steps.registry.operators["uji.mungkin_gagal"] = steps.Operator(
        "uji.mungkin_gagal", lambda **_: None, background=True
    )
    machine.complete_user_task(workflow, run, task, {})
    workflow = reloaded(workflow, run)
    (request,) = run.requests
    assert not machine.apply_error(workflow, run, request.task_id, "kode_lain")
    assert machine.apply_error(workflow, run, request.task_id, "tolak")
    assert open_steps(workflow) == ["perbaiki"]
    assert not machine.apply_result(workflow, run, request.task_id, {})
    assert machine.is_finished(do(workflow, run, "perbaiki"))


def test_a_failed_background_operator_is_asked_again(calls: Calls) -> None:
    workflow, run = start("layanan")
    first = run.requests[0]
    assert machine.restart_service(workflow, run, first.task_id)
    assert len(run.requests) == 3
    assert run.requests[2].operator == first.operator
    assert not machine.restart_service(workflow, run, uuid4())


# --- timers -------------------------------------------------------------------------------------------------------


def test_a_duration_as_modelers_write_it_is_due_in_time(calls: Calls) -> None:
    workflow, run = start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        workflow = do(workflow, run, step)
    (due,) = machine.due_times(workflow).values()
    assert timedelta(days=2, hours=23) < due - run.now < timedelta(days=3, minutes=5)
    machine.fire_timers(workflow, run)
    assert calls == []
    shift(workflow, days=3, minutes=1)
    machine.fire_timers(workflow, run)
    assert calls == [("ingatkan", {})]
    assert machine.due_times(reloaded(workflow, run)) == {}
    assert open_steps(workflow) == ["tinjau"]


def test_an_interrupting_deadline_from_process_data_with_offset(calls: Calls) -> None:
    workflow, run = start("tenggat", batas="2999-01-31T17:00:00+07:00")
    assert list(machine.due_times(workflow).values()) == [datetime(2999, 1, 31, 10, 0, tzinfo=UTC)]
    workflow, run = start("tenggat", batas="2020-01-31T17:00:00+07:00")
    machine.fire_timers(workflow, run)
    assert open_steps(workflow) == ["terlambat"]


def test_a_cycle_that_does_not_interrupt_catches_up_and_then_is_silent(calls: Calls) -> None:
    workflow, run = start("berulang")
    shift(workflow, days=1, hours=1)
    machine.fire_timers(workflow, run)
    assert len(calls) == 1
    workflow = reloaded(workflow, run)
    shift(workflow, days=10)
    machine.fire_timers(workflow, run)
    assert len(calls) == 3
    assert machine.due_times(reloaded(workflow, run)) == {}
    assert machine.is_finished(do(workflow, run, "isi_satu"))


def test_a_late_person_wins_over_the_timer_of_his_own_task(calls: Calls) -> None:
    workflow, run = start("tenggat", batas="2999-01-01T00:00:00+07:00")
    shift(workflow, days=400_000)
    workflow = do(workflow, run, "isi_satu")
    assert machine.is_finished(workflow)


def test_the_first_of_two_events_wins_at_an_event_gateway(calls: Calls) -> None:
    far = "2999-01-01T00:00:00+07:00"
    workflow, run = start("pesan", tunggu_lengkap=False, batas=far)
    workflow = do(do(workflow, run, "isi_satu"), run, "isi_dua")
    assert machine.awaited_messages(workflow) == {"kabar"}
    assert machine.deliver(workflow, run, "kabar", {"isi_kabar": "baik"}) == 1
    workflow = reloaded(workflow, run)
    assert machine.is_finished(workflow)
    assert workflow.last_task.data["isi_kabar"] == "baik"
    workflow, run = start("pesan", tunggu_lengkap=False, batas="2020-01-01T00:00:00+07:00")
    workflow = do(workflow, run, "isi_satu")
    workflow = do(workflow, run, "isi_dua")
    machine.fire_timers(workflow, run)
    assert machine.is_finished(reloaded(workflow, run))
    assert "selesai_habis" in run.passed


# --- messages, moves ----------------------------------------------------------------------------------------------


def test_a_message_reaches_only_a_task_that_waits_for_it(calls: Calls) -> None:
    workflow, run = start("pesan", tunggu_lengkap=True, batas="2999-01-01T00:00:00+07:00")
    assert machine.deliver(workflow, run, "lengkap", {}) == 0
    workflow = do(workflow, run, "isi_satu")
    assert machine.deliver(workflow, run, "kabar", {}) == 0
    assert machine.deliver(workflow, run, "lengkap", {"atasan": "x"}) == 1
    workflow = reloaded(workflow, run)
    assert open_steps(workflow) == ["isi_dua"]
    assert machine.user_tasks(workflow)[0].data["atasan"] == "x"


def test_a_thrown_message_leaves_with_its_payload(calls: Calls) -> None:
    workflow, run = start("pengirim", nilai=7)
    workflow = do(workflow, run, "isi_satu")
    assert run.thrown == [("lengkap", {"nilai": 7})]
    assert machine.is_finished(workflow)


def test_moving_back_restarts_the_timers_with_the_data_of_now(calls: Calls) -> None:
    workflow, run = start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga", "tinjau"):
        workflow = do(workflow, run, step, terakhir=step)
    assert machine.is_finished(workflow)
    data = dict(workflow.last_task.data)
    machine.move_back(workflow, run, machine.last_visit(workflow, "tinjau"), data)
    workflow = reloaded(workflow, run)
    assert open_steps(workflow) == ["tinjau"]
    assert not machine.is_finished(workflow)
    assert len(machine.due_times(workflow)) == 1
    assert machine.user_tasks(workflow)[0].data["terakhir"] == "tinjau"
    assert machine.is_finished(do(workflow, run, "tinjau", kembali_ke=""))


def test_moving_back_into_a_finished_sub_process(calls: Calls) -> None:
    workflow, run = start("tinjau_sub")
    for step in ("isi_satu", "isi_dua"):
        workflow = do(workflow, run, step, terakhir=step)
    machine.move_back(
        workflow, run, machine.last_visit(workflow, "isi_satu"), dict(machine.user_tasks(workflow)[0].data)
    )
    workflow = reloaded(workflow, run)
    assert open_steps(workflow) == ["isi_satu"]
    assert len(machine.due_times(workflow)) == 1
    for step in ("isi_satu", "isi_dua", "tinjau"):
        workflow = do(workflow, run, step, kembali_ke="")
    assert machine.is_finished(workflow)


def test_moving_one_branch_back_after_the_join(calls: Calls) -> None:
    workflow, run = start("berdua")
    workflow = do(do(workflow, run, "isi_satu"), run, "tinjau")
    assert machine.is_finished(workflow)
    machine.move_back(workflow, run, machine.last_visit(workflow, "tinjau"), {"kembali_ke": ""})
    workflow = reloaded(workflow, run)
    assert open_steps(workflow) == ["tinjau"]
    assert machine.is_finished(do(workflow, run, "tinjau"))


def test_the_step_before_is_the_same_persons(calls: Calls) -> None:
    workflow, run = start("tinjau")
    with pytest.raises(NothingBefore):
        machine.previous_user_task(machine.user_tasks(workflow)[0])
    workflow = do(workflow, run, "isi_satu")
    assert machine.previous_user_task(machine.user_tasks(workflow)[0]).task_spec.bpmn_id == "isi_satu"


# --- what the library must keep -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (Task, {"_ready", "_set_state", "_add_child", "_drop_children", "reset_branch"}),
        (BpmnWorkflow, {"reset_from_task_id", "delete_subprocess", "refresh_timers", "get_events", "cancel"}),
    ],
)
def test_the_library_still_has_what_the_engine_uses(owner: type, names: set[str]) -> None:
    assert names <= set(dir(owner))


def test_flows_and_passed_steps_are_noted(calls: Calls) -> None:
    workflow, run = start("berdua")
    assert run.passed == ["mulai", "bagi"]
    assert sorted(run.flows) == ["f_bagi_isi_satu", "f_bagi_tinjau", "f_mulai_bagi"]
    assert isinstance(workflow.task_tree.id, UUID)
