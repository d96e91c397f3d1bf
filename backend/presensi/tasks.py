"""Jobs and beat tasks of attendance. They carry nothing: rows and dates say what is to be done."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.core.periode import akhir_bulan, bulan_label
from backend.kepegawaian.models import Unor
from backend.platform import jobs, schedule
from backend.platform.models import Job
from backend.presensi.calculations import SEHARI
from backend.presensi.enums import StatusHari
from backend.presensi.models import HadirHarian
from backend.presensi.services import impor, kotor, peringatan, segel  # noqa: F401 importing binds the import job
from backend.presensi.services.harian import Rentang, bulan_penuh, hitung

HITUNG = "hitung_presensi"
AHEAD = 3


def hitung_ulang(opd: Unor, bulan: date, *, oleh: User | None) -> Job:
    """Compute an OPD and month anew as a job; a second press joins the running one."""
    awal = bulan.replace(day=1)
    judul = f"Hitung presensi {opd.nama}, {bulan_label(awal.year, awal.month)}"
    parameter = {"opd": str(opd.pk), "bulan": awal.isoformat()}
    return jobs.start(HITUNG, kunci=f"{opd.pk}:{awal:%Y-%m}", parameter=parameter, oleh=oleh, judul=judul)


@jobs.job(HITUNG)
def jalankan(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """One OPD, one month."""
    bulan = date.fromisoformat(job.parameter["bulan"])
    progress(0, total=1, pesan="Menghitung")
    hasil = hitung([bulan_penuh(bulan, opd=UUID(job.parameter["opd"]))], sekarang=timezone.now())
    progress(1, total=1, pesan="Selesai")
    return {"hari": hasil.hari, "rekap": hasil.rekap}


@shared_task(name="presensi.kotor")
def kosongkan_antrean() -> bool:
    """Days made dirty by the database itself (calendar, rules) wake nobody: look after them."""
    if kotor.ada():
        with transaction.atomic():
            kotor.bangunkan()
        return True
    return False


@shared_task(name="presensi.selesai")
def selesaikan_hari() -> int:
    """Days whose OUT window has closed since they were computed are no longer BELUM."""
    now = timezone.now()
    hari = timezone.localdate(now)
    rows = HadirHarian.objects.filter(
        status=StatusHari.BELUM, tanggal__lt=hari, tanggal__gte=hari - SEHARI * 40
    ).values_list("tanggal", flat=True)
    dates = sorted(set(rows.order_by("tanggal")))
    if not dates:
        return 0
    return hitung([Rentang(satu, satu) for satu in dates], sekarang=now).hari


@shared_task(name="presensi.malam")
def malam() -> int:
    """Partitions ahead, this month and the last for everybody, escalation of missing seals, PP 94 warnings."""
    now = timezone.now()
    hari = timezone.localdate(now)
    buat_partisi(hari)
    lalu = hari.replace(day=1) - SEHARI
    berubah = hitung([bulan_penuh(lalu), bulan_penuh(hari)], sekarang=now).hari
    segel.eskalasi(sekarang=now)
    peringatan.perbarui(hari.year, pada=hari)
    return berubah


def buat_partisi(hari: date) -> None:
    """Partitions of the month before, this one and those ahead."""
    bulan = hari.replace(day=1) - SEHARI
    with connection.cursor() as cursor:
        for _ in range(AHEAD + 2):
            cursor.execute("SELECT presensi_partisi(%s)", [bulan])
            bulan = akhir_bulan(bulan.year, bulan.month) + SEHARI


schedule.every("presensi.kotor", seconds=60)
schedule.every("presensi.selesai", seconds=1800)
schedule.daily("presensi.malam", at="00:40")
