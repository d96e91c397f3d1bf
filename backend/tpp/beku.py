"""Frozen facts: a `Masukan` as JSON and back, so that a locked month can be computed again from itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backend.tpp.bentuk import Bagian, Besaran, Gabungan, Masukan, MasukanAliran, Penugasan, Setahun

D = Decimal


def bekukan(masukan: Masukan) -> dict[str, Any]:
    """A `Masukan` as JSON values; what is at its default is left out."""
    isi: dict[str, Any] = {
        "status_asn": masukan.status_asn, "ptkp": masukan.ptkp, "bulan": masukan.bulan, "run": masukan.run,
        "aliran": [
            {"kode": satu.kode, "besaran": _besaran(satu.besaran),
             **({"bagian": [[_besaran(b.besaran), b.hari_kerja] for b in satu.bagian]} if satu.bagian else {})}
            for satu in masukan.aliran
        ],
        "predikat": masukan.predikat, "kejadian": dict(masukan.kejadian), "hari_masuk": masukan.hari_masuk,
        "status": masukan.status, "status_bulan_ke": masukan.status_bulan_ke, "gaji_bruto": int(masukan.gaji_bruto),
        "iuran_1": int(masukan.iuran_1), "iuran_4": int(masukan.iuran_4), "zakat": masukan.zakat,
        "jenis_unit": masukan.jenis_unit,
    }  # fmt: skip
    if masukan.bulan_terakhir:
        isi["bulan_terakhir"] = True
    if masukan.menit_efektif is not None:
        isi["menit_efektif"] = masukan.menit_efektif
    if masukan.golongan:
        isi["golongan"] = masukan.golongan
    if masukan.potongan_admin:
        isi["potongan_admin"] = [list(satu) for satu in masukan.potongan_admin]
    if masukan.potongan_lain:
        isi["potongan_lain"] = [[kode, int(jumlah)] for kode, jumlah in masukan.potongan_lain]
    if masukan.plt:
        isi["plt"] = [_penugasan(satu) for satu in masukan.plt]
    for nama in ("gabung", "setahun"):
        satu = getattr(masukan, nama)
        if satu is not None:
            isi[nama] = {kolom: int(getattr(satu, kolom)) for kolom in satu.__slots__}
    return isi


def _besaran(satu: Besaran) -> list[Any]:
    persen = {kode: str(nilai) for kode, nilai in satu.persen.items()}
    posisi = None if satu.posisi is None else list(satu.posisi)
    return [int(satu.basic), persen, satu.kode, satu.versi, posisi]


def _penugasan(satu: Penugasan) -> dict[str, Any]:
    return {
        "jenis": satu.jenis, "selisih": satu.selisih, "hari_kerja": satu.hari_kerja,
        "hari_kerja_bulan": satu.hari_kerja_bulan, "sebulan_penuh": satu.sebulan_penuh,
        "besaran": {kode: _besaran(besaran) for kode, besaran in satu.besaran.items()},
    }  # fmt: skip


def cairkan(isi: Mapping[str, Any]) -> Masukan:
    """The `Masukan` of `bekukan`."""
    rest = {
        nama: isi[nama]
        for nama in (
            "status_asn", "ptkp", "bulan", "run", "predikat", "hari_masuk", "status", "status_bulan_ke", "zakat",
            "jenis_unit", "bulan_terakhir", "menit_efektif", "golongan", "kejadian",
        )
        if nama in isi
    }  # fmt: skip
    gabung, setahun = isi.get("gabung"), isi.get("setahun")
    return Masukan(
        **rest,
        aliran=tuple(_cair_aliran(satu) for satu in isi["aliran"]),
        plt=tuple(_cair_penugasan(satu) for satu in isi.get("plt", ())),
        gaji_bruto=D(isi["gaji_bruto"]), iuran_1=D(isi["iuran_1"]), iuran_4=D(isi["iuran_4"]),
        potongan_admin=tuple((kode, ke) for kode, ke in isi.get("potongan_admin", ())),
        potongan_lain=tuple((kode, D(jumlah)) for kode, jumlah in isi.get("potongan_lain", ())),
        gabung=None if gabung is None else Gabungan(**{nama: D(nilai) for nama, nilai in gabung.items()}),
        setahun=None if setahun is None else _cair_setahun(setahun),
    )  # fmt: skip


def _cair_besaran(isi: Any) -> Besaran:
    basic, persen, kode, versi, posisi = isi
    angka = {nama: D(nilai) for nama, nilai in persen.items()}
    return Besaran(D(basic), angka, kode, versi, None if posisi is None else (posisi[0], posisi[1], posisi[2]))


def _cair_aliran(isi: Mapping[str, Any]) -> MasukanAliran:
    bagian = tuple(Bagian(_cair_besaran(besaran), hari) for besaran, hari in isi.get("bagian", ()))
    return MasukanAliran(isi["kode"], _cair_besaran(isi["besaran"]), bagian)


def _cair_penugasan(isi: Mapping[str, Any]) -> Penugasan:
    besaran = {kode: _cair_besaran(satu) for kode, satu in isi["besaran"].items()}
    rest = {nama: isi[nama] for nama in ("jenis", "selisih", "hari_kerja", "hari_kerja_bulan", "sebulan_penuh")}
    return Penugasan(**rest, besaran=besaran)


def _cair_setahun(isi: Mapping[str, Any]) -> Setahun:
    angka = {nama: D(nilai) for nama, nilai in isi.items() if nama != "bulan_bekerja"}
    return Setahun(**angka, bulan_bekerja=int(isi["bulan_bekerja"]))
