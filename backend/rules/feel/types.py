"""Types of FEEL and DMN: which values conform, and the few conversions that the standard makes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.rules.feel import ast
from backend.rules.feel.temporal import Date, DateTime, Time
from backend.rules.feel.values import Equality, Function, RangeValue, accepts, kind

ALIASES = {
    "dateTime": "date and time",
    "date_time": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "any": "Any",
    "integer": "number",
    "long": "number",
    "double": "number",
    "Context": "context",
    "List": "list",
}
SIMPLE = frozenset(
    {
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "context",
        "list",
        "function",
        "range",
        "Any",
        "Null",
    }
)


@dataclass(frozen=True)
class TypeSpec:
    """A type: a simple one, a list of `item`, a structure of `fields`, or a range of `item`; with allowed values.

    `item` of a function is what it gives, `parameters` what it takes (None: nothing is said of them). `values`: the
    allowed values that are constants, in their order.
    """

    base: str = "Any"
    item: TypeSpec | None = None
    fields: Mapping[str, TypeSpec] | None = None
    allowed: Callable[[Any], bool | None] | None = field(default=None, compare=False)
    name: str = ""
    values: tuple[Any, ...] = ()
    parameters: tuple[TypeSpec, ...] | None = None

    def conforms(self, value: Any) -> bool:
        """Is a value of this type? Null is of every type here; `instance of` asks otherwise."""
        if value is None:
            return True
        return self._fits(value) and (self.allowed is None or self.allowed(value) is True)

    def _fits(self, value: Any) -> bool:
        if self.base == "list":
            return isinstance(value, list) and (self.item is None or all(self.item.conforms(part) for part in value))
        if self.base == "range":
            return isinstance(value, RangeValue | Equality) and self._fits_bounds(value)
        if self.fields is not None:
            return isinstance(value, dict) and all(
                name in value and spec.conforms(value[name]) for name, spec in self.fields.items()
            )
        return self.base == "Any" or kind(value) == self.base

    def _fits_bounds(self, value: RangeValue | Equality) -> bool:
        bounds = (value.value,) if isinstance(value, Equality) else (value.low, value.high)
        return self.item is None or all(self.item.conforms(bound) for bound in bounds)

    def coerce(self, value: Any) -> Any:
        """The value as this type: itself, a singleton list (un)wrapped, a date as midnight UTC; else null."""
        if value is None or self.conforms(value):
            return value
        if self.base == "list":
            wrapped = (
                [value]
                if not isinstance(value, list)
                else [self.item.coerce(part) if self.item else part for part in value]
            )
            return wrapped if self.conforms(wrapped) and None not in wrapped else None
        if isinstance(value, list):
            return self.coerce(value[0]) if len(value) == 1 else None
        if isinstance(value, Date) and self.base == "date and time":
            moment = DateTime(value, Time(0, 0, 0, 0, 0))
            return moment if self.conforms(moment) else None
        if self.fields is not None and isinstance(value, dict):
            return self._coerce_fields(value)
        return None

    def _coerce_fields(self, value: dict[str, Any]) -> dict[str, Any] | None:
        assert self.fields is not None  # noqa: S101 asked by coerce
        if not self.fields.keys() <= value.keys():
            return None
        result = {**value, **{name: spec.coerce(value[name]) for name, spec in self.fields.items()}}
        lost = any(result[name] is None and value[name] is not None for name in self.fields)
        return None if lost else result


ANY = TypeSpec()


def simple(name: str) -> TypeSpec | None:
    """A type of the standard by any of its names (`feel:number`, `dateTime`); None when it is not one."""
    plain = name.rpartition(":")[2].strip()
    plain = ALIASES.get(plain, plain)
    return TypeSpec(plain, name=plain) if plain in SIMPLE else None


def resolve(node: ast.Type, types: Mapping[str, TypeSpec]) -> TypeSpec | None:
    """The type that an expression names; None when it is unknown."""
    if node.name in types:
        return types[node.name]
    if node.fields:
        parts = [resolve(argument, types) or ANY for argument in node.arguments]
        return TypeSpec("context", fields=dict(zip(node.fields, parts, strict=True)))
    base = simple(node.name)
    if base is None or not node.arguments:
        return base
    if base.base == "function":
        *parameters, result = (resolve(argument, types) or ANY for argument in node.arguments)
        return TypeSpec("function", item=result, parameters=tuple(parameters))
    return TypeSpec(base.base, item=resolve(node.arguments[0], types) or ANY)


def is_instance(value: Any, spec: TypeSpec) -> bool:
    """`value instance of type`: null is an instance of Null only; the values that a type allows do not count."""
    return spec.base == "Null" if value is None else _is_of(value, spec)


def _is_of(value: Any, spec: TypeSpec) -> bool:
    """As `is_instance`, for a value that is not null; its parts may be."""
    if spec.base == "function":
        return isinstance(value, Function) and _has_signature(value, spec)
    if spec.base == "list" and spec.item is not None:
        return isinstance(value, list) and all(part is None or _is_of(part, spec.item) for part in value)
    if spec.fields is not None:
        return isinstance(value, dict) and all(
            name in value and (value[name] is None or _is_of(value[name], inner)) for name, inner in spec.fields.items()
        )
    return spec._fits(value)


def _has_signature(function: Function, spec: TypeSpec) -> bool:
    """May a function stand where one of a type is wanted: does it take as much, and give no less?"""
    if spec.parameters is None:
        return True
    if not accepts(function, len(spec.parameters)):
        return False
    takes = function.takes or (None,) * len(spec.parameters)
    wide = all(own is None or _narrower(wanted, own) for wanted, own in zip(spec.parameters, takes, strict=False))
    return wide and (function.gives is ... or spec.item is None or spec.item.conforms(function.gives))


def _narrower(one: TypeSpec, other: TypeSpec) -> bool:
    """Is every value of one type also of the other?"""
    if other.base == "Any":
        return True
    if one.base != other.base:
        return False
    if other.fields is not None:
        own = one.fields or {}
        return all(name in own and _narrower(own[name], spec) for name, spec in other.fields.items())
    return other.item is None or _narrower(one.item or ANY, other.item)
