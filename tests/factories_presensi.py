"""Facts of attendance for tests."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from backend.core.periode import WIB
from backend.kepegawaian.models import Pegawai
from backend.presensi.enums import SHIFT, JenisTidakHadir, StatusPengajuan, SumberTap
from backend.presensi.models import (
    HadirHarian,
    Ketidakhadiran,
    Koreksi,
    PenugasanJadwal,
    RekapBulan,
    RosterShift,
    TapMentah,
)
from backend.presensi.services import tap
from backend.presensi.services.harian import Hasil, Rentang, bulan_penuh, hitung
from backend.presensi.services.tap import TapBaru, Terima

MEI = date(2025, 5, 1)
NANTI = datetime(2025, 6, 10, 1, 0, tzinfo=WIB)  # every day of May 2025 is over


def saat(teks: str) -> datetime:
    """`2025-05-05 07:21:40` as local time."""
    return datetime.fromisoformat(teks).replace(tzinfo=WIB)


def tugaskan(pegawai: Pegawai, pola: str = "N5", mulai: date = date(2024, 1, 1), **fields: Any) -> PenugasanJadwal:
    return PenugasanJadwal.objects.create(pegawai=pegawai, pola=pola, mulai=mulai, **fields)


def jaga(pegawai: Pegawai, **kode: str) -> None:
    """`jaga(p, d20250521="MALAM")`: a roster; makes the person a shift employee."""
    if not PenugasanJadwal.objects.filter(pegawai=pegawai, pola=SHIFT).exists():
        tugaskan(pegawai, SHIFT)
    for hari, satu in kode.items():
        RosterShift.objects.create(pegawai=pegawai, tanggal=date.fromisoformat(hari[1:]), kode=satu)


def ketuk(pegawai: Pegawai, *waktu: str, sekarang: datetime = NANTI) -> Terima:
    """Taps of a person by NIP, through the door every tap comes through."""
    return tap.terima([TapBaru(pegawai.nip, saat(satu)) for satu in waktu], sumber=SumberTap.IMPOR, sekarang=sekarang)


def ketuk_mentah(pegawai: Pegawai, *waktu: datetime) -> None:
    """Rows of taps, whatever their date."""
    tap.siapkan_partisi({satu.astimezone(WIB).date().replace(day=1) for satu in waktu})
    TapMentah.objects.bulk_create(
        [TapMentah(sumber=SumberTap.MESIN, pin=pegawai.nip, pegawai=pegawai, ts=satu) for satu in waktu],
        ignore_conflicts=True,
    )


def izin(pegawai: Pegawai, jenis: str, mulai: date, sampai: date | None = None, **fields: Any) -> Ketidakhadiran:
    values = {"nomor_surat": "800/1/2025", "status": StatusPengajuan.DISETUJUI, **fields}
    return Ketidakhadiran.objects.create(
        pegawai=pegawai, jenis=JenisTidakHadir(jenis), mulai=mulai, sampai=sampai or mulai, **values
    )


def koreksi(pegawai: Pegawai, tanggal: date, jenis: str, **fields: Any) -> Koreksi:
    values = {"alasan": "mesin penuh antrean", "status": StatusPengajuan.DISETUJUI, "diputus_pada": NANTI, **fields}
    return Koreksi.objects.create(pegawai=pegawai, tanggal=tanggal, jenis=jenis, **values)


def hitung_bulan(bulan: date = MEI, *, sekarang: datetime = NANTI, **scope: Any) -> Hasil:
    return hitung([bulan_penuh(bulan, **scope)], sekarang=sekarang)


def hitung_hari(pegawai: Pegawai, tanggal: date, *, sekarang: datetime = NANTI) -> HadirHarian:
    hitung([Rentang(tanggal, tanggal, pegawai.pk)], sekarang=sekarang)
    return HadirHarian.objects.get(pegawai=pegawai, tanggal=tanggal)


def hari(pegawai: Pegawai, tanggal: date) -> HadirHarian:
    return HadirHarian.objects.get(pegawai=pegawai, tanggal=tanggal)


def rekap(pegawai: Pegawai, bulan: date = MEI) -> RekapBulan:
    return RekapBulan.objects.get(pegawai=pegawai, bulan=bulan)


def pukul(tanggal: date, jam: int, menit: int = 0) -> datetime:
    return datetime.combine(tanggal, time(jam, menit), WIB)
