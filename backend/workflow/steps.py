"""Registries through which the engine reaches the domain: steps, operators, lanes, dates, cards, people.

A domain package fills them in its `apps.ready` by importing its `steps` module (decision 7). A name is bound
once; a second binding is a programming error and raises at start-up.

    @step("isi_skp", rows=baris_skp)            userTask id   → fn(*, actor, ids, form) -> process data updates
    @operator("kinerja.kunci_laporan")          serviceTask   → fn(*, ids, params, actor) -> process data updates
    @lane("atasan")                             lane name     → fn(*, ids) -> Assignment
    @due("tinjau_skp")                          userTask id   → fn(*, ids, now) -> datetime | None
    @card("tinjau_skp")                         userTask id   → fn(*, ids) -> Card
    @opened("tinjau_skp")                       userTask id   → fn(*, item) once the item is committed (notices)

`ids` is the flat process data (read-only); `form` the cleaned form data. `actor` is the User, or None when a
timer or a worker runs the operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from backend.core.errors import DomainError

Ids = Mapping[str, Any]
Choices = Mapping[str, Any]
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Fn = TypeVar("Fn", bound=Callable[..., Any])


@dataclass(frozen=True)
class Assignment:
    """To whom a work item goes: one person, the holders of a post, or everyone with a role (within an OPD)."""

    user: Any = None  # primary key of a User
    posisi: UUID | None = None
    peran: str = ""
    opd: UUID | None = None


@dataclass(frozen=True)
class Card:
    """What a list shows of a work item: a title and three or four `(label, value)` facts."""

    title: str = ""
    facts: Sequence[tuple[str, str]] = ()
    warning: bool = False


@dataclass(frozen=True)
class Step:
    """A userTask of ours: the function that records its form, the form, and the rows the form repeats over."""

    id: str
    run: Callable[..., Choices | None]
    form: str = ""
    rows: Callable[..., Rows] | None = None


@dataclass(frozen=True)
class Operator:
    """A serviceTask of ours. `background`: leaves the machine or takes over 100 ms, so the outbox runs it."""

    name: str
    run: Callable[..., Choices | None]
    background: bool = False


class ProcessError(DomainError):
    """Langkah otomatis “{kode}” tidak dapat diselesaikan.

    Raised by an operator to leave by the boundary error event with this code; without one it reaches the caller
    (or, in the background, becomes an Incident).
    """

    def __init__(self, kode: str, message: str | None = None, /) -> None:
        super().__init__(message, kode=kode)
        self.kode = kode


class Directory(Protocol):
    """Who sits where, on a date. Implemented by kepegawaian."""

    def posts_of(self, user: Any, at: datetime) -> Sequence[UUID]:
        """Posts whose tasks `user` sees now: held, or covered as Plt/Plh."""

    def holders_of(self, posisi: UUID, at: datetime) -> Sequence[Any]:
        """Primary keys of the users who may act for the post."""

    def roles_of(self, user: Any, at: datetime) -> Sequence[tuple[str, UUID | None]]:
        """Roles with the OPD they are limited to; None: everywhere."""


class NoDirectory:
    """The directory before kepegawaian is loaded: nobody holds anything."""

    def posts_of(self, user: Any, at: datetime) -> Sequence[UUID]:
        return ()

    def holders_of(self, posisi: UUID, at: datetime) -> Sequence[Any]:
        return ()

    def roles_of(self, user: Any, at: datetime) -> Sequence[tuple[str, UUID | None]]:
        return ()


class AlreadyBound(Exception):
    """A name of a registry was bound twice."""


@dataclass
class Registry:
    """Everything bound so far. `isolated` lets tests bind names of their own and forget them."""

    steps: dict[str, Step] = field(default_factory=dict)
    operators: dict[str, Operator] = field(default_factory=dict)
    lanes: dict[str, Callable[..., Assignment]] = field(default_factory=dict)
    dues: dict[str, Callable[..., datetime | None]] = field(default_factory=dict)
    cards: dict[str, Callable[..., Card]] = field(default_factory=dict)
    opened: dict[str, Callable[..., None]] = field(default_factory=dict)
    directory: Directory = field(default_factory=NoDirectory)


registry = Registry()


def step(step_id: str, *, form: str | None = None, rows: Callable[..., Rows] | None = None) -> Callable[[Fn], Fn]:
    """Bind a userTask id. `form` defaults to the step's own id; `form=""` is a step without a form.

    `rows(*, ids, actor)` gives the rows of each group of the form, `{"renaksi": [{"id": …, "label": …}, …]}`.
    """

    def bind(fn: Fn) -> Fn:
        _bind(registry.steps, step_id, Step(step_id, fn, step_id if form is None else form, rows))
        return fn

    return bind


def operator(name: str, *, background: bool = False) -> Callable[[Fn], Fn]:
    """Bind a serviceTask operator, such as `kinerja.kunci_laporan`."""

    def bind(fn: Fn) -> Fn:
        _bind(registry.operators, name, Operator(name, fn, background))
        return fn

    return bind


def lane(name: str) -> Callable[[Fn], Fn]:
    """Bind a lane name (a role key of decisions.md) to the rule that finds the person, post or role."""
    return _binder(registry.lanes, name)


def due(step_id: str) -> Callable[[Fn], Fn]:
    """Bind the rule that says until when a work item of this step should be done."""
    return _binder(registry.dues, step_id)


def card(*step_ids: str) -> Callable[[Fn], Fn]:
    """Bind what lists show of work items of these steps."""

    def bind(fn: Fn) -> Fn:
        for step_id in step_ids:
            _bind(registry.cards, step_id, fn)
        return fn

    return bind


def opened(*step_ids: str) -> Callable[[Fn], Fn]:
    """Bind what happens, through the outbox, after a work item of these steps was opened: telling people, mostly."""

    def bind(fn: Fn) -> Fn:
        for step_id in step_ids:
            _bind(registry.opened, step_id, fn)
        return fn

    return bind


def set_directory(directory: Directory) -> None:
    """Called once by kepegawaian's `apps.ready`."""
    registry.directory = directory


def directory() -> Directory:
    return registry.directory


def _binder(table: dict[str, Any], name: str) -> Callable[[Fn], Fn]:
    def bind(fn: Fn) -> Fn:
        _bind(table, name, fn)
        return fn

    return bind


def _bind(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise AlreadyBound(f"{name} is bound twice")
    table[name] = value
