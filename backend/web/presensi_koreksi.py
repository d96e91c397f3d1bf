"""Corrections: asked for here, filled in and decided as a process (inbox), seen and withdrawn here; a broken machine at once."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import DomainError, NotAllowed, NotVisible
from backend.core.periode import hari_tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, RiwayatJabatan, Unor
from backend.platform import files
from backend.presensi import queries
from backend.presensi.enums import (
    TERBUKA,
    Bagian,
    JenisKoreksi,
    JenisTidakHadir,
    KodeShift,
    SisiKoreksi,
    StatusPengajuan,
)
from backend.presensi.models import Koreksi, KoreksiMassal, Mesin
from backend.presensi.services import koreksi as services
from backend.presensi.services import proses
from backend.web import antrean
from backend.web.admin_akses import KOTA, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai, teks_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.admin_isian import Isian, Paragraf, PilihField, Tanggal, kiriman, pilihan_kosong, simpan
from backend.web.presensi_akses import LIHAT, UBAH, opd_dikelola, pegawai_dikelola, wajib_opd
from backend.web.presensi_izin import MAKS_MB, NADA, simpan_surat
from backend.web.presensi_saya import NADA_PENGAJUAN

MASSAL_LIHAT = LIHAT
PEMUTUS_MASSAL = frozenset({Peran.KEPALA_OPD, Peran.ADMIN_OPD, Peran.BKPSDM, Peran.KEPALA_BKPSDM})


class SaringKoreksi(Saringan):
    cari = forms.CharField(label="Nama atau NIP", required=False, max_length=100)
    jenis = saring_pilihan("Jenis", JenisKoreksi.choices)
    status = saring_pilihan("Keadaan", StatusPengajuan.choices)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if cari := self.isi("cari"):
            baris = cari_pegawai(baris, cari, awalan="pegawai__")
        for nama in ("jenis", "status"):
            if isi := self.isi(nama):
                baris = baris.filter(**{nama: isi})
        return baris


DAFTAR = Daftar(
    judul="Koreksi presensi", kosong="Belum ada koreksi", ikon_kosong="pencil", per_halaman=25,
    kosong_saran="Koreksi diajukan pegawai dari halaman Presensi saya.",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda k: k.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda k: k.pegawai.nip), url=lambda k: reverse("presensi-koreksi", args=[k.pk])),
        Kolom(label="Hari", nilai=lambda k: k.tanggal, urut=("tanggal",)),
        Kolom(label="Jenis", nilai=lambda k: k.get_jenis_display()),
        Kolom(label="Diajukan", nilai=lambda k: k.diajukan_pada, urut=("diajukan_pada",)),
        Kolom(label="Keadaan", nilai=lambda k: k.get_status_display(), nada=lambda k: NADA[StatusPengajuan(k.status)]),
    ),
)  # fmt: skip


@login_required
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Corrections of everybody this user sees, newest day first."""
    baris = Koreksi.objects.visible_to(pengguna(request)).select_related("pegawai").order_by("-tanggal", "pk")
    aksi = []
    if punya(request, UBAH | frozenset({Peran.ASN})):
        aksi.append(("Ajukan koreksi", reverse("presensi-koreksi-baru"), "plus", "btn-plain"))
    if punya(request, LIHAT):
        aksi.append(("Gangguan mesin", reverse("presensi-massal"), "fingerprint", "btn-plain"))
    saringan = SaringKoreksi(request.GET)
    return halaman_daftar(request, baris, daftar=DAFTAR, saringan=saringan, judul=DAFTAR.judul, aksi_halaman=aksi)


# --- Starting ---------------------------------------------------------------------------------------------------------


class KoreksiIsian(Isian):
    """Which day of whom, what was wrong, and what it should be; which fields are needed follows from the kind."""

    pegawai = PilihField(
        label="Pegawai", cari=cari_pegawai, teks=teks_pegawai, required=False,
        petunjuk="Kosongkan untuk diri sendiri. Ketik NIP atau nama, lalu tekan Cari.",
    )  # fmt: skip
    tanggal = Tanggal(label="Hari yang dikoreksi")
    jam = forms.TimeField(
        label="Jam sebenarnya", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )  # fmt: skip
    sisi = pilihan_kosong("Sisi yang terganggu", SisiKoreksi.choices)
    status_hari = pilihan_kosong("Status seharusnya", JenisTidakHadir.choices)
    bagian = forms.ChoiceField(label="Bagian hari", choices=Bagian.choices, initial=Bagian.PENUH, required=False, help_text="Setengah hari hanya untuk dinas luar, tugas, atau diklat.")  # fmt: skip
    nomor_surat = forms.CharField(label="Nomor surat", required=False, max_length=100)
    jaga = pilihan_kosong("Jaga seharusnya", KodeShift.choices)
    alasan = Paragraf(label="Alasan", min_length=10, max_length=1000)
    berkas = forms.FileField(label="Bukti", required=False, help_text=f"PDF, JPG, atau PNG, paling besar {MAKS_MB} MB.")

    def __init__(self, *args: Any, jenis: JenisKoreksi, orang: QuerySet[Pegawai] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pegawai = self.fields["pegawai"]
        if isinstance(pegawai, PilihField):
            pegawai.queryset = orang
        if orang is None:
            del self.fields["pegawai"]
        for nama in KHUSUS - {*WAJIB[jenis], *BOLEH.get(jenis, ())}:
            del self.fields[nama]
        for nama in WAJIB[jenis]:
            self.fields[nama].required = True


# Kind of a correction → the fields that it needs, and those it may have; the others are not shown.
WAJIB: dict[JenisKoreksi, tuple[str, ...]] = {
    JenisKoreksi.LUPA_MASUK: ("jam",),
    JenisKoreksi.LUPA_PULANG: ("jam",),
    JenisKoreksi.GANGGUAN_MESIN: ("sisi",),
    JenisKoreksi.UBAH_STATUS: ("status_hari", "nomor_surat"),
    JenisKoreksi.UBAH_JADWAL: ("jaga",),
}
BOLEH = {JenisKoreksi.UBAH_STATUS: ("bagian",)}
KHUSUS = {"jam", "sisi", "status_hari", "bagian", "nomor_surat", "jaga"}
GUNA = {
    JenisKoreksi.LUPA_MASUK: "Anda masuk, tetapi tidak tap. Isi jam sebenarnya.",
    JenisKoreksi.LUPA_PULANG: "Anda pulang tanpa tap. Isi jam sebenarnya.",
    JenisKoreksi.GANGGUAN_MESIN: "Mesin rusak atau mati; sisi yang tidak ada tapnya tidak dinilai.",
    JenisKoreksi.UBAH_STATUS: "Hari itu sebenarnya cuti, dinas, atau sakit, dan ada suratnya.",
    JenisKoreksi.UBAH_JADWAL: "Roster jaga Anda pada hari itu keliru.",
}


def _pilih_jenis(request: HttpRequest) -> HttpResponse:
    """What was wrong? One link a kind; the day of the address goes along."""
    tanggal = request.GET.get("tanggal", "")
    query = f"&tanggal={tanggal}" if parse_tanggal(tanggal) else ""
    pilihan = [(f"?jenis={jenis.value}{query}", jenis.label, GUNA[jenis]) for jenis in JenisKoreksi]
    return render(request, "presensi/koreksi_jenis.html", {"pilihan": pilihan})


def parse_tanggal(teks: str) -> date | None:
    """An ISO date, else None."""
    try:
        return date.fromisoformat(teks)
    except ValueError:
        return None


@login_required
@require_http_methods(["GET", "POST"])
def baru(request: HttpRequest) -> HttpResponse:
    """Ask for a correction: its process starts and waits for the atasan. Raises NotAllowed for an account that cannot."""
    user = pengguna(request)
    admin, sendiri = punya(request, UBAH), kepegawaian.pegawai_of(user)
    if sendiri is None and not admin:
        raise NotAllowed
    if request.GET.get("jenis") not in JenisKoreksi.values:
        return _pilih_jenis(request)
    jenis = JenisKoreksi(request.GET["jenis"])
    form = KoreksiIsian(
        kiriman(request),
        request.FILES or None,
        jenis=jenis,
        orang=pegawai_dikelola(user) if admin else None,
        initial={"tanggal": parse_tanggal(request.GET.get("tanggal", ""))},
    )
    if request.method == "POST" and "cari" in request.POST:
        form.errors.clear()
    elif request.method == "POST" and form.is_valid() and (row := _ajukan(form, jenis, user, sendiri)):
        messages.success(request, "Koreksi diajukan dan menunggu keputusan atasan.")
        return redirect("presensi-koreksi", pk=row.pk)
    kembali = reverse("presensi")
    isi = {
        "form": form, "judul": f"Koreksi: {jenis.label.lower()}", "kembali": (reverse("presensi-koreksi-baru"), "Jenis koreksi"), "batal": kembali, "tombol": "Ajukan koreksi",
        "penjelasan": f"{GUNA[jenis]} Koreksi berlaku sesudah disetujui atasan; koreksi sendiri tidak dapat diputus sendiri.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


def _ajukan(form: KoreksiIsian, jenis: JenisKoreksi, user: User, sendiri: Pegawai | None) -> Koreksi | None:
    """The new correction; None when it was refused, with the reason in the form."""
    isi = form.cleaned_data
    pegawai = isi.get("pegawai") or sendiri
    if pegawai is None:
        form.add_error("pegawai", "Pilih pegawainya.")
        return None
    try:
        klaim = services.Isi(
            isi["tanggal"],
            jenis,
            isi["alasan"],
            isi.get("jam"),
            isi.get("sisi") or "",
            isi.get("jaga") or isi.get("status_hari") or "",
            isi.get("bagian") or Bagian.PENUH,
            isi.get("nomor_surat", ""),
            simpan_surat(isi["berkas"], user),
        )
        return proses.ajukan(pegawai, klaim, oleh=user, sekarang=timezone.now())
    except DomainError as galat:
        if galat.status in (403, 404):
            raise
        form.terima(galat)
        return None


# --- One correction ---------------------------------------------------------------------------------------------------


class BatalIsian(Isian):
    alasan = Paragraf(label="Alasan menarik atau membatalkan", min_length=5, max_length=500)


def _wajib(user: User, pk: UUID) -> Koreksi:
    rows = Koreksi.objects.visible_to(user).select_related("pegawai", "pengaju", "pemutus", "berkas", "massal")
    row: Koreksi | None = rows.filter(pk=pk).first()
    if row is None:
        raise NotVisible
    return row


@login_required
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One correction: what is claimed, at whose desk, what was decided; withdraw it, or (BKPSDM) cancel it."""
    user = pengguna(request)
    row = _wajib(user, pk)
    form = BatalIsian(kiriman(request))
    if request.method == "POST" and form.is_valid():
        try:
            proses.tarik(row, oleh=user, sekarang=timezone.now(), alasan=form.cleaned_data["alasan"])
            messages.success(request, "Koreksi dibatalkan.")
            return redirect("presensi-koreksi", pk=row.pk)
        except DomainError as galat:
            if galat.status in (403, 404):
                raise
            form.terima(galat)
    return render(request, "presensi/koreksi.html", _isi(request, user, row, form), status=422 if form.errors else 200)


def _isi(request: HttpRequest, user: User, row: Koreksi, form: BatalIsian) -> dict[str, Any]:
    instance = proses.instansi(row)
    item = proses.tugas(instance) if instance else None
    sendiri = user.pk in (row.pengaju_id, row.pegawai.user_id)
    terbuka = row.status in TERBUKA
    return {
        "koreksi": row,
        "nada": NADA_PENGAJUAN[StatusPengajuan(row.status)],
        "form": form,
        "berkas": instance,
        "item": item,
        "meja": antrean.meja([item], timezone.now())[item.pk] if item else None,
        "lupa": queries.banyak_lupa(row.pegawai_id, row.tanggal),
        "bisa_batal": (sendiri and terbuka and row.massal_id is None)
        or (punya(request, KOTA) and row.status == StatusPengajuan.DISETUJUI),
        "milik_sendiri": row.pegawai.user_id == user.pk,
        "giliran": bool(item and item.assignee_id == user.pk),
    }


@login_required
@require_GET
def surat(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file of a correction, always saved."""
    row = _wajib(pengguna(request), pk)
    if row.berkas is None:
        raise NotVisible
    return files.response(row.berkas)


# --- A broken machine: many people at once ----------------------------------------------------------------------------


class SaringMassal(Saringan):
    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        return baris


MASSAL = Daftar(
    judul="Gangguan mesin", kosong="Belum ada gangguan mesin yang dicatat", ikon_kosong="fingerprint", per_halaman=25,
    kosong_saran="Catat gangguan agar sisi yang terganggu tidak memotong siapa pun.",
    kolom=(
        Kolom(label="Masa", nilai=lambda m: m.mulai, url=lambda m: reverse("presensi-massal-detail", args=[m.pk]), sub=Kolom(label="Sampai", nilai=lambda m: m.sampai)),
        Kolom(label="OPD", nilai=lambda m: m.opd.nama),
        Kolom(label="Mesin", nilai=lambda m: m.mesin.nama if m.mesin else "Semua mesin"),
        Kolom(label="Sisi", nilai=lambda m: m.get_sisi_display()),
        Kolom(label="Koreksi", nilai=lambda m: m.banyak, angka=True),
        Kolom(label="Menunggu", nilai=lambda m: m.menunggu, angka=True),
    ),
)  # fmt: skip


@hanya(MASSAL_LIHAT)
@require_GET
def massal(request: HttpRequest) -> HttpResponse:
    """Recorded breakdowns."""
    baris = (
        KoreksiMassal.objects.visible_to(pengguna(request))
        .select_related("opd", "mesin")
        .annotate(
            banyak=Count("koreksi"), menunggu=Count("koreksi", filter=Q(koreksi__status=StatusPengajuan.DIAJUKAN))
        )
        .order_by("-mulai", "pk")
    )
    aksi = [("Catat gangguan", reverse("presensi-massal-baru"), "plus", "btn-plain")] if punya(request, UBAH) else []
    return halaman_daftar(
        request, baris, daftar=MASSAL, saringan=SaringMassal(request.GET), judul=MASSAL.judul, aksi_halaman=aksi,
        kembali=(reverse("presensi-koreksi-daftar"), DAFTAR.judul),
    )  # fmt: skip


class MassalIsian(Isian):
    """Which OPD (or unit), which machine, which days, which side, and why."""

    opd = forms.ModelChoiceField(label="OPD", queryset=Unor.objects.none(), empty_label="– belum dipilih –")
    unit = forms.ModelChoiceField(
        label="Hanya unit", queryset=Unor.objects.none(), required=False, empty_label="Seluruh OPD", help_text="Kosong: semua pegawai OPD itu."
    )  # fmt: skip
    mesin = forms.ModelChoiceField(
        label="Mesin", queryset=Mesin.objects.none(), required=False, empty_label="Semua mesin"
    )
    mulai = Tanggal(label="Mulai")
    sampai = Tanggal(label="Sampai")
    sisi = forms.ChoiceField(label="Sisi yang terganggu", choices=SisiKoreksi.choices)
    alasan = Paragraf(label="Alasan", min_length=10, max_length=500)
    berkas = forms.FileField(
        label="Berita acara", required=False, help_text=f"PDF, JPG, atau PNG, paling besar {MAKS_MB} MB."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        opd = opd_dikelola(user)
        pilihan: dict[str, QuerySet[Any]] = {
            "opd": opd,
            "unit": Unor.objects.filter(opd__in=opd, is_delete=False, is_opd=False).order_by("nama"),
            "mesin": Mesin.objects.visible_to(user).order_by("nama"),
        }
        for nama, queryset in pilihan.items():
            kolom = self.fields[nama]
            if isinstance(kolom, forms.ModelChoiceField):
                kolom.queryset = queryset

    def clean(self) -> dict[str, Any]:
        isi = super().clean() or self.cleaned_data
        mulai, sampai = isi.get("mulai"), isi.get("sampai")
        if mulai and sampai and not 0 <= (sampai - mulai).days <= 31:
            self.add_error("sampai", "Tanggal akhir tidak boleh sebelum tanggal awal, dan paling lama 31 hari.")
        if isi.get("unit") and isi.get("opd") and isi["unit"].opd_id != isi["opd"].pk:
            self.add_error("unit", "Unit itu bukan bagian OPD yang dipilih.")
        return isi


def orang_unit(unor: Unor, pada: date) -> list[UUID]:
    """The people who sit in a unit or below it on a date."""
    rows = RiwayatJabatan.objects.pada(pada).definitif().filter(posisi__unor__path__contains=[unor.pk])
    return list(rows.values_list("pegawai", flat=True))


@hanya(UBAH)
def massal_baru(request: HttpRequest) -> HttpResponse:
    """Record a breakdown: one correction per person and day, to be decided by the Kepala OPD."""
    user, alamat = pengguna(request), reverse("presensi-massal")

    def buat(isi: dict[str, Any]) -> KoreksiMassal:
        return services.buat_massal(
            isi["opd"], mesin=isi["mesin"], mulai=isi["mulai"], sampai=isi["sampai"], sisi=SisiKoreksi(isi["sisi"]), alasan=isi["alasan"],
            pegawai=orang_unit(isi["unit"] or isi["opd"], isi["mulai"]), oleh=user, sekarang=timezone.now(), berkas=simpan_surat(isi["berkas"], user),
        )  # fmt: skip

    return simpan(
        request, MassalIsian(kiriman(request), request.FILES or None, user=user),
        aksi=buat, ke=lambda row: reverse("presensi-massal-detail", args=[row.pk]),
        sukses="Gangguan dicatat; menunggu keputusan Kepala OPD.",
        konteks={"judul": "Catat gangguan mesin", "kembali": (alamat, MASSAL.judul), "batal": alamat, "tombol": "Ajukan koreksi massal"},
    )  # fmt: skip


class PutusanMassal(Isian):
    catatan = Paragraf(label="Catatan", required=False, max_length=500, help_text="Wajib diisi bila menolak.")


@hanya(MASSAL_LIHAT)
@require_http_methods(["GET", "POST"])
def massal_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One breakdown, and its decision for whoever did not record it."""
    user = pengguna(request)
    rows = KoreksiMassal.objects.visible_to(user).select_related("opd", "mesin", "pengaju")
    row = rows.annotate(banyak=Count("koreksi")).filter(pk=pk).first()
    if row is None:
        raise NotVisible
    form = PutusanMassal(kiriman(request))
    if request.method == "POST" and form.is_valid():
        wajib_opd(user, row.opd_id, PEMUTUS_MASSAL)
        try:
            n = services.putuskan_massal(
                row,
                setuju=request.POST.get("aksi") == "setuju",
                oleh=user,
                sekarang=timezone.now(),
                **form.cleaned_data,
            )
            messages.success(request, f"{n} koreksi diputus.")
            return redirect("presensi-massal-detail", pk=pk)
        except DomainError as galat:
            if galat.status == 404:
                raise
            form.terima(galat)
    per_status = row.koreksi.order_by().values("status").annotate(n=Count("pk"))
    isi = {
        "massal": row,
        "judul": f"Gangguan mesin {hari_tanggal(row.mulai)}",
        "form": form,
        "jumlah": [(StatusPengajuan(satu["status"]).label, satu["n"]) for satu in per_status],
        "bisa_putus": row.pengaju_id != user.pk
        and punya(request, PEMUTUS_MASSAL)
        and any(satu["status"] == StatusPengajuan.DIAJUKAN for satu in per_status),
    }
    return render(request, "presensi/massal.html", isi, status=422 if form.errors else 200)
