"""Taking in taps, whatever their source: one statement per batch, idempotent, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from backend.core.rencana import RENCANA_SENDIRI
from backend.platform.settings import setting
from backend.presensi.calculations import lokal
from backend.presensi.enums import AlasanKarantina, SumberTap
from backend.presensi.models import Karantina
from backend.presensi.services import kotor

BATCH = 100_000
LINE = 300


class TapBaru(NamedTuple):
    """A tap as its source gives it. `isi`: the line it came in, for the quarantine."""

    pin: str
    ts: datetime
    mesin: UUID | None = None
    isi: str = ""
    uuid: UUID | None = None
    lat: Any = None
    lon: Any = None
    akurasi_m: int | None = None
    foto: UUID | None = None


@dataclass(frozen=True)
class Terima:
    """What became of taps: taken in, already there, refused for their clock, and (of those taken in) without an owner."""

    baru: int = 0
    ganda: int = 0
    jam_salah: int = 0
    tanpa_pemilik: int = 0

    def __add__(self, other: Terima) -> Terima:
        return Terima(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


# Owner: PIN on that machine, PIN on all machines, NIP. A tap twice in one batch counts once; the other is GANDA.
# The answer: which of the taps are held, and why.
TERIMA = """
WITH m AS MATERIALIZED (
    SELECT * FROM unnest(%(mesin)s::uuid[], %(pin)s::text[], %(ts)s::timestamptz[], %(uuid)s::uuid[], %(lat)s::numeric[],
        %(lon)s::numeric[], %(akurasi_m)s::int[], %(foto)s::uuid[]) WITH ORDINALITY
        AS m(mesin_id, pin, ts, uuid, lat, lon, akurasi_m, foto_id, urut)
), milik AS MATERIALIZED (
    SELECT s.mesin_id, s.pin, coalesce(
            (SELECT p.pegawai_id FROM presensi_pinpegawai p WHERE p.pin = s.pin AND p.mesin_id = s.mesin_id),
            (SELECT p.pegawai_id FROM presensi_pinpegawai p WHERE p.pin = s.pin AND p.mesin_id IS NULL),
            (SELECT o.id FROM kepegawaian_pegawai o WHERE o.nip = s.pin)) AS pegawai_id
    FROM (SELECT DISTINCT mesin_id, pin FROM m) s
), masuk AS MATERIALIZED (
    SELECT m.*, o.pegawai_id, row_number() OVER (PARTITION BY m.mesin_id, m.pin, m.ts ORDER BY m.urut) AS ke,
        m.ts > %(paling_baru)s OR m.ts < %(paling_lama)s AS jam_salah
    FROM m JOIN milik o ON o.pin = m.pin AND o.mesin_id IS NOT DISTINCT FROM m.mesin_id
), baru AS (
    INSERT INTO presensi_tapmentah (sumber, mesin_id, pin, pegawai_id, ts, lat, lon, akurasi_m, foto_id, uuid, diterima_pada)
    SELECT %(sumber)s, mesin_id, pin, pegawai_id, ts, lat, lon, akurasi_m, foto_id, uuid, %(sekarang)s
    FROM masuk WHERE NOT jam_salah AND ke = 1
    ON CONFLICT DO NOTHING
    RETURNING mesin_id, pin, pegawai_id, ts
), apel AS (
    INSERT INTO presensi_apelkehadiran AS a (pegawai_id, tanggal, hadir)
    SELECT DISTINCT b.pegawai_id, (b.ts AT TIME ZONE 'Asia/Jakarta')::date, true
    FROM baru b JOIN presensi_mesin d ON d.id = b.mesin_id AND d.apel WHERE b.pegawai_id IS NOT NULL
    ON CONFLICT (pegawai_id, tanggal) DO UPDATE SET hadir = true
), kotor AS (
    INSERT INTO presensi_harikotor (pegawai_id, mulai, sampai, sebab)
    SELECT pegawai_id, min(ts AT TIME ZONE 'Asia/Jakarta')::date - 1, max(ts AT TIME ZONE 'Asia/Jakarta')::date + 1, 'TAP'
    FROM baru WHERE pegawai_id IS NOT NULL
    GROUP BY pegawai_id, date_trunc('month', ts AT TIME ZONE 'Asia/Jakarta')
)
SELECT d.urut, d.alasan FROM (
    SELECT m.urut, CASE WHEN m.jam_salah THEN 'JAM_SALAH'
        WHEN m.ke > 1 OR b.ts IS NULL THEN 'GANDA' WHEN m.pegawai_id IS NULL THEN 'PIN_TIDAK_DIKENAL' END AS alasan
    FROM masuk m LEFT JOIN baru b ON b.pin = m.pin AND b.ts = m.ts AND b.mesin_id IS NOT DISTINCT FROM m.mesin_id
) d WHERE d.alasan IS NOT NULL ORDER BY d.urut
"""

TAHAN = """
INSERT INTO presensi_karantina (alasan, sumber, mesin_id, pin, ts, isi, diterima_pada, selesai_pada)
SELECT alasan, %(sumber)s, mesin_id, pin, ts, isi, %(sekarang)s, CASE WHEN alasan = 'GANDA' THEN %(sekarang)s::timestamptz END
FROM unnest(%(alasan)s::text[], %(mesin)s::uuid[], %(pin)s::text[], %(ts)s::timestamptz[], %(isi)s::text[])
    AS d(alasan, mesin_id, pin, ts, isi)
ON CONFLICT DO NOTHING
"""


def terima(taps: Iterable[TapBaru], *, sumber: SumberTap, sekarang: datetime, hitung: bool = True) -> Terima:
    """Take taps in, mark the days they touch, and keep what cannot be used in the quarantine with its reason.

    The same taps again add nothing. `hitung=False`: the caller empties the dirty queue himself.
    """
    total = Terima()
    for batch in _batches(taps):
        total += _terima(batch, sumber=sumber, sekarang=sekarang)
    if hitung and total.baru:
        kotor.bangunkan()
    return total


def _batches(taps: Iterable[TapBaru]) -> Iterator[list[TapBaru]]:
    rest = iter(taps)
    while batch := list(islice(rest, BATCH)):
        yield batch


@transaction.atomic
def _terima(taps: Sequence[TapBaru], *, sumber: SumberTap, sekarang: datetime) -> Terima:
    paling_baru = sekarang + timedelta(minutes=setting("tap_maju_menit"))
    paling_lama = sekarang - timedelta(days=setting("tap_umur_hari"))
    columns = dict(zip(TapBaru._fields, map(list, zip(*taps, strict=True)), strict=True))
    siapkan_partisi(_bulan(columns["ts"], paling_lama=paling_lama, paling_baru=paling_baru))
    common: dict[str, Any] = {"sekarang": sekarang, "sumber": sumber.value}
    limits: dict[str, Any] = {"paling_baru": paling_baru, "paling_lama": paling_lama, **common}
    with connection.cursor() as cursor:
        cursor.execute(RENCANA_SENDIRI)
        cursor.execute(TERIMA, {**{name: columns[name] for name in columns if name != "isi"}, **limits})
        ditahan = [(taps[urut - 1], alasan) for urut, alasan in cursor.fetchall()]
        if ditahan:
            held = {name: [getattr(satu, name) for satu, _ in ditahan] for name in ("mesin", "pin", "ts")}
            isi = [satu.isi[:LINE] for satu, _ in ditahan]
            cursor.execute(TAHAN, {"alasan": [alasan for _, alasan in ditahan], "isi": isi, **held, **common})
    jumlah = Counter(alasan for _, alasan in ditahan)
    ganda, jam_salah = jumlah["GANDA"], jumlah["JAM_SALAH"]
    return Terima(len(taps) - ganda - jam_salah, ganda, jam_salah, jumlah["PIN_TIDAK_DIKENAL"])


def _bulan(saat: Iterable[datetime], *, paling_lama: datetime, paling_baru: datetime) -> set[date]:
    """Firsts of the months of the moments that are taken in."""
    hours = {satu.replace(minute=0, second=0, microsecond=0) for satu in saat if paling_lama <= satu <= paling_baru}
    return {lokal(jam).date().replace(day=1) for jam in hours}


def siapkan_partisi(bulan: Iterable[date]) -> None:
    """Make sure that months have their partitions."""
    with connection.cursor() as cursor:
        for satu in sorted(bulan):
            cursor.execute("SELECT presensi_partisi(%s)", [satu])


@transaction.atomic
def tahan(baris: Iterable[str], *, sumber: SumberTap, mesin: UUID | None, sekarang: datetime) -> int:
    """Keep lines that could not be read at all; returns how many are new."""
    rows = [
        Karantina(
            alasan=AlasanKarantina.TIDAK_TERBACA,
            sumber=sumber,
            mesin_id=mesin,
            isi=isi.replace("\x00", "")[:LINE],
            diterima_pada=sekarang,
        )
        for isi in baris
    ]
    return len(Karantina.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000))


# A PIN that now has an owner: its waiting taps get him, their days become dirty, the quarantine is done with them.
MILIK = """
WITH milik AS (
    UPDATE presensi_tapmentah t SET pegawai_id = %(pegawai)s
    WHERE t.pegawai_id IS NULL AND t.pin = %(pin)s AND (%(mesin)s::uuid IS NULL OR t.mesin_id = %(mesin)s)
    RETURNING t.ts
), selesai AS (
    UPDATE presensi_karantina SET selesai_pada = %(sekarang)s
    WHERE alasan = 'PIN_TIDAK_DIKENAL' AND selesai_pada IS NULL AND pin = %(pin)s
      AND (%(mesin)s::uuid IS NULL OR mesin_id = %(mesin)s)
)
INSERT INTO presensi_harikotor (pegawai_id, mulai, sampai, sebab)
SELECT %(pegawai)s, min(ts AT TIME ZONE 'Asia/Jakarta')::date - 1, max(ts AT TIME ZONE 'Asia/Jakarta')::date + 1, 'PIN'
FROM milik GROUP BY date_trunc('month', ts AT TIME ZONE 'Asia/Jakarta')
"""


def beri_pemilik(*, pin: str, pegawai: UUID, mesin: UUID | None, sekarang: datetime) -> None:
    """Give the waiting taps of a PIN to the person it now belongs to."""
    with connection.cursor() as cursor:
        cursor.execute(MILIK, {"pin": pin, "pegawai": pegawai, "mesin": mesin, "sekarang": sekarang})
    kotor.bangunkan()
