"""Reading a workbook: what is none is said to be none, heads and rows are found, one row too many is a fault."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from backend.platform.lembar import Galat, Isi, buka, kata


def buku(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def isi(content: bytes, **more: int) -> tuple[Isi, list[Galat]]:
    book, errors = buka(content), []
    assert book is not None
    return Isi(book.worksheets[0], nama="Uji", errors=errors, **more), errors


def bom() -> bytes:
    """A package that says little and unpacks to much."""
    raw = io.BytesIO(buku(["a"]))
    with zipfile.ZipFile(raw, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet9.xml", b"0" * 50_000_000)
    return raw.getvalue()


def dengan_doctype() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(buku(["a"]))) as source, zipfile.ZipFile(raw, "w") as target:
        for nama in source.namelist():
            content = source.read(nama)
            if nama == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "b">]>' + content
            target.writestr(nama, content)
    return raw.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"nip,bulan\n1,2", buku(["a"])[:-200], bom(), dengan_doctype()],
    ids=["kosong", "pk", "csv", "terpotong", "bom", "doctype"],
)
def test_what_is_no_sound_workbook_is_not_opened(content: bytes):
    assert buka(content) is None


def test_heads_are_found_whatever_their_case_and_star():
    rows, errors = isi(buku(["  NIP *", "Gaji   Bruto", None, "nip"], ["1", 2.0, "x", "9"], [None, " "], ["3"]))
    assert (rows.punya("nip"), rows.punya("Gaji bruto"), rows.punya("Bulan")) == (True, True, False)
    found = [(nomor, rows.sel(cells, "NIP"), rows.sel(cells, "gaji bruto")) for nomor, cells in rows]
    assert found == [(2, "1", 2), (4, "3", None)]
    assert not errors


def test_one_row_too_many_is_said_and_ends_the_reading():
    rows, errors = isi(buku(["a"], *([n] for n in range(5))), maks=3)
    assert [nomor for nomor, _ in rows] == [2, 3, 4]
    assert [(satu.sheet, satu.row) for satu in errors] == [("Uji", 5)]


@pytest.mark.parametrize(("sel", "teks"), [(None, ""), (3.0, "3"), (3.5, "3.5"), ("  a \n b ", "a b"), (0, "0")])
def test_a_cell_as_text(sel: object, teks: str):
    assert kata(sel) == teks
