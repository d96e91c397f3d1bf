"""Verbs of kepegawaian. Every one is a transaction, audited, and refuses in words."""

from backend.kepegawaian.services.orang import (
    buat_akun,
    buat_delegasi,
    buat_pegawai,
    cabut_delegasi,
    cabut_peran,
    jawab_laporan_data,
    laporkan_data,
    tetapkan_peran,
    ubah_pegawai,
)
from backend.kepegawaian.services.organisasi import (
    buat_posisi,
    buat_unor,
    hapus_hari,
    nonaktifkan_unor,
    pulihkan_unor,
    tetapkan_hari,
    ubah_posisi,
    ubah_unor,
)
from backend.kepegawaian.services.riwayat import aktifkan_riwayat, batalkan, nonaktifkan, pindahkan, tambah_riwayat

__all__ = [
    "aktifkan_riwayat",
    "batalkan",
    "buat_akun",
    "buat_delegasi",
    "buat_pegawai",
    "buat_posisi",
    "buat_unor",
    "cabut_delegasi",
    "cabut_peran",
    "hapus_hari",
    "jawab_laporan_data",
    "laporkan_data",
    "nonaktifkan",
    "nonaktifkan_unor",
    "pindahkan",
    "pulihkan_unor",
    "tambah_riwayat",
    "tetapkan_hari",
    "tetapkan_peran",
    "ubah_pegawai",
    "ubah_posisi",
    "ubah_unor",
]
