"""The product's Celery application with one operator of the tests: `celery -A tests.workflow.worker_app worker`.

With GANTUNG set, the operator writes that file and hangs, so that the worker can be killed inside it; with MENUNGGU
set, it waits for that file first, so that two workers that start together share the work.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import django

from backend.config.celery import app

django.setup()

from backend.platform.models import Setting  # noqa: E402 models exist once Django is set up
from backend.workflow import steps  # noqa: E402

__all__ = ["app"]


@steps.operator("uji.latar", background=True)
def latar(*, ids: Any, params: Any, actor: Any) -> dict[str, Any]:
    """Writes one row for each task it does."""
    Setting.objects.create(key=f"efek:{params['kunci'][-40:]}:{params['kunci_hasil']}", nilai=1)
    if hang := os.environ.get("GANTUNG"):
        Path(hang).touch()
        time.sleep(300)
    while not Path(os.environ["MENUNGGU"]).exists():
        time.sleep(0.05)
    return {f"hasil_{params['kunci_hasil']}": 1}
