"""Operators: at once, in the background through the outbox, failing, repeated, killed; and messages between instances."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from backend.core.errors import DomainError
from backend.platform import outbox
from backend.platform.models import OutboxMessage
from backend.workflow import engine, incidents, steps
from backend.workflow.enums import IncidentKind, InstanceStatus
from backend.workflow.models import InboxMessage, Incident, ProcessDefinition, ProcessInstance
from tests.workflow.conftest import Dunia, bind, build_dunia, publish

pytestmark = pytest.mark.django_db


def status(instance: ProcessInstance) -> str:
    instance.refresh_from_db()
    return instance.status


def exhaust() -> None:
    """Let every attempt of what is in the outbox happen now."""
    for _ in range(outbox.ATTEMPTS):
        OutboxMessage.objects.filter(done_at__isnull=True).update(due_at=timezone.now())
        outbox.drain()


def test_background_operators_run_once_after_the_commit_and_know_who_caused_them(dunia: Dunia) -> None:
    publish("layanan")
    instance = dunia.start("layanan")
    dunia.done(instance, "isi_satu")
    assert dunia.calls == [("isi_satu", dunia.pengisi.pk, {})]
    assert outbox.drain() == 2
    assert sorted(call[:2] for call in dunia.calls[1:]) == [("latar", "a"), ("latar", "b")]
    assert {call[2] for call in dunia.calls[1:]} == {dunia.pengisi.pk}
    assert status(instance) == InstanceStatus.COMPLETED
    assert outbox.drain() == 0


def test_a_message_delivered_three_times_has_one_effect(dunia: Dunia) -> None:
    publish("layanan")
    instance = dunia.start("layanan")
    for _ in range(3):
        OutboxMessage.objects.update(done_at=None, attempts=0)
        outbox.drain()
    assert len([call for call in dunia.calls if call[0] == "latar"]) == 2
    instance.refresh_from_db()
    assert instance.rev == 3


def test_a_service_that_keeps_failing_becomes_an_incident_and_can_be_retried(dunia: Dunia) -> None:
    publish("layanan")
    instance = dunia.start("layanan")
    dunia.fail.add("latar")
    exhaust()
    found = list(Incident.objects.all())
    assert {(incident.kind, incident.instance_id, incident.attempts) for incident in found} == {
        (IncidentKind.SERVICE, instance.pk, outbox.ATTEMPTS)
    }
    assert "mitra tidak menjawab" in found[0].message
    assert status(instance) == InstanceStatus.RUNNING
    dunia.fail.clear()
    for incident in found:
        incidents.retry(incident, actor=dunia.pengisi)
    outbox.drain()
    dunia.done(instance, "isi_satu")
    assert status(instance) == InstanceStatus.COMPLETED
    assert not Incident.objects.filter(resolved_at__isnull=True).exists()


def test_a_synchronous_failure_leaves_by_the_boundary_and_undoes_its_writes(dunia: Dunia) -> None:
    publish("galat")
    instance = dunia.start("galat")
    dunia.fail.add("langsung")
    dunia.done(instance, "isi_satu")
    assert dunia.open_steps(instance) == ["perbaiki"]
    assert ProcessDefinition.objects.get(key="galat").name == "Galat layanan"
    dunia.done(instance, "perbaiki")
    assert status(instance) == InstanceStatus.COMPLETED


def test_a_rule_broken_inside_an_operator_reaches_the_person_as_itself(dunia: Dunia, registry: steps.Registry) -> None:
    class Larangan(DomainError):
        """Ditolak aturan."""

    def refuse(*, ids: Any, params: Any, actor: Any) -> None:
        raise Larangan

    registry.operators["uji.mungkin_gagal"] = steps.Operator("uji.mungkin_gagal", refuse)
    publish("galat")
    instance = dunia.start("galat")
    with pytest.raises(Larangan):
        dunia.done(instance, "isi_satu")
    assert dunia.open_steps(instance) == ["isi_satu"]


def test_a_background_failure_leaves_by_its_boundary_event(dunia: Dunia) -> None:
    publish("galat")
    instance = dunia.start("galat")
    dunia.fail.add("tolak_latar")
    dunia.done(instance, "isi_satu")
    outbox.drain()
    assert dunia.open_steps(instance) == ["perbaiki"]
    assert not Incident.objects.exists()


def test_a_background_failure_without_a_boundary_is_not_tried_again(dunia: Dunia) -> None:
    publish("galat")
    instance = dunia.start("galat")
    dunia.fail.add("lain_latar")
    dunia.done(instance, "isi_satu")
    outbox.drain()
    incident = Incident.objects.get()
    assert (incident.attempts, incident.instance_id) == (1, instance.pk)
    assert "Mitra menolak dengan alasan lain." in incident.message


def test_a_result_that_comes_after_a_cancel_is_dropped(dunia: Dunia) -> None:
    publish("layanan")
    instance = dunia.start("layanan")
    engine.cancel(instance.pk, actor=dunia.pengisi, alasan="Batal")
    outbox.drain()
    assert dunia.calls == []
    assert status(instance) == InstanceStatus.CANCELLED


def test_opened_items_are_told_once_they_are_committed(dunia: Dunia, registry: steps.Registry) -> None:
    told: list[UUID] = []
    steps.opened("tinjau")(lambda *, item: told.append(item.pk))
    publish("berdua")
    instance = dunia.start("berdua")
    assert told == []
    outbox.drain()
    assert told == [dunia.item(instance, "tinjau").pk]
    assert engine.recipients(dunia.item(instance, "tinjau"), timezone.now()) == [dunia.peninjau.pk]


# --- messages -----------------------------------------------------------------------------------------------------

FAR = "2999-01-01T00:00:00+07:00"


def test_a_message_finds_the_instance_by_its_business_key(dunia: Dunia) -> None:
    publish("pesan")
    one = dunia.start("pesan", business_key="L1", data={"tunggu_lengkap": True, "batas": FAR})
    two = dunia.start("pesan", business_key="L2", data={"tunggu_lengkap": True, "batas": FAR})
    for instance in (one, two):
        dunia.done(instance, "isi_satu")
        assert dunia.open_steps(instance) == []
    assert engine.send("lengkap", actor=dunia.peninjau, business_key="L2", payload={"atasan": "x"}) == [two.pk]
    assert (dunia.open_steps(one), dunia.open_steps(two)) == ([], ["isi_dua"])
    assert engine.ids_of(dunia.item(two))["atasan"] == "x"


def test_a_message_that_comes_too_early_is_kept_for_the_one_who_will_wait(dunia: Dunia) -> None:
    publish("pesan")
    instance = dunia.start("pesan", business_key="L1", data={"tunggu_lengkap": True, "batas": FAR})
    assert engine.send("lengkap", actor=None, business_key="L1", payload={"atasan": "x"}) == []
    dunia.done(instance, "isi_satu")
    assert dunia.open_steps(instance) == ["isi_dua"]
    assert InboxMessage.objects.get(message="lengkap").delivered_at is not None


def test_a_process_sends_a_message_to_another_through_the_outbox(dunia: Dunia) -> None:
    publish("pesan", "pengirim")
    waiting = dunia.start("pesan", business_key="L9", data={"tunggu_lengkap": True, "batas": FAR})
    dunia.done(waiting, "isi_satu")
    sender = dunia.start("pengirim", business_key="L9", data={"nilai": 7})
    dunia.done(sender, "isi_satu")
    outbox.drain()
    assert engine.ids_of(dunia.item(waiting))["nilai"] == 7


def test_a_message_sent_from_inside_a_step_leaves_after_the_commit(dunia: Dunia, registry: steps.Registry) -> None:
    publish("pesan", "tunggal")
    waiting = dunia.start("pesan", business_key="L9", data={"tunggu_lengkap": True, "batas": FAR})
    dunia.done(waiting, "isi_satu")

    def send(*, actor: Any, ids: Any, form: Any) -> None:
        assert engine.send("lengkap", actor=actor, business_key="L9") == []

    registry.steps["isi_satu"] = steps.Step("isi_satu", send)
    dunia.done(dunia.start("tunggal"), "isi_satu")
    assert dunia.open_steps(waiting) == []
    outbox.drain()
    assert dunia.open_steps(waiting) == ["isi_dua"]


# --- kill -9 ------------------------------------------------------------------------------------------------------

KILLS = int(os.environ.get("KILLS", "50"))
INSIDE: dict[str, int] = {}  # in a worker that is to be killed: where it says that it is inside an operator


@pytest.fixture
def dunia_luar(transactional_db: None, registry: steps.Registry) -> Iterator[Dunia]:
    """A world whose rows are committed, so that other processes see them, with a table for effects.

    The table has no key: one that refuses a second effect would hide that there was one.
    """
    dunia = build_dunia()
    bind(dunia)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE uji_efek (kunci text NOT NULL)")
    yield dunia
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE uji_efek")


def effects() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kunci FROM uji_efek")
        return [kunci for (kunci,) in cursor.fetchall()]


def slow(*, ids: Any, params: Any, actor: Any) -> dict[str, Any]:
    """Writes; in a worker that is to be killed it then says so and never comes to its commit."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO uji_efek VALUES (%s)", [f"{params['kunci']}:{params['kunci_hasil']}"])
    if INSIDE:
        os.write(INSIDE["pipe"], b"x")
        time.sleep(60)
    return {f"hasil_{params['kunci_hasil']}": 1}


def test_a_worker_killed_inside_a_service_loses_and_doubles_nothing(
    dunia_luar: Dunia, registry: steps.Registry
) -> None:
    registry.operators["uji.latar"] = steps.Operator("uji.latar", slow, background=True)
    publish("layanan")
    dunia, count = dunia_luar, max(1, KILLS // 10)
    instances = [dunia.start("layanan") for _ in range(count)]
    for instance in instances:
        dunia.done(instance, "isi_satu")
    for _ in range(KILLS):
        _kill_a_worker_inside()
        OutboxMessage.objects.update(attempts=0)  # else the oldest is given up as the one that kills its workers
    assert effects() == []
    assert {status(instance) for instance in instances} == {InstanceStatus.RUNNING}
    deadline = time.monotonic() + 60  # the lock of a killed worker goes with its connection, not after a lease
    while OutboxMessage.objects.filter(done_at__isnull=True).exists() and time.monotonic() < deadline:
        outbox.drain()
    assert {status(instance) for instance in instances} == {InstanceStatus.COMPLETED}
    assert len(effects()) == len(set(effects())) == 2 * count
    assert not Incident.objects.exists()
    for instance in instances:
        assert instance.rev == 4, "one start, one step, two results"


def _kill_a_worker_inside() -> None:
    """Start a worker in a process of its own; when it says that it is inside an operator, kill it."""
    connection.close()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        INSIDE["pipe"] = write
        # A thread keeps one connection for code beside an event loop (a browser test before) and one for code without.
        # The child sees the second: it is the parent's, and two processes on one socket read each other's answers.
        connection.connection = None
        try:
            outbox.drain()
        finally:
            os._exit(0)
    os.close(write)
    try:
        inside, _, _ = select.select([read], [], [], 60)
        said = os.read(read, 1) if inside else b""
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read)
    errors = "\n".join(OutboxMessage.objects.exclude(error="").values_list("error", flat=True)[:2])
    assert said == b"x", f"the worker never came to an operator\n{errors}"
