"""Memory of one answer: what is asked several times while a page is drawn is read once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_diingat: ContextVar[dict[Hashable, Any] | None] = ContextVar("what was read before", default=None)


@contextmanager
def ingat() -> Iterator[None]:
    """Inside, `sekali` reads each thing once. Only for answers that show: a change would not be seen."""
    token = _diingat.set({})
    try:
        yield
    finally:
        _diingat.reset(token)


def sekali(kunci: Hashable, baca: Callable[[], T]) -> T:
    """What was read before under this key inside `ingat`; outside, it is read each time."""
    ingatan = _diingat.get()
    if ingatan is None:
        return baca()
    if kunci not in ingatan:
        ingatan[kunci] = baca()
    found: T = ingatan[kunci]
    return found
