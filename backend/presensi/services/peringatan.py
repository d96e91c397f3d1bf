"""Warnings by PP 94/2021 (presensi.md §9): when a threshold is reached, one day away, or ten working days in a row are missed.

The thresholds stand in rules/hukuman_tidak_masuk.dmn. The system only warns; the sanction needs an SK.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from backend.accounts.roles import Peran
from backend.core.periode import akhir_bulan
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.platform import notices
from backend.platform.settings import setting
from backend.presensi.enums import JenisPeringatan
from backend.presensi.models import Peringatan
from backend.presensi.services.segel import alamat
from backend.rules.decide import decide

# Days without a word, shortfall minutes, and the longest row of missed working days (holidays in between do not break it).
HITUNG = """
WITH hari AS (
    SELECT h.pegawai_id, h.tanggal, h.status, coalesce(h.menit_telat, 0) + coalesce(h.menit_pulang_cepat, 0) AS menit
    FROM presensi_hadirharian h JOIN kepegawaian_pegawai o ON o.id = h.pegawai_id AND o.status_asn IN ('PNS', 'CPNS')
    WHERE h.tanggal BETWEEN %(awal)s AND %(akhir)s AND h.status NOT IN ('LIBUR', 'LEPAS', 'OFF', 'BELUM')
      AND h.pegawai_id IN (SELECT pegawai_id FROM presensi_hadirharian WHERE status = 'TK' AND tanggal BETWEEN %(awal)s AND %(akhir)s)
), deret AS (
    SELECT pegawai_id, status, menit, row_number() OVER w - row_number() OVER (PARTITION BY pegawai_id, status ORDER BY tanggal) AS kelompok
    FROM hari WINDOW w AS (PARTITION BY pegawai_id ORDER BY tanggal)
), panjang AS (
    SELECT pegawai_id, kelompok, count(*) AS n FROM deret WHERE status = 'TK' GROUP BY 1, 2
)
SELECT d.pegawai_id, count(*) FILTER (WHERE d.status = 'TK'), sum(d.menit),
    (SELECT max(n) FROM panjang p WHERE p.pegawai_id = d.pegawai_id)
FROM deret d GROUP BY d.pegawai_id
"""


@dataclass(frozen=True)
class Tidak:
    """Days missed in a year: in total, and in the longest row."""

    pegawai: UUID
    hari: int
    berturut: int


def hitung(tahun: int) -> list[Tidak]:
    """Everybody (PNS) with at least one day missed in a year, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(HITUNG, {"awal": date(tahun, 1, 1), "akhir": akhir_bulan(tahun, 12)})
        rows = cursor.fetchall()
    per_hari = setting("menit_per_hari_tk") if setting("konversi_menit_tk") else 0
    return [
        Tidak(pegawai, hari + (int(menit) // per_hari if per_hari else 0), berturut)
        for pegawai, hari, menit, berturut in rows
    ]


@transaction.atomic
def perbarui(tahun: int, *, pada: date) -> list[Peringatan]:
    """Warn of every threshold that is reached or one day away and of which nobody has been warned yet."""
    wanted = [row for tidak in hitung(tahun) for row in _rows(tidak, tahun, pada=pada)]
    known = set(Peringatan.objects.filter(tahun=tahun).values_list("pegawai_id", "jenis", "hukuman"))
    new = [row for row in wanted if (row.pegawai_id, row.jenis, row.hukuman) not in known]
    Peringatan.objects.bulk_create(new, ignore_conflicts=True)
    _kabarkan(new, pada=pada)
    return new


def _rows(tidak: Tidak, tahun: int, *, pada: date) -> Iterable[Peringatan]:
    """Reached by number, reached by the row, or one day away."""
    now = _hukuman(tidak.hari, 0, pada=pada)
    row = _hukuman(tidak.hari, tidak.berturut, pada=pada)
    soon = _hukuman(tidak.hari + 1, min(tidak.berturut, 1), pada=pada)
    found = []
    if now["hukuman"]:
        found.append((JenisPeringatan.AMBANG, now))
    if row["hukuman"] != now["hukuman"]:
        found.append((JenisPeringatan.BERTURUT, row))
    if soon["hukuman"] != now["hukuman"]:
        found.append((JenisPeringatan.MENDEKATI, soon))
    for jenis, hukuman in found:
        yield Peringatan(
            pegawai_id=tidak.pegawai,
            tahun=tahun,
            jenis=jenis,
            hukuman=hukuman["hukuman"],
            tingkat=hukuman["tingkat"],
            hari_tk=tidak.hari,
            berturut=tidak.berturut,
        )


def _hukuman(hari: int, berturut: int, *, pada: date) -> Any:
    return decide("hukuman_tidak_masuk", pada=pada, hari_tk=min(hari, 366), berturut=min(berturut, 366))


def _kabarkan(rows: list[Peringatan], *, pada: date) -> None:
    """Tell atasan, Admin OPD and BKPSDM."""
    people = {p.pk: p for p in Pegawai.objects.filter(pk__in={row.pegawai_id for row in rows})}
    bkpsdm = kepegawaian.users_of(Peran.BKPSDM, opd=None, pada=pada) if rows else []
    jabatan = kepegawaian.jabatan_semua(people, pada)
    penilai = kepegawaian.penilai_semua(people.values(), pada)
    for row in rows:
        orang, post = people[row.pegawai_id], jabatan.get(row.pegawai_id)
        admin = kepegawaian.users_of(Peran.ADMIN_OPD, opd=post.posisi.unor.opd_id, pada=pada) if post else []
        atasan = penilai[row.pegawai_id].orang
        users = [*bkpsdm, *admin, *([atasan.user] if atasan and atasan.user else [])]
        judul = f"{orang.nama}: {row.hari_tk} hari tanpa keterangan pada {row.tahun}"
        notices.notify(
            users, f"presensi.pp94.{row.jenis.lower()}", judul, _isi(row), alamat("presensi-orang", orang.pk)
        )


def _isi(row: Peringatan) -> str:
    nama = row.hukuman.replace("_", " ").lower()
    awal = {
        JenisPeringatan.AMBANG: "Ambang hukuman disiplin tercapai",
        JenisPeringatan.MENDEKATI: "Satu hari lagi mencapai ambang hukuman disiplin",
        JenisPeringatan.BERTURUT: f"{row.berturut} hari kerja terus-menerus tanpa keterangan; ambang hukuman disiplin tercapai",
    }[JenisPeringatan(row.jenis)]
    return f"{awal}: {nama} (PP 94/2021). Hukuman dijatuhkan dengan SK sesudah pemeriksaan."
