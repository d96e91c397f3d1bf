from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from django.db.models import F, Sum

from backend.core.periode import WIB
from backend.operations.demo.kinerja import seed_kinerja
from backend.operations.demo.organisasi import seed_organisasi
from backend.operations.demo.tpp import seed_tpp
from backend.tpp.models import Hasil, Jejak, Periode
from tests.factories_tpp import terbitkan_aturan, terbitkan_proses

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=WIB)
pytestmark = pytest.mark.django_db


def test_the_demo_city_has_a_paid_month_and_one_on_its_way():
    rng = Random(5)
    terbitkan_aturan(besaran_tpp={})
    terbitkan_proses()
    seed_organisasi(rng, pegawai=60, hari_ini=NOW.date())
    seed_kinerja(rng, now=NOW)
    seed_tpp(rng, now=NOW)
    lama, baru = sorted(set(Periode.objects.values_list("bulan", flat=True)))
    assert set(Periode.objects.filter(bulan=lama).values_list("status", flat=True)) == {"DIBAYAR"}
    assert set(Periode.objects.filter(bulan=baru).values_list("status", flat=True)) <= {"DIHITUNG", "SANGGAH"}
    for bulan in (lama, baru):
        hasil = Hasil.objects.filter(periode__bulan=bulan)
        assert hasil.count() > 50
        jejak = Jejak.objects.filter(periode__bulan=bulan).aggregate(n=Sum(F("tanda") * F("hasil")))["n"]
        assert jejak == hasil.aggregate(n=Sum("neto"))["n"]
