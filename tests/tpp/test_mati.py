"""A worker that is killed in the middle of a city: nothing is lost, nothing is there twice, the sums are the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import IO, Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum

from backend.kepegawaian.models import Posisi
from backend.platform import outbox
from backend.platform.enums import StatusJob
from backend.platform.models import Job, OutboxMessage
from backend.tpp.models import Hasil, Jejak, Periode
from backend.tpp.services import periode as layanan
from backend.tpp.services.hitung import hitung_periode
from backend.workflow.models import Incident, WorkItem
from tests.factories_kepegawaian import Dinas, beri_peran, buat_dinas, buat_user
from tests.factories_tpp import MARET, Kantor, buat_kantor, buat_profil, isi_bulan, terbitkan_proses

OPD = 4
MATI_PADA = 2  # the OPD in which the worker dies, with everything of it written and not committed
PEKERJA = """
import django, sys, time
django.setup()
from backend.platform import outbox
from backend.tpp.services import hitung
asli, ke = hitung.simpan_hasil, 0
def simpan(isi):
    global ke
    ke += 1
    asli(isi)
    if ke == int(sys.argv[1]):
        print("di dalam", flush=True)
        time.sleep(60)
hitung.simpan_hasil = simpan
while outbox.drain():
    pass
"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kota(transactional_db: None) -> Kantor:
    """Four OPD of four people with March to be paid, each opened with its process; nothing has run yet."""
    kantor = buat_kantor()
    terbitkan_proses()
    admin = buat_user()
    for dinas in [kantor.dinas, *(_dinas(f"Dinas {ke}", kantor) for ke in range(1, OPD))]:
        beri_peran(admin, "admin_opd", dinas.opd)
        layanan.buka(dinas.opd, bulan=MARET, aliran=kantor.aliran, oleh=admin)
    return kantor


def _dinas(nama: str, kantor: Kantor) -> Dinas:
    dinas = buat_dinas(nama, kota=kantor.dinas)
    for posisi, kelas in ((dinas.posisi_kepala, 14), (dinas.posisi_kabid, 12), (dinas.posisi_staf, 7)):
        Posisi.objects.filter(pk=posisi.pk).update(kelas=kelas)
    orang = [dinas.kepala, dinas.kabid, dinas.staf, dinas.staf_lain]
    for satu in orang:
        buat_profil(satu)
    isi_bulan(orang, MARET)
    return dinas


@contextmanager
def pekerja(mati_pada: int) -> Iterator[subprocess.Popen[str]]:
    """A worker of its own process, which hangs inside the n-th OPD; killed at the end, if it still lives."""
    lingkungan = {**os.environ, "DB_NAME": connection.settings_dict["NAME"]}
    proses = subprocess.Popen(
        [sys.executable, "-c", PEKERJA, str(mati_pada)], cwd=settings.BASE_DIR, env=lingkungan, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        yield proses
    finally:
        proses.send_signal(signal.SIGKILL)
        proses.communicate()


def _baris(keluaran: IO[str] | None) -> str:
    assert keluaran is not None
    return keluaran.readline().strip()


def sampai(benar: Callable[[], Any], detik: float = 30) -> None:
    """Work on until it is so."""
    batas = time.monotonic() + detik
    while not benar():
        assert time.monotonic() < batas, Job.objects.values_list("status", "pesan")
        if not outbox.drain():
            time.sleep(0.1)


def isi() -> list[tuple[Any, ...]]:
    return list(
        Hasil.objects.order_by("periode__opd", "nip").values_list("periode__opd", "nip", "bruto", "pph", "neto", "spm")
    )


def test_a_killed_worker_costs_a_city_nothing(kota: Kantor):
    with pekerja(MATI_PADA) as korban:
        assert _baris(korban.stdout) == "di dalam"
        assert Hasil.objects.values("periode").distinct().count() == MATI_PADA - 1
    sampai(lambda: not OutboxMessage.objects.filter(done_at__isnull=True).exists())
    semua = list(Periode.objects.all())
    assert [(satu.status, satu.hitungan_ke, satu.jumlah_pegawai) for satu in semua] == [("DIHITUNG", 1, 4)] * OPD
    assert {satu.total["bruto"] for satu in semua} == {32_100_000}
    assert set(Job.objects.values_list("status", flat=True)) == {StatusJob.SELESAI}
    assert not Incident.objects.exists()
    assert WorkItem.objects.open().count() == OPD  # one step waits in each process
    pertama = isi()
    assert len(pertama) == len({(opd, nip) for opd, nip, *_ in pertama}) == 4 * OPD
    for satu in Hasil.objects.all():
        jejak = Jejak.objects.filter(hasil_pegawai=satu).aggregate(jumlah=Sum(F("tanda") * F("hasil")))
        assert jejak["jumlah"] == satu.neto
    assert not Jejak.objects.exclude(hasil_pegawai__in=Hasil.objects.all()).exists()
    hitung_periode(semua, oleh=None)
    assert isi() == pertama


def test_two_workers_share_a_city_when_one_dies(kota: Kantor):
    with pekerja(1) as korban:
        assert _baris(korban.stdout) == "di dalam"
        sampai(lambda: Hasil.objects.values("periode").distinct().count() == OPD - 1)  # the others do not wait for it
    sampai(lambda: not OutboxMessage.objects.filter(done_at__isnull=True).exists())
    assert Hasil.objects.count() == 4 * OPD
    assert [satu.hitungan_ke for satu in Periode.objects.all()] == [1] * OPD


UBAH = (
    "UPDATE tpp_hasil SET neto = neto + 1",
    "DELETE FROM tpp_hasil",
    "INSERT INTO tpp_hasilkriteria (hasil_id, kriteria, dasar, pagu, realisasi) SELECT id, 'OB', 1, 1, 1 FROM tpp_hasil",
    "UPDATE tpp_hasilkriteria SET realisasi = 0 WHERE id = (SELECT min(id) FROM tpp_hasilkriteria)",
    "DELETE FROM tpp_jejak WHERE langkah = 7",
    "UPDATE tpp_jejak SET hasil = 0",
    "UPDATE tpp_periode SET status = 'KOREKSI'",
    "UPDATE tpp_periode SET total = '{}', checksum = repeat('0', 64)",
    "UPDATE tpp_periode SET kode_periksa = gen_random_uuid()",
    "DELETE FROM tpp_periode",
    "UPDATE tpp_periode SET bulan = '2025-02-01', bulan_bayar = '2025-02-01'",
    "INSERT INTO tpp_tertahan (periode_id, pegawai_id, kode, tingkat, pesan) SELECT periode_id, pegawai_id, 'X', 'BLOKIR', '' FROM tpp_hasil",
)


@pytest.mark.parametrize("sql", UBAH)
def test_no_statement_changes_a_locked_month(sql: str):
    kantor = buat_kantor()
    periode = kantor.kunci(kantor.buka())
    layanan.catat_sp2d(periode, nomor="SP2D-1", tanggal=date(2025, 4, 10), oleh=None)
    with pytest.raises(IntegrityError, match="terkunci"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert layanan.hitung_checksum(periode) == Periode.objects.get().checksum
