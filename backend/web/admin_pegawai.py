"""People: the list, one person with his history and account, and entering identity."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.kepegawaian import enums, services
from backend.kepegawaian.models import Pegawai, RiwayatJabatan, Unor
from backend.web.admin_akses import KOTA, KOTA_LIHAT, OPD, OPD_LIHAT, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Tanggal, kiriman, simpan

BOLEH = OPD_LIHAT | KOTA_LIHAT
NADA_RIWAYAT = {enums.StatusRiwayat.AKTIF: "ok", enums.StatusRiwayat.NONAKTIF: "mute", enums.StatusRiwayat.BATAL: "bad"}


def jabatan_kini(pada: date, *, pegawai: str = "pk") -> QuerySet[RiwayatJabatan]:
    """The definitive row in force on a date of the person of the outer query."""
    return RiwayatJabatan.objects.definitif().pada(pada).filter(pegawai=OuterRef(pegawai))


def dengan_jabatan(baris: QuerySet[Pegawai], *, pada: date) -> QuerySet[Any]:
    """People with `jabatan_nama`, `unor_nama` and `opd_nama` of their definitive row on a date (None: no row)."""
    kini = jabatan_kini(pada)
    return baris.annotate(
        jabatan_nama=Subquery(kini.values("posisi__jabatan__nama")[:1]),
        unor_nama=Subquery(kini.values("posisi__unor__nama")[:1]),
        opd_nama=Subquery(kini.values("posisi__unor__opd__nama")[:1]),
    )


def pilihan_opd(user: User) -> list[tuple[str, str]]:
    """The OPD this user may filter by."""
    rows = Unor.objects.visible_to(user).filter(is_opd=True, is_delete=False).order_by("nama")
    return [(str(pk), nama) for pk, nama in rows.values_list("pk", "nama")]


class SaringPegawai(Saringan):
    KEADAAN = (
        ("aktif", "Aktif"),
        ("tanpa", "Aktif tanpa jabatan definitif"),
        ("pengganti", "Sedang Plt., Plh., Pj., atau tugas tambahan"),
        ("tidak", "Tidak aktif lagi"),
    )

    cari = forms.CharField(label="NIP atau nama", required=False, max_length=100)
    opd = saring_pilihan("Perangkat daerah", ())
    jenis = saring_pilihan("Jenis jabatan", enums.JenisJabatan.choices)
    status = saring_pilihan("Status ASN", enums.StatusASN.choices)
    keadaan = saring_pilihan("Keadaan", KEADAAN)

    def __init__(self, *args: Any, user: User, pada: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pada = pada
        kolom = self.fields["opd"]
        if isinstance(kolom, forms.ChoiceField):
            kolom.choices = [("", "Semua"), *pilihan_opd(user)]

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if kata := self.isi("cari"):
            baris = cari_pegawai(baris, kata)
        if status := self.isi("status"):
            baris = baris.filter(status_asn=status)
        if opd := self.isi("opd"):
            baris = baris.filter(Exists(jabatan_kini(self.pada).filter(posisi__unor__opd=opd)))
        if jenis := self.isi("jenis"):
            baris = baris.filter(Exists(jabatan_kini(self.pada).filter(posisi__jabatan__jenis=jenis)))
        return self._keadaan(baris)

    def _keadaan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        keadaan = self.isi("keadaan")
        aktif = Pegawai.objects.aktif().values("pk")
        if keadaan == "aktif":
            return baris.filter(pk__in=aktif)
        if keadaan == "tidak":
            return baris.exclude(pk__in=aktif)
        if keadaan == "tanpa":
            return baris.filter(~Exists(jabatan_kini(self.pada)), pk__in=aktif)
        if keadaan == "pengganti":
            lain = RiwayatJabatan.objects.pada(self.pada).exclude(jenis_penugasan=enums.JenisPenugasan.D)
            return baris.filter(Exists(lain.filter(pegawai=OuterRef("pk"))))
        return baris


DAFTAR = Daftar(
    judul="Pegawai",
    kosong="Belum ada pegawai",
    kosong_saran="Admin BKPSDM dapat mengimpor pegawai dari Excel pada menu Impor data.",
    ikon_kosong="users",
    kolom=(
        Kolom(
            label="Nama", nilai=lambda p: p.nama_lengkap, urut=("nama",),
            sub=Kolom(label="NIP", nilai=lambda p: p.nip),
            url=lambda p: reverse("admin-pegawai-detail", args=[p.pk]),
        ),
        Kolom(label="Jabatan", nilai=lambda p: p.jabatan_nama, urut=("jabatan_nama",)),
        Kolom(label="Unit kerja", nilai=lambda p: p.unor_nama, urut=("unor_nama",), sub=Kolom(label="Perangkat daerah", nilai=lambda p: p.opd_nama)),
        Kolom(label="Golongan", nilai=lambda p: p.golongan, urut=("golongan",)),
        Kolom(label="Status", nilai=lambda p: p.get_status_asn_display(), urut=("status_asn",), sub=Kolom(label="Kedudukan", nilai=lambda p: p.get_kedudukan_hukum_display())),
    ),
)  # fmt: skip


@hanya(BOLEH)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """People in the scope of the user's roles, with jabatan and unit of today."""
    user, hari_ini = pengguna(request), timezone.localdate()
    baris = dengan_jabatan(Pegawai.objects.visible_to(user), pada=hari_ini).order_by("nama", "pk")
    aksi = [("Pegawai baru", reverse("admin-pegawai-baru"), "user-plus", "btn-plain")] if punya(request, KOTA) else []
    saringan = SaringPegawai(request.GET, user=user, pada=hari_ini)
    return halaman_daftar(request, baris, daftar=DAFTAR, saringan=saringan, judul=DAFTAR.judul, aksi_halaman=aksi)


TAB = (("data", "Data"), ("riwayat", "Riwayat jabatan"), ("akun", "Akun dan peran"))


def ambil(request: HttpRequest, pk: UUID) -> Pegawai:
    """A person this user may see; 404 otherwise."""
    return get_object_or_404(Pegawai.objects.visible_to(pengguna(request)), pk=pk)


@hanya(BOLEH)
@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One person: identity, history of posts, account."""
    pegawai = ambil(request, pk)
    tab = request.GET.get("tab", "data")
    tab = tab if tab in dict(TAB) else "data"
    kini = RiwayatJabatan.objects.pada(timezone.localdate()).filter(pegawai=pegawai)
    isi = {"data": _tab_data, "riwayat": _tab_riwayat, "akun": _tab_akun}[tab](request, pegawai)
    konteks = {
        "judul": pegawai.nama_lengkap,
        "fakta": f"NIP {pegawai.nip_berspasi}",
        "kembali": (reverse("admin-pegawai"), "Pegawai"),
        "pegawai": pegawai,
        "penugasan": kini.select_related("posisi__jabatan", "posisi__unor__opd", "atasan__jabatan").order_by(
            "jenis_penugasan"
        ),
        "tab": tab,
        "daftar_tab": TAB,
        "boleh_ubah": punya(request, KOTA),
        "audit": reverse("admin-audit") + f"?objek=pegawai:{pegawai.pk}" if punya(request, KOTA_LIHAT) else "",
    }
    return render(request, "kelola/pegawai.html", konteks | isi)


def _tab_data(request: HttpRequest, pegawai: Pegawai) -> dict[str, object]:
    fakta = (
        ("Status ASN", pegawai.get_status_asn_display()),
        ("Kedudukan hukum", pegawai.get_kedudukan_hukum_display()),
        ("Pangkat dan golongan", " · ".join(filter(None, (pegawai.pangkat, pegawai.golongan)))),
        ("TMT CPNS atau kontrak", pegawai.tmt_cpns),
        ("Tempat lahir", pegawai.tempat_lahir),
        ("Tanggal lahir", pegawai.tanggal_lahir),
        ("Jenis kelamin", pegawai.get_jenis_kelamin_display()),
        ("Surel", pegawai.email),
        ("Nomor ponsel", pegawai.no_hp),
    )
    baru = pegawai.laporan_data.filter(status=enums.StatusLaporanData.BARU)
    return {"fakta_pegawai": fakta, "laporan_data": baru if punya(request, OPD | KOTA_LIHAT) else ()}


def _tab_riwayat(request: HttpRequest, pegawai: Pegawai) -> dict[str, object]:
    rows = pegawai.riwayat_jabatan.select_related(
        "posisi__jabatan", "posisi__unor__opd", "atasan__jabatan", "atasan__unor"
    )
    hari_ini = timezone.localdate()
    riwayat = [
        {
            "obj": row,
            "nada": NADA_RIWAYAT[enums.StatusRiwayat(row.status)],
            "keadaan": keadaan_riwayat(row, hari_ini=hari_ini),
            "sisa": (row.sampai - hari_ini).days if row.sampai and row.mulai <= hari_ini <= row.sampai else None,
            "dapat_diakhiri": row.status == enums.StatusRiwayat.AKTIF
            and (row.sampai is None or row.sampai >= hari_ini),
            "dapat_diaktifkan": _dapat_diaktifkan(row, hari_ini=hari_ini),
        }
        for row in rows.order_by("-mulai", "jenis_penugasan")
    ]
    return {"riwayat": riwayat}


def _dapat_diaktifkan(row: RiwayatJabatan, *, hari_ini: date) -> bool:
    """An inactive row may count again; an ended definitive one may run on."""
    if row.status == enums.StatusRiwayat.NONAKTIF:
        return row.jenis_penugasan == enums.JenisPenugasan.D or row.sampai is None or row.sampai >= hari_ini
    ended = row.sampai is not None and row.sampai < hari_ini
    return row.status == enums.StatusRiwayat.AKTIF and row.jenis_penugasan == enums.JenisPenugasan.D and ended


def keadaan_riwayat(row: RiwayatJabatan, *, hari_ini: date) -> str:
    """The state in words: an active row may still be waiting for its TMT, or be over."""
    if row.status != enums.StatusRiwayat.AKTIF:
        return str(row.get_status_display())
    if row.mulai > hari_ini:
        return "Aktif mulai nanti"
    return "Selesai" if row.sampai and row.sampai < hari_ini else "Aktif"


def _tab_akun(request: HttpRequest, pegawai: Pegawai) -> dict[str, object]:
    user = User.objects.prefetch_related(Prefetch("peran", to_attr="daftar_peran")).filter(pegawai=pegawai).first()
    return {"akun": user, "boleh_akun": punya(request, KOTA_LIHAT | OPD)}


class PegawaiIsian(Isian):
    """Identity of a person. Jabatan and unit are never entered here: they follow from riwayat jabatan."""

    nip = forms.CharField(label="NIP", max_length=25, help_text="18 angka; spasi diabaikan.")
    nama = forms.CharField(label="Nama tanpa gelar", max_length=200)
    gelar_depan = forms.CharField(label="Gelar depan", max_length=50, required=False)
    gelar_belakang = forms.CharField(label="Gelar belakang", max_length=80, required=False)
    tempat_lahir = forms.CharField(label="Tempat lahir", max_length=100, required=False)
    tanggal_lahir = Tanggal(label="Tanggal lahir")
    jenis_kelamin = forms.ChoiceField(
        label="Jenis kelamin", choices=enums.JenisKelamin.choices, widget=forms.RadioSelect
    )
    status_asn = forms.ChoiceField(label="Status ASN", choices=enums.StatusASN.choices)
    kedudukan_hukum = forms.ChoiceField(label="Kedudukan hukum", choices=enums.KedudukanHukum.choices)
    golongan = forms.CharField(label="Golongan", max_length=8, required=False)
    pangkat = forms.CharField(label="Pangkat", max_length=60, required=False)
    tmt_cpns = Tanggal(label="TMT CPNS atau kontrak pertama", required=False)
    email = forms.EmailField(label="Surel", required=False)
    no_hp = forms.CharField(label="Nomor ponsel", max_length=20, required=False)

    def clean_nip(self) -> str:
        return str(self.cleaned_data["nip"]).replace(" ", "")


@hanya(KOTA)
def baru(request: HttpRequest) -> HttpResponse:
    """Enter a new person."""
    form = PegawaiIsian(
        kiriman(request), initial={"status_asn": enums.StatusASN.PNS, "kedudukan_hukum": enums.KedudukanHukum.AKTIF}
    )
    return simpan(
        request, form,
        aksi=lambda isi: services.buat_pegawai(isi, oleh=pengguna(request)),
        ke=lambda pegawai: reverse("admin-pegawai-detail", args=[pegawai.pk]) + "?tab=riwayat",
        sukses="Pegawai tersimpan. Sekarang tambahkan riwayat jabatannya.",
        konteks={"judul": "Pegawai baru", "kembali": (reverse("admin-pegawai"), "Pegawai"), "batal": reverse("admin-pegawai")},
    )  # fmt: skip


@hanya(KOTA)
def ubah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct identity."""
    pegawai = ambil(request, pk)
    alamat = reverse("admin-pegawai-detail", args=[pegawai.pk])
    awal = {nama: getattr(pegawai, nama) for nama in PegawaiIsian.base_fields}
    form = PegawaiIsian(kiriman(request), initial=awal)
    return simpan(
        request, form,
        aksi=lambda isi: services.ubah_pegawai(pegawai, isi, oleh=pengguna(request)),
        ke=alamat, sukses="Data pegawai tersimpan.",
        konteks={"judul": "Ubah data pegawai", "fakta": pegawai.nama_lengkap, "kembali": (alamat, pegawai.nama_lengkap), "batal": alamat},
    )  # fmt: skip
