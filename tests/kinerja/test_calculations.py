"""Every example of kinerja.md §4 F1–F7, F9, F10, F14, and what must hold for any figures."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kinerja import calculations
from backend.kinerja.calculations import Ukuran, capaian, capaian_pegawai, capaian_renaksi, capaian_rhk, capaian_sampai

PADA = date(2025, 3, 31)
figures = st.decimals(min_value=0, max_value=10**10, places=4)
positive = st.decimals(min_value=Decimal("0.0001"), max_value=10**10, places=4)


def angka(text: str) -> Decimal | None:
    return None if text == "null" else Decimal(text)


@pytest.mark.parametrize(
    ("arah", "r", "t", "c"),
    [
        ("naik", "36", "40", "90"),
        ("naik", "2", "3", "66.666667"),
        ("naik", "13", "10", "130"),
        ("naik", "0", "5", "0"),
        ("naik", "5", "0", "null"),
        ("turun", "10", "10", "100"),
        ("turun", "8", "10", "120"),
        ("turun", "12", "10", "80"),
        ("turun", "4", "3", "66.666667"),
        ("turun", "25", "10", "0"),
        ("turun", "0", "10", "200"),
        ("turun", "0", "0", "100"),
        ("turun", "1", "0", "0"),
        ("tetap", "30", "30", "100"),
        ("tetap", "27", "30", "90"),
        ("tetap", "36", "30", "80"),
        ("tetap", "31", "30", "96.666667"),
        ("tetap", "70", "30", "0"),
        ("tetap", "2", "0", "0"),
        ("tetap", "0", "0", "100"),
    ],
)
def test_f1_f2_f3_capaian_against_one_target(arah, r, t, c):
    assert capaian(arah, Ukuran(Decimal(r), Decimal(t))) == angka(c)


@pytest.mark.parametrize(
    ("a", "b", "r", "c"),
    [
        (20, 25, 22, "100"),
        (20, 25, 20, "100"),
        (20, 25, 25, "100"),
        (20, 25, 15, "75"),
        (20, 25, 30, "80"),
        (20, 25, 60, "0"),
        (0, 4, 5, "75"),
        (0, 0, 1, "0"),
        (0, 0, 0, "100"),
    ],
)
def test_f4_capaian_within_a_rentang(a, b, r, c):
    assert capaian("rentang", Ukuran(Decimal(r), Decimal(b), Decimal(a))) == Decimal(c)


@pytest.mark.parametrize("arah", ["naik", "turun", "tetap", "rentang"])
def test_no_realisasi_is_no_capaian(arah):
    assert capaian(arah, Ukuran(None, Decimal(10), Decimal(5))) is None
    assert capaian(arah, Ukuran(Decimal(10), None)) is None


@pytest.mark.parametrize(
    ("rows", "c"),
    [
        ([(8, 10), (20, 20)], "93.333333"),
        ([(12, 10)], "120"),
        ([(5, 0), (20, 20)], "125"),
        ([(0, 0)], "null"),
        ([], "null"),
        ([(8, 10), (10, 10), (15, 20)], "82.5"),
    ],
)
def test_f5_capaian_renaksi_is_sum_against_sum(rows, c):
    assert capaian_renaksi(rows) == angka(c)


def bulan(*rows: tuple[int | None, int] | tuple[int | None, int, int]) -> list[Ukuran]:
    return [
        Ukuran(None if r[0] is None else Decimal(r[0]), Decimal(r[-1]), Decimal(r[1]) if len(r) == 3 else None)
        for r in rows
    ]


@pytest.mark.parametrize(
    ("pola", "arah", "rows", "c"),
    [
        ("hitungan", "naik", bulan((8, 10), (12, 10), (15, 20)), "87.5"),
        ("hitungan", "turun", bulan((10, 10), (12, 10), (11, 10)), "90"),
        ("hitungan", "rentang", bulan((20, 30, 35), (30, 30, 40)), "83.333333"),
        ("posisi", "naik", bulan((72, 70), (74, 75), (None, 80)), "98.666667"),
        ("rilis", "naik", bulan((84, 80)), "105"),
        ("rilis", "naik", bulan((None, 80)), "null"),
        ("hitungan", "naik", [], "null"),
    ],
)
def test_f6_capaian_to_date(pola, arah, rows, c):
    assert capaian_sampai(pola, arah, rows) == angka(c)


def test_f7_aggregates_capped_means_of_what_was_measured():
    cap = Decimal(120)
    rhk = capaian_rhk([Decimal(130), Decimal(90), None], cap=cap)
    assert rhk == Decimal(105)
    assert capaian_rhk([None], cap=cap) is None
    assert capaian_pegawai([rhk, Decimal(80), None]) == Decimal("92.5")
    assert capaian_pegawai([Decimal(95), Decimal("102.5"), Decimal("88.888889")]) == Decimal("95.462963")
    assert capaian_pegawai([None]) is None


@pytest.mark.parametrize(("cap", "c"), [("120", "90"), ("100", "80"), ("150", "105")])
def test_f7_cap_is_a_setting(cap, c):
    assert capaian_rhk([Decimal(200), Decimal(60)], cap=Decimal(cap)) == Decimal(c)


@pytest.mark.parametrize(
    ("nilai", "rating"),
    [
        ("92.5", "sesuai"),
        ("100", "sesuai"),
        ("100.000001", "di_atas"),
        ("90", "sesuai"),
        ("89.999999", "di_bawah"),
        ("null", None),
    ],
)
def test_f9_suggested_rating(nilai, rating):
    assert calculations.rating_usulan(angka(nilai), pada=PADA) == rating


MATRIX = {
    "di_atas": {"di_bawah": "kurang", "sesuai": "baik", "di_atas": "sangat_baik"},
    "sesuai": {"di_bawah": "kurang", "sesuai": "baik", "di_atas": "baik"},
    "di_bawah": {"di_bawah": "sangat_kurang", "sesuai": "butuh_perbaikan", "di_atas": "butuh_perbaikan"},
}


@pytest.mark.parametrize(("hasil", "perilaku"), [(h, p) for h in MATRIX for p in MATRIX[h]])
def test_f10_predikat_matrix(hasil, perilaku):
    assert calculations.predikat(hasil, perilaku, pada=PADA)["predikat"] == MATRIX[hasil][perilaku]


@pytest.mark.parametrize(
    ("organisasi", "perilaku", "predikat"),
    [("istimewa", "sesuai", "baik"), ("baik", "di_atas", "baik"), ("kurang", "di_bawah", "sangat_kurang")],
)
def test_f11_capaian_organisasi_is_the_rating_of_its_pimpinan(organisasi, perilaku, predikat):
    hasil = calculations.rating_pimpinan(organisasi, pada=PADA)
    assert calculations.predikat(hasil, perilaku, pada=PADA)["predikat"] == predikat


@pytest.mark.parametrize(
    ("jumlah", "wajib", "c"), [(18, 25, "72"), (30, 30, "100"), (7, 9, "77.777778"), (0, 0, "null")]
)
def test_f14_compliance(jumlah, wajib, c):
    assert calculations.persen(jumlah, wajib) == angka(c)


@pytest.mark.parametrize(
    ("nilai", "kualitatif", "hasil"),
    [
        (Decimal("99.995"), None, False),
        (Decimal(100), None, True),
        (None, None, None),
        (None, "tercapai", True),
        (None, "sebagian", False),
        (None, "belum_tercapai", False),
    ],
)
def test_i9_the_stored_capaian_decides_which_factors_are_required(nilai, kualitatif, hasil):
    assert calculations.tercapai(nilai, kualitatif) is hasil


@given(arah=st.sampled_from(["naik", "turun", "tetap"]), t=positive)
def test_reaching_the_target_exactly_is_100(arah, t):
    assert capaian(arah, Ukuran(t, t)) == 100


@given(arah=st.sampled_from(["naik", "turun", "tetap"]), r=figures, t=figures)
def test_capaian_is_never_negative_and_keeps_six_decimals(arah, r, t):
    c = capaian(arah, Ukuran(r, t))
    assert c is None or (0 <= c <= calculations.TERBESAR and c.as_tuple().exponent == -6)


@given(r=figures, more=figures, t=positive)
def test_more_is_better_for_naik_and_worse_for_turun(r, more, t):
    assert capaian("naik", Ukuran(r + more, t)) >= capaian("naik", Ukuran(r, t))
    assert capaian("turun", Ukuran(r + more, t)) <= capaian("turun", Ukuran(r, t))


@given(a=figures, width=figures, r=figures)
def test_inside_a_rentang_is_100_and_outside_never_more(a, width, r):
    b = a + width
    c = capaian("rentang", Ukuran(r, b, a))
    assert (c == 100) if a <= r <= b else (0 <= c <= 100)


@given(st.lists(st.one_of(st.none(), st.decimals(min_value=0, max_value=500, places=6)), max_size=8))
def test_the_mean_lies_between_its_parts_and_under_the_cap(values):
    c = capaian_rhk(values, cap=Decimal(120))
    parts = [min(v, Decimal(120)) for v in values if v is not None]
    assert (c is None) == (not parts)
    if parts:
        assert min(parts) <= c <= max(parts)
