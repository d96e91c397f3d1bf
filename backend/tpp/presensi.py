"""The attendance of a month as TPP needs it. Whoever keeps attendance answers `Presensi`; presensi does by default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from django.db import connection

from backend.core.periode import akhir_bulan
from backend.presensi.enums import HARI_MASUK


@dataclass(frozen=True, slots=True)
class Rekap:
    """One person, one month. `cuti`: the leave that covers all his working days, with the month it has lasted for."""

    kejadian: Mapping[str, int] = field(default_factory=dict)
    hari_masuk: int = 0
    disegel: bool = False
    hari_bermasalah: int = 0  # TANPA_JADWAL or BELUM
    cuti: str = ""
    cuti_bulan_ke: int = 1


MENIT = """
SELECT h.pegawai_id, sum(greatest(0, round(extract(epoch FROM h.jadwal_pulang - h.jadwal_masuk) / 60)
       - coalesce(h.menit_telat, 0) - coalesce(h.menit_pulang_cepat, 0)))::int
FROM presensi_hadirharian h
WHERE h.tanggal BETWEEN %s AND %s AND h.pegawai_id = ANY(%s) AND h.status = ANY(%s)
GROUP BY h.pegawai_id
"""


class Presensi(Protocol):
    """Where recaps come from."""

    def menit_efektif(self, pegawai: Iterable[UUID], bulan: date) -> dict[UUID, int]:
        """Minutes worked in a month (JAM_EFEKTIF), in one statement; people without day rows are left out."""

    def rekap(self, pegawai: Iterable[UUID], bulan: date) -> dict[UUID, Rekap]:
        """Recaps of people for a month, in a fixed number of statements; people without one are left out."""


REKAP = """
SELECT r.pegawai_id, r.per_kode, r.hari_masuk, r.status = 'DISEGEL', r.tanpa_jadwal + r.belum, k.jenis, k.mulai
FROM presensi_rekapbulan r
LEFT JOIN LATERAL (
    SELECT jenis, mulai FROM presensi_ketidakhadiran k
    WHERE k.pegawai_id = r.pegawai_id AND k.status = 'DISETUJUI' AND k.mulai < r.bulan + interval '1 month'
      AND k.sampai >= r.bulan AND (k.jenis LIKE 'CUTI%%' OR k.jenis = 'TUGAS_BELAJAR')
    ORDER BY least(k.sampai, (r.bulan + interval '1 month - 1 day')::date) - greatest(k.mulai, r.bulan) DESC, k.mulai
    LIMIT 1
) k ON r.hari_kerja > 0 AND r.hari_masuk = 0
   AND coalesce((r.per_status->>'CUTI')::int, 0) + coalesce((r.per_status->>'TUGAS_BELAJAR')::int, 0) >= r.hari_kerja
WHERE r.bulan = %s AND r.pegawai_id = ANY(%s)
"""


class DariRekap:
    """Recaps as the presensi package keeps them."""

    def menit_efektif(self, pegawai: Iterable[UUID], bulan: date) -> dict[UUID, int]:
        """Scheduled minutes of the days present or on duty, less what came late and left early."""
        akhir = akhir_bulan(bulan.year, bulan.month)
        with connection.cursor() as cursor:
            cursor.execute(MENIT, [bulan, akhir, list(pegawai), [str(satu) for satu in HARI_MASUK]])
            return dict(cursor.fetchall())

    def rekap(self, pegawai: Iterable[UUID], bulan: date) -> dict[UUID, Rekap]:
        with connection.cursor() as cursor:
            cursor.execute(REKAP, [bulan, list(pegawai)])
            rows = cursor.fetchall()
        return {row[0]: _rekap(row, bulan) for row in rows}


def _rekap(row: tuple[Any, ...], bulan: date) -> Rekap:
    _, per_kode, hari_masuk, disegel, masalah, jenis, mulai = row
    kejadian = json.loads(per_kode) if isinstance(per_kode, str) else per_kode
    ke = 1 if mulai is None else max(1, (bulan.year - mulai.year) * 12 + bulan.month - mulai.month + 1)
    return Rekap(
        {kode: kali for kode, kali in sorted(kejadian.items()) if kali},
        hari_masuk, disegel, masalah, jenis or "", ke,
    )  # fmt: skip


_presensi: Presensi = DariRekap()


def use_presensi(presensi: Presensi) -> Presensi:
    """Set where recaps come from; the one before is returned."""
    global _presensi
    before, _presensi = _presensi, presensi
    return before


def rekap(pegawai: Iterable[UUID], bulan: date) -> dict[UUID, Rekap]:
    """Recaps of people for a month."""
    return _presensi.rekap(pegawai, bulan)


def menit_efektif(pegawai: Iterable[UUID], bulan: date) -> dict[UUID, int]:
    """Minutes worked of people in a month."""
    return _presensi.menit_efektif(pegawai, bulan)
