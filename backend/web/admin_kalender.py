"""Special days: holidays and shared leave, Ramadan, roll call; for the city or one OPD."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.periode import HARI, tanggal
from backend.kepegawaian import services
from backend.kepegawaian.enums import JenisApel
from backend.kepegawaian.models import Kalender, Unor
from backend.web.admin_akses import KOTA, KOTA_LIHAT, hanya, pengguna, punya
from backend.web.admin_daftar import Daftar, Kolom, Saringan, Tindakan, halaman_daftar
from backend.web.admin_isian import Isian, Tanggal, kiriman, simpan


class SaringKalender(Saringan):
    tahun = forms.IntegerField(label="Tahun", required=False, min_value=2000, max_value=2100)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        return baris.filter(tanggal__year=self.isi("tahun") or timezone.localdate().year)


def _jenis(hari: Kalender) -> str:
    jenis = (("Libur atau cuti bersama", hari.libur), ("Ramadan", hari.ramadan), ("Apel", hari.apel))
    return ", ".join(label for label, ada in jenis if ada)


KOLOM = (
    Kolom(
        label="Tanggal",
        nilai=lambda h: h.tanggal,
        urut=("tanggal",),
        sub=Kolom(label="Hari", nilai=lambda h: HARI[h.tanggal.weekday()]),
    ),
    Kolom(label="Keterangan", nilai=lambda h: h.nama, urut=("nama",)),
    Kolom(label="Jenis", nilai=_jenis),
    Kolom(label="Berlaku untuk", nilai=lambda h: h.opd.nama if h.opd else "Seluruh pemerintah kota"),
)
HAPUS = Tindakan(
    label="Hapus",
    url=lambda h: reverse("admin-kalender-hapus", args=[h.pk]),
    nama=lambda h: f"{h.nama}, {tanggal(h.tanggal)}",
    ikon="trash-2",
)


@hanya(KOTA_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """The special days of a year; without a choice, of this year."""
    boleh = punya(request, KOTA)
    isi = Daftar(
        judul="Kalender kerja", kosong="Belum ada hari khusus pada tahun ini", ikon_kosong="calendar",
        kosong_saran="Hari libur menentukan hari kerja pada tenggat pemeriksaan.", kolom=KOLOM, tindakan=(HAPUS,) if boleh else (), per_halaman=100,
    )  # fmt: skip
    aksi = [("Hari baru", reverse("admin-kalender-baru"), "plus", "btn-plain")] if boleh else []
    baris = Kalender.objects.select_related("opd").order_by("tanggal", "pk")
    return halaman_daftar(
        request, baris, daftar=isi, saringan=SaringKalender(request.GET), judul=isi.judul, aksi_halaman=aksi
    )


class KalenderIsian(Isian):
    tanggal = Tanggal(label="Tanggal")
    nama = forms.CharField(label="Keterangan", max_length=200)
    libur = forms.BooleanField(label="Libur atau cuti bersama", required=False, initial=True)
    ramadan = forms.BooleanField(label="Hari kerja bulan Ramadan", required=False)
    apel = forms.BooleanField(label="Hari apel", required=False)
    jenis_apel = forms.ChoiceField(
        label="Jenis apel", required=False, choices=[("", "Menurut harinya: Senin atau lainnya"), *JenisApel.choices]
    )
    opd = forms.ModelChoiceField(
        label="Berlaku untuk", queryset=Unor.objects.none(), required=False, empty_label="Seluruh pemerintah kota"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["opd"]
        if isinstance(kolom, forms.ModelChoiceField):
            kolom.queryset = Unor.objects.visible_to(user).filter(is_opd=True, is_delete=False).order_by("nama")

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        if not any(isi.get(nama) for nama in ("libur", "ramadan", "apel")):
            self.add_error("libur", "Pilih paling sedikit satu jenis hari.")
        if isi.get("jenis_apel") and not isi.get("apel"):
            self.add_error("jenis_apel", "Jenis apel hanya untuk hari apel.")
        return isi


@hanya(KOTA)
def baru(request: HttpRequest) -> HttpResponse:
    """Enter a special day."""
    user, alamat = pengguna(request), reverse("admin-kalender")
    return simpan(
        request, KalenderIsian(kiriman(request), user=user),
        aksi=lambda isi: services.tetapkan_hari(oleh=user, **isi),
        ke=alamat, sukses="Hari khusus tersimpan.",
        konteks={"judul": "Hari khusus baru", "kembali": (alamat, "Kalender kerja"), "batal": alamat},
    )  # fmt: skip


@hanya(KOTA)
def hapus(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a special day out of the calendar."""
    user, alamat = pengguna(request), reverse("admin-kalender")
    hari = get_object_or_404(Kalender, pk=pk)
    return simpan(
        request, Isian(kiriman(request)),
        aksi=lambda _isi: services.hapus_hari(hari, oleh=user),
        ke=alamat, sukses="Hari khusus dihapus.", template="kelola/konfirmasi.html",
        konteks={
            "judul": f"Hapus {hari.nama}", "fakta": tanggal(hari.tanggal), "kembali": (alamat, "Kalender kerja"), "batal": alamat,
            "tombol": "Hapus hari", "akibat": ["Tenggat baru menghitung tanggal ini sebagai hari biasa."], "terdampak": None,
        },
    )  # fmt: skip
