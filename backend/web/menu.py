"""The menus of the product in one table: who sees which, in which order, with which number beside it.

The rail, the *Lainnya* page of phones and the shortcuts of the home page are all drawn from here (item 1n). Admin menus
come from `admin_akses.BAGIAN`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db import connection
from django.urls import reverse

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.platform.settings import setting
from backend.web.admin_akses import menu_untuk
from backend.web.models import PemakaianMenu

SEMUA = frozenset(Peran)
MENILAI = frozenset({Peran.ATASAN, Peran.ATASAN_PENILAI})
MEMUTUS = MENILAI | {Peran.ADMIN_OPD, Peran.TIM_PENGELOLA, Peran.KEPALA_OPD, Peran.BKPSDM, Peran.BENDAHARA}


@dataclass(frozen=True)
class Menu:
    """One place of the product. `halaman` are URL names that belong to it; `lencana` names its badge."""

    kunci: str
    label: str
    ikon: str
    boleh: frozenset[Peran] = SEMUA
    halaman: frozenset[str] = frozenset()
    lencana: str = ""
    ponsel: bool = False
    rel: bool = True

    @property
    def url(self) -> str:
        return reverse(self.kunci)

    def memuat(self, url_name: str) -> bool:
        """Whether a page belongs to this menu."""
        return url_name == self.kunci or url_name in self.halaman


MENU: tuple[Menu, ...] = (
    Menu("beranda", "Beranda", "house", halaman=frozenset({"lapor-data"}), ponsel=True),
    Menu(
        "kotak-masuk", "Kotak masuk", "inbox", MEMUTUS, frozenset({"kotak-masuk-tugas"}), lencana="masuk", ponsel=True
    ),
    Menu(
        "laporan", "Kinerja", "target", frozenset({Peran.ASN}), frozenset({"tugas", "laporan-detail", "berkas"}),
        lencana="tugas", ponsel=True,
    ),
    Menu(
        "presensi", "Presensi", "fingerprint", frozenset({Peran.ASN}),
        frozenset({"presensi-orang", "presensi-hari", "presensi-koreksi", "presensi-koreksi-baru", "presensi-izin-baru", "presensi-izin-detail"}),
        ponsel=True,
    ),
    Menu(
        "tpp", "TPP", "wallet", frozenset({Peran.ASN}),
        frozenset({"tpp-hasil", "tpp-sanggah", "tpp-tahunan", "tpp-tahunan-orang"}), ponsel=True,
    ),
    Menu("bawahan", "Bawahan", "users", MENILAI, frozenset({"bawahan-detail"}), ponsel=True),
    Menu("presensi-bawahan", "Presensi bawahan", "calendar-check", MENILAI),
    Menu("dokumen", "Dokumen", "file-text", frozenset({Peran.ASN})),
    Menu("pemberitahuan", "Pemberitahuan", "bell", lencana="pemberitahuan", rel=False),
    Menu("profil", "Akun saya", "user", rel=False),
)  # fmt: skip


@dataclass(frozen=True)
class Butir:
    """A menu as one user sees it now."""

    kunci: str
    label: str
    ikon: str
    url: str
    aktif: bool = False
    jumlah: int = 0
    ponsel: bool = False


@dataclass(frozen=True)
class Bagian:
    """Menus under one heading; the first part has none."""

    judul: str
    butir: list[Butir] = field(default_factory=list)


def bagian_menu(peran: frozenset[Peran], *, url_name: str, lencana: dict[str, int]) -> list[Bagian]:
    """Everything these roles may open, in the order of the rail."""
    utama = [_butir(menu, url_name=url_name, lencana=lencana) for menu in MENU if menu.boleh & peran and menu.rel]
    admin = [
        Bagian(judul, [Butir(m.url_name, m.label, m.ikon, m.url, _milik(url_name, m.url_name)) for m in isi])
        for judul, isi in menu_untuk(peran)
    ]
    if any(butir.aktif for bagian in admin for butir in bagian.butir):
        utama = [replace(butir, aktif=False) for butir in utama]  # one place is where one is
    return [Bagian("", utama), *admin]


def _butir(menu: Menu, *, url_name: str, lencana: dict[str, int]) -> Butir:
    return Butir(
        menu.kunci, menu.label, menu.ikon, menu.url,
        aktif=menu.memuat(url_name), jumlah=lencana.get(menu.lencana, 0), ponsel=menu.ponsel,
    )  # fmt: skip


def _milik(url_name: str, kunci: str) -> bool:
    """An admin page belongs to the menu whose URL name its own begins with."""
    return url_name == kunci or url_name.startswith(f"{kunci}-")


# --- Counted openings ---------------------------------------------------------------------------------------------


def catat_pembukaan(user: User, kunci: str) -> None:
    """Count one opening of a menu, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO web_pemakaianmenu (user_id, kunci, jumlah) VALUES (%s, %s, 1) "
            "ON CONFLICT (user_id, kunci) DO UPDATE SET jumlah = web_pemakaianmenu.jumlah + 1",
            [user.pk, kunci],
        )


def pintasan(user: User, bagian: Iterable[Bagian]) -> list[Butir]:
    """At most `pintasan_maks` menus, the most opened first; a menu counts from `pintasan_ambang` openings on.

    Places that are left go to the menus of the rail in their order, so that a new user finds something too. Only
    menus in `bagian` appear: a forbidden one never does.
    """
    boleh = {butir.kunci: butir for satu in bagian for butir in satu.butir if butir.kunci != "beranda"}
    maks, ambang = int(setting("pintasan_maks")), int(setting("pintasan_ambang"))
    sering = PemakaianMenu.objects.filter(user=user, kunci__in=boleh, jumlah__gte=ambang).order_by("-jumlah", "kunci")
    urut = dict.fromkeys([*sering.values_list("kunci", flat=True)[:maks], *boleh])
    return [boleh[kunci] for kunci in urut][:maks]
