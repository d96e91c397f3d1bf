"""Imports from a workbook that the import page offers. Each context registers its own in `apps.ready`:

imports.register(Impor("skp", "SKP: RHK, IKI, dan renaksi", "Satu berkas untuk banyak pegawai.", template, check, "impor_skp"))

What writes the rows is a job (`pekerjaan`): it gets `berkas` (id of the workbook) and the chosen `opsi` as parameters,
checks the workbook again and writes all rows or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol


class Kesalahan(Protocol):
    """One error of a dry run, at its place in the workbook."""

    @property
    def sheet(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def message(self) -> str: ...


class Laporan(Protocol):
    """The result of a dry run: what the workbook holds (label → number of rows), every error, and what to look at."""

    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def errors(self) -> Sequence[Kesalahan]: ...
    @property
    def notes(self) -> Sequence[Kesalahan]: ...


@dataclass(frozen=True)
class Impor:
    """One kind of import. `pekerjaan`: kind of the job that writes it; `opsi`: parameter → label of a tick box."""

    kunci: str
    judul: str
    guna: str
    template: Callable[[], bytes]
    check: Callable[[IO[bytes]], Laporan]
    pekerjaan: str
    opsi: Mapping[str, str] = field(default_factory=dict)


class AlreadyRegistered(Exception):
    """A kind of import was registered twice."""


_kinds: dict[str, Impor] = {}


def register(impor: Impor) -> None:
    """Offer a kind of import on the page."""
    if impor.kunci in _kinds:
        raise AlreadyRegistered(impor.kunci)
    _kinds[impor.kunci] = impor


def kinds() -> list[Impor]:
    """Every kind, in the order of registration."""
    return list(_kinds.values())


def get(kunci: str) -> Impor | None:
    return _kinds.get(kunci)
