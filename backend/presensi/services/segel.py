"""The seal of a month (presensi.md §7): Admin OPD proposes, Kepala OPD seals, and then nothing of it changes."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.urls import NoReverseMatch, reverse

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import NotAllowed
from backend.core.periode import akhir_bulan, bulan_label
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Unor
from backend.platform import audit, notices
from backend.presensi import queries
from backend.presensi.calculations import SEHARI, lokal
from backend.presensi.enums import StatusSegel
from backend.presensi.errors import BelumDapatDisegel, BelumDiajukan, BulanDisegel
from backend.presensi.models import RekapBulan, SegelBulan

CHECKSUM = """
SELECT count(DISTINCT h.pegawai_id), encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', h.pegawai_id, h.tanggal, h.opd_id,
    extract(epoch FROM h.jadwal_masuk), extract(epoch FROM h.jadwal_pulang), extract(epoch FROM h.masuk),
    extract(epoch FROM h.pulang), coalesce(h.menit_telat::text, '-'), coalesce(h.menit_pulang_cepat::text, '-'), h.status,
    array_to_string(h.kode, '+'), array_to_string(h.penanda, '+'), h.persen, h.versi_aturan), E'\\n'
    ORDER BY h.pegawai_id, h.tanggal), ''), 'UTF8')), 'hex')
FROM presensi_hadirharian h JOIN presensi_rekapbulan r ON r.pegawai_id = h.pegawai_id AND r.bulan = %(awal)s AND r.opd_id = %(opd)s
WHERE h.tanggal BETWEEN %(awal)s AND %(akhir)s
"""


def chain(opd: UUID, bulan: date) -> str:
    """Audit chain of a seal."""
    return f"presensi:{opd}:{bulan:%Y-%m}"


def checksum(opd: UUID, bulan: date) -> tuple[int, str]:
    """How many people, and the sha256 over every day row of theirs, in the recap of an OPD and month."""
    awal = bulan.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(CHECKSUM, {"awal": awal, "akhir": akhir_bulan(awal.year, awal.month), "opd": opd})
        people, digest = cursor.fetchone()
    return int(people), str(digest)


@transaction.atomic
def ajukan(opd: Unor, bulan: date, *, oleh: User, sekarang: datetime) -> SegelBulan:
    """Propose the seal, as Admin OPD. Raises NotAllowed, BulanDisegel, BelumDapatDisegel."""
    _must(oleh, opd, Peran.ADMIN_OPD, sekarang=sekarang)
    row = _locked(opd, bulan)
    _check(row)
    row.status, row.diajukan_oleh, row.diajukan_pada = StatusSegel.DIAJUKAN, oleh, sekarang
    row.save()
    audit.record(chain(opd.pk, row.bulan), "segel_diajukan", aktor=oleh)
    return row


@transaction.atomic
def segel(opd: Unor, bulan: date, *, oleh: User, sekarang: datetime) -> SegelBulan:
    """Seal, as Kepala OPD. The day rows and recaps are read-only from then on, by the database itself.

    Raises NotAllowed, BelumDiajukan, BulanDisegel, BelumDapatDisegel.
    """
    _must(oleh, opd, Peran.KEPALA_OPD, sekarang=sekarang)
    row = _locked(opd, bulan)
    if row.status == StatusSegel.TERBUKA:
        raise BelumDiajukan
    _check(row)
    RekapBulan.objects.filter(opd=opd, bulan=row.bulan).update(status=StatusSegel.DISEGEL)
    row.jumlah_pegawai, row.checksum = checksum(opd.pk, row.bulan)
    row.status, row.disegel_oleh, row.disegel_pada = StatusSegel.DISEGEL, oleh, sekarang
    row.save()
    data = {"checksum": row.checksum, "pegawai": row.jumlah_pegawai}
    audit.record(chain(opd.pk, row.bulan), "presensi_disegel", aktor=oleh, data=data)
    return row


def _must(user: User, opd: Unor, peran: Peran, *, sekarang: datetime) -> None:
    scope = kepegawaian.lingkup_opd(user, peran, pada=sekarang)
    if scope is not None and opd.pk not in scope:
        raise NotAllowed


def _locked(opd: Unor, bulan: date) -> SegelBulan:
    awal = bulan.replace(day=1)
    SegelBulan.objects.bulk_create([SegelBulan(opd=opd, bulan=awal)], ignore_conflicts=True)
    row: SegelBulan = SegelBulan.objects.select_for_update().get(opd=opd, bulan=awal)
    return row


def _check(row: SegelBulan) -> None:
    label = bulan_label(row.bulan.year, row.bulan.month)
    if row.status == StatusSegel.DISEGEL:
        raise BulanDisegel(bulan=label)
    if reasons := queries.penghalang_segel(row.opd_id, row.bulan):
        raise BelumDapatDisegel(bulan=label, sebab="; ".join(reasons))


def belum_disegel(bulan: date) -> list[Unor]:
    """OPD that have recaps of a month and no seal."""
    rows = RekapBulan.objects.filter(bulan=bulan.replace(day=1)).exclude(status=StatusSegel.DISEGEL)
    return list(Unor.objects.filter(pk__in=rows.values("opd")).order_by("nama"))


@transaction.atomic
def eskalasi(*, sekarang: datetime) -> int:
    """Once per month after the cut-off: tell BKPSDM which OPD have not sealed the month before. Returns how many OPD."""
    hari = lokal(sekarang).date()
    lalu = (hari.replace(day=1) - SEHARI).replace(day=1)
    if sekarang <= queries.batas_koreksi(lalu):
        return 0
    opd = belum_disegel(lalu)
    peristiwa = f"presensi.belum_disegel.{lalu:%Y-%m}"
    users = [
        user
        for user in kepegawaian.users_of(Peran.BKPSDM, opd=None, pada=hari)
        if not user.notices.filter(peristiwa=peristiwa).exists()
    ]
    if opd and users:
        nama = ", ".join(unor.nama for unor in opd[:10]) + (f", dan {len(opd) - 10} lainnya" if len(opd) > 10 else "")
        judul = f"Presensi {bulan_label(lalu.year, lalu.month)} belum disegel: {len(opd)} OPD"
        notices.notify(users, peristiwa, judul, nama, alamat("presensi-segel"))
    return len(opd)


def alamat(nama: str, *args: object) -> str:
    """The path of a page; nothing while there is no such page."""
    try:
        return reverse(nama, args=args)
    except NoReverseMatch:
        return ""
