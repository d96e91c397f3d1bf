"""Pure rules of personnel records: NIP, working days, periods."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from backend.kepegawaian.enums import JenisKelamin, StatusASN

SATU_HARI = timedelta(days=1)
PPPK = frozenset({StatusASN.PPPK, StatusASN.PPPK_PW})
SEX = {"1": JenisKelamin.PRIA, "2": JenisKelamin.WANITA}
PPPK_FIRST_SEQUENCE = 21  # (default) tells a PPPK number from a month


def is_hari_kerja(hari: date, *, libur: Collection[date]) -> bool:
    """Monday to Friday and not in `libur`."""
    return hari.weekday() < 5 and hari not in libur


def hari_kerja_setelah(tanggal: date, n: int, *, libur: Collection[date] = ()) -> date:
    """The n-th working day after a date; n = 0 is the date itself, or the next working day."""
    hari = tanggal
    while n > 0:
        hari += SATU_HARI
        n -= is_hari_kerja(hari, libur=libur)
    while not is_hari_kerja(hari, libur=libur):
        hari += SATU_HARI
    return hari


@dataclass(frozen=True)
class NIP:
    """The parts of a valid NIP (Perka BKN 22/2007). `bulan`: month of TMT CPNS, or the sequence of a PPPK number."""

    lahir: date
    tahun: int
    bulan: int
    jenis_kelamin: JenisKelamin
    urut: int


@dataclass
class HasilNIP:
    """`salah`: not saved. `peringatan`: saved, and a finding, because BKN is the authority for identity."""

    nip: NIP | None = None
    salah: list[str] = field(default_factory=list)
    peringatan: list[str] = field(default_factory=list)


def check_nip(
    nip: str,
    *,
    status_asn: str,
    tanggal_lahir: date | None = None,
    tmt_cpns: date | None = None,
    jenis_kelamin: str | None = None,
    usia: tuple[int, int] = (18, 57),
) -> HasilNIP:
    """Judge a NIP by simpeg.md §4, against the other facts where they are given. `usia`: usual age at TMT, inclusive."""
    hasil = _parse(nip, pppk=status_asn in PPPK)
    if hasil.nip is not None:
        hasil.peringatan += _differences(
            hasil.nip, pppk=status_asn in PPPK, tanggal_lahir=tanggal_lahir, tmt=tmt_cpns, jenis_kelamin=jenis_kelamin
        )
        umur = hasil.nip.tahun - hasil.nip.lahir.year
        if not usia[0] <= umur <= usia[1]:
            hasil.peringatan.append(f"Usia pada TMT ({umur} tahun) di luar {usia[0]}–{usia[1]} tahun.")
    return hasil


def _parse(nip: str, *, pppk: bool) -> HasilNIP:
    if not re.fullmatch(r"[0-9]{18}", nip):
        return HasilNIP(salah=["NIP harus 18 angka."])
    salah = []
    lahir = _date(nip[:8])
    if lahir is None:
        salah.append(f"Tanggal lahir {nip[6:8]}-{nip[4:6]}-{nip[:4]} pada NIP tidak ada dalam kalender.")
    if not pppk and not 1 <= int(nip[12:14]) <= 12:
        salah.append(f"Bulan TMT {nip[12:14]} pada NIP harus 01–12.")
    if nip[14] not in SEX:
        salah.append(f"Angka ke-15 NIP ({nip[14]}) harus 1 (laki-laki) atau 2 (perempuan).")
    if nip[15:] == "000":
        salah.append("Nomor urut NIP tidak boleh 000.")
    if salah or lahir is None:
        return HasilNIP(salah=salah)
    return HasilNIP(NIP(lahir, int(nip[8:12]), int(nip[12:14]), SEX[nip[14]], int(nip[15:])))


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _differences(
    nip: NIP, *, pppk: bool, tanggal_lahir: date | None, tmt: date | None, jenis_kelamin: str | None
) -> list[str]:
    found = []
    if tanggal_lahir and tanggal_lahir != nip.lahir:
        found.append("Tanggal lahir berbeda dari NIP.")
    if tmt and (tmt.year != nip.tahun or (not pppk and tmt.month != nip.bulan)):
        found.append("TMT CPNS berbeda dari NIP." if not pppk else "Tahun kontrak pertama berbeda dari NIP.")
    if pppk and nip.bulan < PPPK_FIRST_SEQUENCE:
        found.append(f"Angka 13–14 NIP PPPK ({nip.bulan:02}) biasanya {PPPK_FIRST_SEQUENCE} ke atas.")
    if jenis_kelamin and jenis_kelamin != nip.jenis_kelamin:
        found.append("Jenis kelamin berbeda dari NIP.")
    return found
