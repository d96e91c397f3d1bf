"""How values read on pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from backend.web import kata


@pytest.mark.parametrize(
    ("nilai", "teks"),
    [
        (None, "–"),
        (Decimal("88.888889"), "88,89 %"),
        (Decimal("1234.5"), "1.234,50 %"),
        (Decimal("99.995"), "99,995000 %"),  # rounds to 100 but missed it: shown in full (F8)
        (Decimal("100.000001"), "100,000001 %"),
        (Decimal("100"), "100,00 %"),
        (Decimal("89.999999"), "89,999999 %"),
        (0, "0,00 %"),
    ],
)
def test_a_percentage_never_hides_a_missed_threshold(nilai: Decimal | None, teks: str) -> None:
    assert kata.persen(nilai) == teks


@pytest.mark.parametrize(
    ("nilai", "teks"),
    [
        (None, "–"),
        (Decimal("12.0000"), "12"),
        (Decimal("3.5000"), "3,5"),
        (Decimal("1234.25"), "1.234,25"),
        (Decimal(0), "0"),
    ],
)
def test_a_measured_value_has_no_idle_zeros(nilai: Decimal | None, teks: str) -> None:
    assert kata.ringkas(nilai) == teks


@pytest.mark.parametrize(
    ("hari", "hasil"),
    [
        (7, ("Lewat 1 hari", "bad")),
        (8, ("Hari ini", "bad")),
        (10, ("Tinggal 2 hari", "bad")),
        (12, ("Tinggal 4 hari", "warn")),
        (20, ("Tinggal 12 hari", "")),
    ],
)
def test_a_due_date_says_how_far_it_is(hari: int, hasil: tuple[str, str]) -> None:
    assert kata.sisa(date(2025, 4, hari), hari_ini=date(2025, 4, 8)) == hasil


def test_a_nip_is_written_in_its_four_groups_and_a_user_name_as_it_is() -> None:
    assert kata.nip("199901012099011001") == "19990101 209901 1 001"
    assert kata.nip("walikota") == "walikota"


@pytest.mark.parametrize(("byte", "teks"), [(None, ""), (500, "1 KB"), (412 * 1024, "412 KB"), (1_258_291, "1,2 MB")])
def test_a_file_size_is_short(byte: int | None, teks: str) -> None:
    assert kata.ukuran(byte) == teks
