"""Posts: where they stand, who holds them on a date, how many are needed, to whom they report."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.kepegawaian import enums, services
from backend.kepegawaian.models import Jabatan, PejabatNonASN, Posisi, RiwayatJabatan, Unor, berlaku
from backend.web.admin_akses import KOTA, KOTA_LIHAT, OPD_LIHAT, hanya, pengguna, punya
from backend.web.admin_cari import cari_jabatan, cari_posisi, cari_unor, teks_posisi, teks_unor
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, PilihField, Tanggal, kiriman, pilihan_kosong, simpan
from backend.web.admin_pegawai import pilihan_opd

BOLEH = OPD_LIHAT | KOTA_LIHAT


def dengan_isi(baris: QuerySet[Posisi], *, pada: date) -> QuerySet[Any]:
    """Posts with `isi`: people who hold them definitively on a date, and `kurang`: seats still empty."""
    isi = (
        RiwayatJabatan.objects.definitif().pada(pada).filter(posisi=OuterRef("pk")).order_by()
        .values("posisi").annotate(n=Count("pk")).values("n")
    )  # fmt: skip
    hitung = Coalesce(Subquery(isi, output_field=IntegerField()), 0)
    return baris.annotate(isi=hitung, kurang=F("jumlah_kebutuhan") - hitung)


class SaringPosisi(Saringan):
    cari = forms.CharField(label="Jabatan atau unit", required=False, max_length=100)
    opd = saring_pilihan("Perangkat daerah", ())
    jenis = saring_pilihan("Jenis jabatan", enums.JenisJabatan.choices)
    keadaan = saring_pilihan(
        "Keadaan", (("kosong", "Masih ada kursi kosong"), ("penuh", "Terisi penuh"), ("lebih", "Melebihi kebutuhan"))
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["opd"]
        if isinstance(kolom, forms.ChoiceField):
            kolom.choices = [("", "Semua"), *pilihan_opd(user)]

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if kata := self.isi("cari"):
            baris = cari_posisi(baris, kata)
        if opd := self.isi("opd"):
            baris = baris.filter(unor__opd=opd)
        if jenis := self.isi("jenis"):
            baris = baris.filter(jabatan__jenis=jenis)
        keadaan = self.isi("keadaan")
        syarat = {"kosong": {"kurang__gt": 0}, "penuh": {"kurang": 0}, "lebih": {"kurang__lt": 0}}
        return baris.filter(**syarat[keadaan]) if keadaan else baris


DAFTAR = Daftar(
    judul="Posisi dan formasi",
    kosong="Belum ada posisi",
    kosong_saran="Posisi dibuat dari halaman unit atau dengan impor Excel.",
    ikon_kosong="briefcase",
    kolom=(
        Kolom(
            label="Jabatan", nilai=lambda p: p.jabatan.nama, urut=("jabatan__nama",),
            sub=Kolom(label="Jenis jabatan", nilai=lambda p: p.jabatan.get_jenis_display()),
            url=lambda p: reverse("admin-posisi-detail", args=[p.pk]),
        ),
        Kolom(label="Unit kerja", nilai=lambda p: p.unor.nama, urut=("unor__nama",), sub=Kolom(label="Perangkat daerah", nilai=lambda p: p.unor.opd and p.unor.opd.nama)),
        Kolom(label="Kelas", nilai=lambda p: p.kelas_berlaku, angka=True),
        Kolom(label="Kebutuhan", nilai=lambda p: p.jumlah_kebutuhan, urut=("jumlah_kebutuhan",), angka=True),
        Kolom(label="Terisi", nilai=lambda p: p.isi, urut=("isi",), angka=True),
        Kolom(label="Selisih", nilai=lambda p: -p.kurang, urut=("-kurang",), angka=True, nada=lambda p: "warn" if p.kurang > 0 else "bad" if p.kurang < 0 else ""),
    ),
)  # fmt: skip


@hanya(BOLEH)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Posts with seats needed and filled today."""
    user = pengguna(request)
    baris = dengan_isi(Posisi.objects.visible_to(user).aktif(), pada=timezone.localdate())
    baris = baris.select_related("jabatan", "unor__opd").order_by("unor__kode", "-is_pimpinan", "jabatan__nama", "pk")
    aksi = [("Posisi baru", reverse("admin-posisi-baru"), "plus", "btn-plain")] if punya(request, KOTA) else []
    return halaman_daftar(
        request,
        baris,
        daftar=DAFTAR,
        saringan=SaringPosisi(request.GET, user=user),
        judul=DAFTAR.judul,
        aksi_halaman=aksi,
    )


class SaringTanggal(Isian):
    pada = Tanggal(label="Pemangku pada tanggal", required=False)


def ambil(request: HttpRequest, pk: UUID) -> Posisi:
    """A post this user may see; 404 otherwise."""
    rows = Posisi.objects.visible_to(pengguna(request)).select_related(
        "jabatan", "unor__opd", "atasan__jabatan", "atasan__unor"
    )
    return get_object_or_404(rows, pk=pk)


@hanya(BOLEH)
@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One post: holders on a chosen date (S1), those below it, its facts."""
    posisi = ambil(request, pk)
    saringan = SaringTanggal(request.GET)
    pada: date = (saringan.cleaned_data.get("pada") if saringan.is_valid() else None) or timezone.localdate()
    konteks = {
        "judul": posisi.jabatan.nama,
        "fakta": posisi.unor.nama,
        "kembali": (reverse("admin-unit-detail", args=[posisi.unor_id]), posisi.unor.nama),
        "posisi": posisi,
        "saringan": saringan,
        "pada": pada,
        "pemangku": RiwayatJabatan.objects.pada(pada)
        .filter(posisi=posisi)
        .select_related("pegawai")
        .order_by("jenis_penugasan", "mulai"),
        "pejabat": PejabatNonASN.objects.filter(berlaku(pada), posisi=posisi),
        "bawahan": posisi.bawahan.filter(is_delete=False).select_related("jabatan", "unor"),
        "boleh_ubah": punya(request, KOTA),
    }
    return render(request, "kelola/posisi.html", konteks)


class PosisiIsian(Isian):
    """A post. Atasan is required unless it reports to the Wali Kota (2l)."""

    unor = PilihField(label="Unit kerja", cari=cari_unor, teks=teks_unor)
    is_pimpinan = forms.BooleanField(label="Pimpinan unit kerja ini", required=False)
    jabatan = PilihField(label="Jabatan", cari=cari_jabatan)
    kelas = forms.IntegerField(
        label="Kelas jabatan",
        min_value=1,
        max_value=17,
        required=False,
        help_text="Kosongkan bila sama dengan kelas jabatannya.",
    )
    eselon = pilihan_kosong("Eselon", enums.Eselon.choices, kosong="Mengikuti jabatan")
    jumlah_kebutuhan = forms.IntegerField(label="Jumlah kebutuhan", min_value=0, max_value=999, initial=1)
    puncak = forms.BooleanField(label="Jabatan puncak (tidak mempunyai atasan)", required=False)
    atasan = PilihField(
        label="Atasan",
        cari=cari_posisi,
        teks=teks_posisi,
        required=False,
        petunjuk="Wajib, kecuali jabatan puncak. Ketik nama jabatan atau unit, lalu tekan Cari.",
    )

    def __init__(self, *args: Any, user: User, atasan: QuerySet[Posisi], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sumber = {
            "unor": Unor.objects.visible_to(user).filter(is_delete=False),
            "jabatan": Jabatan.objects.all(),
            "atasan": atasan,
        }
        for nama, queryset in sumber.items():
            kolom = self.fields[nama]
            if isinstance(kolom, PilihField):
                kolom.queryset = queryset

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        if not isi.get("puncak") and not isi.get("atasan") and "atasan" not in self.errors:
            self.add_error("atasan", "Pilih atasan, atau tandai sebagai jabatan puncak.")
        return isi


def _calon_atasan(user: User) -> QuerySet[Posisi]:
    """Posts with one seat."""
    return Posisi.objects.visible_to(user).filter(is_delete=False, jumlah_kebutuhan=1).select_related("jabatan", "unor")


@hanya(KOTA)
def baru(request: HttpRequest) -> HttpResponse:
    """Enter a post; `?unor=` fills in the unit."""
    user = pengguna(request)
    form = PosisiIsian(
        kiriman(request), user=user, atasan=_calon_atasan(user), initial={"unor": request.GET.get("unor")}
    )
    return simpan(
        request, form,
        aksi=lambda isi: services.buat_posisi(isi, oleh=user),
        ke=lambda posisi: reverse("admin-posisi-detail", args=[posisi.pk]), sukses="Posisi tersimpan.",
        konteks={"judul": "Posisi baru", "kembali": (reverse("admin-posisi"), "Posisi dan formasi"), "batal": reverse("admin-posisi")},
    )  # fmt: skip


@hanya(KOTA)
def ubah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a post."""
    user, posisi = pengguna(request), ambil(request, pk)
    alamat = reverse("admin-posisi-detail", args=[pk])
    awal = {
        nama: getattr(posisi, f"{nama}_id" if nama in ("unor", "jabatan", "atasan") else nama)
        for nama in PosisiIsian.base_fields
    }
    form = PosisiIsian(kiriman(request), user=user, atasan=_calon_atasan(user).exclude(pk=pk), initial=awal)
    return simpan(
        request, form,
        aksi=lambda isi: services.ubah_posisi(posisi, isi, oleh=user),
        ke=alamat, sukses="Posisi tersimpan.",
        konteks={"judul": "Ubah posisi", "fakta": str(posisi), "kembali": (alamat, posisi.jabatan.nama), "batal": alamat},
    )  # fmt: skip
