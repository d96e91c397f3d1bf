from __future__ import annotations

import pytest
from django.core import mail

from backend.accounts.models import User
from backend.platform import notices, outbox
from backend.platform.models import Notice

pytestmark = pytest.mark.django_db


def test_each_user_is_told_once_in_the_application_and_by_mail(user: User, settings):
    settings.SITE_URL = "https://skp.contoh.go.id"
    other = User.objects.create(username="lain", nama="Tanpa Surel")
    notices.notify([user, other, user], "diajukan", "Laporan diajukan", "Menunggu Anda.", "/tugas/1/")
    outbox.drain()
    assert Notice.objects.count() == 2
    assert [message.to for message in mail.outbox] == [["uji@contoh.go.id"]]
    assert "https://skp.contoh.go.id/tugas/1/" in mail.outbox[0].body


def test_inactive_users_are_not_told(user: User):
    user.is_active = False
    assert notices.notify([user, None], "x", "x") == []


def test_a_user_reads_only_his_own_notices(user: User):
    other = User.objects.create(username="lain", nama="Lain")
    mine, theirs = notices.notify([user], "x", "x") + notices.notify([other], "x", "x")
    assert list(Notice.objects.visible_to(user)) == [mine]
    assert notices.mark_read(user, notice=theirs.pk) == 0
    assert notices.mark_read(user) == 1
    assert not Notice.objects.visible_to(user).belum_dibaca().exists()


def test_a_repeated_delivery_sends_one_mail(user: User):
    notices.notify([user], "x", "x")
    outbox.drain()
    outbox.drain()
    assert len(mail.outbox) == 1
