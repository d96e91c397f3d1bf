"""Tasks: what waits for the caller, the form of one task, and the verbs on it. The same engine calls as the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from backend.api.paging import InboxCursor
from backend.core.errors import DomainError, InvalidFields, NotAllowed, NotVisible
from backend.workflow import engine, forms
from backend.workflow.models import WorkItem

IDEMPOTENCY_HEADER = "Idempotency-Key"
KEY_PARAMETER = OpenApiParameter(
    IDEMPOTENCY_HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Kunci bebas; permintaan kedua dengan kunci yang sama mendapat jawaban yang pertama.",
)


class FactSerializer(serializers.Serializer[Any]):
    """One fact of a card, already worded."""

    judul = serializers.CharField()
    isi = serializers.CharField()


class TugasSerializer(serializers.ModelSerializer[WorkItem]):
    """A task in a list."""

    nama = serializers.CharField(source="name")
    langkah = serializers.CharField(source="step")
    judul = serializers.CharField(source="title")
    tenggat = serializers.DateTimeField(source="due_at", allow_null=True)
    dibuka = serializers.DateTimeField(source="created_at")
    putaran = serializers.IntegerField(source="round")
    perlu_diperiksa = serializers.BooleanField(source="warning")
    fakta = serializers.SerializerMethodField()
    berkas = serializers.UUIDField(source="instance_id")
    diambil_oleh = serializers.CharField(source="claimed_by.nama", default=None, allow_null=True)

    class Meta:
        model = WorkItem
        fields = (
            "id", "nama", "langkah", "judul", "tenggat", "dibuka", "putaran", "perlu_diperiksa", "fakta", "berkas", "diambil_oleh",
        )  # fmt: skip

    @extend_schema_field(FactSerializer(many=True))
    def get_fakta(self, item: WorkItem) -> list[dict[str, str]]:
        return [{"judul": label, "isi": value} for label, value in item.facts]


class TugasDetailSerializer(TugasSerializer):
    """A task with its form: the JSON Schema of what to send, the rows it repeats over, and the draft."""

    rev = serializers.IntegerField(source="instance.rev", help_text="Kirim kembali saat menyelesaikan tugas.")
    skema = serializers.SerializerMethodField(help_text="JSON Schema dari `isi`.")
    draf = serializers.JSONField(source="draft", allow_null=True)

    class Meta(TugasSerializer.Meta):
        fields = (*TugasSerializer.Meta.fields, "rev", "skema", "draf")  # type: ignore[assignment]  # a longer tuple

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_skema(self, item: WorkItem) -> dict[str, Any]:
        return dict(self.context["skema"])


class SelesaikanSerializer(serializers.Serializer[Any]):
    """Completing a task."""

    rev = serializers.IntegerField(help_text="Revisi saat formulir dibaca; berbeda berarti 409.")
    isi = serializers.DictField(help_text="Isian menurut JSON Schema tugas.")


class DrafSerializer(serializers.Serializer[Any]):
    """What was typed so far; checked only when the task is completed."""

    isi = serializers.DictField()


class SelesaiSerializer(serializers.Serializer[Any]):
    """What completing did: the revision now, and the caller's next task in the same case."""

    berkas = serializers.UUIDField()
    rev = serializers.IntegerField()
    tugas_berikut = serializers.UUIDField(allow_null=True)


@extend_schema(tags=["tugas"])
@extend_schema_view(
    list=extend_schema(
        summary="Tugas yang menunggu saya",
        description="Tugas pribadi, jabatan (termasuk Plt/Plh), dan peran; urut tenggat.",
    ),
    retrieve=extend_schema(summary="Satu tugas beserta formulirnya", responses=TugasDetailSerializer),
)
class TugasViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[WorkItem]):
    """Open tasks of the caller."""

    serializer_class = TugasSerializer
    queryset = WorkItem.objects.none()
    pagination_class = InboxCursor
    lookup_value_converter = "uuid"

    def retrieve(self, request: Request, pk: UUID) -> Response:
        opened = engine.open_item(pk, actor=request.user)
        schema = forms.get(opened.step.form).json_schema(opened.rows(request.user)) if opened.step.form else {}
        return Response(TugasDetailSerializer(opened.item, context={"skema": schema}).data)

    @extend_schema(
        summary="Selesaikan tugas",
        request=SelesaikanSerializer,
        responses=SelesaiSerializer,
        parameters=[KEY_PARAMETER],
    )
    @action(detail=True, methods=["post"], url_path="selesaikan")
    def complete(self, request: Request, pk: UUID) -> Response:
        body = SelesaikanSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = _complete(pk, body.validated_data, user=request.user, key=request.headers.get(IDEMPOTENCY_HEADER))
        following = done.next_for(request.user)
        answer = {
            "berkas": done.instance.pk,
            "rev": done.instance.rev,
            "tugas_berikut": following.pk if following else None,
        }
        return Response(SelesaiSerializer(answer).data)

    @extend_schema(summary="Simpan draf", request=DrafSerializer, responses={204: None})
    @action(detail=True, methods=["put"], url_path="draf")
    def draft(self, request: Request, pk: UUID) -> Response:
        body = DrafSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with _others_unseen():
            engine.save_draft(pk, actor=request.user, draft=body.validated_data["isi"])
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary="Ambil tugas jabatan atau peran", request=None, responses=TugasSerializer)
    @action(detail=True, methods=["post"], url_path="ambil")
    def claim(self, request: Request, pk: UUID) -> Response:
        with _others_unseen():
            return Response(TugasSerializer(engine.claim(pk, actor=request.user)).data)

    @extend_schema(summary="Lepaskan tugas yang diambil", request=None, responses=TugasSerializer)
    @action(detail=True, methods=["post"], url_path="lepas")
    def release(self, request: Request, pk: UUID) -> Response:
        with _others_unseen():
            return Response(TugasSerializer(engine.release(pk, actor=request.user)).data)


@contextmanager
def _others_unseen() -> Iterator[None]:
    """A task of somebody else is not there, rather than forbidden."""
    try:
        yield
    except NotAllowed:
        raise NotVisible from None


def _complete(pk: UUID, sent: dict[str, Any], *, user: Any, key: str | None) -> engine.Completed:
    """Complete a task, or give the answer again that this key was given before."""
    try:
        opened = engine.open_item(pk, actor=user)
    except DomainError:
        if key and (answered := engine.answered(pk, actor=user, idempotency_key=key)):
            return answered
        raise
    form = _cleaned(opened, sent["isi"], user)
    return engine.complete(pk, actor=user, data=form, rev=sent["rev"], idempotency_key=key or None)


def _cleaned(opened: engine.OpenItem, sent: dict[str, Any], user: Any) -> dict[str, Any]:
    """The form's cleaned data from a JSON body. Raises InvalidFields."""
    if not opened.step.form:
        return {}
    form = forms.get(opened.step.form).bind(rows=opened.rows(user), data=sent)
    if not form.is_valid():
        raise InvalidFields(form.errors)
    return dict(form.cleaned)
