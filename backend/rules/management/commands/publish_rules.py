from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.rules import files
from backend.rules.decide import RULES_DIR
from backend.rules.versions import publish_file

WORDS = {"unchanged": "tidak berubah", "published": "diterbitkan", "draft": "disimpan sebagai draf"}


class Command(BaseCommand):
    """Publish the tables in rules/; unchanged files are left alone (decision 21)."""

    help = "Menerbitkan tabel aturan dari rules/."

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        for path in files.shipped(RULES_DIR):
            done = publish_file(path)
            if verbosity or done.outcome == "draft":
                self.stdout.write(f"{path.stem}: {WORDS[done.outcome]} {done.alasan}".rstrip())
