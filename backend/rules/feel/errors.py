"""What can go wrong before a FEEL text has a value."""

from __future__ import annotations

from backend.core.errors import DomainError


class FeelSyntaxError(DomainError):
    """Tulisan "{teks}" tidak dapat dibaca pada huruf ke-{posisi}: {harapan}."""

    def __init__(self, teks: str, posisi: int, harapan: str) -> None:
        super().__init__(teks=teks, posisi=posisi, harapan=harapan)


class TooMuchWork(DomainError):
    """Perhitungan aturan ini melebihi batas kerja. Sederhanakan ungkapan atau perkecil daftar yang dihitung."""
