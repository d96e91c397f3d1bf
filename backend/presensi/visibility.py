"""Which rows a user sees. Called by `visible_to` of the models, and by nothing else."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone

from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.kepegawaian.penilai import dinilai_oleh_delegasi


def opd_rows_visible_to(rows: Any, user: Any) -> Any:
    """Rows of the OPD of the user's roles; all, also those of no OPD, for whole-city roles."""
    opd = kepegawaian.lingkup_opd(user, *kepegawaian.LIHAT_OPD, *kepegawaian.LIHAT_KOTA)
    if opd is None:
        return rows
    return rows.filter(opd__in=opd) if hasattr(rows.model, "opd") else rows.filter(mesin__opd__in=opd)


def day_rows_visible_to(rows: Any, user: Any) -> Any:
    """Own rows, those of the people the user rates today, and those that lie in the OPD of his roles."""
    hari = timezone.localdate()
    opd = kepegawaian.lingkup_opd(user, *kepegawaian.LIHAT_OPD, *kepegawaian.LIHAT_KOTA, pada=hari)
    if opd is None:
        return rows
    seen = Q(pegawai__user=user.pk) | Q(pegawai__in=kepegawaian.bawahan_langsung(user, hari).values("pegawai"))
    if opd:
        seen |= Q(opd__in=opd)
    if delegated := dinilai_oleh_delegasi(user, hari):
        seen |= Q(pegawai__in=Pegawai.objects.filter(delegated).values("pk"))
    return rows.filter(seen)
