"""What the verbs share: taking turns, checking the state, moving a period on, the audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import F

from backend.platform import audit
from backend.platform.settings import setting
from backend.tpp import enums, errors
from backend.tpp.models import Periode, Perpindahan, kunci_periode

LOCK = "tpp"


def giliran(periode: Iterable[Periode]) -> None:
    """Take turns with every other writer of these OPD and months, until the end of the transaction; in a fixed order."""
    names = sorted({kunci_periode(satu.opd_id, satu.bulan) for satu in periode})
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", [LOCK, name])


def kunci(periode: Periode, *status: str) -> Periode:
    """The row, locked, in one of the states. Raises PeriodeSalahStatus, PeriodeTerkunci."""
    giliran([periode])
    satu = Periode.objects.select_for_update(of=("self",)).select_related("opd", "aliran").get(pk=periode.pk)
    periksa_status([satu], *status)
    return satu


def periksa_status(periode: Sequence[Periode], *status: str) -> None:
    """Raises PeriodeTerkunci, PeriodeSalahStatus for the first that is in none of the states."""
    for satu in periode:
        if status and satu.status not in status:
            if satu.terkunci:
                raise errors.PeriodeTerkunci
            raise errors.PeriodeSalahStatus(status=enums.StatusPeriode(satu.status).label)


def pindah(periode: Periode, ke: str, *, oleh: Any, catatan: str = "", kembali: bool = False) -> Periode:
    """Move on (or back, which counts a round) and write who, when and why."""
    dari = periode.status
    periode.status = ke
    periode.save(update_fields=["status", "diubah_pada"])
    if kembali:
        Periode.objects.filter(pk=periode.pk).update(putaran=F("putaran") + 1)
        periode.refresh_from_db(fields=["putaran"])
    Perpindahan.objects.create(periode=periode, dari=dari, ke=ke, oleh=oleh, catatan=catatan)
    catat(periode, f"tpp.{ke.lower()}", oleh=oleh, alasan=catatan, dari=dari, putaran=periode.putaran)
    return periode


def catat(periode: Periode, peristiwa: str, *, oleh: Any, alasan: str = "", **data: Any) -> None:
    """An event of a period in the audit."""
    audit.record(f"tpp:{periode.pk}", peristiwa, aktor=oleh, data=data, alasan=alasan, objek=str(periode))


def wajib_alasan(teks: str) -> str:
    """A reason of the length that the setting asks. Raises AlasanWajib."""
    bersih = " ".join(teks.split())
    minimum = setting("tpp_min_alasan")
    if len(bersih) < minimum:
        raise errors.AlasanWajib(minimum=minimum)
    return bersih
