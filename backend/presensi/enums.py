"""Code lists of attendance (presensi.md §2, §5, §8)."""

from __future__ import annotations

from django.db import models


class SumberTap(models.TextChoices):
    MESIN = "MESIN", "Mesin"
    MOBILE = "MOBILE", "Gawai"
    IMPOR = "IMPOR", "Impor berkas"


class AlasanKarantina(models.TextChoices):
    """Why a tap was not taken in."""

    GANDA = "GANDA", "Sudah ada"
    JAM_SALAH = "JAM_SALAH", "Jam mesin tidak masuk akal"
    PIN_TIDAK_DIKENAL = "PIN_TIDAK_DIKENAL", "PIN tidak dikenal"
    TIDAK_TERBACA = "TIDAK_TERBACA", "Baris tidak terbaca"


class KodeShift(models.TextChoices):
    PAGI = "PAGI", "Pagi"
    SIANG = "SIANG", "Siang"
    MALAM = "MALAM", "Malam"
    LEPAS = "LEPAS", "Lepas jaga"
    OFF = "OFF", "Libur jaga"


class JenisTidakHadir(models.TextChoices):
    CUTI_TAHUNAN = "CUTI_TAHUNAN", "Cuti tahunan"
    CUTI_BESAR = "CUTI_BESAR", "Cuti besar"
    CUTI_BESAR_HAJI = "CUTI_BESAR_HAJI", "Cuti besar untuk haji"
    CUTI_SAKIT = "CUTI_SAKIT", "Cuti sakit"
    CUTI_MELAHIRKAN = "CUTI_MELAHIRKAN", "Cuti melahirkan"
    CUTI_ALASAN_PENTING = "CUTI_ALASAN_PENTING", "Cuti karena alasan penting"
    TUGAS_BELAJAR = "TUGAS_BELAJAR", "Tugas belajar"
    DINAS_LUAR = "DINAS_LUAR", "Dinas luar"
    TUGAS = "TUGAS", "Tugas"
    DIKLAT = "DIKLAT", "Diklat"
    SAKIT = "SAKIT", "Sakit"


CUTI = (
    JenisTidakHadir.CUTI_TAHUNAN,
    JenisTidakHadir.CUTI_BESAR,
    JenisTidakHadir.CUTI_BESAR_HAJI,
    JenisTidakHadir.CUTI_SAKIT,
    JenisTidakHadir.CUTI_MELAHIRKAN,
    JenisTidakHadir.CUTI_ALASAN_PENTING,
)
DINAS = (JenisTidakHadir.DINAS_LUAR, JenisTidakHadir.TUGAS, JenisTidakHadir.DIKLAT)


class Bagian(models.TextChoices):
    """Which part of a day a dinas luar takes."""

    PENUH = "PENUH", "Sehari penuh"
    PAGI = "PAGI", "Pagi (sisi masuk)"
    SIANG = "SIANG", "Siang (sisi pulang)"


class StatusPengajuan(models.TextChoices):
    """States of a leave row and of a correction."""

    DRAF = "DRAF", "Draf"
    DIAJUKAN = "DIAJUKAN", "Diajukan"
    DISETUJUI = "DISETUJUI", "Disetujui"
    DITOLAK = "DITOLAK", "Ditolak"
    DIBATALKAN = "DIBATALKAN", "Dibatalkan"


HIDUP = (StatusPengajuan.DIAJUKAN, StatusPengajuan.DISETUJUI)
TERBUKA = (StatusPengajuan.DRAF, StatusPengajuan.DIAJUKAN)


class JenisKoreksi(models.TextChoices):
    LUPA_MASUK = "LUPA_MASUK", "Lupa tap masuk"
    LUPA_PULANG = "LUPA_PULANG", "Lupa tap pulang"
    GANGGUAN_MESIN = "GANGGUAN_MESIN", "Gangguan mesin"
    UBAH_STATUS = "UBAH_STATUS", "Ubah status hari"
    UBAH_JADWAL = "UBAH_JADWAL", "Ubah jadwal jaga"


LUPA = (JenisKoreksi.LUPA_MASUK, JenisKoreksi.LUPA_PULANG)


class SisiKoreksi(models.TextChoices):
    MASUK = "MASUK", "Masuk"
    PULANG = "PULANG", "Pulang"
    KEDUA = "KEDUA", "Masuk dan pulang"


class StatusHari(models.TextChoices):
    """Status of one person on one day; the order is that of presensi.md §5, first match wins."""

    LIBUR = "LIBUR", "Libur"
    LEPAS = "LEPAS", "Lepas jaga"
    OFF = "OFF", "Libur jaga"
    CUTI = "CUTI", "Cuti"
    TUGAS_BELAJAR = "TUGAS_BELAJAR", "Tugas belajar"
    DL = "DL", "Dinas luar"
    SAKIT = "SAKIT", "Sakit"
    TANPA_JADWAL = "TANPA_JADWAL", "Tanpa jadwal"
    BELUM = "BELUM", "Belum"
    HADIR = "HADIR", "Hadir"
    TK = "TK", "Tanpa keterangan"


BUKAN_HARI_KERJA = (StatusHari.LIBUR, StatusHari.LEPAS, StatusHari.OFF)
HARI_MASUK = (StatusHari.HADIR, StatusHari.DL)


class Penanda(models.TextChoices):
    """Marks beside the codes of a day."""

    LUPA_MASUK = "LUPA_MASUK", "Lupa tap masuk"
    LUPA_PULANG = "LUPA_PULANG", "Lupa tap pulang"
    DL_PAGI = "DL_PAGI", "Dinas luar pagi"
    DL_SIANG = "DL_SIANG", "Dinas luar siang"


class StatusSegel(models.TextChoices):
    TERBUKA = "TERBUKA", "Terbuka"
    DIAJUKAN = "DIAJUKAN", "Diajukan"
    DISEGEL = "DISEGEL", "Disegel"


class JenisPeringatan(models.TextChoices):
    AMBANG = "AMBANG", "Ambang tercapai"
    MENDEKATI = "MENDEKATI", "Satu hari lagi"
    BERTURUT = "BERTURUT", "Terus-menerus"


SHIFT = "SHIFT"  # the pola of people who work by roster
