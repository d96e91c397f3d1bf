from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.core.errors import DomainError
from backend.rules import cases, checks
from backend.rules.decide import RULES_DIR
from backend.rules.model import load


class Command(BaseCommand):
    """Analyse DMN files and run their examples. No database."""

    help = "Memeriksa tabel aturan (celah, tumpang tindih, sel salah, …) dan menjalankan contohnya. Galat: keluar dengan status 1."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="tanpa ini: semua berkas rules/*.dmn")

    def handle(self, *, files: list[Path], **_options: Any) -> None:
        chosen = files or sorted(RULES_DIR.glob("*.dmn"))
        failed = [path for path in chosen if not self.check_file(path)]
        self.stdout.write(f"{len(chosen)} berkas diperiksa, {len(failed)} dengan galat.")
        if failed or not chosen:
            sys.exit(1)

    def check_file(self, path: Path) -> bool:
        """Print the findings of one file; False when one of them is an error."""
        try:
            findings = check_path(path)
        except (DomainError, OSError) as error:
            self.stdout.write(f"{path.name}: GALAT {error}")
            return False
        errors = checks.errors(findings)
        self.stdout.write(f"{path.name}: {'galat' if errors else 'baik'}")
        for finding in findings:
            self.stdout.write(f"  {finding}")
        return not errors


def check_path(path: Path) -> list[checks.Finding]:
    """Findings of a file; its decision must be named after the file when it has examples beside it."""
    model = load(path.read_bytes())
    examples = path.with_suffix(".cases.csv")
    shipped = path.resolve().parent == RULES_DIR
    if not shipped and not examples.is_file():
        return checks.check(model)
    text = examples.read_text(encoding="utf-8") if examples.is_file() else ""
    return [*checks.check(model, main=path.stem), *cases.run(model, path.stem, text)]
