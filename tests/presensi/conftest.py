from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.presensi import bawaan
from backend.rules.decide import FileSource, use_source
from tests.factories_kepegawaian import Dinas, buat_dinas


@pytest.fixture(autouse=True)
def _rules_from_files() -> Iterator[None]:
    """The shipped tables are read from their files."""
    before = use_source(FileSource())
    yield
    use_source(before)


@pytest.fixture(autouse=True)
def _jadwal_bawaan(request: pytest.FixtureRequest) -> None:
    """The shipped schedules, which a test that empties the database took away with everything else."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        bawaan.muat()


@pytest.fixture
def dinas(db: None) -> Dinas:
    return buat_dinas()
