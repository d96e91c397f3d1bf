from decimal import Decimal

import pytest

from backend.core.money import format_angka, format_rupiah, round_capaian, round_rupiah, truncate_rupiah


@pytest.mark.parametrize(
    ("value", "text"),
    [  # kinerja.md F8
        ("88.888889", "88,89"),
        ("92.345", "92,35"),
        ("2.675", "2,68"),
        ("0.005", "0,01"),
        ("99.995", "100,00"),
        ("1234.5", "1.234,50"),
        ("-1234567.891", "-1.234.567,89"),
    ],
)
def test_display_is_half_up_with_comma_and_points(value, text):
    assert format_angka(Decimal(value)) == text


def test_nothing_measured_is_a_dash():
    assert format_angka(None) == "–"
    assert format_rupiah(None) == "–"


def test_rupiah_is_rounded_or_cut_as_named():
    assert round_rupiah(Decimal("1543348.5")) == 1543349
    assert truncate_rupiah(Decimal("155386.99")) == 155386
    assert format_rupiah(Decimal("12730016")) == "Rp12.730.016"


def test_capaian_keeps_six_decimals():
    assert round_capaian(Decimal(200) / Decimal(3)) == Decimal("66.666667")
