from __future__ import annotations

from datetime import date

import pytest

from backend.accounts.roles import Peran
from backend.presensi import models
from backend.presensi.models import HadirHarian, Mesin, RekapBulan
from tests.factories_kepegawaian import Dinas, beri_peran, buat_dinas, buat_user
from tests.factories_presensi import hitung_bulan

pytestmark = pytest.mark.django_db
ALL = [model for model in vars(models).values() if isinstance(model, type) and issubclass(model, models.models.Model)]
OWN = [model for model in ALL if model.__module__ == models.__name__]


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_every_model_says_who_sees_its_rows(model, dinas: Dinas):
    assert list(model.objects.visible_to(dinas.staf.user)[:1]) is not None
    beri_peran(bkpsdm := buat_user(), Peran.BKPSDM)
    assert model.objects.visible_to(bkpsdm).count() == model.objects.count()


def people(user) -> set[object]:
    return set(HadirHarian.objects.visible_to(user).filter(tanggal=date(2025, 5, 5)).values_list("pegawai", flat=True))


def test_self_atasan_opd_and_city_see_their_day_rows(dinas: Dinas):
    lain = buat_dinas("Dinas Lain", kota=dinas)
    beri_peran(admin := buat_user(), Peran.ADMIN_OPD, dinas.opd)
    hitung_bulan()
    mine = {dinas.kepala.pk, dinas.kabid.pk, dinas.staf.pk, dinas.staf_lain.pk}
    assert people(dinas.staf.user) == {dinas.staf.pk}
    assert people(dinas.kabid.user) == {dinas.kabid.pk, dinas.staf.pk, dinas.staf_lain.pk}
    assert people(admin) == mine
    assert people(buat_user()) == set()
    assert RekapBulan.objects.visible_to(lain.staf.user).count() == 1


def test_machines_are_seen_by_their_opd(dinas: Dinas):
    lain = buat_dinas("Dinas Lain", kota=dinas)
    for nomor, opd in enumerate((dinas.opd, lain.opd, None)):
        Mesin.objects.create(nomor_seri=f"S{nomor}", nama="M", opd=opd)
    beri_peran(admin := buat_user(), Peran.ADMIN_OPD, dinas.opd)
    assert [row.opd for row in Mesin.objects.visible_to(admin)] == [dinas.opd]
    assert Mesin.objects.visible_to(dinas.staf.user).count() == 0
