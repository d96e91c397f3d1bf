"""Every admin page opens for the roles that may, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from tests.web.kelola.conftest import Kota

DAFTAR = {
    "pemantauan": {"bkpsdm", "auditor", "admin", "tim"},
    "laporan-data": {"bkpsdm", "auditor", "admin"},
    "catat-keputusan": {"tim"},
    "admin-pegawai": {"bkpsdm", "auditor", "admin", "tim"},
    "admin-unit": {"bkpsdm", "auditor", "admin", "tim"},
    "admin-posisi": {"bkpsdm", "auditor", "admin", "tim"},
    "admin-delegasi": {"bkpsdm", "auditor", "admin"},
    "admin-kalender": {"bkpsdm", "auditor"},
    "admin-impor": {"bkpsdm"},
    "admin-periode": {"bkpsdm", "auditor"},
    "admin-skp": {"bkpsdm", "auditor", "admin", "tim"},
    "admin-laporan": {"bkpsdm", "auditor"},
    "admin-akun": {"bkpsdm", "auditor", "admin"},
    "admin-pengaturan": {"bkpsdm", "auditor"},
    "admin-proses": {"bkpsdm", "auditor", "proses"},
    "admin-job": {"bkpsdm", "auditor", "proses"},
    "admin-audit": {"bkpsdm", "auditor", "proses"},
    "admin-pegawai-baru": {"bkpsdm"},
    "admin-unit-baru": {"bkpsdm"},
    "admin-posisi-baru": {"bkpsdm"},
    "admin-delegasi-baru": {"bkpsdm", "admin"},
    "admin-kalender-baru": {"bkpsdm"},
    "admin-periode-baru": {"bkpsdm"},
    "admin-skp-baru": {"bkpsdm"},
}


@pytest.mark.parametrize("url_name", DAFTAR)
def test_a_page_opens_only_for_its_roles(url_name: str, kota: Kota, masuk: Callable[[User | None], Client]) -> None:
    orang = {nama: getattr(kota, nama) for nama in ("bkpsdm", "auditor", "proses", "admin", "tim")} | {
        "asn": kota.satu.staf.user
    }
    boleh = {nama for nama, user in orang.items() if masuk(user).get(reverse(url_name)).status_code == 200}
    assert boleh == DAFTAR[url_name]


@pytest.mark.parametrize("url_name", DAFTAR)
def test_a_stranger_is_sent_to_the_sign_in(url_name: str, db: None) -> None:
    jawaban = Client().get(reverse(url_name))
    assert jawaban.status_code == 302
    assert jawaban["Location"].startswith(reverse("account_login"))
