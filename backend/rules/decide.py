"""The product's door to its rules: strict, dated, and able to say which rule spoke.

    decide("predikat_kinerja", pada=akhir_bulan, hasil_kerja="sesuai", perilaku="di_atas")["predikat"]

A table is found by its name and the date on which it must be valid. Unlike the standard, nothing is left to null: an
unknown or missing input, a wrong type, no rule, or more than one rule where one is expected, is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from backend.rules import files
from backend.rules.datatable import DataTable
from backend.rules.errors import AmbiguousRule, NoRuleMatched, NoVersion, UnknownInput, WrongType
from backend.rules.feel import temporal
from backend.rules.feel.budget import limited
from backend.rules.feel.types import TypeSpec
from backend.rules.feel.values import kind, text
from backend.rules.model import Decision, Evaluation, Model
from backend.rules.table import DecisionTable, Input, Rule, constant

FROM_FILE = "berkas"  # the version of a table that was read from a file and not published
RULES_DIR = Path(__file__).resolve().parents[2] / "rules"
KINDS = {
    "number": "angka",
    "string": "teks",
    "boolean": "ya/tidak (true/false)",
    "date": "tanggal",
    "list": "daftar",
    "context": "isian bernama",
}


class TableSource(Protocol):
    """Where published tables come from."""

    def find(self, decision: str, pada: date) -> tuple[Model | DataTable, str]:
        """What holds the decision, and the id of its version valid on a date. Raises NoVersion."""


class FileSource:
    """Tables as they are shipped (see `files`), valid on any date."""

    def __init__(self, folder: Path = RULES_DIR) -> None:
        self.folder = folder
        self.known: dict[Path, tuple[float, Model | DataTable]] = {}

    def find(self, decision: str, pada: date) -> tuple[Model | DataTable, str]:
        stem = main_of(decision)
        path = next((p for suffix in (files.DMN, files.DATA) if (p := self.folder / f"{stem}{suffix}").is_file()), None)
        if path is None or not stem.isidentifier():
            raise NoVersion(nama=decision, pada=pada)
        changed = max(part.stat().st_mtime for part in (path, path.with_suffix(".csv")) if part.is_file())
        if self.known.get(path, (0.0, None))[0] != changed:
            self.known[path] = changed, files.read(path).content
        return self.known[path][1], FROM_FILE


_source: TableSource = FileSource()


def use_source(source: TableSource) -> TableSource:
    """Set where tables come from; the one before is returned."""
    global _source
    before, _source = _source, source
    return before


@dataclass(slots=True)
class Outcome(Mapping[str, Any]):
    """Outputs of a decision by name, with the ids of the rules they came from and the version of the table."""

    outputs: Mapping[str, Any]
    rules: tuple[str, ...]
    version: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.outputs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)


def decide(decision: str, *, pada: date, **inputs: Any) -> Outcome:
    """Outputs of a published table. Raises NoVersion, NoRuleMatched, AmbiguousRule, UnknownInput, WrongType, InvalidCell."""
    found, version = find(decision, pada=pada)
    if isinstance(found, DataTable):
        outputs, kode = found.decide(inputs)
        return Outcome(outputs, (kode,), version)
    return strict(found, main_of(decision)).decide(inputs, version)


def find(decision: str, *, pada: date) -> tuple[Model | DataTable, str]:
    """The published table of a name (`decision` or `decision:ALIRAN`) on a date, and its version. Raises NoVersion."""
    return _source.find(decision, pada)


def main_of(decision: str) -> str:
    """Id of the decision inside its file: the name without its stream."""
    return decision.partition(":")[0]


def decide_in(model: Model, decision: str, /, *, version: str = "", **inputs: Any) -> Outcome:
    """`decide` on a model at hand, strictly."""
    return strict(model, decision).decide(inputs, version)


def input_names(decision: str, *, pada: date) -> tuple[str, ...]:
    """Names of the inputs that `decide` needs for a published table. Raises NoVersion."""
    found, _version = find(decision, pada=pada)
    if isinstance(found, DataTable):
        return tuple(column.nama for column in found.definition.masukan)
    return tuple(strict(found, main_of(decision)).inputs)


class Strict:
    """One decision of a model, evaluated strictly."""

    def __init__(self, model: Model, name: str) -> None:
        self.model, self.decision = model, model.decision(name)
        if unread := model.unread(self.decision.id):
            raise unread[0]
        self.inputs = _needed(model, self.decision.id)
        self.plain = self.decision.table is not None and all(key in model.inputs for key in self.decision.requires)
        self.lookup = _Lookup.of(self.decision.table, self.inputs) if self.decision.table and self.plain else None

    @property
    def nama(self) -> str:
        return self.decision.id

    def decide(self, given: Mapping[str, Any], version: str) -> Outcome:
        """Outputs for inputs given as Python values."""
        if self.lookup and (found := self.lookup.find(given, version)):
            return found
        values = self.checked(given)
        with limited():
            if self.decision.table is not None and self.plain:
                return self._table(self.decision.table, values, values, version)
            return self._evaluated(values, version)

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Inputs as FEEL values of the declared types. Raises UnknownInput, WrongType."""
        if given.keys() != self.inputs.keys():
            self._refuse(given)
        return {name: self._typed(name, spec, given[name]) for name, spec in self.inputs.items()}

    def _refuse(self, given: Mapping[str, Any]) -> None:
        strange = next((name for name in given if name not in self.inputs), None)
        name = strange or next(name for name in self.inputs if name not in given)
        cause = "tidak dikenal" if strange else "belum diisi"
        raise UnknownInput(
            nama=name, sebab=cause, tabel=self.decision.name, dikenal=", ".join(self.inputs) or "tidak ada masukan"
        )

    def _typed(self, name: str, spec: TypeSpec, value: Any) -> Any:
        known = to_feel(value)
        if (known is not None and not spec.conforms(known)) or isinstance(value, float):
            raise WrongType(
                nama=name,
                tabel=self.decision.name,
                isi=f"{text(known, quoted=True)} ({KINDS.get(kind(known), kind(known))})",
                jenis=KINDS.get(spec.base, spec.base) + (" dari daftar nilai yang diizinkan" if spec.allowed else ""),
            )
        return known

    def _evaluated(self, values: dict[str, Any], version: str) -> Outcome:
        """A decision that needs others: each of them strictly too; their rules follow its own."""
        variables, rules = self._variables(values)
        if self.decision.table is None:
            value = to_python(self.decision.spec.coerce(self.decision.expression(variables)))
            outputs = value if isinstance(value, dict) else {self.decision.name: value}
            return Outcome(outputs, rules, version)
        own = self._table(self.decision.table, variables, values, version)
        return Outcome(own.outputs, tuple(dict.fromkeys((*own.rules, *rules))), version)

    def _variables(self, values: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        evaluation, rules = Evaluation(self.model, values), list[str]()
        for key in self.decision.requires:
            if key in self.model.decisions:
                needed = strict(self.model, key)
                outcome = needed._evaluated({name: values[name] for name in needed.inputs}, "")
                evaluation.found[key] = to_feel(_value(needed.decision, outcome))
                rules += outcome.rules
        return evaluation._variables(self.decision.requires), tuple(dict.fromkeys(rules))

    def _table(
        self, table: DecisionTable, variables: dict[str, Any], given: Mapping[str, Any], version: str
    ) -> Outcome:
        cells = [column.expression(variables) for column in table.inputs]
        for column, value in zip(table.inputs, cells, strict=True):
            if column.allowed and value is not None and column.allowed(variables, value) is not True:
                raise WrongType(
                    nama=column.label,
                    tabel=table.name,
                    isi=text(value, quoted=True),
                    jenis=f"salah satu dari {column.allowed_text}",
                )
        rules = table.matches(variables, cells)
        has_default = any(output.default for output in table.outputs) or table.hit_policy == "COLLECT"
        if not rules and not has_default:
            raise NoRuleMatched(tabel=table.name, masukan=_shown(given))
        value, used = table.decide(rules, variables)
        if len(rules) > 1 and (table.hit_policy == "UNIQUE" or _disagree(table, rules, value, variables)):
            numbers = ", ".join(str(rule.number) for rule in rules)
            raise AmbiguousRule(tabel=table.name, aturan=numbers, masukan=_shown(given))
        return Outcome(_named(table, to_python(value)), tuple(rule.id for rule in used), version)


_TYPES: dict[str, frozenset[type]] = {
    "number": frozenset({Decimal, type(None)}),
    "string": frozenset({str, type(None)}),
    "boolean": frozenset({bool, type(None)}),
}
_NO_VARIABLES: dict[str, Any] = {}


class _Lookup:
    """The short way through a table whose columns read inputs as they are and whose results are constants.

    It answers only when exactly one rule matches; everything else, errors above all, is left to the long way.
    """

    def __init__(self, table: DecisionTable) -> None:
        self.columns = [
            (column.text, masks, _TYPES[column.spec.base], _allowed(column))
            for column, masks in zip(table.inputs, table.columns, strict=True)
        ]
        self.full = (1 << len(table.rules)) - 1
        self.results = [_named(table, to_python(table.result_of(rule, _NO_VARIABLES))) for rule in table.rules]
        self.ids = [(rule.id,) for rule in table.rules]

    @classmethod
    def of(cls, table: DecisionTable, inputs: Mapping[str, TypeSpec]) -> _Lookup | None:
        simple = (
            table.hit_policy in {"UNIQUE", "ANY", "FIRST"}
            and sorted(column.text for column in table.inputs) == sorted(inputs)
            and all(column.spec.base in _TYPES and not column.spec.allowed for column in table.inputs)
            and all(_allowed(column) is not ... for column in table.inputs)
            and all(not spec.allowed for spec in inputs.values())
            and all(constant(entry.tree) is not ... for rule in table.rules for entry in rule.entries)
        )
        return cls(table) if simple else None

    def find(self, given: Mapping[str, Any], version: str) -> Outcome | None:
        if len(given) != len(self.columns):
            return None
        mask = self.full
        for name, masks, types, allowed in self.columns:
            value = given.get(name, ...)
            if type(value) not in types:
                if type(value) is not int or Decimal not in types:
                    return None
                value = Decimal(value)
            if allowed is not None and value not in allowed:
                return None
            mask &= masks(_NO_VARIABLES, value)
        if not mask or mask & (mask - 1):
            return None
        row = mask.bit_length() - 1
        return Outcome(self.results[row], self.ids[row], version)


def _allowed(column: Input) -> Any:
    """Allowed values of a column when they are constants (null always is): None: any value; `...`: not constants."""
    if column.allowed_tree is None or column.allowed_tree.any:
        return None
    constants = {constant(test) for test in column.allowed_tree.tests}
    return ... if ... in constants or column.allowed_tree.negated else frozenset({*constants, None})


_strict_cache: dict[tuple[str, str], Strict] = {}


def strict(model: Model, decision: str) -> Strict:
    """The strict evaluator of a decision, made once per model."""
    key = (model.sha256, decision)
    found = _strict_cache.get(key)
    if found is None:
        if len(_strict_cache) > 1024:
            _strict_cache.clear()
        found = _strict_cache[key] = Strict(model, decision)
    return found


def _needed(model: Model, key: str, seen: frozenset[str] = frozenset()) -> dict[str, TypeSpec]:
    """Input data that a decision needs, directly or through other decisions, by name."""
    found: dict[str, TypeSpec] = {}
    for required in model.decisions[key].requires:
        if required in model.inputs:
            found[model.inputs[required].name] = model.inputs[required].spec
        elif required in model.decisions and required not in seen:
            found |= _needed(model, required, seen | {key})
    return found


def _disagree(table: DecisionTable, rules: list[Rule], value: Any, variables: dict[str, Any]) -> bool:
    """Do the rules of an ANY table say different things? Its value is null then; null itself may be what all say."""
    if table.hit_policy != "ANY" or value is not None:
        return False
    return any(table.result_of(rule, variables) is not None for rule in rules)


def _named(table: DecisionTable, value: Any) -> Mapping[str, Any]:
    """Outputs by name; of a table that collects rows of several outputs, a list for each output."""
    names = [output.name for output in table.outputs]
    if len(names) == 1:
        return {names[0] or table.name: value}
    if isinstance(value, list):
        return {name: [row[name] for row in value] for name in names}
    return value if isinstance(value, dict) else dict.fromkeys(names, value)


def _value(decision: Decision, outcome: Outcome) -> Any:
    """What other decisions see of a decision: its one output, or a context of all."""
    several = len(decision.table.outputs) > 1 if decision.table else decision.name not in outcome
    return dict(outcome) if several else next(iter(outcome.values()))


def _shown(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {text(value, quoted=True)}" for name, value in given.items()) or "tanpa masukan"


def to_feel(value: Any) -> Any:
    """A Python value as FEEL's. Floats are refused by the caller: 0.1 is not a tenth."""
    if isinstance(value, bool | str | Decimal | None):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, datetime | date | timedelta):
        return temporal.from_python(value)
    if isinstance(value, list | tuple):
        return [to_feel(item) for item in value]
    return {key: to_feel(item) for key, item in value.items()} if isinstance(value, dict) else value


def to_python(value: Any) -> Any:
    """A FEEL value as Python's; dates only, other temporal values stay FEEL's own."""
    if isinstance(value, temporal.Date):
        return temporal.to_python(value)
    if isinstance(value, list):
        return [to_python(item) for item in value]
    return {key: to_python(item) for key, item in value.items()} if isinstance(value, dict) else value
