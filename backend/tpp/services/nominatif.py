"""The nominatif of a period (tpp.md §7): rows, subtotal a page, sum of the OPD, who signs. Files are drawn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from backend.core.periode import tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Posisi, Unor
from backend.tpp import queries
from backend.tpp.enums import Kriteria
from backend.tpp.models import Hasil, Periode

TITIK = "……………………"
PER_HALAMAN = 14  # people on a printed page: four lines each on folio
KOLOM = (
    "No", "Nama, tanggal lahir, NIP, golongan", "Status dan jiwa", "Jabatan", "Gaji kotor", *Kriteria.values, "Jumlah TPP",
    "BPJS 4 %", "Total", "IWP 1 %", "PPh 21", "BPJS 4 %", "Zakat, lain", "Total potongan", "Bersih", "Rekening",
)  # fmt: skip
ANGKA_MULAI, ANGKA_SAMPAI = 4, len(KOLOM) - 2
Baris = list[object]


@dataclass(frozen=True)
class Halaman:
    """People of one printed page and their sum."""

    baris: Sequence[Baris]
    jumlah: Baris


@dataclass(frozen=True)
class Nominatif:
    """`judul`: instansi, name, state. `kepala`: who signs. Cells: text, whole rupiah, or None."""

    judul: tuple[str, str, str]
    halaman: Sequence[Halaman]
    jumlah: Baris
    kepala: Mapping[str, str]


def susun(periode: Periode, user: Any) -> Nominatif:
    """The list of what the user sees of a period. Two statements and who signs."""
    rows = list(queries.hasil_periode(user, periode))
    kriteria = queries.kriteria_hasil(row.pk for row in rows)
    semua = [_baris(ke, row, kriteria.get(row.pk, {})) for ke, row in enumerate(rows, 1)]
    bagian = [semua[mulai : mulai + PER_HALAMAN] for mulai in range(0, len(semua), PER_HALAMAN)]
    return Nominatif(
        (settings.INSTANSI, f"DAFTAR NOMINATIF {str(periode).upper()}", f"Keadaan: {periode.get_status_display()}"),
        [Halaman(satu, _jumlah("Jumlah halaman ini", satu)) for satu in bagian],
        _jumlah(f"Jumlah {periode.opd}", semua),
        penanda_tangan(periode.opd),
    )


def _baris(ke: int, row: Hasil, kriteria: Mapping[str, int]) -> Baris:
    """One person. The 4 % of BPJS is added to the total and taken again: it passes through the list."""
    potongan = row.bruto + row.bpjs_4 - row.neto
    iwp, pph, lain = row.bpjs_1, potongan - row.bpjs_1 - row.bpjs_4 - row.zakat - row.lain, row.zakat + row.lain
    return [
        ke, f"{row.nama}\n{tanggal(row.tanggal_lahir)}\n{row.nip}\n{row.golongan}", row.jiwa, row.jabatan, row.gaji_bruto,
        *(kriteria.get(kode, 0) for kode in Kriteria.values), row.bruto, row.bpjs_4, row.bruto + row.bpjs_4, iwp, pph,
        row.bpjs_4, lain, potongan, row.neto, row.rekening,
    ]  # fmt: skip


def _jumlah(label: str, baris: Sequence[Baris]) -> Baris:
    jumlah = [sum(_bilangan(satu[letak]) for satu in baris) for letak in range(ANGKA_MULAI, ANGKA_SAMPAI + 1)]
    return [None, label, None, None, *jumlah, None]


def _bilangan(nilai: object) -> int:
    return nilai if isinstance(nilai, int) else 0


def penanda_tangan(opd: Unor) -> dict[str, str]:
    """Who holds (or covers) the head post of an OPD today; dots for an empty one."""
    posisi = Posisi.objects.filter(unor=opd, is_pimpinan=True, is_delete=False).select_related("jabatan").first()
    kosong = {"nama": TITIK, "nip": TITIK, "jabatan": f"Kepala {opd.nama}"}
    if posisi is None:
        return kosong
    for siapa in kepegawaian.pemegang(posisi, timezone.localdate()):
        return {
            "nama": getattr(siapa.orang, "nama_lengkap", siapa.orang.nama), "nip": getattr(siapa.orang, "nip", ""),
            "jabatan": posisi.jabatan.nama,
        }  # fmt: skip
    return {**kosong, "jabatan": posisi.jabatan.nama}
