"""Periods of TPP for those who compute, approve, verify and pay: list, opening, one period, downloads, annual sheet of an OPD."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import DomainError, NotAllowed, NotVisible
from backend.documents import pdf
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, Unor
from backend.platform import jobs
from backend.presensi.models import CalonSusulan
from backend.tpp import enums, queries
from backend.tpp.kalimat import KODE, PREDIKAT
from backend.tpp.models import Aliran, KoreksiFakta, Periode, Tertahan, aliran_aktif
from backend.tpp.services import periode as layanan
from backend.tpp.services.calon import calon_bulan, fakta_terkini
from backend.tpp.services.susulan import koreksi_fakta
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai, teks_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman, halaman_daftar, navigasi, unduhan
from backend.web.admin_isian import Isian, Paragraf, PilihField, kiriman, pilihan_kosong
from backend.web.antrean import meja
from backend.web.presensi_akses import boleh_opd, bulan_diminta
from backend.web.tpp_akses import BUKA, KELOLA, opd_tpp, tahun_diminta, wajib_opd_tpp
from backend.web.tpp_kata import NADA_PERIODE, NADA_SANGGAH, rupiah, teks_masukan
from backend.web.tpp_kerja import BANK, LEMBAR_OPD, NOMINATIF, SURAT, SURAT_PDF, kartu_hitung
from backend.web.tpp_saya import DOCX
from backend.workflow import engine
from backend.workflow.models import WorkItem

SUBJEK = "tpp.periode"
PENGELOLA_SISTEM = frozenset({Peran.BKPSDM})  # is told why a button is missing
TERBITKAN = "terbitkan_tpp"
DIHITUNG_DI_SINI = (
    enums.StatusPeriode.DIBUKA,
    enums.StatusPeriode.DIHITUNG,
)  # a correction computes through its own step
TAMPIL = 50
TUNGGU: dict[str, str] = {
    enums.StatusPeriode.DIBUKA: "Sistem menghitung hasilnya",
    enums.StatusPeriode.SANGGAH: "ASN memeriksa hasilnya dan dapat menyanggah",
}


# --- List -------------------------------------------------------------------------------------------------------------------


@hanya(KELOLA)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """A line per OPD and period of a month, with what is missing and whose turn it is. Fixed number of statements."""
    user, bulan = pengguna(request), bulan_diminta(request)
    pilihan = list(opd_tpp(user))
    rows = list(queries.periode_bulan(user, bulan=bulan, opd=[satu.pk for satu in pilihan]))
    menurut: dict[UUID, list[Periode]] = {}
    for row in rows:
        menurut.setdefault(row.opd_id, []).append(row)
    boleh = kepegawaian.lingkup_opd(user, *BUKA)
    baris = [(opd, [(satu, NADA_PERIODE[satu.status]) for satu in menurut.get(opd.pk, [])], boleh is None or opd.pk in boleh)
             for opd in pilihan]  # fmt: skip
    isi = {
        "nama_bulan": kata.nama_bulan(bulan),
        "kini": kata.alamat_bulan(bulan),
        "pilihan_bulan": kata.pilihan_bulan(bulan, hari_ini=timezone.localdate()),
        "baris": baris,
        "boleh_buka": punya(request, BUKA),
        "total": _jumlah(rows),
        "status": _per_status(rows),
    }
    return render(request, "tpp/periode.html", isi)


def _jumlah(rows: list[Periode]) -> dict[str, int]:
    hidup = [row for row in rows if row.status != enums.StatusPeriode.DITOLAK]
    jumlah = {nama: sum(row.total.get(nama, 0) for row in hidup) for nama in ("bruto", "neto", "spm")}
    return {**jumlah, "pegawai": sum(row.jumlah_pegawai for row in hidup)}


def _per_status(rows: list[Periode]) -> list[tuple[str, int]]:
    return [(status.label, n) for status in enums.StatusPeriode if (n := sum(row.status == status for row in rows))]


# --- Opening ------------------------------------------------------------------------------------------------------------------


class BukaIsian(Isian):
    """OPD, month, stream and kind; a susulan also says why and by which document."""

    opd = forms.ModelChoiceField(label="OPD", queryset=Unor.objects.none(), empty_label=None)
    bulan = forms.ChoiceField(label="Bulan TPP", choices=[])
    aliran = forms.ModelChoiceField(label="Aliran", queryset=Aliran.objects.none(), empty_label=None)
    run = forms.ChoiceField(label="Jenis", choices=enums.Run.choices)
    bulan_bayar = pilihan_kosong("Dibayar pada bulan", [], help_text="Hanya untuk susulan.")
    alasan = Paragraf(label="Alasan susulan", required=False, max_length=500)
    dasar_nomor = forms.CharField(label="Nomor dokumen dasar susulan", required=False, max_length=100)

    def __init__(self, *args: Any, user: User, bulan_ini: date, hari_ini: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lingkup = kepegawaian.lingkup_opd(user, *BUKA)
        opd = opd_tpp(user)
        bulan = kata.pilihan_bulan(bulan_ini, hari_ini=hari_ini)
        _isi_pilihan(self.fields["opd"], opd if lingkup is None else opd.filter(pk__in=lingkup))
        _isi_pilihan(self.fields["aliran"], Aliran.objects.filter(aliran_aktif(hari_ini)))
        for nama, pilihan in (("bulan", bulan), ("bulan_bayar", [("", "– belum dipilih –"), *bulan])):
            kolom = self.fields[nama]
            if isinstance(kolom, forms.ChoiceField):
                kolom.choices = pilihan

    def tanggal(self, nama: str, *, hari_ini: date) -> date | None:
        teks = self.cleaned_data.get(nama)
        return kata.bulan_dari(teks, hari_ini=hari_ini) if teks else None


def _isi_pilihan(kolom: forms.Field, rows: QuerySet[Any]) -> None:
    if isinstance(kolom, forms.ModelChoiceField):
        kolom.queryset = rows


@hanya(BUKA)
@require_http_methods(["GET", "POST"])
def buka(request: HttpRequest) -> HttpResponse:
    """Open a period; its process begins to compute at once."""
    user, hari_ini = pengguna(request), timezone.localdate()
    bulan = bulan_diminta(request) if "bulan" in request.GET else kata.geser(hari_ini.replace(day=1), -1)
    awal = {"bulan": kata.alamat_bulan(bulan), "opd": request.GET.get("opd"), "run": enums.Run.BULANAN}
    form = BukaIsian(kiriman(request), user=user, bulan_ini=bulan, hari_ini=hari_ini, initial=awal)
    if request.method == "POST" and form.is_valid():
        isi = form.cleaned_data
        try:
            periode = layanan.buka(
                isi["opd"], bulan=kata.bulan_dari(isi["bulan"], hari_ini=hari_ini), aliran=isi["aliran"], oleh=user, run=isi["run"],
                bulan_bayar=form.tanggal("bulan_bayar", hari_ini=hari_ini), alasan=isi["alasan"], dasar_nomor=isi["dasar_nomor"],
            )  # fmt: skip
        except DomainError as galat:
            form.terima(galat)
        else:
            messages.success(request, f"{periode} dibuka. Hasilnya dihitung di latar belakang.")
            return redirect("tpp-periode-detail", pk=periode.pk)
    isi_halaman = {
        "form": form, "judul": "Buka periode TPP", "tombol": "Buka dan hitung",
        "kembali": (reverse("tpp-periode"), "Periode TPP"), "batal": reverse("tpp-periode"),
        "penjelasan": "Presensi, predikat, gaji, dan jabatan bulan itu diambil lalu dihitung. Pegawai yang belum memenuhi syarat tertahan dengan alasannya.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi_halaman, status=422 if form.errors else 200)


# --- One period ---------------------------------------------------------------------------------------------------------------


def _periode(request: HttpRequest, pk: UUID) -> Periode:
    """A period that the user sees through a role, not through his own result. Raises NotVisible."""
    user = pengguna(request)
    periode = queries.satu_periode(user, pk)
    if not opd_tpp(user).filter(pk=periode.opd_id).exists():
        raise NotVisible
    return periode


@hanya(KELOLA)
@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """State, totals, who is kept out and why, objections, whose turn it is, history, downloads."""
    user, periode = pengguna(request), _periode(request, pk)
    susulan = periode.run == enums.Run.SUSULAN
    bagian = halaman(request, queries.orang_tertahan(user, periode), per_halaman=TAMPIL)
    isi = {
        "periode": periode,
        "nada": NADA_PERIODE[periode.status],
        "total": periode.total,
        "sebab": queries.sebab_tertahan(user, periode),
        "tertahan": _tertahan(user, periode, list(bagian.object_list)),
        "halaman": bagian,
        "sanggah": [(row, NADA_SANGGAH[row.status]) for row in queries.sanggah_periode(user, periode)],
        "perpindahan": list(periode.perpindahan.select_related("oleh")),
        "versi": queries.versi_aturan(periode.versi.values()),
        "job": kartu_hitung(periode),
        "bisa_pdf": pdf.tersedia(),
        "pengelola_sistem": punya(request, PENGELOLA_SISTEM),
        "koreksi": _koreksi_fakta(user, periode),
        "calon": _calon(user, periode),
        "boleh_koreksi": susulan and periode.status in enums.DAPAT_DIHITUNG and boleh_opd(user, periode.opd_id, BUKA),
        "boleh_lepas": periode.status in enums.DAPAT_DIHITUNG and boleh_opd(user, periode.opd_id, _KEPALA),
        "boleh_hitung": periode.status in DIHITUNG_DI_SINI and boleh_opd(user, periode.opd_id, BUKA),
        "status_label": enums.StatusPeriode(periode.status).label,
        **_giliran(user, periode),
        **navigasi(request, bagian),
    }
    return render(request, "tpp/periode_detail.html", isi)


_KEPALA = (Peran.KEPALA_OPD,)


def _koreksi_fakta(user: User, periode: Periode) -> list[tuple[KoreksiFakta, str]]:
    """Corrected facts of a susulan, in words."""
    if periode.run != enums.Run.SUSULAN:
        return []
    rows = KoreksiFakta.objects.visible_to(user).filter(periode=periode).select_related("pegawai", "oleh")
    return [(row, teks_masukan(row.fakta)) for row in rows.order_by("pk")]


def _calon(user: User, periode: Periode) -> list[tuple[CalonSusulan, bool]]:
    """Late facts of the month of a susulan that nothing has paid yet, and whether this susulan takes them up."""
    if periode.run != enums.Run.SUSULAN or periode.terkunci:
        return []
    rows = calon_bulan(periode, queries.orang_bulan(user, periode)).select_related("pegawai")
    diambil = set(periode.calon.values_list("calon", flat=True))
    return [(row, row.pk in diambil) for row in rows.order_by("pegawai__nama", "tanggal")[:TAMPIL]]


def _tertahan(user: User, periode: Periode, orang: Sequence[UUID]) -> list[tuple[Pegawai, list[Tertahan]]]:
    """The gate rows of some people, in the order of the people. One statement."""
    menurut: dict[UUID, list[Tertahan]] = {pk: [] for pk in orang}
    for row in queries.tertahan_periode(user, periode).filter(pegawai__in=orang):
        menurut[row.pegawai_id].append(row)
    return [(rows[0].pegawai, rows) for rows in menurut.values() if rows]


def _terbuka(periode: Periode) -> WorkItem | None:
    """The step of the process that waits for somebody."""
    rows = WorkItem.objects.filter(instance__subject_type=SUBJEK, instance__subject_id=str(periode.pk)).open()
    return rows.select_related("instance", "assignee").first()


def _giliran(user: User, periode: Periode) -> dict[str, Any]:
    """Whose turn it is, and the work item if it is this user's."""
    kini, item = timezone.now(), _terbuka(periode)
    if item is None:
        return {"item": None, "tunggu": TUNGGU.get(periode.status, "")}
    siapa = meja([item], kini)[item.pk]
    return {"item": item, "boleh_kerjakan": engine.can_act(user, item, kini), "tunggu": siapa.kalimat}


@hanya(KELOLA)
@require_POST
def hitung(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Compute anew in the background: through the open step of the process, else the job that it waits for."""
    user, periode = pengguna(request), _periode(request, pk)
    if not boleh_opd(user, periode.opd_id, BUKA):
        raise NotAllowed
    item = _terbuka(periode)
    try:
        if item is not None and item.step == TERBITKAN:
            engine.complete(item.pk, actor=user, data={"keputusan": "hitung_ulang"})
        else:
            layanan.minta_hitung(periode, oleh=user)
    except DomainError as galat:
        messages.error(request, galat.message)
    else:
        messages.success(request, "Hitungan berjalan di latar belakang.")
    return redirect("tpp-periode-detail", pk=periode.pk)


class LepasIsian(Isian):
    alasan = Paragraf(
        label="Alasan", max_length=500, help_text="Pegawai ini dihitung dengan predikat 0 % pada bulan itu."
    )


@hanya(KELOLA)
@require_http_methods(["GET", "POST"])
def lepas(request: HttpRequest, pk: UUID, pegawai: UUID) -> HttpResponse:
    """Kepala OPD lets a month without predikat pass (SY-04)."""
    user, periode = pengguna(request), _periode(request, pk)
    if not boleh_opd(user, periode.opd_id, _KEPALA):
        raise NotAllowed
    row = queries.tertahan_periode(user, periode).filter(pegawai=pegawai).first()
    if row is None:
        raise NotVisible
    form = LepasIsian(kiriman(request))
    if request.method == "POST" and form.is_valid():
        try:
            layanan.lepas_predikat(row.pegawai, bulan=periode.bulan, alasan=form.cleaned_data["alasan"], oleh=user)
        except DomainError as galat:
            form.terima(galat)
        else:
            messages.success(request, "Tercatat. Hasilnya berubah sesudah dihitung ulang.")
            return redirect("tpp-periode-detail", pk=periode.pk)
    kembali = reverse("tpp-periode-detail", args=[periode.pk])
    isi = {
        "form": form, "judul": f"Bayar tanpa predikat: {row.pegawai.nama_lengkap}", "tombol": "Lepas",
        "kembali": (kembali, str(periode)), "batal": kembali,
        "penjelasan": "Pegawai tanpa predikat bulanan tertahan. Dengan keputusan Kepala OPD ia dibayar dengan predikat 0 %.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


# --- Corrected facts of a susulan --------------------------------------------------------------------------------------------


class KoreksiIsian(Isian):
    """What replaces the frozen facts of a person in a susulan; empty fields leave them as they are."""

    pegawai = PilihField(
        label="Pegawai", cari=cari_pegawai, teks=teks_pegawai, petunjuk="Ketik NIP atau nama, lalu tekan Cari."
    )
    predikat = pilihan_kosong("Predikat yang benar", PREDIKAT.items(), kosong="– tidak berubah –")
    kejadian = forms.CharField(
        label="Kejadian presensi yang benar", required=False, max_length=200,
        help_text="Semua kejadian bulan itu, misalnya TL1 2, TK 1. Tulis - bila tidak ada satu pun. Kosong: tidak berubah.",
    )  # fmt: skip
    hari_masuk = forms.IntegerField(label="Hari masuk yang benar", required=False, min_value=0, max_value=31)
    alasan = Paragraf(label="Alasan", max_length=500)

    def __init__(self, *args: Any, orang: QuerySet[Pegawai], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pegawai = self.fields["pegawai"]
        if isinstance(pegawai, PilihField):
            pegawai.queryset = orang

    def clean_kejadian(self) -> dict[str, int] | None:
        """`TL1 2, TK 1` → counts by code; None for nothing, empty for `-`."""
        teks = self.cleaned_data["kejadian"].strip()
        if not teks or teks == "-":
            return {} if teks else None
        hasil: dict[str, int] = {}
        for satu in teks.split(","):
            kode, _, kali = satu.strip().upper().partition(" ")
            if kode not in KODE or not kali.strip().isdigit():
                raise forms.ValidationError(f'"{satu.strip()}" bukan kejadian. Yang dikenal: {", ".join(KODE)}.')
            hasil[kode] = int(kali)
        return hasil

    def fakta(self) -> dict[str, Any]:
        """The facts that were filled in."""
        isi = self.cleaned_data
        semua = {"predikat": isi["predikat"], "kejadian": isi["kejadian"], "hari_masuk": isi["hari_masuk"]}
        return {nama: nilai for nama, nilai in semua.items() if nilai is not None}


@hanya(BUKA)
@require_http_methods(["GET", "POST"])
def koreksi(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write a corrected fact into an open susulan; it counts from the next computation on."""
    user, periode = pengguna(request), _periode(request, pk)
    if not boleh_opd(user, periode.opd_id, BUKA):
        raise NotAllowed
    orang = Pegawai.objects.filter(pk__in=queries.orang_bulan(user, periode))
    form = KoreksiIsian(kiriman(request), orang=orang, initial=_awal_koreksi(request, periode, orang))
    if request.method == "POST" and "cari" in request.POST:
        form.errors.clear()
    elif request.method == "POST" and form.is_valid():
        if not form.fakta():
            form.add_error(None, "Isi sedikitnya satu fakta yang dikoreksi.")
        elif _koreksi(form, periode, user):
            messages.success(request, "Koreksi tercatat. Tekan Hitung ulang untuk menghitung selisihnya.")
            return redirect("tpp-periode-detail", pk=periode.pk)
    kembali = reverse("tpp-periode-detail", args=[periode.pk])
    isi = {
        "form": form, "judul": f"Koreksi fakta {periode.bulan_teks}", "tombol": "Simpan koreksi",
        "kembali": (kembali, str(periode)), "batal": kembali,
        "penjelasan": "Bulan yang dikunci dihitung ulang dengan aturannya sendiri dan fakta yang dikoreksi; hanya selisihnya yang dibayar.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


def _awal_koreksi(request: HttpRequest, periode: Periode, orang: QuerySet[Pegawai]) -> dict[str, Any]:
    """For the person of the address: what the attendance of the sealed month would say today, to be looked over."""
    diminta = request.GET.get("pegawai", "")
    try:
        siapa = orang.filter(pk=UUID(diminta)).first() if diminta else None
    except ValueError:
        siapa = None
    if siapa is None or request.method == "POST":
        return {}
    fakta = fakta_terkini(periode, pegawai=siapa.pk, kini=timezone.now())
    if not fakta:
        return {"pegawai": siapa.pk}
    kejadian = ", ".join(f"{kode} {kali}" for kode, kali in fakta["kejadian"].items()) or "-"
    return {"pegawai": siapa.pk, "kejadian": kejadian, "hari_masuk": fakta["hari_masuk"]}


def _koreksi(form: KoreksiIsian, periode: Periode, user: User) -> bool:
    """Whether it was written; a refusal stands in the form."""
    isi = form.cleaned_data
    try:
        koreksi_fakta(periode, pegawai=isi["pegawai"].pk, fakta=form.fakta(), alasan=isi["alasan"], oleh=user)
    except DomainError as galat:
        form.terima(galat)
        return False
    return True


# --- People ----------------------------------------------------------------------------------------------------------------------


def _kolom(nama: str, label: str) -> Kolom:
    return Kolom(label=label, nilai=lambda h: getattr(h, nama), urut=(nama,), angka=True)


ORANG = Daftar(
    judul="Hasil per pegawai",
    kosong="Belum ada hasil",
    kosong_saran="Hitung periode ini, atau lihat siapa yang tertahan pada halaman periode.",
    ikon_kosong="wallet",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda h: h.nama, urut=("nama",), sub=Kolom(label="NIP", nilai=lambda h: h.nip),
              url=lambda h: reverse("tpp-hasil", args=[h.periode_id, h.pegawai_id])),
        Kolom(label="Jabatan", nilai=lambda h: h.jabatan),
        _kolom("pagu", "Pagu"),
        Kolom(label="Realisasi (%)", nilai=lambda h: h.realisasi_persen, urut=("realisasi_persen",), angka=True),
        _kolom("bruto", "Bruto"), _kolom("bpjs_1", "BPJS"), _kolom("pph", "PPh"), _kolom("neto", "Neto"),
    ),
)  # fmt: skip


class SaringOrang(Saringan):
    cari = forms.CharField(label="Nama atau NIP", required=False, max_length=100)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        cari = self.isi("cari")
        return baris.filter(pegawai__in=cari_pegawai(Pegawai.objects.all(), cari).values("pk")) if cari else baris


@hanya(KELOLA)
@require_GET
def orang(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The results of a period, a row a person."""
    periode = _periode(request, pk)
    return halaman_daftar(
        request, queries.hasil_periode(pengguna(request), periode), daftar=ORANG, saringan=SaringOrang(request.GET),
        judul=str(periode), fakta=f"{periode.jumlah_pegawai} pegawai · bersih Rp{rupiah(periode.total.get('neto', 0))}",
        kembali=(reverse("tpp-periode-detail", args=[periode.pk]), "Periode TPP"),
    )  # fmt: skip


# --- Downloads ---------------------------------------------------------------------------------------------------------------------

EKSPOR: dict[str, tuple[str, str, dict[str, str]]] = {
    "nominatif": (NOMINATIF, "Nominatif", {"format": "xlsx"}),
    "nominatif-docx": (NOMINATIF, "Nominatif (DOCX)", {"format": "docx"}),
    "nominatif-pdf": (NOMINATIF, "Nominatif (PDF)", {"format": "pdf"}),
    "pengantar-pdf": (SURAT_PDF, "Surat pengantar (PDF)", {"surat": "pengantar"}),
    "sptjm-pdf": (SURAT_PDF, "SPTJM (PDF)", {"surat": "sptjm"}),
    "bank": (BANK, "Berkas bank", {}),
}


@hanya(KELOLA)
@require_POST
def unduh(request: HttpRequest, pk: UUID, jenis: str) -> HttpResponse:
    """A letter at once; a list of everybody, and what LibreOffice turns into PDF, as a job."""
    user, periode = pengguna(request), _periode(request, pk)
    if jenis in SURAT:
        isi = SURAT[jenis](periode)
        return unduhan(isi, nama=f"{jenis}-{periode.bulan:%Y-%m}-{periode.opd.kode}.docx", mime=DOCX)
    if jenis not in EKSPOR or (jenis == "bank" and not periode.terkunci):
        raise Http404
    if jenis.endswith("-pdf") and not pdf.tersedia():
        raise pdf.PdfTidakTersedia
    kerja, judul, parameter = EKSPOR[jenis]
    job = jobs.start(
        kerja,
        kunci=f"{user.pk}:{periode.pk}:{jenis}",
        parameter={"periode": str(periode.pk), **parameter},
        oleh=user,
        judul=f"{judul} {periode}"[:200],
    )
    return redirect("tpp-pekerjaan", pk=job.pk)


# --- Annual sheet of an OPD (1h) ----------------------------------------------------------------------------------------------------------


FORMAT_LEMBAR = {"xlsx": "Excel", "docx": "DOCX", "pdf": "PDF"}


@hanya(KELOLA)
@require_http_methods(["GET", "POST"])
def tahunan_opd(request: HttpRequest) -> HttpResponse:
    """Fourteen columns of neto a person, from locked months only; a POST starts its file (`format`) as a job."""
    user, tahun = pengguna(request), tahun_diminta(request)
    pilihan = list(opd_tpp(user))
    opd = _opd_diminta(request, user, pilihan)
    if request.method == "POST":
        jenis = request.POST.get("format", "xlsx")
        if jenis not in FORMAT_LEMBAR:
            raise Http404
        job = jobs.start(
            LEMBAR_OPD, kunci=f"{user.pk}:{opd.pk}:{tahun}:{jenis}", oleh=user, judul=f"TPP {tahun} {opd.nama} ({FORMAT_LEMBAR[jenis]})"[:200],
            parameter={"opd": str(opd.pk), "tahun": tahun, "format": jenis},
        )  # fmt: skip
        return redirect("tpp-pekerjaan", pk=job.pk)
    bagian = halaman(request, queries.orang_lembar_opd(user, opd, tahun), per_halaman=TAMPIL)
    baris = queries.lembar_opd(user, opd, tahun, pegawai=list(bagian.object_list))
    jumlah = queries.jumlah_lembar_opd(user, opd, tahun)
    terkunci = queries.bulan_terkunci(user, opd, tahun)
    kolom = [(nama, _nama_kolom(nama), terkunci.get(nama)) for nama in queries.KOLOM_TAHUN]
    isi = {
        "format_lembar": FORMAT_LEMBAR.items(),
        "opd": opd,
        "opd_pilihan": pilihan,
        "tahun": tahun,
        "tahun_pilihan": range(timezone.localdate().year, timezone.localdate().year - 5, -1),
        "kolom": kolom,
        "baris": [(satu, [(label, satu.neto.get(nama), kunci) for nama, label, kunci in kolom]) for satu in baris],
        "jumlah": [(label, jumlah[nama]) for nama, label, _ in kolom],
        "total": sum(jumlah.values()),
        "halaman": bagian,
        **navigasi(request, bagian),
    }
    return render(request, "tpp/rekap.html", isi)


def _nama_kolom(nama: str) -> str:
    return (
        enums.Run(nama).label
        if nama in enums.RUN_PENUH
        else kata.nama_bulan(timezone.localdate().replace(month=int(nama), day=1))[:3]
    )


def _opd_diminta(request: HttpRequest, user: User, pilihan: list[Unor]) -> Unor:
    """The OPD of the address, else the first. Raises NotVisible."""
    if diminta := request.GET.get("opd", ""):
        return wajib_opd_tpp(user, diminta)
    if not pilihan:
        raise NotVisible
    return pilihan[0]
