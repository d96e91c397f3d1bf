"""Pages under load: the web server of production on the measured database, and an open loop of requests.

A request starts when its time has come, whether or not the earlier ones are answered, so that a queue shows in the figures.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from queue import Empty, Queue

from django.conf import settings
from django.db import connection
from django.test import Client

from backend.accounts.models import User
from backend.operations import servers
from backend.operations.bench.report import Row, percentile

LOAD_SECONDS, VISITORS = 20, 24
WARM_SECONDS = 9  # before the measured requests: each connection plans a statement ten times before it keeps the plan
Request = tuple[str, str, str]  # kind, path, session


def measure(requests: Sequence[Request], *, bagian: str, rate: int) -> list[Row]:
    """p50 and p95 of each kind of page, the requests sent in turn at a rate per second. All must answer 200."""
    with _web() as port:
        list(_load(port, list(islice(cycle(requests), rate * WARM_SECONDS)), rate=rate))
        measured = list(_load(port, list(islice(cycle(requests), rate * LOAD_SECONDS)), rate=rate))
    if failed := sorted({(kind, status) for kind, status, _time in measured if status != 200}):
        raise RuntimeError(f"halaman tidak menjawab 200: {failed}")
    rows = []
    for kind in sorted({kind for kind, _status, _time in measured}):
        times = [spent * 1000 for other, _status, spent in measured if other == kind]
        rows.append(Row(bagian, f"{kind}, p50", percentile(times, 50), "ms"))
        rows.append(Row(bagian, f"{kind}, p95", percentile(times, 95), "ms", "≤ 300"))
    return rows


def session(user: User) -> str:
    """The cookie of somebody who has signed in."""
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
