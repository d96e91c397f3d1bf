from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kepegawaian.calculations import check_nip, hari_kerja_setelah, is_hari_kerja
from tests.factories_kepegawaian import buat_nip


@pytest.mark.parametrize(
    ("nip", "status", "facts", "salah", "peringatan"),
    [
        ("196608011988031001", "PNS", {"tanggal_lahir": date(1966, 8, 1), "tmt_cpns": date(1988, 3, 1), "jenis_kelamin": "L"}, "", ""),
        ("196802291990032002", "PNS", {"tanggal_lahir": date(1968, 2, 29), "jenis_kelamin": "P"}, "", ""),
        ("196902291990032002", "PNS", {}, "29-02-1969", ""),
        ("199001012022211001", "PPPK", {"tmt_cpns": date(2022, 9, 1)}, "", ""),
        ("199001012022211001", "PNS", {}, "Bulan TMT 21", ""),
        ("196608011988033001", "PNS", {}, "Angka ke-15", ""),
        ("196608011988031000", "PNS", {}, "000", ""),
        ("19660801198803100", "PNS", {}, "18 angka", ""),
        ("19660801198803100１", "PNS", {}, "18 angka", ""),  # a full-width digit
        ("196608011988032001", "PNS", {"jenis_kelamin": "L"}, "", "Jenis kelamin"),
        ("196608011988031001", "PNS", {"tanggal_lahir": date(1966, 8, 2)}, "", "Tanggal lahir"),
        ("196608011988031001", "PNS", {"tmt_cpns": date(1988, 4, 1)}, "", "TMT CPNS"),
        ("199001012022051001", "PPPK", {}, "", "21 ke atas"),
        ("196608011983031001", "PNS", {}, "", "Usia pada TMT (17 tahun)"),
        ("196608012024031001", "PNS", {}, "", "Usia pada TMT (58 tahun)"),
    ],
)  # fmt: skip
def test_nip_table_of_simpeg_4(nip: str, status: str, facts: dict[str, object], salah: str, peringatan: str):
    hasil = check_nip(nip, status_asn=status, **facts)  # type: ignore[arg-type]
    assert bool(hasil.salah) == bool(salah)
    assert bool(hasil.peringatan) == bool(peringatan)
    assert salah in " ".join(hasil.salah)
    assert peringatan in " ".join(hasil.peringatan)
    assert (hasil.nip is None) == bool(salah)


def test_factory_numbers_are_valid_and_differ():
    numbers = [buat_nip() for _ in range(50)]
    assert len(set(numbers)) == 50
    assert not any(check_nip(nip, status_asn="PNS").salah for nip in numbers)


days = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@given(hari=days, n=st.integers(0, 30), libur=st.sets(days, max_size=40))
def test_the_nth_working_day_has_exactly_n_working_days_before_it(hari: date, n: int, libur: set[date]):
    hasil = hari_kerja_setelah(hari, n, libur=libur)
    assert is_hari_kerja(hasil, libur=libur)
    between = [hari + timedelta(days=i) for i in range(1, (hasil - hari).days + 1)]
    worked = sum(is_hari_kerja(day, libur=libur) for day in between)
    assert worked == n if n else worked <= 1


def test_three_working_days_over_a_weekend_and_a_holiday():
    friday = date(2025, 4, 4)
    assert hari_kerja_setelah(friday, 3, libur={date(2025, 4, 8)}) == date(2025, 4, 10)
