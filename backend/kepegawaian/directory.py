"""The engine's view of the organisation (decision 7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kepegawaian import queries


class Organisasi:
    """Implements `workflow.steps.Directory`."""

    def posts_of(self, user: Any, at: datetime) -> Sequence[UUID]:
        return queries.posisi_ids(user, queries.tanggal_dari(at))

    def holders_of(self, posisi: UUID, at: datetime) -> Sequence[Any]:
        return [who.user_id for who in queries.pemegang(posisi, queries.tanggal_dari(at)) if who.user_id]

    def roles_of(self, user: Any, at: datetime) -> Sequence[tuple[str, UUID | None]]:
        return queries.roles_of(user, queries.tanggal_dari(at))
