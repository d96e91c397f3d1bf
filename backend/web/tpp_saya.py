"""TPP of one person: months with neto and state, *Mengapa TPP saya sekian?*, objections, the annual sheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.models import User
from backend.core.errors import DomainError, NotVisible
from backend.core.periode import akhir_bulan, waktu
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.platform import files
from backend.presensi.models import HadirHarian
from backend.tpp import enums, queries
from backend.tpp.models import Hasil, Periode, Sanggah, Tertahan
from backend.tpp.services import buku, cetak, dokumen
from backend.tpp.services import periode as layanan
from backend.web.admin_akses import pengguna
from backend.web.admin_daftar import XLSX, unduhan
from backend.web.admin_isian import Isian, Paragraf, kiriman
from backend.web.tpp_akses import tahun_diminta
from backend.web.tpp_kata import NADA_PERIODE, NADA_SANGGAH, HariKejadian, hari_kejadian, langkah_hasil, susun

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
JENIS_LAMPIRAN = frozenset({"pdf", "jpg", "png"})
MAKS_MB = 5
TAMPIL = 24


# --- Own months -----------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def saya(request: HttpRequest) -> HttpResponse:
    """Own results, newest month first, and what keeps one out of a published period."""
    user = pengguna(request)
    pegawai = kepegawaian.pegawai_of(user)
    if pegawai is None:
        return render(request, "tpp/bukan_pegawai.html", {})
    hasil = list(queries.hasil_orang(user, pegawai)[:TAMPIL])
    sanggah = list(Sanggah.objects.visible_to(user).filter(pegawai=pegawai).select_related("periode__opd")[:TAMPIL])
    isi = {
        "pegawai": pegawai,
        "baris": [(satu, NADA_PERIODE[satu.periode.status], bisa_sanggah(satu.periode)) for satu in hasil],
        "tertahan": _tertahan(user, pegawai),
        "sanggah": [(satu, NADA_SANGGAH[satu.status]) for satu in sanggah],
    }
    return render(request, "tpp/saya.html", isi)


def _tertahan(user: User, pegawai: Pegawai) -> list[tuple[Periode, list[Tertahan], bool]]:
    """Published, unlocked periods that keep the person out, with the reasons."""
    rows = (
        Tertahan.objects.visible_to(user)
        .filter(pegawai=pegawai, tingkat=enums.Tingkat.BLOKIR)
        .exclude(periode__status__in=[*enums.TERKUNCI, enums.StatusPeriode.DITOLAK])
        .select_related("periode__opd", "periode__aliran")
        .order_by("-periode__bulan", "kode")
    )
    per: dict[UUID, tuple[Periode, list[Tertahan], bool]] = {}
    for row in rows[:TAMPIL]:
        per.setdefault(row.periode_id, (row.periode, [], bisa_sanggah(row.periode)))[1].append(row)
    return list(per.values())


def bisa_sanggah(periode: Periode) -> bool:
    """Are objections to this period accepted now?"""
    dibuka = periode.status == enums.StatusPeriode.SANGGAH and periode.sanggah_sampai is not None
    return dibuka and timezone.now() <= periode.sanggah_sampai  # type: ignore[operator]  # not None: said before


# --- Mengapa TPP saya sekian? ------------------------------------------------------------------------------------------------


@login_required
@require_GET
def hasil(request: HttpRequest, pk: UUID, pegawai: UUID) -> HttpResponse:
    """One result explained to the rupiah (`?rinci=1`: to print). 404 for whoever may not see it."""
    user = pengguna(request)
    satu = queries.satu_hasil(user, periode=pk, pegawai=pegawai)
    buka = request.GET.get("rinci") == "1"  # for printing: every detail open
    return render(request, "tpp/hasil.html", {**isi_hasil(user, satu), "buka": buka})


def isi_hasil(user: User, satu: Hasil) -> dict[str, Any]:
    """Everything that the page of a result shows, in a fixed number of statements."""
    langkah = langkah_hasil(satu)
    baris = susun(satu, langkah, _hari(user, satu))
    sendiri = satu.pegawai.user_id == user.pk
    bulan = [
        (
            lain.periode_id,
            f"{lain.periode.bulan_teks}"
            + (f", {lain.periode.aliran.kode}" if lain.periode.aliran.kode != "TPP" else ""),
        )
        for lain in queries.hasil_orang(user, satu.pegawai)[:TAMPIL]
    ]
    sanggah = queries.sanggah_orang(user, satu.pegawai, satu.periode)
    return {
        "hasil": satu,
        "periode": satu.periode,
        "baris": baris,
        "jejak": langkah,
        "bulan_lain": bulan,
        "nada": NADA_PERIODE[satu.periode.status],
        "sendiri": sendiri,
        "kurang_kinerja": satu.pagu - satu.bruto,
        "kurang_bersih": satu.bruto - satu.neto,
        "bisa_sanggah": sendiri and bisa_sanggah(satu.periode) and not any(
            row.status == enums.StatusSanggah.DIAJUKAN for row in sanggah
        ),
        "sanggah": [(row, NADA_SANGGAH[row.status]) for row in sanggah],
        "judul": "Mengapa TPP saya sekian?" if sendiri else f"TPP {satu.nama}",
    }  # fmt: skip


def _hari(user: User, satu: Hasil) -> list[HariKejadian]:
    """The attendance days of the month that cost something, where they still say what the month was computed from."""
    bulan = satu.periode.bulan
    rows = HadirHarian.objects.visible_to(user).filter(
        pegawai=satu.pegawai_id, tanggal__range=(bulan, akhir_bulan(bulan.year, bulan.month)), kode__len__gt=0
    )
    return hari_kejadian(rows.order_by("tanggal"))


@login_required
@require_GET
def slip(request: HttpRequest, pk: UUID, pegawai: UUID) -> HttpResponse:
    """The slip with the explanation: PDF, and with `?format=docx` the letter to edit."""
    user = pengguna(request)
    satu = queries.satu_hasil(user, periode=pk, pegawai=pegawai)
    isi = isi_hasil(user, satu)
    rincian = [
        {
            "judul": baris.judul,
            "jumlah": baris.jumlah,
            "jenis": baris.jenis,
            "keterangan": [baris.sub, *(f"{r.label}{r.teks}" for r in baris.rincian)],
            "aturan": [f"{aturan.kalimat} {aturan.dasar}".strip() for aturan in baris.aturan],
        }
        for baris in isi["baris"]
    ]
    nama = f"slip-tpp-{satu.nip}-{satu.periode.bulan:%Y-%m}"
    if request.GET.get("format") == "docx":
        return unduhan(dokumen.slip(satu, rincian), nama=f"{nama}.docx", mime=DOCX)
    return unduhan(cetak.slip(satu, rincian, kini=timezone.now()), nama=f"{nama}.pdf", mime=PDF)


# --- Objections ----------------------------------------------------------------------------------------------------------------


class SanggahIsian(Isian):
    isi = Paragraf(
        label="Apa yang tidak sesuai?", baris=5, max_length=2000,
        help_text="Sebutkan langkah atau tanggalnya, dan apa yang seharusnya.",
    )  # fmt: skip
    berkas = forms.FileField(label="Bukti", required=False, help_text=f"PDF, JPG, atau PNG, paling besar {MAKS_MB} MB.")


@login_required
@require_http_methods(["GET", "POST"])
def sanggah(request: HttpRequest, pk: UUID) -> HttpResponse:
    """File an objection to one's result (or to being kept out) while the days of objection last."""
    user = pengguna(request)
    pegawai = kepegawaian.pegawai_of(user)
    periode = _periode_sendiri(user, pegawai, pk)
    form = SanggahIsian(kiriman(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _ajukan(form, periode, pegawai, user)
        except DomainError as galat:
            form.terima(galat)
        else:
            messages.success(request, "Sanggah terkirim. Admin OPD menjawabnya dalam masa koreksi.")
            return redirect(_kembali(user, pegawai, periode))
    sampai = f"Diterima sampai {waktu(periode.sanggah_sampai)}. " if periode.sanggah_sampai else ""
    isi = {
        "form": form, "judul": f"Sanggah TPP {periode.bulan_teks}", "tombol": "Kirim sanggah",
        "kembali": (_kembali(user, pegawai, periode), "TPP saya"), "batal": _kembali(user, pegawai, periode),
        "penjelasan": f"{sampai}Admin OPD menjawab sanggah Anda. Koreksi presensi tetap lewat halaman presensi.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


def _ajukan(form: SanggahIsian, periode: Periode, pegawai: Pegawai | None, user: User) -> None:
    upload = form.cleaned_data["berkas"]
    berkas = files.store(upload, pengunggah=user, jenis=JENIS_LAMPIRAN, maks_mb=MAKS_MB) if upload else None
    layanan.ajukan_sanggah(periode, pegawai=pegawai, isi=form.cleaned_data["isi"], oleh=user, berkas=berkas)


def _periode_sendiri(user: User, pegawai: Pegawai | None, pk: UUID) -> Periode:
    """A published period in which the person has a result or a gate. Raises NotVisible."""
    if pegawai is None:
        raise NotVisible
    milik = {"periode": pk, "pegawai": pegawai}
    ada = Hasil.objects.visible_to(user).filter(**milik).exists()
    if not ada and not Tertahan.objects.visible_to(user).filter(**milik).exists():
        raise NotVisible
    return Periode.objects.select_related("opd", "aliran").get(pk=pk)


def _kembali(user: User, pegawai: Pegawai | None, periode: Periode) -> str:
    row = Hasil.objects.visible_to(user).filter(periode=periode, pegawai=pegawai).first()
    return reverse("tpp-hasil", args=[periode.pk, row.pegawai_id]) if row else reverse("tpp")


@login_required
@require_GET
def sanggah_berkas(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The file of an objection."""
    row = Sanggah.objects.visible_to(pengguna(request)).select_related("berkas").filter(pk=pk).first()
    if row is None or row.berkas is None:
        raise NotVisible
    return files.response(row.berkas)


# --- Annual sheet (1h) -----------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def tahunan(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
    """The twelve months of a person with THR and the thirteenth; `?unduh=pdf`, `docx` and `xlsx` give the file."""
    user = pengguna(request)
    pegawai = _pegawai(user, pk)
    tahun = tahun_diminta(request)
    lembar = queries.lembar_orang(user, pegawai, tahun)
    nama = f"tpp-{tahun}-{pegawai.nip}"
    if request.GET.get("unduh") == "pdf":
        return unduhan(cetak.lembar_tahunan(lembar, kini=timezone.now()), nama=f"{nama}.pdf", mime=PDF)
    if request.GET.get("unduh") == "docx":
        return unduhan(dokumen.lembar_tahunan(lembar), nama=f"{nama}.docx", mime=DOCX)
    if request.GET.get("unduh") == "xlsx":
        return unduhan(buku.lembar_orang(lembar), nama=f"{nama}.xlsx", mime=XLSX)
    isi = {
        "baris": [
            {
                "nama": dokumen.nama_baris(satu),
                "hasil": satu.hasil,
                "keadaan": satu.keadaan,
                "lain": satu.hasil.zakat + satu.hasil.lain if satu.hasil else None,
            }
            for satu in lembar.baris
        ],
        "total": {**lembar.total, "potongan": lembar.total["zakat"] + lembar.total["lain"]},
        "pegawai": pegawai,
        "tahun": tahun,
        "tahun_pilihan": range(timezone.localdate().year, timezone.localdate().year - 5, -1),
        "sendiri": pegawai.user_id == user.pk,
    }
    return render(request, "tpp/tahunan.html", isi)


def _pegawai(user: User, pk: UUID | None) -> Pegawai:
    """Oneself, or somebody with a result that the user sees. Raises NotVisible."""
    sendiri = kepegawaian.pegawai_of(user)
    if sendiri is not None and pk in (None, sendiri.pk):
        return sendiri
    if pk is None or not Hasil.objects.visible_to(user).filter(pegawai=pk).exists():
        raise NotVisible
    return Pegawai.objects.get(pk=pk)
