"""Waking the workers after a commit. A lost wake-up costs seconds, never work: beat wakes them again.

The broker is spoken to by a thread of its own: no request waits for it, however ill it is.
"""

from __future__ import annotations

import logging
import os
import threading

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

TASK = "platform.drain_outbox"
PAUSE_SECONDS = 15.0  # after a failure the broker is left alone for a while
IDLE_SECONDS = 30.0  # then the thread ends; the next call starts another


class _Waker:
    """Sends one wake-up for any number of calls that come while it is busy."""

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.pid = 0

    def call(self) -> None:
        """Ask for a wake-up; returns at once and never raises."""
        self.wanted.set()
        with self.lock:
            if self.thread is None or self.pid != os.getpid():  # a forked child has no thread of its own
                self.pid = os.getpid()
                self.thread = threading.Thread(target=self._loop, name="wake", daemon=True)
                self.thread.start()

    def _loop(self) -> None:
        while True:
            if not self.wanted.wait(IDLE_SECONDS):
                with self.lock:
                    if not self.wanted.is_set():
                        self.thread = None
                        return
            self.wanted.clear()
            self._send()

    def _send(self) -> None:
        try:
            current_app.send_task(TASK, retry=False, ignore_result=True, expires=60)
        except (OperationalError, OSError) as error:
            logger.warning("Antrean tidak terjangkau (%s); pekerjaan menunggu beat.", type(error).__name__)
            threading.Event().wait(PAUSE_SECONDS)


_waker = _Waker()


def now() -> None:
    """Wake a worker now."""
    _waker.call()


def on_commit() -> None:
    """Wake the workers once when the current transaction commits, however often this is called in it."""
    connection = transaction.get_connection()
    if connection.in_atomic_block and any(entry[1] is now for entry in connection.run_on_commit):
        return
    transaction.on_commit(now, robust=True)
