"""The examples of a table: `<decision>.cases.csv` beside the `.dmn`, run before a version is published.

Header: the inputs by name, any of the outputs, and optionally `aturan` (codes of all rules that must have spoken,
separated by `;`), `galat` (code of the expected error) and `keterangan`. An empty cell is null; a list is separated by
`;`; numbers with a decimal point, dates as 2025-01-31, true/false.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from backend.core.errors import DomainError
from backend.rules.checks import ERROR, WARNING, Finding
from backend.rules.datatable import DataTable
from backend.rules.decide import Outcome, Strict, strict, to_python
from backend.rules.feel import temporal
from backend.rules.feel.types import TypeSpec
from backend.rules.feel.values import text
from backend.rules.model import Model

ATURAN, GALAT, KETERANGAN = "aturan", "galat", "keterangan"
SPECIAL = frozenset({ATURAN, GALAT, KETERANGAN})
SEPARATOR = ";"


class Question(Protocol):
    """What the examples are put to: a decision of a model, or a data table."""

    @property
    def nama(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, TypeSpec]: ...
    def decide(self, given: Mapping[str, Any], version: str) -> Outcome: ...


class _DataQuestion:
    """A data table, asked like a decision."""

    def __init__(self, table: DataTable) -> None:
        self.table, self.nama = table, table.definition.nama
        self.inputs = {column.nama: TypeSpec(column.tipe) for column in table.definition.masukan}

    def decide(self, given: Mapping[str, Any], version: str) -> Outcome:
        outputs, kode = self.table.decide(to_python(dict(given)))
        return Outcome(outputs, (kode,), version)


def run(model: Model, decision: str, cases: str) -> list[Finding]:
    """Findings of running the cases of a decision: each case that fails, and each rule that no case covers."""
    try:
        question = strict(model, decision)
    except DomainError as error:
        return [_unreadable(decision, error)]
    found, covered = _run(question, cases)
    return found if covered is None else [*found, *_uncovered(model, question, covered)]


def run_data(table: DataTable, cases: str) -> list[Finding]:
    """Findings of running the cases of a data table; its rows are too many to ask for a case of each."""
    return _run(_DataQuestion(table), cases)[0]


def _unreadable(decision: str, error: Exception) -> Finding:
    return Finding(ERROR, "cases_unreadable", decision, f"Contoh tidak dapat dijalankan: {error}")


def _run(question: Question, cases: str) -> tuple[list[Finding], set[str] | None]:
    """Findings, and the rules that spoke; None when no case could be run."""
    try:
        rows = list(csv.DictReader(io.StringIO(cases.removeprefix("\ufeff")), strict=True))
    except csv.Error as error:
        return [_unreadable(question.nama, error)], None
    if not rows:
        return [Finding(ERROR, "no_cases", question.nama, f"Belum ada contoh. Tulis {question.nama}.cases.csv.")], None
    if problem := _header_problem(question, rows[0]):
        return [Finding(ERROR, "cases_header", question.nama, f"Kepala kolom contoh: {problem}")], None
    covered: set[str] = set()
    return [finding for number, row in enumerate(rows, 2) for finding in _case(question, row, number, covered)], covered


def _header_problem(question: Question, row: Mapping[str, Any]) -> str | None:
    missing = question.inputs.keys() - row.keys()
    if missing:
        return f"masukan {', '.join(sorted(missing))} belum ada."
    return None if row.keys() - question.inputs.keys() - {KETERANGAN} else "tidak ada kolom hasil."


def _case(question: Question, row: Mapping[str | None, Any], number: int, covered: set[str]) -> Iterator[Finding]:
    name = f"Contoh baris {number}"
    if None in row or None in row.values():
        yield Finding(ERROR, "case_failed", question.nama, f"{name}: banyaknya sel tidak sama dengan kepala kolom.")
        return
    cells = {str(key): str(value).strip() for key, value in row.items()}
    try:
        outcome = question.decide({key: read(cells[key], spec) for key, spec in question.inputs.items()}, "")
    except DomainError as error:
        if error.code != cells.get(GALAT, ""):
            yield Finding(ERROR, "case_failed", question.nama, f"{name}: {error.message}")
        return
    covered |= set(outcome.rules)
    for problem in _differences(outcome, cells, question):
        yield Finding(ERROR, "case_failed", question.nama, f"{name}: {problem}")


def _differences(outcome: Outcome, cells: Mapping[str, str], question: Question) -> Iterator[str]:
    if cells.get(GALAT):
        yield f"seharusnya galat {cells[GALAT]}, tetapi hasilnya {', '.join(f'{k} = {written(v)}' for k, v in outcome.items())}."
        return
    for name, expected in cells.items():
        if name in SPECIAL or name in question.inputs:
            continue
        if name not in outcome:
            yield f'tidak ada hasil bernama "{name}".'
        elif not _same(written(outcome[name]), expected):
            yield f"{name} seharusnya {expected or 'kosong'}, tetapi hasilnya {written(outcome[name]) or 'kosong'}."
    wanted = {code.strip() for code in cells.get(ATURAN, "").split(SEPARATOR) if code.strip()}
    if wanted and wanted != set(outcome.rules):
        yield f"aturan seharusnya {', '.join(sorted(wanted))}, tetapi yang berbicara {', '.join(outcome.rules) or 'tidak ada'}."


def _same(actual: str, expected: str) -> bool:
    if actual == expected:
        return True
    try:
        return Decimal(actual) == Decimal(expected)
    except InvalidOperation:
        return False


def _uncovered(model: Model, question: Strict, covered: set[str]) -> Iterator[Finding]:
    for key in [question.decision.id, *_needed_decisions(model, question.decision.id)]:
        table = model.decisions[key].table
        for rule in table.rules if table else ():
            if rule.id not in covered:
                message = f"Aturan {rule.number} ({rule.id}) belum mempunyai contoh."
                yield Finding(WARNING, "rule_without_case", model.decisions[key].name, message, (rule.number,))


def _needed_decisions(model: Model, key: str) -> list[str]:
    direct = [needed for needed in model.decisions[key].requires if needed in model.decisions]
    return list(dict.fromkeys([*direct, *(deeper for needed in direct for deeper in _needed_decisions(model, needed))]))


def read(cell: str, spec: TypeSpec) -> Any:
    """A cell as a value of an input's type; what cannot be read stays text, which the strict evaluator then refuses."""
    if cell == "":
        return None
    if spec.base == "number":
        try:
            return Decimal(cell)
        except InvalidOperation:
            return cell
    if spec.base == "boolean":
        return {"true": True, "false": False}.get(cell, cell)
    if spec.base in {"date", "date and time", "time", "days and time duration", "years and months duration"}:
        return temporal.parse_temporal(cell) or cell
    return (
        [read(part.strip(), spec.item or TypeSpec("string")) for part in cell.split(SEPARATOR)]
        if spec.base == "list"
        else cell
    )


def written(value: Any) -> str:
    """A result as it stands in a cell."""
    if isinstance(value, list):
        return SEPARATOR.join(written(item) for item in value)
    return "" if value is None else text(value)
