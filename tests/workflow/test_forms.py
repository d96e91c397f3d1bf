"""Forms: what may be published, what a post or a JSON body becomes, and what the API says about both."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from backend.workflow import forms
from backend.workflow.forms import InvalidForm, UnknownForm, compile_form


def number(key: str, **more: Any) -> dict[str, Any]:
    return {"type": "number", "key": key, "label": key, **more}


def text(key: str, **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "label": key, **more}


def schema(*components: Any, **top: Any) -> str:
    return json.dumps({"type": "default", "id": "uji", "components": list(components), **top})


FORM = compile_form(
    schema(
        text("nama", validate={"required": True, "minLength": 3, "maxLength": 10}),
        {"type": "textarea", "key": "catatan", "conditional": {"hide": "=setuju"}, "validate": {"required": True}},
        {"type": "checkbox", "key": "setuju"},
        number("jumlah", decimalDigits=0, validate={"min": 0, "max": 100}),
        number("capaian", decimalDigits=2),
        {"type": "select", "key": "rating", "values": [{"label": "Di atas", "value": "di_atas"}, {"label": "Sesuai", "value": "sesuai"}]},
        {"type": "datetime", "key": "tanggal", "subtype": "date"},
        {"type": "dynamiclist", "path": "rhk", "label": "RHK", "components": [number("realisasi", validate={"required": True}), text("ket")]},
    )
)  # fmt: skip
ROWS = {"rhk": [{"id": "a1", "judul": "Satu"}, {"id": "b.2", "judul": "Dua"}]}
GOOD: dict[str, Any] = {
    "nama": "Rina", "setuju": True, "jumlah": 3, "capaian": 87.5, "rating": "sesuai", "tanggal": "2025-03-31",
    "rhk": [{"id": "b.2", "realisasi": "1.234,5"}, {"id": "a1", "realisasi": 0, "ket": "x"}],
}  # fmt: skip


def check(data: Any, **more: Any) -> forms.BoundForm:
    return FORM.bind(rows=ROWS, data=data, **more)


def changed(**more: Any) -> forms.BoundForm:
    return check({**GOOD, **more})


# --- publishing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("", "JSON"),
        ("[1]", "daftar komponen"),
        ('{"components": {}}', "daftar komponen"),
        ("[" * 100_000, "JSON"),
        ("x" * 200_001, "kB"),
        (schema(code="x"), "code"),
        (schema(type="lain"), "jenis"),
        (json.dumps({"id": "../x", "components": []}), "id"),
        (schema("x"), "bukan objek"),
        (schema({"type": "button", "key": "x"}), "button"),
        (schema({"type": "html", "content": "<script>"}), "html"),
        (schema({"type": "expression", "key": "x", "expression": "=1"}), "expression"),
        (schema(text("a", onClick="x()")), "onClick"),
        (schema(text("a", validate={"pattern": "(a+)+$"})), "pattern"),
        (schema(text("a", validate=5)), "bukan objek"),
        (schema(text("a", validate={"maxLength": -1})), "maxLength"),
        (schema(text("a", validate={"maxLength": 1e99})), "maxLength"),
        (schema(text("a", properties=["x"])), "properties"),
        (schema(number("a", validate={"min": "NaN"})), "min"),
        (schema(number("a", validate={"max": "Infinity"})), "max"),
        (schema(number("a", decimalDigits=99)), "decimalDigits"),
        (schema(text("a", conditional=5)), "bukan objek"),
        (schema(text("a", conditional={"show": "=x"})), "show"),
        (schema(text("a", conditional={"hide": "=x +"})), "syarat tampil"),
        (schema({"type": "select", "key": "a"}), "values"),
        (schema({"type": "select", "key": "a", "values": [{"value": "x"}]}), "values"),
        (schema(text("a"), text("a")), "dua kali"),
        (schema(*(text(f"a{n}") for n in range(201))), "200"),
        (schema({"type": "group", "components": 5}), "larik"),
        (schema({"type": "dynamiclist", "path": "a", "components": [{"type": "dynamiclist", "path": "b", "components": []}]}), "di dalam daftar"),
        *(
            (schema(text(name)), "tidak boleh dipakai")
            for name in ("max", "id", "values", "items", "csrfmiddlewaretoken", "rev", "aksi", "__builtins__", "__class__", "A", "1a", "a-b", "a.b", "", "a" * 61, "a\n")
        ),
    ],
)  # fmt: skip
def test_a_form_that_is_not_understood_is_refused_with_the_cause(bad: str, said: str) -> None:
    with pytest.raises(InvalidForm) as caught:
        compile_form(bad)
    assert said in caught.value.message


@pytest.mark.parametrize("form_id", ["tidak_ada", "../../etc/passwd", "A", "", "a/b"])
def test_only_a_shipped_form_can_be_named(form_id: str) -> None:
    with pytest.raises(UnknownForm):
        forms.get(form_id)


@pytest.mark.parametrize("path", sorted(forms.forms_dir().glob("*.json")), ids=lambda path: path.stem)
def test_every_shipped_form_compiles_and_has_a_sound_json_schema(path: Any) -> None:
    definition = forms.get(path.stem)
    assert definition.id == path.stem
    jsonschema.Draft202012Validator.check_schema(definition.json_schema())


def test_layout_groups_only_arrange() -> None:
    nested = {
        "type": "group",
        "components": [text("a"), {"type": "group", "components": [text("b")]}, {"type": "text", "text": "# Judul"}],
    }
    assert [component.name for component in compile_form(schema(nested, text("c"))).components] == ["a", "b", "c"]


# --- what was sent ------------------------------------------------------------------------------------------------


def test_a_json_body_becomes_clean_values_of_their_kind_and_rows_in_the_order_of_the_step() -> None:
    form = check(GOOD)
    assert form.errors == {}
    assert form.cleaned == {
        "nama": "Rina", "catatan": None, "setuju": True, "jumlah": 3, "capaian": Decimal("87.5"), "rating": "sesuai",
        "tanggal": date(2025, 3, 31),
        "rhk": [{"id": "a1", "realisasi": Decimal(0), "ket": "x"}, {"id": "b.2", "realisasi": Decimal("1234.5"), "ket": None}],
    }  # fmt: skip
    assert type(form.cleaned["jumlah"]) is int


def test_a_post_of_a_page_is_read_alike() -> None:
    post = QueryDict(mutable=True)
    post.update(
        {
            "nama": " Rina ",
            "setuju": "true",
            "jumlah": "3",
            "capaian": "87,5",
            "rating": "sesuai",
            "tanggal": "31-03-2025",
        }
    )
    post.update({"rhk-a1-realisasi": "0", "rhk-a1-ket": "x", "rhk-b.2-realisasi": "1.234,5"})
    assert check(post).cleaned == check(GOOD).cleaned


def test_what_was_not_asked_is_ignored() -> None:
    form = changed(
        admin=True, __class__="x", rev=9, rhk=[*GOOD["rhk"], {"id": "lain", "realisasi": 1}, "x", None, {"realisasi": 5}],
    )  # fmt: skip
    assert form.cleaned == check(GOOD).cleaned


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nama", ""), ("nama", "   "), ("nama", "ab"), ("nama", "a" * 11), ("nama", None), ("nama", ["Rina"]), ("nama", {"a": 1}),
        ("nama", True), ("nama", "Ri\x00na"),
        ("jumlah", "x"), ("jumlah", -1), ("jumlah", 101), ("jumlah", 1.5), ("jumlah", "1e999999999"), ("jumlah", "NaN"), ("jumlah", "-Infinity"),
        ("jumlah", True), ("jumlah", [1]), ("jumlah", "9" * 400),
        ("capaian", "1e400"), ("capaian", "87,555"), ("capaian", "sNaN"), ("capaian", "1,2,3"), ("capaian", "0x10"), ("capaian", {}),
        ("capaian", "99999999999999999999"), ("capaian", "\u0661\u0662x"),
        ("rating", "lain"), ("rating", ["sesuai"]), ("rating", "<script>"),
        ("tanggal", "2025-02-30"), ("tanggal", "31 Maret"), ("tanggal", 20250331), ("tanggal", "9" * 50),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_an_error_of_its_field_only(field: str, value: Any) -> None:
    form = changed(**{field: value})
    assert not form.is_valid()
    assert set(form.errors) == {field}
    assert form.fields[field].error == form.errors[field] != ""


def test_a_whole_number_without_a_limit_still_is_no_bomb() -> None:
    form = compile_form(schema(number("a", decimalDigits=0))).bind(data={"a": "1e999999999"})
    assert set(form.errors) == {"a"}


def test_a_row_that_is_missing_a_value_is_named_by_its_path() -> None:
    form = changed(rhk=[{"id": "a1", "realisasi": 1}])
    assert form.errors == {"rhk.b.2.realisasi": forms.WAJIB}


def test_a_field_that_its_condition_hides_is_neither_asked_nor_kept() -> None:
    hidden, asked = changed(catatan="rahasia"), changed(setuju=False)
    assert (hidden.fields["catatan"].hidden, hidden.cleaned["catatan"]) == (True, None)
    assert asked.errors == {"catatan": forms.WAJIB}
    assert changed(setuju=False, catatan="perlu").cleaned["catatan"] == "perlu"


def test_a_draft_counts_types_and_maxima_only_and_comes_back_as_it_was_typed() -> None:
    form = check({"nama": "a", "jumlah": "abc", "rhk": [{"id": "a1", "realisasi": "1,"}]}, partial=True)
    assert set(form.errors) == {"jumlah"}
    again = FORM.bind(rows=ROWS, initial=json.loads(json.dumps(form.draft)))
    assert (again.fields["nama"].value, again.fields["jumlah"].value) == ("a", "abc")
    assert [row.fields["realisasi"].value for row in again.groups["rhk"].rows] == ["1,", ""]
    assert not again.is_valid()


def test_saved_values_win_over_those_of_the_step_and_of_a_row_that_is_gone_nothing_is_shown() -> None:
    rows = {"rhk": [{"id": "a1", "values": {"realisasi": Decimal("2.50"), "ket": "lama"}}]}
    form = FORM.bind(rows=rows, initial={"rhk": [{"id": "a1", "ket": "baru"}, {"id": "zz", "ket": "hilang"}, "rusak"]})
    (row,) = form.groups["rhk"].rows
    assert {name: one.value for name, one in row.fields.items()} == {"realisasi": "2,5", "ket": "baru"}


def test_a_refusal_of_the_domain_stands_beside_its_field_or_above_the_form() -> None:
    form = check(GOOD)
    form.refuse({"rhk.a1.realisasi": "Terlalu besar.", "": "Periode sudah ditutup."})
    assert form.groups["rhk"].rows[0].fields["realisasi"].error == "Terlalu besar."
    assert form.errors[""] == "Periode sudah ditutup."
    assert not form.is_valid()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1.234,5", "1234.5"), ("1.234", "1234"), ("12.34", "12.34"), ("-1.000.000", "-1000000"), ("1 234,5", "1234.5"), ("0,5", "0.5"), ("1\u00a0000", "1000")],
)  # fmt: skip
def test_numbers_are_read_as_indonesians_write_them(typed: str, meant: str) -> None:
    form = compile_form(schema(number("a"))).bind(data={"a": typed})
    assert form.cleaned["a"] == Decimal(meant)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_a_number_that_is_shown_and_sent_back_is_the_same(value: Decimal) -> None:
    form = compile_form(schema(number("a")))
    shown = form.bind(initial={"a": value}).fields["a"].value
    assert form.bind(data={"a": shown}).cleaned["a"] == value


# --- for the API --------------------------------------------------------------------------------------------------


def test_the_json_schema_takes_what_the_form_takes() -> None:
    validator = jsonschema.Draft202012Validator(FORM.json_schema(ROWS))
    assert list(validator.iter_errors(GOOD)) == []
    for bad in (
        {**GOOD, "rating": "lain"},
        {**GOOD, "admin": 1},
        {**GOOD, "jumlah": 101},
        {"rhk": []},
        {**GOOD, "rhk": [{"id": "zz", "realisasi": 1}]},
    ):
        assert list(validator.iter_errors(bad))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.integers(), max_size=2))
            for name in ("nama", "catatan", "setuju", "jumlah", "capaian", "rating", "tanggal", "rhk", "lain")
        },
    )
)  # fmt: skip
def test_no_body_whatsoever_makes_a_form_fail(data: dict[str, Any]) -> None:
    form = check(data)
    assert form.is_valid() is (form.errors == {})
    json.dumps(form.draft)
