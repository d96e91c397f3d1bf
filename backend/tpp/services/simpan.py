"""Storing results by COPY: a city with its trace in about a second."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from backend.tpp.beku import bekukan
from backend.tpp.bentuk import Hasil, HasilAliran, Jejak, Pajak
from backend.tpp.fakta import Orang
from backend.tpp.models import Periode

HASIL = (
    "id", "periode_id", "pegawai_id", "nip", "nama", "tanggal_lahir", "golongan", "jabatan", "kelas", "jiwa", "rekening",
    "gaji_bruto", "pagu", "faktor_status", "predikat", "predikat_persen", "potongan_disiplin", "realisasi_persen", "kinerja",
    "admin_persen", "admin", "bruto", "bpjs_1", "bpjs_4", "pph", "zakat", "lain", "neto", "spm", "fakta", "pajak",
)  # fmt: skip
KRITERIA = ("hasil_id", "kriteria", "dasar", "pagu", "realisasi")
JEJAK = (
    "periode_id", "hasil_pegawai_id", "langkah", "kriteria", "tabel", "versi", "kode_baris", "masukan", "rumus",
    "sebelum_bulat", "mode_bulat", "hasil", "tanda",
)  # fmt: skip
TERTAHAN = ("periode_id", "pegawai_id", "kode", "tingkat", "pesan")
TOTAL = ("bruto", "bpjs_1", "bpjs_4", "pph", "zakat", "lain", "neto", "spm")
BLOK = 1 << 16


@dataclass(frozen=True, slots=True)
class Dihitung:
    """A person computed in a period: the result, and its part in the stream of the period."""

    orang: Orang
    hasil: Hasil
    aliran: HasilAliran


@dataclass(frozen=True, slots=True)
class Ditahan:
    """What a gate said of a person in a period."""

    pegawai: UUID
    kode: str
    tingkat: str
    pesan: str


def hapus_hasil(periode: Iterable[UUID]) -> None:
    """Forget what was computed before; the trace goes with its results (trigger)."""
    ids = list(periode)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM tpp_hasilkriteria k USING tpp_hasil h WHERE h.id = k.hasil_id AND h.periode_id = ANY(%s)",
            [ids],
        )
        cursor.execute("DELETE FROM tpp_hasil WHERE periode_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM tpp_tertahan WHERE periode_id = ANY(%s)", [ids])


def simpan_hasil(isi: Sequence[tuple[Periode, Sequence[Dihitung], Sequence[Ditahan]]]) -> None:
    """Store the results of periods, each with criteria, trace and gates."""
    semua = [(periode, satu) for periode, dihitung, _ in isi for satu in dihitung]
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('tpp_hasil_id_seq') FROM generate_series(1, %s)", [len(semua)])
        ids = [row[0] for row in cursor.fetchall()]
        _salin(cursor, "tpp_hasil", HASIL, (_hasil(pk, *satu) for pk, satu in zip(ids, semua, strict=True)))
        _salin(
            cursor, "tpp_hasilkriteria", KRITERIA,
            (baris for pk, (_, satu) in zip(ids, semua, strict=True) for baris in _kriteria(pk, satu.aliran)),
        )  # fmt: skip
        _salin(
            cursor, "tpp_jejak", JEJAK,
            (baris for pk, (periode, satu) in zip(ids, semua, strict=True) for baris in _jejak(periode.pk, pk, satu)),
        )  # fmt: skip
        _salin(
            cursor, "tpp_tertahan", TERTAHAN,
            (_teks(periode.pk, s.pegawai, s.kode, s.tingkat, s.pesan) for periode, _, tahan in isi for s in tahan),
        )  # fmt: skip


def _salin(cursor: Any, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """COPY lines of text in blocks."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        blok: list[str] = []
        ukuran = 0
        for line in lines:
            blok.append(line)
            ukuran += len(line)
            if ukuran > BLOK:
                copy.write("".join(blok))
                blok, ukuran = [], 0
        copy.write("".join(blok))


def _aman(value: str) -> str:
    """A text inside a line of COPY."""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return value


def _teks(*values: Any) -> str:
    return "\t".join([_aman(v) if type(v) is str else r"\N" if v is None else str(v) for v in values]) + "\n"


def _hasil(pk: int, periode: Periode, satu: Dihitung) -> str:
    baris, aliran, masukan = satu.orang.baris, satu.aliran, satu.orang.masukan
    assert masukan is not None  # noqa: S101 only who was computed is stored
    realisasi = aliran.realisasi
    persen: tuple[Decimal | None, ...] = (None, None, None, None)
    if realisasi is not None:
        persen = (realisasi.faktor, realisasi.predikat, realisasi.potongan, realisasi.persen)
    faktor, predikat, potongan, nilai = persen
    return _teks(
        pk, periode.pk, baris.pegawai, baris.nip, baris.nama_lengkap, baris.tanggal_lahir, baris.golongan, baris.jabatan,
        baris.kelas, baris.jiwa, f"{baris.bank} {baris.rekening}".strip(), masukan.gaji_bruto, sum(aliran.pagu.values()),
        faktor, masukan.predikat, predikat, potongan, nilai, aliran.kinerja, aliran.admin_persen,
        aliran.kinerja - aliran.bruto, aliran.bruto, aliran.bpjs_1, aliran.bpjs_4, aliran.pph, aliran.zakat, aliran.lain,
        aliran.neto, aliran.spm, json.dumps(bekukan(masukan), ensure_ascii=False), json.dumps(pajak_json(satu.hasil.pajak)),
    )  # fmt: skip


def pajak_json(pajak: Pajak) -> dict[str, Any]:
    """Step 7 as JSON: what was filled in of it."""
    isi: dict[str, Any] = {}
    for nama in Pajak.__slots__:
        nilai = getattr(pajak, nama)
        if nama == "lapisan":
            if nilai:
                isi[nama] = [{kolom: _angka(angka) for kolom, angka in asdict(satu).items()} for satu in nilai]
        elif isinstance(nilai, Decimal):
            if nilai or nama == "pph_tpp":
                isi[nama] = _angka(nilai)
        elif nilai is not None:
            isi[nama] = nilai
    return isi


def _angka(nilai: Decimal | None) -> int | str | None:
    if nilai is None:
        return None
    return int(nilai) if nilai == nilai.to_integral_value() else str(nilai)


def _kriteria(pk: int, aliran: HasilAliran) -> Iterable[str]:
    for kriteria, pagu in aliran.pagu.items():
        yield f"{pk}\t{kriteria}\t{aliran.dasar.get(kriteria, 0)}\t{pagu}\t{aliran.terbayar.get(kriteria, 0)}\n"


def _jejak(periode: UUID, pk: int, satu: Dihitung) -> Iterable[str]:
    """Rows of the person and of the stream of the period."""
    awal = f"{periode}\t{pk}\t"
    kode = satu.aliran.kode
    for baris in satu.hasil.jejak:
        if not baris.aliran or baris.aliran == kode:
            yield awal + _baris_jejak(baris)


def _baris_jejak(b: Jejak) -> str:
    return (
        f"{b.langkah}\t{b.kriteria}\t{b.tabel}\t{b.versi}\t{b.kode_baris}\t{_aman(b.masukan)}\t{_aman(b.rumus)}\t"
        f"{b.sebelum_bulat}\t{b.mode_bulat}\t{b.hasil}\t{b.tanda}\n"
    )
