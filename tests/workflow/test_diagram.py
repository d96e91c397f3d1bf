"""The diagram that the server draws: what it marks, and that no name in a file can become markup."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from lxml import etree

from backend.workflow import bpmn_xml, diagram, engine
from backend.workflow.enums import ItemStatus
from backend.workflow.models import WorkItem
from tests.workflow.conftest import PROCESSES, Dunia, publish
from tests.workflow.vendors import ACCEPTED, REFUSED, E, S, definitions, line, process, user

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str, states: dict[str, str] | None = None, **more: Any) -> etree._Element:
    svg = diagram.draw(bpmn_xml.read(text), states or {}, title="Proses", **more)
    return etree.fromstring(svg.encode())


def classes(root: etree._Element) -> dict[str, str]:
    """Title of each node (without its state in words) → its classes."""
    return {
        str(group.findtext("title")).partition(" (")[0]: str(group.get("class"))
        for group in root.iter("g")
        if group.find("title") is not None
    }


def item(step: str, status: ItemStatus, round: int = 1) -> WorkItem:
    return WorkItem(step=step, status=status, round=round)


# --- states -------------------------------------------------------------------------------------------------------


def test_open_done_and_returned_steps_are_told_apart_whatever_the_order_of_the_rows() -> None:
    rows = [
        item("a", ItemStatus.DONE), item("b", ItemStatus.DONE), item("b", ItemStatus.OPEN, round=2), item("c", ItemStatus.CANCELLED),
        item("d", ItemStatus.OPEN),
    ]  # fmt: skip
    for order in permutations(rows):
        assert diagram.states_of(order) == {"a": "done", "b": "returned", "d": "current"}


def test_going_back_oneself_is_no_return() -> None:
    assert diagram.states_of([item("a", ItemStatus.DONE), item("a", ItemStatus.OPEN)]) == {"a": "current"}


def test_states_are_classes_and_words() -> None:
    root = drawn(
        (PROCESSES / "tinjau.bpmn").read_text(), {"isi_satu": "done", "isi_dua": "returned", "tinjau": "current"}
    )
    found = classes(root)
    assert found["Isi satu"] == "node task done"
    assert found["Isi dua"] == "node task returned"
    assert "done" not in found["Isi tiga"]
    assert root.findtext("desc") == "Isi satu: selesai; Isi dua: dikembalikan; Tinjau: sedang berjalan"
    assert drawn((PROCESSES / "tinjau.bpmn").read_text()).findtext("desc") == "Belum ada langkah yang dikerjakan."


def test_flows_that_tokens_took_are_marked() -> None:
    text = (PROCESSES / "tinjau.bpmn").read_text()
    taken = drawn(text, taken=["f_mulai_isi_satu", "tidak_ada"])
    assert [group.get("class") for group in taken.iter("g") if "flow" in str(group.get("class"))].count(
        "flow taken"
    ) == 1


def test_a_state_of_a_step_that_is_not_in_the_file_is_left_out() -> None:
    assert (
        drawn((PROCESSES / "tunggal.bpmn").read_text(), {"tidak_ada": "done"}).findtext("desc")
        == "Belum ada langkah yang dikerjakan."
    )


# --- safety -------------------------------------------------------------------------------------------------------

EVIL = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;a href='javascript:x'&gt;]]&gt;&amp;amp;"


def test_names_in_a_file_are_text_and_never_markup() -> None:
    text = definitions(
        process(
            f'<b:laneSet><b:lane id="l" name="{EVIL}"><b:flowNodeRef>u</b:flowNodeRef></b:lane></b:laneSet>',
            S, f'<b:userTask id="u" name="{EVIL}"/>', E, line("s", "u"),
            f'<b:sequenceFlow id="x" name="{EVIL}" sourceRef="u" targetRef="e"/>',
        ),
        tail='<bpmndi:BPMNDiagram id="dg"><bpmndi:BPMNPlane id="pl"><bpmndi:BPMNShape id="l_di" bpmnElement="l"><dc:Bounds x="0" y="0" width="600" height="200"/>'
        '</bpmndi:BPMNShape><bpmndi:BPMNShape id="u_di" bpmnElement="u"><dc:Bounds x="9" y="9" width="100" height="80"/></bpmndi:BPMNShape>'
        '<bpmndi:BPMNEdge id="x_di" bpmnElement="x"><di:waypoint x="1" y="1"/><di:waypoint x="2" y="2"/></bpmndi:BPMNEdge></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>',
    )  # fmt: skip
    svg = diagram.draw(bpmn_xml.read(text), {"u": "done"}, title='"><script>x</script>')
    root = etree.fromstring(svg.encode())
    assert {element.tag for element in root.iter()} <= {
        "svg", "title", "desc", "defs", "marker", "path", "g", "rect", "circle", "text", "tspan",
    }  # fmt: skip
    assert "<script" not in svg
    assert "javascript:" in "".join(root.itertext())
    for element in root.iter():
        assert not {name for name in element.attrib if name.lower().startswith("on") or name in {"style", "href"}}


@pytest.mark.parametrize("name", [*ACCEPTED, *REFUSED])
def test_every_file_that_is_xml_is_drawn_also_without_coordinates(name: str) -> None:
    text = ACCEPTED.get(name) or REFUSED[name][0]
    root = drawn(text)
    assert root.get("viewBox")
    assert "nan" not in etree.tostring(root).decode().lower().replace("nanti", "")


@pytest.mark.parametrize("value", ["NaN", "inf", "-1e999", "x", "", "1,5", "1e6"])
def test_coordinates_that_are_none_do_no_harm(value: str) -> None:
    shape = f'<bpmndi:BPMNShape id="u_di" bpmnElement="u"><dc:Bounds x="{value}" y="1" width="{value}" height="80"/></bpmndi:BPMNShape>'
    text = definitions(
        process(S, user("u"), E, line("s", "u", "e")), tail=f'<bpmndi:BPMNDiagram id="dg">{shape}</bpmndi:BPMNDiagram>'
    )
    numbers = [float(part) for part in str(drawn(text).get("viewBox")).split()]
    assert all(abs(number) < 1_000_000 for number in numbers)


def test_a_file_with_an_id_inside_itself_is_no_endless_loop() -> None:
    text = definitions(
        process(S, '<b:subProcess id="x"><b:subProcess id="x"><b:userTask id="u"/></b:subProcess></b:subProcess>')
    )
    assert drawn(text).get("viewBox")


def test_long_names_are_wrapped_and_cut() -> None:
    lines = diagram._wrap("Menyetujui " * 30 + "x" * 200, 88, 4)
    assert len(lines) == 4
    assert all(len(one) <= 15 for one in lines)
    assert lines[-1].endswith("…")


# --- an instance --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_instance_is_drawn_from_its_rows(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step)
    engine.complete(dunia.item(instance).pk, actor=dunia.peninjau, data={"kembali_ke": "dua"})
    states = diagram.states_of(instance.items.all())
    assert (states["isi_satu"], states["isi_dua"], states["tinjau"]) == ("done", "returned", "done")
    root = etree.fromstring(diagram.svg(instance.definition, states).encode())
    assert classes(root)["Isi dua"].endswith("returned")
