from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import Random

import pytest
from django.db.models import Sum

from backend.core.periode import WIB
from backend.operations.demo.organisasi import seed_organisasi
from backend.operations.demo.presensi import seed_presensi
from backend.presensi.models import HadirHarian, HariKotor, RekapBulan, SegelBulan, TapMentah
from backend.presensi.services.segel import checksum
from backend.rules.decide import FileSource, use_source

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=WIB)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules_from_files() -> Iterator[None]:
    before = use_source(FileSource())
    yield
    use_source(before)


def test_the_demo_city_has_three_months_of_life():
    rng = Random(5)
    seed_organisasi(rng, pegawai=60, hari_ini=NOW.date())
    seed_presensi(rng, now=NOW)
    assert TapMentah.objects.count() > 60 * 50
    months = RekapBulan.objects.order_by("bulan").values_list("bulan", flat=True).distinct()
    assert [bulan.month for bulan in months] == [9, 10, 11]
    kinds = set(HadirHarian.objects.values_list("status", flat=True))
    assert {"HADIR", "TK", "CUTI", "LIBUR", "DL", "BELUM", "SAKIT"} <= kinds
    assert RekapBulan.objects.filter(bulan__month=9).exclude(status="DISEGEL").count() == 0
    total = HadirHarian.objects.filter(tanggal__month=10).aggregate(n=Sum("persen"))["n"]
    assert total == RekapBulan.objects.filter(bulan__month=10).aggregate(n=Sum("persen"))["n"]
    assert not HariKotor.objects.exists()
    segel = SegelBulan.objects.all()[0]
    assert checksum(segel.opd_id, segel.bulan) == (segel.jumlah_pegawai, segel.checksum)
