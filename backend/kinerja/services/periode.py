"""Periods: their dates, opening a month for everybody, and what passes by the clock (kinerja.md §2.2, T1–T4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User
from backend.core.memori import tanpa_pengumpul
from backend.core.periode import WIB, akhir_bulan, tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import RiwayatJabatan
from backend.kinerja import enums, errors
from backend.kinerja.models import SKP, LaporanPeriode, Periode
from backend.kinerja.services import penilaian
from backend.kinerja.services.tetapkan import PROSES
from backend.platform import audit, jobs
from backend.platform.models import Job
from backend.platform.settings import setting
from backend.workflow import cloning

BUKA = "kinerja.buka_periode"
BATCH = 1000
SEKALI = 10_000  # people asked for by one statement: a statement has at most 65,535 parameters
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
    with tanpa_pengumpul():
        skps = list(_wajib(periode))
        susun = (_susun(periode, skps[awal : awal + SEKALI], oleh=oleh) for awal in range(0, len(skps), SEKALI))
        semua = list(chain.from_iterable(susun))
        for awal in range(0, len(semua), BATCH):
            with transaction.atomic():
                _mulai_sebagian(periode, semua[awal : awal + BATCH], oleh=oleh)
            if maju:
                maju(min(awal + BATCH, len(semua)), len(semua))
    return len(semua)


def _wajib(periode: Periode) -> Iterable[SKP]:
    """SKP in force at the end of the period, of people who must report and have no live laporan yet.

    A cancelled laporan stands for its SKP: it is not opened again.
    """
    laporan = LaporanPeriode.objects.filter(periode=periode)
    sudah = laporan.aktif().values("pegawai")
    dikecualikan = list(setting("status_dikecualikan_skp"))
    return (
        SKP.objects.berlaku_pada(periode.selesai)
        .exclude(pegawai__in=sudah)
        .exclude(pk__in=laporan.values("skp"))
        .exclude(pegawai__kedudukan_hukum__in=dikecualikan)
        .filter(pegawai__user__isnull=False)
        .select_related("pegawai")
        .prefetch_related("penilai_pegawai", "penilai_pejabat")
        .order_by("pegawai_id", "-awal")
        .distinct("pegawai_id")
    )


def buka_satu(skp: SKP, periode: Periode, *, oleh: User | None) -> LaporanPeriode:
    """The laporan of one SKP, by hand or because the SKP came into force late; the one that is there, also a cancelled one.

    Raises PeriodeBelumBuka, SkpBelumBerlaku.
    """
    if periode.status == enums.StatusPeriode.TERJADWAL:
        raise errors.PeriodeBelumBuka(tanggal=tanggal(periode.buka))
    if not SKP.objects.berlaku_pada(periode.selesai).filter(pk=skp.pk).exists():
        raise errors.SkpBelumBerlaku(tanggal=tanggal(periode.selesai))
    sama = Q(skp=skp) | Q(pegawai=skp.pegawai_id) & ~Q(status=enums.StatusLaporan.DIBATALKAN)
    ada = LaporanPeriode.objects.filter(sama, periode=periode).first()
    if ada is not None:
        return ada
    with transaction.atomic():
        (laporan,) = _susun(periode, [skp], oleh=oleh)
        _mulai_sebagian(periode, [laporan], oleh=oleh)
    return laporan


def _susun(periode: Periode, skps: Sequence[SKP], *, oleh: User | None) -> list[LaporanPeriode]:
    """The laporan of these SKP with their OPD and penilai at the end of the period, unsaved."""
    orang = [skp.pegawai for skp in skps]
    override = {
        skp.pegawai_id: o
        for skp in skps
        if skp.penilai_override_alasan and (o := skp.penilai_pegawai or skp.penilai_pejabat)
    }
    penilai = kepegawaian.penilai_semua(orang, periode.selesai, override)
    jabatan = RiwayatJabatan.objects.pada(periode.selesai).definitif().filter(pegawai__in=orang)
    opd = dict(jabatan.values_list("pegawai_id", "posisi__unor__opd_id"))
    laporan = []
    for skp in skps:
        satu = LaporanPeriode(
            skp=skp, periode=periode, pegawai=skp.pegawai, opd_id=opd.get(skp.pegawai_id, skp.opd_id), dibuat_oleh=oleh
        )
        penilaian.pakai(satu, penilai[skp.pegawai_id])
        laporan.append(satu)
    return laporan


KOLOM_BARU = (
    "id", "skp_id", "periode_id", "pegawai_id", "opd_id", "status", "status_renaksi", "status_skp", "status_pks",
    "atasan_posisi_id", "penilai_pegawai_id", "penilai_pejabat_id", "penilai_cara", "penilai_alasan_kosong",
    "jumlah_kembali", "dibuat_oleh_id",
)  # fmt: skip


def _mulai_sebagian(periode: Periode, laporan: Sequence[LaporanPeriode], *, oleh: User | None) -> None:
    """Rows of the laporan, then their processes; the number of statements does not grow with the people."""
    with connection.cursor() as cursor:
        perintah = f"COPY {LaporanPeriode._meta.db_table} ({', '.join(KOLOM_BARU)}) FROM STDIN"
        with cursor.copy(perintah) as salinan:
            for row in laporan:
                salinan.write_row([getattr(row, nama) for nama in KOLOM_BARU])
    _buat_baris(periode, laporan)
    cloning.start_many(PROSES, [mulai(row) for row in laporan], actor=oleh)
    for row in laporan:
        row._state.adding = False
        if not penilaian.ada_penilai(row):
            penilaian.minta_penilai(row, actor=oleh)


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


_RENAKSI = """
INSERT INTO kinerja_realisasirenaksi (laporan_id, renaksi_bulan_id, target)
SELECT l.id, b.id, b.target FROM kinerja_laporanperiode l
JOIN kinerja_rhk r ON r.skp_id = l.skp_id JOIN kinerja_renaksi n ON n.rhk_id = r.id
JOIN kinerja_renaksibulan b ON b.renaksi_id = n.id AND b.bulan = %(bulan)s AND b.target > 0
WHERE l.id = ANY(%(laporan)s) ORDER BY l.id, b.id
"""
_IKI = """
INSERT INTO kinerja_realisasiiki (laporan_id, iki_id, target_min, target_max)
SELECT l.id, i.id, t.target_min, t.target_max FROM kinerja_laporanperiode l
JOIN kinerja_rhk r ON r.skp_id = l.skp_id JOIN kinerja_iki i ON i.rhk_id = r.id AND %(bulan)s = ANY(i.bulan_ukur)
LEFT JOIN kinerja_targetikibulan t ON t.iki_id = i.id AND t.bulan = %(bulan)s
WHERE l.id = ANY(%(laporan)s) ORDER BY l.id, i.id
"""


def _buat_baris(periode: Periode, laporan: Sequence[LaporanPeriode]) -> None:
    """Rows of the Renaksi and SKP steps with the targets as they stand now (decision 16), made in the database."""
    values: dict[str, Any] = {"bulan": periode.ke, "laporan": [row.pk for row in laporan]}
    with connection.cursor() as cursor:
        cursor.execute(_RENAKSI, values)
        cursor.execute(_IKI, values)


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
def _buka_job(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    def maju(selesai: int, total: int) -> None:
        progress(selesai, total=total, pesan="Membuat laporan pegawai")

    periode = Periode.objects.get(pk=job.parameter["periode"])
    return {"dibuka": buka(periode, oleh=job.oleh, maju=maju)}
