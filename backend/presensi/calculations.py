"""One day of one person, as a pure function (presensi.md §3–5). The set-based statement in `services/harian.py` gives
the same answer for any number of people and days; a property test holds the two equal.

Times here are naive and local (Asia/Jakarta, which has no summer time). Codes and percentages come from the rule tables
`absen_kategori` and `absen_potongan`; hours, windows and limits enter as arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from backend.core.periode import WIB, akhir_bulan
from backend.presensi.enums import Bagian, KodeShift, Penanda, StatusHari
from backend.rules.decide import decide

SEHARI = timedelta(days=1)
IN, OUT = 0, 1
ARAH = {IN: "IN", OUT: "OUT"}
KODE_APEL = {"SENIN": "APEL_SENIN", "LAIN": "APEL_LAIN", "UPACARA": "UPACARA"}
BEBAS_RAMADAN = frozenset({"SENIN", "LAIN"})


def lokal(saat: datetime) -> datetime:
    """A moment as naive local time."""
    return saat.astimezone(WIB).replace(tzinfo=None)


# --- Schedule (§3) ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jam:
    """Working hours of a day; `pulang` not after `masuk` ends on the next day."""

    masuk: time
    pulang: time

    def pada(self, tanggal: date) -> tuple[datetime, datetime]:
        mulai, selesai = datetime.combine(tanggal, self.masuk), datetime.combine(tanggal, self.pulang)
        return mulai, selesai if selesai > mulai else selesai + SEHARI


@dataclass(frozen=True)
class Pola:
    """A weekly pattern: hours by ISO weekday, and the pattern that replaces it in Ramadan."""

    kode: str
    hari: Mapping[int, Jam]
    versi_ramadan: str = ""


@dataclass(frozen=True)
class HariKalender:
    """What the calendar says of a date for one OPD. `apel`: SENIN, LAIN, UPACARA, or nothing."""

    libur: bool = False
    ramadan: bool = False
    apel: str = ""


@dataclass(frozen=True)
class Jadwal:
    """The schedule in force on a day: hours, or the status of a day without any."""

    tanggal: date
    mulai: datetime | None = None
    selesai: datetime | None = None
    tanpa: StatusHari | None = None


@dataclass(frozen=True)
class Batas:
    """Limits in minutes; the values here are the shipped ones, `queries.batas` gives those of the settings."""

    masuk_sebelum: int = 120
    masuk_sesudah: int = 240
    pulang_sebelum: int = 240
    pulang_sesudah: int = 360
    toleransi: int = 0


@dataclass(frozen=True)
class Aturan:
    """Schedules by code and limits that a calculation uses."""

    pola: Mapping[str, Pola]
    shift: Mapping[str, Jam]
    batas: Batas = field(default_factory=Batas)


def jadwal_pola(aturan: Aturan, kode: str, tanggal: date, hari: HariKalender) -> Jadwal:
    """A day of somebody who works by a weekly pattern."""
    pola = aturan.pola.get(kode)
    if pola and hari.ramadan:
        pola = aturan.pola.get(pola.versi_ramadan, pola)
    jam = pola.hari.get(tanggal.isoweekday()) if pola else None
    if jam is None or hari.libur:
        return Jadwal(tanggal, tanpa=StatusHari.LIBUR)
    return Jadwal(tanggal, *jam.pada(tanggal))


def jadwal_shift(aturan: Aturan, kode: str | None, tanggal: date) -> Jadwal:
    """A day of somebody who works by roster; holidays do not matter, OFF and LEPAS do."""
    if kode in {KodeShift.LEPAS, KodeShift.OFF}:
        return Jadwal(tanggal, tanpa=StatusHari(kode))
    jam = aturan.shift.get(kode or "")
    return Jadwal(tanggal, *jam.pada(tanggal)) if jam else Jadwal(tanggal, tanpa=StatusHari.TANPA_JADWAL)


# --- Windows (§4) -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jendela:
    """When a tap counts for one side of a day; both ends included."""

    tanggal: date
    sisi: int
    batas: datetime
    dari: datetime
    sampai: datetime


def jendela_hari(jadwal: Jadwal, aturan: Aturan) -> list[Jendela]:
    """IN and OUT window of a working day, nothing for any other."""
    if jadwal.mulai is None or jadwal.selesai is None:
        return []
    mulai, selesai = jadwal.mulai, jadwal.selesai
    return [
        _jendela(jadwal.tanggal, IN, mulai, aturan.batas.masuk_sebelum, aturan.batas.masuk_sesudah),
        _jendela(jadwal.tanggal, OUT, selesai, aturan.batas.pulang_sebelum, aturan.batas.pulang_sesudah),
    ]


def _jendela(tanggal: date, sisi: int, batas: datetime, sebelum: int, sesudah: int) -> Jendela:
    return Jendela(tanggal, sisi, batas, batas - timedelta(minutes=sebelum), batas + timedelta(minutes=sesudah))


def tempat_tap(tap: datetime, jendela: Iterable[Jendela]) -> Jendela | None:
    """The window a tap belongs to: nearest boundary; tie: earlier date, then IN. None: outside every window.

    Only windows of the day before, of the day and of the day after the tap are looked at.
    """
    near = [satu for satu in jendela if abs(satu.tanggal - tap.date()) <= SEHARI and satu.dari <= tap <= satu.sampai]
    return min(near, key=lambda satu: (abs(tap - satu.batas), satu.tanggal, satu.sisi), default=None)


def ke_menit(saat: datetime) -> datetime:
    return saat.replace(second=0, microsecond=0)


def sisi_hari(tanggal: date, taps: Iterable[datetime], jendela: Sequence[Jendela]) -> list[datetime | None]:
    """[masuk, pulang] of a day: earliest IN tap and latest OUT tap, cut to the minute."""
    found: tuple[list[datetime], list[datetime]] = ([], [])
    for tap in taps:
        tempat = tempat_tap(tap, jendela)
        if tempat is not None and tempat.tanggal == tanggal:
            found[tempat.sisi].append(tap)
    masuk, pulang = min(found[IN], default=None), max(found[OUT], default=None)
    return [masuk and ke_menit(masuk), pulang and ke_menit(pulang)]


# --- The day (§5) -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KoreksiHari:
    """What approved corrections say of a day. A claimed time replaces its side; `bebas` waives a missing side."""

    jam: tuple[time | None, time | None] = (None, None)
    bebas: tuple[bool, bool] = (False, False)

    @property
    def ada(self) -> bool:
        return any(jam is not None for jam in self.jam) or any(self.bebas)


@dataclass(frozen=True)
class Fakta:
    """Everything that decides one day of one person. `jadwal`: this day and the two before and after it.

    `bagian_dinas`: parts of the day with an approved dinas luar, tugas or diklat. `sakit_ke`: number of this day among
    the letter-backed sick days of its calendar month; None when there is no letter or no sickness. `apel_hadir`: None
    when nothing was recorded.
    """

    tanggal: date
    jadwal: Mapping[date, Jadwal]
    taps: Sequence[datetime]
    dihitung_pada: datetime
    kalender: HariKalender = field(default_factory=HariKalender)
    pegawai_shift: bool = False
    cuti: bool = False
    tugas_belajar: bool = False
    bagian_dinas: frozenset[str] = frozenset()
    sakit_ke: int | None = None
    koreksi: KoreksiHari = field(default_factory=KoreksiHari)
    apel_hadir: bool | None = None


@dataclass(frozen=True)
class Sisi:
    """One side of a HADIR day. `menit` None: no time; `kode` None: no fault."""

    waktu: datetime | None = None
    menit: int | None = None
    kode: str | None = None
    penanda: str | None = None
    aturan: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hari:
    """The answer: a row of hadir_harian. `aturan`: ids of the rules that spoke, in the order of `kode`."""

    status: StatusHari
    masuk: datetime | None = None
    pulang: datetime | None = None
    menit_telat: int | None = None
    menit_pulang_cepat: int | None = None
    kode: tuple[str, ...] = ()
    penanda: tuple[str, ...] = ()
    persen: Decimal = Decimal(0)
    aturan: tuple[str, ...] = ()


def hitung_hari(fakta: Fakta, aturan: Aturan) -> Hari:
    """Status, times, codes and percentage of one day. Raises the errors of `decide`."""
    jendela = [satu for jadwal in fakta.jadwal.values() for satu in jendela_hari(jadwal, aturan)]
    sisi = sisi_hari(fakta.tanggal, fakta.taps, jendela)
    jadwal = fakta.jadwal[fakta.tanggal]
    status = _status(fakta, jadwal, sisi, aturan)
    if status == StatusHari.HADIR:
        return _hadir(fakta, jadwal, sisi, aturan)
    if status in {StatusHari.TK, StatusHari.SAKIT}:
        return _satu_kejadian(fakta, status)
    return Hari(status)


def _status(fakta: Fakta, jadwal: Jadwal, sisi: Sequence[datetime | None], aturan: Aturan) -> StatusHari:
    tanpa = jadwal.tanpa if jadwal.tanpa != StatusHari.TANPA_JADWAL else None
    rules: list[tuple[StatusHari | None, bool]] = [
        (tanpa, tanpa is not None),
        (StatusHari.CUTI, fakta.cuti),
        (StatusHari.TUGAS_BELAJAR, fakta.tugas_belajar),
        (StatusHari.DL, Bagian.PENUH in fakta.bagian_dinas),
        (StatusHari.SAKIT, fakta.sakit_ke is not None),
        (StatusHari.TANPA_JADWAL, jadwal.tanpa == StatusHari.TANPA_JADWAL),
        (StatusHari.BELUM, _belum(fakta, jadwal, aturan)),
        (StatusHari.HADIR, any(sisi) or fakta.koreksi.ada or bool(fakta.bagian_dinas)),
    ]
    return next((status for status, holds in rules if holds and status is not None), StatusHari.TK)


def _belum(fakta: Fakta, jadwal: Jadwal, aturan: Aturan) -> bool:
    """Today or later, or the OUT window is not closed; its last moment still belongs to it."""
    if fakta.tanggal >= fakta.dihitung_pada.date():
        return True
    tutup = jadwal.selesai and jadwal.selesai + timedelta(minutes=aturan.batas.pulang_sesudah)
    return tutup is not None and fakta.dihitung_pada <= tutup


def _satu_kejadian(fakta: Fakta, status: StatusHari) -> Hari:
    """TK, or SAKIT: a sick day that costs something is recorded as SAKIT_LANJUT."""
    sakit = status == StatusHari.SAKIT
    persen, rule = _potongan(
        fakta, status.value, hari_ke=fakta.sakit_ke if sakit else None, bersurat=True if sakit else None
    )
    kode = status.value if not sakit else "SAKIT_LANJUT" if persen else None
    return Hari(status, kode=(kode,) if kode else (), persen=persen, aturan=(rule,))


def _hadir(fakta: Fakta, jadwal: Jadwal, sisi: Sequence[datetime | None], aturan: Aturan) -> Hari:
    masuk = _sisi(fakta, jadwal, IN, sisi[IN], aturan)
    pulang = _sisi(fakta, jadwal, OUT, sisi[OUT], aturan)
    apel = kode_apel(fakta)
    potongan = [_potongan(fakta, kode) for kode in (masuk.kode, pulang.kode, apel) if kode]
    return Hari(
        StatusHari.HADIR,
        masuk.waktu,
        pulang.waktu,
        masuk.menit,
        pulang.menit,
        tuple(kode for kode in (masuk.kode, pulang.kode, apel) if kode),
        tuple(penanda for penanda in (masuk.penanda, pulang.penanda) if penanda),
        sum((persen for persen, _ in potongan), Decimal(0)),
        (*masuk.aturan, *pulang.aturan, *(rule for _, rule in potongan)),
    )


def _sisi(fakta: Fakta, jadwal: Jadwal, sisi: int, tap: datetime | None, aturan: Aturan) -> Sisi:
    """One side of a HADIR day by absen_kategori, unless a part-day dinas or a broken machine waives it."""
    batas = jadwal.mulai if sisi == IN else jadwal.selesai
    assert batas is not None  # noqa: S101 a HADIR day has hours
    jam = fakta.koreksi.jam[sisi]
    waktu = jam_terdekat(jam, fakta.tanggal, batas) if jam is not None else tap
    if (Bagian.PAGI, Bagian.SIANG)[sisi] in fakta.bagian_dinas:
        return Sisi(waktu, 0, penanda=(Penanda.DL_PAGI, Penanda.DL_SIANG)[sisi].value)
    if waktu is None and fakta.koreksi.bebas[sisi]:
        return Sisi(None, 0)
    menit = None if waktu is None else selisih(waktu, batas, sisi, toleransi=aturan.batas.toleransi)
    outcome = decide(
        "absen_kategori", pada=_pada(fakta), arah=ARAH[sisi], ada_tap=waktu is not None, selisih_menit=menit
    )
    lupa = (Penanda.LUPA_MASUK, Penanda.LUPA_PULANG)[sisi].value if waktu is None else None
    return Sisi(waktu, menit, outcome["kode"], lupa, outcome.rules)


def jam_terdekat(jam: time, tanggal: date, batas: datetime) -> datetime:
    """A claimed time of day as a moment: on the date or the day after it, whichever is nearer to the boundary."""
    sama = ke_menit(datetime.combine(tanggal, jam))
    return min(sama, sama + SEHARI, key=lambda saat: abs(saat - batas))


def selisih(waktu: datetime, batas: datetime, sisi: int, *, toleransi: int) -> int:
    """Whole minutes late (IN) or early (OUT); within the tolerance counts as none."""
    lama = waktu - batas if sisi == IN else batas - waktu
    menit = max(0, int(lama.total_seconds()) // 60)
    return menit if menit > toleransi else 0


def kode_apel(fakta: Fakta) -> str | None:
    """The code of a missed apel; none for shift employees, and in Ramadan only for an upacara."""
    jenis = fakta.kalender.apel
    if not jenis or fakta.pegawai_shift or fakta.apel_hadir is not False:
        return None
    return None if fakta.kalender.ramadan and jenis in BEBAS_RAMADAN else KODE_APEL[jenis]


def _potongan(
    fakta: Fakta, kode: str, *, hari_ke: int | None = None, bersurat: bool | None = None
) -> tuple[Decimal, str]:
    """Percentage and rule of one event."""
    outcome = decide(
        "absen_potongan",
        pada=_pada(fakta),
        kode=kode,
        hari_ke=hari_ke,
        bersurat=bersurat,
        ramadan=fakta.kalender.ramadan,
    )
    return outcome["persen"], outcome.rules[0]


def _pada(fakta: Fakta) -> date:
    """A month is computed with one version: that of its last day (tpp.md §3)."""
    return akhir_bulan(fakta.tanggal.year, fakta.tanggal.month)
