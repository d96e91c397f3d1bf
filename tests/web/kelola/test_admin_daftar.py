"""Lists: what people read, what the sort links say, and that the export is never a formula."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from backend.web.admin_daftar import Daftar, Kolom, alamat, ekspor, kepala, susun, tampil


@dataclass
class Orang:
    nama: str
    nip: str = "196608011988031001"
    lahir: date | None = None
    anak: int | None = None


DAFTAR = Daftar(
    judul="Orang",
    kosong="Kosong",
    kolom=(
        Kolom(label="Nama", nilai=lambda o: o.nama, urut=("nama",), sub=Kolom(label="NIP", nilai=lambda o: o.nip)),
        Kolom(label="Tanggal lahir", nilai=lambda o: o.lahir),
        Kolom(label="Anak", nilai=lambda o: o.anak, angka=True),
    ),
)


def _lembar(baris: list[Orang]) -> list[list[object]]:
    buku = openpyxl.load_workbook(io.BytesIO(ekspor(DAFTAR, baris).content))
    return [[sel.value for sel in satu] for satu in buku.active.iter_rows()]


@pytest.mark.parametrize(
    ("nilai", "teks"),
    [
        (None, "–"), ("", "–"), (True, "Ya"), (False, "Tidak"), (6000, "6.000"), (0, "0"), (Decimal("92.345"), "92,35"),
        (date(2025, 4, 8), "8 April 2025"), (datetime(2025, 4, 7, 17, 30, tzinfo=UTC), "8 April 2025, 00.30"), ("Budi", "Budi"),
    ],
)  # fmt: skip
def test_a_value_reads_as_people_write_it(nilai: object, teks: str) -> None:
    assert tampil(nilai) == teks


def test_the_export_has_the_columns_of_the_screen_and_the_second_lines_as_columns_of_their_own() -> None:
    judul, isi = _lembar([Orang("Budi", lahir=date(1990, 2, 1), anak=2)])
    assert judul == ["Nama", "NIP", "Tanggal lahir", "Anak"]
    assert isi == ["Budi", "196608011988031001", datetime(1990, 2, 1), 2]


@given(
    st.sampled_from("=+-@\t") | st.just(""),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=40),
)
def test_a_name_that_looks_like_a_formula_is_exported_as_text(awal: str, nama: str) -> None:
    buku = openpyxl.load_workbook(io.BytesIO(ekspor(DAFTAR, [Orang(awal + nama)]).content))
    sel = buku.active["A2"]
    assert sel.data_type == "s"
    assert sel.value == awal + nama


def test_a_second_press_on_a_header_turns_the_order_round_and_goes_back_to_the_first_page() -> None:
    pertama = kepala(DAFTAR, QueryDict("cari=budi&hal=3"))[0]
    assert (pertama.url, pertama.arah) == ("?cari=budi&urut=nama", "")
    kedua = kepala(DAFTAR, QueryDict("urut=nama"))[0]
    assert (kedua.url, kedua.arah) == ("?urut=-nama", "asc")


def test_a_column_without_order_has_no_link() -> None:
    assert kepala(DAFTAR, QueryDict(""))[1].url == ""


def test_other_parameters_survive_a_change_of_one() -> None:
    assert alamat(QueryDict("cari=a&cari=b&hal=2"), hal=None) == "?cari=a&cari=b"


def test_the_first_column_is_the_header_of_its_row() -> None:
    baris = susun(DAFTAR, [Orang("Budi")])[0]
    assert (baris.kepala.teks, baris.kepala.sub) == ("Budi", "196608011988031001")
    assert [sel.teks for sel in baris.sel] == ["–", "–"]
