"""A signed paper decision becomes the decision of the step it stands at (decision 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.kinerja import errors
from backend.kinerja.models import LaporanPeriode
from backend.kinerja.services import tetapkan
from backend.workflow import engine
from backend.workflow.engine import Completed

LANGKAH = {"tinjau_renaksi": "renaksi", "tinjau_skp": "skp", "tinjau_pks": "pks"}


@transaction.atomic
def catat_keputusan(
    laporan: LaporanPeriode, *, oleh: User, surat: tetapkan.SuratKeputusan, form: Mapping[str, Any]
) -> Completed:
    """Keep the paper and complete the open validation with what it says. `form`: the data of that step's form.

    Nobody records a decision on his own laporan. Raises NotVisible (nothing waits), NotAtasan, NotTimPengelola,
    BerkasKeputusanWajib, and what the step raises.
    """
    item = tetapkan.open_review(laporan)
    if item is None:
        raise NotVisible
    if laporan.pegawai.user_id == oleh.pk:
        raise errors.NotAtasan
    tetapkan.catat_surat(laporan, LANGKAH[item.step], oleh=oleh, surat=surat)
    engine.reassign(item.pk, actor=oleh, assignee=oleh, alasan=f"Keputusan tertulis nomor {surat.nomor}")
    return engine.complete(item.pk, actor=oleh, data=form)
