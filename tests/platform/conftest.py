from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.accounts.models import User
from backend.platform import settings as product_settings


@pytest.fixture(autouse=True)
def _forget_settings() -> Iterator[None]:
    product_settings.forget_cache()
    yield
    product_settings.forget_cache()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(username="pengguna", nama="Pengguna Uji", email="uji@contoh.go.id")
