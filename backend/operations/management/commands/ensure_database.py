from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from backend.operations.database import ensure_database


class Command(BaseCommand):
    """Create the database when the server does not have it yet."""

    help = "Membuat basis data bila belum ada."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        if ensure_database(connection):
            self.stdout.write("Basis data dibuat.")
