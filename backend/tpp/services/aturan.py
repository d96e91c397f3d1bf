"""The rules of TPP: publishing a draft needs a what-if and a second person; a new year starts from copies (tpp.md §8, §10)."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from backend.accounts.models import User
from backend.platform.models import AuditEvent
from backend.platform.settings import setting
from backend.rules import files, versions
from backend.rules.enums import StatusAturan
from backend.rules.models import RuleVersion
from backend.tpp import errors
from backend.tpp.aturan import TABEL
from backend.tpp.models import Simulasi
from backend.tpp.services.besaran import TABEL as BESARAN

ALTERNATIF = Path(__file__).resolve().parents[1] / "data"  # <decision>__<name>.dmn, ready to be tried as drafts
DRAF_DISIMPAN = "aturan.draf_disimpan"


def tabel_tpp(version: RuleVersion) -> bool:
    """Is a version one of a table that pays TPP?"""
    return version.decision in TABEL or version.decision == BESARAN


@transaction.atomic
def terbitkan(version: RuleVersion, *, oleh: Any) -> RuleVersion:
    """Publish a draft: by another person than its author, and a table of TPP only after it was simulated.

    Raises DrafWajibDisimulasikan, PenyetujuHarusLain, and what `versions.publish` raises.
    """
    if (
        tabel_tpp(version)
        and setting("tpp_wajib_simulasi")
        and not Simulasi.objects.filter(draf__contains={version.kunci: str(version.pk)}).exists()
    ):
        raise errors.DrafWajibDisimulasikan(versi=version)
    siapa = penyusun(version)
    if siapa is not None and siapa.pk == oleh.pk:
        raise errors.PenyetujuHarusLain
    return versions.publish(version, oleh=oleh)


def penyusun(version: RuleVersion) -> User | None:
    """Who saved a draft, by the audit; None for a shipped file."""
    saved = AuditEvent.objects.filter(
        chain=f"aturan:{version.kunci}", peristiwa=DRAF_DISIMPAN, data__versi=str(version.pk)
    )
    aktor = saved.values_list("aktor", flat=True).first()
    return User.objects.filter(pk=aktor).first() if aktor else None


@transaction.atomic
def salin_tahun(tahun: int, *, oleh: Any) -> list[RuleVersion]:
    """“Salin versi tahun lalu”: every TPP table in force at the end of the year before becomes a draft from 1 January.

    A table that has a version beginning on that day already is left alone.
    """
    mulai_tahun, akhir_lalu = date(tahun, 1, 1), date(tahun - 1, 12, 31)
    berlaku = RuleVersion.objects.valid_on(akhir_lalu).filter(decision__in=[*TABEL, BESARAN])
    hasil = []
    for satu in berlaku.order_by("decision", "aliran"):
        ada = RuleVersion.objects.of(satu.decision, satu.aliran).filter(berlaku_mulai=mulai_tahun)
        if not ada.exclude(status=StatusAturan.RETIRED).exists():
            hasil.append(_salin(satu, mulai_tahun, oleh=oleh))
    return hasil


def _salin(satu: RuleVersion, berlaku_mulai: date, *, oleh: Any) -> RuleVersion:
    umum: dict[str, Any] = {
        "dasar_hukum": satu.dasar_hukum, "berlaku_mulai": berlaku_mulai, "aliran": satu.aliran, "kasus": satu.kasus,
        "catatan": f"Salinan {satu}", "oleh": oleh,
    }  # fmt: skip
    if satu.kolom is not None:
        return versions.save_data_draft(versions.data_table(satu), **umum)
    return versions.save_draft(satu.decision, xml=satu.xml, **umum)


@transaction.atomic
def muat_alternatif(*, berlaku_mulai: date, oleh: Any = None) -> list[RuleVersion]:
    """The ready-made alternatives of tpp.md §4 (two streams, scale of Permentan 68/2012, units with jasa pelayanan) as drafts,
    and the final tax of the years before 2024 with its own dates.

    What was loaded before is left alone.
    """
    hasil = []
    for path in sorted(ALTERNATIF.glob("*.dmn")):
        file = files.read(path)
        decision, _, nama = path.stem.partition("__")
        sha256 = hashlib.sha256(file.xml.encode()).hexdigest()
        mulai, sampai = berlaku_mulai, None
        if batas := re.search(r"^Berlaku sampai: (\d{4}-\d\d-\d\d)", file.xml, re.MULTILINE):
            mulai, sampai = file.berlaku_mulai, date.fromisoformat(batas[1])
        if not RuleVersion.objects.of(decision).filter(sha256=sha256).exists():
            hasil.append(
                versions.save_draft(
                    decision, xml=file.xml, dasar_hukum=file.dasar_hukum, berlaku_mulai=mulai, berlaku_sampai=sampai, kasus=file.kasus,
                    catatan=nama.replace("_", " "), oleh=oleh,
                )
            )  # fmt: skip
    return hasil
