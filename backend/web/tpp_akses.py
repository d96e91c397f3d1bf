"""Who may open which TPP page, and the OPD he works for there."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import NotVisible
from backend.kepegawaian.models import Unor
from backend.tpp.visibility import KOTA, OPD, lingkup

KELOLA = KOTA | OPD  # see the pay of an OPD or of the city
BUKA = frozenset({Peran.ADMIN_OPD})
BAYAR = frozenset({Peran.BENDAHARA, Peran.BKPSDM})
ATURAN = frozenset({Peran.BKPSDM})
ATURAN_LIHAT = ATURAN | {Peran.KEPALA_BKPSDM, Peran.AUDITOR}
TERBITKAN = frozenset({Peran.BKPSDM, Peran.KEPALA_BKPSDM})


def opd_tpp(user: User) -> QuerySet[Unor]:
    """The OPD whose pay the user sees through a TPP role, by name."""
    opd = lingkup(user)
    rows = Unor.objects.filter(is_opd=True, is_delete=False).order_by("nama")
    return rows if opd is None else rows.filter(pk__in=opd)


def wajib_opd_tpp(user: User, pk: UUID | str) -> Unor:
    """One of these OPD. Raises NotVisible."""
    try:
        found = opd_tpp(user).filter(pk=UUID(str(pk))).first()
    except ValueError as galat:
        raise NotVisible from galat
    if found is None:
        raise NotVisible
    return found


def tahun_diminta(request: HttpRequest) -> int:
    """The year of the address, else the present one."""
    teks = request.GET.get("tahun", "")
    return int(teks) if teks.isdigit() and 2000 < int(teks) < 2100 else timezone.localdate().year
