"""Errors of the domain: a class per broken rule, a stable code, an Indonesian sentence."""

from __future__ import annotations

import re
from typing import Any, ClassVar


def snake_case(name: str) -> str:
    """`NotAtasan` → `not_atasan`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class DomainError(Exception):
    """Permintaan ini tidak dapat dijalankan.

    The first paragraph of a subclass's docstring is the message shown to the user. It may hold
    `{placeholders}`, filled from the keyword arguments, which stay readable in `params`.
    `code` is the class name in snake_case unless the class says otherwise; `m` is the number of the
    message in kinerja.md §6.0 where it has one; `status` is the HTTP status of the answer.
    """

    code: ClassVar[str] = "domain_error"
    m: ClassVar[str] = ""
    status: ClassVar[int] = 422

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = snake_case(cls.__name__)

    def __init__(self, message: str | None = None, /, **params: Any) -> None:
        self.params = params
        self.message = message or self.template().format_map(params)
        super().__init__(self.message)

    @classmethod
    def template(cls) -> str:
        """The sentence of this class, with its placeholders unfilled."""
        paragraph = (cls.__doc__ or "").strip().split("\n\n", 1)[0]
        return " ".join(paragraph.split())

    def __str__(self) -> str:
        return self.message


class InvalidFields(DomainError):
    """Periksa kembali isian yang ditandai."""

    def __init__(self, errors: dict[str, str], /) -> None:
        """`errors`: field path → message. A path is `field` or `group.row id.field`."""
        super().__init__()
        self.errors = errors


class StaleTask(DomainError):
    """Tugas ini sudah diubah oleh {oleh} pukul {pukul}. Muat ulang halaman untuk melihat keadaan terakhir."""

    m = "M15"
    status = 409


class NotVisible(DomainError):
    """Data ini tidak ditemukan, atau Anda tidak berwenang melihatnya."""

    status = 404


class NotAllowed(DomainError):
    """Anda tidak berwenang melakukan tindakan ini."""

    status = 403
