"""*Catat keputusan pejabat*: the signed paper decision of an official who does not use the application (decision 4)."""

from __future__ import annotations

from collections.abc import Sequence
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
from backend.accounts.roles import Peran
from backend.core.errors import DomainError, InvalidFields
from backend.kinerja import enums, queries
from backend.kinerja.models import LaporanPeriode
from backend.kinerja.services import surat
from backend.kinerja.services.tetapkan import SuratKeputusan
from backend.platform import files
from backend.platform.settings import setting
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_cari import cari_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, Tindakan, halaman_daftar
from backend.web.admin_isian import Isian, Paragraf, Tanggal, kiriman, simpan
from backend.web.kata import persen, ringkas

BOLEH = frozenset({Peran.TIM_PENGELOLA})
S = enums.StatusLaporan
MENUNGGU = {
    S.VALIDASI_RENAKSI: enums.Langkah.RENAKSI,
    S.VALIDASI_SKP: enums.Langkah.SKP,
    S.VALIDASI_PKS: enums.Langkah.PKS,
}
GRUP = {enums.Langkah.RENAKSI: "renaksi", enums.Langkah.SKP: "iki", enums.Langkah.PKS: "pks"}
PINDAIAN = ("pdf", "jpg", "png")


def menunggu_pejabat(user: User) -> QuerySet[LaporanPeriode]:
    """Laporan in scope whose validation waits for an official without NIP; never the user's own."""
    rows = LaporanPeriode.objects.visible_to(user).filter(status__in=MENUNGGU, penilai_pejabat__isnull=False)
    return rows.exclude(pegawai__user=user).select_related("pegawai", "periode", "opd", "penilai_pejabat", "pks", "skp")


class SaringKeputusan(Saringan):
    cari = forms.CharField(label="NIP atau nama", required=False, max_length=100)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        kata = self.isi("cari")
        return cari_pegawai(baris, kata, awalan="pegawai__") if kata else baris


DAFTAR = Daftar(
    judul="Catat keputusan pejabat",
    kosong="Tidak ada laporan yang menunggu pejabat non-ASN",
    kosong_saran="Laporan muncul di sini setelah diajukan kepada pejabat tanpa NIP, misalnya Wali Kota.",
    ikon_kosong="stamp",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda b: b.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda b: b.pegawai.nip)),
        Kolom(label="Periode", nilai=lambda b: str(b.periode), urut=("periode__mulai",)),
        Kolom(label="Pejabat penilai", nilai=lambda b: b.penilai_pejabat.nama, urut=("penilai_pejabat__nama",)),
        Kolom(label="Langkah", nilai=lambda b: b.get_status_display(), nada=lambda _b: "info"),
        Kolom(label="Diajukan", nilai=lambda b: b.diajukan_at, urut=("diajukan_at",)),
    ),
    tindakan=(Tindakan(label="Catat", url=lambda b: reverse("catat-keputusan-laporan", args=[b.pk]), nama=str, ikon="stamp"),),
)  # fmt: skip


@hanya(BOLEH)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Laporan that wait for a paper decision, the oldest first."""
    baris = menunggu_pejabat(pengguna(request)).order_by("diajukan_at", "pk")
    return halaman_daftar(request, baris, daftar=DAFTAR, saringan=SaringKeputusan(request.GET), judul=DAFTAR.judul)


def baris_langkah(laporan: LaporanPeriode, langkah: enums.Langkah) -> list[tuple[int, str, str]]:
    """Id, text and facts of each row to decide."""
    if langkah == enums.Langkah.RENAKSI:
        return [
            (b.id, b.tahapan, f"Target {b.target}, realisasi {ringkas(b.realisasi)}")
            for b in queries.baris_renaksi(laporan)
        ]
    if langkah == enums.Langkah.SKP:
        return [
            (
                b.id,
                b.uraian,
                f"Target {b.target_teks or ringkas(b.target_max)} {b.satuan}, realisasi {b.nilai_teks or ringkas(b.nilai)}, capaian {persen(b.capaian)}",
            )
            for b in queries.baris_iki(laporan)
        ]
    return [
        (b.id, b.uraian, f"Capaian {persen(b.capaian)}. {b.faktor_pendukung or b.faktor_penghambat}")
        for b in queries.baris_pks(laporan)
    ]


class KeputusanIsian(Isian):
    """The paper, and what it says about each row of the step."""

    nomor = forms.CharField(label="Nomor surat keputusan", max_length=100)
    tanggal = Tanggal(label="Tanggal surat")
    berkas = forms.FileField(label="Pindaian bertanda tangan", help_text="PDF, JPG, atau PNG.")

    def __init__(
        self, *args: Any, langkah: enums.Langkah, baris: Sequence[tuple[int, str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.langkah, self.id_baris = langkah, [pk for pk, _teks, _fakta in baris]
        for pk, teks, fakta in baris:
            self.tambah({
                f"keputusan_{pk}": forms.ChoiceField(label=teks, help_text=fakta, choices=enums.Keputusan.choices, widget=forms.RadioSelect),
                f"catatan_{pk}": Paragraf(label="Catatan perbaikan", max_length=1000, required=False, baris=2),
            })  # fmt: skip
        if langkah == enums.Langkah.PKS:
            self.tambah(_kolom_rating())
        self.order_fields([n for n in self.fields if n not in ("nomor", "tanggal", "berkas")])

    def data_langkah(self) -> dict[str, Any]:
        """The data of the step's own form."""
        isi = self.cleaned_data
        baris = [
            {"id": pk, "keputusan": isi[f"keputusan_{pk}"], "catatan": isi[f"catatan_{pk}"]} for pk in self.id_baris
        ]
        rating = {nama: isi[nama] for nama in _kolom_rating() if nama in isi}
        return {GRUP[self.langkah]: baris, **rating}

    def terima(self, galat: DomainError) -> None:
        """`renaksi.42.catatan` stands by `catatan_42`."""
        if isinstance(galat, InvalidFields):
            galat = InvalidFields({_kolom_dari(jalur): pesan for jalur, pesan in galat.errors.items()})
        super().terima(galat)


def _kolom_dari(jalur: str) -> str:
    bagian = jalur.split(".")
    return f"{bagian[2]}_{bagian[1]}" if len(bagian) == 3 else jalur


def _kolom_rating() -> dict[str, forms.Field]:
    return {
        "rating_hasil": forms.ChoiceField(
            label="Rating hasil kerja", choices=enums.Rating.choices, widget=forms.RadioSelect
        ),
        "rating_perilaku": forms.ChoiceField(
            label="Rating perilaku kerja", choices=enums.Rating.choices, widget=forms.RadioSelect
        ),
        "alasan_beda": Paragraf(label="Alasan bila berbeda dari usulan", max_length=1000, required=False),
        "rekomendasi": Paragraf(label="Rekomendasi", max_length=2000, required=False),
    }


@hanya(BOLEH)
def catat(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record one decision with its signed scan."""
    user, alamat = pengguna(request), reverse("catat-keputusan")
    laporan = get_object_or_404(menunggu_pejabat(user), pk=pk)
    langkah = MENUNGGU[S(laporan.status)]
    form = KeputusanIsian(
        kiriman(request),
        request.FILES or None,
        langkah=langkah,
        baris=baris_langkah(laporan, langkah),
        initial={"tanggal": timezone.localdate()},
    )

    def rekam(isi: dict[str, Any]) -> None:
        berkas = files.store(isi["berkas"], pengunggah=user, jenis=PINDAIAN, maks_mb=int(setting("bukti_maks_mb")))
        surat.catat_keputusan(
            laporan, oleh=user, surat=SuratKeputusan(isi["nomor"], isi["tanggal"], berkas), form=form.data_langkah()
        )

    pejabat = laporan.penilai_pejabat.nama if laporan.penilai_pejabat else ""
    return simpan(
        request, form, aksi=rekam, ke=alamat, sukses="Keputusan pejabat tercatat.",
        konteks={
            "judul": f"Keputusan {langkah.label}: {laporan.pegawai.nama_lengkap}", "fakta": f"{laporan.periode} · {pejabat}",
            "kembali": (alamat, "Catat keputusan pejabat"), "batal": alamat, "tombol": "Catat keputusan",
            "penjelasan": "Salin keputusan dari surat yang sudah ditandatangani. Pindaiannya wajib dilampirkan.",
        },
    )  # fmt: skip
