"""Evidence of a row: files and links, stored at once, removed on request, downloaded by whoever may see the laporan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.models import User
from backend.core.errors import DomainError, NotVisible
from backend.kinerja import queries
from backend.kinerja.models import BuktiDukung
from backend.kinerja.services import bukti as services
from backend.platform import files
from backend.web import langkah
from backend.web.admin_akses import pengguna
from backend.workflow import engine
from backend.workflow.engine import OpenItem

KOLOM = {"renaksi": "realisasi_renaksi_id", "iki": "realisasi_iki_id"}  # group of the form → column of its evidence


# --- One row at a time (with scripts) -----------------------------------------------------------------------------


@login_required
@require_POST
def tambah(request: HttpRequest, pk: UUID, grup: str, baris: int) -> HttpResponse:
    """Store the files or the link of one row; answers the new list of the row."""
    user = pengguna(request)
    buka = engine.open_item(pk, actor=user)
    pesan = _simpan(
        buka,
        user,
        grup,
        baris,
        berkas=request.FILES.getlist("berkas"),
        tautan=request.POST.get(f"tautan-{grup}-{baris}", ""),
    )
    return _potongan(request, buka, user, grup, baris, galat=pesan)


@login_required
@require_POST
def hapus(request: HttpRequest, pk: UUID, bukti: UUID) -> HttpResponse:
    """Remove one piece of evidence; answers the new list of its row."""
    user = pengguna(request)
    buka = engine.open_item(pk, actor=user)
    grup, baris = buang(buka, user, bukti)
    return _potongan(request, buka, user, grup, baris)


def _potongan(
    request: HttpRequest, buka: OpenItem, user: User, grup: str, baris: int, *, galat: str = ""
) -> HttpResponse:
    laporan = langkah.wajib_laporan(buka, user)
    bukti = queries.bukti_per_baris(laporan, kolom=KOLOM[grup]).get(baris, [])
    isi = {"item": buka.item, "grup": grup, "baris_id": baris, "bukti": bukti, "galat_bukti": galat}
    return render(request, "tugas/_bukti.html", isi, status=200)


# --- With the whole form (without scripts) ------------------------------------------------------------------------


def terima_semua(request: HttpRequest, buka: OpenItem, user: User) -> dict[str, str]:
    """Store every file and link that came with the form; errors by path `group.row id.bukti`."""
    galat = {}
    for grup, baris in _tempat(request):
        tautan = request.POST.get(f"tautan-{grup}-{baris}", "")
        if pesan := _simpan(
            buka, user, grup, baris, berkas=request.FILES.getlist(f"berkas-{grup}-{baris}"), tautan=tautan
        ):
            galat[f"{grup}.{baris}.bukti"] = pesan
    return galat


def _tempat(request: HttpRequest) -> list[tuple[str, int]]:
    """Rows for which the form brought something."""
    terisi = [nama for nama in request.FILES if nama.startswith("berkas-")]
    terisi += [
        nama
        for nama, isi in request.POST.items()
        if nama.startswith("tautan-") and isinstance(isi, str) and isi.strip()
    ]
    tempat = (nama.split("-", 2)[1:] for nama in terisi if nama.count("-") == 2)
    return list(dict.fromkeys((grup, int(baris)) for grup, baris in tempat if grup in KOLOM and baris.isdigit()))


def _simpan(buka: OpenItem, user: User, grup: str, baris: int, *, berkas: list[Any], tautan: str) -> str:
    """Store what was given for a row; the message of what was refused, empty when all is well."""
    if grup not in KOLOM:
        raise NotVisible
    laporan = langkah.wajib_laporan(buka, user)
    try:
        for satu in berkas:
            services.tambah_berkas(laporan, oleh=user, grup=grup, baris=baris, upload=satu)
        if tautan.strip():
            services.tambah_tautan(laporan, oleh=user, grup=grup, baris=baris, url=tautan.strip())
    except DomainError as galat:
        if galat.status in (403, 404):
            raise
        return galat.message
    return ""


def buang(buka: OpenItem, user: User, pk: UUID | str) -> tuple[str, int]:
    """Remove one piece of evidence; returns group and row id where it was."""
    row = BuktiDukung.objects.visible_to(user).filter(pk=pk, laporan=langkah.wajib_laporan(buka, user)).first()
    if row is None:
        raise NotVisible
    services.hapus(row, oleh=user)
    return ("renaksi", row.realisasi_renaksi_id) if row.realisasi_renaksi_id else ("iki", row.realisasi_iki_id or 0)


# --- Reading ------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def unduh(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file, always saved and never shown inside the page; a link leads out. Raises NotVisible."""
    row = BuktiDukung.objects.visible_to(pengguna(request)).ada().select_related("berkas").filter(pk=pk).first()
    if row is None:
        raise NotVisible
    if row.berkas is None:
        return HttpResponseRedirect(row.url or "/")
    return files.response(row.berkas)
