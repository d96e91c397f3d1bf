"""The gates of a payment (tpp_syarat): what keeps a person out, and what is only said."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from backend.tpp import enums
from backend.tpp.aturan import Aturan
from backend.tpp.fakta import Orang
from backend.tpp.services.simpan import Ditahan


def gerbang(siapa: Orang, aturan: Aturan, *, neto: Decimal | int) -> list[Ditahan]:
    """What tpp_syarat says of a person."""
    siapa.syarat["neto"] = neto
    jawaban = aturan.tanya("tpp_syarat", **siapa.syarat).nilai
    baris = zip(jawaban["kode"], jawaban["tingkat"], jawaban["pesan"], strict=True)
    return [Ditahan(siapa.baris.pegawai, *satu) for satu in baris]


def blokir(tahan: Iterable[Ditahan]) -> bool:
    """Is one of them a reason not to pay?"""
    return any(satu.tingkat == enums.Tingkat.BLOKIR for satu in tahan)
