"""Two at once: each pair of people has one decision and one clear refusal; one key has one effect."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from backend.accounts.models import User
from backend.core.errors import StaleTask
from backend.workflow import engine, steps, timers
from backend.workflow.enums import ItemStatus
from backend.workflow.models import InboxMessage, TimerJob, WorkItem
from tests.workflow.conftest import Dunia, bind, build_dunia, publish

pytestmark = pytest.mark.django_db(transaction=True)
PAIRS = int(os.environ.get("PAIRS", "60"))


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


def test_two_approvers_of_one_item_make_one_decision_and_one_clear_conflict(dunia: Dunia) -> None:
    publish("berdua")
    plh = User.objects.create_user("plh", nama="Plh")
    dunia.papan.posts[plh.pk] = [dunia.posisi]
    results: Counter[str] = Counter()

    def decide(actor: User, item: WorkItem) -> Callable[[], str]:
        def work() -> str:
            try:
                engine.complete(item.pk, actor=actor, data={})
            except StaleTask as stale:
                return "conflict" if stale.params["oleh"] in {"Peninjau", "Plh"} else "unclear"
            return "decided"

        return work

    for _ in range(PAIRS):
        item = dunia.item(dunia.start("berdua"), "tinjau")
        results.update(together([decide(dunia.peninjau, item), decide(plh, item)]))
    assert results == {"decided": PAIRS, "conflict": PAIRS}
    assert WorkItem.objects.filter(step="tinjau", status=ItemStatus.DONE).count() == PAIRS
    assert len([call for call in dunia.calls if call[0] == "tinjau"]) == PAIRS


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
