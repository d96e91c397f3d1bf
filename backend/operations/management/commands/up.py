from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from backend.operations import servers
from backend.operations.demo import logins
from backend.platform import embedded

READY_SECONDS = 60
STOP_SECONDS = 15
# A city full of tasks sends hundreds of mails at once; on the console they would bury the address and the accounts.
MAIL = {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}


class Command(BaseCommand):
    """Start everything on this machine and stop it together on Ctrl-C."""

    help = "Menyiapkan dan menjalankan seluruh layanan pada mesin ini; Ctrl-C menghentikan semuanya."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--pegawai", type=int, default=300, help="banyaknya pegawai kota peraga")
        parser.add_argument("--seed", type=int, default=2025)

    def handle(self, *, port: int, pegawai: int, seed: int, **_options: Any) -> None:
        signal.signal(signal.SIGTERM, _interrupt)
        self.refuse_taken_port(port)
        started = time.monotonic()
        processes: list[subprocess.Popen[bytes]] = []
        try:
            self.prepare(pegawai=pegawai, seed=seed)
            processes = [self.spawn(role, port) for role in servers.ROLES]
            self.wait_until_ready(processes, port)
            self.announce(port, time.monotonic() - started)
            self.watch(processes)
        except KeyboardInterrupt:
            self.stdout.write("\nMenghentikan layanan …")
        finally:
            self.stop(processes)

    def refuse_taken_port(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise CommandError(
                    f"Porta {port} sedang dipakai program lain. Coba: make up PORT={port + 1}"
                ) from error

    def prepare(self, *, pegawai: int, seed: int) -> None:
        if not settings.BROKER_URL:
            embedded.valkey()
        self.stdout.write("→ menyiapkan basis data")
        call_command("prepare", verbosity=0, stdout=self.stdout)
        call_command("seed_demo", pegawai=pegawai, seed=seed, if_empty=True, stdout=self.stdout)
        connection.close()

    def spawn(self, role: str, port: int) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches only this process, which then stops the others in order.
        return subprocess.Popen(  # noqa: S603 our own programs and arguments
            servers.command(role, port=port),
            env={**MAIL, **servers.environment(role)},
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )

    def wait_until_ready(self, processes: list[subprocess.Popen[bytes]], port: int) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if any(process.poll() is not None for process in processes) or time.monotonic() > deadline:
                raise CommandError("Layanan tidak dapat dimulai; lihat pesan di atas.")
            time.sleep(0.2)

    def announce(self, port: int, seconds: float) -> None:
        self.stdout.write(f"\nm-SKP · SIMPEG siap dalam {seconds:.0f} detik: http://localhost:{port}\n")
        self.stdout.write(logins.table())
        if "EMAIL_BACKEND" not in os.environ:
            self.stdout.write(f"Surel tidak dikirim, tetapi disimpan di {os.path.relpath(settings.EMAIL_FILE_PATH)}/.")
        self.stdout.write("Ctrl-C menghentikan semuanya; data tetap tersimpan.\n")

    def watch(self, processes: list[subprocess.Popen[bytes]]) -> None:
        while all(process.poll() is None for process in processes):
            time.sleep(1)
        raise CommandError("Satu layanan berhenti sendiri; lihat pesan di atas.")

    def stop(self, processes: list[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with the processes it started; the outbox bears it
            process.wait()
        call_command("down")


def _interrupt(*_signal: Any) -> None:
    raise KeyboardInterrupt


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sehat/", timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True  # it speaks; /sehat/ itself says what is still missing
    except OSError:
        return False
