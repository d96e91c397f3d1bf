from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from backend.operations.database import drop_database, ensure_database


class Command(BaseCommand):
    """Drop and create the database anew. Refused in production."""

    help = "Menghapus lalu membuat ulang basis data (tidak untuk produksi)."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("reset_database tidak dijalankan pada PRODUCTION=1.")
        drop_database(connection)
        ensure_database(connection)
