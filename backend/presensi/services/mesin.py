"""Machines: registering, their keys, whose a PIN is, and what the HTTP push of a machine asks for (ZKTeco ADMS)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from backend.accounts.models import User
from backend.kepegawaian.models import Pegawai, Unor
from backend.platform import audit
from backend.presensi import iclock
from backend.presensi.enums import SumberTap
from backend.presensi.errors import MesinTidakDikenal, in_words
from backend.presensi.models import Mesin, PinPegawai
from backend.presensi.services import tap
from backend.presensi.services.tap import TapBaru, Terima

KEY_BYTES = 24


def chain(mesin: Mesin) -> str:
    """Audit chain of a machine."""
    return f"mesin:{mesin.pk}"


@transaction.atomic
def daftarkan(
    *, oleh: User, nomor_seri: str, nama: str, opd: Unor | None = None, lokasi: str = "", apel: bool = False
) -> tuple[Mesin, str]:
    """Register a machine. The second value is its key, shown once. Raises InvalidFields."""
    kunci = secrets.token_urlsafe(KEY_BYTES)
    mesin = Mesin(
        nomor_seri=nomor_seri.strip(), nama=nama, opd=opd, lokasi=lokasi, apel=apel, kunci_sha256=_sha256(kunci)
    )
    with in_words():
        mesin.save(force_insert=True)
    audit.record(chain(mesin), "mesin_didaftarkan", aktor=oleh, data={"nomor_seri": mesin.nomor_seri, "nama": nama})
    return mesin, kunci


@transaction.atomic
def ganti_kunci(mesin: Mesin, *, oleh: User) -> str:
    """A new key; the old one is worthless at once."""
    kunci = secrets.token_urlsafe(KEY_BYTES)
    Mesin.objects.filter(pk=mesin.pk).update(kunci_sha256=_sha256(kunci))
    audit.record(chain(mesin), "kunci_mesin_diganti", aktor=oleh)
    return kunci


@transaction.atomic
def ubah(mesin: Mesin, isi: Mapping[str, Any], *, oleh: User) -> Mesin:
    """Change nama, opd, lokasi, apel or aktif. Raises InvalidFields."""
    differing = audit.changes({name: getattr(mesin, name) for name in isi}, isi)
    for name in isi:
        setattr(mesin, name, isi[name])
    with in_words():
        mesin.save()
    audit.record(chain(mesin), "mesin_diubah", aktor=oleh, data=differing)
    return mesin


@transaction.atomic
def tetapkan_pin(*, oleh: User, pin: str, pegawai: Pegawai, mesin: Mesin | None, sekarang: datetime) -> PinPegawai:
    """Say whose a PIN is; its waiting taps go to that person. Raises InvalidFields when it has another owner."""
    row = PinPegawai(pin=pin.strip(), pegawai=pegawai, mesin=mesin)
    with in_words():
        row.save(force_insert=True)
    audit.record(
        f"pegawai:{pegawai.pk}", "pin_ditetapkan", aktor=oleh, data={"pin": row.pin, "mesin": str(mesin or "")}
    )
    tap.beri_pemilik(pin=row.pin, pegawai=pegawai.pk, mesin=mesin.pk if mesin else None, sekarang=sekarang)
    return row


# --- ADMS push: views hand over what came and send back the text ------------------------------------------------------


def kenali(nomor_seri: str, kunci: str) -> Mesin:
    """The active machine of a serial number, if the key is right. Raises MesinTidakDikenal, whichever is wrong."""
    mesin: Mesin | None = Mesin.objects.filter(nomor_seri=nomor_seri, aktif=True).first()
    digest = mesin.kunci_sha256 if mesin and mesin.kunci_sha256 else "-" * 64
    if not hmac.compare_digest(digest, _sha256(kunci)) or mesin is None:
        raise MesinTidakDikenal
    return mesin


def salam(mesin: Mesin, *, sekarang: datetime) -> str:
    """`GET /iclock/cdata`: the options that the machine works by."""
    _terlihat(mesin, sekarang)
    stamp = int(mesin.tap_terakhir.timestamp()) if mesin.tap_terakhir else 0
    return iclock.options(mesin.nomor_seri, stamp=stamp)


def perintah(mesin: Mesin, *, sekarang: datetime) -> str:
    """`GET /iclock/getrequest`: there is never a command for a machine."""
    _terlihat(mesin, sekarang)
    return iclock.OK


def kiriman(mesin: Mesin, *, tabel: str, isi: bytes, sekarang: datetime) -> tuple[str, Terima]:
    """`POST /iclock/cdata`: attendance lines are taken in; logs of operation, photos and users are acknowledged.

    The answer counts every line, also refused ones: what is wrong stays in the quarantine, and a machine that is
    answered with less sends the whole batch again for ever.
    """
    if tabel.upper() != iclock.ATTLOG:
        _terlihat(mesin, sekarang)
        return iclock.accepted(iclock.lines_in(isi)), Terima()
    read = iclock.read_attlog(isi)
    with transaction.atomic():
        hasil = tap.terima(
            (TapBaru(pin=satu.pin, ts=satu.ts, mesin=mesin.pk, isi=satu.line) for satu in read.taps),
            sumber=SumberTap.MESIN,
            sekarang=sekarang,
        )
        tap.tahan(read.bad, sumber=SumberTap.MESIN, mesin=mesin.pk, sekarang=sekarang)
        _terlihat(
            mesin, sekarang, tap_terakhir=max((satu.ts for satu in read.taps if satu.ts <= sekarang), default=None)
        )
    return iclock.accepted(len(read.taps) + len(read.bad)), hasil


def _terlihat(mesin: Mesin, sekarang: datetime, *, tap_terakhir: datetime | None = None) -> None:
    values = {"tap_terakhir": tap_terakhir} if tap_terakhir else {}
    Mesin.objects.filter(pk=mesin.pk).update(terlihat_pada=sekarang, **values)


def _sha256(kunci: str) -> str:
    return hashlib.sha256(kunci.encode()).hexdigest()
