"""Filters of the attendance pages."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def kurangi(banyak: int, kurang: int) -> int:
    """`banyak - kurang`."""
    return banyak - kurang


@register.filter
def kata(kode: str) -> str:
    """A code in lower-case words: `teguran_lisan` → `teguran lisan`."""
    return kode.replace("_", " ").lower()
