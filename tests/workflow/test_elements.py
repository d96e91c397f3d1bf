"""Elements of BPMN that the engine promises to run, each stored and loaded between every two steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.rules import decide as rules
from backend.workflow import lint, machine, steps
from backend.workflow.errors import (
    InstanceTooLarge,
    InvalidProcess,
    InvalidTimer,
    MissingProcessData,
    ProcessFailed,
    TooManyRepeats,
)
from backend.workflow.models import Incident
from backend.workflow.parser import parse_bpmn
from tests.workflow import vendors
from tests.workflow.conftest import Dunia, publish
from tests.workflow.test_machine import do, open_steps, start
from tests.workflow.test_state import reloaded


@pytest.fixture(autouse=True)
def _own_world(registry: steps.Registry) -> Iterator[None]:
    """Elements need no bindings of the product; tables come from their files."""
    before = rules.use_source(rules.FileSource())
    yield
    rules.use_source(before)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(True, False, ["isi_satu"]), (True, True, ["isi_dua", "isi_satu"]), (False, False, ["isi_tiga"])],
)
def test_an_inclusive_gateway_takes_every_true_flow_or_the_default(a: bool, b: bool, expected: list[str]) -> None:
    workflow, run = start("inklusif", a=a, b=b)
    assert open_steps(workflow) == expected
    for step in expected:
        assert not machine.is_finished(workflow)
        workflow = do(workflow, run, step)
    assert machine.is_finished(workflow)


def test_a_sequence_of_people_stops_when_one_refuses() -> None:
    workflow, run = start("berurutan", daftar=["x", "y", "z"], tolak=False)
    assert [task.data["satu"] for task in machine.user_tasks(workflow)] == ["x"]
    workflow = do(workflow, run, "isi_satu", tolak=False)
    assert [task.data["satu"] for task in machine.user_tasks(workflow)] == ["y"]
    workflow = do(workflow, run, "isi_satu", tolak=True)
    assert machine.is_finished(workflow)
    assert "satu" not in workflow.last_task.data


@pytest.mark.parametrize("key", ["berurutan", "ramai"])
def test_an_empty_list_of_people_passes_at_once(key: str) -> None:
    workflow, _run = start(key, daftar=[], peninjau_daftar=[], tolak=False)
    assert machine.is_finished(workflow)


def test_a_terminate_end_stops_the_other_branch() -> None:
    workflow, run = start("hentikan")
    workflow = do(workflow, run, "isi_satu")
    assert machine.is_finished(workflow)


@pytest.mark.parametrize(("tolak", "expected"), [(True, ["isi_dua"]), (False, [])])
def test_an_error_end_leaves_its_sub_process_by_the_boundary(tolak: bool, expected: list[str]) -> None:
    workflow, run = start("galat_sub")
    workflow = do(workflow, run, "isi_satu", tolak=tolak)
    assert open_steps(workflow) == expected
    if expected:
        workflow = do(workflow, run, "isi_dua")
    assert machine.is_finished(workflow)


def test_a_signal_interrupts_another_branch() -> None:
    workflow, run = start("sinyal")
    assert open_steps(workflow) == ["isi_dua", "isi_satu"]
    workflow = do(workflow, run, "isi_satu")
    assert open_steps(workflow) == ["isi_tiga"]
    assert machine.is_finished(do(workflow, run, "isi_tiga"))


def test_a_standard_loop_repeats_while_its_condition_holds_and_at_most_so_often() -> None:
    workflow, run = start("ulang_baku", lagi=True)
    for _ in range(3):
        assert open_steps(workflow) == ["isi_satu"]
        workflow = do(workflow, run, "isi_satu", lagi=True)
    assert machine.is_finished(workflow)
    workflow, run = start("ulang_baku", lagi=True)
    assert machine.is_finished(do(workflow, run, "isi_satu", lagi=False))


@pytest.mark.parametrize(
    ("hasil", "perilaku", "expected"), [("sesuai", "sesuai", "baik"), ("di_bawah", "di_bawah", "lain")]
)
def test_a_rule_routes_on_process_data_and_names_the_rows_that_spoke(hasil: str, perilaku: str, expected: str) -> None:
    workflow, run = start("aturan", rating_hasil_kerja=hasil, rating_perilaku=perilaku, pada="2025-03-31")
    assert open_steps(workflow) == [expected]
    ((decision, rows, _version),) = run.rules
    assert (decision, len(rows)) == ("predikat_kinerja", 1)
    assert machine.is_finished(do(workflow, run, expected))


def test_a_rule_without_its_input_says_which() -> None:
    with pytest.raises(MissingProcessData) as caught:
        start("aturan", rating_hasil_kerja="sesuai", pada="2025-03-31")
    assert caught.value.params["nama"] == "rating_perilaku"


@pytest.mark.django_db
def test_a_case_that_could_never_move_again_is_rolled_back_and_reported(
    dunia: Dunia, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidProcess):
        publish("buntu")
    monkeypatch.setattr(lint, "starved_join", lambda level: None)  # one that the check before publishing cannot judge
    publish("buntu")
    instance = dunia.start("buntu", data={"b": False})
    dunia.done(instance, "isi_satu")
    with pytest.raises(ProcessFailed):
        dunia.done(instance, "isi_dua")
    assert dunia.open_steps(instance) == ["isi_dua"]
    assert Incident.objects.get().instance_id == instance.pk


def test_what_the_library_cannot_do_is_not_promised() -> None:
    """Joins: the last finisher's value of a key wins, so branches write keys of their own (lint warns)."""
    workflow, run = start("berdua", sama=0)
    workflow = do(workflow, run, "isi_satu", sama=1, satu="a")
    workflow = do(workflow, run, "tinjau", dua="b")
    data: dict[str, Any] = workflow.last_task.data
    assert (data["satu"], data["dua"]) == ("a", "b")


# --- event sub-processes ------------------------------------------------------------------------------------------


def handled(*, interrupting: bool, inside: bool) -> str:
    """start → u → end with an event sub-process of one day, at the top or inside a sub-process that `after` follows."""
    flag = "true" if interrupting else "false"
    body = vendors.INNER + vendors.HANDLER.replace('isInterrupting="0"', f'isInterrupting="{flag}"')
    if not inside:
        return vendors.definitions(vendors.process(body))
    return vendors.definitions(
        vendors.process(
            vendors.S, f'<b:subProcess id="sub">{body}</b:subProcess>', vendors.user("after"), vendors.E,
            vendors.line("s", "sub", "after", "e"),
        )
    )  # fmt: skip


def begin(text: str, **data: Any) -> tuple[Any, machine.Run]:
    run = machine.Run(None, timezone.now(), parse_bpmn(text, key="p"))
    workflow = machine.create(run, data)
    machine.settle(workflow, run)
    return reloaded(workflow, run), run


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_sub_process_that_never_begins_ends_with_the_work_around_it(interrupting: bool, inside: bool) -> None:
    workflow, run = begin(handled(interrupting=interrupting, inside=inside))
    assert (open_steps(workflow), len(machine.due_times(workflow))) == (["u"], 1)
    workflow = do(workflow, run, "u")
    assert not machine.due_times(workflow)
    assert open_steps(workflow) == (["after"] if inside else [])
    workflow = do(workflow, run, "after") if inside else workflow
    assert machine.is_finished(workflow)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(("interrupting", "then"), [(True, ["hu"]), (False, ["hu", "u"])])
def test_an_event_sub_process_begins_in_time_and_interrupts_or_not(
    interrupting: bool, inside: bool, then: list[str]
) -> None:
    workflow, run = begin(handled(interrupting=interrupting, inside=inside))
    machine.shift_timers(workflow, -timedelta(days=2))
    machine.fire_timers(workflow, run)
    workflow = reloaded(workflow, run)
    assert open_steps(workflow) == then
    for step in then:
        assert not machine.is_finished(workflow)
        workflow = do(workflow, run, step)
    workflow = do(workflow, run, "after") if inside else workflow
    assert machine.is_finished(workflow)


# --- values from process data -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["besok", "P1H", "", None, 5, ["P1D"], "2025-04-10", "P999999999M"])
def test_a_time_that_a_step_wrote_wrongly_is_said_in_words(value: Any) -> None:
    workflow, run = begin(vendors.catching(vendors.timer("batas")), batas=value)
    with pytest.raises(InvalidTimer) as caught:
        do(workflow, run, "u")
    assert caught.value.message.startswith("Waktu “")


def test_a_time_that_a_step_wrote_rightly_is_waited_for() -> None:
    workflow, run = begin(vendors.catching(vendors.timer("batas", "timeDate")), batas="2999-01-01T00:00:00+07:00")
    workflow = do(workflow, run, "u")
    assert [due.year for due in machine.due_times(workflow).values()] == [2998]


@pytest.mark.parametrize("count", [1001, 10**9, -1, True, "3", 2.0])
def test_a_task_is_not_repeated_without_measure(count: Any) -> None:
    many = vendors.MANY.format("", "<b:loopCardinality>banyak</b:loopCardinality>")
    with pytest.raises(TooManyRepeats):
        begin(vendors.simple(vendors.user("u", many)), banyak=count)


def test_repeats_within_repeats_are_stopped_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MAX_TASKS", 2000)
    outer, many = (vendors.MANY.format("", f"<b:loopCardinality>{count}</b:loopCardinality>") for count in (5, 900))
    inner = vendors.INNER.replace('name="Tugas u" >', f'name="Tugas u">{many}')
    assert many in inner
    with pytest.raises(InstanceTooLarge):
        begin(vendors.sub(outer + inner))
