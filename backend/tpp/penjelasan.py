"""Why a result is what it is: each trace row as a sentence with its rule row and dasar hukum (tpp.md §9). Three statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from backend.rules.models import RuleVersion
from backend.tpp import enums
from backend.tpp.kalimat import LANGKAH, kalimat
from backend.tpp.models import Hasil, HasilKriteria, Jejak, Periode
from backend.tpp.services.susulan import isi_satu

KRITERIA = tuple(enums.Kriteria.values)


@dataclass(frozen=True, slots=True)
class Aturan:
    """The rule row behind a sentence: what it says and where it comes from."""

    tabel: str
    versi: str
    kode: str
    keterangan: str
    dasar_hukum: str


@dataclass(frozen=True, slots=True)
class Penjelasan:
    """A sentence of the explanation with its rule row, amounts and rounding."""

    langkah: int
    judul: str
    teks: str
    aturan: Aturan
    masukan: Mapping[str, Any]
    sebelum_bulat: Decimal
    mode_bulat: str
    hasil: Decimal
    tanda: int


@dataclass(frozen=True, slots=True)
class Slip:
    """One result as its owner reads it."""

    hasil: Hasil
    periode: Periode
    kriteria: Sequence[HasilKriteria]
    penjelasan: Sequence[Penjelasan]

    @property
    def langkah(self) -> list[tuple[str, list[Penjelasan]]]:
        """Sentences under the title of their step."""
        kelompok: dict[str, list[Penjelasan]] = defaultdict(list)
        for satu in self.penjelasan:
            kelompok[satu.judul].append(satu)
        return list(kelompok.items())


def slip(hasil: Hasil) -> Slip:
    """A result with its explanation. The caller has it from `visible_to`."""
    jejak = list(Jejak.objects.filter(hasil_pegawai=hasil).order_by("id"))
    versi = {satu.versi for satu in jejak}
    dasar = {str(pk): teks for pk, teks in RuleVersion.objects.filter(pk__in=versi).values_list("pk", "dasar_hukum")}
    return Slip(
        hasil,
        hasil.periode,
        sorted(hasil.kriteria.all(), key=lambda satu: KRITERIA.index(satu.kriteria)),
        [_penjelasan(satu, dasar) for satu in jejak],
    )


def _penjelasan(baris: Jejak, dasar: Mapping[str, str]) -> Penjelasan:
    keterangan = "; ".join(filter(None, (keterangan_baris(baris.versi, kode) for kode in baris.kode_baris.split(";"))))
    aturan = Aturan(baris.tabel, baris.versi, baris.kode_baris, keterangan, dasar.get(baris.versi, ""))
    return Penjelasan(
        baris.langkah, LANGKAH[baris.langkah], kalimat(baris, baris.masukan), aturan, baris.masukan, baris.sebelum_bulat,
        baris.mode_bulat, baris.hasil, baris.tanda,
    )  # fmt: skip


def keterangan_baris(versi: str, kode: str) -> str:
    """What a rule row says of itself; empty for rows of data tables and unknown ones."""
    return _keterangan(versi).get(kode, "")


@lru_cache(maxsize=128)
def _keterangan(versi: str) -> dict[str, str]:
    """Descriptions of the rows of a version that has ruled (it never changes)."""
    version = RuleVersion.objects.filter(pk=versi).first()
    if version is None or version.kolom is not None:
        return {}
    isi = isi_satu(version)
    tables = [decision.table for decision in getattr(isi, "decisions", {}).values() if decision.table]
    return {rule.id: "; ".join(rule.annotations) for table in tables for rule in table.rules}
