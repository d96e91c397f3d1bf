"""Two at once: two admins computing one OPD, and computing while another locks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend.core.errors import DomainError
from backend.platform.models import Job
from backend.tpp.models import Hasil, Jejak, Periode
from backend.tpp.services import periode
from backend.tpp.services.hitung import hitung_periode
from tests.factories_kepegawaian import buat_user
from tests.factories_tpp import Kantor, buat_kantor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kantor(transactional_db: None) -> Kantor:
    return buat_kantor()


def bersama(works: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same moment in threads with connections of their own; a broken rule is an answer."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_admins_compute_one_opd_and_the_result_is_whole(kantor: Kantor):
    satu = kantor.buka()
    hasil = bersama([lambda: hitung_periode([satu], oleh=None)] * 4)
    assert not [h for h in hasil if isinstance(h, DomainError)]
    satu.refresh_from_db()
    assert (satu.hitungan_ke, Hasil.objects.count(), satu.jumlah_pegawai) == (4, 4, 4)
    assert Jejak.objects.values("hasil_pegawai").distinct().count() == 4


def test_two_presses_share_one_job(kantor: Kantor):
    satu, user = kantor.buka(), buat_user()
    semua = bersama([lambda: periode.minta_hitung(satu, oleh=user)] * 3)
    assert len({job.pk for job in semua}) == Job.objects.count() == 1


def test_a_computation_beside_a_lock_comes_before_it_or_is_refused(kantor: Kantor):
    satu = periode.selesai_hitung(kantor.hitung(kantor.buka()), oleh=None)
    satu = periode.tutup_sanggah(periode.terbitkan(satu, oleh=None))
    satu = periode.verifikasi(periode.setujui(satu, nomor="1", tanggal=timezone.localdate(), oleh=None), oleh=None)
    kunci, *hitung = bersama(
        [lambda: periode.kunci_periode(satu, oleh=None), *[lambda: hitung_periode([satu], oleh=None)] * 3]
    )
    assert kunci.status == "TERKUNCI"
    assert all(isinstance(h, DomainError) for h in hitung)
    assert periode.hitung_checksum(kunci) == Periode.objects.get().checksum
