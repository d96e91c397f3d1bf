"""The index of a decision table: whatever the cells say, it finds the rules that a reading cell by cell finds."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.rules.decide import RULES_DIR, to_feel
from backend.rules.grid import grid_of, overlaps_of
from backend.rules.model import load
from backend.rules.table import DecisionTable
from tests.rules.dmn import decision, definitions, input_data, table

CONSTANTS = {
    "number": [Decimal(text) for text in ("-3", "-0.5", "0", "1", "1.5", "2", "10")],
    "date": [date(2024, 2, 28) + timedelta(days=days) for days in (0, 1, 2, 5, 30)],
    "string": ["a", "b", "", "ä"],
    "boolean": [True, False],
}
ASKED = {
    "number": [None, *CONSTANTS["number"], *map(Decimal, ("-4", "-1", "0.25", "1.50", "1.75", "5", "11"))],
    "date": [None, *(date(2024, 2, 26) + timedelta(days=days) for days in range(40))],
    "string": [None, *CONSTANTS["string"], "c", "A"],
    "boolean": [None, True, False],
}


def written(value: Any) -> str:
    if isinstance(value, date):
        return f'date("{value}")'
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def cells(type_: str) -> st.SearchStrategy[str]:
    constant = st.sampled_from(CONSTANTS[type_]).map(written)
    simple = st.one_of(constant, st.builds("{}, {}".format, constant, constant), st.just("null"))
    if type_ in {"number", "date"}:
        ends = st.lists(st.sampled_from(CONSTANTS[type_]), min_size=2, max_size=2).map(sorted)
        intervals = st.builds(
            lambda pair, opener, closer: f"{opener}{written(pair[0])}..{written(pair[1])}{closer}",
            ends, st.sampled_from("[("), st.sampled_from("])"),
        )  # fmt: skip
        compared = st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "!="]), constant)
        simple = st.one_of(simple, intervals, compared, st.builds("{}, {}".format, compared, intervals))
    return st.one_of(st.just("-"), simple, simple.map("not({})".format))


def read(xml: bytes) -> DecisionTable:
    found = load(xml).decisions["d"].table
    assert found is not None
    return found


def one_by_one(rules: DecisionTable, values: list[Any]) -> list[int]:
    return [
        rule.number
        for rule in rules.rules
        if all(cell.test({}, value) is True for cell, value in zip(rule.cells, values, strict=True))
    ]


@pytest.mark.parametrize("type_", CONSTANTS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_index_finds_what_reading_cell_by_cell_finds(type_: str, data: st.DataObject):
    column = data.draw(st.lists(cells(type_), min_size=1, max_size=12))
    rows = [[cell, "1"] for cell in column]
    rules = read(
        definitions(input_data("x", type_), decision("d", table([("x", type_)], [("y", "", "")], rows), needs=["in_x"]))
    )
    for value in [*map(to_feel, ASKED[type_]), "lain jenis", Decimal(7), True]:
        assert [rule.number for rule in rules.matches({}, [value])] == one_by_one(rules, [value]), (column, value)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_overlaps_are_exactly_the_pairs_that_some_input_satisfies(data: st.DataObject):
    rows = data.draw(st.lists(st.tuples(cells("number"), cells("boolean"), st.just("1")), min_size=2, max_size=6))
    body = table([("x", "number"), ("b", "boolean")], [("y", "", "")], rows, hit="COLLECT")
    rules = read(definitions(input_data("x"), input_data("b"), decision("d", body, needs=["in_x", "in_b"])))
    points = [Decimal(n) / 4 for n in range(-20, 50)]
    seen = [set(one_by_one(rules, [x, b])) for x in points for b in (True, False)]
    found = {(one + 1, other + 1) for one, other, _point in overlaps_of(grid_of(rules))}
    pairs = {(a, b) for numbers in seen for a in numbers for b in numbers if a < b}
    assert pairs <= found
    for one, other, point in overlaps_of(grid_of(rules)):
        values = [None if sample is None else sample.value for sample in point]
        assert {one + 1, other + 1} <= set(one_by_one(rules, values))


SHIPPED = sorted(RULES_DIR.glob("*.dmn"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_shipped_table_decides_alike_by_index_and_cell_by_cell(path: Any, data: st.DataObject):
    for made in load(path.read_bytes()).decisions.values():
        if made.table is None:
            continue
        grid = grid_of(made.table)
        samples = [column.masks(null=True) for column in grid.columns]
        values = [data.draw(st.sampled_from([sample.value for sample in column])) for column in samples]
        if any(column.samples is None for column in grid.columns):
            continue  # cells that compute: there is no index to compare
        found = [rule.number for rule in made.table.matches({}, values)]
        assert found == one_by_one(made.table, values)
        assert len(found) <= 1 or made.table.hit_policy != "UNIQUE"


def test_a_large_table_is_read_indexed_and_searched_in_little_time_and_memory():
    rows = [[f"[{10 * n}..{10 * n + 10})", f'"k{n % 50}"' if n % 2 else "-", str(n)] for n in range(1500)]
    body = table([("x", "number"), ("k", "string")], [("y", "number", "")], rows)
    rules = read(definitions(input_data("x"), input_data("k"), decision("d", body, needs=["in_x", "in_k"])))
    assert [rule.number for rule in rules.matches({}, [Decimal(14_985), "k48"])] == [1499]
    assert next(overlaps_of(grid_of(rules)), None) is None
