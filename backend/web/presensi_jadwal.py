"""Working hours: patterns and shifts in force, and by which of them each person works."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.core.periode import HARI
from backend.kepegawaian.models import berlaku
from backend.presensi.enums import SHIFT, KodeShift
from backend.presensi.models import JadwalPola, JadwalShift, PenugasanJadwal
from backend.presensi.services import jadwal as services
from backend.web.admin_akses import KOTA, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai, teks_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, Tindakan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, PilihField, Tanggal, kiriman, simpan
from backend.web.presensi_akses import LIHAT, UBAH, pegawai_dikelola

JUDUL = "Jadwal kerja"


def _pola(hari: Any) -> list[dict[str, Any]]:
    """Patterns in force or to come, with a cell per weekday."""
    rows = (
        JadwalPola.objects.filter(Q(berlaku_sampai=None) | Q(berlaku_sampai__gte=hari))
        .prefetch_related("hari")
        .order_by("kode", "berlaku_mulai")
    )
    hasil = []
    for pola in rows:
        jam = {satu.hari: satu for satu in pola.hari.all()}
        hasil.append({"pola": pola, "jam": [(HARI[n - 1], jam.get(n)) for n in range(1, 8)]})
    return hasil


@hanya(LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Patterns and shifts, with their hours per weekday and their legal basis."""
    hari = timezone.localdate()
    shift = JadwalShift.objects.filter(Q(berlaku_sampai=None) | Q(berlaku_sampai__gte=hari))
    isi = {
        "judul": JUDUL,
        "pola": _pola(hari),
        "shift": list(shift.order_by("berlaku_mulai", "masuk")),
        "hari": HARI,
        "boleh_pola": punya(request, KOTA),
        "boleh_tugas": punya(request, UBAH),
    }
    return render(request, "presensi/jadwal.html", isi)


# --- Who works by which -----------------------------------------------------------------------------------------------


class SaringPenugasan(Saringan):
    cari = forms.CharField(label="Nama atau NIP", required=False, max_length=100)
    pola = saring_pilihan("Pola", ())
    keadaan = saring_pilihan("Keadaan", (("semua", "Juga yang sudah berakhir"),), semua="Berlaku atau akan berlaku")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pola = self.fields["pola"]
        if isinstance(pola, forms.ChoiceField):
            pola.choices = [("", "Semua"), *pilihan_pola()]

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if cari := self.isi("cari"):
            baris = cari_pegawai(baris, cari, awalan="pegawai__")
        if pola := self.isi("pola"):
            baris = baris.filter(pola=pola)
        if self.isi("keadaan") != "semua":
            baris = baris.filter(Q(sampai=None) | Q(sampai__gte=timezone.localdate()))
        return baris


def pilihan_pola() -> list[tuple[str, str]]:
    """The patterns a person may be given today; those of Ramadan replace others by themselves."""
    ramadan = JadwalPola.objects.exclude(versi_ramadan="").values("versi_ramadan")
    rows = JadwalPola.objects.filter(
        berlaku(timezone.localdate(), mulai="berlaku_mulai", sampai="berlaku_sampai")
    ).exclude(kode__in=ramadan)
    pola = [(satu.kode, f"{satu.kode} · {satu.nama}") for satu in rows.order_by("kode")]
    return [*pola, (SHIFT, "SHIFT · menurut roster jaga")]


PENUGASAN = Daftar(
    judul="Penugasan jadwal", kosong="Belum ada penugasan jadwal", ikon_kosong="calendar-clock",
    kosong_saran="Pegawai tanpa penugasan bekerja menurut pola bawaan dari pengaturan.",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda p: p.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda p: p.pegawai.nip)),
        Kolom(label="Pola", nilai=lambda p: p.pola, urut=("pola",)),
        Kolom(label="Mulai", nilai=lambda p: p.mulai, urut=("mulai",)),
        Kolom(label="Sampai", nilai=lambda p: p.sampai or "Seterusnya"),
    ),
)  # fmt: skip
AKHIRI = Tindakan(
    label="Akhiri", url=lambda p: reverse("presensi-penugasan-akhiri", args=[p.pk]), nama=lambda p: f"jadwal {p.pegawai.nama_lengkap}", ikon="ban",
    boleh=lambda p: p.sampai is None,
)  # fmt: skip


@hanya(LIHAT)
@require_GET
def penugasan(request: HttpRequest) -> HttpResponse:
    """Who works by which pattern."""
    user = pengguna(request)
    baris = PenugasanJadwal.objects.visible_to(user).select_related("pegawai").order_by("pegawai__nama", "-mulai", "pk")
    boleh = punya(request, UBAH)
    aksi = [("Tetapkan jadwal", reverse("presensi-penugasan-baru"), "plus", "btn-plain")] if boleh else []
    return halaman_daftar(
        request, baris, daftar=replace(PENUGASAN, tindakan=(AKHIRI,)) if boleh else PENUGASAN, saringan=SaringPenugasan(request.GET), judul=PENUGASAN.judul, aksi_halaman=aksi,
        kembali=(reverse("presensi-jadwal"), JUDUL),
    )  # fmt: skip


class PenugasanIsian(Isian):
    pegawai = PilihField(
        label="Pegawai", cari=cari_pegawai, teks=teks_pegawai, petunjuk="Ketik NIP atau nama, lalu tekan Cari."
    )
    pola = forms.ChoiceField(label="Pola", choices=())
    mulai = Tanggal(label="Mulai", help_text="Penugasan sebelumnya berakhir sehari sebelumnya.")
    sampai = Tanggal(label="Sampai", required=False, help_text="Kosong: seterusnya.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pegawai, pola = self.fields["pegawai"], self.fields["pola"]
        if isinstance(pegawai, PilihField):
            pegawai.queryset = pegawai_dikelola(user)
        if isinstance(pola, forms.ChoiceField):
            pola.choices = pilihan_pola()


@hanya(UBAH)
def tugaskan(request: HttpRequest) -> HttpResponse:
    """Let somebody work by a pattern, or by roster, from a date on."""
    user, alamat = pengguna(request), reverse("presensi-penugasan")
    return simpan(
        request, PenugasanIsian(kiriman(request), user=user, initial={"mulai": timezone.localdate()}),
        aksi=lambda isi: services.tugaskan(isi["pegawai"], pola=isi["pola"], mulai=isi["mulai"], sampai=isi["sampai"], oleh=user),
        ke=alamat, sukses="Jadwal ditetapkan; hari yang berubah sedang dihitung ulang.",
        konteks={"judul": "Tetapkan jadwal", "kembali": (alamat, PENUGASAN.judul), "batal": alamat, "tombol": "Tetapkan jadwal"},
    )  # fmt: skip


# --- New versions of a pattern (dated rows) -------------------------------------------------------------------------------


class PolaIsian(Isian):
    """A version of a pattern from a date on: hours per weekday; a weekday without hours has no work."""

    kode = forms.RegexField(label="Kode", regex=r"^[A-Z][A-Z0-9]{0,9}$", help_text="Huruf besar dan angka, misalnya N5. Kode yang sudah ada: versi barunya.")  # fmt: skip
    nama = forms.CharField(label="Nama", max_length=100)
    dasar_hukum = forms.CharField(label="Dasar hukum", max_length=200, required=False)
    versi_ramadan = forms.CharField(
        label="Pola pengganti pada hari Ramadan", max_length=10, required=False, help_text="Misalnya R5; kosong: tidak berganti."
    )  # fmt: skip
    berlaku_mulai = Tanggal(label="Berlaku mulai", help_text="Versi sebelumnya berakhir sehari sebelumnya.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for nomor, hari in enumerate(HARI, 1):
            self.tambah({f"masuk_{nomor}": _jam(f"{hari}, masuk"), f"pulang_{nomor}": _jam(f"{hari}, pulang"), f"istirahat_{nomor}": forms.IntegerField(label=f"{hari}, istirahat (menit)", required=False, min_value=0, max_value=240)})  # fmt: skip

    @property
    def umum(self) -> list[forms.BoundField]:
        """The fields that are not hours."""
        return [self[nama] for nama in ("kode", "nama", "dasar_hukum", "versi_ramadan", "berlaku_mulai")]

    @property
    def per_hari(self) -> list[tuple[str, list[tuple[str, forms.BoundField]]]]:
        """The hours of each weekday with their short labels."""
        judul = (("masuk", "Masuk"), ("pulang", "Pulang"), ("istirahat", "Istirahat (menit)"))
        return [
            (hari, [(label, self[f"{nama}_{nomor}"]) for nama, label in judul]) for nomor, hari in enumerate(HARI, 1)
        ]

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        hari: dict[int, tuple[time, time, int]] = {}
        for nomor in range(1, 8):
            masuk, pulang = isi.get(f"masuk_{nomor}"), isi.get(f"pulang_{nomor}")
            if bool(masuk) != bool(pulang):
                self.add_error(f"{'pulang' if masuk else 'masuk'}_{nomor}", "Isi keduanya, atau kosongkan keduanya.")
            elif masuk and pulang:
                hari[nomor] = (masuk, pulang, isi.get(f"istirahat_{nomor}") or 0)
        if not hari:
            self.add_error("masuk_1", "Isi jam paling sedikit satu hari.")
        isi["hari"] = hari
        return isi


def _jam(label: str) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


@hanya(KOTA)
def pola_baru(request: HttpRequest) -> HttpResponse:
    """A new pattern, or a new version of one (`?kode=`: filled with the hours of the present one)."""
    user, alamat = pengguna(request), reverse("presensi-jadwal")

    def terbit(isi: dict[str, Any]) -> JadwalPola:
        pokok = {nama: isi[nama] for nama in ("kode", "nama", "dasar_hukum", "versi_ramadan", "berlaku_mulai", "hari")}
        return services.terbitkan_pola(oleh=user, **pokok)

    return simpan(
        request, PolaIsian(kiriman(request), initial=_awal(request.GET.get("kode", ""))),
        aksi=terbit, ke=alamat, template="presensi/pola.html", sukses=lambda pola: f"Pola {pola.kode} berlaku mulai tanggal itu; hari yang berubah sedang dihitung ulang.",
        konteks={
            "judul": "Versi pola baru", "kembali": (alamat, JUDUL), "batal": alamat, "tombol": "Terbitkan pola",
            "penjelasan": "Jam kerja adalah baris bertanggal: versi lama tetap tersimpan dan tetap berlaku untuk masanya.",
        },
    )  # fmt: skip


def _awal(kode: str) -> dict[str, Any]:
    """The values of the newest version of a pattern."""
    pola = JadwalPola.objects.filter(kode=kode[:10]).prefetch_related("hari").order_by("-berlaku_mulai").first()
    if pola is None:
        return {}
    awal: dict[str, Any] = {nama: getattr(pola, nama) for nama in ("kode", "nama", "dasar_hukum", "versi_ramadan")}
    for satu in pola.hari.all():
        awal |= {
            f"masuk_{satu.hari}": satu.masuk,
            f"pulang_{satu.hari}": satu.pulang,
            f"istirahat_{satu.hari}": satu.istirahat_menit,
        }
    return awal


class ShiftIsian(Isian):
    """A version of the hours of a roster code from a date on."""

    kode = forms.ChoiceField(label="Jaga", choices=[(k.value, k.label) for k in (KodeShift.PAGI, KodeShift.SIANG, KodeShift.MALAM)])  # fmt: skip
    masuk = forms.TimeField(label="Masuk", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    pulang = forms.TimeField(label="Pulang", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    lintas_hari = forms.BooleanField(label="Berakhir pada hari berikutnya", required=False)
    berlaku_mulai = Tanggal(label="Berlaku mulai", help_text="Versi sebelumnya berakhir sehari sebelumnya.")

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        masuk, pulang = isi.get("masuk"), isi.get("pulang")
        if masuk and pulang and (pulang <= masuk) != bool(isi.get("lintas_hari")):
            self.add_error(
                "lintas_hari", "Centang bila jam pulang jatuh pada hari berikutnya, dan hanya bila demikian."
            )
        return isi


@hanya(KOTA)
def shift_baru(request: HttpRequest) -> HttpResponse:
    """New hours of a roster code."""
    user, alamat = pengguna(request), reverse("presensi-jadwal")
    return simpan(
        request, ShiftIsian(kiriman(request)),
        aksi=lambda isi: services.terbitkan_shift(oleh=user, **isi),
        ke=alamat, sukses="Jam jaga baru terbit; hari yang berubah sedang dihitung ulang.",
        konteks={"judul": "Jam jaga baru", "kembali": (alamat, JUDUL), "batal": alamat, "tombol": "Terbitkan jam jaga"},
    )  # fmt: skip


class AkhiriIsian(Isian):
    sampai = Tanggal(label="Hari terakhir")


@hanya(UBAH)
def akhiri(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End the schedule of a person; afterwards the default pattern counts."""
    user, alamat = pengguna(request), reverse("presensi-penugasan")
    dikelola = PenugasanJadwal.objects.filter(pegawai__in=pegawai_dikelola(user).values("pk"))
    row = get_object_or_404(dikelola.select_related("pegawai"), pk=pk)
    return simpan(
        request, AkhiriIsian(kiriman(request), initial={"sampai": timezone.localdate()}),
        aksi=lambda isi: services.akhiri_penugasan(row, sampai=isi["sampai"], oleh=user),
        ke=alamat, sukses="Penugasan diakhiri.", template="kelola/konfirmasi.html",
        konteks={
            "judul": f"Akhiri jadwal {row.pola}", "fakta": row.pegawai.nama_lengkap, "kembali": (alamat, PENUGASAN.judul), "batal": alamat,
            "tombol": "Akhiri penugasan", "akibat": ["Sesudah hari itu pegawai bekerja menurut pola bawaan."], "terdampak": None,
        },
    )  # fmt: skip
