"""Two at once: each pair of people has one decision and one clear refusal; one key has one effect."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from backend.accounts.models import User
from backend.core.errors import StaleTask
from backend.platform.models import AuditEvent
from backend.workflow import engine, steps, timers
from backend.workflow.cloning import Start
from backend.workflow.enums import ItemStatus
from backend.workflow.models import InboxMessage, ProcessInstance, TimerJob, WorkItem
from tests.workflow.conftest import Dunia, bind, build_dunia, publish

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = int(os.environ.get("PAIRS", "1000"))


@pytest.fixture
def dunia(transactional_db: None, registry: steps.Registry) -> Dunia:
    dunia = build_dunia()
    bind(dunia)
    return dunia


def together(works: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same moment in threads with connections of their own."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_two_approvers_of_a_thousand_items_make_a_thousand_decisions_and_as_many_clear_conflicts(dunia: Dunia) -> None:
    publish("berdua")
    plh = User.objects.create_user("plh", nama="Plh")
    dunia.papan.posts[plh.pk] = [dunia.posisi]
    starts = [Start(("uji", str(number)), dunia.data()) for number in range(PAIRS)]
    engine.start_many("berdua", starts, actor=dunia.pengisi)
    items = list(WorkItem.objects.open().filter(step="tinjau").order_by("id").values_list("pk", flat=True))
    line = Barrier(2)

    def decide(actor: User) -> Callable[[], Counter[str]]:
        def work() -> Counter[str]:
            results: Counter[str] = Counter()
            for pk in items:
                line.wait(timeout=60)
                results[_decide(pk, actor)] += 1
            return results

        return work

    results = sum(together([decide(dunia.peninjau), decide(plh)]), Counter())
    assert results == {"decided": PAIRS, "conflict": PAIRS}
    done = WorkItem.objects.filter(step="tinjau", status=ItemStatus.DONE)
    assert done.count() == done.exclude(done_by=None).count() == PAIRS
    assert len([call for call in dunia.calls if call[0] == "tinjau"]) == PAIRS
    assert AuditEvent.objects.filter(peristiwa="tugas_selesai").count() == PAIRS
    assert ProcessInstance.objects.filter(rev=2).count() == PAIRS


def _decide(pk: UUID, actor: User) -> str:
    try:
        engine.complete(pk, actor=actor, data={})
    except StaleTask as stale:
        says_who_and_when = stale.params["oleh"] in {"Peninjau", "Plh"} and re.fullmatch(
            r"\d\d\.\d\d", stale.params["pukul"]
        )
        return "conflict" if says_who_and_when and stale.params["oleh"] != actor.nama else "unclear"
    return "decided"


def test_fifty_posts_with_one_key_have_one_effect_and_one_answer(dunia: Dunia) -> None:
    publish("tinjau")
    item = dunia.item(dunia.start("tinjau"))

    def post() -> list[Any]:
        done = engine.complete(item.pk, actor=dunia.pengisi, data={"isi": "x"}, idempotency_key="satu")
        return [each.pk for each in done.next_items]

    answers = together([post] * 50)
    assert len({tuple(answer) for answer in answers}) == 1
    assert len(dunia.calls) == 1
    assert InboxMessage.objects.count() == 1
    assert WorkItem.objects.count() == 2


def test_a_timer_and_a_person_at_the_same_moment_both_find_a_sound_instance(dunia: Dunia) -> None:
    publish("berulang")
    for _ in range(5):
        instance = dunia.start("berulang")
        dunia.let_pass(instance, timedelta(days=1, minutes=1))
        together(
            [
                lambda: timers.run_due(),
                lambda instance=instance: dunia.done(instance, "isi_satu"),
                lambda: timers.run_due(),
            ]
        )
        instance.refresh_from_db()
        assert instance.status == "completed"
    assert not TimerJob.objects.exists()
    assert len([call for call in dunia.calls if call[0] == "ingatkan"]) <= 5
