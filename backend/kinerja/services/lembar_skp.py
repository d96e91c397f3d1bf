"""Columns of the SKP workbook: how each cell is read, and the empty template that explains them."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import xlsxwriter
from django.db.models import Choices

from backend.core.periode import BULAN
from backend.kinerja import enums, errors

DIGIT_NIP = 18
BULAN_PENDEK = tuple(nama[:3] for nama in BULAN)
TANDA = "x"  # a month that is measured, with the target that the pattern gives


class SelSalah(ValueError):
    """The text of a cell cannot be used; the message says how to write it."""


@dataclass(frozen=True)
class Kolom:
    """A column: its head, the key of its value, how a cell is read, and what the template says about it."""

    judul: str
    key: str
    baca: Callable[[Any], Any]
    petunjuk: str
    wajib: bool = False
    pilihan: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lembar:
    nama: str
    kolom: tuple[Kolom, ...]


# --- Cells --------------------------------------------------------------------------------------------------------


def _teks(maks: int, minimum: int = 1) -> Callable[[Any], str]:
    def baca(value: Any) -> str:
        text = kata(value)
        if len(text) > maks:
            raise SelSalah(errors.TerlaluPanjang.text(n=maks))
        if len(text) < minimum:
            raise SelSalah(errors.TerlaluPendek.text(n=minimum))
        return text

    return baca


def kata(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _nip(value: Any) -> str:
    if isinstance(value, int | float):
        raise SelSalah("Tulis NIP sebagai teks: awali dengan tanda petik tunggal agar Excel tidak membulatkannya.")
    digits = "".join(kata(value).split())
    if not digits.isdigit() or len(digits) != DIGIT_NIP:
        raise SelSalah("NIP terdiri atas 18 angka.")
    return digits


def _nomor(value: Any) -> int:
    text = kata(value)
    if not text.isdigit() or not 1 <= int(text) <= 999:
        raise SelSalah("Isi nomor urut 1 sampai 999.")
    return int(text)


def _bulat100(value: Any) -> int:
    text = kata(value)
    if not text.isdigit() or int(text) > 100:
        raise SelSalah(errors.BukanTargetBulat.text())
    return int(text)


def _angka(value: Any) -> Decimal:
    """A figure as typed: 1250,5 or 1.250,5 or a number cell."""
    text = kata(value)
    if isinstance(value, str):
        text = text.replace(".", "").replace(",", ".") if "," in text else text
    try:
        figure = Decimal(text)
    except InvalidOperation:
        raise SelSalah(errors.BukanAngka.text()) from None
    exponent = figure.as_tuple().exponent
    if not isinstance(exponent, int) or figure < 0 or figure >= 10**14 or exponent < -4:
        raise SelSalah(errors.BukanAngka.text())
    return figure


def _tanggal(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for pola in ("%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(kata(value), pola).date()
        except ValueError:
            continue
    raise SelSalah("Tulis tanggal seperti 01-01-2025.")


def _pilih(choices: type[Choices]) -> Callable[[Any], str]:
    by_text = {str(key).lower(): str(value) for value, label in choices.choices for key in (value, label)}

    def baca(value: Any) -> str:
        found = by_text.get(kata(value).lower())
        if found is None:
            raise SelSalah(f"Pilih salah satu: {', '.join(choices.labels)}.")
        return found

    return baca


def _ya(value: Any) -> bool:
    text = kata(value).lower()
    if text not in {"ya", "tidak"}:
        raise SelSalah("Isi ya atau tidak.")
    return text == "ya"


def _bulan_ukur(value: Any) -> tuple[Decimal | None, Decimal] | str:
    """`x`, a target, or `min..max` of a rentang."""
    text = kata(value)
    if text.lower() == TANDA:
        return TANDA
    if isinstance(value, str) and ".." in text:
        low, high = text.split("..", 1)
        return _angka(low.strip()), _angka(high.strip())
    return None, _angka(value)


def _bulanan(baca: Callable[[Any], Any], petunjuk: str) -> tuple[Kolom, ...]:
    return tuple(Kolom(nama, f"bulan_{ke}", baca, petunjuk) for ke, nama in enumerate(BULAN_PENDEK, start=1))


def _label(choices: type[Choices]) -> tuple[str, ...]:
    return tuple(str(label) for label in choices.labels)


def _pilihan(judul: str, key: str, choices: type[Choices], petunjuk: str, *, wajib: bool = False) -> Kolom:
    return Kolom(judul, key, _pilih(choices), petunjuk, wajib, _label(choices))


NIP = Kolom("NIP", "nip", _nip, "18 angka, ditulis sebagai teks.", wajib=True)
NO_RHK = Kolom("No RHK", "no_rhk", _nomor, "Nomor RHK pegawai ini pada lembar RHK.", wajib=True)

LEMBAR = (
    Lembar("SKP", (
        NIP,
        Kolom("Awal", "awal", _tanggal, "Hari pertama SKP, misalnya 01-01-2025.", wajib=True),
        Kolom("Akhir", "akhir", _tanggal, "Hari terakhir SKP dalam tahun yang sama.", wajib=True),
        _pilihan("Format", "jenis_format", enums.JenisFormat, "JPT untuk pejabat pimpinan tinggi dan pimpinan unit kerja mandiri.", wajib=True),
        _pilihan("Pendekatan", "pendekatan", enums.Pendekatan, "Kuantitatif: target angka. Kualitatif: target berupa uraian.", wajib=True),
    )),
    Lembar("RHK", (
        NIP, NO_RHK,
        _pilihan("Klasifikasi", "klasifikasi", enums.Klasifikasi, "Utama atau Tambahan.", wajib=True),
        Kolom("RHK", "teks", _teks(500, 10), "Rumusan hasil kerja, 10–500 huruf.", wajib=True),
        _pilihan("Kategori", "kategori", enums.Kategori, "Individu, Tematik, atau Inovasi.", wajib=True),
        Kolom("NIP Pimpinan", "nip_pimpinan", _nip, "Pemilik RHK yang diintervensi; kosong: pejabat penilai."),
        Kolom("No RHK Pimpinan", "no_pimpinan", _nomor, "Nomor RHK pimpinan yang diintervensi. Wajib untuk RHK utama JA/JF bila pimpinan sudah mempunyai SKP."),
        _pilihan("Intervensi", "intervensi", enums.Intervensi, "Langsung atau Tidak Langsung."),
        _pilihan("Perspektif", "perspektif", enums.Perspektif, "Wajib untuk format JPT."),
        Kolom("Penugasan Dari", "penugasan_dari", _teks(200, 3), "Untuk RHK tambahan dari unit atau pejabat lain."),
        Kolom("Perintah Kepala Daerah", "is_perintah_kepala_daerah", _ya, "ya atau tidak.", pilihan=("ya", "tidak")),
        Kolom("Program Unggulan", "is_program_unggulan", _ya, "ya atau tidak.", pilihan=("ya", "tidak")),
    )),
    Lembar("IKI", (
        NIP, NO_RHK,
        Kolom("No IKI", "no_iki", _nomor, "Nomor urut indikator pada RHK ini.", wajib=True),
        _pilihan("Aspek", "aspek", enums.Aspek, "Wajib untuk JA/JF kuantitatif."),
        Kolom("Indikator", "uraian", _teks(500, 5), "Uraian indikator, 5–500 huruf.", wajib=True),
        Kolom("Satuan", "satuan", _teks(50), "Misalnya dokumen, %, hari.", wajib=True),
        _pilihan("Arah", "arah", enums.Arah, "Sisi target yang baik.", wajib=True),
        _pilihan("Pola Ukur", "pola_ukur", enums.PolaUkur, "Hitungan dijumlahkan; posisi keadaan terakhir; rilis terbit sekali.", wajib=True),
        Kolom("Target Minimum", "target_min", _angka, "Hanya untuk arah Dalam rentang."),
        Kolom("Target", "target_max", _angka, "Target setahun (batas atas untuk rentang)."),
        Kolom("Target Uraian", "target_teks", _teks(500, 3), "Untuk pendekatan kualitatif."),
        *_bulanan(_bulan_ukur, "x bila diukur pada bulan ini, atau target bulan ini (rentang: 20..25). Kosong: tidak diukur."),
    )),
    Lembar("Renaksi", (
        NIP, NO_RHK,
        Kolom("No Tahapan", "no_tahapan", _nomor, "Nomor urut tahapan pada RHK ini.", wajib=True),
        Kolom("Tahapan", "tahapan", _teks(500, 5), "Uraian tahapan, 5–500 huruf.", wajib=True),
        Kolom("Output", "output", _teks(300, 3), "Bukti atau keluaran tahapan."),
        Kolom("Anggaran", "anggaran", _angka, "Rupiah."),
        *_bulanan(_bulat100, "Target bulan ini, 0–100. Jumlah semua tahapan satu RHK setahun harus 100."),
    )),
)  # fmt: skip
KUNCI = {
    "SKP": ("nip",),
    "RHK": ("nip", "no_rhk"),
    "IKI": ("nip", "no_rhk", "no_iki"),
    "Renaksi": ("nip", "no_rhk", "no_tahapan"),
}


# --- Template -----------------------------------------------------------------------------------------------------


def template() -> bytes:
    """The empty workbook: heads with a note and choices to pick from, and a sheet that explains every column."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        tebal = book.add_format({"bold": True, "bg_color": "#d9ece9", "border": 1})
        teks = book.add_format({"num_format": "@"})
        for lembar in LEMBAR:
            sheet = book.add_worksheet(lembar.nama)
            sheet.freeze_panes(1, 1)
            for letak, kolom in enumerate(lembar.kolom):
                sheet.write_string(0, letak, kolom.judul + (" *" if kolom.wajib else ""), tebal)
                sheet.write_comment(0, letak, kolom.petunjuk)
                sheet.set_column(letak, letak, 22 if kolom.wajib else 14, teks if kolom.baca is _nip else None)
                if kolom.pilihan:
                    sheet.data_validation(1, letak, 5000, letak, {"validate": "list", "source": list(kolom.pilihan)})
        _petunjuk(book.add_worksheet("Petunjuk"), tebal)
    return buffer.getvalue()


def _petunjuk(sheet: Any, tebal: Any) -> None:
    for letak, (judul, lebar) in enumerate((("Lembar", 12), ("Kolom", 24), ("Wajib", 8), ("Cara mengisi", 90))):
        sheet.write_string(0, letak, judul, tebal)
        sheet.set_column(letak, letak, lebar)
    rows = [(lembar.nama, kolom) for lembar in LEMBAR for kolom in lembar.kolom]
    for nomor, (nama, kolom) in enumerate(rows, start=1):
        isi = (
            nama,
            kolom.judul,
            "ya" if kolom.wajib else "",
            " ".join([kolom.petunjuk, *([f"Pilihan: {', '.join(kolom.pilihan)}."] if kolom.pilihan else [])]),
        )
        for letak, text in enumerate(isi):
            sheet.write_string(nomor, letak, text)
