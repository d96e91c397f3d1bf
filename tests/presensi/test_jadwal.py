from __future__ import annotations

from datetime import date, time

import pytest

from backend.platform import outbox
from backend.presensi import bawaan, queries
from backend.presensi.errors import JadwalBertabrakan, JadwalSudahBerlaku, PolaTidakDikenal
from backend.presensi.models import ApelKehadiran, HadirHarian, JadwalPola, PenugasanJadwal, RosterShift
from backend.presensi.services import jadwal
from backend.presensi.services.jadwal import Jaga
from tests.factories_kepegawaian import Dinas
from tests.factories_presensi import hari, hitung_bulan, izin, tugaskan

pytestmark = pytest.mark.django_db
SENIN = date(2025, 5, 5)
SELASA = date(2025, 5, 6)


def roster(dinas: Dinas) -> dict[int, str]:
    rows = RosterShift.objects.filter(pegawai=dinas.staf).order_by("tanggal")
    return {row.tanggal.day: row.kode for row in rows}


def test_the_shipped_rows_are_those_of_the_file(db: None):
    aturan = queries.aturan_pada(SENIN)
    assert (aturan.pola, aturan.shift) == (bawaan.aturan().pola, bawaan.aturan().shift)


def test_a_new_schedule_ends_the_open_one(dinas: Dinas):
    jadwal.tugaskan(dinas.staf, pola="N5", mulai=date(2025, 1, 1), oleh=None)
    jadwal.tugaskan(dinas.staf, pola="N6", mulai=SENIN, oleh=None)
    rows = PenugasanJadwal.objects.filter(pegawai=dinas.staf).order_by("mulai").values_list("pola", "sampai")
    assert list(rows) == [("N5", date(2025, 5, 4)), ("N6", None)]


def test_unknown_or_overlapping_schedules_are_refused(dinas: Dinas):
    with pytest.raises(PolaTidakDikenal, match="SHIFT"):
        jadwal.tugaskan(dinas.staf, pola="N9", mulai=SENIN, oleh=None)
    jadwal.tugaskan(dinas.staf, pola="N5", mulai=SENIN, sampai=date(2025, 5, 30), oleh=None)
    with pytest.raises(JadwalBertabrakan):
        jadwal.tugaskan(dinas.staf, pola="N6", mulai=SELASA, sampai=SELASA, oleh=None)


def test_malam_is_followed_by_lepas_unless_something_is_rostered(dinas: Dinas):
    tugaskan(dinas.staf, "SHIFT")
    jadwal.isi_roster([Jaga(dinas.staf.pk, SENIN, "MALAM")], oleh=None)
    assert roster(dinas) == {5: "MALAM", 6: "LEPAS"}
    jadwal.isi_roster([Jaga(dinas.staf.pk, SELASA, "PAGI")], oleh=None)
    jadwal.isi_roster([Jaga(dinas.staf.pk, SENIN, "MALAM")], oleh=None)
    assert roster(dinas) == {5: "MALAM", 6: "PAGI"}
    assert jadwal.tanpa_lepas([dinas.staf.pk], mulai=SENIN, sampai=SENIN) == [(dinas.staf.pk, SENIN)]
    jadwal.isi_roster([Jaga(dinas.staf.pk, SELASA, "")], oleh=None)
    assert roster(dinas) == {5: "MALAM"}


def test_a_roster_change_recomputes_its_days(dinas: Dinas):
    tugaskan(dinas.staf, "SHIFT")
    hitung_bulan()
    jadwal.isi_roster([Jaga(dinas.staf.pk, SENIN, "OFF")], oleh=None)
    outbox.drain()
    assert hari(dinas.staf, SENIN).status == "OFF"


def test_an_apel_list_spares_who_is_on_dinas_luar_that_morning(dinas: Dinas):
    izin(dinas.staf, "DINAS_LUAR", SENIN, bagian="PAGI")
    jadwal.catat_apel(SENIN, hadir=[dinas.kabid.pk], tidak_hadir=[dinas.staf.pk, dinas.staf_lain.pk], oleh=None)
    assert dict(ApelKehadiran.objects.values_list("pegawai", "hadir")) == {
        dinas.kabid.pk: True,
        dinas.staf_lain.pk: False,
    }


def test_a_new_version_of_a_pattern_rules_from_its_date(dinas: Dinas):
    jadwal.terbitkan_pola(
        kode="N5", nama="Lima hari", dasar_hukum="Perwali contoh", versi_ramadan="R5", berlaku_mulai=SELASA,
        hari={n: (time(8), time(16), 30) for n in range(1, 6)}, oleh=None,
    )  # fmt: skip
    hitung_bulan()
    starts = HadirHarian.objects.filter(pegawai=dinas.staf, tanggal__in=(SENIN, SELASA)).order_by("tanggal")
    assert [f"{queries.lokal(row.jadwal_masuk):%H:%M}" for row in starts] == ["07:30", "08:00"]
    assert JadwalPola.objects.filter(kode="N5", berlaku_sampai=SENIN).exists()
    with pytest.raises(JadwalSudahBerlaku):
        jadwal.terbitkan_pola(
            kode="N5", nama="Lima hari", dasar_hukum="", versi_ramadan="", berlaku_mulai=SENIN, hari={}, oleh=None
        )
