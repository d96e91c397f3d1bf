"""The first page: what to do now, own cases, shortcuts, own post; and the page of all menus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.periode import waktu
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.kinerja import enums
from backend.kinerja.models import LaporanPeriode
from backend.web import antrean, berkas
from backend.web.admin_akses import pengguna
from backend.workflow.models import WorkItem

BERKAS_MAKS = 5


@login_required
@require_GET
def beranda(request: HttpRequest) -> HttpResponse:
    """Tasks first (at most five), then own cases and at whose desk they lie."""
    user, pada = pengguna(request), timezone.now()
    terbuka = antrean.terbuka(user, pada)
    sendiri = antrean.milik_sendiri(terbuka, user)
    isi = {
        "hari_ini": timezone.localdate(pada),
        "kartu": [antrean.kartu(item, pada) for item in sendiri[: antrean.MAKS_TUGAS]],
        "sisa_kartu": max(0, len(sendiri) - antrean.MAKS_TUGAS),
        "permohonan": _berkas(user, pada),
        "posisi": _posisi(user, timezone.localdate(pada)),
        **_masuk(antrean.untuk_diputus(terbuka, user), pada),
    }
    isi["masuk_pertama"] = _lebih_dulu(isi.get("masuk_tenggat"), sendiri)
    isi["kosong"] = _mengapa_kosong(isi["permohonan"])
    return render(request, "beranda/beranda.html", isi)


@login_required
@require_GET
def lainnya(request: HttpRequest) -> HttpResponse:
    """Every menu of the user, for phones."""
    return render(request, "beranda/lainnya.html")


def _masuk(items: list[WorkItem], pada: datetime) -> dict[str, Any]:
    """What waits for a decision, as one card."""
    if not items:
        return {"masuk": 0}
    lewat = sum(1 for item in items if item.due_at and item.due_at < pada)
    langkah: dict[str, int] = {}
    for item in items:
        langkah[item.name] = langkah.get(item.name, 0) + 1
    return {
        "masuk": len(items),
        "masuk_tenggat": min((item.due_at for item in items if item.due_at), default=None),
        "masuk_ringkas": ", ".join(f"{nama}: {banyak}" for nama, banyak in langkah.items()) + ".",
        "masuk_peringatan": f"{lewat} lewat tenggat" if lewat else "",
    }


def _lebih_dulu(tenggat: datetime | None, sendiri: list[WorkItem]) -> bool:
    """Whether the decisions are due before the first own task, and so come first on the page."""
    pertama = sendiri[0].due_at if sendiri else None
    return not sendiri or (tenggat is not None and (pertama is None or tenggat <= pertama))


# --- Own cases ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Baris:
    """One own case: what, at whose desk, since when."""

    judul: str
    url: str
    kalimat: str
    status: str
    nada: str
    ikon: str


def _berkas(user: User, pada: datetime) -> list[Baris]:
    """Own laporan that lie with somebody else, then the latest finished ones."""
    laporan = list(
        LaporanPeriode.objects.milik(user)
        .filter(diajukan_at__isnull=False)
        .exclude(status=enums.StatusLaporan.DIKEMBALIKAN)
        .aktif()
        .select_related("periode", "pks")
        .order_by("-periode__mulai")[:BERKAS_MAKS]
    )
    jalan = berkas.instance_semua([satu.pk for satu in laporan])
    items = {item.instance_id: item for item in antrean.terkait([i.pk for i in jalan.values()])}
    meja = antrean.meja(list(items.values()), pada)
    hasil = []
    for satu in laporan:
        instance = jalan.get(str(satu.pk))
        item = items.get(instance.pk) if instance else None
        url = reverse("berkas", args=[instance.pk]) if instance else reverse("laporan-detail", args=[satu.pk])
        hasil.append(_baris(satu, url, meja[item.pk] if item else None))
    return hasil


def _baris(laporan: LaporanPeriode, url: str, meja: antrean.Meja | None) -> Baris:
    judul = f"Realisasi {laporan.periode}"
    if laporan.is_final:
        pks = laporan.pks
        kalimat = f"Final {waktu(laporan.final_at)}" if laporan.final_at else "Final"
        return Baris(judul, url, kalimat, pks.get_predikat_display() or "Final", "ok", "circle-check")
    if meja:
        return Baris(judul, url, meja.kalimat, laporan.get_status_display(), "info", "hourglass")
    kalimat = f"Diajukan {waktu(laporan.diajukan_at)}" if laporan.diajukan_at else ""
    return Baris(judul, url, kalimat, laporan.get_status_display(), "warn", "hourglass")


def _mengapa_kosong(berkas_sendiri: list[Baris]) -> str:
    """What an empty home page says."""
    if any(satu.nada == "info" for satu in berkas_sendiri):
        return "Laporan Anda sedang diperiksa; Anda diberi tahu saat ada keputusan."
    return "Laporan bulan berikutnya dibuka pada tanggal 1."


# --- Own post -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Posisi:
    """The card “Posisi Anda saat ini”."""

    pegawai: Pegawai
    jabatan: str
    unit: str
    atasan: str


def _posisi(user: User, pada: date) -> Posisi | None:
    pegawai = kepegawaian.pegawai_of(user)
    if pegawai is None:
        return None
    row = kepegawaian.jabatan_pada(pegawai, pada)
    if row is None:
        return Posisi(pegawai, "Belum ada jabatan aktif", "–", "Belum ada")
    unor = row.posisi.unor
    berinduk = unor.opd is not None and unor.opd.nama not in unor.nama
    unit = f"{unor.nama}, {unor.opd.nama}" if unor.opd and berinduk else unor.nama
    penilai = kepegawaian.penilai(pegawai, pada)
    atasan = penilai.orang.nama_lengkap if penilai.orang else _tanpa_atasan(penilai)
    return Posisi(pegawai, row.nama_jabatan, unit, atasan)


def _tanpa_atasan(penilai: kepegawaian.Penilai) -> str:
    alasan = penilai.alasan_kosong
    return f"Belum ada: {alasan.label.lower()}. Admin OPD harus melengkapinya." if alasan else "Belum ada"
