"""Which rows a user sees. Called by `visible_to` of the models, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from backend.accounts.roles import Peran
from backend.kepegawaian import queries
from backend.kepegawaian.models import (
    LaporanDataQuerySet,
    Pegawai,
    PegawaiQuerySet,
    PeranUserQuerySet,
    PosisiQuerySet,
    RiwayatJabatan,
    UnorQuerySet,
)
from backend.kepegawaian.penilai import dinilai_oleh_delegasi
from backend.platform.settings import setting


def kedudukan_aktif() -> Sequence[str]:
    """Codes of kedudukan that count as in service."""
    return tuple(setting("kedudukan_aktif"))


def pegawai_visible_to(rows: PegawaiQuerySet, user: Any, *, pada: date | None) -> PegawaiQuerySet:
    """Self, direct subordinates, people of the OPD of the user's roles."""
    hari = queries.tanggal_dari(pada)
    opd = _scope(user, hari)
    if opd is None:
        return rows
    seen = Q(user=user.pk) | Q(pk__in=queries.bawahan_langsung(user, hari).values("pegawai"))
    if opd:
        within = RiwayatJabatan.objects.pada(hari).definitif().filter(posisi__unor__opd__in=opd)
        seen |= Q(pk__in=within.values("pegawai"))
    if delegated := dinilai_oleh_delegasi(user, hari):
        seen |= Q(pk__in=Pegawai.objects.filter(delegated).values("pk"))
    return rows.filter(seen)


def unor_visible_to(rows: UnorQuerySet, user: Any) -> UnorQuerySet:
    opd = _scope(user, queries.tanggal_dari(None))
    return rows if opd is None else rows.filter(opd__in=opd)


def posisi_visible_to(rows: PosisiQuerySet, user: Any) -> PosisiQuerySet:
    opd = _scope(user, queries.tanggal_dari(None))
    return rows if opd is None else rows.filter(unor__opd__in=opd)


def peran_visible_to(rows: PeranUserQuerySet, user: Any) -> PeranUserQuerySet:
    hari = queries.tanggal_dari(None)
    if _scope(user, hari) is None:
        return rows
    admin = queries.lingkup_opd(user, Peran.ADMIN_OPD, pada=hari) or frozenset[UUID]()
    return rows.filter(Q(user=user.pk) | Q(unor__opd__in=admin))


def laporan_data_visible_to(rows: LaporanDataQuerySet, user: Any) -> LaporanDataQuerySet:
    hari = queries.tanggal_dari(None)
    if _scope(user, hari) is None:
        return rows
    admin = queries.lingkup_opd(user, Peran.ADMIN_OPD, pada=hari) or frozenset[UUID]()
    within = RiwayatJabatan.objects.pada(hari).definitif().filter(posisi__unor__opd__in=admin)
    return rows.filter(Q(pelapor=user.pk) | Q(pegawai__user=user.pk) | Q(pegawai__in=within.values("pegawai")))


def _scope(user: Any, pada: date) -> frozenset[UUID] | None:
    """The OPD whose people and units a user sees through his roles; None: all."""
    roles = queries.roles_of(user, pada)
    if any(peran in queries.LIHAT_KOTA for peran, _ in roles):
        return None
    return frozenset(opd for peran, opd in roles if peran in queries.LIHAT_OPD and opd is not None)
