"""Long work of attendance as seen by whoever started it: computing anew, imports, exports; progress, result, download."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.kepegawaian.models import Unor
from backend.platform import files, jobs
from backend.platform.enums import OPEN_JOB, StatusJob
from backend.platform.models import Berkas, Job
from backend.presensi.services.impor import JENIS as IMPOR
from backend.presensi.tasks import HITUNG, hitung_ulang
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_job import NADA, kemajuan, sisa_waktu
from backend.web.presensi_akses import UBAH, boleh_opd, opd_dikelola

EKSPOR_BULAN = "ekspor_presensi"
EKSPOR_SKOR = "ekspor_skor_potongan"
JENIS = frozenset({HITUNG, IMPOR, EKSPOR_BULAN, EKSPOR_SKOR})
HASIL = {
    "hari": "Hari yang berubah",
    "rekap": "Rekap yang berubah",
    "dibaca": "Baris dibaca",
    "baru": "Tap baru",
    "ganda": "Sudah ada",
    "jam_salah": "Jam tidak masuk akal",
    "tanpa_pemilik": "PIN tidak dikenal",
    "tidak_terbaca": "Baris ditolak",
}


def kartu(job: Job) -> dict[str, Any]:
    """A job as its card draws it."""
    return {
        "job": job,
        "nada": NADA[StatusJob(job.status)],
        "kemajuan": kemajuan(job),
        "sisa": sisa_waktu(job, kini=timezone.now()),
        "hasil": [(label, job.hasil[nama]) for nama, label in HASIL.items() if nama in job.hasil],
        "tolakan": job.hasil.get("tolakan", []),
        "laporan": bool(job.hasil.get("laporan")),
    }


def kartu_hitung(opd: Unor, bulan: date) -> dict[str, Any] | None:
    """The running computation of an OPD and month."""
    kunci = f"{opd.pk}:{kata.alamat_bulan(bulan)}"
    job = Job.objects.filter(jenis=HITUNG, kunci=kunci, status__in=OPEN_JOB).select_related("oleh").first()
    return kartu(job) if job else None


def wajib_job(user: User, pk: UUID) -> Job:
    """A job of attendance that the user started, or that computes an OPD he administers. Raises NotVisible."""
    job = Job.objects.filter(pk=pk, jenis__in=JENIS).select_related("oleh", "berkas").first()
    if job is None:
        raise NotVisible
    if job.oleh_id == user.pk:
        return job
    if job.jenis == HITUNG and boleh_opd(user, UUID(job.parameter["opd"])):
        return job
    raise NotVisible


@login_required
@require_GET
def pekerjaan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One job with its progress, report and file. A request of htmx gets the card alone."""
    isi = kartu(wajib_job(pengguna(request), pk))
    if request.headers.get("HX-Request"):
        return render(request, "presensi/_job.html", isi)
    return render(request, "presensi/job.html", {**isi, "kembali": _kembali(isi["job"])})


def _kembali(job: Job) -> tuple[str, str]:
    if job.jenis == IMPOR:
        return reverse("presensi-impor"), "Impor tap"
    bulan = str(job.parameter.get("bulan", ""))[:7]
    query = f"?opd={job.parameter.get('opd') or ''}&bulan={bulan}"
    if job.jenis == EKSPOR_SKOR:
        return reverse("presensi-skor") + query, "Skor potongan"
    return reverse("presensi-opd") + query, "Presensi bulanan"


@login_required
@require_GET
def unduh(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file that a job made (an export, or the report of rejects)."""
    job = wajib_job(pengguna(request), pk)
    laporan = job.hasil.get("laporan")
    berkas = job.berkas or (Berkas.objects.filter(pk=laporan).first() if laporan else None)
    if berkas is None:
        raise NotVisible
    return files.response(berkas)


@login_required
@require_POST
def batalkan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask an open job to stop."""
    job = wajib_job(pengguna(request), pk)
    if jobs.cancel(job, oleh=pengguna(request)):
        messages.success(request, "Pekerjaan dibatalkan.")
    return redirect("presensi-pekerjaan", pk=job.pk)


@login_required
@require_POST
def ulangi(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Run a failed job again."""
    job = jobs.retry(wajib_job(pengguna(request), pk), oleh=pengguna(request))
    return redirect("presensi-pekerjaan", pk=job.pk)


@hanya(UBAH)
@require_POST
def hitung(request: HttpRequest) -> HttpResponse:
    """*Hitung ulang* an OPD and month, or (whole-city roles, no OPD) every OPD of the city, one job each."""
    user = pengguna(request)
    bulan = kata.bulan_dari(request.POST.get("bulan"), hari_ini=timezone.localdate())
    if not request.POST.get("opd"):
        return _hitung_semua(request, user, bulan)
    opd = opd_dikelola(user).filter(pk=_uuid(request.POST["opd"])).first()
    if opd is None:
        raise NotVisible
    job = hitung_ulang(opd, bulan, oleh=user)
    return redirect("presensi-pekerjaan", pk=job.pk)


def _hitung_semua(request: HttpRequest, user: User, bulan: date) -> HttpResponse:
    semua = list(opd_dikelola(user))
    for opd in semua:
        hitung_ulang(opd, bulan, oleh=user)
    messages.success(request, f"{len(semua)} OPD dihitung ulang di latar belakang. Halaman ini boleh ditutup.")
    return HttpResponseRedirect(f"{reverse('presensi-skor')}?bulan={kata.alamat_bulan(bulan)}")


def _uuid(teks: str) -> UUID:
    try:
        return UUID(teks)
    except ValueError as galat:
        raise NotVisible from galat
