from __future__ import annotations

from django.apps import AppConfig


class KinerjaConfig(AppConfig):
    """SKP, monthly realisasi and its assessment."""

    name = "backend.kinerja"
    label = "kinerja"
    verbose_name = "Kinerja"
