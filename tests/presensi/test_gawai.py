from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from backend.presensi.errors import DiLuarLokasi, JamGawaiSalah, LokasiKurangTeliti, LokasiPalsu, TanpaLokasi
from backend.presensi.models import LokasiAbsen, TapMentah
from backend.presensi.services import gawai
from backend.presensi.services.gawai import TapGawai, jarak_m
from tests.factories_kepegawaian import Dinas, buat_dinas
from tests.factories_presensi import saat

pytestmark = pytest.mark.django_db
PAGI = saat("2025-05-05 07:21:40")
BALAI = TapGawai(uuid4(), PAGI, Decimal("-7.629700"), Decimal("111.523900"), 20)


@pytest.fixture
def lokasi(dinas: Dinas) -> LokasiAbsen:
    return LokasiAbsen.objects.create(nama="Kantor", opd=dinas.opd, lat=Decimal("-7.6297"), lon=Decimal("111.5239"))


def absen(dinas: Dinas, tap: TapGawai):
    return gawai.absen(dinas.staf, tap, sekarang=PAGI + timedelta(seconds=5))


def test_a_tap_at_the_office_counts_once(dinas: Dinas, lokasi: LokasiAbsen):
    assert (absen(dinas, BALAI).baru, absen(dinas, BALAI).baru) == (1, 0)
    row = TapMentah.objects.get()
    assert (row.sumber, row.pegawai, row.uuid, row.akurasi_m) == ("MOBILE", dinas.staf, BALAI.uuid, 20)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"lokasi_tiruan": True}, LokasiPalsu),
        ({"akurasi_m": 51}, LokasiKurangTeliti),
        ({"lat": Decimal("-7.6310")}, DiLuarLokasi),
        ({"ts": PAGI - timedelta(minutes=6)}, JamGawaiSalah),
    ],
)
def test_what_cannot_be_trusted_is_refused(dinas: Dinas, lokasi: LokasiAbsen, change, error):
    with pytest.raises(error):
        absen(dinas, replace(BALAI, **change))
    assert not TapMentah.objects.exists()


def test_the_place_of_another_opd_does_not_count(dinas: Dinas, lokasi: LokasiAbsen):
    lain = buat_dinas("Dinas Lain", kota=dinas)
    with pytest.raises(TanpaLokasi):
        gawai.absen(lain.staf, BALAI, sekarang=PAGI)
    LokasiAbsen.objects.create(nama="Balai Kota", lat=BALAI.lat, lon=BALAI.lon)
    assert gawai.absen(lain.staf, BALAI, sekarang=PAGI).baru == 1


def test_a_hundred_metres_are_a_hundred_metres():
    assert 99 < jarak_m(-7.6297, 111.5239, -7.6306, 111.5239) < 101
