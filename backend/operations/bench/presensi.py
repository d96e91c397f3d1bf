"""Attendance at city size: importing a month of taps with its day rows, rebuilding it, and reading its deductions.

Baselines do the same work the way the old systems did (a query per person and day; row by row), for a sample, multiplied.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from backend.accounts.roles import Peran
from backend.core.periode import WIB, akhir_bulan
from backend.kepegawaian.models import Kalender, Pegawai, PeranUser, RiwayatJabatan
from backend.operations.bench.report import Row, seconds
from backend.operations.bench.web import LOAD_SECONDS, Request, measure, session
from backend.operations.demo.organisasi import seed_organisasi
from backend.presensi import queries
from backend.presensi.enums import SumberTap
from backend.presensi.models import HariKotor, Ketidakhadiran, TapMentah
from backend.presensi.services import impor, tap
from backend.presensi.services.harian import Rentang, bulan_penuh, hitung
from backend.presensi.services.tap import TapBaru
from backend.rules.decide import decide

SEED = 2025
SEHARI = timedelta(days=1)
OPD_BESAR = 2500
CONTOH_ORANG, CONTOH_TAP = 12, 60
KALI = 7
RATE = 8  # per second: pages of administrators
Log = Callable[[str], Any]


def run(*, pegawai: int, log: Log) -> list[Row]:
    """Every measurement of attendance, in a month that nobody has touched."""
    now = timezone.localtime()
    if not Pegawai.objects.exists():
        log(f"  menyiapkan {pegawai} pegawai")
        seed_organisasi(Random(SEED), pegawai=pegawai, hari_ini=now.date())  # noqa: S311 the same city in each run
    bulan = _month(now.date())
    people = _people(bulan)
    log(f"  mengimpor tap {len(people)} pegawai untuk {bulan:%Y-%m}")
    rows = [_import(people, bulan, now)]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE presensi_hadirharian, presensi_tapmentah, presensi_rekapbulan")
    log("  menghitung ulang dan membaca")
    rows += [*_rebuild(bulan, now), *_read(bulan)]
    log(f"  halaman, {RATE} permintaan per detik selama {LOAD_SECONDS} detik")
    return [*rows, *measure(_requests(bulan), bagian="presensi", rate=RATE)]


def _month(hari: date) -> date:
    """Six months back: the demo city has nothing there."""
    bulan = hari.replace(day=1)
    for _ in range(6):
        bulan = (bulan - SEHARI).replace(day=1)
    return bulan


def _people(bulan: date) -> list[str]:
    rows = RiwayatJabatan.objects.pada(akhir_bulan(bulan.year, bulan.month)).definitif()
    return list(
        rows.filter(posisi__unor__opd__isnull=False).order_by("pegawai__nip").values_list("pegawai__nip", flat=True)
    )


def _lines(people: list[str], bulan: date) -> Iterator[str]:
    """Two taps on each weekday, now and then a third: about 256 k for 6,000 people."""
    rng = Random(SEED)  # noqa: S311 the same taps in each run
    yield "pin,waktu"
    for nomor in range((akhir_bulan(bulan.year, bulan.month) - bulan).days + 1):
        hari = bulan + SEHARI * nomor
        if hari.isoweekday() > 5:
            continue
        for nip in people:
            yield f"{nip},{hari} 07:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
            yield f"{nip},{hari} 16:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
            if rng.random() < 0.03:
                yield f"{nip},{hari} 12:{rng.randint(0, 59):02}:00"


def _import(people: list[str], bulan: date, now: datetime) -> Row:
    """A file of a month through the job's own functions, day rows and recaps included; row by row for a sample."""
    content = "\n".join(_lines(people, bulan)).encode()
    HariKotor.objects.all().delete()  # what the calendar and the rules have made dirty is not part of this import
    singly = _one_by_one(people, bulan, now)
    made: list[int] = []

    def work() -> None:
        bacaan = impor.baca(io.BytesIO(content), mesin=None)
        made.append(impor.terapkan(bacaan, mesin=None, sekarang=now, progress=lambda *_args, **_more: None).baru)

    spent = seconds(work)
    plain = singly * made[0]
    return Row(
        "presensi", f"mengimpor {made[0]} tap dengan baris harinya", spent, "s", "≤ 20", plain, plain / spent,
        f"pembanding: {CONTOH_TAP} tap satu per satu, dikalikan",
    )  # fmt: skip


def _one_by_one(people: list[str], bulan: date, now: datetime) -> float:
    """Seconds per tap when each is taken in and its day computed by itself. Its days lie in the month before."""
    hari = bulan - SEHARI
    sample = Pegawai.objects.filter(nip__in=people[:CONTOH_TAP])

    def work() -> None:
        for orang in sample:
            satu = TapBaru(orang.nip, datetime.combine(hari, time(7, 15), WIB))
            tap.terima([satu], sumber=SumberTap.IMPOR, sekarang=now, hitung=False)
            hitung([Rentang(hari, hari, orang.pk)], sekarang=now)

    return seconds(work) / len(sample)


def _rebuild(bulan: date, now: datetime) -> list[Row]:
    kecil = seconds(lambda: hitung([_largest(bulan)], sekarang=now))
    besar = seconds(lambda: hitung([bulan_penuh(bulan)], sekarang=now))
    return [
        Row("presensi", "membangun ulang sebulan, OPD terbesar", kecil, "s", "≤ 10"),
        Row("presensi", "membangun ulang sebulan, seluruh kota", besar, "s", "≤ 60"),
    ]


def _largest(bulan: date) -> Rentang:
    counts = _opd_sizes(bulan)
    return bulan_penuh(bulan, opd=max(counts, key=lambda pk: counts[pk]))


def _opd_sizes(bulan: date) -> dict[UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT opd_id, count(*) FROM presensi_rekapbulan WHERE bulan = %s GROUP BY 1", [bulan])
        return dict(cursor.fetchall())


def _read(bulan: date) -> list[Row]:
    """The month of deductions from stored day rows, against a query per person and day."""
    sizes = _opd_sizes(bulan)
    chosen: list[UUID] = []
    for pk in sorted(sizes, key=lambda pk: -sizes[pk]):
        if sum(sizes[one] for one in chosen) < OPD_BESAR:
            chosen.append(pk)
    people = sum(sizes[one] for one in chosen)
    each = _naive(bulan)
    opd = min(seconds(lambda: queries.skor(bulan, opd=chosen)) for _ in range(KALI))
    city = min(seconds(lambda: queries.skor(bulan, opd=None)) for _ in range(KALI))
    catatan = f"pembanding: {CONTOH_ORANG} orang dengan kueri per hari, dikalikan"
    return [
        Row("presensi", f"skor potongan sebulan, {people} orang", opd * 1000, "md", "≤ 150; ≥ 1.000×",
            each * people * 1000, each * people / opd, catatan),
        Row("presensi", f"skor potongan sebulan, kota {sum(sizes.values())} orang", city * 1000, "md", "≤ 300",
            each * sum(sizes.values()) * 1000, each * sum(sizes.values()) / city, catatan),
    ]  # fmt: skip


def _requests(bulan: date) -> list[Request]:
    """The month page and the score page of the largest OPD that has an administrator, and his next pages of people."""
    sizes = _opd_sizes(bulan)
    admin = {row.unor_id: row.user for row in PeranUser.objects.filter(peran=Peran.ADMIN_OPD).select_related("user")}
    opd = max(sizes.keys() & admin.keys(), key=lambda pk: sizes[pk])
    kunci, query = session(admin[opd]), f"?opd={opd}&bulan={bulan:%Y-%m}"
    kinds = {"bulan OPD": "presensi-opd", "skor potongan": "presensi-skor"}
    return [
        (f"halaman {label} {sizes[opd]} orang", f"{reverse(nama)}{query}&hal={hal}", kunci)
        for hal in range(1, 5)
        for label, nama in kinds.items()
    ]


def _naive(bulan: date) -> float:
    """Seconds per person and month the old way: for each day the holidays, the leave and the taps are asked for."""
    sample = Pegawai.objects.filter(rekap_bulan__bulan=bulan).order_by("nip")[:CONTOH_ORANG]
    days = [bulan + SEHARI * n for n in range((akhir_bulan(bulan.year, bulan.month) - bulan).days + 1)]

    def one(orang: Pegawai) -> Decimal:
        total = Decimal(0)
        for hari in days:
            if hari.isoweekday() > 5 or Kalender.objects.filter(tanggal=hari, libur=True).exists():
                continue
            if Ketidakhadiran.objects.filter(pegawai=orang, mulai__lte=hari, sampai__gte=hari).exists():
                continue
            awal = datetime.combine(hari, time(), WIB)
            taps = TapMentah.objects.filter(pegawai=orang, ts__gte=awal, ts__lt=awal + SEHARI)
            first, last = taps.order_by("ts").first(), taps.order_by("-ts").first()
            for found, arah in ((first, "IN"), (last, "OUT")):
                kode = _kode(arah, found.ts if found else None, hari)
                total += _persen(kode, hari) if kode else 0
        return total

    return seconds(lambda: [one(orang) for orang in sample]) / len(sample)


def _kode(arah: str, saat: datetime | None, hari: date) -> str | None:
    batas = datetime.combine(hari, time(7, 30) if arah == "IN" else time(16, 0), WIB)
    menit = (
        None if saat is None else max(0, int((saat - batas if arah == "IN" else batas - saat).total_seconds() // 60))
    )
    kode: str | None = decide("absen_kategori", pada=hari, arah=arah, ada_tap=saat is not None, selisih_menit=menit)[
        "kode"
    ]
    return kode


def _persen(kode: str, hari: date) -> Decimal:
    persen: Decimal = decide("absen_potongan", pada=hari, kode=kode, hari_ke=None, bersurat=None, ramadan=False)[
        "persen"
    ]
    return persen
