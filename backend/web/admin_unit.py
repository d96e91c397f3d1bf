"""The tree of units: browse, search, enter, retire with a preview, restore."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.kepegawaian import enums, services
from backend.kepegawaian.models import RiwayatJabatan, Unor
from backend.web.admin_akses import KOTA, KOTA_LIHAT, OPD_LIHAT, hanya, pengguna, punya
from backend.web.admin_cari import cari_unor, teks_unor
from backend.web.admin_daftar import halaman, navigasi
from backend.web.admin_isian import Isian, PilihField, Tanggal, kiriman, simpan

BOLEH = OPD_LIHAT | KOTA_LIHAT
TERDAMPAK_MAKS = 20


def _terlihat(request: HttpRequest) -> QuerySet[Unor]:
    return Unor.objects.visible_to(pengguna(request))


def ambil(request: HttpRequest, pk: UUID) -> Unor:
    """A unit this user may see; 404 otherwise."""
    return get_object_or_404(_terlihat(request).select_related("induk", "opd", "pengganti"), pk=pk)


def _dengan_jumlah(baris: QuerySet[Unor]) -> QuerySet[Any]:
    """Units with the number of units right below them that are still in use."""
    return baris.annotate(banyak_anak=Count("anak", filter=Q(anak__is_delete=False)))


class SaringUnit(Isian):
    cari = forms.CharField(label="Nama atau kode unit", required=False, max_length=100)
    nonaktif = forms.BooleanField(label="Tampilkan juga yang nonaktif", required=False)


@hanya(BOLEH)
@require_GET
def pohon(request: HttpRequest) -> HttpResponse:
    """The top of the visible tree, or the units found by the typed words."""
    saringan = SaringUnit(request.GET)
    saringan.is_valid()
    kata, nonaktif = saringan.cleaned_data.get("cari", ""), saringan.cleaned_data.get("nonaktif", False)
    baris = _terlihat(request) if nonaktif else _terlihat(request).filter(is_delete=False)
    baris = cari_unor(baris, kata) if kata else _puncak(baris, _terlihat(request))
    bagian = halaman(request, _dengan_jumlah(baris.select_related("induk", "opd")))
    aksi = [("Unit baru", reverse("admin-unit-baru"), "plus", "btn-plain")] if punya(request, KOTA) else []
    konteks = {"judul": "Unit organisasi", "saringan": saringan, "kata": kata, "halaman": bagian, "aksi_halaman": aksi}
    return render(request, "kelola/unit_pohon.html", konteks | navigasi(request, bagian))


def _puncak(baris: QuerySet[Unor], terlihat: QuerySet[Unor]) -> QuerySet[Unor]:
    """The roots of what this user sees (their parent is not visible), each followed by the units right below it."""
    akar = terlihat.filter(~Exists(terlihat.filter(pk=OuterRef("induk"))))
    di_bawah = Q(induk__in=akar.order_by().values("pk"))
    return (
        baris.filter(Q(pk__in=akar.order_by().values("pk")) | di_bawah)
        .annotate(tingkat=Case(When(di_bawah, then=1), default=0, output_field=IntegerField()))
        .order_by(Case(When(tingkat=1, then="induk__kode"), default="kode"), "tingkat", "kode")
    )


@hanya(BOLEH)
@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One unit: its way up, the units right below, its posts and their holders today."""
    unor = ambil(request, pk)
    hari_ini = timezone.localdate()
    leluhur = {u.pk: u for u in Unor.objects.filter(pk__in=unor.path)}
    pemangku = (
        RiwayatJabatan.objects.pada(hari_ini).filter(posisi__unor=unor).select_related("pegawai", "posisi__jabatan")
    )
    posisi = unor.posisi.filter(is_delete=False).select_related("jabatan", "unor")
    per_posisi: dict[UUID, list[RiwayatJabatan]] = {}
    for satu in pemangku:
        per_posisi.setdefault(satu.posisi_id, []).append(satu)
    konteks = {
        "judul": unor.nama,
        "fakta": f"{unor.get_jenis_display()} · kode {unor.kode}",
        "kembali": (reverse("admin-unit"), "Unit organisasi"),
        "unor": unor,
        "leluhur": [leluhur[satu] for satu in unor.path if satu in leluhur and satu != unor.pk],
        "anak": _dengan_jumlah(unor.anak.order_by("is_delete", "kode")),
        "posisi": [(satu, per_posisi.get(satu.pk, [])) for satu in posisi],
        "boleh_ubah": punya(request, KOTA),
    }
    return render(request, "kelola/unit.html", konteks)


class UnitIsian(Isian):
    """A unit. Its OPD follows from its place in the tree."""

    kode = forms.CharField(label="Kode", max_length=40)
    nama = forms.CharField(label="Nama", max_length=200)
    jenis = forms.ChoiceField(label="Jenis", choices=enums.JenisUnor.choices)
    induk = PilihField(label="Unit di atasnya", cari=cari_unor, teks=teks_unor, required=False)
    nama_jabatan = forms.CharField(label="Nama jabatan pimpinan", max_length=200, required=False)
    is_opd = forms.BooleanField(label="Unit ini perangkat daerah (OPD)", required=False)
    valid_from = Tanggal(label="Berlaku sejak", required=False)

    def __init__(self, *args: Any, induk: QuerySet[Unor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["induk"]
        if isinstance(kolom, PilihField):
            kolom.queryset = induk


@hanya(KOTA)
def baru(request: HttpRequest) -> HttpResponse:
    """Enter a unit; `?induk=` fills in the unit above."""
    form = UnitIsian(
        kiriman(request), induk=_terlihat(request).filter(is_delete=False), initial={"induk": request.GET.get("induk")}
    )
    return simpan(
        request, form,
        aksi=lambda isi: services.buat_unor(isi, oleh=pengguna(request)),
        ke=lambda unor: reverse("admin-unit-detail", args=[unor.pk]), sukses="Unit tersimpan.",
        konteks={"judul": "Unit baru", "kembali": (reverse("admin-unit"), "Unit organisasi"), "batal": reverse("admin-unit")},
    )  # fmt: skip


@hanya(KOTA)
def ubah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a unit. Moving it under another unit moves everything below it."""
    unor = ambil(request, pk)
    alamat = reverse("admin-unit-detail", args=[pk])
    awal = {nama: getattr(unor, nama) for nama in UnitIsian.base_fields if nama != "induk"} | {"induk": unor.induk_id}
    bawah = Unor.objects.subtree(unor.pk).values("pk")
    form = UnitIsian(
        kiriman(request), induk=_terlihat(request).filter(is_delete=False).exclude(pk__in=bawah), initial=awal
    )
    return simpan(
        request, form,
        aksi=lambda isi: services.ubah_unor(unor, isi, oleh=pengguna(request)),
        ke=alamat, sukses="Unit tersimpan.",
        konteks={"judul": "Ubah unit", "fakta": unor.nama, "kembali": (alamat, unor.nama), "batal": alamat},
    )  # fmt: skip


class NonaktifUnitIsian(Isian):
    valid_to = Tanggal(label="Berlaku sampai")
    pengganti = PilihField(label="Unit pengganti", cari=cari_unor, teks=teks_unor, required=False)
    alasan = forms.CharField(label="Alasan", min_length=10, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, pengganti: QuerySet[Unor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["pengganti"]
        if isinstance(kolom, PilihField):
            kolom.queryset = pengganti


def _pemangku_di_bawah(unor: Unor) -> QuerySet[RiwayatJabatan]:
    """Active definitive rows that point to the unit or to one below it: they forbid retiring it."""
    rows = RiwayatJabatan.objects.definitif().pada(timezone.localdate())
    return rows.filter(posisi__unor__path__contains=[unor.pk]).select_related(
        "pegawai", "posisi__jabatan", "posisi__unor"
    )


@hanya(KOTA)
def nonaktif(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Retire a unit after showing who still works in it or below it (2e)."""
    unor = ambil(request, pk)
    alamat = reverse("admin-unit-detail", args=[pk])
    pemangku = _pemangku_di_bawah(unor)
    banyak = pemangku.count()
    terlihat = _terlihat(request).filter(is_delete=False).exclude(pk=pk)
    form = NonaktifUnitIsian(kiriman(request), pengganti=terlihat, initial={"valid_to": timezone.localdate()})
    akibat = [
        "Unit tidak muncul lagi pada pilihan, tetapi tetap terbaca pada riwayat dan surat lama.",
        "Unit dapat dipulihkan kembali.",
    ]
    if banyak:
        akibat = [
            f"Unit ini belum dapat dinonaktifkan: {banyak} pegawai masih memangku jabatan di dalamnya. Pindahkan mereka lebih dahulu."
        ]
    return simpan(
        request, form,
        aksi=lambda isi: services.nonaktifkan_unor(unor, oleh=pengguna(request), **isi),
        ke=alamat, sukses="Unit dinonaktifkan.", template="kelola/konfirmasi.html",
        konteks={
            "judul": f"Nonaktifkan {unor.nama}", "kembali": (alamat, unor.nama), "batal": alamat, "tombol": "Nonaktifkan unit",
            "akibat": akibat, "terhalang": bool(banyak), "terdampak_judul": "Pegawai yang terdampak", "terdampak_banyak": banyak,
            "terdampak": [(r.pegawai.nama_lengkap, f"{r.nama_jabatan} · {r.posisi.unor.nama}") for r in pemangku[:TERDAMPAK_MAKS]],
            "terdampak_kosong": "Tidak ada pegawai yang memangku jabatan di unit ini.",
        },
    )  # fmt: skip


@hanya(KOTA)
def pulih(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Bring a retired unit back."""
    unor = ambil(request, pk)
    alamat = reverse("admin-unit-detail", args=[pk])
    return simpan(
        request, Isian(kiriman(request)),
        aksi=lambda _isi: services.pulihkan_unor(unor, oleh=pengguna(request)),
        ke=alamat, sukses="Unit dipulihkan.", template="kelola/konfirmasi.html",
        konteks={
            "judul": f"Pulihkan {unor.nama}", "kembali": (alamat, unor.nama), "batal": alamat, "tombol": "Pulihkan unit",
            "akibat": ["Unit muncul kembali pada pilihan unit dan posisi."], "terdampak": None,
        },
    )  # fmt: skip
