from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.core.errors import DomainError
from backend.rules import cases, checks
from backend.rules import files as rule_files
from backend.rules.datatable import DataTable
from backend.rules.decide import RULES_DIR


class Command(BaseCommand):
    """Analyse DMN files and data tables and run their examples. No database."""

    help = "Memeriksa tabel aturan (celah, tumpang tindih, sel salah, …) dan menjalankan contohnya. Galat: keluar dengan status 1."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files",
            nargs="*",
            type=Path,
            metavar="FILE",
            help=".dmn, atau .json tabel data; tanpa ini: semua tabel di rules/",
        )

    def handle(self, *, files: list[Path], **_options: Any) -> None:
        chosen = files or rule_files.shipped(RULES_DIR)
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
    file = rule_files.read(path)
    exampled = path.resolve().parent == RULES_DIR or bool(file.kasus)
    if isinstance(file.content, DataTable):
        return [*checks.check_data(file.content), *(cases.run_data(file.content, file.kasus) if exampled else ())]
    if not exampled:
        return checks.check(file.content)
    return [*checks.check(file.content, main=path.stem), *cases.run(file.content, path.stem, file.kasus)]
