from __future__ import annotations

from random import Random

import pytest

from backend.kepegawaian import queries
from backend.kepegawaian.models import Pegawai, Unor
from backend.kinerja.models import PKS, RHK, SKP, LaporanPeriode
from backend.operations.bench.skala import KINI, _kalikan
from backend.operations.demo.kinerja import seed_kinerja
from backend.operations.demo.organisasi import seed_organisasi
from backend.rules.decide import FileSource, use_source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kota(db: None) -> None:
    before = use_source(FileSource())
    rng = Random(5)
    seed_organisasi(rng, pegawai=60, hari_ini=KINI.date())
    seed_kinerja(rng, now=KINI)
    use_source(before)


def test_each_copy_is_a_city_of_its_own():
    before = {model: model.objects.count() for model in (Unor, Pegawai, SKP, RHK)}
    _kalikan(2)
    assert {model: model.objects.count() for model in before} == {model: 3 * n for model, n in before.items()}
    roots = dict(Unor.objects.filter(induk=None).values_list("kode", "pk"))
    assert set(roots) == {"KOTA", "KOTA.1", "KOTA.2"}
    for unor in Unor.objects.exclude(induk=None):
        assert unor.path[0] == roots[".".join(["KOTA", *unor.kode.split(".")[1:]])]
        assert unor.path[-1] == unor.pk


def test_nobody_is_rated_from_another_city():
    _kalikan(1)
    hasil = queries.penilai_semua(Pegawai.objects.aktif(), KINI.date())
    asal = {orang.pk: orang.nip.startswith("9") for orang in Pegawai.objects.all()}
    for pegawai, penilai in hasil.items():
        assert penilai.pegawai is None or asal[penilai.pegawai.pk] == asal[pegawai]


def test_final_laporan_come_with_their_pks():
    final = LaporanPeriode.objects.filter(status="final").count()
    _kalikan(1)
    assert LaporanPeriode.objects.filter(status="final").count() == 2 * final > 0
    assert PKS.objects.filter(laporan__pegawai__nip__startswith="9").count() == final
