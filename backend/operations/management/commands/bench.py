from __future__ import annotations

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from backend.operations import bench
from backend.operations.bench.report import Row, table
from backend.operations.database import drop_database, ensure_database

DATABASE = "mskp_bench"


class Command(BaseCommand):
    """Measure speed and size; figures and ratios of one run, as a table and as .data/bench.json."""

    help = "Mengukur kecepatan; angka dan perbandingan dari satu kali jalan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "names", nargs="*", help=f"bagian: {', '.join(sorted(_suites()))}; kosong: semua selain skala"
        )
        parser.add_argument("--pegawai", type=int, default=6000)

    def handle(self, *, names: list[str], pegawai: int, **_options: Any) -> None:
        suites = _suites()
        if unknown := set(names) - set(suites):
            raise CommandError(
                f"Bagian tidak dikenal: {', '.join(sorted(unknown))}. Pilihan: {', '.join(sorted(suites))}."
            )
        self.own_database()
        rows: list[Row] = []
        for name in names or _always(suites):
            self.stdout.write(f"→ {name}")
            rows += suites[name].run(pegawai=pegawai, log=self.stdout.write)
        self.stdout.write(table(rows))
        path = settings.BASE_DIR / ".data" / "bench.json"
        path.write_text(json.dumps([row.as_dict() for row in rows], indent=1, ensure_ascii=False))
        self.stdout.write(f"Tersimpan: {path.relative_to(settings.BASE_DIR)}")

    def own_database(self) -> None:
        """A database of its own, made anew, so that a run measures the same thing everywhere."""
        connection.close()
        connection.settings_dict["NAME"] = DATABASE
        drop_database(connection)
        ensure_database(connection)
        import_module("django.core.management").call_command("prepare", verbosity=0)


def _always(suites: dict[str, Any]) -> list[str]:
    """What runs when no name is given."""
    return [name for name in sorted(suites) if not getattr(suites[name], "ON_REQUEST", False)]


def _suites() -> dict[str, Any]:
    """Modules of backend.operations.bench with a `run(*, pegawai, log) -> list[Row]`, by name."""
    modules = {info.name: import_module(f"{bench.__name__}.{info.name}") for info in iter_modules(bench.__path__)}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}
