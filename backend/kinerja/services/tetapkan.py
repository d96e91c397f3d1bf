"""The end of a laporan: final, taken back, reopened, cancelled; bulk approval; paper decisions (decisions 4, 19, 20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.kepegawaian import queries as kepegawaian
from backend.kinerja import enums, errors, queries
from backend.kinerja.models import (
    PKS,
    KeputusanPejabat,
    LaporanPeriode,
    PKSBaris,
    RealisasiIKI,
    RealisasiRenaksi,
)
from backend.kinerja.services import isi, penilaian, tinjau
from backend.kinerja.services.dasar import bersih, catat, kunci, min_catatan, must_be_owner, pada_periode, simpan
from backend.platform.models import Berkas
from backend.platform.settings import setting
from backend.rules import versions
from backend.rules.decide import find
from backend.workflow import engine
from backend.workflow.models import ProcessInstance, WorkItem

LAPORAN = "laporan"
PROSES = "realisasi_bulanan"
TINJAU = ("tinjau_renaksi", "tinjau_skp", "tinjau_pks")
MIN_ALASAN_BUKA = 20


@transaction.atomic
def finalkan(laporan: LaporanPeriode) -> LaporanPeriode:
    """Lock the laporan after the last approval; called by the process. From here it is read-only (I3)."""
    laporan = kunci(laporan)
    laporan.status = enums.StatusLaporan.FINAL
    laporan.langkah_kembali = None
    laporan.final_at = timezone.now()
    simpan(laporan, "status", "langkah_kembali", "final_at", oleh=laporan.pemutus)
    _tandai_aturan(laporan)
    catat(laporan, "laporan.final", oleh=laporan.pemutus, data={"sebagai": laporan.pemutus_sebagai})
    return laporan


def _tandai_aturan(laporan: LaporanPeriode) -> None:
    """The versions of the rules behind the rating and the predikat may from now on only be ended (architecture §6)."""
    pks, pada = PKS.objects.filter(laporan=laporan).first(), pada_periode(laporan)
    if pks is None:
        return
    tabel = ["rating_hasil_kerja"] if pks.rating_usulan else []
    tabel += ["pemetaan_pimpinan"] if penilaian.rating_terkunci(laporan) else []
    dipakai = [find(nama, pada=pada)[1] for nama in tabel]
    versions.mark_used([*dipakai, *(pks.aturan_versi or "").split()[1:]], pada=pada)


@transaction.atomic
def tarik(laporan: LaporanPeriode, *, oleh: User) -> LaporanPeriode:
    """*Tarik kembali*, while the penilai has saved nothing, not even a draft (decision 20). Raises TidakDapatDitarik."""
    instance = instansi(laporan)
    item = open_review(laporan)
    laporan = kunci(laporan)
    must_be_owner(laporan, oleh=oleh)
    boleh = laporan.status in {enums.StatusLaporan.DIAJUKAN, enums.StatusLaporan.VALIDASI_RENAKSI}
    diputus = RealisasiRenaksi.objects.filter(laporan=laporan, keputusan__isnull=False).exists()
    if not boleh or diputus or laporan.langkah_kembali or instance is None or (item and item.draft):
        raise errors.TidakDapatDitarik
    laporan.status, laporan.diajukan_at = enums.StatusLaporan.DRAF_RENAKSI, None
    simpan(laporan, "status", "diajukan_at", oleh=oleh)
    catat(laporan, "laporan.ditarik", oleh=oleh)
    engine.withdraw(instance.pk, "isi_renaksi", actor=oleh)
    return laporan


def open_review(laporan: LaporanPeriode) -> WorkItem | None:
    """The open validation of a laporan."""
    return (
        WorkItem.objects.open()
        .filter(instance__subject_type=LAPORAN, instance__subject_id=str(laporan.pk), step__in=TINJAU)
        .first()
    )


def is_atasan_penilai(laporan: LaporanPeriode, *, user: User) -> bool:
    """Whether the user holds or covers the post above the penilai, and is not the pegawai himself."""
    atasan = kepegawaian.atasan_penilai(laporan.pegawai, pada_periode(laporan), penilaian.override(laporan))
    if atasan.posisi is None or laporan.pegawai.user_id == user.pk:
        return False
    return atasan.posisi.pk in kepegawaian.posisi_ids(user, timezone.localdate())


@transaction.atomic
def ambil_alih(laporan: LaporanPeriode, *, oleh: User, alasan: str) -> WorkItem:
    """The atasan penilai takes over a validation that stands open too long (T6, reason ≥ min_catatan, audited).

    Raises NotAtasanPenilai, BelumDiajukan, BelumDapatDiambilAlih, InvalidFields.
    """
    laporan = kunci(laporan)
    if not is_atasan_penilai(laporan, user=oleh):
        raise errors.NotAtasanPenilai
    item = open_review(laporan)
    if item is None:
        raise errors.BelumDiajukan
    hari = int(setting("eskalasi_atasan"))
    if timezone.now() < penilaian.hari_kerja(item.created_at, hari, opd=laporan.opd_id):
        raise errors.BelumDapatDiambilAlih(hari=hari)
    return _alihkan(laporan, item, kepada=oleh, oleh=oleh, alasan=alasan, peristiwa="laporan.diambil_alih")


@transaction.atomic
def alihkan(laporan: LaporanPeriode, *, kepada: User, oleh: User, alasan: str) -> WorkItem:
    """Admin OPD gives an open validation to somebody else, never to the pegawai himself (kinerja.md §6.0).

    Raises NotAdminOPD, PenilaiDiriSendiri, BelumDiajukan, InvalidFields.
    """
    laporan = kunci(laporan)
    penilaian.must_be_admin(laporan, oleh=oleh)
    if kepada.pk == laporan.pegawai.user_id:
        raise errors.PenilaiDiriSendiri
    item = open_review(laporan)
    if item is None:
        raise errors.BelumDiajukan
    return _alihkan(laporan, item, kepada=kepada, oleh=oleh, alasan=alasan, peristiwa="laporan.dialihkan")


def _alihkan(
    laporan: LaporanPeriode, item: WorkItem, *, kepada: User, oleh: User, alasan: str, peristiwa: str
) -> WorkItem:
    minimum = min_catatan()
    if len(bersih(alasan) or "") < minimum:
        raise InvalidFields({"alasan": errors.AlasanTerlaluPendek.text(n=minimum)})
    laporan.pengganti = kepada
    simpan(laporan, "pengganti", oleh=oleh)
    catat(laporan, peristiwa, oleh=oleh, data={"kepada": str(kepada.pk)}, alasan=alasan)
    return engine.reassign(item.pk, actor=oleh, assignee=kepada, alasan=alasan)


@transaction.atomic
def buka_kembali(laporan: LaporanPeriode, *, oleh: User, langkah: str, alasan: str) -> LaporanPeriode:
    """Reopen a final laporan at a step (Admin BKPSDM, reason ≥ 20, audited). The predikat is withdrawn (I3)."""
    laporan = kunci(laporan)
    if Peran.BKPSDM not in kepegawaian.peran_user(oleh):
        raise errors.NotAdminBKPSDM
    if laporan.status != enums.StatusLaporan.FINAL:
        raise errors.LaporanBelumFinal
    if len(bersih(alasan) or "") < MIN_ALASAN_BUKA:
        raise InvalidFields({"alasan": errors.AlasanTerlaluPendek.text(n=MIN_ALASAN_BUKA)})
    _buka_status(laporan, enums.Langkah(langkah), oleh=oleh, alasan=alasan)
    instance = instansi(laporan)
    if instance is not None:
        engine.reopen_at(instance.pk, f"isi_{langkah}", actor=oleh, alasan=alasan)
    return laporan


def _buka_status(laporan: LaporanPeriode, langkah: enums.Langkah, *, oleh: User, alasan: str) -> None:
    """Two steps, because the database lets a final laporan change in no way but by leaving `final` (migration 0002)."""
    laporan.status, laporan.final_at = enums.StatusLaporan.DIKEMBALIKAN, None
    simpan(laporan, "status", "final_at", oleh=oleh)
    laporan.pks.predikat = laporan.pks.rating_hasil = laporan.pks.rating_perilaku = None
    laporan.pks.status_predikat = enums.StatusPredikat.KOSONG
    laporan.pks.save(update_fields=["predikat", "rating_hasil", "rating_perilaku", "status_predikat"])
    laporan.refresh_from_db()
    laporan.pemutus = oleh
    laporan.pemutus_sebagai = "ADMIN"
    tinjau.kembalikan(laporan, langkah, oleh=oleh)
    catat(laporan, "laporan.dibuka_kembali", oleh=oleh, data={"langkah": str(langkah)}, alasan=alasan)


@transaction.atomic
def batalkan(laporan: LaporanPeriode, *, oleh: User, alasan: str) -> LaporanPeriode:
    """Cancel a laporan that is not final (SKP closed, duplicate). Raises NotAdminBKPSDM, LaporanFinal."""
    laporan = kunci(laporan)
    if Peran.BKPSDM not in kepegawaian.peran_user(oleh):
        raise errors.NotAdminBKPSDM
    if laporan.status == enums.StatusLaporan.FINAL:
        raise errors.LaporanFinal
    laporan.status = enums.StatusLaporan.DIBATALKAN
    simpan(laporan, "status", oleh=oleh)
    catat(laporan, "laporan.dibatalkan", oleh=oleh, alasan=alasan)
    instance = instansi(laporan)
    if instance is not None:
        engine.cancel(instance.pk, actor=oleh, alasan=alasan)
    return laporan


def instansi(laporan: LaporanPeriode) -> ProcessInstance | None:
    """The process instance of a laporan."""
    return (
        ProcessInstance.objects.of(LAPORAN, laporan.pk)
        .filter(key=PROSES)
        .defer("state")
        .order_by("-started_at")
        .first()
    )


# --- Bulk approval (decision 19) ------------------------------------------------------------------------------------


def setuju_semua(laporan: LaporanPeriode, langkah: enums.Langkah) -> list[tinjau.KeputusanBaris]:
    """`setuju` for every row of a step. Raises TidakLayakMassal while a warning stands."""
    peringatan = queries.peringatan_dari(laporan)
    if peringatan:
        raise errors.TidakLayakMassal(alasan="; ".join(peringatan.teks()) + ".")
    if langkah == enums.Langkah.PKS and peringatan.rating_bukan_sesuai:
        raise errors.TidakLayakMassal(alasan="usulan rating bukan Sesuai Ekspektasi.")
    return [tinjau.KeputusanBaris(pk, enums.Keputusan.SETUJU) for pk in _ids(laporan, langkah)]


def _ids(laporan: LaporanPeriode, langkah: enums.Langkah) -> list[int]:
    sources: dict[str, Any] = {
        enums.Langkah.RENAKSI: RealisasiRenaksi.objects.filter(laporan=laporan),
        enums.Langkah.SKP: RealisasiIKI.objects.filter(laporan=laporan),
        enums.Langkah.PKS: PKSBaris.objects.filter(pks__laporan=laporan),
    }
    return list(sources[langkah].values_list("pk", flat=True))


# --- Paper decisions (decision 4) -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SuratKeputusan:
    """The signed paper: number, date and scanned file."""

    nomor: str
    tanggal: date
    berkas: Berkas | None


@transaction.atomic
def catat_surat(laporan: LaporanPeriode, langkah: str, *, oleh: User, surat: SuratKeputusan) -> KeputusanPejabat:
    """Keep the signed decision of an official who does not use the application. The file is required.

    Raises NotTimPengelola, BerkasKeputusanWajib.
    """
    laporan = kunci(laporan)
    scope = kepegawaian.lingkup_opd(oleh, Peran.TIM_PENGELOLA)
    if scope is not None and laporan.opd_id not in scope:
        raise errors.NotTimPengelola
    if laporan.penilai_pejabat is None or surat.berkas is None:
        raise errors.BerkasKeputusanWajib
    row = KeputusanPejabat.objects.create(
        laporan=laporan,
        langkah=langkah,
        putaran=laporan.jumlah_kembali,
        pejabat=laporan.penilai_pejabat,
        berkas=surat.berkas,
        nomor=surat.nomor,
        tanggal=surat.tanggal,
        dicatat_oleh=oleh,
        dibuat_oleh=oleh,
    )
    catat(laporan, "laporan.keputusan_pejabat_dicatat", oleh=oleh, data={"langkah": langkah, "nomor": surat.nomor})
    return row


def hitung_ulang(laporan: LaporanPeriode) -> None:
    """Recompute the stored figures of a laporan that is not final."""
    if laporan.status != enums.StatusLaporan.FINAL:
        isi.hitung_ulang(laporan, oleh=None)
