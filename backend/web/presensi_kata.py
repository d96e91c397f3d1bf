"""Attendance in words: letters of the month grid, sentences of codes and marks, months in an address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from backend.core.periode import WIB, bulan_label
from backend.presensi.enums import BUKAN_HARI_KERJA, Penanda, StatusHari
from backend.presensi.models import HadirHarian
from backend.web.kata import ringkas

BULAN_PILIHAN = 13
ALAMAT_BULAN = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
AWALAN = {"TL": "AK-1", "PS": "AK-2"}  # code → the rows of absen_kategori for its side
LUPA = frozenset({Penanda.LUPA_MASUK, Penanda.LUPA_PULANG})


@dataclass(frozen=True)
class Huruf:
    """How a day reads in the grid: a letter, its tone (empty: quiet) and its word."""

    huruf: str
    nada: str
    kata: str


HADIR = Huruf("H", "", "Hadir")
TELAT = Huruf("T", "warn", "Terlambat")
CEPAT = Huruf("P", "warn", "Pulang cepat")
KEDUANYA = Huruf("G", "warn", "Terlambat dan pulang cepat")
LUPA_TAP = Huruf("L", "warn", "Lupa tap")
APEL = Huruf("A", "warn", "Tidak ikut apel")
LIBUR = Huruf("", "off", "Libur atau lepas jaga")
STATUS: dict[str, Huruf] = {
    StatusHari.LIBUR: LIBUR,
    StatusHari.LEPAS: LIBUR,
    StatusHari.OFF: LIBUR,
    StatusHari.CUTI: Huruf("C", "info", "Cuti"),
    StatusHari.TUGAS_BELAJAR: Huruf("B", "info", "Tugas belajar"),
    StatusHari.DL: Huruf("D", "info", "Dinas luar"),
    StatusHari.SAKIT: Huruf("S", "info", "Sakit bersurat"),
    StatusHari.TANPA_JADWAL: Huruf("J", "bad", "Tanpa jadwal jaga"),
    StatusHari.BELUM: Huruf("·", "", "Belum selesai"),
    StatusHari.TK: Huruf("K", "bad", "Tanpa keterangan"),
}
KUNCI: Sequence[Huruf] = (HADIR, TELAT, CEPAT, KEDUANYA, LUPA_TAP, APEL, *dict.fromkeys(STATUS.values()))


def huruf(hari: HadirHarian) -> Huruf:
    """The letter of a day row."""
    if hari.status != StatusHari.HADIR:
        return STATUS[hari.status]
    if LUPA & set(hari.penanda):
        return LUPA_TAP
    telat, cepat = (any(kode.startswith(awal) for kode in hari.kode) for awal in ("TL", "PSW"))
    if telat or cepat:
        return KEDUANYA if telat and cepat else TELAT if telat else CEPAT
    return APEL if hari.kode else HADIR


@lru_cache(maxsize=1024)
def kotak(hari: int, huruf: Huruf, mulai: int) -> SafeString:
    """The cell of a day in the grid. A month of an OPD has a thousand of them, of a few hundred kinds: each drawn once.

    `mulai`: weekday of the first of the month, 0 for every other day.
    """
    kelas = " ".join(filter(None, ("off" if huruf.nada == "off" else "", f"start-{mulai}" if mulai else "")))
    isi: str = huruf.huruf
    if huruf.nada not in ("", "off"):
        isi = format_html('<b class="{}" title="{}">{}</b>', huruf.nada, huruf.kata, huruf.huruf)
    return format_html('<td data-d="{}" class="{}">{}</td>', hari, kelas, isi)


NAMA_KODE = {
    "TL1": "Terlambat tingkat 1",
    "TL2": "Terlambat tingkat 2",
    "TL3": "Terlambat tingkat 3",
    "TL4": "Terlambat tingkat 4",
    "PSW1": "Pulang cepat tingkat 1",
    "PSW2": "Pulang cepat tingkat 2",
    "PSW3": "Pulang cepat tingkat 3",
    "PSW4": "Pulang cepat tingkat 4",
    "TK": "Tanpa keterangan",
    "SAKIT_LANJUT": "Sakit bersurat lanjutan",
    "APEL_SENIN": "Tidak ikut apel Senin",
    "APEL_LAIN": "Tidak ikut apel",
    "UPACARA": "Tidak ikut upacara",
}


def sebab(hari: HadirHarian, kode: str) -> str:
    """Why a day got a code, as a sentence without a full stop."""
    if kode.startswith("TL"):
        if Penanda.LUPA_MASUK in hari.penanda:
            return "Tidak ada tap masuk"
        return f"Terlambat {hari.menit_telat} menit"
    if kode.startswith("PSW"):
        if Penanda.LUPA_PULANG in hari.penanda:
            return "Tidak ada tap pulang"
        return f"Pulang {hari.menit_pulang_cepat} menit lebih cepat"
    if kode == "TK":
        return "Tidak ada tap, izin, atau koreksi yang disetujui"
    return NAMA_KODE.get(kode, kode)


def kalimat(hari: HadirHarian) -> str:
    """A day in one sentence: what was wrong, else its status."""
    if hari.kode:
        pertama, *lain = (sebab(hari, kode) for kode in hari.kode)
        return "; ".join([pertama, *(satu[0].lower() + satu[1:] for satu in lain)])
    if hari.status == StatusHari.HADIR:
        dinas = [Penanda(satu).label for satu in hari.penanda]
        return "Hadir" + (f" ({', '.join(dinas).lower()})" if dinas else ", tanpa potongan")
    return StatusHari(hari.status).label


def bekerja(hari: HadirHarian) -> bool:
    """A working day of this person."""
    return hari.status not in BUKAN_HARI_KERJA


def jam(saat: datetime | None, tanggal: date) -> str:
    """`07.21`, `07.02 (+1)` for the day after, – for nothing."""
    if saat is None:
        return "–"
    lokal = saat.astimezone(WIB)
    lebih = (lokal.date() - tanggal).days
    return f"{lokal:%H.%M}" + (f" ({lebih:+d})" if lebih else "")


def aturan(hari: HadirHarian) -> list[str]:
    """Ids of the rules behind the codes of a day; categories of a side without a fault are left out."""
    sisi = {AWALAN[kode[:2]] for kode in hari.kode if kode[:2] in AWALAN}
    return [satu for satu in hari.aturan if not satu.startswith("AK-") or satu[:4] in sisi]


# --- Months in an address -------------------------------------------------------------------------------------------


def bulan_dari(teks: str | None, *, hari_ini: date) -> date:
    """First day of the month `2025-05`; the present month for anything else."""
    if teks and ALAMAT_BULAN.fullmatch(teks):
        return date(int(teks[:4]), int(teks[5:]), 1)
    return hari_ini.replace(day=1)


def alamat_bulan(bulan: date) -> str:
    return f"{bulan:%Y-%m}"


def nama_bulan(bulan: date) -> str:
    return bulan_label(bulan.year, bulan.month)


def geser(bulan: date, n: int) -> date:
    """The month `n` months later."""
    urut = bulan.year * 12 + bulan.month - 1 + n
    return date(urut // 12, urut % 12 + 1, 1)


def pilihan_bulan(dipilih: date, *, hari_ini: date) -> list[tuple[str, str]]:
    """The last months for a select, newest first; the chosen one is always among them."""
    bulan = [geser(hari_ini.replace(day=1), -n) for n in range(BULAN_PILIHAN)]
    semua: Iterable[date] = bulan if dipilih in bulan else [dipilih, *bulan]
    return [(alamat_bulan(satu), nama_bulan(satu)) for satu in semua]


def hari_hari(bulan: date) -> list[date]:
    """Every date of a month."""
    panjang = (geser(bulan, 1) - bulan).days
    return [bulan + timedelta(days=n) for n in range(panjang)]


def persen(nilai: Decimal) -> str:
    """`0`, `3,25`: percent without idle zeros."""
    return ringkas(nilai)
