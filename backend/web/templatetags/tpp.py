"""Figures of TPP in templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from backend.web.tpp_kata import rupiah, selisih

register = template.Library()


@register.filter
def minus(nilai: Decimal | int | None) -> str:
    """`−722.880` with a real minus sign; – for nothing."""
    if nilai is None or nilai == "":
        return "–"
    return rupiah(nilai).replace("-", "−")


register.filter("selisih", selisih)
