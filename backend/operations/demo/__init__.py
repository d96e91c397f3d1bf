"""The demo city: generated people and posts in the real structure of a city government."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from random import Random

from django.db import connection

from backend.core.memori import tanpa_pengumpul
from backend.platform import audit
from backend.platform.models import AuditEvent

MINIMUM = 50
JEJAK, MULAI, SELESAI = "kota-peraga", "peraga.mulai", "peraga.selesai"


def exists() -> bool:
    """Is anybody in the database already?"""
    from backend.kepegawaian.models import Pegawai

    return Pegawai.objects.exists()


def is_half_filled() -> bool:
    """Was a filling interrupted? What it had written stands, and what was missing cannot be added."""
    terakhir = AuditEvent.objects.filter(chain=JEJAK).order_by("-seq").first()
    return terakhir is not None and terakhir.peristiwa == MULAI and exists()


def seed(*, pegawai: int, seed: int, now: datetime) -> str:
    """Fill the database; the same numbers make the same city. Returns a sentence about it.

    Attendance goes by a thread and a connection of its own beside the laporan: neither reads what the other writes, and
    each draws from a generator of its own. So no transaction may be open around this call.
    """
    from backend.operations.demo.organisasi import seed_organisasi
    from backend.operations.demo.tpp import seed_tpp

    audit.record(JEJAK, MULAI, aktor=None, data={"pegawai": pegawai, "seed": seed})
    with tanpa_pengumpul(), ThreadPoolExecutor(1) as beside:
        kota = seed_organisasi(Random(seed), pegawai=pegawai, hari_ini=now.date())
        presensi = beside.submit(_presensi, Random(f"{seed} presensi"), now)
        kinerja = _kinerja(Random(f"{seed} kinerja"), now)
        hadir = presensi.result()
        tpp = seed_tpp(Random(f"{seed} tpp"), now=now)
    audit.record(JEJAK, SELESAI, aktor=None)
    return f"{len(kota.pegawai)} pegawai, {len(kota.opd)} OPD, {kinerja}, {hadir}, {tpp}"


def _presensi(rng: Random, now: datetime) -> str:
    from backend.operations.demo.presensi import mainkan_koreksi, seed_presensi

    try:
        hadir = seed_presensi(rng, now=now)
        return f"{hadir}, {mainkan_koreksi(now=now)} koreksi"
    finally:
        connection.close()


def _kinerja(rng: Random, now: datetime) -> str:
    from backend.kinerja.models import Periode
    from backend.kinerja.services import periode
    from backend.operations.demo.kinerja import seed_kinerja
    from backend.operations.demo.lakon import mainkan, terbitkan_dokumen

    rencana = seed_kinerja(rng, now=now)
    terbuka = Periode.objects.order_by("-mulai")[0]
    dibuka = periode.buka(terbuka, oleh=None)
    mainkan(rng, terbuka)
    return f"{rencana}, {dibuka} laporan berjalan, {terbitkan_dokumen()} dokumen"
