"""Reports after they are filled in: own list, one report read-only, documents, people one rates (items 1k, 1p)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.core.errors import NotVisible
from backend.kepegawaian import queries as kepegawaian
from backend.kinerja import enums, queries
from backend.kinerja.models import Dokumen, LaporanPeriode, UmpanBalik
from backend.platform import files
from backend.web import berkas
from backend.web.admin_akses import pengguna

NADA: dict[str, tuple[str, str]] = {
    enums.StatusLaporan.FINAL: ("ok", "circle-check"),
    enums.StatusLaporan.DIKEMBALIKAN: ("warn", "undo-2"),
    enums.StatusLaporan.DIBATALKAN: ("", "x"),
    enums.StatusLaporan.DRAF_RENAKSI: ("", "pencil"),
    enums.StatusLaporan.DRAF_SKP: ("", "pencil"),
    enums.StatusLaporan.DRAF_PKS: ("", "pencil"),
    enums.StatusLaporan.BELUM_BUKA: ("", "clock"),
}
DIPERIKSA = ("info", "hourglass")


def nada_laporan(laporan: LaporanPeriode) -> tuple[str, str]:
    """Tone and icon of the state of a laporan."""
    return NADA.get(laporan.status, DIPERIKSA)


def baris_laporan(laporan: QuerySet[LaporanPeriode]) -> list[dict[str, Any]]:
    """Rows of a list of laporan, newest first."""
    dokumen = Prefetch("dokumen", queryset=Dokumen.objects.select_related("berkas"))
    baris = laporan.select_related("periode", "pks").prefetch_related(dokumen).order_by("-periode__mulai")
    return [{"laporan": satu, "pks": getattr(satu, "pks", None), "nada": nada_laporan(satu)} for satu in baris]


@login_required
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Own laporan of a year, with the task that continues the open one."""
    user = pengguna(request)
    milik = LaporanPeriode.objects.visible_to(user).filter(pegawai__user=user).aktif()
    tahun = sorted(set(milik.order_by().values_list("periode__tahun", flat=True)), reverse=True)
    dipilih = _tahun(request.GET.get("tahun"), tahun)
    baris = baris_laporan(milik.filter(periode__tahun=dipilih))
    isi = {"baris": baris, "tahun": tahun, "dipilih": dipilih, "tugas": berkas.tugas_laporan(user, baris)}
    return render(request, "laporan/daftar.html", isi)


def _tahun(diminta: str | None, ada: list[int]) -> int:
    if diminta and diminta.isdigit() and int(diminta) in ada:
        return int(diminta)
    return ada[0] if ada else timezone.localdate().year


@login_required
@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One laporan, read-only. Raises NotVisible."""
    laporan = queries.laporan_lengkap(pengguna(request), pk)
    return render(request, "laporan/detail.html", isi_laporan(laporan))


def isi_laporan(laporan: LaporanPeriode) -> dict[str, Any]:
    """Everything that a read-only page of a laporan shows."""
    umpan = list(UmpanBalik.objects.filter(laporan=laporan).select_related("penulis", "rhk"))
    return {
        "laporan": laporan,
        "pks": getattr(laporan, "pks", None),
        "nada": nada_laporan(laporan),
        "jabatan": laporan.skp.riwayat_jabatan.nama_jabatan,
        "renaksi": queries.baris_renaksi(laporan),
        "iki": queries.baris_iki(laporan),
        "baris_pks": queries.baris_pks(laporan),
        "umpan": umpan,
        "dokumen": list(laporan.dokumen.select_related("berkas")),
        "instance": berkas.instance_laporan(laporan),
    }


@login_required
@require_GET
def dokumen(request: HttpRequest) -> HttpResponse:
    """Own documents, by month; a month without them says why."""
    user = pengguna(request)
    milik = LaporanPeriode.objects.visible_to(user).filter(pegawai__user=user).aktif()
    return render(request, "laporan/dokumen.html", {"baris": baris_laporan(milik)[:24]})


@login_required
@require_GET
def unduh_dokumen(request: HttpRequest, pk: str) -> HttpResponse:
    dok = Dokumen.objects.visible_to(pengguna(request)).select_related("berkas").filter(pk=pk).first()
    if dok is None:
        raise NotVisible
    return files.response(dok.berkas)


# --- People one rates (1k) ----------------------------------------------------------------------------------------


@login_required
@require_GET
def bawahan(request: HttpRequest) -> HttpResponse:
    """The people this user rates today, with the state of their latest laporan."""
    user, hari_ini = pengguna(request), timezone.localdate()
    orang = list(kepegawaian.bawahan_user(user, hari_ini))
    terbaru = {
        satu.pegawai_id: satu
        for satu in LaporanPeriode.objects.visible_to(user)
        .filter(pegawai__in=orang)
        .aktif()
        .select_related("periode", "pks")
        .order_by("periode__mulai")
    }
    baris = [
        {"pegawai": p, "laporan": (l := terbaru.get(p.pk)), "pks": getattr(l, "pks", None), "nada": nada_laporan(l) if l else ("", "minus")}
        for p in orang
    ]
    return render(request, "laporan/bawahan.html", {"baris": baris})


@login_required
@require_GET
def bawahan_detail(request: HttpRequest, pk: str) -> HttpResponse:
    """Report of one person: the months that this user may see. Raises NotVisible."""
    user = pengguna(request)
    baris = baris_laporan(LaporanPeriode.objects.visible_to(user).filter(pegawai=pk).exclude(pegawai__user=user).aktif())
    orang = next((p for p in kepegawaian.bawahan_user(user, timezone.localdate()) if str(p.pk) == str(pk)), None)
    if orang is None and baris:
        orang = baris[0]["laporan"].pegawai
    if orang is None:
        raise NotVisible
    return render(request, "laporan/bawahan_detail.html", {"pegawai": orang, "baris": baris})
