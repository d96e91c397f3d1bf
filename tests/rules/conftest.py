from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.rules.decide import FileSource, use_source


@pytest.fixture(autouse=True)
def _tables_of_the_repository() -> Iterator[None]:
    """Tables as they are shipped; a test that needs published versions sets the database as the source itself."""
    before = use_source(FileSource())
    yield
    use_source(before)
