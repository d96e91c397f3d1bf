"""Files of fingerprint machines: template, upload (checked at once), progress and report of rejects; the list of an apel."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.models import User
from backend.kepegawaian.models import Pegawai, Unor
from backend.platform.errors import FileTooLarge, FileTypeRefused
from backend.platform.files import MEGABYTE
from backend.platform.models import Job
from backend.presensi.models import Mesin
from backend.presensi.services import impor as services
from backend.presensi.services import jadwal
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_daftar import XLSX, unduhan
from backend.web.admin_isian import Isian, Paragraf, Tanggal, kiriman, simpan
from backend.web.presensi_akses import UBAH, opd_dikelola
from backend.web.presensi_kerja import KERJA
from backend.web.presensi_koreksi import orang_unit

MAKS_MB = 20  # of an upload by a page; a year of a large OPD is far smaller
JENIS = (".csv", ".txt", ".dat", ".xlsx")
TERAKHIR = 10
TEMPLAT = (("PIN", "Waktu", "Nomor seri"), ("197901012006041001", "2025-05-05 07:21:40", ""))


class ImporIsian(Isian):
    """A file and, unless its lines name their machine, whose file it is."""

    berkas = forms.FileField(
        label="Berkas tap", help_text=f"CSV, TXT, atau DAT dari mesin, atau Excel (.xlsx); paling besar {MAKS_MB} MB."
    )
    mesin = forms.ModelChoiceField(
        label="Dari mesin", queryset=Mesin.objects.none(), required=False, empty_label="Tertulis di berkas, atau tidak diketahui"
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mesin = self.fields["mesin"]
        if isinstance(mesin, forms.ModelChoiceField):
            mesin.queryset = Mesin.objects.visible_to(user).filter(aktif=True).order_by("nama")


@hanya(UBAH)
@require_http_methods(["GET", "POST"])
def impor(request: HttpRequest) -> HttpResponse:
    """Take a file; its import runs in the background. Below: own imports with their state."""
    user, alamat = pengguna(request), reverse("presensi-impor")
    terakhir = Job.objects.visible_to(user).filter(jenis=services.JENIS).select_related("oleh")[:TERAKHIR]
    return simpan(
        request, ImporIsian(kiriman(request), request.FILES or None, user=user),
        aksi=lambda isi: _terima(isi, user),
        ke=lambda job: reverse("presensi-pekerjaan", args=[job.pk]), sukses="Berkas diterima. Impor berjalan di latar belakang.",
        template="presensi/impor.html",
        konteks={
            "judul": "Impor tap", "tombol": "Unggah dan impor", "batal": "", "alamat": alamat, "terakhir": [KERJA.kartu(job) for job in terakhir],
            "penjelasan": "Berkas yang sama boleh diunggah dua kali: tap yang sudah ada tidak bertambah. Baris yang salah tidak membatalkan baris lain.",
        },
    )  # fmt: skip


def _terima(isi: dict[str, Any], user: User) -> Job:
    """Queue a file. Raises FileTypeRefused, FileTooLarge, FileEmpty, BerkasTapTidakTerbaca."""
    berkas = isi["berkas"]
    if not str(berkas.name).lower().endswith(JENIS):
        raise FileTypeRefused(jenis="CSV, TXT, DAT, atau XLSX")
    if berkas.size > MAKS_MB * MEGABYTE:
        raise FileTooLarge(n=MAKS_MB)
    return services.mulai(berkas, mesin=isi["mesin"], oleh=user)


@hanya(UBAH)
@require_GET
def templat(request: HttpRequest) -> HttpResponse:
    """An empty workbook with the headings and one example."""
    isi = io.BytesIO()
    buku = xlsxwriter.Workbook(isi, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    lembar = buku.add_worksheet("Tap")
    for nomor, baris in enumerate(TEMPLAT):
        lembar.write_row(nomor, 0, baris)
    lembar.set_column(0, 2, 24)
    buku.close()
    return unduhan(isi.getvalue(), nama="templat-tap.xlsx", mime=XLSX)


# --- The list of an apel ------------------------------------------------------------------------------------------------


class ApelIsian(Isian):
    """Who was missing; everybody else of the OPD was there."""

    tanggal = Tanggal(label="Tanggal apel", help_text="Hari itu harus hari apel pada kalender kerja.")
    opd = forms.ModelChoiceField(label="OPD", queryset=Unor.objects.none(), empty_label="– belum dipilih –")
    tidak_hadir = Paragraf(
        label="NIP yang tidak hadir, satu per baris", baris=6, required=False, max_length=60000, help_text="Kosong: semua hadir."
    )  # fmt: skip

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opd = self.fields["opd"]
        if isinstance(opd, forms.ModelChoiceField):
            opd.queryset = opd_dikelola(user)

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        nip = [satu.replace(" ", "") for satu in str(isi.get("tidak_hadir") or "").splitlines() if satu.strip()]
        if not (isi.get("opd") and isi.get("tanggal")):
            return isi
        orang = orang_unit(isi["opd"], isi["tanggal"])
        ada = dict(Pegawai.objects.filter(pk__in=orang, nip__in=nip).values_list("nip", "pk"))
        if hilang := sorted(set(nip) - ada.keys()):
            self.add_error("tidak_hadir", f"Bukan pegawai OPD ini pada tanggal itu: {', '.join(hilang[:5])}.")
        isi["tidak"], isi["hadir"] = list(ada.values()), [satu for satu in orang if satu not in set(ada.values())]
        return isi


@hanya(UBAH)
def apel(request: HttpRequest) -> HttpResponse:
    """Record who was at an apel."""
    user, alamat = pengguna(request), reverse("presensi-opd")
    return simpan(
        request, ApelIsian(kiriman(request), user=user, initial={"tanggal": timezone.localdate()}),
        aksi=lambda isi: jadwal.catat_apel(isi["tanggal"], hadir=isi["hadir"], tidak_hadir=isi["tidak"], oleh=user),
        ke=alamat, sukses=lambda n: f"Kehadiran apel {n} pegawai tercatat; hari itu sedang dihitung ulang.",
        konteks={"judul": "Daftar hadir apel", "kembali": (alamat, "Presensi bulanan"), "batal": alamat, "tombol": "Catat daftar hadir"},
    )  # fmt: skip
