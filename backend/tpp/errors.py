"""Broken rules of the TPP context, with the sentence that the user reads."""

from __future__ import annotations

from backend.core.errors import DomainError


class TahunBerjalanMissing(DomainError):
    """PPh bulan ini dihitung setahun (Pasal 17), tetapi data tahun berjalan pegawai belum ada. Bendahara perlu melengkapinya."""


class UnknownRun(DomainError):
    """Jenis perhitungan "{run}" tidak dikenal. Yang dikenal: {dikenal}."""


class PeriodeBelumUrut(DomainError):
    """{bulan} belum dapat dibuka: periode {sebelum} {opd} masih {status}. Selesaikan dan kunci dahulu bulan itu."""


class PeriodeSudahAda(DomainError):
    """Periode {periode} sudah dibuka. Lanjutkan periode yang ada."""


class PeriodeSalahStatus(DomainError):
    """Tindakan ini tidak dapat dijalankan: periode berstatus {status}. Muat ulang halaman untuk melihat keadaan terakhir."""

    status = 409


class PeriodeTerkunci(DomainError):
    """Periode ini sudah terkunci dan tidak dapat diubah lagi. Koreksi dibayar lewat periode susulan."""

    status = 409


class BelumDihitung(DomainError):
    """Periode ini belum mempunyai hasil. Hitung dahulu periode ini."""


class TanggalBukanAwalBulan(DomainError):
    """Bulan TPP ditulis sebagai tanggal 1 bulan itu."""


class AlasanWajib(DomainError):
    """Tuliskan alasannya, paling sedikit {minimum} huruf."""


class SanggahTerbuka(DomainError):
    """Masih ada {jumlah} sanggah yang belum diputus. Putuskan semuanya dahulu."""


class SanggahDitutup(DomainError):
    """Masa sanggah periode ini sudah berakhir."""


class SanggahSudahAda(DomainError):
    """Anda masih mempunyai sanggah yang belum diputus pada periode ini."""


class SusulanTanpaKunci(DomainError):
    """Susulan hanya untuk bulan yang sudah terkunci. Periode {bulan} belum terkunci."""


class DasarSusulanWajib(DomainError):
    """Susulan memerlukan alasan dan nomor dokumen dasarnya."""


class DrafWajibDisimulasikan(DomainError):
    """Versi {versi} belum pernah disimulasikan. Jalankan simulasi pada sedikitnya satu bulan yang terkunci sebelum menerbitkannya."""


class BukanDraf(DomainError):
    """Simulasi membandingkan draf dengan versi yang berlaku; {versi} bukan draf."""


class TidakAdaBulanTerkunci(DomainError):
    """Belum ada periode terkunci pada bulan dan lingkup yang dipilih, jadi tidak ada yang dapat dibandingkan."""


class PenyetujuHarusLain(DomainError):
    """Yang menerbitkan aturan harus orang lain dari yang menyimpan drafnya."""


class FaktaTidakDikenal(DomainError):
    """Fakta "{nama}" tidak dapat dikoreksi lewat susulan. Yang dapat: {dikenal}."""


class BukanSusulan(DomainError):
    """Koreksi fakta hanya untuk periode susulan."""


class AliranTidakAktif(DomainError):
    """Aliran {aliran} tidak berlaku pada {bulan}."""


class BukanHasilAnda(DomainError):
    """Sanggah hanya dapat diajukan atas hasil TPP Anda sendiri."""
