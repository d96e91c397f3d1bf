"""Settings of this context (kinerja.md §9). Thresholds, matrices and percentages stand in rules/ instead."""

from __future__ import annotations

from backend.platform.settings import declare

GRUP = "Kinerja"


def declare_all() -> None:
    """Declare every setting once, from `apps.ready`."""
    for key, default, label, minimum, maksimum in (
        ("min_catatan", 10, "Panjang catatan paling sedikit (huruf)", 1, 200),
        ("min_alasan_beda", 20, "Panjang alasan bila rating berbeda (huruf)", 1, 500),
        ("bukti_maks_mb", 10, "Ukuran bukti dukung paling besar (MB)", 1, 50),
        ("bukti_maks_jumlah", 10, "Banyaknya bukti per baris paling besar", 1, 50),
        ("cap_capaian", 120, "Batas atas capaian yang dirata-ratakan (%)", 100, 200),
        ("buka_bulanan", 1, "Tanggal laporan bulanan dibuka", 1, 28),
        ("buka_desember", 15, "Tanggal laporan Desember dibuka", 1, 31),
        ("tenggat_bulanan", 10, "Tanggal tenggat laporan bulanan", 1, 28),
        ("tutup_bulanan", 25, "Tanggal laporan bulanan ditutup", 1, 28),
        ("pengingat_sebelum", 3, "Pengingat sebelum tenggat (hari)", 0, 15),
        ("pengingat_lewat", 1, "Kabar lewat tenggat (hari sesudahnya)", 0, 15),
        ("pengingat_daftar", 3, "Masuk daftar Admin OPD (hari sesudah tenggat)", 0, 15),
        ("eskalasi_ingat", 3, "Pengingat penilai (hari kerja)", 1, 20),
        ("eskalasi_atasan", 5, "Eskalasi ke atasan penilai (hari kerja)", 1, 30),
        ("batas_kembali_notis", 3, "Kabar ke atasan penilai pada pengembalian ke-", 1, 20),
    ):
        declare(key, default, label, kelompok=GRUP, minimum=minimum, maksimum=maksimum)
    for key, default, label in (
        ("wajib_faktor", True, "Faktor pendukung/penghambat dan RTL wajib"),
        ("wajib_keterangan_renaksi", True, "Keterangan renaksi wajib bila di bawah target"),
        ("rating_bulanan", True, "Rating diberikan setiap bulan"),
        ("plh_boleh_predikat", True, "Plh. boleh memberi rating"),
        ("bawahan_tidak_langsung", False, "Atasan melihat bawahan tidak langsung"),
    ):
        declare(key, default, label, kelompok=GRUP)
    declare("bukti_jenis", ["pdf", "jpg", "png", "docx", "xlsx"], "Jenis bukti dukung yang diterima", kelompok=GRUP)
    declare(
        "status_dikecualikan_skp", ["02", "03", "04", "13", "20"], "Kedudukan hukum yang tidak wajib melapor",
        "CLTN, tugas belajar, pemberhentian sementara, masa persiapan pensiun.", kelompok=GRUP,
    )  # fmt: skip
    declare("tempat_surat", "Kota Contoh", "Tempat pada tanda tangan surat", kelompok=GRUP)
    declare("label_pks", "PKS", "Sebutan langkah PKS", kelompok=GRUP)
