"""Attendance of the demo city: three months of taps, rosters in RSUD and puskesmas, leave, corrections, seals.

Rows go in by COPY; the day rows follow by the production statement. Deterministic: the same generator makes the same city.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.core.periode import WIB, akhir_bulan
from backend.kepegawaian.enums import JenisUnor
from backend.kepegawaian.models import Kalender, RiwayatJabatan, Unor
from backend.operations.demo.salin import hitung_ulang_statistik, salin
from backend.presensi import bawaan
from backend.presensi.calculations import Aturan, Jam
from backend.presensi.enums import SHIFT, JenisTidakHadir, StatusPengajuan, StatusSegel
from backend.presensi.models import (
    ApelKehadiran,
    HadirHarian,
    HariKotor,
    Ketidakhadiran,
    LokasiAbsen,
    Mesin,
    PenugasanJadwal,
    PinPegawai,
    RekapBulan,
    RosterShift,
    SegelBulan,
    TapMentah,
)
from backend.presensi.services import peringatan, proses
from backend.presensi.services.harian import bulan_penuh, hitung
from backend.presensi.services.segel import checksum
from backend.presensi.services.tap import siapkan_partisi
from backend.workflow import engine

SEHARI = timedelta(days=1)
BULAN = 3  # the current month and the ones before it
ROTASI = ("PAGI", "PAGI", "SIANG", "SIANG", "MALAM", "LEPAS", "OFF")
RUANG = UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff")
JAGA = {JenisUnor.RUMAH_SAKIT, JenisUnor.PUSKESMAS}
PENGAJU_KOREKSI = 8


@dataclass(frozen=True)
class Orang:
    """Who taps: by which schedule, at which machine, under which PIN, and how punctual he is (0–1)."""

    id: UUID
    pola: str
    geser: int
    mesin: UUID
    pin: str
    rajin: float


@transaction.atomic
def seed_presensi(rng: Random, *, now: datetime) -> str:
    """Fill attendance of the people that are there. Returns a sentence about it."""
    bawaan.muat()
    bulan = _months(now.date())
    siapkan_partisi(bulan)
    people = _people(rng)
    _kalender(bulan[0], now.date())
    salin(PenugasanJadwal, PENUGASAN, _penugasan(people))
    salin(RosterShift, ("pegawai_id", "tanggal", "kode"), _roster(people, bulan[0], akhir(bulan[-1])))
    libur = set(Kalender.objects.filter(libur=True, tanggal__gte=bulan[0]).values_list("tanggal", flat=True))
    away = _ketidakhadiran(rng, people, bulan[0], now.date())
    taps = salin(TapMentah, TAP, _taps(rng, people, bulan[0], now, libur=libur, away=away))
    apel = list(
        Kalender.objects.filter(apel=True, tanggal__range=(bulan[0], now.date())).values_list("tanggal", flat=True)
    )
    salin(ApelKehadiran, ("pegawai_id", "tanggal", "hadir"), _apel(rng, people, apel))
    hitung_ulang_statistik(TapMentah, RosterShift, PenugasanJadwal, Ketidakhadiran)
    hari = sum(hitung([bulan_penuh(satu)], sekarang=now).hari for satu in bulan)
    _segel(bulan[0], now)
    HariKotor.objects.all().delete()
    hitung_ulang_statistik(HadirHarian, RekapBulan)
    return f"{taps} tap, {hari} hari hadir"


@transaction.atomic
def mainkan_koreksi(*, now: datetime) -> int:
    """A few corrections on their way, by the process as in life; returns how many."""
    mulai = now.date().replace(day=1)
    rows = HadirHarian.objects.filter(
        penanda__contains=["LUPA_PULANG"], tanggal__gte=mulai, pegawai__user__isnull=False
    ).select_related("pegawai__user")
    made, seen = 0, set[UUID]()
    for row in rows.order_by("tanggal", "pegawai__nip")[: PENGAJU_KOREKSI * 4]:
        if made == PENGAJU_KOREKSI or row.pegawai_id in seen:
            continue
        seen.add(row.pegawai_id)
        _satu_koreksi(row, now=now)
        made += 1
    peringatan.perbarui(now.year, pada=now.date())
    return made


def _satu_koreksi(row: Any, *, now: datetime) -> None:
    user: User = row.pegawai.user
    instance = proses.mulai(row.pegawai, row.tanggal, oleh=user, sekarang=now)
    item = proses.tugas(instance)
    if item is not None:
        form = {"jenis": "LUPA_PULANG", "jam": "16.05", "alasan": "Antrean di mesin panjang, saya lupa tap pulang."}
        engine.complete(item.pk, actor=user, data=form)


def akhir(bulan: date) -> date:
    return akhir_bulan(bulan.year, bulan.month)


def _months(hari: date) -> list[date]:
    """Firsts of the months that get taps."""
    found = [hari.replace(day=1)]
    while len(found) < BULAN:
        found.insert(0, (found[0] - SEHARI).replace(day=1))
    return found


# --- People and machines ------------------------------------------------------------------------------------------------


def _people(rng: Random) -> list[Orang]:
    """Everybody with a post; those of RSUD and puskesmas who are no heads work by roster."""
    opd = list(Unor.objects.filter(is_opd=True).order_by("kode"))
    mesin = _mesin(opd)
    rows: Any = (
        RiwayatJabatan.objects.definitif()
        .filter(status="AKTIF", sampai=None, posisi__unor__opd__isnull=False)
        .order_by("pegawai__nip")
        .values_list(
            "pegawai_id", "posisi__unor__opd_id", "posisi__unor__jenis", "is_pimpinan", "posisi__unor__opd__jenis"
        )
    )
    found = []
    for nomor, (pk, unit, jenis, pimpinan, jenis_opd) in enumerate(rows, 1):
        jaga = (jenis in JAGA or jenis_opd == JenisUnor.RUMAH_SAKIT) and not pimpinan
        six = jenis in {JenisUnor.KELURAHAN, JenisUnor.SEKOLAH} or jenis in JAGA
        pola = SHIFT if jaga and nomor % 4 else "N6" if six else "N5"
        found.append(Orang(pk, pola, nomor % len(ROTASI), mesin[unit], str(1000 + nomor), rng.betavariate(8, 1)))
    salin(PinPegawai, ("pin", "pegawai_id"), ((satu.pin, satu.id) for satu in found))
    return found


def _mesin(opd: Sequence[Unor]) -> dict[UUID, UUID]:
    rows = [
        Mesin(
            id=uuid5(RUANG, unor.kode),
            nomor_seri=f"CONTOH{nomor:05}",
            nama=f"Mesin {unor.nama}",
            opd=unor,
            lokasi="Lobi",
        )
        for nomor, unor in enumerate(opd, 1)
    ]
    Mesin.objects.bulk_create(rows)
    LokasiAbsen.objects.bulk_create(
        LokasiAbsen(nama=unor.nama, opd=unor, lat=-7.6 - nomor / 1000, lon=111.5 + nomor / 1000)
        for nomor, unor in enumerate(opd)
    )
    return {row.opd_id: row.pk for row in rows if row.opd_id}


PENUGASAN = ("id", "pegawai_id", "pola", "mulai", "diubah_pada")
TAP = ("sumber", "mesin_id", "pin", "pegawai_id", "ts")


def _penugasan(people: Sequence[Orang]) -> Iterator[tuple[Any, ...]]:
    now = timezone.now()
    return ((uuid5(RUANG, str(satu.id)), satu.id, satu.pola, date(2024, 1, 1), now) for satu in people)


def _shift(orang: Orang, hari: date) -> str:
    return ROTASI[(hari.toordinal() + orang.geser) % len(ROTASI)]


def _roster(people: Sequence[Orang], mulai: date, sampai: date) -> Iterator[tuple[Any, ...]]:
    for hari in _days(mulai - SEHARI, sampai + SEHARI):
        for satu in people:
            if satu.pola == SHIFT:
                yield satu.id, hari, _shift(satu, hari)


def _days(mulai: date, sampai: date) -> list[date]:
    return [mulai + SEHARI * n for n in range((sampai - mulai).days + 1)]


# --- Facts --------------------------------------------------------------------------------------------------------------


def _kalender(mulai: date, sampai: date) -> None:
    """Apel on every Monday that is no holiday."""
    known = set(Kalender.objects.filter(opd=None).values_list("tanggal", flat=True))
    Kalender.objects.bulk_create(
        Kalender(tanggal=hari, nama="Apel Senin", apel=True, jenis_apel="SENIN")
        for hari in _days(mulai, akhir(sampai))
        if hari.isoweekday() == 1 and hari not in known
    )


KETIDAKHADIRAN = (
    "id", "pegawai_id", "jenis", "mulai", "sampai", "bagian", "nomor_surat", "keputusan_bkpsdm", "status", "alasan",
    "diputus_pada", "diubah_pada",
)  # fmt: skip
PELUANG = (
    (JenisTidakHadir.CUTI_TAHUNAN, 5),
    (JenisTidakHadir.DINAS_LUAR, 3),
    (JenisTidakHadir.SAKIT, 5),
    (JenisTidakHadir.DIKLAT, 4),
)


def _ketidakhadiran(rng: Random, people: Sequence[Orang], mulai: date, sampai: date) -> set[tuple[UUID, date]]:
    """At most one absence a month and person; returns the days on which nobody taps."""
    rows: list[tuple[Any, ...]] = []
    away: set[tuple[UUID, date]] = set()
    now = timezone.now()
    for bulan in _months(sampai):
        for satu in people:
            if rng.random() > 0.16:
                continue
            jenis, paling = PELUANG[rng.randrange(len(PELUANG))]
            first = bulan + SEHARI * rng.randrange(20)
            last = first + SEHARI * rng.randrange(paling)
            partial = jenis == JenisTidakHadir.DINAS_LUAR and rng.random() < 0.4
            if partial:
                last = first
            else:
                away |= {(satu.id, hari) for hari in _days(first, last)}
            nomor = f"800/{len(rows) + 1}/{bulan.year}"
            rows.append(
                (
                    uuid5(RUANG, nomor), satu.id, jenis.value, first, last, "PAGI" if partial else "PENUH", nomor, "",
                    StatusPengajuan.DISETUJUI.value, "", now, now,
                )
            )  # fmt: skip
    salin(Ketidakhadiran, KETIDAKHADIRAN, rows)
    return away


def _taps(
    rng: Random, people: Sequence[Orang], mulai: date, now: datetime, *, libur: set[date], away: set[tuple[UUID, date]]
) -> Iterator[tuple[Any, ...]]:
    aturan = bawaan.aturan()
    batas = now.replace(tzinfo=None)
    for hari in _days(mulai, now.date()):
        for satu in people:
            jam = _jam(aturan, satu, hari)
            if jam is None or (satu.pola != SHIFT and hari in libur) or (satu.id, hari) in away:
                continue
            for saat in _tap_hari(rng, satu, jam, hari):
                if saat < batas:
                    yield "MESIN", satu.mesin, satu.pin, satu.id, saat.replace(tzinfo=WIB)


def _jam(aturan: Aturan, orang: Orang, hari: date) -> Jam | None:
    """Hours of a day by the shipped schedules; None: no work."""
    if orang.pola == SHIFT:
        return aturan.shift.get(_shift(orang, hari))
    return aturan.pola[orang.pola].hari.get(hari.isoweekday())


def _tap_hari(rng: Random, orang: Orang, jam: Jam, hari: date) -> Iterator[datetime]:
    """In and out of a working day: mostly early in and late out, now and then late, early, forgotten, or absent."""
    luck = rng.random()
    if luck > 0.985 + orang.rajin * 0.014:
        return
    mulai, selesai = jam.pada(hari)
    late = rng.random() > orang.rajin
    if luck > 0.006:
        yield mulai + timedelta(seconds=rng.randint(60, 5700) if late else rng.randint(-2400, 30))
    if luck < 0.97:
        early = rng.random() > orang.rajin
        yield selesai + timedelta(seconds=-rng.randint(60, 4200) if early else rng.randint(0, 3000))


def _apel(rng: Random, people: Sequence[Orang], apel: Sequence[date]) -> Iterator[tuple[Any, ...]]:
    for tanggal in apel:
        for satu in people:
            if satu.pola != SHIFT:
                yield satu.id, tanggal, rng.random() < 0.96


def _segel(bulan: date, now: datetime) -> None:
    """The oldest month is sealed everywhere, with the checksum of its rows."""
    RekapBulan.objects.filter(bulan=bulan).update(status=StatusSegel.DISEGEL)
    for opd in Unor.objects.filter(pk__in=RekapBulan.objects.filter(bulan=bulan).values("opd")):
        people, digest = checksum(opd.pk, bulan)
        SegelBulan.objects.create(
            opd=opd, bulan=bulan, status=StatusSegel.DISEGEL, diajukan_pada=now, disegel_pada=now, jumlah_pegawai=people,
            checksum=digest,
        )  # fmt: skip
