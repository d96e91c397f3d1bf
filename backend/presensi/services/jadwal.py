"""Schedules of people: patterns, rosters, apel lists. Each change makes its days dirty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.core.periode import akhir_bulan
from backend.kepegawaian.models import Pegawai, berlaku
from backend.platform import audit
from backend.platform.settings import setting
from backend.presensi.enums import DINAS, SHIFT, Bagian, KodeShift, StatusPengajuan
from backend.presensi.errors import PolaTidakDikenal, in_words
from backend.presensi.models import (
    ApelKehadiran,
    JadwalHari,
    JadwalPola,
    JadwalShift,
    Ketidakhadiran,
    PenugasanJadwal,
    RosterShift,
)
from backend.presensi.services import kotor
from backend.presensi.services.harian import Rentang

SEHARI = timedelta(days=1)


@transaction.atomic
def tugaskan(
    pegawai: Pegawai, *, pola: str, mulai: date, sampai: date | None = None, oleh: User | None
) -> PenugasanJadwal:
    """Let a person work by a pattern (or by roster: SHIFT) from a date on; an open row before it ends the day before.

    Raises PolaTidakDikenal, JadwalBertabrakan.
    """
    _known(pola, mulai)
    PenugasanJadwal.objects.filter(pegawai=pegawai, mulai__lt=mulai, sampai__isnull=True).update(sampai=mulai - SEHARI)
    row = PenugasanJadwal(pegawai=pegawai, pola=pola, mulai=mulai, sampai=sampai)
    with in_words():
        row.save(force_insert=True)
    data = {"pola": pola, "mulai": mulai, "sampai": sampai}
    audit.record(f"pegawai:{pegawai.pk}", "jadwal_ditugaskan", aktor=oleh, data=data)
    kotor.tandai([Rentang(mulai, sampai or _akhir_bulan_ini(mulai), pegawai.pk)], sebab="JADWAL")
    return row


def _known(pola: str, pada: date) -> None:
    rows = JadwalPola.objects.filter(berlaku(pada, mulai="berlaku_mulai", sampai="berlaku_sampai"))
    known = [*rows.values_list("kode", flat=True), SHIFT]
    if pola not in known:
        raise PolaTidakDikenal(kode=pola, dikenal=", ".join(sorted(known)))


def _akhir_bulan_ini(mulai: date) -> date:
    hari = max(timezone.localdate(), mulai)
    return akhir_bulan(hari.year, hari.month)


@transaction.atomic
def akhiri_penugasan(row: PenugasanJadwal, *, sampai: date, oleh: User | None) -> PenugasanJadwal:
    """End a row; from the next day on the pattern of the setting counts. Raises InvalidFields."""
    before = row.sampai
    row.sampai = sampai
    with in_words():
        row.save()
    data = {"pola": row.pola, "sampai": [before, sampai]}
    audit.record(f"pegawai:{row.pegawai_id}", "jadwal_diakhiri", aktor=oleh, data=data)
    kotor.tandai([Rentang(sampai, max(before or sampai, _akhir_bulan_ini(sampai)), row.pegawai_id)], sebab="JADWAL")
    return row


Hari = Mapping[int, tuple[time, time, int]]  # ISO weekday → masuk, pulang, istirahat in minutes


@transaction.atomic
def terbitkan_pola(
    *, kode: str, nama: str, dasar_hukum: str, versi_ramadan: str, berlaku_mulai: date, hari: Hari, oleh: User | None
) -> JadwalPola:
    """A new version of a pattern; the one before ends on the day before. Raises InvalidFields, JadwalSudahBerlaku."""
    JadwalPola.objects.filter(kode=kode, berlaku_mulai__lt=berlaku_mulai, berlaku_sampai__isnull=True).update(
        berlaku_sampai=berlaku_mulai - SEHARI
    )
    row = JadwalPola(
        kode=kode, nama=nama, dasar_hukum=dasar_hukum, versi_ramadan=versi_ramadan, berlaku_mulai=berlaku_mulai
    )
    with in_words():
        row.save(force_insert=True)
        JadwalHari.objects.bulk_create(
            JadwalHari(pola=row, hari=nomor, masuk=masuk, pulang=pulang, istirahat_menit=istirahat)
            for nomor, (masuk, pulang, istirahat) in hari.items()
        )
    _terbit(f"pola:{kode}", {"kode": kode, "berlaku_mulai": berlaku_mulai}, berlaku_mulai, oleh=oleh)
    return row


@transaction.atomic
def terbitkan_shift(
    *, kode: str, masuk: time, pulang: time, lintas_hari: bool, berlaku_mulai: date, oleh: User | None
) -> JadwalShift:
    """New hours of a roster code; those before end on the day before. Raises InvalidFields, JadwalSudahBerlaku."""
    JadwalShift.objects.filter(kode=kode, berlaku_mulai__lt=berlaku_mulai, berlaku_sampai__isnull=True).update(
        berlaku_sampai=berlaku_mulai - SEHARI
    )
    row = JadwalShift(kode=kode, masuk=masuk, pulang=pulang, lintas_hari=lintas_hari, berlaku_mulai=berlaku_mulai)
    with in_words():
        row.save(force_insert=True)
    _terbit(f"shift:{kode}", {"kode": kode, "berlaku_mulai": berlaku_mulai}, berlaku_mulai, oleh=oleh)
    return row


def _terbit(chain: str, data: Mapping[str, object], mulai: date, *, oleh: User | None) -> None:
    """Hours changed for whoever works by them: everybody's days from then on are dirty."""
    audit.record(chain, "jadwal_diterbitkan", aktor=oleh, data=data)
    kotor.tandai([Rentang(mulai, _akhir_bulan_ini(mulai))], sebab="JADWAL")


# --- Roster -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jaga:
    """One cell of a roster; an empty `kode` takes the row away."""

    pegawai: UUID
    tanggal: date
    kode: str


@transaction.atomic
def isi_roster(jaga: Sequence[Jaga], *, oleh: User | None) -> int:
    """Write cells of a roster; after MALAM the next day becomes LEPAS where nothing else is rostered. Returns the rows written."""
    hapus = [satu for satu in jaga if not satu.kode]
    isi = {(satu.pegawai, satu.tanggal): satu.kode for satu in jaga if satu.kode}
    isi |= lepas_otomatis(isi, kosong={(satu.pegawai, satu.tanggal) for satu in hapus})
    for satu in hapus:
        RosterShift.objects.filter(pegawai=satu.pegawai, tanggal=satu.tanggal).delete()
    rows = [
        RosterShift(pegawai_id=pegawai, tanggal=tanggal, kode=kode, diubah_pada=timezone.now())
        for (pegawai, tanggal), kode in isi.items()
    ]
    with in_words():
        RosterShift.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["pegawai", "tanggal"],
            update_fields=["kode", "diubah_pada"],
            batch_size=5000,
        )
    touched = {*isi, *((satu.pegawai, satu.tanggal) for satu in hapus)}
    kotor.tandai((Rentang(hari - SEHARI, hari + SEHARI, pegawai) for pegawai, hari in touched), sebab="ROSTER")
    audit.record("roster", "roster_diisi", aktor=oleh, data={"sel": len(touched)})
    return len(rows)


def lepas_otomatis(
    isi: Mapping[tuple[UUID, date], str], *, kosong: set[tuple[UUID, date]]
) -> dict[tuple[UUID, date], str]:
    """The LEPAS days that follow from MALAM in these cells, where neither they nor the database hold anything.

    `kosong`: cells that are being emptied.
    """
    wanted = {
        (pegawai, tanggal + SEHARI * n)
        for (pegawai, tanggal), kode in isi.items()
        if kode == KodeShift.MALAM
        for n in range(1, setting("lepas_hari") + 1)
    }
    wanted -= isi.keys()
    rows = RosterShift.objects.filter(pegawai__in={p for p, _ in wanted}, tanggal__in={t for _, t in wanted})
    taken = {(row.pegawai_id, row.tanggal) for row in rows} - kosong
    return dict.fromkeys(wanted - taken, KodeShift.LEPAS.value)


def tanpa_lepas(pegawai: Iterable[UUID], *, mulai: date, sampai: date) -> list[tuple[UUID, date]]:
    """MALAM days that are not followed by the LEPAS days of the setting: what the roster editor warns of."""
    lepas = setting("lepas_hari")
    rows = RosterShift.objects.filter(pegawai__in=list(pegawai), tanggal__range=(mulai, sampai + SEHARI * lepas))
    kode = {(row.pegawai_id, row.tanggal): row.kode for row in rows}
    return sorted(
        (orang, hari)
        for (orang, hari), satu in kode.items()
        if satu == KodeShift.MALAM
        and hari <= sampai
        and any(kode.get((orang, hari + SEHARI * n)) != KodeShift.LEPAS for n in range(1, lepas + 1))
    )


# --- Apel -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def catat_apel(tanggal: date, *, hadir: Iterable[UUID], tidak_hadir: Iterable[UUID], oleh: User | None) -> int:
    """Record the list of an apel. Somebody on part-day dinas luar that morning gets no row, so nothing follows for him."""
    dinas = Ketidakhadiran.objects.filter(
        status=StatusPengajuan.DISETUJUI, jenis__in=DINAS, mulai__lte=tanggal, sampai__gte=tanggal
    ).exclude(bagian=Bagian.SIANG)
    bebas = set(dinas.values_list("pegawai", flat=True))
    isi = {pegawai: False for pegawai in tidak_hadir if pegawai not in bebas} | dict.fromkeys(hadir, True)
    ApelKehadiran.objects.bulk_create(
        [ApelKehadiran(pegawai_id=pegawai, tanggal=tanggal, hadir=ada) for pegawai, ada in isi.items()],
        update_conflicts=True,
        unique_fields=["pegawai", "tanggal"],
        update_fields=["hadir"],
        batch_size=5000,
    )
    kotor.tandai((Rentang(tanggal, tanggal, pegawai) for pegawai in isi), sebab="APEL")
    audit.record(
        "apel", "apel_dicatat", aktor=oleh, data={"tanggal": tanggal, "tidak_hadir": sum(not a for a in isi.values())}
    )
    return len(isi)
