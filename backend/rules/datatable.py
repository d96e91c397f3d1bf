"""Rule data tables: hundreds of rows keyed by data (tpp_besaran, pph_ter), too long for a decision table.

A definition (JSON) names the columns; the rows come from CSV or JSON. A cell of an input is written as in a decision
table: a value, `-` for any value (columns that match `any`), or an interval such as `(0..5400000]` or `> 100`
(columns that match `range`, at most one a table). Everything here is pure; `models.RuleDataRow` stores the rows.

    {"masukan": [{"nama": "kategori", "tipe": "string", "cocok": "equal"},
                 {"nama": "bruto", "tipe": "number", "cocok": "range"}],
     "keluaran": [{"nama": "rate", "tipe": "number"}]}

`"tingkat": [["jabatan", "opd"], ["jabatan"], ["kelas"]]` orders the rows by the `any` columns that they fill in:
the first level with a matching row wins. Without it at most one row of the whole table may match.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import combinations, pairwise
from typing import Any

from backend.core.errors import DomainError
from backend.rules.errors import AmbiguousRule, NoRuleMatched, UnknownInput, WrongType
from backend.rules.feel import FeelSyntaxError, ast, parse_unary_tests

KINDS = {"string": "teks", "number": "angka", "boolean": "ya/tidak (true/false)", "date": "tanggal"}
MATCHES = ("equal", "any", "range")
ANY = "-"
SEPARATOR = "\x1f"  # between the parts of a key; no text of a cell may hold it
KODE = "kode"
Value = str | Decimal | bool | date | None


class InvalidTableDefinition(DomainError):
    """Susunan kolom tabel data tidak dapat dipakai: {masalah}. Perbaiki berkas definisinya."""


class InvalidDataRows(DomainError):
    """Tabel data {tabel} memuat {jumlah} baris yang salah. Baris {baris}, kolom {kolom}: {masalah}."""

    def __init__(self, tabel: str, problems: Sequence[RowProblem]) -> None:
        first = problems[0]
        super().__init__(tabel=tabel, jumlah=len(problems), baris=first.baris, kolom=first.kolom, masalah=first.masalah)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class RowProblem:
    """One wrong cell or row. `baris` counts from 1 without the header."""

    baris: int
    kolom: str
    masalah: str


@dataclass(frozen=True)
class Column:
    """A column of a table: an input when `cocok` is set, else an output."""

    nama: str
    tipe: str
    cocok: str = ""
    boleh_kosong: bool = False


@dataclass(frozen=True)
class Definition:
    """The columns of a data table. `tingkat`: sets of `any` columns from the most to the least specific."""

    nama: str
    masukan: tuple[Column, ...]
    keluaran: tuple[Column, ...]
    tingkat: tuple[frozenset[str], ...] = ()

    @classmethod
    def from_json(cls, nama: str, data: Mapping[str, Any]) -> Definition:
        """Read and check a definition. Raises InvalidTableDefinition."""
        try:
            masukan = tuple(Column(c["nama"], c["tipe"], c["cocok"]) for c in data["masukan"])
            keluaran = tuple(
                Column(c["nama"], c["tipe"], boleh_kosong=c.get("boleh_kosong", False)) for c in data["keluaran"]
            )
            tingkat = tuple(frozenset(level) for level in data.get("tingkat", ()))
        except (KeyError, TypeError, AttributeError) as error:
            raise InvalidTableDefinition(masalah=f"isian {error} tidak ada atau bukan bentuk yang diharapkan") from None
        definition = cls(nama, masukan, keluaran, tingkat)
        if problem := _definition_problem(definition):
            raise InvalidTableDefinition(masalah=problem)
        return definition

    def to_json(self) -> dict[str, Any]:
        """The form that `from_json` reads."""
        data: dict[str, Any] = {
            "masukan": [{"nama": c.nama, "tipe": c.tipe, "cocok": c.cocok} for c in self.masukan],
            "keluaran": [{"nama": c.nama, "tipe": c.tipe, "boleh_kosong": c.boleh_kosong} for c in self.keluaran],
        }
        if self.tingkat:
            data["tingkat"] = [sorted(level) for level in self.tingkat]
        return data

    @property
    def kunci(self) -> tuple[Column, ...]:
        """The input columns that take part in a row's key."""
        return tuple(column for column in self.masukan if column.cocok != "range")

    @property
    def rentang(self) -> Column | None:
        """The input column that matches by interval."""
        return next((column for column in self.masukan if column.cocok == "range"), None)

    @property
    def pola(self) -> tuple[frozenset[str], ...]:
        """Every set of `any` columns that a row may fill in, in the order in which they are tried."""
        if self.tingkat:
            return self.tingkat
        names = [column.nama for column in self.masukan if column.cocok == "any"]
        return tuple(frozenset(some) for size in range(len(names), -1, -1) for some in combinations(names, size))

    def columns_of(self, pola: int) -> tuple[Column, ...]:
        """The key columns that a row of a pattern fills in, in the order of the definition."""
        filled = self.pola[pola]
        return tuple(column for column in self.kunci if column.cocok == "equal" or column.nama in filled)


def _definition_problem(definition: Definition) -> str | None:
    names = [column.nama for column in (*definition.masukan, *definition.keluaran)]
    any_columns = {column.nama for column in definition.masukan if column.cocok == "any"}
    ranges = [column for column in definition.masukan if column.cocok == "range"]
    checks = (
        (not definition.masukan or not definition.keluaran, "perlu sedikitnya satu masukan dan satu keluaran"),
        (
            len(set(names)) != len(names) or KODE in names,
            "nama kolom berulang, atau memakai nama kode yang sudah ada artinya",
        ),
        (
            any(c.tipe not in KINDS for c in (*definition.masukan, *definition.keluaran)),
            f"tipe harus salah satu dari {', '.join(KINDS)}",
        ),
        (any(c.cocok not in MATCHES for c in definition.masukan), f"cocok harus salah satu dari {', '.join(MATCHES)}"),
        (len(ranges) > 1, "hanya satu kolom boleh memakai range"),
        (any(c.tipe not in {"number", "date"} for c in ranges), "kolom range harus bertipe number atau date"),
        (any(not level <= any_columns for level in definition.tingkat), "tingkat hanya memuat kolom yang memakai any"),
        (len(set(definition.tingkat)) != len(definition.tingkat), "tingkat berulang"),
        (not definition.tingkat and len(any_columns) > 4, "lebih dari empat kolom any memerlukan tingkat"),
    )
    return next((text for wrong, text in checks if wrong), None)


# --- Cells -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Interval:
    """Numbers between two ends; None is an open end. Dates count as days (`date.toordinal`)."""

    low: Decimal | None
    high: Decimal | None
    low_included: bool = True
    high_included: bool = True

    def contains(self, value: Decimal) -> bool:
        above = self.low is None or value > self.low or (self.low_included and value == self.low)
        below = self.high is None or value < self.high or (self.high_included and value == self.high)
        return above and below

    def overlaps(self, other: Interval) -> bool:
        return not (self._before(other) or other._before(self))

    def _before(self, other: Interval) -> bool:
        if self.high is None or other.low is None:
            return False
        return self.high < other.low or (self.high == other.low and not (self.high_included and other.low_included))

    @property
    def sort_key(self) -> tuple[bool, Decimal, bool]:
        return self.low is not None, self.low or Decimal(0), not self.low_included

    @property
    def empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.low_included and self.high_included))


EVERYTHING = Interval(None, None, False, False)


@dataclass(frozen=True)
class Row:
    """A row ready to match. `pola`: index of its pattern; `kunci`: its key; `sel`: the cells as written."""

    kode: str
    pola: int
    kunci: str
    rentang: Interval
    nilai: Mapping[str, Value]
    sel: Mapping[str, str] = field(default_factory=dict)


def read_value(text: str, tipe: str) -> Value:
    """A cell's value; empty is None. Raises ValueError with an Indonesian text."""
    text = text.strip()
    if text == "":
        return None
    if tipe == "string":
        if SEPARATOR in text:
            raise ValueError("teks memuat huruf kendali yang tidak boleh dipakai")
        return text
    if tipe == "boolean":
        if text not in {"true", "false"}:
            raise ValueError(f'"{text}" bukan true atau false')
        return text == "true"
    return _read_date(text) if tipe == "date" else _read_number(text)


def _read_number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(
            f'"{text}" bukan angka; tulis tanpa pemisah ribuan dan dengan titik desimal, misalnya 1250000.50'
        )
    return number


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" bukan tanggal; tulis tahun-bulan-hari, misalnya 2025-01-31') from None


def read_interval(text: str, tipe: str) -> Interval:
    """`[1..6]`, `(0..5400000]`, `> 100`, `2025-01-31` or a number alone. Raises ValueError with an Indonesian text."""
    text = text.strip()
    if text == ANY:
        return EVERYTHING
    interval = _date_interval(text) if tipe == "date" else _number_interval(text)
    if interval.empty:
        raise ValueError(f'rentang "{text}" kosong: batas bawah melebihi batas atas')
    return interval


def _number_interval(text: str) -> Interval:
    try:
        tests = parse_unary_tests(text).tests
    except FeelSyntaxError as error:
        raise ValueError(error.message) from None
    if len(tests) != 1:
        raise ValueError(f'"{text}" harus satu rentang, misalnya (0..5400000] atau > 100')
    return _interval_of(tests[0], text)


def _interval_of(node: ast.Node, text: str) -> Interval:
    if isinstance(node, ast.Range) and node.low is not None and node.high is not None:
        return Interval(_number_of(node.low, text), _number_of(node.high, text), node.low_included, node.high_included)
    if isinstance(node, ast.UnaryComparison) and node.operator in {"<", "<=", ">", ">="}:
        bound, included = _number_of(node.operand, text), "=" in node.operator
        return (
            Interval(bound, None, included, False)
            if node.operator[0] == ">"
            else Interval(None, bound, False, included)
        )
    number = _number_of(node, text)
    return Interval(number, number)


def _number_of(node: ast.Node, text: str) -> Decimal:
    sign = 1
    if isinstance(node, ast.Negation):
        node, sign = node.operand, -1
    if isinstance(node, ast.Literal) and isinstance(node.value, Decimal):
        return sign * node.value
    raise ValueError(f'"{text}" bukan rentang angka, misalnya (0..5400000] atau > 100')


def _date_interval(text: str) -> Interval:
    """Intervals of plain ISO dates: the number form with each date replaced by its day number."""
    low, dots, high = text.partition("..")
    if not dots:
        bare = text.lstrip("<>= ")
        return _number_interval(text[: len(text) - len(bare)] + str(days(_read_date(bare))))
    return _number_interval(
        f"{low[0]}{days(_read_date(low[1:].strip()))}..{days(_read_date(high[:-1].strip()))}{high[-1]}"
    )


def days(value: date) -> Decimal:
    """A date on the number line of intervals."""
    return Decimal(value.toordinal())


def key_text(value: Value) -> str:
    """A value inside a key; numbers without trailing zeros, so that 7 and 7.00 are one key."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        plain = f"{value.normalize():f}"
        return "0" if plain == "-0" else plain
    return value.isoformat() if isinstance(value, date) else str(value)


def key(values: Iterable[Value]) -> str:
    """The key that a row with these values in its key columns has."""
    return SEPARATOR.join(key_text(value) for value in values)


# --- Loading -----------------------------------------------------------------------------------------------------------


def load_csv(text: str, definition: Definition) -> DataTable:
    """Rows of a CSV with a header `kode` + the columns. Raises InvalidDataRows with every problem."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InvalidDataRows(
            definition.nama, [RowProblem(reader.line_num, "-", f"bukan CSV yang benar ({error})")]
        ) from None
    return load_rows(rows, definition)


def load_json(text: str, definition: Definition) -> DataTable:
    """Rows of a JSON list of objects; numbers and booleans may stand bare. Raises InvalidDataRows."""
    try:
        data = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except ValueError as error:
        raise InvalidDataRows(definition.nama, [RowProblem(0, "-", f"bukan JSON yang benar ({error})")]) from None
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise InvalidDataRows(definition.nama, [RowProblem(0, "-", "harus sebuah daftar objek")])
    return load_rows([{name: _json_cell(value) for name, value in row.items()} for row in data], definition)


def _json_cell(value: Any) -> str:
    return "" if value is None else key_text(value)


def load_rows(rows: Sequence[Mapping[str | None, Any]], definition: Definition) -> DataTable:
    """Rows of cells as text → a table. Raises InvalidDataRows: wrong cells first, overlaps when all cells are right."""
    problems: list[RowProblem] = []
    parsed: list[Row] = []
    seen: set[str] = set()
    for number, cells in enumerate(rows, 1):
        row = _read_row(cells, number=number, definition=definition, problems=problems)
        if row is not None and row.kode in seen:
            problems.append(RowProblem(number, KODE, f'kode "{row.kode}" sudah dipakai baris lain'))
        elif row is not None:
            seen.add(row.kode)
            parsed.append(row)
    if not rows:
        problems.append(RowProblem(0, "-", "tabel tidak memuat baris"))
    if not problems:
        problems = [_overlap_problem(one, other, parsed) for one, other in overlaps(definition, parsed)]
    if problems:
        raise InvalidDataRows(definition.nama, problems)
    return DataTable(definition, tuple(parsed))


def _overlap_problem(one: Row, other: Row, rows: Sequence[Row]) -> RowProblem:
    return RowProblem(rows.index(other) + 1, "-", f"baris {other.kode} bertumpang tindih dengan baris {one.kode}")


def _read_row(
    cells: Mapping[str | None, Any], *, number: int, definition: Definition, problems: list[RowProblem]
) -> Row | None:
    expected = {KODE, *(column.nama for column in (*definition.masukan, *definition.keluaran))}
    before = len(problems)
    for name in cells.keys() - expected:
        problems.append(RowProblem(number, name or "-", "kolom tidak dikenal atau sel berlebih"))
    texts = {name: str(cells.get(name) or "").strip() for name in expected}
    if not texts[KODE]:
        problems.append(RowProblem(number, KODE, "kode baris wajib diisi"))
    kunci = {c: _cell(c, texts[c.nama], number, problems) for c in definition.kunci if texts[c.nama] != ANY}
    rentang = _range_cell(definition.rentang, texts, number, problems)
    nilai = {column.nama: _output_cell(column, texts[column.nama], number, problems) for column in definition.keluaran}
    pola = _pattern({column.nama for column in kunci if column.cocok == "any"}, number, definition, problems)
    if any(c.cocok == "equal" and c not in kunci for c in definition.kunci):
        problems.append(RowProblem(number, "-", 'kolom yang memakai equal tidak boleh berisi "-"'))
    if len(problems) > before:
        return None
    return Row(texts[KODE], pola, key(kunci[column] for column in definition.columns_of(pola)), rentang, nilai, texts)


def _cell(column: Column, text: str, number: int, problems: list[RowProblem]) -> Value:
    try:
        value = read_value(text, column.tipe)
    except ValueError as error:
        problems.append(RowProblem(number, column.nama, str(error)))
        return None
    if value is None:
        problems.append(
            RowProblem(number, column.nama, 'sel kosong; tulis nilai, atau "-" untuk sebarang nilai pada kolom any')
        )
    return value


def _output_cell(column: Column, text: str, number: int, problems: list[RowProblem]) -> Value:
    if text == "" and column.boleh_kosong:
        return None
    return _cell(column, text, number, problems)


def _range_cell(column: Column | None, texts: Mapping[str, str], number: int, problems: list[RowProblem]) -> Interval:
    if column is None:
        return EVERYTHING
    try:
        return read_interval(texts[column.nama], column.tipe)
    except (ValueError, IndexError) as error:
        problems.append(RowProblem(number, column.nama, str(error) or "rentang tidak dapat dibaca"))
        return EVERYTHING


def _pattern(filled: set[str], number: int, definition: Definition, problems: list[RowProblem]) -> int:
    try:
        return definition.pola.index(frozenset(filled))
    except ValueError:
        names = ", ".join(sorted(filled)) or "tidak ada"
        problems.append(RowProblem(number, "-", f"kolom any yang diisi ({names}) bukan salah satu tingkat tabel ini"))
        return 0


def overlaps(definition: Definition, rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Pairs of rows that one input could match both of, where the levels do not decide between them."""
    found: list[tuple[Row, Row]] = []
    by_key: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_key[row.pola, row.kunci].append(row)
    for group in by_key.values():
        ordered = sorted(group, key=lambda row: row.rentang.sort_key)
        found += [(one, other) for one, other in pairwise(ordered) if one.rentang.overlaps(other.rentang)]
    if not definition.tingkat:
        for one, other in combinations(sorted({row.pola for row in rows}), 2):
            found += _cross_overlaps(
                definition, [r for r in rows if r.pola == one], [r for r in rows if r.pola == other]
            )
    return found


def gaps(definition: Definition, rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Neighbouring rows of one key whose intervals do not meet. With `any` columns another row may fill the gap."""
    if definition.rentang is None or any(column.cocok == "any" for column in definition.masukan):
        return []
    by_key: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.rentang.sort_key):
        by_key[row.kunci].append(row)
    step = 1 if definition.rentang.tipe == "date" else 0  # the day after an included end is the next date
    return [
        pair for group in by_key.values() for pair in pairwise(group) if _apart(pair[0].rentang, pair[1].rentang, step)
    ]


def _apart(one: Interval, other: Interval, step: int) -> bool:
    if one.high is None or other.low is None:
        return False
    end = one.high + (step if one.high_included else 0)
    start = other.low + (0 if other.low_included else step)
    meet = one.high_included or other.low_included or bool(step)
    return start > end or (start == end and not meet)


def _cross_overlaps(definition: Definition, ones: Sequence[Row], others: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Rows of two patterns agree when the columns that both fill in are equal and their intervals meet."""
    left, right = (definition.columns_of(rows[0].pola) for rows in (ones, others))
    shared = [column for column in left if column in right]
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in ones:
        groups[_project(row, left, shared)].append(row)
    pairs = ((one, other) for other in others for one in groups[_project(other, right, shared)])
    return [(one, other) for one, other in pairs if one.rentang.overlaps(other.rentang)]


def _project(row: Row, columns: Sequence[Column], shared: Sequence[Column]) -> tuple[str, ...]:
    parts = dict(zip(columns, row.kunci.split(SEPARATOR), strict=True)) if columns else {}
    return tuple(parts[column] for column in shared)


# --- Deciding --------------------------------------------------------------------------------------------------------------


class DataTable:
    """A definition with its rows, indexed for `decide`."""

    def __init__(self, definition: Definition, rows: tuple[Row, ...]) -> None:
        self.definition = definition
        self.rows = rows
        self._index: dict[tuple[int, str], list[Row]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row.rentang.sort_key):
            self._index[row.pola, row.kunci].append(row)
        self._patterns = sorted({row.pola for row in rows})

    @property
    def sha256(self) -> str:
        """Fingerprint of definition and rows, the same for the same content."""
        content = [
            self.definition.nama,
            self.definition.to_json(),
            [dict(sorted(row.sel.items())) for row in self.rows],
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def decide(self, inputs: Mapping[str, Any]) -> tuple[dict[str, Value], str]:
        """Outputs and row code of the matching row. Raises UnknownInput, WrongType, NoRuleMatched, AmbiguousRule."""
        values = self._checked(inputs)
        matched = self._matches(values)
        if not matched:
            raise NoRuleMatched(tabel=self.definition.nama, masukan=_shown(values))
        if len(matched) > 1:
            raise AmbiguousRule(
                tabel=self.definition.nama, aturan=", ".join(row.kode for row in matched), masukan=_shown(values)
            )
        return dict(matched[0].nilai), matched[0].kode

    def _checked(self, inputs: Mapping[str, Any]) -> dict[str, Value]:
        columns = {column.nama: column for column in self.definition.masukan}
        for name in sorted(inputs.keys() ^ columns.keys()):
            sebab = "tidak dikenal" if name in inputs else "belum diisi"
            raise UnknownInput(nama=name, sebab=sebab, tabel=self.definition.nama, dikenal=", ".join(columns))
        return {name: _typed(inputs[name], column, self.definition.nama) for name, column in columns.items()}

    def _matches(self, values: Mapping[str, Value]) -> list[Row]:
        found: list[Row] = []
        for pola in self._patterns:
            parts = [values[column.nama] for column in self.definition.columns_of(pola)]
            if None not in parts and (row := self._row_at(self._index.get((pola, key(parts)), ()), values)):
                found.append(row)
                if self.definition.tingkat:
                    break
        return found

    def _row_at(self, rows: Sequence[Row], values: Mapping[str, Value]) -> Row | None:
        """The row whose interval holds the range input; rows of one key are sorted and disjoint."""
        if not rows or (column := self.definition.rentang) is None:
            return rows[0] if rows else None
        value = values[column.nama]
        if value is None:
            return rows[0] if rows[0].rentang == EVERYTHING else None
        point = days(value) if isinstance(value, date) else value
        assert isinstance(point, Decimal)  # noqa: S101 _checked has compared the type
        position = bisect_right(rows, (True, point, False), key=lambda row: row.rentang.sort_key) - 1
        near = rows[max(position, 0) : position + 1]
        return next((row for row in near if row.rentang.contains(point)), None)


def _typed(value: Any, column: Column, tabel: str) -> Value:
    """The value as its column's type; an int counts as a number. Raises WrongType."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    known: Value = value
    fits = {"string": str, "number": Decimal, "boolean": bool, "date": date}[column.tipe]
    if value is None or (isinstance(value, fits) and not isinstance(value, datetime)):
        return known
    raise WrongType(nama=column.nama, tabel=tabel, isi=str(value), jenis=KINDS[column.tipe])


def _shown(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} = {'kosong' if value is None else key_text(value)}" for name, value in values.items())
