"""Which rows a user sees. Called by `visible_to` of the models, and by nothing else.

Pay is nobody's business but the person's own and the roles that compute, approve, verify and pay it; an atasan as such
sees none of it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from backend.accounts.roles import Peran
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import RiwayatJabatan
from backend.tpp.enums import StatusPeriode
from backend.tpp.models import HasilQuerySet, PeriodeQuerySet

KOTA = frozenset({Peran.BKPSDM, Peran.KEPALA_BKPSDM, Peran.BENDAHARA, Peran.AUDITOR})
OPD = frozenset({Peran.ADMIN_OPD, Peran.KEPALA_OPD, Peran.BENDAHARA_OPD})
# States in which the person himself does not see a result yet: it is still being worked out.
BELUM_TERBIT = (StatusPeriode.DRAF, StatusPeriode.DIBUKA, StatusPeriode.DIHITUNG)


def lingkup(user: Any) -> frozenset[UUID] | None:
    """The OPD whose pay a user sees through his roles; None: all."""
    roles = kepegawaian.roles_of(user, kepegawaian.tanggal_dari(None))
    if any(peran in KOTA for peran, _ in roles):
        return None
    return frozenset(opd for peran, opd in roles if peran in OPD and opd is not None)


def pay_rows_visible_to(rows: QuerySet[Any], user: Any) -> Any:
    """Rows of a `pegawai`; rows without one (what-if runs) only for roles of the whole city."""
    opd = lingkup(user)
    if opd is None:
        return rows
    if not hasattr(rows.model, "pegawai"):
        return rows.none()
    seen = Q(pegawai__user=user.pk)
    if opd:
        hari = kepegawaian.tanggal_dari(None)
        within = RiwayatJabatan.objects.pada(hari).definitif().filter(posisi__unor__opd__in=opd)
        seen |= Q(pegawai__in=within.values("pegawai"))
    return rows.filter(seen)


def periode_visible_to(rows: PeriodeQuerySet, user: Any) -> PeriodeQuerySet:
    opd = lingkup(user)
    if opd is None:
        return rows
    own = Q(hasil__pegawai__user=user.pk) & ~Q(status__in=BELUM_TERBIT)
    return rows.filter(Q(opd__in=opd) | own).distinct()


def hasil_visible_to(rows: HasilQuerySet, user: Any) -> HasilQuerySet:
    found: HasilQuerySet = rows_of_periode_visible_to(rows, user)
    return found


def rows_of_periode_visible_to(rows: QuerySet[Any], user: Any) -> Any:
    """Rows with `periode` and `pegawai`."""
    opd = lingkup(user)
    if opd is None:
        return rows
    own = Q(pegawai__user=user.pk) & ~Q(periode__status__in=BELUM_TERBIT)
    return rows.filter(Q(periode__opd__in=opd) | own)
