"""Errors of the engine."""

from __future__ import annotations

from backend.core.errors import DomainError


class UnknownProcess(DomainError):
    """Proses “{key}” belum diterbitkan. Hubungi admin proses."""


class NotRunning(DomainError):
    """Proses ini sudah {status}, sehingga tugas tidak dapat dilanjutkan. Hubungi admin proses bila perlu dibuka kembali."""

    status = 409


class NotOpen(DomainError):
    """Tugas ini sudah tidak terbuka. Muat ulang halaman untuk melihat keadaan terakhir."""

    status = 409


class ClaimedByOther(DomainError):
    """Tugas ini sedang dikerjakan {oleh}. Tunggu sampai dilepas, atau minta admin mengalihkannya."""

    status = 409


class NothingBefore(DomainError):
    """Tidak ada langkah sebelumnya yang dapat dibuka kembali dari sini."""

    status = 409


class StepNeverReached(DomainError):
    """Langkah “{step}” belum pernah dikerjakan pada proses ini, sehingga tidak dapat dibuka kembali."""

    status = 409


class ReasonRequired(DomainError):
    """Tuliskan alasan tindakan ini."""


class NobodyWaits(DomainError):
    """Tidak ada proses yang menunggu pesan “{message}” untuk {business_key}."""

    status = 409


class InvalidProcess(DomainError):
    """Berkas proses tidak dapat dijalankan: {problem}."""


class InvalidProcessData(DomainError):
    """Data proses “{key}” tidak dapat disimpan: {problem}."""


class MissingProcessData(DomainError):
    """“{nama}” tidak ada dalam data proses (ekspresi: {ekspresi})."""


class UncomparableData(DomainError):
    """Ekspresi “{ekspresi}” membandingkan nilai yang tidak sejenis."""


class ScriptRefused(DomainError):
    """Ekspresi “{ekspresi}” ditolak: {problem}."""


class InvalidTimer(DomainError):
    """Waktu “{waktu}” tidak dapat dipakai: {problem}. Tulis misalnya {contoh}; hubungi admin proses bila Anda tidak menulisnya."""


class TooManyRepeats(DomainError):
    """Tugas “{step}” akan berulang {banyak} kali, lebih dari {batas} yang diizinkan. Hubungi admin proses."""


class InstanceTooLarge(DomainError):
    """Proses ini akan memuat {banyak} tugas sekaligus, lebih dari {batas} yang diizinkan. Hubungi admin proses."""


class UnboundStep(DomainError):
    """Langkah “{step}” tidak terhubung ke fungsi aplikasi. Hubungi admin proses."""


class UnboundOperator(DomainError):
    """Layanan “{operator}” tidak terhubung ke fungsi aplikasi. Hubungi admin proses."""


class UnboundLane(DomainError):
    """Peran “{lane}” pada proses tidak dikenal. Hubungi admin proses."""


class NeverSettles(DomainError):
    """Proses berputar tanpa tugas, pesan, atau waktu tunggu. Hubungi admin proses."""


class ProcessFailed(DomainError):
    """Terjadi gangguan pada proses (nomor {incident}). Isian Anda tidak hilang; coba lagi atau hubungi admin proses."""

    status = 500


class CannotClone(DomainError):
    """Proses ini tidak dapat dimulai secara massal: {problem}."""


class CannotMigrate(DomainError):
    """Proses ini tidak dapat dipindah ke versi lain: {problem}."""

    status = 409
