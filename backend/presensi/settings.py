"""Settings of this context (presensi.md §2–9): windows, days and limits. Codes and percentages stand in rules/."""

from __future__ import annotations

from backend.platform.settings import declare
from backend.presensi.calculations import Batas

GRUP = "Presensi"


def declare_all() -> None:
    """Declare every setting once, from `apps.ready`. All of them are (default, configurable)."""
    for key, default, label, minimum, maksimum in (
        ("jendela_masuk_sebelum", Batas.masuk_sebelum, "Tap masuk diterima sebelum jam masuk (menit)", 0, 720),
        ("jendela_masuk_sesudah", Batas.masuk_sesudah, "Tap masuk diterima sesudah jam masuk (menit)", 0, 720),
        ("jendela_pulang_sebelum", Batas.pulang_sebelum, "Tap pulang diterima sebelum jam pulang (menit)", 0, 720),
        ("jendela_pulang_sesudah", Batas.pulang_sesudah, "Tap pulang diterima sesudah jam pulang (menit)", 0, 720),
        ("toleransi_menit", Batas.toleransi, "Toleransi terlambat dan pulang cepat (menit)", 0, 60),
        ("geofence_radius_m", 100, "Jarak terjauh dari lokasi absen gawai (meter)", 10, 5000),
        ("akurasi_maks_m", 50, "Ketelitian lokasi gawai paling kasar (meter)", 5, 500),
        ("tap_maju_menit", 5, "Jam mesin boleh lebih cepat (menit)", 0, 120),
        ("tap_umur_hari", 400, "Umur tap paling tua yang diterima (hari)", 1, 4000),
        ("batas_koreksi_tanggal", 3, "Tanggal terakhir koreksi bulan sebelumnya", 1, 28),
        ("koreksi_hari_kerja", 2, "Waktu atasan memutus koreksi (hari kerja)", 1, 20),
        ("koreksi_lupa_peringatan", 3, "Lupa tap sebulan yang ditandai bagi pemutus (kali, 0: tidak pernah)", 0, 31),
        ("surat_sakit_hari_kerja", 3, "Surat dokter diserahkan paling lambat (hari kerja sesudah masuk)", 0, 20),
        ("lepas_hari", 1, "Hari LEPAS sesudah jaga MALAM", 0, 3),
        ("menit_per_hari_tk", 450, "Menit kurang yang disamakan dengan satu hari tanpa keterangan", 1, 1440),
    ):
        declare(key, default, label, kelompok=GRUP, minimum=minimum, maksimum=maksimum)
    declare("konversi_menit_tk", False, "Menit kurang ikut dihitung dalam peringatan PP 94/2021", kelompok=GRUP)
    declare("pola_bawaan", "N5", "Pola jadwal pegawai tanpa penugasan", "Kode pola, misalnya N5.", kelompok=GRUP)
