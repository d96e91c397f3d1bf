"""Settings of this context: days and lengths. Rates, thresholds and switches stand in rules/ (tpp_bendera)."""

from __future__ import annotations

from backend.platform.settings import declare

GRUP = "TPP"


def declare_all() -> None:
    """Declare every setting once, from `apps.ready`."""
    for key, default, label, minimum, maksimum in (
        ("tpp_hari_sanggah", 3, "Masa sanggah (hari kerja)", 1, 20),
        ("tpp_ingat_setuju", 2, "Pengingat persetujuan dan verifikasi (hari kerja)", 1, 20),
        ("tpp_min_alasan", 10, "Panjang alasan paling sedikit (huruf)", 1, 200),
        ("tpp_periksa_min_orang", 3, "Halaman periksa surat menyebut jumlah mulai dari (pegawai)", 1, 50),
    ):
        declare(key, default, label, kelompok=GRUP, minimum=minimum, maksimum=maksimum)
    declare("tpp_wajib_simulasi", True, "Draf aturan TPP harus disimulasikan sebelum diterbitkan", kelompok=GRUP)
