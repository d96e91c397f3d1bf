"""Own account: notices, appearance, password, API keys."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from allauth.account.views import PasswordChangeView
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from backend.accounts import services, tokens
from backend.accounts.models import ApiToken, Tema
from backend.core.errors import NotVisible
from backend.platform import notices
from backend.platform.models import Notice
from backend.web.admin_akses import pengguna
from backend.web.admin_isian import Isian

PER_HALAMAN = 30


class GantiSandi(PasswordChangeView):  # type: ignore[misc]
    """allauth's page; afterwards the user goes where he was going."""

    success_url = reverse_lazy("beranda")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """An account that never had a password has no present one to type: it gets a link by e-mail."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            messages.info(request, "Akun ini belum mempunyai kata sandi. Minta tautannya lewat surel.")
            return redirect("account_reset_password")
        return cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))


ganti_sandi = login_required(GantiSandi.as_view())


@login_required
@require_GET
def pemberitahuan(request: HttpRequest) -> HttpResponse:
    """Own notices, newest first."""
    baris = Notice.objects.visible_to(pengguna(request))
    halaman = Paginator(baris, PER_HALAMAN).get_page(request.GET.get("hal"))
    return render(request, "akun/pemberitahuan.html", {"halaman": halaman})


@login_required
@require_GET
def buka_pemberitahuan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark a notice as read and go to what it is about."""
    notice = Notice.objects.visible_to(pengguna(request)).filter(pk=pk).first()
    if notice is None:
        raise NotVisible
    notices.mark_read(notice.penerima, notice=notice.pk)
    aman = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if notice.url and aman else "pemberitahuan")


@login_required
@require_POST
def baca_semua(request: HttpRequest) -> HttpResponse:
    notices.mark_read(pengguna(request))
    return redirect("pemberitahuan")


class KunciForm(Isian):
    """A name that tells a key apart from others."""

    nama = forms.CharField(label="Untuk apa kunci ini", min_length=3, max_length=100)


@login_required
@require_GET
def profil(request: HttpRequest) -> HttpResponse:
    """Who I am here, how pages look, password, keys."""
    return _profil(request, KunciForm())


def _profil(request: HttpRequest, form: KunciForm, *, rahasia: str = "", status: int = 200) -> HttpResponse:
    user = pengguna(request)
    isi = {
        "form": form,
        "rahasia": rahasia,
        "pilihan_tema": Tema.choices,
        "kunci": ApiToken.objects.visible_to(user).filter(dicabut_pada__isnull=True),
    }
    return render(request, "akun/profil.html", isi, status=status)


@login_required
@require_POST
def tampilan(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device."""
    services.atur_tema(pengguna(request), tema=request.POST.get("tema", ""))
    messages.success(request, "Tampilan disimpan.")
    return redirect("profil")


@login_required
@require_POST
def buat_kunci(request: HttpRequest) -> HttpResponse:
    """Make an API key; its secret is shown on this answer only."""
    form = KunciForm(request.POST)
    if not form.is_valid():
        return _profil(request, form, status=422)
    _, rahasia = tokens.issue(pengguna(request), nama=form.cleaned_data["nama"])
    return _profil(request, KunciForm(), rahasia=rahasia)


@login_required
@require_POST
def cabut_kunci(request: HttpRequest, pk: UUID) -> HttpResponse:
    token = ApiToken.objects.visible_to(pengguna(request)).filter(pk=pk).first()
    if token is None:
        raise NotVisible
    tokens.revoke(token)
    messages.success(request, f"Kunci “{token.nama}” dicabut dan tidak dapat dipakai lagi.")
    return redirect("profil")
