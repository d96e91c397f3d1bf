from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from backend.kepegawaian.models import Referensi

ATTRIBUTES = "atribut"
FIELDS = ["label", "kelompok", "aktif", "atribut"]


class Command(BaseCommand):
    """Load the reference lists of BKN from a folder of JSON files (decision 11). A second run updates."""

    help = "Memuat daftar referensi BKN (berkas JSON) dari sebuah folder; dijalankan ulang berarti diperbarui."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    @transaction.atomic
    def handle(self, *, folder: Path, **_options: Any) -> None:
        lists = {path.stem: _load(path) for path in sorted(folder.glob("*.json"))}
        if not lists:
            raise CommandError(f"Tidak ada berkas JSON di {folder}.")
        attributes: dict[str, dict[str, dict[str, Any]]] = lists.pop(ATTRIBUTES, {})
        rows = [row for name, content in lists.items() for row in _rows(name, content, attributes.get(name, {}))]
        Referensi.objects.bulk_create(
            rows, batch_size=1000, update_conflicts=True, unique_fields=["daftar", "kode"], update_fields=FIELDS
        )
        self.stdout.write(f"{len(rows)} baris dari {len(lists)} daftar.")


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path.name} tidak dapat dibaca sebagai JSON.") from error


def _rows(daftar: str, content: Any, attributes: dict[str, dict[str, Any]]) -> Iterator[Referensi]:
    """`{code: label}` or a list of objects with id and nama."""
    if isinstance(content, dict):
        for kode, label in content.items():
            yield Referensi(daftar=daftar, kode=kode, label=label, atribut=attributes.get(kode, {}))
        return
    for entry in content:
        rest = {key: value for key, value in entry.items() if key not in {"id", "nama", "kelompok", "aktif"}}
        yield Referensi(
            daftar=daftar, kode=entry["id"], label=entry["nama"], kelompok=entry.get("kelompok", ""),
            aktif=entry.get("aktif", True), atribut=rest,
        )  # fmt: skip
