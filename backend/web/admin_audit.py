"""The audit trail: what happened to one object, or what one person did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.platform.models import AuditEvent
from backend.web.admin_akses import KOTA_LIHAT, PROSES, hanya
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, tampil
from backend.web.admin_isian import Tanggal

MESIN = frozenset({"rev", "alur", "buka", "lewat", "sha256"})  # ids of elements and tokens
HARI_BAWAAN = 7  # without an object or dates the page shows the last days only: the log has millions of rows


class SaringAudit(Saringan):
    objek = forms.CharField(label="Objek", required=False, max_length=200, help_text="Misalnya pegawai:<nomor>")
    pelaku = forms.CharField(label="Nama pelaku", required=False, max_length=100)
    dari = Tanggal(label="Dari tanggal", required=False)
    sampai = Tanggal(label="Sampai tanggal", required=False)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        objek, pelaku, dari, sampai = (self.isi(nama) for nama in ("objek", "pelaku", "dari", "sampai"))
        if objek:
            baris = baris.filter(chain=objek)
        elif not dari:
            dari = timezone.localdate() - timedelta(days=HARI_BAWAAN)
        if pelaku:
            baris = baris.filter(aktor_nama__icontains=pelaku)
        if dari:
            baris = baris.filter(waktu__date__gte=dari)
        return baris.filter(waktu__date__lte=sampai) if sampai else baris


def peristiwa(baris: AuditEvent) -> str:
    """`laporan.dikembalikan` → `Laporan: dikembalikan`."""
    pokok, _, kejadian = baris.peristiwa.replace("_", " ").partition(".")
    return f"{pokok.capitalize()}: {kejadian}" if kejadian else pokok.capitalize()


def rincian(baris: AuditEvent) -> str:
    """The recorded facts as `nama: lama → baru`; what only the engine can read is left out."""
    return "; ".join(
        f"{nama.replace('_', ' ')}: {teks}"
        for nama, nilai in baris.data.items()
        if nama not in MESIN and (teks := _teks(nilai)) not in ("", "–")
    )


def _teks(nilai: object) -> str:
    """A recorded value; a pair is what it was and what it became."""
    if isinstance(nilai, list) and len(nilai) == 2 and not any(_is_id(satu) for satu in nilai):
        return f"{tampil(nilai[0])} → {tampil(nilai[1])}"
    if isinstance(nilai, list):
        return ", ".join(tampil(satu) for satu in nilai if not _is_id(satu))
    return "" if _is_id(nilai) or isinstance(nilai, dict) else tampil(nilai)


def _is_id(nilai: object) -> bool:
    try:
        return bool(UUID(str(nilai)))
    except ValueError:
        return False


def objek(baris: AuditEvent) -> str:
    """Its name, else its kind and the beginning of its number: `Laporan 4d01ba50`; a chain without a kind is a process."""
    if baris.objek:
        return str(baris.objek)
    jenis, _, nomor = baris.chain.rpartition(":")
    return f"{jenis.replace('_', ' ').capitalize() or 'Berkas'} {nomor.partition('-')[0]}"


DAFTAR = Daftar(
    judul="Jejak audit",
    kosong="Tidak ada peristiwa dalam tujuh hari terakhir",
    kosong_saran="Isi objek atau rentang tanggal untuk mencari peristiwa yang lebih lama.",
    ikon_kosong="history",
    kolom=(
        Kolom(label="Peristiwa", nilai=peristiwa, sub=Kolom(label="Rincian", nilai=rincian)),
        Kolom(label="Waktu", nilai=lambda baris: baris.waktu),
        Kolom(label="Pelaku", nilai=lambda baris: baris.aktor_nama or "Sistem"),
        Kolom(label="Alasan", nilai=lambda baris: baris.alasan),
        Kolom(
            label="Objek",
            nilai=lambda baris: objek(baris),
            url=lambda baris: f"?objek={baris.chain}",
        ),
    ),
)


@hanya(KOTA_LIHAT | PROSES)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Events, newest first."""
    baris = AuditEvent.objects.order_by("-waktu", "-id")
    fakta = "Catatan tidak dapat diubah atau dihapus; setiap baris dikunci oleh baris sebelumnya."
    return halaman_daftar(
        request, baris, daftar=DAFTAR, saringan=SaringAudit(request.GET), judul=DAFTAR.judul, fakta=fakta
    )
