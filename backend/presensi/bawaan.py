"""The shipped schedules as values, from the same file from which the migration makes rows."""

from __future__ import annotations

import json
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

from backend.presensi.calculations import Aturan, Jam, Pola

FILE = Path(__file__).parent / "data" / "jadwal.json"


@cache
def data() -> dict[str, Any]:
    """The file as it is."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def berlaku_mulai() -> date:
    return date.fromisoformat(data()["berlaku_mulai"])


def aturan() -> Aturan:
    """The shipped schedules with the shipped limits."""
    pola = {
        satu["kode"]: Pola(
            satu["kode"],
            {int(hari): _jam(masuk, pulang) for hari, (masuk, pulang, _istirahat) in satu["hari"].items()},
            satu["versi_ramadan"],
        )
        for satu in data()["pola"]
    }
    return Aturan(pola, {satu["kode"]: _jam(satu["masuk"], satu["pulang"]) for satu in data()["shift"]})


def _jam(masuk: str, pulang: str) -> Jam:
    return Jam(time.fromisoformat(masuk), time.fromisoformat(pulang))
