"""Tokens of FEEL.

A FEEL name may hold spaces and signs ("Pre-bureau risk", "date and time"), so a text can only be cut into tokens by
someone who knows the names in scope. This lexer takes them, and finds those that the text itself declares (context
keys, iterators, parameters). It also names each bracket by its role, which keeps the grammar LALR(1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

import regex
from lark.lexer import Lexer as LarkLexer
from lark.lexer import Token

from backend.rules.feel.errors import FeelSyntaxError

MAX_CHARACTERS = 20_000
MAX_TOKENS = 4_000
MAX_NESTING = 60

_START = r"?A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
_PART = _START + r"0-9\u00B7\u0300-\u036F\u203F\u2040"
_SPACE = regex.compile(
    r"(?:[\s\u00A0\u1680\u180E\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF]|//[^\n]*|/\*.*?\*/)+", regex.DOTALL
)
_NUMBER = regex.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_STRING = regex.compile(r'"(?:\\.|[^"\\])*"', regex.DOTALL)
_AT = regex.compile(r'@\s*"(?:[^"\\]*)"')
_WORD = regex.compile(f"[{_START}][{_PART}]*")
_PIECE = regex.compile(f"[{_PART}]+|[^\\s{_PART}]")
_NAME_END = regex.compile(f"[{_PART}]")

KEYWORDS = {
    word: word.upper()
    for word in (
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "function",
        "external",
        "and",
        "or",
        "between",
        "instance",
        "of",
        "true",
        "false",
        "null",
    )
}
SIGNS = {
    "**": "POWER",
    "..": "DOTS",
    "->": "ARROW",
    "<=": "LE",
    ">=": "GE",
    "!=": "NE",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    "{": "LBRACE",
    "}": "RBRACE",
    ",": "COMMA",
    ":": "COLON",
    ".": "DOT",
    "=": "EQ",
    "<": "LT",
    ">": "GT",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
}
_SIGN = regex.compile("|".join(regex.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)))

# Names of the standard that hold a space: functions, types and properties.
STANDARD_NAMES = frozenset(
    {
        "date and time",
        "days and time duration",
        "years and months duration",
        "string length",
        "upper case",
        "lower case",
        "substring before",
        "substring after",
        "starts with",
        "ends with",
        "string join",
        "list contains",
        "insert before",
        "index of",
        "distinct values",
        "list replace",
        "round up",
        "round down",
        "round half up",
        "round half down",
        "day of year",
        "day of week",
        "month of year",
        "week of year",
        "get value",
        "get entries",
        "context put",
        "context merge",
        "met by",
        "overlaps before",
        "overlaps after",
        "finished by",
        "started by",
        "time offset",
        "start included",
        "end included",
        # named parameters of the standard functions
        "grouping separator",
        "decimal separator",
        "start position",
        "new item",
    }
)
_ENDS_OPERAND = {"NAME", "NUMBER", "STRING", "AT", "TRUE", "FALSE", "NULL", "RPAR", "RSQB", "RBRACE", "LSQB_CLOSE"}
_STARTS_OPERAND = {
    "NAME",
    "NUMBER",
    "STRING",
    "AT",
    "TRUE",
    "FALSE",
    "NULL",
    "LPAR",
    "LSQB",
    "LBRACE",
    "MINUS",
    "IF",
    "FOR",
    "SOME",
    "EVERY",
    "FUNCTION",
}
_IN_NAME = {"NAME", "NUMBER", "DOT", "PLUS", "MINUS", "STAR", "SLASH", *KEYWORDS.values()} - {
    "IN",
    "TRUE",
    "FALSE",
    "NULL",
}


class _Known:
    """Names with spaces or signs, ready to be found at a place of a text: the longest wins."""

    def __init__(self, names: Iterable[str]) -> None:
        self.by_first: dict[str, list[tuple[str, regex.Pattern[str]]]] = {}
        for name in sorted(names, key=len, reverse=True):
            pieces = _PIECE.findall(name)
            if len(pieces) > 1:
                self.by_first.setdefault(pieces[0][0], []).append((name, _pattern(pieces)))

    def match(self, text: str, position: int) -> tuple[str, int] | None:
        for name, pattern in self.by_first.get(text[position], ()):
            if found := pattern.match(text, position):
                return name, found.end()
        return None


def _pattern(pieces: list[str]) -> regex.Pattern[str]:
    """Any white space between the pieces; some between two words; no further letter behind the last word."""
    text = regex.escape(pieces[0])
    for before, piece in pairwise(pieces):
        text += (r"\s+" if _NAME_END.match(before[-1]) and _NAME_END.match(piece[0]) else r"\s*") + regex.escape(piece)
    return regex.compile(text + (f"(?![{_PART}])" if _NAME_END.match(pieces[-1][-1]) else ""))


@lru_cache(maxsize=512)
def _known(names: frozenset[str]) -> _Known:
    return _Known(names | STANDARD_NAMES)


_OPENING = frozenset({"LPAR", "LPAR_CALL", "LSQB", "LSQB_FILTER", "RSQB_OPEN", "LBRACE"})
_CLOSING = frozenset({"RPAR", "RSQB", "LSQB_CLOSE", "RBRACE"})


def tokenize(text: str, names: frozenset[str], *, unary: bool) -> list[Token]:
    """Tokens of `text`. Raises FeelSyntaxError where a character fits nowhere or the text is too large."""
    if len(text) > MAX_CHARACTERS:
        raise FeelSyntaxError(text[:60] + "…", MAX_CHARACTERS, f"tulisan paling panjang {MAX_CHARACTERS} huruf")
    tokens = list(_cut(text, _known(names)))
    if declared := _declared(tokens, text):
        tokens = list(_cut(text, _known(names | declared)))
    if len(tokens) > MAX_TOKENS:
        raise FeelSyntaxError(text[:60] + "…", len(text), f"ungkapan paling panjang {MAX_TOKENS} kata")
    roles = _brackets(tokens, text)
    if unary and len(tokens) > 2 and tokens[0] == "not" and tokens[1].type == "LPAR" and _closes_at_end(roles):
        return _brackets([_token("NOT", "not", tokens[0].start_pos), *tokens[1:]], text)
    return roles


def _token(kind: str, value: str, position: int | None) -> Token:
    return Token(kind, value, start_pos=position, line=1, column=(position or 0) + 1)


def _cut(text: str, known: _Known) -> Iterator[Token]:
    position, length = 0, len(text)
    while position < length:
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        kind, value, end = _next(text, position, known)
        yield _token(kind, value, position)
        position = end


def _next(text: str, position: int, known: _Known) -> tuple[str, str, int]:
    if name := known.match(text, position):
        return "NAME", *name
    if word := _WORD.match(text, position):
        return KEYWORDS.get(word[0], "NAME"), word[0], word.end()
    for kind, pattern in (("NUMBER", _NUMBER), ("STRING", _STRING), ("AT", _AT)):
        if found := pattern.match(text, position):
            return kind, found[0], found.end()
    if sign := _SIGN.match(text, position):
        return SIGNS[sign[0]], sign[0], sign.end()
    raise FeelSyntaxError(text, position + 1, f"tanda {text[position]!r} tidak dikenal")


def _declared(tokens: list[Token], text: str) -> frozenset[str]:
    """Names of several words that the text itself introduces: `{full name: …}`, `for each item in …`, `f(my arg: …)`."""
    found = set()
    for index, opener in enumerate(tokens):
        if opener.type not in {"LBRACE", "COMMA", "LPAR", "FOR", "SOME", "EVERY"}:
            continue
        end = index + 1
        while end < len(tokens) and tokens[end].type in _IN_NAME:
            end += 1
        run = tokens[index + 1 : end]
        if len(run) < 2 or end == len(tokens) or run[0].type != "NAME":
            continue
        closer = tokens[end].type
        iterates = (
            closer == "IN" and opener.type in {"FOR", "SOME", "EVERY", "COMMA"} and all(t.type == "NAME" for t in run)
        )
        if (
            (closer == "COLON" and opener.type in {"LBRACE", "COMMA", "LPAR"})
            or iterates
            or _formal(tokens, index, closer)
        ):
            found.add(" ".join(text[run[0].start_pos : tokens[end].start_pos].split()))
    return frozenset(found)


def _formal(tokens: list[Token], index: int, closer: str) -> bool:
    """Is this the parameter list of a function definition without types?"""
    return (
        closer in {"COMMA", "RPAR"}
        and tokens[index].type == "LPAR"
        and index > 0
        and tokens[index - 1].type == "FUNCTION"
    )


def _closes_at_end(roles: list[Token]) -> bool:
    """Does the bracket that follows the first word close with the last one? Intervals may mix round and square ones."""
    depth = 0
    for index, token in enumerate(roles[1:], 1):
        depth += (token.type in _OPENING) - (token.type in _CLOSING)
        if depth == 0:
            return index == len(roles) - 1
    return False


def _brackets(tokens: list[Token], text: str) -> list[Token]:
    """Name each bracket by its role. `]1..3[` opens and closes the wrong way round; a filter follows an operand."""
    result: list[Token] = []
    stack: list[list[object]] = []  # [kind of the opening bracket, was there a `..` in it]
    for index, token in enumerate(tokens):
        after_operand = bool(result) and result[-1].type in _ENDS_OPERAND
        following = tokens[index + 1].type if index + 1 < len(tokens) else ""
        kind = _role(token.type, after_operand, following, stack, result)
        _nest(kind, stack)
        if len(stack) > MAX_NESTING:
            raise FeelSyntaxError(text, (token.start_pos or 0) + 1, f"kurung bersarang paling banyak {MAX_NESTING}")
        result.append(_token(kind, str(token), token.start_pos))
    return result


def _role(kind: str, after_operand: bool, following: str, stack: list[list[object]], result: list[Token]) -> str:
    if kind == "LPAR" and after_operand:
        return "LPAR_CALL"
    if kind == "LSQB" and after_operand:
        closes = bool(stack) and stack[-1][1] and following not in _STARTS_OPERAND
        return "LSQB_CLOSE" if closes else "LSQB_FILTER"
    if kind == "RSQB" and not after_operand:
        empty_list = bool(result) and result[-1].type == "LSQB"
        return "RSQB" if empty_list else "RSQB_OPEN"
    return kind


def _nest(kind: str, stack: list[list[object]]) -> None:
    if kind in _OPENING:
        stack.append([kind, False])
    elif kind in _CLOSING and stack:
        stack.pop()
    elif kind == "DOTS" and stack:
        stack[-1][1] = True


class Tokens(LarkLexer):
    """Lark's view of a token list that is ready."""

    def __init__(self, _conf: object) -> None:
        pass

    def lex(self, data: list[Token]) -> Iterator[Token]:  # type: ignore[override]
        return iter(data)
