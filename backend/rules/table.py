"""A decision table: what is written in it, and which of its rules hold for given inputs.

Cells that test constants (nearly all) are indexed: each column maps a value to a bit mask of the rules whose cell it
satisfies, so matching costs one look-up a column, whatever the number of rules. Other cells run one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from backend.rules.feel import ast
from backend.rules.feel.compiler import Compiled, Test, Variables
from backend.rules.feel.temporal import Date
from backend.rules.feel.types import TypeSpec
from backend.rules.feel.values import equal

SINGLE_HIT = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST"})
HIT_POLICIES = SINGLE_HIT | {"RULE ORDER", "OUTPUT ORDER", "COLLECT"}
AGGREGATIONS = frozenset({"", "SUM", "MIN", "MAX", "COUNT"})


@dataclass(frozen=True)
class Input:
    """A column of conditions. `expression` reads its value from the variables; `allowed` tests it."""

    id: str
    label: str
    text: str
    tree: ast.Node
    expression: Compiled = field(compare=False)
    spec: TypeSpec
    allowed_text: str = ""
    allowed_tree: ast.UnaryTests | None = None
    allowed: Test | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Output:
    """A column of results. `priorities` are its allowed values, most important first."""

    id: str
    name: str
    label: str
    spec: TypeSpec
    priorities: tuple[Any, ...] = ()
    default_text: str = ""
    default: Compiled | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Cell:
    """A condition of one rule."""

    text: str
    tree: ast.UnaryTests
    test: Test = field(compare=False)


@dataclass(frozen=True)
class Entry:
    """A result of one rule."""

    text: str
    tree: ast.Node
    value: Compiled = field(compare=False)


@dataclass(frozen=True)
class Rule:
    """One row. `number` counts from 1, as people do."""

    id: str
    number: int
    cells: tuple[Cell, ...]
    entries: tuple[Entry, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecisionTable:
    """A table as it is written, and its evaluation by the standard (DMN 1.5, chapter 8)."""

    id: str
    name: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    @cached_property
    def columns(self) -> tuple[Callable[[Variables, Any], int], ...]:
        """For each column, the mask of the rules that a value satisfies."""
        return tuple(_column([rule.cells[index] for rule in self.rules]) for index in range(len(self.inputs)))

    def matches(self, variables: Variables, values: Sequence[Any]) -> list[Rule]:
        """Rules whose cells all hold, in table order. `values` are those of the input columns."""
        mask = (1 << len(self.rules)) - 1
        for column, value in zip(self.columns, values, strict=True):
            mask &= column(variables, value)
            if not mask:
                return []
        found = []
        while mask:
            lowest = mask & -mask
            found.append(self.rules[lowest.bit_length() - 1])
            mask ^= lowest
        return found

    def result_of(self, rule: Rule, variables: Variables) -> Any:
        """What one rule says: a value, or a context of the outputs' names."""
        values = [
            output.spec.coerce(entry.value(variables)) for output, entry in zip(self.outputs, rule.entries, strict=True)
        ]
        return (
            values[0] if len(values) == 1 else dict(zip((output.name for output in self.outputs), values, strict=True))
        )

    def default(self, variables: Variables) -> Any:
        """What the table says when no rule holds: its default entries, or what the hit policy gives for nothing."""
        if any(output.default for output in self.outputs):
            values = [output.default(variables) if output.default else None for output in self.outputs]
            return (
                values[0]
                if len(values) == 1
                else dict(zip((output.name for output in self.outputs), values, strict=True))
            )
        if self.hit_policy == "COLLECT":
            return {"": [], "COUNT": Decimal(0)}.get(self.aggregation)
        return None

    def by_priority(self, rules: Sequence[Rule], variables: Variables) -> list[Rule]:
        """Rules ordered by the place of their outputs in the lists of allowed values, first column first."""

        def rank(rule: Rule) -> tuple[int, ...]:
            results = [entry.value(variables) for entry in rule.entries]
            return tuple(_rank(output.priorities, result) for output, result in zip(self.outputs, results, strict=True))

        return sorted(rules, key=rank)

    def decide(self, rules: Sequence[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
        """Result and the rules it came from, out of the rules that matched."""
        if not rules:
            return self.default(variables), []
        return _POLICIES[self.hit_policy](self, list(rules), variables)


def _rank(priorities: tuple[Any, ...], value: Any) -> int:
    return next((place for place, allowed in enumerate(priorities) if equal(allowed, value) is True), len(priorities))


# --- Hit policies ----------------------------------------------------------------------------------------------------


def _unique(table: DecisionTable, rules: list[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
    return (table.result_of(rules[0], variables), rules) if len(rules) == 1 else (None, rules)


def _any(table: DecisionTable, rules: list[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
    first = table.result_of(rules[0], variables)
    same = all(equal(first, table.result_of(rule, variables)) is True for rule in rules[1:])
    return (first if same else None), rules


def _first(table: DecisionTable, rules: list[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
    return table.result_of(rules[0], variables), rules[:1]


def _priority(table: DecisionTable, rules: list[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
    return _first(table, table.by_priority(rules, variables), variables)


def _rule_order(table: DecisionTable, rules: list[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
    return [table.result_of(rule, variables) for rule in rules], rules


def _output_order(table: DecisionTable, rules: list[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
    return _rule_order(table, table.by_priority(rules, variables), variables)


def _collect(table: DecisionTable, rules: list[Rule], variables: Variables) -> tuple[Any, list[Rule]]:
    from backend.rules.feel.builtins import BUILTINS

    results, _ = _rule_order(table, rules, variables)
    if table.aggregation == "":
        return results, rules
    return BUILTINS[table.aggregation.lower()].call(results), rules


_POLICIES: dict[str, Callable[[DecisionTable, list[Rule], Variables], tuple[Any, list[Rule]]]] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "PRIORITY": _priority,
    "FIRST": _first,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}


# --- Columns -----------------------------------------------------------------------------------------------------------


def constant(node: ast.Node | None) -> Any:
    """Value of a constant in a cell (a literal, or minus a number); `...` when it is no constant."""
    if isinstance(node, ast.Literal):
        return node.value
    if (
        isinstance(node, ast.Negation)
        and isinstance(node.operand, ast.Literal)
        and isinstance(node.operand.value, Decimal)
    ):
        return -node.operand.value
    if isinstance(node, ast.Call) and isinstance(node.function, ast.Name) and node.function.name == "date":
        text = constant(node.positional[0]) if len(node.positional) == 1 else ...
        return Date.parse(text) if isinstance(text, str) else ...
    return ...


def bounds(node: ast.Node) -> list[Any]:
    """Constants that a test compares with; `[...]` when the test is of another kind."""
    if isinstance(node, ast.UnaryComparison):
        return [constant(node.operand)]
    if isinstance(node, ast.Range):
        return [constant(node.low), constant(node.high)]
    return [constant(node)]


def _column(cells: Sequence[Cell]) -> Callable[[Variables, Any], int]:
    """Mask of the rules that a value satisfies in one column."""
    constants = [value for cell in cells for test in cell.tree.tests for value in bounds(test)]
    plain = [value for value in constants if value is not None]
    if ... not in constants and plain:
        if all(isinstance(value, str | bool) for value in plain) and not _ordered(cells):
            return _by_value(cells, plain)
        for python_type, key in ((Decimal, None), (Date, lambda day: day.days)):
            if all(type(value) is python_type for value in plain):
                return _by_order(cells, plain, python_type, key)
    return lambda variables, value: _mask(cells, variables, value)


def _ordered(cells: Sequence[Cell]) -> bool:
    """Does a column of text compare with `<` or ranges?"""
    tests = [test for cell in cells for test in cell.tree.tests]
    return any(
        isinstance(test, ast.Range) or (isinstance(test, ast.UnaryComparison) and test.operator not in {"=", "!="})
        for test in tests
    )


def _mask(cells: Sequence[Cell], variables: Variables, value: Any) -> int:
    return sum(1 << index for index, cell in enumerate(cells) if cell.test(variables, value) is True)


class _Other:
    """A value that equals no constant."""


def _by_value(cells: Sequence[Cell], constants: list[Any]) -> Callable[[Variables, Any], int]:
    """Equality tests on text or booleans: a dictionary from value to mask."""
    known = {(type(value), value): _mask(cells, {}, value) for value in [*constants, None]}
    other = {str: _mask(cells, {}, _unused([value for value in constants if isinstance(value, str)]))}

    def look_up(_variables: Variables, value: Any) -> int:
        mask = known.get((type(value), value)) if isinstance(value, str | bool | None) else None
        if mask is not None:
            return mask
        return other[str] if isinstance(value, str) else _mask(cells, {}, value)

    return look_up


def _unused(texts: list[str]) -> str:
    """A text that is none of `texts`."""
    return "".join(texts) + "\0"


def _by_order(
    cells: Sequence[Cell], constants: list[Any], python_type: type, key: Any
) -> Callable[[Variables, Any], int]:
    """Comparisons with numbers or dates: masks for each constant and for each gap between two of them."""
    points = sorted(set(constants))
    ranks = [key(point) for point in points] if key else points
    at = [_mask(cells, {}, point) for point in points]
    between = [_mask(cells, {}, sample) for sample in _samples(points)]
    nothing = _mask(cells, {}, None)

    def look_up(_variables: Variables, value: Any) -> int:
        if type(value) is not python_type:
            return nothing if value is None else _mask(cells, {}, value)
        rank = key(value) if key else value
        place = bisect_left(ranks, rank)
        return at[place] if place < len(ranks) and ranks[place] == rank else between[place]

    return look_up


def _samples(points: list[Any]) -> list[Any]:
    """A value below all points, one inside each gap, and one above all."""
    if isinstance(points[0], Decimal):
        inner = [(low + high) / 2 for low, high in pairwise(points)]
        return [points[0] - 1, *inner, points[-1] + 1]
    days = [point.days for point in points]
    inner_days = [low + 1 for low in days[:-1]]  # the day after; a gap of no day is never asked
    return [Date.from_days(day) or points[0] for day in (days[0] - 1, *inner_days, days[-1] + 1)]
