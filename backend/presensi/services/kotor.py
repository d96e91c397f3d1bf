"""The dirty queue: every fact that changes says which days it touches, in the transaction of its cause; the outbox computes
them anew. Months that are sealed keep their rows: a difference there becomes a candidate for TPP susulan."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
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
BATCH = 5000


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


CLAIM = """
DELETE FROM presensi_harikotor WHERE id IN (
    SELECT id FROM presensi_harikotor ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING pegawai_id, opd_id, mulai, sampai, sebab
"""


def proses(*, sekarang: datetime, limit: int = BATCH) -> Hasil:
    """Take part of the queue and compute it; must run in a transaction. Future months wait for their own time."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [limit])
        rows = cursor.fetchall()
    hari = lokal(sekarang).date()
    akhir = akhir_bulan(hari.year, hari.month)
    kotor = [
        (Rentang(mulai, min(sampai, akhir), pegawai, opd), sebab)
        for pegawai, opd, mulai, sampai, sebab in rows
        if mulai <= akhir
    ]
    ruang = list(dict.fromkeys(rentang for rentang, _ in kotor))
    if not ruang:
        return Hasil()
    _catat_susulan(ruang, kotor[-1][1], sekarang=sekarang)
    return hitung(ruang, sekarang=sekarang)


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
