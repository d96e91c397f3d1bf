"""The rule tables of one month, compiled once: every rate, bracket, weight and switch of a calculation is asked here.

A table is evaluated strictly (NoRuleMatched, AmbiguousRule, WrongType). What was asked once is remembered, so a city
costs a few hundred evaluations, not a few hundred thousand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from backend.rules import decide
from backend.rules.datatable import DataTable, Interval
from backend.rules.errors import NoRuleMatched
from backend.rules.model import Model

# Tables that a monthly calculation may ask; a locked month keeps the version of each that it asked.
TABEL = (
    "tpp_stream", "tpp_faktor_pegawai", "tpp_skala_unit", "tpp_plt_masa", "tpp_plt", "tpp_bobot", "tpp_predikat",
    "absen_potongan", "tpp_status_faktor", "tpp_kedudukan", "tpp_admin", "tpp_syarat", "tpp_bendera", "tpp_zakat",
    "tpp_potongan_lain", "bpjs", "pph_mode", "pph_ter", "pph_final_gol", "pph_setahun", "ptkp", "pasal_17",
)  # fmt: skip


class Jawaban(NamedTuple):
    """What a table said: outputs by name, the codes of its rows joined by `;`, the version, the table."""

    nilai: Mapping[str, Any]
    kode: str
    versi: str
    tabel: str


class Bendera(NamedTuple):
    """A switch: on or off, its threshold, its choice; and the row that says so."""

    aktif: bool
    ambang: Decimal | None
    nilai: str | None
    jawaban: Jawaban


T = TypeVar("T")
Isi = tuple[Model | DataTable, str]


class Aturan:
    """The tables in force on a date. `isi` puts other contents in the place of some (a draft; a locked month's own).

    Keys of `isi` are names of tables, with the stream where the table has streams (`tpp_besaran:TPP`).
    """

    def __init__(self, pada: date, *, isi: Mapping[str, Isi] | None = None) -> None:
        self.pada = pada
        self._isi: dict[str, Isi] = dict(isi or {})
        self._masukan: dict[str, frozenset[str]] = {}
        self._ingat: dict[tuple[Any, ...], Jawaban] = {}
        self._bendera: dict[str, Bendera] = {}
        self._sekali: dict[tuple[Any, ...], Any] = {}
        self._ter: dict[str, tuple[list[Decimal], list[tuple[Interval, Jawaban]]]] = {}

    @property
    def versi(self) -> dict[str, str]:
        """Version of each table that was asked so far, by name."""
        return {nama: versi for nama, (_, versi) in sorted(self._isi.items()) if nama in self._masukan}

    def tanya(self, tabel: str, /, **fakta: Any) -> Jawaban:
        """The answer of a table. Facts that the table has no column for are left out. Raises what `decide` raises."""
        kunci = (tabel, *fakta.items())
        found = self._ingat.get(kunci)
        if found is None:
            found = self._ingat[kunci] = self._baca(tabel, fakta)
        return found

    def ter(self, kategori: str, bruto: Decimal) -> Jawaban:
        """The TER row of a monthly gross. Every gross is another, so the row is sought in the sorted upper bounds."""
        if kategori not in self._ter:
            self._ter[kategori] = self._urut_ter(kategori)
        batas, jawaban = self._ter[kategori]
        posisi = bisect_left(batas, bruto) if bruto > 0 else 0
        if posisi < len(jawaban) and jawaban[posisi][0].contains(bruto):
            return jawaban[posisi][1]
        return self._baca("pph_ter", {"kategori": kategori, "bruto": bruto})

    def _urut_ter(self, kategori: str) -> tuple[list[Decimal], list[tuple[Interval, Jawaban]]]:
        """Rows of a category by upper bound, each with its interval; the last has no bound."""
        self._kolom("pph_ter")
        isi, versi = self._isi["pph_ter"]
        if not isinstance(isi, DataTable):
            return [], []
        rows = sorted((row for row in isi.rows if row.kunci == kategori), key=lambda row: row.rentang.sort_key)
        batas = [row.rentang.high for row in rows if row.rentang.high is not None]
        return batas, [(row.rentang, Jawaban(row.nilai, row.kode, versi, "pph_ter")) for row in rows]

    def besaran(self, aliran: str, *, jabatan: str, kelas: int | None, opd: str) -> Jawaban | None:
        """The basic amount and percentages of a post; None when no row of any level fits (SY-10)."""
        fakta = {"jabatan": jabatan, "kelas": kelas, "opd": opd}
        try:
            return self.tanya(f"tpp_besaran:{aliran}", **fakta)
        except NoRuleMatched:
            return None

    def sekali(self, kunci: tuple[Any, ...], baca: Callable[[], T]) -> T:
        """What was made of these rules before under this key, else make it now."""
        if kunci not in self._sekali:
            self._sekali[kunci] = baca()
        found: T = self._sekali[kunci]
        return found

    def bendera(self, kode: str) -> Bendera:
        """A switch of tpp_bendera."""
        if kode not in self._bendera:
            found = self.tanya("tpp_bendera", kode=kode)
            nilai = found.nilai
            self._bendera[kode] = Bendera(nilai["aktif"], nilai["ambang"], nilai["nilai"], found)
        return self._bendera[kode]

    def muat(self, tabel: Iterable[str]) -> None:
        """Ask for the versions of these tables now, so that a locked month names each of them. Raises NoVersion."""
        for nama in tabel:
            self._kolom(nama)

    def _kolom(self, tabel: str) -> frozenset[str]:
        if tabel not in self._masukan:
            if tabel not in self._isi:
                self._isi[tabel] = decide.find(tabel, pada=self.pada)
            isi = self._isi[tabel][0]
            if isinstance(isi, DataTable):
                self._masukan[tabel] = frozenset(column.nama for column in isi.definition.masukan)
            else:
                self._masukan[tabel] = frozenset(decide.strict(isi, decide.main_of(tabel)).inputs)
        return self._masukan[tabel]

    def _baca(self, tabel: str, fakta: Mapping[str, Any]) -> Jawaban:
        kolom = self._kolom(tabel)
        isi, versi = self._isi[tabel]
        masukan = {nama: nilai for nama, nilai in fakta.items() if nama in kolom}
        if isinstance(isi, DataTable):
            nilai, kode = isi.decide(masukan)
            return Jawaban(nilai, kode, versi, decide.main_of(tabel))
        outcome = decide.strict(isi, decide.main_of(tabel)).decide(masukan, versi)
        return Jawaban(outcome.outputs, ";".join(outcome.rules), versi, decide.main_of(tabel))
