"""Late facts of the attendance (CalonSusulan) on their way through a susulan: taken up, settled with the lock, let go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from backend.core.periode import akhir_bulan
from backend.presensi.enums import HARI_MASUK
from backend.presensi.models import CalonSusulan
from backend.presensi.services.harian import Rentang, pilihan, salinan
from backend.tpp import enums
from backend.tpp.models import CalonDibayar, Periode


def calon_bulan(periode: Periode, pegawai: Iterable[UUID] | QuerySet[Any, Any]) -> QuerySet[CalonSusulan]:
    """Unsettled late facts of people in the month of a susulan."""
    bulan = (periode.bulan, akhir_bulan(periode.bulan.year, periode.bulan.month))
    return CalonSusulan.objects.filter(pegawai__in=pegawai, tanggal__range=bulan, selesai_pada__isnull=True)


def fakta_terkini(periode: Periode, *, pegawai: UUID, kini: datetime) -> dict[str, Any]:
    """What the attendance would say of a person's sealed month today: `kejadian` and `hari_masuk`; nothing without days."""
    rentang = Rentang(periode.bulan, akhir_bulan(periode.bulan.year, periode.bulan.month), pegawai)
    hari = salinan([rentang], sekarang=kini, pilihan=pilihan())
    if not hari:
        return {}
    kejadian = Counter(kode for satu in hari for kode in satu["kode"])
    return {
        "kejadian": dict(sorted(kejadian.items())),
        "hari_masuk": sum(satu["status"] in HARI_MASUK for satu in hari),
    }


def ambil(periode: Periode, *, pegawai: UUID) -> int:
    """A susulan in which the facts of a person were corrected takes up what is known to be late of him. How many."""
    rows = [CalonDibayar(periode=periode, calon=satu) for satu in calon_bulan(periode, [pegawai])]
    CalonDibayar.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def selesaikan(periode: Periode, *, kini: datetime) -> None:
    """With the lock of a susulan, facts that every stream of the month has paid by now are settled."""
    bulanan = Periode.objects.terkunci().filter(opd=periode.opd_id, bulan=periode.bulan, run=enums.Run.BULANAN)
    perlu = set(bulanan.values_list("aliran", flat=True))
    for calon in CalonSusulan.objects.filter(dibayar__periode=periode, selesai_pada__isnull=True):
        semua = CalonDibayar.objects.filter(calon=calon, periode__status__in=enums.TERKUNCI)
        if perlu <= {periode.aliran_id, *semua.values_list("periode__aliran", flat=True)}:
            CalonSusulan.objects.filter(pk=calon.pk).update(selesai_pada=kini)


def lepaskan(periode: Periode) -> None:
    """A refused susulan pays nothing: its facts wait for another."""
    CalonDibayar.objects.filter(periode=periode).delete()
