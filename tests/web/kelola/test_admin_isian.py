"""Forms of the admin pages: numbers as Indonesians write them, messages, the anchors of the error summary."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms

from backend.core.errors import InvalidFields, NotAllowed
from backend.web.admin_isian import Isian, Tanggal
from backend.web.admin_skp_isian import Angka, Bulat


class Contoh(Isian):
    nama = forms.CharField(label="Nama")
    tanggal = Tanggal(label="Tanggal", required=False)
    nilai = Angka(label="Nilai", required=False)
    porsi = Bulat(label="Porsi", required=False)


@pytest.mark.parametrize(
    ("teks", "nilai"),
    [
        ("12,5", "12.5"),
        ("1.234,5", "1234.5"),
        ("12.5", "12.5"),
        ("0", "0"),
        (" 7 ", "7"),
        ("99.999.999.999.999,9999", "99999999999999.9999"),
    ],
)
def test_a_figure_may_have_an_indonesian_comma(teks: str, nilai: str) -> None:
    form = Contoh({"nama": "a", "nilai": teks})
    assert form.is_valid()
    assert form.cleaned_data["nilai"] == Decimal(nilai)


@pytest.mark.parametrize("teks", ["-1", "1,23456", "dua", "1e99", "nan", "123.456.789.012.345"])
def test_another_figure_is_refused_with_one_sentence(teks: str) -> None:
    form = Contoh({"nama": "a", "nilai": teks})
    assert form.errors["nilai"] == ["Isi angka 0 atau lebih, paling banyak 4 angka di belakang koma."]


@pytest.mark.parametrize("teks", ["-1", "101", "5,5", "lima"])
def test_a_share_is_a_whole_number_up_to_100(teks: str) -> None:
    assert Contoh({"nama": "a", "porsi": teks}).errors["porsi"] == ["Isi angka bulat antara 0 dan 100."]


@pytest.mark.parametrize("teks", ["2025-04-08", "08-04-2025", "08/04/2025"])
def test_a_date_may_be_typed_in_indonesian_order(teks: str) -> None:
    form = Contoh({"nama": "a", "tanggal": teks})
    assert form.is_valid()
    assert form.cleaned_data["tanggal"].isoformat() == "2025-04-08"


def test_the_summary_links_to_the_field_and_names_it() -> None:
    form = Contoh({})
    assert form.galat() == [("id_nama", "Nama", "Kolom ini wajib diisi.")]


def test_errors_of_the_domain_stand_by_their_field_and_the_rest_above_the_form() -> None:
    form = Contoh({"nama": "a"})
    form.is_valid()
    form.terima(InvalidFields({"nama": "Sudah dipakai.", "lain": "Tidak cocok."}))
    form.terima(NotAllowed())
    assert form.errors["nama"] == ["Sudah dipakai."]
    assert form.non_field_errors() == ["Tidak cocok.", NotAllowed().message]
