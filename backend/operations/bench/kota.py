"""The city as its users meet it: filled, a month opened for everybody, and its pages under load."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.kinerja.models import SKP, Periode
from backend.kinerja.services import periode as periode_services
from backend.operations import demo
from backend.operations.bench.report import Row, seconds
from backend.operations.bench.web import LOAD_SECONDS, Request, measure, session
from backend.workflow.models import WorkItem

SEED = 2025
ONE_BY_ONE = 60  # laporan opened singly, as the baseline of opening all
RATE = 70
USERS = 150  # different people in each kind of page
Log = Callable[[str], Any]


def run(*, pegawai: int, log: Log) -> list[Row]:
    """Every measurement of the city."""
    log(f"  mengisi kota peraga dengan {pegawai} pegawai")
    filled = seconds(lambda: demo.seed(pegawai=pegawai, seed=SEED, now=timezone.localtime()))
    rows = [Row("kota", f"mengisi kota peraga, {pegawai} pegawai", filled, "s", "≤ 60" if pegawai <= 6000 else "")]
    log("  membuka satu bulan")
    rows.append(_opening())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    log(f"  halaman, {RATE} permintaan per detik selama {LOAD_SECONDS} detik")
    return rows + measure(_requests(), bagian="kota", rate=RATE)


# --- opening a month ----------------------------------------------------------------------------------------------


def _opening() -> Row:
    """The month after the last one, opened for everybody; singly for a sample of a month of its own."""
    terakhir = Periode.objects.order_by("-mulai")[0]
    satu = _next(terakhir)
    contoh = list(SKP.objects.berlaku_pada(satu.selesai).filter(pegawai__user__isnull=False)[:ONE_BY_ONE])
    singly = seconds(lambda: [periode_services.buka_satu(skp, satu, oleh=None) for skp in contoh]) / len(contoh)
    semua = _next(satu)
    opened: list[int] = []
    whole = seconds(lambda: opened.append(periode_services.buka(semua, oleh=None)))
    plain = singly * opened[0]
    return Row(
        "kota", f"membuka bulan dengan {opened[0]} laporan", whole, "s", "≤ 4; ≥ 8×", plain, plain / whole,
        f"pembanding: {len(contoh)} dibuka satu per satu, dikalikan",
    )  # fmt: skip


def _next(periode: Periode) -> Periode:
    mulai = (periode.selesai + timedelta(days=1)).replace(day=1)
    return open_now(tahun=mulai.year, bulan=mulai.month)


def open_now(*, tahun: int, bulan: int) -> Periode:
    """The period of a month with dates around now: a deadline that has passed would start each process by itself."""
    periode = periode_services.jadwalkan(tahun=tahun, bulan=bulan, oleh=None)
    now = timezone.now()
    periode.buka, periode.tenggat, periode.tutup = now, now + timedelta(days=5), now + timedelta(days=20)
    periode.status = "buka"
    periode.save(update_fields=["buka", "tenggat", "tutup", "status"])
    return periode


# --- pages --------------------------------------------------------------------------------------------------------


def _requests() -> list[Request]:
    """Pages of many people, mixed: home, task, inbox."""
    items = (
        WorkItem.objects.filter(status="open", step="isi_renaksi", assignee__isnull=False)
        .select_related("assignee")
        .order_by("pk")[:USERS]
    )
    mine = [(item, session(item.assignee)) for item in items if item.assignee]
    chiefs = User.objects.filter(is_active=True, pegawai__riwayat_jabatan__posisi__is_pimpinan=True).distinct()[:USERS]
    inboxes = [("kotak masuk atasan", reverse("kotak-masuk"), session(user)) for user in chiefs]
    tasks = [("halaman tugas", reverse("tugas", args=[item.pk]), key) for item, key in mine]
    homes = [("beranda", reverse("beranda"), key) for _item, key in mine]
    kinds = [kind for kind in (tasks, inboxes, homes) if kind]
    return [request for turn in zip(*(islice(cycle(kind), USERS) for kind in kinds), strict=True) for request in turn]
