"""Settings that officials may change on a page: labels, days, limits. Rates and matrices live in rules/, not here.

Each context declares its settings once, in `apps.ready`: `declare("min_catatan", 10, "Panjang catatan", "…")`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.platform import audit
from backend.platform.errors import SettingInvalid
from backend.platform.models import Setting

CACHE_SECONDS = 5
CHAIN = "pengaturan"


@dataclass(frozen=True)
class Declaration:
    """A setting as its context declares it. The type of `default` is the type of every value."""

    key: str
    default: Any
    label: str
    keterangan: str = ""
    kelompok: str = ""
    minimum: int | None = None
    maksimum: int | None = None
    pilihan: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Row:
    """A setting as a page shows it. `default`: nobody changed it."""

    declaration: Declaration
    nilai: Any
    default: bool


class _Values:
    """The changed values, read at most every few seconds in each process."""

    def __init__(self) -> None:
        self.rows: dict[str, Any] = {}
        self.read_at = float("-inf")

    def get(self) -> dict[str, Any]:
        if time.monotonic() - self.read_at > CACHE_SECONDS:
            self.rows = dict(Setting.objects.values_list("key", "nilai"))
            self.read_at = time.monotonic()
        return self.rows

    def forget(self) -> None:
        self.read_at = float("-inf")


_declared: dict[str, Declaration] = {}
_values = _Values()


class AlreadyDeclared(Exception):
    """A key was declared twice with different contents."""


def declare(key: str, default: Any, label: str, keterangan: str = "", **more: Any) -> None:
    """Declare a setting; `more`: kelompok, minimum, maksimum, pilihan."""
    declaration = Declaration(key, default, label, keterangan, **more)
    if _declared.setdefault(key, declaration) != declaration:
        raise AlreadyDeclared(key)


def setting(key: str) -> Any:
    """The value in force. KeyError for a key that nobody declared."""
    return _values.get().get(key, _declared[key].default)


def rows() -> list[Row]:
    """Every declared setting with its value, by group and label."""
    changed = _values.get()
    ordered = sorted(_declared.values(), key=lambda item: (item.kelompok, item.label))
    return [Row(item, changed.get(item.key, item.default), item.key not in changed) for item in ordered]


def row(key: str) -> Row:
    """One setting. KeyError for an unknown key."""
    changed, item = _values.get(), _declared[key]
    return Row(item, changed.get(key, item.default), key not in changed)


@transaction.atomic
def change(key: str, nilai: Any, *, oleh: Any, alasan: str = "") -> None:
    """Set a value, audited. Raises SettingInvalid; KeyError for an unknown key."""
    declaration = _declared[key]
    check(declaration, nilai)
    before = row(key).nilai
    Setting.objects.update_or_create(
        key=key, defaults={"nilai": nilai, "diubah_oleh": oleh, "diubah_pada": timezone.now()}
    )
    audit.record(
        CHAIN,
        "pengaturan_diubah",
        aktor=oleh,
        data={"key": key, "dari": before, "menjadi": nilai},
        alasan=alasan,
        objek=f"pengaturan:{key}",
    )
    _values.forget()
    transaction.on_commit(_values.forget)


@transaction.atomic
def reset(key: str, *, oleh: Any, alasan: str = "") -> None:
    """Go back to the declared default, audited."""
    declaration, before = _declared[key], row(key).nilai
    if Setting.objects.filter(key=key).delete()[0]:
        audit.record(
            CHAIN,
            "pengaturan_dikembalikan",
            aktor=oleh,
            data={"key": key, "dari": before, "menjadi": declaration.default},
            alasan=alasan,
            objek=f"pengaturan:{key}",
        )
    _values.forget()
    transaction.on_commit(_values.forget)


def forget_cache() -> None:
    """Read the values anew on the next use (tests that roll back, long-running commands)."""
    _values.forget()


def check(declaration: Declaration, nilai: Any) -> None:
    """Raises SettingInvalid when a value has not the type, range or choice that was declared."""
    if type(nilai) is not type(declaration.default):
        raise SettingInvalid(label=declaration.label, syarat="Jenis nilainya berbeda dari bawaan.")
    if declaration.pilihan and nilai not in {value for value, _ in declaration.pilihan}:
        raise SettingInvalid(label=declaration.label, syarat="Pilih salah satu nilai yang tersedia.")
    if isinstance(nilai, bool) or not isinstance(nilai, int):
        return
    if declaration.minimum is not None and nilai < declaration.minimum:
        raise SettingInvalid(label=declaration.label, syarat=f"Isi paling kecil {declaration.minimum}.")
    if declaration.maksimum is not None and nilai > declaration.maksimum:
        raise SettingInvalid(label=declaration.label, syarat=f"Isi paling besar {declaration.maksimum}.")
