"""Mobile e-presensi: a tap by phone, judged by place and clock; sending the same uuid again adds nothing."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core.errors import NotVisible
from backend.kepegawaian import queries as kepegawaian
from backend.presensi.services import gawai


class TapSerializer(serializers.Serializer[Any]):
    """What a phone sends."""

    uuid = serializers.UUIDField(help_text="Dibuat gawai, satu untuk setiap tap; kiriman ulang tidak menambah tap.")
    waktu = serializers.DateTimeField(help_text="Jam gawai, ISO 8601 dengan zona waktu.")
    lintang = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-90, max_value=90)
    bujur = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-180, max_value=180)
    akurasi_m = serializers.IntegerField(min_value=0, max_value=100_000, help_text="Ketelitian lokasi menurut gawai.")
    lokasi_tiruan = serializers.BooleanField(default=False, help_text="Gawai melaporkan lokasi tiruan: tap ditolak.")


class TapDiterimaSerializer(serializers.Serializer[Any]):
    """What became of it."""

    uuid = serializers.UUIDField()
    baru = serializers.BooleanField(help_text="Salah bila tap ini sudah pernah diterima.")


class TapView(APIView):
    """One tap of the caller."""

    @extend_schema(
        tags=["presensi"],
        summary="Kirim tap presensi dari gawai",
        description="Ditolak (422) bila di luar lokasi absen, lokasi kurang teliti atau tiruan, atau jam gawai salah.",
        request=TapSerializer,
        responses={201: TapDiterimaSerializer, 200: TapDiterimaSerializer},
    )
    def post(self, request: Request) -> Response:
        """Raises NotVisible for an account without a person, and the errors of `gawai.absen`."""
        isi = TapSerializer(data=request.data)
        isi.is_valid(raise_exception=True)
        data = isi.validated_data
        pegawai = kepegawaian.pegawai_of(request.user)
        if pegawai is None:
            raise NotVisible
        tap = gawai.TapGawai(
            uuid=data["uuid"],
            ts=data["waktu"],
            lat=data["lintang"],
            lon=data["bujur"],
            akurasi_m=data["akurasi_m"],
            lokasi_tiruan=data["lokasi_tiruan"],
        )
        hasil = gawai.absen(pegawai, tap, sekarang=timezone.now())
        jawaban = TapDiterimaSerializer({"uuid": tap.uuid, "baru": bool(hasil.baru)})
        return Response(jawaban.data, status=status.HTTP_201_CREATED if hasil.baru else status.HTTP_200_OK)
