"""Rows of the engine (architecture §4). The hot ones are written by `rows.py` in raw SQL, all are read by the ORM."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from backend.workflow import steps
from backend.workflow.enums import IncidentKind, InstanceStatus, ItemStatus, VersionState

WATCHERS = frozenset({"admin_proses", "auditor"})  # roles that may see every instance


class ProcessDefinition(models.Model):
    """One version of a process: its BPMN and the forms, rules and called processes it uses. Immutable once live."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True, default="")
    bpmn = models.TextField()
    files = models.JSONField(default=dict, blank=True)  # {"processes/x.bpmn" | "forms/x.json" | "rules/x.dmn": text}
    sha256 = models.CharField(max_length=64)
    file_sha256 = models.CharField(max_length=64, blank=True, default="")  # of the file it came from; "": the browser
    state = models.CharField(max_length=8, choices=VersionState.choices, default=VersionState.DRAFT)
    lint = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["key", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "version"], name="one_definition_per_version"),
            models.UniqueConstraint(fields=["key"], condition=Q(state="live"), name="one_live_definition_per_key"),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="definition_state_known"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="definition_published_when_not_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"


class ProcessInstanceQuerySet(models.QuerySet["ProcessInstance"]):
    def visible_to(self, user: Any, at: datetime | None = None) -> ProcessInstanceQuerySet:
        """Instances the user started or has (had) a task in; every instance for admin_proses and auditor."""
        roles = {peran for peran, _opd in steps.directory().roles_of(user, at or timezone.now())}
        if roles & WATCHERS:
            return self
        mine = WorkItem.objects.visible_to(user, at).order_by().values("instance_id")
        return self.filter(Q(started_by=user) | Q(id__in=mine))

    def of(self, subject_type: str, subject_id: Any) -> ProcessInstanceQuerySet:
        """Instances about one subject."""
        return self.filter(subject_type=subject_type, subject_id=str(subject_id))


class ProcessInstance(models.Model):
    """One running or finished process. `state` is the engine's own, by reference to the definition (state.py)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    definition = models.ForeignKey(ProcessDefinition, models.PROTECT, related_name="instances", db_index=False)
    key = models.CharField(max_length=100)
    subject_type = models.CharField(max_length=60, blank=True, default="")
    subject_id = models.CharField(max_length=60, blank=True, default="")
    business_key = models.CharField(max_length=120, blank=True, default="")
    title = models.CharField(max_length=200, blank=True, default="")
    opd = models.UUIDField(null=True, blank=True)
    state = models.BinaryField()
    rev = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=10, choices=InstanceStatus.choices, default=InstanceStatus.RUNNING)
    started_at = models.DateTimeField(db_default=Now())
    suspended_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    objects = ProcessInstanceQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_type", "subject_id"], name="instance_subject"),
            models.Index(fields=["business_key"], name="instance_business_key", condition=~Q(business_key="")),
            models.Index(fields=["definition", "status"], name="instance_definition"),
            models.Index(
                fields=["key", "started_at"], name="instance_active", condition=Q(status__in=("running", "suspended"))
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=InstanceStatus.values), name="instance_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=("running", "suspended"), ended_at__isnull=True)
                | Q(status__in=("completed", "cancelled"), ended_at__isnull=False),
                name="instance_ended_when_over",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.key} {self.id}"


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    def open(self) -> WorkItemQuerySet:
        return self.filter(status=ItemStatus.OPEN)

    def for_user(self, user: Any, at: datetime | None = None) -> WorkItemQuerySet:
        """Items the user may act on now: his own, those of his posts, those of his roles in their OPD."""
        return self.filter(_addressed_to(user, at or timezone.now()))

    def visible_to(self, user: Any, at: datetime | None = None) -> WorkItemQuerySet:
        """Items the user may act on or has done himself."""
        return self.filter(_addressed_to(user, at or timezone.now()) | Q(done_by=user))


def _addressed_to(user: Any, at: datetime) -> Q:
    directory = steps.directory()
    found = Q(assignee=user) | Q(assignee__isnull=True, candidate_posisi__in=list(directory.posts_of(user, at)))
    for peran, opd in directory.roles_of(user, at):
        scope = Q() if opd is None else Q(opd=opd)
        found |= Q(assignee__isnull=True, candidate_posisi__isnull=True, candidate_peran=peran) & scope
    return found


class WorkItem(models.Model):
    """A user task as a row: what inboxes, steppers and pages read. Addressed to a person, a post, or a role."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instance = models.ForeignKey(ProcessInstance, models.CASCADE, related_name="items", db_index=False)
    task_id = models.UUIDField()  # not unique: a task that is visited again keeps its id
    step = models.CharField(max_length=100)
    name = models.CharField(max_length=200, blank=True, default="")
    lane = models.CharField(max_length=60, blank=True, default="")
    form_id = models.CharField(max_length=100, blank=True, default="")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    candidate_posisi = models.UUIDField(null=True, blank=True)
    candidate_peran = models.CharField(max_length=40, blank=True, default="")
    opd = models.UUIDField(null=True, blank=True)
    title = models.CharField(max_length=200, blank=True, default="")
    facts = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)  # [[label, value], …]
    warning = models.BooleanField(default=False)
    round = models.PositiveSmallIntegerField(default=1)
    draft = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=ItemStatus.choices, default=ItemStatus.OPEN)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=60, blank=True, default="")

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["instance"], name="item_instance"),
            models.Index(fields=["done_by", "-done_at"], name="item_done_by", condition=Q(done_by__isnull=False)),
            models.Index(fields=["assignee", "due_at", "id"], name="item_open_assignee", condition=Q(status="open")),
            models.Index(
                fields=["candidate_posisi", "due_at", "id"],
                name="item_open_posisi",
                condition=Q(status="open", assignee__isnull=True, candidate_posisi__isnull=False),
            ),
            models.Index(
                fields=["candidate_peran", "opd", "due_at", "id"],
                name="item_open_peran_opd",
                condition=Q(status="open", assignee__isnull=True, candidate_posisi__isnull=True),
            ),
            models.Index(
                fields=["candidate_peran", "due_at", "id"],
                name="item_open_peran",
                condition=Q(status="open", assignee__isnull=True, candidate_posisi__isnull=True),
            ),
            models.Index(fields=["opd", "step"], name="item_open_opd", condition=Q(status="open")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instance", "task_id"], condition=Q(status="open"), name="one_open_item_per_task"
            ),
            models.CheckConstraint(condition=Q(status__in=ItemStatus.values), name="item_status_known"),
            models.CheckConstraint(
                condition=Q(status="open", done_at__isnull=True)
                | Q(status__in=("done", "cancelled"), done_at__isnull=False),
                name="item_ended_when_not_open",
            ),
            models.CheckConstraint(
                condition=Q(assignee__isnull=False) | Q(candidate_posisi__isnull=False) | ~Q(candidate_peran=""),
                name="item_has_an_addressee",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.name or self.step

    @property
    def is_open(self) -> bool:
        return self.status == ItemStatus.OPEN


class TimerJob(models.Model):
    """When a waiting timer of an instance is due. Rows mirror the state; the state decides what then happens."""

    instance = models.ForeignKey(ProcessInstance, models.CASCADE, related_name="timers", db_index=False)
    task_id = models.UUIDField()
    due_at = models.DateTimeField()
    held = models.BooleanField(default=False)  # an Incident stands in the way

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instance", "task_id"], name="one_timer_per_task"),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="timer_due", condition=Q(held=False))]

    def __str__(self) -> str:
        return f"{self.instance_id} {self.due_at:%Y-%m-%d %H:%M}"


class Incident(models.Model):
    """Something that a person must look at: what failed, what was asked, and how to ask it again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instance = models.ForeignKey(ProcessInstance, models.CASCADE, null=True, blank=True, related_name="incidents")
    kind = models.CharField(max_length=10, choices=IncidentKind.choices)
    step = models.CharField(max_length=100, blank=True, default="")
    message = models.TextField()
    trace = models.TextField(blank=True, default="")
    command = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    attempts = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["-created_at"], name="incident_open", condition=Q(resolved_at__isnull=True))
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=IncidentKind.values), name="incident_kind_known"),
        ]

    def __str__(self) -> str:
        return self.message.split("\n", 1)[0]


class InboxMessage(models.Model):
    """Something that came in once: a post with an idempotency key and its answer, or a message nobody waited for yet."""

    key = models.CharField(max_length=200, unique=True)
    message = models.CharField(max_length=100, blank=True, default="")
    business_key = models.CharField(max_length=120, blank=True, default="")
    process = models.CharField(max_length=100, blank=True, default="")
    payload = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    result = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["business_key", "message"],
                name="inbox_undelivered",
                condition=Q(delivered_at__isnull=True) & ~Q(message=""),
            ),
            models.Index(fields=["created_at"], name="inbox_created"),
        ]

    def __str__(self) -> str:
        return self.message or self.key
