from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.platform import audit
from backend.platform.models import AuditEvent

SHOWN = 50


class Command(BaseCommand):
    """Recompute every hash chain and seal; exit 1 when a row was altered, removed or slipped in."""

    help = "Memeriksa keutuhan jejak audit: setiap rantai dan setiap segel dihitung ulang."

    def handle(self, **_options: Any) -> None:
        breaks = list(audit.verify())
        for found in breaks[:SHOWN]:
            self.stderr.write(f"{found.chain} #{found.seq}: {found.problem}")
        if breaks:
            raise CommandError(f"Jejak audit tidak utuh: {len(breaks)} tempat.")
        self.stdout.write(f"Jejak audit utuh: {AuditEvent.objects.count()} baris diperiksa.")
