"""Rule tables as BKPSDM keeps them: list, one version with its rows, a draft from a file, publishing by a second person."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.models import User
from backend.core.errors import DomainError, NotVisible
from backend.rules import checks, versions
from backend.rules.datatable import KODE, DataTable, Definition, load_csv
from backend.rules.enums import StatusAturan
from backend.rules.model import Model, load
from backend.rules.models import RuleVersion
from backend.rules.table import DecisionTable
from backend.tpp.models import Aliran, Simulasi
from backend.tpp.services import aturan as layanan
from backend.tpp.services import besaran
from backend.tpp.services.susulan import isi_satu
from backend.web.admin_akses import hanya, pengguna, punya
from backend.web.admin_daftar import unduhan
from backend.web.admin_isian import Isian, Paragraf, Tanggal, kiriman
from backend.web.tpp_akses import ATURAN, ATURAN_LIHAT, TERBITKAN
from backend.web.tpp_kata import TABEL

NADA = {
    StatusAturan.DRAFT: ("warn", "pencil"),
    StatusAturan.LIVE: ("ok", "circle-check"),
    StatusAturan.RETIRED: ("", "folder"),
}
MAKS = 2 * 1024 * 1024
BARIS = 200


# --- List -------------------------------------------------------------------------------------------------------------------


@dataclass
class TabelAturan:
    """A table with the version that rules today and its newest versions."""

    kunci: str
    nama: str
    berlaku: RuleVersion | None
    versi: list[tuple[RuleVersion, tuple[str, str]]]

    @property
    def draf(self) -> int:
        return sum(satu.status == StatusAturan.DRAFT for satu, _ in self.versi)


@hanya(ATURAN_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Every table and its versions, those with a draft first. One statement."""
    hari_ini = timezone.localdate()
    rows = RuleVersion.objects.defer("xml", "kolom", "kasus").order_by("decision", "aliran", "-nomor")
    menurut: dict[str, TabelAturan] = {}
    for row in rows:
        satu = menurut.setdefault(row.kunci, TabelAturan(row.kunci, nama_tabel(row), None, []))
        satu.versi.append((row, NADA[StatusAturan(row.status)]))
        if _berlaku(row, hari_ini):
            satu.berlaku = row
    tabel = sorted(menurut.values(), key=lambda satu: (not satu.draf, satu.nama))
    isi = {"tabel": tabel, "boleh_ubah": punya(request, ATURAN), "hari_ini": hari_ini}
    return render(request, "tpp/aturan.html", isi)


def _berlaku(row: RuleVersion, hari_ini: Any) -> bool:
    sampai = row.berlaku_sampai is None or row.berlaku_sampai >= hari_ini
    return row.status == StatusAturan.LIVE and row.berlaku_mulai <= hari_ini and sampai


def nama_tabel(row: RuleVersion) -> str:
    """`Potongan presensi`, `Besaran TPP (TPP_BK)`."""
    nama = TABEL.get(row.decision, row.decision.replace("_", " "))
    return f"{nama[:1].upper()}{nama[1:]}" + (f" ({row.aliran})" if row.aliran else "")


# --- One version ----------------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def versi(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A version with its rows. What rules or has ruled is open to everybody; a draft to those who keep the rules."""
    user, row = pengguna(request), wajib_versi(request, pk)
    isi = isi_satu(row)
    draf = row.status == StatusAturan.DRAFT
    penyusun = layanan.penyusun(row)
    kepala, baris = _tabel(isi, row.decision)
    return render(
        request,
        "tpp/aturan_versi.html",
        {
            "versi": row,
            "nama": nama_tabel(row),
            "nada": NADA[StatusAturan(row.status)],
            "kepala": kepala,
            "baris": baris[:BARIS],
            "lebih": max(0, len(baris) - BARIS),
            "kebijakan": _kebijakan(isi, row.decision),
            "temuan": [(satu, satu.severity == checks.ERROR) for satu in versions.check(row)] if draf else [],
            "draf": draf,
            "penyusun": penyusun,
            "kelola": punya(request, ATURAN_LIHAT),
            "boleh_terbit": draf and punya(request, TERBITKAN) and penyusun != user,
            "milik_sendiri": penyusun == user,
            "simulasi": list(_simulasi(user, row)),
        },
    )


def wajib_versi(request: HttpRequest, pk: UUID) -> RuleVersion:
    """Raises NotVisible."""
    row = RuleVersion.objects.filter(pk=pk).first()
    if row is None or (row.status == StatusAturan.DRAFT and not punya(request, ATURAN_LIHAT)):
        raise NotVisible
    return row


def _simulasi(user: User, row: RuleVersion) -> Iterable[Simulasi]:
    found: Iterable[Simulasi] = Simulasi.objects.visible_to(user).filter(draf__contains={row.kunci: str(row.pk)})[:5]
    return found


Tabel = tuple[list[str], list[tuple[str, list[str], str]]]


def _tabel(isi: Model | DataTable, nama: str) -> Tabel:
    """Heads, and per row its code, cells and description."""
    if isinstance(isi, DataTable):
        kolom = [c.nama for c in (*isi.definition.masukan, *isi.definition.keluaran)]
        return kolom, [(row.kode, [str(row.sel.get(nama_kolom, "")) for nama_kolom in kolom], "") for row in isi.rows]
    table = _decision_table(isi, nama)
    if table is None:
        return [], []
    kepala = [satu.label or satu.text for satu in table.inputs] + [satu.label or satu.name for satu in table.outputs]
    return kepala, [
        (
            rule.id,
            [*(cell.text for cell in rule.cells), *(entry.text for entry in rule.entries)],
            " ".join(rule.annotations),
        )
        for rule in table.rules
    ]


def _decision_table(isi: Model, nama: str) -> DecisionTable | None:
    try:
        return isi.decision(nama).table
    except DomainError:
        return next((satu.table for satu in isi.decisions.values() if satu.table is not None), None)


def _kebijakan(isi: Model | DataTable, nama: str) -> str:
    table = None if isinstance(isi, DataTable) else _decision_table(isi, nama)
    if table is None:
        return "Satu baris berlaku untuk tiap masukan."
    if table.hit_policy == "COLLECT":
        return "Semua baris yang cocok berlaku bersama."
    return "Satu baris berlaku untuk tiap masukan."


@login_required
@require_GET
def unduh(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The content as a file to change and upload again: DMN, or CSV with a line a row."""
    row = wajib_versi(request, pk)
    nama = f"{row.kunci.replace(':', '-')}-v{row.nomor}"
    if row.kolom is None:
        return unduhan(row.xml.encode(), nama=f"{nama}.dmn", mime="application/xml")
    return unduhan(_csv(versions.data_table(row)).encode("utf-8-sig"), nama=f"{nama}.csv", mime="text/csv")


def _csv(table: DataTable) -> str:
    kolom = [c.nama for c in (*table.definition.masukan, *table.definition.keluaran)]
    teks = io.StringIO()
    tulis = csv.writer(teks, lineterminator="\r\n")
    tulis.writerow([KODE, *kolom])
    for row in table.rows:
        tulis.writerow([row.kode, *(row.sel.get(nama, "") for nama in kolom)])
    return teks.getvalue()


# --- Drafts -----------------------------------------------------------------------------------------------------------------------


class DrafIsian(Isian):
    """A draft of a table from a file, with what it rests on."""

    tabel = forms.ChoiceField(label="Tabel", choices=[])
    berkas = forms.FileField(
        label="Berkas", help_text="DMN untuk tabel keputusan, CSV untuk tabel data, paling besar 2 MB."
    )
    kasus = forms.FileField(
        label="Contoh uji (CSV)",
        required=False,
        help_text="Dijalankan saat diterbitkan. Kosong: contoh versi sebelumnya.",
    )
    dasar_hukum = Paragraf(label="Dasar hukum", max_length=1000)
    berlaku_mulai = Tanggal(label="Berlaku mulai")
    berlaku_sampai = Tanggal(label="Berlaku sampai", required=False)
    catatan = Paragraf(label="Catatan", required=False, max_length=500)

    def __init__(self, *args: Any, tabel: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["tabel"]
        if isinstance(kolom, forms.ChoiceField):
            kolom.choices = [("", "– belum dipilih –"), *tabel]


def pilihan_tabel() -> list[tuple[str, str]]:
    """Tables that exist, and the amounts of every stream."""
    ada = {
        row.kunci: f"{nama_tabel(row)} ({row.kunci})"
        for row in RuleVersion.objects.only("decision", "aliran", "nomor").order_by("decision", "aliran")
    }
    for aliran in Aliran.objects.all():
        ada.setdefault(f"{besaran.TABEL}:{aliran.kode}", f"Besaran TPP ({aliran.kode})")
    return sorted(ada.items(), key=lambda satu: satu[1])


@hanya(ATURAN)
@require_http_methods(["GET", "POST"])
def unggah(request: HttpRequest) -> HttpResponse:
    """A new draft from a file; what the analysis finds stands on its page."""
    form = DrafIsian(
        kiriman(request), request.FILES or None, tabel=pilihan_tabel(), initial={"tabel": request.GET.get("tabel")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = _simpan(form.cleaned_data, oleh=pengguna(request))
        except DomainError as galat:
            form.terima(galat)
        except UnicodeDecodeError:
            form.add_error("berkas", "Berkas harus teks UTF-8.")
        else:
            messages.success(request, f"Draf {row} tersimpan. Orang lain menerbitkannya sesudah dicoba.")
            return redirect("tpp-aturan-versi", pk=row.pk)
    isi = {
        "form": form, "judul": "Draf aturan dari berkas", "tombol": "Periksa dan simpan draf",
        "kembali": (reverse("tpp-aturan"), "Aturan"), "batal": reverse("tpp-aturan"),
        "penjelasan": "Unduh versi yang berlaku, ubah, lalu unggah di sini. Yang berlaku tidak berubah sampai draf diterbitkan oleh orang lain.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


def _simpan(isi: dict[str, Any], *, oleh: User) -> RuleVersion:
    """Raises what the table's reader and `versions` raise, UnicodeDecodeError."""
    decision, _, aliran = isi["tabel"].partition(":")
    umum = {nama: isi[nama] for nama in ("dasar_hukum", "berlaku_mulai", "berlaku_sampai", "catatan")}
    kasus = _teks(isi["kasus"]) if isi["kasus"] else None
    lama = RuleVersion.objects.of(decision, aliran).first()
    if decision == besaran.TABEL or (lama is not None and lama.kolom is not None):
        kolom = besaran.definisi() if decision == besaran.TABEL else Definition.from_json(decision, lama.kolom or {})  # type: ignore[union-attr]
        tabel = load_csv(_teks(isi["berkas"]), kolom)
        contoh = (lama.kasus if lama else "") if kasus is None else kasus
        return versions.save_data_draft(tabel, aliran=aliran, kasus=contoh, oleh=oleh, **umum)
    xml = _teks(isi["berkas"])
    load(xml.encode()).decision(decision)  # the file holds the table it is uploaded for
    return versions.save_draft(decision, xml=xml, aliran=aliran, kasus=kasus, oleh=oleh, **umum)


class BerkasTerlaluBesar(DomainError):
    """Berkas lebih besar dari 2 MB. Periksa apakah berkasnya benar."""


def _teks(upload: UploadedFile[Any]) -> str:
    if (upload.size or 0) > MAKS:
        raise BerkasTerlaluBesar
    teks: str = upload.read().decode("utf-8-sig")
    return teks


class SalinIsian(Isian):
    tahun = forms.IntegerField(label="Tahun baru", min_value=2001, max_value=2099)


@hanya(ATURAN)
@require_http_methods(["GET", "POST"])
def salin(request: HttpRequest) -> HttpResponse:
    """*Salin versi tahun lalu*: every TPP table becomes a draft from 1 January of a year."""
    form = SalinIsian(kiriman(request), initial={"tahun": timezone.localdate().year + 1})
    if request.method == "POST" and form.is_valid():
        try:
            hasil = layanan.salin_tahun(form.cleaned_data["tahun"], oleh=pengguna(request))
        except DomainError as galat:
            form.terima(galat)
        else:
            messages.success(
                request, f"{len(hasil)} tabel disalin menjadi draf." if hasil else "Tidak ada tabel yang perlu disalin."
            )
            return redirect("tpp-aturan")
    isi = {
        "form": form, "judul": "Salin versi tahun lalu", "tombol": "Salin menjadi draf",
        "kembali": (reverse("tpp-aturan"), "Aturan"), "batal": reverse("tpp-aturan"),
        "penjelasan": "Semua tabel TPP yang berlaku pada 31 Desember tahun sebelumnya menjadi draf yang mulai 1 Januari. Tabel yang sudah punya versi mulai tanggal itu dilewati.",
    }  # fmt: skip
    return render(request, "kelola/isian.html", isi, status=422 if form.errors else 200)


# --- Publishing --------------------------------------------------------------------------------------------------------------------


@hanya(TERBITKAN)
@require_POST
def terbitkan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Publish a draft; refused for its author, and for a TPP table that was never tried."""
    row = wajib_versi(request, pk)
    try:
        layanan.terbitkan(row, oleh=pengguna(request))
    except DomainError as galat:
        messages.error(request, galat.message)
    else:
        messages.success(request, f"{nama_tabel(row)} versi {row.nomor} berlaku mulai {row.berlaku_mulai:%d-%m-%Y}.")
    return redirect("tpp-aturan-versi", pk=pk)
