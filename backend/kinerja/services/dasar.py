"""What the verbs share: the locked laporan, who may act, the text limits, the audit line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.core.periode import tanggal
from backend.kinerja import enums, errors
from backend.kinerja.models import LaporanPeriode
from backend.platform import audit
from backend.platform.settings import setting

ENTRI = frozenset(
    {
        enums.StatusLaporan.BELUM_BUKA,
        enums.StatusLaporan.DRAF_RENAKSI,
        enums.StatusLaporan.DRAF_SKP,
        enums.StatusLaporan.DRAF_PKS,
        enums.StatusLaporan.DIKEMBALIKAN,
    }
)
SELESAI = frozenset({enums.StatusLangkah.LENGKAP, enums.StatusLangkah.DISETUJUI})


def kunci(laporan: LaporanPeriode | UUID | str) -> LaporanPeriode:
    """The laporan, locked until the end of the transaction, as it is now."""
    pk = laporan.pk if isinstance(laporan, LaporanPeriode) else laporan
    try:
        return (
            LaporanPeriode.objects.select_for_update(of=("self",))
            .select_related("skp", "periode", "pegawai", "opd", "penilai_pegawai", "penilai_pejabat")
            .get(pk=pk)
        )
    except LaporanPeriode.DoesNotExist:
        raise NotVisible from None


def simpan(laporan: LaporanPeriode, *fields: str, oleh: User | None) -> None:
    """Save the named fields, with the trace of who did it."""
    laporan.diubah_pada = timezone.now()
    laporan.diubah_oleh = oleh
    laporan.versi_baris = F("versi_baris") + 1
    laporan.save(update_fields=[*fields, "diubah_pada", "diubah_oleh", "versi_baris"])


def catat(
    laporan: LaporanPeriode, peristiwa: str, *, oleh: User | None, data: Mapping[str, Any] | None = None,
    alasan: str = "",
) -> None:  # fmt: skip
    """One audit line in the chain of this laporan."""
    audit.record(f"laporan:{laporan.pk}", peristiwa, aktor=oleh, data=dict(data or {}), alasan=alasan)


def must_be_open(laporan: LaporanPeriode) -> None:
    """Raises LaporanFinal or SudahDiajukan when the ASN cannot write now."""
    if laporan.status == enums.StatusLaporan.FINAL:
        raise errors.LaporanFinal
    if laporan.status not in ENTRI:
        raise errors.SudahDiajukan


def must_accept_entry(laporan: LaporanPeriode) -> None:
    """The first submission needs an open periode; later ones do not (kinerja.md §3.1). Raises M18, M19."""
    periode = laporan.periode
    if laporan.diajukan_at is not None or periode.menerima_isian:
        return
    if periode.status == enums.StatusPeriode.TERJADWAL:
        raise errors.PeriodeBelumBuka(tanggal=tanggal_buka(laporan))
    raise errors.PeriodeTutup


def tanggal_buka(laporan: LaporanPeriode) -> str:
    """Date of opening, in words."""
    return tanggal(laporan.periode.buka)


def must_be_owner(laporan: LaporanPeriode, *, oleh: User) -> None:
    if laporan.pegawai.user_id != oleh.pk:
        raise errors.NotOwnLaporan


def must_reach(laporan: LaporanPeriode, langkah: str) -> None:
    """I1: every earlier step is complete, and this one is not yet approved. Raises M14."""
    for sebelum in enums.Langkah:
        if sebelum == langkah:
            break
        if laporan.status_langkah(sebelum) not in SELESAI:
            raise errors.LangkahBelumLengkap(langkah=sebelum.label)
    if laporan.status_langkah(langkah) == enums.StatusLangkah.DISETUJUI:
        raise errors.LangkahSudahDisetujui(langkah=enums.Langkah(langkah).label)


def bersih(text: str | None) -> str | None:
    """Trimmed text; nothing is None."""
    return (text or "").strip() or None


def min_catatan() -> int:
    return int(setting("min_catatan"))


def check_text(value: str | None, *, n: int | None = None) -> str | None:
    """The message for a text that is given and shorter than `n` (default: min_catatan), or None."""
    minimum = min_catatan() if n is None else n
    return errors.TerlaluPendek.text(n=minimum) if value and len(value) < minimum else None


def pada_periode(laporan: LaporanPeriode) -> date:
    """The date on which rules and people of a laporan are looked up: the last day of its period."""
    return laporan.periode.selesai
