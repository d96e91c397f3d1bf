"""The HTTP push of attendance machines (ZKTeco ADMS): no session, no CSRF, plain text; the key stands in every request.

A machine gives its key as part of the server address (`/mesin/<kunci>/iclock/…`), as `pushcommkey` or `key` in the query,
or a gateway before it gives it as the header `X-Kunci-Mesin`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from backend.core.errors import DomainError
from backend.presensi import iclock
from backend.presensi.models import Mesin
from backend.presensi.services import mesin as services

PANJANG = 120  # of a serial number, table name or key: what is longer is no machine
View = Callable[[HttpRequest, Mesin], str]


def _teks(isi: str, status: int = 200) -> HttpResponse:
    jawaban = HttpResponse(isi, status=status, content_type="text/plain; charset=utf-8")
    jawaban["Cache-Control"] = "no-store"
    return jawaban


def _kunci(request: HttpRequest, kunci: str) -> str:
    dari_query = request.GET.get("pushcommkey") or request.GET.get("key") or ""
    return (kunci or request.headers.get("X-Kunci-Mesin", "") or dari_query)[:PANJANG]


def mesin(*metode: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """A page for machines: known by serial number and key, else 401; what is too large is 413; all in plain text."""

    def bungkus(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @require_http_methods(list(metode))
        @wraps(view)
        def jawab(request: HttpRequest, kunci: str = "") -> HttpResponse:
            try:
                satu = services.kenali(request.GET.get("SN", "")[:PANJANG], _kunci(request, kunci))
                return _teks(view(request, satu))
            except DomainError as galat:
                return _teks(f"ERROR: {galat.code}", galat.status)
            except KirimanTerlaluBesar:
                return _teks("ERROR: too_large", 413)

        return jawab

    return bungkus


class KirimanTerlaluBesar(Exception):
    """The body is larger than a machine ever sends."""


def _isi(request: HttpRequest) -> bytes:
    """The body, never more than the limit of a push. Raises KirimanTerlaluBesar."""
    try:
        panjang = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        panjang = 0
    if panjang > iclock.LARGEST:
        raise KirimanTerlaluBesar
    try:
        isi = request.read(iclock.LARGEST + 1)
    except (RawPostDataException, UnreadablePostError):
        return b""
    if len(isi) > iclock.LARGEST:
        raise KirimanTerlaluBesar
    return isi


@mesin("GET", "POST")
def cdata(request: HttpRequest, satu: Mesin) -> str:
    """The handshake (GET), and pushes of attendance, operation logs, users, photos (POST)."""
    if request.method == "GET":
        return services.salam(satu, sekarang=timezone.now())
    tabel = request.GET.get("table", "")[:PANJANG]
    jawaban, _hasil = services.kiriman(satu, tabel=tabel, isi=_isi(request), sekarang=timezone.now())
    return jawaban


@mesin("GET")
def getrequest(request: HttpRequest, satu: Mesin) -> str:
    """A machine asks for commands; there are none."""
    return services.perintah(satu, sekarang=timezone.now())


@mesin("POST")
def devicecmd(request: HttpRequest, satu: Mesin) -> str:
    """A machine reports the result of a command."""
    _isi(request)
    return services.perintah(satu, sekarang=timezone.now())
