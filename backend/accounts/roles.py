"""Names of roles. Who holds one, and over which OPD, is a matter of kepegawaian (decisions, Roles)."""

from __future__ import annotations

from django.db import models


class Peran(models.TextChoices):
    """Keys are also the lane names in BPMN."""

    ASN = "asn", "ASN"
    ATASAN = "atasan", "Atasan"
    ATASAN_PENILAI = "atasan_penilai", "Atasan penilai"
    REVIEWER = "reviewer", "Reviewer"
    TIM_PENGELOLA = "tim_pengelola", "Tim Pengelola Kinerja"
    ADMIN_OPD = "admin_opd", "Admin OPD"
    TU = "tu", "Tata Usaha"
    KEPALA_OPD = "kepala_opd", "Kepala OPD"
    BKPSDM = "bkpsdm", "Admin BKPSDM"
    KEPALA_BKPSDM = "kepala_bkpsdm", "Kepala BKPSDM"
    BENDAHARA = "bendahara", "Bendahara"
    BENDAHARA_OPD = "bendahara_opd", "Bendahara OPD"
    PPK = "ppk", "Pejabat Pembina Kepegawaian"
    ADMIN_PROSES = "admin_proses", "Admin Proses"
    AUDITOR = "auditor", "Auditor"


# Granted for one OPD (and what lies below it) / for the whole city / never granted, only derived from positions.
PERAN_OPD = frozenset({Peran.REVIEWER, Peran.TIM_PENGELOLA, Peran.ADMIN_OPD, Peran.TU, Peran.BENDAHARA_OPD})
PERAN_KOTA = frozenset({Peran.BKPSDM, Peran.BENDAHARA, Peran.PPK, Peran.ADMIN_PROSES, Peran.AUDITOR})
PERAN_TURUNAN = frozenset({Peran.ASN, Peran.ATASAN, Peran.ATASAN_PENILAI, Peran.KEPALA_OPD, Peran.KEPALA_BKPSDM})
PERAN_DIBERIKAN = PERAN_OPD | PERAN_KOTA
