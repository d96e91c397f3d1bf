"""A real browser against a real server on this machine. Console errors and CSP refusals fail the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, sync_playwright

from backend.accounts.models import User

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_AXE = Axe()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))  # one browser, one server, in one process
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=False))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("Tidak ada Chromium atau Chrome. Pasang dengan: sudo apt-get install chromium", pytrace=False)
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@dataclass
class Visitor:
    """One person at a browser."""

    context: BrowserContext
    base: str
    page: Page
    noise: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def accessible(self, rules: list[str] | None = None) -> None:
        """No WCAG violation on the page as it is now; `rules`: only these rules of axe."""
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(_AXE.axe_script)
        results = self.page.evaluate(
            "options => axe.run(document, options)", {"runOnly": only, "resultTypes": ["violations"]}
        )
        found = [f"{v['id']}: {[node['target'] for node in v['nodes']][:3]}" for v in results["violations"]]
        assert not found, "\n".join(found)

    def fits(self) -> None:
        """No sideways scroll."""
        wider = self.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"halaman {wider} px lebih lebar dari layar"


def kirim(tombol: Locator) -> None:
    """Press a button that posts its form, and wait until the page that answers has come.

    `expect_navigation` would also be content with an entry in the history, which htmx may write at any time.
    """
    with tombol.page.expect_event("load"):
        tombol.click()


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator[Visit]:
    """`visit(user, phone=…, javascript=…)`: a browser in which `user` is logged in (None: nobody)."""
    visitors: list[Visitor] = []

    def enter(user: User | None = None, *, phone: bool = False, javascript: bool = True, dark: bool = False) -> Visitor:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            java_script_enabled=javascript,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            reduced_motion="reduce",  # no colour is caught half-way
        )
        if user is not None:
            context.add_cookies([_session(user, live_server.url)])
        visitor = Visitor(context, live_server.url, context.new_page())
        visitor.page.on("console", lambda message: visitor.noise.append(message.text) if _is_noise(message) else None)
        visitor.page.on("pageerror", lambda error: visitor.noise.append(str(error)))
        visitors.append(visitor)
        return visitor

    yield enter
    noise = [line for visitor in visitors for line in visitor.noise]
    for visitor in visitors:
        visitor.context.close()
    assert not noise, "Pesan galat pada konsol peramban:\n" + "\n".join(noise)


def _is_noise(message: ConsoleMessage) -> bool:
    """Every console error except two remarks of the browser: a refused form came back as 422, and a draft still on
    its way when its step was completed came back as 409."""
    late_draft = "409" in message.text and message.location.get("url", "").endswith("/draf/")
    return message.type == "error" and not late_draft and "422 (Unprocessable" not in message.text


def _session(user: User, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }


os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
