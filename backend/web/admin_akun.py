"""Accounts: find one, give a one-time password, lock and unlock, grant and take away roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from backend.accounts import services as akun_services
from backend.accounts.models import User
from backend.accounts.roles import PERAN_DIBERIKAN, PERAN_OPD, Peran
from backend.core.errors import NotAllowed
from backend.kepegawaian import services
from backend.kepegawaian.models import Pegawai, PeranUser, Unor
from backend.web.admin_akses import KOTA, KOTA_LIHAT, OPD, hanya, pengguna, punya
from backend.web.admin_cari import cari_user
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Paragraf, Tanggal, kiriman, simpan
from backend.web.admin_pegawai import ambil as ambil_pegawai

BOLEH = KOTA_LIHAT | OPD
UBAH = KOTA | OPD
DIBERIKAN = [(p.value, p.label) for p in Peran if p in PERAN_DIBERIKAN]


def akun_terlihat(request: HttpRequest) -> QuerySet[User]:
    """Every account for whole-city roles, else the accounts of the people in scope."""
    if punya(request, KOTA_LIHAT):
        return User.objects.all()
    return User.objects.filter(pegawai__in=Pegawai.objects.visible_to(pengguna(request)).values("pk"))


def ambil(request: HttpRequest, pk: UUID) -> User:
    """An account this user may see; 404 otherwise."""
    return get_object_or_404(akun_terlihat(request), pk=pk)


def boleh_atur(request: HttpRequest, akun: User) -> bool:
    """Whether passwords and locks of this account are the user's business.

    Admin OPD must not take over an account with granted roles; nobody manages his own account here.
    """
    if akun.pk == pengguna(request).pk or not punya(request, UBAH):
        return False
    return punya(request, KOTA) or not PeranUser.objects.filter(user=akun).pada(timezone.localdate()).exists()


class SaringAkun(Saringan):
    cari = forms.CharField(label="NIP, nama pengguna, atau nama", required=False, max_length=100)
    peran = saring_pilihan("Peran yang diberikan", DIBERIKAN)
    keadaan = saring_pilihan("Keadaan", (("aktif", "Aktif"), ("terkunci", "Terkunci"), ("belum", "Belum pernah masuk")))

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if kata := self.isi("cari"):
            baris = cari_user(baris, kata)
        if peran := self.isi("peran"):
            ada = PeranUser.objects.pada(timezone.localdate()).filter(user=OuterRef("pk"), peran=peran)
            baris = baris.filter(Exists(ada))
        keadaan = self.isi("keadaan")
        syarat: dict[str, dict[str, Any]] = {
            "aktif": {"is_active": True},
            "terkunci": {"is_active": False},
            "belum": {"last_login__isnull": True},
        }
        return baris.filter(**syarat[keadaan]) if keadaan else baris


def _peran_kini(akun: User) -> str:
    hari_ini = timezone.localdate()
    kini = [
        p
        for p in akun.peran.all()
        if (p.mulai is None or p.mulai <= hari_ini) and (p.sampai is None or p.sampai >= hari_ini)
    ]
    return ", ".join(str(p.get_peran_display()) for p in kini)


DAFTAR = Daftar(
    judul="Akun dan peran",
    kosong="Belum ada akun",
    kosong_saran="Akun pegawai dibuat dari halaman pegawai.",
    ikon_kosong="key-round",
    kolom=(
        Kolom(label="Nama", nilai=lambda u: u.nama, urut=("nama",), sub=Kolom(label="NIP atau nama pengguna", nilai=lambda u: u.username), url=lambda u: reverse("admin-akun-detail", args=[u.pk])),
        Kolom(label="Peran yang diberikan", nilai=_peran_kini),
        Kolom(label="Terakhir masuk", nilai=lambda u: u.last_login, urut=("last_login",)),
        Kolom(label="Keadaan", nilai=lambda u: "Aktif" if u.is_active else "Terkunci", nada=lambda u: "" if u.is_active else "bad", urut=("is_active",)),
    ),
)  # fmt: skip


@hanya(BOLEH)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Accounts in scope."""
    baris = akun_terlihat(request).prefetch_related("peran").order_by("nama", "pk")
    return halaman_daftar(request, baris, daftar=DAFTAR, saringan=SaringAkun(request.GET), judul=DAFTAR.judul)


@hanya(BOLEH)
@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One account with its roles, those of the past included."""
    akun = ambil(request, pk)
    hari_ini = timezone.localdate()
    peran = [(p, _keadaan(p, hari_ini=hari_ini)) for p in akun.peran.select_related("unor").order_by("-mulai")]
    konteks = {
        "judul": akun.nama,
        "fakta": f"Nama pengguna {akun.username}",
        "kembali": (reverse("admin-akun"), "Akun dan peran"),
        "akun": akun,
        "pegawai": Pegawai.objects.filter(user=akun).first(),
        "peran": peran,
        "boleh_atur": boleh_atur(request, akun),
        "boleh_peran": punya(request, KOTA) and akun.pk != pengguna(request).pk,
    }
    return render(request, "kelola/akun.html", konteks)


def _keadaan(peran: PeranUser, *, hari_ini: Any) -> tuple[str, str]:
    if peran.sampai and peran.sampai < hari_ini:
        return "Berakhir", "mute"
    return ("Belum mulai", "info") if peran.mulai and peran.mulai > hari_ini else ("Berlaku", "ok")


def _harus_boleh(request: HttpRequest, pk: UUID) -> User:
    akun = ambil(request, pk)
    if not boleh_atur(request, akun):
        raise NotAllowed
    return akun


@hanya(KOTA)
@never_cache
@require_POST
def buat(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make an account for a person and show its one-time password."""
    akun, sandi = services.buat_akun(ambil_pegawai(request, pk), oleh=pengguna(request))
    return _tampilkan_sandi(request, akun, sandi)


@hanya(UBAH)
@never_cache
def sandi(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a one-time password. It is shown once, on the answer itself, and must be changed at the next sign-in."""
    akun = _harus_boleh(request, pk)
    if request.method == "POST":
        return _tampilkan_sandi(request, akun, akun_services.sandi_sekali_pakai(akun, oleh=pengguna(request)))
    alamat = reverse("admin-akun-detail", args=[pk])
    akibat = [
        "Kata sandi lama tidak berlaku lagi dan semua sesi pengguna ini berakhir.",
        "Kata sandi baru ditampilkan satu kali dan wajib diganti saat masuk.",
    ]
    konteks = {
        "judul": "Atur ulang kata sandi",
        "fakta": akun.nama,
        "kembali": (alamat, akun.nama),
        "batal": alamat,
        "tombol": "Buat kata sandi sekali pakai",
        "akibat": akibat,
        "terdampak": None,
        "form": Isian(),
    }
    return render(request, "kelola/konfirmasi.html", konteks)


def _tampilkan_sandi(request: HttpRequest, akun: User, sandi_baru: str) -> HttpResponse:
    alamat = reverse("admin-akun-detail", args=[akun.pk])
    konteks = {
        "judul": "Kata sandi sekali pakai",
        "fakta": akun.nama,
        "kembali": (alamat, akun.nama),
        "akun": akun,
        "sandi": sandi_baru,
    }
    return render(request, "kelola/sandi.html", konteks)


class KunciIsian(Isian):
    alasan = Paragraf(label="Alasan", min_length=10, max_length=500)


@hanya(UBAH)
def kunci(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lock an account."""
    akun = _harus_boleh(request, pk)
    alamat = reverse("admin-akun-detail", args=[pk])
    return simpan(
        request, KunciIsian(kiriman(request)),
        aksi=lambda isi: akun_services.kunci_akun(akun, oleh=pengguna(request), **isi),
        ke=alamat, sukses="Akun dikunci.", template="kelola/konfirmasi.html",
        konteks={"judul": "Kunci akun", "fakta": akun.nama, "kembali": (alamat, akun.nama), "batal": alamat, "tombol": "Kunci akun", "akibat": ["Pengguna tidak dapat masuk sampai akun dibuka kembali."], "terdampak": None},
    )  # fmt: skip


@hanya(UBAH)
@require_POST
def buka(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Unlock an account."""
    akun = _harus_boleh(request, pk)
    akun_services.buka_akun(akun, oleh=pengguna(request))
    messages.success(request, "Akun dibuka kembali.")
    return HttpResponseRedirect(reverse("admin-akun-detail", args=[pk]))


class PeranIsian(Isian):
    """A granted role with its scope and dates."""

    peran = forms.ChoiceField(label="Peran", choices=DIBERIKAN)
    unor = forms.ModelChoiceField(
        label="Perangkat daerah", queryset=Unor.objects.none(), required=False, empty_label="– seluruh kota –"
    )
    mulai = Tanggal(label="Mulai", required=False, help_text="Kosong: mulai sekarang.")
    sampai = Tanggal(label="Sampai", required=False, help_text="Kosong: sampai dicabut.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["unor"]
        if isinstance(kolom, forms.ModelChoiceField):
            kolom.queryset = Unor.objects.filter(is_opd=True, is_delete=False).order_by("nama")

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        per_opd = isi.get("peran") in PERAN_OPD
        if per_opd and not isi.get("unor"):
            self.add_error("unor", "Peran ini diberikan untuk satu perangkat daerah. Pilih perangkat daerahnya.")
        if not per_opd and isi.get("unor"):
            self.add_error("unor", "Peran ini berlaku untuk seluruh kota. Kosongkan perangkat daerah.")
        if isi.get("mulai") and isi.get("sampai") and isi["sampai"] < isi["mulai"]:
            self.add_error("sampai", "Tanggal sampai tidak boleh sebelum tanggal mulai.")
        return isi


@hanya(KOTA)
def beri_peran(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Grant a role."""
    akun = ambil(request, pk)
    alamat = reverse("admin-akun-detail", args=[pk])
    return simpan(
        request, PeranIsian(kiriman(request)),
        aksi=lambda isi: services.tetapkan_peran(akun, oleh=pengguna(request), **isi),
        ke=alamat, sukses="Peran diberikan.",
        konteks={"judul": "Beri peran", "fakta": akun.nama, "kembali": (alamat, akun.nama), "batal": alamat, "tombol": "Beri peran"},
    )  # fmt: skip


@hanya(KOTA)
def cabut_peran(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a role away from today on."""
    peran = get_object_or_404(PeranUser.objects.visible_to(pengguna(request)).select_related("user", "unor"), pk=pk)
    alamat = reverse("admin-akun-detail", args=[peran.user_id])
    return simpan(
        request, KunciIsian(kiriman(request)),
        aksi=lambda isi: services.cabut_peran(peran, oleh=pengguna(request), **isi),
        ke=alamat, sukses="Peran dicabut.", template="kelola/konfirmasi.html",
        konteks={"judul": f"Cabut peran {peran}", "fakta": peran.user.nama, "kembali": (alamat, peran.user.nama), "batal": alamat, "tombol": "Cabut peran", "akibat": ["Pengguna kehilangan wewenang peran ini mulai sekarang."], "terdampak": None},
    )  # fmt: skip
