"""The steps of a process as people see them: in the order of the flow, of one lane, with the state of their rows."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.workflow import bpmn_xml, engine, stepper
from backend.workflow.models import ProcessInstance
from backend.workflow.parser import parse_bpmn
from tests.workflow.conftest import Dunia, publish
from tests.workflow.vendors import ACCEPTED, E, S, definitions, flow, line, process, user

pytestmark = pytest.mark.django_db


def states(instance: ProcessInstance, lane: str | None = "pengisi") -> dict[str, str]:
    return {step.step: step.state for step in stepper.steps(instance.definition, lane, items=instance.items.all())}


@pytest.fixture
def instance(dunia: Dunia) -> ProcessInstance:
    publish("tinjau")
    return dunia.start("tinjau")


def test_steps_come_in_the_order_of_the_flow_and_of_their_lane(instance: ProcessInstance) -> None:
    assert [info.step for info in stepper.infos(instance.definition)] == ["isi_satu", "isi_dua", "isi_tiga", "tinjau"]
    assert [info.step for info in stepper.infos(instance.definition, "peninjau")] == ["tinjau"]
    assert [info.name for info in stepper.infos(instance.definition, "pengisi")] == ["Isi satu", "Isi dua", "Isi tiga"]


def test_back_edges_and_the_order_of_the_file_do_not_matter() -> None:
    text = definitions(
        process(
            E, user("c"), user("b"), user("a"), S, flow("g", "a", "x == 1"), '<b:exclusiveGateway id="g" default="f_g_e"/>',
            line("s", "a", "b", "c", "g", "e"),
        )
    )  # fmt: skip
    assert [node.id for node in bpmn_xml.read(text).user_tasks()] == ["a", "b", "c"]


def test_flows_without_ids_are_followed_and_marked_alike() -> None:
    text = re.sub(r' id="f_\w+"', "", definitions(process(E, user("b"), user("a"), S, line("s", "a", "b", "e"))))
    document = bpmn_xml.read(text)
    assert [node.id for node in document.user_tasks()] == ["a", "b"]
    assert set(parse_bpmn(text, key="p").flows.values()) == set(document.flows)


def test_steps_inside_a_sub_process_stand_before_what_follows_it() -> None:
    inner = '<b:startEvent id="s1"/>' + user("a") + '<b:endEvent id="e1"/>' + line("s1", "a", "e1")
    text = definitions(
        process(user("z"), f'<b:subProcess id="sub">{inner}</b:subProcess>', S, E, line("s", "sub", "z", "e"))
    )
    assert [node.id for node in bpmn_xml.read(text).user_tasks()] == ["a", "z"]


def test_a_lane_counts_for_the_tasks_inside_its_sub_process_and_with_spaces_around() -> None:
    document = bpmn_xml.read(ACCEPTED["lanes, pool, message flow"])
    assert {key: node.lane for key, node in document.nodes.items() if node.lane} == {"u": "asn", "v": "atasan"}


def test_done_current_and_future(instance: ProcessInstance, dunia: Dunia) -> None:
    assert states(instance) == {"isi_satu": "current", "isi_dua": "future", "isi_tiga": "future"}
    dunia.done(instance, "isi_satu")
    assert states(instance) == {"isi_satu": "done", "isi_dua": "current", "isi_tiga": "future"}
    dunia.done(instance, "isi_dua")
    dunia.done(instance, "isi_tiga")
    assert states(instance) == {"isi_satu": "done", "isi_dua": "done", "isi_tiga": "done"}
    assert states(instance, "peninjau") == {"tinjau": "current"}


def test_a_return_is_told_and_what_comes_after_it_is_ahead_again(instance: ProcessInstance, dunia: Dunia) -> None:
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step)
    dunia.done(instance, "tinjau", kembali_ke="dua")
    assert states(instance) == {"isi_satu": "done", "isi_dua": "returned", "isi_tiga": "future"}
    (step,) = [
        step
        for step in stepper.steps(instance.definition, "pengisi", items=instance.items.all())
        if step.state == "returned"
    ]
    assert step.item is not None
    assert (step.item.step, step.item.round, step.item.status) == ("isi_dua", 2, "open")


def test_going_back_oneself_is_no_return(instance: ProcessInstance, dunia: Dunia) -> None:
    dunia.done(instance, "isi_satu")
    engine.back(dunia.item(instance).pk, actor=dunia.pengisi)
    assert states(instance) == {"isi_satu": "current", "isi_dua": "future", "isi_tiga": "future"}


def test_a_cancelled_instance_has_no_current_step(instance: ProcessInstance, dunia: Dunia) -> None:
    dunia.done(instance, "isi_satu")
    engine.cancel(instance.pk, actor=dunia.pengisi, alasan="Batal")
    assert "current" not in states(instance).values()


def test_a_page_reads_the_model_once_per_process(instance: ProcessInstance) -> None:
    items = list(instance.items.all())
    definition = instance.definition
    stepper.steps(definition, items=items)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for lane in (None, "pengisi", "peninjau"):
            stepper.steps(definition, lane, items=items)
    assert len(queries) == 0
