"""An import whose worker is killed: another goes on where it stood, nothing is lost and nothing counts twice."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.core.files.base import ContentFile

from backend.platform.enums import StatusJob
from backend.platform.models import Job
from backend.presensi.models import HadirHarian, HariKotor, Karantina, RekapBulan, TapMentah
from backend.presensi.services import impor, tap
from tests import workers
from tests.factories_kepegawaian import Dinas, buat_dinas, buat_user
from tests.workers import broker, until, wake_worker  # noqa: F401 broker is a fixture

BATCH = 4
worker = partial(workers.worker, app="tests.presensi.worker_app", BATCH=str(BATCH))
HARI = [date(2026, 5, n) for n in (4, 5, 6, 7, 8)]


def isi(dinas: Dinas) -> bytes:
    """Ten taps of one person on five days, one of them twice, one of an unknown PIN and a line that is none."""
    lines = [f"{dinas.staf.nip},{hari} {jam}" for hari in HARI for jam in ("07:21:40", "16:31:00")]
    return "\n".join(["pin,waktu", *lines[:3], lines[0], "99,2026-05-05 07:00:00", *lines[3:], "7,besok"]).encode()


def minta(dinas: Dinas) -> Job:
    return impor.mulai(ContentFile(isi(dinas), name="mei.csv"), mesin=None, oleh=buat_user())


def tampak(job: Job) -> dict[str, int]:
    """What the job says and what the database holds."""
    job.refresh_from_db()
    counts = {name: job.hasil[name] for name in ("dibaca", "baru", "ganda", "tanpa_pemilik", "tidak_terbaca")}
    return {
        **counts,
        "tap": TapMentah.objects.count(),
        "ditahan": Karantina.objects.count(),
        "hadir": HadirHarian.objects.filter(status="HADIR", kode=[]).count(),
        "rekap": RekapBulan.objects.filter(bulan=date(2026, 5, 1), hari_masuk=5).count(),
        "kotor": HariKotor.objects.count(),
    }


SEMUA = {
    "dibaca": 13, "baru": 11, "ganda": 1, "tanpa_pemilik": 1, "tidak_terbaca": 1,
    "tap": 11, "ditahan": 3, "hadir": 5, "rekap": 1, "kotor": 0,
}  # fmt: skip


class Terbunuh(BaseException):
    """What nobody catches, as a killed process catches nothing."""


@pytest.mark.django_db
@pytest.mark.parametrize("pada", [1, 2, 3, 4])
def test_a_run_that_ended_at_any_batch_is_gone_on_with(dinas: Dinas, monkeypatch: pytest.MonkeyPatch, pada: int):
    HariKotor.objects.all().delete()
    monkeypatch.setattr(tap, "BATCH", BATCH)
    job, panggilan = minta(dinas), iter(range(100))

    def progress(*_args: object, **_more: object) -> None:
        if next(panggilan) == pada:
            raise Terbunuh

    with pytest.raises(Terbunuh):
        impor.jalankan(job, progress)  # type: ignore[arg-type]
    job.refresh_from_db()
    Job.objects.filter(pk=job.pk).update(hasil=impor.jalankan(job, lambda *_args, **_more: None))  # type: ignore[arg-type]
    assert tampak(job) == SEMUA


@pytest.mark.xdist_group("embedded")
@pytest.mark.django_db(transaction=True)
def test_another_worker_goes_on_with_the_import_of_a_killed_one(broker: str, tmp_path: Path):  # noqa: F811
    dinas = buat_dinas()
    HariKotor.objects.all().delete()
    job = minta(dinas)
    inside, folders = tmp_path / "di_dalam", {"BERKAS_DIR": str(settings.BERKAS_DIR)}
    with ExitStack() as stack:
        doomed = stack.enter_context(worker(broker, tmp_path, "--hostname=satu@uji", GANTUNG=str(inside), **folders))
        app = Celery(broker=broker, set_as_current=False)
        until(lambda: wake_worker(app) and inside.exists(), "a worker inside the second batch")
        doomed.send_signal(signal.SIGKILL)
        doomed.wait()
        assert TapMentah.objects.count() == BATCH - 1  # the first batch, without its repeated tap
        options = ("--hostname=dua@uji", "--beat", f"--schedule={tmp_path / 'beat'}")
        stack.enter_context(worker(broker, tmp_path, *options, **folders))
        until(lambda: Job.objects.filter(pk=job.pk, status=StatusJob.SELESAI).exists(), "the rest, after the kill")
    assert tampak(job) == SEMUA
