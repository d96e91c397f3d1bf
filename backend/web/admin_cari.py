"""Search by typed words, and how rows read in a picker. Shared by lists and pickers of the admin pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from backend.accounts.models import User
from backend.kepegawaian.models import Jabatan, Pegawai, Posisi, Unor


def _setiap_kata(baris: QuerySet[Any], kata: str, kolom: Sequence[str]) -> QuerySet[Any]:
    """Rows in which every word occurs in at least one of the columns."""
    for satu in kata.split()[:6]:
        syarat = Q()
        for nama in kolom:
            syarat |= Q(**{f"{nama}__icontains": satu})
        baris = baris.filter(syarat)
    return baris


def cari_pegawai(baris: QuerySet[Any], kata: str, *, awalan: str = "") -> QuerySet[Any]:
    """By NIP (spaces allowed, its beginning is enough) or by words of the name. `awalan`: path to Pegawai."""
    angka = kata.replace(" ", "")
    if angka.isdigit():
        return baris.filter(**{f"{awalan}nip__startswith": angka})
    return _setiap_kata(baris, kata, [f"{awalan}nama"])


def cari_unor(baris: QuerySet[Unor], kata: str) -> QuerySet[Unor]:
    """By words of the name or by code."""
    return _setiap_kata(baris, kata, ["nama", "kode"]).order_by("nama")


def cari_posisi(baris: QuerySet[Posisi], kata: str) -> QuerySet[Posisi]:
    """By words of the title or the unit."""
    return _setiap_kata(baris, kata, ["jabatan__nama", "unor__nama", "unor__kode"]).order_by(
        "unor__nama", "jabatan__nama"
    )


def cari_jabatan(baris: QuerySet[Jabatan], kata: str) -> QuerySet[Jabatan]:
    """By words of the title."""
    return _setiap_kata(baris, kata, ["nama"]).order_by("nama")


def cari_user(baris: QuerySet[User], kata: str) -> QuerySet[User]:
    """By user name (NIP) or words of the name."""
    angka = kata.replace(" ", "")
    return _setiap_kata(baris, angka if angka.isdigit() else kata, ["username", "nama"]).order_by("nama")


def teks_pegawai(pegawai: Pegawai) -> str:
    return f"{pegawai.nama_lengkap} · {pegawai.nip}"


def teks_posisi(posisi: Posisi) -> str:
    return f"{posisi.jabatan.nama} · {posisi.unor.nama}"


def teks_unor(unor: Unor) -> str:
    return f"{unor.nama} ({unor.kode})"


def teks_user(user: User) -> str:
    return f"{user.nama} · {user.username}"
