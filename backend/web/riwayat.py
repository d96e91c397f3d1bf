"""The history of a case in words, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.platform.models import AuditEvent
from backend.workflow.enums import ItemStatus
from backend.workflow.models import ProcessInstance, WorkItem


@dataclass(frozen=True)
class Kejadian:
    """One line of the timeline."""

    waktu: datetime
    siapa: str
    judul: str
    nada: str
    ikon: str
    kutipan: str = ""


# Events of the audit that a reader wants to see beside the steps; all others repeat what a step already says.
PERISTIWA: dict[str, tuple[str, str, str]] = {
    "laporan.diajukan": ("Diajukan untuk diperiksa", "ok", "send"),
    "laporan.dikembalikan": ("Dikembalikan untuk diperbaiki", "warn", "undo-2"),
    "laporan.ditarik": ("Ditarik kembali oleh pegawai", "warn", "undo-2"),
    "laporan.final": ("Laporan final", "ok", "circle-check"),
    "laporan.dibuka_kembali": ("Laporan dibuka kembali", "warn", "lock-open"),
    "laporan.dibatalkan": ("Laporan dibatalkan", "bad", "x"),
    "laporan.penilai_ditetapkan": ("Pejabat penilai ditetapkan", "ok", "user-check"),
    "laporan.keputusan_dicatat": ("Keputusan tertulis pejabat dicatat", "info", "stamp"),
    "tugas_dialihkan": ("Tugas dialihkan", "warn", "user-cog"),
    "tugas_didelegasikan": ("Tugas didelegasikan", "info", "user-cog"),
    "tugas_diambil": ("Tugas diambil", "", "hand"),
    "proses_ditarik": ("Ditarik kembali", "warn", "undo-2"),
    "proses_dibuka_kembali": ("Dibuka kembali", "warn", "lock-open"),
    "proses_ditangguhkan": ("Ditangguhkan", "warn", "pause"),
    "proses_dilanjutkan": ("Dilanjutkan", "info", "play"),
    "proses_dibatalkan": ("Proses dibatalkan", "bad", "x"),
}


HASIL = {"disetujui": ("disetujui", "ok", "circle-check"), "dikembalikan": ("dikembalikan", "warn", "undo-2")}


def susun(instance: ProcessInstance, items: Sequence[WorkItem], audit: Iterable[AuditEvent]) -> list[Kejadian]:
    """Steps that were done, open ones, and the events worth a line, newest first; at one moment in their own order."""
    baris = [Kejadian(instance.started_at, str(instance.started_by or "Sistem"), "Proses dibuka", "", "calendar")]
    baris += [_langkah(item) for item in items if item.status == ItemStatus.DONE and item.done_at]
    baris += [_peristiwa(event) for event in audit if event.peristiwa in PERISTIWA]
    baris += [
        Kejadian(item.created_at, "Sistem", f"Menunggu: {item.name}", "warn", "hourglass")
        for item in items
        if item.is_open
    ]
    return sorted(baris, key=lambda satu: satu.waktu)[::-1]


def _langkah(item: WorkItem) -> Kejadian:
    lama = lama_kata(item.created_at, item.done_at) if item.done_at else ""
    oleh = f"{item.done_by or 'Sistem'}{f' · {lama}' if lama else ''}"
    kata, nada, ikon = HASIL.get(item.outcome, ("selesai", "ok", "check"))
    return Kejadian(item.done_at or item.created_at, oleh, f"{item.name}: {kata}", nada, ikon)


def _peristiwa(event: AuditEvent) -> Kejadian:
    judul, nada, ikon = PERISTIWA[event.peristiwa]
    kutipan = event.alasan or str(event.data.get("catatan") or "")
    return Kejadian(event.waktu, event.aktor_nama or "Sistem", judul, nada, ikon, kutipan)


def lama_kata(dari: datetime, sampai: datetime) -> str:
    """How long a step lay open: `2 hari`, `3 jam`, `12 menit`; empty below a minute."""
    menit = int((sampai - dari).total_seconds() // 60)
    if menit >= 2880:
        return f"{menit // 1440} hari"
    if menit >= 120:
        return f"{menit // 60} jam"
    return f"{menit} menit" if menit else ""
