"""FEEL, the expression language of DMN 1.1–1.5: parsed by a lark grammar, compiled to closures, never `eval`.

`compile_expression(text, names)` and `compile_unary_tests(text, names)` give callables; `ast` is the tree both come
from. Numbers are Decimal with 34 digits; an operation that the standard does not define gives null (None).
"""

from backend.rules.feel.compiler import Scope, compile_expression, compile_unary_tests
from backend.rules.feel.errors import FeelSyntaxError, TooMuchWork
from backend.rules.feel.parser import parse_expression, parse_unary_tests

__all__ = [
    "FeelSyntaxError",
    "Scope",
    "TooMuchWork",
    "compile_expression",
    "compile_unary_tests",
    "parse_expression",
    "parse_unary_tests",
]
