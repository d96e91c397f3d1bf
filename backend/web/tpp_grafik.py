"""Plots of TPP as inline SVG, drawn on the server; each stands beside the table with the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LEBAR, TINGGI = 720, 220
KIRI, ATAS, BAWAH = 8, 24, 44
NOL_TINGGI = 2
LEBAR_BATANG = 72


@dataclass(frozen=True)
class Batang:
    """One bar: what it is called, how many, and its tone (naik, turun, sama)."""

    label: str
    jumlah: int
    nada: str = ""

    @property
    def kata(self) -> str:
        return self.label.replace("|", " ")


def histogram(batang: Sequence[Batang], *, judul: str) -> SafeString:
    """A distribution as bars with their figures above them. Empty without bars."""
    if not batang:
        return SafeString("")
    puncak = max(satu.jumlah for satu in batang) or 1
    langkah = (LEBAR - 2 * KIRI) / len(batang)
    ruang = TINGGI - ATAS - BAWAH
    isi = format_html_join("", "{}", ((_batang(satu, n, langkah, ruang, puncak),) for n, satu in enumerate(batang)))
    return format_html(
        '<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}<line class="sumbu" x1="{}" x2="{}" y1="{}" y2="{}"/></svg>',
        LEBAR, TINGGI, judul, isi, KIRI, LEBAR - KIRI, TINGGI - BAWAH, TINGGI - BAWAH,
    )  # fmt: skip


def _batang(satu: Batang, nomor: int, langkah: float, ruang: float, puncak: int) -> SafeString:
    tinggi = max(NOL_TINGGI if satu.jumlah else 0, satu.jumlah / puncak * ruang)
    x, y = KIRI + nomor * langkah, ATAS + ruang - tinggi
    tengah = f"{x + langkah / 2:.1f}"
    lebar = min(langkah - 4, LEBAR_BATANG)
    dari, _, sampai = satu.label.partition("|")
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/><text x="{}" y="{}">{}</text>'
        '<text class="kecil" x="{}" y="{}">{}</text><text class="kecil" x="{}" y="{}">{}</text>',
        satu.nada or "sama", f"{x + (langkah - lebar) / 2:.1f}", f"{y:.1f}", f"{lebar:.1f}", f"{tinggi:.1f}", tengah, f"{y - 5:.1f}",
        satu.jumlah or "", tengah, TINGGI - BAWAH + 16, dari, tengah, TINGGI - BAWAH + 32, sampai,
    )  # fmt: skip
