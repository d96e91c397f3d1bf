from __future__ import annotations

import json
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.workflow import lint


class Command(BaseCommand):
    """Say whether the engine can run a BPMN file safely, and list every reason why not. No database, no traceback."""

    help = "Memeriksa berkas BPMN: dapatkah dijalankan dengan aman? Keluar 0 (dapat) atau 1 (tidak)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", dest="as_json", help="jawaban sebagai JSON")
        parser.add_argument("--bindings", action="store_true", help="sambungan yang belum ada juga dianggap galat")

    def handle(self, *, file: Path, as_json: bool, bindings: bool, **_options: Any) -> None:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a poor terminal shows ? for a quotation mark
        report = lint.check_file(file)
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False))
        else:
            self.tell(report)
        if not report.runnable or (bindings and report.bindings):
            sys.exit(1)

    def tell(self, report: lint.LintReport) -> None:
        for problem in report.problems:
            word = "galat" if problem.severity == lint.ERROR else "catatan"
            where = f" baris {problem.line}, {problem.element}" if problem.line else ""
            self.stdout.write(f"{word}{where}: {problem.message} [{problem.code}]")
        for binding in report.bindings:
            self.stdout.write(f"belum tersambung: {binding.message} [{binding.kind}]")
        self.stdout.write(f"{report.file}: {'dapat dijalankan' if report.runnable else 'tidak dapat dijalankan'}")
