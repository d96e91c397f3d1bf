"""Expressions in BPMN without eval: an AST whitelist turned into closures, at publish and at run time alike.

Allowed: names, constants (text, number, True, False, None), comparisons except `is`, `and`/`or`/`not`,
`in`/`not in`, negative numbers, lists and tuples of constants, and a dict of text keys to names or constants
(message payload). Nothing can be called, reached into, indexed, computed or assigned.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from backend.workflow.errors import MissingProcessData, ScriptRefused, UncomparableData

MAX_LENGTH = 500
MAX_NODES = 100
Data = Mapping[str, Any]
Evaluator = Callable[[Data], Any]

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def compiled(expression: str) -> Evaluator:
    """A function of the process data. Raises ScriptRefused; the function raises MissingProcessData, UncomparableData."""
    if not isinstance(expression, str):
        raise ScriptRefused(ekspresi=str(expression)[:80], problem="bukan teks")
    return _compiled(expression)


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Evaluator:
    inner = _closure(_parsed(expression), expression)

    def evaluate(data: Data) -> Any:
        try:
            return inner(data)
        except KeyError as error:
            raise MissingProcessData(nama=error.args[0], ekspresi=expression) from None
        except TypeError:
            raise UncomparableData(ekspresi=expression) from None

    return evaluate


def names_in(expression: str) -> frozenset[str]:
    """Process data that an expression reads. Raises ScriptRefused."""
    compiled(expression)
    return frozenset(node.id for node in ast.walk(_parsed(expression)) if isinstance(node, ast.Name))


def _parsed(expression: str) -> ast.expr:
    text = expression.strip()
    if not text or len(text) > MAX_LENGTH:
        raise ScriptRefused(ekspresi=text[:80], problem="kosong" if not text else f"lebih dari {MAX_LENGTH} huruf")
    if "\n" in text or "\r" in text:
        raise ScriptRefused(ekspresi=text[:80], problem="lebih dari satu baris")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ScriptRefused(ekspresi=text[:80], problem="tidak dapat dibaca sebagai perbandingan") from None
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ScriptRefused(ekspresi=text[:80], problem="terlalu rumit")
    return tree.body


def _closure(node: ast.expr, source: str) -> Evaluator:
    make = MAKERS.get(type(node))
    if make is None:
        raise ScriptRefused(ekspresi=source[:80], problem=f"memuat {type(node).__name__}, yang tidak diizinkan")
    return make(node, source)


def _name(node: ast.Name, source: str) -> Evaluator:
    name = node.id
    if name.startswith("__"):
        raise ScriptRefused(ekspresi=source[:80], problem=f"memakai nama {name}")
    return lambda data: data[name]


def _constant(node: ast.expr, source: str) -> Evaluator:
    value = _constant_value(node, source)
    return lambda _data: value


def _constant_value(node: ast.expr, source: str) -> Any:
    """Value of a constant, a negative number, or a list or tuple of those."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        if isinstance(number, int | float) and not isinstance(number, bool):
            return -number
    if isinstance(node, ast.List | ast.Tuple):
        return tuple(_constant_value(item, source) for item in node.elts)
    raise ScriptRefused(ekspresi=source[:80], problem="memuat sesuatu yang bukan nilai tetap di tempat nilai tetap")


def _compare(node: ast.Compare, source: str) -> Evaluator:
    if not all(type(op) in COMPARISONS for op in node.ops):
        raise ScriptRefused(ekspresi=source[:80], problem="memakai perbandingan “is”")
    first = _closure(node.left, source)
    rest = [
        (COMPARISONS[type(op)], _closure(item, source)) for op, item in zip(node.ops, node.comparators, strict=True)
    ]

    def evaluate(data: Data) -> bool:
        left = first(data)
        for compare, item in rest:
            right = item(data)
            if not compare(left, right):
                return False
            left = right
        return True

    return evaluate


def _bool_op(node: ast.BoolOp, source: str) -> Evaluator:
    parts = [_closure(item, source) for item in node.values]
    if isinstance(node.op, ast.And):
        return lambda data: all(part(data) for part in parts)
    return lambda data: any(part(data) for part in parts)


def _unary(node: ast.UnaryOp, source: str) -> Evaluator:
    if isinstance(node.op, ast.Not):
        inner = _closure(node.operand, source)
        return lambda data: not inner(data)
    return _constant(node, source)


def _dict(node: ast.Dict, source: str) -> Evaluator:
    if not all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in node.keys):
        raise ScriptRefused(ekspresi=source[:80], problem="memuat kunci yang bukan teks")
    if not all(isinstance(value, ast.Name | ast.Constant) for value in node.values):
        raise ScriptRefused(ekspresi=source[:80], problem="memuat isi yang bukan nama data atau nilai tetap")
    pairs = [(key.value, _closure(value, source)) for key, value in zip(node.keys, node.values, strict=True)]  # type: ignore[union-attr]
    return lambda data: {key: value(data) for key, value in pairs}


MAKERS: dict[type[ast.expr], Callable[[Any, str], Evaluator]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.List: _constant,
    ast.Tuple: _constant,
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.Dict: _dict,
}
