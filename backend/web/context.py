"""What every page shows around its content: who is signed in, menus, numbers, colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.models import Tema, User
from backend.accounts.roles import Peran
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.enums import JenisPenugasan
from backend.platform.models import Notice
from backend.web.admin_akses import peran_kini
from backend.web.menu import Bagian, Butir, bagian_menu, pintasan

MODE = {Tema.TERANG: "light", Tema.GELAP: "dark", Tema.SISTEM: "auto"}


@dataclass
class Shell:
    """Read lazily: an answer without a page costs nothing, and an error page works without a database."""

    request: HttpRequest

    @cached_property
    def user(self) -> User | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @property
    def instansi(self) -> str:
        return str(settings.INSTANSI)

    @cached_property
    def sebutan(self) -> str:
        """The post of the user, under his name; empty without one."""
        posisi = kepegawaian.sebutan_posisi(self.user, timezone.localdate()) if self.user else []
        return next((satu.nama for satu in posisi if satu.sebagai == JenisPenugasan.D), "")

    @property
    def mode(self) -> str:
        """Value of data-bs-theme."""
        return MODE[Tema(self.user.tema)] if self.user else "auto"

    @cached_property
    def peran(self) -> frozenset[Peran]:
        return peran_kini(self.request) if self.user else frozenset()

    @cached_property
    def pemberitahuan(self) -> int:
        """Unread notices."""
        return Notice.objects.visible_to(self.user).belum_dibaca().count() if self.user else 0

    @cached_property
    def lencana(self) -> dict[str, int]:
        """Numbers beside the menus: own open tasks, open decisions, unread notices."""
        from backend.web.antrean import jumlah_terbuka

        if not self.user:
            return {}
        return {**jumlah_terbuka(self.user, timezone.now()), "pemberitahuan": self.pemberitahuan}

    @cached_property
    def bagian(self) -> list[Bagian]:
        match = self.request.resolver_match
        return bagian_menu(self.peran, url_name=(match.url_name or "") if match else "", lencana=self.lencana)

    @cached_property
    def di_ponsel(self) -> frozenset[str]:
        """Keys of the four menus in the bottom bar of a phone; the fifth place is *Lainnya*."""
        semua = [butir for bagian in self.bagian for butir in bagian.butir]
        urut = sorted(semua, key=lambda butir: not butir.ponsel)
        return frozenset(butir.kunci for butir in urut[:4])

    @property
    def pintasan(self) -> list[Butir]:
        return pintasan(self.user, self.bagian) if self.user else []


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell` in every template."""
    return {"shell": Shell(request)}
