"""Building day rows and month recaps from facts, for a scope; the only writers of hadir_harian and rekap_bulan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from backend.core.periode import WIB, akhir_bulan
from backend.core.rencana import RENCANA_SENDIRI
from backend.platform.settings import setting
from backend.presensi import queries
from backend.presensi.calculations import Batas, lokal
from backend.presensi.services.pernyataan import SIMPAN, pernyataan

LOCK_SPACE = 0x70726573  # "pres": one computation per month at a time, so that none writes from an older picture
MANY = 50  # spans from which a scope counts as large: then nested loops only mislead


@dataclass(frozen=True)
class Rentang:
    """A part of a scope: days of one person, of an OPD, or (both None) of everybody."""

    mulai: date
    sampai: date
    pegawai: UUID | None = None
    opd: UUID | None = None


@dataclass(frozen=True)
class Hasil:
    """How many day rows and recap rows differ from before."""

    hari: int = 0
    rekap: int = 0

    def __add__(self, other: Hasil) -> Hasil:
        return Hasil(self.hari + other.hari, self.rekap + other.rekap)


def bulan_penuh(bulan: date, *, opd: UUID | None = None, pegawai: UUID | None = None) -> Rentang:
    """The whole month of a date, of an OPD, a person, or everybody."""
    return Rentang(bulan.replace(day=1), akhir_bulan(bulan.year, bulan.month), pegawai, opd)


def bulan_bulan(ruang: Iterable[Rentang]) -> list[date]:
    """Firsts of the months that a scope touches, in order."""
    found: set[date] = set()
    for rentang in ruang:
        hari = rentang.mulai.replace(day=1)
        while hari <= rentang.sampai:
            found.add(hari)
            hari = (hari + timedelta(days=32)).replace(day=1)
    return sorted(found)


@transaction.atomic
def hitung(ruang: Sequence[Rentang], *, sekarang: datetime) -> Hasil:
    """Build the day rows of a scope anew, and the recaps of the people in it; rows that stay equal are not written.

    Sealed months are left alone. Raises the errors of `backend.rules` when a table has no version or no rule.
    """
    total = Hasil()
    for bulan in bulan_bulan(ruang):
        mine = [satu for satu in ruang if satu.mulai <= akhir_bulan(bulan.year, bulan.month) and satu.sampai >= bulan]
        total += _hitung_bulan(bulan, mine, sekarang=sekarang)
    return total


def _hitung_bulan(bulan: date, ruang: Sequence[Rentang], *, sekarang: datetime) -> Hasil:
    jadi = pernyataan(bulan)
    params = {
        **parameters(bulan, ruang, sekarang=sekarang, pilihan=pilihan()),
        **jadi.params,
        "versi": jadi.versi,
        "dihitung_pada": sekarang,
    }
    with connection.cursor() as cursor, perkiraan(cursor, ruang):
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, bulan.year * 12 + bulan.month])
        cursor.execute("SELECT presensi_partisi(%s)", [bulan])
        cursor.execute(f"WITH {jadi.sql} {SIMPAN}", params)
        hari = cursor.rowcount
        cursor.execute(BUANG, params)
        hari += cursor.rowcount
        cursor.execute(REKAP, params)
        return Hasil(hari, cursor.rowcount)


@contextmanager
def perkiraan(cursor: Any, ruang: Sequence[Rentang]) -> Iterator[None]:
    """PostgreSQL cannot know how many rows the steps of the statement have: a large scope is hashed, not looped, and no
    scope is worth compiling a hundred conditions for."""
    large = len(ruang) > MANY or any(satu.pegawai is None for satu in ruang)
    cursor.execute("SET LOCAL jit = off")
    cursor.execute(RENCANA_SENDIRI)
    if large:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
    yield
    if large:
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("SET LOCAL work_mem = DEFAULT")


@dataclass(frozen=True)
class Pilihan:
    """The settings that the statement reads."""

    batas: Batas
    pola_bawaan: str
    kedudukan_aktif: Sequence[str]


def pilihan() -> Pilihan:
    """As they stand now."""
    return Pilihan(queries.batas(), setting("pola_bawaan"), tuple(setting("kedudukan_aktif")))


def parameters(bulan: date, ruang: Sequence[Rentang], *, sekarang: datetime, pilihan: Pilihan) -> dict[str, Any]:
    """What the statement needs beside its rules, for the scope within one month."""
    batas = pilihan.batas
    return {
        **{
            name: timedelta(minutes=getattr(batas, name))
            for name in ("masuk_sebelum", "masuk_sesudah", "pulang_sebelum", "pulang_sesudah")
        },
        "toleransi": batas.toleransi,
        "pola_bawaan": pilihan.pola_bawaan,
        "kedudukan": list(pilihan.kedudukan_aktif),
        "awal": bulan,
        "akhir": akhir_bulan(bulan.year, bulan.month),
        "sekarang": lokal(sekarang),
        "semua": any(satu.pegawai is None for satu in ruang),
        "m_pegawai": [satu.pegawai for satu in ruang],
        "m_opd": [satu.opd for satu in ruang],
        "m_mulai": [satu.mulai for satu in ruang],
        "m_sampai": [satu.sampai for satu in ruang],
    }


def salinan(ruang: Sequence[Rentang], *, sekarang: datetime, pilihan: Pilihan) -> list[dict[str, Any]]:
    """What the day rows of a scope would be now, also in a sealed month, without writing them: for susulan and checks.

    Times are aware (Asia/Jakarta).
    """
    rows: list[dict[str, Any]] = []
    for bulan in bulan_bulan(ruang):
        jadi = pernyataan(bulan, juga_disegel=True)
        with transaction.atomic(), connection.cursor() as cursor, perkiraan(cursor, ruang):
            cursor.execute(
                f"WITH {jadi.sql} SELECT * FROM hasil ORDER BY pegawai_id, tanggal",  # noqa: S608 own text only
                {**parameters(bulan, ruang, sekarang=sekarang, pilihan=pilihan), **jadi.params},
            )
            names = [column.name for column in cursor.description]
            rows += [_local(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    return rows


def _local(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.astimezone(WIB) if isinstance(value, datetime) else value for name, value in row.items()}


# Rows of days on which the person holds no post any more (moved out, retired, a row cancelled).
BUANG = """
WITH minta AS MATERIALIZED (
    SELECT * FROM unnest(%(m_pegawai)s::uuid[], %(m_opd)s::uuid[], %(m_mulai)s::date[], %(m_sampai)s::date[])
        AS m(pegawai_id, opd_id, mulai, sampai)
), ada AS MATERIALIZED (
    SELECT h.pegawai_id, h.tanggal FROM minta m JOIN presensi_hadirharian h ON h.pegawai_id = m.pegawai_id
    WHERE h.tanggal BETWEEN %(awal)s AND %(akhir)s AND h.tanggal BETWEEN m.mulai AND m.sampai
    UNION
    SELECT h.pegawai_id, h.tanggal FROM minta m JOIN presensi_hadirharian h ON m.opd_id IS NULL OR h.opd_id = m.opd_id
    WHERE %(semua)s AND m.pegawai_id IS NULL AND h.tanggal BETWEEN %(awal)s AND %(akhir)s AND h.tanggal BETWEEN m.mulai AND m.sampai
), lepas AS MATERIALIZED (
    SELECT a.pegawai_id, a.tanggal FROM ada a
    WHERE NOT EXISTS (SELECT 1 FROM kepegawaian_riwayatjabatan r WHERE r.pegawai_id = a.pegawai_id AND r.jenis_penugasan = 'D'
        AND r.status = 'AKTIF' AND a.tanggal BETWEEN r.mulai AND coalesce(r.sampai, 'infinity'))
    AND NOT EXISTS (SELECT 1 FROM presensi_rekapbulan k WHERE k.pegawai_id = a.pegawai_id AND k.bulan = %(awal)s
        AND k.status = 'DISEGEL')
)
DELETE FROM presensi_hadirharian h USING lepas l
WHERE h.pegawai_id = l.pegawai_id AND h.tanggal = l.tanggal AND h.tanggal BETWEEN %(awal)s AND %(akhir)s
"""

# One GROUP BY over the day rows of the people in the scope, whole month.
REKAP = """
WITH orang AS MATERIALIZED (
    SELECT DISTINCT h.pegawai_id FROM unnest(%(m_pegawai)s::uuid[]) AS m(pegawai_id)
    JOIN presensi_hadirharian h ON h.pegawai_id = m.pegawai_id AND h.tanggal BETWEEN %(awal)s AND %(akhir)s
    UNION
    SELECT DISTINCT h.pegawai_id FROM presensi_hadirharian h
    JOIN unnest(%(m_pegawai)s::uuid[], %(m_opd)s::uuid[]) AS m(pegawai_id, opd_id)
        ON m.pegawai_id IS NULL AND (m.opd_id IS NULL OR h.opd_id = m.opd_id)
    WHERE %(semua)s AND h.tanggal BETWEEN %(awal)s AND %(akhir)s
), hari AS MATERIALIZED (
    SELECT h.pegawai_id, h.tanggal, h.opd_id, h.status, h.kode, h.menit_telat, h.menit_pulang_cepat, h.persen
    FROM presensi_hadirharian h JOIN orang o ON o.pegawai_id = h.pegawai_id WHERE h.tanggal BETWEEN %(awal)s AND %(akhir)s
), per_status AS (
    SELECT pegawai_id, jsonb_object_agg(status, n) AS isi
    FROM (SELECT pegawai_id, status, count(*) AS n FROM hari GROUP BY 1, 2) s GROUP BY 1
), per_kode AS (
    SELECT pegawai_id, jsonb_object_agg(k, n) AS isi
    FROM (SELECT pegawai_id, k, count(*) AS n FROM hari CROSS JOIN LATERAL unnest(kode) AS k GROUP BY 1, 2) s GROUP BY 1
), jumlah AS (
    SELECT pegawai_id, (array_agg(opd_id ORDER BY tanggal DESC))[1] AS opd_id,
        count(*) FILTER (WHERE status NOT IN ('LIBUR', 'LEPAS', 'OFF')) AS hari_kerja,
        count(*) FILTER (WHERE status IN ('HADIR', 'DL')) AS hari_masuk,
        coalesce(sum(menit_telat), 0) AS menit_telat, coalesce(sum(menit_pulang_cepat), 0) AS menit_pulang_cepat,
        sum(persen) AS persen, count(*) FILTER (WHERE status = 'TANPA_JADWAL') AS tanpa_jadwal,
        count(*) FILTER (WHERE status = 'BELUM') AS belum
    FROM hari GROUP BY pegawai_id
)
INSERT INTO presensi_rekapbulan AS r (pegawai_id, bulan, opd_id, hari_kerja, hari_masuk, per_status, per_kode, menit_telat,
    menit_pulang_cepat, persen, tanpa_jadwal, belum, diubah_pada)
SELECT j.pegawai_id, %(awal)s, j.opd_id, j.hari_kerja, j.hari_masuk, s.isi, coalesce(k.isi, '{}'), j.menit_telat,
    j.menit_pulang_cepat, j.persen, j.tanpa_jadwal, j.belum, %(dihitung_pada)s
FROM jumlah j JOIN per_status s USING (pegawai_id) LEFT JOIN per_kode k USING (pegawai_id)
ON CONFLICT (pegawai_id, bulan) DO UPDATE SET opd_id = excluded.opd_id, hari_kerja = excluded.hari_kerja,
    hari_masuk = excluded.hari_masuk, per_status = excluded.per_status, per_kode = excluded.per_kode,
    menit_telat = excluded.menit_telat, menit_pulang_cepat = excluded.menit_pulang_cepat, persen = excluded.persen,
    tanpa_jadwal = excluded.tanpa_jadwal, belum = excluded.belum, diubah_pada = excluded.diubah_pada
WHERE r.status <> 'DISEGEL' AND
    (r.opd_id, r.hari_kerja, r.hari_masuk, r.per_status, r.per_kode, r.menit_telat, r.menit_pulang_cepat, r.persen, r.tanpa_jadwal, r.belum)
    IS DISTINCT FROM (excluded.opd_id, excluded.hari_kerja, excluded.hari_masuk, excluded.per_status, excluded.per_kode,
        excluded.menit_telat, excluded.menit_pulang_cepat, excluded.persen, excluded.tanpa_jadwal, excluded.belum)
"""
