from __future__ import annotations

import pytest

from backend.accounts.models import User


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(username="pengguna", nama="Pengguna Uji", email="uji@contoh.go.id")
