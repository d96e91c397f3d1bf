"""The push of machines, with requests of the shape that terminals send."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from backend.core.periode import WIB
from backend.presensi import iclock
from backend.presensi.models import HariKotor, Karantina, Mesin, TapMentah
from backend.presensi.services import mesin as services
from tests.web.presensi.conftest import Kota

SN = "CGKK204760123"


@pytest.fixture
def mesin(kota: Kota) -> tuple[Mesin, str]:
    return services.daftarkan(oleh=kota.admin, nomor_seri=SN, nama="Lobi", opd=kota.satu.opd)


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def dorong(client: Client, kunci: str, isi: str | bytes, *, tabel: str = "ATTLOG", sn: str = SN):
    alamat = f"/mesin/{kunci}/iclock/cdata?SN={sn}&table={tabel}&Stamp=9999"
    return client.generic("POST", alamat, isi, content_type="text/plain")


def baris(nip: str, lalu: timedelta = timedelta(hours=3)) -> str:
    return f"{nip}\t{(timezone.now() - lalu).astimezone(WIB):%Y-%m-%d %H:%M:%S}\t0\t1\t\t0\t0\t\n"


def test_a_machine_is_greeted_with_its_options(client: Client, mesin: tuple[Mesin, str]) -> None:
    jawaban = client.get(
        f"/mesin/{mesin[1]}/iclock/cdata?SN={SN}&options=all&pushver=2.4.1&language=69&DeviceType=att&PushOptionsFlag=1"
    )
    assert jawaban.status_code == 200
    assert jawaban["Content-Type"].startswith("text/plain")
    assert jawaban.content.decode().startswith(f"GET OPTION FROM: {SN}\n")
    assert "TimeZone=7" in jawaban.content.decode()


def test_the_key_is_taken_from_the_address_the_query_or_a_header(client: Client, mesin: tuple[Mesin, str]) -> None:
    _row, kunci = mesin
    for alamat, kepala in (
        (f"/mesin/{kunci}/iclock/getrequest?SN={SN}", {}),
        (f"/iclock/getrequest?SN={SN}&pushcommkey={kunci}", {}),
        (f"/iclock/getrequest.aspx?SN={SN}&key={kunci}", {}),
        (f"/iclock/getrequest?SN={SN}", {"X-Kunci-Mesin": kunci}),
    ):
        jawaban = client.get(alamat, headers=kepala)
        assert (jawaban.status_code, jawaban.content) == (200, b"OK")


@pytest.mark.parametrize(
    "alamat",
    [
        f"/iclock/cdata?SN={SN}",
        f"/mesin/salah/iclock/cdata?SN={SN}",
        "/mesin/salah/iclock/cdata",
        f"/iclock/getrequest?SN={SN}&key=",
    ],
)
def test_an_unknown_machine_or_a_wrong_key_learns_nothing(
    client: Client, mesin: tuple[Mesin, str], alamat: str
) -> None:
    jawaban = client.get(alamat)
    assert jawaban.status_code == 401
    assert jawaban.content == b"ERROR: mesin_tidak_dikenal"


def test_another_machines_key_and_an_inactive_machine_are_refused(
    client: Client, kota: Kota, mesin: tuple[Mesin, str]
) -> None:
    services.daftarkan(oleh=kota.admin, nomor_seri="LAIN1", nama="Lain", opd=kota.satu.opd)
    assert client.get(f"/mesin/{mesin[1]}/iclock/cdata?SN=LAIN1").status_code == 401
    Mesin.objects.filter(pk=mesin[0].pk).update(aktif=False)
    assert dorong(client, mesin[1], baris(kota.satu.staf.nip)).status_code == 401


def test_a_push_takes_taps_in_once_and_keeps_what_it_cannot_use(
    client: Client, kota: Kota, mesin: tuple[Mesin, str]
) -> None:
    nip = kota.satu.staf.nip
    isi = baris(nip) + baris("777") + baris(nip, timedelta(days=-3)) + "bukan baris presensi\n"
    sebelum = TapMentah.objects.count()
    jawaban = dorong(client, mesin[1], isi)
    assert (jawaban.status_code, jawaban.content) == (200, b"OK: 4")
    assert (
        TapMentah.objects.count() == sebelum + 2
    )  # the known and the unknown PIN; not the clock of the day after tomorrow
    alasan = set(Karantina.objects.values_list("alasan", flat=True))
    assert alasan == {"PIN_TIDAK_DIKENAL", "JAM_SALAH", "TIDAK_TERBACA"}
    assert HariKotor.objects.filter(pegawai=kota.satu.staf).exists()
    assert dorong(client, mesin[1], isi).content == b"OK: 4"
    assert TapMentah.objects.count() == sebelum + 2


def test_operation_logs_and_command_results_are_acknowledged(client: Client, mesin: tuple[Mesin, str]) -> None:
    log = "OPLOG 4\t14\t2025-05-05 07:00:00\t0\t0\t0\t0\nUSER PIN=1\tName=Uji\tPri=0\tPasswd=\tCard=\tGrp=1\n"
    assert dorong(client, mesin[1], log, tabel="OPERLOG").content == b"OK: 2"
    alamat = f"/mesin/{mesin[1]}/iclock/devicecmd?SN={SN}"
    assert client.generic("POST", alamat, "ID=1&Return=0&CMD=CHECK").content == b"OK"
    assert client.get(alamat).status_code == 405


@pytest.mark.parametrize(
    "isi", [b"", b"\xff\xfe\x00\x00", b"\t\t\t\n" * 50, b"1\t2025-99-99 99:99:99\t0\n", b"'; DROP--\t"]
)
def test_hostile_bodies_are_answered_and_kept(client: Client, mesin: tuple[Mesin, str], isi: bytes) -> None:
    jawaban = dorong(client, mesin[1], isi)
    assert jawaban.status_code == 200
    assert jawaban.content.startswith(b"OK: ")


def test_a_body_larger_than_any_push_is_refused_before_it_is_read(client: Client, mesin: tuple[Mesin, str]) -> None:
    with patch.object(iclock, "LARGEST", 1000):
        jawaban = dorong(client, mesin[1], "1\t2025-05-05 07:00:00\n" * 100)
    assert (jawaban.status_code, jawaban.content) == (413, b"ERROR: too_large")


def test_a_new_key_ends_the_old_one_at_once(client: Client, kota: Kota, mesin: tuple[Mesin, str]) -> None:
    baru = services.ganti_kunci(mesin[0], oleh=kota.admin)
    assert client.get(f"/mesin/{mesin[1]}/iclock/getrequest?SN={SN}").status_code == 401
    assert client.get(f"/mesin/{baru}/iclock/getrequest?SN={SN}").status_code == 200
