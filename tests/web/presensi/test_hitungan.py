"""The number of statements of a list does not depend on how many people it has, and nobody reads taps for it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backend.accounts.models import User
from tests.web.presensi.conftest import Kota, Masuk, tambah_pegawai

BULAN = {"bulan": "2025-05"}
HALAMAN = ("presensi-opd", "presensi-skor", "presensi-segel", "presensi-bawahan", "presensi", "presensi-roster")


def banyak(masuk: Masuk, user: User, alamat: str) -> list[str]:
    client = masuk(user)
    client.get(alamat, BULAN)
    with CaptureQueriesContext(
        connection,
    ) as semua:
        assert client.get(alamat, BULAN, follow=True).status_code == 200
    return [satu["sql"] for satu in semua.captured_queries]


@pytest.mark.parametrize("nama", HALAMAN)
def test_statements_are_equal_for_few_and_for_many_people(kota: Kota, masuk: Masuk, nama: str) -> None:
    user = kota.kabid if nama in ("presensi-bawahan", "presensi") else kota.admin
    sedikit = banyak(masuk, user, reverse(nama))
    tambah_pegawai(kota, 40)
    ramai = banyak(masuk, user, reverse(nama))
    assert len(ramai) == len(sedikit)
    assert not [sql for sql in ramai if "presensi_tapmentah" in sql]


def test_the_score_of_the_whole_city_needs_as_many_statements(kota: Kota, masuk: Masuk) -> None:
    sedikit = banyak(masuk, kota.bkpsdm, reverse("presensi-skor"))
    tambah_pegawai(kota, 40)
    assert len(banyak(masuk, kota.bkpsdm, reverse("presensi-skor"))) == len(sedikit)
