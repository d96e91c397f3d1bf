"""Reads what our own PDF writer wrote: its text, page by page."""

from __future__ import annotations

import base64
import re
import zlib

ALIRAN = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
TULISAN = re.compile(rb"\(((?:[^()\\]|\\.)*)\) Tj")
LEPAS = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def halaman_pdf(isi: bytes) -> list[str]:
    """The text of each page, a line for each string that is drawn."""
    assert isi.startswith(b"%PDF-")
    assert b"%%EOF" in isi[-64:]
    halaman = []
    for satu in ALIRAN.findall(isi):
        mentah = zlib.decompress(base64.a85decode(satu.strip().removesuffix(b"~>")))
        halaman.append("\n".join(_lepas(teks) for teks in TULISAN.findall(mentah)))
    return halaman


def teks_pdf(isi: bytes) -> str:
    """All of it, with single spaces."""
    return " ".join(" ".join(halaman_pdf(isi)).split())


def _lepas(teks: bytes) -> str:
    def satu(temu: re.Match[bytes]) -> bytes:
        isi = temu[1]
        return bytes([int(isi, 8)]) if len(isi) == 3 else isi

    return LEPAS.sub(satu, teks).decode("cp1252")
