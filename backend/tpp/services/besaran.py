"""The amounts by position (tpp_besaran): a rule data table per stream, entered by BKPSDM, never shipped (tpp.md §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backend.core.money import round_rupiah
from backend.rules import versions
from backend.rules.datatable import DataTable, Definition, InvalidDataRows, RowProblem, load_csv, load_rows
from backend.rules.models import RuleVersion
from backend.tpp.enums import Kriteria

TABEL = "tpp_besaran"
PERSEN_PENUH = 100
KRITERIA = tuple(f"pct_{kode.lower()}" for kode in Kriteria.values)
# Resolution order: jabatan + OPD, jabatan, kelas + OPD, kelas. `jabatan`: id of the Jabatan; `opd`: kode of the unit.
DEFINISI: Mapping[str, Any] = {
    "masukan": [
        {"nama": "jabatan", "tipe": "string", "cocok": "any"},
        {"nama": "kelas", "tipe": "number", "cocok": "any"},
        {"nama": "opd", "tipe": "string", "cocok": "any"},
    ],
    "keluaran": [
        {"nama": "basic", "tipe": "number"},
        *({"nama": nama, "tipe": "number", "boleh_kosong": True} for nama in KRITERIA),
    ],
    "tingkat": [["jabatan", "opd"], ["jabatan"], ["kelas", "opd"], ["kelas"]],
}


def definisi() -> Definition:
    """The columns of the table."""
    return Definition.from_json(TABEL, DEFINISI)


def simpan_draf(
    aliran: str,
    *,
    baris: str | Sequence[Mapping[str | None, Any]],
    dasar_hukum: str,
    berlaku_mulai: date,
    sumber: str | None = None,
    oleh: Any = None,
) -> RuleVersion:
    """A draft of the amounts of a stream, from CSV or rows of cells. Raises InvalidDataRows."""
    tabel: DataTable = load_csv(baris, definisi()) if isinstance(baris, str) else load_rows(baris, definisi())
    if salah := list(_di_luar_batas(tabel)):
        raise InvalidDataRows(TABEL, salah)
    more: dict[str, Any] = {} if sumber is None else {"sumber": sumber}
    return versions.save_data_draft(
        tabel, dasar_hukum=dasar_hukum, berlaku_mulai=berlaku_mulai, aliran=aliran, oleh=oleh, **more
    )


def _di_luar_batas(tabel: DataTable) -> Iterator[RowProblem]:
    """Amounts are not negative and each percentage lies within a whole; together they may be more."""
    for nomor, row in enumerate(tabel.rows, 1):
        for nama, nilai in row.nilai.items():
            if isinstance(nilai, Decimal) and (nilai < 0 or (nama != "basic" and nilai > PERSEN_PENUH)):
                yield RowProblem(nomor, nama, "harus 0 sampai 100" if nama != "basic" else "tidak boleh negatif")


def usulkan(
    tunjangan: Mapping[int, Decimal], *, indeks: Iterable[Decimal], persen: Mapping[str, Decimal], awalan: str = "BS"
) -> list[dict[str | None, Any]]:
    """Rows by class from imported tunjangan kinerja BPK × the three indices (Kepmendagri 900-4700/2020), HALF_UP."""
    kali = Decimal(1)
    for satu in indeks:
        kali *= satu
    return [
        {
            "kode": f"{awalan}-{kelas:02}", "jabatan": "-", "kelas": str(kelas), "opd": "-",
            "basic": str(round_rupiah(jumlah * kali)),
            **{nama: str(persen.get(nama.removeprefix("pct_").upper(), "")) for nama in KRITERIA},
        }
        for kelas, jumlah in sorted(tunjangan.items())
    ]  # fmt: skip
