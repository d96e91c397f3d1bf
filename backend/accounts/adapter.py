"""How allauth signs people in here: by NIP (spaces allowed) or user name; nobody signs up by himself.

Guesses are limited by allauth (ACCOUNT_RATE_LIMITS); this class says how many are left, and when they return.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from backend.accounts import services
from backend.accounts.models import User, normal_username

LOCKED = "Terlalu banyak percobaan masuk. Coba lagi sekitar {menit} menit lagi, atau minta Admin OPD mengatur ulang kata sandi."
MISMATCH = "NIP atau kata sandi tidak cocok. Sisa {n} percobaan sebelum akun dikunci sementara."
LAST = "NIP atau kata sandi tidak cocok. Akun dikunci sementara; coba lagi sekitar {menit} menit lagi."
SAME_PASSWORD = "Kata sandi baru harus berbeda dari yang sekarang."  # noqa: S105 a sentence, not a secret
ACTION = {"app": "allauth.account", "action": "login_failed"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_username(self, username: str, shallow: bool = False) -> str:
        return normal_username(username)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Read the NIP as it is stored, so that spaces neither fail nor give fresh guesses."""
        if "username" in credentials:
            credentials["username"] = normal_username(credentials["username"])
        credentials.pop("email", None)  # the login field takes NIP or user name only
        self._credentials = credentials
        return super().authenticate(request, **credentials)

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code == "too_many_login_attempts":
            return ValidationError(LOCKED.format(menit=self._limit()[1]), code=code)
        if code in {"username_password_mismatch", "email_password_mismatch"}:
            left, minutes = self._limit()
            return ValidationError((MISMATCH if left else LAST).format(n=left, menit=minutes), code=code)
        error: ValidationError = super().validation_error(code, *args)
        return error

    def format_email_subject(self, subject: str) -> str:
        return subject

    def clean_password(self, password: str, user: User | None = None) -> str:
        cleaned = str(super().clean_password(password, user))
        if user is not None and user.has_usable_password() and user.check_password(cleaned):
            raise ValidationError(SAME_PASSWORD, code="same_as_current")
        return cleaned

    def set_password(self, user: User, password: str) -> None:
        """A password that its owner chose, on the change page or by the link in an e-mail."""
        super().set_password(user, password)
        services.sandi_diganti(user)

    def _limit(self) -> tuple[int, int]:
        """Guesses left for these credentials or this address, and minutes until the oldest one counts no more."""
        left, wait = 10**6, 0.0
        credentials = getattr(self, "_credentials", {})
        key = self._get_login_attempts_cache_key(self.request, **credentials)
        now = time.time()
        for rate in ratelimit.get_rates(**ACTION):
            cache_key = ratelimit.get_cache_key(self.request, rate=rate, key=key, **ACTION)
            history = [at for at in cache.get(cache_key, []) if at > now - rate.duration]
            remaining = max(0, rate.amount - len(history))
            if remaining < left:
                left, wait = remaining, (history[-1] + rate.duration - now) if history else 0.0
        return left, max(1, round(wait / 60 + 0.5))
