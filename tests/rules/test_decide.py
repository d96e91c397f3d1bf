"""The strict door: nothing is left to null."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.rules.decide import Strict, decide, decide_in
from backend.rules.errors import AmbiguousRule, InvalidCell, NoRuleMatched, NoVersion, UnknownInput, WrongType
from backend.rules.model import evaluate_table, load
from tests.rules.dmn import decision, definitions, input_data, table

PADA = date(2025, 3, 31)
BERTINGKAT = load(
    definitions(
        input_data("menit", "number"),
        input_data("arah", "string"),
        decision(
            "kategori",
            table(
                [("arah", "string"), ("menit", "number")],
                [("kode", "string", ""), ("persen", "number", "")],
                [
                    ('"IN"', "[1..30]", '"TL1"', "0.5"),
                    ('"IN"', "(30..60]", '"TL2"', "1"),
                    ('"OUT"', "[1..30]", '"PSW1"', "0.5"),
                    ("-", "<= 0", '""', "0"),
                    ("-", "null", '"?"', "0"),
                ],
            ),
            needs=["in_menit", "in_arah"],
        ),
    )
)


def test_outputs_rule_and_version_come_back():
    outcome = decide_in(BERTINGKAT, "kategori", version="v7", arah="IN", menit=31)
    assert (dict(outcome), outcome.rules, outcome.version) == ({"kode": "TL2", "persen": Decimal(1)}, ("R2",), "v7")


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({"arah": "IN", "menit": 61}, NoRuleMatched),
        ({"arah": "IN"}, UnknownInput),
        ({"arah": "IN", "menit": 1, "x": 1}, UnknownInput),
        ({"arah": 5, "menit": 1}, WrongType),
        ({"arah": "IN", "menit": "1"}, WrongType),
        ({"arah": "IN", "menit": 1.5}, WrongType),
        ({"arah": "IN", "menit": True}, WrongType),
    ],
)
def test_what_does_not_fit_is_an_error(inputs, error):
    with pytest.raises(error):
        decide_in(BERTINGKAT, "kategori", **inputs)


def test_an_overlap_is_an_error_that_names_the_rules():
    xml = definitions(
        input_data("x", "number"),
        decision("d", table([("x", "number")], [("y", "number", "")], [("> 1", "1"), ("> 2", "2")]), needs=["in_x"]),
    )
    assert decide_in(load(xml), "d", x=2)["y"] == 1
    with pytest.raises(AmbiguousRule, match="1, 2"):
        decide_in(load(xml), "d", x=3)


def test_a_value_outside_the_allowed_ones_is_an_error():
    body = table([("x", "string")], [("y", "number", "")], [('"a"', "1"), ("-", "2")], hit="FIRST")
    body = body.replace("</inputExpression>", '</inputExpression><inputValues><text>"a", "b"</text></inputValues>', 1)
    model = load(definitions(input_data("x", "string"), decision("d", body, needs=["in_x"])))
    assert decide_in(model, "d", x="b")["y"] == 2
    with pytest.raises(WrongType, match="salah satu dari"):
        decide_in(model, "d", x="c")


def test_a_broken_table_is_never_evaluated():
    model = load(
        definitions(
            input_data("x"),
            decision(
                "d", table([("x", "number")], [("y", "number", "")], [("> 1", "1"), ("> > 2", "2")]), needs=["in_x"]
            ),
        )
    )
    with pytest.raises(InvalidCell):
        decide_in(model, "d", x=5)


def test_a_decision_through_other_decisions_asks_for_their_inputs():
    xml = definitions(
        input_data("a", "number"),
        decision("dua", table([("a", "number")], [("dua", "number", "")], [("-", "a * 2")]), needs=["in_a"]),
        decision("empat", table([("dua", "number")], [("empat", "number", "")], [("-", "dua * 2")]), needs=["dua"]),
    )
    assert decide_in(load(xml), "empat", a=3)["empat"] == 12


def test_an_unknown_table_is_named():
    with pytest.raises(NoVersion):
        decide("tidak_ada", pada=PADA)
    with pytest.raises(NoVersion):
        decide("../manage", pada=PADA)


@given(st.one_of(st.none(), st.decimals(-5, 100, places=2)), st.sampled_from(["IN", "OUT", "X", None]))
def test_the_short_way_and_the_long_way_agree(menit, arah):
    strict = Strict(BERTINGKAT, "kategori")
    assert strict.lookup is not None
    short = strict.lookup.find({"arah": arah, "menit": menit}, "")
    table_ = BERTINGKAT.decision("kategori").table
    assert table_ is not None
    value, rules = evaluate_table(table_, {"arah": arah, "menit": menit})
    assert (None if short is None else (dict(short), list(short.rules))) == (None if value is None else (value, rules))
