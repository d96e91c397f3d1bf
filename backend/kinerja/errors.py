"""Broken rules of the kinerja context, with the messages of kinerja.md §6.0 (`m` is their number).

A message that belongs to a field is the text of its class: `InvalidFields({"renaksi.7.keterangan": CatatanKurang.text()})`.
"""

from __future__ import annotations

from typing import Any

from backend.core.errors import DomainError, NotAllowed


class KinerjaError(DomainError):
    """Permintaan ini tidak dapat dijalankan."""

    @classmethod
    def text(cls, **params: Any) -> str:
        """The sentence of this rule, for use beside a field."""
        return cls.template().format_map(params)


class Wajib(KinerjaError):
    """Kolom ini wajib diisi."""

    m = "M01"


class TerlaluPendek(KinerjaError):
    """Isi minimal {n} karakter."""

    m = "M02"


class TerlaluPanjang(KinerjaError):
    """Isi maksimal {n} karakter."""

    m = "M03"


class BukanTargetBulat(KinerjaError):
    """Isi angka bulat antara 0 dan 100."""

    m = "M04"


class BukanAngka(KinerjaError):
    """Isi angka 0 atau lebih, paling banyak 4 angka di belakang koma."""

    m = "M05"


class MelebihiTarget(KinerjaError):
    """Realisasi lebih besar daripada target. Periksa kembali; Anda tetap dapat melanjutkan."""

    m = "M06"


class PenghambatWajib(KinerjaError):
    """Capaian di bawah 100%. Isi faktor penghambat dan rencana tindak lanjut."""

    m = "M07"


class PendukungWajib(KinerjaError):
    """Target tercapai. Isi faktor pendukung."""

    m = "M08"


class BuktiWajib(KinerjaError):
    """RHK "{rhk}" mempunyai realisasi tetapi belum ada bukti dukung."""

    m = "M09"


class BuktiTerlaluBanyak(KinerjaError):
    """Paling banyak {n} bukti dukung pada satu baris. Hapus satu bukti, lalu tambahkan lagi."""

    m = "M11"


class BuktiGanda(KinerjaError):
    """Berkas yang sama sudah diunggah pada RHK ini."""

    m = "M12"


class TautanTidakAman(KinerjaError):
    """Tautan harus diawali https://."""

    m = "M13"


class LangkahBelumLengkap(KinerjaError):
    """Selesaikan langkah {langkah} terlebih dahulu."""

    m = "M14"
    status = 409


class SudahDiajukan(KinerjaError):
    """Laporan ini sudah diajukan."""

    m = "M16"
    status = 409


class LaporanFinal(KinerjaError):
    """Laporan periode ini sudah final dan tidak dapat diubah."""

    m = "M17"
    status = 409


class PeriodeBelumBuka(KinerjaError):
    """Periode belum dibuka. Pengisian mulai {tanggal}."""

    m = "M18"
    status = 409


class PeriodeTutup(KinerjaError):
    """Periode sudah ditutup. Hubungi Admin OPD."""

    m = "M19"
    status = 409


class PenilaiBelumAda(KinerjaError):
    """Pejabat penilai belum ditetapkan. Admin OPD telah diberi tahu."""

    m = "M20"


class PenilaiDiriSendiri(KinerjaError):
    """Pejabat penilai tidak boleh sama dengan pegawai yang dinilai."""

    m = "M21"


class TidakDapatMenilai(KinerjaError):
    """{nama} tidak dapat menjadi pejabat penilai: pilih pegawai aktif lain, paling rendah pejabat pengawas."""

    m = "M20"


class TargetRenaksiBukan100(KinerjaError):
    """Jumlah target renaksi RHK "{rhk}" harus 100. Saat ini {n}."""

    m = "M22"


class IKIWajib(KinerjaError):
    """Setiap RHK harus mempunyai paling sedikit satu IKI."""

    m = "M23"


class RHKAtasanWajib(KinerjaError):
    """Pilih RHK pimpinan yang diintervensi."""

    m = "M24"


class RantaiMelingkar(KinerjaError):
    """Rantai RHK membentuk lingkaran. Pilih RHK pimpinan yang lain."""

    m = "M25"


class PerbaikanTanpaCatatan(KinerjaError):
    """Isi catatan perbaikan minimal {n} karakter."""

    m = "M27"


class KeputusanWajib(KinerjaError):
    """Pilih Setuju atau Perbaiki untuk setiap baris."""

    m = "M28"


class AlasanBedaWajib(KinerjaError):
    """Rating berbeda dari usulan. Isi alasan minimal {n} karakter."""

    m = "M29"


class AlasanPerilakuWajib(KinerjaError):
    """Rating perilaku di bawah ekspektasi. Isi alasan minimal {n} karakter."""

    m = "M29"


class TargetBulanTidakSama(KinerjaError):
    """Target bulanan berjumlah {n}; harus sama dengan target tahunan {t}."""

    m = "M33"


class RentangTerbalik(KinerjaError):
    """Target minimum tidak boleh lebih besar daripada target maksimum."""

    m = "M34"


class PernyataanWajib(KinerjaError):
    """Centang pernyataan sebelum mengajukan."""

    m = "M35"


class TargetNol(KinerjaError):
    """Target nol: capaian tidak dihitung."""

    m = "M37"


class BukanBulanUkur(KinerjaError):
    """Bukan bulan pengukuran."""

    m = "M38"


class PerubahanManualDitimpa(KinerjaError):
    """Perubahan manual pada PKS akan ditimpa. Lanjutkan?"""

    m = "M41"
    status = 409


class KeteranganWajib(KinerjaError):
    """Realisasi di bawah target. Isi keterangan minimal {n} karakter."""

    m = "M42"


class NotOwnLaporan(NotAllowed):
    """Hanya pegawai yang bersangkutan yang dapat mengisi laporan ini."""


class NotAtasan(NotAllowed):
    """Hanya atasan langsung atau penggantinya yang dapat memutuskan laporan ini."""


class NotTimPengelola(NotAllowed):
    """Hanya Tim Pengelola Kinerja pada OPD ini yang dapat mencatat keputusan pejabat."""


class NotAtasanPenilai(NotAllowed):
    """Hanya atasan dari pejabat penilai yang dapat mengambil alih pemeriksaan ini."""


class NotAdminBKPSDM(NotAllowed):
    """Hanya Admin BKPSDM yang dapat membuka kembali atau membatalkan laporan."""


class NotAdminOPD(NotAllowed):
    """Hanya Admin OPD atau Admin BKPSDM yang dapat menetapkan pejabat penilai."""


class BelumDapatDiambilAlih(KinerjaError):
    """Pemeriksaan ini baru dapat diambil alih setelah terbuka {hari} hari kerja."""

    status = 409


class LangkahSudahDisetujui(KinerjaError):
    """Langkah {langkah} sudah disetujui penilai dan tidak perlu diisi lagi."""

    status = 409


class BelumDiajukan(KinerjaError):
    """Laporan ini belum diajukan, sehingga belum dapat diperiksa."""

    status = 409


class TidakDapatDitarik(KinerjaError):
    """Laporan tidak dapat ditarik kembali karena penilai sudah mulai memeriksa. Minta penilai mengembalikannya."""

    status = 409


class LaporanBelumFinal(KinerjaError):
    """Hanya laporan yang sudah final yang dapat dibuka kembali."""

    status = 409


class AlasanTerlaluPendek(KinerjaError):
    """Isi alasan minimal {n} karakter."""

    m = "M02"


class BerkasKeputusanWajib(KinerjaError):
    """Pejabat penilai tidak memakai aplikasi ini. Catat keputusan tertulisnya bersama pindaian yang bertanda tangan."""


class SkpBelumBerlaku(KinerjaError):
    """Tidak ada SKP yang berlaku pada {tanggal}. Hubungi Admin OPD."""


class BarisTidakDikenal(KinerjaError):
    """Baris yang dikirim bukan bagian dari laporan ini. Muat ulang halaman."""

    status = 409


class TidakLayakMassal(KinerjaError):
    """Laporan ini mempunyai peringatan dan harus diperiksa satu per satu: {alasan}"""


class SkpTerpakai(KinerjaError):
    """SKP ini sudah mempunyai laporan, sehingga rencananya tidak dapat diganti. Gunakan perubahan SKP."""

    status = 409
