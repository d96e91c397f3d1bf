"""Named rounding. Money is whole rupiah in Decimal; percentages are Decimal and never rounded on the way."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

RUPIAH = Decimal(1)
CAPAIAN = Decimal("0.000001")
DISPLAY = Decimal("0.01")


def round_rupiah(value: Decimal) -> Decimal:
    """Half up to one rupiah (HU in tpp.md §5)."""
    return value.quantize(RUPIAH, ROUND_HALF_UP)


def truncate_rupiah(value: Decimal) -> Decimal:
    """Cut to one rupiah (DOWN in tpp.md §5; PMK 168/2023)."""
    return value.quantize(RUPIAH, ROUND_DOWN)


def round_capaian(value: Decimal) -> Decimal:
    """Six decimals, half up: the form in which capaian is stored and compared (kinerja.md §0)."""
    return value.quantize(CAPAIAN, ROUND_HALF_UP)


def format_angka(value: Decimal | int | None, places: int = 2) -> str:
    """Indonesian display of a number (F8): `1.234,50`; `–` for None. Half up."""
    if value is None:
        return "–"
    step = Decimal(1).scaleb(-places)
    text = f"{Decimal(value).quantize(step, ROUND_HALF_UP):,}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def format_rupiah(value: Decimal | int | None) -> str:
    """`Rp1.234.567`; `–` for None."""
    return "–" if value is None else f"Rp{format_angka(value, 0)}"
