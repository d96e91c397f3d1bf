"""Printed sheets as PDF: what is written is read again, on numbered pages."""

from __future__ import annotations

import pytest

from backend.documents.lembar_pdf import Kolom, LembarPdf, aman
from tests.pdf import halaman_pdf, teks_pdf

KOLOM = (Kolom("Uraian", 5), Kolom("Jumlah", 2, angka=True))


def lembar(**isi: object) -> LembarPdf:
    return LembarPdf(judul="Uji", kaki="Dicetak 8 April 2025, 14.32 WIB", **isi)


@pytest.mark.parametrize("teks", ["A & <B>", "</para><b>tebal", "{{ 7 * 7 }}", "“–” ± é × ÷", "(kurung) \\ miring"])
def test_a_value_prints_as_it_is_written(teks: str):
    satu = lembar()
    satu.teks(teks)
    satu.tabel(KOLOM, [(teks, 1)])
    tanpa_sela = teks_pdf(satu.bytes()).replace(" ", "")  # a line may be drawn in parts
    assert tanpa_sela.count(teks.replace(" ", "")) == 2


@pytest.mark.parametrize(("teks", "jadi"), [("5 − 3", "5 – 3"), ("≥ 7", ">= 7"), ("Jović", "Jovic"), ("漢", "?")])
def test_a_character_that_the_fonts_lack_is_written_in_another_way(teks: str, jadi: str):
    assert aman(teks) == jadi


def test_every_page_has_its_number_the_foot_and_the_head_of_its_table():
    satu = lembar(rebah=True)
    satu.tabel(KOLOM, [(f"baris {nomor}", nomor) for nomor in range(100)], tebal=[99])
    halaman = halaman_pdf(satu.bytes())
    assert len(halaman) > 2
    for nomor, isi in enumerate(halaman, 1):
        assert f"Halaman {nomor} dari {len(halaman)}" in isi
        assert "Dicetak 8 April 2025, 14.32 WIB" in isi
        assert "Uraian" in isi
    assert [baris for isi in halaman for baris in isi.split("\n") if baris.startswith("baris")] == [
        f"baris {nomor}" for nomor in range(100)
    ]


def test_the_same_content_gives_the_same_bytes():
    def isi() -> bytes:
        satu = lembar()
        satu.teks("sama")
        return satu.bytes()

    assert isi() == isi()
