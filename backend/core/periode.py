"""Months, dates and moments, as people in Indonesia write them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
BULAN = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
HARI = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def akhir_bulan(tahun: int, bulan: int) -> date:
    """Last day of a month."""
    return date(tahun, bulan, monthrange(tahun, bulan)[1])


def bulan_label(tahun: int, bulan: int) -> str:
    """`Maret 2025`."""
    return f"{BULAN[bulan - 1]} {tahun}"


def tanggal(value: date) -> str:
    """`8 April 2025`; a datetime is read in Asia/Jakarta."""
    if isinstance(value, datetime):
        value = value.astimezone(WIB).date()
    return f"{value.day} {bulan_label(value.year, value.month)}"


def hari_tanggal(value: date) -> str:
    """`Selasa, 8 April 2025`; a datetime is read in Asia/Jakarta."""
    if isinstance(value, datetime):
        value = value.astimezone(WIB).date()
    return f"{HARI[value.weekday()]}, {tanggal(value)}"


def waktu(value: datetime) -> str:
    """`8 April 2025, 14.32` in Asia/Jakarta."""
    local = value.astimezone(WIB)
    return f"{tanggal(local)}, {local:%H.%M}"
