"""API tokens: shown once, stored as sha256, revocable by their owner."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import ApiToken, User
from backend.accounts.services import chain
from backend.platform import audit

PREFIX = "mskp_"
TOUCH_EVERY = timedelta(minutes=1)  # "last used" is for people; a write per request would cost more than it tells


@transaction.atomic
def issue(user: User, *, nama: str, kedaluwarsa_pada: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token. The second value is the secret; it cannot be read again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, nama=nama, awalan=secret[:12], sha256=_digest(secret), kedaluwarsa_pada=kedaluwarsa_pada
    )
    audit.record(chain(user), "kunci_api_dibuat", aktor=user, data={"token": str(token.pk), "nama": nama})
    return token, secret


def authenticate(secret: str) -> User | None:
    """The active user of a token that is neither revoked nor expired."""
    now = timezone.now()
    valid = Q(kedaluwarsa_pada__isnull=True) | Q(kedaluwarsa_pada__gt=now)
    token = (
        ApiToken.objects.select_related("user")
        .filter(valid, sha256=_digest(secret), dicabut_pada__isnull=True, user__is_active=True)
        .first()
    )
    if token is None or token.user.wajib_ganti_sandi:
        return None
    if token.dipakai_pada is None or now - token.dipakai_pada > TOUCH_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(dipakai_pada=now)
    return token.user


@transaction.atomic
def revoke(token: ApiToken, *, oleh: User | None = None) -> None:
    """Make a token worthless from now on; a second time changes nothing. `oleh`: its owner unless given."""
    if ApiToken.objects.filter(pk=token.pk, dicabut_pada__isnull=True).update(dicabut_pada=timezone.now()):
        audit.record(chain(token.user), "kunci_api_dicabut", aktor=oleh or token.user, data={"token": str(token.pk)})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
