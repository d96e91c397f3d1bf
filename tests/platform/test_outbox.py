from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from backend.platform import health, outbox, wake
from backend.platform.models import Heartbeat, OutboxMessage

seen: list[int] = []
exhausted: list[str] = []


@outbox.handler("uji_catat")
def _note(message: OutboxMessage) -> None:
    seen.append(message.payload["n"])
    Heartbeat.objects.create(name=f"uji-{message.payload['n']}", pada=timezone.now())


@outbox.handler("uji_gagal", attempts=3, on_exhausted=lambda message: exhausted.append(message.key))
def _fail(message: OutboxMessage) -> None:
    Heartbeat.objects.create(name="setengah", pada=timezone.now())
    raise ValueError("rusak")


@outbox.handler("uji_menyerah", on_exhausted=lambda message: exhausted.append(message.key))
def _give_up(message: OutboxMessage) -> None:
    raise outbox.GiveUp


class FakeWaker:
    """Counts instead of sending."""

    def __init__(self) -> None:
        self.calls = 0

    def call(self) -> None:
        self.calls += 1


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    exhausted.clear()
    monkeypatch.setattr(wake, "_waker", FakeWaker())  # no worker of the developer takes part


def make_due() -> None:
    OutboxMessage.objects.update(due_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_a_key_is_done_once_however_often_it_is_enqueued():
    for _ in range(3):
        outbox.enqueue("uji_catat", "k1", {"n": 1})
    assert outbox.drain() == 1
    assert outbox.drain() == 0
    assert seen == [1]
    assert OutboxMessage.objects.get().done_at is not None


@pytest.mark.django_db
def test_messages_wait_for_their_time():
    outbox.enqueue("uji_catat", "nanti", {"n": 1}, due_at=timezone.now() + timedelta(hours=1))
    assert outbox.drain() == 0
    make_due()
    assert outbox.drain() == 1


@pytest.mark.django_db
def test_a_failure_rolls_its_effects_back_and_is_tried_again_later():
    outbox.enqueue("uji_gagal", "k1", {})
    assert outbox.drain() == 1
    message = OutboxMessage.objects.get()
    assert not Heartbeat.objects.filter(name="setengah").exists()
    assert "ValueError: rusak" in message.error
    assert message.due_at > timezone.now()
    assert (message.attempts, message.done_at, message.failed_at) == (1, None, None)


@pytest.mark.django_db
def test_after_the_last_attempt_the_hook_runs_once_and_retry_starts_anew():
    outbox.enqueue("uji_gagal", "k1", {})
    for _ in range(5):
        make_due()
        outbox.drain()
    message = OutboxMessage.objects.get()
    assert message.failed_at is not None
    assert message.attempts == 3
    assert exhausted == ["k1"]
    outbox.retry(message)
    assert outbox.drain() == 1
    assert OutboxMessage.objects.get().attempts == 1


@pytest.mark.django_db
def test_a_handler_may_give_up_at_once():
    outbox.enqueue("uji_menyerah", "k1", {})
    outbox.drain()
    assert OutboxMessage.objects.get().failed_at is not None
    assert exhausted == ["k1"]


@pytest.mark.django_db
def test_a_kind_without_handler_is_kept_as_failed():
    outbox.enqueue("uji_entah", "k1", {})
    outbox.drain()
    assert "Tidak ada penangan" in OutboxMessage.objects.get().error


@pytest.mark.django_db
def test_the_wait_doubles_and_has_an_end():
    waits = [outbox.backoff(attempt).total_seconds() for attempt in range(1, 15)]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == 900


@pytest.mark.django_db
def test_workers_are_woken_once_per_transaction(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    waker = FakeWaker()
    monkeypatch.setattr(wake, "_waker", waker)
    with django_capture_on_commit_callbacks(execute=True):
        for n in range(5):
            outbox.enqueue("uji_catat", f"k{n}", {"n": n})
    assert waker.calls == 1


def test_no_request_waits_for_a_broker_and_a_lost_one_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, answer = threading.Event(), threading.Event()
    tries: list[str] = []

    def hang(task: str, **_options: object) -> None:
        tries.append(task)
        tried.set()
        answer.wait(10)
        raise OperationalError

    monkeypatch.setattr(current_app, "send_task", hang)
    waker = wake._Waker()
    for _ in range(50):
        waker.call()  # returns while the broker hangs
    assert tried.wait(5)
    assert not answer.is_set()
    answer.set()
    for _ in range(50):
        waker.call()
    assert tries == [wake.TASK]


def test_wake_ups_that_come_while_one_is_sent_lead_to_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    first, go_on, second = threading.Event(), threading.Event(), threading.Event()

    def send(task: str, **_options: object) -> None:
        sent.append(task)
        (second if len(sent) == 2 else first).set()
        go_on.wait(10)

    monkeypatch.setattr(current_app, "send_task", send)
    waker = wake._Waker()
    waker.call()
    assert first.wait(5)
    for _ in range(10):
        waker.call()
    go_on.set()
    assert second.wait(5)
    assert len(sent) == 2


@pytest.mark.django_db(transaction=True)
def test_many_workers_do_each_message_once():
    with transaction.atomic():
        for n in range(60):
            outbox.enqueue("uji_catat", f"k{n}", {"n": n})

    def work() -> None:
        while outbox.drain(5):
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(60))
    assert Heartbeat.objects.filter(name__startswith="uji-").count() == 60
    assert not OutboxMessage.objects.filter(done_at__isnull=True).exists()


WORKER = """
import django, time
django.setup()
from django.utils import timezone
from backend.platform import outbox
from backend.platform.models import Heartbeat
@outbox.handler("uji_lama")
def slow(message):
    Heartbeat.objects.create(name="jejak", pada=timezone.now())
    print("mulai", flush=True)
    time.sleep(60)
outbox.drain()
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_nothing_half_done_and_the_next_one_redoes_it():
    outbox.enqueue("uji_lama", "k1", {})
    environment = {**os.environ, "DB_NAME": connection.settings_dict["NAME"]}
    victim = subprocess.Popen(
        [sys.executable, "-c", WORKER], cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == "mulai"
        assert outbox.drain() == 0  # in other hands
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate()

    @outbox.handler("uji_lama")
    def quick(message: OutboxMessage) -> None:
        Heartbeat.objects.create(name="jejak", pada=timezone.now())

    for _ in range(50):  # the server notices the closed connection within moments
        if outbox.drain():
            break
        time.sleep(0.1)
    message = OutboxMessage.objects.get()
    assert message.done_at is not None
    assert message.attempts == 2
    assert Heartbeat.objects.filter(name="jejak").count() == 1


@pytest.mark.django_db
def test_health_tells_a_living_worker_from_a_silent_one_and_the_age_of_waiting_work():
    now = timezone.now()
    assert health.status(now) == {"pekerja": "diam", "outbox_tertua_detik": 0}
    health.touch(health.WORKER, pada=now)
    outbox.enqueue("uji_catat", "k1", {"n": 1}, due_at=now - timedelta(seconds=30))
    assert health.status(now) == {"pekerja": "baik", "outbox_tertua_detik": 30}
    assert health.status(now + timedelta(minutes=2))["pekerja"] == "diam"


@pytest.mark.django_db
def test_only_old_done_messages_are_forgotten():
    outbox.enqueue("uji_catat", "selesai", {"n": 1})
    outbox.enqueue("uji_menyerah", "gagal", {})
    outbox.drain()
    assert outbox.forget_done(timezone.now() + timedelta(seconds=1)) == 1
    assert OutboxMessage.objects.get().key == "gagal"
