"""FEEL values as JSON, without loss: numbers stay exact, dates and durations are ISO texts.

In:  `{"type": "date", "value": "2025-01-31"}` (also time, date and time, the durations) or a plain JSON value.
Out: numbers as JSON numbers, temporal values as ISO strings, ranges and functions as their FEEL text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from backend.core.errors import DomainError
from backend.rules.feel.temporal import Date, DateTime, DaysDuration, MonthsDuration, Time, parse_duration
from backend.rules.feel.values import in_range, number_text, text

MAX_CHARACTERS = 2_000_000
_PLAIN_EXPONENT = 40  # numbers up to this many digits are written out


class InvalidInput(DomainError):
    """Masukan tidak dapat dibaca: {sebab}."""


_TEMPORAL: dict[str, Callable[[str], Any]] = {
    "date": Date.parse,
    "time": Time.parse,
    "date and time": DateTime.parse,
    "dateTime": DateTime.parse,
    "date_time": DateTime.parse,
    "days and time duration": DaysDuration.parse,
    "dayTimeDuration": DaysDuration.parse,
    "years and months duration": MonthsDuration.parse,
    "yearMonthDuration": MonthsDuration.parse,
    "duration": parse_duration,
}


def _refuse_constant(name: str) -> Any:
    raise InvalidInput(sebab=f"{name} bukan angka")


def read_inputs(line: str) -> dict[str, Any]:
    """A JSON object of inputs as FEEL values. Raises InvalidInput."""
    if len(line) > MAX_CHARACTERS:
        raise InvalidInput(sebab=f"lebih panjang dari {MAX_CHARACTERS} huruf")
    try:
        data = json.loads(
            line.removeprefix("\ufeff"), parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant
        )
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" pada huruf ke-{error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidInput(sebab=f"bukan JSON yang benar{where}") from None
    except ArithmeticError:
        raise InvalidInput(sebab="memuat angka di luar jangkauan") from None
    if not isinstance(data, dict):
        raise InvalidInput(sebab='tulis sebuah objek JSON, misalnya {"capaian": 92.5}')
    try:
        return {" ".join(name.split()): _value(value) for name, value in data.items()}
    except RecursionError:
        raise InvalidInput(sebab="bersarang terlalu dalam") from None


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, Decimal) and not in_range(value):
        raise InvalidInput(sebab="memuat angka di luar jangkauan")
    if not isinstance(value, dict):
        return value
    if value.keys() == {"type", "value"} and value["type"] in _TEMPORAL and isinstance(value["value"], str):
        found = _TEMPORAL[value["type"]](value["value"])
        if found is None:
            raise InvalidInput(sebab=f'"{value["value"]}" bukan {value["type"]}')
        return found
    return {key: _value(item) for key, item in value.items()}


def write(value: Any) -> str:
    """JSON text of a FEEL value, on one line."""
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return number_text(value) if not value or abs(value.adjusted()) <= _PLAIN_EXPONENT else _scientific(value)
    if isinstance(value, list):
        return "[" + ", ".join(write(item) for item in value) + "]"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {write(item)}" for key, item in value.items())
            + "}"
        )
    return json.dumps(text(value), ensure_ascii=False)


def _scientific(value: Decimal) -> str:
    """A very large or very small number with its exponent, as JSON writes it; all digits."""
    sign, digits, _exponent = value.as_tuple()
    shown = "".join(map(str, digits)).rstrip("0")
    fraction = f".{shown[1:]}" if shown[1:] else ""
    return f"{'-' if sign else ''}{shown[0]}{fraction}E{value.adjusted():+d}"
