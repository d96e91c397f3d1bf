"""Regular expressions of XPath, which FEEL's `matches`, `replace` and `split` speak, in the dialect of `regex`.

Both are nearly one language; where they differ (the dot, `$`, the flag x, class subtraction, names of blocks, what may
stand behind a backslash) the pattern is rewritten, and what XPath does not know is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import regex

from backend.rules.feel.errors import TooMuchWork

MAX_REPEATED = 10_000
FLAGS = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": 0, "q": 0}
_ESCAPABLE = frozenset("nrt\\|.?*+(){}[]-^$sSdDwWpP")
_NAME_START, _NAME = r"\p{L}_:", r"\p{L}\p{M}\p{N}._:\-"
_CLASSES = {"i": f"[{_NAME_START}]", "I": f"[^{_NAME_START}]", "c": f"[{_NAME}]", "C": f"[^{_NAME}]"}
_COUNT = regex.compile(r"\{([0-9]+)(?:,([0-9]*))?\}")
_GROUP = regex.compile(r"\$([0-9]+)")
_BLOCK = regex.compile(r"\\([pP])\{Is([A-Za-z0-9-]+)\}")


class _NotXPath(Exception):
    """The pattern is none of XPath's."""


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str = "") -> regex.Pattern[str] | None:
    """The pattern, or None when it is not one. Raises TooMuchWork when its repetitions multiply to more than MAX_REPEATED."""
    repeated = 1
    for low, high in _COUNT.findall(pattern):
        repeated *= max(1, *(int(count[:9]) for count in (low, high) if count))
        if repeated > MAX_REPEATED:
            raise TooMuchWork
    if set(flags) - FLAGS.keys():
        return None
    options = regex.V1
    for flag in flags:
        options |= FLAGS[flag]
    try:
        text = regex.escape(pattern) if "q" in flags else "".join(_rewritten(pattern, flags))
        return regex.compile(text, options)
    except (_NotXPath, regex.error, RecursionError, OverflowError):
        return None


def _rewritten(pattern: str, flags: str) -> Iterator[str]:
    """The pattern's parts, each in the dialect of `regex`. Raises _NotXPath."""
    depth, position = 0, 0  # depth of `[`
    if "x" in flags:
        pattern = _without_space(pattern)
    while position < len(pattern):
        sign = pattern[position]
        if sign == "\\":
            part = _escaped(pattern, position, inside=depth > 0)
            yield _translated(part)
            position += len(part)
            continue
        following = pattern[position + 1 : position + 2]
        if depth:
            depth += (sign == "[") - (sign == "]")
            yield "--" if sign == "-" and following == "[" else sign
        elif sign == "(" and following == "?" and pattern[position + 2 : position + 3] != ":":
            raise _NotXPath
        else:
            depth = int(sign == "[")
            yield _plain(sign, flags)
        position += 1


def _plain(sign: str, flags: str) -> str:
    if sign == "." and "s" not in flags:
        return r"[^\n\r]"
    return r"\Z" if sign == "$" and "m" not in flags else sign


def _without_space(pattern: str) -> str:
    """The flag x: white space counts only inside a class."""
    kept, depth, escaped = [], 0, False
    for sign in pattern:
        if not escaped:
            depth += (sign == "[") - (sign == "]" and depth > 0)
        if depth or not sign.isspace():
            kept.append(sign)
        escaped = sign == "\\" and not escaped
    return "".join(kept)


def _escaped(pattern: str, position: int, *, inside: bool) -> str:
    """What a backslash begins: `\\n`, `\\p{Lu}`, `\\12`."""
    if block := regex.compile(r"\\[pP]\{[^}]*\}|\\[1-9][0-9]*").match(pattern, position):
        if inside and block[0][1].isdigit():
            raise _NotXPath
        return str(block[0])
    sign = pattern[position + 1 : position + 2]
    if (sign not in _ESCAPABLE and sign not in _CLASSES) or not sign:
        raise _NotXPath
    return "\\" + sign


def _translated(part: str) -> str:
    if part[1] in _CLASSES:
        return _CLASSES[part[1]]
    return _BLOCK.sub(r"\\\1{In\2}", part)


def replacer(replacement: str, groups: int) -> Callable[[regex.Match[str]], str] | None:
    r"""What replaces a match: `$1` a group (empty when there is none), `\$` and `\\` the sign; None when it is wrong."""
    parts: list[str | int] = []
    position = 0
    while position < len(replacement):
        sign, following = replacement[position], replacement[position + 1 : position + 2]
        if sign == "\\" and following in {"\\", "$"}:
            parts.append(following)
            position += 2
        elif number := _GROUP.match(replacement, position):
            digits = number[1]
            while len(digits) > 1 and int(digits) > groups:
                digits = digits[:-1]
            parts.append(int(digits))
            position += 1 + len(digits)
        elif sign in {"\\", "$"}:
            return None
        else:
            parts.append(sign)
            position += 1
    return lambda match: "".join(
        part if isinstance(part, str) else (match[part] or "") if part <= groups else "" for part in parts
    )
