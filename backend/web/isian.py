"""A process form as templates draw it: fields with value, error and anchor; rows with their facts.

Wraps `workflow.forms.BoundForm`, so that templates depend on one small shape and any form can be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

JENIS = {
    "textarea": "paragraf", "number": "angka", "integer": "bulat", "checkbox": "centang", "radio": "radio",
    "select": "pilihan", "date": "tanggal", "textfield": "teks",
}  # fmt: skip


@dataclass(frozen=True)
class Kolom:
    """One input: `nama` in the post, `id` in the page, `jalur` in error messages."""

    nama: str
    id: str
    jalur: str
    label: str
    nilai: str
    galat: str
    bantuan: str
    jenis: str
    pilihan: list[tuple[str, str]]
    wajib: bool
    maks: int | None

    @property
    def tercentang(self) -> bool:
        return self.nilai in ("true", "True", "1", "on")


@dataclass
class Baris:
    """One row of a group, with the facts of the step beside its fields."""

    grup: str
    id: str
    konteks: Any
    kolom: dict[str, Kolom]
    label: str = ""
    nomor: int = 0
    galat_bukti: str = ""
    ekstra: dict[str, Any] = field(default_factory=dict)

    @property
    def jangkar(self) -> str:
        return f"{self.grup}-{self.id}"

    def __getattr__(self, nama: str) -> Any:
        try:
            return self.__dict__["ekstra"][nama]
        except KeyError:
            raise AttributeError(nama) from None


@dataclass(frozen=True)
class Grup:
    nama: str
    label: str
    baris: list[Baris]


@dataclass(frozen=True)
class Galat:
    """One line of the error summary."""

    jangkar: str
    kalimat: str


@dataclass(frozen=True)
class Formulir:
    kolom: dict[str, Kolom]
    grup: dict[str, Grup]
    galat: list[Galat]


def jangkar(jalur: str) -> str:
    """Id of the input of an error path: `iki.42.nilai` → `iki-42-nilai`."""
    return jalur.replace(".", "-")


def per_rhk(baris: Iterable[Baris]) -> list[tuple[str, list[Baris]]]:
    """Rows under their RHK, in the order in which they come."""
    return [(rhk, list(isi)) for rhk, isi in groupby(baris, key=lambda satu: satu.konteks.rhk)]


def ganti_galat(formulir: Formulir, errors: Mapping[str, str]) -> Formulir:
    """The form with the messages of a refused domain call."""
    return formulir
