"""Every attendance page opens for the roles that may see it, and for nobody else."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.web.presensi.conftest import Kota, Masuk

BULAN = "2025-05"
DAFTAR = (
    "presensi-opd",
    "presensi-skor",
    "presensi-segel",
    "presensi-roster",
    "presensi-jadwal",
    "presensi-penugasan",
    "presensi-mesin",
    "presensi-lokasi",
    "presensi-karantina",
    "presensi-massal",
)
UBAH = (
    "presensi-mesin-baru",
    "presensi-lokasi-baru",
    "presensi-impor",
    "presensi-impor-templat",
    "presensi-apel",
    "presensi-penugasan-baru",
    "presensi-massal-baru",
)
SEMUA = ("presensi", "presensi-izin", "presensi-izin-baru", "presensi-koreksi-daftar", "presensi-koreksi-baru")


@pytest.mark.parametrize("nama", DAFTAR)
def test_lists_open_for_admins_and_readers_and_not_for_an_asn(kota: Kota, masuk: Masuk, nama: str) -> None:
    for user in (kota.admin, kota.bkpsdm, kota.auditor, kota.kepala):
        assert masuk(user).get(reverse(nama), {"bulan": BULAN}, follow=True).status_code == 200
    assert masuk(kota.staf).get(reverse(nama)).status_code == 403
    assert masuk(None).get(reverse(nama)).status_code == 302


@pytest.mark.parametrize("nama", UBAH)
def test_what_changes_things_opens_for_admins_only(kota: Kota, masuk: Masuk, nama: str) -> None:
    for user in (kota.admin, kota.bkpsdm):
        assert masuk(user).get(reverse(nama)).status_code == 200
    for user in (kota.auditor, kota.kepala, kota.staf):
        assert masuk(user).get(reverse(nama)).status_code == 403


@pytest.mark.parametrize("nama", SEMUA)
def test_pages_of_everybody_open_for_an_asn(kota: Kota, masuk: Masuk, nama: str) -> None:
    assert masuk(kota.staf).get(reverse(nama), {"bulan": BULAN}).status_code == 200


def test_the_month_and_the_day_of_a_person_are_seen_by_himself_his_atasan_and_his_opd(kota: Kota, masuk: Masuk) -> None:
    orang = reverse("presensi-orang", args=[kota.satu.staf.pk])
    hari = reverse("presensi-hari", args=[kota.satu.staf.pk, "2025-05-05"])
    for user in (kota.staf, kota.kabid, kota.kepala, kota.admin, kota.bkpsdm, kota.auditor):
        assert masuk(user).get(orang, {"bulan": BULAN}).status_code == 200
        assert masuk(user).get(hari).status_code == 200
    for user in (kota.lain, kota.satu.staf_lain.user, kota.dua.kepala.user):
        assert masuk(user).get(orang).status_code == 404
        assert masuk(user).get(hari).status_code == 404
    assert masuk(kota.staf).get(reverse("presensi-hari", args=[kota.satu.staf.pk, "2025-13-01"])).status_code == 404


def test_an_opd_that_is_not_ones_own_is_not_found(kota: Kota, masuk: Masuk) -> None:
    client, opd = masuk(kota.lain), str(kota.satu.opd.pk)
    for nama in ("presensi-opd", "presensi-skor", "presensi-roster"):
        assert client.get(reverse(nama), {"opd": opd, "bulan": BULAN}).status_code == 404
    assert client.get(reverse("presensi-segel-opd", args=[opd, BULAN])).status_code == 404
    assert client.post(reverse("presensi-hitung"), {"opd": opd, "bulan": BULAN}).status_code == 404
    assert client.post(reverse("presensi-opd-unduh"), {"opd": opd, "bulan": BULAN}).status_code == 404


def test_menus_show_only_what_the_role_may_open(kota: Kota, masuk: Masuk) -> None:
    staf = masuk(kota.staf).get(reverse("beranda")).content.decode()
    assert f'href="{reverse("presensi")}"' in staf
    assert reverse("presensi-opd") not in staf
    assert reverse("presensi-bawahan") not in staf
    assert reverse("presensi-bawahan") in masuk(kota.kabid).get(reverse("beranda")).content.decode()
    admin = masuk(kota.admin).get(reverse("beranda")).content.decode()
    assert all(reverse(nama) in admin for nama in ("presensi-opd", "presensi-skor", "presensi-impor"))
