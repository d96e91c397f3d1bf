"""Periods: their dates, opening a month for everybody, and what passes by the clock (kinerja.md §2.2, T1–T4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User
from backend.core.periode import WIB, akhir_bulan
from backend.kepegawaian import queries as kepegawaian
from backend.kinerja import enums, errors
from backend.kinerja.models import (
    IKI,
    SKP,
    LaporanPeriode,
    Periode,
    RealisasiIKI,
    RealisasiRenaksi,
    RenaksiBulan,
    TargetIKIBulan,
)
from backend.kinerja.services import penilaian
from backend.kinerja.services.tetapkan import PROSES
from backend.platform import audit, jobs
from backend.platform.models import Job
from backend.platform.settings import setting
from backend.workflow import cloning

BUKA = "kinerja.buka_periode"
BATCH = 500
Maju = Callable[[int, int], None]


def _pukul(hari: date, *, akhir: bool = False) -> datetime:
    moment = datetime(hari.year, hari.month, hari.day, tzinfo=WIB)
    return moment + timedelta(hours=23, minutes=59, seconds=59) if akhir else moment


def _tanggal(tahun: int, bulan: int) -> dict[str, datetime]:
    """Default dates of a month's period; December opens early so that the yearly laporan can follow."""
    selesai = akhir_bulan(tahun, bulan)
    berikut = selesai + timedelta(days=1)
    buka = (
        date(tahun, bulan, int(setting("buka_desember")))
        if bulan == 12
        else berikut.replace(day=int(setting("buka_bulanan")))
    )
    return {
        "buka": _pukul(buka),
        "tenggat": _pukul(berikut.replace(day=int(setting("tenggat_bulanan"))), akhir=True),
        "tutup": _pukul(berikut.replace(day=int(setting("tutup_bulanan"))), akhir=True),
    }


@transaction.atomic
def jadwalkan(*, tahun: int, bulan: int, oleh: User | None) -> Periode:
    """The period of a month, with its default dates when it is new."""
    periode, baru = Periode.objects.get_or_create(
        tahun=tahun,
        jenis=enums.JenisPeriode.BULANAN,
        ke=bulan,
        defaults={
            "mulai": date(tahun, bulan, 1),
            "selesai": akhir_bulan(tahun, bulan),
            "dibuat_oleh": oleh,
            **_tanggal(tahun, bulan),
        },
    )
    if baru:
        audit.record(f"periode:{periode.pk}", "periode.dijadwalkan", aktor=oleh, data={"periode": str(periode)})
    return periode


@transaction.atomic
def ubah_tanggal(periode: Periode, *, oleh: User, buka: datetime, tenggat: datetime, tutup: datetime) -> Periode:
    """Move the dates of a period; its state follows them."""
    periode = Periode.objects.select_for_update().get(pk=periode.pk)
    periode.buka, periode.tenggat, periode.tutup = buka, tenggat, tutup
    periode.status = status_pada(periode, timezone.now())
    periode.diubah_oleh, periode.diubah_pada = oleh, timezone.now()
    periode.save(update_fields=["buka", "tenggat", "tutup", "status", "diubah_oleh", "diubah_pada"])
    audit.record(
        f"periode:{periode.pk}", "periode.tanggal_diubah", aktor=oleh,
        data={"buka": buka.isoformat(), "tenggat": tenggat.isoformat(), "tutup": tutup.isoformat()},
    )  # fmt: skip
    return periode


def status_pada(periode: Periode, pada: datetime) -> enums.StatusPeriode:
    """State of a period at a moment, by its dates."""
    if pada < periode.buka:
        return enums.StatusPeriode.TERJADWAL
    if pada <= periode.tenggat:
        return enums.StatusPeriode.BUKA
    return enums.StatusPeriode.LEWAT_TENGGAT if pada <= periode.tutup else enums.StatusPeriode.TUTUP


def mulai_buka(periode: Periode, *, oleh: User | None) -> Job:
    """Open a month for everybody as a background job; a second press joins the running one."""
    return jobs.start(
        BUKA, kunci=str(periode.pk), parameter={"periode": str(periode.pk)}, oleh=oleh, judul=f"Membuka {periode}"
    )


def buka(periode: Periode, *, oleh: User | None, maju: Maju | None = None) -> int:
    """Create the laporan of every SKP in force at the end of the period and start their processes (T1).

    Idempotent: a pegawai who has a laporan is left alone. Returns how many were opened.
    """
    with transaction.atomic():
        periode = Periode.objects.select_for_update().get(pk=periode.pk)
        if periode.status == enums.StatusPeriode.TERJADWAL:
            periode.status = max(
                status_pada(periode, timezone.now()), enums.StatusPeriode.BUKA, key=list(enums.StatusPeriode).index
            )
            periode.save(update_fields=["status"])
    semua = list(_wajib(periode))
    for awal in range(0, len(semua), BATCH):
        with transaction.atomic():
            _buka_sebagian(periode, semua[awal : awal + BATCH], oleh=oleh)
        if maju:
            maju(min(awal + BATCH, len(semua)), len(semua))
    return len(semua)


def _wajib(periode: Periode) -> Iterable[SKP]:
    """SKP in force at the end of the period, of people who must report and have no live laporan yet."""
    sudah = LaporanPeriode.objects.aktif().filter(periode=periode).values("pegawai")
    dikecualikan = list(setting("status_dikecualikan_skp"))
    return (
        SKP.objects.berlaku_pada(periode.selesai)
        .exclude(pegawai__in=sudah)
        .exclude(pegawai__kedudukan_hukum__in=dikecualikan)
        .filter(pegawai__user__isnull=False)
        .select_related("pegawai__user", "penilai_pegawai", "penilai_pejabat")
        .order_by("pegawai_id", "-awal")
        .distinct("pegawai_id")
    )


def buka_satu(skp: SKP, periode: Periode, *, oleh: User | None) -> LaporanPeriode:
    """The laporan of one SKP, by hand or because the SKP came into force late. Raises PeriodeBelumBuka, SkpBelumBerlaku."""
    if periode.status == enums.StatusPeriode.TERJADWAL:
        from backend.core.periode import tanggal

        raise errors.PeriodeBelumBuka(tanggal=tanggal(periode.buka))
    if not SKP.objects.berlaku_pada(periode.selesai).filter(pk=skp.pk).exists():
        raise errors.SkpBelumBerlaku(tanggal=str(periode.selesai))
    ada = LaporanPeriode.objects.aktif().filter(pegawai=skp.pegawai_id, periode=periode).first()
    if ada is not None:
        return ada
    with transaction.atomic():
        return _buka_sebagian(periode, [skp], oleh=oleh)[0]


def _buka_sebagian(periode: Periode, skps: Sequence[SKP], *, oleh: User | None) -> list[LaporanPeriode]:
    """Rows of the laporan, then their processes; the number of statements does not grow with the people."""
    orang = [skp.pegawai for skp in skps]
    override = {
        skp.pegawai_id: o
        for skp in skps
        if skp.penilai_override_alasan and (o := skp.penilai_pegawai or skp.penilai_pejabat)
    }
    penilai = kepegawaian.penilai_semua(orang, periode.selesai, override)
    opd = {
        pk: row.posisi.unor.opd_id
        for pk, row in kepegawaian.jabatan_semua([p.pk for p in orang], periode.selesai).items()
    }
    laporan = []
    for skp in skps:
        satu = LaporanPeriode(
            skp=skp, periode=periode, pegawai=skp.pegawai, opd_id=opd.get(skp.pegawai_id, skp.opd_id), dibuat_oleh=oleh
        )
        penilaian.pakai(satu, penilai[skp.pegawai_id])
        laporan.append(satu)
    LaporanPeriode.objects.bulk_create(laporan)
    _buat_baris(periode, laporan)
    cloning.start_many(PROSES, [mulai(row) for row in laporan], actor=oleh)
    for row in laporan:
        if not penilaian.ada_penilai(row):
            penilaian.minta_penilai(row, actor=oleh)
    return laporan


def mulai(laporan: LaporanPeriode) -> cloning.Start:
    """What the process of a laporan starts with: ids only (architecture §3)."""
    periode = laporan.periode
    return cloning.Start(
        subject=("laporan", laporan.pk),
        data={
            "laporan": str(laporan.pk),
            "pegawai_user": str(laporan.pegawai.user_id),
            "opd": str(laporan.opd_id) if laporan.opd_id else None,
            "langkah_kembali": "",
            "ada_perbaiki": False,
            "tenggat": periode.tenggat.isoformat(),
            "ingatkan_pada": (periode.tenggat - timedelta(days=int(setting("pengingat_sebelum")))).isoformat(),
            "lewat_pada": (periode.tenggat + timedelta(days=int(setting("pengingat_lewat")))).isoformat(),
            "daftar_pada": (periode.tenggat + timedelta(days=int(setting("pengingat_daftar")))).isoformat(),
        },
        business_key=str(laporan.pk),
        opd=laporan.opd_id,
        title=f"Realisasi {periode}",
    )


def _buat_baris(periode: Periode, laporan: Sequence[LaporanPeriode]) -> None:
    """Rows of the three steps with the targets as they stand now (decision 16)."""
    by_skp = {row.skp_id: row for row in laporan}
    rencana = RenaksiBulan.objects.filter(renaksi__rhk__skp__in=by_skp, bulan=periode.ke, target__gt=0)
    RealisasiRenaksi.objects.bulk_create(
        (
            RealisasiRenaksi(laporan=by_skp[skp], renaksi_bulan_id=pk, target=target)
            for pk, target, skp in rencana.values_list("pk", "target", "renaksi__rhk__skp")
        ),
        batch_size=2000,
    )
    target = _target(periode, by_skp)
    RealisasiIKI.objects.bulk_create(
        (
            RealisasiIKI(laporan=by_skp[skp], iki_id=iki, target_min=low, target_max=high)
            for iki, skp, low, high in target
        ),
        batch_size=2000,
    )


def _target(periode: Periode, by_skp: dict[UUID, LaporanPeriode]) -> list[tuple[int, UUID, Any, Any]]:
    """(iki, skp, target_min, target_max) of the indicators measured in this month."""
    bulanan: dict[int, tuple[Any, Any]] = defaultdict(lambda: (None, None))
    rows = TargetIKIBulan.objects.filter(iki__rhk__skp__in=by_skp, bulan=periode.ke)
    bulanan |= {iki: (low, high) for iki, low, high in rows.values_list("iki", "target_min", "target_max")}
    diukur = IKI.objects.filter(Q(bulan_ukur__contains=[periode.ke]), rhk__skp__in=by_skp).values_list("pk", "rhk__skp")
    return [(iki, skp, *bulanan[iki]) for iki, skp in diukur]


@transaction.atomic
def lewati_waktu(pada: datetime) -> list[Periode]:
    """Move every period to the state that its dates give at a moment; returns those that just opened."""
    dibuka = []
    for periode in Periode.objects.select_for_update().exclude(status=enums.StatusPeriode.TUTUP):
        status = status_pada(periode, pada)
        if status != periode.status and list(enums.StatusPeriode).index(status) > list(enums.StatusPeriode).index(
            periode.status
        ):
            if periode.status == enums.StatusPeriode.TERJADWAL:
                dibuka.append(periode)
            periode.status = status
            periode.save(update_fields=["status"])
            audit.record(f"periode:{periode.pk}", f"periode.{status}", aktor=None)
    return dibuka


@jobs.job(BUKA)
def _buka_job(job: Job, progress: Any) -> dict[str, Any]:
    periode = Periode.objects.get(pk=job.parameter["periode"])
    banyak = buka(periode, oleh=job.oleh, maju=progress.set)
    return {"dibuka": banyak}
