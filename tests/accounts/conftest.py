from __future__ import annotations

import pytest

from backend.accounts.models import User
from tests.factories_kepegawaian import SANDI, buat_user

NIP = "196608011988031001"


@pytest.fixture(autouse=True)
def _quick_hashes(settings) -> None:
    """Argon2 is slow on purpose; one test asks for it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user(db: None) -> User:
    return buat_user(NIP, sandi=SANDI, nama="Budi Santoso", email="budi@contoh.go.id")
