from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from backend.operations import servers


class Command(BaseCommand):
    """Become one long-running process of the product: web, worker or beat."""

    help = "Menjalankan satu proses layanan: web, worker, atau beat."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", choices=servers.ROLES)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, role: str, host: str, port: int, **_options: Any) -> None:
        arguments = servers.command(role, host=host, port=port)
        os.execve(arguments[0], arguments, servers.environment(role))  # noqa: S606 our own program and arguments
