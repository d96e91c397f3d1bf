"""Long work as rows: progress that survives the page, cancel, retry; a second press joins the running job.

    @jobs.job("impor_kepegawaian")
    def run(job: Job, progress: Progress) -> Berkas | dict | None: ...
    jobs.start("impor_kepegawaian", kunci="kota", parameter={"berkas": "…"}, oleh=user)

A worker that is killed leaves the job to the next one, which starts it from the beginning: a job function must bear
that (all in one transaction, or upserts).
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from backend.core.errors import DomainError
from backend.platform import outbox
from backend.platform.enums import OPEN_JOB, StatusJob
from backend.platform.errors import JobCannotBeRetried
from backend.platform.models import Berkas, Job, OutboxMessage

logger = logging.getLogger(__name__)

KIND = "job"
WRITE_EVERY = 0.5
RUN_ATTEMPTS = 3  # a job that kills its worker is not tried for ever
INTERNAL = "Terjadi kesalahan di dalam sistem. Hubungi admin sistem dengan nomor pekerjaan ini."


class JobCancelled(Exception):
    """Raised inside a job function when somebody cancelled it."""


class Progress:
    """Called by the job function as it goes; writes at most twice a second, outside its transaction's end result.

    A function that keeps one transaction open shows its progress only at the end; then call it between transactions.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.written_at = float("-inf")

    def __call__(self, selesai: int, *, total: int | None = None, pesan: str = "") -> None:
        """Note how far the work is. Raises JobCancelled."""
        if time.monotonic() - self.written_at < WRITE_EVERY and selesai != total:
            return
        self.written_at = time.monotonic()
        values: dict[str, Any] = {"selesai": selesai, **({"total": total} if total is not None else {})}
        if pesan:
            values["pesan"] = pesan
        if not Job.objects.filter(pk=self.job.pk, status=StatusJob.BERJALAN).update(**values):
            raise JobCancelled


Function = Callable[[Job, Progress], "Berkas | Mapping[str, Any] | None"]
_functions: dict[str, Function] = {}


def job(jenis: str) -> Callable[[Function], Function]:
    """Bind the function of one kind of job. It returns a Berkas to download, a dict for `hasil`, or None."""

    def bind(function: Function) -> Function:
        _functions[jenis] = function
        return function

    return bind


@transaction.atomic
def start(jenis: str, *, kunci: str, parameter: Mapping[str, Any], oleh: Any, judul: str = "") -> Job:
    """Queue a job, or join the open one of the same jenis and kunci."""
    _functions[jenis]  # an unknown kind is a programming error: KeyError here, not in the worker
    new = Job(jenis=jenis, kunci=kunci, parameter=dict(parameter), oleh=oleh, judul=judul)
    Job.objects.bulk_create([new], ignore_conflicts=True)
    found = Job.objects.get(jenis=jenis, kunci=kunci, status__in=OPEN_JOB)
    if found.pk == new.pk:
        _enqueue(found)
    return found


@transaction.atomic
def cancel(job: Job, *, oleh: Any) -> bool:
    """Stop a job: at once while it waits, at its next sign of progress while it runs. False when it has ended."""
    return bool(
        Job.objects.filter(pk=job.pk, status__in=OPEN_JOB).update(
            status=StatusJob.DIBATALKAN, pesan=f"Dibatalkan oleh {oleh}.", berakhir_pada=timezone.now()
        )
    )


@transaction.atomic
def retry(job: Job, *, oleh: Any) -> Job:
    """Run a failed or cancelled job again, with the same parameters; joins one that is open. Raises JobCannotBeRetried."""
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if locked.status not in {StatusJob.GAGAL, StatusJob.DIBATALKAN}:
        raise JobCannotBeRetried(status=StatusJob(locked.status).label.lower())
    if other := Job.objects.filter(jenis=locked.jenis, kunci=locked.kunci, status__in=OPEN_JOB).first():
        return other
    Job.objects.filter(pk=locked.pk).update(
        status=StatusJob.ANTRI, percobaan=F("percobaan") + 1, selesai=0, total=None, pesan="", hasil={}, oleh=oleh,
        dimulai_pada=None, berakhir_pada=None,
    )  # fmt: skip
    locked.refresh_from_db()
    _enqueue(locked)
    return locked


def _enqueue(job: Job) -> None:
    outbox.enqueue(KIND, f"job:{job.pk}:{job.percobaan}", {"job": str(job.pk)})


def _worker_died(message: OutboxMessage) -> None:
    _end(message.payload["job"], StatusJob.GAGAL, pesan=INTERNAL)


@outbox.handler(KIND, attempts=RUN_ATTEMPTS, atomic=False, on_exhausted=_worker_died)
def run(message: OutboxMessage) -> None:
    """Run one job to its end. A failure is the job's result, not a reason to try again by itself."""
    pk = message.payload["job"]
    started = Job.objects.filter(pk=pk, status__in=OPEN_JOB).update(
        status=StatusJob.BERJALAN, dimulai_pada=timezone.now()
    )
    if not started:
        return
    job = Job.objects.get(pk=pk)
    try:
        result = _functions[job.jenis](job, Progress(job))
    except JobCancelled:
        return
    except DomainError as error:
        _end(pk, StatusJob.GAGAL, pesan=error.message)
    except Exception:  # the edge of the engine: the job tells its owner, the log tells the admin
        logger.error("Job %s (%s) gagal:\n%s", pk, job.jenis, traceback.format_exc())
        _end(pk, StatusJob.GAGAL, pesan=INTERNAL)
    else:
        made = {"berkas": result} if isinstance(result, Berkas) else {"hasil": dict(result or {})}
        _end(pk, StatusJob.SELESAI, **made)


def _end(pk: str, status: StatusJob, **values: Any) -> None:
    Job.objects.filter(pk=pk, status=StatusJob.BERJALAN).update(status=status, berakhir_pada=timezone.now(), **values)
