"""Pictures of the real pages for README.md and docs/panduan/, from a demo city of their own: docs/gambar/*.webp.

`make pictures` runs it: it fills the database `mskp_pictures` once, starts a web server, signs in as the demo accounts,
and stops the server again. Nothing of another database is touched.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "gambar"
os.environ.update(DB_NAME="mskp_pictures", DJANGO_SETTINGS_MODULE="backend.config.settings")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
sys.path.insert(0, str(ROOT))

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PEOPLE = 60
QUALITY = 82
MAX_BYTES = 1_500_000  # of all pictures together


@dataclass(frozen=True)
class Shot:
    """One picture: whose page, where, on which screen."""

    name: str
    role: str
    path: str
    phone: bool = False
    dark: bool = False


def shots(paths: dict[str, str]) -> list[Shot]:
    return [
        Shot("masuk-ponsel", "", "/masuk/", phone=True),
        Shot("beranda", "ASN", "/"),
        Shot("beranda-ponsel", "ASN", "/", phone=True),
        Shot("isian", "ASN", paths["isian"]),
        Shot("isian-ponsel", "ASN", paths["isian"], phone=True, dark=True),
        Shot("kotak-masuk", "Atasan", paths["tinjau"]),
        Shot("kotak-masuk-ponsel", "Atasan", paths["tinjau"], phone=True),
        Shot("berkas", "Atasan", paths["berkas"]),
        Shot("bawahan", "Atasan", "/bawahan/"),
        Shot("pemantauan", "Admin OPD", "/pemantauan/"),
        Shot("pegawai", "Admin BKPSDM", "/kelola/pegawai/"),
        Shot("periode", "Admin BKPSDM", "/kelola/periode/"),
    ]


def prepare_city() -> None:
    """The demo city of the pictures; the second time there is nothing to do."""
    for command in (["prepare"], ["seed_demo", "--pegawai", str(PEOPLE), "--if-empty"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int) -> None:
    for _ in range(120):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("Server gambar tidak menjawab.")


def accounts_and_paths() -> tuple[dict[str, str], dict[str, str]]:
    """Session cookie by role, and the addresses that depend on the data."""
    import django

    django.setup()
    from django.test import Client
    from django.utils import timezone

    from backend.operations.demo import logins
    from backend.workflow.models import WorkItem

    users = {}
    for label, user in logins.accounts():
        users.setdefault(label, user)
    isian = WorkItem.objects.open().filter(step="isi_skp", assignee__peran__isnull=True).order_by("pk").first()
    tinjau = (
        WorkItem.objects.for_user(users["Atasan"], timezone.now())
        .open()
        .filter(step__startswith="tinjau_")
        .order_by("pk")
        .first()
    )
    if isian is None or isian.assignee is None or tinjau is None:
        raise SystemExit("Kota peraga tidak mempunyai tugas untuk digambar.")
    users["ASN"] = isian.assignee
    cookies = {}
    for label, user in users.items():
        client = Client()
        client.force_login(user)
        cookies[label] = client.cookies["sessionid"].value
    paths = {
        "isian": f"/tugas/{isian.pk}/",
        "tinjau": f"/kotak-masuk/{tinjau.pk}/",
        "berkas": f"/berkas/{tinjau.instance_id}/",
    }
    return cookies, paths


def take(base: str) -> int:
    """All pictures; returns their bytes together."""
    from playwright.sync_api import sync_playwright

    browser_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser_path is None:
        raise SystemExit("Tidak ada Chromium atau Chrome. Pasang dengan: sudo apt-get install chromium")
    cookies, paths = accounts_and_paths()
    OUT.mkdir(parents=True, exist_ok=True)
    total = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for shot in shots(paths):
            context = browser.new_context(
                viewport=PHONE if shot.phone else DESKTOP,
                locale="id-ID",
                timezone_id="Asia/Jakarta",
                color_scheme="dark" if shot.dark else "light",
                reduced_motion="reduce",
            )
            if shot.role:
                context.add_cookies([{"name": "sessionid", "value": cookies[shot.role], "url": base}])
            page = context.new_page()
            answer = page.goto(base + shot.path)
            if answer is None or not answer.ok:
                raise SystemExit(f"{shot.name}: {shot.path} menjawab {answer and answer.status}")
            total += write(OUT / f"{shot.name}.webp", page.screenshot())
            context.close()
        browser.close()
    return total


def write(path: Path, png: bytes) -> int:
    """Store a picture as WebP; returns its bytes."""
    from PIL import Image

    Image.open(io.BytesIO(png)).save(path, "WEBP", quality=QUALITY, method=6)
    return path.stat().st_size


def main() -> None:
    prepare_city()
    port = free_port()
    server = subprocess.Popen([sys.executable, "manage.py", "serve", "web", "--port", str(port)], cwd=ROOT)
    try:
        wait_until_ready(port)
        total = take(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(15)
    if total > MAX_BYTES:
        raise SystemExit(f"Gambar terlalu besar: {total} bita, paling banyak {MAX_BYTES}.")
    print(f"{len(list(OUT.glob('*.webp')))} gambar, {total // 1024} KB, di {OUT.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
