"""Values of FEEL and what may be done with them: arithmetic, equality, order, ranges, types, text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Context, Decimal, InvalidOperation, Overflow, localcontext
from typing import Any

from backend.rules.feel.budget import spend, spend_text
from backend.rules.feel.temporal import (
    DAY_SECONDS,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    clock,
)

PRECISION = Context(prec=34, Emax=6144, Emin=-6143, traps=[InvalidOperation, Overflow])
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class RangeValue:
    """A range; a None bound with `*_open_end` set is endless, a None bound without it was null."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool
    endless_low: bool = False
    endless_high: bool = False

    def contains(self, value: Any) -> bool | None:
        """Three-valued membership."""
        above = True if self.endless_low else compare(">=" if self.low_included else ">", value, self.low)
        below = True if self.endless_high else compare("<=" if self.high_included else "<", value, self.high)
        return and3(above, below)


@dataclass(frozen=True, slots=True)
class Equality:
    """The test `= x` or `!= x` as a value: a range of one point, or of all others; it equals no range with two ends."""

    value: Any
    negated: bool = False

    def contains(self, value: Any) -> bool | None:
        """Three-valued membership."""
        return compare("!=" if self.negated else "=", value, self.value)


@dataclass(frozen=True, slots=True)
class Function:
    """A function value: its parameter names (None for a standard function of any shape) and the call.

    `alternatives`: the shapes of a standard function; `named`: types that tell two shapes apart when called by name.
    `takes`: declared types of the parameters; `gives`: an example of its result where the text itself shows one.
    """

    call: Callable[..., Any]
    parameters: tuple[str, ...] | None = None
    alternatives: tuple[tuple[str, ...], ...] = field(default=())
    named: Mapping[str, type] = field(default_factory=dict)
    takes: tuple[Any, ...] = ()
    gives: Any = ...


def and3(left: Any, right: Any) -> bool | None:
    """Three-valued and: false wins over null; what is not a boolean counts as null."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def or3(left: Any, right: Any) -> bool | None:
    """Three-valued or: true wins over null; what is not a boolean counts as null."""
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def kind(value: Any) -> str:
    """Name of a value's FEEL type."""
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return "boolean"
    for python_type, name in _KINDS:
        if isinstance(value, python_type):
            return name
    return "Any"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (Decimal, "number"),
    (str, "string"),
    (Date, "date"),
    (DateTime, "date and time"),
    (Time, "time"),
    (DaysDuration, "days and time duration"),
    (MonthsDuration, "years and months duration"),
    (list, "list"),
    (dict, "context"),
    (RangeValue, "range"),
    (Equality, "range"),
    (Function, "function"),
)


# --- Equality and order -------------------------------------------------------------------------------------------


def equal(left: Any, right: Any) -> bool | None:
    """FEEL equality: null equals null only; different types give null, but a date is midnight UTC beside a date and time."""
    if left is None or right is None:
        return left is right
    left_kind, right_kind = kind(left), kind(right)
    if left_kind != right_kind:
        if {left_kind, right_kind} == {"date", "date and time"}:
            return _equal_moments(moment(left), moment(right))
        return None
    rule: Callable[[Any, Any], bool | None] = _EQUAL.get(left_kind, _same)
    return rule(left, right)


def moment(value: Date | DateTime) -> DateTime:
    """A date beside a date and time is read as midnight UTC."""
    return DateTime(value, Time(0, 0, 0, 0, 0)) if isinstance(value, Date) else value


def _same(left: Any, right: Any) -> bool:
    return bool(left == right)


def _equal_lists(left: list[Any], right: list[Any]) -> bool | None:
    if len(left) != len(right):
        return False
    spend(len(left))
    result: bool | None = True
    for one, other in zip(left, right, strict=True):
        result = and3(result, equal(one, other))
    return result


def _equal_contexts(left: dict[str, Any], right: dict[str, Any]) -> bool | None:
    if left.keys() != right.keys():
        return False
    return _equal_lists(list(left.values()), [right[key] for key in left])


def _equal_ranges(left: Any, right: Any) -> bool | None:
    if isinstance(left, Equality) or isinstance(right, Equality):
        if not (isinstance(left, Equality) and isinstance(right, Equality)) or left.negated != right.negated:
            return False
        return equal(left.value, right.value)
    flags = ("low_included", "high_included", "endless_low", "endless_high")
    if any(getattr(left, flag) != getattr(right, flag) for flag in flags):
        return False
    return and3(equal(left.low, right.low), equal(left.high, right.high))


def _equal_moments(left: Time | DateTime, right: Time | DateTime) -> bool | None:
    if (_where(left) is None) != (_where(right) is None):  # a local time is never the same as one with an offset
        return False
    return bool(_order_key(left) == _order_key(right))


def _where(value: Time | DateTime) -> int | None:
    return value.utc_offset() if isinstance(value, Time) else value.offset()


_EQUAL: dict[str, Callable[[Any, Any], bool | None]] = {
    "list": _equal_lists,
    "context": _equal_contexts,
    "range": _equal_ranges,
    "time": _equal_moments,
    "date and time": _equal_moments,
}


_ORDERED = (Decimal, str, Date, DateTime, Time, DaysDuration, MonthsDuration)
_DAYS = (Date, DateTime)


def comparable(left: Any, right: Any) -> bool:
    """May the two be put in order?"""
    if type(left) is type(right):
        return isinstance(left, _ORDERED)
    return isinstance(left, _DAYS) and isinstance(right, _DAYS)


def _order_key(value: Any) -> Any:
    """Times are told apart to the second, as the standard defines their value."""
    return value.key().to_integral_value(ROUND_FLOOR) if isinstance(value, Time | DateTime) else value


def compare(operator: str, left: Any, right: Any) -> bool | None:
    """`= != < <= > >=`; null when the two cannot be compared."""
    if operator == "=":
        return equal(left, right)
    if operator == "!=":
        same = equal(left, right)
        return None if same is None else not same
    if not comparable(left, right):
        return None
    if type(left) is not type(right):
        left, right = moment(left), moment(right)
    if isinstance(left, Time | DateTime) and (_where(left) is None) != (_where(right) is None):
        return None
    one, other = _order_key(left), _order_key(right)
    if operator == "<":
        return bool(one < other)
    if operator == "<=":
        return bool(one <= other)
    return bool(one > other) if operator == ">" else bool(one >= other)


def test(value: Any, candidate: Any) -> bool | None:
    """Does `value` satisfy a test that evaluated to `candidate`: a range, a list of tests, or a value?"""
    if isinstance(candidate, RangeValue | Equality):
        return candidate.contains(value)
    if not isinstance(candidate, list):
        return equal(value, candidate)
    spend(len(candidate))
    if isinstance(value, list) and equal(value, candidate) is True:
        return True
    return any3(_holds(item, value) for item in candidate)


def _holds(item: Any, value: Any) -> bool | None:
    """Is an element of a list a test that holds? An element of another type than the value is just not it."""
    if isinstance(item, RangeValue | Equality):
        return item.contains(value)
    return equal(value, item) is True


def any3(results: Any) -> bool | None:
    """Three-valued or over many."""
    answer: bool | None = False
    for result in results:
        if result is True:
            return True
        answer = or3(answer, result)
    return answer


# --- Arithmetic ----------------------------------------------------------------------------------------------------


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """`+ - * / **` by the types of its operands; null where the standard defines nothing."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return numbers(operator, left, right)
    rule = _TEMPORAL.get((operator, type(left), type(right)))
    return rule(left, right) if rule else None


def numbers(operator: str, left: Decimal, right: Decimal) -> Decimal | None:
    """Arithmetic of decimal128; null on division by zero and on overflow."""
    try:
        if operator == "+":
            return PRECISION.add(left, right)
        if operator == "-":
            return PRECISION.subtract(left, right)
        if operator == "*":
            return PRECISION.multiply(left, right)
        if operator == "/":
            return PRECISION.divide(left, right) if right else None
        return PRECISION.power(left, right) if abs(right) < 10_000 else None
    except (InvalidOperation, Overflow, ZeroDivisionError):
        return None


def _date_minus(left: Date, right: Date) -> DaysDuration:
    return DaysDuration(Decimal(left.days - right.days) * DAY_SECONDS)


def _moment_minus(left: DateTime, right: DateTime) -> DaysDuration | None:
    if (left.offset() is None) != (right.offset() is None):
        return None
    return DaysDuration(left.key() - right.key())


def _mixed_minus(left: Any, right: Any) -> DaysDuration | None:
    return _moment_minus(moment(left), moment(right))


def _time_minus(left: Time, right: Time) -> DaysDuration | None:
    return None if (_where(left) is None) != (_where(right) is None) else DaysDuration(left.key() - right.key())


def _date_plus_days(day: Date, duration: DaysDuration, sign: int = 1) -> Date | None:
    moved = DateTime(day, Time(0, 0, 0)).plus_seconds(sign * duration.seconds)
    return moved.date if moved else None


def _scaled(duration: DaysDuration | MonthsDuration, factor: Decimal | None) -> Any:
    if factor is None:
        return None
    amount = duration.seconds if isinstance(duration, DaysDuration) else Decimal(duration.months)
    product = numbers("*", amount, factor)
    return None if product is None else _like(duration, product)


def _like(duration: DaysDuration | MonthsDuration, amount: Decimal) -> DaysDuration | MonthsDuration | None:
    return DaysDuration.of(amount) if isinstance(duration, DaysDuration) else MonthsDuration.of(int(amount))


def _divided(duration: DaysDuration | MonthsDuration, divisor: Decimal) -> Any:
    amount = duration.seconds if isinstance(duration, DaysDuration) else Decimal(duration.months)
    quotient = numbers("/", amount, divisor)
    return None if quotient is None else _like(duration, quotient)


def _ratio(left: Any, right: Any) -> Decimal | None:
    if isinstance(left, DaysDuration):
        return numbers("/", left.seconds, right.seconds)
    return numbers("/", Decimal(left.months), Decimal(right.months))


_TEMPORAL: dict[tuple[str, type, type], Callable[[Any, Any], Any]] = {
    ("+", str, str): lambda a, b: a + b,
    ("-", Date, Date): _date_minus,
    ("-", DateTime, DateTime): _moment_minus,
    ("-", Date, DateTime): _mixed_minus,
    ("-", DateTime, Date): _mixed_minus,
    ("-", Time, Time): _time_minus,
    ("+", DaysDuration, DaysDuration): lambda a, b: DaysDuration.of(a.seconds + b.seconds),
    ("-", DaysDuration, DaysDuration): lambda a, b: DaysDuration.of(a.seconds - b.seconds),
    ("+", MonthsDuration, MonthsDuration): lambda a, b: MonthsDuration.of(a.months + b.months),
    ("-", MonthsDuration, MonthsDuration): lambda a, b: MonthsDuration.of(a.months - b.months),
    ("+", Date, DaysDuration): _date_plus_days,
    ("+", DaysDuration, Date): lambda a, b: _date_plus_days(b, a),
    ("-", Date, DaysDuration): lambda a, b: _date_plus_days(a, b, -1),
    ("+", Date, MonthsDuration): lambda a, b: a.plus_months(b.months),
    ("+", MonthsDuration, Date): lambda a, b: b.plus_months(a.months),
    ("-", Date, MonthsDuration): lambda a, b: a.plus_months(-b.months),
    ("+", DateTime, DaysDuration): lambda a, b: a.plus_seconds(b.seconds),
    ("+", DaysDuration, DateTime): lambda a, b: b.plus_seconds(a.seconds),
    ("-", DateTime, DaysDuration): lambda a, b: a.plus_seconds(-b.seconds),
    ("+", DateTime, MonthsDuration): lambda a, b: a.plus_months(b.months),
    ("+", MonthsDuration, DateTime): lambda a, b: b.plus_months(a.months),
    ("-", DateTime, MonthsDuration): lambda a, b: a.plus_months(-b.months),
    ("+", Time, DaysDuration): lambda a, b: clock(a.seconds + b.seconds, a),
    ("+", DaysDuration, Time): lambda a, b: clock(b.seconds + a.seconds, b),
    ("-", Time, DaysDuration): lambda a, b: clock(a.seconds - b.seconds, a),
    ("*", DaysDuration, Decimal): _scaled,
    ("*", Decimal, DaysDuration): lambda a, b: _scaled(b, a),
    ("*", MonthsDuration, Decimal): _scaled,
    ("*", Decimal, MonthsDuration): lambda a, b: _scaled(b, a),
    ("/", DaysDuration, Decimal): _divided,
    ("/", MonthsDuration, Decimal): _divided,
    ("/", DaysDuration, DaysDuration): _ratio,
    ("/", MonthsDuration, MonthsDuration): _ratio,
}


def negate(value: Any) -> Any:
    """Arithmetic minus of a number or a duration."""
    if isinstance(value, Decimal):
        return PRECISION.minus(value)
    if isinstance(value, DaysDuration):
        return DaysDuration(-value.seconds)
    return MonthsDuration(-value.months) if isinstance(value, MonthsDuration) else None


# --- Functions -----------------------------------------------------------------------------------------------


def call_positional(function: Any, arguments: list[Any]) -> Any:
    """Call by position; a wrong number of arguments, or what is no function, gives null."""
    if not isinstance(function, Function) or not accepts(function, len(arguments)):
        return None
    if function.alternatives:  # a standard function goes through its lists and texts once
        spend(sum(_size(argument) for argument in arguments))
    result = function.call(*arguments)
    if isinstance(result, list):
        spend(len(result))
    elif isinstance(result, str):
        spend_text(result)
    return result


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list | dict) else len(value) >> 8 if isinstance(value, str) else 0


def accepts(function: Function, count: int) -> bool:
    """May a function be called with so many values?"""
    if not function.alternatives:
        return function.parameters is None or len(function.parameters) == count
    for shape in function.alternatives:
        if shape and shape[-1].endswith("..."):
            if count >= len(shape):
                return True
        elif sum(not name.endswith("?") for name in shape) <= count <= len(shape):
            return True
    return False


def call_named(function: Any, arguments: dict[str, Any]) -> Any:
    """Call by name; unknown, missing or repeated names give null."""
    if not isinstance(function, Function):
        return None
    if any(name in arguments and not isinstance(arguments[name], kind_) for name, kind_ in function.named.items()):
        return None
    for shape in function.alternatives or ((function.parameters,) if function.parameters is not None else ()):
        names = [name.rstrip("?").removesuffix("...") for name in shape]
        required = {name.removesuffix("...") for name in shape if not name.endswith("?")}
        if required <= arguments.keys() <= set(names):
            given = [arguments.get(name) for name in names]
            while given and names[len(given) - 1] not in arguments:
                given.pop()
            return call_positional(function, given)
    return None


# --- Properties ------------------------------------------------------------------------------------------------------


def prop(value: Any, name: str) -> Any:
    """`value.name` for anything but a list: context entry, or property of a temporal value or range."""
    if isinstance(value, dict):
        return value.get(name)
    reader = _PROPERTIES.get((type(value), name))
    return reader(value) if reader else None


def _offset(value: Time | DateTime) -> DaysDuration | None:
    offset = _where(value)
    return None if offset is None else DaysDuration(Decimal(offset))


def _seconds(value: Time) -> Decimal:
    return Decimal(value.second) + Decimal(value.nano).scaleb(-9) if value.nano else Decimal(value.second)


def _attribute(name: str, of: Callable[[Any], Any] = lambda value: value) -> Callable[[Any], Decimal]:
    return lambda value: Decimal(getattr(of(value), name))


def _part(index: int) -> Callable[[Any], Decimal]:
    return lambda value: Decimal(value.parts()[index])


_DATE_PARTS, _TIME_PARTS = ("year", "month", "day", "weekday"), ("hour", "minute")
_PROPERTIES: dict[tuple[type, str], Callable[[Any], Any]] = {
    **{(Date, name): _attribute(name) for name in _DATE_PARTS},
    **{(DateTime, name): _attribute(name, lambda value: value.date) for name in _DATE_PARTS},
    **{(Time, name): _attribute(name) for name in _TIME_PARTS},
    **{(DateTime, name): _attribute(name, lambda value: value.time) for name in _TIME_PARTS},
    (Time, "second"): _seconds,
    (DateTime, "second"): lambda value: _seconds(value.time),
    (Time, "time offset"): _offset,
    (DateTime, "time offset"): _offset,
    (Time, "timezone"): lambda value: value.zone,
    (DateTime, "timezone"): lambda value: value.time.zone,
    **{(DaysDuration, name): _part(index) for index, name in enumerate(("days", "hours", "minutes", "seconds"))},
    **{(MonthsDuration, name): _part(index) for index, name in enumerate(("years", "months"))},
    (RangeValue, "start"): lambda value: value.low,
    (RangeValue, "end"): lambda value: value.high,
    (RangeValue, "start included"): lambda value: value.low_included,
    (RangeValue, "end included"): lambda value: value.high_included,
    **{(Equality, name): lambda value: None if value.negated else value.value for name in ("start", "end")},
    **{(Equality, name): lambda value: not value.negated for name in ("start included", "end included")},
}


# --- Text ------------------------------------------------------------------------------------------------------------


def in_range(value: Decimal) -> bool:
    """Is a number one of decimal128? Others are no numbers of FEEL, and could be written only in gigabytes."""
    return value.is_finite() and (not value or -6176 <= value.adjusted() <= 6144)


def number_text(value: Decimal) -> str:
    """A number with all its digits, without exponent and without trailing zeros of a fraction."""
    if not value:
        return "0"
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def text(value: Any, *, quoted: bool = False) -> str:
    """What `string(value)` gives; strings inside lists and contexts are quoted."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if quoted else value
    if isinstance(value, list | dict):
        spend(len(value))
    if isinstance(value, list):
        return "[" + ", ".join(text(item, quoted=True) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key_text(key)}: {text(item, quoted=True)}" for key, item in value.items()) + "}"
    if isinstance(value, RangeValue):
        return _range_text(value)
    if isinstance(value, Equality):
        return f"{'!=' if value.negated else '='} {text(value.value, quoted=True)}"
    return "function" if isinstance(value, Function) else str(value)


def _key_text(key: str) -> str:
    return key if key.replace(" ", "").replace("_", "").isalnum() else f'"{key}"'


def _range_text(value: RangeValue) -> str:
    if value.endless_low:
        return f"{'<=' if value.high_included else '<'} {text(value.high, quoted=True)}"
    if value.endless_high:
        return f"{'>=' if value.low_included else '>'} {text(value.low, quoted=True)}"
    opener, closer = "[" if value.low_included else "(", "]" if value.high_included else ")"
    return f"{opener}{text(value.low, quoted=True)}..{text(value.high, quoted=True)}{closer}"


def as_list(value: Any) -> list[Any]:
    """A value where a list is needed is the list of it."""
    return value if isinstance(value, list) else [value]


def unwrapped(value: Any) -> Any:
    """A list of one where one value is needed is that value."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def exact(work: Callable[[], Decimal]) -> Decimal | None:
    """A result of the decimal module within decimal128, or null."""
    try:
        with localcontext(PRECISION):
            return +work()
    except (InvalidOperation, Overflow, ZeroDivisionError):
        return None


def all_of(items: Sequence[Any], python_type: type) -> bool:
    """Are all items of one type (a boolean is no number)?"""
    return all(isinstance(item, python_type) and (python_type is bool or not isinstance(item, bool)) for item in items)
