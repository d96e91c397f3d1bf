"""Small organisations for tests. Everything is valid by default; dates lie well before the day a test asks about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from backend.accounts.models import User
from backend.accounts.roles import PERAN_OPD
from backend.kepegawaian.enums import JenisJabatan, JenisPenugasan, JenisUnor
from backend.kepegawaian.models import (
    Delegasi,
    Jabatan,
    Pegawai,
    PejabatNonASN,
    PeranUser,
    Posisi,
    RiwayatJabatan,
    Unor,
)

AWAL = date(2024, 1, 1)
AKHIR = date(2025, 12, 31)
SANDI = "kata-sandi-uji-7"
_urut = count(1)


def buat_user(username: str = "", *, sandi: str | None = None, **fields: Any) -> User:
    """An active user who has already changed his first password; without `sandi` nobody can sign in as him."""
    nomor = next(_urut)
    values: dict[str, Any] = {"nama": f"Pengguna {nomor}", "wajib_ganti_sandi": False, **fields}
    return User.objects.create_user(username or f"pengguna{nomor}", sandi, **values)


def buat_unor(nama: str = "", *, induk: Unor | None = None, **fields: Any) -> Unor:
    nomor = next(_urut)
    values: dict[str, Any] = {
        "kode": f"U{nomor}",
        "jenis": JenisUnor.DINAS if fields.get("is_opd") else JenisUnor.BIDANG,
        **fields,
    }
    unor = Unor.objects.create(nama=nama or f"Unit {nomor}", induk=induk, **values)
    unor.refresh_from_db()  # path and opd are written by the database
    return unor


def buat_jabatan(nama: str = "", *, jenis: str = JenisJabatan.PELAKSANA, **fields: Any) -> Jabatan:
    return Jabatan.objects.create(nama=nama or f"Jabatan {next(_urut)}", jenis=jenis, **fields)


def buat_posisi(unor: Unor, *, atasan: Posisi | None = None, jabatan: Jabatan | None = None, **fields: Any) -> Posisi:
    """A post; without `atasan` it is a puncak. A post with `is_pimpinan` gets a structural title."""
    if jabatan is None:
        jabatan = (
            buat_jabatan(f"Kepala {unor.nama} {next(_urut)}", jenis=JenisJabatan.JA, eselon="31")
            if fields.get("is_pimpinan")
            else buat_jabatan()
        )
    return Posisi.objects.create(
        unor=unor, jabatan=jabatan, atasan=atasan, puncak=fields.pop("puncak", atasan is None), **fields
    )


def buat_nip(
    *, lahir: date = date(1985, 5, 17), tmt: date = date(2010, 3, 1), pria: bool = True, urut: int | None = None
) -> str:
    """A valid PNS number; successive calls differ."""
    nomor = urut or next(_urut)
    lahir = lahir.replace(year=lahir.year - (nomor // 999) % 20)
    return f"{lahir:%Y%m%d}{tmt:%Y%m}{1 if pria else 2}{nomor % 999 + 1:03}"


def buat_pegawai(nama: str = "", *, dengan_user: bool = True, sandi: str | None = None, **fields: Any) -> Pegawai:
    """A PNS with an account whose user name is his NIP."""
    nip = fields.pop("nip", None) or buat_nip()
    nama = nama or f"Pegawai {next(_urut)}"
    user = buat_user(nip, nama=nama, sandi=sandi) if dengan_user else None
    values: dict[str, Any] = {
        "tanggal_lahir": date(int(nip[:4]), int(nip[4:6]), int(nip[6:8])), "jenis_kelamin": "L", "tmt_cpns": date(2010, 3, 1), **fields,
    }  # fmt: skip
    return Pegawai.objects.create(nip=nip, nama=nama, user=user, **values)


def dudukkan(pegawai: Pegawai, posisi: Posisi, *, jenis: str = JenisPenugasan.D, **fields: Any) -> RiwayatJabatan:
    """Let a person hold a post (D, open end, atasan of the post) or replace in it (until AKHIR)."""
    mulai = fields.pop("mulai", AWAL)
    definitif = jenis == JenisPenugasan.D
    values: dict[str, Any] = {
        "sampai": None if definitif else AKHIR, "tmt_jabatan": mulai, "nomor_sk": "821/1/BKPSDM/2024",
        "atasan": posisi.atasan if definitif else None, **fields,
    }  # fmt: skip
    return RiwayatJabatan.objects.create(pegawai=pegawai, posisi=posisi, jenis_penugasan=jenis, mulai=mulai, **values)


def buat_pejabat(posisi: Posisi, *, nama: str = "Wali Kota Contoh", dengan_user: bool = True) -> PejabatNonASN:
    user = buat_user(nama=nama) if dengan_user else None
    return PejabatNonASN.objects.create(nama=nama, jabatan="Wali Kota", posisi=posisi, user=user, mulai=AWAL)


def beri_peran(user: User, peran: str, unor: Unor | None = None, **fields: Any) -> PeranUser:
    assert (peran in PERAN_OPD) == (unor is not None)
    return PeranUser.objects.create(user=user, peran=peran, unor=unor, **fields)


def buat_delegasi(
    pegawai: Pegawai, *, kepada: list[Pegawai] | None = None, unor: Unor | None = None, **fields: Any
) -> Delegasi:
    values: dict[str, Any] = {"nomor": "800/7/2024", "tanggal": AWAL, "mulai": AWAL, "selesai": AKHIR, **fields}
    delegasi = Delegasi.objects.create(pegawai=pegawai, lingkup_unor=unor, **values)
    delegasi.lingkup_pegawai.set(kepada or [])
    return delegasi


@dataclass
class Dinas:
    """One OPD with a chain of posts: wali kota → kepala → kabid → staf (three seats)."""

    kota: Unor
    opd: Unor
    bidang: Unor
    posisi_walikota: Posisi
    posisi_kepala: Posisi
    posisi_kabid: Posisi
    posisi_staf: Posisi
    walikota: PejabatNonASN
    kepala: Pegawai
    kabid: Pegawai
    staf: Pegawai
    staf_lain: Pegawai


def buat_dinas(nama: str = "Dinas Contoh", *, kota: Dinas | None = None, sandi: str | None = None) -> Dinas:
    """A whole OPD with people in every post; `kota`: share city and wali kota of another one."""
    akar = kota.kota if kota else buat_unor("Pemerintah Kota Contoh", jenis=JenisUnor.KOTA)
    opd = buat_unor(nama, induk=akar, is_opd=True)
    bidang = buat_unor(f"Bidang {nama}", induk=opd)
    puncak = kota.posisi_walikota if kota else buat_posisi(
        akar, jabatan=buat_jabatan(f"Wali Kota {next(_urut)}", jenis=JenisJabatan.PEJABAT_NEGARA), is_pimpinan=True
    )  # fmt: skip
    kepala = buat_posisi(
        opd,
        atasan=puncak,
        jabatan=buat_jabatan(f"Kepala {nama}", jenis=JenisJabatan.JPT, eselon="22"),
        is_pimpinan=True,
    )
    kabid = buat_posisi(
        bidang,
        atasan=kepala,
        jabatan=buat_jabatan(f"Kepala Bidang {nama}", jenis=JenisJabatan.JA, eselon="32"),
        is_pimpinan=True,
    )
    staf = buat_posisi(bidang, atasan=kabid, jabatan=buat_jabatan(f"Pengelola {nama}"), jumlah_kebutuhan=3)
    people = [buat_pegawai(sandi=sandi) for _ in range(4)]
    for orang, posisi in zip(people, (kepala, kabid, staf, staf), strict=True):
        dudukkan(orang, posisi)
    walikota = kota.walikota if kota else buat_pejabat(puncak)
    return Dinas(akar, opd, bidang, puncak, kepala, kabid, staf, walikota, *people)
