"""Processes as they run now, and the incidents that wait for somebody."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from backend.web.admin_akses import KOTA_LIHAT, PROSES, hanya, pengguna, punya
from backend.web.admin_daftar import halaman, navigasi
from backend.workflow import engine
from backend.workflow.enums import InstanceStatus, VersionState
from backend.workflow.models import Incident, ProcessDefinition

BERJALAN = Q(instances__status__in=(InstanceStatus.RUNNING, InstanceStatus.SUSPENDED))
INSIDEN_SEHALAMAN = 20


def proses() -> QuerySet[ProcessDefinition]:
    """Live versions with `berjalan` (of every version of the key) and `gagal` added by the view."""
    return (
        ProcessDefinition.objects.filter(state=VersionState.LIVE).defer("bpmn", "files", "lint").order_by("name", "key")
    )


def _per_kunci() -> dict[str, dict[str, int]]:
    """Running cases and open incidents by process key, old versions included."""
    berjalan = ProcessDefinition.objects.filter(BERJALAN).values_list("key").annotate(n=Count("instances")).order_by()
    gagal = (
        Incident.objects.filter(resolved_at__isnull=True, instance__isnull=False)
        .values_list("instance__key")
        .annotate(n=Count("pk"))
        .order_by()
    )
    hasil: dict[str, dict[str, int]] = {}
    for nama, baris in (("berjalan", berjalan), ("gagal", gagal)):
        for kunci, n in baris:
            hasil.setdefault(kunci, {})[nama] = n
    return hasil


@hanya(KOTA_LIHAT | PROSES)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Processes with their live version and numbers, then the open incidents, newest first."""
    per_kunci = _per_kunci()
    baris = [(satu, per_kunci.get(satu.key, {})) for satu in proses()]
    insiden = Incident.objects.filter(resolved_at__isnull=True).select_related("instance").order_by("-created_at", "pk")
    bagian = halaman(request, insiden, per_halaman=INSIDEN_SEHALAMAN)
    draf = ProcessDefinition.objects.filter(state=VersionState.DRAFT).count()
    fakta = f"{len(baris)} proses berlaku, {draf} draf, {bagian.paginator.count} insiden. Perubahan berlaku untuk berkas baru; berkas yang berjalan tetap pada versinya."
    konteks = {
        "judul": "Proses",
        "fakta": fakta,
        "proses": baris,
        "halaman": bagian,
        "boleh_ulang": punya(request, PROSES),
    }
    return render(request, "kelola/proses.html", konteks | navigasi(request, bagian))


@hanya(PROSES)
@require_POST
def ulangi(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask again for what failed."""
    insiden = get_object_or_404(Incident, pk=pk, resolved_at__isnull=True)
    engine.retry(insiden, actor=pengguna(request))
    messages.success(request, "Dijalankan kembali. Insiden selesai bila tidak muncul lagi.")
    return HttpResponseRedirect(reverse("admin-proses") + "#insiden")
