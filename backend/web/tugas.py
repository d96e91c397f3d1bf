"""A work item as a page: the wizard of the ASN (kinerja.md §6.1). Decisions of others are in `masuk`.

Every button is one post: the files and links that came with it are stored first, then the draft, then the one call of
the engine. Nothing here decides what a step needs: the form and the service behind the step do.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import DomainError, InvalidFields, NotVisible, StaleTask
from backend.kinerja.services.isi import kembali
from backend.web import antrean, bukti, isian, langkah
from backend.web.admin_akses import pengguna
from backend.web.templatetags.web import pukul
from backend.workflow import engine
from backend.workflow.engine import OpenItem
from backend.workflow.errors import NotOpen
from backend.workflow.models import WorkItem


@login_required
@require_http_methods(["GET", "POST"])
def tugas(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One open item of the user. What he has done already shows its receipt; what he decides opens in the inbox."""
    user = pengguna(request)
    try:
        buka = engine.open_item(pk, actor=user)
    except (NotOpen, StaleTask):
        return _sudah(request, pk, user)
    if buka.item.lane != Peran.ASN:
        return redirect("kotak-masuk-tugas", pk=pk)
    if request.method == "POST":
        return _terima(request, buka, user)
    return halaman(request, buka, user)


def halaman(
    request: HttpRequest,
    buka: OpenItem,
    user: User,
    *,
    data: Any = None,
    errors: dict[str, str] | None = None,
    **tambahan: Any,
) -> HttpResponse:
    """The page of a step; after a refusal with the posted values and what is wrong with them."""
    formulir = isian.susun(isian.ikat(buka, user, data=data), errors=errors or {})
    isi = langkah.konteks_isi(buka, formulir, langkah.laporan_dari(buka, user))
    isi |= {"item": buka.item, "rev": buka.instance.rev, "kunci": uuid4().hex, **tambahan}
    return render(request, "tugas/isian.html", isi, status=422 if errors else 200)


# --- Posts --------------------------------------------------------------------------------------------------------


def _terima(request: HttpRequest, buka: OpenItem, user: User) -> HttpResponse:
    """Store what came along, then do what the pressed button says."""
    aksi, _, arah = request.POST.get("aksi", "lanjut").partition(":")
    galat = bukti.terima_semua(request, buka, user)
    if galat or aksi in ("bukti", "hapus", "ambil", "timpa"):
        simpan_draf(request, buka, user)
    if galat:
        return halaman(request, buka, user, data=request.POST, errors=galat)
    if aksi == "lanjut":
        return _lanjut(request, buka, user)
    if aksi == "draf":
        return _draf(request, buka, user)
    if aksi in ("kembali", "ke"):
        return _kembali(request, buka, user, arah)
    if aksi == "hapus":
        return _hapus_bukti(buka, user, arah)
    if aksi in ("ambil", "timpa"):
        return _ambil_ulang(request, buka, user, arah, timpa=aksi == "timpa")
    return redirect("tugas", pk=buka.item.pk)


def _lanjut(request: HttpRequest, buka: OpenItem, user: User) -> HttpResponse:
    """*Lanjut* and *Ajukan*: the engine runs the step; its next page opens, or the receipt."""
    bound = isian.ikat(buka, user, data=request.POST)
    if not bound.is_valid():
        return halaman(request, buka, user, data=request.POST, errors=dict(bound.errors))
    try:
        hasil = engine.complete(
            buka.item.pk,
            actor=user,
            data=bound.cleaned,
            rev=isian.rev(request.POST),
            idempotency_key=request.POST.get("kunci"),
        )
    except InvalidFields as galat:
        return halaman(request, buka, user, data=request.POST, errors=galat.errors)
    berikut = hasil.next_for(user)
    return redirect("tugas", pk=berikut.pk if berikut else buka.item.pk)


def _draf(request: HttpRequest, buka: OpenItem, user: User) -> HttpResponse:
    """*Simpan draf*: types and maxima only; domain rows are written too (decision 16)."""
    bound = isian.ikat(buka, user, data=request.POST, draf=True)
    if not bound.is_valid():
        simpan_draf(request, buka, user)
        return halaman(request, buka, user, data=request.POST, errors=dict(bound.errors))
    try:
        langkah.simpan_draf(buka, user, bound.cleaned)
    except InvalidFields as galat:
        return halaman(request, buka, user, data=request.POST, errors=galat.errors)
    simpan_draf(request, buka, user)
    messages.success(request, "Draf disimpan. Anda dapat melanjutkan kapan saja.")
    return redirect("tugas", pk=buka.item.pk)


def _kembali(request: HttpRequest, buka: OpenItem, user: User, arah: str) -> HttpResponse:
    """*Kembali* by one step, or to the named one; nothing is checked, the draft is kept (decision 15)."""
    simpan_draf(request, buka, user)
    step, _, jangkar = arah.partition(":")
    hasil = kembali(buka.item.pk, oleh=user)
    while step and hasil.item.step != step:
        hasil = kembali(hasil.item.pk, oleh=user)
    alamat = reverse("tugas", args=[hasil.item.pk])
    return HttpResponseRedirect(f"{alamat}#{jangkar}" if jangkar else alamat)


def _hapus_bukti(buka: OpenItem, user: User, pk: str) -> HttpResponse:
    grup, baris = bukti.buang(buka, user, pk)
    return HttpResponseRedirect(f"{reverse('tugas', args=[buka.item.pk])}#bukti-{grup}-{baris}")


def _ambil_ulang(request: HttpRequest, buka: OpenItem, user: User, arah: str, *, timpa: bool) -> HttpResponse:
    """*Ambil ulang* of one PKS row or all; own edits are overwritten only after asking (M41)."""
    if not langkah.ambil_ulang(buka, user, arah, timpa=timpa):
        return halaman(request, buka, user, data=request.POST, konfirmasi_ambil=arah)
    draf = isian.ikat(buka, user, data=request.POST, draf=True).draft
    draf["pks"] = [row for row in draf["pks"] if arah.isdigit() and str(row["id"]) != arah]
    engine.save_draft(buka.item.pk, actor=user, draft=draf)  # the rows just taken show their new text
    messages.success(request, "Isian PKS diambil ulang dari langkah SKP.")
    return redirect("tugas", pk=buka.item.pk)


# --- Draft and live figures ---------------------------------------------------------------------------------------


def simpan_draf(request: HttpRequest, buka: OpenItem, user: User) -> Any:
    """Keep the posted values as the draft of the item."""
    return engine.save_draft(buka.item.pk, actor=user, draft=isian.ikat(buka, user, data=request.POST, draf=True).draft)


@login_required
@require_POST
def draf(request: HttpRequest, pk: UUID) -> JsonResponse:
    """Autosave: answers `{"pukul": "14.32"}`, or `{"pesan": …}` with 409 (404: not one's own)."""
    try:
        buka = engine.open_item(pk, actor=pengguna(request))
        pada = simpan_draf(request, buka, pengguna(request))
    except DomainError as galat:
        return JsonResponse({"pesan": galat.message, "kode": galat.code}, status=404 if galat.status == 404 else 409)
    return JsonResponse({"pukul": pukul(pada)})


@login_required
@require_POST
def hitung(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Live figures of what is typed: the capaian of a row with the summary, or the predikat of both ratings.

    Nothing (204) once the step is finished: a key typed just before *Lanjut* may ask too late.
    """
    user = pengguna(request)
    try:
        buka = engine.open_item(pk, actor=user)
    except (NotOpen, StaleTask):
        return HttpResponse(status=204)
    formulir = isian.susun(isian.ikat(buka, user, data=request.POST, draf=True), errors={})
    laporan = langkah.laporan_dari(buka, user)
    template, isi = langkah.hitung(buka, formulir, laporan, jangkar=request.GET.get("baris", ""))
    return render(request, template, {"item": buka.item, **isi})


# --- Receipt ------------------------------------------------------------------------------------------------------


def _sudah(request: HttpRequest, pk: UUID, user: User) -> HttpResponse:
    """The item is not open any more: the receipt of who did it himself, else who was faster (raises)."""
    item = WorkItem.objects.select_related("instance").filter(pk=pk, done_by=user).first()
    if item is None:
        engine.open_item(pk, actor=user)  # raises again what stands in the way
        raise NotVisible
    if request.method == "POST":
        messages.info(request, "Langkah ini sudah terkirim. Yang tampil adalah keadaan terakhir.")
        return redirect("tugas", pk=pk)
    return _tanda_terima(request, item, user)


def _tanda_terima(request: HttpRequest, item: WorkItem, user: User) -> HttpResponse:
    """After the last step: at whose desk it lies now, and the next task."""
    pada = timezone.now()
    sekarang = WorkItem.objects.open().filter(instance=item.instance_id).select_related("assignee", "instance").first()
    if sekarang and engine.can_act(user, sekarang, pada):
        return redirect("tugas", pk=sekarang.pk)
    meja = antrean.meja([sekarang], pada)[sekarang.pk] if sekarang else None
    isi = {
        "item": item,
        "judul": item.instance.title or item.name,
        "kalimat": f"Terkirim: {item.name}" if sekarang else "Proses ini sudah selesai",
        "siapa": meja.siapa if meja else "Tidak ada lagi",
        "sejak": sekarang.created_at if sekarang else item.done_at,
        "berikut": antrean.berikut(user, pada, selain=item.pk),
    }
    return render(request, "tugas/selesai.html", isi)
