"""Leave, dinas luar and sickness: asked for by the person or his Admin OPD, decided by the atasan, Admin OPD or BKPSDM."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import DomainError, NotAllowed, NotVisible
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.platform import files
from backend.platform.models import Berkas
from backend.presensi import queries
from backend.presensi.enums import Bagian, JenisTidakHadir, StatusPengajuan
from backend.presensi.models import Ketidakhadiran
from backend.presensi.services import izin as services
from backend.web.admin_akses import KOTA, pengguna, punya
from backend.web.admin_cari import cari_pegawai, teks_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Paragraf, PilihField, Tanggal, kiriman, pilihan_kosong
from backend.web.presensi_akses import UBAH, pegawai_dikelola
from backend.web.presensi_saya import NADA_PENGAJUAN

JENIS_SURAT = ("pdf", "jpg", "png")
MAKS_MB = 5
SENDIRI = frozenset({Peran.ASN})


class SaringIzin(Saringan):
    cari = forms.CharField(label="Nama atau NIP", required=False, max_length=100)
    jenis = saring_pilihan("Jenis", JenisTidakHadir.choices)
    status = saring_pilihan("Keadaan", StatusPengajuan.choices)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if cari := self.isi("cari"):
            baris = cari_pegawai(baris, cari, awalan="pegawai__")
        for nama in ("jenis", "status"):
            if isi := self.isi(nama):
                baris = baris.filter(**{nama: isi})
        return baris


NADA = {status: nada or "mute" for status, (nada, _ikon) in NADA_PENGAJUAN.items()}
DAFTAR = Daftar(
    judul="Cuti, dinas, dan sakit", kosong="Belum ada cuti, dinas, atau sakit", ikon_kosong="calendar", per_halaman=25,
    kosong_saran="Catat dengan tombol di atas; yang disetujui langsung masuk hitungan presensi.",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda i: i.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda i: i.pegawai.nip), url=lambda i: reverse("presensi-izin-detail", args=[i.pk])),
        Kolom(label="Jenis", nilai=lambda i: i.get_jenis_display()),
        Kolom(label="Mulai", nilai=lambda i: i.mulai, urut=("mulai",)),
        Kolom(label="Sampai", nilai=lambda i: i.sampai, urut=("sampai",)),
        Kolom(label="Surat", nilai=lambda i: i.nomor_surat),
        Kolom(label="Keadaan", nilai=lambda i: i.get_status_display(), nada=lambda i: NADA[StatusPengajuan(i.status)]),
    ),
)  # fmt: skip


@login_required
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """The rows of everybody this user sees; an ASN sees his own."""
    baris = Ketidakhadiran.objects.visible_to(pengguna(request)).select_related("pegawai").order_by("-mulai", "pk")
    boleh = punya(request, UBAH | SENDIRI)
    aksi = [("Catat atau ajukan", reverse("presensi-izin-baru"), "plus", "btn-plain")] if boleh else []
    saringan = SaringIzin(request.GET)
    return halaman_daftar(request, baris, daftar=DAFTAR, saringan=saringan, judul=DAFTAR.judul, aksi_halaman=aksi)


# --- Asking -----------------------------------------------------------------------------------------------------------


class IzinIsian(Isian):
    """Who, what, when, by which letter. `pegawai` only for those who administer others; empty: oneself."""

    pegawai = PilihField(
        label="Pegawai", cari=cari_pegawai, teks=teks_pegawai, required=False,
        petunjuk="Kosongkan untuk diri sendiri. Ketik NIP atau nama, lalu tekan Cari.",
    )  # fmt: skip
    jenis = pilihan_kosong("Jenis", JenisTidakHadir.choices)
    mulai = Tanggal(label="Mulai")
    sampai = Tanggal(label="Sampai")
    bagian = forms.ChoiceField(
        label="Bagian hari", choices=Bagian.choices, initial=Bagian.PENUH, help_text="Setengah hari hanya untuk dinas luar satu hari."
    )  # fmt: skip
    nomor_surat = forms.CharField(
        label="Nomor surat", required=False, max_length=100, help_text="Surat tugas, surat cuti, atau surat dokter."
    )
    berkas = forms.FileField(
        label="Berkas surat", required=False, help_text=f"PDF, JPG, atau PNG, paling besar {MAKS_MB} MB."
    )
    alasan = Paragraf(label="Keterangan", required=False, max_length=500)
    keputusan_bkpsdm = forms.CharField(
        label="Nomor keputusan BKPSDM", required=False, max_length=100, help_text="Hanya untuk sakit di dalam cuti tahunan."
    )  # fmt: skip

    def __init__(self, *args: Any, orang: QuerySet[Pegawai] | None, bkpsdm: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["jenis"].required = True
        pegawai = self.fields["pegawai"]
        if isinstance(pegawai, PilihField):
            pegawai.queryset = orang
        if orang is None:
            del self.fields["pegawai"]
        if not bkpsdm:
            del self.fields["keputusan_bkpsdm"]


@login_required
@require_http_methods(["GET", "POST"])
def baru(request: HttpRequest) -> HttpResponse:
    """Ask for oneself, or enter for somebody of one's OPD. Raises NotAllowed for an account that can do neither."""
    user = pengguna(request)
    admin = punya(request, UBAH)
    sendiri = kepegawaian.pegawai_of(user)
    if sendiri is None and not admin:
        raise NotAllowed
    form = IzinIsian(
        kiriman(request),
        request.FILES or None,
        orang=pegawai_dikelola(user) if admin else None,
        bkpsdm=punya(request, KOTA),
    )
    if request.method == "POST" and "cari" in request.POST:
        form.errors.clear()
    elif request.method == "POST" and form.is_valid():
        row = _simpan(form, user, sendiri)
        if row is not None:
            return redirect("presensi-izin-detail", pk=row.pk)
    kembali = ("presensi-izin", DAFTAR.judul) if admin else ("presensi", "Presensi saya")
    isi = {
        "form": form, "judul": "Ajukan cuti, dinas, atau sakit", "kembali": (reverse(kembali[0]), kembali[1]), "batal": reverse(kembali[0]), "tombol": "Ajukan",
        "penjelasan": "Hari yang tercakup dihitung ulang sesudah disetujui. Dinas luar, tugas, dan diklat wajib dengan surat tugas dan berkasnya.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


def _simpan(form: IzinIsian, user: User, sendiri: Pegawai | None) -> Ketidakhadiran | None:
    """The new row; None when it was refused, with the reason in the form. BKPSDM's entry for others is decided at once."""
    isi = form.cleaned_data
    pegawai = isi.get("pegawai") or sendiri
    if pegawai is None:
        form.add_error("pegawai", "Pilih pegawainya.")
        return None
    try:
        izin = services.Izin(
            pegawai,
            JenisTidakHadir(isi["jenis"]),
            isi["mulai"],
            isi["sampai"],
            Bagian(isi["bagian"]),
            isi["nomor_surat"],
            simpan_surat(isi["berkas"], user),
            isi.get("keputusan_bkpsdm", ""),
            isi["alasan"],
        )
        return services.ajukan(izin, oleh=user, sekarang=timezone.now())
    except DomainError as galat:
        if galat.status in (403, 404):
            raise
        form.terima(galat)
        return None


def simpan_surat(upload: Any, user: User) -> Berkas | None:
    """The scanned letter. Raises FileTypeRefused, FileTooLarge, FileEmpty."""
    return files.store(upload, pengunggah=user, jenis=JENIS_SURAT, maks_mb=MAKS_MB) if upload else None


# --- One row ----------------------------------------------------------------------------------------------------------


class PutusanIsian(Isian):
    alasan = Paragraf(
        label="Alasan", required=False, max_length=500, help_text="Wajib diisi bila menolak atau membatalkan."
    )


def _wajib(user: User, pk: UUID) -> Ketidakhadiran:
    rows = Ketidakhadiran.objects.visible_to(user).select_related("pegawai", "pengaju", "pemutus", "berkas")
    row: Ketidakhadiran | None = rows.filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row


@login_required
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One row: what is asked, its letter, its way; decide or cancel where it is one's turn."""
    user = pengguna(request)
    row = _wajib(user, pk)
    form = PutusanIsian(kiriman(request))
    if request.method == "POST" and form.is_valid():
        try:
            _putuskan(row, request.POST.get("aksi", ""), form.cleaned_data["alasan"], user)
            return HttpResponseRedirect(request.get_full_path())
        except DomainError as galat:
            if galat.status in (403, 404):
                raise
            form.terima(galat)
    nada = NADA_PENGAJUAN[StatusPengajuan(row.status)]
    sendiri = user.pk in (row.pengaju_id, row.pegawai.user_id)
    terbuka = row.status == StatusPengajuan.DIAJUKAN
    isi = {
        "izin": row,
        "nada": nada,
        "form": form,
        "bisa_putus": terbuka and not sendiri and queries.boleh_memutus(user, row.pegawai, pada=timezone.now()),
        "bisa_batal": (terbuka and row.pengaju_id == user.pk)
        or (row.status in (StatusPengajuan.DIAJUKAN, StatusPengajuan.DISETUJUI) and punya(request, KOTA)),
        "milik_sendiri": row.pegawai.user_id == user.pk,
    }
    return render(request, "presensi/izin.html", isi, status=422 if form.errors else 200)


def _putuskan(row: Ketidakhadiran, aksi: str, alasan: str, user: User) -> None:
    """The one act of the page. Raises what the services raise."""
    if aksi == "batal":
        services.batalkan(row, oleh=user, sekarang=timezone.now(), alasan=alasan)
    elif aksi in ("setuju", "tolak"):
        services.putuskan(row, setuju=aksi == "setuju", oleh=user, sekarang=timezone.now(), alasan=alasan)


@login_required
@require_GET
def surat(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The letter of a row, always saved."""
    row = _wajib(pengguna(request), pk)
    if row.berkas is None:
        raise NotVisible
    return files.response(row.berkas)
