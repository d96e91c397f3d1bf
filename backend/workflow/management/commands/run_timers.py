from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.workflow import timers


class Command(BaseCommand):
    """Fire the timers that are due now; the beat does the same every few seconds."""

    help = "Menjalankan batas waktu proses yang sudah tiba."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help="paling banyak proses sekali jalan")

    def handle(self, *, limit: int, **_options: Any) -> None:
        self.stdout.write(f"{timers.run_due(limit=limit)} proses dijalankan.")
