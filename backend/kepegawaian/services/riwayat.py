"""Riwayat jabatan: the one source of jabatan and OPD (simpeg.md §2, §5)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import OperationalError, transaction

from backend.accounts.models import User
from backend.core.errors import InvalidFields
from backend.core.periode import tanggal
from backend.kepegawaian.enums import JenisMutasi, JenisPenugasan, StatusRiwayat
from backend.kepegawaian.errors import (
    JabatanBertabrakan,
    PenugasanSudahLewat,
    RiwayatSudahBatal,
    SedangDiubah,
    TanpaJabatanDefinitif,
    in_words,
)
from backend.kepegawaian.models import Pegawai, Posisi, RiwayatJabatan
from backend.kepegawaian.services.dasar import chain
from backend.platform import audit

SEHARI = timedelta(days=1)


@transaction.atomic
def tambah_riwayat(
    pegawai: Pegawai,
    *,
    oleh: User | None,
    jenis_penugasan: str,
    posisi: Posisi,
    mulai: date,
    sampai: date | None = None,
    atasan: Posisi | None = None,
    nomor_sk: str,
    tanggal_sk: date | None,
    substansi: str = "",
) -> RiwayatJabatan:
    """Add a row. A definitive one closes the running one on the day before, and ends where a later one begins.

    `atasan` is that of the post unless given. Raises InvalidFields, JabatanBertabrakan, PimpinanSudahAda, SedangDiubah.
    """
    _lock(pegawai)
    row = RiwayatJabatan(
        pegawai=pegawai, posisi=posisi, jenis_penugasan=jenis_penugasan, mulai=mulai, sampai=sampai, tmt_jabatan=mulai,
        atasan=_atasan(posisi, atasan, jenis_penugasan=jenis_penugasan), nomor_sk=nomor_sk, tanggal_sk=tanggal_sk, substansi=substansi,
    )  # fmt: skip
    return _add(row, oleh=oleh, peristiwa="riwayat_ditambah")


@transaction.atomic
def pindahkan(
    pegawai: Pegawai,
    *,
    oleh: User | None,
    posisi: Posisi,
    mulai: date,
    atasan: Posisi | None = None,
    nomor_sk: str,
    tanggal_sk: date | None,
) -> RiwayatJabatan:
    """Move to another unit (MU): jabatan, eselon, class and TMT jabatan stay. Raises TanpaJabatanDefinitif, InvalidFields."""
    _lock(pegawai)
    kini = (
        RiwayatJabatan.objects.pada(mulai).definitif().filter(pegawai=pegawai).select_related("posisi__jabatan").first()
    )
    if kini is None:
        raise TanpaJabatanDefinitif
    same = (posisi.jabatan_id, posisi.kelas_berlaku, posisi.eselon_berlaku) == (
        kini.posisi.jabatan_id, kini.posisi.kelas_berlaku, kini.posisi.eselon_berlaku,
    )  # fmt: skip
    if not same or posisi.pk == kini.posisi_id:
        raise InvalidFields(
            {"posisi": f"Pilih posisi {kini.posisi.jabatan} dengan kelas dan eselon yang sama di unit lain."}
        )
    row = RiwayatJabatan(
        pegawai=pegawai, posisi=posisi, jenis_mutasi=JenisMutasi.MU, mulai=mulai, tmt_jabatan=kini.tmt_jabatan,
        atasan=_atasan(posisi, atasan, jenis_penugasan=JenisPenugasan.D), nomor_sk=nomor_sk, tanggal_sk=tanggal_sk,
    )  # fmt: skip
    return _add(row, oleh=oleh, peristiwa="riwayat_dipindahkan")


@transaction.atomic
def nonaktifkan(row: RiwayatJabatan, *, oleh: User | None, sampai: date, alasan: str) -> None:
    """End a row after `sampai`; the days before stay as they were. A row that never began becomes NONAKTIF."""
    row = _locked(row)
    fields: dict[str, Any] = {"sampai": sampai}
    if sampai < row.mulai:
        fields = {"sampai": row.mulai, "status": StatusRiwayat.NONAKTIF}
    elif row.sampai is not None and sampai > row.sampai:
        raise InvalidFields({"sampai": f"Riwayat ini sudah berakhir pada {tanggal(row.sampai)}."})
    _change(row, fields, oleh=oleh, peristiwa="riwayat_dinonaktifkan", alasan=alasan)


@transaction.atomic
def aktifkan_riwayat(row: RiwayatJabatan, *, oleh: User | None, alasan: str, pada: date | None = None) -> None:
    """Let a row count again. A definitive one runs on and closes the one running beside it (2a).

    A replacement keeps its end; one whose end lies before `pada` is refused. Raises RiwayatSudahBatal,
    PenugasanSudahLewat, JabatanBertabrakan, PimpinanSudahAda, SedangDiubah.
    """
    row = _locked(row)
    fields: dict[str, Any] = {"status": StatusRiwayat.AKTIF}
    closed: list[RiwayatJabatan] = []
    if row.jenis_penugasan == JenisPenugasan.D:
        closed, fields["sampai"] = _make_room(row, sampai=None, oleh=oleh)
    elif pada is not None and row.sampai is not None and row.sampai < pada:
        raise PenugasanSudahLewat
    _change(row, fields, oleh=oleh, peristiwa="riwayat_diaktifkan", alasan=alasan, menutup=[str(r.pk) for r in closed])


@transaction.atomic
def batalkan(row: RiwayatJabatan, *, oleh: User | None, alasan: str) -> None:
    """Declare a row wrong: it never counted, and stays readable with its reason. Raises RiwayatSudahBatal."""
    row = _locked(row)
    _change(
        row, {"status": StatusRiwayat.BATAL, "alasan": alasan}, oleh=oleh, peristiwa="riwayat_dibatalkan", alasan=alasan
    )


def _atasan(posisi: Posisi, atasan: Posisi | None, *, jenis_penugasan: str) -> Posisi | None:
    """Only definitive rows carry an atasan: the chosen one, else that of the post."""
    if jenis_penugasan != JenisPenugasan.D:
        return None
    return atasan or posisi.atasan


def _lock(pegawai: Pegawai) -> None:
    """One change of a person's history at a time; a second one is told at once instead of overwriting the first."""
    try:
        with transaction.atomic():
            Pegawai.objects.select_for_update(nowait=True, no_key=True).get(pk=pegawai.pk)
    except OperationalError as error:
        raise SedangDiubah(nama=pegawai.nama_lengkap) from error


def _locked(row: RiwayatJabatan) -> RiwayatJabatan:
    """The row as it is now, with its person locked. Raises RiwayatSudahBatal."""
    _lock(row.pegawai)
    row = RiwayatJabatan.objects.select_related("pegawai", "posisi__jabatan").get(pk=row.pk)
    if row.status == StatusRiwayat.BATAL:
        raise RiwayatSudahBatal
    return row


def _make_room(
    row: RiwayatJabatan, *, sampai: date | None, oleh: User | None
) -> tuple[list[RiwayatJabatan], date | None]:
    """Close definitive rows that run when this one begins; returns them, and the last free day before a later one."""
    others = (
        RiwayatJabatan.objects.definitif().filter(pegawai=row.pegawai_id, status=StatusRiwayat.AKTIF).exclude(pk=row.pk)
    )
    running = list(others.pada(row.mulai))
    if any(other.mulai == row.mulai for other in running):
        raise JabatanBertabrakan
    for other in running:
        _change(other, {"sampai": row.mulai - SEHARI}, oleh=oleh, peristiwa="riwayat_ditutup", digantikan=str(row.pk))
    later = others.filter(mulai__gt=row.mulai).order_by("mulai").first()
    if later is not None and (sampai is None or sampai >= later.mulai):
        return running, later.mulai - SEHARI
    return running, sampai


def _add(row: RiwayatJabatan, *, oleh: User | None, peristiwa: str) -> RiwayatJabatan:
    facts: dict[str, Any] = {}
    if row.jenis_penugasan == JenisPenugasan.D:
        closed, row.sampai = _make_room(row, sampai=row.sampai, oleh=oleh)
        facts["menutup"] = [str(r.pk) for r in closed]
    with in_words():
        row.save(force_insert=True)
        _record(row, peristiwa, {**_facts(row), **facts}, oleh=oleh)
    row.refresh_from_db()
    return row


def _change(
    row: RiwayatJabatan, fields: dict[str, Any], *, oleh: User | None, peristiwa: str, alasan: str = "", **facts: Any
) -> None:
    differing = audit.changes({name: getattr(row, name) for name in fields}, fields)
    for name, value in fields.items():
        setattr(row, name, value)
    with in_words():
        row.save()
        _record(row, peristiwa, {**differing, **facts}, oleh=oleh, alasan=alasan)


def _record(row: RiwayatJabatan, peristiwa: str, data: dict[str, Any], *, oleh: User | None, alasan: str = "") -> None:
    audit.record(chain(row.pegawai), peristiwa, aktor=oleh, data={"riwayat": str(row.pk), **data}, alasan=alasan)


def _facts(row: RiwayatJabatan) -> dict[str, Any]:
    return {
        "jenis_penugasan": row.jenis_penugasan, "jenis_mutasi": row.jenis_mutasi, "posisi": row.posisi_id, "atasan": row.atasan_id,
        "mulai": row.mulai, "sampai": row.sampai, "nomor_sk": row.nomor_sk,
    }  # fmt: skip
