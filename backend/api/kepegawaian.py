"""People."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from backend.kepegawaian.models import Pegawai


class PegawaiSerializer(serializers.ModelSerializer[Pegawai]):
    """A person; post and unit come from the active definitive riwayat jabatan, through its own resource."""

    nama_lengkap = serializers.CharField(read_only=True)

    class Meta:
        model = Pegawai
        fields = ("id", "nip", "nama_lengkap", "status_asn", "golongan", "pangkat", "kedudukan_hukum")


@extend_schema(tags=["kepegawaian"])
@extend_schema_view(
    list=extend_schema(summary="Pegawai yang dapat saya lihat"), retrieve=extend_schema(summary="Satu pegawai")
)
class PegawaiViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Pegawai]):
    """People in the caller's scope."""

    serializer_class = PegawaiSerializer
    queryset = Pegawai.objects.none()
    ordering = ("nama", "id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        return Pegawai.objects.visible_to(self.request.user).order_by("nama", "id")
