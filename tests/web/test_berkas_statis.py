"""The front-end files hold what the templates use, and nothing that a strict CSP refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "backend" / "web" / "templates").rglob("*.html"))
DIST = ROOT / "backend" / "web" / "static" / "web" / "dist"
IKON = set(json.loads((ROOT / "frontend" / "icons.json").read_text()))
PEMAKAIAN = re.compile(r"""(?:{% ikon "|{% pil (?:"[^"]*"|[\w.]+) "[^"]*" "|_ikon\.html" with nama=")([a-z0-9-]+)\"""")


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    dipakai = {nama for berkas in TEMPLATES for nama in PEMAKAIAN.findall(berkas.read_text())}
    assert dipakai
    assert dipakai <= IKON


def test_every_icon_of_a_menu_is_in_the_sprite() -> None:
    from backend.web.admin_akses import BAGIAN
    from backend.web.menu import MENU

    dipakai = {menu.ikon for menu in MENU} | {menu.ikon for _, isi in BAGIAN for menu in isi}
    assert dipakai <= IKON


@pytest.mark.parametrize("berkas", TEMPLATES, ids=lambda p: p.relative_to(ROOT).as_posix().split("templates/")[1])
def test_no_template_has_inline_style_script_or_handler(berkas: Path) -> None:
    isi = berkas.read_text()
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on|javascript:|js:", isi)


@pytest.mark.skipif(not DIST.exists(), reason="bundles are built by make setup")
def test_the_bundles_fetch_nothing_from_elsewhere_and_hold_no_data_images() -> None:
    css = (DIST / "app.css").read_text()
    assert "data:" not in css
    assert not re.search(r"url\(['\"]?(?:https?:)?//", css)
    assert all((DIST.parent / nama).exists() for nama in re.findall(r"url\(\.\./([^)]+)\)", css))
    assert (DIST / "LICENSE-lucide.txt").exists()
