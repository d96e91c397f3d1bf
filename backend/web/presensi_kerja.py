"""Long work of attendance as seen by whoever started it: computing anew, imports, exports; progress, result, download."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.kepegawaian.models import Unor
from backend.platform.enums import OPEN_JOB
from backend.platform.models import Berkas, Job
from backend.presensi.services.impor import JENIS as IMPOR
from backend.presensi.tasks import HITUNG, hitung_ulang
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.pekerjaan import Keluarga, Tujuan
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


def kartu_hitung(opd: Unor, bulan: date) -> dict[str, Any] | None:
    """The running computation of an OPD and month."""
    kunci = f"{opd.pk}:{kata.alamat_bulan(bulan)}"
    job = Job.objects.filter(jenis=HITUNG, kunci=kunci, status__in=OPEN_JOB).select_related("oleh").first()
    return KERJA.kartu(job) if job else None


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


def _angka(job: Job) -> list[tuple[str, Any]]:
    return [(label, job.hasil[nama]) for nama, label in HASIL.items() if nama in job.hasil]


def _kembali(job: Job) -> Tujuan:
    if job.jenis == IMPOR:
        return Tujuan(reverse("presensi-impor"), "Impor tap")
    bulan = str(job.parameter.get("bulan", ""))[:7]
    query = f"?opd={job.parameter.get('opd') or ''}&bulan={bulan}"
    if job.jenis == EKSPOR_SKOR:
        return Tujuan(reverse("presensi-skor") + query, "Skor potongan")
    return Tujuan(reverse("presensi-opd") + query, "Presensi bulanan")


def _lanjut(job: Job) -> Tujuan | None:
    if not job.hasil.get("laporan"):
        return None
    return Tujuan(reverse("presensi-pekerjaan-unduh", args=[job.pk]), "Unduh daftar baris yang ditolak", "download")


def _berkas(job: Job) -> Berkas | None:
    """An export, or the report of rejects."""
    laporan = job.hasil.get("laporan")
    return job.berkas or (Berkas.objects.filter(pk=laporan).first() if laporan else None)


KERJA = Keluarga(
    "presensi-pekerjaan", wajib=wajib_job, angka=_angka, kembali=_kembali, lanjut=_lanjut, berkas=_berkas
)  # fmt: skip
pekerjaan, unduh, batalkan, ulangi = KERJA.halaman(), KERJA.unduh(), KERJA.batalkan(), KERJA.ulangi()


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
