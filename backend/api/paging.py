"""Cursor paging: stable while rows are added, constant cost on every page."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


class Cursor(CursorPagination):
    """`?cursor=…&page_size=…` (at most 200); newest first unless the view orders otherwise."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-pk"
