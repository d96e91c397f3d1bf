"""Moving running instances to a new version: at every node, with drafts and deadlines kept, and never against the past."""

from __future__ import annotations

import pytest

from backend.platform.models import AuditEvent
from backend.workflow import definitions, engine, migration
from backend.workflow.enums import InstanceStatus
from backend.workflow.errors import ReasonRequired
from backend.workflow.models import ProcessDefinition, ProcessInstance, WorkItem
from tests.workflow.conftest import PROCESSES, Dunia, publish

pytestmark = pytest.mark.django_db
STEPS = ("isi_satu", "isi_dua", "isi_tiga", "tinjau")


def new_version(key: str, *changes: tuple[str, str]) -> ProcessDefinition:
    text = (PROCESSES / f"{key}.bpmn").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return definitions.publish(definitions.save_draft(text, files={}, by=None), by=None)


def at(dunia: Dunia, key: str, done: int) -> ProcessInstance:
    """A running instance that stands after so many steps."""
    instance = dunia.start(key)
    for step in STEPS[:done]:
        dunia.done(instance, step)
    return instance


def finish(dunia: Dunia, instance: ProcessInstance) -> str:
    while item := WorkItem.objects.open().filter(instance=instance).first():
        engine.complete(item.pk, actor=dunia.peninjau if item.step == "tinjau" else dunia.pengisi, data={})
    instance.refresh_from_db()
    return instance.status


def test_a_new_version_leaves_running_instances_alone(dunia: Dunia) -> None:
    publish("tinjau")
    instance = at(dunia, "tinjau", 1)
    old = instance.definition_id
    new_version("tinjau", ('name="Isi dua"', 'name="Mengisi bagian dua"'))
    dunia.done(instance, "isi_dua")
    instance.refresh_from_db()
    assert instance.definition_id == old
    assert dunia.start("tinjau").definition_id != old


@pytest.mark.parametrize("key", ["tinjau", "tinjau_sub"])
@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_new_labels_move_at_every_node_with_draft_and_deadline(dunia: Dunia, key: str, done: int) -> None:
    publish(key)
    source = definitions.live(key)
    instance = dunia.start(key)
    for step in [step for step in STEPS if key == "tinjau" or step != "isi_tiga"][:done]:
        dunia.done(instance, step)
    if instance.items.open().exists():
        item = dunia.item(instance)
        engine.save_draft(
            item.pk, actor=dunia.peninjau if item.step == "tinjau" else dunia.pengisi, draft={"isi": "setengah"}
        )
    timers = sorted(instance.timers.values_list("task_id", "due_at"))
    target = new_version(
        key, ('name="Isi satu"', 'name="Satu"'), ('name="Isi dua"', 'name="Dua"'), ('name="Tinjau"', 'name="Menilai"')
    )
    plan = migration.plan(source, target)
    instance.refresh_from_db()
    if instance.status == InstanceStatus.COMPLETED:
        assert plan.movable == []
        return
    assert (plan.movable, plan.refused) == ([instance.pk], {})
    assert migration.migrate(plan.movable, target, actor=dunia.pengisi, alasan="Istilah baru") == {}
    instance.refresh_from_db()
    item.refresh_from_db()
    assert (instance.definition_id, item.draft, item.name in {"Satu", "Dua", "Isi tiga", "Menilai"}) == (
        target.pk,
        {"isi": "setengah"},
        True,
    )
    assert sorted(instance.timers.values_list("task_id", "due_at")) == timers
    assert finish(dunia, instance) == InstanceStatus.COMPLETED
    event = AuditEvent.objects.get(chain=str(instance.pk), peristiwa="proses_dipindah_versi")
    assert (event.alasan, event.data["ke_versi"]) == ("Istilah baru", 2)


def test_a_step_that_comes_later_may_change(dunia: Dunia) -> None:
    publish("tinjau")
    source = definitions.live("tinjau")
    instance = at(dunia, "tinjau", 1)
    target = new_version("tinjau", ('id="uji.kunci"', 'id="uji.ingatkan"'))
    plan = migration.plan(source, target)
    assert plan.movable == [instance.pk]
    migration.migrate(plan.movable, target, actor=dunia.pengisi, alasan="Layanan baru")
    assert finish(dunia, instance) == InstanceStatus.COMPLETED
    assert [call[0] for call in dunia.calls if call[0] in ("kunci", "ingatkan")] == ["ingatkan"]


def test_a_step_that_was_done_may_not_vanish(dunia: Dunia) -> None:
    publish("tinjau")
    source = definitions.live("tinjau")
    early, late = at(dunia, "tinjau", 0), at(dunia, "tinjau", 2)
    target = new_version("tinjau", ("isi_dua", "isi_kedua"))
    plan = migration.plan(source, target)
    assert plan.movable == [early.pk]
    assert "Isi dua" in plan.refused[late.pk]
    refused = migration.migrate([early.pk, late.pk], target, actor=dunia.pengisi, alasan="Coba")
    assert set(refused) == {late.pk}
    late.refresh_from_db()
    assert late.definition_id == source.pk
    assert dunia.open_steps(late) == ["isi_tiga"]


def test_an_operator_that_has_run_may_not_change(dunia: Dunia) -> None:
    publish("layanan")
    source = definitions.live("layanan")
    instance = dunia.start("layanan")
    target = new_version("layanan", ("'a'", "'c'"))
    plan = migration.plan(source, target)
    assert plan.movable == []
    assert "operation_params" in plan.refused[instance.pk]


def test_a_changed_timer_keeps_the_deadline_that_runs(dunia: Dunia) -> None:
    publish("tinjau")
    source = definitions.live("tinjau")
    instance = at(dunia, "tinjau", 3)
    due = instance.timers.get().due_at
    target = new_version("tinjau", ("<bpmn:timeDuration>P3D", "<bpmn:timeDuration>P9D"))
    plan = migration.plan(source, target)
    assert plan.notes == ["Batas waktu “ingat” berubah; yang sedang menunggu tetap memakai batas lama."]
    migration.migrate(plan.movable, target, actor=dunia.pengisi, alasan="Batas baru")
    assert instance.timers.get().due_at == due


def test_a_new_lane_readdresses_the_open_item(dunia: Dunia) -> None:
    publish("tinjau")
    source = definitions.live("tinjau")
    instance = at(dunia, "tinjau", 0)
    text_flow = "<bpmn:flowNodeRef>isi_satu</bpmn:flowNodeRef>"
    target = new_version(
        "tinjau",
        (f"        {text_flow}\n", ""),
        (
            "        <bpmn:flowNodeRef>tinjau</bpmn:flowNodeRef>",
            f"        {text_flow}\n        <bpmn:flowNodeRef>tinjau</bpmn:flowNodeRef>",
        ),
    )
    migration.migrate(migration.plan(source, target).movable, target, actor=dunia.pengisi, alasan="Lajur baru")
    item = dunia.item(instance)
    assert (item.lane, item.assignee_id, item.candidate_posisi) == ("peninjau", None, dunia.posisi)


def test_moving_needs_a_reason(dunia: Dunia) -> None:
    publish("tinjau")
    with pytest.raises(ReasonRequired):
        migration.migrate([], definitions.live("tinjau"), actor=dunia.pengisi, alasan=" ")
