"""Corrections (presensi.md §8): DRAF → DIAJUKAN → DISETUJUI, DITOLAK or back; only DISETUJUI has an effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.core.periode import bulan_label
from backend.core.periode import waktu as kata_waktu
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, Unor
from backend.platform import audit
from backend.platform.models import Berkas
from backend.presensi import queries
from backend.presensi.calculations import lokal
from backend.presensi.enums import (
    Bagian,
    JenisKoreksi,
    JenisTidakHadir,
    KodeShift,
    SisiKoreksi,
    StatusPengajuan,
)
from backend.presensi.errors import (
    BukanPemutus,
    BulanDisegel,
    KeadaanBerubah,
    KoreksiSendiri,
    KoreksiTerlaluDini,
    LewatBatasKoreksi,
    in_words,
)
from backend.presensi.models import Ketidakhadiran, Koreksi, KoreksiMassal, Mesin, RosterShift
from backend.presensi.services import izin, jadwal, kotor
from backend.presensi.services.harian import Rentang

BKPSDM = frozenset({Peran.BKPSDM, Peran.KEPALA_BKPSDM})


@dataclass(frozen=True)
class Isi:
    """What is claimed of a day; which fields matter follows from `jenis` (see Koreksi)."""

    tanggal: date
    jenis: JenisKoreksi
    alasan: str
    jam: time | None = None
    sisi: str = ""
    tujuan: str = ""
    bagian: str = Bagian.PENUH
    nomor_surat: str = ""
    berkas: Berkas | None = None


def chain(row: Koreksi) -> str:
    """Audit chain of a correction."""
    return f"koreksi:{row.pk}"


@transaction.atomic
def buat(pegawai: Pegawai, isi: Isi, *, oleh: User, sekarang: datetime, pk: UUID | None = None) -> Koreksi:
    """A draft. Raises KoreksiTerlaluDini, InvalidFields."""
    if isi.tanggal > lokal(sekarang).date():
        raise KoreksiTerlaluDini
    row = Koreksi(id=pk or uuid4(), pegawai=pegawai, pengaju=oleh, **_fields(isi))
    with in_words():
        row.save(force_insert=True)
    return row


@transaction.atomic
def ubah(row: Koreksi, isi: Isi, *, oleh: User, sekarang: datetime) -> Koreksi:
    """Change a draft. Raises KeadaanBerubah, BukanPemutus (not one's own draft), KoreksiTerlaluDini, InvalidFields."""
    locked = terkunci(row, {StatusPengajuan.DRAF})
    if oleh.pk not in {locked.pengaju_id, locked.pegawai.user_id}:
        raise BukanPemutus
    if isi.tanggal > lokal(sekarang).date():
        raise KoreksiTerlaluDini
    for name, value in _fields(isi).items():
        setattr(locked, name, value)
    with in_words():
        locked.save()
    return locked


def _fields(isi: Isi) -> dict[str, Any]:
    """Fields of the row; those that do not belong to the kind stay empty."""
    jenis = isi.jenis
    status = jenis == JenisKoreksi.UBAH_STATUS
    return {
        "tanggal": isi.tanggal,
        "jenis": jenis,
        "alasan": isi.alasan.strip(),
        "berkas": isi.berkas,
        "jam": isi.jam if jenis in {JenisKoreksi.LUPA_MASUK, JenisKoreksi.LUPA_PULANG} else None,
        "sisi": isi.sisi if jenis == JenisKoreksi.GANGGUAN_MESIN else "",
        "tujuan": isi.tujuan if status or jenis == JenisKoreksi.UBAH_JADWAL else "",
        "bagian": isi.bagian if status else Bagian.PENUH,
        "nomor_surat": isi.nomor_surat.strip() if status else "",
    }


@transaction.atomic
def ajukan(row: Koreksi, *, oleh: User | None, sekarang: datetime) -> Koreksi:
    """DRAF → DIAJUKAN. Raises KeadaanBerubah, BulanDisegel, LewatBatasKoreksi."""
    locked = terkunci(row, {StatusPengajuan.DRAF})
    periksa_batas(locked, sekarang=sekarang)
    locked.status, locked.diajukan_pada = StatusPengajuan.DIAJUKAN, sekarang
    locked.save()
    audit.record(chain(locked), "koreksi_diajukan", aktor=oleh, data={"jenis": locked.jenis, "tanggal": locked.tanggal})
    return locked


def periksa_batas(row: Koreksi, *, sekarang: datetime) -> None:
    """Raises BulanDisegel, LewatBatasKoreksi."""
    bulan = bulan_label(row.tanggal.year, row.tanggal.month)
    if queries.disegel(row.pegawai_id, row.tanggal):
        raise BulanDisegel(bulan=bulan)
    batas = queries.batas_koreksi(row.tanggal)
    if sekarang > batas:
        raise LewatBatasKoreksi(bulan=bulan, batas=kata_waktu(batas))


@transaction.atomic
def setujui(row: Koreksi, *, oleh: User, sekarang: datetime, catatan: str = "") -> Koreksi:
    """DIAJUKAN → DISETUJUI, with its effect. Raises KeadaanBerubah, KoreksiSendiri, BukanPemutus, BulanDisegel."""
    locked = terkunci(row, {StatusPengajuan.DIAJUKAN})
    _check_decider(locked, oleh=oleh, sekarang=sekarang)
    if queries.disegel(locked.pegawai_id, locked.tanggal):
        raise BulanDisegel(bulan=bulan_label(locked.tanggal.year, locked.tanggal.month))
    locked.status, locked.pemutus, locked.diputus_pada, locked.catatan = (
        StatusPengajuan.DISETUJUI,
        oleh,
        sekarang,
        catatan,
    )
    _berlakukan(locked, oleh=oleh)
    with in_words():
        locked.save()
    audit.record(chain(locked), "koreksi_disetujui", aktor=oleh, alasan=catatan)
    _kotor(locked)
    return locked


@transaction.atomic
def tolak(row: Koreksi, *, oleh: User, sekarang: datetime, catatan: str) -> Koreksi:
    """DIAJUKAN → DITOLAK with a reason. Raises KeadaanBerubah, KoreksiSendiri, BukanPemutus, InvalidFields."""
    return _tanpa_akibat(row, StatusPengajuan.DITOLAK, "koreksi_ditolak", oleh=oleh, sekarang=sekarang, catatan=catatan)


@transaction.atomic
def kembalikan(row: Koreksi, *, oleh: User, sekarang: datetime, catatan: str) -> Koreksi:
    """DIAJUKAN → DRAF with a reason. Raises KeadaanBerubah, KoreksiSendiri, BukanPemutus, InvalidFields."""
    return _tanpa_akibat(
        row, StatusPengajuan.DRAF, "koreksi_dikembalikan", oleh=oleh, sekarang=sekarang, catatan=catatan
    )


def _tanpa_akibat(
    row: Koreksi, status: StatusPengajuan, peristiwa: str, *, oleh: User, sekarang: datetime, catatan: str
) -> Koreksi:
    locked = terkunci(row, {StatusPengajuan.DIAJUKAN})
    _check_decider(locked, oleh=oleh, sekarang=sekarang)
    if not catatan.strip():
        raise InvalidFields({"catatan": "Alasan wajib diisi."})
    locked.status, locked.pemutus, locked.diputus_pada, locked.catatan = status, oleh, sekarang, catatan
    locked.save()
    audit.record(chain(locked), peristiwa, aktor=oleh, alasan=catatan)
    return locked


@transaction.atomic
def batalkan(row: Koreksi, *, oleh: User, sekarang: datetime, catatan: str) -> Koreksi:
    """Take a correction back with a reason: an approved one only by BKPSDM, with its effect; an open one by its author.

    In a sealed month the rows stay; the difference becomes a candidate for susulan.
    """
    locked = terkunci(row, {StatusPengajuan.DRAF, StatusPengajuan.DIAJUKAN, StatusPengajuan.DISETUJUI})
    own = locked.status != StatusPengajuan.DISETUJUI and oleh.pk in {locked.pengaju_id, locked.pegawai.user_id}
    if not own and not (kepegawaian.peran_user(oleh, sekarang) & BKPSDM):
        raise BukanPemutus
    if not catatan.strip():
        raise InvalidFields({"catatan": "Alasan pembatalan wajib diisi."})
    approved = locked.status == StatusPengajuan.DISETUJUI
    locked.status, locked.catatan = StatusPengajuan.DIBATALKAN, catatan
    locked.save()
    audit.record(chain(locked), "koreksi_dibatalkan", aktor=oleh, alasan=catatan)
    if approved:
        _tarik_akibat(locked, oleh=oleh, sekarang=sekarang)
        _kotor(locked)
    return locked


def terkunci(row: Koreksi, allowed: set[StatusPengajuan]) -> Koreksi:
    """The row under lock, if it is in one of these states. Raises KeadaanBerubah."""
    locked = Koreksi.objects.select_for_update(of=("self",)).select_related("pegawai").get(pk=row.pk)
    if locked.status not in allowed:
        raise KeadaanBerubah(status=StatusPengajuan(locked.status).label.lower())
    return locked


def _check_decider(row: Koreksi, *, oleh: User, sekarang: datetime) -> None:
    if oleh.pk in {row.pengaju_id, row.pegawai.user_id}:
        raise KoreksiSendiri
    if not queries.boleh_memutus(oleh, row.pegawai, pada=sekarang):
        raise BukanPemutus


# --- Effects ------------------------------------------------------------------------------------------------------------


def _berlakukan(row: Koreksi, *, oleh: User) -> None:
    """UBAH_STATUS makes a leave row, UBAH_JADWAL changes the roster; the others act by being DISETUJUI."""
    if row.jenis == JenisKoreksi.UBAH_STATUS:
        made = izin.catat(
            izin.Izin(
                row.pegawai,
                JenisTidakHadir(row.tujuan),
                row.tanggal,
                row.tanggal,
                Bagian(row.bagian),
                row.nomor_surat,
                row.berkas,
                alasan=row.alasan,
            ),
            oleh=oleh,
        )
        row.akibat = made.pk
    if row.jenis == JenisKoreksi.UBAH_JADWAL:
        before = RosterShift.objects.filter(pegawai=row.pegawai, tanggal=row.tanggal).first()
        row.jadwal_sebelum = before.kode if before else ""
        jadwal.isi_roster([jadwal.Jaga(row.pegawai_id, row.tanggal, KodeShift(row.tujuan))], oleh=oleh)


def _tarik_akibat(row: Koreksi, *, oleh: User, sekarang: datetime) -> None:
    if row.akibat and (made := Ketidakhadiran.objects.filter(pk=row.akibat).first()):
        izin.batalkan(made, oleh=oleh, sekarang=sekarang, alasan=row.catatan)
    if row.jenis == JenisKoreksi.UBAH_JADWAL:
        jadwal.isi_roster([jadwal.Jaga(row.pegawai_id, row.tanggal, row.jadwal_sebelum)], oleh=oleh)


def _kotor(row: Koreksi) -> None:
    kotor.tandai([Rentang(row.tanggal, row.tanggal, row.pegawai_id)], sebab="KOREKSI")


# --- A broken machine -----------------------------------------------------------------------------------------------------


@transaction.atomic
def buat_massal(
    opd: Unor,
    *,
    mesin: Mesin | None,
    mulai: date,
    sampai: date,
    sisi: SisiKoreksi,
    alasan: str,
    pegawai: Sequence[UUID],
    oleh: User,
    sekarang: datetime,
    berkas: Berkas | None = None,
) -> KoreksiMassal:
    """One GANGGUAN_MESIN per person and day under a parent row, all submitted. Raises BulanDisegel, LewatBatasKoreksi."""
    if sampai > lokal(sekarang).date():
        raise KoreksiTerlaluDini
    induk = KoreksiMassal(
        opd=opd, mesin=mesin, mulai=mulai, sampai=sampai, sisi=sisi, alasan=alasan, berkas=berkas, pengaju=oleh
    )
    with in_words():
        induk.save(force_insert=True)
    hari = [mulai + timedelta(days=n) for n in range((sampai - mulai).days + 1)]
    rows = [
        Koreksi(
            pegawai_id=orang, tanggal=satu, jenis=JenisKoreksi.GANGGUAN_MESIN, sisi=sisi, alasan=alasan, berkas=berkas,
            massal=induk, status=StatusPengajuan.DIAJUKAN, pengaju=oleh, diajukan_pada=sekarang,
        )
        for orang in pegawai for satu in hari
    ]  # fmt: skip
    for satu in {row.tanggal.replace(day=1): row for row in rows}.values():
        periksa_batas(satu, sekarang=sekarang)
    Koreksi.objects.bulk_create(rows, batch_size=2000)
    audit.record(
        f"koreksimassal:{induk.pk}", "koreksi_massal_diajukan", aktor=oleh, data={"jumlah": len(rows)}, alasan=alasan
    )
    return induk


@transaction.atomic
def putuskan_massal(induk: KoreksiMassal, *, setuju: bool, oleh: User, sekarang: datetime, catatan: str = "") -> int:
    """Decide every open row of a mass correction but one's own: kepala OPD or BKPSDM. Returns how many.

    Raises KoreksiSendiri (its author), BukanPemutus, InvalidFields.
    """
    if induk.pengaju_id == oleh.pk:
        raise KoreksiSendiri
    opd = kepegawaian.lingkup_opd(oleh, Peran.KEPALA_OPD, *BKPSDM, Peran.ADMIN_OPD, pada=sekarang)
    if opd is not None and induk.opd_id not in opd:
        raise BukanPemutus
    if not setuju and not catatan.strip():
        raise InvalidFields({"catatan": "Alasan wajib diisi."})
    rows = list(
        Koreksi.objects.select_for_update(of=("self",))
        .filter(massal=induk, status=StatusPengajuan.DIAJUKAN)
        .exclude(pegawai__user=oleh.pk)
    )
    status = StatusPengajuan.DISETUJUI if setuju else StatusPengajuan.DITOLAK
    Koreksi.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=status, pemutus=oleh, diputus_pada=sekarang, catatan=catatan
    )
    if setuju:
        kotor.tandai((Rentang(row.tanggal, row.tanggal, row.pegawai_id) for row in rows), sebab="KOREKSI")
    audit.record(f"koreksimassal:{induk.pk}", f"koreksi_massal_{status.value.lower()}", aktor=oleh, alasan=catatan)
    return len(rows)
