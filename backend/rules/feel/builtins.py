"""The standard functions of FEEL (DMN 1.5, §10.3.4). A call that the standard does not define gives null.

Each function is registered with its parameter names, so that it can be called by position or by name.
`...` at the end of a signature takes any number of values, or one list of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from functools import cmp_to_key
from itertools import groupby
from typing import Any

import regex

from backend.rules.feel import temporal, values, xpath
from backend.rules.feel.budget import check_time, spend
from backend.rules.feel.errors import TooMuchWork
from backend.rules.feel.temporal import (
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
)
from backend.rules.feel.values import (
    PRECISION,
    Function,
    RangeValue,
    accepts,
    all_of,
    and3,
    any3,
    as_list,
    call_positional,
    compare,
    equal,
    exact,
    text,
)

MATCH_SECONDS = 0.5
_NUMBER = regex.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
MAX_SCALE = 6111
BUILTINS: dict[str, Function] = {}


def builtin(
    name: str, *signatures: str, named: dict[str, type] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function. A signature is its comma-separated parameter names, `?` behind an optional one."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        shapes = tuple(
            tuple(part.strip() for part in signature.split(",") if part.strip()) for signature in signatures or ("",)
        )
        call = function if name in _TAKES_LISTS else _unwrapping(function)
        BUILTINS[name] = Function(call, shapes[0], shapes, named or {})
        return function

    return register


def _unwrapping(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of single values takes a list of one as its item."""

    def call(*arguments: Any) -> Any:
        if any(isinstance(argument, list) for argument in arguments):
            arguments = tuple(values.unwrapped(argument) for argument in arguments)
        return function(*arguments)

    return call


_TAKES_LISTS = frozenset(
    {
        *("list contains", "count", "min", "max", "sum", "mean", "product", "median", "stddev", "mode", "all", "any"),
        *(
            "sublist",
            "append",
            "concatenate",
            "insert before",
            "remove",
            "list replace",
            "reverse",
            "index of",
            "union",
        ),
        *("distinct values", "flatten", "sort", "string join", "string", "is"),
        *("context", "context put", "context merge", "get value"),
    }
)


# --- Conversion ----------------------------------------------------------------------------------------------------


def _int(value: Any) -> int | None:
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else None


@builtin("date", "from", "year,month,day")
def _date(*arguments: Any) -> Any:
    if len(arguments) == 3:
        parts = [_int(argument) for argument in arguments]
        return None if None in parts else Date.of(*parts)  # type: ignore[arg-type]
    value = arguments[0]
    if isinstance(value, str):
        return Date.parse(value)
    return value.date if isinstance(value, DateTime) else (value if isinstance(value, Date) else None)


@builtin("time", "from", "hour,minute,second,offset?")
def _time(*arguments: Any) -> Any:
    if len(arguments) == 1:
        return _time_from(arguments[0])
    hour, minute, second, *rest = arguments
    offset = rest[0] if rest else None
    if offset is not None and not isinstance(offset, DaysDuration):
        return None
    if not isinstance(second, Decimal):
        return None
    whole = int(second)
    whole_hour, whole_minute = _int(hour), _int(minute)
    if whole_hour is None or whole_minute is None:
        return None
    nano = int((second - whole).scaleb(9))
    return Time.of(whole_hour, whole_minute, whole, nano, None if offset is None else int(offset.seconds))


def _time_from(value: Any) -> Time | None:
    if isinstance(value, str):
        return Time.parse(value)
    if isinstance(value, DateTime):
        return value.time
    if isinstance(value, Date):
        return Time(0, 0, 0, 0, 0)
    return value if isinstance(value, Time) else None


@builtin(
    "date and time",
    "from",
    "date,time",
    "date,timezone",
    "year,month,day,hour,minute,second,offset?",
    "year,month,day,hour,minute,second,timezone?",
)
def _date_and_time(*arguments: Any) -> Any:
    if len(arguments) == 1:
        value = arguments[0]
        if isinstance(value, str):
            return DateTime.parse(value)
        if isinstance(value, Date):
            return DateTime(value, Time(0, 0, 0))
        return value if isinstance(value, DateTime) else None
    if len(arguments) == 2:
        return _joined(*arguments)
    day, clock = _date(*arguments[:3]), _clock_of(arguments[3:])
    return DateTime(day, clock) if day and clock else None


def _joined(day: Any, second: Any) -> DateTime | None:
    if isinstance(day, DateTime):
        day, clock = day.date, day.time
        if isinstance(second, str):
            return (
                DateTime(day, moved)
                if (moved := Time.of(clock.hour, clock.minute, clock.second, clock.nano, None, second))
                else None
            )
    return DateTime(day, second) if isinstance(day, Date) and isinstance(second, Time) else None


def _clock_of(arguments: tuple[Any, ...]) -> Any:
    where = arguments[3] if len(arguments) > 3 else None
    if not isinstance(where, str):
        return _time(*arguments)
    plain = _time(*arguments[:3])
    return Time.of(plain.hour, plain.minute, plain.second, plain.nano, None, where) if plain else None


@builtin("number", "from,grouping separator?,decimal separator?")
def _number(source: Any, grouping: Any = None, decimal: Any = None) -> Any:
    if isinstance(source, Decimal) and grouping is None and decimal is None:
        return source
    if not isinstance(source, str) or grouping not in (None, " ", ",", ".") or decimal not in (None, ".", ","):
        return None
    if grouping is not None and grouping == decimal:
        return None
    if grouping:
        source = source.replace(grouping, "")
    if decimal:
        source = source.replace(decimal, ".")
    if not _NUMBER.fullmatch(source):
        return None
    value = Decimal(source)
    return value if values.in_range(value) else None


@builtin("string", "from")
def _string(source: Any) -> Any:
    return None if source is None else text(source)


@builtin("duration", "from")
def _duration(source: Any) -> Any:
    if isinstance(source, str):
        return temporal.parse_duration(source)
    return source if isinstance(source, DaysDuration | MonthsDuration) else None


@builtin("years and months duration", "from,to")
def _months_between(start: Any, end: Any) -> Any:
    one, other = (value.date if isinstance(value, DateTime) else value for value in (start, end))
    if not isinstance(one, Date) or not isinstance(other, Date):
        return None
    months = (other.year - one.year) * 12 + other.month - one.month
    if months > 0 and other.day < one.day:
        months -= 1
    elif months < 0 and other.day > one.day:
        months += 1
    return MonthsDuration(months)


@builtin("range", "from")
def _range(source: Any) -> Any:
    from backend.rules.feel import ast
    from backend.rules.feel.errors import FeelSyntaxError
    from backend.rules.feel.parser import parse_expression

    if not isinstance(source, str):
        return None
    closed, endless_low, endless_high = _with_both_ends(source)
    try:
        tree = parse_expression(closed)
    except FeelSyntaxError:
        return None
    if not isinstance(tree, ast.Range):
        return None
    low, high = _bound(tree.low), _bound(tree.high)
    if low is None or high is None or compare("<=", low, high) is not True:
        return None
    return RangeValue(
        None if endless_low else low,
        None if endless_high else high,
        tree.low_included,
        tree.high_included,
        endless_low,
        endless_high,
    )


_OPEN_LOW = regex.compile(r"\s*([(\]])\s*\.\.(.+)([)\][])\s*", regex.DOTALL)
_OPEN_HIGH = regex.compile(r"\s*([(\][])(.+)\.\.\s*([)[])\s*", regex.DOTALL)


def _with_both_ends(source: str) -> tuple[str, bool, bool]:
    """A range text whose missing end repeats the other; and whether the low, the high end is missing."""
    if found := _OPEN_LOW.fullmatch(source):
        return f"{found[1]}{found[2]}..{found[2]}{found[3]}", True, False
    if found := _OPEN_HIGH.fullmatch(source):
        return f"{found[1]}{found[2]}..{found[2]}{found[3]}", False, True
    return source, False, False


def _bound(node: Any) -> Any:
    """An end of a range written as text: a literal, or a call of a date or time function on one."""
    from backend.rules.feel import ast

    if isinstance(node, ast.Negation):
        return values.negate(_bound(node.operand))
    if isinstance(node, ast.Literal):
        return node.value
    simple = isinstance(node, ast.Call) and isinstance(node.function, ast.Name) and len(node.positional) == 1
    if (
        simple
        and node.function.name in {"date", "time", "date and time", "duration"}
        and isinstance(node.positional[0], ast.Literal)
    ):
        return BUILTINS[node.function.name].call(node.positional[0].value)
    return None


# --- Boolean ---------------------------------------------------------------------------------------------------------


@builtin("not", "negand")
def _not(negand: Any) -> Any:
    return (not negand) if isinstance(negand, bool) else None


@builtin("is", "value1?,value2?")
def _is(*given: Any) -> Any:
    if not given:
        return None
    one, other = (*given, None)[:2]
    if values.kind(one) != values.kind(other):
        return False
    if isinstance(one, Time | DateTime):
        return equal(one, other) is True and _written_zone(one) == _written_zone(other)
    return equal(one, other) is True


def _written_zone(value: Time | DateTime) -> tuple[int | None, str | None]:
    clock = value.time if isinstance(value, DateTime) else value
    return clock.offset, clock.zone


# --- Strings ---------------------------------------------------------------------------------------------------------


@builtin("substring", "string,start position,length?")
def _substring(source: Any, start: Any, length: Any = None) -> Any:
    first = int(start) if isinstance(start, Decimal) else None
    if not isinstance(source, str) or not first or not (length is None or isinstance(length, Decimal)):
        return None
    if length is not None and length < 1:
        return None
    begin = first - 1 if first > 0 else len(source) + first
    if begin < 0 or begin >= len(source) + (not source):
        return None if begin < 0 else ""
    return source[begin:] if length is None else source[begin : begin + int(length)]


@builtin("string length", "string")
def _string_length(source: Any) -> Any:
    return Decimal(len(source)) if isinstance(source, str) else None


@builtin("upper case", "string")
def _upper(source: Any) -> Any:
    return source.upper() if isinstance(source, str) else None


@builtin("lower case", "string")
def _lower(source: Any) -> Any:
    return source.lower() if isinstance(source, str) else None


@builtin("substring before", "string,match")
def _substring_before(source: Any, match: Any) -> Any:
    if not all_of((source, match), str):
        return None
    before, found, _ = source.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string,match")
def _substring_after(source: Any, match: Any) -> Any:
    if not all_of((source, match), str):
        return None
    return source.partition(match)[2] if match else source


@builtin("contains", "string,match")
def _contains(source: Any, match: Any) -> Any:
    return match in source if all_of((source, match), str) else None


@builtin("starts with", "string,match")
def _starts(source: Any, match: Any) -> Any:
    return source.startswith(match) if all_of((source, match), str) else None


@builtin("ends with", "string,match")
def _ends(source: Any, match: Any) -> Any:
    return source.endswith(match) if all_of((source, match), str) else None


@builtin("split", "string,delimiter")
def _split(source: Any, delimiter: Any) -> Any:
    pattern = xpath.compiled(delimiter) if all_of((source, delimiter), str) else None
    return None if pattern is None else _bounded(lambda: pattern.split(source, timeout=MATCH_SECONDS))


@builtin("string join", "list,delimiter?")
def _string_join(items: Any, delimiter: Any = None) -> Any:
    present = [item for item in as_list(items) if item is not None]
    glue = "" if delimiter is None else delimiter
    return glue.join(present) if items is not None and all_of([*present, glue], str) else None


@builtin("matches", "input,pattern,flags?")
def _matches(source: Any, pattern: Any, flags: Any = None) -> Any:
    if not all_of((source, pattern), str) or not (flags is None or isinstance(flags, str)):
        return None
    compiled = xpath.compiled(pattern, flags or "")
    return None if compiled is None else _bounded(lambda: compiled.search(source, timeout=MATCH_SECONDS) is not None)


@builtin("replace", "input,pattern,replacement,flags?")
def _replace(source: Any, pattern: Any, replacement: Any, flags: Any = None) -> Any:
    if not all_of((source, pattern, replacement), str) or not (flags is None or isinstance(flags, str)):
        return None
    compiled = xpath.compiled(pattern, flags or "")
    if compiled is None or compiled.match("", timeout=MATCH_SECONDS):
        return None  # XPath: a pattern that matches nothing at all is an error
    by = (lambda _match: replacement) if "q" in (flags or "") else xpath.replacer(replacement, compiled.groups)
    return None if by is None else _bounded(lambda: compiled.sub(by, source, timeout=MATCH_SECONDS))


def _bounded(work: Callable[[], Any]) -> Any:
    try:
        result = work()
    except TimeoutError:
        raise TooMuchWork from None
    check_time()
    return result


# --- Lists -----------------------------------------------------------------------------------------------------------


def _varied(arguments: tuple[Any, ...]) -> list[Any] | None:
    """The values of a function that takes either one list or any number of values."""
    if len(arguments) == 1:
        return None if arguments[0] is None else as_list(arguments[0])
    return list(arguments) if arguments else None


@builtin("list contains", "list,element")
def _list_contains(items: Any, element: Any) -> Any:
    if items is None:
        return None
    return any(equal(item, element) is True for item in as_list(items))


@builtin("count", "list")
def _count(items: Any) -> Any:
    return Decimal(0 if items is None else len(as_list(items))) if items is not None else None


def _extreme(operator: str, arguments: tuple[Any, ...]) -> Any:
    items = _varied(arguments)
    if not items or not all(values.comparable(items[0], item) for item in items):
        return None
    best = items[0]
    for item in items[1:]:
        if compare(operator, item, best):
            best = item
    return best


@builtin("min", "list...")
def _min(*arguments: Any) -> Any:
    return _extreme("<", arguments)


@builtin("max", "list...")
def _max(*arguments: Any) -> Any:
    return _extreme(">", arguments)


def _numbers(arguments: tuple[Any, ...]) -> list[Decimal] | None:
    items = _varied(arguments)
    return items if items and all_of(items, Decimal) else None


@builtin("sum", "list...")
def _sum(*arguments: Any) -> Any:
    items = _varied(arguments)
    if not items:
        return None
    if all(type(item) is type(items[0]) and isinstance(item, DaysDuration | MonthsDuration) for item in items):
        return _folded("+", items)
    return _folded("+", items) if all_of(items, Decimal) else None


def _folded(operator: str, items: list[Any]) -> Any:
    total = items[0]
    for item in items[1:]:
        total = values.arithmetic(operator, total, item)
    return total


@builtin("mean", "list...")
def _mean(*arguments: Any) -> Any:
    items = _numbers(arguments)
    total = _folded("+", items) if items else None
    return None if total is None or not items else values.numbers("/", total, Decimal(len(items)))


@builtin("product", "list...")
def _product(*arguments: Any) -> Any:
    items = _numbers(arguments)
    return _folded("*", items) if items else None


@builtin("median", "list...")
def _median(*arguments: Any) -> Any:
    items = _numbers(arguments)
    if not items:
        return None
    ordered, middle = sorted(items), len(items) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return exact(lambda: (ordered[middle - 1] + ordered[middle]) / 2)


@builtin("stddev", "list...")
def _stddev(*arguments: Any) -> Any:
    items = _numbers(arguments)
    if not items or len(items) < 2:
        return None
    mean = exact(lambda: sum(items, Decimal(0)) / len(items)) or Decimal(0)
    return exact(lambda: (sum(((item - mean) ** 2 for item in items), Decimal(0)) / (len(items) - 1)).sqrt())


@builtin("mode", "list...")
def _mode(*arguments: Any) -> Any:
    items = _varied(arguments)
    if items is None or not all_of(items, Decimal):
        return None
    counted = [(value, len(list(group))) for value, group in groupby(sorted(items))]
    most = max((count for _, count in counted), default=0)
    return [value for value, count in counted if count == most]


def _all_or_any(arguments: tuple[Any, ...], *, stop: bool) -> Any:
    items = _varied(arguments) if arguments else []
    if items is None:
        return None
    if any(item is stop for item in items):
        return stop
    return None if any(not isinstance(item, bool) for item in items) else not stop


@builtin("all", "list...")
def _all(*arguments: Any) -> Any:
    return _all_or_any(arguments, stop=False)


@builtin("any", "list...")
def _any(*arguments: Any) -> Any:
    return _all_or_any(arguments, stop=True)


@builtin("sublist", "list,start position,length?")
def _sublist(items: Any, start: Any, length: Any = None) -> Any:
    first = int(start) if isinstance(start, Decimal) else 0
    if items is None or not first or not (length is None or isinstance(length, Decimal)):
        return None
    source = as_list(items)
    begin = first - 1 if first > 0 else len(source) + first
    end = len(source) if length is None else begin + int(length)
    if begin < 0 or begin >= len(source) or end > len(source) or end < begin:
        return None
    return source[begin:end]


@builtin("append", "list,item...")
def _append(items: Any, *more: Any) -> Any:
    return [*(as_list(items) if items is not None else [None]), *more]


@builtin("concatenate", "list...")
def _concatenate(*lists: Any) -> Any:
    return None if None in lists else [item for items in lists for item in as_list(items)]


@builtin("insert before", "list,position,newItem")
def _insert_before(items: Any, position: Any, item: Any) -> Any:
    index = _index(items, position)
    return None if index is None else [*as_list(items)[:index], item, *as_list(items)[index:]]


@builtin("remove", "list,position")
def _remove(items: Any, position: Any) -> Any:
    index = _index(items, position)
    return None if index is None else [*as_list(items)[:index], *as_list(items)[index + 1 :]]


def _index(items: Any, position: Any) -> int | None:
    """0-based index of a 1-based or negative position; None outside the list."""
    number = _int(position)
    if items is None or not number:
        return None
    size = len(as_list(items))
    index = number - 1 if number > 0 else size + number
    return index if 0 <= index < size else None


@builtin("list replace", "list,position,newItem", "list,match,newItem")
def _list_replace(items: Any, where: Any, item: Any) -> Any:
    if items is None:
        return None
    source = as_list(items)
    if isinstance(where, Function):
        verdicts = [call_positional(where, [old, item]) for old in source]
        if not all_of(verdicts, bool):
            return None
        return [item if hit else old for old, hit in zip(source, verdicts, strict=True)]
    index = _index(source, where)
    return None if index is None else [*source[:index], item, *source[index + 1 :]]


@builtin("reverse", "list")
def _reverse(items: Any) -> Any:
    return None if items is None else as_list(items)[::-1]


@builtin("index of", "list,match")
def _index_of(items: Any, match: Any) -> Any:
    if items is None:
        return None
    return [Decimal(number) for number, item in enumerate(as_list(items), 1) if equal(item, match) is True]


def _distinct(items: list[Any]) -> list[Any]:
    result: list[Any] = []
    for item in items:
        spend(len(result))
        if not any(equal(item, known) is True for known in result):
            result.append(item)
    return result


@builtin("union", "list...")
def _union(*lists: Any) -> Any:
    return _distinct([item for items in lists for item in as_list(items)])


@builtin("distinct values", "list")
def _distinct_values(items: Any) -> Any:
    return None if items is None else _distinct(as_list(items))


@builtin("flatten", "list")
def _flatten(items: Any) -> Any:
    return None if items is None else _flat(as_list(items))


def _flat(items: list[Any]) -> list[Any]:
    spend(len(items))
    return [part for item in items for part in (_flat(item) if isinstance(item, list) else [item])]


@builtin("sort", "list,precedes?")
def _sort(items: Any, precedes: Any = None) -> Any:
    if items is None:
        return None
    source = as_list(items)
    if precedes is None:
        if not all(values.comparable(source[0], item) for item in source):
            return None
        return sorted(source, key=cmp_to_key(lambda a, b: -1 if compare("<", a, b) else int(bool(compare(">", a, b)))))
    if not isinstance(precedes, Function) or not accepts(precedes, 2):
        return None

    def before(one: Any, other: Any) -> bool:
        return call_positional(precedes, [one, other]) is True

    return sorted(source, key=cmp_to_key(lambda a, b: -1 if before(a, b) else int(before(b, a))))


# --- Numbers ---------------------------------------------------------------------------------------------------------


def _quantized(value: Any, scale: Any, rounding: str) -> Any:
    places = int(scale) if isinstance(scale, Decimal) else None
    if not isinstance(value, Decimal) or places is None or not -MAX_SCALE <= places <= MAX_SCALE + 65:
        return None
    if value.is_zero():
        return Decimal(0)
    if -value.as_tuple().exponent <= places:  # type: ignore[operator]  # finite numbers only
        return value
    unit = Decimal(1).scaleb(-places)
    try:
        rounded = value.quantize(unit, rounding, context=PRECISION)
    except ArithmeticError:
        return None
    return rounded if rounded else Decimal(0)


@builtin("decimal", "n,scale")
def _decimal(value: Any, scale: Any) -> Any:
    return _quantized(value, scale, ROUND_HALF_EVEN)


@builtin("floor", "n,scale?")
def _floor(value: Any, scale: Any = Decimal(0)) -> Any:
    return _quantized(value, scale, ROUND_FLOOR)


@builtin("ceiling", "n,scale?")
def _ceiling(value: Any, scale: Any = Decimal(0)) -> Any:
    return _quantized(value, scale, ROUND_CEILING)


for _name, _rounding in (
    ("round up", ROUND_UP),
    ("round down", ROUND_DOWN),
    ("round half up", ROUND_HALF_UP),
    ("round half down", ROUND_HALF_DOWN),
):
    builtin(_name, "n,scale")(lambda value, scale=Decimal(0), mode=_rounding: _quantized(value, scale, mode))


@builtin("abs", "n")
def _abs(value: Any) -> Any:
    if isinstance(value, Decimal):
        return PRECISION.abs(value)
    if isinstance(value, DaysDuration):
        return DaysDuration(abs(value.seconds))
    return MonthsDuration(abs(value.months)) if isinstance(value, MonthsDuration) else None


@builtin("modulo", "dividend,divisor")
def _modulo(dividend: Any, divisor: Any) -> Any:
    if not all_of((dividend, divisor), Decimal) or not divisor:
        return None
    return exact(lambda: dividend - divisor * (dividend / divisor).to_integral_value(ROUND_FLOOR))


@builtin("sqrt", "number")
def _sqrt(value: Any) -> Any:
    return exact(value.sqrt) if isinstance(value, Decimal) and value >= 0 else None


@builtin("log", "number")
def _log(value: Any) -> Any:
    return exact(value.ln) if isinstance(value, Decimal) and value > 0 else None


@builtin("exp", "number")
def _exp(value: Any) -> Any:
    return exact(value.exp) if isinstance(value, Decimal) and abs(value) < 15_000 else None


@builtin("odd", "number")
def _odd(value: Any) -> Any:
    whole = _int(value)
    return None if whole is None else whole % 2 == 1


@builtin("even", "number")
def _even(value: Any) -> Any:
    whole = _int(value)
    return None if whole is None else whole % 2 == 0


# --- Dates -----------------------------------------------------------------------------------------------------------


def _day(value: Any) -> Date | None:
    return value.date if isinstance(value, DateTime) else (value if isinstance(value, Date) else None)


@builtin("day of year", "date")
def _day_of_year(value: Any) -> Any:
    day = _day(value)
    return None if day is None else Decimal(day.days - Date(day.year, 1, 1).days + 1)


@builtin("day of week", "date")
def _day_of_week(value: Any) -> Any:
    day = _day(value)
    return (
        None
        if day is None
        else ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[day.weekday - 1]
    )


@builtin("month of year", "date")
def _month_of_year(value: Any) -> Any:
    day = _day(value)
    names = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
    return None if day is None else names[day.month - 1]


@builtin("week of year", "date")
def _week_of_year(value: Any) -> Any:
    day = _day(value)
    if day is None:
        return None
    thursday = Date.from_days(day.days + 4 - day.weekday)
    assert thursday is not None  # noqa: S101 at most three days away
    return Decimal((thursday.days - Date(thursday.year, 1, 1).days) // 7 + 1)


# --- Ranges: Allen's relations between points and ranges ----------------------------------------------------------------


def _as_range(value: Any) -> RangeValue | None:
    if isinstance(value, RangeValue):
        return value
    return None if value is None else RangeValue(value, value, True, True)


def _relation(name: str, first: str, second: str) -> Callable[[Callable[[RangeValue, RangeValue], Any]], Any]:
    """Register a relation; `first` and `second` say whether a point may stand there (`p`) or only a range (`r`)."""

    def register(rule: Callable[[RangeValue, RangeValue], Any]) -> Any:
        def call(one: Any, other: Any) -> Any:
            for value, allowed in ((one, first), (other, second)):
                if allowed == "r" and not isinstance(value, RangeValue):
                    return None
            left, right = _as_range(one), _as_range(other)
            return None if left is None or right is None else rule(left, right)

        builtin(name, "range1,range2", "point1,point2", "point,range", "range,point")(call)
        return rule

    return register


@_relation("before", "p", "p")
def _before(a: RangeValue, b: RangeValue) -> Any:
    touching = and3(compare("=", a.high, b.low), not (a.high_included and b.low_included))
    return any3((compare("<", a.high, b.low), touching))


@_relation("after", "p", "p")
def _after(a: RangeValue, b: RangeValue) -> Any:
    return _before(b, a)


@_relation("meets", "r", "r")
def _meets(a: RangeValue, b: RangeValue) -> Any:
    return and3(a.high_included and b.low_included, compare("=", a.high, b.low))


@_relation("met by", "r", "r")
def _met_by(a: RangeValue, b: RangeValue) -> Any:
    return _meets(b, a)


@_relation("overlaps", "r", "r")
def _overlaps(a: RangeValue, b: RangeValue) -> Any:
    before, after = _before(a, b), _before(b, a)
    return None if before is None or after is None else not before and not after


@_relation("overlaps before", "r", "r")
def _overlaps_before(a: RangeValue, b: RangeValue) -> Any:
    starts = any3((compare("<", a.low, b.low), and3(compare("=", a.low, b.low), a.low_included and not b.low_included)))
    reaches = any3((compare(">", a.high, b.low), and3(compare("=", a.high, b.low), a.high_included and b.low_included)))
    same_end = and3(compare("=", a.high, b.high), not a.high_included or b.high_included)
    return and3(and3(starts, reaches), any3((compare("<", a.high, b.high), same_end)))


@_relation("overlaps after", "r", "r")
def _overlaps_after(a: RangeValue, b: RangeValue) -> Any:
    begins = any3((compare(">", a.low, b.low), and3(compare("=", a.low, b.low), b.low_included and not a.low_included)))
    inside = any3((compare("<", a.low, b.high), and3(compare("=", a.low, b.high), a.low_included and b.high_included)))
    same_end = and3(compare("=", a.high, b.high), a.high_included or not b.high_included)
    return and3(and3(begins, inside), any3((compare(">", a.high, b.high), same_end)))


@_relation("finishes", "p", "r")
def _finishes(a: RangeValue, b: RangeValue) -> Any:
    return and3(and3(a.high_included == b.high_included, compare("=", a.high, b.high)), _starts_within(a, b))


def _starts_within(a: RangeValue, b: RangeValue) -> Any:
    same = and3(compare("=", a.low, b.low), not a.low_included or b.low_included)
    return any3((compare(">", a.low, b.low), same))


def _ends_within(a: RangeValue, b: RangeValue) -> Any:
    same = and3(compare("=", a.high, b.high), not a.high_included or b.high_included)
    return any3((compare("<", a.high, b.high), same))


@_relation("finished by", "r", "p")
def _finished_by(a: RangeValue, b: RangeValue) -> Any:
    return _finishes(b, a)


@_relation("includes", "r", "p")
def _includes(a: RangeValue, b: RangeValue) -> Any:
    return and3(_starts_within(b, a), _ends_within(b, a))


@_relation("during", "p", "r")
def _during(a: RangeValue, b: RangeValue) -> Any:
    return _includes(b, a)


@_relation("starts", "p", "r")
def _starts_relation(a: RangeValue, b: RangeValue) -> Any:
    return and3(and3(a.low_included == b.low_included, compare("=", a.low, b.low)), _ends_within(a, b))


@_relation("started by", "r", "p")
def _started_by(a: RangeValue, b: RangeValue) -> Any:
    return _starts_relation(b, a)


@_relation("coincides", "p", "p")
def _coincides(a: RangeValue, b: RangeValue) -> Any:
    flags = a.low_included == b.low_included and a.high_included == b.high_included
    return and3(and3(flags, compare("=", a.low, b.low)), compare("=", a.high, b.high))


# --- Contexts --------------------------------------------------------------------------------------------------------


@builtin("get value", "m,key", "context,key")
def _get_value(context: Any, key: Any) -> Any:
    return context.get(key) if isinstance(context, dict) and isinstance(key, str) else None


@builtin("get entries", "m", "context")
def _get_entries(context: Any) -> Any:
    return [{"key": key, "value": value} for key, value in context.items()] if isinstance(context, dict) else None


@builtin("context", "entries")
def _context(entries: Any) -> Any:
    result: dict[str, Any] = {}
    for entry in as_list(entries):
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("key"), str)
            or "value" not in entry
            or entry["key"] in result
        ):
            return None
        result[entry["key"]] = entry["value"]
    return result


@builtin("context put", "context,key,value", "context,keys,value", named={"key": str, "keys": list})
def _context_put(context: Any, key: Any, value: Any) -> Any:
    keys = key if isinstance(key, list) else [key]
    if not isinstance(context, dict) or not keys or not all_of(keys, str):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = _context_put(context.get(keys[0], {}), keys[1:], value)
    return None if inner is None else {**context, keys[0]: inner}


@builtin("context merge", "contexts")
def _context_merge(contexts: Any) -> Any:
    parts = as_list(contexts)
    if not all_of(parts, dict):
        return None
    return {key: value for part in parts for key, value in part.items()}


# --- Clock: the only functions whose answer depends on when they are asked -------------------------------------------


def clock_functions(now: datetime) -> dict[str, Function]:
    """`now()` and `today()` for an evaluation at `now` (with offset)."""
    moment = temporal.from_python(now)
    assert isinstance(moment, DateTime)  # noqa: S101 from a datetime
    return {"now": Function(lambda: moment, ()), "today": Function(lambda: moment.date, ())}
