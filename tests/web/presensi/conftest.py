"""Two OPD with one month of attendance (May 2025), computed by the production statement; a browser per role."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.periode import WIB
from backend.kepegawaian.models import Pegawai
from backend.presensi import bawaan
from backend.presensi.enums import SumberTap
from backend.presensi.models import JadwalHari, JadwalPola, JadwalShift
from backend.presensi.services import tap
from backend.presensi.services.harian import Rentang, hitung
from backend.presensi.services.tap import TapBaru
from backend.rules.decide import RULES_DIR
from backend.rules.versions import publish_file
from tests.factories_kepegawaian import Dinas, beri_peran, buat_dinas, buat_pegawai, dudukkan

Masuk = Callable[[User | None], Client]
BULAN = date(2025, 5, 1)
SESUDAH = datetime(2025, 6, 2, 20, 0, tzinfo=WIB)
SENIN = date(2025, 5, 5)
SELASA = date(2025, 5, 6)


def terbitkan_aturan() -> None:
    """Publish the two tables that a day needs."""
    for nama in ("absen_kategori", "absen_potongan"):
        publish_file(RULES_DIR / f"{nama}.dmn")


def saat(hari: date, jam: str) -> datetime:
    return datetime.fromisoformat(f"{hari}T{jam}").replace(tzinfo=WIB)


def tap_di(pegawai: Pegawai, hari: date, *jam: str) -> list[TapBaru]:
    return [TapBaru(pin=pegawai.nip, ts=saat(hari, satu)) for satu in jam]


def terima(taps: Iterable[TapBaru]) -> None:
    tap.terima(taps, sumber=SumberTap.IMPOR, sekarang=SESUDAH, hitung=False)


def hitung_bulan(bulan: date = BULAN) -> None:
    """Everybody's month, as the nightly task computes it."""
    akhir = (bulan + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    hitung([Rentang(bulan, akhir)], sekarang=SESUDAH)


def hari_biasa(pegawai: Pegawai, *, kecuali: Iterable[date] = ()) -> list[TapBaru]:
    """In time on every weekday of the month."""
    lewati = set(kecuali)
    hari = [BULAN + timedelta(days=n) for n in range(31)]
    return [
        satu
        for tgl in hari
        if tgl.isoweekday() < 6 and tgl not in lewati
        for satu in tap_di(pegawai, tgl, "07:20:10", "16:31:00")
    ]


@dataclass
class Kota:
    """`satu.staf` was late on Monday 5 May (31 minutes) and missing on Tuesday 6 May; everybody else was in time."""

    satu: Dinas
    dua: Dinas
    bkpsdm: User
    auditor: User
    admin: User
    lain: User

    @property
    def staf(self) -> User:
        assert self.satu.staf.user is not None
        return self.satu.staf.user

    @property
    def kabid(self) -> User:
        assert self.satu.kabid.user is not None
        return self.satu.kabid.user

    @property
    def kepala(self) -> User:
        assert self.satu.kepala.user is not None
        return self.satu.kepala.user


def orang(dinas: Dinas) -> list[Pegawai]:
    return [dinas.kepala, dinas.kabid, dinas.staf, dinas.staf_lain]


def pastikan_jadwal() -> None:
    """The shipped hours, where a browser test before has emptied the tables."""
    if JadwalPola.objects.exists():
        return
    data = bawaan.data()
    for pola in data["pola"]:
        satu = JadwalPola.objects.create(
            kode=pola["kode"],
            nama=pola["nama"],
            versi_ramadan=pola["versi_ramadan"],
            berlaku_mulai=bawaan.berlaku_mulai(),
        )
        for hari, (masuk, pulang, istirahat) in pola["hari"].items():
            JadwalHari.objects.create(pola=satu, hari=int(hari), masuk=masuk, pulang=pulang, istirahat_menit=istirahat)
    for shift in data["shift"]:
        JadwalShift.objects.create(**shift, berlaku_mulai=bawaan.berlaku_mulai())


def buat_kota() -> Kota:
    """See Kota."""
    pastikan_jadwal()
    terbitkan_aturan()
    satu = buat_dinas("Dinas Satu")
    dua = buat_dinas("Dinas Dua", kota=satu)
    users = {nama: buat_pegawai(nama).user for nama in ("Bkpsdm", "Auditor", "Admin", "Lain")}
    assert all(users.values())
    beri_peran(users["Bkpsdm"], Peran.BKPSDM)
    beri_peran(users["Auditor"], Peran.AUDITOR)
    beri_peran(users["Admin"], Peran.ADMIN_OPD, satu.opd)
    beri_peran(users["Lain"], Peran.ADMIN_OPD, dua.opd)
    selasa = SENIN + timedelta(days=1)
    taps = hari_biasa(satu.staf, kecuali=[SENIN, selasa]) + tap_di(satu.staf, SENIN, "08:01:10", "16:02:00")
    for pegawai in [*orang(satu), *orang(dua)]:
        if pegawai != satu.staf:
            taps += hari_biasa(pegawai)
    terima(taps)
    hitung_bulan()
    return Kota(satu, dua, *(users[nama] for nama in ("Bkpsdm", "Auditor", "Admin", "Lain")))


def isi_berkas(jawaban: HttpResponseBase) -> bytes:
    """The bytes of a downloaded file; read to its end, the answer closes it."""
    return b"".join(jawaban.streaming_content)


@pytest.fixture
def kota(db: None) -> Kota:
    return buat_kota()


def tambah_pegawai(kota: Kota, n: int) -> list[Pegawai]:
    """More people in the first OPD, each with a month of taps."""
    kota.satu.posisi_staf.jumlah_kebutuhan = n + 10
    kota.satu.posisi_staf.save()
    baru = [buat_pegawai(dengan_user=False) for _ in range(n)]
    for pegawai in baru:
        dudukkan(pegawai, kota.satu.posisi_staf)
    terima([satu for pegawai in baru for satu in hari_biasa(pegawai, kecuali=[SENIN])])
    hitung_bulan()
    return baru


@pytest.fixture
def masuk() -> Masuk:
    """A browser in which somebody is signed in."""

    def buka(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return buka
