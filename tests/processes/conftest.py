from __future__ import annotations

import pytest

from tests.factories_kinerja import Kota, buat_kota


@pytest.fixture
def kota(db: None) -> Kota:
    return buat_kota()
