"""The city as its users meet it: filled, a month opened for everybody, and its pages under load.

The pages are served by the same command as in production; the load is an open loop (a request starts when its time
has come, whether or not the earlier ones are answered), so that a queue shows in the figures.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, islice
from queue import Empty, Queue
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.kinerja.models import SKP, Periode
from backend.kinerja.services import periode as periode_services
from backend.operations import demo, servers
from backend.operations.bench.report import Row, percentile, seconds
from backend.workflow.models import WorkItem

SEED = 2025
ONE_BY_ONE = 60  # laporan opened singly, as the baseline of opening all
RATE, LOAD_SECONDS, VISITORS = 70, 20, 24
USERS = 150  # different people in each kind of page
WARM = 60  # requests before the measured ones
Log = Callable[[str], Any]
Request = tuple[str, str, str]  # kind, path, session


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
    return rows + _pages()


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
    berikut = periode_services.jadwalkan(tahun=mulai.year, bulan=mulai.month, oleh=None)
    now = timezone.now()
    berikut.buka, berikut.tenggat, berikut.tutup = now, now + timedelta(days=5), now + timedelta(days=20)
    berikut.status = "buka"
    berikut.save(update_fields=["buka", "tenggat", "tutup", "status"])
    return berikut


# --- pages --------------------------------------------------------------------------------------------------------


def _pages() -> list[Row]:
    requests = _requests()
    with _web() as port:
        list(_load(port, requests[:WARM], rate=RATE))
        measured = list(_load(port, list(islice(cycle(requests), RATE * LOAD_SECONDS)), rate=RATE))
    if failed := sorted({(kind, status) for kind, status, _time in measured if status != 200}):
        raise RuntimeError(f"halaman tidak menjawab 200: {failed}")
    rows = []
    for kind in sorted({kind for kind, _status, _time in measured}):
        times = [spent * 1000 for other, _status, spent in measured if other == kind]
        rows.append(Row("kota", f"{kind}, p50", percentile(times, 50), "ms"))
        rows.append(Row("kota", f"{kind}, p95", percentile(times, 95), "ms", "≤ 300"))
    return rows


def _requests() -> list[Request]:
    """Pages of many people, mixed: home, task, inbox."""
    items = (
        WorkItem.objects.filter(status="open", step="isi_renaksi", assignee__isnull=False)
        .select_related("assignee")
        .order_by("pk")[:USERS]
    )
    mine = [(item, _session(item.assignee)) for item in items if item.assignee]
    chiefs = User.objects.filter(is_active=True, pegawai__riwayat_jabatan__posisi__is_pimpinan=True).distinct()[:USERS]
    inboxes = [("kotak masuk atasan", reverse("kotak-masuk"), _session(user)) for user in chiefs]
    tasks = [("halaman tugas", reverse("tugas", args=[item.pk]), key) for item, key in mine]
    homes = [("beranda", reverse("beranda"), key) for _item, key in mine]
    kinds = [kind for kind in (tasks, inboxes, homes) if kind]
    return [request for turn in zip(*(islice(cycle(kind), USERS) for kind in kinds), strict=True) for request in turn]


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def _web() -> Iterator[int]:
    """The web server on the measured database; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**servers.environment("web"), "DB_NAME": str(connection.settings_dict["NAME"])}
    server = subprocess.Popen(  # noqa: S603 our own program
        servers.command("web", port=port), env=environment, cwd=settings.BASE_DIR, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("server web tidak dapat dimulai; lihat pesan di atas")
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _load(port: int, requests: Sequence[Request], *, rate: int) -> Iterator[tuple[str, int, float]]:
    """Send requests at a fixed rate; yields kind, status and the seconds since each was due."""
    waiting: Queue[tuple[float, Request]] = Queue()
    results: Queue[tuple[str, int, float]] = Queue()
    begin = time.perf_counter() + 0.5
    for number, request in enumerate(requests):
        waiting.put((begin + number / rate, request))
    visitors = [threading.Thread(target=_visit, args=(port, waiting, results)) for _ in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    while not results.empty():
        yield results.get()


def _visit(port: int, waiting: Queue[tuple[float, Request]], results: Queue[tuple[str, int, float]]) -> None:
    connected = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        try:
            due, (kind, path, cookie) = waiting.get_nowait()
        except Empty:
            connected.close()
            return
        time.sleep(max(0.0, due - time.perf_counter()))
        connected.request("GET", path, headers={"Cookie": cookie, "Host": f"localhost:{port}"})
        answer = connected.getresponse()
        answer.read()
        results.put((kind, answer.status, time.perf_counter() - due))
