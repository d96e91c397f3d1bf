"""The dirty queue: every fact that changes says which days it touches, in the transaction of its cause; the outbox computes
them anew. Months that are sealed keep their rows: a difference there becomes a candidate for TPP susulan."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from backend.core.periode import akhir_bulan
from backend.platform import outbox
from backend.platform.models import OutboxMessage
from backend.presensi.calculations import lokal
from backend.presensi.models import HariKotor, RekapBulan
from backend.presensi.services.harian import (
    Hasil,
    Rentang,
    bulan_bulan,
    hitung,
    parameters,
    perkiraan,
    pilihan,
)
from backend.presensi.services.pernyataan import pernyataan

KIND = "presensi.hitung"
BATCH = 200_000


def tandai(ruang: Iterable[Rentang], *, sebab: str) -> None:
    """Make days dirty in the current transaction and have them computed after it."""
    rows = [
        HariKotor(pegawai_id=satu.pegawai, opd_id=satu.opd, mulai=satu.mulai, sampai=satu.sampai, sebab=sebab)
        for satu in ruang
    ]
    if rows:
        HariKotor.objects.bulk_create(rows, batch_size=1000)
        bangunkan()


def bangunkan() -> None:
    """Have the queue emptied after this transaction."""
    outbox.enqueue(KIND, f"{KIND}:{uuid.uuid4()}", {})


@outbox.handler(KIND)
def dari_outbox(_message: OutboxMessage) -> None:
    """Compute what is dirty now; what remains gets a message of its own."""
    proses(sekarang=timezone.now())
    if ada():
        bangunkan()


def ada() -> bool:
    """Is anything dirty?"""
    return HariKotor.objects.exists()


# Spans of one person (or OPD) and month become one: computing a day in between again changes nothing.
CLAIM = """
WITH diambil AS (
    DELETE FROM presensi_harikotor WHERE id IN (
        SELECT id FROM presensi_harikotor ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING pegawai_id, opd_id, mulai, sampai, sebab
)
SELECT pegawai_id, opd_id, min(mulai), max(sampai), max(sebab) FROM diambil
GROUP BY pegawai_id, opd_id, date_trunc('month', mulai), date_trunc('month', sampai)
"""


def proses(*, sekarang: datetime, limit: int = BATCH) -> Hasil:
    """Take part of the queue and compute it; must run in a transaction. Future months wait for their own time."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [limit])
        rows = cursor.fetchall()
    hari = lokal(sekarang).date()
    kotor = [
        (rentang, sebab)
        for pegawai, opd, mulai, sampai, sebab in rows
        for rentang in _per_bulan(Rentang(mulai, min(sampai, akhir_bulan(hari.year, hari.month)), pegawai, opd))
    ]
    ruang = list(dict.fromkeys(rentang for rentang, _ in kotor))
    ruang = _yang_ada(ruang)
    keep = set(ruang)
    if not ruang:
        return Hasil()
    for sebab in dict.fromkeys(sebab for _, sebab in kotor):
        _catat_susulan([satu for satu, why in kotor if why == sebab and satu in keep], sebab, sekarang=sekarang)
    return hitung(ruang, sekarang=sekarang)


def _per_bulan(rentang: Rentang) -> list[Rentang]:
    """The parts of a span in each of its months; nothing of a span that lies in the future."""
    return [
        replace(
            rentang, mulai=max(rentang.mulai, bulan), sampai=min(rentang.sampai, akhir_bulan(bulan.year, bulan.month))
        )
        for bulan in bulan_bulan([rentang])
    ]


def _yang_ada(ruang: Sequence[Rentang]) -> list[Rentang]:
    """Without what touches everybody in a month that was never built: a holiday of last year makes no days by itself."""
    wide = {satu.mulai.replace(day=1) for satu in ruang if satu.pegawai is None}
    built = set(RekapBulan.objects.filter(bulan__in=wide).order_by("bulan").values_list("bulan", flat=True).distinct())
    return [satu for satu in ruang if satu.pegawai is not None or satu.mulai.replace(day=1) in built]


# Day rows of sealed months that would be different today.
SUSULAN = """
INSERT INTO presensi_calonsusulan (pegawai_id, tanggal, sebab)
SELECT s.pegawai_id, s.tanggal, %(sebab)s FROM hasil s
JOIN presensi_rekapbulan k ON k.pegawai_id = s.pegawai_id AND k.bulan = %(awal)s AND k.status = 'DISEGEL'
JOIN presensi_hadirharian h ON h.pegawai_id = s.pegawai_id AND h.tanggal = s.tanggal
WHERE (s.status, s.kode, s.persen, s.masuk, s.pulang) IS DISTINCT FROM (h.status, h.kode, h.persen, h.masuk, h.pulang)
ON CONFLICT DO NOTHING
"""


def _catat_susulan(ruang: Sequence[Rentang], sebab: str, *, sekarang: datetime) -> None:
    for bulan in bulan_bulan(ruang):
        if not _ada_segel(bulan):
            continue
        jadi = pernyataan(bulan, juga_disegel=True)
        params = {**parameters(bulan, ruang, sekarang=sekarang, pilihan=pilihan()), **jadi.params, "sebab": sebab}
        with connection.cursor() as cursor, perkiraan(cursor, ruang):
            cursor.execute(f"WITH {jadi.sql} {SUSULAN}", params)


def _ada_segel(bulan: date) -> bool:
    return RekapBulan.objects.filter(bulan=bulan, status="DISEGEL").exists()
