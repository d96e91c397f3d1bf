"""What can be wrong with a rule or with the question put to it. Each message says where, and what was expected."""

from __future__ import annotations

from backend.core.errors import DomainError


class NoRuleMatched(DomainError):
    """Tabel "{tabel}" tidak mempunyai aturan untuk {masukan}. Admin proses perlu menambah aturan atau memperbaiki isiannya."""


class AmbiguousRule(DomainError):
    """Tabel "{tabel}" mempunyai lebih dari satu aturan ({aturan}) untuk {masukan}. Admin proses perlu memisahkan aturan itu."""


class InvalidCell(DomainError):
    """Tabel "{tabel}", aturan {nomor}, kolom "{kolom}": "{teks}" tidak dapat dibaca pada huruf ke-{posisi}; {harapan}."""


class UnknownInput(DomainError):
    """Masukan "{nama}" {sebab}. Tabel "{tabel}" memakai: {dikenal}."""


class WrongType(DomainError):
    """Masukan "{nama}" untuk tabel "{tabel}" berisi {isi}; seharusnya {jenis}."""


class UnknownDecision(DomainError):
    """Aturan "{nama}" tidak ditemukan. Yang ada: {dikenal}."""


class NoVersion(DomainError):
    """Aturan "{nama}" tidak mempunyai versi yang berlaku pada {pada}. Admin proses perlu menerbitkan versi untuk tanggal itu."""


class InvalidModel(DomainError):
    """Berkas ini bukan model DMN yang dapat dipakai: {sebab}."""


class RuleWithoutSource(DomainError):
    """Berkas "{berkas}" belum menyebut {isian}. Tambahkan "{isian}: …" pada deskripsi berkas, atau isiannya pada berkas JSON."""
