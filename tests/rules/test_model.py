"""DMN files: every kind of boxed expression, every hit policy, every version, and hostile input."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.errors import DomainError
from backend.core.xml import BrokenXml, UnsafeXml
from backend.rules.decide import to_feel
from backend.rules.errors import InvalidCell, InvalidModel, UnknownDecision
from backend.rules.feel.values import text
from backend.rules.model import Evaluation, load
from tests.rules.dmn import NAMESPACES, decision, definitions, input_data, literal, table


def result(xml: bytes, name: str, **inputs: object) -> str:
    model = load(xml)
    given_values = {key.replace("_", " "): to_feel(value) for key, value in inputs.items()}
    return text(Evaluation(model, given_values).decide(model.decision(name)).value, quoted=True)


def matched(xml: bytes, name: str, **inputs: object) -> list[str]:
    model = load(xml)
    return (
        Evaluation(model, {key: to_feel(value) for key, value in inputs.items()}).decide(model.decision(name)).matched
    )


@pytest.mark.parametrize("version", NAMESPACES)
def test_every_version_of_the_standard_is_read(version):
    xml = definitions(
        input_data("Full Name", "string"),
        decision("Greeting", literal('"Hai " + Full Name'), needs=["in_Full_Name"]),
        version=version,
    )
    assert result(xml, "Greeting", Full_Name="Budi") == '"Hai Budi"'


def scored(hit: str, **options: str) -> bytes:
    rules = [("> 10", '"tinggi"'), ("> 5", '"sedang"'), ("> 0", '"rendah"'), ("[6..7]", '"sedang"')]
    body = table([("x", "number")], [("nilai", "string", '"tinggi", "sedang", "rendah"')], rules, hit=hit, **options)
    return definitions(input_data("x", "number"), decision("d", body, needs=["in_x"]))


@pytest.mark.parametrize(
    ("hit", "x", "expected"),
    [
        ("UNIQUE", 3, '"rendah"'),
        ("UNIQUE", 9, "null"),
        ("UNIQUE", -1, "null"),
        ("ANY", 3, '"rendah"'),
        ("ANY", 6, "null"),
        ("FIRST", 20, '"tinggi"'),
        ("PRIORITY", 6, '"sedang"'),
        ("PRIORITY", 20, '"tinggi"'),
        ("RULE ORDER", 6, '["sedang", "rendah", "sedang"]'),
        ("OUTPUT ORDER", 20, '["tinggi", "sedang", "rendah"]'),
        ("COLLECT", 9, '["sedang", "rendah"]'),
        ("COLLECT", -1, "[]"),
    ],
)
def test_hit_policy(hit, x, expected):
    assert result(scored(hit), "d", x=x) == expected


def test_any_accepts_equal_outputs():
    body = table([("x", "number")], [("y", "number", "")], [("> 0", "1"), ("> 5", "1.0")], hit="ANY")
    assert result(definitions(input_data("x"), decision("d", body, needs=["in_x"])), "d", x=9) == "1"


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", "60"), ("MIN", "10"), ("MAX", "30"), ("COUNT", "3")])
def test_collect_aggregates(aggregation, expected):
    body = table(
        [("x", "number")],
        [("y", "number", "")],
        [("> 0", "10"), ("> 1", "20"), ("> 2", "30")],
        hit="COLLECT",
        aggregation=aggregation,
    )
    xml = definitions(input_data("x"), decision("d", body, needs=["in_x"]))
    assert result(xml, "d", x=9) == expected
    assert result(xml, "d", x=0) == ("0" if aggregation == "COUNT" else "null")


def test_default_output_is_used_when_nothing_matches():
    assert result(scored("UNIQUE", default='"tidak ada"'), "d", x=-1) == '"tidak ada"'


def test_several_outputs_make_a_context_and_the_matched_rule_is_named():
    body = table(
        [("x", "number"), ("y", "string")],
        [("a", "number", ""), ("b", "string", "")],
        [("1", '"p"', "x * 2", '"ya"'), ("-", '"q"', "0", '"tidak"')],
    )
    xml = definitions(input_data("x"), input_data("y"), decision("d", body, needs=["in_x", "in_y"]))
    assert result(xml, "d", x=1, y="p") == '{a: 2, b: "ya"}'
    assert matched(xml, "d", x=5, y="q") == ["R2"]


def test_decisions_require_other_decisions():
    xml = definitions(
        input_data("Umur", "number"),
        decision(
            "Golongan usia",
            table([("Umur", "number")], [("", "string", "")], [("< 18", '"anak"'), (">= 18", '"dewasa"')]),
            needs=["in_Umur"],
        ),
        decision("Sapaan", literal('"Anda " + Golongan usia'), needs=["Golongan_usia"]),
    )
    assert result(xml, "Sapaan", Umur=20) == '"Anda dewasa"'


BOXED = {
    "context": (
        "<context><contextEntry><variable name='a b'/><literalExpression><text>2</text></literalExpression></contextEntry>"
        "<contextEntry><literalExpression><text>a b + 1</text></literalExpression></contextEntry></context>",
        "3",
    ),
    "list": (
        "<list><literalExpression><text>1</text></literalExpression><literalExpression><text>null</text></literalExpression></list>",
        "[1, null]",
    ),
    "relation": (
        "<relation><column name='x'/><column name='y'/><row><literalExpression><text>1</text></literalExpression>"
        "<literalExpression><text>2</text></literalExpression></row></relation>",
        "[{x: 1, y: 2}]",
    ),
    "conditional": (
        '<conditional><if><literalExpression><text>1 = 1</text></literalExpression></if><then><literalExpression><text>"ya"</text></literalExpression></then>'
        '<else><literalExpression><text>"tidak"</text></literalExpression></else></conditional>',
        '"ya"',
    ),
    "filter": (
        "<filter><in><literalExpression><text>[1, 2, 3]</text></literalExpression></in><match><literalExpression><text>item > 1</text></literalExpression></match></filter>",
        "[2, 3]",
    ),
    "for": (
        "<for iteratorVariable='i'><in><literalExpression><text>[1, 2]</text></literalExpression></in><return><literalExpression><text>i * 10</text></literalExpression></return></for>",
        "[10, 20]",
    ),
    "some": (
        "<some iteratorVariable='i'><in><literalExpression><text>[1, 2]</text></literalExpression></in><satisfies><literalExpression><text>i > 1</text></literalExpression></satisfies></some>",
        "true",
    ),
    "every": (
        "<every iteratorVariable='i'><in><literalExpression><text>[1, 2]</text></literalExpression></in><satisfies><literalExpression><text>i > 1</text></literalExpression></satisfies></every>",
        "false",
    ),
    "function": (
        "<functionDefinition kind='Java'><literalExpression><text>1</text></literalExpression></functionDefinition>",
        "null",
    ),
}


@pytest.mark.parametrize("kind", BOXED)
def test_boxed_expression(kind):
    body, expected = BOXED[kind]
    assert result(definitions(decision("d", body.replace("> 1<", "&gt; 1<"))), "d") == expected


BKM = (
    "<businessKnowledgeModel id='kali' name='kali dua'><variable name='kali dua' typeRef='number'/><encapsulatedLogic><formalParameter name='x' typeRef='number'/>"
    "<literalExpression><text>if x > 100 then x else kali dua(x * 2)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
)
INVOCATION = "<invocation><literalExpression><text>kali dua</text></literalExpression><binding><parameter name='x'/><literalExpression><text>30</text></literalExpression></binding></invocation>"


def test_knowledge_is_invoked_boxed_or_by_text_and_may_call_itself():
    xml = definitions(
        BKM,
        decision("d", INVOCATION, knows=["kali"]),
        decision("e", literal("kali dua(x: 60)"), knows=["kali"]),
        decision("f", literal('kali dua("a", 2)'), knows=["kali"]),
    )
    assert [result(xml, name) for name in "def"] == ["120", "120", "null"]


def test_a_decision_service_is_a_function():
    service = "<decisionService id='svc' name='layanan'><outputDecision href='#inti'/><inputData href='#in_x'/></decisionService>"
    xml = definitions(
        input_data("x", "number"),
        decision("inti", literal("x + 1"), needs=["in_x"]),
        service,
        decision("d", literal("layanan(x: 4)"), knows=["svc"]),
    )
    assert result(xml, "d") == "5"


TYPES = (
    '<itemDefinition name=\'tWarna\'><typeRef>string</typeRef><allowedValues><text>"merah", "biru"</text></allowedValues></itemDefinition>'
    "<itemDefinition name='tOrang'><itemComponent name='nama lengkap'><typeRef>string</typeRef></itemComponent><itemComponent name='umur'><typeRef>number</typeRef></itemComponent></itemDefinition>"
    "<itemDefinition name='tDaftar' isCollection='true'><typeRef>number</typeRef></itemDefinition>"
)


@pytest.mark.parametrize(
    ("type_", "given_value", "expected"),
    [
        ("tWarna", "merah", '"merah"'),
        ("tWarna", "hijau", "null"),
        ("tDaftar", [1, 2], "[1, 2]"),
        ("tDaftar", 1, "[1]"),
        ("tDaftar", ["a"], "null"),
        ("number", [5], "5"),
        ("number", "5", "null"),
        ("tOrang", {"nama lengkap": "A", "umur": 3}, '{nama lengkap: "A", umur: 3}'),
        ("tOrang", {"umur": 3}, "null"),
        ("feel:string", "a", '"a"'),
        ("tidakdikenal", 1, "1"),
    ],
)
def test_input_types_and_conversions(type_, given_value, expected):
    xml = definitions(TYPES, input_data("x", type_), decision("d", literal("x"), needs=["in_x"]))
    assert result(xml, "d", x=given_value) == expected


def test_components_with_spaces_can_be_read():
    xml = definitions(
        TYPES, input_data("orang", "tOrang"), decision("d", literal("orang.nama lengkap"), needs=["in_orang"])
    )
    assert result(xml, "d", orang={"nama lengkap": "Siti", "umur": 4}) == '"Siti"'


def test_the_result_takes_the_declared_type():
    assert result(definitions(decision("d", literal("[5]"), type_="number")), "d") == "5"
    assert result(definitions(decision("d", literal('"a"'), type_="number")), "d") == "null"


def test_a_cycle_of_requirements_gives_null():
    xml = definitions(decision("a", literal("b"), needs=["b"]), decision("b", literal("a"), needs=["a"]))
    assert result(xml, "a") == "null"


def test_a_broken_cell_is_named_with_its_place():
    body = table(
        [("Umur pegawai", "number")], [("hasil", "string", "")], [("< 5", '"a"'), ("5..", '"b"'), ("> 9", '"c')]
    )
    model = load(definitions(input_data("Umur pegawai"), decision("Tarif", body, needs=["in_Umur_pegawai"])))
    first, second = model.problems()
    assert isinstance(first, InvalidCell)
    assert first.params["tabel"] == "Tarif"
    assert (first.params["nomor"], first.params["kolom"], first.params["teks"]) == (2, "Umur pegawai", "5..")
    assert (second.params["nomor"], second.params["kolom"]) == (3, "hasil")


def test_an_unknown_decision_lists_those_there_are():
    with pytest.raises(UnknownDecision, match="Yang ada: a, b"):
        load(definitions(decision("a", literal("1")), decision("b", literal("1")))).decision("c")


@pytest.mark.parametrize(
    ("xml", "error"),
    [
        (b"", BrokenXml),
        (b"\x00\x01\x02", BrokenXml),
        (b"<definitions", BrokenXml),
        (b"<a/>", InvalidModel),
        (b"<definitions/>", InvalidModel),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><definitions/>', UnsafeXml),
        (b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', UnsafeXml),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"), UnsafeXml),
        (b'<?xml version="1.0" encoding="utf-7"?><x/>', UnsafeXml),
        (b"<a>" * 300 + b"</a>" * 300, UnsafeXml),
        (b"<a>" + b" " * 5_000_001 + b"</a>", UnsafeXml),
    ],
)
def test_hostile_and_broken_files_are_refused(xml, error):
    with pytest.raises(error):
        load(xml)


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_end_in_a_model_or_a_declared_error(data):
    with suppress(DomainError):
        load(data)


@given(
    st.text(alphabet=st.sampled_from("0123456789.,<>=!()[]{}\"'?-+*/ aefinortu:@\\\n"), max_size=40),
    st.text(max_size=20),
)
@settings(max_examples=300, deadline=None)
def test_any_cell_ends_in_a_value_or_a_declared_error(cell, given_value):
    model = load(
        definitions(
            input_data("x"),
            decision(
                "d",
                table(
                    [("x", "string")], [("y", "string", "")], [("-" if "\0" in cell else cell.replace("]]>", ""), "1")]
                ),
                needs=["in_x"],
            ),
        )
    )
    with suppress(DomainError):
        Evaluation(model, {"x": given_value}).decide(model.decision("d"))


def test_numbers_stay_exact():
    xml = definitions(input_data("x", "number"), decision("d", literal("x + 0.1"), needs=["in_x"]))
    model = load(xml)
    assert Evaluation(model, {"x": Decimal("0.2")}).decide(model.decision("d")).value == Decimal("0.3")
