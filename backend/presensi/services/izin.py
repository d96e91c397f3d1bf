"""Leave, dinas luar and sickness (presensi.md §6): entered, decided, cancelled; a decision recomputes the covered days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.core.periode import tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.platform import audit
from backend.platform.models import Berkas
from backend.platform.settings import setting
from backend.presensi import queries
from backend.presensi.enums import DINAS, HIDUP, Bagian, JenisTidakHadir, StatusPengajuan
from backend.presensi.errors import (
    BukanPemutus,
    KeadaanBerubah,
    KoreksiSendiri,
    SuratDiperlukan,
    SuratTerlambat,
    in_words,
)
from backend.presensi.models import Ketidakhadiran
from backend.presensi.services import kotor
from backend.presensi.services.harian import Rentang

BKPSDM = frozenset({Peran.BKPSDM, Peran.KEPALA_BKPSDM})


@dataclass(frozen=True)
class Izin:
    """What is asked for. `keputusan_bkpsdm`: only for SAKIT inside CUTI_TAHUNAN."""

    pegawai: Pegawai
    jenis: JenisTidakHadir
    mulai: date
    sampai: date
    bagian: Bagian = Bagian.PENUH
    nomor_surat: str = ""
    berkas: Berkas | None = None
    keputusan_bkpsdm: str = ""
    alasan: str = ""


def chain(row: Ketidakhadiran) -> str:
    """Audit chain of a leave row."""
    return f"ketidakhadiran:{row.pk}"


@transaction.atomic
def ajukan(izin: Izin, *, oleh: User, sekarang: datetime) -> Ketidakhadiran:
    """Enter a row as DIAJUKAN. Dinas luar, tugas and diklat need a letter number and its file.

    Raises SuratDiperlukan, SuratTerlambat, TanggalSudahTerisi, SakitDiLuarCuti, InvalidFields.
    """
    _check_letter(izin, oleh=oleh, sekarang=sekarang)
    return _simpan(izin, status=StatusPengajuan.DIAJUKAN, oleh=oleh)


@transaction.atomic
def catat(izin: Izin, *, oleh: User | None) -> Ketidakhadiran:
    """Enter a row that is already decided on paper or elsewhere (BKPSDM, an import): DISETUJUI at once."""
    row = _simpan(izin, status=StatusPengajuan.DISETUJUI, oleh=oleh, diputus_pada=timezone.now())
    _kotor(row)
    return row


def _simpan(izin: Izin, *, status: StatusPengajuan, oleh: User | None, **fields: Any) -> Ketidakhadiran:
    row = Ketidakhadiran(
        pegawai=izin.pegawai,
        jenis=izin.jenis,
        mulai=izin.mulai,
        sampai=izin.sampai,
        bagian=izin.bagian,
        nomor_surat=izin.nomor_surat.strip(),
        berkas=izin.berkas,
        keputusan_bkpsdm=izin.keputusan_bkpsdm.strip(),
        alasan=izin.alasan,
        status=status,
        pengaju=oleh,
        **fields,
    )
    with in_words():
        row.save(force_insert=True)
    data = {"pegawai": str(izin.pegawai.pk), "jenis": row.jenis, "mulai": row.mulai, "sampai": row.sampai}
    audit.record(chain(row), f"ketidakhadiran_{status.value.lower()}", aktor=oleh, data=data, alasan=izin.alasan)
    return row


def _check_letter(izin: Izin, *, oleh: User, sekarang: datetime) -> None:
    if izin.jenis in DINAS and not (izin.nomor_surat.strip() and izin.berkas):
        raise SuratDiperlukan(jenis=izin.jenis.label)
    if izin.keputusan_bkpsdm and not (kepegawaian.peran_user(oleh, sekarang) & BKPSDM):
        raise InvalidFields({"keputusan_bkpsdm": "Keputusan ini hanya dicatat oleh BKPSDM."})
    if izin.jenis == JenisTidakHadir.SAKIT and izin.nomor_surat.strip():
        batas = queries.hari_kerja_ke(
            izin.sampai, setting("surat_sakit_hari_kerja") + 1, opd=queries.opd_pada(izin.pegawai.pk, izin.sampai)
        )
        if timezone.localtime(sekarang).date() > batas and not (kepegawaian.peran_user(oleh, sekarang) & BKPSDM):
            raise SuratTerlambat(batas=tanggal(batas))


@transaction.atomic
def putuskan(row: Ketidakhadiran, *, setuju: bool, oleh: User, sekarang: datetime, alasan: str = "") -> Ketidakhadiran:
    """Approve or refuse (with a reason). Raises KeadaanBerubah, KoreksiSendiri, BukanPemutus, InvalidFields."""
    locked = _locked(row, {StatusPengajuan.DIAJUKAN})
    if locked.pengaju_id == oleh.pk or locked.pegawai.user_id == oleh.pk:
        raise KoreksiSendiri
    if not queries.boleh_memutus(oleh, locked.pegawai, pada=sekarang):
        raise BukanPemutus
    if not setuju and not alasan.strip():
        raise InvalidFields({"alasan": "Alasan penolakan wajib diisi."})
    status = StatusPengajuan.DISETUJUI if setuju else StatusPengajuan.DITOLAK
    return _ubah(locked, status, oleh=oleh, sekarang=sekarang, alasan=alasan or locked.alasan)


@transaction.atomic
def batalkan(row: Ketidakhadiran, *, oleh: User, sekarang: datetime, alasan: str) -> Ketidakhadiran:
    """Take a row back with a reason: its author while it waits, BKPSDM at any time; approved days are computed anew."""
    locked = _locked(row, set(HIDUP))
    own = locked.status == StatusPengajuan.DIAJUKAN and locked.pengaju_id == oleh.pk
    if not own and not (kepegawaian.peran_user(oleh, sekarang) & BKPSDM):
        raise BukanPemutus
    if not alasan.strip():
        raise InvalidFields({"alasan": "Alasan pembatalan wajib diisi."})
    return _ubah(locked, StatusPengajuan.DIBATALKAN, oleh=oleh, sekarang=sekarang, alasan=alasan)


def _ubah(
    row: Ketidakhadiran, status: StatusPengajuan, *, oleh: User, sekarang: datetime, alasan: str
) -> Ketidakhadiran:
    affects = StatusPengajuan.DISETUJUI in {row.status, status}
    row.status, row.pemutus, row.diputus_pada, row.alasan = status, oleh, sekarang, alasan
    with in_words():
        row.save()
    audit.record(chain(row), f"ketidakhadiran_{status.value.lower()}", aktor=oleh, alasan=alasan)
    if affects:
        _kotor(row)
    return row


def _locked(row: Ketidakhadiran, allowed: set[StatusPengajuan]) -> Ketidakhadiran:
    locked: Ketidakhadiran = (
        Ketidakhadiran.objects.select_for_update(of=("self",)).select_related("pegawai").get(pk=row.pk)
    )
    if locked.status not in allowed:
        raise KeadaanBerubah(status=StatusPengajuan(locked.status).label.lower())
    return locked


def _kotor(row: Ketidakhadiran) -> None:
    """Exactly the covered days; of sickness also the later ones of its month, whose number changes."""
    ruang = [Rentang(row.mulai, row.sampai, row.pegawai_id)]
    if row.jenis == JenisTidakHadir.SAKIT:
        ruang = [Rentang(row.mulai, queries.akhir_bulan_dari(row.sampai), row.pegawai_id)]
    kotor.tandai(ruang, sebab=row.jenis)
