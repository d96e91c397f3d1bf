"""Fixtures shared by all tests. Each context has its own factories and conftest beside its tests."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest
from celery import current_app

from backend.core.periode import WIB
from backend.platform import settings as product_settings

# A slow machine is no fault of the code: nothing that a property test says may depend on the clock.
hypothesis.settings.register_profile(
    "mskp", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("mskp")

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's event loop runs beside Django's sync code


@pytest.fixture(scope="session", autouse=True)
def _no_broker() -> None:
    """Wake-ups of workers go nowhere; a test with a live worker sets its own broker."""
    current_app.conf.broker_url = "memory://"


@pytest.fixture(autouse=True)
def _own_files_and_cache(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    product_settings.forget_cache()  # a setting changed by the test before was rolled back with it
    monkeypatch.setattr(product_settings, "CACHE_SECONDS", 3600)  # a slow machine counts the same statements
    settings.BERKAS_DIR = tmp_path / "berkas"
    settings.STATIC_ROOT = tmp_path  # an empty place: WhiteNoise warns when there is none
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }


@pytest.fixture
def hari_ini() -> datetime:
    """A fixed working moment: Tuesday 8 April 2025, 09.00 in Asia/Jakarta."""
    return datetime(2025, 4, 8, 9, 0, tzinfo=WIB)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many browser tests ran: CI refuses a run without them."""
    ran = [r for key in ("passed", "failed") for r in terminalreporter.stats.get(key, []) if "tests/e2e/" in r.nodeid]
    terminalreporter.write_line(f"e2e tests run: {len(ran)}")
