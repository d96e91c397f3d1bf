"""Long work as whoever started it sees it: a card with progress, result and download; attendance and TPP each have theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.platform import files, jobs
from backend.platform.enums import StatusJob
from backend.platform.models import Berkas, Job
from backend.web.admin_akses import pengguna
from backend.web.admin_job import NADA, kemajuan, sisa_waktu

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Tujuan:
    """Where to go from a job: its address, the words and the icon of the link."""

    url: str
    label: str
    ikon: str = "arrow-right"


@dataclass(frozen=True)
class Keluarga:
    """The jobs of one part of the product.

    `nama`: name of the address of one job; those of its actions end in -unduh, -batal, -ulangi.
    `wajib`: the job, if the user may see it, else NotVisible. `angka`: what it reports, as label and number.
    `kembali`: the page it was started from. `lanjut`: where its result stands, unless it is a file.
    `berkas`: its file. `boleh_batal`: whether somebody who sees it may stop it.
    """

    nama: str
    wajib: Callable[[User, UUID], Job]
    angka: Callable[[Job], Sequence[tuple[str, Any]]]
    kembali: Callable[[Job], Tujuan]
    lanjut: Callable[[Job], Tujuan | None]
    berkas: Callable[[Job], Berkas | None] = lambda job: job.berkas
    boleh_batal: Callable[[User, Job], bool] = lambda _user, _job: True

    def kartu(self, job: Job) -> dict[str, Any]:
        """A job as its card draws it."""
        return {
            "job": job,
            "alamat": {
                aksi: reverse(self.nama + akhir, args=[job.pk])
                for aksi, akhir in (("lihat", ""), ("unduh", "-unduh"), ("batal", "-batal"), ("ulangi", "-ulangi"))
            },
            "nada": NADA[StatusJob(job.status)],
            "kemajuan": kemajuan(job),
            "sisa": sisa_waktu(job, kini=timezone.now()),
            "hasil": self.angka(job),
            "tolakan": job.hasil.get("tolakan", []),
            "lanjut": self.lanjut(job),
        }

    def halaman(self) -> View:
        """One job. A request of htmx gets the card alone."""

        def lihat(request: HttpRequest, pk: UUID) -> HttpResponse:
            job = self.wajib(pengguna(request), pk)
            isi = {"kartu": self.kartu(job), "kembali": self.kembali(job)}
            htmx = request.headers.get("HX-Request")
            return render(request, "pekerjaan/_kartu.html" if htmx else "pekerjaan/pekerjaan.html", isi)

        return login_required(require_GET(lihat))

    def unduh(self) -> View:
        """The file that a job made."""

        def ambil(request: HttpRequest, pk: UUID) -> HttpResponseBase:
            berkas = self.berkas(self.wajib(pengguna(request), pk))
            if berkas is None:
                raise NotVisible
            return files.response(berkas)

        return login_required(require_GET(ambil))

    def batalkan(self) -> View:
        """Ask an open job to stop."""

        def henti(request: HttpRequest, pk: UUID) -> HttpResponse:
            user = pengguna(request)
            job = self.wajib(user, pk)
            if self.boleh_batal(user, job) and jobs.cancel(job, oleh=user):
                messages.success(request, "Pekerjaan dibatalkan.")
            return redirect(self.nama, pk=job.pk)

        return login_required(require_POST(henti))

    def ulangi(self) -> View:
        """Run a failed job again."""

        def lagi(request: HttpRequest, pk: UUID) -> HttpResponse:
            user = pengguna(request)
            return redirect(self.nama, pk=jobs.retry(self.wajib(user, pk), oleh=user).pk)

        return login_required(require_POST(lagi))
