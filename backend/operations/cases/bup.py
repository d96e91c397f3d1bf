"""BUP cases (shape golden_bup): birth date and position to age, source, TMT and warnings, in production code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from backend.core.errors import DomainError
from backend.kepegawaian.bup import HasilBUP, Jabatan, referensi_jf, tentukan_bup
from backend.operations.cases import CaseResult, InvalidCases, cases_of, first_inputs

DAFTAR = "jabatan_fungsional"
PADA = date(2025, 6, 30)  # shipped files rule on any date


def recognises(data: dict[str, Any]) -> bool:
    """By the keys of the first case."""
    masukan = first_inputs(data)
    return "tanggal_lahir" in masukan and "jabatan" in masukan


def check(data: dict[str, Any]) -> Iterator[CaseResult]:
    """Each case of a file; a case that cannot be decided differs by its error. Raises InvalidCases."""
    for case in cases_of(data):
        try:
            hasil = susun(hitung(case))
            beda = [
                (nama, nilai, hasil.get(nama, "(tidak dihitung)"))
                for nama, nilai in case["harapan"].items()
                if nilai != hasil.get(nama, "(tidak dihitung)")
            ]
        except DomainError as error:
            beda = [("galat", "-", error.message)]
        yield CaseResult(case["id"], str(case.get("judul", "")), beda)


def hitung(case: Mapping[str, Any]) -> HasilBUP:
    """The decision for a case. Raises InvalidCases."""
    masukan, letak = case["masukan"], case["id"]
    jabatan = masukan.get("jabatan") or {}
    if not isinstance(jabatan, dict):
        raise InvalidCases(sebab=f"kasus {letak}: jabatan bukan objek")
    jf = jabatan.get("jabatanFungsionalId")
    jenjang, usia = referensi_jf(daftar_jf(), jf) if jf else (None, None)
    override = masukan.get("override_usia", jabatan.get("override_usia"))
    return tentukan_bup(
        _tanggal(masukan.get("tanggal_lahir"), letak),
        Jabatan(
            jenis=_kode(jabatan.get("jenisJabatan")), eselon=_kode(jabatan.get("eselonId")),
            jenjang=jenjang or jabatan.get("jenjang"), usia_referensi=usia, usia_override=override,
        ),
        pada=PADA,
    )  # fmt: skip


def susun(hasil: HasilBUP) -> dict[str, Any]:
    """A decision under the keys of the file."""
    return {
        "status": hasil.status,
        "bup": hasil.bup,
        "sumber": hasil.sumber,
        "tmt_pensiun": hasil.tmt_pensiun.isoformat() if hasil.tmt_pensiun else None,
        "peringatan": list(hasil.peringatan),
    }


def _kode(nilai: Any) -> str | None:
    return None if nilai is None else str(nilai)


def _tanggal(nilai: Any, letak: str) -> date | None:
    if nilai is None:
        return None
    try:
        return date.fromisoformat(str(nilai))
    except ValueError:
        raise InvalidCases(sebab=f'kasus {letak}: tanggal_lahir "{nilai}" bukan tanggal') from None


@lru_cache(maxsize=1)
def daftar_jf() -> dict[str, Any]:
    """The BKN list of functional positions by id: from REFERENSI_DIR, else beside the repository, else the database
    (`import_referensi`). Raises InvalidCases when none has it, since an unlisted position would be judged otherwise."""
    sendiri = os.environ.get("REFERENSI_DIR")
    folder = Path(sendiri) if sendiri else settings.BASE_DIR.parent / "shared" / "data" / "referensi"
    berkas = folder / f"{DAFTAR}.json"
    if berkas.is_file():
        return {satu["id"]: satu for satu in json.loads(berkas.read_text(encoding="utf-8"))}
    from backend.kepegawaian.models import Referensi

    rows = dict(Referensi.objects.filter(daftar=DAFTAR).values_list("kode", "atribut"))
    if not rows:
        raise InvalidCases(
            sebab="daftar jabatan fungsional BKN belum dimuat; jalankan manage.py import_referensi FOLDER"
        )
    return rows
