"""Places where a mobile tap is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from backend.accounts.models import User
from backend.platform import audit
from backend.presensi.errors import in_words
from backend.presensi.models import LokasiAbsen


def chain(lokasi: LokasiAbsen) -> str:
    """Audit chain of a place."""
    return f"lokasi_absen:{lokasi.pk}"


@transaction.atomic
def simpan(lokasi: LokasiAbsen, isi: Mapping[str, Any], *, oleh: User) -> LokasiAbsen:
    """Enter a new place or change one: nama, opd, lat, lon, radius_m, aktif. Raises InvalidFields."""
    baru = lokasi._state.adding
    differing = audit.changes({name: getattr(lokasi, name) for name in isi}, isi)
    for name, value in isi.items():
        setattr(lokasi, name, value)
    with in_words():
        lokasi.save()
    data = {name: [str(old), str(new)] for name, (old, new) in differing.items()}
    audit.record(chain(lokasi), "lokasi_absen_dibuat" if baru else "lokasi_absen_diubah", aktor=oleh, data=data)
    return lokasi
