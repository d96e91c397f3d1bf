"""Worked cases in JSON, run through the production calculation (`manage.py check_cases`).

Each module beside this one knows one shape of file and offers

    recognises(data: dict) -> bool                  # by content, never by name
    check(data: dict) -> Iterator[CaseResult]       # raises InvalidCases when the file is not of its shape after all

Modules are found by themselves; a new shape is a new file here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from backend.core.errors import DomainError

LARGEST = 20 * 1024 * 1024

Check = Callable[[dict[str, Any]], Iterator["CaseResult"]]


class InvalidCases(DomainError):
    """Berkas kasus tidak dapat dipakai: {sebab}."""


@dataclass(frozen=True)
class CaseResult:
    """One case: what differs, as (step, expected, actual). No difference: equal."""

    id: str
    title: str
    differences: list[tuple[str, Any, Any]] = field(default_factory=list)


def load(path: Path) -> dict[str, Any]:
    """The object in a file; numbers as Decimal or int, never float. Raises InvalidCases."""
    try:
        if path.stat().st_size > LARGEST:
            raise InvalidCases(sebab=f"lebih besar dari {LARGEST // 1024 // 1024} MB")
        data = json.loads(path.read_bytes(), parse_float=Decimal, parse_constant=_refuse_constant)
    except OSError as error:
        raise InvalidCases(sebab=f"{path} tidak dapat dibuka ({error.strerror})") from None
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise InvalidCases(sebab=f"bukan JSON UTF-8 yang benar ({error})") from None
    if not isinstance(data, dict):
        raise InvalidCases(sebab='isi berkas harus satu objek JSON dengan daftar "kasus"')
    return data


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} bukan angka")


def cases_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The list `kasus`, each with id, masukan and harapan. Raises InvalidCases."""
    cases = data.get("kasus")
    if not isinstance(cases, list) or not cases:
        raise InvalidCases(sebab='daftar "kasus" tidak ada atau kosong')
    for number, case in enumerate(cases, 1):
        if not isinstance(case, dict):
            raise InvalidCases(sebab=f"kasus ke-{number} bukan objek")
        for name, kind in {"id": str, "masukan": dict, "harapan": dict}.items():
            if not isinstance(case.get(name), kind):
                raise InvalidCases(sebab=f'kasus ke-{number} tidak memuat "{name}" yang benar')
    return cases


def first_inputs(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`masukan` of the first case, or nothing: what `recognises` looks at."""
    cases = data.get("kasus")
    first = cases[0] if isinstance(cases, list) and cases else None
    inputs = first.get("masukan") if isinstance(first, dict) else None
    return inputs if isinstance(inputs, dict) else {}


def checker_for(data: dict[str, Any]) -> Check:
    """The module whose shape this is. Raises InvalidCases."""
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    found = next((module for module in modules if module.recognises(data)), None)
    if found is None:
        names = ", ".join(sorted(module.__name__.rpartition(".")[2] for module in modules))
        cases_of(data)
        raise InvalidCases(sebab=f"bentuknya tidak dikenali; yang dikenal: {names}")
    check: Check = found.check
    return check
