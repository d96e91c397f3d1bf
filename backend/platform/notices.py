"""Messages to people: in the application at once, by e-mail through the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from backend.platform import outbox
from backend.platform.models import Notice, OutboxMessage

KIND = "email"


@transaction.atomic
def notify(users: Iterable[Any], peristiwa: str, judul: str, isi: str = "", url: str = "") -> list[Notice]:
    """Tell each user once. `url` is a path of the product; the e-mail carries the full address."""
    people = {user.pk: user for user in users if user is not None and user.is_active}
    notices = Notice.objects.bulk_create(
        Notice(penerima=user, peristiwa=peristiwa, judul=judul, isi=isi, url=url) for user in people.values()
    )
    for notice in notices:
        if people[notice.penerima_id].email:
            outbox.enqueue(KIND, f"notice:{notice.pk}", {"notice": str(notice.pk)})
    return notices


def mark_read(user: Any, *, notice: Any = None) -> int:
    """Mark one notice (by id), or all, of this user as read; returns how many changed."""
    unread = Notice.objects.visible_to(user).belum_dibaca()
    return (unread.filter(pk=notice) if notice else unread).update(dibaca_pada=timezone.now())


@outbox.handler(KIND)
def send(message: OutboxMessage) -> None:
    """Send the e-mail of one notice."""
    notice = Notice.objects.select_related("penerima").get(pk=message.payload["notice"])
    address = f"\n\nBuka: {urljoin(settings.SITE_URL, notice.url)}" if notice.url else ""
    greeting = f"Yth. {notice.penerima}\n\n"
    footer = f"\n\n{settings.INSTANSI}\nSurel ini dikirim otomatis; mohon tidak dibalas."
    send_mail(notice.judul, f"{greeting}{notice.isi or notice.judul}{address}{footer}", None, [notice.penerima.email])
