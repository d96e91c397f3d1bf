"""Expressions in a model are comparisons of data; anything that could do more is refused, at publish and at run time."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import DomainError
from backend.workflow.conditions import MAX_LENGTH, compiled, names_in
from backend.workflow.errors import MissingProcessData, ScriptRefused, UncomparableData

ESCAPES = [
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('x=1')",
    "compile('1','','eval')",
    "globals()",
    "locals()",
    "vars()",
    "getattr(a, 'b')",
    "a.b",
    "a.__class__",
    "a['b']",
    "a[0]",
    "a[:]",
    "lambda: 1",
    "(lambda: 1)()",
    "[x for x in a]",
    "{x for x in a}",
    "{x: 1 for x in a}",
    "(x for x in a)",
    "f'{a}'",
    "f'{a.__class__}'",
    "a if b else c",
    "(a := 1)",
    "a + b",
    "a * 9",
    "'a' * 999999999",
    "2 ** 99999",
    "a % b",
    "a @ b",
    "~a",
    "+a",
    "a << 99",
    "a | b",
    "a is None",
    "a is not None",
    "*a",
    "await a",
    "yield a",
    "...",
    "b'x'",
    "1j",
    "{1: 2}",
    "{a: 1}",
    "{'a': b.c}",
    "{'a': [b]}",
    "{**a}",
    "{1, 2}",
    "(a, b)",
    "[a]",
    "[[a]]",
    "print(a)",
    "a; b",
    "a = 1",
    "import os",
    "a\nb",
    "a == 1\nimport os",
    "",
    "   ",
    "def f(): pass",
    "__builtins__",
    "__name__",
    "__debug__",
    "a and __import__('os')",
    "not f(a)",
    "a in open('x')",
    "-a",
    "-'x'",
    "-True",
    "a == b.c",
    "1 if a else 2",
    "a <",
    "(" * 300,
    "-" * 600 + "1",
    "not " * 150 + "a",
    "a\x00b",
    "'" + "x" * MAX_LENGTH + "'",
    "${a}",
    "#{a == 1}",
    "= a",
    "a && b",
    "!a",
    "a === b",
    "a.b()",
    "a()()",
    "f(a)(b)",
    "type(a)",
    "breakpoint()",
    "input()",
    "@a",
    "a -> b",
    "lambda",
    "\\x41 == 1 or f()",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_what_is_more_than_a_comparison_is_refused(text: str) -> None:
    with pytest.raises(ScriptRefused):
        compiled(text)


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(ScriptRefused):
        compiled(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a == 'x'", True),
        ("a != 'x'", False),
        ("n > 3 and n <= 5", True),
        ("n < 3 or not b", False),
        ("1 < n < 6", True),
        ("a in ['x', 'y']", True),
        ("a not in ('x', 'y')", False),
        ("kosong == None", True),
        ("b == True", True),
        ("-1 < n", True),
        ("'P3D'", "P3D"),
        ("a", "x"),
        ("uang >= 90", True),
        ("{'nilai': n, 'tetap': 'k'}", {"nilai": 5, "tetap": "k"}),
        (" a == 'x' ", True),
        ("n in [5, -1]", True),
        ("not a == 'y'", True),
    ],
)
def test_comparisons_say_what_they_say(text: str, expected: Any) -> None:
    data = {"a": "x", "n": 5, "b": True, "kosong": None, "uang": Decimal("90.00")}
    assert compiled(text)(data) == expected


def test_and_and_or_stop_early() -> None:
    assert compiled("ada or tidak_ada")({"ada": True}) is True
    assert compiled("ada and tidak_ada")({"ada": False}) is False


def test_a_missing_name_and_a_wrong_type_are_said_in_words() -> None:
    with pytest.raises(MissingProcessData) as missing:
        compiled("a == 1")({})
    assert missing.value.params == {"nama": "a", "ekspresi": "a == 1"}
    with pytest.raises(UncomparableData):
        compiled("a < 1")({"a": "x"})
    with pytest.raises(UncomparableData):
        compiled("1 in a")({"a": 5})


def test_names_are_what_an_expression_reads() -> None:
    assert names_in("a == 'b' and c in ['d']") == {"a", "c"}


@given(st.text(max_size=60))
def test_any_text_is_compiled_or_refused_and_never_runs(text: str) -> None:
    with suppress(DomainError):
        compiled(text)({"a": 1})


names = st.sampled_from("abc")
atoms = st.one_of(
    names,
    st.integers(-99, 99).map(str),
    st.text("xyz", max_size=3).map(repr),
    st.sampled_from(["True", "False", "None"]),
)
comparisons = st.tuples(atoms, st.sampled_from(["==", "!="]), atoms).map(" ".join)
expressions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
        ),
        inner.map(lambda part: f"not ({part})"),
    ),
    max_leaves=6,
)
data = st.fixed_dictionaries(
    {name: st.integers(-3, 3) | st.text("xyz", max_size=3) | st.booleans() | st.none() for name in "abc"}
)


@given(expressions, data)
def test_it_says_what_python_says(text: str, values: dict[str, Any]) -> None:
    expected = eval(text, {"__builtins__": {}}, dict(values))  # noqa: S307 the reference
    assert bool(compiled(text)(values)) == bool(expected)
