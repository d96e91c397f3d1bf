"""Reads: who sits where, who may do what, on a date. Dates enter as arguments; a datetime is read in Asia/Jakarta."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import PERAN_KOTA, PERAN_OPD, Peran
from backend.core.ingatan import sekali
from backend.kepegawaian.enums import PENGGANTI, JenisPenugasan
from backend.kepegawaian.models import (
    Kalender,
    Pegawai,
    PejabatNonASN,
    PeranUser,
    Posisi,
    RiwayatJabatan,
    Unor,
    berlaku,
    sebut_jabatan,
)
from backend.kepegawaian.penilai import Orang, Penilai, atasan_penilai, penilai, penilai_semua
from backend.platform.settings import setting

__all__ = ["Orang", "Penilai", "atasan_penilai", "penilai", "penilai_semua"]

# Roles that see people and units of an OPD, and those that see the whole city (decisions, Roles).
LIHAT_OPD = PERAN_OPD | {Peran.KEPALA_OPD}
LIHAT_KOTA = (PERAN_KOTA - {Peran.ADMIN_PROSES}) | {Peran.KEPALA_BKPSDM}


def tanggal_dari(at: date | datetime | None) -> date:
    """The calendar day in Asia/Jakarta of a moment; today when none is given."""
    if at is None:
        return timezone.localdate()
    return timezone.localtime(at).date() if isinstance(at, datetime) else at


# --- Posts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PosisiDijabat:
    """A post that a user holds or covers on a date. `riwayat` is None for an official without NIP."""

    posisi: Posisi
    sebagai: JenisPenugasan
    riwayat: RiwayatJabatan | None = None


@dataclass(frozen=True)
class Pemegang:
    """Somebody who holds or covers a post on a date."""

    sebagai: JenisPenugasan
    pegawai: Pegawai | None = None
    pejabat: PejabatNonASN | None = None
    riwayat: RiwayatJabatan | None = None

    @property
    def orang(self) -> Orang:
        found = self.pegawai or self.pejabat
        assert found is not None  # noqa: S101 one of the two is always given
        return found

    @property
    def user_id(self) -> UUID | None:
        return self.orang.user_id


def jabatan_pada(pegawai: Pegawai, pada: date) -> RiwayatJabatan | None:
    """The definitive row in force on a date, with its post, title, unit and OPD."""
    rows = RiwayatJabatan.objects.pada(pada).definitif().filter(pegawai=pegawai)
    return rows.select_related("posisi__jabatan", "posisi__unor__opd", "atasan__jabatan").first()


def jabatan_semua(pegawai: Iterable[UUID], pada: date) -> dict[UUID, RiwayatJabatan]:
    """The definitive rows in force on a date, by id of the pegawai, in one statement."""
    rows = RiwayatJabatan.objects.pada(pada).definitif().filter(pegawai__in=list(pegawai))
    return {row.pegawai_id: row for row in rows.select_related("posisi__jabatan", "posisi__unor__opd")}


def pegawai_of(user: Any) -> Pegawai | None:
    """The person of a user; None for an official without NIP or a technical account."""
    return Pegawai.objects.filter(user=user.pk).first() if user and user.pk else None


def opd_of(unor: Unor) -> Unor | None:
    """The nearest unit with is_opd at or above a unit."""
    return unor.opd


def _rows_of(user: Any, pada: date) -> QuerySet[RiwayatJabatan]:
    """What binds this user to posts: rows in force of a person in service."""
    return RiwayatJabatan.objects.pada(pada).filter(
        pegawai__user=user.pk, pegawai__kedudukan_hukum__in=setting("kedudukan_aktif")
    )


def _pejabat_of(user: Any, pada: date) -> QuerySet[PejabatNonASN]:
    return PejabatNonASN.objects.filter(berlaku(pada), user=user.pk)


def posisi_user(user: Any, pada: date) -> list[PosisiDijabat]:
    """The posts a user holds, covers as Plt/Pj/Plh, or has as TT on a date; the definitive one first."""
    rows = _rows_of(user, pada).select_related("posisi__jabatan", "posisi__unor__opd", "pegawai")
    held = [PosisiDijabat(row.posisi, JenisPenugasan(row.jenis_penugasan), row) for row in rows]
    held += [
        PosisiDijabat(pejabat.posisi, JenisPenugasan.D)
        for pejabat in _pejabat_of(user, pada).select_related("posisi__jabatan", "posisi__unor__opd")
    ]
    return sorted(held, key=lambda item: list(JenisPenugasan).index(item.sebagai))


@dataclass(frozen=True, slots=True)
class SebutanPosisi:
    """What a post that a user holds or covers is called."""

    posisi: UUID
    sebagai: JenisPenugasan
    nama: str


def sebutan_posisi(user: Any, pada: date) -> list[SebutanPosisi]:
    """The posts of `posisi_user` by name, in one statement; the definitive one first."""
    return sekali(("sebutan", user.pk, pada), lambda: _read_sebutan(user, pada))


def _read_sebutan(user: Any, pada: date) -> list[SebutanPosisi]:
    names = ("posisi_id", "jenis_penugasan", "posisi__jabatan__nama")
    rows = _rows_of(user, pada).values_list(*names)
    official = _pejabat_of(user, pada).annotate(jenis_penugasan=Value(JenisPenugasan.D.value)).values_list(*names)
    found = [
        SebutanPosisi(posisi, JenisPenugasan(jenis), sebut_jabatan(jenis, nama))
        for posisi, jenis, nama in rows.union(official)
    ]
    return sorted(found, key=lambda item: list(JenisPenugasan).index(item.sebagai))


def posisi_ids(user: Any, pada: date) -> list[UUID]:
    """Ids of the posts of `posisi_user`, in one statement."""
    return list({satu.posisi: None for satu in sebutan_posisi(user, pada)})


def pemegang(posisi: Posisi | UUID, pada: date) -> list[Pemegang]:
    """Who holds or covers a post on a date: definitive, then Plt, Pj, Plh, then TT."""
    pk = posisi.pk if isinstance(posisi, Posisi) else posisi
    return pemegang_semua([pk], pada).get(pk, [])


def pemegang_semua(posisi: Iterable[UUID], pada: date) -> dict[UUID, list[Pemegang]]:
    """`pemegang` of many posts, in two statements; posts where nobody sits are left out."""
    ids = list(posisi)
    found: dict[UUID, list[Pemegang]] = {}
    rows = RiwayatJabatan.objects.pada(pada).filter(
        posisi__in=ids, pegawai__kedudukan_hukum__in=setting("kedudukan_aktif")
    )
    for row in rows.select_related("pegawai__user").order_by("-mulai", "pk"):
        sebagai = JenisPenugasan(row.jenis_penugasan)
        found.setdefault(row.posisi_id, []).append(Pemegang(sebagai, pegawai=row.pegawai, riwayat=row))
    for pejabat in PejabatNonASN.objects.filter(berlaku(pada), posisi__in=ids).select_related("user"):
        found.setdefault(pejabat.posisi_id, []).append(Pemegang(JenisPenugasan.D, pejabat=pejabat))
    order = {jenis: rank for rank, jenis in enumerate((JenisPenugasan.D, *PENGGANTI, JenisPenugasan.TT))}
    return {pk: sorted(held, key=lambda item: order[item.sebagai]) for pk, held in found.items()}


def bawahan_langsung(user: Any, pada: date) -> QuerySet[RiwayatJabatan]:
    """Definitive rows on a date whose atasan is a post that this user holds or covers; never his own."""
    held = Q(atasan__in=_rows_of(user, pada).values("posisi")) | Q(atasan__in=_pejabat_of(user, pada).values("posisi"))
    return RiwayatJabatan.objects.pada(pada).definitif().filter(held).exclude(pegawai__user=user.pk)


# --- Roles --------------------------------------------------------------------------------------------------------


def peran_user(user: Any, pada: date | datetime | None = None) -> frozenset[Peran]:
    """Every role a user has on a date, granted and derived."""
    return frozenset(peran for peran, _ in roles_of(user, tanggal_dari(pada)))


def lingkup_opd(user: Any, *peran: str, pada: date | datetime | None = None) -> frozenset[UUID] | None:
    """The OPD (with those below them) over which a user has one of the roles; None: the whole city."""
    scopes = [opd for nama, opd in roles_of(user, tanggal_dari(pada)) if nama in peran]
    return None if None in scopes else frozenset(opd for opd in scopes if opd is not None)


# Every page asks this, so it is one statement: granted roles, then those that follow from posts (kinerja.md §2.4,
# decisions), then each role over an OPD spread to the OPD below it.
ROLES = """
WITH orang AS (
    SELECT id FROM kepegawaian_pegawai WHERE user_id = %(user)s AND kedudukan_hukum = ANY(%(aktif)s)
), berlaku AS NOT MATERIALIZED (
    SELECT * FROM kepegawaian_riwayatjabatan
    WHERE status = 'AKTIF' AND mulai <= %(pada)s AND (sampai IS NULL OR sampai >= %(pada)s)
), kursi AS (
    SELECT posisi_id AS id FROM berlaku JOIN orang ON orang.id = berlaku.pegawai_id
    UNION
    SELECT posisi_id FROM kepegawaian_pejabatnonasn
    WHERE user_id = %(user)s AND mulai <= %(pada)s AND (sampai IS NULL OR sampai >= %(pada)s)
), pimpinan AS (
    SELECT u.id, u.kode FROM kursi JOIN kepegawaian_posisi p USING (id) JOIN kepegawaian_unor u ON u.id = p.unor_id
    WHERE p.is_pimpinan AND u.is_opd
), peran AS (
    SELECT peran, unor_id FROM kepegawaian_peranuser
    WHERE user_id = %(user)s AND (mulai IS NULL OR mulai <= %(pada)s) AND (sampai IS NULL OR sampai >= %(pada)s)
    UNION SELECT 'asn', NULL FROM orang
    UNION SELECT 'atasan', NULL WHERE EXISTS (
        SELECT 1 FROM berlaku WHERE jenis_penugasan = 'D' AND atasan_id IN (SELECT id FROM kursi))
    UNION SELECT 'atasan', NULL FROM kepegawaian_delegasi d JOIN orang ON orang.id = d.pegawai_id
        WHERE d.dicabut_pada IS NULL AND %(pada)s BETWEEN d.mulai AND d.selesai
    UNION SELECT 'atasan_penilai', NULL WHERE EXISTS (
        SELECT 1 FROM berlaku JOIN kepegawaian_posisi a ON a.id = berlaku.atasan_id
        WHERE berlaku.jenis_penugasan = 'D' AND a.atasan_id IN (SELECT id FROM kursi))
    UNION SELECT 'kepala_opd', id FROM pimpinan
    UNION SELECT 'kepala_bkpsdm', NULL FROM pimpinan WHERE kode = %(bkpsdm)s
)
SELECT DISTINCT peran.peran, coalesce(bawah.id, peran.unor_id) FROM peran
LEFT JOIN kepegawaian_unor bawah ON bawah.path @> ARRAY[peran.unor_id] AND bawah.is_opd
ORDER BY 1, 2
"""


def roles_of(user: Any, pada: date) -> list[tuple[Peran, UUID | None]]:
    """Roles with the OPD each is limited to; a role over an OPD also covers the OPD below it. None: everywhere."""
    if not user or not user.pk or not user.is_active:
        return []
    return sekali(("peran", user.pk, pada), lambda: _read_roles(user, pada))


def _read_roles(user: Any, pada: date) -> list[tuple[Peran, UUID | None]]:
    values = {
        "user": user.pk,
        "pada": pada,
        "aktif": list(setting("kedudukan_aktif")),
        "bkpsdm": setting("kode_bkpsdm"),
    }
    with connection.cursor() as cursor:
        cursor.execute(ROLES, values)
        return [(Peran(peran), opd) for peran, opd in cursor.fetchall()]


# --- Calendar -----------------------------------------------------------------------------------------------------


def hari_libur(mulai: date, sampai: date, *, opd: UUID | None = None) -> frozenset[date]:
    """Days off between two dates, for the city and for one OPD."""
    rows = Kalender.objects.filter(libur=True, tanggal__range=(mulai, sampai))
    return frozenset(rows.filter(Q(opd=None) | Q(opd=opd)).values_list("tanggal", flat=True))


def users_of(peran: str, *, opd: UUID | None, pada: date) -> list[User]:
    """Active users with a granted role over an OPD (or over the whole city when `opd` is None)."""
    rows = PeranUser.objects.pada(pada).filter(peran=peran, user__is_active=True)
    if opd is None:
        rows = rows.filter(unor=None)
    else:
        above = Unor.objects.filter(pk=opd).values_list("path", flat=True).first() or []
        rows = rows.filter(Q(unor__in=above) | Q(unor=None))
    return list(User.objects.filter(pk__in=rows.values("user")).order_by("nama", "pk"))
