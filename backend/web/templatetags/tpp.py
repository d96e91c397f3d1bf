"""Figures of TPP in templates."""

from __future__ import annotations

from decimal import Decimal

from django import template

from backend.web import tpp_kata

register = template.Library()


@register.filter
def minus(nilai: Decimal | int | None) -> str:
    """`−722.880` with a real minus sign; – for nothing."""
    if nilai is None or nilai == "":
        return "–"
    return tpp_kata.rupiah(nilai).replace("-", "−")


@register.filter
def selisih(nilai: Decimal | int | None) -> str:
    """`+24.096`, `−24.096`; – for nothing."""
    return "–" if nilai is None or nilai == "" else tpp_kata.selisih(nilai)
