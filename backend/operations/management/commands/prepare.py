from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Bring the database to this release: schema, cache table, rules and processes from files, settings rows."""

    help = "Menyiapkan basis data untuk rilis ini: skema, tabel singgahan, tabel aturan, dan proses dari berkas."

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        for name, arguments in (
            ("ensure_database", []),
            ("migrate", ["--noinput"]),
            ("createcachetable", []),
            ("publish_rules", []),
            ("publish_processes", []),
        ):
            call_command(name, *arguments, verbosity=max(0, verbosity - 1), stdout=self.stdout)
