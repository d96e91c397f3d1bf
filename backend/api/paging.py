"""Cursor paging: stable while rows are added, constant cost on every page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.utils.urls import replace_query_param

from backend.accounts.models import User
from backend.workflow import inbox
from backend.workflow.models import WorkItem


class Cursor(CursorPagination):
    """`?cursor=…&page_size=…` (at most 200). A view says its order in `ordering`: names of columns that are never null."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    invalid_cursor_message = "Kursor halaman ini tidak dikenal; mulai lagi dari halaman pertama."

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError):
            raise NotFound(self.invalid_cursor_message) from None  # it stands on a value that this column cannot have

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        return tuple(view.ordering)


class InboxCursor(Cursor):
    """Pages of the caller's inbox, forward only: the query of the pages, whose cost does not grow with what waits."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        size = self.get_page_size(request) or self.page_size
        filters = inbox.Filters(after=self.position(request.query_params.get(self.cursor_query_param, "")))
        items = inbox.inbox(request.user, timezone.now(), limit=size + 1, filters=filters)
        self.request, self.more, self.shown = request, len(items) > size, items[:size]
        _name_claimers(self.shown)
        return self.shown

    def position(self, cursor: str) -> tuple[datetime | None, UUID] | None:
        """Deadline and id that a cursor holds. Raises NotFound."""
        if not cursor:
            return None
        try:
            due, pk = json.loads(urlsafe_b64decode(cursor.encode()))
            return datetime.fromisoformat(due) if due else None, UUID(pk)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise NotFound(self.invalid_cursor_message) from None

    def get_next_link(self) -> str | None:
        if not self.more:
            return None
        last = self.shown[-1]
        held = json.dumps([last.due_at and last.due_at.isoformat(), str(last.pk)])
        cursor = urlsafe_b64encode(held.encode()).decode()
        return str(replace_query_param(self.request.build_absolute_uri(), self.cursor_query_param, cursor))

    def get_previous_link(self) -> None:
        return None


def _name_claimers(items: list[WorkItem]) -> None:
    """Put the users who work on the items beside them, with one query."""
    claimers = User.objects.in_bulk({item.claimed_by_id for item in items if item.claimed_by_id})
    for item in items:
        if item.claimed_by_id:
            item.claimed_by = claimers[item.claimed_by_id]
