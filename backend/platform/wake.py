"""Waking the workers after a commit. A lost wake-up costs seconds, never work: beat wakes them again."""

from __future__ import annotations

import logging
import time

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

TASK = "platform.drain_outbox"
PAUSE_SECONDS = 15.0


class _Broker:
    """After a failed call the broker is left alone for a while, so that pages do not wait for it one by one."""

    def __init__(self) -> None:
        self.silent_until = float("-inf")

    def call(self) -> bool:
        if time.monotonic() < self.silent_until:
            return False
        try:
            current_app.send_task(TASK, retry=False, ignore_result=True, expires=60)
        except (OperationalError, OSError) as error:
            self.silent_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("Antrean tidak terjangkau (%s); pekerjaan menunggu beat.", type(error).__name__)
            return False
        return True


_broker = _Broker()


def now() -> bool:
    """Send the wake-up; False when the broker does not answer. Never raises for a lost broker."""
    return _broker.call()


def _send() -> None:
    _broker.call()


def on_commit() -> None:
    """Wake the workers once when the current transaction commits, however often this is called in it."""
    connection = transaction.get_connection()
    if connection.in_atomic_block and any(entry[1] is _send for entry in connection.run_on_commit):
        return
    transaction.on_commit(_send, robust=True)
