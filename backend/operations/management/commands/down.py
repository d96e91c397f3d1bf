from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.platform import embedded


class Command(BaseCommand):
    """Stop the bundled servers of this checkout."""

    help = "Menghentikan PostgreSQL dan Valkey bawaan."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        embedded.stop_valkey()
        embedded.stop_postgres()
