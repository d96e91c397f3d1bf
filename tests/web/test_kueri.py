"""Lists read the same number of statements for ten rows and for many: one page, one row more, nothing more to ask."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.kepegawaian.models import Kalender, LaporanData
from backend.kinerja.models import Dokumen, LaporanPeriode, Periode
from backend.platform import audit, files
from backend.platform.models import Job, Notice
from backend.workflow.models import Incident
from tests.factories_kepegawaian import (
    Dinas,
    beri_peran,
    buat_delegasi,
    buat_dinas,
    buat_pegawai,
    buat_posisi,
    buat_unor,
    dudukkan,
)
from tests.factories_kinerja import PDF, terbitkan
from tests.web.kelola.data import buat_laporan, buat_periode, buat_skp, buat_tugas

SEDIKIT, BANYAK = 10, 36
TAHUN = 2015  # of the own, final laporan, one a month
DAFTAR = (
    "beranda", "lainnya", "kotak-masuk", "laporan", "dokumen", "bawahan", "pemberitahuan", "pemantauan", "laporan-data",
    "catat-keputusan", "admin-pegawai", "admin-unit", "admin-posisi", "admin-delegasi", "admin-kalender", "admin-periode",
    "admin-skp", "admin-laporan", "admin-akun", "admin-proses", "admin-job", "admin-audit",
)  # fmt: skip

TETAP = {"beranda", "lainnya", "admin-audit"}  # show a fixed number of things, or have a full page from the start


@pytest.fixture
def dinas(db: None) -> Dinas:
    """The kabid rates everybody and holds every granted role, so that each list shows him its rows."""
    terbitkan()
    dinas = buat_dinas()
    user = pemakai(dinas)
    for peran, opd in (
        (Peran.ADMIN_OPD, dinas.opd), (Peran.TIM_PENGELOLA, dinas.opd), (Peran.BKPSDM, None), (Peran.ADMIN_PROSES, None),
    ):  # fmt: skip
        beri_peran(user, peran, opd)
    return dinas


def pemakai(dinas: Dinas) -> User:
    assert dinas.kabid.user is not None
    return dinas.kabid.user


def tambah(dinas: Dinas, dari: int, sampai: int) -> None:
    """One row more of every list, for each number."""
    skp_sendiri = dinas.kabid.skp.first() or buat_skp(dinas.kabid)
    bulan_ini = Periode.objects.filter(tahun=2024).first() or buat_periode(2024, 12)
    for nomor in range(dari, sampai):
        hari = date(timezone.localdate().year, 1, 1) + timedelta(days=nomor)
        orang = buat_pegawai(f"Pegawai {nomor:03}")
        dudukkan(orang, dinas.posisi_staf)
        laporan = buat_laporan(
            buat_skp(orang), bulan_ini, status="validasi_renaksi", atasan_posisi=dinas.posisi_kabid,
            penilai_pejabat=dinas.walikota if nomor % 2 else None, penilai_pegawai=None if nomor % 2 else dinas.kabid,
        )  # fmt: skip
        tugas = buat_tugas(laporan, candidate_posisi=dinas.posisi_kabid.pk, due_at=timezone.now())
        lama = buat_periode(TAHUN + nomor // 12, nomor % 12 + 1, status="tutup")
        _dokumen(buat_laporan(skp_sendiri, lama, status="final"))
        buat_unor(f"Badan {nomor}", induk=dinas.kota, is_opd=True)
        buat_posisi(dinas.bidang, atasan=dinas.posisi_kabid)
        buat_delegasi(orang, kepada=[dinas.staf])
        Kalender.objects.create(tanggal=hari, nama="Libur", libur=True)
        LaporanData.objects.create(pegawai=orang, kolom="Atasan", isi="Keliru.", pelapor=orang.user)
        Job.objects.create(jenis="impor_skp", kunci=str(nomor), oleh=orang.user)
        Notice.objects.create(penerima=pemakai(dinas), peristiwa="uji", judul=f"Kabar {nomor}", url="/")
        Incident.objects.create(kind="command", message="uji", instance=tugas.instance)
        audit.record(f"pegawai:{orang.pk}", "pegawai.diubah", aktor=orang.user, data={"nama": ["a", "b"]})


def _dokumen(laporan: LaporanPeriode) -> None:
    berkas = files.store_bytes(PDF, nama="d15.pdf", jenis="pdf")
    Dokumen.objects.create(
        jenis="d15", laporan=laporan, versi=1, template_versi="0" * 64, sha256=berkas.sha256, berkas=berkas
    )


def kueri(client: Client) -> dict[str, tuple[int, int]]:
    """Reading statements and length of each page, read a second time: what is read once per process does not count."""
    hasil = {}
    for nama in DAFTAR:
        client.get(reverse(nama))
        with CaptureQueriesContext(connection) as tercatat:
            jawab = client.get(reverse(nama))
        assert jawab.status_code == 200, nama
        baca = [satu for satu in tercatat if satu["sql"].startswith("SELECT")]  # now and then the session is written
        hasil[nama] = (len(baca), len(jawab.content))
    return hasil


def test_no_list_asks_more_for_more_rows(dinas: Dinas) -> None:
    client = Client()
    client.force_login(pemakai(dinas))
    tambah(dinas, 0, SEDIKIT)
    sedikit = kueri(client)
    tambah(dinas, SEDIKIT, BANYAK)
    banyak = kueri(client)
    for nama in DAFTAR:
        assert banyak[nama][0] == sedikit[nama][0] < 60, nama
        assert nama in TETAP or banyak[nama][1] > sedikit[nama][1], f"{nama}: barisnya tidak tampil"
