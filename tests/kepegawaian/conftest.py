from __future__ import annotations

from datetime import date

import pytest

from tests.factories_kepegawaian import Dinas, buat_dinas

PADA = date(2025, 4, 8)


@pytest.fixture
def pada() -> date:
    return PADA


@pytest.fixture
def dinas(db: None) -> Dinas:
    return buat_dinas()
