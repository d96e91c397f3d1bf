"""Reading a workbook that somebody uploaded: hostile until checked, its faults named by sheet, row and column.

What a column means and which rules its rows obey is the part of each import; here is what they all do first.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from backend.core.errors import DomainError
from backend.platform import files

MAKS_BYTE = 20 * files.MEGABYTE
MAKS_BARIS = 200_000
TAK_TERBACA = "Berkas tidak dapat dibaca. Simpan sebagai Excel (.xlsx), lalu unggah kembali."
RUSAK = (KeyError, ValueError, TypeError, OSError, SyntaxError, InvalidFileException, zipfile.BadZipFile)


class ImporBergalat(DomainError):
    """Berkas masih mempunyai {n} kesalahan. Perbaiki berkasnya, lalu unggah kembali; belum ada yang disimpan."""


@dataclass(frozen=True)
class Galat:
    """One thing to correct: `row` as Excel counts them (0: the whole sheet), `column` by its head."""

    sheet: str
    row: int
    column: str
    message: str


def buka(content: bytes) -> Workbook | None:
    """The workbook, its sheets to be read once; None for what is none, or would blow up when unpacked."""
    if len(content) > MAKS_BYTE or not files.is_sound_xlsx(content):
        return None
    try:
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except RUSAK:
        return None


def kata(cell: Any) -> str:
    """A cell as text with single spaces; a whole number loses its `.0`."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else " ".join(str(cell).split())


class Isi:
    """The rows of one sheet. Heads are found without regard to case and to the star of a required column."""

    def __init__(self, sheet: Any, *, nama: str, errors: list[Galat], maks: int = MAKS_BARIS) -> None:
        self.nama, self.errors, self.maks = nama, errors, maks
        self._rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(values_only=True, max_row=maks + 2)
        kepala = [kata(cell).removesuffix("*").strip().lower() for cell in next(self._rows, ())]
        self._letak = {judul: at for at, judul in reversed(list(enumerate(kepala))) if judul}

    def punya(self, judul: str) -> bool:
        """Does a column with this head stand in the sheet?"""
        return judul.lower() in self._letak

    def sel(self, cells: Sequence[Any], judul: str) -> Any:
        """The cell of a row under a head; None where the row is shorter, or no such head stands in the sheet."""
        at = self._letak.get(judul.lower())
        return cells[at] if at is not None and at < len(cells) else None

    def __iter__(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """Rows that hold something, by the number that Excel shows. One row too many is a fault, and the end."""
        for nomor, cells in enumerate(self._rows, 2):
            if nomor > self.maks + 1:
                pesan = f"Paling banyak {self.maks} baris. Bagi berkas menjadi beberapa bagian."
                self.errors.append(Galat(self.nama, nomor, "", pesan))
                return
            if any(kata(cell) for cell in cells):
                yield nomor, cells
