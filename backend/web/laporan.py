"""Reports after they are filled in: own list, one report read-only, documents, people one rates (items 1k, 1p)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import NotAllowed, NotVisible
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import RiwayatJabatan
from backend.kinerja import enums, queries
from backend.kinerja.models import Dokumen, LaporanPeriode, UmpanBalik
from backend.kinerja.services import dokumen as surat
from backend.platform import files
from backend.web import berkas
from backend.web.admin_akses import pengguna, punya

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
PEMBUAT_DOKUMEN = frozenset({Peran.ATASAN, Peran.ADMIN_OPD, Peran.TIM_PENGELOLA, Peran.BKPSDM})


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
    milik = LaporanPeriode.objects.milik(user).aktif()
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
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One laporan, read-only. Raises NotVisible."""
    laporan = queries.laporan_lengkap(pengguna(request), pk)
    isi = {**isi_laporan(laporan), "boleh_buat_dokumen": boleh_buat_dokumen(request, laporan)}
    return render(request, "laporan/detail.html", isi)


def isi_laporan(laporan: LaporanPeriode) -> dict[str, Any]:
    """Everything that a read-only page of a laporan shows."""
    umpan = list(UmpanBalik.objects.filter(laporan=laporan).select_related("penulis", "rhk"))
    return {
        "laporan": laporan,
        "pks": getattr(laporan, "pks", None),
        "nada": nada_laporan(laporan),
        "jabatan": queries.jabatan_laporan(laporan),
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
    milik = LaporanPeriode.objects.milik(user).aktif()
    return render(request, "laporan/dokumen.html", {"baris": baris_laporan(milik)[:24]})


def boleh_buat_dokumen(request: HttpRequest, laporan: LaporanPeriode) -> bool:
    """The owner, and those who see the laporan to act on it: not those who only read."""
    return laporan.pegawai.user_id == pengguna(request).pk or punya(request, PEMBUAT_DOKUMEN)


@login_required
@require_POST
def buat_dokumen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make the letters of a final laporan that has none yet; a second press finds them. Raises LaporanBelumFinal."""
    laporan = queries.laporan_lengkap(pengguna(request), pk)
    if not boleh_buat_dokumen(request, laporan):
        raise NotAllowed
    surat.buat_semua(laporan)
    messages.success(request, "Dokumen sudah dibuat dan dapat diunduh.")
    return redirect("laporan-detail", pk=laporan.pk)


@login_required
@require_GET
def unduh_dokumen(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    dok = Dokumen.objects.visible_to(pengguna(request)).select_related("berkas").filter(pk=pk).first()
    if dok is None:
        raise NotVisible
    return files.response(dok.berkas)


# --- People one rates (1k) ----------------------------------------------------------------------------------------


@login_required
@require_GET
def bawahan(request: HttpRequest) -> HttpResponse:
    """The people who report to this user today, with the state of their latest laporan."""
    user = pengguna(request)
    rows = list(_bawahan(user))
    laporan = LaporanPeriode.objects.filter(pegawai__in=[row.pegawai_id for row in rows]).aktif()
    terbaru = {satu.pegawai_id: satu for satu in laporan.select_related("periode", "pks").order_by("periode__mulai")}
    baris = [_baris_bawahan(row, terbaru.get(row.pegawai_id)) for row in rows]
    return render(request, "laporan/bawahan.html", {"baris": baris})


def _bawahan(user: User) -> QuerySet[RiwayatJabatan]:
    rows = kepegawaian.bawahan_langsung(user, timezone.localdate())
    return rows.select_related("pegawai", "posisi__jabatan").order_by("pegawai__nama")


def _baris_bawahan(row: RiwayatJabatan, laporan: LaporanPeriode | None) -> dict[str, Any]:
    nada = nada_laporan(laporan) if laporan else ("", "minus")
    return {
        "pegawai": row.pegawai,
        "jabatan": row.nama_jabatan,
        "laporan": laporan,
        "pks": getattr(laporan, "pks", None),
        "nada": nada,
    }


@login_required
@require_GET
def bawahan_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Report of one person: the months that this user may see. Raises NotVisible."""
    user = pengguna(request)
    terlihat = LaporanPeriode.objects.visible_to(user).filter(pegawai=pk).exclude(pegawai__user=user).aktif()
    baris = baris_laporan(terlihat.select_related("pegawai"))
    row = _bawahan(user).filter(pegawai=pk).first()
    if row is None and not baris:
        raise NotVisible
    orang = row.pegawai if row else baris[0]["laporan"].pegawai
    return render(
        request,
        "laporan/bawahan_detail.html",
        {"pegawai": orang, "jabatan": row.nama_jabatan if row else "", "baris": baris},
    )
