"""Choices of the kinerja context. Values are stored; labels are shown (kinerja.md §3, §5)."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices


class JenisPeriode(TextChoices):
    BULANAN = "bulanan", "Bulanan"
    TRIWULANAN = "triwulanan", "Triwulanan"
    TAHUNAN = "tahunan", "Tahunan"


class StatusPeriode(TextChoices):
    TERJADWAL = "terjadwal", "Terjadwal"
    BUKA = "buka", "Buka"
    LEWAT_TENGGAT = "lewat_tenggat", "Lewat Tenggat"
    TUTUP = "tutup", "Tutup"


class JenisFormat(TextChoices):
    JPT = "jpt", "JPT dan Pimpinan Unit Kerja Mandiri"
    JA_JF = "ja_jf", "Jabatan Administrasi dan Jabatan Fungsional"


class Pendekatan(TextChoices):
    KUANTITATIF = "kuantitatif", "Kuantitatif"
    KUALITATIF = "kualitatif", "Kualitatif"


class StatusSKP(TextChoices):
    DRAF = "draf", "Draf"
    DIAJUKAN = "diajukan", "Diajukan"
    DISEPAKATI = "disepakati", "Disepakati"
    DIREVIU = "direviu", "Direviu"
    DIKEMBALIKAN = "dikembalikan", "Dikembalikan"
    DISETUJUI = "disetujui", "Disetujui"
    BERLAKU = "berlaku", "Berlaku"
    DIUBAH = "diubah", "Diubah"
    DITUTUP = "ditutup", "Ditutup"


class Klasifikasi(TextChoices):
    UTAMA = "utama", "Utama"
    TAMBAHAN = "tambahan", "Tambahan"


class Kategori(TextChoices):
    INDIVIDU = "individu", "Individu"
    TEMATIK = "tematik", "Tematik"
    INOVASI = "inovasi", "Inovasi"


class StatusInovasi(TextChoices):
    DIUSULKAN = "diusulkan", "Diusulkan"
    LOLOS = "lolos", "Lolos"
    DITOLAK = "ditolak", "Ditolak"


class Intervensi(TextChoices):
    LANGSUNG = "langsung", "Langsung"
    TIDAK_LANGSUNG = "tidak_langsung", "Tidak Langsung"


class Perspektif(TextChoices):
    PENERIMA_LAYANAN = "penerima_layanan", "Penerima Layanan"
    PROSES_BISNIS = "proses_bisnis", "Proses Bisnis"
    PENGUATAN_INTERNAL = "penguatan_internal", "Penguatan Internal"
    ANGGARAN = "anggaran", "Anggaran"


class StatusRHK(TextChoices):
    DRAF = "draf", "Draf"
    PENGAJUAN = "pengajuan", "Pengajuan"
    DISETUJUI = "disetujui", "Disetujui"
    DITOLAK = "ditolak", "Ditolak"


class Aspek(TextChoices):
    KUANTITAS = "kuantitas", "Kuantitas"
    KUALITAS = "kualitas", "Kualitas"
    WAKTU = "waktu", "Waktu"
    BIAYA = "biaya", "Biaya"


class Arah(TextChoices):
    NAIK = "naik", "Makin tinggi makin baik"
    TURUN = "turun", "Makin rendah makin baik"
    TETAP = "tetap", "Harus tepat"
    RENTANG = "rentang", "Dalam rentang"


class PolaUkur(TextChoices):
    HITUNGAN = "hitungan", "Hitungan (dijumlahkan)"
    POSISI = "posisi", "Posisi (keadaan terakhir)"
    RILIS = "rilis", "Rilis (terbit sekali)"


class Langkah(TextChoices):
    """The three steps of a laporan, in the order in which they are filled and approved (I1)."""

    RENAKSI = "renaksi", "Renaksi"
    SKP = "skp", "SKP"
    PKS = "pks", "PKS"


class StatusLangkah(TextChoices):
    KOSONG = "kosong", "Belum"
    DRAF = "draf", "Draf"
    LENGKAP = "lengkap", "Lengkap"
    DISETUJUI = "disetujui", "Disetujui"
    DIKEMBALIKAN = "dikembalikan", "Dikembalikan"
    PERLU_DIPERIKSA = "perlu_diperiksa", "Perlu Diperiksa"


class StatusLaporan(TextChoices):
    """States of a monthly laporan (kinerja.md §3.5)."""

    BELUM_BUKA = "belum_buka", "Belum Buka"
    DRAF_RENAKSI = "draf_renaksi", "Mengisi Renaksi"
    DRAF_SKP = "draf_skp", "Mengisi SKP"
    DRAF_PKS = "draf_pks", "Mengisi PKS"
    DIAJUKAN = "diajukan", "Diajukan"
    VALIDASI_RENAKSI = "validasi_renaksi", "Pemeriksaan Renaksi"
    VALIDASI_SKP = "validasi_skp", "Pemeriksaan SKP"
    VALIDASI_PKS = "validasi_pks", "Pemeriksaan PKS"
    DIKEMBALIKAN = "dikembalikan", "Dikembalikan"
    FINAL = "final", "Final"
    DIBATALKAN = "dibatalkan", "Dibatalkan"


class CapaianKualitatif(TextChoices):
    TERCAPAI = "tercapai", "Tercapai"
    SEBAGIAN = "sebagian", "Tercapai Sebagian"
    BELUM_TERCAPAI = "belum_tercapai", "Belum Tercapai"


class Keputusan(TextChoices):
    SETUJU = "setuju", "Setuju"
    PERBAIKI = "perbaiki", "Perbaiki"


class Rating(TextChoices):
    DI_ATAS = "di_atas", "Di Atas Ekspektasi"
    SESUAI = "sesuai", "Sesuai Ekspektasi"
    DI_BAWAH = "di_bawah", "Di Bawah Ekspektasi"


class Predikat(TextChoices):
    SANGAT_BAIK = "sangat_baik", "Sangat Baik"
    BAIK = "baik", "Baik"
    BUTUH_PERBAIKAN = "butuh_perbaikan", "Butuh Perbaikan"
    KURANG = "kurang", "Kurang/Misconduct"
    SANGAT_KURANG = "sangat_kurang", "Sangat Kurang"


class PredikatOrganisasi(TextChoices):
    ISTIMEWA = "istimewa", "Istimewa"
    BAIK = "baik", "Baik"
    BUTUH_PERBAIKAN = "butuh_perbaikan", "Butuh Perbaikan"
    KURANG = "kurang", "Kurang"
    SANGAT_KURANG = "sangat_kurang", "Sangat Kurang"


class StatusCapaianOrganisasi(TextChoices):
    USULAN = "usulan", "Usulan"
    DITETAPKAN = "ditetapkan", "Ditetapkan"
    DIBUKA_KEMBALI = "dibuka_kembali", "Dibuka Kembali"


class StatusPredikat(TextChoices):
    KOSONG = "kosong", "Belum Ada"
    SEMENTARA = "sementara", "Sementara"
    TETAP = "tetap", "Tetap"


class JenisBukti(TextChoices):
    FILE = "file", "Berkas"
    URL = "url", "Tautan"


class SumberUmpanBalik(TextChoices):
    PIMPINAN = "pimpinan", "Pimpinan"
    REKAN = "rekan", "Rekan"
    BAWAHAN = "bawahan", "Bawahan"
    LAIN = "lain", "Lain"


class JenisDokumen(TextChoices):
    D15 = "d15", "Evaluasi Kinerja Periodik"
    D18 = "d18", "Dokumen Evaluasi Kinerja Pegawai"


class NilaiPerilaku(TextChoices):
    """Core values of ASN, BerAKHLAK (kinerja.md §5)."""

    BERORIENTASI_PELAYANAN = "berorientasi_pelayanan", "Berorientasi Pelayanan"
    AKUNTABEL = "akuntabel", "Akuntabel"
    KOMPETEN = "kompeten", "Kompeten"
    HARMONIS = "harmonis", "Harmonis"
    LOYAL = "loyal", "Loyal"
    ADAPTIF = "adaptif", "Adaptif"
    KOLABORATIF = "kolaboratif", "Kolaboratif"


class Bulan(IntegerChoices):
    JANUARI = 1, "Januari"
    FEBRUARI = 2, "Februari"
    MARET = 3, "Maret"
    APRIL = 4, "April"
    MEI = 5, "Mei"
    JUNI = 6, "Juni"
    JULI = 7, "Juli"
    AGUSTUS = 8, "Agustus"
    SEPTEMBER = 9, "September"
    OKTOBER = 10, "Oktober"
    NOVEMBER = 11, "November"
    DESEMBER = 12, "Desember"


PANDUAN_PERILAKU: dict[str, tuple[str, str, str]] = {
    NilaiPerilaku.BERORIENTASI_PELAYANAN: (
        "Memahami dan memenuhi kebutuhan masyarakat",
        "Ramah, cekatan, solutif, dan dapat diandalkan",
        "Melakukan perbaikan tiada henti",
    ),
    NilaiPerilaku.AKUNTABEL: (
        "Melaksanakan tugas dengan jujur, bertanggung jawab, cermat, disiplin, dan berintegritas tinggi",
        "Menggunakan kekayaan dan barang milik negara secara bertanggung jawab, efektif, dan efisien",
        "Tidak menyalahgunakan kewenangan jabatan",
    ),
    NilaiPerilaku.KOMPETEN: (
        "Meningkatkan kompetensi diri untuk menjawab tantangan yang selalu berubah",
        "Membantu orang lain belajar",
        "Melaksanakan tugas dengan kualitas terbaik",
    ),
    NilaiPerilaku.HARMONIS: (
        "Menghargai setiap orang apa pun latar belakangnya",
        "Suka menolong orang lain",
        "Membangun lingkungan kerja yang kondusif",
    ),
    NilaiPerilaku.LOYAL: (
        "Memegang teguh ideologi Pancasila, UUD Negara Republik Indonesia Tahun 1945, setia kepada NKRI serta "
        "pemerintahan yang sah",
        "Menjaga nama baik sesama ASN, pimpinan, instansi, dan negara",
        "Menjaga rahasia jabatan dan negara",
    ),
    NilaiPerilaku.ADAPTIF: (
        "Cepat menyesuaikan diri menghadapi perubahan",
        "Terus berinovasi dan mengembangkan kreativitas",
        "Bertindak proaktif",
    ),
    NilaiPerilaku.KOLABORATIF: (
        "Memberi kesempatan kepada berbagai pihak untuk berkontribusi",
        "Terbuka dalam bekerja sama untuk menghasilkan nilai tambah",
        "Menggerakkan pemanfaatan berbagai sumber daya untuk tujuan bersama",
    ),
}
