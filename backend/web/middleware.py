"""A broken rule becomes a page that says what to do; a menu that opens is counted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from django.http import HttpRequest, HttpResponse

from backend.accounts.models import User
from backend.core.errors import DomainError
from backend.core.ingatan import ingat
from backend.web import galat
from backend.web.menu import MENU, catat_pembukaan

MENU_TERHITUNG = frozenset(menu.kunci for menu in MENU if menu.kunci != "beranda")


class Halaman:
    """Turns a DomainError of a page into its answer (API answers are made by `backend.api.errors`).

    An answer that only shows reads posts and roles of its user once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ingat() if request.method in ("GET", "HEAD") else nullcontext():
            response = self.get_response(request)
        match = request.resolver_match
        if request.method == "GET" and response.status_code == 200 and match and match.url_name:
            kunci = match.url_name
            if isinstance(request.user, User) and (kunci in MENU_TERHITUNG or kunci.startswith("admin-")):
                catat_pembukaan(request.user, kunci)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError):
            return galat.halaman_galat(request, exception)
        return None
