"""How long a session lives, and what a first login must do before anything else (security.md 11)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.utils import timezone

from backend.accounts.models import User
from backend.platform.settings import setting

STARTED, ACTIVE = "sesi_mulai", "sesi_aktif"  # seconds since the epoch
TOUCH_SECONDS = 60  # the moment of the last request is stored at most once a minute
OPEN_PAGES = ("account_change_password", "account_logout")
OPEN_PATHS = ("/static/", "/sehat/")
CHANGE_FIRST = "Ganti kata sandi sekali pakai Anda lebih dahulu."
IDLE = "Sesi Anda berakhir karena tidak ada aktivitas selama {menit} menit. Draf yang tersimpan tetap ada; silakan masuk kembali."
TOO_LONG = "Sesi Anda berakhir setelah {jam} jam. Draf yang tersimpan tetap ada; silakan masuk kembali."


class SessionPolicy:
    """Ends idle and over-long sessions, and keeps a user with a one-time password on the page that replaces it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User) and not request.path.startswith(OPEN_PATHS):
            if ended := _ended(request):
                return _sign_out(request, ended) or self.get_response(request)
            if request.user.wajib_ganti_sandi and not _is_open(request):
                return _to_password_page(request)
        return self.get_response(request)


def _ended(request: HttpRequest) -> str:
    """Why the session is over, in words; empty while it lives. Notes this request as activity."""
    now = int(timezone.now().timestamp())
    started = request.session.setdefault(STARTED, now)
    active = request.session.setdefault(ACTIVE, now)
    idle, longest = setting("sesi_diam_menit"), setting("sesi_maks_jam")
    if now - active > idle * 60:
        return IDLE.format(menit=idle)
    if now - started > longest * 3600:
        return TOO_LONG.format(jam=longest)
    if now - active > TOUCH_SECONDS:
        request.session[ACTIVE] = now
    return ""


def _sign_out(request: HttpRequest, reason: str) -> HttpResponse | None:
    """End the session. Fragments send the whole page to the login; other requests go on as nobody's."""
    logout(request)
    if _is_api(request):
        return None
    messages.info(request, reason)
    if request.headers.get("HX-Request"):
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return _htmx_redirect(f"{resolve_url('account_login')}?{urlencode({'next': page.path or '/'})}")
    return None


def _to_password_page(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        problem = {"type": "about:blank", "title": CHANGE_FIRST, "status": 403, "code": "password_change_required"}
        return JsonResponse(problem, status=403, content_type="application/problem+json")
    address = resolve_url("account_change_password")
    return _htmx_redirect(address) if request.headers.get("HX-Request") else HttpResponseRedirect(address)


def _htmx_redirect(address: str) -> HttpResponse:
    return HttpResponse(status=204, headers={"HX-Redirect": address})


def _is_open(request: HttpRequest) -> bool:
    return request.path in {resolve_url(name) for name in OPEN_PAGES}


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
