"""FEEL text → tree."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import regex
from lark import Lark, Token, Transformer, UnexpectedToken, v_args

from backend.rules.feel import ast
from backend.rules.feel.errors import FeelSyntaxError
from backend.rules.feel.lexer import Tokens, tokenize
from backend.rules.feel.temporal import parse_temporal
from backend.rules.feel.values import in_range

MAX_DEPTH = 120
_ESCAPE = regex.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", regex.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def _unescape(match: regex.Match[str]) -> str:
    if code := match[1] or match[2]:
        value = int(code, 16)
        return chr(value) if value <= 0x10FFFF else match[0]
    return _SIMPLE.get(match[3], match[0])


def string_value(text: str) -> str:
    """Content of a quoted FEEL string."""
    plain = _ESCAPE.sub(_unescape, text[1:-1])
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins \uD83D\uDCA9 into one character


def _key(token: Token) -> str:
    return string_value(token) if token.type == "STRING" else str(token)


class _Build(Transformer[Any, Any]):
    """Callbacks of the grammar; each makes one node."""

    def expression_start(self, children: list[Any]) -> Any:
        return children[0]

    def tests(self, children: list[Any]) -> tuple[ast.Node, ...]:
        return _nodes(children)

    def plain_tests(self, children: list[Any]) -> ast.UnaryTests:
        return ast.UnaryTests(children[0])

    def negated_tests(self, children: list[Any]) -> ast.UnaryTests:
        return ast.UnaryTests(children[2], negated=True)

    @v_args(inline=True)
    def compare(self, sign: Token) -> str:
        return str(sign)

    @v_args(inline=True)
    def unary_comparison(self, operator: str, operand: ast.Node) -> ast.Node:
        return ast.UnaryComparison(operator, operand)

    @v_args(inline=True)
    def logical(self, left: ast.Node, operator: Token, right: ast.Node) -> ast.Node:
        return ast.Logical(str(operator), left, right)

    @v_args(inline=True)
    def comparison(self, left: ast.Node, operator: str, right: ast.Node) -> ast.Node:
        return ast.Comparison(operator, left, right)

    @v_args(inline=True)
    def arithmetic(self, left: ast.Node, operator: Token, right: ast.Node) -> ast.Node:
        return ast.Arithmetic(str(operator), left, right)

    def between(self, children: list[Any]) -> ast.Node:
        return ast.Between(*_nodes(children))

    def in_one(self, children: list[Any]) -> ast.Node:
        subject, test = _nodes(children)
        return ast.In(subject, (test,))

    def in_many(self, children: list[Any]) -> ast.Node:
        subject, *tests = _nodes(children)
        return ast.In(subject, tuple(tests))

    def instance_of(self, children: list[Any]) -> ast.Node:
        return ast.InstanceOf(children[0], children[-1])

    @v_args(inline=True)
    def negation(self, _sign: Token, operand: ast.Node) -> ast.Node:
        return ast.Negation(operand)

    @v_args(inline=True)
    def path(self, source: ast.Node, _dot: Token, name: Token) -> ast.Node:
        return ast.Path(source, str(name))

    def filter_(self, children: list[Any]) -> ast.Node:
        return ast.Filter(*_nodes(children))

    def positional(self, children: list[Any]) -> tuple[ast.Node, ...]:
        return _nodes(children)

    def parameter(self, children: list[Any]) -> tuple[str, ast.Node]:
        return _key(children[0]), children[2]

    def named(self, children: list[Any]) -> dict[str, ast.Node]:
        return dict(child for child in children if not isinstance(child, Token))

    def call(self, children: list[Any]) -> ast.Node:
        arguments = next((child for child in children[1:] if not isinstance(child, Token)), ())
        if isinstance(arguments, dict):
            return ast.Call(children[0], named=tuple(arguments.items()))
        return ast.Call(children[0], positional=arguments)

    @v_args(inline=True)
    def number(self, token: Token) -> ast.Node:
        value = Decimal(str(token))
        return ast.Literal(value if in_range(value) else None)

    @v_args(inline=True)
    def string(self, token: Token) -> ast.Node:
        return ast.Literal(string_value(token))

    @v_args(inline=True)
    def temporal(self, token: Token) -> ast.Node:
        return ast.Literal(parse_temporal(token[token.index('"') + 1 : -1]))

    def true(self, _children: list[Any]) -> ast.Node:
        return ast.Literal(True)

    def false(self, _children: list[Any]) -> ast.Node:
        return ast.Literal(False)

    def null(self, _children: list[Any]) -> ast.Node:
        return ast.Literal(None)

    @v_args(inline=True)
    def name(self, token: Token) -> ast.Node:
        return ast.Name(str(token))

    def parenthesis(self, children: list[Any]) -> Any:
        return children[1]

    def list_(self, children: list[Any]) -> ast.Node:
        return ast.List(_nodes(children))

    def range_(self, children: list[Any]) -> ast.Node:
        opener, low, _dots, high, closer = children
        return ast.Range(low, high, opener.type == "LSQB", closer.type == "RSQB")

    def entry(self, children: list[Any]) -> tuple[str, ast.Node]:
        return _key(children[0]), children[2]

    def context(self, children: list[Any]) -> ast.Node:
        return ast.Context(tuple(child for child in children if not isinstance(child, Token)))

    def if_(self, children: list[Any]) -> ast.Node:
        return ast.If(*_nodes(children))

    def iterator(self, children: list[Any]) -> ast.Iterator:
        return ast.Iterator(str(children[0]), *_nodes(children))

    def iterators(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(child for child in children if not isinstance(child, Token))

    def for_(self, children: list[Any]) -> ast.Node:
        return ast.For(children[1], children[3])

    def quantified(self, children: list[Any]) -> ast.Node:
        return ast.Quantified(str(children[0]), children[1], children[3])

    def formal(self, children: list[Any]) -> tuple[str, ast.Type | None]:
        return str(children[0]), children[2] if len(children) > 1 else None

    def external(self, _children: list[Any]) -> None:
        return None

    def function(self, children: list[Any]) -> ast.Node:
        parameters = tuple(child for child in children[:-1] if isinstance(child, tuple))
        return ast.FunctionDefinition(parameters, children[-1])

    def type_name(self, children: list[Any]) -> ast.Type:
        return ast.Type(".".join(str(child) for child in children if child.type == "NAME"))

    def type_null(self, _children: list[Any]) -> ast.Type:
        return ast.Type("Null")

    def type_any_function(self, _children: list[Any]) -> ast.Type:
        return ast.Type("function")

    def type_generic(self, children: list[Any]) -> ast.Type:
        return ast.Type(str(children[0]), _types(children))

    def type_context(self, children: list[Any]) -> ast.Type:
        fields = tuple(str(child) for child in children[1:] if isinstance(child, Token) and child.type == "NAME")
        return ast.Type(str(children[0]), _types(children), fields)

    def type_function(self, children: list[Any]) -> ast.Type:
        return ast.Type("function", _types(children))


def _nodes(children: list[Any]) -> tuple[ast.Node, ...]:
    return tuple(child for child in children if isinstance(child, ast.Node))


def _types(children: list[Any]) -> tuple[ast.Type, ...]:
    return tuple(child for child in children if isinstance(child, ast.Type))


_PARSER = Lark(
    (Path(__file__).parent / "grammar.lark").read_text(),
    parser="lalr",
    lexer=Tokens,
    start=["expression_start", "unary_start"],
    transformer=_Build(),
    maybe_placeholders=False,
    keep_all_tokens=True,
)


def _parse(text: str, names: frozenset[str], start: str) -> Any:
    tokens = tokenize(text, names, unary=start == "unary_start")
    try:
        tree = _PARSER.parse(tokens, start=start)  # our lexer takes tokens
    except UnexpectedToken as error:
        raise FeelSyntaxError(text, *_where(error, text)) from None
    if _depth(tree) > MAX_DEPTH:
        raise FeelSyntaxError(text[:60], 1, f"ungkapan bersarang paling dalam {MAX_DEPTH} tingkat")
    return tree


def _where(error: UnexpectedToken, text: str) -> tuple[int, str]:
    if error.token.type == "$END":
        return len(text) + 1, "ungkapan belum selesai"
    return (error.token.start_pos or 0) + 1, f"{str(error.token)!r} tidak diharapkan di sini"


def _children(node: Any) -> list[Any]:
    if isinstance(node, tuple):
        return list(node)
    return [getattr(node, name) for name in node.__dataclass_fields__] if isinstance(node, ast.Node) else []


def _depth(tree: Any) -> int:
    deepest, pending = 0, [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        deepest = max(deepest, depth)
        pending += [(child, depth + isinstance(node, ast.Node)) for child in _children(node)]
    return deepest


@lru_cache(maxsize=4096)
def parse_expression(text: str, names: frozenset[str] = frozenset()) -> ast.Node:
    """Tree of an expression; `names` are the variables in scope. Raises FeelSyntaxError."""
    tree: ast.Node = _parse(text, names, "expression_start")
    return tree


@lru_cache(maxsize=4096)
def parse_unary_tests(text: str, names: frozenset[str] = frozenset()) -> ast.UnaryTests:
    """Tree of a decision table's input cell; empty and `-` mean any value. Raises FeelSyntaxError."""
    if text.strip() in {"", "-"}:
        return ast.UnaryTests(())
    tree: ast.UnaryTests = _parse(text, names, "unary_start")
    return tree
