"""Mobile e-presensi: a tap by phone inside a geofence (presensi.md §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from django.db.models import Q

from backend.kepegawaian.models import Pegawai
from backend.platform.models import Berkas
from backend.platform.settings import setting
from backend.presensi import queries
from backend.presensi.calculations import lokal
from backend.presensi.enums import SumberTap
from backend.presensi.errors import DiLuarLokasi, JamGawaiSalah, LokasiKurangTeliti, LokasiPalsu, TanpaLokasi
from backend.presensi.models import LokasiAbsen
from backend.presensi.services import tap
from backend.presensi.services.tap import TapBaru, Terima

BUMI_M = 6_371_000.0


@dataclass(frozen=True)
class TapGawai:
    """What a phone sends. `uuid` is made by the phone, so that sending again adds nothing."""

    uuid: UUID
    ts: datetime
    lat: Decimal
    lon: Decimal
    akurasi_m: int
    lokasi_tiruan: bool = False
    foto: Berkas | None = None


def jarak_m(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Distance in metres over the ground (haversine)."""
    a = sin(radians(lat2 - lat) / 2) ** 2 + cos(radians(lat)) * cos(radians(lat2)) * sin(radians(lon2 - lon) / 2) ** 2
    return 2 * BUMI_M * asin(sqrt(min(1.0, a)))


def absen(pegawai: Pegawai, gawai: TapGawai, *, sekarang: datetime) -> Terima:
    """Take in a tap of a phone; the same uuid again adds nothing.

    Raises LokasiPalsu, LokasiKurangTeliti, JamGawaiSalah, TanpaLokasi, DiLuarLokasi.
    """
    _check(pegawai, gawai, sekarang=sekarang)
    satu = TapBaru(
        pin=pegawai.nip,
        ts=gawai.ts,
        uuid=gawai.uuid,
        lat=gawai.lat,
        lon=gawai.lon,
        akurasi_m=gawai.akurasi_m,
        foto=gawai.foto.pk if gawai.foto else None,
    )
    return tap.terima([satu], sumber=SumberTap.MOBILE, sekarang=sekarang)


def _check(pegawai: Pegawai, gawai: TapGawai, *, sekarang: datetime) -> None:
    if gawai.lokasi_tiruan:
        raise LokasiPalsu
    if gawai.akurasi_m > (teliti := setting("akurasi_maks_m")):
        raise LokasiKurangTeliti(akurasi=gawai.akurasi_m, batas=teliti)
    if abs(gawai.ts - sekarang) > timedelta(minutes=(menit := setting("tap_maju_menit"))):
        raise JamGawaiSalah(menit=menit)
    opd = queries.opd_pada(pegawai.pk, lokal(gawai.ts).date())
    places = LokasiAbsen.objects.filter(Q(opd=opd) | Q(opd=None), aktif=True)
    near = [(_distance(gawai, place), place) for place in places]
    if not near:
        raise TanpaLokasi
    if any(jarak <= (place.radius_m or setting("geofence_radius_m")) for jarak, place in near):
        return
    jarak, place = min(near, key=lambda pair: pair[0])
    raise DiLuarLokasi(jarak=round(jarak), lokasi=place.nama, batas=place.radius_m or setting("geofence_radius_m"))


def _distance(gawai: TapGawai, place: LokasiAbsen) -> float:
    return jarak_m(float(gawai.lat), float(gawai.lon), float(place.lat), float(place.lon))
