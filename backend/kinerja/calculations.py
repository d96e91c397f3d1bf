"""Formulas F1–F10 and F14 of kinerja.md §4: pure functions on Decimal. None means "no measurement".

Thresholds and the predikat matrix stand in rules/ (`rating_hasil_kerja`, `predikat_kinerja`, `pemetaan_pimpinan`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from backend.core.money import round_capaian
from backend.kinerja.enums import Arah, CapaianKualitatif, PolaUkur
from backend.rules.decide import Outcome, decide

RATUS = Decimal(100)
NOL = Decimal(0)
TERBESAR = Decimal("999999.999999")  # what a stored capaian can hold; beyond it the ratio says nothing more
PRECISION = 50  # more digits than a quotient of stored figures needs, so that rounding happens once


@dataclass(frozen=True, slots=True)
class Ukuran:
    """One measurement: realisasi (None: not measured), target, and the lower bound of a rentang."""

    realisasi: Decimal | None
    target_max: Decimal | None
    target_min: Decimal | None = None


def capaian(arah: str, ukuran: Ukuran) -> Decimal | None:
    """F1–F4 in percent, 6 decimals, not capped. None: no realisasi, no target, or naik with target nol (M37)."""
    r, t = ukuran.realisasi, ukuran.target_max
    if r is None or t is None:
        return None
    with localcontext() as context:
        context.prec = PRECISION
        value = FORMULA[Arah(arah)](r, t, ukuran.target_min)
        return None if value is None else round_capaian(min(value, TERBESAR))


def _naik(r: Decimal, t: Decimal, _min: Decimal | None) -> Decimal | None:
    return None if t == 0 else r * RATUS / t


def _turun(r: Decimal, t: Decimal, _min: Decimal | None) -> Decimal:
    if t == 0:
        return RATUS if r == 0 else NOL
    return max(NOL, 2 * RATUS - r * RATUS / t)


def _tetap(r: Decimal, t: Decimal, _min: Decimal | None) -> Decimal:
    if t == 0:
        return RATUS if r == 0 else NOL
    return max(NOL, RATUS - abs(r - t) * RATUS / t)


def _rentang(r: Decimal, b: Decimal, a: Decimal | None) -> Decimal:
    if a is not None and r < a:
        return r * RATUS / a
    if r <= b:
        return RATUS
    return NOL if b == 0 else max(NOL, 2 * RATUS - r * RATUS / b)


FORMULA = {Arah.NAIK: _naik, Arah.TURUN: _turun, Arah.TETAP: _tetap, Arah.RENTANG: _rentang}


def capaian_renaksi(rows: Iterable[tuple[int | None, int]]) -> Decimal | None:
    """F5 over (realisasi, target) of a period, of one RHK or of the pegawai. An empty realisasi counts as 0."""
    realisasi = target = 0
    for r, t in rows:
        realisasi += r or 0
        target += t
    return capaian(Arah.NAIK, Ukuran(Decimal(realisasi), Decimal(target)))


def ukuran_sampai(pola: str, bulanan: Sequence[Ukuran]) -> Ukuran | None:
    """F6: the one measurement that stands for all measured months to date, in order of month.

    hitungan adds the months that have a value; posisi is the last of them, and so is rilis, which has one month.
    """
    terukur = [u for u in bulanan if u.realisasi is not None]
    if not terukur:
        return None
    if pola != PolaUkur.HITUNGAN:
        return terukur[-1]
    return Ukuran(
        realisasi=_sum(u.realisasi for u in terukur),
        target_max=_sum(u.target_max for u in terukur),
        target_min=_sum(u.target_min for u in terukur),
    )


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [v for v in values if v is not None]
    return sum(known, NOL) if known else None


def capaian_sampai(pola: str, arah: str, bulanan: Sequence[Ukuran]) -> Decimal | None:
    """F6: capaian to date. Never the mean of the monthly capaian."""
    ukuran = ukuran_sampai(pola, bulanan)
    return None if ukuran is None else capaian(arah, ukuran)


def capaian_rhk(iki: Iterable[Decimal | None], *, cap: Decimal) -> Decimal | None:
    """F7: mean of the capped capaian of the measured IKI of one RHK."""
    return _mean([min(c, cap) for c in iki if c is not None])


def capaian_pegawai(rhk_utama: Iterable[Decimal | None]) -> Decimal | None:
    """F7: mean over the measured RHK utama. Tambahan are shown, not averaged."""
    return _mean([c for c in rhk_utama if c is not None])


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    if not values:
        return None
    with localcontext() as context:
        context.prec = PRECISION
        return round_capaian(sum(values, NOL) / len(values))


def tercapai(nilai: Decimal | None, kualitatif: str | None) -> bool | None:
    """I9: is the target met? None: nothing was measured. Compares the stored capaian, never the displayed one."""
    if kualitatif:
        return kualitatif == CapaianKualitatif.TERCAPAI
    return None if nilai is None else nilai >= RATUS


def rating_usulan(nilai: Decimal | None, *, pada: date) -> str | None:
    """F9: the suggested rating of hasil kerja; None without a capaian. Source: rules/rating_hasil_kerja.dmn."""
    if nilai is None:
        return None
    return str(decide("rating_hasil_kerja", pada=pada, capaian=nilai)["rating"])


def predikat(rating_hasil: str, rating_perilaku: str, *, pada: date) -> Outcome:
    """F10: `["predikat"]` of the two ratings, with the rule and version used. Source: rules/predikat_kinerja.dmn."""
    return decide("predikat_kinerja", pada=pada, rating_hasil_kerja=rating_hasil, rating_perilaku=rating_perilaku)


def rating_pimpinan(predikat_organisasi: str, *, pada: date) -> str:
    """F11: rating of hasil kerja of a pimpinan organisasi. Source: rules/pemetaan_pimpinan.dmn."""
    return str(decide("pemetaan_pimpinan", pada=pada, predikat_organisasi=predikat_organisasi)["rating"])


def persen(jumlah: int, wajib: int) -> Decimal | None:
    """F14: share of those who must report; None when nobody must."""
    return capaian(Arah.NAIK, Ukuran(Decimal(jumlah), Decimal(wajib)))
