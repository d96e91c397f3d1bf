"""Cases (process instances) and their history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from backend.platform.models import AuditEvent
from backend.workflow.models import ProcessInstance


class BerkasSerializer(serializers.ModelSerializer[ProcessInstance]):
    """A case."""

    proses = serializers.CharField(source="key")
    judul = serializers.CharField(source="title")
    nomor = serializers.CharField(source="business_key")
    mulai = serializers.DateTimeField(source="started_at")
    selesai = serializers.DateTimeField(source="ended_at", allow_null=True)

    class Meta:
        model = ProcessInstance
        fields = ("id", "proses", "judul", "nomor", "status", "rev", "mulai", "selesai")


class PeristiwaSerializer(serializers.ModelSerializer[AuditEvent]):
    """One line of a case's history."""

    oleh = serializers.CharField(source="aktor_nama")

    class Meta:
        model = AuditEvent
        fields = ("seq", "waktu", "oleh", "peristiwa", "alasan")


@extend_schema(tags=["berkas"])
@extend_schema_view(
    list=extend_schema(summary="Berkas yang dapat saya lihat"), retrieve=extend_schema(summary="Satu berkas")
)
class BerkasViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ProcessInstance]):
    """Cases the caller started or has a task in."""

    serializer_class = BerkasSerializer
    queryset = ProcessInstance.objects.none()
    ordering = ("-started_at", "id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        return ProcessInstance.objects.visible_to(self.request.user).defer("state").order_by("-started_at", "id")

    @extend_schema(summary="Riwayat berkas, terlama dulu", responses=PeristiwaSerializer(many=True))
    @action(detail=True, url_path="riwayat", pagination_class=None)
    def history(self, request: Request, pk: UUID) -> Response:
        instance = get_object_or_404(self.get_queryset(), pk=pk)
        events = AuditEvent.objects.filter(chain=str(instance.pk)).order_by("seq")
        return Response(PeristiwaSerializer(events, many=True).data)
