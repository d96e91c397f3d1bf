"""*Periksa surat*: anybody who holds a letter sees whether it is genuine. Public; the code is the permission.

It shows what the letter says of the OPD as a whole, and no sum where so few people stand behind it that it would be
somebody's pay. Guessing is slowed down: a number of questions a minute and address, and 122 random bits in a code.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.platform.settings import setting
from backend.tpp import enums, queries
from backend.tpp.models import Periode
from backend.tpp.services.dokumen import tulis_kode

LAJU = {"app": "mskp", "action": "periksa", "config": {"periksa": "30/m/ip"}}
PANJANG = 100
SAH = (enums.StatusPeriode.VERIFIKASI, enums.StatusPeriode.KEUANGAN, *enums.TERKUNCI)


@never_cache
@require_safe
def periksa(request: HttpRequest, kode: str = "") -> HttpResponse:
    """The form, or what the letter of a code says. An unknown code is 404, too many questions are 429."""
    kode = kode or request.GET.get("kode", "")[:PANJANG]
    if not kode:
        return render(request, "periksa/surat.html", {})
    if not ratelimit.consume(request, limit_get=True, **LAJU):
        return render(request, "periksa/surat.html", {"terlalu_sering": True}, status=429)
    dibaca = baca_kode(kode)
    if dibaca is not None and "kode" in request.GET:
        return redirect("periksa-kode", kode=dibaca.hex)
    periode = queries.periode_surat(dibaca) if dibaca else None
    if periode is None:
        return render(request, "periksa/surat.html", {"tidak_dikenal": True, "kode": kode}, status=404)
    return render(request, "periksa/surat.html", _isi(periode))


def baca_kode(teks: str) -> UUID | None:
    """The code as it was typed from paper: spaces, dashes and small letters do not matter."""
    bersih = re.sub(r"[\s-]", "", teks)
    return UUID(bersih) if re.fullmatch(r"[0-9A-Fa-f]{32}", bersih) else None


def _isi(periode: Periode) -> dict[str, Any]:
    return {
        "periode": periode,
        "kode": tulis_kode(periode.kode_periksa),
        "sah": bool(periode.pengantar_nomor) and periode.status in SAH,
        "total": periode.total if periode.jumlah_pegawai >= setting("tpp_periksa_min_orang") else None,
        "penanda_tangan": periode.disetujui_oleh.nama if periode.disetujui_oleh else "",
    }
