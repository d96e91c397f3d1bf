"""Values as people read them: sizes, NIP, percentages, distances in time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backend.core.money import DISPLAY, format_angka
from backend.core.periode import tanggal

AMBANG = (Decimal(90), Decimal(100))


def ukuran(byte: int | None) -> str:
    """`412 KB`, `1,2 MB`; empty for nothing."""
    if not byte:
        return ""
    if byte < 1024 * 1024:
        return f"{max(1, round(byte / 1024))} KB"
    return f"{format_angka(Decimal(byte) / (1024 * 1024), 1)} MB"


def nip(teks: str) -> str:
    """18 digits in the groups in which a NIP is written; other names unchanged."""
    return f"{teks[:8]} {teks[8:14]} {teks[14]} {teks[15:]}" if teks.isdigit() and len(teks) == 18 else teks


def ringkas(nilai: Decimal | int | None) -> str:
    """At most four decimals, without idle zeros; – for nothing."""
    if nilai is None:
        return "–"
    teks = format_angka(nilai, 4)
    return teks.rstrip("0").rstrip(",")


def persen(nilai: Decimal | int | str | None) -> str:
    """Two decimals; in full where rounding would hide that a threshold was missed (F8)."""
    if nilai is None or nilai == "":  # a template gives "" for a related row that does not exist yet
        return "–"
    besar = Decimal(nilai)
    if any(besar != ambang and besar.quantize(DISPLAY) == ambang for ambang in AMBANG):
        return f"{format_angka(besar, 6)} %"
    return f"{format_angka(besar)} %"


def sisa(tenggat: date, *, hari_ini: date) -> tuple[str, str]:
    """How far a due date is, in words, and its tone: `("Tinggal 2 hari", "bad")`."""
    hari = (tenggat - hari_ini).days
    if hari < 0:
        return (f"Lewat {-hari} hari", "bad")
    if hari == 0:
        return ("Hari ini", "bad")
    return (f"Tinggal {hari} hari", "bad" if hari <= 2 else "warn" if hari <= 5 else "")


def sejak(pada: date, *, hari_ini: date) -> str:
    """`tadi`, `kemarin`, or the date."""
    return {0: "hari ini", 1: "kemarin"}.get((hari_ini - pada).days, tanggal(pada))
