from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.rules.decide import FileSource, use_source
from tests.factories_kinerja import Kota, buat_kota


@pytest.fixture(autouse=True)
def _rules_from_files() -> Iterator[None]:
    """Formulas need no database: the shipped tables are read from their files."""
    before = use_source(FileSource())
    yield
    use_source(before)


@pytest.fixture
def kota(db: None) -> Kota:
    return buat_kota()
