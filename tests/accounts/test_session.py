from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from backend.accounts import middleware
from backend.accounts.models import User
from backend.core.periode import WIB

pytestmark = pytest.mark.django_db
START = datetime(2025, 4, 8, 8, 0, tzinfo=WIB)


class Clock:
    def __init__(self) -> None:
        self.value = START

    def now(self) -> datetime:
        return self.value

    def at(self, **after: int) -> None:
        self.value = START + timedelta(**after)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(middleware, "timezone", clock)
    return clock


@pytest.fixture
def signed_in(client: Client, user: User, clock: Clock) -> Client:
    client.force_login(user)
    client.get("/sehat-bukan/")  # any page notes the start of the session
    return client


def is_in(client: Client) -> bool:
    client.get("/sehat-bukan/")
    return "_auth_user_id" in client.session


def test_a_session_lives_while_it_is_used(signed_in: Client, clock: Clock):
    for minutes in range(20, 8 * 60, 20):
        clock.at(minutes=minutes)
        assert is_in(signed_in)


def test_half_an_hour_without_a_request_ends_it(signed_in: Client, clock: Clock):
    clock.at(minutes=30)
    assert is_in(signed_in)
    clock.at(minutes=60, seconds=1)
    assert not is_in(signed_in)


def test_no_session_outlives_a_working_day(signed_in: Client, clock: Clock):
    for minutes in range(20, 8 * 60 + 1, 20):
        clock.at(minutes=minutes)
        assert is_in(signed_in)
    clock.at(hours=8, seconds=1)
    assert not is_in(signed_in)


def test_the_user_reads_why(signed_in: Client, clock: Clock):
    clock.at(hours=1)
    signed_in.get("/sehat-bukan/")
    page = signed_in.get(reverse("account_login"))
    assert "30 menit" in " ".join(str(message) for message in page.context["messages"])


def test_a_fragment_sends_the_whole_page_to_the_login(signed_in: Client, clock: Clock):
    clock.at(hours=1)
    answer = signed_in.post(
        "/tugas/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/tugas/7/?a=1"}
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == f"{reverse('account_login')}?next=%2Ftugas%2F7%2F"


def test_activity_is_written_at_most_once_a_minute(signed_in: Client, clock: Clock):
    clock.at(seconds=30)
    signed_in.get("/sehat-bukan/")
    assert signed_in.session[middleware.ACTIVE] == int(START.timestamp())
    clock.at(seconds=90)
    signed_in.get("/sehat-bukan/")
    assert signed_in.session[middleware.ACTIVE] == int((START + timedelta(seconds=90)).timestamp())
