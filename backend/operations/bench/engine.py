"""The process engine against SpiffWorkflow as one would first put it into Django: ORM rows, definition in each state.

Both complete the same process (8 user tasks, 4 lanes, a return gateway, a reminder timer) with the same domain write,
in turns within one run.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone
from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from backend.accounts.models import User
from backend.operations.bench.report import Row, percentile, seconds
from backend.platform.models import AuditEvent, Notice
from backend.workflow import definitions, engine, steps
from backend.workflow.cloning import Start, start_many
from backend.workflow.inbox import inbox
from backend.workflow.models import ProcessDefinition, ProcessInstance, TimerJob, WorkItem

BPMN = Path(__file__).with_suffix(".bpmn")
KEY = "bench"
STEPS = ("isi_1", "isi_2", "isi_3", "isi_4", "periksa_1", "periksa_2", "periksa_3", "tetapkan")
LANES = ("asn", "atasan", "reviewer", "kepala_opd")
ROUNDS, INSTANCES = 4, 25  # per round and variant: 25 instances of 8 completions
INBOX_ROWS = 1_000_000
Log = Callable[[str], Any]


def run(*, pegawai: int, log: Log) -> list[Row]:
    """Every measurement of the engine."""
    with _bench_registry():
        user = User.objects.create_user(f"bench-{uuid4().hex[:8]}", nama="Pengukur")
        definition = _published()
        rows = _completions(definition, user, log)
        rows += _two_processes(user, log)
        rows += _opening(pegawai, definition, user, log)
        rows += _inbox(user, log)
    return rows


@contextmanager
def _bench_registry() -> Iterator[None]:
    """Bindings of the measured process; the product's come back afterwards."""
    before, steps.registry = steps.registry, steps.Registry()
    for name in STEPS:
        steps.step(name, form="")(_step)
    for name in LANES:
        steps.lane(name)(lambda *, ids: steps.Assignment(user=UUID(ids["user"])))
    try:
        yield
    finally:
        steps.registry = before


def _step(*, actor: User, ids: Any, form: Any) -> dict[str, Any]:
    _domain_write(actor)
    return {"ke": ""}


def _domain_write(user: User) -> None:
    """One ORM row, as a step of the domain would write."""
    Notice.objects.create(penerima=user, peristiwa="bench", judul="Ukur")


def _published() -> ProcessDefinition:
    found = ProcessDefinition.objects.filter(key=KEY, state="live").first()
    return found or definitions.publish(definitions.save_draft(BPMN.read_text(), files={}, by=None), by=None)


def _data(user: User) -> dict[str, Any]:
    return {"user": str(user.pk), "laporan": str(uuid4()), "ke": ""}


# --- completions --------------------------------------------------------------------------------------------------


def _completions(definition: ProcessDefinition, user: User, log: Log) -> list[Row]:
    log(f"  penyelesaian tugas, {ROUNDS} putaran bergantian")
    naive = Naive(definition)
    ours_rates, naive_rates, samples = [], [], []
    _ours(user, 2), naive.run(user, 2)  # caches warm on both sides
    for _ in range(ROUNDS):
        times, rate = _ours(user, INSTANCES)
        samples += times
        ours_rates.append(rate)
        naive_rates.append(naive.run(user, INSTANCES))
    ours, plain = median(ours_rates), median(naive_rates)
    size = len(bytes(ProcessInstance.objects.filter(key=KEY, status="completed").latest("started_at").state))
    return [
        Row(
            "mesin", "penyelesaian per detik, 1 proses, dengan tulisan domain", ours, "/s", "≥ 3×", plain, ours / plain
        ),
        Row("mesin", "penyelesaian, p50", percentile(samples, 50) * 1000, "ms"),
        Row("mesin", "penyelesaian, p95", percentile(samples, 95) * 1000, "ms"),
        Row("mesin", "ukuran satu proses selesai", size, "B", "≤ 2.000", naive.size, naive.size / size),
    ]


def _ours(user: User, count: int) -> tuple[list[float], float]:
    """Seconds of each completion, and completions per second."""
    items = [engine.start(KEY, actor=user, data=_data(user)).items.get().pk for _ in range(count)]
    times: list[float] = []
    for item in items:
        following: UUID | None = item
        while following is not None:
            begin = time.perf_counter()
            opened = engine.complete(following, actor=user, data={}).next_items
            times.append(time.perf_counter() - begin)
            following = opened[0].pk if opened else None
    return times, len(times) / sum(times)


class Naive:
    """The baseline: the library's parser, serializer and loop, one ORM row after the other."""

    def __init__(self, definition: ProcessDefinition) -> None:
        self.definition, self.size = definition, 0
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(etree.fromstring(definition.bpmn.encode()))
        self.spec, self.subs = parser.get_spec(KEY), parser.get_subprocess_specs(KEY)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))

    def run(self, user: User, count: int) -> float:
        """Completions per second."""
        items = [self.start(user) for _ in range(count)]
        done, begin = 0, time.perf_counter()
        for item in items:
            following: WorkItem | None = item
            while following is not None:
                following = self.complete(following.pk, user)
                done += 1
        return done / (time.perf_counter() - begin)

    @transaction.atomic
    def start(self, user: User) -> WorkItem:
        workflow = BpmnWorkflow(self.spec, self.subs)
        workflow.task_tree.data.update(_data(user))
        workflow.run_all()
        instance = ProcessInstance.objects.create(
            definition=self.definition,
            key="naive",
            state=self.serializer.serialize_json(workflow).encode(),
            started_by=user,
        )
        AuditEvent.objects.create(
            chain=str(instance.pk), seq=0, peristiwa="mulai", aktor=user, hash_sebelum="", hash=""
        )
        return self.open(workflow, instance, user)[0]

    @transaction.atomic
    def complete(self, item_id: UUID, user: User) -> WorkItem | None:
        item = WorkItem.objects.get(pk=item_id)
        instance = ProcessInstance.objects.select_for_update().get(pk=item.instance_id)
        workflow = self.serializer.deserialize_json(bytes(instance.state).decode())
        task = workflow.get_task_from_id(item.task_id)
        _domain_write(user)
        task.data["ke"] = ""
        task.run()
        workflow.run_all()
        workflow.refresh_timers()
        item.status, item.done_at, item.done_by = "done", timezone.now(), user
        item.save()
        opened = self.open(workflow, instance, user)
        instance.state, instance.rev = self.serializer.serialize_json(workflow).encode(), instance.rev + 1
        if workflow.is_completed():
            instance.status, instance.ended_at, self.size = "completed", timezone.now(), len(instance.state)
        instance.save()
        AuditEvent.objects.create(
            chain=str(instance.pk), seq=0, peristiwa="selesai", aktor=user, hash_sebelum="", hash=""
        )
        return opened[0] if opened else None

    def open(self, workflow: Any, instance: ProcessInstance, user: User) -> list[WorkItem]:
        known = set(instance.items.filter(status="open").values_list("task_id", flat=True))
        ready = [task for task in workflow.get_tasks(state=TaskState.READY, manual=True) if task.id not in known]
        waiting = {task.id: task for task in workflow.get_tasks(state=TaskState.WAITING)}
        TimerJob.objects.filter(instance=instance).exclude(task_id__in=waiting).delete()
        for task_id, task in waiting.items():
            if due := task.internal_data.get("event_value"):
                TimerJob.objects.update_or_create(instance=instance, task_id=task_id, defaults={"due_at": due})
        return [
            WorkItem.objects.create(instance=instance, task_id=task.id, step=task.task_spec.bpmn_id, assignee=user)
            for task in ready
        ]


# --- two processes ------------------------------------------------------------------------------------------------


def _two_processes(user: User, log: Log) -> list[Row]:
    log("  penyelesaian tugas, dua proses sekaligus")
    rates = {workers: _together(workers, user.pk) for workers in (1, 2)}
    return [
        Row(
            "mesin",
            "penyelesaian per detik, 2 proses",
            rates[2],
            "/s",
            "",
            rates[1],
            rates[2] / rates[1],
            "pembanding: 1 proses dalam putaran yang sama",
        )
    ]


def _together(workers: int, user_pk: UUID) -> float:
    """Completions per second of several processes, from the first start to the last end."""
    connection.close()
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(workers + 1), context.Queue()
    children = [context.Process(target=_worker, args=(user_pk, barrier, queue)) for _ in range(workers)]
    for child in children:
        child.start()
    barrier.wait()
    begin = time.perf_counter()
    done = sum(queue.get() for _ in children)
    elapsed = time.perf_counter() - begin
    for child in children:
        child.join()
    return float(done / elapsed)


def _worker(user_pk: UUID, barrier: Any, queue: Any) -> None:
    user = User.objects.get(pk=user_pk)
    _ours(user, 1)
    items = [engine.start(KEY, actor=user, data=_data(user)).items.get().pk for _ in range(2 * INSTANCES)]
    barrier.wait()
    done = 0
    for item in items:
        following: UUID | None = item
        while following is not None:
            opened = engine.complete(following, actor=user, data={}).next_items
            done += 1
            following = opened[0].pk if opened else None
    queue.put(done)
    connection.close()


# --- opening a month ----------------------------------------------------------------------------------------------


def _opening(pegawai: int, definition: ProcessDefinition, user: User, log: Log) -> list[Row]:
    log(f"  memulai {pegawai} proses sekaligus")
    starts = [Start(("laporan", number), _data(user), business_key=f"L{number}") for number in range(pegawai)]
    cloned = seconds(lambda: start_many(KEY, starts, actor=user))
    naive, sample = Naive(definition), max(1, min(300, pegawai))
    single = seconds(lambda: [naive.start(user) for _ in range(sample)]) / sample * pegawai
    note = f"pembanding: {sample} dimulai satu per satu, dikalikan"
    return [Row("mesin", f"memulai {pegawai} proses", cloned, "s", "≥ 8×", single, single / cloned, note)]


# --- inbox --------------------------------------------------------------------------------------------------------

_FILL = """
INSERT INTO workflow_workitem (id, instance_id, task_id, step, name, lane, form_id, assignee_id, candidate_posisi,
    candidate_peran, opd, title, facts, warning, round, due_at, created_at, status, outcome)
SELECT gen_random_uuid(), %(instance)s, gen_random_uuid(), 'periksa_1', 'Periksa', 'atasan', '',
    CASE WHEN n %% 10 < 7 THEN k.users[1 + (n * 7919) %% array_length(k.users, 1)] END,
    CASE WHEN n %% 10 IN (7, 8) THEN k.posts[1 + (n * 7907) %% array_length(k.posts, 1)] END,
    CASE WHEN n %% 10 = 9 THEN 'admin_opd' ELSE '' END, k.opds[1 + (n * 7901) %% array_length(k.opds, 1)],
    'Laporan', '[["Bulan", "Maret 2025"]]', false, 1, now() + n * interval '1 second', now(), 'open', ''
FROM (SELECT %(users)s::uuid[] AS users, %(posts)s::uuid[] AS posts, %(opds)s::uuid[] AS opds) k,
    generate_series(1::bigint, %(count)s) n
"""


def _inbox(user: User, log: Log) -> list[Row]:
    log(f"  kotak masuk dengan {INBOX_ROWS:,} tugas terbuka")
    others = User.objects.bulk_create(
        User(username=f"b{uuid4().hex}", nama="Pegawai", is_active=False) for _ in range(2000)
    )
    users, posts, opds = (
        [user.pk, *(other.pk for other in others)],
        [uuid4() for _ in range(1500)],
        [uuid4() for _ in range(35)],
    )
    instance = ProcessInstance.objects.filter(key=KEY).latest("started_at")
    with connection.cursor() as cursor:
        cursor.execute(
            _FILL, {"instance": instance.pk, "users": users, "posts": posts, "opds": opds, "count": INBOX_ROWS}
        )
        cursor.execute("VACUUM ANALYZE workflow_workitem")
    steps.set_directory(_Directory(posts[:3], [("admin_opd", opds[0]), ("reviewer", opds[1])]))
    samples = [seconds(lambda: inbox(user, timezone.now())) * 1000 for _ in range(200)]
    plain = median(seconds(lambda: list(_plain_inbox(user))) * 1000 for _ in range(3))
    value = percentile(samples, 95)
    return [
        Row("mesin", "kotak masuk, p50", percentile(samples, 50), "ms"),
        Row(
            "mesin", "kotak masuk, p95", value, "ms", "≤ 5", plain, plain / value, "pembanding: satu OR atas ketiganya"
        ),
    ]


def _plain_inbox(user: User) -> Any:
    """The same page by one OR, as one would first write it."""
    return (
        WorkItem.objects.open()
        .for_user(user)
        .select_related("instance")
        .defer("instance__state")
        .order_by("due_at", "id")[:50]
    )


class _Directory(steps.NoDirectory):
    """Three posts and two roles, as an official with a vacant post beside his own."""

    def __init__(self, posts: list[UUID], roles: list[tuple[str, UUID | None]]) -> None:
        self.posts, self.roles = posts, roles

    def posts_of(self, user: Any, at: Any) -> list[UUID]:
        return self.posts

    def roles_of(self, user: Any, at: Any) -> list[tuple[str, UUID | None]]:
        return self.roles
