"""Monthly reports."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from backend.kinerja.models import LaporanPeriode


class LaporanSerializer(serializers.ModelSerializer[LaporanPeriode]):
    """A report of one person and month, with its measured results once they exist."""

    nip = serializers.CharField(source="skp.pegawai.nip")
    nama = serializers.CharField(source="skp.pegawai.nama_lengkap")
    tahun = serializers.IntegerField(source="periode.tahun")
    bulan = serializers.IntegerField(source="periode.ke")
    capaian_renaksi = serializers.DecimalField(12, 6, source="pks.capaian_renaksi", default=None, allow_null=True)
    capaian_pegawai = serializers.DecimalField(12, 6, source="pks.capaian_pegawai", default=None, allow_null=True)
    rating_hasil = serializers.CharField(source="pks.rating_hasil", default=None, allow_null=True)
    rating_perilaku = serializers.CharField(source="pks.rating_perilaku", default=None, allow_null=True)
    predikat = serializers.CharField(source="pks.predikat", default=None, allow_null=True)
    status_predikat = serializers.CharField(source="pks.status_predikat", default=None, allow_null=True)

    class Meta:
        model = LaporanPeriode
        fields = (
            "id", "nip", "nama", "tahun", "bulan", "status", "status_renaksi", "status_skp", "status_pks", "capaian_renaksi",
            "capaian_pegawai", "rating_hasil", "rating_perilaku", "predikat", "status_predikat", "diajukan_at", "final_at",
        )  # fmt: skip


@extend_schema(tags=["kinerja"])
@extend_schema_view(
    list=extend_schema(summary="Laporan yang dapat saya lihat"), retrieve=extend_schema(summary="Satu laporan")
)
class LaporanViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LaporanPeriode]):
    """Own reports, those of direct subordinates, and those of the caller's units."""

    serializer_class = LaporanSerializer
    queryset = LaporanPeriode.objects.none()
    ordering = ("-mulai", "id")
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        visible = LaporanPeriode.objects.visible_to(self.request.user)
        return visible.annotate(mulai=F("periode__mulai")).select_related("skp__pegawai", "periode", "pks")
