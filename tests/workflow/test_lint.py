"""Which files the engine takes, why not, and that what it takes truly runs (manage.py validate_process)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from backend.workflow import definitions as versions
from backend.workflow import engine, lint, steps
from backend.workflow.enums import InstanceStatus
from backend.workflow.lint_graph import predicted
from backend.workflow.models import WorkItem
from backend.workflow.parser import parse_bpmn
from tests.workflow import vendors
from tests.workflow.conftest import Dunia
from tests.workflow.vendors import (
    ACCEPTED,
    REFUSED,
    E,
    S,
    boundary,
    catching,
    definitions,
    line,
    process,
    simple,
    timer,
    user,
)
from tests.workflow.walker import walk


def errors(report: lint.LintReport) -> set[str]:
    return {problem.code for problem in report.problems if problem.severity == lint.ERROR}


@pytest.fixture
def bound(registry: steps.Registry) -> steps.Registry:
    steps.operator("uji.apa")(lambda **_: {"hasil": 1})
    return registry


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_a_modeler_exports_and_the_engine_accepts_runs_to_its_end(name: str, bound: steps.Registry) -> None:
    report = lint.check(ACCEPTED[name])
    assert report.runnable, report.problems
    assert walk(parse_bpmn(ACCEPTED[name], key="p"))


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_run_or_carries_code_is_refused_with_its_reason_and_its_place(name: str) -> None:
    text, wanted = REFUSED[name]
    report = lint.check(text)
    assert wanted <= errors(report)
    for problem in report.problems:
        assert problem.element
        assert problem.line > 0
        assert problem.message


# --- timers -------------------------------------------------------------------------------------------------------

GOOD = [
    ("timeDuration", "P3D"), ("timeDuration", "PT0S"), ("timeDuration", "P1Y2M3DT4H5M6.5S"), ("timeDuration", "P2W"), ("timeDuration", "PT36H"),
    ("timeDuration", "batas"), ("timeDuration", "'P1D'"), ("timeDate", "2025-04-10T00:00:00Z"), ("timeDate", "2025-04-10T00:00:00+0700"),
    ("timeCycle", "R3/P1D"), ("timeCycle", "R2/2030-01-01T00:00:00+07:00/P1W"), ("timeCycle", "R2/PT1H/2030-01-01T00:00:00+07:00"),
]  # fmt: skip
BAD = [
    ("timeDuration", text)
    for text in (
        "", "P", "PT", "P1H", "PT5m", "p3d", "3D", "P1,5D", "P1.5D", "PT1D", "P1DT", "P3D4H", "-P1D", "P-1D", "P1D ", "5 menit", "P1W2D",
        "P99999999999M", "P200Y", "PT1H30", "R3/P1D", "2025-04-10T00:00:00+07:00", "10", "${x}", "=x", "x.y", "f(x)", "x == 1", "\"besok\"", "P1X",
    ) if text != "P1D "
] + [("timeDate", text) for text in (
    "2025-04-10", "2025-04-10T00:00:00", "2025-02-30T00:00:00+07:00", "2025-04-10T25:00:00+07:00", "10/04/2025", "P3D", "1e9", "9999-12-31T23:59:59+07:00",
)] + [("timeCycle", text) for text in (
    "0 0 9 * * ?", "R/P1D", "R0/P1D", "R3", "R3/", "R3/P1D/P2D", "R-1/P1D", "R99999/P1D", "R3/PT0S", "PT1H", "R3/2025-04-10/P1D", "every day",
)]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_a_timer_as_iso_or_as_the_name_of_process_data_is_taken(kind: str, text: str) -> None:
    document = catching(timer(text.replace("'", "&quot;"), kind))
    assert errors(lint.check(document)) == set()
    parse_bpmn(document, key="p")


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_a_malformed_timer_is_refused_in_words_at_its_event(kind: str, text: str) -> None:
    report = lint.check(catching(timer(text, kind)))
    assert not report.runnable
    assert {problem.element for problem in report.problems if problem.severity == lint.ERROR} == {"c"}
    assert all(problem.message.startswith(("Waktu “", "Pewaktu ", "Pengulangan ")) for problem in report.problems)


@pytest.mark.parametrize(
    "inner", ["", "<b:timeDate>P1D</b:timeDate><b:timeCycle>R1/P1D</b:timeCycle>", "<b:timeDuration/>"]
)
def test_a_timer_says_exactly_one_time(inner: str) -> None:
    assert errors(lint.check(catching(f"<b:timerEventDefinition>{inner}</b:timerEventDefinition>"))) == {"pewaktu"}


# --- broken and hostile files -------------------------------------------------------------------------------------


def chain(count: int) -> str:
    keys = [f"u{index}" for index in range(count)]
    return definitions(process(S, *map(user, keys), E, line("s", *keys, "e")))


def forks(count: int) -> str:
    """Parallel splits and joins one after another: the library foresees both ways of each, 2^count in all."""
    parts = []
    for index in range(count):
        parts += [
            f'<b:parallelGateway id="g{index}"/><b:parallelGateway id="j{index}"/>',
            user(f"a{index}"),
            user(f"b{index}"),
        ]
        parts += [line(f"g{index}", f"a{index}", f"j{index}"), line(f"g{index}", f"b{index}", f"j{index}")]
    parts += [line(f"j{index}", f"g{index + 1}") for index in range(count - 1)]
    return definitions(process(S, *parts, E, line("s", "g0"), line(f"j{count - 1}", "e")))


def nested(depth: int, inner: str = vendors.INNER) -> str:
    for level in range(depth):
        inner = (
            f'<b:startEvent id="n{level}"/><b:subProcess id="sub{level}">{inner}</b:subProcess><b:endEvent id="m{level}"/>'
            + line(f"n{level}", f"sub{level}", f"m{level}")
        )
    return definitions(process(inner))


GOOD_TEXT = simple()
BOMB = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;&x;">]>' + GOOD_TEXT.partition("\n")[2].replace(
    "Tugas u", "&z;"
)
HOSTILE: dict[str, tuple[bytes | str, set[str]]] = {
    "empty": (b"", {"broken_xml"}),
    "spaces": (b" \n ", {"broken_xml"}),
    "binary": (bytes(range(256)) * 20, {"broken_xml"}),
    "zip": (b"PK\x03\x04" + b"\x00" * 200, {"broken_xml"}),
    "json": (b'{"a": 1}', {"broken_xml"}),
    "truncated": (GOOD_TEXT.encode()[:-40], {"broken_xml"}),
    "a prefix that nobody declared": (b'<x:definitions id="d"/>', {"broken_xml"}),
    "html": (b"<html><body/></html>", {"bukan_bpmn"}),
    "another namespace": (GOOD_TEXT.replace("20100524/MODEL", "20990101/MODEL").encode(), {"bukan_bpmn"}),
    "DMN": (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', {"bukan_bpmn"}),
    "entities": (BOMB.encode(), {"unsafe_xml"}),
    "an external entity": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', {"unsafe_xml"}),
    "an external subset": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>', {"unsafe_xml"}),
    "entities in UTF-16": (BOMB.replace("UTF-8", "UTF-16").encode("utf-16"), {"unsafe_xml"}),
    "an unknown encoding": (GOOD_TEXT.replace("UTF-8", "utf-7").encode(), {"unsafe_xml"}),
    "a wrong encoding": (GOOD_TEXT.replace("Tugas u", "Tugas é").encode("latin-1"), {"broken_xml"}),
    "UTF-32": (GOOD_TEXT.encode("utf-32"), {"broken_xml"}),
    "more than a megabyte": (GOOD_TEXT.encode() + b" " * 1_000_001, {"unsafe_xml"}),
    "deep": (b"<a>" * 5000 + b"</a>" * 5000, {"unsafe_xml"}),
    "deep sub-processes": (nested(40), {"terlalu_dalam"}),
    "deep sub-processes without a rest": (nested(40, '<b:startEvent id="s1"/><b:endEvent id="e1"/>' + line("s1", "e1")), {"terlalu_dalam"}),
    "a very long process": (chain(400), {"terlalu_besar"}),
    "thousands of tasks": (chain(2500), {"terlalu_besar"}),
    "parallel upon parallel": (forks(30), {"terlalu_bercabang"}),
    "no definitions": (b"<a xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>", {"bukan_bpmn"}),
    "definitions of nothing": (definitions(""), {"tanpa_proses"}),
    "a process of nothing": (definitions(process()), {"tanpa_awal"}),
    "a process without an id": (definitions(process(S).replace('id="p" ', "")), {"tanpa_id"}),
    "null in an id": (GOOD_TEXT.replace('id="u"', 'id="&#0;"'), {"broken_xml"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_or_hostile_file_gets_a_verdict_in_words(name: str) -> None:
    data, wanted = HOSTILE[name]
    report = lint.check(data)
    assert wanted <= errors(report)
    assert not report.runnable
    json.dumps(report.as_dict())


@pytest.mark.parametrize(
    "data",
    [
        GOOD_TEXT.encode("utf-8-sig"),
        GOOD_TEXT.replace("UTF-8", "UTF-16").encode("utf-16"),
        GOOD_TEXT.replace("UTF-8", "ISO-8859-1").replace("Tugas u", "Tugas é").encode("latin-1"),
        GOOD_TEXT.replace("UTF-8", "windows-1252").encode("cp1252"),
        GOOD_TEXT.partition("\n")[2].encode(),
        GOOD_TEXT.replace("UTF-8", "utf-16"),
        GOOD_TEXT.replace("UTF-8", "utf-16").encode(),
        GOOD_TEXT.replace("\n", "\r\n").encode(),
    ],
)
def test_the_encodings_that_modelers_write_are_read(data: bytes | str) -> None:
    assert lint.check(data).problems == []
    parse_bpmn(data, key="p")


def test_a_file_as_big_as_allowed_is_judged(bound: steps.Registry) -> None:
    assert lint.check(chain(lint.MAX_NODES - 2)).runnable
    assert walk_start(chain(lint.MAX_NODES - 2))
    assert lint.check(forks(8)).runnable
    assert walk_start(forks(8))
    assert lint.check(nested(lint.MAX_NESTING)).runnable
    assert walk_start(nested(lint.MAX_NESTING))


def walk_start(text: str) -> Any:
    from tests.workflow.walker import first_people

    return first_people(parse_bpmn(text, key="p"))


def test_what_the_library_foresees_is_counted_as_it_counts() -> None:
    graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["e"], "e": []}
    assert predicted(set(graph), graph, stops=lambda _key: False) == {"e": 1, "d": 2, "b": 3, "c": 3, "a": 7}
    assert predicted(set(graph), graph, stops=lambda key: key == "a")["a"] == 1


def test_the_line_of_a_reason_is_the_line_of_its_element() -> None:
    text = boundary(timer("P1H"))
    (problem,) = [each for each in lint.check(text).problems if each.code == "pewaktu"]
    assert f'id="{problem.element}"' in text.splitlines()[problem.line - 1]


def test_reasons_come_in_the_order_of_the_file_and_once() -> None:
    text = definitions(process(S, '<b:manualTask id="a"/>', '<b:task id="c"/>', E, line("s", "a", "c", "e")))
    found = [(problem.code, problem.element) for problem in lint.check(text).problems]
    assert found == [("tugas_manual", "a"), ("tugas_tanpa_jenis", "c")]


# --- called processes ---------------------------------------------------------------------------------------------


def calling(name: str, *, key: str = "p") -> str:
    return definitions(process(S, f'<b:callActivity id="c" calledElement="{name}"/>', E, line("s", "c", "e"), key=key))


def test_a_called_process_that_is_missing_is_a_binding_and_the_others_are_still_told() -> None:
    report = lint.check(calling("lain").replace('id="e"', 'id="e"'))
    assert report.runnable
    assert [(each.kind, each.name, each.element) for each in report.bindings] == [("process", "lain", "c")]


@pytest.mark.parametrize(
    ("called", "wanted"),
    [
        ({"lain": simple('<b:scriptTask id="x"/>', key="x")}, {"panggilan_putus"}),
        ({"lain": "<a/>"}, {"panggilan_putus"}),
        ({"lain": "<a"}, {"broken_xml"}),
        ({"lain": calling("p", key="lain")}, {"panggilan_melingkar"}),
        ({"lain": calling("dua", key="lain"), "dua": calling("lain", key="dua")}, {"panggilan_melingkar"}),
        ({"lain": calling("lain", key="lain")}, {"panggilan_melingkar"}),
        ({"lain": calling("dua", key="lain"), "dua": simple('<b:scriptTask id="x"/>', key="x").replace('id="p"', 'id="dua"')}, {"skrip"}),
        ({"lain": catching(timer("P1H")).replace('id="p"', 'id="lain"')}, {"pewaktu"}),
    ],
)  # fmt: skip
def test_called_processes_are_looked_at_with_the_same_eyes(called: dict[str, str], wanted: set[str]) -> None:
    report = lint.check(calling("lain"), called={name: text.encode() for name, text in called.items()})
    assert wanted <= errors(report)


def test_a_chain_of_calls_is_found_and_runs(bound: steps.Registry) -> None:
    files = {"lain": calling("dua", key="lain"), "dua": simple(key="w").replace('id="p"', 'id="dua"')}
    assert lint.check(calling("lain"), called={name: text.encode() for name, text in files.items()}).runnable
    assert walk(parse_bpmn(calling("lain"), key="p", called=files)).count("w") == 1


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: Any) -> tuple[int, str]:
        try:
            call_command("validate_process", *map(str, arguments))
        except SystemExit as error:
            return int(str(error.code)), capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


def test_the_command_tells_people_and_programs(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    good, bad = tmp_path / "baik.bpmn", tmp_path / "buruk.bpmn"
    good.write_text(GOOD_TEXT)
    bad.write_text(catching(timer("P1H")))
    status, text = command(good)
    assert (status, "dapat dijalankan" in text) == (0, True)
    assert command(good, "--bindings")[0] == 1
    status, text = command(bad)
    assert status == 1
    assert "galat baris" in text
    assert "tidak dapat dijalankan" in text
    status, text = command(bad, "--json")
    assert (status, json.loads(text)["problems"][0]["element"]) == (1, "c")


def test_the_products_own_processes_pass_with_bindings(command: Callable[..., tuple[int, str]]) -> None:
    paths = sorted((Path(settings.BASE_DIR) / "processes").glob("*.bpmn"))
    assert paths
    for path in paths:
        assert command(path, "--bindings")[0] == 0


def test_a_file_that_cannot_be_read_is_a_reason_too(command: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    odd = tmp_path / "nama\udcff aneh\n.bpmn"
    odd.write_text(GOOD_TEXT)
    assert command(odd)[0] == 0
    for path in (tmp_path / "tidak_ada.bpmn", tmp_path, Path("a\0b"), Path("/dev/null")):
        status, text = command(path, "--json")
        assert (status, json.loads(text)["runnable"]) == (1, False)


def test_a_called_file_beside_it_is_found_but_none_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "p.bpmn").write_text(calling("lain"))
    (tmp_path / "lain.bpmn").write_text(simple(key="w").replace('id="p"', 'id="lain"'))
    (tmp_path / "q.bpmn").write_text(calling("../../lain"))
    assert lint.check_file(tmp_path / "p.bpmn").runnable
    assert [each.kind for each in lint.check_file(tmp_path / "p.bpmn").bindings if each.kind == "process"] == []
    assert [each.kind for each in lint.check_file(tmp_path / "q.bpmn").bindings] == ["process"]


def test_the_command_needs_no_database_and_a_poor_terminal_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "buruk.bpmn"
    path.write_text(catching(timer("P1H")))
    done = subprocess.run(
        [sys.executable, "manage.py", "validate_process", str(path)],
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii", "DATABASE_URL": "postgresql://x:x@127.0.0.1:9/x", "HOME": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"pewaktu" in done.stdout


# --- through the database -----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["lanes, pool, message flow", "data objects, stores and sets", "parallel", "a return loop", "flows without ids", "an error end and its border"]
)  # fmt: skip
def test_an_accepted_file_is_published_and_worked_on_like_our_own(name: str, dunia: Dunia) -> None:
    for step in ("u", "v"):
        steps.step(step)(lambda **_: {"x": 1})
    for lane in ("", "asn", "atasan"):
        steps.lane(lane)(lambda **_: steps.Assignment(user=dunia.pengisi.pk))
    versions.publish(versions.save_draft(ACCEPTED[name], files={}, by=None), by=None)
    instance = engine.start("p", actor=dunia.pengisi, data={"x": 1})
    while item := WorkItem.objects.open().filter(instance=instance).first():
        engine.complete(item.pk, actor=dunia.pengisi, data={})
    instance.refresh_from_db()
    assert instance.status == InstanceStatus.COMPLETED
