"""The trace in plain Indonesian: “Mengapa TPP saya sekian?” (tpp.md §9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from backend.core.money import format_angka, format_rupiah
from backend.tpp.enums import Kriteria

LANGKAH = {
    1: "Besaran jabatan",
    2: "Pagu",
    3: "Realisasi",
    4: "TPP kinerja",
    5: "Potongan administratif",
    6: "Iuran BPJS Kesehatan",
    7: "PPh 21",
    8: "Zakat dan potongan lain",
    9: "Bersih",
}
KODE = {
    "TL1": "Terlambat 1–30 menit", "TL2": "Terlambat 31–60 menit", "TL3": "Terlambat 61–90 menit",
    "TL4": "Terlambat 91 menit ke atas atau tanpa tap masuk", "PSW1": "Pulang cepat 1–30 menit",
    "PSW2": "Pulang cepat 31–60 menit", "PSW3": "Pulang cepat 61–90 menit",
    "PSW4": "Pulang cepat 91 menit ke atas atau tanpa tap pulang", "TK": "Tanpa keterangan",
    "SAKIT_LANJUT": "Sakit bersurat mulai hari keempat", "APEL_SENIN": "Tidak ikut apel Senin",
    "APEL_LAIN": "Tidak ikut apel lain", "UPACARA": "Tidak ikut upacara",
}  # fmt: skip
PREDIKAT = {
    "SANGAT_BAIK": "Sangat Baik", "BAIK": "Baik", "BUTUH_PERBAIKAN": "Butuh Perbaikan", "KURANG": "Kurang",
    "SANGAT_KURANG": "Sangat Kurang", "TIDAK_ADA": "tidak ada",
}  # fmt: skip


class Baris(Protocol):
    """A trace row, stored or fresh."""

    langkah: int
    kriteria: str
    tabel: str
    rumus: str
    hasil: Any


def persen(nilai: Decimal) -> str:
    """`99,2 %`, without needless decimals."""
    bersih = nilai.normalize()
    return f"{format_angka(bersih, max(0, -int(bersih.as_tuple().exponent)))} %"


def kalimat(baris: Baris, masukan: Mapping[str, Any]) -> str:
    """One sentence for a row. `masukan`: its inputs."""
    tulis = TULIS.get((baris.langkah, baris.tabel)) or TULIS.get((baris.langkah, ""))
    if tulis is None:
        return f"{LANGKAH[baris.langkah]}: {baris.rumus} = {format_rupiah(baris.hasil)}."
    return tulis(baris, masukan)


def _kriteria(baris: Baris) -> str:
    return Kriteria(baris.kriteria).label if baris.kriteria else "TPP"


def _dasar(baris: Baris, isi: Mapping[str, Any]) -> str:
    jabatan = "jabatan kedua" if isi.get("jabatan_kedua") else "jabatan Anda"
    return (
        f"{_kriteria(baris)}: {persen(Decimal(isi['persen']))} dari besaran {jabatan} "
        f"{format_rupiah(isi['basic'])} = {format_rupiah(baris.hasil)}."
    )


def _pagu(baris: Baris, isi: Mapping[str, Any]) -> str:
    sebab = {
        "tpp_faktor_pegawai": f"status kepegawaian {isi.get('status_asn', '')}",
        "tpp_skala_unit": "skala unit kerja",
        "tpp_plt": f"penugasan {isi.get('jenis_penugasan', '')} {isi.get('hari_kerja', '')} hari kerja",
        "tpp_bendera": "pembagian menurut hari kerja setiap jabatan",
    }.get(baris.tabel, "")
    return f"Pagu {_kriteria(baris).lower()} karena {sebab}: {baris.rumus} = {format_rupiah(baris.hasil)}."


def _kejadian(baris: Baris, isi: Mapping[str, Any]) -> str:
    nama = KODE.get(str(isi["kode"]), str(isi["kode"]))
    return f"{nama}, {isi['kali']} kali: potongan disiplin {persen(Decimal(baris.hasil))}."


def _predikat(baris: Baris, isi: Mapping[str, Any]) -> str:
    nama = PREDIKAT.get(str(isi["predikat"]), str(isi["predikat"]))
    return f"Predikat kinerja bulanan {nama}: nilai produktivitas {persen(Decimal(baris.hasil))}."


def _bobot(baris: Baris, isi: Mapping[str, Any]) -> str:
    return f"Realisasi dengan {isi['hari_masuk']} hari masuk: {baris.rumus} = {persen(Decimal(baris.hasil))}."


def _status(baris: Baris, isi: Mapping[str, Any]) -> str:
    status = str(isi["jenis_status"]).replace("_", " ").capitalize()
    return f"{status}, bulan ke-{isi['bulan_ke']}: dibayar {persen(Decimal(baris.hasil))} dari pagu."


def _realisasi(baris: Baris, isi: Mapping[str, Any]) -> str:
    if "menit_efektif" in isi:
        return (
            f"{_kriteria(baris)} tidak dibayar: waktu kerja efektif {format_angka(isi['menit_efektif'], 0)} menit, "
            f"kurang dari {format_angka(isi['ambang'], 0)} menit."
        )
    return f"{_kriteria(baris)} yang dibayar: {baris.rumus} = {format_rupiah(baris.hasil)}."


def _admin(baris: Baris, isi: Mapping[str, Any]) -> str:
    sebab = ", ".join(str(satu[0]).replace("_", " ") for satu in isi.get("sebab", ()))
    return f"Potongan administratif ({sebab}): {baris.rumus} = {format_rupiah(baris.hasil)}."


def _bpjs(baris: Baris, isi: Mapping[str, Any]) -> str:
    return f"Iuran BPJS Kesehatan {baris.rumus} = {format_rupiah(baris.hasil)}."


def _ter(baris: Baris, isi: Mapping[str, Any]) -> str:
    if "total" in isi:
        return f"PPh 21 atas TPP: {baris.rumus} = {format_rupiah(baris.hasil)}."
    return f"Tarif efektif kategori {isi['kategori']} atas {baris.rumus} = {format_rupiah(baris.hasil)}."


def _final(baris: Baris, isi: Mapping[str, Any]) -> str:
    return f"PPh 21 {baris.rumus} = {format_rupiah(baris.hasil)}."


def _zakat(baris: Baris, isi: Mapping[str, Any]) -> str:
    return f"Zakat {baris.rumus} = {format_rupiah(baris.hasil)}."


def _lain(baris: Baris, isi: Mapping[str, Any]) -> str:
    return f"{baris.rumus}: {format_rupiah(baris.hasil)}."


def _bersih(baris: Baris, isi: Mapping[str, Any]) -> str:
    return f"Yang diterima: {baris.rumus} = {format_rupiah(baris.hasil)}."


TULIS: Mapping[tuple[int, str], Callable[[Baris, Mapping[str, Any]], str]] = {
    (1, "tpp_besaran"): _dasar, (2, ""): _pagu, (3, "absen_potongan"): _kejadian, (3, "tpp_predikat"): _predikat,
    (3, "tpp_bobot"): _bobot, (3, "tpp_status_faktor"): _status, (4, ""): _realisasi, (5, "tpp_admin"): _admin,
    (6, "bpjs"): _bpjs, (7, "pph_ter"): _ter, (7, "pph_final_gol"): _final, (8, "tpp_zakat"): _zakat, (8, "tpp_potongan_lain"): _lain, (9, ""): _bersih,
}  # fmt: skip
