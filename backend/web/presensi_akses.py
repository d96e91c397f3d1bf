"""Who may open which attendance page, which OPD he works for there, and whose rows he may change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import NotAllowed, NotVisible
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, RiwayatJabatan, Unor
from backend.web.admin_akses import KOTA, KOTA_LIHAT, OPD, OPD_LIHAT, pengguna
from backend.web.presensi_kata import bulan_dari

LIHAT = OPD_LIHAT | KOTA_LIHAT
UBAH = OPD | KOTA
SEGEL = frozenset({Peran.KEPALA_OPD})
MENILAI = frozenset({Peran.ATASAN, Peran.ATASAN_PENILAI})
IZIN = UBAH | MENILAI | {Peran.ASN}


def opd_terlihat(user: User) -> QuerySet[Unor]:
    """The OPD that the user sees, by name."""
    return Unor.objects.visible_to(user).filter(is_opd=True, is_delete=False).order_by("nama")


def opd_dikelola(user: User, boleh: Iterable[Peran] = UBAH) -> QuerySet[Unor]:
    """The OPD in which the user has one of the roles that change things."""
    lingkup = kepegawaian.lingkup_opd(user, *boleh)
    rows = Unor.objects.filter(is_opd=True, is_delete=False).order_by("nama")
    return rows if lingkup is None else rows.filter(pk__in=lingkup)


def boleh_opd(user: User, opd: UUID | None, boleh: Iterable[Peran] = UBAH) -> bool:
    """Whether one of the roles covers an OPD (None: the whole city)."""
    lingkup = kepegawaian.lingkup_opd(user, *boleh)
    return lingkup is None or (opd is not None and opd in lingkup)


def wajib_opd(user: User, opd: UUID | None, boleh: Iterable[Peran] = UBAH) -> None:
    """Raises NotAllowed."""
    if not boleh_opd(user, opd, boleh):
        raise NotAllowed


def pegawai_dikelola(user: User) -> QuerySet[Pegawai]:
    """The people of the OPD that the user administers."""
    lingkup = kepegawaian.lingkup_opd(user, *UBAH)
    if lingkup is None:
        return Pegawai.objects.all()
    rows = RiwayatJabatan.objects.pada(timezone.localdate()).definitif().filter(posisi__unor__opd__in=lingkup)
    return Pegawai.objects.filter(pk__in=rows.values("pegawai"))


def opd_dari(request: HttpRequest, pilihan: Iterable[Unor]) -> Unor:
    """The OPD of the address, else the user's own, else the first. Raises NotVisible for any other."""
    ada = {str(satu.pk): satu for satu in pilihan}
    if diminta := request.GET.get("opd", ""):
        if diminta not in ada:
            raise NotVisible
        return ada[diminta]
    sendiri = next(iter(kepegawaian.posisi_user(pengguna(request), timezone.localdate())), None)
    kunci = str(sendiri.posisi.unor.opd_id) if sendiri else ""
    if not ada:
        raise NotVisible
    return ada.get(kunci) or next(iter(ada.values()))


def bulan_diminta(request: HttpRequest) -> date:
    """The month of the address, else the present one."""
    return bulan_dari(request.GET.get("bulan"), hari_ini=timezone.localdate())
