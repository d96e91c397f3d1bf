"""A rule table as Django expressions, so that PostgreSQL applies it to any number of rows in one statement.

    rule = as_expression("rating_hasil_kerja", pada=akhir_bulan, capaian="capaian_pegawai")
    laporan.annotate(**rule.annotations())          # rating, aturan
    laporan.annotate(aturan=rule.rule).filter(rule.failed("aturan"))

Each answer equals that of `decide`. Where `decide` raises an error (no rule, a value that is not allowed), the rule is
NULL and so are the outputs; where it raises AmbiguousRule the rule is AMBIGUOUS. Numbers are exact as long as they
need no more than the 34 digits of FEEL. What SQL cannot say the same way is refused with NotExpressible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT

from backend.core.errors import DomainError
from backend.rules.datatable import SEPARATOR, DataTable
from backend.rules.datatable import Column as DataColumn
from backend.rules.decide import Strict, find, main_of, strict, to_feel
from backend.rules.errors import UnknownInput
from backend.rules.feel import ast
from backend.rules.feel.temporal import Date, to_python
from backend.rules.feel.values import equal, kind
from backend.rules.grid import MAX_RULES, TooLarge, grid_of, overlaps_of
from backend.rules.model import Decision, Model
from backend.rules.models import RuleDataRow
from backend.rules.table import DecisionTable, Input, Output, Rule, constant

AMBIGUOUS = "#GANDA"
RULE_SEPARATOR = ";"  # between the ids of several rules
SQL_TYPES = {"number": "numeric", "string": "text", "boolean": "boolean", "date": "date"}
FIELDS: dict[str, Callable[[], models.Field[Any, Any]]] = {
    "number": models.DecimalField,
    "string": models.TextField,
    "boolean": models.BooleanField,
    "date": models.DateField,
}
ACCEPTED: dict[str, tuple[type, ...]] = {
    "number": (models.DecimalField, models.IntegerField),
    "string": (models.CharField, models.TextField),
    "boolean": (models.BooleanField,),
    "date": (models.DateField,),
}
Expression = Any  # django-stubs has no one type for what annotate() takes


class NotExpressible(DomainError):
    """Tabel "{tabel}" tidak dapat dihitung di basis data: {sebab}. Hitung satu per satu dengan decide()."""


class _Refused(Exception):
    """Why a part of a table cannot be said in SQL; becomes NotExpressible, which knows the table."""


@dataclass(frozen=True)
class RuleExpression:
    """Outputs by name, the ids of the rules (joined by `;`), and the version they come from."""

    outputs: Mapping[str, Expression]
    rule: Expression
    version: str

    def __getitem__(self, name: str) -> Expression:
        return self.outputs[name]

    def annotations(self, prefix: str = "", *, rule: str = "aturan") -> dict[str, Expression]:
        """For `annotate(**…)`: each output and the rule, under their names with a prefix."""
        return {**{prefix + name: value for name, value in self.outputs.items()}, prefix + rule: self.rule}

    @staticmethod
    def failed(rule: str = "aturan") -> Q:
        """Rows for which `decide` would raise, by the annotation that holds the rule."""
        return Q(**{f"{rule}__isnull": True}) | Q(**{f"{rule}__contains": AMBIGUOUS})


def as_expression(decision: str, *, pada: date, **inputs: Any) -> RuleExpression:
    """A published table over columns. `inputs`: for each input a field name, an expression, or (in Value) a constant.

    Raises NoVersion, UnknownInput, NotExpressible; a column of another type is refused when the query is made.
    """
    found, version = find(decision, pada=pada)
    if isinstance(found, DataTable):
        return _of_data(found, version, inputs)
    return expression_in(found, main_of(decision), version=version, **inputs)


def expression_in(model: Model, decision: str, /, *, version: str = "", **inputs: Any) -> RuleExpression:
    """`as_expression` on a model at hand."""
    question = strict(model, decision)
    _check_names(question.decision.name, list(question.inputs), inputs)
    try:
        return _Compiler(question, inputs).expression(version)
    except _Refused as refusal:
        raise NotExpressible(tabel=question.decision.name, sebab=str(refusal)) from None


def _check_names(table: str, known: Sequence[str], given: Mapping[str, Any]) -> None:
    for name in sorted(given.keys() ^ set(known)):
        cause = "tidak dikenal" if name in given else "belum diisi"
        raise UnknownInput(nama=name, sebab=cause, tabel=table, dikenal=", ".join(known) or "tidak ada masukan")


# --- SQL ---------------------------------------------------------------------------------------------------------------


class _Sql(Func):
    """An SQL template over expressions; `type` is the FEEL type of its value."""

    def __init__(self, template: str, *parts: Expression, type: str = "boolean", joiner: str = ", ") -> None:
        super().__init__(*parts, template=template, arg_joiner=joiner, output_field=FIELDS[type]())


class _Input(Func):
    """A column as an input of a declared type; the cast makes numeric of integers and text of varchar."""

    def __init__(self, expression: Expression, *, name: str, table: str, type: str) -> None:
        self.name, self.table, self.type = name, table, type
        super().__init__(expression, template=f"(%(expressions)s)::{SQL_TYPES[type]}", output_field=FIELDS[type]())

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        resolved = super().resolve_expression(*args, **kwargs)
        source = resolved.get_source_expressions()[0]
        field = getattr(source, "_output_field_or_none", None)
        wrong = not isinstance(field, ACCEPTED[self.type]) or isinstance(field, models.DateTimeField)
        if field is not None and wrong:
            cause = f'masukan "{self.name}" harus {self.type}, bukan {type(field).__name__}'
            raise NotExpressible(tabel=self.table, sebab=cause)
        return resolved


@dataclass(frozen=True)
class _Typed:
    """An expression with its FEEL type. `value`: the constant that it is, else `...`."""

    sql: Expression
    type: str
    value: Any = ...


_Context = dict[str, "_Typed"]
_Meaning = _Typed | _Context


def _constant(value: Any) -> _Typed:
    if isinstance(value, Date):
        if not 1 <= value.year <= 9999:
            raise _Refused(f"tanggal {value} di luar jangkauan basis data")
        value = to_python(value)
    base = kind(to_feel(value))
    if value is None:
        return _Typed(Value(None), "Null", None)
    if base not in SQL_TYPES:
        raise _Refused(f"nilai bertipe {base}")
    return _Typed(
        _Sql(f"%(expressions)s::{SQL_TYPES[base]}", Value(value, output_field=FIELDS[base]()), type=base), base, value
    )


def _all(conditions: Sequence[Expression]) -> Expression:
    return _Sql("(%(expressions)s)", *conditions, joiner=" AND ") if len(conditions) > 1 else conditions[0]


def _any(conditions: Sequence[Expression]) -> Expression:
    return _Sql("(%(expressions)s)", *conditions, joiner=" OR ") if len(conditions) > 1 else conditions[0]


def _not(condition: Expression) -> Expression:
    return _Sql("(NOT %(expressions)s)", condition)


TRUE, FALSE, NULL = _Sql("TRUE"), _Sql("FALSE"), _Sql("NULL::boolean")
_ORDER = frozenset({"<", "<=", ">", ">="})


def _compare(operator: str, left: _Typed, right: _Typed) -> Expression:
    """FEEL's comparison with its null: equality knows null, order does not."""
    if operator in {"=", "!="}:
        same = _equal(left, right)
        return same if operator == "=" else _not(same)
    if "Null" in {left.type, right.type}:
        return NULL
    _same_type(left, right)
    if left.type == "boolean":
        return NULL
    template = "(%(expressions)s)" if left.type != "string" else '(%(expressions)s COLLATE "C")'
    return _Sql(template, left.sql, right.sql, joiner=f" {operator} ")


def _equal(left: _Typed, right: _Typed) -> Expression:
    if right.type == "Null" or left.type == "Null":
        other = left if right.type == "Null" else right
        return TRUE if other.type == "Null" else _Sql("(%(expressions)s IS NULL)", other.sql)
    _same_type(left, right)
    return _Sql("(%(expressions)s)", left.sql, right.sql, joiner=" IS NOT DISTINCT FROM ")


def _same_type(left: _Typed, right: _Typed) -> None:
    if left.type != right.type:
        raise _Refused(f"{left.type} dibandingkan dengan {right.type}")


# --- Texts of a table -----------------------------------------------------------------------------------------------------


class _Texts:
    """FEEL trees as SQL, for the variables at hand."""

    def __init__(self, variables: Mapping[str, _Meaning]) -> None:
        self.variables = variables

    def value(self, node: ast.Node) -> _Typed:
        """An expression with one simple value. Raises _Refused."""
        known = constant(node)
        if known is not ...:
            return _constant(known)
        rule = self._rules.get(type(node))
        if rule is None:
            raise _Refused(f"ungkapan {type(node).__name__}")
        return rule(self, node)

    def _name(self, node: ast.Name) -> _Typed:
        found = self.variables.get(node.name)
        if not isinstance(found, _Typed):
            raise _Refused(f'nama "{node.name}" bukan masukan bernilai tunggal')
        return found

    def _path(self, node: ast.Path) -> _Typed:
        source = self.variables.get(node.source.name) if isinstance(node.source, ast.Name) else None
        if not isinstance(source, dict) or node.name not in source:
            raise _Refused(f"bagian .{node.name}")
        return source[node.name]

    def _negation(self, node: ast.Negation) -> _Typed:
        operand = self._number(node.operand)
        return _Typed(_Sql("(-%(expressions)s)", operand, type="number"), "number")

    def _number(self, node: ast.Node) -> Expression:
        operand = self.value(node)
        if operand.type != "number":
            raise _Refused(f"hitungan dengan {operand.type}")
        return operand.sql

    def _arithmetic(self, node: ast.Arithmetic) -> _Typed:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "+" and left.type == right.type == "string":
            return _Typed(_Sql("(%(expressions)s)", left.sql, right.sql, type="string", joiner=" || "), "string")
        if node.operator not in {"+", "-", "*"}:
            raise _Refused(f"operator {node.operator}, yang pembulatannya berbeda")
        if left.type != "number" or right.type != "number":
            raise _Refused(f"hitungan {left.type} {node.operator} {right.type}")
        joined = _Sql("(%(expressions)s)", left.sql, right.sql, type="number", joiner=f" {node.operator} ")
        return _Typed(joined, "number")

    def _comparison(self, node: ast.Comparison) -> _Typed:
        return _Typed(_compare(node.operator, self.value(node.left), self.value(node.right)), "boolean")

    def _logical(self, node: ast.Logical) -> _Typed:
        left, right = self._boolean(node.left), self._boolean(node.right)
        return _Typed((_all if node.operator == "and" else _any)([left, right]), "boolean")

    def _boolean(self, node: ast.Node) -> Expression:
        operand = self.value(node)
        if operand.type == "Null":
            return NULL
        if operand.type != "boolean":
            raise _Refused(f"logika dengan {operand.type}")
        return operand.sql

    def _between(self, node: ast.Between) -> _Typed:
        subject = self.value(node.subject)
        low, high = _compare(">=", subject, self.value(node.low)), _compare("<=", subject, self.value(node.high))
        return _Typed(_all([low, high]), "boolean")

    def _in(self, node: ast.In) -> _Typed:
        subject = self.value(node.subject)
        return _Typed(_any([self.test(subject, test) for test in node.tests]), "boolean")

    def _if(self, node: ast.If) -> _Typed:
        yes, no = self.value(node.yes), self.value(node.no)
        types = {yes.type, no.type} - {"Null"}
        if len(types) != 1:
            raise _Refused("hasil if … then … else yang tipenya berbeda")
        base = types.pop()
        chosen = Case(When(self._boolean(node.condition), then=yes.sql), default=no.sql, output_field=FIELDS[base]())
        return _Typed(chosen, base)

    def _call(self, node: ast.Call) -> _Typed:
        if isinstance(node.function, ast.Name) and node.function.name == "not" and len(node.positional) == 1:
            return _Typed(_not(self._boolean(node.positional[0])), "boolean")
        name = node.function.name if isinstance(node.function, ast.Name) else "ini"
        raise _Refused(f"fungsi {name}")

    _rules: Mapping[type, Callable[[_Texts, Any], _Typed]] = {
        ast.Name: _name, ast.Path: _path, ast.Negation: _negation, ast.Arithmetic: _arithmetic, ast.Comparison: _comparison,
        ast.Logical: _logical, ast.Between: _between, ast.In: _in, ast.If: _if, ast.Call: _call,
    }  # fmt: skip

    def cell(self, subject: _Typed, tests: ast.UnaryTests) -> Expression | None:
        """A cell as a condition; None when it holds for any value."""
        if tests.any:
            return None
        parts = [self.test(subject, test) for test in tests.tests]
        return _not(_any(parts)) if tests.negated else _any(parts)

    def test(self, subject: _Typed, node: ast.Node) -> Expression:
        """One test of a value: comparison, interval, list, or an expression about `?`, or a value that it equals."""
        if isinstance(node, ast.UnaryComparison):
            return _compare(node.operator, subject, self.value(node.operand))
        if isinstance(node, ast.Range) and node.low is not None and node.high is not None:
            low = _compare(">=" if node.low_included else ">", subject, self.value(node.low))
            return _all([low, _compare("<=" if node.high_included else "<", subject, self.value(node.high))])
        if isinstance(node, ast.List):
            return _any([self.test(subject, item) for item in node.items]) if node.items else FALSE
        if speaks_of_input(node):
            return _Texts({**self.variables, "?": subject})._boolean(node)
        return _equal(subject, self.value(node))


def speaks_of_input(node: Any) -> bool:
    """Does a test name the tested value, `?`?"""
    if isinstance(node, ast.Name):
        return node.name == "?"
    if isinstance(node, tuple):
        return any(speaks_of_input(part) for part in node)
    return isinstance(node, ast.Node) and any(
        speaks_of_input(getattr(node, name)) for name in node.__dataclass_fields__
    )


# --- Decisions --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answer:
    """Outputs of a decision and the expression of its rules (None: it has no rules of its own)."""

    outputs: _Context
    rule: Expression | None
    single: bool


class _Compiler:
    """A decision with all that it requires, as expressions."""

    def __init__(self, question: Strict, inputs: Mapping[str, Any]) -> None:
        self.model, self.decision = question.model, question.decision
        self.inputs = {
            name: self._input(name, spec.base, bool(spec.allowed), inputs[name])
            for name, spec in question.inputs.items()
        }
        self.answers: dict[str, _Answer] = {}

    def _input(self, name: str, base: str, restricted: bool, given: Any) -> _Typed:
        base = base if base in SQL_TYPES else self._column_type(name)
        if restricted:
            raise _Refused(f'masukan "{name}" memakai tipe dengan nilai terbatas')
        expression = F(given) if isinstance(given, str) else given
        if not isinstance(expression, Combinable | models.Expression):
            raise _Refused(f'masukan "{name}" bukan nama kolom atau ungkapan')
        return _Typed(_Input(expression, name=name, table=self.decision.name, type=base), base)

    def _column_type(self, name: str) -> str:
        """Type of an undeclared input: that of the column that reads it."""
        tables = [decision.table for decision in self.model.decisions.values() if decision.table]
        types = {column.spec.base for table in tables for column in table.inputs if column.text == name}
        if len(types) == 1 and (base := types.pop()) in SQL_TYPES:
            return base
        raise _Refused(f'masukan "{name}" belum mempunyai tipe number, string, boolean, atau date')

    def expression(self, version: str) -> RuleExpression:
        answer = self._answer(self.decision)
        rules = [found.rule for found in self._parts(self.decision, set()) if found.rule is not None]
        if not rules:
            raise _Refused("keputusan ini tidak memakai tabel")
        joiner = f" || '{RULE_SEPARATOR}' || "
        rule = rules[0] if len(rules) == 1 else _Sql("(%(expressions)s)", *rules, type="string", joiner=joiner)
        outputs = {name: self._guarded(value, rules) for name, value in answer.outputs.items()}
        return RuleExpression(outputs, rule, version)

    def _guarded(self, value: _Typed, rules: Sequence[Expression]) -> Expression:
        """An output; NULL where a required decision has no rule or too many, as `decide` gives no answer there."""
        if len(rules) == 1 and self.decision.table is not None:  # a table is NULL by itself where it has no rule
            return value.sql
        present = [_Sql(f"(%(expressions)s <> '{AMBIGUOUS}')", rule) for rule in rules]
        return Case(When(_all(present), then=value.sql), default=None, output_field=value.sql.output_field)

    def _parts(self, decision: Decision, seen: set[str]) -> Iterator[_Answer]:
        """The answers of a decision and of all it requires, in the order of `Outcome.rules`."""
        seen.add(decision.id)
        yield self._answer(decision)
        for key in decision.requires:
            if key in self.model.decisions and key not in seen:
                yield from self._parts(self.model.decisions[key], seen)

    def _answer(self, decision: Decision) -> _Answer:
        if decision.id not in self.answers:
            texts = _Texts(self._variables(decision))
            if decision.table is not None:
                self.answers[decision.id] = _Table(decision.table, texts).answer()
            else:
                self.answers[decision.id] = self._literal(decision, texts)
        return self.answers[decision.id]

    def _variables(self, decision: Decision) -> dict[str, _Meaning]:
        found: dict[str, _Meaning] = {}
        for key in decision.requires:
            if key in self.model.inputs:
                name = self.model.inputs[key].name
                found[name] = self.inputs[name]
            elif key in self.model.decisions:
                answer = self._answer(self.model.decisions[key])
                found[self.model.decisions[key].name] = (
                    next(iter(answer.outputs.values())) if answer.single else answer.outputs
                )
        return found

    def _literal(self, decision: Decision, texts: _Texts) -> _Answer:
        tree = decision.tree
        if tree is None:
            raise _Refused(f'keputusan "{decision.name}" bukan tabel atau ungkapan')
        if isinstance(tree, ast.Context):
            return _Answer({name: texts.value(value) for name, value in tree.entries}, None, single=False)
        return _Answer({decision.name: texts.value(tree)}, None, single=True)


class _Table:
    """One decision table."""

    def __init__(self, table: DecisionTable, texts: _Texts) -> None:
        self.table, self.texts = table, texts
        try:
            self.grid = grid_of(table)
        except TooLarge:
            raise _Refused(f"lebih dari {MAX_RULES} aturan; pakai tabel data") from None
        if restricted := next((column.label for column in table.inputs if column.spec.allowed), None):
            raise _Refused(f'kolom "{restricted}" memakai tipe dengan nilai terbatas')
        self.rules = self._in_order()
        subjects = [texts.value(column.tree) for column in table.inputs]
        self.conditions = {rule.number: self._condition(rule, subjects) for rule in table.rules}
        self.forbidden = [
            bad
            for column, subject in zip(table.inputs, subjects, strict=True)
            if (bad := self._not_allowed(column, subject))
        ]

    def _in_order(self) -> list[Rule]:
        """Rules in the order in which they speak: by priority where the hit policy says so, else as written."""
        if self.table.hit_policy not in {"PRIORITY", "OUTPUT ORDER"}:
            return list(self.table.rules)
        if any(constant(entry.tree) is ... for rule in self.table.rules for entry in rule.entries):
            raise _Refused("prioritas menurut hasil yang dihitung")
        return self.table.by_priority(self.table.rules, {})

    def _condition(self, rule: Rule, subjects: Sequence[_Typed]) -> Expression:
        cells = [self.texts.cell(subject, cell.tree) for subject, cell in zip(subjects, rule.cells, strict=True)]
        found = [cell for cell in cells if cell is not None]
        return _all(found) if found else TRUE

    def _not_allowed(self, column: Input, subject: _Typed) -> Expression | None:
        """The value is one that `decide` refuses: not null, and not among the allowed ones."""
        allowed = self.texts.cell(subject, column.allowed_tree) if column.allowed_tree else None
        if allowed is None:
            return None
        return _Sql(
            "(%(expressions)s)",
            _Sql("%(expressions)s IS NOT NULL", subject.sql),
            _Sql("%(expressions)s IS NOT TRUE", allowed),
            joiner=" AND ",
        )

    def answer(self) -> _Answer:
        if self.table.hit_policy in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}:
            return self._collected()
        clash = self._clash()
        first = [When(_any(self.forbidden), then=Value(None))] if self.forbidden else []
        ambiguous = [When(clash, then=_constant(AMBIGUOUS).sql)] if clash is not None else []
        silent = [When(clash, then=Value(None))] if clash is not None else []
        outputs = {
            self._name(output): self._output(place, output, [*first, *silent])
            for place, output in enumerate(self.table.outputs)
        }
        has_default = any(output.default for output in self.table.outputs)
        otherwise = _constant("").sql if has_default else Value(None)
        rule = Case(*first, *ambiguous, *self._rule_branches(), default=otherwise, output_field=models.TextField())
        return _Answer(outputs, rule, single=len(outputs) == 1)

    def _name(self, output: Output) -> str:
        return output.name or self.table.name if len(self.table.outputs) == 1 else output.name

    def _rule_branches(self) -> list[When]:
        if self.table.hit_policy != "ANY" or not self._pairs():
            return [When(self.conditions[rule.number], then=_constant(rule.id).sql) for rule in self.rules]
        return [When(_any(list(self.conditions.values())), then=self._matched())]

    def _matched(self) -> Expression:
        """Ids of every rule that holds, joined; an empty text when none does."""
        ids = [
            Case(
                When(self.conditions[rule.number], then=_constant(rule.id).sql),
                default=None,
                output_field=models.TextField(),
            )
            for rule in self.rules
        ]
        return _Sql(f"CONCAT_WS('{RULE_SEPARATOR}', %(expressions)s)", *ids, type="string")

    def _output(self, place: int, output: Output, before: Sequence[When]) -> _Typed:
        values = {rule.number: self._entry(rule, place, output) for rule in self.rules}
        default = self._default(output)
        types = {value.type for value in (*values.values(), default)} - {"Null"}
        if len(types) > 1:
            raise _Refused(f'kolom hasil "{output.label}" berisi beberapa tipe')
        base = types.pop() if types else "string"
        whens = [When(self.conditions[rule.number], then=values[rule.number].sql) for rule in self.rules]
        return _Typed(Case(*before, *whens, default=default.sql, output_field=FIELDS[base]()), base)

    def _entry(self, rule: Rule, place: int, output: Output) -> _Typed:
        known = constant(rule.entries[place].tree)
        if known is not ...:
            return _constant(output.spec.coerce(known))
        value = self.texts.value(rule.entries[place].tree)
        if output.spec.allowed or output.spec.base not in {value.type, "Any"}:
            raise _Refused(f'kolom hasil "{output.label}" dihitung dan tipenya {value.type}, bukan {output.spec.base}')
        return value

    def _default(self, output: Output) -> _Typed:
        if output.default is None:
            return _constant(None)
        from backend.rules.feel.parser import parse_expression

        return self.texts.value(parse_expression(output.default_text, frozenset(self.texts.variables)))

    def _pairs(self) -> list[tuple[Rule, Rule]]:
        """Rules that one input may satisfy both of, as far as can be told beforehand."""
        return [(self.table.rules[one], self.table.rules[other]) for one, other, _ in overlaps_of(self.grid, null=True)]

    def _clash(self) -> Expression | None:
        """The rows on which more than one rule holds where only one may; None when that cannot happen."""
        if self.table.hit_policy not in {"UNIQUE", "ANY"}:
            return None
        clashes = []
        for one, other in self._pairs():
            both = [self.conditions[one.number], self.conditions[other.number]]
            if self.table.hit_policy == "UNIQUE":
                clashes.append(_all(both))
            elif (different := self._different(one, other)) is not None:
                clashes.append(_all([*both, different]))
        return _any(clashes) if clashes else None

    def _different(self, one: Rule, other: Rule) -> Expression | None:
        """Do two rules of an ANY table give different results? None: never."""
        parts = []
        for place, output in enumerate(self.table.outputs):
            left, right = self._entry(one, place, output), self._entry(other, place, output)
            if left.value is ... or right.value is ...:
                parts.append(_not(_equal(left, right)))
            elif equal(to_feel(left.value), to_feel(right.value)) is not True:
                return TRUE
        return _any(parts) if parts else None

    # COLLECT and its kin

    def _collected(self) -> _Answer:
        bad = list(self.forbidden)
        if self.table.hit_policy != "COLLECT":  # only COLLECT has an answer when no rule holds
            bad.append(_Sql("(%(expressions)s IS NOT TRUE)", _any(list(self.conditions.values()))))
        none = [When(_any(bad), then=Value(None))] if bad else []
        outputs = {
            self._name(output): self._collect(place, output, none) for place, output in enumerate(self.table.outputs)
        }
        rule = Case(*none, default=self._matched(), output_field=models.TextField())
        return _Answer(outputs, rule, single=len(outputs) == 1)

    def _collect(self, place: int, output: Output, none: Sequence[When]) -> _Typed:
        if any(column.default for column in self.table.outputs):
            raise _Refused("nilai baku pada tabel yang mengumpulkan")
        values = {rule.number: self._entry(rule, place, output) for rule in self.rules}
        types = {value.type for value in values.values()}
        if len(types) != 1 or any(value.value in (..., None) for value in values.values()):
            raise _Refused(f'kolom hasil "{output.label}" pada tabel yang mengumpulkan bukan tetapan setipe')
        base = types.pop()
        combined, field = self._combined(values, base)
        return _Typed(Case(*none, default=combined, output_field=field), base if self.table.aggregation else "list")

    def _combined(self, values: Mapping[int, _Typed], base: str) -> tuple[Expression, models.Field[Any, Any]]:
        parts = [
            Case(When(self.conditions[number], then=value.sql), default=None, output_field=FIELDS[base]())
            for number, value in values.items()
        ]
        if self.table.aggregation == "":
            array = Func(
                *parts, template="ARRAY_REMOVE(ARRAY[%(expressions)s], NULL)", output_field=ArrayField(FIELDS[base]())
            )
            return array, ArrayField(FIELDS[base]())
        if self.table.aggregation == "COUNT":
            return self._sum({number: _constant(Decimal(1)) for number in values}), models.DecimalField()
        if self.table.aggregation == "SUM" and base == "number":
            anything = _any(list(self.conditions.values()))
            return Case(
                When(anything, then=self._sum(values)), default=None, output_field=models.DecimalField()
            ), models.DecimalField()
        if base not in {"number", "date"} or self.table.aggregation == "SUM":
            raise _Refused(f"{self.table.aggregation} atas {base}")
        function = {"MIN": "LEAST", "MAX": "GREATEST"}[self.table.aggregation]
        return _Sql(f"{function}(%(expressions)s)", *parts, type=base), FIELDS[base]()

    def _sum(self, values: Mapping[int, _Typed]) -> Expression:
        zero = _constant(Decimal(0)).sql
        parts = [
            Case(When(self.conditions[number], then=value.sql), default=zero, output_field=models.DecimalField())
            for number, value in values.items()
        ]
        return _Sql("(%(expressions)s)", *parts, type="number", joiner=" + ")


# --- Data tables ----------------------------------------------------------------------------------------------------------------


def _of_data(table: DataTable, version: str, inputs: Mapping[str, Any]) -> RuleExpression:
    """A data table as correlated look-ups in its stored rows, by index."""
    definition = table.definition
    _check_names(definition.nama, [column.nama for column in definition.masukan], inputs)
    given = {column.nama: _outer(column, inputs[column.nama], definition.nama) for column in definition.masukan}
    rows = RuleDataRow.objects.filter(version_id=UUID(version)).filter(_row_matches(table, given)).order_by("pola")
    outputs = {column.nama: _first(rows, column) for column in definition.keluaran}
    kode = Subquery(rows.values("kode")[:1], output_field=models.TextField())
    return RuleExpression(outputs, kode, version)


def _outer(column: DataColumn, given: Any, table: str) -> _Input:
    """The caller's expression, seen from inside the look-up."""
    return _Input(_outside(given), name=column.nama, table=table, type=column.tipe)


def _outside(expression: Any) -> Any:
    """Each column that an expression names, marked as one of the outer query."""
    if isinstance(expression, str | OuterRef):
        return OuterRef(expression) if isinstance(expression, str) else expression
    if isinstance(expression, F):
        return OuterRef(expression.name)  # type: ignore[attr-defined]  # missing in the stubs
    moved = expression.copy()
    moved.set_source_expressions([part and _outside(part) for part in expression.get_source_expressions()])
    return moved


def _row_matches(table: DataTable, given: Mapping[str, _Input]) -> Q:
    definition = table.definition
    matches = Q()
    for pola in sorted({row.pola for row in table.rows}):
        parts = [_key_part(given[column.nama], column.tipe) for column in definition.columns_of(pola)]
        kunci = (
            _Sql("(%(expressions)s)", *parts, type="string", joiner=f" || CHR({ord(SEPARATOR)}) || ")
            if parts
            else Value("")
        )
        matches |= Q(pola=pola, kunci=kunci)
    if definition.rentang is None:
        return matches
    value, is_date = given[definition.rentang.nama], definition.rentang.tipe == "date"
    point = _Sql("(%(expressions)s - DATE '0001-01-01' + 1)::numeric", value, type="number") if is_date else value
    within = _Sql("(%(expressions)s)", F("rentang"), point, joiner=" @> ")
    unlimited = _all([_Sql("%(expressions)s IS NULL", value), _Sql("%(expressions)s = '(,)'::numrange", F("rentang"))])
    return matches & Q(_any([within, unlimited]))


def _key_part(value: Expression, tipe: str) -> Expression:
    """A value as `datatable.key_text` writes it."""
    template = {
        "number": "TRIM_SCALE(%(expressions)s)::text",
        "date": "TO_CHAR(%(expressions)s, 'YYYY-MM-DD')",
        "boolean": "(%(expressions)s)::text",
        "string": "%(expressions)s",
    }[tipe]
    return _Sql(template, value, type="string")


def _first(rows: models.QuerySet[RuleDataRow], column: DataColumn) -> Expression:
    value = _Sql(f"(%(expressions)s)::{SQL_TYPES[column.tipe]}", KT(f"nilai__{column.nama}"), type=column.tipe)
    return Subquery(rows.annotate(_keluaran=value).values("_keluaran")[:1], output_field=FIELDS[column.tipe]())
