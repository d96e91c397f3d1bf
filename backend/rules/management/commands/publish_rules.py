from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.rules.decide import RULES_DIR
from backend.rules.versions import publish_file

WORDS = {"unchanged": "tidak berubah", "published": "diterbitkan", "draft": "disimpan sebagai draf"}


class Command(BaseCommand):
    """Publish rules/*.dmn; unchanged files are left alone (decision 21)."""

    help = "Menerbitkan tabel aturan dari rules/*.dmn."

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        for path in sorted(RULES_DIR.glob("*.dmn")):
            done = publish_file(path)
            if verbosity or done.outcome == "draft":
                self.stdout.write(f"{path.stem}: {WORDS[done.outcome]} {done.alasan}".rstrip())
