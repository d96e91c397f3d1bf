"""NIP against the rules and the settings of this instansi."""

from __future__ import annotations

from datetime import date

from backend.kepegawaian.calculations import HasilNIP, check_nip
from backend.platform.settings import setting


def check(
    nip: str,
    *,
    status_asn: str,
    tanggal_lahir: date | None = None,
    tmt_cpns: date | None = None,
    jenis_kelamin: str | None = None,
) -> HasilNIP:
    """simpeg.md §4, with the usual age at TMT from the settings."""
    return check_nip(
        nip, status_asn=status_asn, tanggal_lahir=tanggal_lahir, tmt_cpns=tmt_cpns, jenis_kelamin=jenis_kelamin,
        usia=(setting("nip_usia_minimum"), setting("nip_usia_maksimum")),
    )  # fmt: skip
