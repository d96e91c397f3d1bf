"""Evidence: a file or an https link on one row of a laporan, attached at once and frozen at final (M10–M13)."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.kinerja import enums, errors
from backend.kinerja.models import BuktiDukung, LaporanPeriode, RealisasiIKI, RealisasiRenaksi
from backend.kinerja.services.dasar import catat, kunci, must_accept_entry, must_be_open, must_be_owner
from backend.platform import files
from backend.platform.settings import setting

RENAKSI, IKI = "renaksi", "iki"


def _baris(laporan: LaporanPeriode, grup: str, baris: int) -> dict[str, Any]:
    """Keywords of the row and its RHK. Raises BarisTidakDikenal for a row of another laporan."""
    if grup == RENAKSI:
        row = (
            RealisasiRenaksi.objects.filter(laporan=laporan, pk=baris).select_related("renaksi_bulan__renaksi").first()
        )
        if row is not None:
            return {"realisasi_renaksi": row, "rhk_id": row.renaksi_bulan.renaksi.rhk_id}
    elif grup == IKI:
        iki = RealisasiIKI.objects.filter(laporan=laporan, pk=baris).select_related("iki").first()
        if iki is not None:
            return {"realisasi_iki": iki, "rhk_id": iki.iki.rhk_id}
    raise errors.BarisTidakDikenal


def _buka(laporan: LaporanPeriode, *, oleh: User) -> LaporanPeriode:
    laporan = kunci(laporan)
    must_be_owner(laporan, oleh=oleh)
    must_be_open(laporan)
    must_accept_entry(laporan)
    return laporan


def _check_room(laporan: LaporanPeriode, milik: dict[str, Any]) -> None:
    most = int(setting("bukti_maks_jumlah"))
    same_row = {name: row for name, row in milik.items() if name != "rhk_id"}
    if BuktiDukung.objects.ada().filter(laporan=laporan, **same_row).count() >= most:
        raise errors.BuktiTerlaluBanyak(n=most)


@transaction.atomic
def tambah_berkas(laporan: LaporanPeriode, *, oleh: User, grup: str, baris: int, upload: File[Any]) -> BuktiDukung:
    """Attach a file. Raises FileTypeRefused (M10), FileTooLarge (M11), BuktiTerlaluBanyak, BuktiGanda (M12)."""
    laporan = _buka(laporan, oleh=oleh)
    milik = _baris(laporan, grup, baris)
    _check_room(laporan, milik)
    berkas = files.store(
        upload, pengunggah=oleh, jenis=list(setting("bukti_jenis")), maks_mb=int(setting("bukti_maks_mb"))
    )
    ada = BuktiDukung.objects.ada().filter(laporan=laporan, rhk=milik["rhk_id"])
    if ada.filter(sha256=berkas.sha256).exists():
        raise errors.BuktiGanda
    bukti = BuktiDukung.objects.create(
        laporan=laporan,
        jenis=enums.JenisBukti.FILE,
        berkas=berkas,
        nama_asli=berkas.nama_asli,
        sha256=berkas.sha256,
        pengunggah=oleh,
        dibuat_oleh=oleh,
        **milik,
    )
    catat(laporan, "laporan.bukti_ditambah", oleh=oleh, data={"nama": bukti.nama_asli, "sha256": bukti.sha256})
    return bukti


@transaction.atomic
def tambah_tautan(laporan: LaporanPeriode, *, oleh: User, grup: str, baris: int, url: str) -> BuktiDukung:
    """Attach an https link. Raises TautanTidakAman (M13), BuktiTerlaluBanyak, BuktiGanda (M12)."""
    laporan = _buka(laporan, oleh=oleh)
    milik = _baris(laporan, grup, baris)
    _check_room(laporan, milik)
    url = url.strip()
    if not url.lower().startswith("https://") or len(url) > 500 or any(char.isspace() for char in url):
        raise errors.TautanTidakAman
    if BuktiDukung.objects.ada().filter(laporan=laporan, rhk=milik["rhk_id"], url=url).exists():
        raise errors.BuktiGanda
    bukti = BuktiDukung.objects.create(
        laporan=laporan,
        jenis=enums.JenisBukti.URL,
        url=url,
        nama_asli=url[:255],
        pengunggah=oleh,
        dibuat_oleh=oleh,
        **milik,
    )
    catat(laporan, "laporan.bukti_ditambah", oleh=oleh, data={"url": url})
    return bukti


@transaction.atomic
def hapus(bukti: BuktiDukung, *, oleh: User) -> None:
    """Take a piece of evidence away; the file stays for the history."""
    laporan = _buka(bukti.laporan, oleh=oleh)
    BuktiDukung.objects.filter(pk=bukti.pk, dihapus_at__isnull=True).update(
        dihapus_at=timezone.now(), diubah_oleh=oleh, diubah_pada=timezone.now()
    )
    catat(laporan, "laporan.bukti_dihapus", oleh=oleh, data={"nama": bukti.nama_asli})
