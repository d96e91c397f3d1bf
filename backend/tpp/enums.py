"""Choices of the TPP context. Values are stored; labels are shown (tpp.md §1–7)."""

from __future__ import annotations

from django.db.models import TextChoices


class Kriteria(TextChoices):
    """The six criteria of PP 12/2019 Pasal 58, in the order of the nominatif."""

    BK = "BK", "Beban kerja"
    PK = "PK", "Prestasi kerja"
    KK = "KK", "Kondisi kerja"
    TB = "TB", "Tempat bertugas"
    KP = "KP", "Kelangkaan profesi"
    OB = "OB", "Pertimbangan objektif lainnya"


class Run(TextChoices):
    BULANAN = "BULANAN", "Bulanan"
    THR = "THR", "THR"
    TPP13 = "TPP13", "Ketiga belas"
    SUSULAN = "SUSULAN", "Susulan"


# Runs that pay the pagu in full: no presensi, predikat, admin deduction, BPJS or zakat (tpp.md §6).
RUN_PENUH = frozenset({Run.THR, Run.TPP13})


class StatusPeriode(TextChoices):
    """States of a period (tpp.md §7). Only services that steps call write them."""

    DRAF = "DRAF", "Draf"
    DIBUKA = "DIBUKA", "Dibuka"
    DIHITUNG = "DIHITUNG", "Dihitung"
    SANGGAH = "SANGGAH", "Masa sanggah"
    KOREKSI = "KOREKSI", "Koreksi"
    SIAP_SETUJU = "SIAP_SETUJU", "Siap disetujui"
    VERIFIKASI = "VERIFIKASI", "Verifikasi BKPSDM"
    KEUANGAN = "KEUANGAN", "Keuangan"
    TERKUNCI = "TERKUNCI", "Terkunci"
    DIBAYAR = "DIBAYAR", "Dibayar"
    DITOLAK = "DITOLAK", "Ditolak"


TERKUNCI = (StatusPeriode.TERKUNCI, StatusPeriode.DIBAYAR)
DAPAT_DIHITUNG = (StatusPeriode.DIBUKA, StatusPeriode.DIHITUNG, StatusPeriode.KOREKSI)


class ModeBulat(TextChoices):
    """Named rounding of a trace row."""

    HU = "HU", "ke rupiah terdekat"
    DOWN = "DOWN", "ke bawah"
    TANPA = "-", "tanpa pembulatan"


class Tingkat(TextChoices):
    BLOKIR = "BLOKIR", "Menahan pembayaran"
    PERINGATAN = "PERINGATAN", "Peringatan"


class StatusSanggah(TextChoices):
    DIAJUKAN = "DIAJUKAN", "Diajukan"
    DITERIMA = "DITERIMA", "Diterima"
    DITOLAK = "DITOLAK", "Ditolak"


class JenisHarta(TextChoices):
    """The asset report a person owes."""

    TIDAK_WAJIB = "TIDAK_WAJIB", "Tidak wajib"
    LHKPN = "LHKPN", "LHKPN"
    LHKASN = "LHKASN", "LHKASN"
