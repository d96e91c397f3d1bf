"""The inbox holds exactly what the user may act on, in order of deadline, with a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.workflow import engine, steps
from backend.workflow.inbox import Filters, forget_answers, inbox, inbox_count
from backend.workflow.models import InboxMessage, ProcessDefinition, ProcessInstance, WorkItem
from tests.workflow.conftest import Papan

pytestmark = pytest.mark.django_db


@pytest.fixture
def papan(registry: steps.Registry) -> Papan:
    papan = Papan()
    steps.set_directory(papan)
    return papan


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("orang", nama="Orang")


@pytest.fixture
def instance(db: None) -> ProcessInstance:
    definition = ProcessDefinition.objects.create(key="uji", version=1, bpmn="", sha256="x")
    return ProcessInstance.objects.create(
        definition=definition, key="uji", state=b"", subject_type="uji", subject_id="7"
    )


def item(instance: ProcessInstance, **values: Any) -> WorkItem:
    values.setdefault("due_at", None)
    return WorkItem.objects.create(instance=instance, task_id=uuid4(), step=values.pop("step", "isi"), **values)


POSTS, OPDS, ROLES = [UUID(int=n) for n in (1, 2)], [UUID(int=n) for n in (11, 12)], ["admin_opd", "bkpsdm"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(
        st.fixed_dictionaries(
            {
                "mine": st.sampled_from([None, True, False]),
                "posisi": st.sampled_from([None, *POSTS]),
                "peran": st.sampled_from(["", *ROLES]),
                "opd": st.sampled_from([None, *OPDS]),
                "days": st.none() | st.integers(-3, 3),
                "done": st.booleans(),
            }
        ),
        max_size=12,
    ),
    posts=st.sets(st.sampled_from(POSTS)),
    roles=st.sets(st.tuples(st.sampled_from(ROLES), st.sampled_from([None, *OPDS]))),
)
def test_it_is_exactly_what_can_act_says(
    papan: Papan,
    user: User,
    instance: ProcessInstance,
    items: list[dict[str, Any]],
    posts: set[UUID],
    roles: set[tuple[str, UUID | None]],
) -> None:
    WorkItem.objects.all().delete()
    now = timezone.now()
    papan.posts[user.pk], papan.roles[user.pk] = sorted(posts), sorted(roles, key=str)
    other = User.objects.get_or_create(username="lain", defaults={"nama": "Lain"})[0]
    for given_ in items:
        assignee = {None: None, True: user, False: other}[given_["mine"]]
        if assignee is None and given_["posisi"] is None and not given_["peran"]:
            continue
        item(
            instance,
            assignee=assignee,
            candidate_posisi=given_["posisi"],
            candidate_peran=given_["peran"],
            opd=given_["opd"],
            due_at=None if given_["days"] is None else now + timedelta(days=given_["days"]),
            **({"status": "done", "done_at": now} if given_["done"] else {}),
        )
    expected = [each for each in WorkItem.objects.open().order_by("due_at", "id") if engine.can_act(user, each, now)]
    found = inbox(user, now)
    assert [each.pk for each in found] == [each.pk for each in expected]
    assert inbox_count(user, now) == len(expected)
    assert set(WorkItem.objects.open().for_user(user, now)) == set(expected)
    page = inbox(user, now, limit=2, offset=1)
    assert [each.pk for each in page] == [each.pk for each in expected[1:3]]


def test_one_query_brings_items_and_instances(
    papan: Papan, user: User, instance: ProcessInstance, django_assert_num_queries: Any
) -> None:
    papan.posts[user.pk], papan.roles[user.pk] = POSTS, [("bkpsdm", None), ("admin_opd", OPDS[0])]
    for _ in range(3):
        item(instance, assignee=user, facts=[["Bulan", "Maret 2025"]])
    with django_assert_num_queries(1):
        found = inbox(user, timezone.now())
        assert [(each.instance.key, each.instance.subject_id, each.facts) for each in found] == [
            ("uji", "7", [["Bulan", "Maret 2025"]])
        ] * 3


def test_filters_narrow(papan: Papan, user: User, instance: ProcessInstance) -> None:
    now = timezone.now()
    one = item(instance, assignee=user, title="Laporan 100% Ani", warning=True, step="tinjau", round=2, due_at=now)
    item(instance, assignee=user, title="Laporan Budi", due_at=now + timedelta(days=9))
    for filters in (
        Filters(step="tinjau"),
        Filters(search="100%"),
        Filters(search="ani"),
        Filters(warning=True),
        Filters(returned=True),
        Filters(due_before=now + timedelta(days=1)),
    ):
        assert [each.pk for each in inbox(user, now, filters=filters)] == [one.pk]
    assert len(inbox(user, now, filters=Filters(process="uji", warning=None))) == 2
    assert inbox(user, now, filters=Filters(process="lain")) == []
    assert inbox(user, now, filters=Filters(opd=uuid4())) == []


def test_old_answers_are_forgotten_but_messages_nobody_took_are_kept() -> None:
    now = timezone.now()
    for key, values in {
        "jawaban": {},
        "terkirim": {"message": "m", "delivered_at": now},
        "menunggu": {"message": "m"},
        "baru": {"created_at": now},
    }.items():
        made = InboxMessage.objects.create(
            key=key, **{name: value for name, value in values.items() if name != "created_at"}
        )
        InboxMessage.objects.filter(pk=made.pk).update(created_at=values.get("created_at", now - timedelta(days=30)))
    assert forget_answers(now - timedelta(days=14)) == 2
    assert set(InboxMessage.objects.values_list("key", flat=True)) == {"menunggu", "baru"}
