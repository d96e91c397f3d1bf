from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.rules.cases import read
from backend.rules.checks import check
from backend.rules.decide import RULES_DIR, decide_in, strict
from backend.rules.errors import UnknownInput
from backend.rules.expressions import AMBIGUOUS, NotExpressible, as_expression, expression_in
from backend.rules.grid import grid_of
from backend.rules.model import Model, load
from tests.rules.baris import Baris, answers, create_table, expected, same
from tests.rules.dmn import decision, definitions, input_data, literal, table

PADA = date(2025, 4, 30)
TYPES = {"n1": "number", "n2": "number", "n3": "number", "s1": "string", "s2": "string", "b1": "boolean", "d1": "date"}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _table(db: None) -> None:
    create_table()


def model_of(inputs: list[str], outputs: list[tuple[str, str, str]], rules: list[list[str]], **more: str) -> Model:
    body = table([(name, TYPES[name]) for name in inputs], outputs, rules, **more)
    data = [input_data(name, TYPES[name]) for name in inputs]
    return load(definitions(*data, decision("uji", body, needs=[f"in_{name}" for name in inputs])))


def ask(model: Model, rows: list[dict[str, Any]], name: str = "uji") -> list[tuple[dict[str, Any], str | None]]:
    """Answers of the database, each of which must be that of `decide`."""
    inputs = strict(model, name).inputs
    found = answers(expression_in(model, name, **{key: key for key in inputs}), rows)
    wanted = [expected(lambda row=row: decide_in(model, name, **{key: row[key] for key in inputs})) for row in rows]
    assert [pair for pair in zip(rows, found, wanted, strict=True) if not same(pair[1], pair[2])] == []
    return found


# --- Every kind of cell and hit policy -----------------------------------------------------------------------------

NUMBERS = st.sampled_from(["-3", "-0.5", "0", "1", "1.5", "2", "10"])
TEXTS = st.sampled_from(['"a"', '"B"', '"b"', '"ä"', '""'])
DATES = st.sampled_from(['date("2024-02-29")', 'date("2025-01-31")', '@"2025-02-01"'])
CONSTANTS = {"number": NUMBERS, "string": TEXTS, "date": DATES, "boolean": st.sampled_from(["true", "false"])}
VALUES: dict[str, list[Any]] = {
    "n1": [
        None,
        *map(Decimal, ("-3.000001", "-3", "-1", "-0.5", "0", "0.25", "1", "1.25", "1.5", "2", "9.999999", "10", "11")),
    ],
    "n2": [None, *map(Decimal, ("-3", "0", "1.5", "1.500001", "7"))],
    "n3": [None, -3, 0, 1, 2, 10],
    "s1": [None, "", "a", "A", "b", "B", "z", "ä"],
    "s2": [None, "", "a", "b"],
    "b1": [None, True, False],
    "d1": [None, date(2024, 2, 28), date(2024, 2, 29), date(2025, 1, 31), date(2025, 2, 1), date(2026, 1, 1)],
}


@st.composite
def a_test(draw: st.DrawFn, type_: str) -> str:
    constant = CONSTANTS[type_]
    kinds = (
        ["value", "null", "list"] if type_ == "boolean" else ["value", "compare", "range", "null", "list", "question"]
    )
    kind = draw(st.sampled_from(kinds))
    if kind == "compare":
        return f"{draw(st.sampled_from(['<', '<=', '>', '>=', '=', '!=']))} {draw(constant)}"
    if kind == "range":
        opener, closer = draw(st.sampled_from(["[", "("])), draw(st.sampled_from(["]", ")"]))
        return f"{opener}{draw(constant)}..{draw(constant)}{closer}"
    if kind == "list":
        return f"[{draw(constant)}, {draw(constant)}]"
    if kind == "question":
        return f"? {draw(st.sampled_from(['<', '>=', '=', '!=']))} {draw(constant)} or ? = null"
    return "null" if kind == "null" else draw(constant)


@st.composite
def a_cell(draw: st.DrawFn, type_: str) -> str:
    kind = draw(st.sampled_from(["any", "one", "one", "one", "many", "not"]))
    if kind == "any":
        return "-"
    tests = ", ".join(draw(st.lists(a_test(type_), min_size=1, max_size=1 if kind == "one" else 3)))
    return f"not({tests})" if kind == "not" else tests


POLICIES = [
    ("UNIQUE", ""),
    ("UNIQUE", ""),
    ("ANY", ""),
    ("FIRST", ""),
    ("PRIORITY", ""),
    ("RULE ORDER", ""),
    ("OUTPUT ORDER", ""),
]
POLICIES += [("COLLECT", aggregation) for aggregation in ("", "SUM", "MIN", "MAX", "COUNT")]


@st.composite
def a_table(draw: st.DrawFn) -> Model:
    policy, aggregation = draw(st.sampled_from(POLICIES))
    inputs = draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=3, unique=True))
    collects = policy in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}
    result = st.sampled_from(["1", "2", "3"] if collects else ["1", "2", "2", "null", "-1.5"])
    if not collects and policy != "PRIORITY" and (numeric := [name for name in inputs if TYPES[name] == "number"]):
        result |= st.sampled_from(
            [f"{numeric[0]} * 2 + 1", f"if {numeric[0]} > 1 then {numeric[0]} else -{numeric[0]}"]
        )
    outputs = [("hasil", "number", "3, 2, 1")]
    if not aggregation and draw(st.booleans()):
        outputs.append(("teks", "string", ""))
    row = [a_cell(TYPES[name]) for name in inputs] + [result] + [st.sampled_from(['"x"', '"y"'])] * (len(outputs) - 1)
    rules = [list(rule) for rule in draw(st.lists(st.tuples(*row), min_size=1, max_size=5))]
    default = draw(st.sampled_from(["", "", "null"])) if not collects else ""
    return model_of(inputs, outputs, rules, hit=policy, aggregation=aggregation, default=default)


@given(model=a_table(), data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_the_database_gives_the_answers_of_decide(model: Model, data: st.DataObject):
    inputs = strict(model, "uji").inputs
    grid = [dict(zip(inputs, values, strict=True)) for values in product(*(VALUES[name] for name in inputs))]
    rows = grid if len(grid) <= 120 else data.draw(st.lists(st.sampled_from(grid), min_size=60, max_size=60))
    ask(model, rows)


# --- Every shipped table ----------------------------------------------------------------------------------------------

COLUMNS = {"number": ["n1", "n2", "n3"], "string": ["s1", "s2", "s3"], "boolean": ["b1"]}
EXPRESSIBLE = [
    "absen_kategori",
    "hukuman_tidak_masuk",
    "bup",
    "konversi_angka_kredit",
    "pemetaan_pimpinan",
    "predikat_kinerja",
    "rating_hasil_kerja",
]


def shipped_rows(model: Model, name: str) -> list[dict[str, Any]]:
    """The cases of a shipped table, and every combination of the samples of its columns (bounded)."""
    inputs = strict(model, name).inputs
    cases = list(csv.DictReader((RULES_DIR / f"{name}.cases.csv").read_text(encoding="utf-8").splitlines()))
    rows = [{key: read(case[key], spec) for key, spec in inputs.items()} for case in cases]
    values: dict[str, set[Any]] = {key: {row[key] for row in rows} | {None} for key in inputs}
    for found in model.decisions.values():
        for column, samples in (
            zip(found.table.inputs, grid_of(found.table).columns, strict=True) if found.table else ()
        ):
            values[column.text] |= {sample.value for sample in samples.masks(null=True)}
            if column.spec.base == "number":
                values[column.text] |= {
                    Decimal("99.999999"),
                    Decimal("100.000001"),
                    Decimal("89.999999"),
                    Decimal("-1"),
                }
    combined = product(*(sorted(values[key], key=str) for key in inputs))
    return rows + [dict(zip(inputs, row, strict=True)) for row in combined][:3000]


@pytest.mark.parametrize("name", EXPRESSIBLE)
def test_shipped_tables_answer_alike_in_the_database(name: str):
    model = load((RULES_DIR / f"{name}.dmn").read_bytes())
    inputs = strict(model, name).inputs
    free = {kind: list(columns) for kind, columns in COLUMNS.items()}
    column_of = {key: free[spec.base].pop(0) for key, spec in inputs.items()}
    rows = shipped_rows(model, name)
    whole = [
        row
        for row in rows
        if all(column_of[k] != "n3" or v is None or v == v.to_integral_value() for k, v in row.items())
    ]
    found = answers(
        expression_in(model, name, **column_of), [{column_of[k]: v for k, v in row.items()} for row in whole]
    )
    wrong = [
        (row, answer)
        for row, answer in zip(whole, found, strict=True)
        if not same(answer, expected(lambda row=row: decide_in(model, name, **row)))
    ]
    assert wrong == []
    assert len(whole) > 8


# --- The rest -------------------------------------------------------------------------------------------------------------


def test_a_published_table_annotates_a_queryset():
    Baris.objects.bulk_create([Baris(n1=value) for value in (Decimal("92.5"), Decimal("100.000001"), None)])
    rule = as_expression("rating_hasil_kerja", pada=PADA, capaian="n1")
    found = (
        Baris.objects.annotate(**rule.annotations("nilai_")).order_by("pk").values_list("nilai_rating", "nilai_aturan")
    )
    assert list(found) == [("sesuai", "RH-02"), ("di_atas", "RH-01"), (None, "RH-04")]


def test_rows_without_a_rule_and_with_too_many_are_found():
    model = model_of(["n1"], [("hasil", "string", "")], [["> 5", '"a"'], ["> 8", '"b"']])
    ask(model, [{"n1": Decimal(value)} for value in (1, 6, 9)])
    rule = expression_in(model, "uji", n1="n1")
    failed = Baris.objects.annotate(aturan=rule.rule).filter(rule.failed()).order_by("n1").values_list("n1", "aturan")
    assert list(failed) == [(1, None), (9, AMBIGUOUS)]


def test_separate_rules_cost_no_check_for_overlaps():
    apart = model_of(["n1"], [("hasil", "string", "")], [["> 5", '"a"'], ["<= 5", '"b"']])
    assert AMBIGUOUS not in str(Baris.objects.annotate(r=expression_in(apart, "uji", n1="n1").rule).query)


def test_a_value_outside_the_allowed_ones_has_no_rule():
    body = table([("s1", "string")], [("hasil", "number", "")], [["-", "1"]]).replace(
        "</inputExpression>", '</inputExpression><inputValues><text>"a"</text></inputValues>'
    )
    model = load(definitions(input_data("s1", "string"), decision("uji", body, needs=["in_s1"])))
    assert [rule for _, rule in ask(model, [{"s1": "a"}, {"s1": "b"}, {"s1": None}])] == ["R1", None, "R1"]


def test_a_decision_that_needs_others_is_expressed_with_them():
    inner = decision(
        "dalam", table([("n1", "number")], [("x", "number", "")], [["> 0", "n1 * 2"]]), needs=["in_n1"]
    ).replace('"R1"', '"D1"')
    outer = decision(
        "uji",
        table([("dalam", "number")], [("y", "string", "")], [["> 10", '"besar"'], ["<= 10", '"kecil"']]),
        needs=["dalam"],
    )
    model = load(definitions(input_data("n1", "number"), inner, outer))
    found = ask(model, [{"n1": Decimal(value)} for value in (-1, 5, 6)])
    assert [rule for _, rule in found] == [None, "R2;D1", "R1;D1"]


def test_an_answer_stays_away_when_a_needed_decision_fails():
    inner_table = table([("n1", "number")], [("x", "number", "")], [["> 0", "1"], ["> 5", "2"], ["< -5", "3"]])
    inner = decision("dalam", inner_table.replace('"R', '"D'), needs=["in_n1"])
    outer = decision("uji", table([("dalam", "number")], [("y", "string", "")], [["-", '"ya"']]), needs=["dalam"])
    model = load(definitions(input_data("n1", "number"), inner, outer))
    found = ask(model, [{"n1": Decimal(value)} for value in (1, 6, 0, -6)])
    assert [outputs["y"] for outputs, _ in found] == ["ya", None, None, "ya"]


def test_expressions_and_constants_may_be_given():
    model = model_of(["n1", "s1"], [("hasil", "number", "")], [["< 3", '"a"', "n1 + 0.5"]])
    Baris.objects.create(n1=None, n2=Decimal("2.25"))
    rule = expression_in(model, "uji", n1=Coalesce("n1", F("n2")), s1=Value("a"))
    assert Baris.objects.annotate(**rule.annotations()).values_list("hasil", "aturan").get() == (Decimal("2.75"), "R1")


def test_a_float_or_a_moment_is_refused():
    number = model_of(["n1"], [("hasil", "number", "")], [["> 0", "1"]])
    day = model_of(["d1"], [("hasil", "number", "")], [['> date("2025-01-01")', "1"]])
    for model, name, column in ((number, "n1", "f1"), (day, "d1", "w1"), (number, "n1", "s1")):
        with pytest.raises(NotExpressible):
            Baris.objects.annotate(x=expression_in(model, "uji", **{name: column}).rule)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (["> 1", "n1 / 3"], "operator /"),
        (["> 1", "sqrt(n1)"], "fungsi sqrt"),
        (["> 1", '"teks " + string(n1)'], "fungsi string"),
    ],
)
def test_what_sql_cannot_say_is_refused_with_the_reason(rule: list[str], why: str):
    model = model_of(["n1"], [("hasil", "Any", "")], [rule])
    with pytest.raises(NotExpressible, match=why):
        expression_in(model, "uji", n1="n1")


def test_distribution_is_refused_because_it_divides():
    with pytest.raises(NotExpressible, match="operator /"):
        as_expression(
            "distribusi_predikat",
            pada=PADA,
            **dict.fromkeys(
                ("predikat_organisasi", "sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang"), Value(1)
            ),
        )


def test_an_unknown_or_missing_input_is_named():
    with pytest.raises(UnknownInput, match="capaian"):
        as_expression("rating_hasil_kerja", pada=PADA)
    with pytest.raises(UnknownInput, match="salah"):
        as_expression("rating_hasil_kerja", pada=PADA, capaian="n1", salah="n2")


def test_a_literal_decision_without_a_table_is_refused():
    model = load(definitions(input_data("n1", "number"), decision("uji", literal("n1 + 1"), needs=["in_n1"])))
    assert check(model) == []
    with pytest.raises(NotExpressible, match="tidak memakai tabel"):
        expression_in(model, "uji", n1="n1")
