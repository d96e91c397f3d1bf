"""Verbs about accounts. Who may call them is decided by the page (roles); each leaves a line in the audit."""

from __future__ import annotations

import secrets

from django.db import transaction

from backend.accounts.errors import AkunTidakAktif, BukanAkunSendiri
from backend.accounts.models import Tema, User
from backend.core.errors import InvalidFields
from backend.platform import audit

# No 0/O, 1/l/I: the password is read from a screen or a slip of paper once.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 4, 4


def buat_sandi() -> str:
    """A one-time password such as `h7kq-mx3p-w9ab-t4ns` (about 79 bits)."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def chain(user: User) -> str:
    """Audit chain of an account."""
    return f"user:{user.pk}"


@transaction.atomic
def sandi_sekali_pakai(user: User, *, oleh: User) -> str:
    """Give a new one-time password; it is returned once, ends every session, and must be changed at the next login."""
    _other_than_oneself(user, oleh=oleh)
    if not user.is_active:
        raise AkunTidakAktif
    sandi = buat_sandi()
    user.set_password(sandi)
    user.wajib_ganti_sandi = True
    user.save(update_fields=["password", "wajib_ganti_sandi"])
    audit.record(chain(user), "sandi_diatur_ulang", aktor=oleh)
    return sandi


@transaction.atomic
def kunci_akun(user: User, *, oleh: User, alasan: str) -> None:
    """Nobody signs in with this account, and its sessions and tokens stop working, until it is unlocked."""
    _other_than_oneself(user, oleh=oleh)
    _set_active(user, False, peristiwa="akun_dikunci", oleh=oleh, alasan=alasan)


@transaction.atomic
def buka_akun(user: User, *, oleh: User, alasan: str = "") -> None:
    """Let the account sign in again."""
    _other_than_oneself(user, oleh=oleh)
    _set_active(user, True, peristiwa="akun_dibuka", oleh=oleh, alasan=alasan)


def atur_tema(user: User, *, tema: str) -> None:
    """Light, dark, or as the device."""
    if tema not in Tema.values:
        raise InvalidFields({"tema": "Pilih salah satu tampilan."})
    user.tema = tema
    user.save(update_fields=["tema"])


def sandi_diganti(user: User) -> None:
    """The user chose a password of his own: the duty to change it ends."""
    User.objects.filter(pk=user.pk).update(wajib_ganti_sandi=False)
    user.wajib_ganti_sandi = False
    audit.record(chain(user), "sandi_diganti", aktor=user)


def _set_active(user: User, active: bool, *, peristiwa: str, oleh: User, alasan: str) -> None:
    if User.objects.filter(pk=user.pk).exclude(is_active=active).update(is_active=active):
        audit.record(chain(user), peristiwa, aktor=oleh, alasan=alasan)
    user.is_active = active


def _other_than_oneself(user: User, *, oleh: User) -> None:
    if user.pk == oleh.pk:
        raise BukanAkunSendiri
