"""Memory while a whole city is worked on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tanpa_pengumpul() -> Iterator[None]:
    """Inside, Python looks for no cyclic garbage: a city makes a million small rows and no cycle, and the search for
    cycles among them would cost a third of the time."""
    menyala = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if menyala:
            gc.enable()
