"""Who may open what: every attendance address × every kind of user, about an object of the first OPD.

A new address fails `test_every_address_stands_in_the_matrix` until it has a row here. "Reaches" means any answer but
403 and 404, to GET, or to an empty POST where the address takes no GET.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from backend.platform import files, jobs
from backend.platform.models import Job
from backend.presensi.enums import StatusPengajuan
from backend.presensi.models import Karantina, Ketidakhadiran, Koreksi, KoreksiMassal, LokasiAbsen, Mesin
from backend.presensi.services import jadwal
from backend.web.presensi_kerja import EKSPOR_SKOR
from backend.web.urls_presensi import urlpatterns
from tests.factories_kepegawaian import buat_user
from tests.web.presensi.conftest import SELASA, SENIN, Kota

# One letter a person; `s` is the ASN whom the objects are about; `x` administers the second OPD.
ORANG = {
    "s": "ASN", "c": "rekan seunit", "a": "atasan", "k": "kepala OPD", "o": "Admin OPD", "x": "Admin OPD lain",
    "b": "Admin BKPSDM", "d": "auditor", "n": "akun tanpa peran",
}  # fmt: skip
SEMUA, LIHAT, UBAH = "".join(ORANG), "koxbd", "oxb"
SENDIRI, DIA = "scakoxbd", "sakobd"
MATRIKS = {
    "presensi": SEMUA, "presensi-bawahan": "ak", "presensi-orang": DIA, "presensi-hari": DIA,
    "presensi-koreksi-daftar": SEMUA, "presensi-koreksi-baru": SENDIRI, "presensi-koreksi": DIA, "presensi-koreksi-surat": DIA,
    "presensi-massal": LIHAT, "presensi-massal-baru": UBAH, "presensi-massal-detail": "kobd",
    "presensi-izin": SEMUA, "presensi-izin-baru": SENDIRI, "presensi-izin-detail": DIA, "presensi-izin-surat": DIA,
    "presensi-opd": LIHAT, "presensi-opd-unduh": "kobd", "presensi-skor": LIHAT, "presensi-skor-unduh": LIHAT,
    "presensi-hitung": UBAH, "presensi-segel": LIHAT, "presensi-segel-opd": "kobd", "presensi-roster": LIHAT,
    "presensi-roster-templat": UBAH, "presensi-roster-unggah": UBAH, "presensi-roster-periksa": "o",
    "presensi-jadwal": LIHAT, "presensi-penugasan": LIHAT, "presensi-penugasan-baru": UBAH, "presensi-penugasan-akhiri": "ob",
    "presensi-peringatan": "akoxbd", "presensi-pola-baru": "b", "presensi-shift-baru": "b", "presensi-apel": UBAH,
    "presensi-mesin": LIHAT, "presensi-mesin-baru": UBAH, "presensi-mesin-ubah": "ob", "presensi-mesin-kunci": "ob",
    "presensi-lokasi": LIHAT, "presensi-lokasi-baru": UBAH, "presensi-lokasi-ubah": "ob",
    "presensi-karantina": LIHAT, "presensi-karantina-pin": "ob", "presensi-impor": UBAH, "presensi-impor-templat": UBAH,
    "presensi-pekerjaan": "o", "presensi-pekerjaan-unduh": "o", "presensi-pekerjaan-batal": "o", "presensi-pekerjaan-ulangi": "o",
}  # fmt: skip
MESIN = {f"iclock-{nama}{akhir}" for nama in ("cdata", "getrequest", "devicecmd") for akhir in ("", "-kunci")}


@pytest.fixture
def sasaran(kota: Kota) -> dict[str, list[Any]]:
    """Arguments of the addresses that are about one object, all of the first OPD and its ASN."""
    staf, opd = kota.satu.staf, kota.satu.opd
    surat = files.store_bytes(b"%PDF-1.4\n%%EOF", nama="surat.pdf", jenis="pdf", pengunggah=kota.staf)
    koreksi = Koreksi.objects.create(
        pegawai=staf, tanggal=SELASA, jenis="LUPA_MASUK", jam=time(7, 20), alasan="Lupa", berkas=surat, pengaju=kota.staf, status=StatusPengajuan.DIAJUKAN
    )  # fmt: skip
    izin = Ketidakhadiran.objects.create(
        pegawai=staf,
        jenis="CUTI_TAHUNAN",
        mulai=SELASA,
        sampai=SELASA,
        nomor_surat="1",
        berkas=surat,
        pengaju=kota.staf,
    )
    massal = KoreksiMassal.objects.create(
        opd=opd, mulai=SENIN, sampai=SENIN, sisi="KEDUA", alasan="Listrik padam", pengaju=kota.admin
    )
    mesin = Mesin.objects.create(nomor_seri="SN1", nama="Lobi", opd=opd)
    lokasi = LokasiAbsen.objects.create(nama="Kantor", opd=opd, lat=0, lon=0)
    tahan = Karantina.objects.create(alasan="PIN_TIDAK_DIKENAL", sumber="MESIN", mesin=mesin, pin="7")
    tabel = files.store_bytes(b"NIP;1", nama="roster.csv", jenis="csv", pengunggah=kota.admin)
    tugas = jadwal.tugaskan(staf, pola="N5", mulai=date(2025, 1, 1), oleh=kota.admin)
    job = jobs.start(EKSPOR_SKOR, kunci="uji", parameter={"opd": str(opd.pk), "bulan": "2025-05-01"}, oleh=kota.admin)
    Job.objects.filter(pk=job.pk).update(status="gagal", berkas=surat)
    return {
        "presensi-orang": [staf.pk], "presensi-hari": [staf.pk, SENIN.isoformat()], "presensi-segel-opd": [opd.pk, "2025-05"],
        **{key: [koreksi.pk] for key in ("presensi-koreksi", "presensi-koreksi-surat")},
        **{key: [izin.pk] for key in ("presensi-izin-detail", "presensi-izin-surat")},
        "presensi-massal-detail": [massal.pk], "presensi-penugasan-akhiri": [tugas.pk],
        **{key: [mesin.pk] for key in ("presensi-mesin-ubah", "presensi-mesin-kunci")},
        "presensi-roster-periksa": [tabel.pk], "presensi-lokasi-ubah": [lokasi.pk], "presensi-karantina-pin": [tahan.pk],
        **{nama: [job.pk] for nama in MATRIKS if nama.startswith("presensi-pekerjaan")},
    }  # fmt: skip


def orang(kota: Kota) -> dict[str, User | None]:
    return {
        "s": kota.staf, "c": kota.satu.staf_lain.user, "a": kota.kabid, "k": kota.kepala, "o": kota.admin, "x": kota.lain,
        "b": kota.bkpsdm, "d": kota.auditor, "n": buat_user(nama="Tanpa peran"),
    }  # fmt: skip


def sampai(client: Client, alamat: str, isi: dict[str, str]) -> bool:
    with transaction.atomic():
        jawaban = client.get(alamat)
        if jawaban.status_code == 405:
            jawaban = client.post(alamat, isi)
        for _potong in getattr(jawaban, "streaming_content", ()):
            pass  # read to its end, the answer closes its file
        transaction.set_rollback(True)
    assert jawaban.status_code < 500
    return jawaban.status_code not in (403, 404)


def test_every_address_stands_in_the_matrix() -> None:
    assert {pola.name for pola in urlpatterns} == MATRIKS.keys() | MESIN


def test_every_kind_of_user_reaches_what_he_may_and_nothing_else(kota: Kota, sasaran: dict[str, list[Any]]) -> None:
    salah = []
    for huruf, user in orang(kota).items():
        client = Client()
        assert user is not None
        client.force_login(user)
        for nama, boleh in MATRIKS.items():
            isi = {"opd": str(kota.satu.opd.pk), "bulan": "2025-05"} if nama == "presensi-opd-unduh" else {}
            ada = sampai(client, reverse(nama, args=sasaran.get(nama, [])), isi)
            if ada != (huruf in boleh):
                salah.append(f"{ORANG[huruf]}: {nama} {'terbuka' if ada else 'tertutup'}")
    assert not salah, "\n".join(salah)


def test_nobody_reaches_anything_without_signing_in(kota: Kota, sasaran: dict[str, list[Any]]) -> None:
    client = Client()
    for nama in MATRIKS:
        jawaban = client.get(reverse(nama, args=sasaran.get(nama, [])))
        assert jawaban.status_code == 302, nama
        assert jawaban.url.startswith(reverse("account_login"))
