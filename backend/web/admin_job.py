"""Long work: the list of jobs and one job with its progress. A job goes on when its page is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from backend.platform import jobs
from backend.platform.enums import StatusJob
from backend.platform.models import Job
from backend.web.admin_akses import KOTA, KOTA_LIHAT, PROSES, hanya, pengguna, punya
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan

NADA = {
    StatusJob.SELESAI: "ok",
    StatusJob.GAGAL: "bad",
    StatusJob.BERJALAN: "info",
    StatusJob.ANTRI: "mute",
    StatusJob.DIBATALKAN: "mute",
}
LIHAT = KOTA_LIHAT | PROSES
UBAH = KOTA | PROSES


class SaringJob(Saringan):
    status = saring_pilihan("Status", StatusJob.choices)

    def terapkan(self, baris):  # type: ignore[no-untyped-def]
        status = self.isi("status")
        return baris.filter(status=status) if status else baris


DAFTAR = Daftar(
    judul="Pekerjaan besar",
    kosong="Belum ada pekerjaan besar",
    kosong_saran="Impor dan pembukaan periode muncul di sini beserta kemajuannya.",
    ikon_kosong="list-checks",
    kolom=(
        Kolom(label="Pekerjaan", nilai=str, url=lambda job: reverse("admin-job-detail", args=[job.pk])),
        Kolom(label="Status", nilai=lambda job: job.get_status_display(), nada=lambda job: NADA[StatusJob(job.status)]),
        Kolom(label="Kemajuan", nilai=lambda job: kemajuan(job)),
        Kolom(label="Dimulai oleh", nilai=lambda job: job.oleh),
        Kolom(label="Dibuat", nilai=lambda job: job.dibuat_pada, urut=("dibuat_pada",)),
    ),
)


def kemajuan(job: Job) -> str:
    """`120 dari 6.000`, or the count alone while the total is unknown."""
    selesai = f"{job.selesai:,}".replace(",", ".")
    return f"{selesai} dari {job.total:,}".replace(",", ".") if job.total else selesai


def sisa_waktu(job: Job, *, kini: datetime) -> str:
    """The time left in words, guessed from the pace so far; empty when nothing can be said."""
    if job.status != StatusJob.BERJALAN or not (job.dimulai_pada and job.total and job.selesai):
        return ""
    sisa = (kini - job.dimulai_pada) / job.selesai * (job.total - job.selesai)
    if sisa < timedelta(minutes=1):
        return "kurang dari satu menit lagi"
    return f"sekitar {round(sisa.total_seconds() / 60)} menit lagi"


HASIL = {
    "dibuka": "Laporan dibuka",
    "akun": "Akun dibuat",
    "jumlah": "",
    "baru": "baru",
    "berubah": "berubah",
    "tetap": "tetap",
}


def hasil(isi: Mapping[str, Any], *, awal: str = "") -> Iterator[tuple[str, Any]]:
    """What a job reported, flat: label, number."""
    for kunci, nilai in isi.items():
        label = ", ".join(filter(None, (awal, HASIL.get(kunci, kunci))))
        if isinstance(nilai, Mapping):
            yield from hasil(nilai, awal=label)
        elif nilai:
            yield label, nilai


@hanya(LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """All jobs, newest first."""
    baris = Job.objects.select_related("oleh").order_by("-dibuat_pada", "pk")
    return halaman_daftar(request, baris, daftar=DAFTAR, saringan=SaringJob(request.GET), judul=DAFTAR.judul)


@hanya(LIHAT)
@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One job. A request of htmx gets the card alone; the card asks again only while the job is open."""
    job = get_object_or_404(Job.objects.select_related("oleh", "berkas"), pk=pk)
    konteks = {
        "job": job,
        "judul": str(job),
        "nada": NADA[StatusJob(job.status)],
        "kemajuan": kemajuan(job),
        "sisa": sisa_waktu(job, kini=timezone.now()),
        "hasil": list(hasil(job.hasil)),
        "boleh": punya(request, UBAH),
        "kembali": (reverse("admin-job"), "Pekerjaan besar"),
    }
    template = "kelola/_job.html" if request.headers.get("HX-Request") else "kelola/job.html"
    return render(request, template, konteks)


@hanya(UBAH)
@require_POST
def ulangi(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Run a failed job again."""
    job = jobs.retry(get_object_or_404(Job, pk=pk), oleh=pengguna(request))
    messages.success(request, "Pekerjaan dijalankan kembali.")
    return HttpResponseRedirect(reverse("admin-job-detail", args=[job.pk]))


@hanya(UBAH)
@require_POST
def batalkan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask an open job to stop."""
    jobs.cancel(get_object_or_404(Job, pk=pk), oleh=pengguna(request))
    messages.success(request, "Pekerjaan dibatalkan.")
    return HttpResponseRedirect(reverse("admin-job-detail", args=[pk]))
