from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.core.errors import DomainError
from backend.platform import files, jobs, outbox
from backend.platform.enums import StatusJob
from backend.platform.errors import JobCannotBeRetried
from backend.platform.models import Berkas, Job

pytestmark = pytest.mark.django_db


class DataTidakLengkap(DomainError):
    """Data belum lengkap."""


@jobs.job("uji_hitung")
def _count(job: Job, progress: jobs.Progress) -> dict[str, int]:
    total = job.parameter["n"]
    for n in range(1, total + 1):
        progress(n, total=total)
    return {"jumlah": total}


@jobs.job("uji_berkas")
def _file(job: Job, progress: jobs.Progress) -> Berkas:
    return files.store_bytes(b"%PDF-1.7 %%EOF", nama="hasil.pdf", jenis="pdf")


@jobs.job("uji_tolak")
def _refuse(job: Job, progress: jobs.Progress) -> None:
    raise DataTidakLengkap


@jobs.job("uji_rusak")
def _break(job: Job, progress: jobs.Progress) -> None:
    raise ZeroDivisionError("rahasia")


@jobs.job("uji_batal")
def _cancelled_midway(job: Job, progress: jobs.Progress) -> None:
    progress(1, total=3)
    jobs.cancel(job, oleh="uji")
    progress(3, total=3)
    raise AssertionError("a cancelled job stops at its next sign of progress")


def run(jenis: str, user: User, **parameter: object) -> Job:
    job = jobs.start(jenis, kunci="k", parameter=parameter, oleh=user)
    outbox.drain()
    job.refresh_from_db()
    return job


def test_a_job_runs_to_its_end_with_progress_and_result(user: User):
    job = run("uji_hitung", user, n=3)
    assert (job.status, job.selesai, job.total, job.persen, job.hasil) == (StatusJob.SELESAI, 3, 3, 100, {"jumlah": 3})
    assert job.dimulai_pada
    assert job.berakhir_pada


def test_a_job_may_end_with_a_file(user: User):
    assert run("uji_berkas", user).berkas.nama_asli == "hasil.pdf"


def test_a_second_press_joins_the_open_job(user: User):
    first = jobs.start("uji_hitung", kunci="k", parameter={"n": 1}, oleh=user)
    assert jobs.start("uji_hitung", kunci="k", parameter={"n": 9}, oleh=None) == first
    assert jobs.start("uji_hitung", kunci="lain", parameter={"n": 1}, oleh=user) != first
    outbox.drain()
    assert jobs.start("uji_hitung", kunci="k", parameter={"n": 1}, oleh=user) != first


def test_the_database_allows_one_open_job_per_key(user: User):
    jobs.start("uji_hitung", kunci="k", parameter={"n": 1}, oleh=user)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(jenis="uji_hitung", kunci="k")


def test_a_broken_rule_is_told_in_words_and_a_fault_without_its_secrets(user: User):
    refused, broken = run("uji_tolak", user), run("uji_rusak", user)
    assert (refused.status, refused.pesan) == (StatusJob.GAGAL, "Data belum lengkap.")
    assert broken.status == StatusJob.GAGAL
    assert "rahasia" not in broken.pesan


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(user: User):
    job = jobs.start("uji_hitung", kunci="k", parameter={"n": 3}, oleh=user)
    assert jobs.cancel(job, oleh=user)
    outbox.drain()
    job.refresh_from_db()
    assert (job.status, job.selesai) == (StatusJob.DIBATALKAN, 0)
    assert not jobs.cancel(job, oleh=user)


def test_a_running_job_stops_at_its_next_sign_of_progress(user: User):
    assert run("uji_batal", user).status == StatusJob.DIBATALKAN


def test_only_a_failed_or_cancelled_job_is_retried(user: User):
    done = run("uji_hitung", user, n=1)
    with pytest.raises(JobCannotBeRetried):
        jobs.retry(done, oleh=user)
    failed = run("uji_tolak", user)
    again = jobs.retry(failed, oleh=user)
    assert (again.pk, again.status, again.percobaan) == (failed.pk, StatusJob.ANTRI, 2)
    assert outbox.drain() == 1


def test_a_retry_joins_the_job_that_is_already_open(user: User):
    failed = run("uji_tolak", user)
    open_job = jobs.start("uji_tolak", kunci="k", parameter={}, oleh=user)
    assert jobs.retry(failed, oleh=user) == open_job


def test_a_job_that_keeps_killing_its_worker_ends_as_failed(user: User):
    from backend.platform.models import OutboxMessage

    job = jobs.start("uji_hitung", kunci="k", parameter={"n": 1}, oleh=user)
    OutboxMessage.objects.update(attempts=jobs.RUN_ATTEMPTS)
    Job.objects.update(status=StatusJob.BERJALAN)
    outbox.drain()
    job.refresh_from_db()
    assert job.status == StatusJob.GAGAL
