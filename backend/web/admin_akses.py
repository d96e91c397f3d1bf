"""Who may open which admin page, and the menu made from the same table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import NotAllowed
from backend.kepegawaian import queries

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

KOTA = frozenset({Peran.BKPSDM})
KOTA_LIHAT = KOTA | {Peran.KEPALA_BKPSDM, Peran.AUDITOR}
OPD = frozenset({Peran.ADMIN_OPD})
KINERJA_OPD = OPD | {Peran.KEPALA_OPD, Peran.TIM_PENGELOLA}  # see the performance of their OPD
OPD_LIHAT = KINERJA_OPD | {Peran.TU}
PROSES = frozenset({Peran.ADMIN_PROSES})
GAJI = KOTA | {Peran.BENDAHARA_OPD}  # import the gaji list
TPP_LIHAT = (
    OPD | KOTA_LIHAT | {Peran.KEPALA_OPD, Peran.BENDAHARA, Peran.BENDAHARA_OPD}
)  # see the pay of an OPD or of the city


def pengguna(request: HttpRequest) -> User:
    """The signed-in user of a page behind `hanya`."""
    if not isinstance(request.user, User):
        raise NotAllowed
    return request.user


def peran_kini(request: HttpRequest) -> frozenset[Peran]:
    """The roles of the user at this moment, read once per request."""
    cached: frozenset[Peran] | None = getattr(request, "_peran_kini", None)
    if cached is None:
        cached = frozenset(Peran(nama) for nama in queries.peran_user(pengguna(request), timezone.localdate()))
        request._peran_kini = cached  # type: ignore[attr-defined]
    return cached


def punya(request: HttpRequest, boleh: frozenset[Peran]) -> bool:
    """Whether the user holds one of these roles now."""
    return bool(peran_kini(request) & boleh)


def hanya(boleh: frozenset[Peran]) -> Callable[[View[P]], View[P]]:
    """Open the page only to holders of one of the roles; others get 403. Which rows they see is `visible_to`'s part."""

    def bungkus(view: View[P]) -> View[P]:
        @login_required
        @wraps(view)
        def periksa(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not punya(request, boleh):
                raise NotAllowed
            return view(request, *args, **kwargs)

        return cast(View[P], periksa)

    return bungkus


@dataclass(frozen=True)
class Menu:
    """One entry of the admin menu: URL name, label, icon, what the page is for, roles that see it."""

    url_name: str
    label: str
    ikon: str
    guna: str
    boleh: frozenset[Peran]

    @property
    def url(self) -> str:
        return reverse(self.url_name)


BAGIAN: tuple[tuple[str, tuple[Menu, ...]], ...] = (
    (
        "Pemantauan",
        (
            Menu(
                "pemantauan",
                "Pemantauan bulanan",
                "gauge",
                "Siapa yang terlambat dan laporan tanpa atasan",
                KINERJA_OPD | KOTA_LIHAT,
            ),
            Menu(
                "laporan-data",
                "Laporan data salah",
                "message-square-warning",
                "Jawab laporan pegawai tentang datanya",
                OPD | KOTA_LIHAT,
            ),
            Menu(
                "catat-keputusan",
                "Catat keputusan pejabat",
                "stamp",
                "Rekam keputusan tertulis pejabat non-ASN",
                frozenset({Peran.TIM_PENGELOLA}),
            ),
        ),
    ),
    (
        "Kepegawaian",
        (
            Menu("admin-pegawai", "Pegawai", "users", "Cari pegawai, jabatan, dan akunnya", OPD_LIHAT | KOTA_LIHAT),
            Menu("admin-unit", "Unit organisasi", "network", "Pohon OPD dan unit kerja", OPD_LIHAT | KOTA_LIHAT),
            Menu(
                "admin-posisi",
                "Posisi dan formasi",
                "briefcase",
                "Jabatan per unit, pemangku, dan atasannya",
                OPD_LIHAT | KOTA_LIHAT,
            ),
            Menu(
                "admin-delegasi",
                "Delegasi penilai",
                "user-check",
                "Surat delegasi koordinator dan ketua tim",
                OPD | KOTA_LIHAT,
            ),
            Menu("admin-kalender", "Kalender kerja", "calendar", "Hari libur dan cuti bersama", KOTA_LIHAT),
            Menu("admin-impor", "Impor data", "upload", "Unggah Excel kepegawaian dan SKP", KOTA),
        ),
    ),
    (
        "Presensi",
        (
            Menu("presensi-opd", "Presensi bulanan", "table", "Hari per hari satu OPD", OPD_LIHAT | KOTA_LIHAT),
            Menu("presensi-skor", "Skor potongan", "gauge", "Potongan per pegawai dan OPD", OPD_LIHAT | KOTA_LIHAT),
            Menu("presensi-segel", "Rekap dan segel", "lock", "Usulkan dan segel bulan", OPD_LIHAT | KOTA_LIHAT),
            Menu(
                "presensi-peringatan",
                "Peringatan PP 94",
                "triangle-alert",
                "Hari tanpa keterangan setahun",
                OPD_LIHAT | KOTA_LIHAT,
            ),
            Menu("presensi-izin", "Cuti, dinas, sakit", "palmtree", "Catat dan putuskan", OPD_LIHAT | KOTA_LIHAT),
            Menu(
                "presensi-koreksi-daftar",
                "Koreksi",
                "pencil",
                "Koreksi presensi dan gangguan mesin",
                OPD_LIHAT | KOTA_LIHAT,
            ),
            Menu("presensi-roster", "Roster jaga", "calendar-clock", "Jadwal jaga per minggu", OPD_LIHAT | KOTA_LIHAT),
            Menu("presensi-jadwal", "Jadwal kerja", "clock", "Pola jam kerja dan penugasannya", OPD_LIHAT | KOTA_LIHAT),
            Menu("presensi-apel", "Daftar hadir apel", "flag", "Catat yang tidak ikut apel", OPD | KOTA),
            Menu(
                "presensi-mesin", "Mesin absen", "fingerprint", "Mesin, kunci, dan lokasi absen", OPD_LIHAT | KOTA_LIHAT
            ),
            Menu(
                "presensi-karantina",
                "Tap tertahan",
                "octagon-alert",
                "PIN tidak dikenal dan jam salah",
                OPD_LIHAT | KOTA_LIHAT,
            ),
            Menu("presensi-impor", "Impor tap", "upload", "Unggah berkas mesin absen", OPD | KOTA),
        ),
    ),
    (
        "Kinerja",
        (
            Menu("admin-periode", "Periode", "calendar-clock", "Tanggal buka, tenggat, tutup; buka bulan", KOTA_LIHAT),
            Menu("admin-skp", "SKP", "target", "RHK, IKI, target, dan renaksi", KINERJA_OPD | KOTA_LIHAT),
            Menu("admin-laporan", "Laporan final", "file-lock", "Lihat dan buka kembali laporan final", KOTA_LIHAT),
        ),
    ),
    (
        "TPP",
        (
            Menu("tpp-periode", "Periode TPP", "wallet", "Hitung, setujui, verifikasi, dan kunci per bulan", TPP_LIHAT),
            Menu(
                "tpp-rekap",
                "Rekap TPP setahun",
                "table",
                "Bersih per pegawai dua belas bulan, THR, ketiga belas",
                TPP_LIHAT,
            ),
            Menu("tpp-gaji", "Impor gaji", "upload", "Daftar gaji OPD dari Excel, syarat menghitung TPP", GAJI),
            Menu("tpp-aturan", "Aturan", "scale", "Tabel aturan, versi, dan drafnya", KOTA_LIHAT),
            Menu(
                "tpp-simulasi", "Coba aturan", "chart-column", "Dampak draf atas bulan yang sudah dikunci", KOTA_LIHAT
            ),
        ),
    ),
    (
        "Sistem",
        (
            Menu("admin-akun", "Akun dan peran", "key-round", "Kata sandi, kunci akun, dan peran", OPD | KOTA_LIHAT),
            Menu("admin-pengaturan", "Pengaturan", "settings", "Label, batas, dan hari", KOTA_LIHAT),
            Menu(
                "admin-proses",
                "Proses dan insiden",
                "workflow",
                "Versi proses, berkas berjalan, kegagalan",
                PROSES | KOTA_LIHAT,
            ),
            Menu(
                "admin-job",
                "Pekerjaan besar",
                "list-checks",
                "Kemajuan impor dan pembukaan periode",
                KOTA_LIHAT | PROSES,
            ),
            Menu("admin-audit", "Jejak audit", "history", "Siapa mengubah apa dan mengapa", KOTA_LIHAT | PROSES),
        ),
    ),
)


def menu_untuk(peran: frozenset[Peran]) -> list[tuple[str, list[Menu]]]:
    """The sections and entries these roles see; empty sections are left out."""
    isi = [(judul, [menu for menu in menu_ini if menu.boleh & peran]) for judul, menu_ini in BAGIAN]
    return [(judul, menu_ini) for judul, menu_ini in isi if menu_ini]
