"""Batas usia pensiun and TMT pensiun of a person (pensiun.md §3), by the table `bup`. Pure: the list is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from backend.kepegawaian.enums import JenisJabatan, Jenjang
from backend.rules.decide import Outcome, decide

REFERENSI, OK, PERLU_DATA = "REFERENSI", "OK", "PERLU_DATA"
BEDA_JENJANG = "BEDA_JENJANG"
JF, RANGKAP = "2", "3"  # BKN codes of jenisJabatan that use a functional position
BKN_JENIS = {
    JenisJabatan.JPT: "1",
    JenisJabatan.JA: "1",
    JenisJabatan.JF: JF,
    JenisJabatan.PELAKSANA: "4",
}


@dataclass(frozen=True)
class Jabatan:
    """What decides the age. `jenis`, `eselon`, `jenjang`: BKN codes. `usia_referensi`: usiaBup of the BKN list, 0 when the
    list gives no age, None when the position is not in the list. `usia_override`: a row of the customer."""

    jenis: str | None
    eselon: str | None = None
    jenjang: str | None = None
    usia_referensi: int | None = None
    usia_override: int | None = None


@dataclass(frozen=True)
class HasilBUP:
    """`status` OK or PERLU_DATA. `sumber`: the level that answered. `aturan`, `versi`: the row and version that said so."""

    status: str
    bup: int | None
    sumber: str | None
    tmt_pensiun: date | None
    aturan: str
    versi: str
    peringatan: tuple[str, ...] = field(default=())


def tentukan_bup(tanggal_lahir: date | None, jabatan: Jabatan, *, pada: date) -> HasilBUP:
    """Age and TMT of a person; PERLU_DATA when a level that must answer cannot. Raises NoVersion."""
    outcome = _tanya(jabatan, jabatan.usia_referensi, pada=pada)
    usia = None if outcome["usia"] is None else int(outcome["usia"])
    status = outcome["status"] if tanggal_lahir is not None else PERLU_DATA
    tmt = tmt_pensiun(tanggal_lahir, usia) if tanggal_lahir is not None and usia is not None else None
    peringatan = _peringatan(jabatan, outcome, pada=pada)
    return HasilBUP(status, usia, outcome["sumber"], tmt, outcome.rules[0], outcome.version, peringatan)


def tmt_pensiun(tanggal_lahir: date, usia: int) -> date:
    """First day of the month after the birth month, in the year of birth + age. The day of birth does not count."""
    bulan = tanggal_lahir.month % 12 + 1
    return date(tanggal_lahir.year + usia + (bulan == 1), bulan, 1)


def referensi_jf(daftar: Mapping[str, Any], jabatan_id: str | None) -> tuple[str | None, int | None]:
    """Jenjang and usiaBup of a position of the BKN list `{id: {jenjang, usiaBup}}`; (None, None) when it is not listed."""
    satu = daftar.get(jabatan_id) if jabatan_id else None
    return (None, None) if satu is None else (satu.get("jenjang"), satu.get("usiaBup") or 0)


def _tanya(jabatan: Jabatan, usia_referensi: int | None, *, pada: date) -> Outcome:
    jf = jabatan.jenis in {JF, RANGKAP}
    return decide(
        "bup",
        pada=pada,
        usia_override=None if jabatan.usia_override is None else Decimal(jabatan.usia_override),
        jenis_jabatan=jabatan.jenis,
        usia_referensi=Decimal(usia_referensi) if jf and usia_referensi is not None else None,
        jenjang=jabatan.jenjang if jf else None,
        eselon=jabatan.eselon if not jf else None,
    )


def _peringatan(jabatan: Jabatan, outcome: Outcome, *, pada: date) -> tuple[str, ...]:
    """BEDA_JENJANG: the age of the list is not the default of its jenjang. Information, because the list holds many such."""
    if outcome["sumber"] != REFERENSI or jabatan.jenjang not in Jenjang.values:
        return ()
    return (BEDA_JENJANG,) if _tanya(jabatan, None, pada=pada)["usia"] != outcome["usia"] else ()
