"""Token authentication: `Authorization: Token <token>`; only the hash of a token is stored (accounts.tokens)."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from backend.accounts import tokens
from backend.accounts.models import User

KEYWORD = "Token"


class TokenAuthentication(BaseAuthentication):
    """Answers 401 for a token that is unknown, revoked, expired, or whose owner is inactive."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != KEYWORD.lower():
            return None
        user = tokens.authenticate(words[1]) if len(words) == 2 else None
        if user is None:
            raise AuthenticationFailed(
                "Token tidak dikenal, dicabut, atau kedaluwarsa. Buat token baru di halaman Profil.", "invalid_token"
            )
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD
