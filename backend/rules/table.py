"""A decision table: what is written in it, and which of its rules hold for given inputs.

Cells that test constants (nearly all) are indexed: each column maps a value to a bit mask of the rules whose cell it
satisfies, so matching costs one look-up a column, whatever the number of rules. Other cells run one by one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from operator import xor
from typing import Any

from backend.rules.feel import ast
from backend.rules.feel.compiler import Compiled, Test, Variables
from backend.rules.feel.temporal import Date
from backend.rules.feel.types import TypeSpec
from backend.rules.feel.values import equal

SINGLE_HIT = frozenset({"UNIQUE", "ANY", "PRIORITY", "FIRST"})
HIT_POLICIES = SINGLE_HIT | {"RULE ORDER", "OUTPUT ORDER", "COLLECT"}
MAX_INDEXED = 50_000_000  # different values × rules of a column: its index has twice as many bits; a larger one is tested cell by cell
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
    plain = {value for value in constants if value is not None and value is not ...}
    if ... not in constants and plain:
        if all(isinstance(value, str | bool) for value in plain) and not _ordered(cells):
            return _by_value(cells)
        for line in (_NUMBERS, _DATES):
            if all(type(value) is line.type for value in plain) and len(plain) * len(cells) <= MAX_INDEXED:
                return _by_order(cells, sorted(plain), line)
    return lambda variables, value: _mask(cells, variables, value)


def _ordered(cells: Sequence[Cell]) -> bool:
    """Does a column of text compare with `<` or ranges?"""
    tests = [test for cell in cells for test in cell.tree.tests]
    return any(
        isinstance(test, ast.Range) or (isinstance(test, ast.UnaryComparison) and test.operator not in {"=", "!="})
        for test in tests
    )


def _mask(cells: Sequence[Cell], variables: Variables, value: Any) -> int:
    bits = bytearray((len(cells) + 7) // 8)
    for index, cell in enumerate(cells):
        if cell.test(variables, value) is True:
            bits[index >> 3] |= 1 << (index & 7)
    return int.from_bytes(bits, "little")


def _own(cell: Cell) -> list[Any]:
    """Constants of one cell, each once."""
    return list(dict.fromkeys(value for test in cell.tree.tests for value in bounds(test) if value is not None))


def _by_value(cells: Sequence[Cell]) -> Callable[[Variables, Any], int]:
    """Equality tests on text or booleans: a dictionary from value to mask.

    A cell tells its own texts from all others; so one mask for a text that no cell names, with a bit changed here and
    there, gives the masks of all texts.
    """
    unused = "".join(value for cell in cells for value in _own(cell) if isinstance(value, str)) + "\0"
    other = _mask(cells, {}, unused)
    plain = {value: _mask(cells, {}, value) for value in (None, True, False)}
    texts: dict[str, int] = {}
    for index, cell in enumerate(cells):
        for value in _own(cell):
            if isinstance(value, str) and (cell.test({}, value) is True) != bool(other >> index & 1):
                texts[value] = texts.get(value, other) ^ 1 << index

    def look_up(_variables: Variables, value: Any) -> int:
        if isinstance(value, str):
            return texts.get(value, other)
        return plain[value] if value is None or isinstance(value, bool) else _mask(cells, {}, value)

    return look_up


@dataclass(frozen=True)
class _Line:
    """A type whose values stand in order: how to find a place, and a value before, inside a gap and behind."""

    type: type
    rank: Callable[[Any], Any]
    before: Callable[[Any], Any]
    inside: Callable[[Any, Any], Any]
    behind: Callable[[Any], Any]


def _day(number: int, otherwise: Date) -> Date:
    return Date.from_days(number) or otherwise


_NUMBERS = _Line(Decimal, lambda n: n, lambda n: n - 1, lambda low, high: (low + high) / 2, lambda n: n + 1)
_DATES = _Line(  # inside a gap: the day after; a gap of no day is never asked
    Date,
    lambda day: day.days,
    lambda day: _day(day.days - 1, day),
    lambda low, _high: _day(low.days + 1, low),
    lambda day: _day(day.days + 1, day),
)


def _by_order(cells: Sequence[Cell], points: list[Any], line: _Line) -> Callable[[Variables, Any], int]:
    """Comparisons with numbers or dates: a mask for each constant and for each gap before, between and behind them.

    The places are counted through: gap, point, gap, point, …, gap. A cell changes only at its own constants, so its bit
    is switched on and off there, and the masks are what is on at each place.
    """
    ranks = [line.rank(point) for point in points]
    switches = [0] * (2 * len(points) + 2)
    for index, cell in enumerate(cells):
        for start, end in _places(cell, ranks, line):
            switches[start] ^= 1 << index
            switches[end] ^= 1 << index
    masks: list[int] = list(accumulate(switches, xor))
    nothing = _mask(cells, {}, None)

    def look_up(_variables: Variables, value: Any) -> int:
        if type(value) is not line.type:
            return nothing if value is None else _mask(cells, {}, value)
        rank = line.rank(value)
        place = bisect_left(ranks, rank)
        return masks[2 * place + 1 if place < len(ranks) and ranks[place] == rank else 2 * place]

    return look_up


def _places(cell: Cell, ranks: list[Any], line: _Line) -> Iterator[tuple[int, int]]:
    """Runs of places [start, end) on which a cell holds."""
    own = sorted(_own(cell))
    if not own:
        if cell.test({}, line.inside(*_TWO[line.type])) is True:
            yield 0, 2 * len(ranks) + 1
        return
    at = [2 * bisect_left(ranks, line.rank(value)) + 1 for value in own]
    if cell.test({}, line.before(own[0])) is True:
        yield 0, at[0]
    for number, value in enumerate(own):
        if cell.test({}, value) is True:
            yield at[number], at[number] + 1
        last = number + 1 == len(own)
        sample = line.behind(value) if last else line.inside(value, own[number + 1])
        end = 2 * len(ranks) + 1 if last else at[number + 1]
        if cell.test({}, sample) is True:
            yield at[number] + 1, end


_TWO: dict[type, tuple[Any, Any]] = {Decimal: (Decimal(0), Decimal(1)), Date: (Date(2000, 1, 1), Date(2000, 1, 3))}
