"""Machinery that every context stands on: settings, files, audit, outbox, jobs, notices. No domain knowledge."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backend.platform.enums import OPEN_JOB, StatusJob


class Setting(models.Model):
    """A setting whose value differs from its declared default. Read through `platform.settings.setting`."""

    key = models.CharField(primary_key=True, max_length=80)
    nilai = models.JSONField()
    diubah_pada = models.DateTimeField(db_default=Now(), editable=False)
    diubah_oleh = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        return self.key


class Berkas(models.Model):
    """An uploaded or produced file. A row exists only after its bytes are on disk and hashed (security.md 8)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64)
    ukuran = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=100)
    nama_asli = models.CharField(max_length=255)
    path = models.CharField(max_length=100, unique=True)  # below BERKAS_DIR; made of the id, never of a user's words
    pengunggah = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="berkas", db_index=False
    )
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sha256"], name="berkas_sha256")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="berkas_has_sha256"),
            models.CheckConstraint(condition=Q(ukuran__gt=0), name="berkas_not_empty"),
            models.CheckConstraint(condition=~Q(path="") & ~Q(nama_asli=""), name="berkas_has_path_and_name"),
        ]

    def __str__(self) -> str:
        return self.nama_asli


class AuditEvent(models.Model):
    """One thing that happened. Append-only, hash-chained per `chain`, partitioned by month (migration 0002).

    Writers give chain, waktu, aktor, aktor_nama, peristiwa, objek, data and alasan; the database itself fills seq,
    hash_sebelum and hash, so that raw SQL and COPY need no care. `(id, waktu)` is the key in the database.
    """

    id = models.BigAutoField(primary_key=True)
    chain = models.CharField(max_length=100)
    seq = models.BigIntegerField(editable=False)
    waktu = models.DateTimeField(db_default=Now())
    # No foreign key in the database: the log outlives what it speaks of, and its rows are the hottest inserts.
    aktor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    aktor_nama = models.CharField(max_length=200, db_default="")
    peristiwa = models.CharField(max_length=100)
    objek = models.CharField(max_length=200, db_default="")
    data = models.JSONField(encoder=DjangoJSONEncoder, db_default={})
    alasan = models.TextField(db_default="")
    hash_sebelum = models.CharField(max_length=64, editable=False)
    hash = models.CharField(max_length=64, editable=False)

    class Meta:
        ordering: ClassVar = ["chain", "seq"]
        indexes: ClassVar = [
            models.Index(fields=["chain", "seq"], name="audit_chain_seq"),
            models.Index(fields=["-waktu"], name="audit_waktu"),
            models.Index(fields=["aktor", "-waktu"], name="audit_aktor"),
        ]

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq} {self.peristiwa}"


class AuditHead(models.Model):
    """The last link of each chain. Its row lock puts the writers of one chain in order."""

    chain = models.CharField(primary_key=True, max_length=100)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq}"


class OutboxMessage(models.Model):
    """Work that must happen after its cause is committed. `key` makes enqueuing idempotent."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=80)
    payload = models.JSONField(encoder=DjangoJSONEncoder, db_default={})
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(db_default=0, default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)  # given up after the last attempt
    error = models.TextField(db_default="", default="", blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"], name="outbox_due", condition=Q(done_at__isnull=True, failed_at__isnull=True)
            ),
            models.Index(fields=["done_at"], name="outbox_done", condition=Q(done_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(failed_at__isnull=True), name="outbox_done_or_failed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> JobQuerySet:
        """The jobs this user started. Pages for whole-city roles read `Job.objects.all()`."""
        return self.filter(oleh=user)


class Job(models.Model):
    """Work of more than a second: progress, result and failure of one run. At most one open job per jenis and kunci."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    jenis = models.CharField(max_length=80)
    kunci = models.CharField(max_length=200)
    judul = models.CharField(max_length=200, blank=True, default="")
    parameter = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    status = models.CharField(max_length=12, choices=StatusJob.choices, default=StatusJob.ANTRI)
    total = models.PositiveIntegerField(null=True, blank=True)
    selesai = models.PositiveIntegerField(default=0)
    pesan = models.TextField(blank=True, default="")
    hasil = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    berkas = models.ForeignKey(Berkas, models.PROTECT, null=True, blank=True, related_name="+")
    oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    percobaan = models.PositiveSmallIntegerField(default=1)
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)
    dimulai_pada = models.DateTimeField(null=True, blank=True)
    berakhir_pada = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-dibuat_pada"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["jenis", "kunci"], condition=Q(status__in=OPEN_JOB), name="one_open_job_per_kunci"
            ),
            models.CheckConstraint(condition=Q(status__in=StatusJob.values), name="job_status_known"),
        ]

    def __str__(self) -> str:
        return self.judul or f"{self.jenis} {self.kunci}"

    @property
    def terbuka(self) -> bool:
        """Still waiting or running."""
        return self.status in OPEN_JOB

    @property
    def persen(self) -> int | None:
        """Progress in whole percent; None while the total is unknown."""
        return min(100, self.selesai * 100 // self.total) if self.total else None


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: Any) -> NoticeQuerySet:
        return self.filter(penerima=user)

    def belum_dibaca(self) -> NoticeQuerySet:
        return self.filter(dibaca_pada__isnull=True)


class Notice(models.Model):
    """A message to one user, in the application; an e-mail of the same words leaves through the outbox."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    penerima = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices", db_index=False)
    peristiwa = models.CharField(max_length=80)
    judul = models.CharField(max_length=200)
    isi = models.TextField(blank=True, default="")
    url = models.CharField(max_length=300, blank=True, default="")
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)
    dibaca_pada = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-dibuat_pada"]
        indexes: ClassVar = [
            models.Index(fields=["penerima", "-dibuat_pada"], name="notice_penerima"),
            models.Index(fields=["penerima"], name="notice_unread", condition=Q(dibaca_pada__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.judul


class Heartbeat(models.Model):
    """When a background worker last showed life (`/sehat/`)."""

    name = models.CharField(primary_key=True, max_length=40)
    pada = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
