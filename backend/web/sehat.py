"""GET /sehat/: can this copy of the product do its work?"""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.documents import pdf
from backend.platform import embedded, health


@never_cache
@require_safe
def sehat(request: HttpRequest) -> JsonResponse:
    """Database, broker, worker, oldest outbox row and version; 200 when all work, else 503.

    The worker counts as working when it touched its heartbeat row lately (platform.health).
    """
    parts: dict[str, Any] = {"basis_data": _database(), "antrean": _broker()}
    parts |= (
        health.status(timezone.now())
        if parts["basis_data"] == "baik"
        else {"pekerja": "tidak diketahui", "outbox_tertua_detik": None}
    )
    healthy = all(parts[name] == "baik" for name in ("basis_data", "antrean", "pekerja"))
    parts["pdf_surat"] = "baik" if pdf.tersedia() else "tidak ada: LibreOffice tidak terpasang"  # work goes on without
    answer = {"status": "baik" if healthy else "terganggu", **parts, "versi": settings.VERSION}
    return JsonResponse(answer, status=200 if healthy else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, embedded.EmbeddedServerError):
        return "tidak menjawab"
    return "baik"


def _broker() -> str:
    address = urlsplit(settings.BROKER_URL or embedded.broker_url())
    try:
        socket.create_connection((address.hostname or "localhost", address.port or 6379), timeout=1).close()
    except OSError:
        return "tidak menjawab"
    return "baik"
