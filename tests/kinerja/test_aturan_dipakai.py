"""A final laporan keeps the rules it was decided with: their versions may only be ended, and not before its period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.kinerja.models import LaporanPeriode
from backend.rules import versions
from backend.rules.decide import use_source
from backend.rules.models import RuleVersion
from tests.factories_kinerja import Kota, buat_kota, isi_sampai_ajukan, setujui_semua

pytestmark = pytest.mark.django_db


@pytest.fixture
def final(db: None) -> Iterator[tuple[Kota, LaporanPeriode]]:
    before = use_source(versions.DatabaseSource())
    kota = buat_kota()
    isi_sampai_ajukan(kota)
    yield kota, setujui_semua(kota)
    use_source(before)


def dipakai(tabel: str) -> RuleVersion:
    return RuleVersion.objects.valid_on(date(2025, 3, 31)).get(decision=tabel)


def test_the_versions_behind_rating_and_predikat_are_marked(final: tuple[Kota, LaporanPeriode]):
    kota, laporan = final
    assert laporan.status == "final"
    marked = set(RuleVersion.objects.filter(digunakan_sampai=kota.periode.selesai).values_list("decision", flat=True))
    assert {"predikat_kinerja", "rating_hasil_kerja"} <= marked
    assert str(dipakai("predikat_kinerja").pk) in laporan.pks.aturan_versi
    assert not dipakai("bup").digunakan


def test_a_marked_version_is_neither_withdrawn_nor_changed_nor_ended_too_early(final: tuple[Kota, LaporanPeriode]):
    kota, _laporan = final
    version = dipakai("predikat_kinerja")
    with pytest.raises(versions.RuleVersionInUse):
        versions.retire(version)
    with pytest.raises(versions.RuleVersionInUse):
        versions.end(version, sampai=kota.periode.selesai - timedelta(days=1))
    for change in ({"xml": "<lain/>"}, {"digunakan_sampai": None}, {"status": "retired"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RuleVersion.objects.filter(pk=version.pk).update(**change)
    versions.end(version, sampai=kota.periode.selesai)
    assert dipakai("predikat_kinerja").pk == version.pk
