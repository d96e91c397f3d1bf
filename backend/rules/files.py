"""Rule tables as files: a DMN table in `<name>.dmn`, a data table in `<name>.json` (columns, source) and `<name>.csv` (rows).

Beside both stand the examples, `<name>.cases.csv`. The name of the file is the name of the decision. The source and the
start of validity are `Dasar hukum:` and `Berlaku mulai:` in the description of a DMN file, `dasar_hukum` and
`berlaku_mulai` in the JSON of a data table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from backend.rules.datatable import DataTable, Definition, InvalidTableDefinition, load_csv
from backend.rules.errors import RuleWithoutSource
from backend.rules.model import Model, load

DMN, DATA = ".dmn", ".json"
_LABEL = r"^\s*{}\s*:\s*(.+?)\s*$"


@dataclass(frozen=True)
class RuleFile:
    """A table read from its files. `xml` is empty for a data table; `source` holds what the file says of itself."""

    path: Path
    content: Model | DataTable
    xml: str
    kasus: str
    source: Mapping[str, str]

    @property
    def nama(self) -> str:
        return self.path.stem

    @property
    def dasar_hukum(self) -> str:
        """Raises RuleWithoutSource."""
        return self._said("Dasar hukum")

    @property
    def berlaku_mulai(self) -> date:
        """Raises RuleWithoutSource."""
        try:
            return date.fromisoformat(self._said("Berlaku mulai"))
        except ValueError:
            raise RuleWithoutSource(berkas=self.path.name, isian="Berlaku mulai") from None

    def _said(self, label: str) -> str:
        found = self.source.get(label, "")
        if not found:
            raise RuleWithoutSource(berkas=self.path.name, isian=label)
        return found


def shipped(folder: Path) -> list[Path]:
    """The file of each table of a folder, by name."""
    return sorted([*folder.glob(f"*{DMN}"), *folder.glob(f"*{DATA}")], key=lambda path: path.stem)


def read(path: Path) -> RuleFile:
    """A table from its `.dmn` or `.json`. Raises UnsafeXml, BrokenXml, InvalidModel, InvalidTableDefinition, InvalidDataRows."""
    examples = path.with_suffix(".cases.csv")
    kasus = examples.read_text(encoding="utf-8") if examples.is_file() else ""
    if path.suffix == DATA:
        table, source = _data(path)
        return RuleFile(path, table, "", kasus, source)
    xml = path.read_text(encoding="utf-8")
    model = load(xml.encode())
    return RuleFile(path, model, xml, kasus, _labels(model.description))


def _labels(described: str) -> dict[str, str]:
    found = {
        label: re.search(_LABEL.format(label), described, re.MULTILINE | re.IGNORECASE)
        for label in ("Dasar hukum", "Berlaku mulai")
    }
    return {label: match[1] for label, match in found.items() if match}


def _data(path: Path) -> tuple[DataTable, dict[str, str]]:
    rows = path.with_suffix(".csv")
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidTableDefinition(masalah=f"{path.name} bukan JSON yang benar ({error})") from None
    if not isinstance(data, dict):
        raise InvalidTableDefinition(masalah=f"{path.name} harus sebuah objek")
    if not rows.is_file():
        raise InvalidTableDefinition(masalah=f"berkas baris {rows.name} tidak ada")
    table = load_csv(rows.read_text(encoding="utf-8"), Definition.from_json(path.stem, data))
    labels = {"Dasar hukum": "dasar_hukum", "Berlaku mulai": "berlaku_mulai"}
    return table, {label: str(data.get(key) or "").strip() for label, key in labels.items()}
