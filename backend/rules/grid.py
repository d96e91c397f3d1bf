"""The values that a table tells apart: for each column a few samples, each with the rules whose cell it satisfies.

Cells that test constants split the values of a column into points and the gaps between them; one sample of each stands
for all. Gaps, overlaps and unreachable rules of the table follow from the samples, exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from backend.rules.feel.budget import limited
from backend.rules.feel.temporal import Date, DaysDuration, MonthsDuration
from backend.rules.table import Cell, DecisionTable, Input, bounds

MAX_VISITS = 200_000
MAX_RULES = 3_000
OTHER_TEXT = "lainnya"


@dataclass(frozen=True)
class Sample:
    """A value of a column and the mask of the rules that it satisfies. `other`: a text that no cell names."""

    value: Any
    mask: int
    other: bool = False


@dataclass(frozen=True)
class Column:
    """The samples of a column, one for each distinct mask; None when its cells cannot be told apart beforehand.

    `null` is what a missing value satisfies where the column is not meant to meet one.
    """

    samples: tuple[Sample, ...] | None
    full: int
    null: Sample | None = None

    def masks(self, *, null: bool = False) -> tuple[Sample, ...]:
        """Samples; a column that is not understood satisfies every rule."""
        if self.samples is None:
            return (Sample(None, self.full),)
        return (*self.samples, self.null) if null and self.null else self.samples


Point = tuple[Sample | None, ...]  # one sample a column; None: any value


class TooLarge(Exception):
    """The table has more combinations than are walked."""


@dataclass(frozen=True)
class Grid:
    """The columns of a table."""

    columns: tuple[Column, ...]
    full: int

    def satisfying(self, wanted: int, unwanted: int) -> Iterator[Point]:
        """Points whose rules include all of `wanted` and none of `unwanted`. Raises TooLarge."""
        dead: set[tuple[int, int]] = set()
        visits = 0

        def walk(index: int, mask: int, chosen: Point) -> Iterator[Point]:
            nonlocal visits
            visits += 1
            if visits > MAX_VISITS:
                raise TooLarge
            if not mask & unwanted and (not wanted or index == len(self.columns)):
                yield chosen + (None,) * (len(self.columns) - index)
                return
            if index == len(self.columns) or (index, mask) in dead:
                return
            found = False
            for sample in self.columns[index].masks():
                rest = mask & sample.mask
                if rest & wanted == wanted:
                    for point in walk(index + 1, rest, (*chosen, sample)):
                        found = True
                        yield point
            if not found:
                dead.add((index, mask))

        return walk(0, wanted | unwanted, ())


def grid_of(table: DecisionTable) -> Grid:
    """Samples of every column of a table. Raises TooLarge."""
    if len(table.rules) > MAX_RULES:
        raise TooLarge
    full = (1 << len(table.rules)) - 1
    with limited():
        columns = (
            _column(column, [rule.cells[place] for rule in table.rules], full, table.columns[place])
            for place, column in enumerate(table.inputs)
        )
        return Grid(tuple(columns), full)


def overlaps_of(grid: Grid, *, null: bool = False) -> Iterator[tuple[int, int, Point]]:
    """Pairs of rules (indices) that one input can satisfy both of, with an example; `null`: also with missing values."""
    columns = [column.masks(null=null) for column in grid.columns]
    for one in range(grid.full.bit_length()):
        partners = grid.full >> (one + 1) << (one + 1)
        for samples in columns:
            partners &= reduce(or_, (sample.mask for sample in samples if sample.mask >> one & 1), 0)
        while partners:
            lowest = partners & -partners
            partners ^= lowest
            wanted = 1 << one | lowest
            yield (
                one,
                lowest.bit_length() - 1,
                tuple(next(s for s in samples if s.mask & wanted == wanted) for samples in columns),
            )


def _column(column: Input, cells: Sequence[Cell], full: int, masks: Callable[[dict[str, Any], Any], int]) -> Column:
    tests = [test for cell in cells for test in cell.tree.tests]
    allowed = column.allowed_tree.tests if column.allowed_tree else ()
    constants = [value for test in (*tests, *allowed) for value in bounds(test)]
    known = [value for value in constants if value is not None and value is not ...]
    if ... in constants or (values := _samples(column, known)) is None:
        return Column(None, full)
    found: dict[int, Sample] = {}
    for value, other in values:
        if _permitted(column, value):
            mask = masks({}, value)
            found.setdefault(mask, Sample(value, mask, other))
    nothing = Sample(None, masks({}, None))
    if not _null_matters(column, cells):
        return Column(tuple(found.values()), full, nothing)
    found.setdefault(nothing.mask, nothing)
    return Column(tuple(found.values()), full)


def _permitted(column: Input, value: Any) -> bool:
    return column.spec.conforms(value) and (column.allowed is None or column.allowed({}, value) is True)


def _null_matters(column: Input, cells: Sequence[Cell]) -> bool:
    """Is null a value that this column is meant to meet? Its allowed values or one of its cells says so."""
    if column.allowed is not None:
        return column.allowed({}, None) is True
    return any(not cell.tree.any and cell.test({}, None) is True for cell in cells)


def _samples(column: Input, constants: list[Any]) -> list[tuple[Any, bool]] | None:
    """Values that stand for all values of a column, and whether they are a text that no cell names."""
    kinds = {type(value) for value in constants}
    if column.spec.base == "boolean" or kinds == {bool}:
        return [(True, False), (False, False)]
    if not kinds:
        return [(_any_value(column), column.spec.base == "string")]
    if kinds == {str}:
        texts = list(dict.fromkeys(constants))
        between = [low + " " for low in sorted(texts)]
        return [*((text, False) for text in texts), *((text, True) for text in [_other(texts), "", *between])]
    if len(kinds) > 1 or not kinds <= {Decimal, Date, DaysDuration, MonthsDuration}:
        return None
    points = sorted(set(constants))
    return [(value, False) for value in [*points, *_between(points)]]


def _any_value(column: Input) -> Any:
    return {"number": Decimal(0), "string": OTHER_TEXT, "date": Date(2025, 1, 1)}.get(column.spec.base)


def _other(texts: Sequence[str]) -> str:
    """A text that no cell names."""
    other = OTHER_TEXT
    while other in texts:
        other += "…"
    return other


def _between(points: list[Any]) -> list[Any]:
    """A value below all points, one inside each gap (where there is one), and one above all."""
    if isinstance(points[0], Decimal):
        return [points[0] - 1, *(_number_between(low, high) for low, high in pairwise(points)), points[-1] + 1]
    if isinstance(points[0], Date):
        days = [
            points[0].days - 1,
            *(low.days + 1 for low, high in pairwise(points) if high.days - low.days > 1),
            points[-1].days + 1,
        ]
        return [day for number in days if (day := Date.from_days(number))]
    if isinstance(points[0], DaysDuration):
        seconds = [point.seconds for point in points]
        return [
            DaysDuration(value)
            for value in [seconds[0] - 1, *((a + b) / 2 for a, b in pairwise(seconds)), seconds[-1] + 1]
        ]
    months = [point.months for point in points]
    inner = [low + 1 for low, high in pairwise(months) if high - low > 1]
    return [MonthsDuration(value) for value in [months[0] - 1, *inner, months[-1] + 1]]


def _number_between(low: Decimal, high: Decimal) -> Decimal:
    """A whole number between two numbers where there is one: it reads better."""
    whole = low.to_integral_value() + (1 if low.to_integral_value() <= low else 0)
    return whole if low < whole < high else (low + high) / 2
