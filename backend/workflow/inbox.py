"""The inbox: what a user may act on now, soonest deadline first, from three partial indexes merged (architecture §4).

One branch per way of being addressed, each a LATERAL top-n over its index, so that the cost depends on the page and
not on how many items wait. A plain OR over the three takes seconds with a million open rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from backend.workflow import steps
from backend.workflow.models import InboxMessage, ProcessInstance, WorkItem
from backend.workflow.rows import ITEM_COLUMNS

INSTANCE_COLUMNS = tuple(
    column.attname for column in ProcessInstance._meta.concrete_fields if column.attname not in {"state"}
)
COUNT_LIMIT = 1000  # a badge says “999+”; nobody needs the exact number beyond


@dataclass(frozen=True)
class Filters:
    """What narrows an inbox. Empty values narrow nothing."""

    step: str = ""
    process: str = ""
    search: str = ""
    opd: UUID | None = None
    warning: bool | None = None
    returned: bool = False
    due_before: datetime | None = None
    after: tuple[datetime | None, UUID] | None = None  # deadline and id of the last item seen: what comes behind it


def inbox(
    user: Any, at: datetime, *, limit: int = 50, offset: int = 0, filters: Filters | None = None
) -> list[WorkItem]:
    """Open items addressed to the user, his posts and his roles, each with its instance (without its state)."""
    query, params = _query(user, at, take=limit + offset, filters=filters or Filters())
    item_columns = ", ".join(f"m.{name}" for name in ITEM_COLUMNS)
    instance_columns = ", ".join(f"p.{name}" for name in INSTANCE_COLUMNS)
    sql = f"""SELECT {item_columns}, {instance_columns}
        FROM ({query}) m JOIN workflow_processinstance p ON p.id = m.instance_id
        ORDER BY m.due_at, m.id LIMIT %s OFFSET %s"""  # noqa: S608 constants only
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, limit, offset])
        return [_item(row) for row in cursor.fetchall()]


def inbox_count(user: Any, at: datetime, *, filters: Filters | None = None) -> int:
    """How many items the inbox holds, counted up to `COUNT_LIMIT`."""
    query, params = _query(user, at, take=COUNT_LIMIT, filters=filters or Filters())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM ({query}) m LIMIT %s) c", [*params, COUNT_LIMIT])  # noqa: S608
        return int(cursor.fetchone()[0])


def forget_answers(before: datetime) -> int:
    """Delete idempotency keys, and messages that were taken, older than a moment; messages nobody took stay."""
    taken = Q(message="") | Q(delivered_at__isnull=False)
    return InboxMessage.objects.filter(taken, created_at__lt=before).delete()[0]


def _query(user: Any, at: datetime, *, take: int, filters: Filters) -> tuple[str, list[Any]]:
    """The merged branches and their parameters."""
    directory = steps.directory()
    where, narrow = _narrowed(filters)
    page = f"{where} ORDER BY w.due_at, w.id LIMIT %s"
    open_items = "SELECT w.* FROM workflow_workitem w WHERE w.status = 'open'"
    group = f"{open_items} AND w.assignee_id IS NULL"
    branches, params = [f"({open_items} AND w.assignee_id = %s {page})"], [user.pk, *narrow, take]
    if posts := list(directory.posts_of(user, at)):
        branches.append(
            "(SELECT l.* FROM unnest(%s::uuid[]) AS k(posisi) CROSS JOIN LATERAL"  # noqa: S608 constants only
            f" ({group} AND w.candidate_posisi = k.posisi {page}) l)"
        )
        params += [posts, *narrow, take]
    roles = list(directory.roles_of(user, at))
    everywhere = {peran for peran, opd in roles if opd is None}
    if everywhere:
        branches.append(
            "(SELECT l.* FROM unnest(%s::text[]) AS k(peran) CROSS JOIN LATERAL"  # noqa: S608 constants only
            f" ({group} AND w.candidate_posisi IS NULL AND w.candidate_peran = k.peran {page}) l)"
        )
        params += [sorted(everywhere), *narrow, take]
    within = sorted({(peran, opd) for peran, opd in roles if opd is not None and peran not in everywhere}, key=str)
    if within:
        branches.append(
            "(SELECT l.* FROM unnest(%s::text[], %s::uuid[]) AS k(peran, opd) CROSS JOIN LATERAL"  # noqa: S608 constants only
            f" ({group} AND w.candidate_posisi IS NULL AND w.candidate_peran = k.peran AND w.opd = k.opd {page}) l)"
        )
        params += [[peran for peran, _opd in within], [opd for _peran, opd in within], *narrow, take]
    return " UNION ALL ".join(branches), params


def _narrowed(filters: Filters) -> tuple[str, list[Any]]:
    """Conditions of the filters, and their parameters."""
    conditions: list[tuple[str, list[Any]]] = []
    if filters.step:
        conditions.append(("w.step = %s", [filters.step]))
    if filters.process:
        conditions.append(
            (
                "EXISTS (SELECT 1 FROM workflow_processinstance q WHERE q.id = w.instance_id AND q.key = %s)",
                [filters.process],
            )
        )
    if filters.search:
        words = filters.search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(("(w.title ILIKE %s OR w.facts::text ILIKE %s)", [f"%{words}%"] * 2))
    if filters.opd is not None:
        conditions.append(("w.opd = %s", [filters.opd]))
    if filters.warning is not None:
        conditions.append(("w.warning = %s", [filters.warning]))
    if filters.returned:
        conditions.append(("w.round > 1", []))
    if filters.due_before is not None:
        conditions.append(("w.due_at < %s", [filters.due_before]))
    if filters.after is not None:
        due, pk = filters.after
        behind = "((w.due_at, w.id) > (%s, %s) OR w.due_at IS NULL)" if due else "w.due_at IS NULL AND w.id > %s"
        conditions.append((behind, [due, pk] if due else [pk]))
    return "".join(f" AND {text}" for text, _values in conditions), [
        value for _text, values in conditions for value in values
    ]


def _item(row: tuple[Any, ...]) -> WorkItem:
    """A work item and its instance from one joined row."""
    values = dict(zip(ITEM_COLUMNS, row[: len(ITEM_COLUMNS)], strict=True))
    values["facts"] = json.loads(values["facts"])
    item = WorkItem.from_db("default", ITEM_COLUMNS, list(values.values()))
    item.instance = ProcessInstance.from_db("default", INSTANCE_COLUMNS, row[len(ITEM_COLUMNS) :])
    return item
