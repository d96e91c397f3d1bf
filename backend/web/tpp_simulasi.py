"""*Coba aturan*: draft versions over locked months, who wins and who loses, before anything is published (tpp.md §10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from backend.core.errors import DomainError
from backend.core.periode import tanggal
from backend.kepegawaian.models import Unor
from backend.platform import jobs
from backend.rules.enums import StatusAturan
from backend.rules.models import RuleVersion
from backend.tpp import enums, queries
from backend.tpp.aturan import TABEL as TABEL_TPP
from backend.tpp.models import Periode, Simulasi
from backend.tpp.services import besaran, simulasi
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna, punya
from backend.web.admin_daftar import halaman, navigasi
from backend.web.admin_isian import Isian, kiriman
from backend.web.tpp_akses import ATURAN, ATURAN_LIHAT, TERBITKAN, opd_tpp
from backend.web.tpp_aturan import nama_tabel
from backend.web.tpp_grafik import Batang, histogram
from backend.web.tpp_kata import TABEL, rupiah
from backend.web.tpp_kerja import EKSPOR_SIMULASI

TAMPIL = 25
MAKS_BULAN = 24


@hanya(ATURAN_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Runs so far, newest first, with their totals."""
    rows = Simulasi.objects.visible_to(pengguna(request)).select_related("oleh")
    bagian = halaman(request, rows, per_halaman=TAMPIL)
    versi = _versi(list(bagian.object_list))
    isi = {
        "baris": [(satu, _draf(satu, versi), [kata.nama_bulan(bulan) for bulan in satu.bulan]) for satu in bagian.object_list],
        "halaman": bagian,
        "boleh": punya(request, ATURAN),
        **navigasi(request, bagian),
    }  # fmt: skip
    return render(request, "tpp/simulasi.html", isi)


def _versi(rows: Iterable[Simulasi]) -> dict[str, RuleVersion]:
    pks = {pk for satu in rows for pk in satu.draf.values()}
    found = RuleVersion.objects.filter(pk__in=pks).defer("xml", "kolom", "kasus")
    return {str(row.pk): row for row in found}


def _draf(satu: Simulasi, versi: Mapping[str, RuleVersion]) -> list[RuleVersion]:
    return [versi[pk] for pk in satu.draf.values() if pk in versi]


# --- A new run ------------------------------------------------------------------------------------------------------------------


class CobaIsian(Isian):
    """Which drafts, over which locked months, for which OPD (none: the whole city)."""

    draf = forms.MultipleChoiceField(label="Draf aturan", widget=forms.CheckboxSelectMultiple, choices=[])
    bulan = forms.MultipleChoiceField(label="Bulan yang sudah dikunci", widget=forms.CheckboxSelectMultiple, choices=[])
    opd = forms.ModelMultipleChoiceField(
        label="OPD", queryset=Unor.objects.none(), required=False, widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="Kosong berarti seluruh kota.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, draf: Sequence[tuple[str, str]], bulan: Sequence[tuple[str, str]], opd: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for nama, pilihan in (("draf", draf), ("bulan", bulan)):
            kolom = self.fields[nama]
            if isinstance(kolom, forms.MultipleChoiceField):
                kolom.choices = list(pilihan)
        kolom_opd = self.fields["opd"]
        if isinstance(kolom_opd, forms.ModelMultipleChoiceField):
            kolom_opd.queryset = opd


def draf_tpp() -> list[RuleVersion]:
    """Drafts of the tables that pay TPP."""
    rows = RuleVersion.objects.filter(status=StatusAturan.DRAFT, decision__in=[*TABEL_TPP, besaran.TABEL])
    return list(rows.defer("xml", "kolom", "kasus").order_by("decision", "aliran", "-nomor"))


def bulan_terkunci() -> list[date]:
    """Months with a locked monthly period, newest first."""
    rows = Periode.objects.terkunci().filter(run=enums.Run.BULANAN).order_by("-bulan").values_list("bulan", flat=True)
    return list(dict.fromkeys(rows))[:MAKS_BULAN]


@hanya(ATURAN)
@require_http_methods(["GET", "POST"])
def baru(request: HttpRequest) -> HttpResponse:
    """Choose drafts, months and scope; the run is a job."""
    user = pengguna(request)
    draf = {str(satu.pk): satu for satu in draf_tpp()}
    bulan = bulan_terkunci()
    if not draf or not bulan:
        return render(request, "tpp/simulasi_kosong.html", {"tanpa_draf": not draf})
    diminta = request.GET.get("draf", "") or (next(iter(draf)) if len(draf) == 1 else "")
    awal = {"draf": [diminta], "bulan": [kata.alamat_bulan(bulan[0])]}
    form = CobaIsian(
        kiriman(request), initial=awal, opd=opd_tpp(user),
        draf=[(pk, f"{nama_tabel(satu)}, versi {satu.nomor}, mulai {tanggal(satu.berlaku_mulai)}") for pk, satu in draf.items()],
        bulan=[(kata.alamat_bulan(satu), kata.nama_bulan(satu)) for satu in bulan],
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        isi = form.cleaned_data
        try:
            job = simulasi.minta_simulasi(
                [draf[pk] for pk in isi["draf"]], opd=[satu.pk for satu in isi["opd"]], oleh=user,
                bulan=[kata.bulan_dari(satu, hari_ini=timezone.localdate()) for satu in isi["bulan"]],
            )  # fmt: skip
        except DomainError as galat:
            form.terima(galat)
        else:
            return redirect("tpp-pekerjaan", pk=job.pk)
    konteks = {
        "form": form, "judul": "Coba aturan", "tombol": "Hitung dampaknya",
        "kembali": (reverse("tpp-simulasi"), "Coba aturan"), "batal": reverse("tpp-simulasi"),
        "penjelasan": "Bulan yang sudah dikunci dihitung ulang dengan draf, dari fakta yang dibekukan. Tidak ada pembayaran yang berubah.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", konteks, status=422 if form.errors else 200)


# --- One run -----------------------------------------------------------------------------------------------------------------------


@hanya(ATURAN_LIHAT)
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Totals, distribution, per OPD, per rule row, per person by absolute difference. A POST starts the export."""
    user = pengguna(request)
    satu = queries.satu_simulasi(user, pk)
    if request.method == "POST":
        job = jobs.start(
            EKSPOR_SIMULASI, kunci=f"{user.pk}:{satu.pk}", parameter={"simulasi": str(satu.pk)}, oleh=user,
            judul="Excel hasil percobaan aturan",
        )  # fmt: skip
        return redirect("tpp-pekerjaan", pk=job.pk)
    bagian = halaman(request, queries.simulasi_per_orang(satu), per_halaman=TAMPIL)
    sebaran = _sebaran(satu.hasil.get("sebaran", []))
    draf = _draf(satu, _versi([satu]))
    isi = {
        "simulasi": satu,
        "hasil": satu.hasil,
        "draf": [(row, nama_tabel(row)) for row in draf],
        "bulan": [kata.nama_bulan(bulan) for bulan in satu.bulan],
        "opd": list(Unor.objects.filter(pk__in=satu.opd).order_by("nama")) if satu.opd else [],
        "sebaran": sebaran,
        "gambar": histogram(sebaran, judul="Sebaran selisih TPP bersih; angkanya ada pada tabel di bawah"),
        "per_opd": queries.simulasi_per_opd(satu),
        "per_aturan": [(_nama_baris(f"{row['tabel']} {row['kode']}"), row["orang"], row["neto"]) for row in satu.hasil.get("per_baris", [])],
        "baris": [(row, kata.nama_bulan(row.bulan), [(_nama_baris(kode), nilai) for kode, nilai in row.sebab.items()]) for row in bagian.object_list],
        "halaman": bagian,
        "bisa_terbit": punya(request, TERBITKAN) and [row for row in draf if row.status == StatusAturan.DRAFT],
        **navigasi(request, bagian),
    }  # fmt: skip
    return render(request, "tpp/simulasi_detail.html", isi)


def _sebaran(rows: Sequence[Mapping[str, int | None]]) -> list[Batang]:
    """Bars from the most lost to the most won, always with the two beside zero; empty ends are left out."""
    isi = [index for index, row in enumerate(rows) if row["orang"] or 0 in (row["dari"], row["sampai"])]
    return [_batang(row) for row in rows[isi[0] : isi[-1] + 1]] if isi else []


def _batang(row: Mapping[str, int | None]) -> Batang:
    dari, sampai = row["dari"], row["sampai"]
    label = f"{_ribu(dari)}|s.d. {_ribu(sampai)}" if dari is not None and sampai is not None else ""
    label = label or (f"< {_ribu(sampai)}" if dari is None else f"≥ {_ribu(dari)}")
    nada = "turun" if (sampai is not None and sampai <= 0) else "naik"
    return Batang(label, row["orang"] or 0, nada)


def _ribu(nilai: int | None) -> str:
    """`−50 rb`, `1 jt`, `0`."""
    if not nilai:
        return "0"
    tanda, besar = ("−" if nilai < 0 else ""), abs(nilai)
    return f"{tanda}{rupiah(besar // 1_000_000)} jt" if besar >= 1_000_000 else f"{tanda}{rupiah(besar // 1000)} rb"


def _nama_baris(baris: str) -> str:
    """`absen_potongan AP-TK` → `Potongan presensi: AP-TK`."""
    tabel, _, kode = baris.partition(" ")
    nama = TABEL.get(tabel, tabel)
    return f"{nama[:1].upper()}{nama[1:]}" + (f": {kode}" if kode else "")
