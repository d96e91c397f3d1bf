"""States of the machinery's rows."""

from __future__ import annotations

from django.db import models


class StatusJob(models.TextChoices):
    ANTRI = "antri", "Antri"
    BERJALAN = "berjalan", "Berjalan"
    SELESAI = "selesai", "Selesai"
    GAGAL = "gagal", "Gagal"
    DIBATALKAN = "dibatalkan", "Dibatalkan"


OPEN_JOB = (StatusJob.ANTRI, StatusJob.BERJALAN)
