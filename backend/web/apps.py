from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages."""

    name = "backend.web"
    label = "web"
    verbose_name = "Halaman"
