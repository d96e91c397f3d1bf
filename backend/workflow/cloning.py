"""Starting a process for thousands of subjects: start it once, copy the stored text with new ids, COPY the rows.

The template runs in memory with placeholders as start data; nothing of it is stored. Data on which the way through
the process depends (conditions, timers, loops) keep their values, and there is one template for each combination of
them. Where an operator, rule or message comes before the first wait, the rows are started one by one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

import zstandard
from django.db import connection, transaction
from django.utils import timezone

from backend.platform import audit, wake
from backend.workflow import definitions, engine, machine, rows, state, steps, storing
from backend.workflow.errors import CannotClone
from backend.workflow.models import ProcessInstance, WorkItem

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
BATCH = 2000


@dataclass(frozen=True)
class Start:
    """One instance to be started: what `engine.start` takes."""

    subject: storing.Subject
    data: Mapping[str, Any]
    business_key: str = ""
    opd: UUID | None = None
    title: str = ""


def _uuid4(digits: str) -> str:
    """32 random hexadecimal digits as the text of a UUID of version 4 (RFC 9562 §5.4)."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


@dataclass
class Template:
    """A started state cut at the places that differ: text, then what stands there, then text …"""

    parts: list[str]
    holes: list[tuple[str, str]]  # ("id", old id) | ("data", key)
    tasks: list[Any]
    timers: dict[UUID, datetime]
    run: machine.Run
    definition_id: UUID
    compressor: Any = field(default_factory=lambda: zstandard.ZstdCompressor(level=3))

    def __post_init__(self) -> None:
        self.ids = list(dict.fromkeys(name for kind, name in self.holes if kind == "id"))

    def new_ids(self) -> dict[str, str]:
        """A random UUID (version 4), as text, for each id of the template: thirty an instance, drawn at once."""
        drawn = os.urandom(16 * len(self.ids)).hex()
        return {name: _uuid4(drawn[at : at + 32]) for at, name in zip(count(0, 32), self.ids, strict=False)}


def start_many(key: str, starts: Iterable[Start], *, actor: Any) -> list[UUID]:
    """Start one instance per row, in one transaction; returns their ids in order.

    Raises UnknownProcess, InvalidProcessData, and what lanes, cards and operators raise; then nothing is started.
    """
    starts = list(starts)
    ids: dict[int, UUID] = {}
    with transaction.atomic():
        now, definition_id = timezone.now(), definitions.live_id(key)
        for numbers in _alike(starts, definitions.parsed(definition_id).routing_names()):
            group = [starts[number] for number in numbers]
            ids.update(zip(numbers, _start_group(key, definition_id, group, actor=actor, now=now), strict=True))
    return [ids[number] for number in range(len(starts))]


def _alike(starts: Sequence[Start], names: frozenset[str]) -> list[list[int]]:
    """Numbers of the rows, by the values that decide the way and by the keys they give."""
    groups: dict[str, list[int]] = {}
    for number, each in enumerate(starts):
        decisive = [[name, each.data[name] if name in names else None] for name in sorted(each.data)]
        groups.setdefault(state.value_text(decisive), []).append(number)
    return list(groups.values())


def _start_group(key: str, definition_id: UUID, group: list[Start], *, actor: Any, now: datetime) -> list[UUID]:
    try:
        template = _template(definition_id, group[0], actor=actor, now=now)
    except CannotClone:
        return [_start_one(key, each, actor=actor) for each in group]
    ids: list[UUID] = []
    for first in range(0, len(group), BATCH):
        ids += _copy(template, key, group[first : first + BATCH], actor=actor)
    return ids


def _start_one(key: str, each: Start, *, actor: Any) -> UUID:
    instance = engine.start(
        key,
        actor=actor,
        subject=each.subject,
        data=each.data,
        business_key=each.business_key,
        opd=each.opd,
        title=each.title,
    )
    return instance.id


def _template(definition_id: UUID, example: Start, *, actor: Any, now: datetime) -> Template:
    """Run the process once with placeholders in memory."""
    run = machine.Run(actor, now, definitions.parsed(definition_id), is_template=True)
    decisive = run.parsed.routing_names()
    marks = {name: f"@@{name}@@" for name in example.data if name not in decisive}
    workflow = machine.create(run, {**example.data, **marks})
    machine.settle(workflow, run)
    if run.thrown:
        raise CannotClone(problem="pesan mendahului tugas pertama")
    text = state.dump_text(workflow)
    parts, holes = _cut(
        text, marks, {str(task.id) for each in machine.workflows(workflow) for task in each.tasks.values()}
    )
    return Template(parts, holes, machine.user_tasks(workflow), machine.due_times(workflow), run, definition_id)


def _cut(text: str, marks: Mapping[str, str], ids: set[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Split the text once at task ids and placeholders."""
    places = {json.dumps(mark): ("data", name) for name, mark in marks.items()}
    pattern = re.compile("|".join([_ID.pattern, *(re.escape(place) for place in places)]))
    parts, holes, at = [], [], 0
    for found in pattern.finditer(text):
        hole = places.get(found[0]) or (("id", found[0]) if found[0] in ids else None)
        if hole is not None:
            parts.append(text[at : found.start()])
            holes.append(hole)
            at = found.end()
    parts.append(text[at:])
    return parts, holes


def _copy(template: Template, key: str, starts: list[Start], *, actor: Any) -> list[UUID]:
    """Rows of one batch, by COPY."""
    instances: list[ProcessInstance] = []
    items: list[WorkItem] = []
    timers: list[tuple[UUID, UUID, datetime]] = []
    history: list[tuple[Any, ...]] = []
    outbox: list[tuple[str, str, str]] = []
    for each in starts:
        instance, new_ids = _instance(template, key, each, actor=actor)
        opened = _items(template, instance, each, new_ids)
        instances.append(instance)
        items += opened
        timers += [(instance.id, UUID(new_ids[str(task_id)]), due) for task_id, due in template.timers.items()]
        history.append(_event(template, instance, opened, actor=actor))
        outbox += [
            (f"tugas:{item.id}", "workflow.opened", json.dumps({"item": str(item.id)}))
            for item in opened
            if item.step in steps.registry.opened
        ]
    _write(instances, items, timers, history, outbox)
    return [instance.id for instance in instances]


def _instance(template: Template, key: str, each: Start, *, actor: Any) -> tuple[ProcessInstance, dict[str, str]]:
    machine.checked(each.data)
    new_ids = template.new_ids()
    pieces = [template.parts[0]]
    for (kind, name), part in zip(template.holes, template.parts[1:], strict=True):
        pieces += (new_ids[name] if kind == "id" else state.value_text(each.data[name]), part)
    instance = storing.new_instance(
        template.definition_id,
        key,
        actor=actor,
        subject=each.subject,
        business_key=each.business_key,
        opd=each.opd,
        title=each.title,
        now=template.run.now,
    )
    instance.state, instance.rev = template.compressor.compress("".join(pieces).encode()), 1
    return instance, new_ids


def _items(template: Template, instance: ProcessInstance, each: Start, new_ids: Mapping[str, str]) -> list[WorkItem]:
    locked = rows.Locked(instance, [], {})
    opened = []
    for task in template.tasks:
        item, _draft = storing.open_work_item(
            locked, task, template.run, ids=machine.frozen({**task.data, **each.data})
        )
        item.task_id = UUID(new_ids[str(task.id)])
        opened.append(item)
    return opened


def _event(template: Template, instance: ProcessInstance, opened: list[WorkItem], *, actor: Any) -> tuple[Any, ...]:
    data = {
        "rev": 1,
        "lewat": template.run.passed,
        "alur": template.run.flows,
        "massal": True,
        "buka": [[item.step, str(item.id)] for item in opened],
    }
    return audit.row(str(instance.id), "proses_dimulai", aktor=actor, data=data)


def _write(
    instances: list[ProcessInstance],
    items: list[WorkItem],
    timers: list[tuple[UUID, UUID, datetime]],
    history: list[tuple[Any, ...]],
    outbox: list[tuple[str, str, str]],
) -> None:
    _copy_rows(
        "workflow_processinstance",
        rows.INSTANCE_COLUMNS,
        ([getattr(instance, name) for name in rows.INSTANCE_COLUMNS] for instance in instances),
    )
    _copy_rows("workflow_workitem", rows.INSERT_ITEM_COLUMNS, (rows.item_values(item) for item in items))
    _copy_rows("workflow_timerjob", ("instance_id", "task_id", "due_at", "held"), ([*timer, False] for timer in timers))
    _copy_rows("platform_auditevent", audit.COLUMNS, history)
    if outbox:
        _copy_rows("platform_outboxmessage", ("key", "kind", "payload"), outbox)
        wake.on_commit()


def _copy_rows(table: str, columns: Iterable[str], values: Iterable[Iterable[Any]]) -> None:
    with connection.cursor() as cursor, _copying(cursor, table, columns) as copy:
        for row in values:
            copy.write_row(list(row))


def _copying(cursor: Any, table: str, columns: Iterable[str]) -> Any:
    return cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN")
