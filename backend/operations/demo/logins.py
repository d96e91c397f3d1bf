"""Accounts of the demo city worth trying, one a role."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.kepegawaian.models import PeranUser, RiwayatJabatan
from backend.operations.demo.organisasi import SANDI
from backend.workflow.models import WorkItem

PERAN = (
    Peran.ADMIN_OPD, Peran.TIM_PENGELOLA, Peran.REVIEWER, Peran.BENDAHARA_OPD, Peran.BKPSDM, Peran.BENDAHARA,
    Peran.ADMIN_PROSES, Peran.AUDITOR,
)  # fmt: skip


def accounts() -> Iterator[tuple[str, User]]:
    """(role in words, user) of the demo; nothing when the database holds no demo city."""
    item = (
        WorkItem.objects.open()
        .filter(lane="asn", assignee__isnull=False, assignee__peran__isnull=True)
        .select_related("assignee")
        .order_by("assignee__username")
        .first()
    )
    if item is not None and item.assignee is not None:
        yield "ASN", item.assignee
    waiting = (
        WorkItem.objects.open()
        .filter(lane="atasan", candidate_posisi__isnull=False)
        .order_by("candidate_posisi")
        .values_list("candidate_posisi", flat=True)
    )
    aktif = RiwayatJabatan.objects.pada(timezone.localdate()).select_related("pegawai__user")
    atasan = (
        aktif.filter(posisi__in=list(waiting), jenis_penugasan="D", pegawai__user__isnull=False)
        .order_by("pegawai__nip")
        .first()
    )
    plt = aktif.filter(jenis_penugasan="PLT", pegawai__user__isnull=False).first()
    for label, row in (("Atasan", atasan), ("Plt. (dua jabatan)", plt)):
        if row is not None and row.pegawai.user is not None:
            yield label, row.pegawai.user
    for peran in PERAN:
        granted = (
            PeranUser.objects.filter(peran=peran)
            .select_related("user")
            .order_by("unor__kode", "user__username")
            .first()
        )
        if granted is not None:
            yield peran.label, granted.user


def table() -> str:
    """The accounts as lines of text, with the one password."""
    rows = [f"  {label:<28}{user.username:<20}{user.nama}" for label, user in accounts()]
    return "\n".join(["Akun peraga (kata sandi: " + SANDI + ")", *rows]) if rows else ""
