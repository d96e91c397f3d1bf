"""Tags of the admin pages."""

from __future__ import annotations

from django import forms, template
from django.forms import BoundField
from django.http import QueryDict
from django.utils.safestring import SafeString

from backend.web.admin_daftar import alamat, tampil

register = template.Library()
register.filter("tampil", tampil)


@register.filter
def ikon_nada(nada: str) -> str:
    """The icon that stands beside the word of a state; a quiet state has none."""
    return {"ok": "check", "info": "circle-dot", "warn": "triangle-alert", "bad": "circle-alert"}.get(nada, "")


@register.simple_tag
def kontrol(field: BoundField) -> SafeString:
    """The control of a field, marked when its value was refused (id of the message: Django's `<id>_error`)."""
    kelas = str(field.field.widget.attrs.get("class", ""))
    return field.as_widget(attrs={"class": f"{kelas} is-invalid"} if field.errors else None)


@register.filter
def jenis_kontrol(field: BoundField) -> str:
    """`centang` (label behind the box), `kelompok` (a fieldset) or `kolom` (label above)."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "centang"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "kelompok"
    return "kolom"


@register.simple_tag
def ganti(query: QueryDict, **parameter: str | int | None) -> str:
    """The address of this page with some parameters replaced; an empty value removes one."""
    return alamat(query, **{nama: nilai or None for nama, nilai in parameter.items()})


@register.filter
def tersembunyi(query: QueryDict, kecuali: str) -> list[tuple[str, str]]:
    """Parameters of the address that a filter form must carry along, except those it sets itself (comma list)."""
    milik = set(kecuali.split(",")) | {"hal", "unduh"}
    return [(nama, nilai) for nama, isi in query.lists() if nama not in milik for nilai in isi]
