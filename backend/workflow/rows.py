"""The engine's hot rows in raw SQL: read under the instance lock, written in one pipeline (recipes §12).

Everything goes through Django's own psycopg connection, so that a step's ORM writes share the transaction. Parameters
are bound by the server and statements are prepared once per connection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from backend.platform import audit
from backend.workflow.enums import ItemStatus
from backend.workflow.models import ProcessInstance, WorkItem

INSTANCE_COLUMNS = tuple(column.attname for column in ProcessInstance._meta.concrete_fields)
ITEM_COLUMNS = tuple(column.attname for column in WorkItem._meta.concrete_fields if column.attname != "draft")
_SELECT_INSTANCE = f"SELECT {', '.join(INSTANCE_COLUMNS)} FROM workflow_processinstance"  # noqa: S608 constants only
_LOCK = f"{_SELECT_INSTANCE} WHERE id = %s FOR UPDATE"
_LOCK_BY_ITEM = f"{_SELECT_INSTANCE} WHERE id = (SELECT instance_id FROM workflow_workitem WHERE id = %s) FOR UPDATE"  # noqa: S608 constants only
# A second statement, because it must see what was committed while the first one waited for the lock.
_SELECT_ITEM = f"SELECT {', '.join(ITEM_COLUMNS)} FROM workflow_workitem"  # noqa: S608 constants only
_ITEMS = f"{_SELECT_ITEM} WHERE instance_id = %s"
_ITEMS_BY_ITEM = f"{_SELECT_ITEM} WHERE instance_id = (SELECT instance_id FROM workflow_workitem WHERE id = %s)"  # noqa: S608 constants only
_TIMERS = "SELECT task_id, due_at FROM workflow_timerjob WHERE instance_id = %s"
_TIMERS_BY_ITEM = (
    "SELECT task_id, due_at FROM workflow_timerjob"
    " WHERE instance_id = (SELECT instance_id FROM workflow_workitem WHERE id = %s)"
)

_UPDATE_INSTANCE = (
    "UPDATE workflow_processinstance SET state = %s, rev = %s, status = %s, ended_at = %s, suspended_at = %s,"
    " definition_id = %s WHERE id = %s"
)
_INSERT_INSTANCE = (
    f"INSERT INTO workflow_processinstance ({', '.join(INSTANCE_COLUMNS)})"  # noqa: S608 constants only
    f" VALUES ({', '.join('%s' for _ in INSTANCE_COLUMNS)})"
)
_CLOSE_ITEM = (
    "UPDATE workflow_workitem SET status = %s, done_at = %s, done_by_id = %s, outcome = %s,"
    " draft = CASE WHEN %s THEN draft END WHERE id = %s"
)
_RELABEL_ITEM = "UPDATE workflow_workitem SET outcome = %s WHERE id = %s"
INSERT_ITEM_COLUMNS = (
    "id",
    "instance_id",
    "task_id",
    "step",
    "name",
    "lane",
    "form_id",
    "assignee_id",
    "candidate_posisi",
    "candidate_peran",
    "opd",
    "title",
    "facts",
    "warning",
    "round",
    "due_at",
    "created_at",
    "status",
    "outcome",
)
_INSERT_ITEM = (
    f"INSERT INTO workflow_workitem ({', '.join(INSERT_ITEM_COLUMNS)}, draft)"  # noqa: S608 constants only
    f" VALUES ({', '.join('%s::jsonb' if name == 'facts' else '%s' for name in INSERT_ITEM_COLUMNS)},"
    " (SELECT draft FROM workflow_workitem WHERE id = %s))"
)
_DELETE_TIMER = "DELETE FROM workflow_timerjob WHERE instance_id = %s AND task_id = %s"
_PUT_TIMER = (
    "INSERT INTO workflow_timerjob (instance_id, task_id, due_at, held) VALUES (%s, %s, %s, false)"
    " ON CONFLICT (instance_id, task_id) DO UPDATE SET due_at = excluded.due_at, held = false"
)
_OUTBOX = (
    "INSERT INTO platform_outboxmessage (key, kind, payload) VALUES (%s, %s, %s::jsonb) ON CONFLICT (key) DO NOTHING"
)
_ANSWER = "UPDATE workflow_inboxmessage SET result = %s::jsonb WHERE key = %s"
_REMEMBER = (
    "INSERT INTO workflow_inboxmessage (key, message, business_key, process, payload, created_at)"
    " VALUES (%s, '', '', '', '{}', statement_timestamp()) ON CONFLICT (key) DO NOTHING"
)


@dataclass
class Locked:
    """An instance under its lock, with its items and timers as they stand in the database."""

    instance: ProcessInstance
    items: list[WorkItem]
    timers: dict[UUID, datetime]

    def item(self, item_id: UUID) -> WorkItem | None:
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def open_items(self) -> list[WorkItem]:
        return [item for item in self.items if item.status == ItemStatus.OPEN]


@dataclass
class Changes:
    """What one transaction writes. Order of writing: closed items, new items, timers, instance, audit, outbox."""

    instance: ProcessInstance
    is_new: bool = False
    closed: list[WorkItem] = field(default_factory=list)
    relabelled: list[WorkItem] = field(default_factory=list)
    opened: list[tuple[WorkItem, UUID | None]] = field(default_factory=list)  # with the item whose draft it takes over
    timers_gone: Iterable[UUID] = ()
    timers: Sequence[tuple[UUID, datetime]] = ()
    audit: list[tuple[Any, ...]] = field(default_factory=list)
    outbox: list[tuple[str, str, Any]] = field(default_factory=list)  # key, kind, payload
    answer: tuple[str, Any] | None = None  # idempotency key, result


@contextmanager
def pipeline() -> Iterator[psycopg.Cursor[Any]]:
    """A server-binding cursor on Django's connection; statements travel together, errors arrive as Django's."""
    pg = _connection()
    with connection.wrap_database_errors, pg.pipeline(), psycopg.Cursor(pg) as cursor:
        yield cursor


@contextmanager
def _cursors(count: int) -> Iterator[list[psycopg.Cursor[Any]]]:
    pg = _connection()
    with connection.wrap_database_errors, pg.pipeline():
        yield [psycopg.Cursor(pg) for _ in range(count)]


def _connection() -> psycopg.Connection[Any]:
    """Django's psycopg connection, allowed to prepare statements (Django's own cursors bind on the client)."""
    connection.ensure_connection()
    pg: psycopg.Connection[Any] = connection.connection
    pg.prepare_threshold = 0
    return pg


def lock(instance_id: UUID) -> Locked | None:
    """Lock an instance and read it whole. None: there is none."""
    return _locked((_LOCK, _ITEMS, _TIMERS), instance_id)


def lock_by_item(item_id: UUID) -> Locked | None:
    """Lock the instance of a work item."""
    return _locked((_LOCK_BY_ITEM, _ITEMS_BY_ITEM, _TIMERS_BY_ITEM), item_id)


def _locked(statements: tuple[str, str, str], key: UUID) -> Locked | None:
    with _cursors(3) as cursors:
        for cursor, statement in zip(cursors, statements, strict=True):
            cursor.execute(statement, [key], binary=True)
        instance, items, timers = cursors
        row = instance.fetchone()
        if row is None:
            return None
        return Locked(
            _model(ProcessInstance, INSTANCE_COLUMNS, row),
            [_model(WorkItem, ITEM_COLUMNS, item) for item in items.fetchall()],
            dict(timers.fetchall()),
        )


def _model(cls: Any, columns: Sequence[str], row: Sequence[Any]) -> Any:
    """A model instance of a row; columns not read stay deferred."""
    return cls.from_db("default", columns, row)


def remember(key: str) -> bool:
    """Note an idempotency key. False: it was used before (and its transaction is committed)."""
    with connection.wrap_database_errors, psycopg.Cursor(_connection()) as cursor:
        cursor.execute(_REMEMBER, [key])
        return bool(cursor.rowcount)


def write(changes: Changes) -> None:
    """Write everything in one round trip."""
    with pipeline() as cursor:
        _write_instance(cursor, changes)
        _write_items(cursor, changes)
        _write_timers(cursor, changes)
        for row in changes.audit:
            cursor.execute(audit.rows_sql, row)
        for key, kind, payload in changes.outbox:
            cursor.execute(_OUTBOX, [key, kind, _json(payload)])
        if changes.answer:
            cursor.execute(_ANSWER, [_json(changes.answer[1]), changes.answer[0]])


def _write_instance(cursor: Any, changes: Changes) -> None:
    instance = changes.instance
    if changes.is_new:
        cursor.execute(_INSERT_INSTANCE, [getattr(instance, name) for name in INSTANCE_COLUMNS])
        return
    cursor.execute(
        _UPDATE_INSTANCE,
        [
            instance.state,
            instance.rev,
            instance.status,
            instance.ended_at,
            instance.suspended_at,
            instance.definition_id,
            instance.id,
        ],
    )


def _write_items(cursor: Any, changes: Changes) -> None:
    for item in changes.closed:
        keep_draft = item.status == ItemStatus.CANCELLED
        cursor.execute(_CLOSE_ITEM, [item.status, item.done_at, item.done_by_id, item.outcome, keep_draft, item.id])
    for item in changes.relabelled:
        cursor.execute(_RELABEL_ITEM, [item.outcome, item.id])
    for item, draft_of in changes.opened:
        cursor.execute(_INSERT_ITEM, [*item_values(item), draft_of])


def _write_timers(cursor: Any, changes: Changes) -> None:
    for task_id in changes.timers_gone:
        cursor.execute(_DELETE_TIMER, [changes.instance.id, task_id])
    for task_id, due_at in changes.timers:
        cursor.execute(_PUT_TIMER, [changes.instance.id, task_id, due_at])


def item_values(item: WorkItem) -> list[Any]:
    """Values of `INSERT_ITEM_COLUMNS`."""
    return [_json(item.facts) if name == "facts" else getattr(item, name) for name in INSERT_ITEM_COLUMNS]


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)
