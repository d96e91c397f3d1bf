from datetime import UTC, date, datetime

from backend.core.periode import akhir_bulan, bulan_label, hari_tanggal, tanggal, waktu


def test_dates_in_words():
    assert hari_tanggal(date(2025, 4, 8)) == "Selasa, 8 April 2025"
    assert bulan_label(2025, 3) == "Maret 2025"
    assert akhir_bulan(2024, 2) == date(2024, 2, 29)


def test_a_moment_is_read_in_jakarta():
    late = datetime(2025, 4, 8, 17, 32, tzinfo=UTC)
    assert waktu(late) == "9 April 2025, 00.32"
    assert tanggal(late) == "9 April 2025"
