"""The tap of a phone through the API."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts import tokens
from backend.accounts.models import User
from backend.presensi.models import LokasiAbsen, TapMentah
from tests.factories_kepegawaian import buat_user
from tests.web.presensi.conftest import Kota

ALAMAT = "/api/v1/presensi/tap/"


@pytest.fixture
def lokasi(kota: Kota) -> LokasiAbsen:
    return LokasiAbsen.objects.create(
        nama="Kantor", opd=kota.satu.opd, lat=Decimal("-7.629713"), lon=Decimal("111.523193")
    )


def kirim(user: User, **ganti: Any):
    _row, kunci = tokens.issue(user, nama="Gawai uji")
    isi = {
        "uuid": str(uuid.uuid4()), "waktu": timezone.now().isoformat(), "lintang": "-7.629800", "bujur": "111.523100", "akurasi_m": 12, **ganti,
    }  # fmt: skip
    return Client().post(ALAMAT, isi, content_type="application/json", headers={"Authorization": f"Token {kunci}"})


def test_a_tap_inside_the_fence_is_taken_in_once(kota: Kota, lokasi: LokasiAbsen) -> None:
    satu = str(uuid.uuid4())
    waktu = timezone.now().isoformat()
    jawaban = kirim(kota.staf, uuid=satu, waktu=waktu)
    assert (jawaban.status_code, jawaban.json()) == (201, {"uuid": satu, "baru": True})
    ulang = kirim(kota.staf, uuid=satu, waktu=waktu)
    assert (ulang.status_code, ulang.json()["baru"]) == (200, False)
    assert TapMentah.objects.filter(sumber="MOBILE", pegawai=kota.satu.staf).count() == 1


@pytest.mark.parametrize(
    ("ganti", "kode"),
    [
        ({"lokasi_tiruan": True}, "lokasi_palsu"),
        ({"akurasi_m": 900}, "lokasi_kurang_teliti"),
        ({"waktu": "2025-05-05T07:00:00+07:00"}, "jam_gawai_salah"),
        ({"lintang": "-7.700000"}, "di_luar_lokasi"),
    ],
)
def test_a_tap_that_proves_nothing_is_refused_with_its_reason(
    kota: Kota, lokasi: LokasiAbsen, ganti: dict[str, Any], kode: str
) -> None:
    jawaban = kirim(kota.staf, **ganti)
    assert jawaban.status_code == 422
    assert jawaban.json()["code"] == kode
    assert not TapMentah.objects.filter(sumber="MOBILE").exists()


@pytest.mark.parametrize("ganti", [{"uuid": "x"}, {"lintang": "200"}, {"akurasi_m": -1}, {"waktu": "kemarin"}])
def test_a_malformed_tap_names_the_field(kota: Kota, lokasi: LokasiAbsen, ganti: dict[str, Any]) -> None:
    jawaban = kirim(kota.staf, **ganti)
    assert 400 <= jawaban.status_code < 500
    assert next(iter(ganti)) in jawaban.content.decode()


def test_an_account_without_a_person_and_a_stranger_are_turned_away(kota: Kota, lokasi: LokasiAbsen) -> None:
    assert kirim(buat_user(nama="Bukan pegawai")).status_code == 404
    assert Client().post(ALAMAT, {}, content_type="application/json").status_code == 401
