"""Who rates a laporan, in which quality somebody acts, and what binds the rating (kinerja.md §2.4, F11, I12)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.core.periode import WIB
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.calculations import hari_kerja_setelah
from backend.kepegawaian.enums import CaraPenilai, JenisPenugasan
from backend.kepegawaian.models import Pegawai
from backend.kepegawaian.penilai import Orang, Penilai
from backend.kinerja import calculations, enums, errors
from backend.kinerja.models import CapaianOrganisasi, KeputusanPejabat, LaporanPeriode
from backend.kinerja.services.dasar import catat, kunci, pada_periode, simpan
from backend.platform.settings import setting
from backend.workflow import engine
from backend.workflow.models import WorkItem

KOLOM = (
    "atasan_posisi", "penilai_pegawai", "penilai_pejabat", "penilai_cara", "penilai_alasan_kosong", "penilai_tercatat",
)  # fmt: skip
DELEGASI, PEJABAT, PENGGANTI = "DELEGASI", "PEJABAT", "PENGGANTI"
JENDELA_LIBUR = timedelta(days=60)  # holidays are read this far ahead; no deadline is further away
PRIBADI = frozenset({CaraPenilai.OVERRIDE, CaraPenilai.DELEGASI})  # named in person, not by the post he holds


def override(laporan: LaporanPeriode) -> Orang | None:
    """The penilai that an admin set on the SKP with a reason."""
    skp = laporan.skp
    return (skp.penilai_pegawai or skp.penilai_pejabat) if skp.penilai_override_alasan else None


def cari(laporan: LaporanPeriode) -> Penilai:
    """The penilai by §2.4 on the last day of the period."""
    return kepegawaian.penilai(laporan.pegawai, pada_periode(laporan), override(laporan))


def tetapkan_penilai(laporan: LaporanPeriode) -> Penilai:
    """Set the fields of KOLOM from §2.4, unsaved; `penilai_tercatat` is what documents print."""
    hasil = cari(laporan)
    pakai(laporan, hasil)
    laporan.penilai_tercatat = _tercatat(hasil, pada_periode(laporan)) if hasil.ada else None
    return hasil


def pakai(laporan: LaporanPeriode, hasil: Penilai) -> None:
    """Set who rates a laporan, unsaved; what documents print is frozen at submission only."""
    laporan.atasan_posisi = hasil.posisi
    laporan.penilai_pegawai = hasil.pegawai
    laporan.penilai_pejabat = hasil.pejabat
    laporan.penilai_cara = str(hasil.cara) if hasil.cara else None
    laporan.penilai_alasan_kosong = hasil.alasan_kosong.label if hasil.alasan_kosong else None


def _tercatat(hasil: Penilai, pada: date) -> dict[str, str]:
    if hasil.pejabat is not None:
        return {"nama": hasil.pejabat.nama, "nip": "", "pangkat": "", "jabatan": hasil.pejabat.jabatan, "unit": ""}
    assert hasil.pegawai is not None  # noqa: S101 hasil.ada
    return identitas(hasil.pegawai, pada, jabatan=hasil.nama_jabatan)


def identitas(pegawai: Pegawai, pada: date, *, jabatan: str = "") -> dict[str, str]:
    """Name, NIP, pangkat, post and unit of a person on a date, as documents print them."""
    row = kepegawaian.jabatan_pada(pegawai, pada)
    return {
        "nama": pegawai.nama_lengkap,
        "nip": pegawai.nip,
        "pangkat": " / ".join(filter(None, (pegawai.pangkat, pegawai.golongan))),
        "jabatan": jabatan or (row.posisi.jabatan.nama if row else ""),
        "unit": row.posisi.unor.nama if row else "",
    }


def ada_penilai(laporan: LaporanPeriode) -> bool:
    """Somebody can be asked to validate."""
    return bool(laporan.penilai_pegawai_id or laporan.penilai_pejabat_id)


def minta_penilai(laporan: LaporanPeriode, *, actor: Any) -> None:
    """One small process per laporan asks Admin OPD for the penilai (decision 14); a second call changes nothing."""
    kunci_bisnis = f"penilai:{laporan.pk}"
    if WorkItem.objects.open().filter(instance__business_key=kunci_bisnis).exists():
        return
    engine.start(
        "lengkapi_atasan",
        actor=actor,
        subject=("laporan", laporan.pk),
        data={"laporan": str(laporan.pk), "opd": str(laporan.opd_id) if laporan.opd_id else None},
        business_key=kunci_bisnis,
        opd=laporan.opd_id,
        title=f"Lengkapi atasan {laporan.pegawai.nama}",
    )


def hari_kerja(sejak: datetime, hari: int, *, opd: UUID | None) -> datetime:
    """End of the day that lies `hari` working days after a moment (T5, T6)."""
    awal = timezone.localdate(sejak)
    libur = kepegawaian.hari_libur(awal, awal + JENDELA_LIBUR, opd=opd)
    selesai = hari_kerja_setelah(awal, hari, libur=libur)
    return datetime(selesai.year, selesai.month, selesai.day, 23, 59, 59, tzinfo=WIB)


@transaction.atomic
def lengkapi_penilai(laporan: LaporanPeriode, *, oleh: User, penilai: Pegawai, alasan: str) -> LaporanPeriode:
    """Admin OPD names the penilai of one laporan (U5). Raises NotAdminOPD, and InvalidFields with M21."""
    laporan = kunci(laporan)
    must_be_admin(laporan, oleh=oleh)
    if penilai.pk == laporan.pegawai_id:
        raise InvalidFields({"penilai": errors.PenilaiDiriSendiri.text()})
    skp = laporan.skp
    skp.penilai_pegawai, skp.penilai_pejabat, skp.penilai_override_alasan = penilai, None, alasan
    skp.save(update_fields=["penilai_pegawai", "penilai_pejabat", "penilai_override_alasan"])
    hasil = tetapkan_penilai(laporan)
    if hasil.pegawai != penilai:
        raise InvalidFields({"penilai": errors.TidakDapatMenilai.text(nama=penilai.nama)})
    simpan(laporan, *KOLOM, oleh=oleh)
    catat(laporan, "laporan.penilai_dilengkapi", oleh=oleh, data={"penilai": penilai.nip}, alasan=alasan)
    return laporan


def must_be_admin(laporan: LaporanPeriode, *, oleh: User) -> None:
    """Admin OPD of the laporan, or BKPSDM, and nobody for himself. Raises NotAdminOPD."""
    scope = kepegawaian.lingkup_opd(oleh, Peran.ADMIN_OPD, Peran.BKPSDM)
    if laporan.pegawai.user_id == oleh.pk or (scope is not None and laporan.opd_id not in scope):
        raise errors.NotAdminOPD


def sebagai(oleh: User, laporan: LaporanPeriode, *, langkah: str, pada: date) -> str:
    """In which quality a user decides now: D, PLT, PLH, PJ or DELEGASI. Raises NotAtasan.

    The acting person is found at the moment of acting: a successor, Plt or Plh of the post acts (§2.4, decision 18).
    """
    if laporan.pegawai.user_id == oleh.pk:
        raise errors.NotAtasan
    if laporan.pengganti_id == oleh.pk:
        return PENGGANTI
    if laporan.penilai_pejabat_id and laporan.penilai_pejabat and laporan.penilai_pejabat.user_id == oleh.pk:
        return PEJABAT
    if laporan.penilai_pejabat_id and _mencatat_surat(oleh, laporan, langkah=langkah):
        return PEJABAT
    for held in kepegawaian.posisi_user(oleh, pada):
        if held.posisi.pk == laporan.atasan_posisi_id and held.sebagai != JenisPenugasan.TT:
            _must_may_rate(held.sebagai, langkah)
            return str(held.sebagai)
    if laporan.penilai_pegawai and laporan.penilai_pegawai.user_id == oleh.pk and laporan.penilai_cara in PRIBADI:
        return DELEGASI
    raise errors.NotAtasan


def _mencatat_surat(oleh: User, laporan: LaporanPeriode, *, langkah: str) -> bool:
    """Has this user recorded the signed decision of the official for this step and round (decision 4)?"""
    rows = KeputusanPejabat.objects.filter(laporan=laporan, langkah=langkah, putaran=laporan.jumlah_kembali)
    return rows.filter(dicatat_oleh=oleh).exists()


def _must_may_rate(sebagai: JenisPenugasan, langkah: str) -> None:
    if sebagai == JenisPenugasan.PLH and langkah == enums.Langkah.PKS and not setting("plh_boleh_predikat"):
        raise errors.NotAtasan(
            "Plh. pada instansi ini hanya memvalidasi Renaksi dan SKP; rating diberikan pejabat definitif."
        )


def rating_terkunci(laporan: LaporanPeriode) -> str | None:
    """F11: the rating of a pimpinan OPD, once the capaian of his organisation is set; else None."""
    if not laporan.skp.riwayat_jabatan.posisi.is_pimpinan:
        return None
    capaian = capaian_organisasi(laporan)
    if capaian is None or laporan.skp.riwayat_jabatan.posisi.unor_id != laporan.opd_id:
        return None
    return calculations.rating_pimpinan(capaian.predikat, pada=pada_periode(laporan))


def status_predikat(laporan: LaporanPeriode) -> str:
    """I12: `tetap` only when the capaian of the organisation is set for the period."""
    return enums.StatusPredikat.TETAP if capaian_organisasi(laporan) else enums.StatusPredikat.SEMENTARA


def capaian_organisasi(laporan: LaporanPeriode) -> CapaianOrganisasi | None:
    return CapaianOrganisasi.objects.filter(
        unor=laporan.opd_id, periode=laporan.periode_id, status=enums.StatusCapaianOrganisasi.DITETAPKAN
    ).first()
