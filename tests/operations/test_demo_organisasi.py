from __future__ import annotations

from datetime import date
from random import Random

import pytest
from django.db import transaction

from backend.accounts.roles import Peran
from backend.kepegawaian import nip, queries
from backend.kepegawaian.models import Pegawai, PeranUser, RiwayatJabatan, Unor
from backend.operations.demo.organisasi import SANDI, Kota, seed_organisasi

pytestmark = pytest.mark.django_db
HARI_INI = date(2025, 4, 8)


@pytest.fixture
def kota(db: None) -> Kota:
    return seed_organisasi(Random(7), pegawai=300, hari_ini=HARI_INI)


def shape(kota: Kota) -> list[tuple[str, str, str, date]]:
    return [(row.pegawai.nip, row.pegawai.nama, row.posisi.unor.kode, row.mulai) for row in kota.riwayat]


def test_the_same_numbers_make_the_same_city(db: None):
    cities = []
    for seed in (7, 7, 8):
        with transaction.atomic():
            cities.append(shape(seed_organisasi(Random(seed), pegawai=300, hari_ini=HARI_INI)))
            transaction.set_rollback(True)
    assert cities[0] == cities[1] != cities[2]


def test_every_nip_is_valid_and_agrees_with_the_person(kota: Kota):
    assert Pegawai.objects.count() == 300
    for orang in Pegawai.objects.all():
        facts = {name: getattr(orang, name) for name in ("status_asn", "tanggal_lahir", "tmt_cpns", "jenis_kelamin")}
        hasil = nip.check(orang.nip, **facts)
        assert not hasil.salah
        assert not hasil.peringatan


def test_a_small_city_has_complete_opd(kota: Kota):
    """Each OPD that exists has a head, an admin, a tim pengelola and a reviewer; nobody works outside an OPD."""
    for opd in Unor.objects.filter(is_opd=True):
        granted = set(PeranUser.objects.filter(unor=opd).values_list("peran", flat=True))
        assert granted >= {Peran.ADMIN_OPD, Peran.TIM_PENGELOLA, Peran.REVIEWER}
        assert RiwayatJabatan.objects.pada(HARI_INI).filter(posisi__unor=opd, posisi__is_pimpinan=True).exists()
    assert not RiwayatJabatan.objects.filter(posisi__unor__opd=None).exists()


def test_nearly_everybody_has_a_penilai_and_the_gaps_are_meant(kota: Kota):
    hasil = queries.penilai_semua(Pegawai.objects.aktif(), HARI_INI)
    ways = {str(found.cara or found.alasan_kosong) for found in hasil.values()}
    assert ways == {"definitif", "plt", "kosong"}
    assert sum(found.ada for found in hasil.values()) > 280


def test_the_city_remembers_who_retired(kota: Kota):
    pensiun = Pegawai.objects.filter(kedudukan_hukum="99")
    assert pensiun.count() == 2
    for orang in pensiun:
        assert queries.jabatan_pada(orang, HARI_INI) is None
        assert queries.jabatan_pada(orang, date(2025, 1, 15)) is not None
        assert orang.user is not None
        assert not orang.user.is_active


def test_everybody_signs_in_with_the_one_password(kota: Kota):
    orang = Pegawai.objects.aktif().select_related("user").first()
    assert orang is not None
    assert orang.user is not None
    assert orang.user.username == orang.nip
    assert orang.user.check_password(SANDI)


def test_the_whole_structure_stands_from_1500_people(db: None):
    kota = seed_organisasi(Random(1), pegawai=1500, hari_ini=HARI_INI)
    kinds = list(Unor.objects.values_list("jenis", flat=True))
    assert len(kota.opd) == 35
    assert (kinds.count("kecamatan"), kinds.count("kelurahan")) == (3, 27)
    assert {"setda", "setwan", "inspektorat", "dinas", "badan", "satuan", "rsud", "puskesmas", "sekolah"} <= set(kinds)
    assert Pegawai.objects.count() == 1500
