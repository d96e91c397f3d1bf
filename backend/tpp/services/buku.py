"""Workbooks of TPP: nominatif, bank file, annual sheets, what-if. Text is never a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from backend.core.money import format_angka
from backend.core.periode import bulan_label
from backend.kepegawaian.models import Unor
from backend.tpp import queries
from backend.tpp.models import Periode, Simulasi
from backend.tpp.queries import KOLOM_TAHUN, BarisOpd, LembarOrang
from backend.tpp.services.dokumen import nama_baris, nama_kolom
from backend.tpp.services.nominatif import KOLOM, TITIK, Nominatif

OPSI = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


class Buku:
    """A workbook written row by row."""

    def __init__(self) -> None:
        self.isi = io.BytesIO()
        self.buku = xlsxwriter.Workbook(self.isi, OPSI)
        self.judul_format = self.buku.add_format({"bold": True, "font_size": 12})
        self.tebal = self.buku.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.rupiah = self.buku.add_format({"num_format": "#,##0"})
        self.jumlah = self.buku.add_format({"num_format": "#,##0", "bold": True, "top": 1})
        self.teks = self.buku.add_format({"text_wrap": True, "valign": "top"})

    def lembar(
        self, nama: str, kolom: Sequence[str], *, judul: Sequence[str] = (), lebar: Mapping[int, int] | None = None
    ) -> None:
        """A new sheet: title lines, then the head, which comes again on every printed page."""
        self.kini: Any = self.buku.add_worksheet(nama[:31])
        self.kini.set_landscape()
        self.kini.set_paper(9)
        self.kini.fit_to_pages(1, 0)
        for nomor, teks in enumerate(judul):
            self.kini.write_string(nomor, 0, teks, self.judul_format)
        self.nomor = len(judul)
        for letak, teks in enumerate(kolom):
            self.kini.write_string(self.nomor, letak, teks, self.tebal)
            self.kini.set_column(letak, letak, (lebar or {}).get(letak, 14))
        self.kini.repeat_rows(self.nomor)
        self.kini.freeze_panes(self.nomor + 1, 1)

    def baris(self, nilai: Iterable[object], *, tebal: bool = False) -> None:
        self.nomor += 1
        for letak, satu in enumerate(nilai):
            if satu is None:
                continue
            if isinstance(satu, int | float) and not isinstance(satu, bool):
                self.kini.write_number(self.nomor, letak, satu, self.jumlah if tebal else self.rupiah)
            else:
                self.kini.write_string(self.nomor, letak, str(satu), self.tebal if tebal else self.teks)

    def selesai(self) -> bytes:
        self.buku.close()
        return self.isi.getvalue()


# --- Nominatif and bank file ----------------------------------------------------------------------------------------------


def nominatif(isi: Nominatif) -> bytes:
    """The list of payments of a period with a subtotal a page, the sum of the OPD and the signatures (tpp.md §7)."""
    buku = Buku()
    buku.lembar("Nominatif", KOLOM, judul=isi.judul, lebar={0: 5, 1: 36, 3: 36, len(KOLOM) - 1: 24})
    batas: list[int] = []
    for halaman in isi.halaman:
        for satu in halaman.baris:
            buku.baris(satu)
        buku.baris(halaman.jumlah, tebal=True)
        batas.append(buku.nomor + 1)
    buku.kini.set_h_pagebreaks(batas)
    buku.baris(isi.jumlah, tebal=True)
    kepala = isi.kepala
    buku.nomor += 1
    for kiri, kanan in (
        (kepala["jabatan"], "Bendahara Pengeluaran"), ("", ""), ("", ""), (kepala["nama"], TITIK), (f"NIP {kepala['nip']}", f"NIP {TITIK}"),
    ):  # fmt: skip
        buku.baris([None, kiri, None, kanan])
    return buku.selesai()


def berkas_bank(periode: Periode, user: Any) -> bytes:
    """One line a person for the bank: account, name, amount. People without an account are left to the nominatif."""
    teks = io.StringIO()
    tulis = csv.writer(teks, lineterminator="\r\n")
    tulis.writerow(["nip", "nama", "rekening", "jumlah", "keterangan"])
    for row in queries.hasil_periode(user, periode):
        if row.rekening and row.neto > 0:
            tulis.writerow([row.nip, _aman(row.nama), _aman(row.rekening), row.neto, f"TPP {periode.bulan_teks}"])
    return teks.getvalue().encode("utf-8-sig")


def _aman(teks: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{teks}" if teks[:1] in "=+-@\t\r" else teks


# --- Annual sheets -----------------------------------------------------------------------------------------------------------

ORANG = (
    "Bulan", "Jabatan", "Kelas", "OPD", "Pagu", "Predikat", "Potongan disiplin (%)", "Realisasi (%)", "Potongan administrasi",
    "Bruto", "BPJS 1 %", "PPh 21", "Zakat", "Lain", "Neto", "Keadaan",
)  # fmt: skip


def lembar_orang(lembar: LembarOrang) -> bytes:
    """The annual sheet of a person."""
    buku = Buku()
    judul = (f"TPP tahun {lembar.tahun}", f"{lembar.pegawai.nama_lengkap}, NIP {lembar.pegawai.nip}")
    buku.lembar("TPP setahun", ORANG, judul=judul, lebar={0: 20, 1: 36, 3: 28})
    for satu in lembar.baris:
        hasil = satu.hasil
        if hasil is None:
            buku.baris([nama_baris(satu), *[None] * 14, satu.keadaan])
            continue
        buku.baris(
            [nama_baris(satu), hasil.jabatan, hasil.kelas, hasil.periode.opd.nama, hasil.pagu, hasil.predikat.replace("_", " ").capitalize(),
             _persen(hasil.potongan_disiplin), _persen(hasil.realisasi_persen), hasil.admin, hasil.bruto, hasil.bpjs_1, hasil.pph,
             hasil.zakat, hasil.lain, hasil.neto, hasil.periode.get_status_display()]
        )  # fmt: skip
    total = lembar.total
    jumlah = (total[nama] for nama in ("admin", "bruto", "bpjs_1", "pph", "zakat", "lain", "neto"))
    buku.baris(["Jumlah", None, None, None, total["pagu"], None, None, None, *jumlah], tebal=True)
    return buku.selesai()


def _persen(nilai: Any) -> str:
    return "" if nilai is None else format_angka(nilai, 2)


def lembar_opd(opd: Unor, tahun: int, baris: Sequence[BarisOpd]) -> bytes:
    """The annual sheet of an OPD: a row a person, fourteen columns of neto, the total."""
    buku = Buku()
    kolom = ("No", "Nama", "NIP", "Jabatan", *map(nama_kolom, KOLOM_TAHUN), "Jumlah")
    buku.lembar("TPP setahun", kolom, judul=(f"TPP tahun {tahun}", opd.nama), lebar={0: 5, 1: 30, 2: 20, 3: 36})
    for ke, satu in enumerate(baris, 1):
        isi = [satu.neto.get(nama) for nama in KOLOM_TAHUN]
        buku.baris([ke, satu.nama, satu.nip, "; ".join(satu.jabatan), *isi, satu.total])
    jumlah = [sum(satu.neto.get(nama, 0) for satu in baris) for nama in KOLOM_TAHUN]
    buku.baris([None, f"Jumlah {len(baris)} pegawai", None, None, *jumlah, sum(jumlah)], tebal=True)
    return buku.selesai()


# --- What-if -------------------------------------------------------------------------------------------------------------------

SIMULASI = (
    "Nama",
    "NIP",
    "OPD",
    "Bulan",
    "Bruto lama",
    "Bruto baru",
    "Neto lama",
    "Neto baru",
    "Selisih neto",
    "SPM lama",
    "SPM baru",
    "Sebab",
)


def simulasi(satu: Simulasi) -> bytes:
    """A what-if run: everybody whose result differs, then the sums by OPD and by rule row."""
    buku = Buku()
    buku.lembar("Per pegawai", SIMULASI, judul=(str(satu),), lebar={0: 30, 1: 20, 2: 30, 11: 40})
    for row in queries.simulasi_per_orang(satu).iterator(chunk_size=2000):
        sebab = "; ".join(f"{kode} {format_angka(nilai, 0)}" for kode, nilai in row.sebab.items())
        bulan = bulan_label(row.bulan.year, row.bulan.month)
        buku.baris(
            [row.pegawai.nama_lengkap, row.pegawai.nip, row.opd.nama, bulan, row.bruto_lama, row.bruto_baru, row.neto_lama,
             row.neto_baru, row.selisih, row.spm_lama, row.spm_baru, sebab]
        )  # fmt: skip
    buku.lembar("Per OPD", ("OPD", "Pegawai", "Naik", "Turun", "Bruto", "Neto", "SPM"), lebar={0: 40})
    for per in queries.simulasi_per_opd(satu):
        buku.baris([per["opd__nama"], per["orang"], per["naik"], per["turun"], per["bruto"], per["neto"], per["spm"]])
    buku.lembar("Per aturan", ("Tabel", "Baris aturan", "Pegawai", "Selisih neto"), lebar={0: 28, 1: 28})
    for aturan in satu.hasil.get("per_baris", []):
        buku.baris([aturan["tabel"], aturan["kode"], aturan["orang"], aturan["neto"]])
    return buku.selesai()
