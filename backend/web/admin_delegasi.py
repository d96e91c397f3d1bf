"""Delegation letters: who may rate whom without being at least pejabat pengawas (decision 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.periode import tanggal
from backend.kepegawaian import services
from backend.kepegawaian.models import Delegasi, Pegawai, Unor
from backend.web.admin_akses import KOTA, KOTA_LIHAT, OPD, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai, cari_unor, teks_pegawai, teks_unor
from backend.web.admin_daftar import Daftar, Kolom, Saringan, Tindakan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Paragraf, PilihField, Tanggal, kiriman, simpan

UBAH = OPD | KOTA


def keadaan(delegasi: Delegasi, *, pada: date) -> tuple[str, str]:
    """The state of a letter on a date, and its tone."""
    if delegasi.dicabut_pada:
        return "Dicabut", "bad"
    if delegasi.mulai > pada:
        return "Belum mulai", "info"
    return ("Berlaku", "ok") if delegasi.selesai >= pada else ("Selesai", "mute")


class SaringDelegasi(Saringan):
    cari = forms.CharField(label="NIP atau nama", required=False, max_length=100)
    keadaan = saring_pilihan("Keadaan", (("berlaku", "Sedang berlaku"),))

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if kata := self.isi("cari"):
            baris = cari_pegawai(baris, kata, awalan="pegawai__")
        if self.isi("keadaan"):
            hari_ini = timezone.localdate()
            baris = baris.filter(mulai__lte=hari_ini, selesai__gte=hari_ini, dicabut_pada__isnull=True)
        return baris


def _lingkup(delegasi: Delegasi) -> str:
    if delegasi.lingkup_unor:
        return delegasi.lingkup_unor.nama
    nama = [p.nama_lengkap for p in delegasi.lingkup_pegawai.all()]
    return f"{', '.join(nama[:3])} dan {len(nama) - 3} lainnya" if len(nama) > 3 else ", ".join(nama)


DAFTAR = Daftar(
    judul="Delegasi penilai",
    kosong="Belum ada surat delegasi",
    kosong_saran="Koordinator dan ketua tim hanya dapat menilai dengan surat delegasi yang bernomor dan bertanggal.",
    ikon_kosong="user-check",
    kolom=(
        Kolom(label="Penerima delegasi", nilai=lambda d: d.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda d: d.pegawai.nip)),
        Kolom(label="Menilai", nilai=_lingkup),
        Kolom(label="Nomor surat", nilai=lambda d: d.nomor, sub=Kolom(label="Tanggal surat", nilai=lambda d: d.tanggal)),
        Kolom(label="Mulai", nilai=lambda d: d.mulai, urut=("mulai",)),
        Kolom(label="Selesai", nilai=lambda d: d.selesai, urut=("selesai",)),
        Kolom(label="Keadaan", nilai=lambda d: keadaan(d, pada=timezone.localdate())[0], nada=lambda d: keadaan(d, pada=timezone.localdate())[1]),
    ),
)  # fmt: skip
CABUT = Tindakan(
    label="Cabut", url=lambda d: reverse("admin-delegasi-cabut", args=[d.pk]), nama=lambda d: f"delegasi {d.nomor}", ikon="ban",
    boleh=lambda d: not d.dicabut_pada and d.selesai >= timezone.localdate(),
)  # fmt: skip


@hanya(UBAH | KOTA_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Letters for people in the user's scope."""
    baris = (
        Delegasi.objects.visible_to(pengguna(request))
        .select_related("pegawai", "lingkup_unor")
        .prefetch_related("lingkup_pegawai")
        .order_by("-mulai", "pk")
    )
    boleh = punya(request, UBAH)
    aksi = [("Delegasi baru", reverse("admin-delegasi-baru"), "plus", "btn-plain")] if boleh else []
    isi = replace(DAFTAR, tindakan=(CABUT,)) if boleh else DAFTAR
    return halaman_daftar(
        request, baris, daftar=isi, saringan=SaringDelegasi(request.GET), judul=DAFTAR.judul, aksi_halaman=aksi
    )


class DelegasiIsian(Isian):
    """A letter: who may rate, whom, by which letter, how long."""

    pegawai = PilihField(
        label="Penerima delegasi",
        cari=cari_pegawai,
        teks=teks_pegawai,
        petunjuk="Ketik NIP atau nama, lalu tekan Cari.",
    )
    lingkup_unor = PilihField(label="Menilai seluruh pegawai pada unit", cari=cari_unor, teks=teks_unor, required=False)
    lingkup_nip = forms.CharField(
        label="Atau menilai pegawai ini (NIP, satu per baris)",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    nomor = forms.CharField(label="Nomor surat", max_length=100)
    tanggal = Tanggal(label="Tanggal surat")
    mulai = Tanggal(label="Mulai")
    selesai = Tanggal(label="Selesai")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terlihat = Pegawai.objects.visible_to(user)
        sumber: dict[str, QuerySet[Any]] = {
            "pegawai": self.terlihat,
            "lingkup_unor": Unor.objects.visible_to(user).filter(is_delete=False),
        }
        for nama, queryset in sumber.items():
            kolom = self.fields[nama]
            if isinstance(kolom, PilihField):
                kolom.queryset = queryset

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        if isi.get("mulai") and isi.get("selesai") and isi["selesai"] < isi["mulai"]:
            self.add_error("selesai", "Tanggal selesai tidak boleh sebelum tanggal mulai.")
        baris = [satu.replace(" ", "") for satu in str(isi.pop("lingkup_nip", "")).splitlines() if satu.strip()]
        isi["lingkup_pegawai"] = list(self.terlihat.filter(nip__in=baris))
        if hilang := sorted(set(baris) - {p.nip for p in isi["lingkup_pegawai"]}):
            self.add_error("lingkup_nip", f"NIP tidak ditemukan: {', '.join(hilang[:5])}.")
        if not baris and not isi.get("lingkup_unor"):
            self.add_error("lingkup_unor", "Pilih unit, atau isi paling sedikit satu NIP.")
        return isi


@hanya(UBAH)
def baru(request: HttpRequest) -> HttpResponse:
    """Record a letter."""
    user, alamat = pengguna(request), reverse("admin-delegasi")
    return simpan(
        request, DelegasiIsian(kiriman(request), user=user),
        aksi=lambda isi: services.buat_delegasi(isi.pop("pegawai"), oleh=user, **isi),
        ke=alamat, sukses="Delegasi tersimpan.",
        konteks={"judul": "Delegasi baru", "kembali": (alamat, "Delegasi penilai"), "batal": alamat},
    )  # fmt: skip


class CabutIsian(Isian):
    alasan = Paragraf(label="Alasan", min_length=10, max_length=500)


@hanya(UBAH)
def cabut(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Revoke a letter now."""
    user, alamat = pengguna(request), reverse("admin-delegasi")
    delegasi = get_object_or_404(Delegasi.objects.visible_to(user).select_related("pegawai"), pk=pk)
    akibat = [
        "Penerima delegasi tidak lagi dapat menilai mulai sekarang.",
        "Tugas yang terbuka beralih kepada atasan langsung.",
    ]
    return simpan(
        request, CabutIsian(kiriman(request)),
        aksi=lambda isi: services.cabut_delegasi(delegasi, oleh=user, **isi),
        ke=alamat, sukses="Delegasi dicabut.", template="kelola/konfirmasi.html",
        konteks={
            "judul": f"Cabut delegasi {delegasi.nomor}", "fakta": f"{delegasi.pegawai.nama_lengkap} · sampai {tanggal(delegasi.selesai)}",
            "kembali": (alamat, "Delegasi penilai"), "batal": alamat, "tombol": "Cabut delegasi", "akibat": akibat, "terdampak": None,
        },
    )  # fmt: skip
