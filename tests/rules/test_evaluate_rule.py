"""manage.py evaluate_rule: JSON in, JSON out, no database, never a traceback."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.rules.dmn import decision, definitions, input_data, literal, table

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(xml: bytes, stdin: str, *arguments: str) -> tuple[int, str, str]:
        path = tmp_path / "model.dmn"
        path.write_bytes(xml)
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        out, code = io.StringIO(), 0
        try:
            call_command("evaluate_rule", str(path), *arguments, stdout=out)
        except SystemExit as end:
            code = int(end.code or 0)
        return code, out.getvalue(), capsys.readouterr().err

    return call


TARIF = definitions(
    input_data("Gaji Pokok", "number"),
    input_data("mulai", "date"),
    decision(
        "Tarif",
        table([("Gaji Pokok", "number")], [("", "number", "")], [("<= 10.5", "0.25"), ("> 10", "1")]),
        needs=["in_Gaji_Pokok"],
    ),
    decision("Akhir", literal('mulai + duration("P1M")'), needs=["in_mulai"]),
)


def test_one_decision_by_name_or_id(run):
    assert run(TARIF, '{"Gaji Pokok": 5}', "--decision", "Tarif") == (0, '{"result": 0.25, "matched": ["R1"]}\n', "")


def test_all_decisions_by_name(run):
    code, out, _ = run(TARIF, '{"Gaji Pokok": 5, "mulai": {"type": "date", "value": "2025-01-31"}}')
    assert code == 0
    assert json.loads(out)["results"] == {"Tarif": 0.25, "Akhir": "2025-02-28"}


def test_numbers_keep_every_digit(run):
    xml = definitions(input_data("x", "number"), decision("d", literal("[x, x * 2, 1/3, 1e30]"), needs=["in_x"]))
    _, out, _ = run(xml, '{"x": 12345678901234567890.123456789}', "--decision", "d")
    assert json.loads(out, parse_float=Decimal, parse_int=Decimal)["result"] == [
        Decimal("12345678901234567890.123456789"),
        Decimal("24691357802469135780.246913578"),
        Decimal("0.3333333333333333333333333333333333"),
        Decimal(10) ** 30,
    ]


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("date", "2025-01-31"),
        ("time", "07:30:00+07:00"),
        ("date and time", "2025-01-31T07:30:00"),
        ("dateTime", "2025-01-31T07:30:00@Asia/Jakarta"),
        ("days and time duration", "P1DT2H"),
        ("years and months duration", "P1Y2M"),
        ("duration", "PT30M"),
    ],
)
def test_temporal_values_come_and_go_as_iso(run, type_, text):
    xml = definitions(input_data("x"), decision("d", literal("x"), needs=["in_x"]))
    code, out, _ = run(xml, json.dumps({"x": {"type": type_, "value": text}}), "--decision", "d")
    assert (code, json.loads(out)["result"]) == (0, text)


def test_the_standard_gives_null_where_strict_refuses(run):
    assert run(TARIF, '{"Gaji Pokok": 10.2}', "--decision", "Tarif")[1] == '{"result": null, "matched": ["R1", "R2"]}\n'
    code, out, err = run(TARIF, '{"Gaji Pokok": 10.2}', "--decision", "Tarif", "--strict")
    assert (code, out, json.loads(err)["code"]) == (1, "", "ambiguous_rule")
    assert json.loads(run(TARIF, "{}", "--decision", "Tarif", "--strict")[2])["code"] == "unknown_input"
    assert json.loads(run(TARIF, '{"Gaji Pokok": "5"}', "--decision", "Tarif", "--strict")[2])["code"] == "wrong_type"
    assert (
        json.loads(run(TARIF, '{"Gaji Pokok": null}', "--decision", "Tarif", "--strict")[2])["code"]
        == "no_rule_matched"
    )


@pytest.mark.parametrize(
    ("xml", "stdin", "arguments", "code"),
    [
        (b"bukan xml", "{}", (), "broken_xml"),
        (b"<!DOCTYPE a><a/>", "{}", (), "unsafe_xml"),
        (b"<a/>", "{}", (), "invalid_model"),
        (TARIF, "{", (), "invalid_input"),
        (TARIF, "[]", (), "invalid_input"),
        (TARIF, '{"x": NaN}', (), "invalid_input"),
        (TARIF, "{}", ("--decision", "Lain"), "unknown_decision"),
        (TARIF, '{"mulai": {"type": "date", "value": "kemarin"}}', (), "invalid_input"),
        (TARIF, '{"a":' * 50_000, (), "invalid_input"),
    ],
)
def test_an_error_is_one_json_line_and_exit_1(run, xml, stdin, arguments, code):
    status, out, err = run(xml, stdin, *arguments)
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert json.loads(err)["code"] == code
    assert json.loads(err)["message"]


def test_a_missing_file_is_an_error_line(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("{}"))
    with pytest.raises(SystemExit):
        call_command("evaluate_rule", "tidak-ada.dmn")
    assert json.loads(capsys.readouterr().err)["code"] == "invalid_model"


def test_batch_answers_each_line_and_goes_on(run):
    lines = '{"Gaji Pokok": 5}\nrusak\n\n{"Gaji Pokok": 11}\n{"Gaji Pokok": 1e400}'
    code, out, err = run(TARIF, lines, "--decision", "Tarif", "--batch")
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, err, len(answers)) == (0, "", 5)
    assert [answer.get("result") for answer in answers] == [0.25, None, None, 1, 1]
    assert [answer.get("error", {}).get("code") for answer in answers] == [
        None,
        "invalid_input",
        "invalid_input",
        None,
        None,
    ]


def test_a_broken_cell_is_reported_and_leaves_the_other_decisions_alone(run):
    xml = definitions(
        input_data("x"),
        decision("baik", literal("1")),
        decision("rusak", table([("x", "number")], [("y", "number", "")], [("5 >", "1")]), needs=["in_x"]),
    )
    code, out, _ = run(xml, "{}")
    answer = json.loads(out)
    assert (code, answer["results"]) == (0, {"baik": 1, "rusak": None})
    assert answer["errors"]["rusak"]["code"] == "invalid_cell"
    assert json.loads(run(xml, "{}", "--decision", "rusak")[2])["code"] == "invalid_cell"


def test_too_much_work_is_an_error(run):
    xml = definitions(decision("d", literal("for i in 1..99999999 return i")))
    assert json.loads(run(xml, "{}", "--decision", "d")[2])["code"] == "too_much_work"


ALL_KINDS = definitions(
    input_data("Gaji Pokok", "number"),
    decision(
        "Semua",
        literal(
            "{angka: Gaji Pokok, nol: -1 * 0, besar: 1234567890123456789012345678901234e20, kecil: 1e-60,"
            ' waktu: time("10:00:00@Asia/Jakarta"), lama: duration("P1DT2H"), bulan: duration("P14M"), "kunci ber spasi": [null, [1..2]], f: abs}'
        ),
        needs=["in_Gaji_Pokok"],
    ),
)


def test_every_kind_of_value_is_written_without_loss(run):
    code, out, _ = run(
        ALL_KINDS, '\ufeff{"Gaji  Pokok": 12345678901234567890.1234567890123456789}', "--decision", "Semua"
    )
    answer = json.loads(out, parse_float=Decimal, parse_int=Decimal)["result"]
    assert code == 0
    assert answer == {
        "angka": Decimal("12345678901234567890.1234567890123456789"),
        "nol": 0,
        "besar": Decimal("1234567890123456789012345678901234e20"),
        "kecil": Decimal("1e-60"),
        "waktu": "10:00:00@Asia/Jakarta",
        "lama": "P1DT2H",
        "bulan": "P1Y2M",
        "kunci ber spasi": [None, "[1..2]"],
        "f": "function",
    }


@pytest.mark.parametrize(
    "stdin",
    ['{"x": NaN}', "[1]", "{", '{"x": 1e999999999}', '{"x": 1e99999999999999999999}', '{"x": ' + "[" * 5000 + "]" * 5000 + "}",
     '{"d": {"type": "date", "value": "2025-02-30"}}'],
)  # fmt: skip
def test_an_input_that_cannot_be_read_is_one_line_of_json_and_status_1(run, stdin):
    code, out, err = run(ALL_KINDS, stdin, "--decision", "Semua")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert json.loads(err).keys() == {"code", "message"}


def test_a_batch_answers_every_line_and_goes_on(run):
    lines = ['{"Gaji Pokok": 1}', "", "bukan json", '{"Gaji Pokok": "teks"}', '{"Gaji Pokok": 2}']
    code, out, err = run(ALL_KINDS, "\n".join(lines), "--decision", "Semua", "--batch")
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, err, len(answers)) == (0, "", 5)
    assert ["error" in answer for answer in answers] == [False, True, True, False, False]
    assert [answers[place]["result"]["angka"] for place in (0, 3, 4)] == [1, None, 2]


def test_a_result_nested_too_deep_to_be_written_is_a_declared_error(run):
    body = "{f: function(n, l) if n = 0 then l else f(n - 1, [l]), g: f(80, []), h: f(80, g), i: f(80, h), j: f(80, i), k: f(80, j)}.k"
    nested = "for a in [" + body + "] return {x: [[a]], y: [[a]]}"
    code, out, err = run(definitions(decision("d", literal(nested))), "{}", "--decision", "d")
    assert (code, err) == (0, "") or json.loads(err)["code"] == "too_much_work"
    assert out == "" or json.loads(out)


def test_a_decision_that_cannot_be_read_is_null_and_says_why(run):
    xml = definitions(decision("Rusak", literal("1 +")), decision("Perlu", literal("Rusak"), needs=["Rusak"]))
    _, out, _ = run(xml, "{}", "--decision", "Perlu")
    answer = json.loads(out)
    assert answer["result"] is None
    assert answer["warnings"][0]["code"] == "feel_syntax_error"
    _, out, _ = run(xml, "{}")
    assert json.loads(out)["errors"].keys() == {"Rusak", "Perlu"}


def test_functions_and_services_of_a_file_can_be_asked_by_name(run):
    function = (
        "<businessKnowledgeModel id='b' name='dua kali'><variable name='dua kali'/><encapsulatedLogic>"
        "<formalParameter name='x' typeRef='number'/><literalExpression><text>x * 2</text></literalExpression>"
        "</encapsulatedLogic></businessKnowledgeModel>"
    )
    xml = definitions(function, decision("d", literal("1")))
    assert json.loads(run(xml, '{"x": 21}', "--decision", "dua kali")[1])["result"] == 42
