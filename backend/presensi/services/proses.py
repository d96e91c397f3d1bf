"""Starting and withdrawing the process of a correction (`processes/koreksi_presensi.bpmn`)."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.core.periode import WIB, tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.enums import CaraPenilai
from backend.kepegawaian.models import Pegawai
from backend.platform.settings import setting
from backend.presensi import queries
from backend.presensi.calculations import lokal
from backend.presensi.enums import TERBUKA, JenisKoreksi
from backend.presensi.errors import KoreksiBerperingatan, KoreksiTerlaluDini
from backend.presensi.models import HadirHarian, Koreksi
from backend.presensi.services import koreksi
from backend.presensi.services.koreksi import Isi
from backend.workflow import engine
from backend.workflow.engine import OpenItem
from backend.workflow.enums import ItemStatus
from backend.workflow.models import ProcessInstance, WorkItem

PROSES = "koreksi_presensi"
SUBJEK = "presensi.koreksi"
SORE = time(16, 0)


@transaction.atomic
def mulai(pegawai: Pegawai, hari: date, *, oleh: User, sekarang: datetime) -> ProcessInstance:
    """Open a correction of one day; its first task (isi_koreksi) stands with the person, or with the Admin OPD who opens it.

    Raises KoreksiTerlaluDini, BulanDisegel, LewatBatasKoreksi.
    """
    if hari > lokal(sekarang).date():
        raise KoreksiTerlaluDini
    koreksi.periksa_batas(Koreksi(pegawai=pegawai, tanggal=hari), sekarang=sekarang)
    pk = uuid.uuid4()
    opd = queries.opd_pada(pegawai.pk, lokal(sekarang).date())
    data = {
        "koreksi": str(pk),
        "pegawai": str(pegawai.pk),
        "pegawai_user": str(oleh.pk),
        "tanggal": hari.isoformat(),
        "opd": str(opd) if opd else "",
        **pemutus(pegawai, oleh=oleh, sekarang=sekarang),
    }
    judul = f"Koreksi presensi {pegawai.nama}, {tanggal(hari)}"
    return engine.start(PROSES, actor=oleh, subject=(SUBJEK, str(pk)), data=data, opd=opd, title=judul)


@transaction.atomic
def ajukan(pegawai: Pegawai, isi: Isi, *, oleh: User, sekarang: datetime) -> Koreksi:
    """Enter and submit in one press: the row, its process, and the first task done.

    Raises KoreksiTerlaluDini, BulanDisegel, LewatBatasKoreksi, InvalidFields.
    """
    instance = mulai(pegawai, isi.tanggal, oleh=oleh, sekarang=sekarang)
    row = koreksi.buat(pegawai, isi, oleh=oleh, sekarang=sekarang, pk=UUID(instance.subject_id))
    item = tugas(instance)
    assert item is not None  # noqa: S101 the process stands at its first task
    engine.complete(item.pk, actor=oleh, data=formulir(row))
    row.refresh_from_db()
    return row


def formulir(row: Koreksi) -> dict[str, Any]:
    """A correction as the data of its form (forms/isi_koreksi.json): hidden fields are left out."""
    kind = row.jenis
    found: dict[str, Any] = {"jenis": kind, "alasan": row.alasan}
    if row.jam is not None:
        found["jam"] = f"{row.jam:%H.%M}"
    if row.sisi:
        found["sisi"] = row.sisi
    if kind == JenisKoreksi.UBAH_STATUS:
        found |= {"status": row.tujuan, "bagian": row.bagian, "nomor_surat": row.nomor_surat}
    if kind == JenisKoreksi.UBAH_JADWAL:
        found["jadwal"] = row.tujuan
    return found


def pemutus(pegawai: Pegawai, *, oleh: User, sekarang: datetime) -> dict[str, Any]:
    """Who decides first: the post of the atasan, or the person named in his place; nobody: Admin OPD at once."""
    hari = lokal(sekarang).date()
    found = kepegawaian.penilai(pegawai, hari)
    orang = found.orang
    pribadi = found.cara in {CaraPenilai.OVERRIDE, CaraPenilai.DELEGASI} or found.posisi is None
    user = orang.user_id if orang is not None and pribadi else None
    posisi = found.posisi.pk if found.posisi is not None and orang is not None and not pribadi else None
    return {
        "ada_atasan": bool(user or posisi),
        "atasan_user": str(user) if user else "",
        "atasan_posisi": str(posisi) if posisi else "",
    }


def eskalasi_pada(opd: Any, *, sekarang: datetime) -> datetime:
    """When an undecided correction goes on to the Admin OPD."""
    hari = queries.hari_kerja_ke(lokal(sekarang).date(), setting("koreksi_hari_kerja"), opd=opd)
    return datetime.combine(hari, SORE, WIB)


def instansi(row: Koreksi) -> ProcessInstance | None:
    """The process of a correction; mass corrections have none."""
    return ProcessInstance.objects.filter(subject_type=SUBJEK, subject_id=str(row.pk)).first()


def tugas(instance: ProcessInstance) -> WorkItem | None:
    """The open task of a correction's process."""
    return WorkItem.objects.filter(instance=instance, status=ItemStatus.OPEN).first()


@transaction.atomic
def setujui(buka: OpenItem, *, oleh: User) -> None:
    """Approve the correction of an open decision together with others, as far as nothing about it is to be looked at.

    Raises KoreksiBerperingatan and what `koreksi.setujui` raises.
    """
    row = Koreksi.objects.get(pk=buka.instance.subject_id)
    hari = HadirHarian.objects.filter(pegawai=row.pegawai_id, tanggal=row.tanggal).first()
    lupa = queries.banyak_lupa(row.pegawai_id, row.tanggal)
    if alasan := queries.peringatan_koreksi(row, hari=hari, lupa=lupa):
        raise KoreksiBerperingatan(alasan="; ".join(alasan))
    engine.complete(buka.item.pk, actor=oleh, data={"keputusan": "setujui"}, rev=buka.instance.rev)


@transaction.atomic
def tarik(row: Koreksi, *, oleh: User, sekarang: datetime, alasan: str) -> Koreksi:
    """Withdraw: the row is cancelled, and its process with it while it runs. Raises what `koreksi.batalkan` raises."""
    open_before = row.status in TERBUKA
    cancelled = koreksi.batalkan(row, oleh=oleh, sekarang=sekarang, catatan=alasan)
    if open_before and (instance := instansi(row)) is not None:
        engine.cancel(instance.pk, actor=oleh, alasan=alasan)
    return cancelled
