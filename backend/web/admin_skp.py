"""SKP by an admin: list, one SKP with its sums, entering RHK, IKI and renaksi, putting it in force, closing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.periode import BULAN
from backend.kepegawaian.models import Pegawai
from backend.kinerja import enums
from backend.kinerja.models import IKI, RHK, SKP, Renaksi, RenaksiBulan, TargetIKIBulan
from backend.kinerja.services import rencana
from backend.web.admin_akses import KINERJA_OPD, KOTA, KOTA_LIHAT, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai, teks_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Paragraf, PilihField, Tanggal, kiriman, simpan
from backend.web.admin_pegawai import pilihan_opd
from backend.web.admin_skp_isian import HeaderSKPIsian, IKIIsian, RenaksiIsian, RHKIsian
from backend.web.kata import ringkas

LIHAT = KINERJA_OPD | KOTA_LIHAT
S = enums.StatusSKP
NADA = {S.BERLAKU: "ok", S.DISETUJUI: "info", S.DITUTUP: "mute", S.DIUBAH: "mute", S.DIKEMBALIKAN: "warn"}
DAPAT_DIUBAH = frozenset({S.DRAF, S.DIKEMBALIKAN})


class SaringSKP(Saringan):
    cari = forms.CharField(label="NIP atau nama", required=False, max_length=100)
    tahun = forms.IntegerField(label="Tahun", required=False, min_value=2000, max_value=2100)
    opd = saring_pilihan("Perangkat daerah", ())
    status = saring_pilihan("Status", S.choices)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["opd"]
        if isinstance(kolom, forms.ChoiceField):
            kolom.choices = [("", "Semua"), *pilihan_opd(user)]

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if kata := self.isi("cari"):
            baris = cari_pegawai(baris, kata, awalan="pegawai__")
        return baris.filter(**{nama: nilai for nama in ("tahun", "opd", "status") if (nilai := self.isi(nama))})


DAFTAR = Daftar(
    judul="SKP",
    kosong="Belum ada SKP",
    kosong_saran="SKP diimpor dari Excel atau dibuat satu per satu.",
    ikon_kosong="target",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda s: s.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda s: s.pegawai.nip), url=lambda s: reverse("admin-skp-detail", args=[s.pk])),
        Kolom(label="Jabatan", nilai=lambda s: s.riwayat_jabatan.nama_jabatan, sub=Kolom(label="Perangkat daerah", nilai=lambda s: s.opd and s.opd.nama)),
        Kolom(label="Mulai berlaku", nilai=lambda s: s.awal, urut=("awal",)),
        Kolom(label="Sampai", nilai=lambda s: s.akhir, urut=("akhir",)),
        Kolom(label="RHK", nilai=lambda s: s.banyak_rhk, urut=("banyak_rhk",), angka=True),
        Kolom(label="Status", nilai=lambda s: s.get_status_display(), urut=("status",), nada=lambda s: NADA.get(S(s.status), "mute")),
    ),
)  # fmt: skip


@hanya(LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """SKP in scope, newest year first."""
    user = pengguna(request)
    baris = SKP.objects.visible_to(user).annotate(banyak_rhk=Count("rhk"))
    baris = baris.select_related("pegawai", "opd", "riwayat_jabatan__posisi__jabatan").order_by(
        "-tahun", "pegawai__nama", "pk"
    )
    aksi = [("SKP baru", reverse("admin-skp-baru"), "plus", "btn-plain")] if punya(request, KOTA) else []
    return halaman_daftar(
        request, baris, daftar=DAFTAR, saringan=SaringSKP(request.GET, user=user), judul=DAFTAR.judul, aksi_halaman=aksi
    )


def ambil(request: HttpRequest, pk: UUID) -> SKP:
    """A SKP this user may see; 404 otherwise."""
    rows = SKP.objects.visible_to(pengguna(request)).select_related(
        "pegawai",
        "opd",
        "penilai_pegawai",
        "penilai_pejabat",
        "riwayat_jabatan__posisi__jabatan",
        "riwayat_jabatan__posisi__unor",
    )
    return get_object_or_404(rows, pk=pk)


def teks_bulan(nilai: Iterable[tuple[int, object]]) -> str:
    """`Januari–November 4, Desember 6`: months in order, those in a row with the same value together."""
    bagian: list[tuple[int, int, object]] = []
    for bulan, isi in nilai:
        if bagian and bagian[-1][1] == bulan - 1 and bagian[-1][2] == isi:
            bagian[-1] = (bagian[-1][0], bulan, isi)
        else:
            bagian.append((bulan, bulan, isi))
    return ", ".join(
        f"{BULAN[awal - 1]}{f'–{BULAN[akhir - 1]}' if akhir > awal else ''} {isi}" for awal, akhir, isi in bagian
    )


def _target(minimum: Decimal | None, maksimum: Decimal | None) -> str:
    return f"{ringkas(minimum)}–{ringkas(maksimum)}" if minimum is not None else ringkas(maksimum)


def _baris_iki(iki: IKI, target: list[TargetIKIBulan]) -> dict[str, Any]:
    jumlah = sum((t.target_max or Decimal(0) for t in target), Decimal(0))
    tahunan = iki.target_max if iki.pola_ukur == enums.PolaUkur.HITUNGAN else None
    return {
        "obj": iki,
        "target": iki.target_teks or f"{_target(iki.target_min, iki.target_max)} {iki.satuan}",
        "bulan": teks_bulan((t.bulan, _target(t.target_min, t.target_max)) for t in target),
        "galat": f"Target bulanan berjumlah {ringkas(jumlah)}; harus sama dengan target tahunan {ringkas(tahunan)}."
        if tahunan is not None and jumlah != tahunan
        else "",
    }


def isi_skp(skp: SKP) -> list[dict[str, Any]]:
    """RHK with their indicators, renaksi and sums, in five statements."""
    target, bulan = defaultdict(list), defaultdict(list)
    for t in TargetIKIBulan.objects.filter(iki__rhk__skp=skp).order_by("bulan"):
        target[t.iki_id].append(t)
    for b in RenaksiBulan.objects.filter(renaksi__rhk__skp=skp).order_by("bulan"):
        bulan[b.renaksi_id].append((b.bulan, b.target))
    iki: dict[int, list[dict[str, Any]]] = defaultdict(list)
    renaksi: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for satu in IKI.objects.filter(rhk__skp=skp).order_by("urut"):
        iki[satu.rhk_id].append(_baris_iki(satu, target[satu.pk]))
    for tahapan in Renaksi.objects.filter(rhk__skp=skp).order_by("urut"):
        isi = bulan[tahapan.pk]
        renaksi[tahapan.rhk_id].append({"obj": tahapan, "bulan": teks_bulan(isi), "jumlah": sum(n for _, n in isi)})
    hasil = []
    for rhk in RHK.objects.filter(skp=skp).select_related("rhk_atasan").order_by("-klasifikasi", "urut"):
        jumlah = sum(r["jumlah"] for r in renaksi[rhk.pk])
        hasil.append(
            {
                "obj": rhk,
                "iki": iki[rhk.pk],
                "renaksi": renaksi[rhk.pk],
                "jumlah": jumlah,
                "ikon_jumlah": "check" if jumlah == 100 else "triangle-alert",
            }
        )
    return hasil


def masalah(skp: SKP) -> list[tuple[str, str]]:
    """What keeps the SKP from being put in force: message and anchor of its RHK."""
    return [(satu.pesan, f"rhk-{satu.rhk.pk}" if satu.rhk else "isi-skp") for satu in rencana.kekurangan(skp)]


def boleh_ubah(request: HttpRequest, skp: SKP) -> bool:
    """Whether this user may write the plan now."""
    return skp.status in DAPAT_DIUBAH and punya(request, KOTA)


@hanya(LIHAT)
@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One SKP with every sum that must hold before it is put in force."""
    skp = ambil(request, pk)
    isi = isi_skp(skp)
    penilai = skp.penilai_pegawai or skp.penilai_pejabat
    aksi = []
    if punya(request, KOTA):
        if skp.status in DAPAT_DIUBAH:
            aksi.append(("Tetapkan berlaku", reverse("admin-skp-berlaku", args=[pk]), "check", "btn-primary"))
        elif skp.status == S.BERLAKU:
            aksi.append(("Tutup SKP", reverse("admin-skp-tutup", args=[pk]), "lock", "btn-plain"))
    konteks = {
        "judul": f"SKP {skp.tahun}",
        "fakta": f"{skp.pegawai.nama_lengkap} · {skp.riwayat_jabatan.nama_jabatan}",
        "kembali": (reverse("admin-skp"), "SKP"),
        "aksi_halaman": aksi,
        "skp": skp,
        "nada": NADA.get(S(skp.status), "mute"),
        "fakta_skp": (
            ("Berlaku dari", skp.awal), ("Sampai", skp.akhir), ("Format", skp.get_jenis_format_display()),
            ("Pendekatan", skp.get_pendekatan_display()), ("Pejabat penilai", penilai), ("Versi", skp.versi),
            ("Ditetapkan", skp.tanggal_penetapan),
        ),
        "daftar_rhk": isi,
        "masalah": masalah(skp) if skp.status in DAPAT_DIUBAH else [],
        "boleh_ubah": boleh_ubah(request, skp),
    }  # fmt: skip
    return render(request, "kelola/skp_detail.html", konteks)


class SKPBaruIsian(HeaderSKPIsian):
    """A new SKP for a person, on his definitive post at its first day."""

    pegawai = PilihField(
        label="Pegawai", cari=cari_pegawai, teks=teks_pegawai, petunjuk="Ketik NIP atau nama, lalu tekan Cari."
    )
    field_order = ("pegawai", "awal", "akhir", "jenis_format", "pendekatan")

    def __init__(self, *args: Any, pegawai: QuerySet[Pegawai], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["pegawai"]
        if isinstance(kolom, PilihField):
            kolom.queryset = pegawai


@hanya(KOTA)
def baru(request: HttpRequest) -> HttpResponse:
    """Make an empty SKP in draft."""
    user, alamat, tahun = pengguna(request), reverse("admin-skp"), timezone.localdate().year
    awal = {"awal": f"{tahun}-01-01", "akhir": f"{tahun}-12-31", "jenis_format": enums.JenisFormat.JA_JF}
    form = SKPBaruIsian(kiriman(request), pegawai=Pegawai.objects.visible_to(user), initial=awal)
    return simpan(
        request, form,
        aksi=lambda isi: rencana.buat_skp(isi.pop("pegawai"), oleh=user, **isi),
        ke=lambda skp: reverse("admin-skp-detail", args=[skp.pk]), sukses="SKP dibuat. Sekarang tambahkan RHK.",
        konteks={"judul": "SKP baru", "kembali": (alamat, "SKP"), "batal": alamat, "tombol": "Buat SKP"},
    )  # fmt: skip


@hanya(KOTA)
def ubah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change the header of a draft."""
    skp = ambil(request, pk)
    alamat = reverse("admin-skp-detail", args=[pk])
    form = HeaderSKPIsian(kiriman(request), initial={nama: getattr(skp, nama) for nama in HeaderSKPIsian.base_fields})
    return simpan(
        request, form,
        aksi=lambda isi: rencana.ubah_skp(skp, oleh=pengguna(request), **isi),
        ke=alamat, sukses="Data pokok SKP tersimpan.",
        konteks={"judul": "Ubah data pokok SKP", "fakta": str(skp), "kembali": (alamat, f"SKP {skp.tahun}"), "batal": alamat},
    )  # fmt: skip


class BerlakuIsian(Isian):
    tanggal_penetapan = Tanggal(label="Tanggal penetapan")


@hanya(KOTA)
def berlakukan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a complete SKP in force."""
    skp = ambil(request, pk)
    alamat, kurang = reverse("admin-skp-detail", args=[pk]), masalah(skp)
    akibat = ["SKP menjadi dasar laporan bulanan dan rencananya tidak dapat diubah lagi dari halaman ini."]
    if kurang:
        akibat = ["SKP belum dapat ditetapkan:", *(pesan for pesan, _anchor in kurang)]
    return simpan(
        request, BerlakuIsian(kiriman(request), initial={"tanggal_penetapan": timezone.localdate()}),
        aksi=lambda isi: rencana.tetapkan_berlaku(skp, oleh=pengguna(request), **isi),
        ke=alamat, sukses="SKP berlaku.", template="kelola/konfirmasi.html",
        konteks={"judul": "Tetapkan SKP berlaku", "fakta": str(skp), "kembali": (alamat, f"SKP {skp.tahun}"), "batal": alamat, "tombol": "Tetapkan berlaku", "akibat": akibat, "terhalang": bool(kurang), "terdampak": None},
    )  # fmt: skip


class TutupIsian(Isian):
    akhir = Tanggal(label="Hari terakhir berlaku")
    alasan = Paragraf(label="Alasan", min_length=10, max_length=500)


@hanya(KOTA)
def tutup(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close a SKP in force: the person moved, retired, or it was wrong."""
    skp = ambil(request, pk)
    alamat = reverse("admin-skp-detail", args=[pk])
    akibat = [
        "Bulan sesudah hari terakhir tidak lagi dilaporkan pada SKP ini.",
        "Laporan yang sudah final tetap tersimpan.",
    ]
    return simpan(
        request, TutupIsian(kiriman(request), initial={"akhir": timezone.localdate()}),
        aksi=lambda isi: rencana.tutup(skp, oleh=pengguna(request), **isi),
        ke=alamat, sukses="SKP ditutup.", template="kelola/konfirmasi.html",
        konteks={"judul": "Tutup SKP", "fakta": str(skp), "kembali": (alamat, f"SKP {skp.tahun}"), "batal": alamat, "tombol": "Tutup SKP", "akibat": akibat, "terdampak": None},
    )  # fmt: skip


# --- RHK, IKI, renaksi ----------------------------------------------------------------------------------------------


def _ambil_rhk(request: HttpRequest, pk: int) -> RHK:
    return get_object_or_404(
        RHK.objects.select_related("skp__pegawai"), pk=pk, skp__in=SKP.objects.visible_to(pengguna(request))
    )


def _ambil_iki(request: HttpRequest, pk: int) -> IKI:
    return get_object_or_404(
        IKI.objects.select_related("rhk__skp__pegawai"), pk=pk, rhk__skp__in=SKP.objects.visible_to(pengguna(request))
    )


def _ambil_renaksi(request: HttpRequest, pk: int) -> Renaksi:
    return get_object_or_404(
        Renaksi.objects.select_related("rhk__skp__pegawai"),
        pk=pk,
        rhk__skp__in=SKP.objects.visible_to(pengguna(request)),
    )


def _alamat(skp: SKP, rhk: RHK | None = None) -> str:
    return reverse("admin-skp-detail", args=[skp.pk]) + (f"#rhk-{rhk.pk}" if rhk else "")


def _konteks(skp: SKP, *, judul: str, rhk: RHK | None = None) -> dict[str, object]:
    alamat = _alamat(skp, rhk)
    return {
        "judul": judul,
        "fakta": rhk.teks if rhk else str(skp),
        "kembali": (alamat, f"SKP {skp.tahun}"),
        "batal": alamat,
    }


@hanya(KOTA)
def rhk_baru(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a RHK."""
    skp = ambil(request, pk)
    return simpan(
        request, RHKIsian(kiriman(request), skp=skp),
        aksi=lambda isi: rencana.simpan_rhk(skp, oleh=pengguna(request), isi=isi),
        ke=lambda rhk: _alamat(skp, rhk), sukses="RHK tersimpan.", konteks=_konteks(skp, judul="RHK baru"),
    )  # fmt: skip


@hanya(KOTA)
def rhk_ubah(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a RHK."""
    rhk = _ambil_rhk(request, pk)
    awal = {nama: getattr(rhk, nama) for nama in RHKIsian.base_fields if nama != "rhk_atasan"} | {
        "rhk_atasan": rhk.rhk_atasan_id
    }
    return simpan(
        request, RHKIsian(kiriman(request), skp=rhk.skp, initial=awal),
        aksi=lambda isi: rencana.simpan_rhk(rhk.skp, rhk=rhk, oleh=pengguna(request), isi=isi),
        ke=_alamat(rhk.skp, rhk), sukses="RHK tersimpan.", konteks=_konteks(rhk.skp, judul="Ubah RHK", rhk=rhk),
    )  # fmt: skip


def _hapus(request: HttpRequest, obj: RHK | IKI | Renaksi, *, rhk: RHK, nama: str, akibat: list[str]) -> HttpResponse:
    konteks = _konteks(rhk.skp, judul=f"Hapus {nama}", rhk=rhk) | {
        "fakta": str(obj),
        "tombol": f"Hapus {nama}",
        "akibat": akibat,
        "terdampak": None,
    }
    return simpan(
        request, Isian(kiriman(request)),
        aksi=lambda _isi: rencana.hapus(obj, oleh=pengguna(request)),
        ke=_alamat(rhk.skp, None if obj is rhk else rhk), sukses="Dihapus dari SKP.", template="kelola/konfirmasi.html", konteks=konteks,
    )  # fmt: skip


@hanya(KOTA)
def rhk_hapus(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a RHK out of a draft, with everything below it."""
    rhk = _ambil_rhk(request, pk)
    jumlah = f"{rhk.iki.count()} indikator dan {rhk.renaksi.count()} tahapan renaksi ikut terhapus."
    return _hapus(request, rhk, rhk=rhk, nama="RHK", akibat=[jumlah])


TARGET_IKI = {
    "judul_bulan": "Target per bulan", "label_bulan": ("Minimum (hanya rentang)", "Target"),
    "petunjuk_bulan": "Kosongkan semua bulan untuk dibagi rata (hitungan) atau diisi target tahunan (posisi, rilis). Koma untuk desimal.",
}  # fmt: skip


@hanya(KOTA)
def iki_baru(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an indicator with its month targets."""
    rhk = _ambil_rhk(request, pk)
    form = IKIIsian(
        kiriman(request), skp=rhk.skp, initial={"bulan_ukur": range(rhk.skp.awal.month, rhk.skp.akhir.month + 1)}
    )
    return simpan(
        request, form,
        aksi=lambda _isi: rencana.simpan_iki(rhk, oleh=pengguna(request), isi=form.isi(), target_bulan=form.target_bulan()),
        ke=_alamat(rhk.skp, rhk), sukses="Indikator tersimpan.", template="kelola/skp_isian.html",
        konteks=_konteks(rhk.skp, judul="Indikator baru", rhk=rhk) | TARGET_IKI,
    )  # fmt: skip


@hanya(KOTA)
def iki_ubah(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an indicator."""
    iki = _ambil_iki(request, pk)
    rhk = iki.rhk
    awal: dict[str, Any] = {nama: getattr(iki, nama) for nama in IKIIsian.base_fields}
    for t in iki.target_bulan.all():
        awal |= {f"target_b{t.bulan}": t.target_max, f"minimum_b{t.bulan}": t.target_min}
    form = IKIIsian(kiriman(request), skp=rhk.skp, initial=awal)
    return simpan(
        request, form,
        aksi=lambda _isi: rencana.simpan_iki(rhk, iki=iki, oleh=pengguna(request), isi=form.isi(), target_bulan=form.target_bulan()),
        ke=_alamat(rhk.skp, rhk), sukses="Indikator tersimpan.", template="kelola/skp_isian.html",
        konteks=_konteks(rhk.skp, judul="Ubah indikator", rhk=rhk) | TARGET_IKI,
    )  # fmt: skip


@hanya(KOTA)
def iki_hapus(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an indicator out of a draft."""
    iki = _ambil_iki(request, pk)
    return _hapus(request, iki, rhk=iki.rhk, nama="indikator", akibat=["Target bulanannya ikut terhapus."])


def _sisa(rhk: RHK, *, kecuali: Renaksi | None = None) -> dict[str, object]:
    """Labels of the month table, and how much of the 100 is still free."""
    rows = RenaksiBulan.objects.filter(renaksi__rhk=rhk)
    terpakai = (rows.exclude(renaksi=kecuali) if kecuali else rows).aggregate(n=Sum("target"))["n"] or 0
    petunjuk = (
        f"Tahapan lain pada RHK ini sudah memakai {terpakai} dari 100; tersisa {100 - terpakai} untuk tahapan ini."
    )
    return {"judul_bulan": "Target per bulan", "label_bulan": ("Target",), "petunjuk_bulan": petunjuk}


@hanya(KOTA)
def renaksi_baru(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a tahapan with its month targets."""
    rhk = _ambil_rhk(request, pk)
    form = RenaksiIsian(kiriman(request), skp=rhk.skp)
    return simpan(
        request, form,
        aksi=lambda _isi: rencana.simpan_renaksi(rhk, oleh=pengguna(request), isi=form.isi(), target_bulan=form.target_bulan()),
        ke=_alamat(rhk.skp, rhk), sukses="Renaksi tersimpan.", template="kelola/skp_isian.html",
        konteks=_konteks(rhk.skp, judul="Renaksi baru", rhk=rhk) | _sisa(rhk),
    )  # fmt: skip


@hanya(KOTA)
def renaksi_ubah(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a tahapan."""
    renaksi = _ambil_renaksi(request, pk)
    rhk = renaksi.rhk
    awal: dict[str, Any] = {nama: getattr(renaksi, nama) for nama in RenaksiIsian.base_fields}
    awal |= {f"target_b{b.bulan}": b.target for b in renaksi.bulan_rencana.all()}
    form = RenaksiIsian(kiriman(request), skp=rhk.skp, initial=awal)
    return simpan(
        request, form,
        aksi=lambda _isi: rencana.simpan_renaksi(rhk, renaksi=renaksi, oleh=pengguna(request), isi=form.isi(), target_bulan=form.target_bulan()),
        ke=_alamat(rhk.skp, rhk), sukses="Renaksi tersimpan.", template="kelola/skp_isian.html",
        konteks=_konteks(rhk.skp, judul="Ubah renaksi", rhk=rhk) | _sisa(rhk, kecuali=renaksi),
    )  # fmt: skip


@hanya(KOTA)
def renaksi_hapus(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a tahapan out of a draft."""
    renaksi = _ambil_renaksi(request, pk)
    return _hapus(
        request,
        renaksi,
        rhk=renaksi.rhk,
        nama="renaksi",
        akibat=["Targetnya ikut terhapus; jumlah RHK harus tetap 100."],
    )
