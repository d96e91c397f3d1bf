"""A small city with the month open, and clients that hold a token."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from backend.accounts import tokens
from backend.accounts.models import User
from tests.factories_kinerja import Kota, buat_kota


@dataclass
class Api:
    """Calls with the token of one user; `body` of an answer is its JSON."""

    secret: str

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"content_type": "application/json", "data": json.dumps(body)} if body is not None else {}
        answer = Client(raise_request_exception=False).generic(
            method.upper(), f"/api/v1/{path}", headers={"Authorization": f"Token {self.secret}", **headers}, **given
        )
        answer.body = json.loads(answer.content) if answer.content else None  # type: ignore[attr-defined]
        return answer

    def get(self, path: str) -> Any:
        return self("get", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("post", path, body, **headers)


@pytest.fixture
def kota(db: None) -> Kota:
    return buat_kota()


@pytest.fixture
def api() -> Callable[[User], Api]:
    return lambda user: Api(tokens.issue(user, nama="uji")[1])
