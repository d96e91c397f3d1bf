"""Live Celery workers on the bundled Valkey: what a killed one was doing, another goes on with by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from backend.platform import embedded, wake
from backend.platform.models import OutboxMessage, Setting
from backend.workflow import steps
from backend.workflow.enums import InstanceStatus
from tests.workflow.conftest import Dunia, bind, build_dunia, publish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("embedded")]
PATIENCE = 90.0  # seconds for anything to happen on a machine that is busy; nothing here asserts how long it took


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Valkey of this test's own."""
    monkeypatch.setenv("MSKP_DATA", str(tmp_path / "data"))
    yield embedded.valkey()
    embedded.stop_valkey()


@pytest.fixture
def dunia(transactional_db: None, registry: steps.Registry) -> Dunia:
    dunia = build_dunia()
    bind(dunia)
    return dunia


def until(condition: Callable[[], bool], what: str) -> float:
    """Wait for a condition; returns the seconds it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < PATIENCE, f"never: {what}"
        time.sleep(0.05)
    return time.monotonic() - start


def database_url() -> str:
    """The database of the tests, for another process."""
    own = connection.settings_dict
    secret = quote(str(own["PASSWORD"]), safe="")
    return f"postgresql://{own['USER']}:{secret}@{own['HOST'] or '127.0.0.1'}:{own['PORT']}/{own['NAME']}"


@contextmanager
def worker(broker: str, folder: Path, *options: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process of one thread; ends with the test whatever happens."""
    environment = {**os.environ, "BROKER_URL": broker, "DATABASE_URL": database_url(), **more}
    command = [sys.executable, "-m", "celery", "-A", "tests.workflow.worker_app", "worker", "--pool=solo", "--loglevel=WARNING",
               "--without-gossip", "--without-mingle", *options]  # fmt: skip
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log)
    try:
        yield process
    except AssertionError:
        print((folder / "log").read_text(errors="replace")[-3000:])
        raise
    finally:
        process.kill()
        process.wait()


def test_another_worker_goes_on_with_what_a_killed_one_was_doing(dunia: Dunia, broker: str, tmp_path: Path) -> None:
    publish("layanan")
    instance = dunia.start("layanan")
    dunia.done(instance, "isi_satu")
    inside, beat = tmp_path / "di_dalam", tmp_path / "beat"
    with ExitStack() as stack:
        doomed = stack.enter_context(worker(broker, tmp_path, "--hostname=satu@uji", GANTUNG=str(inside)))
        options = ("--hostname=dua@uji", "--beat", f"--schedule={beat}")
        stack.enter_context(worker(broker, tmp_path, *options, MENUNGGU=str(inside)))
        app = Celery(broker=broker, set_as_current=False)
        until(lambda: _woken(app) and inside.exists(), "a worker inside the operator")
        until(_one_done, "the other worker doing what is free")
        doomed.send_signal(signal.SIGKILL)
        doomed.wait()
        seconds = until(_all_done, "the rest, after the kill")
    instance.refresh_from_db()
    assert (instance.status, instance.rev) == (InstanceStatus.COMPLETED, 4)
    assert Setting.objects.filter(key__startswith="efek:").count() == 2
    print(f"resumed {seconds:.1f} s after the kill")  # the promise is 5 s; a busy machine may need longer


def _woken(app: Celery) -> bool:
    """Wake a worker; what comes too early is dropped like a beat that found nobody."""
    app.send_task(wake.TASK, ignore_result=True, expires=1)
    time.sleep(0.2)
    return True


def _one_done() -> bool:
    return OutboxMessage.objects.filter(done_at__isnull=False).exists()


def _all_done() -> bool:
    return not OutboxMessage.objects.filter(done_at__isnull=True).exists()
