"""Starting thousands at once gives what starting each would have given."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from backend.platform.models import AuditEvent
from backend.workflow import engine, steps
from backend.workflow.cloning import Start, start_many
from backend.workflow.errors import InvalidProcessData
from backend.workflow.models import ProcessInstance, WorkItem
from tests.workflow.conftest import Dunia, publish
from tests.workflow.test_state import EXACT, typed

pytestmark = pytest.mark.django_db


def starts(dunia: Dunia, count: int, **more: Any) -> list[Start]:
    return [
        Start(
            ("laporan", f"L{n}"),
            dunia.data(nomor=n, teks=f"“{n}” \\ \n\t", **more),
            business_key=f"K{n}",
            opd=uuid4(),
            title=f"Judul {n}",
        )
        for n in range(count)
    ]


def shape(instance: ProcessInstance) -> Any:
    return [
        (item.step, item.lane, item.form_id, item.assignee_id, item.title, item.opd, item.round, item.name)
        for item in instance.items.order_by("step")
    ]


@pytest.mark.parametrize("key", ["tinjau", "tinjau_sub", "berulang", "berdua"])
def test_a_clone_is_like_a_single_start_and_runs_to_the_end(dunia: Dunia, key: str) -> None:
    publish(key)
    rows = starts(dunia, 3)
    ids = start_many(key, rows, actor=dunia.pengisi)
    for instance_id, row in zip(ids, rows, strict=True):
        clone = ProcessInstance.objects.get(pk=instance_id)
        single = engine.start(
            key,
            actor=dunia.pengisi,
            subject=row.subject,
            data=row.data,
            business_key=row.business_key,
            opd=row.opd,
            title=row.title,
        )
        assert shape(clone) == shape(single)
        assert (clone.key, clone.subject_id, clone.business_key, clone.rev) == (
            key,
            row.subject[1],
            row.business_key,
            single.rev,
        )
        assert clone.timers.count() == single.timers.count()
        assert dict(engine.ids_of(clone.items.first())) == dict(engine.ids_of(single.items.first()))
        while item := WorkItem.objects.open().filter(instance=clone).first():
            engine.complete(item.pk, actor=dunia.peninjau if item.step == "tinjau" else dunia.pengisi, data={})
        clone.refresh_from_db()
        assert clone.status == "completed"


def test_ids_of_clones_never_meet(dunia: Dunia) -> None:
    publish("tinjau")
    ids = start_many("tinjau", starts(dunia, 50), actor=dunia.pengisi)
    seen: set[Any] = set()
    for instance in ProcessInstance.objects.filter(pk__in=ids):
        own = set(dunia.workflow(instance).tasks)
        assert not own & seen
        seen |= own
    assert AuditEvent.objects.filter(chain__in=[str(each) for each in ids]).count() == 50


def test_values_of_every_type_are_exact(dunia: Dunia) -> None:
    publish("tunggal")
    (only,) = start_many("tunggal", [Start(None, dunia.data(**EXACT))], actor=None)
    item = WorkItem.objects.select_related("instance").get(instance_id=only)
    assert typed(dict(engine.ids_of(item))) == typed(dunia.data(**EXACT))


def test_data_that_decides_the_first_task_is_respected(dunia: Dunia, monkeypatch: pytest.MonkeyPatch) -> None:
    publish("tinjau_sub")
    monkeypatch.setattr(engine, "start", None)  # all three are copies
    rows = [Start(("l", n), dunia.data(kembali_ke=ke)) for n, ke in enumerate(["", "dua", ""])]
    ids = start_many("tinjau_sub", rows, actor=dunia.pengisi)
    found = [WorkItem.objects.get(instance_id=each).step for each in ids]
    assert found == ["isi_satu", "isi_dua", "isi_satu"]


def test_operators_before_the_first_task_run_for_each(dunia: Dunia, registry: steps.Registry) -> None:
    publish("layanan")
    start_many("layanan", [Start(None, dunia.data()) for _ in range(2)], actor=dunia.pengisi)
    from backend.platform import outbox

    outbox.drain()
    assert len([call for call in dunia.calls if call[0] == "latar"]) == 4


def test_bad_data_starts_nothing(dunia: Dunia) -> None:
    publish("tinjau")
    rows = [Start(None, dunia.data(nomor=1)), Start(None, dunia.data(nomor=(1, 2)))]
    with pytest.raises(InvalidProcessData):
        start_many("tinjau", rows, actor=dunia.pengisi)
    assert not ProcessInstance.objects.exists()
