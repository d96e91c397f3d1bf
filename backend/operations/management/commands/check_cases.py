from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.core.errors import DomainError
from backend.operations import cases
from backend.rules.decide import FileSource, use_source


class Command(BaseCommand):
    """Run worked cases through the production calculation with the shipped rule versions."""

    help = (
        "Menjalankan kasus hitung (TPP, presensi, BUP; dikenali dari isinya) dengan aturan bawaan. "
        "Satu baris per kasus; keluar dengan 1 bila ada yang berbeda."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="berkas JSON kasus")

    def handle(self, *, file: Path, **_options: Any) -> None:
        before = use_source(FileSource())
        try:
            equal, total = self.run(file)
        except DomainError as error:
            self.stderr.write(error.message)
            sys.exit(1)
        finally:
            use_source(before)
        self.stdout.write(f"{equal} of {total} cases equal")
        if equal < total:
            sys.exit(1)

    def run(self, file: Path) -> tuple[int, int]:
        """Print each case; how many are equal, of how many. Raises DomainError."""
        data = cases.load(file)
        equal = total = 0
        for result in cases.checker_for(data)(data):
            total += 1
            equal += not result.differences
            self.stdout.write(line_of(result))
        return equal, total


def line_of(result: cases.CaseResult) -> str:
    """`G01 judul: sama`, or the steps that differ: `P03 judul: berbeda – persen: harapan 0.5, hasil 1`."""
    head = f"{result.id} {result.title}".strip()
    if not result.differences:
        return f"{head}: sama"
    steps = "; ".join(f"{step}: harapan {expected}, hasil {actual}" for step, expected, actual in result.differences)
    return f"{head}: berbeda – {steps}"
