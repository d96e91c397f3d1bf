"""Which rows a user sees (I13). Called by `visible_to` of the models, and by nothing else."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from backend.accounts.roles import Peran
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, RiwayatJabatan
from backend.kepegawaian.penilai import dinilai_oleh_delegasi
from backend.platform.settings import setting

Row = TypeVar("Row", bound=Model)
KOTA = frozenset({Peran.BKPSDM, Peran.KEPALA_BKPSDM, Peran.AUDITOR})
OPD = frozenset({Peran.ADMIN_OPD, Peran.TIM_PENGELOLA, Peran.REVIEWER, Peran.KEPALA_OPD})


def rows_of_people(rows: QuerySet[Row], user: Any, *, penilai: str, opd: str, open_posts: bool = False) -> Any:
    """Own rows, those of people the user rates now or rated, and those of the OPD of his roles.

    `penilai`, `opd`: names of the fields that hold them; rows have `pegawai`. `open_posts`: also rows whose open
    validation stands at a post the user holds or covers today.
    """
    hari = timezone.localdate()
    roles = kepegawaian.roles_of(user, hari)
    if any(peran in KOTA for peran, _ in roles):
        return rows
    seen = Q(pegawai__user=user.pk) | Q(**{f"{penilai}__user": user.pk})
    if scopes := {unor for peran, unor in roles if peran in OPD and unor is not None}:
        seen |= Q(**{f"{opd}__in": scopes})
    posts = kepegawaian.posisi_ids(user, hari)
    if posts:
        seen |= Q(pegawai__in=_bawahan(posts, hari).values("pegawai")) & ~Q(pegawai__user=user.pk)
        if open_posts:
            seen |= Q(atasan_posisi__in=posts) & ~Q(status__in=["final", "dibatalkan"])
    if delegated := dinilai_oleh_delegasi(user, hari):
        seen |= Q(pegawai__in=Pegawai.objects.filter(delegated).values("pk"))
    return rows.filter(seen)


def _bawahan(posts: list[Any], hari: Any) -> QuerySet[RiwayatJabatan]:
    """Direct bawahan of the posts; with the setting, those one level further down too."""
    rows = RiwayatJabatan.objects.pada(hari).definitif()
    direct = Q(atasan__in=posts)
    return (
        rows.filter(direct | Q(atasan__atasan__in=posts)) if setting("bawahan_tidak_langsung") else rows.filter(direct)
    )
