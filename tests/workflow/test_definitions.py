"""Versions of a process: published once, never changed, parsed once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from backend.workflow import definitions
from backend.workflow.enums import VersionState
from backend.workflow.errors import InvalidProcess, ScriptRefused
from backend.workflow.models import ProcessDefinition
from backend.workflow.parser import parse_bpmn
from tests.workflow.conftest import PROCESSES, Dunia, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A shipped process file beside an empty forms folder."""
    (tmp_path / "processes").mkdir()
    path = tmp_path / "processes" / "tunggal.bpmn"
    path.write_text((PROCESSES / "tunggal.bpmn").read_text())
    return path


def test_publishing_a_file_twice_makes_one_version(dunia: Dunia, shipped: Path) -> None:
    first, again = definitions.publish_file(shipped), definitions.publish_file(shipped)
    assert (first.outcome, again.outcome) == ("published", "unchanged")
    assert first.definition == again.definition
    assert (first.definition.version, first.definition.state, first.definition.name) == (
        1,
        VersionState.LIVE,
        "Satu tugas",
    )


def test_a_changed_file_retires_the_version_before_it(dunia: Dunia, shipped: Path) -> None:
    old = definitions.publish_file(shipped).definition
    shipped.write_text(shipped.read_text().replace("Isi satu", "Isi"))
    new = definitions.publish_file(shipped).definition
    old.refresh_from_db()
    assert (old.state, new.state, new.version) == (VersionState.RETIRED, VersionState.LIVE, 2)
    assert definitions.live("tunggal") == new


def test_a_changed_form_makes_a_new_version(dunia: Dunia, shipped: Path) -> None:
    forms = shipped.parent.parent / "forms"
    forms.mkdir()
    (forms / "isi_satu.json").write_text("{}")
    assert definitions.publish_file(shipped).definition.files == {"forms/isi_satu.json": "{}"}
    (forms / "isi_satu.json").write_text('{"a": 1}')
    assert definitions.publish_file(shipped).definition.version == 2


def test_a_file_does_not_overrule_what_came_from_the_browser(dunia: Dunia, shipped: Path) -> None:
    definitions.publish_file(shipped)
    edited = shipped.read_text().replace("Isi satu", "Isi dari peramban")
    by_hand = definitions.publish(definitions.save_draft(edited, files={}, by=dunia.pengisi), by=dunia.pengisi)
    assert definitions.publish_file(shipped).outcome == "unchanged"
    shipped.write_text(shipped.read_text().replace("Isi satu", "Isi rilis baru"))
    result = definitions.publish_file(shipped)
    assert (result.outcome, result.definition.state) == ("draft", VersionState.DRAFT)
    assert definitions.live("tunggal") == by_hand


def test_a_draft_may_be_overwritten_until_it_is_published(dunia: Dunia) -> None:
    text = (PROCESSES / "tunggal.bpmn").read_text()
    draft = definitions.save_draft(text, files={}, by=dunia.pengisi)
    changed = definitions.save_draft(text.replace("Isi satu", "Lain"), files={}, by=dunia.pengisi, replace=draft)
    assert (changed.pk, changed.version) == (draft.pk, 1)
    live = definitions.publish(changed, by=dunia.pengisi)
    other = definitions.save_draft(text, files={}, by=dunia.pengisi, replace=live)
    assert other.version == 2


@pytest.mark.parametrize(
    "change", [{"bpmn": "x"}, {"files": {"a": "b"}}, {"version": 9}, {"state": "draft"}, {"sha256": "y"}]
)
def test_the_database_refuses_to_change_a_published_version(dunia: Dunia, change: dict[str, object]) -> None:
    publish("tunggal")
    with pytest.raises(IntegrityError, match="sudah diterbitkan"), transaction.atomic():
        ProcessDefinition.objects.filter(key="tunggal").update(**change)
    with pytest.raises(IntegrityError, match="sudah diterbitkan"), transaction.atomic():
        ProcessDefinition.objects.filter(key="tunggal").delete()


def test_there_is_at_most_one_version_in_force(dunia: Dunia) -> None:
    publish("tunggal")
    live = definitions.live("tunggal")
    with pytest.raises(IntegrityError, match="one_live_definition_per_key"), transaction.atomic():
        ProcessDefinition.objects.create(
            key="tunggal", version=7, bpmn="", sha256="", state=VersionState.LIVE, published_at=live.published_at
        )


def test_a_version_is_parsed_once_per_process(dunia: Dunia) -> None:
    publish("tunggal")
    pk = definitions.live_id("tunggal")
    assert definitions.parsed(pk) is definitions.parsed(pk)


TEXT = (PROCESSES / "tinjau.bpmn").read_text()


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("kembali_ke == 'satu'", "__import__('os').system('x')", ScriptRefused),
        ("kembali_ke == 'satu'", "kembali_ke.upper() == 'A'", ScriptRefused),
        ('value="pengisi_id"', 'value="open(1)"', ScriptRefused),
        ("<bpmn:timeDuration>P3D", "<bpmn:timeDuration>open('x')", ScriptRefused),
        ('isExecutable="true"', 'isExecutable="false"', InvalidProcess),
        ('targetRef="tinjau"', 'targetRef="tidak_ada"', InvalidProcess),
        (
            '<bpmn:userTask id="isi_dua" name="Isi dua" />',
            '<bpmn:scriptTask id="isi_dua"><bpmn:script>x=1</bpmn:script></bpmn:scriptTask>',
            InvalidProcess,
        ),
        (
            '<bpmn:userTask id="isi_dua" name="Isi dua" />',
            '<bpmn:userTask id="isi_dua"><bpmn:extensionElements><spiffworkflow:preScript>x=1</spiffworkflow:preScript></bpmn:extensionElements></bpmn:userTask>',
            ScriptRefused,
        ),
        (
            '<bpmn:sequenceFlow id="f_mulai_isi_satu"',
            '<bpmn:sequenceFlow id="dobel" sourceRef="mulai" targetRef="isi_satu" /><bpmn:sequenceFlow id="f_mulai_isi_satu"',
            InvalidProcess,
        ),
    ],
)
def test_what_carries_code_or_is_broken_cannot_be_parsed(old: str, new: str, error: type[Exception]) -> None:
    assert old in TEXT
    with pytest.raises(error):
        parse_bpmn(TEXT.replace(old, new))


def test_a_draft_that_cannot_run_cannot_be_published(dunia: Dunia) -> None:
    draft = definitions.save_draft(TEXT.replace("kembali_ke == 'satu'", "f(1)"), files={}, by=None)
    with pytest.raises((ScriptRefused, InvalidProcess)):
        definitions.publish(draft, by=None)
    draft.refresh_from_db()
    assert draft.state == VersionState.DRAFT


def test_a_text_without_a_process_says_so() -> None:
    with pytest.raises(InvalidProcess):
        parse_bpmn("<definitions/>")


def test_timer_text_in_all_iso_forms_is_understood() -> None:
    for text in ("P1W", "P2DT12H", "PT5M", "P3D", "P1Y2M"):
        parse_bpmn(TEXT.replace("<bpmn:timeDuration>P3D", f"<bpmn:timeDuration>{text}"))
    cycle = (PROCESSES / "berulang.bpmn").read_text()
    for text in ("R3/P1D", "R/P1D", "R2/2030-01-01T00:00:00+07:00/P1W"):
        parse_bpmn(cycle.replace("R3/P1D", text))
