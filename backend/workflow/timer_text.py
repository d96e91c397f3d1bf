"""Times as a diagram or a step writes them: the part of ISO 8601 that the engine computes with, and nothing else.

The library finds a bad time only when a token arrives, and a year of 999999999 months keeps it busy for ever; so every
text is checked when the file is read, and what comes from process data when it is used.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal

from backend.workflow.errors import InvalidTimer

Kind = Literal["timeDate", "timeDuration", "timeCycle"]
KINDS: tuple[Kind, ...] = ("timeDate", "timeDuration", "timeCycle")
EXAMPLES: dict[Kind, str] = {
    "timeDate": "2025-04-10T00:00:00+07:00", "timeDuration": "P3D atau PT4H", "timeCycle": "R3/P1D"
}  # fmt: skip
MAX_CYCLES, MAX_YEARS = 9999, 100
_UNITS = (("Y", 365.25), ("M", 30.44), ("W", 7.0), ("D", 1.0), ("H", 1 / 24), ("MIN", 1 / 1440), ("S", 1 / 86400))
_DURATION = re.compile(
    r"P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
    r"(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?\Z"
)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
_ZONE = re.compile(r"T[\d:.,]+(?:Z|[+-]\d{2}:?\d{2})\Z")
_LOOKS_LIKE_TIME = re.compile(r"[Pp][Tt]?(?:\d+[A-Za-z]+)*\d*\Z|[Pp][Tt]?\d|[Rr]\d*\Z|[Rr]\d*[/P]|\d")


def looks_like_time(text: str) -> bool:
    """Is this meant as a time (and not as the name of process data), rightly or wrongly written?"""
    return bool(_LOOKS_LIKE_TIME.match(text))


def check(kind: Kind, value: Any) -> str:
    """The text, when the engine can compute with it. Raises InvalidTimer."""
    if not isinstance(value, str):
        raise InvalidTimer(waktu=str(value)[:60], problem="bukan teks", contoh=EXAMPLES[kind])
    text = value.strip()
    problem = _CHECKS[kind](text)
    if problem:
        raise InvalidTimer(waktu=text[:60], problem=problem, contoh=EXAMPLES[kind])
    return text


def is_endless(text: str) -> bool:
    """A cycle without a count, or with none."""
    return bool(re.match(r"R0*/", text))


def _duration(text: str) -> str:
    found = _DURATION.match(text)
    if found is None:
        return "bukan lama waktu menurut ISO 8601"
    parts = found.groups()
    if parts[2] and any(parts[index] for index in (0, 1, 3)):
        return "minggu tidak boleh dicampur dengan tahun, bulan, atau hari"
    days = sum(float(part) * days for part, (_unit, days) in zip(parts, _UNITS, strict=True) if part)
    return f"lebih dari {MAX_YEARS} tahun" if days > MAX_YEARS * 366 else ""


def _date(text: str) -> str:
    if not _DATED.match(text):
        return "bukan tanggal menurut ISO 8601"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return "tanggal atau jam itu tidak ada"
    if moment.tzinfo is None or not _ZONE.search(text):
        return "tidak menyebut zona waktu"
    return "" if 1970 <= moment.year <= 9000 else "tahunnya di luar jangkauan"


def _cycle(text: str) -> str:
    count, _, rest = text.partition("/")
    if not re.fullmatch(r"R\d{0,4}", count) or not rest:
        return "bukan pengulangan menurut ISO 8601"
    first, _, second = rest.partition("/")
    durations = [part for part in (first, second) if part.startswith("P")]
    if len(durations) != 1:
        return "harus memuat tepat satu lama waktu"
    if not re.search(r"[1-9]", durations[0]):
        return "jaraknya nol"
    dates = [part for part in (first, second) if part and not part.startswith("P")]
    return _duration(durations[0]) or next(filter(None, map(_date, dates)), "")


_CHECKS = {"timeDate": _date, "timeDuration": _duration, "timeCycle": _cycle}
