"""Command lines of the product's long-running processes; `make up` and docker-compose.yml start the same ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.conf import settings

CORES = os.cpu_count() or 1
WEB_PROCESSES = min(4, CORES)  # one process uses one core
WEB_THREADS = min(8, 2 * CORES + 1)  # of each; they wait for the database in turn
WORKER_PROCESSES = 2
ROLES = ("web", "worker", "beat")


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def command(role: str, *, host: str = "127.0.0.1", port: int = 8000) -> list[str]:
    """Arguments that start one role: web, worker or beat."""
    celery = [_program("celery"), "-A", "backend.config.celery", "--quiet"]
    if role == "web":
        workers = os.environ.get("WEB_WORKERS", str(WEB_PROCESSES))
        return [
            _program("granian"),
            "--interface",
            "wsgi",
            "--host",
            host,
            "--port",
            str(port),
            "--workers",
            workers,
            "--blocking-threads",
            str(WEB_THREADS),
            "--backpressure",
            str(WEB_THREADS * 8),
            "--no-ws",
            "--log-level",
            "warning",
            "--respawn-failed-workers",
            "backend.config.wsgi:application",
        ]
    if role == "worker":
        return [
            *celery,
            "worker",
            "--concurrency",
            str(WORKER_PROCESSES),
            "--loglevel",
            "warning",
            "--without-mingle",
            "--without-gossip",
        ]
    schedule = Path(os.environ.get("BEAT_SCHEDULE", settings.BASE_DIR / ".data" / "beat-schedule"))
    return [*celery, "beat", "--schedule", str(schedule), "--loglevel", "warning"]


def environment(role: str) -> dict[str, str]:
    """Environment of one role: the web server holds a connection pool."""
    return {**os.environ, "DB_POOLED": "1" if role == "web" else "0"}
