"""States and origins of a rule version."""

from __future__ import annotations

from django.db import models


class StatusAturan(models.TextChoices):
    """A version is written (draft), rules (live), or has been withdrawn (retired). An ended live version stays live."""

    DRAFT = "draft", "Draf"
    LIVE = "live", "Berlaku"
    RETIRED = "retired", "Arsip"


class SumberAturan(models.TextChoices):
    """Where a version was written."""

    FILE = "file", "Berkas"
    BROWSER = "browser", "Peramban"
