"""How much work one evaluation may do: a rule written in a browser must not stop the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backend.rules.feel.errors import TooMuchWork

MAX_STEPS = 2_000_000
MAX_SECONDS = 5.0
MAX_TEXT = 1_000_000
_CHECK_EVERY = 4_096
_CHARACTERS_A_STEP = 64


class _Budget(threading.local):
    steps = 0
    deadline = 0.0
    depth = 0


_budget = _Budget()


@contextmanager
def limited() -> Iterator[None]:
    """One evaluation; nested ones share the budget of the outermost. Raises TooMuchWork."""
    if _budget.depth == 0:
        _budget.steps, _budget.deadline = 0, time.monotonic() + MAX_SECONDS
    _budget.depth += 1
    try:
        yield
    except RecursionError:
        raise TooMuchWork from None
    finally:
        _budget.depth -= 1
        if _budget.depth == 0:  # what one evaluation used up is not the next one's debt
            _budget.steps, _budget.deadline = 0, 0.0


def spend(steps: int = 1) -> None:
    """Account for a loop's step or a copied element."""
    before = _budget.steps
    _budget.steps = before + steps
    if _budget.steps > MAX_STEPS:
        raise TooMuchWork
    if before // _CHECK_EVERY != _budget.steps // _CHECK_EVERY:
        check_time()


def check_time() -> None:
    """After something that may have taken long in one step. Raises TooMuchWork when the time is up."""
    if _budget.deadline and time.monotonic() > _budget.deadline:
        raise TooMuchWork


def spend_text(text: str) -> None:
    """Account for a text that was made: long ones are what fills memory."""
    if len(text) > MAX_TEXT:
        raise TooMuchWork
    spend(len(text) // _CHARACTERS_A_STEP)
