"""How a measurement is written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measured thing: its value, the aim, and the baseline measured in the same run."""

    bagian: str
    ukuran: str
    nilai: float
    satuan: str
    target: str = ""
    pembanding: float | None = None
    rasio: float | None = None
    catatan: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def percentile(samples: Sequence[float], share: int) -> float:
    """`share`-th percentile (1–99) of at least two samples."""
    return quantiles(samples, n=100, method="inclusive")[share - 1]


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def table(rows: Sequence[Row]) -> str:
    """Rows as text, aligned."""
    head = ("bagian", "ukuran", "nilai", "target", "pembanding", "rasio", "catatan")
    body = [
        (
            row.bagian,
            row.ukuran,
            f"{row.nilai:,.4g} {row.satuan}",
            row.target,
            "" if row.pembanding is None else f"{row.pembanding:,.4g} {row.satuan}",
            "" if row.rasio is None else f"{row.rasio:,.1f}×",
            row.catatan,
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in (head, *body)) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *body)
    )
