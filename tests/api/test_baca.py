"""Cases, reports and people over the API: what one may see, in pages, at a fixed cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import User
from backend.kinerja.services import periode as periode_services
from tests.api.conftest import Api
from tests.factories_kepegawaian import buat_user
from tests.factories_kinerja import Kota, buat_periode, instance_of, isi_sampai_ajukan, setujui_semua

pytestmark = pytest.mark.django_db
Masuk = Callable[[User], Api]


def pages(client: Api, path: str) -> list[Any]:
    """Every row, one page of one row after the other."""
    rows: list[Any] = []
    address: str | None = f"{path}?page_size=1"
    while address:
        page = client.get(address).body
        rows += page["results"]
        address = page["next"] and page["next"].partition("/api/v1/")[2]
    return rows


def test_reports_of_oneself_and_of_those_one_rates_newest_month_first(kota: Kota, api: Masuk) -> None:
    for bulan in (4, 5):
        periode_services.buka(buat_periode(bulan), oleh=None)
    own = pages(api(kota.asn), "laporan/")
    assert [row["bulan"] for row in own] == [5, 4, 3]
    assert {row["nip"] for row in own} == {kota.dinas.staf.nip}
    assert len(pages(api(kota.atasan), "laporan/")) == 3
    assert pages(api(buat_user()), "laporan/") == []


def test_a_report_has_its_figures_once_it_is_final(kota: Kota, api: Masuk) -> None:
    path = f"laporan/{kota.laporan.pk}/"
    before = api(kota.asn).get(path).body
    assert (before["predikat"], before["capaian_renaksi"]) == (None, None)
    isi_sampai_ajukan(kota)
    setujui_semua(kota)
    after = api(kota.asn).get(path).body
    assert (after["status"], after["predikat"], after["capaian_renaksi"]) == ("final", "baik", "100.000000")
    assert after["final_at"].endswith(("+07:00", "Z"))


def test_rows_of_others_are_not_there(kota: Kota, api: Masuk) -> None:
    own, stranger = api(kota.asn), api(buat_user())
    rows = {"laporan": kota.laporan.pk, "berkas": instance_of(kota.laporan).pk, "pegawai": kota.dinas.staf.pk}
    for resource, pk in rows.items():
        assert own.get(f"{resource}/{pk}/").status_code == 200
        answer = stranger.get(f"{resource}/{pk}/")
        assert (answer.status_code, answer.body["code"]) == (404, "not_visible")


def test_a_case_has_its_history_in_order(kota: Kota, api: Masuk) -> None:
    instance = instance_of(kota.laporan)
    isi_sampai_ajukan(kota)
    rows = api(kota.asn).get(f"berkas/{instance.pk}/riwayat/").body
    assert [row["seq"] for row in rows] == sorted(row["seq"] for row in rows)
    assert rows[0]["peristiwa"] == "proses_dimulai"
    assert {row["oleh"] for row in rows if row["peristiwa"] == "tugas_selesai"} == {kota.asn.nama}
    assert api(buat_user()).get(f"berkas/{instance.pk}/riwayat/").status_code == 404


def test_a_case_is_listed_for_those_who_take_part(kota: Kota, api: Masuk) -> None:
    (row,) = pages(api(kota.asn), "berkas/")
    assert (row["proses"], row["status"], row["selesai"]) == ("realisasi_bulanan", "running", None)
    assert "state" not in row
    assert pages(api(kota.atasan), "berkas/") == []
    isi_sampai_ajukan(kota)
    assert len(pages(api(kota.atasan), "berkas/")) == 1


def test_people_are_told_without_what_is_private(kota: Kota, api: Masuk) -> None:
    row = api(kota.asn).get(f"pegawai/{kota.dinas.staf.pk}/").body
    assert set(row) == {"id", "nip", "nama_lengkap", "status_asn", "golongan", "pangkat", "kedudukan_hukum"}
    assert len(pages(api(kota.admin_opd()), "pegawai/")) >= 3


def test_a_list_costs_the_same_however_long(kota: Kota, api: Masuk) -> None:
    clients = {"laporan": api(kota.asn), "berkas": api(kota.asn), "pegawai": api(kota.kepala)}

    def costs() -> dict[str, int]:
        found = {}
        for resource, client in clients.items():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{resource}/").status_code == 200
            found[resource] = len(queries)
        return found

    costs()  # notes that the tokens are in use
    few = costs()
    for bulan in (4, 5, 6):
        periode_services.buka(buat_periode(bulan), oleh=None)
    assert costs() == few
    assert max(few.values()) <= 10


def test_reading_resources_cannot_be_written(kota: Kota, api: Masuk) -> None:
    client = api(kota.asn)
    for resource in ("laporan", "berkas", "pegawai"):
        for method in ("post", "put", "delete"):
            assert client(method, f"{resource}/", {}).status_code == 405
