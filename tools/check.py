"""What CI runs before the tests, in one order; every check runs even when an earlier one failed.

.venv/bin/python tools/check.py [NAME …]     all, or the named ones
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
MANAGE = f"{BIN}/python manage.py"
SEED_DATABASE = "mskp_check"

CHECKS = {
    "format": f"{BIN}/ruff format --check --quiet .",
    "lint": f"{BIN}/ruff check --quiet .",
    "types": f"{BIN}/mypy --no-error-summary",
    "layers": f"{BIN}/lint-imports --no-cache",
    "templates": f"{BIN}/djlint backend/web/templates --lint --quiet",
    "compose": f"{BIN}/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml",
    "system": f"{MANAGE} check --fail-level WARNING",
    "processes": " && ".join(
        f"{MANAGE} validate_process {path.relative_to(ROOT)} --bindings"
        for path in sorted(ROOT.glob("processes/*.bpmn"))
    ),
    "rules": f"{MANAGE} check_rules",
    "migrations": f"{MANAGE} makemigrations --check --dry-run",
    "openapi": f"{MANAGE} spectacular --validate --fail-on-warn --file {{tmp}} && diff -u openapi.yml {{tmp}}",
    "fresh": f"{MANAGE} reset_database && {MANAGE} prepare && {MANAGE} seed_demo --pegawai 60 --seed 1 && {MANAGE} verify_audit",
}


def run(name: str, command: str) -> bool:
    """Run one check; print its output only when it fails."""
    start = time.monotonic()
    temporary = ROOT / ".data" / "check-openapi.yml"
    temporary.parent.mkdir(exist_ok=True)
    result = subprocess.run(
        ["/bin/sh", "-c", command.format(tmp=temporary)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "DB_NAME": SEED_DATABASE},
    )
    ok = result.returncode == 0
    print(f"{'ok  ' if ok else 'FAIL'} {name} ({time.monotonic() - start:.1f} s)", flush=True)
    if not ok:
        print(result.stdout, flush=True)
    return ok


def main() -> None:
    names = sys.argv[1:] or list(CHECKS)
    results = [run(name, CHECKS[name]) for name in names]
    if not all(results):
        sys.exit("make check: ada yang belum benar. Coba lebih dulu: make fix")


if __name__ == "__main__":
    main()
