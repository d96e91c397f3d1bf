"""Durable work: a row written in the transaction of its cause, done after the commit, at least once.

    outbox.enqueue("email", key="notice:42", payload={"notice": "42"})
    @outbox.handler("email")
    def send(message: OutboxMessage) -> None: ...

A message is held by a session lock of PostgreSQL, which a killed worker lets go at once: the next worker redoes it
without waiting for a lease. An atomic handler shares one transaction with the "done" mark, so its effects in the
database happen exactly once.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from backend.platform import wake
from backend.platform.models import OutboxMessage

logger = logging.getLogger(__name__)

ATTEMPTS = 8
LONGEST_WAIT = timedelta(minutes=15)
LOCK_SPACE = 0x6D736B70 << 32  # "mskp": keeps our session locks apart from other advisory locks
ERROR_LENGTH = 4000

Handler = Callable[[OutboxMessage], None]


class GiveUp(Exception):
    """Raised by a handler when another attempt cannot help."""


@dataclass(frozen=True)
class _Binding:
    run: Handler
    attempts: int
    atomic: bool
    on_exhausted: Callable[[OutboxMessage], None] | None


_handlers: dict[str, _Binding] = {}


def handler(
    kind: str,
    *,
    attempts: int = ATTEMPTS,
    atomic: bool = True,
    on_exhausted: Callable[[OutboxMessage], None] | None = None,
) -> Callable[[Handler], Handler]:
    """Bind the function that does messages of one kind.

    `atomic=False` is for work that commits on its own way (progress of a job); it must bear being done again.
    `on_exhausted` runs once after the last attempt, in the transaction that marks the message as failed.
    """

    def bind(run: Handler) -> Handler:
        _handlers[kind] = _Binding(run, attempts, atomic, on_exhausted)
        return run

    return bind


def enqueue(kind: str, key: str, payload: Mapping[str, Any], *, due_at: datetime | None = None) -> None:
    """Add work to the current transaction; a key that is already known changes nothing. Wakes a worker on commit."""
    OutboxMessage.objects.bulk_create(
        [OutboxMessage(key=key, kind=kind, payload=dict(payload), **({"due_at": due_at} if due_at else {}))],
        ignore_conflicts=True,
    )
    if due_at is None:
        wake.on_commit()


def backoff(attempts: int) -> timedelta:
    """Wait before the next attempt: 1, 2, 4 … seconds, at most 15 minutes."""
    return min(timedelta(seconds=2 ** (attempts - 1)), LONGEST_WAIT)


def drain(limit: int = 100) -> int:
    """Do up to `limit` messages that are due; returns how many were tried. Safe in many workers at once."""
    tried = 0
    busy: list[int] = []
    while tried < limit:
        with _claim(busy) as message:
            if message is None:
                break
            _do(message)
            tried += 1
    return tried


@contextmanager
def _claim(busy: list[int]) -> Iterator[OutboxMessage | None]:
    """The oldest due message that no other worker holds, with its attempt counted; None when there is none."""
    while (message := _next(busy)) is not None:
        if not _lock("pg_try_advisory_lock", message.pk):
            busy.append(message.pk)  # in other hands: look past it
            continue
        try:
            if _count_attempt(message):
                yield message
                return
        finally:
            _lock("pg_advisory_unlock", message.pk)
    yield None


def _next(busy: list[int]) -> OutboxMessage | None:
    with transaction.atomic():
        return (
            OutboxMessage.objects.select_for_update(skip_locked=True)
            .filter(done_at__isnull=True, failed_at__isnull=True, due_at__lte=timezone.now())
            .exclude(pk__in=busy)
            .order_by("due_at", "pk")
            .first()
        )


def _lock(function: str, pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [LOCK_SPACE + pk])
        return bool(cursor.fetchone()[0])


def _count_attempt(message: OutboxMessage) -> bool:
    """Commit the attempt before it is made, so that one which kills its worker counts too.

    False when the message was done, or tried, between reading and locking it.
    """
    untouched = OutboxMessage.objects.filter(
        pk=message.pk, attempts=message.attempts, done_at__isnull=True, failed_at__isnull=True
    )
    message.attempts += 1
    return bool(untouched.update(attempts=message.attempts))


def _do(message: OutboxMessage) -> None:
    binding = _handlers.get(message.kind)
    if binding is None:
        _fail(message, f"Tidak ada penangan untuk {message.kind}", binding=None, final=True)
        return
    if message.attempts > binding.attempts:
        _fail(message, message.error or "Pekerja terhenti pada setiap percobaan.", binding=binding, final=True)
        return
    try:
        if binding.atomic:
            with transaction.atomic():
                binding.run(message)
                _done(message)
        else:
            binding.run(message)
            _done(message)
    except Exception as error:  # the edge of the engine: whatever a handler raises is kept with the message
        logger.warning("Outbox %s gagal pada percobaan %s: %s", message.kind, message.attempts, type(error).__name__)
        final = isinstance(error, GiveUp) or message.attempts >= binding.attempts
        _fail(message, traceback.format_exc()[-ERROR_LENGTH:], binding=binding, final=final)


def _done(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(done_at=timezone.now(), error="")


@transaction.atomic
def _fail(message: OutboxMessage, error: str, *, binding: _Binding | None, final: bool) -> None:
    now = timezone.now()
    message.error = error
    message.due_at = now + backoff(message.attempts)
    message.failed_at = now if final else None
    message.save(update_fields=["error", "due_at", "failed_at"])
    if final and binding and binding.on_exhausted:
        binding.on_exhausted(message)


def retry(message: OutboxMessage) -> None:
    """Give a failed message all its attempts again, now."""
    with transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk, failed_at__isnull=False).update(
            failed_at=None, attempts=0, due_at=timezone.now()
        )
        wake.on_commit()


def forget_done(before: datetime) -> int:
    """Delete messages done before a moment; failed ones stay."""
    return OutboxMessage.objects.filter(done_at__lt=before).delete()[0]
