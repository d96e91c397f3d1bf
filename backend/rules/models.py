"""Versions of rule tables. The database refuses overlapping validity and any change of what has ruled (migration 0002)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DecimalRangeField, RangeOperators
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from backend.rules.enums import StatusAturan, SumberAturan

if TYPE_CHECKING:
    from datetime import date


class RuleVersionQuerySet(models.QuerySet["RuleVersion"]):
    def visible_to(self, user: Any) -> RuleVersionQuerySet:
        """What rules or has ruled is for every user to read; drafts are for the pages of those who write them."""
        return self.exclude(status=StatusAturan.DRAFT) if getattr(user, "is_active", False) else self.none()

    def valid_on(self, pada: date) -> RuleVersionQuerySet:
        """Live versions whose validity includes a date."""
        open_end = Q(berlaku_sampai__isnull=True) | Q(berlaku_sampai__gte=pada)
        return self.filter(open_end, status=StatusAturan.LIVE, berlaku_mulai__lte=pada)

    def of(self, decision: str, aliran: str = "") -> RuleVersionQuerySet:
        """Every version of one table (of one stream), newest first."""
        return self.filter(decision=decision, aliran=aliran).order_by("-nomor")


class RuleVersion(models.Model):
    """One version of a rule table: a DMN file (`xml`), or a data table (`kolom`, with its rows in RuleDataRow).

    Both ends of the validity are included; no `berlaku_sampai` means until further notice. A version that has been used
    (`digunakan_sampai`: the latest date it was asked for by something kept) can only be ended, and not before that date.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    decision = models.CharField(max_length=100)
    aliran = models.CharField(max_length=50, blank=True, default="")  # stream; empty: the table knows no streams
    nomor = models.PositiveIntegerField(editable=False)  # 1, 2, 3 … within (decision, aliran)
    xml = models.TextField(blank=True, default="")
    kolom = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)  # datatable.Definition.to_json()
    kasus = models.TextField(blank=True, default="")  # the .cases.csv that publishing runs
    sha256 = models.CharField(max_length=64)
    dasar_hukum = models.TextField()
    berlaku_mulai = models.DateField()
    berlaku_sampai = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=StatusAturan.choices, default=StatusAturan.DRAFT)
    sumber = models.CharField(max_length=10, choices=SumberAturan.choices)
    digunakan_sampai = models.DateField(null=True, blank=True, editable=False)
    catatan = models.TextField(blank=True, default="")
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[Any] = RuleVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["decision", "aliran", "-nomor"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "aliran", "nomor"], name="rule_version_number"),
            models.CheckConstraint(
                condition=Q(kolom__isnull=True) & ~Q(xml="") | Q(kolom__isnull=False, xml=""),
                name="rule_version_is_dmn_or_data",
            ),
            models.CheckConstraint(
                condition=Q(berlaku_sampai__isnull=True) | Q(berlaku_sampai__gte=F("berlaku_mulai")),
                name="rule_version_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(berlaku_sampai__isnull=True)
                | Q(digunakan_sampai__isnull=True)
                | Q(berlaku_sampai__gte=F("digunakan_sampai")),
                name="rule_version_not_ended_before_its_use",
            ),
            models.CheckConstraint(condition=~Q(dasar_hukum=""), name="rule_version_has_dasar_hukum"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="rule_version_has_sha256"),
            models.CheckConstraint(condition=Q(status__in=StatusAturan.values), name="rule_version_status"),
            models.CheckConstraint(condition=Q(sumber__in=SumberAturan.values), name="rule_version_sumber"),
            models.CheckConstraint(
                condition=Q(digunakan_sampai__isnull=True) | ~Q(status=StatusAturan.DRAFT),
                name="rule_version_draft_is_unused",
            ),
            ExclusionConstraint(
                name="rule_versions_do_not_overlap",
                expressions=[
                    ("decision", RangeOperators.EQUAL),
                    ("aliran", RangeOperators.EQUAL),
                    (
                        Func(
                            "berlaku_mulai",
                            "berlaku_sampai",
                            models.Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status=StatusAturan.LIVE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kunci} v{self.nomor}"

    @property
    def kunci(self) -> str:
        """The name by which `decide` finds the table: the decision, with its stream where it has one."""
        return f"{self.decision}:{self.aliran}" if self.aliran else self.decision

    @property
    def digunakan(self) -> bool:
        """Has something kept been decided with this version? Then it can only be ended."""
        return self.digunakan_sampai is not None


class RuleDataRow(models.Model):
    """A row of a data table, ready to match: see `datatable.Row`. Written while its version is a draft, never after."""

    version = models.ForeignKey(RuleVersion, models.CASCADE, related_name="baris")
    urutan = models.PositiveIntegerField()
    kode = models.CharField(max_length=50)
    pola = models.PositiveSmallIntegerField()
    kunci = models.TextField()
    rentang = DecimalRangeField()
    nilai = models.JSONField(encoder=DjangoJSONEncoder)
    sel = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        ordering: ClassVar = ["version", "urutan"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "kode"], name="one_row_per_kode"),
            ExclusionConstraint(
                name="rule_rows_do_not_overlap",
                expressions=[
                    ("version", RangeOperators.EQUAL),
                    ("pola", RangeOperators.EQUAL),
                    ("kunci", RangeOperators.EQUAL),
                    ("rentang", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["version", "pola", "kunci"], name="rule_row_key")]

    def __str__(self) -> str:
        return self.kode
