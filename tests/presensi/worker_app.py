"""The product's Celery application with small batches of taps: `celery -A tests.presensi.worker_app worker`.

With GANTUNG set, the second batch writes that file and hangs before its transaction ends, so that the worker can be killed
in the middle of an import.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import django

from backend.config.celery import app

django.setup()

from backend.presensi.services import tap  # noqa: E402 models exist once Django is set up
from backend.rules.decide import FileSource, use_source  # noqa: E402

__all__ = ["app"]

use_source(FileSource())
tap.BATCH = int(os.environ["BATCH"])
_terima = tap.terima
_batches = 0


def terima(*args: Any, **kwargs: Any) -> tap.Terima:
    """Takes taps in as the product does, then hangs if it is told to."""
    global _batches
    hasil = _terima(*args, **kwargs)
    _batches += 1
    if (hang := os.environ.get("GANTUNG")) and _batches == 2:
        Path(hang).touch()
        time.sleep(300)
    return hasil


tap.terima = terima
