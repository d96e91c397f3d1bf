"""Timers as rows: fired when due, by any number of workers, one broken instance never in the way of others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.workflow import engine, incidents, steps, timers
from backend.workflow.enums import IncidentKind, InstanceStatus
from backend.workflow.models import Incident, ProcessInstance
from tests.workflow.conftest import Dunia, publish

pytestmark = pytest.mark.django_db


def reminders(dunia: Dunia) -> int:
    return len([call for call in dunia.calls if call[0] == "ingatkan"])


def test_nothing_fires_before_its_time(dunia: Dunia) -> None:
    publish("berulang")
    instance = dunia.start("berulang")
    (timer,) = instance.timers.all()
    assert timedelta(hours=23) < timer.due_at - timezone.now() < timedelta(hours=25)
    assert timers.run_due() == 0


def test_a_cycle_fires_each_round_and_moves_its_row(dunia: Dunia) -> None:
    publish("berulang")
    instance = dunia.start("berulang")
    for fired in (1, 2, 3):
        dunia.let_pass(instance, timedelta(days=1, minutes=1))
        assert timers.run_due() == 1
        assert reminders(dunia) == fired
    assert not instance.timers.exists()
    assert timers.run_due() == 0
    dunia.done(instance, "isi_satu")
    instance.refresh_from_db()
    assert instance.status == InstanceStatus.COMPLETED


def test_ten_days_late_catches_up(dunia: Dunia) -> None:
    publish("berulang")
    instance = dunia.start("berulang")
    dunia.let_pass(instance, timedelta(days=10))
    assert timers.run_due() == 1
    assert reminders(dunia) == 3


def test_an_interrupting_deadline_closes_the_item_and_opens_the_next(dunia: Dunia) -> None:
    publish("tenggat")
    batas = (timezone.now() + timedelta(days=1)).isoformat()
    instance = dunia.start("tenggat", data={"batas": batas})
    item = dunia.item(instance)
    dunia.let_pass(instance, timedelta(days=2))
    timers.run_due()
    assert dunia.open_steps(instance) == ["terlambat"]
    item.refresh_from_db()
    assert item.status == "cancelled"


def test_a_deadline_already_past_fires_at_the_start(dunia: Dunia) -> None:
    publish("tenggat")
    instance = dunia.start("tenggat", data={"batas": "2020-01-01T00:00:00+07:00"})
    assert dunia.open_steps(instance) == ["terlambat"]


def test_timers_of_a_suspended_or_cancelled_instance_rest(dunia: Dunia) -> None:
    publish("berulang")
    one, two = dunia.start("berulang"), dunia.start("berulang")
    for instance in (one, two):
        dunia.let_pass(instance, timedelta(days=2))
    engine.suspend(one.pk, actor=dunia.pengisi, alasan="Tunda")
    engine.cancel(two.pk, actor=dunia.pengisi, alasan="Batal")
    assert timers.run_due() == 0


def test_a_broken_instance_is_held_while_others_fire(dunia: Dunia, registry: steps.Registry) -> None:
    publish("berulang")
    broken, good = dunia.start("berulang", data={"rusak": True}), dunia.start("berulang", data={"rusak": False})
    dunia.let_pass(broken, timedelta(days=2))
    dunia.let_pass(good, timedelta(days=1, minutes=1))
    works = registry.operators["uji.ingatkan"]

    def breaks(*, ids, params, actor):
        if ids["rusak"]:
            raise ZeroDivisionError
        return works.run(ids=ids, params=params, actor=actor)

    registry.operators["uji.ingatkan"] = steps.Operator("uji.ingatkan", breaks)
    timers.run_due()
    assert reminders(dunia) == 1
    incident = Incident.objects.get()
    assert (incident.kind, incident.instance_id) == (IncidentKind.TIMER, broken.pk)
    assert broken.timers.get().held
    assert timers.run_due() == 0
    registry.operators["uji.ingatkan"] = works
    incidents.retry(incident, actor=dunia.pengisi)
    assert reminders(dunia) == 1 + 2  # two days late: two rounds of the cycle
    assert not ProcessInstance.objects.get(pk=broken.pk).timers.filter(held=True).exists()
