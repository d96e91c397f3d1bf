"""Printed sheets as PDF, drawn on the server without a browser: A4, page numbers, when it was printed.

The base fonts hold the characters of WinAnsi (– “ ” × ÷ ±); others that sentences use are written in their stead.
The same content gives the same bytes.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, LongTable, PageBreak, PageTemplate, Paragraph, Spacer

TEPI = 16 * mm
KAKI = 9 * mm
GARIS, LATAR, SAMAR = HexColor("#9aa5a3"), HexColor("#e8f1ef"), HexColor("#55605e")
BIASA, TEBAL = "Helvetica", "Helvetica-Bold"
GANTI = str.maketrans({"−": "–", "≥": ">=", "≤": "<=", "→": "->", "\u00a0": " ", "\u202f": " ", "✓": "v"})


@dataclass(frozen=True)
class Kolom:
    """A column: its head, its share of the width, numbers on the right."""

    judul: str
    bagian: float
    angka: bool = False


def aman(teks: object) -> str:
    """Text in characters that the fonts have: `ć` becomes `c`, what has no base letter `?`."""
    return "".join(_huruf(huruf) for huruf in str(teks).translate(GANTI))


def _huruf(huruf: str) -> str:
    try:
        huruf.encode("cp1252")
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", huruf)[0].encode("cp1252", "replace").decode("cp1252")
    return huruf


def _gaya(nama: str, **isi: Any) -> ParagraphStyle:
    return ParagraphStyle(nama, **{"fontName": BIASA, "fontSize": 8.5, "leading": 10.5, **isi})


GAYA = {
    "biasa": _gaya("biasa"),
    "kecil": _gaya("kecil", fontSize=7.2, leading=9, textColor=SAMAR),
    "judul": _gaya("judul", fontName=TEBAL, fontSize=13, leading=17, alignment=TA_CENTER),
    "tengah": _gaya("tengah", fontName=TEBAL, fontSize=9.5, leading=13, alignment=TA_CENTER),
    "besar": _gaya("besar", fontName=TEBAL, fontSize=12, leading=16),
    "sel": _gaya("sel", fontSize=7.6, leading=9.2),
    "sel_angka": _gaya("sel_angka", fontSize=7.6, leading=9.2, alignment=TA_RIGHT),
    "kepala": _gaya("kepala", fontName=TEBAL, fontSize=7.2, leading=8.8),
    "kepala_angka": _gaya("kepala_angka", fontName=TEBAL, fontSize=7.2, leading=8.8, alignment=TA_RIGHT),
}

PADAT = {
    nama: _gaya(
        f"{nama}_padat", fontName=GAYA[nama].fontName, fontSize=5.5, leading=6.6, alignment=GAYA[nama].alignment
    )
    for nama in ("sel", "sel_angka", "kepala", "kepala_angka")
}


class LembarPdf:
    """A document under construction. `kaki`: what stands at the foot of every page beside its number.

    `padat`: small letters and margins, for tables of many columns of amounts.
    """

    def __init__(self, *, judul: str, kaki: str, rebah: bool = False, padat: bool = False) -> None:
        self.judul_berkas, self.kaki, self.padat = judul, kaki, padat
        self.ukuran = landscape(A4) if rebah else A4
        self.tepi = TEPI / 2 if padat else TEPI
        self.lebar = self.ukuran[0] - 2 * self.tepi
        self.isi: list[Flowable] = []

    def teks(self, teks: str, gaya: str = "biasa") -> None:
        self.isi.append(Paragraph(_baris(teks), GAYA[gaya]))

    def jarak(self, milimeter: float = 3) -> None:
        self.isi.append(Spacer(1, milimeter * mm))

    def pasangan(self, isi: Iterable[tuple[str, str]]) -> None:
        """Label and value, a line each."""
        rows = [[_sel(label, GAYA["sel"]), _sel(nilai, GAYA["sel"])] for label, nilai in isi]
        tabel = LongTable(rows, colWidths=[self.lebar * 0.22, self.lebar * 0.78])
        tabel.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_rapat(1, 5), ("LEFTPADDING", (0, 0), (0, -1), 0)])
        self.isi.append(tabel)

    def tabel(self, kolom: Sequence[Kolom], baris: Sequence[Sequence[object]], *, tebal: Iterable[int] = ()) -> None:
        """A table whose head comes again on every page; rows named in `tebal` are sums."""
        tebal = set(tebal)
        gaya_sel = PADAT if self.padat else GAYA
        kepala = [_sel(satu.judul, gaya_sel[_gaya_sel(satu, tebal=True)]) for satu in kolom]
        isi = [
            [
                _sel(nilai, gaya_sel[_gaya_sel(satu, tebal=nomor in tebal)])
                for satu, nilai in zip(kolom, satu_baris, strict=True)
            ]
            for nomor, satu_baris in enumerate(baris)
        ]
        jumlah = sum(satu.bagian for satu in kolom)
        tabel = LongTable([kepala, *isi], colWidths=[self.lebar * satu.bagian / jumlah for satu in kolom], repeatRows=1)
        gaya: list[tuple[Any, ...]] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BACKGROUND", (0, 0), (-1, 0), LATAR),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, GARIS), ("LINEABOVE", (0, 0), (-1, 0), 0.8, GARIS), *_rapat(*((1.2, 2) if self.padat else (2.4, 5))),
        ]  # fmt: skip
        gaya += [("BACKGROUND", (0, nomor + 1), (-1, nomor + 1), LATAR) for nomor in tebal]
        tabel.setStyle(gaya)
        self.isi.append(tabel)

    def halaman_baru(self) -> None:
        self.isi.append(PageBreak())

    def bytes(self) -> bytes:
        raw = io.BytesIO()
        bawah = TEPI + KAKI / 2
        dokumen = BaseDocTemplate(
            raw, pagesize=self.ukuran, title=aman(self.judul_berkas), author="", creator="m-SKP SIMPEG", invariant=1, lang="id-ID",
        )  # fmt: skip
        bingkai = Frame(
            self.tepi, bawah, self.lebar, self.ukuran[1] - self.tepi - bawah,
            leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
        )  # fmt: skip
        dokumen.addPageTemplates([PageTemplate(frames=[bingkai])])
        dokumen.build(self.isi, canvasmaker=_bernomor(aman(self.kaki), tepi=self.tepi, lebar=self.ukuran[0]))
        return raw.getvalue()


def _bernomor(kaki: str, *, tepi: float, lebar: float) -> type[Canvas]:
    """A canvas that writes the foot of every page when it knows how many there are."""

    class Bernomor(Canvas):  # type: ignore[misc]  # reportlab is untyped
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.halaman: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 reportlab's name
            self.halaman.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for nomor, keadaan in enumerate(self.halaman, 1):
                self.__dict__.update(keadaan)
                self.setFont(BIASA, 7)
                self.setFillColor(SAMAR)
                self.drawString(tepi, KAKI, kaki)
                self.drawRightString(lebar - tepi, KAKI, f"Halaman {nomor} dari {len(self.halaman)}")
                super().showPage()
            super().save()

    return Bernomor


def _baris(teks: object) -> str:
    """Plain text as the paragraphs of reportlab read it: nothing of it is markup."""
    return escape(aman(teks)).replace("\n", "<br/>")


def _sel(nilai: object, gaya: ParagraphStyle) -> Paragraph:
    return Paragraph(_baris("" if nilai is None else nilai), gaya)


def _gaya_sel(kolom: Kolom, *, tebal: bool) -> str:
    if tebal:
        return "kepala_angka" if kolom.angka else "kepala"
    return "sel_angka" if kolom.angka else "sel"


def _rapat(jarak: float, sisi: float) -> list[tuple[Any, ...]]:
    return [
        ("TOPPADDING", (0, 0), (-1, -1), jarak), ("BOTTOMPADDING", (0, 0), (-1, -1), jarak),
        ("LEFTPADDING", (0, 0), (-1, -1), sisi), ("RIGHTPADDING", (0, 0), (-1, -1), sisi),
    ]  # fmt: skip
