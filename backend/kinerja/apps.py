from __future__ import annotations

from django.apps import AppConfig


class KinerjaConfig(AppConfig):
    """SKP, monthly realisasi and its assessment."""

    name = "backend.kinerja"
    label = "kinerja"
    verbose_name = "Kinerja"

    def ready(self) -> None:
        from backend.kinerja import settings, steps, tasks  # noqa: F401 importing binds them

        settings.declare_all()
