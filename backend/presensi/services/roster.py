"""A month of a roster as a table to fill in elsewhere: a row for each person who works by roster, a column for each day.

Whole days are what the table knows: PAGI, SIANG, MALAM, LEPAS, OFF (or their first letter). An empty cell leaves what stands.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import xlsxwriter
from django.db.models import Q, QuerySet

from backend.core.periode import akhir_bulan, bulan_label, hari_tanggal
from backend.kepegawaian.models import Pegawai, RiwayatJabatan, Unor
from backend.platform.settings import setting
from backend.presensi.calculations import SEHARI
from backend.presensi.enums import SHIFT, KodeShift
from backend.presensi.errors import BerkasTapTidakTerbaca
from backend.presensi.models import PenugasanJadwal, RosterShift
from backend.presensi.services import impor
from backend.presensi.services.jadwal import Jaga, lepas_otomatis

LEMBAR = "Roster"
TETAP = ("NIP", "Nama")
MAKS_BARIS = 5000
KODE = {nama: kode.value for kode in KodeShift for nama in (kode.value, kode.value[0])}
Sel = Mapping[tuple[UUID, date], str]


@dataclass(frozen=True)
class Catatan:
    """An error or a warning at its place in the table."""

    row: int
    column: str
    message: str
    sheet: str = LEMBAR


@dataclass
class Bacaan:
    """What a table asks for. `jaga`: the cells that differ from what stands; `lepas`: how many days off follow from its
    nights by themselves; `orang`: how many people it names."""

    jaga: list[Jaga] = field(default_factory=list)
    errors: list[Catatan] = field(default_factory=list)
    notes: list[Catatan] = field(default_factory=list)
    orang: int = 0
    lepas: int = 0


def orang_jaga(opd: Unor, *, mulai: date, sampai: date) -> QuerySet[Pegawai]:
    """The people who work by roster on one of these days and belong to an OPD on the last, by name."""
    shift = PenugasanJadwal.objects.filter(Q(sampai=None) | Q(sampai__gte=mulai), pola=SHIFT, mulai__lte=sampai)
    duduk = RiwayatJabatan.objects.pada(sampai).definitif().filter(posisi__unor__opd=opd)
    rows = Pegawai.objects.filter(pk__in=shift.values("pegawai")).filter(pk__in=duduk.values("pegawai"))
    return rows.order_by("nama", "pk")


def hari_bulan(bulan: date) -> list[date]:
    """The days of the month of a date."""
    return [bulan.replace(day=n) for n in range(1, akhir_bulan(bulan.year, bulan.month).day + 1)]


def terisi(orang: Sequence[UUID], *, mulai: date, sampai: date) -> dict[tuple[UUID, date], str]:
    """What is rostered for some people and days, in one statement."""
    rows = RosterShift.objects.filter(pegawai__in=orang, tanggal__range=(mulai, sampai))
    return {(pegawai, hari): kode for pegawai, hari, kode in rows.values_list("pegawai_id", "tanggal", "kode")}


# --- Template -----------------------------------------------------------------------------------------------------------


def templat(opd: Unor, bulan: date) -> bytes:
    """The workbook of an OPD and month with its people and what is rostered already."""
    hari = hari_bulan(bulan)
    orang = list(orang_jaga(opd, mulai=hari[0], sampai=hari[-1]))
    isi = terisi([satu.pk for satu in orang], mulai=hari[0], sampai=hari[-1])
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False})
    sheet, tebal, libur = (
        book.add_worksheet(LEMBAR),
        book.add_format({"bold": True}),
        book.add_format({"bg_color": "#eeeeee"}),
    )
    sheet.write_row(0, 0, TETAP, tebal)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 32)
    for kolom, tgl in enumerate(hari, len(TETAP)):
        sheet.write_number(0, kolom, tgl.day, tebal)
        sheet.set_column(kolom, kolom, 7, libur if tgl.isoweekday() > 5 else None)
    for nomor, satu in enumerate(orang, 1):
        sheet.write_string(nomor, 0, satu.nip)
        sheet.write_string(nomor, 1, satu.nama)
        for kolom, tgl in enumerate(hari, len(TETAP)):
            if kode := isi.get((satu.pk, tgl)):
                sheet.write_string(nomor, kolom, kode)
    if orang:
        sheet.data_validation(1, len(TETAP), len(orang), len(TETAP) + len(hari) - 1, _pilihan())
    sheet.freeze_panes(1, len(TETAP))
    book.close()
    return buffer.getvalue()


def _pilihan() -> dict[str, Any]:
    return {
        "validate": "list",
        "source": KodeShift.values,
        "error_title": "Kode jaga",
        "error_message": f"Isi salah satu dari {', '.join(KodeShift.values)}, atau kosongkan.",
    }


# --- Reading ------------------------------------------------------------------------------------------------------------


def baca(content: bytes, *, opd: Unor, bulan: date) -> Bacaan:
    """A filled-in table, checked against the people of an OPD and month. Raises BerkasTapTidakTerbaca."""
    hari = hari_bulan(bulan)
    orang = dict(orang_jaga(opd, mulai=hari[0], sampai=hari[-1]).values_list("nip", "pk"))
    baris = _baris(content)
    kolom = _kolom(next(baris, (0, []))[1], bulan=bulan)
    hasil, sel, letak = Bacaan(), dict[tuple[UUID, date], str](), dict[UUID, int]()
    for nomor, cells in baris:
        nip = _teks(cells[0]).removeprefix("'").replace(" ", "")
        if not nip:
            hasil.errors.append(Catatan(nomor, TETAP[0], "NIP kosong."))
        elif (pegawai := orang.get(nip)) is None:
            hasil.errors.append(
                Catatan(
                    nomor, TETAP[0], f"{nip} bukan pegawai jaga {opd.nama} pada {bulan_label(bulan.year, bulan.month)}."
                )
            )
        elif pegawai in letak:
            hasil.errors.append(Catatan(nomor, TETAP[0], f"{nip} sudah ada pada baris {letak[pegawai]}."))
        else:
            letak[pegawai] = nomor
            sel |= {(pegawai, tgl): kode for tgl, kode in _sel(cells, kolom, nomor=nomor, errors=hasil.errors)}
    hasil.orang = len(letak)
    _bandingkan(hasil, sel, letak, hari=hari)
    return hasil


def _baris(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Numbered rows that hold something."""
    for nomor, cells in enumerate(impor.baris(content), 1):
        if nomor > MAKS_BARIS:
            raise BerkasTapTidakTerbaca(sebab=f"lebih dari {MAKS_BARIS} baris")
        if any(_teks(cell) for cell in cells):
            yield nomor, cells


def _kolom(judul: Sequence[Any], *, bulan: date) -> dict[int, date]:
    """Place of each day's column. Raises BerkasTapTidakTerbaca when the heading is not one of ours."""
    if not judul or _teks(judul[0]).upper() != TETAP[0]:
        raise BerkasTapTidakTerbaca(
            sebab='baris pertama harus berisi judul kolom "NIP", "Nama", lalu tanggal 1, 2, dan seterusnya'
        )
    ada = {tgl.day: tgl for tgl in hari_bulan(bulan)}
    found: dict[int, date] = {}
    for letak, satu in enumerate(judul[1:], 1):
        teks = str(satu.day) if isinstance(satu, date | datetime) else _teks(satu)
        if teks.isdecimal() and int(teks) in ada:
            found[letak] = ada[int(teks)]
        elif teks.isdecimal():
            raise BerkasTapTidakTerbaca(sebab=f"{bulan_label(bulan.year, bulan.month)} tidak mempunyai tanggal {teks}")
    if not found or len(set(found.values())) != len(found):
        raise BerkasTapTidakTerbaca(sebab="setiap tanggal harus mempunyai tepat satu kolom")
    return found


def _sel(
    cells: Sequence[Any], kolom: Mapping[int, date], *, nomor: int, errors: list[Catatan]
) -> Iterator[tuple[date, str]]:
    for letak, tgl in kolom.items():
        teks = _teks(cells[letak]).upper() if letak < len(cells) else ""
        if teks in KODE:
            yield tgl, KODE[teks]
        elif teks:
            dikenal = ", ".join(KodeShift.values)
            errors.append(
                Catatan(
                    nomor, f"Tanggal {tgl.day}", f'Kode "{teks[:20]}" tidak dikenal; isi {dikenal}, atau kosongkan.'
                )
            )


def _teks(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _bandingkan(hasil: Bacaan, sel: Sel, letak: Mapping[UUID, int], *, hari: Sequence[date]) -> None:
    """Fill in what differs from what stands, and warn of nights without a day off after them."""
    lepas = setting("lepas_hari")
    ada = terisi(list(letak), mulai=hari[0], sampai=hari[-1] + SEHARI * lepas)
    hasil.jaga = [Jaga(pegawai, tgl, kode) for (pegawai, tgl), kode in sel.items() if ada.get((pegawai, tgl)) != kode]
    otomatis = lepas_otomatis(sel, kosong=set())
    akan, hasil.lepas = {**ada, **sel, **otomatis}, len(otomatis)
    for (pegawai, tgl), kode in sel.items():
        berikut = [tgl + SEHARI * n for n in range(1, lepas + 1)]
        if kode == KodeShift.MALAM and any(akan.get((pegawai, satu)) != KodeShift.LEPAS for satu in berikut):
            pesan = f"Jaga malam {hari_tanggal(tgl)} tidak diikuti hari LEPAS."
            hasil.notes.append(Catatan(letak[pegawai], f"Tanggal {tgl.day}", pesan))
