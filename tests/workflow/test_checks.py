"""`manage.py check` fails on every name in a process that nothing is bound to."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.workflow import checks, definitions, steps
from backend.workflow.parser import parse_bpmn
from tests.workflow.conftest import PROCESSES

TINJAU = (PROCESSES / "tinjau.bpmn").read_text()


@pytest.fixture
def bound(registry: steps.Registry) -> steps.Registry:
    """Everything that tinjau.bpmn names, without forms."""
    for name in ("isi_satu", "isi_dua", "isi_tiga", "tinjau"):
        steps.step(name, form="")(lambda **_: None)
    for name in ("pengisi", "peninjau"):
        steps.lane(name)(lambda **_: steps.Assignment())
    for name in ("uji.kunci", "uji.ingatkan"):
        steps.operator(name)(lambda **_: None)
    return registry


def missing(text: str) -> list[tuple[str, str, str]]:
    return [(each.kind, each.name, each.element) for each in checks.missing_bindings(parse_bpmn(text))]


def test_a_process_with_all_its_bindings_passes(bound: steps.Registry) -> None:
    assert missing(TINJAU) == []


def test_each_kind_of_missing_binding_is_named(bound: steps.Registry) -> None:
    del bound.steps["isi_dua"], bound.operators["uji.kunci"], bound.lanes["peninjau"]
    bound.steps["isi_satu"] = steps.Step("isi_satu", lambda **_: None, form="tidak_ada")
    assert missing(TINJAU) == [
        ("operator", "uji.kunci", "kunci"),
        ("form", "tidak_ada", "isi_satu"),
        ("step", "isi_dua", "isi_dua"),
        ("lane", "peninjau", "tinjau"),
    ]


def test_an_unknown_decision_is_named(bound: steps.Registry, tmp_path: Path) -> None:
    parsed = parse_bpmn((PROCESSES / "aturan.bpmn").read_text())
    assert ("decision", "predikat_kinerja") in [
        (each.kind, each.name) for each in checks.missing_bindings(parsed, rules_dir=tmp_path)
    ]
    assert "decision" not in [each.kind for each in checks.missing_bindings(parsed)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("kembali_ke == 'satu'", "kembali_ke.upper()"), "workflow.script_refused"),
        (('isExecutable="true"', 'isExecutable="false"'), "workflow.invalid_process"),
        (("<?xml", "<!DOCTYPE x><?xml"), "workflow.unsafe_xml"),
        (("</bpmn:process>", ""), "workflow.broken_xml"),
        (('id="uji.kunci"', 'id="uji.lain"'), "workflow.unbound_operator"),
    ],
)
def test_manage_check_reports_a_bad_file(
    bound: steps.Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], code: str
) -> None:
    (tmp_path / "tinjau.bpmn").write_text(TINJAU.replace(*change))
    monkeypatch.setattr(definitions, "processes_dir", lambda: tmp_path)
    assert [message.id for message in checks.check_processes()] == [code]


def test_the_products_own_processes_are_bound() -> None:
    assert checks.check_processes() == []
