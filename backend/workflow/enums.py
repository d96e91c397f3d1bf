"""States of the engine's rows."""

from __future__ import annotations

from django.db import models


class VersionState(models.TextChoices):
    DRAFT = "draft", "Draf"
    LIVE = "live", "Berlaku"
    RETIRED = "retired", "Arsip"


class InstanceStatus(models.TextChoices):
    RUNNING = "running", "Berjalan"
    SUSPENDED = "suspended", "Ditangguhkan"
    COMPLETED = "completed", "Selesai"
    CANCELLED = "cancelled", "Dibatalkan"


class ItemStatus(models.TextChoices):
    OPEN = "open", "Terbuka"
    DONE = "done", "Selesai"
    CANCELLED = "cancelled", "Dibatalkan"


class IncidentKind(models.TextChoices):
    COMMAND = "command", "Perintah pengguna"
    SERVICE = "service", "Layanan otomatis"
    TIMER = "timer", "Batas waktu"
    ROUNDS = "rounds", "Terlalu sering dikembalikan"
