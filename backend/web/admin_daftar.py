"""Lists of the admin pages: one declaration of columns drives the table, its sort links and its XLSX export."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.text import slugify

from backend.core.money import format_angka
from backend.core.periode import tanggal, waktu
from backend.web.admin_isian import Isian

PER_HALAMAN = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, kw_only=True)
class Kolom:
    """One column. `nilai` reads the row object; `urut` are ORM fields of the ascending order (empty: no sort link).

    `sub` is shown as a second line of the cell and exported as a column of its own. `nada` gives the tone of a
    pill (ok, info, warn, bad, mute; empty: plain text) and `ikon` its icon.
    """

    label: str
    nilai: Callable[[Any], object]
    urut: tuple[str, ...] = ()
    sub: Kolom | None = None
    angka: bool = False
    nada: Callable[[Any], str] | None = None
    url: Callable[[Any], str] | None = None

    @property
    def kunci(self) -> str:
        """The name of the column in `?urut=`."""
        return slugify(self.label).replace("-", "_")


@dataclass(frozen=True, kw_only=True)
class Tindakan:
    """A link at the end of a row; `boleh` hides it where it would lead nowhere."""

    label: str
    url: Callable[[Any], str]
    nama: Callable[[Any], str]
    ikon: str = "pencil"
    boleh: Callable[[Any], bool] = lambda _baris: True


@dataclass(frozen=True, kw_only=True)
class Daftar:
    """The table of a list page. The first column is the header of its row."""

    judul: str
    kolom: Sequence[Kolom]
    kosong: str
    kosong_saran: str = ""
    tindakan: Sequence[Tindakan] = ()
    per_halaman: int = PER_HALAMAN
    ikon_kosong: str = "search"


class Saringan(Isian):
    """Filters of a list, read from the address. A value that is not valid filters nothing and is marked."""

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that pass the given filters."""
        raise NotImplementedError

    def isi(self, nama: str) -> Any:
        """The cleaned value of a filter; None when it is empty or not valid."""
        return self.cleaned_data.get(nama) or None

    @property
    def aktif(self) -> bool:
        """Whether any filter narrows the list."""
        return any(self.cleaned_data.get(nama) for nama in self.fields)


@dataclass(frozen=True)
class Sel:
    """One cell, ready to print."""

    label: str
    teks: str
    sub: str = ""
    nada: str = ""
    angka: bool = False
    url: str = ""


@dataclass(frozen=True)
class Kepala:
    """One column header with its sort link and present order (asc, desc or empty). Not sortable: `kunci` and `url` empty."""

    label: str
    angka: bool
    kunci: str = ""
    url: str = ""
    arah: str = ""


@dataclass(frozen=True)
class Baris:
    kepala: Sel
    sel: list[Sel]
    tindakan: list[tuple[str, str, str, str]] = field(default_factory=list)


def tampil(nilai: object) -> str:
    """A value as people read it: dates and moments in words, decimal comma, – for nothing."""
    if nilai is None or nilai == "":
        return "–"
    if isinstance(nilai, bool):
        return "Ya" if nilai else "Tidak"
    if isinstance(nilai, datetime):
        return waktu(nilai)
    if isinstance(nilai, date):
        return tanggal(nilai)
    if isinstance(nilai, Decimal):
        return format_angka(nilai)
    if isinstance(nilai, int):
        return format_angka(nilai, 0)
    return str(nilai)


def alamat(query: QueryDict, **ganti: str | int | None) -> str:
    """`?…` of the same page with some parameters replaced, or removed by None."""
    salinan = query.copy()
    for kunci, nilai in ganti.items():
        if nilai is None:
            salinan.pop(kunci, None)
        else:
            salinan[kunci] = str(nilai)
    return f"?{salinan.urlencode()}"


def urutkan(baris: QuerySet[Any], *, kolom: Sequence[Kolom], urut: str) -> QuerySet[Any]:
    """Order by `nama` or `-nama` of a sortable column; anything else keeps the order of the rows. The key breaks ties."""
    for satu in kolom:
        if satu.urut and satu.kunci == urut.removeprefix("-"):
            sign = "-" if urut.startswith("-") else ""
            return baris.order_by(*(f"{sign}{nama}" for nama in satu.urut), "pk")
    return baris


def _sel(kolom: Kolom, baris: object) -> Sel:
    return Sel(
        label=kolom.label,
        teks=tampil(kolom.nilai(baris)),
        sub=tampil(kolom.sub.nilai(baris)) if kolom.sub and kolom.sub.nilai(baris) not in (None, "") else "",
        nada=kolom.nada(baris) if kolom.nada else "",
        angka=kolom.angka,
        url=kolom.url(baris) if kolom.url else "",
    )


def susun(daftar: Daftar, halaman: Iterable[object]) -> list[Baris]:
    """The rows of one page, ready to print."""
    hasil = []
    for baris in halaman:
        kepala, *lain = (_sel(kolom, baris) for kolom in daftar.kolom)
        aksi = [(t.label, t.url(baris), t.nama(baris), t.ikon) for t in daftar.tindakan if t.boleh(baris)]
        hasil.append(Baris(kepala, lain, aksi))
    return hasil


def kepala(daftar: Daftar, query: QueryDict) -> list[Kepala]:
    """Column headers with their sort links; a second press turns the order round."""
    kini = query.get("urut", "")
    hasil = []
    for kolom in daftar.kolom:
        arah = {kolom.kunci: "asc", f"-{kolom.kunci}": "desc"}.get(kini, "") if kolom.urut else ""
        berikut = f"-{kolom.kunci}" if arah == "asc" else kolom.kunci
        url = alamat(query, urut=berikut, hal=None) if kolom.urut else ""
        hasil.append(Kepala(kolom.label, kolom.angka, kolom.kunci if kolom.urut else "", url, arah))
    return hasil


def _kolom_ekspor(kolom: Sequence[Kolom]) -> Iterator[Kolom]:
    for satu in kolom:
        yield satu
        if satu.sub:
            yield satu.sub


def ekspor(daftar: Daftar, baris: Iterable[object]) -> HttpResponse:
    """The whole list as XLSX: same columns, rows and order as the screen. Text is never a formula."""
    berkas = io.BytesIO()
    opsi = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    buku = xlsxwriter.Workbook(berkas, opsi)
    tanggal_format = buku.add_format({"num_format": "dd-mm-yyyy"})
    lembar = buku.add_worksheet(daftar.judul[:31])
    kolom = list(_kolom_ekspor(daftar.kolom))
    lembar.write_row(0, 0, [satu.label for satu in kolom], buku.add_format({"bold": True, "bottom": 1}))
    for nomor, satu_baris in enumerate(baris, start=1):
        for letak, satu in enumerate(kolom):
            nilai = satu.nilai(satu_baris)
            if isinstance(nilai, date) and not isinstance(nilai, datetime):
                lembar.write_datetime(nomor, letak, datetime(nilai.year, nilai.month, nilai.day), tanggal_format)
            elif isinstance(nilai, int | Decimal) and not isinstance(nilai, bool):
                lembar.write_number(nomor, letak, nilai)
            else:
                lembar.write_string(nomor, letak, "" if nilai in (None, "") else tampil(nilai))
    lembar.freeze_panes(1, 1)
    lembar.autofilter(0, 0, 0, len(kolom) - 1)
    lembar.autofit()
    buku.close()
    return unduhan(berkas.getvalue(), nama=f"{slugify(daftar.judul)}.xlsx", mime=XLSX)


def unduhan(isi: bytes, *, nama: str, mime: str) -> HttpResponse:
    """A file made on the spot, always saved and never shown inside the page."""
    jawaban = HttpResponse(isi, content_type=mime)
    jawaban["Content-Disposition"] = f'attachment; filename="{nama}"'
    jawaban["X-Content-Type-Options"] = "nosniff"
    return jawaban


def halaman(request: HttpRequest, baris: QuerySet[Any] | Sequence[Any], *, per_halaman: int = PER_HALAMAN) -> Page[Any]:
    """The page named in `?hal=`; a number out of range gives the nearest page."""
    return Paginator(baris, per_halaman).get_page(request.GET.get("hal"))


def halaman_daftar(
    request: HttpRequest,
    baris: QuerySet[Any],
    *,
    daftar: Daftar,
    saringan: Saringan,
    template: str = "kelola/daftar.html",
    **konteks: object,
) -> HttpResponse:
    """Filter, order and page the rows, or answer them as XLSX (`?unduh=xlsx`)."""
    saringan.is_valid()
    terurut = urutkan(saringan.terapkan(baris), kolom=daftar.kolom, urut=request.GET.get("urut", ""))
    if request.GET.get("unduh") == "xlsx":
        return ekspor(daftar, terurut.iterator(chunk_size=2000))
    bagian = halaman(request, terurut, per_halaman=daftar.per_halaman)
    return render(
        request,
        template,
        {
            "daftar": daftar,
            "saringan": saringan,
            "halaman": bagian,
            "kepala": kepala(daftar, request.GET),
            "baris": susun(daftar, bagian.object_list),
            "unduh": alamat(request.GET, unduh="xlsx", hal=None),
            **navigasi(request, bagian),
            **konteks,
        },
    )


def navigasi(request: HttpRequest, bagian: Page[Any]) -> dict[str, str]:
    """Addresses of the page before and after, empty at the ends."""
    return {
        "sebelum": alamat(request.GET, hal=bagian.previous_page_number()) if bagian.has_previous() else "",
        "sesudah": alamat(request.GET, hal=bagian.next_page_number()) if bagian.has_next() else "",
    }


def saring_pilihan(label: str, pilihan: Iterable[tuple[str, str]], *, semua: str = "Semua") -> forms.ChoiceField:
    """A filter by one of a few values."""
    return forms.ChoiceField(label=label, required=False, choices=[("", semua), *pilihan])
