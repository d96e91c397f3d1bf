from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.operations import demo


class Command(BaseCommand):
    """Fill an empty database with the demo city."""

    help = "Mengisi basis data kosong dengan kota peraga: unit, jabatan, pegawai, SKP, dan laporan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pegawai", type=int, default=300)
        parser.add_argument("--seed", type=int, default=2025)
        parser.add_argument("--if-empty", action="store_true", help="diam bila sudah ada pegawai")

    def handle(self, *, pegawai: int, seed: int, if_empty: bool, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Data peraga tidak diisikan pada PRODUCTION=1.")
        if demo.is_half_filled():
            raise CommandError(
                "Pengisian kota peraga pernah terhenti di tengah jalan. Kosongkan dulu: manage.py reset_database, lalu ulangi."
            )
        if demo.exists():
            if if_empty:
                return
            raise CommandError(
                "Basis data sudah berisi pegawai. Kosongkan dulu: manage.py reset_database && manage.py prepare"
            )
        if pegawai < demo.MINIMUM:
            raise CommandError(f"Kota peraga memerlukan paling sedikit {demo.MINIMUM} pegawai.")
        start = time.monotonic()
        self.stdout.write(f"→ mengisi kota peraga dengan {pegawai} pegawai")
        summary = demo.seed(pegawai=pegawai, seed=seed, now=timezone.localtime())
        self.stdout.write(f"  {summary} ({time.monotonic() - start:.0f} detik)")
