"""Forms of user tasks: `forms/<id>.json` (the schema of form-js) → Django forms for pages and JSON Schema for the API.

Only known component types and properties are accepted; a form is data, never code. A `dynamiclist` is a group whose
rows come from the step (`@step(rows=…)`): the client can fill them, never add or choose them. Names in a post are
`field` and `group-row id-field`; a JSON body holds `{"field": …, "group": [{"id": …, "field": …}]}`; error paths are
`field` and `group.row id.field`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms as django_forms
from django.conf import settings
from django.core.exceptions import ValidationError

from backend.core.errors import DomainError
from backend.rules.feel import FeelSyntaxError, Scope, compile_expression

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
RESERVED = frozenset(
    {"id", "max", "min", "items", "keys", "values", "get", "data", "csrfmiddlewaretoken", "rev", "aksi", "kunci"}
)
COMMON = frozenset(
    {
        "type",
        "id",
        "key",
        "label",
        "description",
        "validate",
        "conditional",
        "properties",
        "layout",
        "disabled",
        "readonly",
        "appearance",
        "defaultValue",
    }
)
INPUTS: dict[str, frozenset[str]] = {
    "textfield": COMMON,
    "textarea": COMMON | {"rows"},
    "number": COMMON | {"decimalDigits", "increment", "serializeToString"},
    "checkbox": COMMON,
    "radio": COMMON | {"values"},
    "select": COMMON | {"values", "searchable"},
    "datetime": COMMON | {"subtype", "dateLabel"},
}
LAYOUT: dict[str, frozenset[str]] = {
    "group": COMMON | {"components", "showOutline", "path", "verticalAlignment"},
    "text": frozenset({"type", "id", "text", "layout", "conditional", "properties"}),
    "separator": frozenset({"type", "id", "layout"}),
    "spacer": frozenset({"type", "id", "layout", "height"}),
    "dynamiclist": COMMON
    | {
        "components",
        "path",
        "showOutline",
        "isRepeating",
        "allowAddRemove",
        "defaultRepetitions",
        "disableCollapse",
        "nonCollapsedItems",
        "verticalAlignment",
    },
}
VALIDATE = frozenset({"required", "minLength", "maxLength", "min", "max"})
TOP = frozenset(
    {
        "type",
        "id",
        "components",
        "schemaVersion",
        "exporter",
        "executionPlatform",
        "executionPlatformVersion",
        "versionTag",
    }
)
MAX_BYTES, MAX_COMPONENTS, MAX_DIGITS = 200_000, 200, 10
DEFAULT_MAX_LENGTH = 2000
SALAH_JENIS = "Isi kolom ini tidak sesuai jenisnya."
WAJIB, TERLALU_PENDEK, TERLALU_PANJANG = (
    "Kolom ini wajib diisi.",
    "Isi minimal {n} karakter.",
    "Isi maksimal {n} karakter.",
)


class UnknownForm(DomainError):
    """Formulir "{formulir}" tidak ditemukan. Admin proses perlu menambahkannya di folder forms/."""


class InvalidForm(DomainError):
    """Formulir "{formulir}" tidak dapat dipakai: {sebab}."""


@dataclass(frozen=True)
class Component:
    """One input of a form."""

    name: str
    type: str
    label: str
    help: str = ""
    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    digits: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    rows: int = 3
    widget: str = ""
    hide: Callable[[dict[str, Any]], Any] | None = None

    @property
    def kind(self) -> str:
        """Type as templates draw it: a number without decimals is an `integer`, a datetime is a `date`."""
        if self.type == "number" and self.digits == 0:
            return "integer"
        return {"datetime": "date"}.get(self.type, self.type)


@dataclass(frozen=True)
class Group:
    """Inputs that repeat over rows of the step."""

    name: str
    label: str
    components: tuple[Component, ...]


@dataclass(frozen=True)
class FormDefinition:
    """A compiled form."""

    id: str
    components: tuple[Component, ...]
    groups: tuple[Group, ...]

    def bind(
        self,
        *,
        rows: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
        data: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
        partial: bool = False,
    ) -> BoundForm:
        """A form to show (`data` None) or to check. `partial`: a draft, where only types and maxima count."""
        return BoundForm(self, rows or {}, data, initial or {}, partial=partial)

    def json_schema(self, rows: Mapping[str, Sequence[Mapping[str, Any]]] | None = None) -> dict[str, Any]:
        """JSON Schema (2020-12) of a body; the ids of the rows are those of the step."""
        schema = _object_schema(self.components)
        for group in self.groups:
            ids = [row["id"] for row in (rows or {}).get(group.name, ())]
            item = _object_schema(group.components)
            item["properties"] = {"id": {"enum": ids}, **item["properties"]}
            item["required"] = ["id", *item.get("required", [])]
            schema["properties"][group.name] = {
                "type": "array",
                "title": group.label,
                "items": item,
                "maxItems": len(ids),
            }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:mskp:formulir:{self.id}",
            **schema,
        }


# --- Compiling -------------------------------------------------------------------------------------------------------


def forms_dir() -> Path:
    """Folder of the shipped forms."""
    return Path(settings.BASE_DIR) / "forms"


def get(form_id: str) -> FormDefinition:
    """A shipped form. Raises UnknownForm, InvalidForm."""
    path = forms_dir() / f"{form_id}.json"
    if not NAME.match(form_id) or not path.is_file():
        raise UnknownForm(formulir=form_id)
    return _from_file(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _from_file(path: str, _changed: int) -> FormDefinition:
    return compile_form(Path(path).read_text(encoding="utf-8"))


@lru_cache(maxsize=256)
def compile_form(text: str) -> FormDefinition:
    """A form from its JSON text. Raises InvalidForm with the reason."""
    if len(text) > MAX_BYTES:
        raise InvalidForm(formulir="?", sebab=f"lebih besar dari {MAX_BYTES // 1000} kB")
    try:
        schema = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise InvalidForm(formulir="?", sebab="bukan JSON yang benar") from None
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), list):
        raise InvalidForm(formulir="?", sebab="tidak mempunyai daftar komponen")
    return _Compiler(str(schema.get("id", "?"))).form(schema)


class _Compiler:
    """Walks a form-js schema once and refuses what it does not know."""

    def __init__(self, form_id: str) -> None:
        self.form_id = form_id
        self.count = 0

    def refuse(self, cause: str) -> InvalidForm:
        return InvalidForm(formulir=self.form_id, sebab=cause)

    def form(self, schema: dict[str, Any]) -> FormDefinition:
        self.known(schema, TOP, "formulir")
        if schema.get("type", "default") != "default" or not NAME.match(self.form_id):
            raise self.refuse("id atau jenisnya tidak sesuai")
        components, groups = self.components(schema["components"], inside=False)
        names = [component.name for component in components] + [group.name for group in groups]
        self.unique(names)
        return FormDefinition(self.form_id, tuple(components), tuple(groups))

    def known(self, item: Any, allowed: frozenset[str], where: str) -> None:
        if not isinstance(item, dict):
            raise self.refuse(f"{where} bukan objek")
        if unknown := sorted(set(item) - allowed):
            raise self.refuse(f"{where} memakai sifat yang tidak dikenal: {', '.join(unknown)}")

    def unique(self, names: list[str]) -> None:
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise self.refuse(f"nama dipakai dua kali: {', '.join(repeated)}")

    def components(self, items: Any, *, inside: bool) -> tuple[list[Component], list[Group]]:
        components: list[Component] = []
        groups: list[Group] = []
        if not isinstance(items, list):
            raise self.refuse("daftar komponen bukan larik")
        for item in items:
            self.count += 1
            if self.count > MAX_COMPONENTS or not isinstance(item, dict):
                raise self.refuse(f"lebih dari {MAX_COMPONENTS} komponen, atau komponen yang bukan objek")
            kind = str(item.get("type"))
            if kind in INPUTS:
                components.append(self.component(item, kind))
            elif kind in LAYOUT:
                self.known(item, LAYOUT[kind], kind)
                if kind == "dynamiclist":
                    groups.append(self.group(item, inside=inside))
                elif kind == "group":
                    more, inner = self.components(item.get("components", []), inside=inside)
                    components += more
                    groups += inner
            else:
                raise self.refuse(f"jenis komponen {kind} tidak didukung")
        return components, groups

    def group(self, item: dict[str, Any], *, inside: bool) -> Group:
        name = str(item.get("path", ""))
        if inside:
            raise self.refuse("daftar di dalam daftar tidak didukung")
        self.named(name)
        components, _ = self.components(item.get("components", []), inside=True)
        self.unique([component.name for component in components])
        return Group(name, str(item.get("label", name)), tuple(components))

    def named(self, name: str) -> None:
        if not NAME.match(name) or name in RESERVED:
            raise self.refuse(f"nama {name!r} tidak boleh dipakai; pakai huruf kecil, angka, dan garis bawah")

    def component(self, item: dict[str, Any], kind: str) -> Component:
        self.known(item, INPUTS[kind], kind)
        name = str(item.get("key", ""))
        self.named(name)
        rules = item.get("validate") or {}
        self.known(rules, VALIDATE, f"validate pada {name}")
        properties = item.get("properties") or {}
        if not isinstance(properties, dict):
            raise self.refuse(f"properties pada {name} bukan objek")
        return Component(
            name=name,
            type=kind,
            label=str(item.get("label") or item.get("dateLabel") or name),  # form-js calls that of a date dateLabel
            help=str(item.get("description", "")),
            required=bool(rules.get("required")),
            min_length=self.limit(rules, "minLength", name),
            max_length=self.limit(rules, "maxLength", name)
            or (DEFAULT_MAX_LENGTH if kind in {"textfield", "textarea"} else None),
            minimum=self.decimal(rules, "min", name),
            maximum=self.decimal(rules, "max", name),
            digits=self.limit(item, "decimalDigits", name, most=MAX_DIGITS) if kind == "number" else None,
            choices=self.choices(item, name) if kind in {"radio", "select"} else (),
            rows=self.limit(item, "rows", name, most=50) or 3,
            widget=str(properties.get("widget", "")),
            hide=self.hide(item.get("conditional"), name),
        )

    def limit(self, rules: dict[str, Any], key: str, name: str, *, most: int = 100_000) -> int | None:
        """A whole number of 0 to `most`; modelers write it as a number or as text, and leave it empty."""
        value = rules.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not re.fullmatch(r"\d{1,6}", str(value)) or int(value) > most:
            raise self.refuse(f"{key} pada {name} bukan bilangan 0–{most}")
        return int(value)

    def decimal(self, rules: dict[str, Any], key: str, name: str) -> Decimal | None:
        value = rules.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,15}(\.\d{1,10})?", str(value)):
            raise self.refuse(f"{key} pada {name} bukan angka")
        return Decimal(str(value))

    def choices(self, item: dict[str, Any], name: str) -> tuple[tuple[str, str], ...]:
        values = item.get("values")
        if not isinstance(values, list) or not all(
            isinstance(value, dict) and {"label", "value"} == set(value) for value in values
        ):
            raise self.refuse(f"{name} memerlukan values berisi label dan value")
        return tuple((str(value["value"]), str(value["label"])) for value in values)

    def hide(self, conditional: Any, name: str) -> Callable[[dict[str, Any]], Any] | None:
        if not conditional:
            return None
        self.known(conditional, frozenset({"hide"}), f"conditional pada {name}")
        text = str(conditional.get("hide", "")).strip()
        if not text:
            return None
        try:
            return compile_expression(text.removeprefix("="), Scope())
        except FeelSyntaxError as error:
            raise self.refuse(f"syarat tampil {name}: {error.message}") from None


def _object_schema(components: Sequence[Component]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {component.name: _property_schema(component) for component in components},
    }
    if required := [component.name for component in components if component.required and component.hide is None]:
        schema["required"] = required
    return schema


def _property_schema(component: Component) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "integer": {"type": ["integer", "null"]},
        "number": {"type": ["number", "string", "null"]},
        "checkbox": {"type": "boolean"},
        "date": {"type": ["string", "null"], "format": "date"},
        "radio": {"enum": [*(value for value, _ in component.choices), None]},
        "select": {"enum": [*(value for value, _ in component.choices), None]},
    }
    limits = {
        "minLength": None if not component.required else component.min_length,
        "maxLength": component.max_length,
        "minimum": None if component.minimum is None else float(component.minimum),
        "maximum": None if component.maximum is None else float(component.maximum),
        "description": component.help or None,
    }
    base = kinds.get(component.kind, {"type": ["string", "null"]})
    return {"title": component.label, **base, **{key: value for key, value in limits.items() if value is not None}}


# --- Django fields ---------------------------------------------------------------------------------------------------


class NumberField(django_forms.DecimalField):
    """A number as Indonesians write it: `1.234,5`, `1234,5`; a point is also taken as the decimal sign where it cannot mean thousands."""

    THOUSANDS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d*)?\Z")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs inherit int
        if isinstance(value, str):
            text = value.strip().replace("\u00a0", "").replace(" ", "")
            if "," in text or self.THOUSANDS.match(text):
                text = text.replace(".", "").replace(",", ".")
            value = text
        return super().to_python(value)


class WholeField(NumberField):
    """A whole number, given as int."""

    def clean(self, value: Any) -> int | None:
        number = super().clean(value)
        return None if number is None else int(number)


def _text_field(component: Component, *, partial: bool) -> django_forms.Field:
    return django_forms.CharField(
        required=component.required and not partial,
        min_length=None if partial else component.min_length,
        max_length=component.max_length,
        widget=django_forms.Textarea if component.type == "textarea" else django_forms.TextInput,
        error_messages={
            "required": WAJIB,
            "min_length": TERLALU_PENDEK.format(n=component.min_length),
            "max_length": TERLALU_PANJANG.format(n=component.max_length),
        },
    )


def _number_field(component: Component, *, partial: bool) -> django_forms.Field:
    whole = component.kind == "integer"
    low, high = component.minimum, component.maximum
    span = (
        f"antara {low} dan {high}"
        if low is not None and high is not None
        else (f"{low} atau lebih" if low is not None else "yang benar")
    )
    places = "" if whole or component.digits is None else f", paling banyak {component.digits} angka di belakang koma"
    message = f"Isi angka {'bulat ' if whole else ''}{span}{places}."
    kinds = ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits")
    options: dict[str, Any] = {
        "required": component.required and not partial,
        "min_value": low,
        "max_value": high,
        "error_messages": {"required": WAJIB, **dict.fromkeys(kinds, message)},
        "widget": django_forms.TextInput,
    }
    if whole:
        return WholeField(max_digits=18, decimal_places=0, **options)
    return NumberField(max_digits=18, decimal_places=component.digits if component.digits is not None else 4, **options)


def _choice_field(component: Component, *, partial: bool) -> django_forms.Field:
    return django_forms.ChoiceField(
        required=component.required and not partial,
        choices=component.choices,
        error_messages={"required": WAJIB, "invalid_choice": "Pilih salah satu pilihan yang tersedia."},
    )


def _checkbox_field(component: Component, *, partial: bool) -> django_forms.Field:
    return django_forms.BooleanField(required=component.required and not partial, error_messages={"required": WAJIB})


def _date_field(component: Component, *, partial: bool) -> django_forms.Field:
    return django_forms.DateField(
        required=component.required and not partial,
        input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        error_messages={"required": WAJIB, "invalid": "Isi tanggal, misalnya 31-12-2025."},
    )


_FIELDS: dict[str, Callable[..., django_forms.Field]] = {
    "textfield": _text_field, "textarea": _text_field, "number": _number_field, "radio": _choice_field, "select": _choice_field,
    "checkbox": _checkbox_field, "datetime": _date_field,
}  # fmt: skip


# --- Binding ---------------------------------------------------------------------------------------------------------


@dataclass
class BoundField:
    """One input of a page: `name` in the post, `id` in the page, `path` in error messages, `value` as text."""

    component: Component
    name: str
    path: str
    value: str = ""
    error: str = ""
    cleaned: Any = None
    hidden: bool = False

    @property
    def id(self) -> str:
        return self.path.replace(".", "-")

    @property
    def key(self) -> str:
        return self.component.name

    @property
    def label(self) -> str:
        return self.component.label

    @property
    def help(self) -> str:
        return self.component.help

    @property
    def type(self) -> str:
        return self.component.kind

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        return self.component.choices

    @property
    def required(self) -> bool:
        return self.component.required

    @property
    def max_length(self) -> int | None:
        return self.component.max_length


@dataclass
class BoundRow:
    """One row of a group: the step's facts and the inputs beside them."""

    id: Any
    context: Mapping[str, Any]
    fields: dict[str, BoundField]


@dataclass
class BoundGroup:
    """A group with the rows of the step."""

    name: str
    label: str
    rows: list[BoundRow]


@dataclass
class BoundForm:
    """A form with its rows and, when there is `data`, the verdict on it."""

    definition: FormDefinition
    source_rows: Mapping[str, Sequence[Mapping[str, Any]]]
    data: Mapping[str, Any] | None
    initial: Mapping[str, Any]
    partial: bool = False
    fields: dict[str, BoundField] = field(default_factory=dict)
    groups: dict[str, BoundGroup] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = _Given(self.data) if self.data is not None else None
        self.fields = self._inputs(self.definition.components, "", "", self.initial, given)
        for group in self.definition.groups:
            rows = [self._row(group, row, given) for row in self.source_rows.get(group.name, ())]
            self.groups[group.name] = BoundGroup(group.name, group.label, rows)

    def _row(self, group: Group, row: Mapping[str, Any], given: _Given | None) -> BoundRow:
        key = row["id"]
        saved = {str(item.get("id")): item for item in self.initial.get(group.name, ()) if isinstance(item, Mapping)}
        initial = {**row.get("values", {}), **saved.get(str(key), {})}
        fields = self._inputs(group.components, f"{group.name}-{key}-", f"{group.name}.{key}.", initial, given)
        return BoundRow(key, row, fields)

    def _inputs(
        self, components: Sequence[Component], prefix: str, path: str, initial: Mapping[str, Any], given: _Given | None
    ) -> dict[str, BoundField]:
        bound = {
            component.name: BoundField(component, prefix + component.name, path + component.name)
            for component in components
        }
        for name, one in bound.items():
            raw = given.value(one.name, one.path) if given else initial.get(name)
            one.value = shown(raw)
            if given:
                self._clean(one, raw)
        if given:
            self._drop_hidden(bound)
        self.errors |= {one.path: one.error for one in bound.values() if one.error}
        return bound

    def _clean(self, one: BoundField, raw: Any) -> None:
        half_a_pair = isinstance(raw, str) and any("\ud800" <= letter <= "\udfff" for letter in raw)
        a_switch = isinstance(raw, bool) and one.component.type != "checkbox"
        if half_a_pair or a_switch or isinstance(raw, Mapping | list | tuple):
            one.error = SALAH_JENIS
            return
        try:
            one.cleaned = _FIELDS[one.component.type](one.component, partial=self.partial).clean(_as_sent(raw))
        except ValidationError as error:
            one.error = " ".join(error.messages)
        if one.cleaned == "":
            one.cleaned = None

    def _drop_hidden(self, bound: dict[str, BoundField]) -> None:
        """Fields whose condition hides them: not required, and never stored."""
        values = {name: _feel(one.cleaned) for name, one in bound.items()}
        for one in bound.values():
            if one.component.hide is not None and one.component.hide(values) is True:
                one.hidden, one.cleaned, one.error = True, None, ""

    def is_valid(self) -> bool:
        """True for data without an error."""
        return self.data is not None and not self.errors

    @property
    def cleaned(self) -> dict[str, Any]:
        """`{"field": …, "group": [{"id": …, "field": …}]}` of valid data."""
        result: dict[str, Any] = {name: one.cleaned for name, one in self.fields.items()}
        for group in self.groups.values():
            result[group.name] = [
                {"id": row.id, **{name: one.cleaned for name, one in row.fields.items()}} for row in group.rows
            ]
        return result

    @property
    def draft(self) -> dict[str, Any]:
        """What was typed, as text, in the shape of `initial`: for the draft of the task."""
        result: dict[str, Any] = {name: one.value for name, one in self.fields.items()}
        for group in self.groups.values():
            result[group.name] = [
                {"id": row.id, **{name: one.value for name, one in row.fields.items()}} for row in group.rows
            ]
        return result

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Put the messages of a refused domain call beside their fields; the rest stays in `errors`."""
        self.errors |= dict(errors)
        every = [
            *self.fields.values(),
            *(one for g in self.groups.values() for row in g.rows for one in row.fields.values()),
        ]
        for one in every:
            one.error = self.errors.get(one.path, one.error)


class _Given:
    """Posted data, flat (HTML) or nested (JSON), read by name or path."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.rows = {
            (group, str(row.get("id"))): row
            for group, rows in data.items()
            if isinstance(rows, list)
            for row in rows
            if isinstance(row, Mapping)
        }

    def value(self, name: str, path: str) -> Any:
        if name in self.data:
            return self.data[name]
        group, _, rest = path.partition(".")
        key, _, inner = rest.rpartition(".")
        return self.rows.get((group, key), {}).get(inner) if key else None


def _as_sent(raw: Any) -> Any:
    """A JSON number as text that NumberField reads without doubt."""
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        return f"{Decimal(str(raw)):f}".replace(".", ",")
    return raw


def _feel(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def shown(raw: Any) -> str:
    """A stored or typed value as the text of an input: comma decimals, ISO dates."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else ""
    if isinstance(raw, Decimal):
        text = f"{raw.normalize():f}" if raw else "0"
        return text.replace(".", ",")
    return raw.isoformat() if hasattr(raw, "isoformat") else str(raw)
