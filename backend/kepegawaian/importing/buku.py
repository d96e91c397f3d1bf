"""The workbook: its sheets and columns, how cells are read, and the empty template made from the same table."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from backend.kepegawaian import enums
from backend.platform.lembar import TAK_TERBACA, Isi, buka
from backend.platform.lembar import Galat as Kesalahan

MAKS_BARIS = 50_000
UNIT, POSISI, PEGAWAI, RIWAYAT = "Unit", "Posisi", "Pegawai", "Riwayat Jabatan"


class CellError(ValueError):
    """What is wrong with one cell, in Indonesian."""


@dataclass(frozen=True)
class Kolom:
    """A column: field name, title in row 1, and the function that reads a cell that is not empty."""

    nama: str
    judul: str
    baca: Callable[[Any], Any]
    wajib: bool = False
    bawaan: Any = None
    keterangan: str = ""


@dataclass(frozen=True)
class Baris:
    """A row that could be read. `isi`: every column of the sheet by field name."""

    lembar: str
    nomor: int
    isi: dict[str, Any]


@dataclass
class Buku:
    """What a workbook holds: its rows by sheet, in their order, and the cells that could not be read."""

    baris: dict[str, list[Baris]] = field(default_factory=dict)
    kesalahan: list[Kesalahan] = field(default_factory=list)


# --- Cells --------------------------------------------------------------------------------------------------------


def teks(maks: int) -> Callable[[Any], str]:
    """Trimmed text of at most `maks` characters; numbers lose a pointless `.0`."""

    def baca(value: Any) -> str:
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else " ".join(str(value).split())
        if len(text) > maks:
            raise CellError(f"Isi maksimal {maks} karakter.")
        return text

    return baca


def nip(value: Any) -> str:
    """A NIP as text. Excel keeps only 15 digits of a number, so a number is already wrong."""
    if isinstance(value, int | float):
        raise CellError(
            "NIP tersimpan sebagai angka dan digit akhirnya hilang. Ubah format kolom menjadi Teks, lalu isi ulang."
        )
    return re.sub(r"[\s.']", "", str(value))


def tanggal(value: Any) -> date:
    """An Excel date, or text DD-MM-YYYY (also with / or .) or YYYY-MM-DD."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = re.sub(r"[/.]", "-", str(value).strip())
    for form in ("%d-%m-%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise CellError("Isi tanggal dengan bentuk HH-BB-TTTT, misalnya 08-04-2025.")


def bulat(minimum: int, maksimum: int) -> Callable[[Any], int]:
    def baca(value: Any) -> int:
        text = str(value).strip().removesuffix(".0")
        if not re.fullmatch(r"\d{1,6}", text) or not minimum <= int(text) <= maksimum:
            raise CellError(f"Isi angka bulat antara {minimum} dan {maksimum}.")
        return int(text)

    return baca


def ya_tidak(value: Any) -> bool:
    words = {"ya": True, "y": True, "1": True, "true": True, "tidak": False, "t": False, "0": False, "false": False}
    try:
        return words[str(value).strip().lower().removesuffix(".0")]
    except KeyError:
        raise CellError("Isi ya atau tidak.") from None


def pilihan(choices: type[models.TextChoices]) -> Callable[[Any], str]:
    """The code or the label of an enumeration, in any case."""
    known = {str(word).lower(): value for value, label in choices.choices for word in (value, label)}

    def baca(value: Any) -> str:
        try:
            return str(known[" ".join(str(value).split()).lower()])
        except KeyError:
            raise CellError(f"Pilih salah satu: {', '.join(choices.values)}.") from None

    return baca


# --- Sheets -------------------------------------------------------------------------------------------------------

KODE, NAMA = teks(40), teks(200)
LEMBAR: dict[str, tuple[Kolom, ...]] = {
    UNIT: (
        Kolom("kode", "Kode", KODE, wajib=True, keterangan="Unik; kode yang sudah ada diperbarui."),
        Kolom("nama", "Nama", NAMA, wajib=True),
        Kolom("jenis", "Jenis", pilihan(enums.JenisUnor), wajib=True, keterangan=", ".join(enums.JenisUnor.values)),
        Kolom("induk", "Kode Induk", KODE, keterangan="Kosong untuk unit puncak."),
        Kolom("is_opd", "OPD", ya_tidak, bawaan=False, keterangan="ya bila unit ini perangkat daerah."),
        Kolom("nama_jabatan", "Nama Jabatan Pimpinan", NAMA, bawaan=""),
        Kolom("valid_from", "Berlaku Sejak", tanggal),
    ),
    POSISI: (
        Kolom("unor", "Kode Unit", KODE, wajib=True),
        Kolom("jabatan", "Jabatan", NAMA, wajib=True, keterangan="Jabatan baru dibuat dengan sendirinya."),
        Kolom("jenis", "Jenis Jabatan", pilihan(enums.JenisJabatan), wajib=True, keterangan=", ".join(enums.JenisJabatan.values)),
        Kolom("jenjang", "Jenjang", pilihan(enums.Jenjang), keterangan="Hanya jf: " + ", ".join(enums.Jenjang.values)),
        Kolom("eselon", "Eselon", pilihan(enums.Eselon), keterangan="Hanya jpt dan ja: " + ", ".join(enums.Eselon.values)),
        Kolom("kelas", "Kelas", bulat(1, 17)),
        Kolom("jumlah_kebutuhan", "Kebutuhan", bulat(0, 9999), bawaan=1),
        Kolom("is_pimpinan", "Pimpinan", ya_tidak, bawaan=False),
        Kolom("puncak", "Puncak", ya_tidak, bawaan=False, keterangan="ya hanya untuk posisi tanpa atasan."),
        Kolom("atasan_unit", "Kode Unit Atasan", KODE),
        Kolom("atasan_jabatan", "Jabatan Atasan", NAMA),
    ),
    PEGAWAI: (
        Kolom("nip", "NIP", nip, wajib=True, keterangan="18 angka, format sel Teks."),
        Kolom("nama", "Nama", NAMA, wajib=True, keterangan="Tanpa gelar."),
        Kolom("gelar_depan", "Gelar Depan", teks(50), bawaan=""),
        Kolom("gelar_belakang", "Gelar Belakang", teks(80), bawaan=""),
        Kolom("tempat_lahir", "Tempat Lahir", teks(100), bawaan=""),
        Kolom("tanggal_lahir", "Tanggal Lahir", tanggal, wajib=True),
        Kolom("jenis_kelamin", "Jenis Kelamin", pilihan(enums.JenisKelamin), wajib=True, keterangan="L atau P"),
        Kolom("status_asn", "Status ASN", pilihan(enums.StatusASN), wajib=True, keterangan=", ".join(enums.StatusASN.values)),
        Kolom("golongan", "Golongan", teks(8), bawaan=""),
        Kolom("pangkat", "Pangkat", teks(60), bawaan=""),
        Kolom("kedudukan_hukum", "Kedudukan", pilihan(enums.KedudukanHukum), bawaan="01", keterangan="Kode BKN; kosong = 01 Aktif."),
        Kolom("tmt_cpns", "TMT CPNS", tanggal, keterangan="PPPK: awal kontrak pertama."),
        Kolom("email", "Surel", teks(254), bawaan=""),
        Kolom("no_hp", "Nomor Ponsel", teks(20), bawaan=""),
    ),
    RIWAYAT: (
        Kolom("nip", "NIP", nip, wajib=True),
        Kolom("unor", "Kode Unit", KODE, wajib=True),
        Kolom("jabatan", "Jabatan", NAMA, wajib=True),
        Kolom("jenis_penugasan", "Jenis Penugasan", pilihan(enums.JenisPenugasan), bawaan="D", keterangan="D, PLT, PLH, PJ, TT"),
        Kolom("jenis_mutasi", "Jenis Mutasi", pilihan(enums.JenisMutasi), bawaan="MJ", keterangan="MJ atau MU"),
        Kolom("mulai", "Mulai", tanggal, wajib=True, keterangan="TMT jabatan (MJ) atau TMT mutasi (MU)."),
        Kolom("sampai", "Sampai", tanggal, keterangan="Wajib selain D."),
        Kolom("tmt_jabatan", "TMT Jabatan", tanggal, keterangan="Kosong = sama dengan Mulai."),
        Kolom("nomor_sk", "Nomor SK", teks(100), bawaan=""),
        Kolom("tanggal_sk", "Tanggal SK", tanggal),
        Kolom("atasan_unit", "Kode Unit Atasan", KODE, keterangan="Kosong = atasan posisi itu."),
        Kolom("atasan_jabatan", "Jabatan Atasan", NAMA),
        Kolom("substansi", "Substansi", NAMA, bawaan=""),
    ),
}  # fmt: skip


def judul(lembar: str, nama: str) -> str:
    """Title of the column of a field; empty when the sheet has none."""
    aliases = {"atasan": "atasan_unit", "posisi": "jabatan", "valid_to": "valid_from"}
    titles = {kolom.nama: kolom.judul for kolom in LEMBAR[lembar]}
    return titles.get(nama) or titles.get(aliases.get(nama, ""), "")


# --- Reading ------------------------------------------------------------------------------------------------------


def read(content: bytes) -> Buku:
    """Read a workbook. Sheets that are absent have no rows; a file that is no workbook is one error."""
    workbook = buka(content)
    if workbook is None:
        return Buku(kesalahan=[Kesalahan("", 0, "", TAK_TERBACA)])
    buku = Buku(baris={name: [] for name in LEMBAR})
    for name in LEMBAR:
        if name in workbook.sheetnames:
            _read_sheet(buku, name, workbook[name])
    workbook.close()
    if not any(buku.baris.values()) and not buku.kesalahan:
        buku.kesalahan.append(Kesalahan("", 0, "", f"Tidak ada baris data. Lembar yang dikenali: {', '.join(LEMBAR)}."))
    return buku


def _read_sheet(buku: Buku, lembar: str, sheet: Any) -> None:
    rows = Isi(sheet, nama=lembar, errors=buku.kesalahan, maks=MAKS_BARIS)
    columns = [kolom for kolom in LEMBAR[lembar] if rows.punya(kolom.judul)]
    missing = [kolom.judul for kolom in LEMBAR[lembar] if kolom.wajib and kolom not in columns]
    if missing:
        buku.kesalahan.append(Kesalahan(lembar, 1, missing[0], f"Kolom tidak ditemukan: {', '.join(missing)}."))
        return
    for nomor, cells in rows:
        _read_row(buku, lembar, nomor, {kolom.nama: rows.sel(cells, kolom.judul) for kolom in columns})


def _read_row(buku: Buku, lembar: str, nomor: int, cells: dict[str, Any]) -> None:
    isi: dict[str, Any] = {}
    before = len(buku.kesalahan)
    for kolom in LEMBAR[lembar]:
        cell = cells.get(kolom.nama)
        if cell is None or not str(cell).strip():
            isi[kolom.nama] = kolom.bawaan
            if kolom.wajib:
                buku.kesalahan.append(Kesalahan(lembar, nomor, kolom.judul, "Kolom ini wajib diisi."))
            continue
        try:
            isi[kolom.nama] = kolom.baca(cell)
        except CellError as error:
            buku.kesalahan.append(Kesalahan(lembar, nomor, kolom.judul, str(error)))
    if len(buku.kesalahan) == before:
        buku.baris[lembar].append(Baris(lembar, nomor, isi))


# --- Template -----------------------------------------------------------------------------------------------------


def template() -> bytes:
    """An empty workbook with one sheet per table and a page that explains every column."""
    workbook = Workbook()
    petunjuk = workbook.active
    assert petunjuk is not None  # noqa: S101 a new workbook has a sheet
    petunjuk.title = "Petunjuk"
    petunjuk.append(["Lembar", "Kolom", "Wajib", "Keterangan"])
    for lembar, columns in LEMBAR.items():
        sheet = workbook.create_sheet(lembar)
        sheet.append([kolom.judul for kolom in columns])
        sheet.freeze_panes = "A2"
        for at, kolom in enumerate(columns, 1):
            letter = get_column_letter(at)
            sheet.column_dimensions[letter].width = max(14, len(kolom.judul) + 4)
            sheet.cell(1, at).font = Font(bold=True)
            sheet.cell(1, at).fill = PatternFill("solid", fgColor="FFF2CC" if kolom.wajib else "EDEDED")
            if kolom.baca is nip:
                for row in range(2, 502):
                    sheet.cell(row, at).number_format = "@"
            bentuk = (
                "Tanggal HH-BB-TTTT. " if kolom.baca is tanggal else "ya atau tidak. " if kolom.baca is ya_tidak else ""
            )
            petunjuk.append([lembar, kolom.judul, "ya" if kolom.wajib else "", f"{bentuk}{kolom.keterangan}".strip()])
    for letter, width in zip("ABCD", (18, 26, 8, 90), strict=True):
        petunjuk.column_dimensions[letter].width = width
        petunjuk[f"{letter}1"].font = Font(bold=True)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()
