"""A month of a roster by file: template with the people of the OPD, upload, check of every row, then all of it is written."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.errors import DomainError
from backend.kepegawaian.models import Unor
from backend.platform import files
from backend.platform.errors import FileTypeRefused
from backend.platform.models import Berkas
from backend.presensi.errors import BerkasTapTidakTerbaca
from backend.presensi.services import impor, jadwal, roster
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_daftar import XLSX, unduhan
from backend.web.admin_isian import Isian, kiriman, simpan
from backend.web.presensi_akses import UBAH, bulan_diminta, opd_dari, opd_dikelola

JENIS = (".csv", ".txt", ".xlsx")
TAMPIL = 200


class RosterBermasalah(DomainError):
    """Berkas ini masih mempunyai kesalahan, sehingga tidak disimpan. Perbaiki, lalu unggah kembali."""


class UnggahIsian(Isian):
    """The filled-in table, and whose month it is."""

    opd = forms.ModelChoiceField(label="OPD", queryset=Unor.objects.none(), empty_label=None)
    bulan = forms.ChoiceField(label="Bulan")
    berkas = forms.FileField(
        label="Tabel roster", help_text="Excel (.xlsx) dari templat, atau CSV dengan kolom yang sama. Sel kosong tidak mengubah roster."
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, bulan: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opd, pilihan = self.fields["opd"], self.fields["bulan"]
        if isinstance(opd, forms.ModelChoiceField) and isinstance(pilihan, forms.ChoiceField):
            opd.queryset = opd_dikelola(user)
            pilihan.choices = _pilihan_bulan(bulan)


def _pilihan_bulan(bulan: date) -> list[tuple[str, str]]:
    """The months around the one of the address and those around today: rosters are made ahead."""
    hari_ini = timezone.localdate()
    ada = {kata.geser(satu, n) for satu in (bulan, hari_ini.replace(day=1)) for n in (-1, 0, 1, 2)}
    return [(kata.alamat_bulan(satu), kata.nama_bulan(satu)) for satu in sorted(ada)]


@hanya(UBAH)
@require_GET
def templat(request: HttpRequest) -> HttpResponse:
    """The workbook of an OPD and month, filled in as far as its roster stands."""
    opd, bulan = opd_dari(request, opd_dikelola(pengguna(request))), bulan_diminta(request)
    nama = f"roster-{kata.alamat_bulan(bulan)}.xlsx"
    return unduhan(roster.templat(opd, bulan), nama=nama, mime=XLSX)


@hanya(UBAH)
def unggah(request: HttpRequest) -> HttpResponse:
    """Take the table; it is checked on the next page."""
    user, bulan = pengguna(request), bulan_diminta(request)
    opd = opd_dari(request, opd_dikelola(user))
    query = _query(opd, kata.alamat_bulan(bulan))
    alamat = reverse("presensi-roster") + _query(opd, "", minggu=bulan)
    return simpan(
        request,
        UnggahIsian(kiriman(request), request.FILES or None, user=user, bulan=bulan, initial={"opd": opd, "bulan": kata.alamat_bulan(bulan)}),
        aksi=lambda isi: (_terima(isi, user), isi),
        ke=lambda hasil: reverse("presensi-roster-periksa", args=[hasil[0].pk]) + _query(hasil[1]["opd"], hasil[1]["bulan"]),
        sukses="Berkas diterima dan sudah diperiksa di bawah ini.",
        konteks={
            "judul": "Unggah roster", "kembali": (alamat, "Roster jaga"), "batal": alamat, "tombol": "Unggah dan periksa",
            "penjelasan": "Belum ada yang tersimpan sebelum Anda menekan Terapkan pada halaman berikutnya.",
            "aksi_halaman": [("Unduh templat", reverse("presensi-roster-templat") + query, "download", "btn-plain")],
        },
    )  # fmt: skip


def _query(opd: Unor, bulan: str, *, minggu: date | None = None) -> str:
    return f"?opd={opd.pk}" + (f"&minggu={minggu:%Y-%m-%d}" if minggu else f"&bulan={bulan}")


def _terima(isi: dict[str, Any], user: User) -> Berkas:
    """Raises FileTypeRefused, FileTooLarge, FileEmpty, BerkasTapTidakTerbaca."""
    berkas = isi["berkas"]
    if not str(berkas.name).lower().endswith(JENIS):
        raise FileTypeRefused(jenis="XLSX atau CSV")
    return impor.terima_berkas(berkas, oleh=user)


@hanya(UBAH)
def periksa(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every row of an uploaded table with what is wrong, and *Terapkan* when nothing is. Only its uploader sees it."""
    user, bulan = pengguna(request), bulan_diminta(request)
    opd = opd_dari(request, opd_dikelola(user))
    berkas = get_object_or_404(Berkas, pk=pk, pengunggah=user)
    hasil = _baca(berkas, opd, bulan)
    ulang = reverse("presensi-roster-unggah") + _query(opd, kata.alamat_bulan(bulan))
    return simpan(
        request, Isian(kiriman(request)), template="kelola/impor_periksa.html",
        aksi=lambda _isi: _terapkan(hasil, user),
        ke=reverse("presensi-roster") + _query(opd, "", minggu=bulan),
        sukses=lambda n: f"{n} sel roster tersimpan; hari yang berubah sedang dihitung ulang.",
        konteks={
            "judul": "Periksa roster", "fakta": f"{opd.nama}, {kata.nama_bulan(bulan)}: {berkas.nama_asli}", "kembali": (ulang, "Unggah roster"),
            "jumlah": {"Pegawai": hasil.orang, "Hari yang berubah": len(hasil.jaga), "Hari LEPAS ditambahkan": hasil.lepas}.items(), "tanpa_satuan": True,
            "galat": hasil.errors[:TAMPIL], "banyak_galat": len(hasil.errors),
            "catatan": hasil.notes[:TAMPIL], "banyak_catatan": len(hasil.notes), "ulang": ulang,
        },
    )  # fmt: skip


def _baca(berkas: Berkas, opd: Unor, bulan: date) -> roster.Bacaan:
    """What the table holds; a table that cannot be read at all is one error."""
    with files.open_bytes(berkas) as isi:
        content = isi.read()
    try:
        return roster.baca(content, opd=opd, bulan=bulan)
    except BerkasTapTidakTerbaca as galat:
        return roster.Bacaan(errors=[roster.Catatan(1, "", galat.message)])


def _terapkan(hasil: roster.Bacaan, user: User) -> int:
    """Write the cells that differ; returns how many days hold something new. Raises RosterBermasalah."""
    if hasil.errors:
        raise RosterBermasalah
    return jadwal.isi_roster(hasil.jaga, oleh=user) if hasil.jaga else 0
