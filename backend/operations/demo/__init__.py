"""The demo city: generated people and posts in the real structure of a city government."""

from __future__ import annotations

from datetime import datetime
from random import Random

from django.db import transaction

from backend.core.memori import tanpa_pengumpul

MINIMUM = 50


def exists() -> bool:
    """Is anybody in the database already?"""
    from backend.kepegawaian.models import Pegawai

    return Pegawai.objects.exists()


def seed(*, pegawai: int, seed: int, now: datetime) -> str:
    """Fill the database; the same numbers make the same city. Returns a sentence about it."""
    from backend.kinerja.models import Periode
    from backend.kinerja.services import periode
    from backend.operations.demo.kinerja import seed_kinerja
    from backend.operations.demo.lakon import mainkan
    from backend.operations.demo.organisasi import seed_organisasi
    from backend.operations.demo.presensi import mainkan_koreksi, seed_presensi
    from backend.operations.demo.tpp import seed_tpp

    rng = Random(seed)
    with tanpa_pengumpul():
        with transaction.atomic():
            kota = seed_organisasi(rng, pegawai=pegawai, hari_ini=now.date())
            rencana = seed_kinerja(rng, now=now)
        terbuka = Periode.objects.order_by("-mulai")[0]
        dibuka = periode.buka(terbuka, oleh=None)
        mainkan(rng, terbuka)
        hadir = seed_presensi(rng, now=now)
        mainkan_koreksi(now=now)
        tpp = seed_tpp(rng, now=now)
    return f"{len(kota.pegawai)} pegawai, {len(kota.opd)} OPD, {rencana}, {dibuka} laporan berjalan, {hadir}, {tpp}"
