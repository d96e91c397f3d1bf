"""I13 and 1k: who sees a laporan, its SKP and its evidence. Everything else does not exist (404)."""

from __future__ import annotations

from datetime import date

import pytest

from backend.core.errors import NotVisible
from backend.kinerja import queries
from backend.kinerja.models import SKP, BuktiDukung, LaporanPeriode
from backend.platform.settings import change
from tests.factories_kepegawaian import beri_peran, buat_dinas, buat_user
from tests.factories_kinerja import Kota, isi_sampai_ajukan, lampirkan


def melihat(user: object) -> bool:
    seen = LaporanPeriode.objects.visible_to(user).exists()
    assert SKP.objects.visible_to(user).exists() == seen
    return seen


def test_own_laporan_and_that_of_direct_bawahan_are_seen(kota: Kota):
    assert melihat(kota.asn)
    assert melihat(kota.atasan)
    assert not melihat(kota.dinas.staf_lain.user)
    assert not melihat(buat_dinas("Dinas Lain", kota=kota.dinas).kepala.user)


def test_bawahan_of_bawahan_only_with_the_setting(kota: Kota):
    change("bawahan_tidak_langsung", False, oleh=None)
    assert not LaporanPeriode.objects.visible_to(kota.dinas.walikota.user).exists()
    change("bawahan_tidak_langsung", True, oleh=None)
    assert not LaporanPeriode.objects.visible_to(kota.dinas.walikota.user).exists(), "two levels, not three"
    assert LaporanPeriode.objects.visible_to(kota.kepala).exists()


@pytest.mark.parametrize("peran", ["admin_opd", "tim_pengelola", "reviewer"])
def test_a_granted_role_sees_its_opd_only(kota: Kota, peran: str):
    dalam, luar = buat_user(), buat_user()
    beri_peran(dalam, peran, kota.dinas.opd)
    beri_peran(luar, peran, buat_dinas("Dinas Lain", kota=kota.dinas).opd)
    assert melihat(dalam)
    assert not melihat(luar)


@pytest.mark.parametrize("peran", ["bkpsdm", "auditor"])
def test_the_city_roles_see_all(kota: Kota, peran: str):
    user = buat_user()
    beri_peran(user, peran)
    assert melihat(user)


def test_a_former_atasan_keeps_the_periods_in_which_he_rated(kota: Kota):
    isi_sampai_ajukan(kota)
    kota.dinas.kabid.riwayat_jabatan.update(sampai=date(2025, 4, 30))
    assert LaporanPeriode.objects.visible_to(kota.atasan).exists()
    LaporanPeriode.objects.update(penilai_pegawai=kota.dinas.kepala)
    assert not LaporanPeriode.objects.visible_to(kota.atasan).exists()


def test_evidence_follows_its_laporan(kota: Kota):
    lampirkan(kota.laporan)
    assert BuktiDukung.objects.visible_to(kota.atasan).count() == 2
    assert not BuktiDukung.objects.visible_to(kota.dinas.staf_lain.user).exists()


def test_what_is_not_visible_does_not_exist(kota: Kota):
    assert queries.laporan_lengkap(kota.atasan, kota.laporan.pk) == kota.laporan
    with pytest.raises(NotVisible):
        queries.laporan_lengkap(kota.dinas.staf_lain.user, kota.laporan.pk)


def test_the_rows_of_a_page_take_a_fixed_number_of_statements(kota: Kota, django_assert_num_queries):
    lampirkan(kota.laporan)
    laporan = kota.laporan
    with django_assert_num_queries(4):
        assert len(queries.baris_renaksi(laporan)) == 4
    with django_assert_num_queries(4):
        assert len(queries.baris_iki(laporan)) == 2
