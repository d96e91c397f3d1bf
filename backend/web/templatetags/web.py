"""Tags and filters of every page: icons, figures and moments as people read them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backend.core import periode
from backend.core.money import format_angka
from backend.web import kata

register = template.Library()
register.filter("ukuran", kata.ukuran)
register.filter("nip", kata.nip)


@register.simple_tag
@lru_cache(maxsize=512)  # a page has fifty of them
def ikon(nama: str, kelas: str = "") -> SafeString:
    """An icon of the sprite; always beside a word, so hidden from screen readers."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {kelas}" if kelas else "", static("web/dist/icons.svg"), nama,
    )  # fmt: skip


_ikon = ikon  # `pil` has an argument of that name


@register.simple_tag
def pil(teks: str, nada: str = "", ikon: str = "") -> SafeString:
    """A state in two or three words, with its icon."""
    gambar = _ikon(ikon) if ikon else ""
    return format_html('<span class="pill{}">{}{}</span>', f" {nada}" if nada else "", gambar, teks)


@register.filter
def angka(nilai: Decimal | int | None, desimal: int = 2) -> str:
    """`1.234,50`; – for nothing."""
    return format_angka(nilai, desimal)


@register.filter
def ringkas(nilai: Decimal | int | None) -> str:
    """A figure without idle zeros: `12`, `3,5`; – for nothing."""
    return kata.ringkas(nilai)


@register.filter
def persen(nilai: Decimal | int | None) -> str:
    """`95,45 %`; – for nothing. A value that only rounds to a threshold is shown in full (F8)."""
    return kata.persen(nilai)


@register.filter
def tanggal(nilai: date | None) -> str:
    return periode.tanggal(nilai) if nilai else "–"


@register.filter
def hari_tanggal(nilai: date | None) -> str:
    return periode.hari_tanggal(nilai) if nilai else "–"


@register.filter
def tanggal_pendek(nilai: date | None) -> str:
    """`8 April`."""
    return periode.tanggal(nilai).rsplit(" ", 1)[0] if nilai else "–"


@register.filter
def bulan_singkat(nilai: date | None) -> str:
    """`Nov`: the month on a calendar tile."""
    return periode.BULAN[_lokal(nilai).month - 1][:3] if nilai else ""


@register.filter
def tanggal_angka(nilai: date | None) -> str:
    return str(_lokal(nilai).day) if nilai else ""


@register.filter
def waktu(nilai: datetime | None) -> str:
    return periode.waktu(nilai) if nilai else "–"


@register.filter
def pukul(nilai: datetime | None) -> str:
    """`14.32`."""
    return f"{nilai.astimezone(periode.WIB):%H.%M}" if nilai else "–"


def _lokal(nilai: date) -> date:
    return nilai.astimezone(periode.WIB) if isinstance(nilai, datetime) else nilai


@register.filter
def ikon_berkas(mime: str) -> str:
    """Icon of a file type."""
    if mime.startswith("image/"):
        return "image"
    return "file-spreadsheet" if "sheet" in mime else "file-text"


@register.filter
def ambil(peta: Any, kunci: Any) -> Any:
    """`peta[kunci]`, None when it is not there."""
    return peta.get(kunci) if peta else None


@register.filter
def galat(errors: dict[str, str] | None, jalur: str) -> str:
    """The message of one field path, empty when it is fine."""
    return (errors or {}).get(jalur, "")
