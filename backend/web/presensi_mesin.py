"""Machines and their keys, whose a PIN is, taps that wait in the quarantine, places for mobile taps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.models import User
from backend.core.errors import DomainError, NotVisible
from backend.kepegawaian.models import Unor
from backend.presensi.enums import AlasanKarantina, SumberTap
from backend.presensi.models import Karantina, LokasiAbsen, Mesin
from backend.presensi.services import lokasi as lokasi_services
from backend.presensi.services import mesin as services
from backend.web.admin_akses import KOTA, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai, teks_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, Tindakan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, PilihField, kiriman, simpan
from backend.web.presensi_akses import LIHAT, UBAH, opd_dikelola, pegawai_dikelola, wajib_opd

# --- Machines -----------------------------------------------------------------------------------------------------------


class SaringMesin(Saringan):
    cari = forms.CharField(label="Nama atau nomor seri", required=False, max_length=100)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if cari := self.isi("cari"):
            baris = baris.filter(nama__icontains=cari) | baris.filter(nomor_seri__icontains=cari)
        return baris


def _keadaan(mesin: Mesin) -> tuple[str, str]:
    if not mesin.aktif:
        return "Tidak aktif", "mute"
    if mesin.terlihat_pada is None:
        return "Belum pernah terhubung", "warn"
    return "Aktif", "ok"


DAFTAR = Daftar(
    judul="Mesin absen", kosong="Belum ada mesin absen", kosong_saran="Daftarkan mesin untuk mendapat kuncinya.", ikon_kosong="fingerprint",
    kolom=(
        Kolom(label="Mesin", nilai=lambda m: m.nama, urut=("nama",), sub=Kolom(label="Nomor seri", nilai=lambda m: m.nomor_seri)),
        Kolom(label="OPD", nilai=lambda m: m.opd.nama if m.opd else "Semua OPD", sub=Kolom(label="Lokasi", nilai=lambda m: m.lokasi)),
        Kolom(label="Tap terakhir", nilai=lambda m: m.tap_terakhir, urut=("tap_terakhir",)),
        Kolom(label="Terlihat", nilai=lambda m: m.terlihat_pada, urut=("terlihat_pada",)),
        Kolom(label="Keadaan", nilai=lambda m: _keadaan(m)[0], nada=lambda m: _keadaan(m)[1]),
    ),
)  # fmt: skip
UBAH_MESIN = Tindakan(label="Ubah", url=lambda m: reverse("presensi-mesin-ubah", args=[m.pk]), nama=lambda m: m.nama)


@hanya(LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Machines of the OPD the user sees."""
    baris = Mesin.objects.visible_to(pengguna(request)).select_related("opd").order_by("nama", "pk")
    boleh = punya(request, UBAH)
    aksi = [("Daftarkan mesin", reverse("presensi-mesin-baru"), "plus", "btn-plain")] if boleh else []
    aksi += [("Lokasi absen gawai", reverse("presensi-lokasi"), "target", "btn-plain")]
    isi = replace(DAFTAR, tindakan=(UBAH_MESIN,)) if boleh else DAFTAR
    return halaman_daftar(
        request, baris, daftar=isi, saringan=SaringMesin(request.GET), judul=DAFTAR.judul, aksi_halaman=aksi
    )


class PilihOpd(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the OPD that the user administers; empty (all) only for whole-city roles."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": "OPD", "queryset": Unor.objects.none(), "empty_label": "Semua OPD", **kwargs})

    def atur(self, user: User, *, kota: bool) -> None:
        self.queryset = opd_dikelola(user)
        self.required = not kota
        if not kota:
            self.empty_label = "– belum dipilih –"


def _atur_opd(form: Isian, user: User, *, kota: bool) -> None:
    kolom = form.fields["opd"]
    if isinstance(kolom, PilihOpd):
        kolom.atur(user, kota=kota)


class MesinBaruIsian(Isian):
    nomor_seri = forms.CharField(label="Nomor seri", max_length=60, help_text="Tertera pada mesin, menu Info Sistem.")
    nama = forms.CharField(label="Nama", max_length=100, help_text="Misalnya: Lobi Dinas Kesehatan.")
    opd = PilihOpd()
    lokasi = forms.CharField(label="Lokasi", max_length=200, required=False)
    apel = forms.BooleanField(label="Tap di mesin ini berarti ikut apel", required=False)

    def __init__(self, *args: Any, user: User, kota: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _atur_opd(self, user, kota=kota)


class MesinIsian(MesinBaruIsian):
    aktif = forms.BooleanField(label="Aktif: kirimannya diterima", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["nomor_seri"]


@hanya(UBAH)
@never_cache
def baru(request: HttpRequest) -> HttpResponse:
    """Register a machine; its key is shown on the answer and never again."""
    user = pengguna(request)
    form = MesinBaruIsian(kiriman(request), user=user, kota=punya(request, KOTA))
    if request.method == "POST" and form.is_valid():
        try:
            mesin, kunci = services.daftarkan(oleh=user, **form.cleaned_data)
            return _kunci(request, mesin, kunci)
        except DomainError as galat:
            form.terima(galat)
    alamat = reverse("presensi-mesin")
    isi = {
        "form": form,
        "judul": "Daftarkan mesin",
        "kembali": (alamat, DAFTAR.judul),
        "batal": alamat,
        "tombol": "Daftarkan",
    }
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


def _kunci(request: HttpRequest, mesin: Mesin, kunci: str) -> HttpResponse:
    alamat = request.build_absolute_uri("/")
    isi = {"mesin": mesin, "kunci": kunci, "server": alamat, "alamat": f"{alamat}mesin/{kunci}/"}
    return render(request, "presensi/kunci_mesin.html", isi)


def _wajib(user: User, pk: UUID) -> Mesin:
    """A machine that the user sees and may change. Raises NotVisible, NotAllowed."""
    row: Mesin | None = Mesin.objects.visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotVisible
    wajib_opd(user, row.opd_id)
    return row


@hanya(UBAH)
def ubah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name, place, OPD, apel, on or off."""
    user, alamat = pengguna(request), reverse("presensi-mesin")
    mesin = _wajib(user, pk)
    awal = {nama: getattr(mesin, nama) for nama in ("nama", "opd", "lokasi", "apel", "aktif")}
    return simpan(
        request, MesinIsian(kiriman(request), user=user, kota=punya(request, KOTA), initial=awal),
        aksi=lambda isi: services.ubah(mesin, isi, oleh=user),
        ke=alamat, sukses="Mesin tersimpan.", template="presensi/mesin.html",
        konteks={"judul": mesin.nama, "fakta": f"Nomor seri {mesin.nomor_seri}", "kembali": (alamat, DAFTAR.judul), "batal": alamat, "mesin": mesin},
    )  # fmt: skip


@hanya(UBAH)
@require_POST
@never_cache
def ganti_kunci(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new key, shown once; the old one stops at once."""
    user = pengguna(request)
    mesin = _wajib(user, pk)
    return _kunci(request, mesin, services.ganti_kunci(mesin, oleh=user))


# --- Quarantine and PIN -------------------------------------------------------------------------------------------------


class SaringKarantina(Saringan):
    alasan = saring_pilihan("Alasan", AlasanKarantina.choices)
    sumber = saring_pilihan("Sumber", SumberTap.choices)
    keadaan = saring_pilihan("Keadaan", (("semua", "Juga yang selesai"),), semua="Belum selesai")
    pin = forms.CharField(label="PIN", required=False, max_length=24)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if self.isi("keadaan") != "semua":
            baris = baris.filter(selesai_pada__isnull=True)
        for nama in ("alasan", "sumber", "pin"):
            if isi := self.isi(nama):
                baris = baris.filter(**{nama: isi})
        return baris


KARANTINA = Daftar(
    judul="Tap tertahan", kosong="Tidak ada tap yang tertahan", ikon_kosong="circle-check",
    kosong_saran="Tap dengan PIN yang belum dikenal atau jam yang salah akan muncul di sini.",
    kolom=(
        Kolom(label="Waktu tap", nilai=lambda k: k.ts, urut=("ts",), sub=Kolom(label="Diterima", nilai=lambda k: k.diterima_pada)),
        Kolom(label="Alasan", nilai=lambda k: k.get_alasan_display(), nada=lambda k: "mute" if k.selesai_pada else "warn"),
        Kolom(label="PIN", nilai=lambda k: k.pin, urut=("pin",)),
        Kolom(label="Mesin", nilai=lambda k: k.mesin.nama if k.mesin else k.get_sumber_display()),
        Kolom(label="Isi", nilai=lambda k: k.isi[:80]),
    ),
)  # fmt: skip
TETAPKAN = Tindakan(
    label="Tetapkan pemilik", url=lambda k: reverse("presensi-karantina-pin", args=[k.pk]), nama=lambda k: f"PIN {k.pin}", ikon="user-check",
    boleh=lambda k: k.alasan == AlasanKarantina.PIN_TIDAK_DIKENAL and k.selesai_pada is None,
)  # fmt: skip


@hanya(LIHAT)
@require_GET
def karantina(request: HttpRequest) -> HttpResponse:
    """Taps that were not taken in or have no owner, each with its reason."""
    baris = Karantina.objects.visible_to(pengguna(request)).select_related("mesin").order_by("-diterima_pada", "-pk")
    isi = replace(KARANTINA, tindakan=(TETAPKAN,)) if punya(request, UBAH) else KARANTINA
    return halaman_daftar(
        request, baris, daftar=isi, saringan=SaringKarantina(request.GET), judul=KARANTINA.judul,
        fakta="Tidak ada tap yang dibuang: yang belum dapat dipakai ditahan di sini beserta alasannya.",
    )  # fmt: skip


class PinIsian(Isian):
    pegawai = PilihField(
        label="Pemilik PIN", cari=cari_pegawai, teks=teks_pegawai, petunjuk="Ketik NIP atau nama, lalu tekan Cari."
    )
    semua = forms.BooleanField(label="PIN ini miliknya di semua mesin", required=False)

    def __init__(self, *args: Any, user: User, kota: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pegawai = self.fields["pegawai"]
        if isinstance(pegawai, PilihField):
            pegawai.queryset = pegawai_dikelola(user)
        if not kota:
            del self.fields["semua"]


@hanya(UBAH)
def tetapkan_pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose an unknown PIN is; all its waiting taps go to him and his days are computed."""
    user, alamat = pengguna(request), reverse("presensi-karantina")
    row = Karantina.objects.visible_to(user).select_related("mesin").filter(pk=pk).first()
    if row is None or row.alasan != AlasanKarantina.PIN_TIDAK_DIKENAL:
        raise NotVisible
    wajib_opd(user, row.mesin.opd_id if row.mesin else None)
    menunggu = Karantina.objects.filter(pin=row.pin, mesin=row.mesin, alasan=row.alasan, selesai_pada=None).count()
    return simpan(
        request, PinIsian(kiriman(request), user=user, kota=punya(request, KOTA)),
        aksi=lambda isi: services.tetapkan_pin(
            oleh=user, pin=row.pin, pegawai=isi["pegawai"], mesin=None if isi.get("semua") else row.mesin, sekarang=timezone.now()
        ),
        ke=alamat, sukses="Pemilik PIN ditetapkan; tap yang menunggu sedang dihitung.",
        konteks={
            "judul": f"Pemilik PIN {row.pin}", "fakta": f"{row.mesin.nama if row.mesin else 'Tanpa mesin'} · {menunggu} tap menunggu",
            "kembali": (alamat, KARANTINA.judul), "batal": alamat, "tombol": "Tetapkan pemilik",
        },
    )  # fmt: skip


# --- Places of mobile taps ----------------------------------------------------------------------------------------------


class SaringLokasi(Saringan):
    cari = forms.CharField(label="Nama", required=False, max_length=100)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        cari = self.isi("cari")
        return baris.filter(nama__icontains=cari) if cari else baris


LOKASI = Daftar(
    judul="Lokasi absen gawai", kosong="Belum ada lokasi absen", kosong_saran="Tanpa lokasi, absen lewat gawai ditolak.", ikon_kosong="target",
    kolom=(
        Kolom(label="Lokasi", nilai=lambda s: s.nama, urut=("nama",)),
        Kolom(label="OPD", nilai=lambda s: s.opd.nama if s.opd else "Semua OPD"),
        Kolom(label="Koordinat", nilai=lambda s: f"{s.lat}, {s.lon}"),
        Kolom(label="Radius (m)", nilai=lambda s: s.radius_m or "Bawaan", angka=True),
        Kolom(label="Keadaan", nilai=lambda s: "Aktif" if s.aktif else "Tidak aktif", nada=lambda s: "ok" if s.aktif else "mute"),
    ),
)  # fmt: skip
UBAH_LOKASI = Tindakan(label="Ubah", url=lambda s: reverse("presensi-lokasi-ubah", args=[s.pk]), nama=lambda s: s.nama)


@hanya(LIHAT)
@require_GET
def lokasi(request: HttpRequest) -> HttpResponse:
    """Where mobile taps are accepted."""
    baris = LokasiAbsen.objects.visible_to(pengguna(request)).select_related("opd").order_by("nama", "pk")
    boleh = punya(request, UBAH)
    aksi = [("Lokasi baru", reverse("presensi-lokasi-baru"), "plus", "btn-plain")] if boleh else []
    isi = replace(LOKASI, tindakan=(UBAH_LOKASI,)) if boleh else LOKASI
    return halaman_daftar(
        request, baris, daftar=isi, saringan=SaringLokasi(request.GET), judul=LOKASI.judul, aksi_halaman=aksi,
        kembali=(reverse("presensi-mesin"), DAFTAR.judul),
    )  # fmt: skip


class LokasiIsian(Isian):
    nama = forms.CharField(label="Nama", max_length=100)
    opd = PilihOpd()
    lat = forms.DecimalField(label="Lintang", max_digits=9, decimal_places=6, min_value=-90, max_value=90, help_text="Misalnya -7,629713.", localize=True)  # fmt: skip
    lon = forms.DecimalField(label="Bujur", max_digits=9, decimal_places=6, min_value=-180, max_value=180, help_text="Misalnya 111,523193.", localize=True)  # fmt: skip
    radius_m = forms.IntegerField(
        label="Radius (meter)", required=False, min_value=10, max_value=5000, help_text="Kosong: radius bawaan dari pengaturan."
    )  # fmt: skip
    aktif = forms.BooleanField(label="Aktif", required=False, initial=True)

    def __init__(self, *args: Any, user: User, kota: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _atur_opd(self, user, kota=kota)


def _form_lokasi(request: HttpRequest, lokasi: LokasiAbsen, awal: dict[str, Any], judul: str) -> HttpResponse:
    user, alamat = pengguna(request), reverse("presensi-lokasi")
    return simpan(
        request, LokasiIsian(kiriman(request), user=user, kota=punya(request, KOTA), initial=awal),
        aksi=lambda isi: lokasi_services.simpan(lokasi, isi, oleh=user),
        ke=alamat, sukses="Lokasi tersimpan.",
        konteks={"judul": judul, "kembali": (alamat, LOKASI.judul), "batal": alamat},
    )  # fmt: skip


@hanya(UBAH)
def lokasi_baru(request: HttpRequest) -> HttpResponse:
    """A new place."""
    return _form_lokasi(request, LokasiAbsen(), {}, "Lokasi baru")


@hanya(UBAH)
def lokasi_ubah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a place, or put it out of use."""
    user = pengguna(request)
    row = LokasiAbsen.objects.visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotVisible
    wajib_opd(user, row.opd_id)
    awal = {nama: getattr(row, nama) for nama in ("nama", "opd", "lat", "lon", "radius_m", "aktif")}
    return _form_lokasi(request, row, awal, row.nama)
