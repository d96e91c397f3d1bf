"""Refusals of the machinery."""

from __future__ import annotations

from backend.core.errors import DomainError


class SettingInvalid(DomainError):
    """Nilai pengaturan “{label}” tidak sesuai. {syarat}"""


class FileTypeRefused(DomainError):
    """Jenis berkas tidak didukung. Gunakan {jenis}."""

    m = "M10"


class FileTooLarge(DomainError):
    """Ukuran berkas melebihi {n} MB."""

    m = "M11"
    status = 413


class FileEmpty(DomainError):
    """Berkas kosong. Pilih berkas lain."""


class FileMissing(DomainError):
    """Isi berkas tidak ditemukan di penyimpanan. Hubungi admin sistem."""

    status = 410


class JobCannotBeRetried(DomainError):
    """Pekerjaan ini {status}; hanya pekerjaan yang gagal atau dibatalkan yang dapat diulang."""

    status = 409
