from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from backend.documents.layout import LAYOUTS


class Command(BaseCommand):
    """Draw the shipped letter templates anew into templates_docs/."""

    help = "Membuat ulang templat surat di templates_docs/ dari susunannya di backend/documents/layout.py."

    def handle(self, **_options: Any) -> None:
        for name, draw in LAYOUTS.items():
            path = Path(settings.BASE_DIR) / "templates_docs" / f"{name}.docx"
            path.write_bytes(draw())
            self.stdout.write(f"templates_docs/{path.name}")
