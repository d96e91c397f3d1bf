"""What the verbs share: saving with the audit of what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models

from backend.accounts.models import User
from backend.kepegawaian.errors import in_words
from backend.platform import audit

Row = TypeVar("Row", bound=models.Model)


def chain(row: models.Model) -> str:
    """Audit chain of a subject: `pegawai:<id>`, `unor:<id>`, `posisi:<id>`, …"""
    return f"{row._meta.model_name}:{row.pk}"


def create(
    row: Row, *, oleh: User | None, peristiwa: str, fields: Mapping[str, Any], alasan: str = "", **facts: Any
) -> Row:
    """Insert a row and write into the audit what it held; `facts` go into the audit beside the fields."""
    with in_words():
        row.save(force_insert=True)
        audit.record(chain(row), peristiwa, aktor=oleh, data={**audit.changes({}, fields), **facts}, alasan=alasan)
    row.refresh_from_db()
    return row


def change(
    row: Row, fields: Mapping[str, Any], *, oleh: User | None, peristiwa: str, alasan: str = "", **facts: Any
) -> Row:
    """Set fields and write into the audit those that differ; nothing differs: nothing is written."""
    differing = audit.changes({name: getattr(row, name) for name in fields}, fields)
    if not differing:
        return row
    for name in fields:
        setattr(row, name, fields[name])
    with in_words():
        row.save()
        audit.record(chain(row), peristiwa, aktor=oleh, data={**differing, **facts}, alasan=alasan)
    row.refresh_from_db()
    return row
