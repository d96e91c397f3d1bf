"""Error pages: what happened, what to do, who can help. They work without a database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backend.core.errors import DomainError

JUDUL = {
    403: "Anda tidak berwenang membuka halaman ini",
    404: "Halaman ini tidak ditemukan",
    409: "Keadaannya sudah berubah",
    422: "Permintaan ini belum dapat dijalankan",
    500: "Terjadi gangguan pada aplikasi",
}
IKON = {403: "lock", 404: "search", 409: "refresh-cw", 422: "circle-alert", 500: "triangle-alert"}
PESAN_404 = "Alamat ini tidak ada, atau datanya bukan wewenang Anda. Periksa kembali alamatnya."
PESAN_403 = "Halaman ini untuk peran lain. Bila Anda memerlukannya, minta Admin OPD atau BKPSDM memberi peran itu."
PESAN_500 = "Isian yang sudah tersimpan tidak hilang. Coba lagi; bila berulang, hubungi Helpdesk BKPSDM."
PESAN_CSRF = "Halaman ini terlalu lama terbuka. Muat ulang halaman, lalu kirim lagi."


def halaman(request: HttpRequest, *, status: int, pesan: str) -> HttpResponse:
    """A whole page for an error; for htmx only the notice, shown where the answer was expected."""
    isi = {
        "status": status,
        "judul": JUDUL.get(status, JUDUL[422]),
        "pesan": pesan,
        "ikon": IKON.get(status, IKON[422]),
    }
    template = "galat/potongan.html" if request.headers.get("HX-Request") else "galat/halaman.html"
    return render(request, template, {"galat": isi}, status=status)


def halaman_galat(request: HttpRequest, galat: DomainError) -> HttpResponse:
    """The page of a broken rule."""
    return halaman(request, status=galat.status, pesan=galat.message)


def tidak_ditemukan(request: HttpRequest, exception: Exception) -> HttpResponse:
    return halaman(request, status=404, pesan=PESAN_404)


def dilarang(request: HttpRequest, exception: Exception) -> HttpResponse:
    return halaman(request, status=403, pesan=PESAN_403)


def csrf_gagal(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: mostly a page left open over night."""
    return halaman(request, status=403, pesan=PESAN_CSRF)


def gangguan(request: HttpRequest) -> HttpResponse:
    """500: drawn without the shell, because menus need the database that may be what failed."""
    isi = {"status": 500, "judul": JUDUL[500], "pesan": PESAN_500, "ikon": IKON[500]}
    return render(request, "galat/gangguan.html", {"galat": isi}, status=500)
