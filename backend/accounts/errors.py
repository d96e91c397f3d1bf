"""Refusals about accounts."""

from __future__ import annotations

from backend.core.errors import DomainError


class AkunTidakAktif(DomainError):
    """Akun ini terkunci. Buka kuncinya lebih dahulu, lalu ulangi."""

    status = 409


class BukanAkunSendiri(DomainError):
    """Anda tidak dapat melakukan tindakan ini pada akun Anda sendiri. Minta admin lain melakukannya."""

    status = 403
