"""What the standard says of whole models: conversions, functions, services, boxed expressions, files of other tools."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backend.core.errors import DomainError
from backend.rules.checks import check
from backend.rules.decide import decide_in, to_feel
from backend.rules.errors import InvalidCell, InvalidModel
from backend.rules.feel.values import text
from backend.rules.model import Evaluation, load
from tests.rules.dmn import decision, definitions, input_data, literal, table


def ask(xml: bytes, name: str, **given: Any) -> str:
    """Result of a decision, function or service, as FEEL writes it. `_` in a name stands for a space."""
    model = load(xml)
    evaluation = Evaluation(model, {key.replace("_", " "): to_feel(value) for key, value in given.items()})
    if name in model.callables():
        return text(evaluation.call(name, dict(evaluation.given)), quoted=True)
    return text(evaluation.decide(model.decision(name)).value, quoted=True)


def item(name: str, type_: str, *, many: bool = False) -> str:
    collection = " isCollection='true'" if many else ""
    return f"<itemDefinition name='{name}'{collection}><typeRef>{type_}</typeRef></itemDefinition>"


def function_type(name: str, gives: str) -> str:
    return f"<itemDefinition name='{name}'><functionItem outputTypeRef='{gives}'/></itemDefinition>"


def bkm(name: str, body: str, *parameters: str, gives: str = "", knows: str = "") -> str:
    formal = "".join(f"<formalParameter name='{parameter}'/>" for parameter in parameters)
    reference = f" typeRef='{gives}'" if gives else ""
    required = f"<knowledgeRequirement><requiredKnowledge href='#{knows}'/></knowledgeRequirement>" if knows else ""
    return (
        f"<businessKnowledgeModel id='{name}' name='{name}'><variable name='{name}'{reference}/>{required}"
        f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic></businessKnowledgeModel>"
    )


def service(name: str, outputs: list[str], *inputs: str, gives: str = "") -> str:
    reference = f" typeRef='{gives}'" if gives else ""
    needs = "".join(
        f"<input{'Data' if key.startswith('in_') else 'Decision'} href='#{key}'/>"
        for key in sorted(inputs, key=lambda key: key.startswith("in_"))
    )
    results = "".join(f"<outputDecision href='#{key}'/>" for key in outputs)
    return f"<decisionService id='{name}' name='{name}'><variable name='{name}'{reference}/>{results}{needs}</decisionService>"


def typed(body: str, type_: str) -> str:
    return body.replace("<literalExpression>", f"<literalExpression typeRef='{type_}'>")


# --- Conversions between declared types ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "expression", "expected"),
    [
        ("string", "1 + 1", "null"),
        ("angka", '[1, "a"]', "null"),
        ("angka", "7", "[7]"),
        ("angka", '"a"', "null"),
        ("angka", "null", "null"),
        ("string", '["a"]', '"a"'),
        ("string", "[1]", "null"),
        ("string", '["a", "b"]', "null"),
        ("number", "[[7]]", "7"),
        ("date and time", "date(2024, 2, 29)", "2024-02-29T00:00:00Z"),
        ("date", 'date and time("2024-02-29T10:00:00")', "null"),
        ("orang", '{nama: "A", alamat: "B", umur: 3}', '{nama: "A", alamat: "B", umur: 3}'),
        ("orang", '{nama: "A"}', "null"),
        ("orang", "{nama: 1, umur: 3}", "null"),
    ],
)
@pytest.mark.parametrize("where", ["variable", "expression"])
def test_a_result_is_converted_to_its_declared_type_or_null(type_: str, expression: str, expected: str, where: str):
    types = (
        item("angka", "number", many=True)
        + "<itemDefinition name='orang'><itemComponent name='nama'><typeRef>string</typeRef></itemComponent>"
        "<itemComponent name='umur'><typeRef>number</typeRef></itemComponent></itemDefinition>"
    )
    body = literal(expression) if where == "variable" else typed(literal(expression), type_)
    xml = definitions(types, decision("d", body, type_=type_ if where == "variable" else ""))
    assert ask(xml, "d") == expected


def test_functions_and_services_convert_what_they_give_by_the_type_of_the_function():
    xml = definitions(
        item("angka", "number", many=True),
        function_type("f angka", "angka"),
        function_type("f waktu", "date and time"),
        function_type("f teks", "string"),
        bkm("satu", literal("1"), gives="f angka"),
        bkm("hari", literal("date(2000, 1, 2)"), gives="f waktu"),
        decision("isi", literal("[9]")),
        service("jasa", ["isi"], gives="number"),
        service("salah", ["isi"], gives="f teks"),
        decision("d", literal("[satu(), hari(), jasa(), salah()]"), knows=["satu", "hari", "jasa", "salah"]),
    )
    assert ask(xml, "d") == "[[1], 2000-01-02T00:00:00Z, 9, null]"
    assert ask(xml, "satu") == "[1]"


def test_an_argument_of_the_wrong_type_is_null_inside_the_function():
    body = bkm("ada", literal("x != null"), "x").replace("name='x'/>", "name='x' typeRef='number'/>")
    xml = definitions(body, decision("d", literal('[ada(1), ada([2]), ada("a")]'), knows=["ada"]))
    assert ask(xml, "d") == "[true, true, false]"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("300 instance of persen", "true"),
        ('"300" instance of persen', "false"),
        ("[300, null] instance of banyak", "true"),
        ("{isi: 300} instance of kotak", "true"),
        ('{isi: "a"} instance of kotak', "false"),
        ('(function(x: number, y: string) "a") instance of rumus', "true"),
        ("(function(x: number, y: string) 1) instance of rumus", "false"),
        ('(function(x: string, y: string) "a") instance of rumus', "false"),
        ('{hitung: function(x) "a"} instance of alat', "false"),
    ],
)
def test_instance_of_looks_at_types_and_signatures_not_at_allowed_values(expression: str, expected: str):
    types = (
        "<itemDefinition name='persen'><typeRef>number</typeRef><allowedValues><text>[0..100]</text></allowedValues></itemDefinition>"
        "<itemDefinition name='rumus'><functionItem outputTypeRef='string'>"
        "<parameters name='a' typeRef='number'/><parameters name='b' typeRef='string'/></functionItem></itemDefinition>"
        "<itemDefinition name='kotak'><itemComponent name='isi'><typeRef>persen</typeRef></itemComponent></itemDefinition>"
        "<itemDefinition name='alat'><itemComponent name='hitung'><typeRef>rumus</typeRef></itemComponent></itemDefinition>"
    )
    xml = definitions(types, item("banyak", "persen", many=True), decision("d", literal(expression)))
    assert ask(xml, "d") == expected


def test_a_column_tests_a_value_of_another_type_than_it_declares():
    body = table(
        [("lama", "string")],
        [("", "string", "")],
        [("true", '"lama"'), ("< 5", '"kecil"'), ("-", '"lain"')],
        hit="FIRST",
    )
    xml = definitions(input_data("lama"), decision("d", body, needs=["in_lama"]))
    assert [ask(xml, "d", lama=value) for value in (True, Decimal(4), "x")] == ['"lama"', '"kecil"', '"lain"']


def test_beside_a_function_in_a_context_stands_the_type_of_what_it_gives():
    function = "<functionDefinition><formalParameter name='x'/>" + literal("[x]") + "</functionDefinition>"
    body = (
        f"<context><contextEntry><variable name='f' typeRef='number'/>{function}</contextEntry>"
        f"<contextEntry>{literal('[f(7), f(true)]')}</contextEntry></context>"
    )
    assert ask(definitions(decision("d", body)), "d") == "[7, null]"


# --- Functions as values -----------------------------------------------------------------------------------------------


def test_functions_are_values_that_keep_their_variables():
    nested = (
        "<functionDefinition><formalParameter name='b' typeRef='number'/>"
        "<functionDefinition><formalParameter name='c'/>"
        + literal("a * b * c")
        + "</functionDefinition></functionDefinition>"
    )
    xml = definitions(
        input_data("n", "number"),
        decision("tambah", literal("function(x) x + n"), needs=["in_n"]),
        decision("pakai", literal("tambah(5)"), needs=["tambah"]),
        bkm("kali", nested, "a"),
        bkm("pasang", literal("f(2) + g(3)"), "f", "g"),
        decision("berlapis", literal("kali(2)(3)(4)"), knows=["kali"]),
        decision("diberikan", literal("pasang(function(x) x * 10, abs)"), knows=["pasang"]),
    )
    assert [ask(xml, name, n=1) for name in ("pakai", "berlapis", "diberikan")] == ["6", "24", "23"]


def test_knowledge_may_call_knowledge():
    xml = definitions(
        bkm("dua", literal("x * 2"), "x"),
        bkm("empat", literal("dua(dua(x))"), "x", knows="dua"),
        decision("d", literal("empat(5)"), knows=["empat"]),
    )
    assert ask(xml, "d") == "20"


# --- Decision services ---------------------------------------------------------------------------------------------------


SERVICES = definitions(
    input_data("a", "string"),
    decision("masuk", literal('"tidak pernah dihitung"'), type_="string"),
    decision("keluar", literal('a + "-" + masuk'), needs=["in_a", "masuk"], type_="string"),
    decision("lain", literal('"lain"')),
    service("satu", ["keluar"], "masuk", "in_a"),
    service("dua", ["keluar", "lain"], "masuk", "in_a"),
    decision("urut", literal('satu("A", "M")'), knows=["satu"]),
    decision("bernama", literal('satu(a: "A", masuk: "M")'), knows=["satu"]),
    decision("kurang", literal('satu("A")'), knows=["satu"]),
    decision("asing", literal('satu(x: "M", masuk: "N")'), knows=["satu"]),
    decision("banyak", literal('dua("A", "M")'), knows=["dua"]),
    decision("tipe", literal('satu(1, "M")'), knows=["satu"]),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("urut", '"A-M"'),
        ("bernama", '"A-M"'),
        ("kurang", "null"),
        ("asing", "null"),
        ("banyak", '{keluar: "A-M", lain: "lain"}'),
        ("tipe", "null"),
    ],
)
def test_a_service_takes_input_data_then_input_decisions(name: str, expected: str):
    assert ask(SERVICES, name) == expected


def test_a_service_may_be_asked_directly():
    assert ask(SERVICES, "satu", a="A", masuk="M") == '"A-M"'
    assert ask(SERVICES, "keluar", a="A") == '"A-tidak pernah dihitung"'


def test_a_decision_without_logic_is_what_the_caller_says():
    xml = definitions(
        "<decision id='p' name=\"Pendapat guru\"><variable name='Pendapat guru'/></decision>",
        decision("d", literal('"Menurut guru: " + Pendapat guru'), needs=["p"]),
    )
    assert ask(xml, "d", Pendapat_guru="baik") == '"Menurut guru: baik"'
    assert ask(xml, "d") == "null"


# --- Boxed expressions and names -------------------------------------------------------------------------------------------


def boxed(tag: str, **parts: str) -> str:
    inner = "".join(f"<{name}>{literal(value)}</{name}>" for name, value in parts.items())
    iterator = " iteratorVariable='i'" if tag in {"for", "some", "every"} else ""
    return f"<{tag}{iterator}>{inner}</{tag}>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (boxed("conditional", **{"if": '"teks"', "then": "1", "else": "2"}), "null"),
        (boxed("conditional", **{"if": "null", "then": "1", "else": "2"}), "2"),
        (boxed("filter", **{"in": "[1, 2, 3]", "match": '"teks"'}), "null"),
        (boxed("filter", **{"in": "[1, 2, 3]", "match": 'if item < 3 then true else "teks"'}), "null"),
        (boxed("filter", **{"in": "[{a: 1}, {a: 2}]", "match": "a = 2"}), "[{a: 2}]"),
        (boxed("filter", **{"in": "[1, null]", "match": "item > 0"}), "[1]"),
        (boxed("for", **{"in": "[]", "return": "i"}), "[]"),
        (boxed("for", **{"in": "1..3", "return": "i"}), "null"),
        (boxed("for", **{"in": "[1..3]", "return": "i * 2"}), "[2, 4, 6]"),
        (boxed("for", **{"in": "[3..1]", "return": "i"}), "null"),
        (boxed("some", **{"in": "[1, 2]", "satisfies": 'if i = 2 then true else "teks"'}), "null"),
        (boxed("some", **{"in": "[]", "satisfies": "true"}), "false"),
        (boxed("some", **{"in": "[null, 5]", "satisfies": "i > 1"}), "true"),
        (boxed("every", **{"in": "[]", "satisfies": "false"}), "true"),
        (boxed("every", **{"in": "[1, null]", "satisfies": "i > 0"}), "null"),
        (boxed("every", **{"in": "null", "satisfies": "true"}), "null"),
    ],
)
def test_boxed_expression(body: str, expected: str):
    assert ask(definitions(decision("d", body)), "d") == expected


def test_names_may_hold_keywords_dots_and_apostrophes():
    xml = definitions(
        input_data("nilai in daftar", ""),
        input_data("in daftar", ""),
        input_data("Guru's catatan 2.1", ""),
        decision(
            "d",
            literal(
                "[every i in nilai in daftar satisfies i > 0, some i in in daftar satisfies i > 5, Guru's catatan 2.1 + 1]"
            ),
            needs=["in_nilai_in_daftar", "in_in_daftar", "in_Guru's_catatan_2.1"],
        ),
    )
    given = {"nilai_in_daftar": [1, 2], "in_daftar": [1, 9], "Guru's_catatan_2.1": 4}
    assert ask(xml, "d", **given) == "[true, true, 5]"


def test_a_table_in_a_function_and_tests_against_a_list_that_is_given():
    rows = table(
        [("gejala", "string")], [("", "string", "")], [('"batuk"', '"flu"'), ("daftar", '"lain"')], hit="COLLECT"
    )
    xml = definitions(
        input_data("gejala", "string"),
        input_data("daftar", ""),
        decision("langsung", rows, needs=["in_gejala", "in_daftar"]),
        bkm("cari", rows, "gejala", "daftar"),
        decision("lewat", literal('cari("batuk", ["batuk", "demam"])'), knows=["cari"]),
    )
    assert ask(xml, "langsung", gejala="demam", daftar=["batuk", "demam"]) == '["lain"]'
    assert ask(xml, "lewat") == '["flu", "lain"]'


def test_priorities_may_come_from_the_type_of_the_output():
    colours = '<itemDefinition name=\'warna\'><typeRef>string</typeRef><allowedValues><text>"merah", "biru"</text></allowedValues></itemDefinition>'
    rows = table([("x", "number")], [("w", "warna", "")], [("> 0", '"biru"'), ("> 5", '"merah"')], hit="PRIORITY")
    xml = definitions(colours, input_data("x", "number"), decision("d", rows, needs=["in_x"]))
    assert (ask(xml, "d", x=9), ask(xml, "d", x=1)) == ('"merah"', '"biru"')


# --- Files of other tools ----------------------------------------------------------------------------------------------------


def test_inputs_that_a_modeller_does_not_declare_are_read_by_name():
    xml = definitions(
        decision("d", table([("musim", "string")], [("hidangan", "string", "")], [('"hujan"', '"soto"')]))
    )
    assert ask(xml, "d", musim="hujan") == '"soto"'
    declared = definitions(input_data("musim", "string"), decision("d", literal("musim")))
    assert ask(declared, "d", musim="hujan") == "null"  # declared, but not required: the standard does not show it


def test_elements_in_the_namespace_of_the_model_are_read_where_dmn_is_declared():
    body = decision("d", literal("1 + 1"))
    dmn = "http://www.omg.org/spec/DMN/20180521/MODEL/"
    assert (
        ask(f"<definitions xmlns='urn:model' xmlns:semantic='{dmn}' name='x'>{body}</definitions>".encode(), "d") == "2"
    )
    for other in ("urn:model", "http://www.omg.org/spec/BPMN/20100524/MODEL"):
        declared = f" xmlns:dmn='{dmn}'" if "BPMN" in other else ""
        with pytest.raises(InvalidModel):
            load(f"<definitions xmlns='{other}'{declared} name='x'>{body}</definitions>".encode())


@pytest.mark.parametrize(
    "xml",
    [
        definitions(
            '<import name="lain" namespace="urn:lain" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
        ),
        definitions('<import name="m" namespace="urn:m" importType="http://www.dmg.org/PMML-4_1"/>'),
    ],
)
def test_a_file_that_imports_another_is_refused(xml: bytes):
    with pytest.raises(InvalidModel, match="mengimpor"):
        load(xml)


def test_another_expression_language_is_refused_not_guessed():
    script = "<literalExpression expressionLanguage='javascript'><text>1 + 1</text></literalExpression>"
    model = load(definitions(decision("d", script)))
    assert "javascript" in model.decisions["d"].problems[0].message
    rows = table([("x", "number")], [("y", "number", "")], [("1", "2")]).replace(
        "<inputEntry>", "<inputEntry expressionLanguage='juel'>"
    )
    model = load(definitions(input_data("x", "number"), decision("d", rows, needs=["in_x"])))
    with pytest.raises(InvalidModel, match="juel"):
        decide_in(model, "d", x=Decimal(1))
    feel = definitions(decision("d", literal("1 + 1"))).replace(
        b"<definitions ", b'<definitions expressionLanguage="http://www.omg.org/spec/FEEL/20140401" '
    )
    assert ask(feel, "d") == "2"


def test_attributes_and_elements_of_vendors_are_passed_over():
    xml = definitions(
        input_data("x", "integer"),
        decision("d", table([("x", "long")], [("y", "double", "")], [("[1..5]", "2.5")]), needs=["in_x"]),
    ).decode()
    xml = xml.replace(
        "<definitions ", '<definitions xmlns:camunda="http://camunda.org/schema/1.0/dmn" xmlns:kie="urn:kie" '
    )
    xml = xml.replace("<decision ", '<decision camunda:historyTimeToLive="180" ').replace(
        "<decisionTable", "<extensionElements><kie:x><kie:decision/></kie:x></extensionElements><decisionTable"
    )
    assert ask(xml.encode(), "d", x=3) == "2.5"


def test_an_unreadable_cell_of_a_function_stops_the_decision_that_needs_it():
    rows = table([("x", "number")], [("", "number", "")], [("> 5 >", "1")])
    xml = definitions(bkm("f", rows, "x"), decision("d", literal("f(1)"), knows=["f"]))
    model = load(xml)
    assert ask(xml, "d") == "null"
    with pytest.raises(InvalidCell, match="> 5 >"):
        decide_in(model, "d")
    assert [finding.code for finding in check(model) if finding.severity == "error"] == ["invalid_cell"]


def test_every_problem_of_a_broken_model_is_a_declared_error():
    for body in ("<decision/>", "<inputData/>", "<decisionService/>", "<businessKnowledgeModel/>", "<itemDefinition/>"):
        try:
            model = load(definitions(body))
            for name in model.decisions:
                Evaluation(model, {}).decide(model.decisions[name])
        except DomainError:
            pass
