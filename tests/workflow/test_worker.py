"""Live Celery workers on the bundled Valkey: what a killed one was doing, another goes on with by itself."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from celery import Celery

from backend.platform.models import OutboxMessage, Setting
from backend.workflow import steps
from backend.workflow.enums import InstanceStatus
from tests import workers
from tests.workers import broker, until, wake_worker  # noqa: F401 broker is a fixture
from tests.workflow.conftest import Dunia, bind, build_dunia, publish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("embedded")]
worker = partial(workers.worker, app="tests.workflow.worker_app")


@pytest.fixture
def dunia(transactional_db: None, registry: steps.Registry) -> Dunia:
    dunia = build_dunia()
    bind(dunia)
    return dunia


def test_another_worker_goes_on_with_what_a_killed_one_was_doing(dunia: Dunia, broker: str, tmp_path: Path) -> None:  # noqa: F811
    publish("layanan")
    instance = dunia.start("layanan")
    dunia.done(instance, "isi_satu")
    inside, beat = tmp_path / "di_dalam", tmp_path / "beat"
    with ExitStack() as stack:
        doomed = stack.enter_context(worker(broker, tmp_path, "--hostname=satu@uji", GANTUNG=str(inside)))
        options = ("--hostname=dua@uji", "--beat", f"--schedule={beat}")
        stack.enter_context(worker(broker, tmp_path, *options, MENUNGGU=str(inside)))
        app = Celery(broker=broker, set_as_current=False)
        until(lambda: wake_worker(app) and inside.exists(), "a worker inside the operator")
        until(_one_done, "the other worker doing what is free")
        doomed.send_signal(signal.SIGKILL)
        doomed.wait()
        seconds = until(_all_done, "the rest, after the kill")
    instance.refresh_from_db()
    assert (instance.status, instance.rev) == (InstanceStatus.COMPLETED, 4)
    assert Setting.objects.filter(key__startswith="efek:").count() == 2
    print(f"resumed {seconds:.1f} s after the kill")  # the promise is 5 s; a busy machine may need longer


def _one_done() -> bool:
    return OutboxMessage.objects.filter(done_at__isnull=False).exists()


def _all_done() -> bool:
    return not OutboxMessage.objects.filter(done_at__isnull=True).exists()
