"""The shipped schedules as values, from the same file from which the migration makes rows."""

from __future__ import annotations

import json
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

from backend.presensi.calculations import Aturan, Jam, Pola
from backend.presensi.models import JadwalHari, JadwalPola, JadwalShift

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


def muat() -> None:
    """Make rows of the shipped schedules where there are none; the migration has done so in every real database."""
    if JadwalPola.objects.exists():
        return
    mulai = berlaku_mulai()
    for satu in data()["pola"]:
        pola = JadwalPola.objects.create(
            kode=satu["kode"], nama=satu["nama"], dasar_hukum=satu["dasar_hukum"], versi_ramadan=satu["versi_ramadan"],
            berlaku_mulai=mulai,
        )  # fmt: skip
        JadwalHari.objects.bulk_create(
            JadwalHari(pola=pola, hari=int(hari), masuk=masuk, pulang=pulang, istirahat_menit=istirahat)
            for hari, (masuk, pulang, istirahat) in satu["hari"].items()
        )
    JadwalShift.objects.bulk_create(
        JadwalShift(
            kode=satu["kode"],
            masuk=satu["masuk"],
            pulang=satu["pulang"],
            lintas_hari=satu["lintas_hari"],
            berlaku_mulai=mulai,
        )
        for satu in data()["shift"]
    )
