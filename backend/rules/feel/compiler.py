"""FEEL tree → closures. A closure takes the variables (`dict`) and gives a value; nothing is ever `eval`ed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from backend.rules.feel import ast, values
from backend.rules.feel.budget import spend, spend_text
from backend.rules.feel.builtins import BUILTINS
from backend.rules.feel.parser import parse_expression, parse_unary_tests
from backend.rules.feel.temporal import Date
from backend.rules.feel.types import TypeSpec, is_instance, resolve
from backend.rules.feel.values import (
    Equality,
    Function,
    RangeValue,
    as_list,
    call_named,
    call_positional,
    compare,
    equal,
)

Variables = dict[str, Any]
Compiled = Callable[[Variables], Any]
Test = Callable[[Variables, Any], Any]
INPUT = "?"


@dataclass(frozen=True)
class Scope:
    """What a text may refer to: variable names (for the lexer) and types (for `instance of` and parameters)."""

    names: frozenset[str] = frozenset()
    types: Mapping[str, TypeSpec] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.names)


def compile_expression(text: str, scope: Scope | None = None) -> Compiled:
    """Callable of an expression. Raises FeelSyntaxError."""
    scope = scope or Scope()
    return _compile(parse_expression(text, scope.names), scope)


def compile_unary_tests(text: str, scope: Scope | None = None) -> Test:
    """Callable of a cell: (variables, input) → True, False or None. Raises FeelSyntaxError."""
    scope = scope or Scope()
    return compile_tests(parse_unary_tests(text, scope.names), scope)


def compile_tests(tree: ast.UnaryTests, scope: Scope) -> Test:
    """Callable of a parsed cell; three-valued."""
    if tree.any:
        return lambda _variables, _value: True
    tests = [_test(node, scope) for node in tree.tests]
    if len(tests) == 1:
        single = tests[0]
        if not tree.negated:
            return single
        return lambda variables, value: _negated(single(variables, value))
    if tree.negated:
        return lambda variables, value: _negated(values.any3(test(variables, value) for test in tests))
    return lambda variables, value: values.any3(test(variables, value) for test in tests)


def _negated(result: Any) -> bool | None:
    return (not result) if isinstance(result, bool) else None


def uses_input(node: Any) -> bool:
    """Does a tree speak of `?`?"""
    if isinstance(node, ast.Name):
        return node.name == INPUT
    if isinstance(node, tuple):
        return any(uses_input(part) for part in node)
    return isinstance(node, ast.Node) and any(uses_input(getattr(node, name)) for name in node.__dataclass_fields__)


def _test(node: ast.Node, scope: Scope) -> Test:
    """A test of one value: comparison, range, or an expression that is true, equals the value or holds it."""
    if isinstance(node, ast.UnaryComparison):
        operator, operand = node.operator, _compile(node.operand, scope)
        return lambda variables, value: compare(operator, value, operand(variables))
    compiled = _compile(node, scope)
    if uses_input(node):
        return lambda variables, value: compiled({**variables, INPUT: value})
    if isinstance(node, ast.Literal):
        constant = node.value
        return lambda _variables, value: equal(value, constant)
    return lambda variables, value: values.test(value, compiled(variables))


# --- One function per kind of node -----------------------------------------------------------------------------------


def _compile(node: ast.Node, scope: Scope) -> Compiled:
    return _RULES[type(node)](node, scope)


def _literal(node: ast.Literal, _scope: Scope) -> Compiled:
    value = node.value
    return lambda _variables: value


def _name(node: ast.Name, _scope: Scope) -> Compiled:
    name, standard = node.name, BUILTINS.get(node.name)
    return lambda variables: variables.get(name, standard)


def _path(node: ast.Path, scope: Scope) -> Compiled:
    source, name = _compile(node.source, scope), node.name

    def read(variables: Variables) -> Any:
        value = source(variables)
        if isinstance(value, list):
            spend(len(value))
            return [values.prop(item, name) for item in value]
        return values.prop(value, name)

    return read


def _filter(node: ast.Filter, scope: Scope) -> Compiled:
    source, condition = _compile(node.source, scope), _compile(node.condition, scope)

    def select(variables: Variables) -> Any:
        value = source(variables)
        items = [] if value is None else as_list(value)
        first = condition(_inside(items[0], variables)) if items else condition(variables)
        if isinstance(first, Decimal):
            return _at(items, condition(variables) if items and isinstance(items[0], dict) else first)
        return chosen(items, (condition(_inside(item, variables)) for item in items))

    return select


def chosen(items: list[Any], verdicts: Iterable[Any]) -> list[Any] | None:
    """The items whose verdict is true; null when a verdict is neither a boolean nor null."""
    kept: list[Any] = []
    for item, verdict in zip(items, verdicts, strict=True):
        spend()
        if verdict is True:
            kept.append(item)
        elif not isinstance(verdict, bool | None):
            return None
    return kept


def _inside(item: Any, variables: Variables) -> Variables:
    return {**variables, "item": item, **item} if isinstance(item, dict) else {**variables, "item": item}


def _at(items: list[Any], position: Any) -> Any:
    if not isinstance(position, Decimal) or position != position.to_integral_value():
        return None
    index = int(position)
    if index > 0:
        return items[index - 1] if index <= len(items) else None
    return items[index] if index < 0 and -index <= len(items) else None


def _negation(node: ast.Negation, scope: Scope) -> Compiled:
    operand = _compile(node.operand, scope)
    return lambda variables: values.negate(operand(variables))


def _arithmetic(node: ast.Arithmetic, scope: Scope) -> Compiled:
    left, right, operator = _compile(node.left, scope), _compile(node.right, scope), node.operator

    def calculate(variables: Variables) -> Any:
        result = values.arithmetic(operator, left(variables), right(variables))
        if isinstance(result, str):
            spend_text(result)
        return result

    return calculate


def _comparison(node: ast.Comparison, scope: Scope) -> Compiled:
    left, right, operator = _compile(node.left, scope), _compile(node.right, scope), node.operator
    return lambda variables: compare(operator, left(variables), right(variables))


def _logical(node: ast.Logical, scope: Scope) -> Compiled:
    left, right = _compile(node.left, scope), _compile(node.right, scope)
    if node.operator == "and":
        return lambda variables: False if (one := left(variables)) is False else values.and3(one, right(variables))
    return lambda variables: True if (one := left(variables)) is True else values.or3(one, right(variables))


def _between(node: ast.Between, scope: Scope) -> Compiled:
    subject, low, high = _compile(node.subject, scope), _compile(node.low, scope), _compile(node.high, scope)

    def check(variables: Variables) -> Any:
        value = subject(variables)
        return values.and3(compare(">=", value, low(variables)), compare("<=", value, high(variables)))

    return check


def _in(node: ast.In, scope: Scope) -> Compiled:
    subject, tests = _compile(node.subject, scope), [_test(test, scope) for test in node.tests]

    def check(variables: Variables) -> Any:
        value = subject(variables)
        return values.any3(test(variables, value) for test in tests)

    return check


def _unary_value(node: ast.UnaryComparison, scope: Scope) -> Compiled:
    """A test without its subject, as a value: an endless range."""
    operator, operand = node.operator, _compile(node.operand, scope)
    upward, included = operator in {">", ">="}, operator in {"<=", ">="}

    def make(variables: Variables) -> Any:
        value = operand(variables)
        if operator in {"=", "!="}:
            return Equality(value, operator == "!=")
        if upward:
            return RangeValue(value, None, included, False, endless_high=True)
        return RangeValue(None, value, False, included, endless_low=True)

    return make


def _range(node: ast.Range, scope: Scope) -> Compiled:
    assert node.low is not None  # noqa: S101 the grammar gives both ends
    assert node.high is not None  # noqa: S101
    low, high, flags = _compile(node.low, scope), _compile(node.high, scope), (node.low_included, node.high_included)

    def make(variables: Variables) -> Any:
        start, end = low(variables), high(variables)
        if start is not None and end is not None and not values.comparable(start, end):
            return None
        return RangeValue(start, end, *flags)

    return make


def _list(node: ast.List, scope: Scope) -> Compiled:
    items = [_compile(item, scope) for item in node.items]

    def make(variables: Variables) -> Any:
        spend(len(items))
        return [item(variables) for item in items]

    return make


def _context(node: ast.Context, scope: Scope) -> Compiled:
    entries = [(name, _compile(value, scope)) for name, value in node.entries]
    repeated = len({name for name, _ in entries}) != len(entries)

    def make(variables: Variables) -> Any:
        if repeated:
            return None
        spend(len(entries) + len(variables) // 8)
        inner, result = dict(variables), {}
        for name, value in entries:
            inner[name] = result[name] = value(inner)
        return result

    return make


def _if(node: ast.If, scope: Scope) -> Compiled:
    condition, yes, no = _compile(node.condition, scope), _compile(node.yes, scope), _compile(node.no, scope)
    return lambda variables: yes(variables) if condition(variables) is True else no(variables)


def _instance(node: ast.InstanceOf, scope: Scope) -> Compiled:
    subject, spec = _compile(node.subject, scope), resolve(node.type, scope.types)
    if spec is None:
        return lambda _variables: None
    return lambda variables: is_instance(subject(variables), spec)


# --- Functions -------------------------------------------------------------------------------------------------------


def _function(node: ast.FunctionDefinition, scope: Scope) -> Compiled:
    names = tuple(name for name, _ in node.parameters)
    specs = [resolve(type_, scope.types) if type_ else None for _, type_ in node.parameters]
    body = _compile(node.body, scope) if node.body else (lambda _variables: None)
    gives = body({}) if node.body and _is_plain(node.body) else ...

    def make(variables: Variables) -> Function:
        spend(1 + len(variables) // 8)  # a function keeps the variables of its definition
        return closure(names, specs, body, variables, gives=gives)

    return make


def _is_plain(node: Any) -> bool:
    """Is a tree a value written out, of which the type can be seen?"""
    if isinstance(node, tuple):
        return all(_is_plain(part) for part in node)
    if isinstance(node, ast.Context):
        return all(_is_plain(value) for _, value in node.entries)
    return isinstance(node, ast.Literal) or (isinstance(node, ast.List) and _is_plain(node.items))


def closure(
    names: tuple[str, ...], specs: list[TypeSpec | None], body: Compiled, variables: Variables, *, gives: Any = ...
) -> Function:
    """A function value over the variables of its definition; an argument of the wrong type becomes null."""

    def call(*arguments: Any) -> Any:
        spend()
        given = [value if spec is None else spec.coerce(value) for value, spec in zip(arguments, specs, strict=True)]
        return body({**variables, **dict(zip(names, given, strict=True))})

    return Function(call, names, takes=tuple(specs), gives=gives)


def _call(node: ast.Call, scope: Scope) -> Compiled:
    callee = _compile(node.function, scope)
    if node.named:
        names = [name for name, _ in node.named]
        arguments = [_compile(value, scope) for _, value in node.named]
        return lambda variables: call_named(
            callee(variables), dict(zip(names, (a(variables) for a in arguments), strict=True))
        )
    positional = [_compile(value, scope) for value in node.positional]
    return lambda variables: call_positional(callee(variables), [value(variables) for value in positional])


# --- Iteration -------------------------------------------------------------------------------------------------------


def _iterator(node: ast.Iterator, scope: Scope) -> Callable[[Variables], list[Any] | None]:
    source = _compile(node.source, scope)
    if node.until is None:
        return lambda variables: elements(source(variables))
    until = _compile(node.until, scope)
    return lambda variables: _counted(source(variables), until(variables))


def elements(value: Any) -> list[Any] | None:
    """What an iteration goes through: the items of a list, the whole numbers or days of a range, a value alone."""
    if isinstance(value, RangeValue):
        if compare("<=", value.low, value.high) is not True:
            return None  # only `for i in 3..1` counts down; a range with its ends the wrong way round is none
        items = _counted(value.low, value.high)
        if items is None:
            return None
        ends = [
            end
            for end, included in ((value.low, value.low_included), (value.high, value.high_included))
            if not included
        ]
        return [item for item in items if item not in ends]
    return None if value is None else as_list(value)


def _counted(start: Any, end: Any) -> list[Any] | None:
    """Whole numbers or days from start to end, downwards when start is the larger."""
    if isinstance(start, Date) and isinstance(end, Date):
        return [Date.from_days(day) for day in _span(start.days, end.days)]
    whole = all(isinstance(bound, Decimal) and bound == bound.to_integral_value() for bound in (start, end))
    return [Decimal(number) for number in _span(int(start), int(end))] if whole else None


def _span(start: int, end: int) -> range:
    spend(abs(end - start) + 1)
    return range(start, end + 1) if start <= end else range(start, end - 1, -1)


def _each(iterators: tuple[ast.Iterator, ...], scope: Scope) -> Callable[[Variables], Any]:
    """Generator of the variables of each combination; later sources may use earlier names. None: a source is null."""
    sources = [(iterator.name, _iterator(iterator, scope)) for iterator in iterators]

    def walk(variables: Variables, index: int = 0) -> Any:
        if index == len(sources):
            yield variables
            return
        name, source = sources[index]
        items = source(variables)
        if items is None:
            raise _NullSource
        for item in items:
            spend()
            yield from walk({**variables, name: item}, index + 1)

    return walk


class _NullSource(Exception):
    """An iterator's source is null: the whole expression is null."""


def _for(node: ast.For, scope: Scope) -> Compiled:
    each, body, kept = _each(node.iterators, scope), _compile(node.body, scope), _keeps_partial(node.body)

    def collect(variables: Variables) -> Any:
        results: list[Any] = []
        try:
            for inner in each(variables):
                inner["partial"] = results
                if kept:
                    spend(len(results))
                    inner["partial"] = list(results)
                results.append(body(inner))
        except _NullSource:
            return None
        return results

    return collect


_LOOK_ONLY = frozenset({"count", "sum", "min", "max", "mean", "product", "median", "list contains", "index of"})


def _keeps_partial(node: Any) -> bool:
    """Could `partial` become part of a result? Then each step needs a copy; to be looked at, the list itself will do."""
    if isinstance(node, ast.Name):
        return node.name == "partial"
    if isinstance(node, tuple):
        return any(_keeps_partial(part) for part in node)
    if not isinstance(node, ast.Node):
        return False
    parts = [getattr(node, name) for name in node.__dataclass_fields__]
    if isinstance(node, ast.Filter):
        parts = [] if _is_partial(node.source) else [node.source]
        parts.append(node.condition)
    elif isinstance(node, ast.Call) and isinstance(node.function, ast.Name) and node.function.name in _LOOK_ONLY:
        parts = [part for part in node.positional if not _is_partial(part)]
    return any(_keeps_partial(part) for part in parts)


def _is_partial(node: Any) -> bool:
    return isinstance(node, ast.Name) and node.name == "partial"


def _quantified(node: ast.Quantified, scope: Scope) -> Compiled:
    each, condition, some = _each(node.iterators, scope), _compile(node.condition, scope), node.kind == "some"

    def check(variables: Variables) -> Any:
        try:
            return quantified((condition(inner) for inner in each(variables)), some=some)
        except _NullSource:
            return None

    return check


def quantified(verdicts: Iterable[Any], *, some: bool) -> bool | None:
    """Three-valued `some` or `every`; a verdict that is neither a boolean nor null makes it null."""
    answer: bool | None = not some
    for verdict in verdicts:
        if verdict is some:
            return bool(verdict)
        if not isinstance(verdict, bool | None):
            return None
        answer = None if verdict is None else answer
    return answer


_RULES: dict[type, Callable[[Any, Scope], Compiled]] = {
    ast.Literal: _literal,
    ast.Name: _name,
    ast.Path: _path,
    ast.Filter: _filter,
    ast.Negation: _negation,
    ast.Arithmetic: _arithmetic,
    ast.Comparison: _comparison,
    ast.Logical: _logical,
    ast.Between: _between,
    ast.In: _in,
    ast.UnaryComparison: _unary_value,
    ast.Range: _range,
    ast.List: _list,
    ast.Context: _context,
    ast.If: _if,
    ast.InstanceOf: _instance,
    ast.FunctionDefinition: _function,
    ast.Call: _call,
    ast.For: _for,
    ast.Quantified: _quantified,
}
