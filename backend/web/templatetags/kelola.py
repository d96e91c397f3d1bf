"""Tags of the admin pages."""

from __future__ import annotations

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString

from backend.web.admin_daftar import tampil

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
