"""Units, posts, calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from backend.accounts.models import User
from backend.kepegawaian.errors import UnorIndukTidakAktif, in_words
from backend.kepegawaian.models import Kalender, Posisi, Unor
from backend.kepegawaian.services.dasar import chain, change, create
from backend.platform import audit


@transaction.atomic
def buat_unor(isi: Mapping[str, Any], *, oleh: User) -> Unor:
    """Make a unit from the fields of Unor (kode, nama, jenis, induk, …). Raises InvalidFields."""
    return create(Unor(**isi), oleh=oleh, peristiwa="unor_dibuat", fields=isi)


@transaction.atomic
def ubah_unor(unor: Unor, isi: Mapping[str, Any], *, oleh: User) -> Unor:
    """Change a unit; a new induk moves everything below it, without touching the rows of its people."""
    return change(unor, isi, oleh=oleh, peristiwa="unor_diubah")


@transaction.atomic
def nonaktifkan_unor(
    unor: Unor, *, oleh: User, valid_to: date, pengganti: Unor | None = None, alasan: str = ""
) -> None:
    """Retire a unit and those below it after `valid_to`. Raises UnorMasihBerisi while people are in it then."""
    for row in Unor.objects.select_for_update().subtree(unor.pk).filter(is_delete=False).order_by("kode"):
        fields: dict[str, Any] = {"is_delete": True, "valid_to": valid_to}
        if row.pk == unor.pk:
            fields["pengganti"] = pengganti
        change(row, fields, oleh=oleh, peristiwa="unor_dinonaktifkan", alasan=alasan)


@transaction.atomic
def pulihkan_unor(unor: Unor, *, oleh: User, alasan: str = "") -> None:
    """Bring a unit back, with those below it that were retired on the same day. Raises UnorIndukTidakAktif."""
    row = Unor.objects.select_for_update(of=("self",)).select_related("induk").get(pk=unor.pk)
    if row.induk is not None and row.induk.is_delete:
        raise UnorIndukTidakAktif
    together = Unor.objects.select_for_update().subtree(row.pk)
    for below in together.filter(is_delete=True, valid_to=row.valid_to):
        change(
            below,
            {"is_delete": False, "valid_to": None, "pengganti": None},
            oleh=oleh,
            peristiwa="unor_dipulihkan",
            alasan=alasan,
        )


@transaction.atomic
def buat_posisi(isi: Mapping[str, Any], *, oleh: User) -> Posisi:
    """Make a post from the fields of Posisi. Raises InvalidFields."""
    return create(Posisi(**isi), oleh=oleh, peristiwa="posisi_dibuat", fields=isi)


@transaction.atomic
def ubah_posisi(posisi: Posisi, isi: Mapping[str, Any], *, oleh: User) -> Posisi:
    """Change a post. Rows of its holders keep the atasan they carry. Raises InvalidFields, PimpinanSudahAda."""
    return change(posisi, isi, oleh=oleh, peristiwa="posisi_diubah")


@transaction.atomic
def tetapkan_hari(
    *, oleh: User, tanggal: date, nama: str, libur: bool = False, ramadan: bool = False, apel: bool = False, opd: Unor | None = None,
    jenis_libur: str = "", jenis_apel: str = "",
) -> Kalender:  # fmt: skip
    """Enter a special day for the city or one OPD. Raises InvalidFields when the day already has a row."""
    fields = {
        "tanggal": tanggal, "nama": nama, "libur": libur, "ramadan": ramadan, "apel": apel, "opd": opd,
        "jenis_libur": jenis_libur, "jenis_apel": jenis_apel,
    }  # fmt: skip
    return create(Kalender(**fields), oleh=oleh, peristiwa="hari_ditetapkan", fields=fields)


@transaction.atomic
def hapus_hari(hari: Kalender, *, oleh: User) -> None:
    """Take a special day out of the calendar; the audit keeps what it was."""
    data = {
        "tanggal": hari.tanggal,
        "nama": hari.nama,
        "libur": hari.libur,
        "ramadan": hari.ramadan,
        "apel": hari.apel,
        "opd": hari.opd_id,
    }
    with in_words():
        audit.record(chain(hari), "hari_dihapus", aktor=oleh, data=data)
        hari.delete()
