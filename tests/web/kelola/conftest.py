"""A small city with two OPD, and one signed-in browser per role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.accounts.roles import Peran
from tests.factories_kepegawaian import Dinas, beri_peran, buat_dinas, buat_pegawai


@dataclass
class Kota:
    """Two OPD under one city; `admin`, `tim` and the people of `satu` belong to the first one."""

    satu: Dinas
    dua: Dinas
    bkpsdm: User
    auditor: User
    proses: User
    admin: User
    tim: User


@pytest.fixture
def kota(db: None) -> Kota:
    satu = buat_dinas("Dinas Satu")
    dua = buat_dinas("Dinas Dua", kota=satu)
    orang = {nama: buat_pegawai(nama).user for nama in ("Bkpsdm", "Auditor", "Proses", "Admin", "Tim")}
    assert all(orang.values())
    beri_peran(orang["Bkpsdm"], Peran.BKPSDM)
    beri_peran(orang["Auditor"], Peran.AUDITOR)
    beri_peran(orang["Proses"], Peran.ADMIN_PROSES)
    beri_peran(orang["Admin"], Peran.ADMIN_OPD, satu.opd)
    beri_peran(orang["Tim"], Peran.TIM_PENGELOLA, satu.opd)
    return Kota(satu, dua, *(orang[nama] for nama in ("Bkpsdm", "Auditor", "Proses", "Admin", "Tim")))


@pytest.fixture
def masuk() -> Callable[[User | None], Client]:
    """A browser in which somebody is signed in."""

    def buka(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return buka
