"""One case and its way: why it waits, at whose desk, since when; steps, diagram, history, documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import NotVisible
from backend.kinerja import queries
from backend.kinerja.errors import LangkahBelumLengkap
from backend.kinerja.models import LaporanPeriode
from backend.kinerja.services import tetapkan
from backend.platform.models import AuditEvent
from backend.web import antrean, riwayat
from backend.web.admin_akses import pengguna, punya
from backend.web.admin_isian import Isian, Paragraf
from backend.workflow import diagram, stepper
from backend.workflow.enums import InstanceStatus, ItemStatus
from backend.workflow.models import ProcessInstance, WorkItem

LAPORAN = "laporan"


def instance_laporan(laporan: LaporanPeriode) -> ProcessInstance | None:
    """The main process of a laporan."""
    return (
        ProcessInstance.objects.of(LAPORAN, laporan.pk).filter(key="realisasi_bulanan").order_by("-started_at").first()
    )


def instance_semua(laporan_ids: Collection[UUID]) -> dict[str, ProcessInstance]:
    """The main process of many laporan, by id of the laporan as text, in one statement."""
    ids = [str(pk) for pk in laporan_ids]
    rows = ProcessInstance.objects.filter(subject_type=LAPORAN, subject_id__in=ids, key="realisasi_bulanan")
    return {row.subject_id: row for row in rows.defer("state").order_by("started_at")}


def tugas_laporan(user: User, baris: Sequence[dict[str, Any]]) -> list[antrean.Kartu]:
    """Cards of own open tasks that belong to the listed laporan."""
    pada = timezone.now()
    ids = {str(satu["laporan"].pk) for satu in baris}
    items = (
        WorkItem.objects.open()
        .filter(assignee=user, instance__subject_type=LAPORAN, instance__subject_id__in=ids)
        .select_related("instance")
    )
    return [antrean.kartu(item, pada) for item in items]


def terlihat(user: User, pk: UUID | str) -> ProcessInstance:
    """An instance that the user takes part in, or whose laporan he may see. Raises NotVisible."""
    instance = ProcessInstance.objects.select_related("definition", "started_by").filter(pk=pk).first()
    if instance is None:
        raise NotVisible
    if ProcessInstance.objects.visible_to(user).filter(pk=pk).exists():
        return instance
    if (
        instance.subject_type == LAPORAN
        and LaporanPeriode.objects.visible_to(user).filter(pk=instance.subject_id).exists()
    ):
        return instance
    raise NotVisible


@dataclass(frozen=True)
class Henti:
    """Why a case stands still: reason, who must act, since when."""

    judul: str
    mengapa: str
    siapa: str
    sejak: datetime
    milik_anda: bool
    item: WorkItem


def _henti(instance: ProcessInstance, items: Sequence[WorkItem], user: User, pada: datetime) -> Henti | None:
    terbuka = [item for item in items if item.is_open]
    if instance.status not in (InstanceStatus.RUNNING, InstanceStatus.SUSPENDED) or not terbuka:
        return None
    item = terbuka[-1]
    meja = antrean.meja([item], pada)[item.pk]
    boleh = WorkItem.objects.for_user(user, pada).open().filter(pk=item.pk).exists()
    mengapa = f"Menunggu langkah “{item.name}”."
    if meja.tanpa_orang:
        mengapa += " Jabatan itu kosong dan belum ada Plt. atau Plh."
    judul = "Giliran Anda" if boleh else "Berkas ini menunggu orang lain"
    return Henti(judul, mengapa, meja.siapa, meja.sejak, boleh, item)


@login_required
@require_GET
def berkas(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one instance; the atasan penilai, who hears of it by an escalation, goes on to take it over."""
    user, pada = pengguna(request), timezone.now()
    try:
        instance = terlihat(user, pk)
    except NotVisible:
        _untuk_ambil_alih(user, pk)
        return redirect("berkas-ambil-alih", pk=pk)
    items = list(
        WorkItem.objects.filter(instance=instance)
        .select_related("assignee", "done_by", "instance")
        .order_by("created_at", "id")
    )
    laporan = _laporan_terlihat(instance, user)
    audit = _audit(instance, laporan)
    isi = {
        "instance": instance,
        "laporan": laporan,
        "jabatan": queries.jabatan_laporan(laporan) if laporan else "",
        "pks": getattr(laporan, "pks", None) if laporan else None,
        "dokumen": list(laporan.dokumen.select_related("berkas")) if laporan else [],
        "henti": _henti(instance, items, user, pada),
        "langkah": _perjalanan(instance, items),
        "diagram": diagram.svg(instance.definition, diagram.states_of(items), taken=_dilalui(audit)),
        "riwayat": riwayat.susun(instance, items, audit),
        "bisa_tarik": bool(
            laporan and laporan.pegawai.user_id == user.pk and laporan.status in ("diajukan", "validasi_renaksi")
        ),
        "bisa_ambil_alih": laporan is not None and _dapat_mengambil_alih(request, laporan),
    }
    return render(request, "berkas/berkas.html", isi)


def _laporan(instance: ProcessInstance) -> LaporanPeriode | None:
    if instance.subject_type != LAPORAN:
        return None
    baris = LaporanPeriode.objects.select_related("periode", "pegawai", "opd", "pks", "skp")
    return baris.filter(pk=instance.subject_id).first()


def _laporan_terlihat(instance: ProcessInstance, user: User) -> LaporanPeriode | None:
    """The laporan, unless this user sees the process only: a process admin reads no figures of a person."""
    laporan = _laporan(instance)
    if laporan is None or not LaporanPeriode.objects.visible_to(user).filter(pk=laporan.pk).exists():
        return None
    return laporan


def _audit(instance: ProcessInstance, laporan: LaporanPeriode | None) -> list[AuditEvent]:
    rantai = [str(instance.pk), *([f"laporan:{laporan.pk}"] if laporan else [])]
    return list(AuditEvent.objects.filter(chain__in=rantai).select_related("aktor").order_by("waktu", "id"))


def _dilalui(audit: Sequence[AuditEvent]) -> set[str]:
    """Sequence flows that tokens took, as the engine noted them."""
    return {alur for event in audit for alur in event.data.get("alur", [])}


def _perjalanan(instance: ProcessInstance, items: Sequence[WorkItem]) -> list[dict[str, Any]]:
    """Every step of the process over all lanes, as done, current or to come."""
    return [
        {"nama": satu.name, "keadaan": satu.state, "kini": satu.state in ("current", "returned")}
        for satu in stepper.steps(instance.definition, items=items)
    ]


@login_required
@require_GET
def langkah(request: HttpRequest, pk: UUID, langkah: str) -> HttpResponse:
    """The address of one step: opens it when its turn has come, else the first incomplete step, and says why (M14)."""
    user = pengguna(request)
    instance = terlihat(user, pk)
    item = (
        WorkItem.objects.for_user(user, timezone.now()).open().filter(instance=instance).order_by("created_at").last()
    )
    if item is None:
        return redirect("berkas", pk=instance.pk)
    if item.step != langkah:
        pernah = WorkItem.objects.filter(instance=instance, step=langkah, status=ItemStatus.DONE).exists()
        if pernah:
            messages.info(request, "Langkah itu sudah lengkap. Tekan namanya di atas bila ingin mengubahnya.")
        else:
            messages.warning(request, LangkahBelumLengkap(langkah=item.name).message)
    return redirect("tugas", pk=item.pk)


@login_required
@require_POST
def tarik(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Tarik kembali: while nothing is decided yet (decision 20)."""
    user = pengguna(request)
    instance = terlihat(user, pk)
    tetapkan.tarik(queries.laporan_lengkap(user, instance.subject_id), oleh=user)
    messages.success(request, "Laporan ditarik kembali. Anda dapat memperbaikinya dan mengajukan lagi.")
    return redirect("berkas", pk=instance.pk)


# --- Ambil alih (T6) ----------------------------------------------------------------------------------------------


class AmbilAlihForm(Isian):
    """Why the atasan penilai decides in place of the penilai."""

    alasan = Paragraf(label="Alasan mengambil alih", min_length=10, max_length=1000)


def _untuk_ambil_alih(user: User, pk: UUID) -> WorkItem:
    """The open validation of an instance, for the atasan penilai. Raises NotVisible for everybody else."""
    instance = ProcessInstance.objects.filter(pk=pk, subject_type=LAPORAN).first()
    laporan = _laporan(instance) if instance else None
    item = tetapkan.open_review(laporan) if laporan else None
    if laporan is None or item is None or not tetapkan.is_atasan_penilai(laporan, user=user):
        raise NotVisible
    return item


def _dapat_mengambil_alih(request: HttpRequest, laporan: LaporanPeriode) -> bool:
    """Whether to offer it: an open validation, seen by whoever stands above the penilai."""
    if not punya(request, frozenset({Peran.ATASAN_PENILAI})) or tetapkan.open_review(laporan) is None:
        return False
    return tetapkan.is_atasan_penilai(laporan, user=pengguna(request))


def _halaman_ambil_alih(request: HttpRequest, item: WorkItem, form: AmbilAlihForm) -> HttpResponse:
    """Only what is needed to decide about taking over: whose, which step, at whose desk, since when."""
    pada = timezone.now()
    laporan = _laporan(item.instance)
    isi = {"item": item, "laporan": laporan, "meja": antrean.meja([item], pada)[item.pk], "form": form}
    return render(request, "berkas/ambil_alih.html", isi, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def ambil_alih(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The atasan penilai takes a validation over that stands open too long, and decides it in his inbox."""
    user = pengguna(request)
    item = _untuk_ambil_alih(user, pk)
    form = AmbilAlihForm(request.POST or None)
    if not form.is_valid():
        return _halaman_ambil_alih(request, item, form)
    laporan = _laporan(item.instance)
    if laporan is None:
        raise NotVisible
    baru = tetapkan.ambil_alih(laporan, oleh=user, alasan=form.cleaned_data["alasan"])
    messages.success(request, "Pemeriksaan ini sekarang di meja Anda.")
    return redirect("kotak-masuk-tugas", pk=baru.pk)
