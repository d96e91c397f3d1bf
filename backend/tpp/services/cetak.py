"""Slip and annual sheets of TPP as PDF, from the same rows as the pages and the DOCX; nothing computed anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from backend.core.periode import waktu
from backend.documents.lembar_pdf import Kolom, LembarPdf
from backend.kepegawaian.models import Unor
from backend.tpp.models import Hasil
from backend.tpp.queries import KOLOM_TAHUN, BarisOpd, LembarOrang
from backend.tpp.services.dokumen import (
    BELUM_KUNCI,
    CATATAN_TAHUN,
    KOLOM_JUMLAH,
    SUDAH_KUNCI,
    angka,
    baris_slip,
    baris_tahunan,
    nama_kolom,
)

SLIP = (Kolom("Uraian", 8), Kolom("Jumlah (Rp)", 2.6, angka=True), Kolom("Aturan", 6.4))
TAHUNAN = (
    Kolom("Bulan", 2.5), Kolom("Jabatan / kelas", 5), Kolom("Pagu", 2.1, angka=True), Kolom("Predikat", 1.8),
    Kolom("Pot. disiplin %", 1.6, angka=True), Kolom("Realisasi %", 1.7, angka=True), Kolom("Pot. admin", 1.9, angka=True),
    Kolom("Bruto", 2.1, angka=True), Kolom("BPJS 1 %", 1.7, angka=True), Kolom("PPh 21", 1.9, angka=True),
    Kolom("Zakat, lain", 1.7, angka=True), Kolom("Neto", 2.1, angka=True), Kolom("Keadaan", 1.9),
)  # fmt: skip
NAMA_TAHUNAN = (
    "bulan", "jabatan", "pagu", "predikat", "disiplin", "realisasi", "admin", "bruto", "bpjs_1", "pph", "zakat", "neto", "keadaan",
)  # fmt: skip
OPD = (
    Kolom("No", 0.8, angka=True), Kolom("Nama, NIP", 3.4), Kolom("Jabatan", 2.6),
    *(Kolom(nama_kolom(nama), 1.9, angka=True) for nama in KOLOM_TAHUN), Kolom("Jumlah", 2.2, angka=True),
)  # fmt: skip
SATU_BAGIAN = 200  # rows of a table that are laid out together: one long table costs more than its parts


def _kaki(kini: datetime) -> str:
    return f"Dicetak {waktu(kini)} WIB dari m-SKP · SIMPEG, {settings.INSTANSI}"


def slip(hasil: Hasil, baris: Sequence[Mapping[str, Any]], *, kini: datetime) -> bytes:
    """*Mengapa TPP saya sekian?* as a slip. `baris` as in `dokumen.slip`."""
    periode = hasil.periode
    lembar = LembarPdf(judul=f"Slip TPP {periode.bulan_teks} {hasil.nama}", kaki=_kaki(kini))
    lembar.teks(settings.INSTANSI, "tengah")
    lembar.teks("Slip Tambahan Penghasilan Pegawai", "judul")
    lembar.teks(periode.bulan_teks, "tengah")
    lembar.jarak()
    lembar.pasangan(
        [("Nama", hasil.nama), ("NIP", hasil.nip), ("Jabatan", hasil.jabatan), ("OPD", periode.opd.nama),
         ("Keadaan", periode.get_status_display())]
    )  # fmt: skip
    lembar.jarak()
    isi = [baris_slip(satu) for satu in baris]
    lembar.tabel(
        SLIP,
        [(f"{s['judul']}\n{s['keterangan']}".strip(), s["jumlah"], s["aturan"]) for s in isi],
        tebal=[nomor for nomor, satu in enumerate(baris) if satu.get("jenis")],
    )
    lembar.jarak()
    lembar.teks(f"Yang diterima: Rp{angka(hasil.neto)}", "besar")
    lembar.teks(SUDAH_KUNCI if periode.terkunci else BELUM_KUNCI, "kecil")
    if periode.checksum:
        lembar.teks(f"Sidik data (SHA-256): {periode.checksum}", "kecil")
    return lembar.bytes()


def lembar_tahunan(lembar_orang: LembarOrang, *, kini: datetime) -> bytes:
    """The annual sheet of a person."""
    orang, total = lembar_orang.pegawai, lembar_orang.total
    lembar = LembarPdf(judul=f"TPP {lembar_orang.tahun} {orang.nama_lengkap}", kaki=_kaki(kini), rebah=True)
    _kepala_tahun(lembar, lembar_orang.tahun, f"{orang.nama_lengkap}, NIP {orang.nip}")
    baris = [baris_tahunan(satu) for satu in lembar_orang.baris]
    jumlah = {nama: angka(total[nama] + (total["lain"] if nama == "zakat" else 0)) for nama in KOLOM_JUMLAH}
    rows = [[satu[nama] for nama in NAMA_TAHUNAN] for satu in baris]
    rows.append([{"bulan": "Jumlah", **jumlah}.get(nama, "") for nama in NAMA_TAHUNAN])
    lembar.tabel(TAHUNAN, rows, tebal=[len(rows) - 1])
    lembar.jarak()
    lembar.teks(CATATAN_TAHUN, "kecil")
    return lembar.bytes()


def lembar_opd(opd: Unor, tahun: int, baris: Sequence[BarisOpd], *, kini: datetime) -> bytes:
    """The annual sheet of an OPD: a row a person, fourteen columns of neto, the total."""
    lembar = LembarPdf(judul=f"TPP {tahun} {opd.nama}", kaki=_kaki(kini), rebah=True, padat=True)
    _kepala_tahun(lembar, tahun, opd.nama)
    rows: list[list[object]] = [
        [ke, f"{s.nama}\n{s.nip}", "; ".join(s.jabatan), *(_sel(s.neto.get(nama)) for nama in KOLOM_TAHUN), angka(s.total)]
        for ke, s in enumerate(baris, 1)
    ]  # fmt: skip
    jumlah = [angka(sum(satu.neto.get(nama, 0) for satu in baris)) for nama in KOLOM_TAHUN]
    total = angka(sum(satu.total for satu in baris))
    rows.append(["", f"Jumlah {angka(len(baris))} pegawai", "", *jumlah, total])
    for mulai in range(0, len(rows), SATU_BAGIAN):
        bagian = rows[mulai : mulai + SATU_BAGIAN]
        lembar.tabel(OPD, bagian, tebal=[len(bagian) - 1] if mulai + SATU_BAGIAN >= len(rows) else [])
    lembar.jarak()
    lembar.teks(CATATAN_TAHUN, "kecil")
    return lembar.bytes()


def _kepala_tahun(lembar: LembarPdf, tahun: int, siapa: str) -> None:
    lembar.teks(settings.INSTANSI, "tengah")
    lembar.teks(f"Tambahan Penghasilan Pegawai tahun {tahun}", "judul")
    lembar.teks(siapa, "tengah")
    lembar.jarak()


def _sel(neto: int | None) -> str:
    return "–" if neto is None else angka(neto)
