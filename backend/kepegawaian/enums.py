"""Code lists of personnel records; stored values follow BKN SIASN where it has one (simpeg.md §3)."""

from __future__ import annotations

from django.db import models


class JenisUnor(models.TextChoices):
    KOTA = "kota", "Pemerintah Kota"
    SEKRETARIAT_DAERAH = "setda", "Sekretariat Daerah"
    SEKRETARIAT_DPRD = "setwan", "Sekretariat DPRD"
    INSPEKTORAT = "inspektorat", "Inspektorat"
    DINAS = "dinas", "Dinas"
    BADAN = "badan", "Badan"
    SATUAN = "satuan", "Satuan"
    RUMAH_SAKIT = "rsud", "Rumah sakit"
    KECAMATAN = "kecamatan", "Kecamatan"
    KELURAHAN = "kelurahan", "Kelurahan"
    PUSKESMAS = "puskesmas", "Puskesmas"
    SEKOLAH = "sekolah", "Sekolah"
    UPT = "upt", "Unit pelaksana teknis"
    BAGIAN = "bagian", "Bagian"
    BIDANG = "bidang", "Bidang"
    SEKRETARIAT = "sekretariat", "Sekretariat"
    SUBUNIT = "subunit", "Subbagian, seksi, atau sub-unit lain"


class JenisJabatan(models.TextChoices):
    JPT = "jpt", "Jabatan pimpinan tinggi"
    JA = "ja", "Jabatan administrator atau pengawas"
    JF = "jf", "Jabatan fungsional"
    PELAKSANA = "pelaksana", "Pelaksana"
    PEJABAT_NEGARA = "negara", "Pejabat negara"


class Eselon(models.TextChoices):
    """BKN codes of the eselon list."""

    I_A = "11", "I.a"
    I_B = "12", "I.b"
    II_A = "21", "II.a"
    II_B = "22", "II.b"
    III_A = "31", "III.a"
    III_B = "32", "III.b"
    IV_A = "41", "IV.a"
    IV_B = "42", "IV.b"
    V_A = "51", "V.a"
    V_B = "52", "V.b"


# Pejabat pengawas is eselon IV; a pejabat penilai stands at least there (PP 30/2019 Pasal 1 angka 15).
ESELON_PENILAI = (
    Eselon.I_A,
    Eselon.I_B,
    Eselon.II_A,
    Eselon.II_B,
    Eselon.III_A,
    Eselon.III_B,
    Eselon.IV_A,
    Eselon.IV_B,
)


class Jenjang(models.TextChoices):
    """Levels of functional positions, BKN codes."""

    PM = "PM", "Pemula"
    TR = "TR", "Terampil"
    MH = "MH", "Mahir"
    PY = "PY", "Penyelia"
    PT = "PT", "Ahli Pertama"
    MU = "MU", "Ahli Muda"
    MA = "MA", "Ahli Madya"
    UT = "UT", "Ahli Utama"


class StatusASN(models.TextChoices):
    PNS = "PNS", "PNS"
    CPNS = "CPNS", "CPNS"
    PPPK = "PPPK", "PPPK"
    PPPK_PW = "PPPK_PW", "PPPK Paruh Waktu"


class JenisKelamin(models.TextChoices):
    PRIA = "L", "Laki-laki"
    WANITA = "P", "Perempuan"


class JenisPenugasan(models.TextChoices):
    D = "D", "Definitif"
    PLT = "PLT", "Plt."
    PLH = "PLH", "Plh."
    PJ = "PJ", "Pj."
    TT = "TT", "Tugas tambahan"


# Who acts for a post without, or in the absence of, its holder; in the order in which he is asked.
PENGGANTI = (JenisPenugasan.PLT, JenisPenugasan.PJ, JenisPenugasan.PLH)


class JenisMutasi(models.TextChoices):
    MJ = "MJ", "Mutasi jabatan"
    MU = "MU", "Mutasi unit organisasi"


class StatusRiwayat(models.TextChoices):
    AKTIF = "AKTIF", "Aktif"
    NONAKTIF = "NONAKTIF", "Tidak aktif"
    BATAL = "BATAL", "Batal"


class StatusLaporanData(models.TextChoices):
    BARU = "baru", "Menunggu jawaban"
    DIPERBAIKI = "diperbaiki", "Sudah diperbaiki"
    DITOLAK = "ditolak", "Data sudah benar"


class KedudukanHukum(models.TextChoices):
    """BKN list kedudukanHukum; labels as BKN writes them."""

    AKTIF = "01", "Aktif"
    CLTN = "02", "CLTN"
    TUGAS_BELAJAR = "03", "Tugas Belajar"
    BERHENTI_SEMENTARA = "04", "Pemberhentian Sementara"
    UANG_TUNGGU = "05", "Penerima Uang Tunggu"
    PRAJURIT_WAJIB = "06", "Prajurit Wajib"
    PEJABAT_NEGARA = "07", "Pejabat Negara"
    KEPALA_DESA = "08", "Kepala Desa"
    BANDING_BAPEK = "09", "Sedang dlm Proses Banding BAPEK"
    TITIPAN = "11", "Pegawai Titipan"
    PENGUNGSI = "12", "Pengungsi"
    PERPANJANGAN_CLTN = "13", "Perpanjangan CLTN"
    HILANG = "14", "PNS yang dinyatakan hilang"
    HUKUMAN_DISIPLIN = "15", "PNS kena hukuman disiplin"
    PENURUNAN_JABATAN = "16", "Pemindahan dalam rangka penurunan Jabatan"
    MPP = "20", "Masa Persiapan Pensiun"
    CPNS_TANPA_SK = "51", "CPNS yang belum menerima SK CPNS"
    TIDAK_AKTIF = "52", "Tidak Aktif"
    DIBERHENTIKAN = "66", "Diberhentikan"
    PUNAH = "67", "Punah"
    EKS_TIMOR_TIMUR = "68", "Eks PNS Timor Timur"
    TMS_PENGADAAN = "69", "TMS Dari Pengadaan"
    PEMBATALAN_NIP = "70", "Pembatalan NIP"
    BERHENTI_TANPA_HAK = "77", "Pemberhentian tanpa hak pensiun"
    BERHENTI_DENGAN_HAK = "88", "Pemberhentian dengan hak pensiun"
    DIUSULKAN_PENSIUN = "89", "Tidak aktif tetapi diusulkan Pensiun"
    TIDAK_PUPNS = "90", "Tidak Ikut PUPNS 2015"
    PIDANA = "91", "Tindak Pidana/ Tindak Pidana Jabatan"
    PEMBLOKIRAN = "92", "Pemblokiran Data PNS"
    MENCAPAI_BUP = "98", "Mencapai BUP"
    PENSIUN = "99", "Pensiun"


# In service (simpeg.md §8); the setting `kedudukan_aktif` may change the list.
KEDUDUKAN_AKTIF = (
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "07",
    "08",
    "09",
    "11",
    "13",
    "14",
    "15",
    "16",
    "20",
    "88",
    "89",
    "98",
)


class CaraPenilai(models.TextChoices):
    """How a penilai was found (kinerja.md §2.4)."""

    OVERRIDE = "override", "Ditetapkan admin"
    DELEGASI = "delegasi", "Surat delegasi"
    DEFINITIF = "definitif", "Atasan definitif"
    PLT = "plt", "Plt. atasan"
    PJ = "pj", "Pj. atasan"
    PLH = "plh", "Plh. atasan"


class AlasanKosong(models.TextChoices):
    """Why nobody was found; the label says so to an Admin OPD."""

    TANPA_RIWAYAT = "tanpa_riwayat", "Pegawai tidak mempunyai riwayat jabatan definitif yang aktif pada tanggal ini."
    TANPA_ATASAN = "tanpa_atasan", "Riwayat jabatannya tidak mencatat atasan."
    KOSONG = "kosong", "Posisi atasannya kosong dan tidak ada Plt. atau Plh."
    TIDAK_SAH = "tidak_sah", "Yang menduduki posisi atasannya tidak dapat menjadi pejabat penilai."


class JenisLibur(models.TextChoices):
    """Kinds of a day off in the calendar (presensi.md §2)."""

    LIBUR_NASIONAL = "LIBUR_NASIONAL", "Libur nasional"
    CUTI_BERSAMA = "CUTI_BERSAMA", "Cuti bersama"
    LIBUR_DAERAH = "LIBUR_DAERAH", "Libur daerah"


class JenisApel(models.TextChoices):
    """Kinds of roll call; a missed one of each costs differently (rules/absen_potongan.dmn)."""

    SENIN = "SENIN", "Apel Senin"
    LAIN = "LAIN", "Apel lain"
    UPACARA = "UPACARA", "Upacara"
