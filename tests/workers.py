"""Live Celery workers on a Valkey of the test's own, which a test may kill."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection

from backend.platform import embedded, wake

PATIENCE = 90.0  # seconds for anything to happen on a machine that is busy; nothing here asserts how long it took


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Valkey of this test's own."""
    monkeypatch.setenv("MSKP_DATA", str(tmp_path / "data"))
    yield embedded.valkey()
    embedded.stop_valkey()


def until(condition: Callable[[], bool], what: str) -> float:
    """Wait for a condition; returns the seconds it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < PATIENCE, f"never: {what}"
        time.sleep(0.05)
    return time.monotonic() - start


def wake_worker(app: Celery) -> bool:
    """Wake a worker; what comes too early is dropped like a beat that found nobody."""
    app.send_task(wake.TASK, ignore_result=True, expires=1)
    time.sleep(0.2)
    return True


def database_url() -> str:
    """The database of the tests, for another process."""
    own = connection.settings_dict
    secret = quote(str(own["PASSWORD"]), safe="")
    return f"postgresql://{own['USER']}:{secret}@{own['HOST'] or '127.0.0.1'}:{own['PORT']}/{own['NAME']}"


@contextlib.contextmanager
def worker(broker: str, folder: Path, *options: str, app: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process of one thread; `app`: its module, `more`: its environment. Ends with the test whatever happens."""
    environment = {**os.environ, "BROKER_URL": broker, "DATABASE_URL": database_url(), **more}
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "--pool=solo", "--loglevel=WARNING",
               "--without-gossip", "--without-mingle", *options]  # fmt: skip
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    except AssertionError:
        print((folder / "log").read_text(errors="replace")[-3000:])
        raise
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with the beat it started
        process.wait()
