"""What is wrong or doubtful in a DMN file, before it decides anything: texts, names, types, gaps, overlaps, dead rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from backend.core.errors import DomainError
from backend.rules.datatable import DataTable, Row, gaps
from backend.rules.feel import ast
from backend.rules.feel.builtins import BUILTINS
from backend.rules.feel.compiler import INPUT
from backend.rules.feel.errors import FeelSyntaxError, TooMuchWork
from backend.rules.feel.parser import parse_expression
from backend.rules.feel.types import TypeSpec
from backend.rules.feel.values import compare, equal, kind, text
from backend.rules.grid import Grid, TooLarge, grid_of, overlaps_of
from backend.rules.model import Decision, Model
from backend.rules.table import DecisionTable, Input, Output, bounds, constant

ERROR, WARNING, INFO = "error", "warning", "info"
LABELS = {ERROR: "GALAT", WARNING: "PERINGATAN", INFO: "INFO"}
MAX_EXAMPLES = 5
KINDS = {
    "number": "angka",
    "string": "teks",
    "boolean": "ya/tidak",
    "date": "tanggal",
    "list": "daftar",
    "Null": "kosong",
}
_ALWAYS = frozenset({INPUT, "item", "partial"})
_NUMERIC = frozenset({"SUM", "MIN", "MAX"})


@dataclass(frozen=True)
class Finding:
    """One thing to look at. `rules` are the numbers of the rules (rows), counted from 1."""

    severity: str
    code: str
    table: str
    text: str
    rules: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{LABELS[self.severity]} [{self.table}] {self.text}"


def check(model: Model, *, main: str | None = None) -> list[Finding]:
    """Findings of a file, errors first. `main`: the id of the decision that the file is named after."""
    found = list(_of_model(model, main))
    for knowledge in model.knowledge.values():
        found += [Finding(ERROR, p.code, knowledge.name, p.message, _rule_of(p)) for p in knowledge.problems]
    for decision in model.decisions.values():
        found += [
            Finding(ERROR, problem.code, decision.name, problem.message, _rule_of(problem))
            for problem in decision.problems
        ]
        found += _of_names(model, decision)
        if decision.table is not None:
            found += check_table(decision.table)
    return sorted(found, key=lambda finding: list(LABELS).index(finding.severity))


def check_table(table: DecisionTable) -> list[Finding]:
    """Findings of one decision table on its own."""
    found = [*_of_types(table), *_of_columns(table), *_of_policy(table)]
    try:
        grid = grid_of(table)
    except (TooMuchWork, TooLarge):
        return [*found, _not_walked(table)]
    found += _opaque(table, grid)
    found += _unreachable(table, grid)
    try:
        found += _overlaps(table, grid)
        found += _shadowed(table, grid)
        found += _gaps(table, grid)
    except TooLarge:
        found.append(_not_walked(table))
    return found


def _not_walked(table: DecisionTable) -> Finding:
    return Finding(
        INFO, "too_large", table.name, "Tabel terlalu besar untuk diperiksa seluruhnya; pecah menjadi beberapa tabel."
    )


def _rule_of(problem: DomainError) -> tuple[int, ...]:
    number = problem.params.get("nomor")
    return (number,) if number else ()


# --- The file ----------------------------------------------------------------------------------------------------------


def _of_model(model: Model, main: str | None) -> Iterator[Finding]:
    if main is not None and main not in model.decisions:
        yield Finding(ERROR, "missing_decision", model.name, f'Berkas tidak memuat keputusan dengan id "{main}".')
    known = model.inputs.keys() | model.decisions.keys() | model.knowledge.keys() | model.services.keys()
    needed = {key for decision in model.decisions.values() for key in decision.requires}
    needed |= {key for knowledge in model.knowledge.values() for key in knowledge.requires}
    needed |= {key for service in model.services.values() for key in service.input_data}
    for decision in model.decisions.values():
        for key in decision.requires:
            if key not in known:
                yield Finding(
                    ERROR, "unknown_requirement", decision.name, f'Memerlukan "{key}", yang tidak ada di berkas ini.'
                )
        if _in_cycle(model, decision.id):
            yield Finding(
                ERROR, "cycle", decision.name, "Keputusan ini memerlukan dirinya sendiri lewat keputusan lain."
            )
    for data in model.inputs.values():
        if data.id not in needed:
            yield Finding(
                WARNING, "unused_input", model.name, f'Masukan "{data.name}" tidak dipakai keputusan mana pun.'
            )
    ids = Counter(rule.id for decision in model.decisions.values() if decision.table for rule in decision.table.rules)
    for key in (key for key, count in ids.items() if count > 1):
        yield Finding(ERROR, "duplicate_rule_id", model.name, f'Kode aturan "{key}" dipakai lebih dari sekali.')


def _in_cycle(model: Model, start: str) -> bool:
    pending, seen = list(model.decisions[start].requires), set[str]()
    while pending:
        key = pending.pop()
        if key == start:
            return True
        if key in model.decisions and key not in seen:
            seen.add(key)
            pending += model.decisions[key].requires
    return False


# --- Names ---------------------------------------------------------------------------------------------------------------


def _of_names(model: Model, decision: Decision) -> Iterator[Finding]:
    names = {model_name(model, key) for key in decision.requires}
    known = names | set(model.types) | BUILTINS.keys() | _ALWAYS
    used: set[str] = set()
    for rules, where, tree in _expressions(decision):
        free = free_names(tree)
        used |= free
        for name in sorted(free - known):
            hint = f" Yang dikenal: {', '.join(sorted(names))}." if names else ""
            yield Finding(ERROR, "unknown_name", decision.name, f'{where}: nama "{name}" tidak dikenal.{hint}', rules)
    if decision.table is not None or decision.tree is not None:
        for name in sorted(names - used):
            yield Finding(WARNING, "unused_input", decision.name, f'"{name}" diperlukan tetapi tidak dipakai.')


def model_name(model: Model, key: str) -> str:
    """Name of anything that a decision may require."""
    groups: tuple[dict[str, Any], ...] = (model.inputs, model.decisions, model.knowledge, model.services)
    return next((str(group[key].name) for group in groups if key in group), key)


def _expressions(decision: Decision) -> Iterator[tuple[tuple[int, ...], str, ast.Node]]:
    """Each expression of a decision: rule numbers, where it stands, its tree."""
    if decision.tree is not None:
        yield (), "Ungkapan", decision.tree
    table = decision.table
    if table is None:
        return
    for column in table.inputs:
        yield (), f'Kolom "{column.label}"', column.tree
        if column.allowed_tree:
            yield (), f'Nilai yang diizinkan kolom "{column.label}"', column.allowed_tree
    for output in table.outputs:
        if output.default_text and (tree := _parsed(output.default_text, decision)) is not None:
            yield (), f'Nilai baku kolom "{output.label}"', tree
    for rule in table.rules:
        for column, cell in zip(table.inputs, rule.cells, strict=True):
            yield (rule.number,), f'Aturan {rule.number}, kolom "{column.label}"', cell.tree
        for output, entry in zip(table.outputs, rule.entries, strict=True):
            yield (rule.number,), f'Aturan {rule.number}, kolom "{output.label}"', entry.tree


def _parsed(expression: str, decision: Decision) -> ast.Node | None:
    try:
        return parse_expression(expression)
    except FeelSyntaxError:
        return None  # the reader has noted it as a problem of the decision


def free_names(node: Any, bound: frozenset[str] = frozenset()) -> set[str]:
    """Variables that a tree refers to and does not bind itself. Inside a filter anything may be a field."""
    if isinstance(node, ast.Name):
        return set() if node.name in bound else {node.name}
    if isinstance(node, tuple):
        return set().union(*(free_names(part, bound) for part in node))
    if isinstance(node, ast.Filter):
        return free_names(node.source, bound)
    if isinstance(node, ast.Context):
        return _free_in_context(node, bound)
    if isinstance(node, ast.For | ast.Quantified):
        return _free_in_iteration(node, bound)
    if isinstance(node, ast.FunctionDefinition):
        return free_names(node.body, bound | {name for name, _ in node.parameters}) if node.body else set()
    if isinstance(node, ast.InstanceOf):
        return free_names(node.subject, bound)
    if not isinstance(node, ast.Node):
        return set()
    return set().union(*(free_names(getattr(node, name), bound) for name in node.__dataclass_fields__))


def _free_in_context(node: ast.Context, bound: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for name, value in node.entries:
        found |= free_names(value, bound)
        bound |= {name}
    return found


def _free_in_iteration(node: ast.For | ast.Quantified, bound: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for iterator in node.iterators:
        found |= free_names(iterator.source, bound)
        found |= free_names(iterator.until, bound) if iterator.until else set()
        bound |= {iterator.name}
    return found | free_names(node.body if isinstance(node, ast.For) else node.condition, bound)


# --- Types -----------------------------------------------------------------------------------------------------------------


def _of_types(table: DecisionTable) -> Iterator[Finding]:
    for rule in table.rules:
        for column, cell in zip(table.inputs, rule.cells, strict=True):
            for test in cell.tree.tests:
                yield from _cell_type(table, rule.number, column, test)
        for output, entry in zip(table.outputs, rule.entries, strict=True):
            yield from _entry_type(table, rule.number, output, constant(entry.tree))


def _cell_type(table: DecisionTable, number: int, column: Input, test: ast.Node) -> Iterator[Finding]:
    values = [value for value in bounds(test) if value is not ... and value is not None]
    for value in values:
        if column.spec.base in KINDS and kind(value) != column.spec.base:
            message = f"{text(value, quoted=True)} adalah {_kind(value)}, padahal kolom ini {KINDS[column.spec.base]}."
            yield Finding(
                ERROR, "wrong_type", table.name, f'Aturan {number}, kolom "{column.label}": {message}', (number,)
            )
    exact = isinstance(test, ast.Literal) and values
    if exact and column.allowed and column.allowed({}, values[0]) is not True:
        message = f"{text(values[0], quoted=True)} tidak termasuk nilai yang diizinkan ({column.allowed_text})."
        yield Finding(
            ERROR, "not_allowed", table.name, f'Aturan {number}, kolom "{column.label}": {message}', (number,)
        )
    if isinstance(test, ast.Range) and len(values) == 2 and compare(">", *values) is True:
        message = f"rentang {text(values[0])}..{text(values[1])} kosong karena batas bawah melebihi batas atas."
        yield Finding(
            ERROR, "empty_range", table.name, f'Aturan {number}, kolom "{column.label}": {message}', (number,)
        )


def _entry_type(table: DecisionTable, number: int, output: Output, value: Any) -> Iterator[Finding]:
    if value is ... or value is None:
        return
    where = f'Aturan {number}, kolom "{output.label}"'
    if output.spec.base in KINDS and not _fits(output.spec, value):
        message = f"{text(value, quoted=True)} adalah {_kind(value)}, padahal kolom ini {KINDS[output.spec.base]}."
        yield Finding(ERROR, "wrong_type", table.name, f"{where}: {message}", (number,))
    elif (
        output.priorities
        and isinstance(value, str)
        and all(equal(value, allowed) is not True for allowed in output.priorities)
    ):
        yield Finding(
            ERROR,
            "not_allowed",
            table.name,
            f"{where}: {text(value, quoted=True)} tidak termasuk nilai yang diizinkan.",
            (number,),
        )


def _fits(spec: TypeSpec, value: Any) -> bool:
    return spec.base == "list" or kind(value) == spec.base


def _kind(value: Any) -> str:
    return KINDS.get(kind(value), kind(value))


# --- Columns and hit policy ----------------------------------------------------------------------------------------------------


def _of_columns(table: DecisionTable) -> Iterator[Finding]:
    if not table.rules:
        yield Finding(ERROR, "no_rules", table.name, "Tabel belum mempunyai aturan.")
        return
    for place, column in enumerate(table.inputs):
        if all(rule.cells[place].tree.any for rule in table.rules):
            message = f'Kolom "{column.label}" tidak menentukan apa pun: semua selnya "-".'
            yield Finding(WARNING, "unused_column", table.name, message)


def _of_policy(table: DecisionTable) -> Iterator[Finding]:
    if table.hit_policy in {"PRIORITY", "OUTPUT ORDER"} and not any(output.priorities for output in table.outputs):
        message = f"Hit policy {table.hit_policy} memerlukan daftar nilai hasil sebagai urutan prioritas."
        yield Finding(ERROR, "no_priorities", table.name, message)
    if table.hit_policy == "COLLECT" and table.aggregation and len(table.outputs) > 1:
        yield Finding(ERROR, "aggregation_of_many", table.name, f"{table.aggregation} hanya untuk satu kolom hasil.")
    if (
        table.aggregation in _NUMERIC
        and table.outputs[0].spec.base not in {"number", "Any"}
        and table.aggregation == "SUM"
    ):
        yield Finding(ERROR, "aggregation_type", table.name, "SUM memerlukan kolom hasil bertipe number.")


# --- Gaps, overlaps, dead rules ---------------------------------------------------------------------------------------------------


def _opaque(table: DecisionTable, grid: Grid) -> Iterator[Finding]:
    for column, samples in zip(table.inputs, grid.columns, strict=True):
        if samples.samples is None:
            message = f'Kolom "{column.label}" memakai ungkapan, jadi celah dan tumpang tindihnya baru ketahuan saat dihitung.'
            yield Finding(INFO, "not_analysed", table.name, message)


def _unreachable(table: DecisionTable, grid: Grid) -> Iterator[Finding]:
    for rule in table.rules:
        for column, samples in zip(table.inputs, grid.columns, strict=True):
            if not any(sample.mask >> (rule.number - 1) & 1 for sample in samples.masks()):
                message = f'Aturan {rule.number} ({rule.id}) tidak pernah terpakai: kolom "{column.label}" tidak dapat terpenuhi.'
                yield Finding(ERROR, "unreachable", table.name, message, (rule.number,))
                break


def _overlaps(table: DecisionTable, grid: Grid) -> Iterator[Finding]:
    if table.hit_policy not in {"UNIQUE", "ANY"} or any(column.samples is None for column in grid.columns):
        return
    clashes = (
        (table.rules[one], table.rules[other], point)
        for one, other, point in overlaps_of(grid)
        if table.hit_policy == "UNIQUE" or _results(table, one) != _results(table, other)
    )
    for one, other, point in islice(clashes, 4 * MAX_EXAMPLES):
        what = "bertumpang tindih" if table.hit_policy == "UNIQUE" else "bertumpang tindih dengan hasil berbeda"
        message = f"Aturan {one.number} ({one.id}) dan {other.number} ({other.id}) {what}, misalnya pada {shown(table, point)}."
        yield Finding(ERROR, "overlap", table.name, message, (one.number, other.number))


def _results(table: DecisionTable, index: int) -> list[str]:
    return [entry.text for entry in table.rules[index].entries]


def _shadowed(table: DecisionTable, grid: Grid) -> Iterator[Finding]:
    """Rules of a FIRST table that the rules above them leave nothing for."""
    if table.hit_policy != "FIRST" or any(column.samples is None for column in grid.columns):
        return
    for rule in table.rules:
        own = 1 << (rule.number - 1)
        if next(grid.satisfying(own, own - 1), None) is None:
            message = (
                f"Aturan {rule.number} ({rule.id}) tidak pernah terpakai: aturan di atasnya sudah mengambil semuanya."
            )
            yield Finding(ERROR, "unreachable", table.name, message, (rule.number,))


def _gaps(table: DecisionTable, grid: Grid) -> Iterator[Finding]:
    collects = table.hit_policy in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}
    if collects or not table.rules or any(output.default for output in table.outputs):
        return
    if any(column.samples is None for column in grid.columns):
        return
    for point in islice(grid.satisfying(0, grid.full), MAX_EXAMPLES):
        other = [column.label for column, s in zip(table.inputs, point, strict=True) if s is not None and s.other]
        if other:
            hint = f'; bila nilainya terbatas, isi daftar nilai yang diizinkan pada kolom "{other[0]}"'
            yield Finding(WARNING, "gap", table.name, f"Tidak ada aturan untuk {shown(table, point)}{hint}.")
        else:
            yield Finding(ERROR, "gap", table.name, f"Tidak ada aturan untuk {shown(table, point)}.")


def shown(table: DecisionTable, point: Sequence[Any]) -> str:
    """A point in words: `Capaian (%) = 95, Jenjang = "PM"`; columns that do not matter are left out."""
    parts = [
        f"{column.label} = {'kosong' if sample.value is None else text(sample.value, quoted=True)}"
        for column, sample in zip(table.inputs, point, strict=True)
        if sample is not None
    ]
    return ", ".join(parts) or "masukan apa pun"


def check_data(table: DataTable) -> list[Finding]:
    """Findings of a data table beyond what loading refuses: gaps between the intervals of one key."""
    nama = table.definition.nama
    return [
        Finding(
            WARNING,
            "gap",
            nama,
            f"Ada celah antara baris {one.kode} ({_range_of(one, table)}) dan {other.kode} ({_range_of(other, table)}).",
        )
        for one, other in islice(gaps(table.definition, table.rows), MAX_EXAMPLES)
    ]


def _range_of(row: Row, table: DataTable) -> str:
    column = table.definition.rentang
    return row.sel.get(column.nama, "") if column else ""


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Only what forbids publishing."""
    return [finding for finding in findings if finding.severity == ERROR]
