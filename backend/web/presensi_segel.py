"""Recap and seal of a month: what still blocks it, Admin OPD proposes, Kepala OPD seals, and it never changes again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import DomainError, NotAllowed, NotVisible
from backend.core.periode import waktu
from backend.kepegawaian.models import Unor
from backend.presensi import queries
from backend.presensi.enums import StatusSegel
from backend.presensi.models import CalonSusulan, RekapBulan, SegelBulan
from backend.presensi.services import segel as services
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.presensi_akses import LIHAT, boleh_opd, bulan_diminta, opd_terlihat
from backend.web.presensi_opd import NADA_SEGEL
from backend.web.presensi_skor import jumlahkan, rekap_terlihat

PENGUSUL = (Peran.ADMIN_OPD,)
PENYEGEL = (Peran.KEPALA_OPD,)
TAMPIL = 20


@hanya(LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """A line per OPD with the state of its month; an OPD alone is opened at once."""
    user, bulan = pengguna(request), bulan_diminta(request)
    pilihan = list(opd_terlihat(user))
    if len(pilihan) == 1:
        return redirect("presensi-segel-opd", pk=pilihan[0].pk, bulan=kata.alamat_bulan(bulan))
    isi = {
        "nama_bulan": kata.nama_bulan(bulan),
        "kini": kata.alamat_bulan(bulan),
        "pilihan_bulan": kata.pilihan_bulan(bulan, hari_ini=timezone.localdate()),
        "baris": _baris(user, pilihan, bulan),
        "batas": waktu(queries.batas_koreksi(bulan)),
    }
    return render(request, "presensi/segel.html", isi)


def _baris(user: User, pilihan: list[Unor], bulan: date) -> list[dict[str, Any]]:
    rekap = {
        row["opd"]: row
        for row in RekapBulan.objects.visible_to(user)
        .filter(bulan=bulan)
        .order_by()
        .values("opd")
        .annotate(
            pegawai=Count("pegawai_id"),
            belum=Count("pegawai_id", filter=Q(belum__gt=0)),
            jadwal=Count("pegawai_id", filter=Q(tanpa_jadwal__gt=0)),
        )
    }
    segel = {satu.opd_id: satu for satu in queries.segel(user, bulan).select_related("disegel_oleh", "diajukan_oleh")}
    kosong = {"pegawai": 0, "belum": 0, "jadwal": 0}
    return [
        {
            **rekap.get(opd.pk, kosong),
            "opd": opd,
            "segel": segel.get(opd.pk),
            "nada": NADA_SEGEL[StatusSegel(segel[opd.pk].status) if opd.pk in segel else StatusSegel.TERBUKA],
        }
        for opd in pilihan
    ]


@hanya(LIHAT)
@require_http_methods(["GET", "POST"])
def opd(request: HttpRequest, pk: UUID, bulan: str) -> HttpResponse:
    """The month of one OPD: sums, what blocks the seal and where to mend it, and the one button whose turn it is."""
    user = pengguna(request)
    unit = opd_terlihat(user).filter(pk=pk).first()
    if unit is None:
        raise NotVisible
    satu = kata.bulan_dari(bulan, hari_ini=timezone.localdate())
    galat = _lakukan(request, user, unit, satu) if request.method == "POST" else ""
    if request.method == "POST" and not galat:
        return redirect("presensi-segel-opd", pk=pk, bulan=kata.alamat_bulan(satu))
    return render(request, "presensi/segel_opd.html", _isi(user, unit, satu, galat), status=422 if galat else 200)


def _lakukan(request: HttpRequest, user: User, unit: Unor, bulan: date) -> str:
    """Propose or seal; the message of what was refused, empty when it is done. Raises NotAllowed."""
    try:
        if request.POST.get("aksi") == "segel":
            services.segel(unit, bulan, oleh=user, sekarang=timezone.now())
            messages.success(request, f"Presensi {kata.nama_bulan(bulan)} sudah disegel.")
        else:
            services.ajukan(unit, bulan, oleh=user, sekarang=timezone.now())
            messages.success(request, "Segel diusulkan. Kepala OPD dapat menyegelnya sekarang.")
    except NotAllowed:
        raise
    except DomainError as galat:
        return galat.message
    return ""


def _isi(user: User, unit: Unor, bulan: date, galat: str) -> dict[str, Any]:
    segel = SegelBulan.objects.filter(opd=unit, bulan=bulan).select_related("diajukan_oleh", "disegel_oleh").first()
    status = StatusSegel(segel.status) if segel else StatusSegel.TERBUKA
    halangan = queries.penghalang_segel(unit.pk, bulan) if status != StatusSegel.DISEGEL else []
    orang = RekapBulan.objects.filter(opd=unit, bulan=bulan).values("pegawai_id")
    susulan = CalonSusulan.objects.filter(
        pegawai__in=orang, tanggal__gte=bulan, tanggal__lt=kata.geser(bulan, 1), selesai_pada__isnull=True
    )
    return {
        "opd": unit,
        "kini": kata.alamat_bulan(bulan),
        "nama_bulan": kata.nama_bulan(bulan),
        "segel": segel,
        "nada": NADA_SEGEL[status],
        "galat": galat,
        "halangan": halangan,
        "jumlah": jumlahkan(rekap_terlihat(user, bulan, unit)),
        "kosong": list(queries.roster_kosong(user, bulan).filter(opd=unit)[:TAMPIL]),
        "koreksi": list(queries.koreksi_terbuka(unit.pk, bulan).select_related("pegawai")[:TAMPIL]),
        "susulan": list(susulan.select_related("pegawai")[:TAMPIL]) if status == StatusSegel.DISEGEL else [],
        "batas": waktu(queries.batas_koreksi(bulan)),
        "boleh_usul": status == StatusSegel.TERBUKA and boleh_opd(user, unit.pk, PENGUSUL),
        "boleh_segel": status == StatusSegel.DIAJUKAN and boleh_opd(user, unit.pk, PENYEGEL),
        "status": status.value,
        "sebelum": kata.alamat_bulan(kata.geser(bulan, -1)),
        "sesudah": kata.alamat_bulan(kata.geser(bulan, 1)) if bulan < timezone.localdate().replace(day=1) else "",
    }
