"""Calendar of the months: default dates, states by the clock, who gets a laporan (kinerja.md §2.2, §3.1, T1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from backend.core.periode import WIB
from backend.kinerja import errors
from backend.kinerja.models import LaporanPeriode, Periode, RealisasiIKI, RealisasiRenaksi
from backend.kinerja.services import periode
from backend.platform import outbox
from backend.platform.models import Job
from tests.factories_kinerja import Kota, buat_kota, buat_periode, buat_skp, instance_of, laporan_of, tambah_iki


def wib(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=WIB)


@pytest.mark.parametrize(
    ("bulan", "buka", "tenggat", "tutup"),
    [
        (3, wib(2025, 4, 1), wib(2025, 4, 10, 23, 59, 59), wib(2025, 4, 25, 23, 59, 59)),
        (12, wib(2025, 12, 15), wib(2026, 1, 10, 23, 59, 59), wib(2026, 1, 25, 23, 59, 59)),
    ],
)
def test_default_dates_december_opens_early(db: None, bulan: int, buka: datetime, tenggat: datetime, tutup: datetime):
    satu = periode.jadwalkan(tahun=2025, bulan=bulan, oleh=None)
    assert (satu.buka, satu.tenggat, satu.tutup, satu.status) == (buka, tenggat, tutup, "terjadwal")
    assert periode.jadwalkan(tahun=2025, bulan=bulan, oleh=None) == satu


def test_the_clock_moves_a_period_through_its_states(db: None):
    satu = periode.jadwalkan(tahun=2025, bulan=3, oleh=None)
    seen = []
    for pada in (
        wib(2025, 3, 31, 23, 59),
        wib(2025, 4, 1),
        wib(2025, 4, 10, 23, 59, 59),
        wib(2025, 4, 11),
        wib(2025, 4, 26),
    ):
        dibuka = periode.lewati_waktu(pada)
        satu.refresh_from_db()
        seen.append((satu.status, len(dibuka)))
    assert seen == [("terjadwal", 0), ("buka", 1), ("buka", 0), ("lewat_tenggat", 0), ("tutup", 0)]


def test_moving_a_date_moves_the_state(kota: Kota):
    awal = kota.periode.buka
    satu = periode.ubah_tanggal(
        kota.periode, oleh=kota.bkpsdm(), buka=awal, tenggat=awal + timedelta(hours=1), tutup=awal + timedelta(hours=2)
    )
    assert satu.status == "tutup"


def test_a_laporan_gets_snapshots_of_its_targets(kota: Kota):
    renaksi = RealisasiRenaksi.objects.filter(laporan=kota.laporan).order_by("pk")
    assert [row.target for row in renaksi] == [5, 3, 5, 3]
    assert [row.target_max for row in RealisasiIKI.objects.filter(laporan=kota.laporan)] == [10, 10]
    laporan = kota.laporan
    assert (laporan.penilai_pegawai, laporan.atasan_posisi_id, laporan.penilai_cara) == (
        kota.dinas.kabid, kota.dinas.posisi_kabid.pk, "definitif",
    )  # fmt: skip


def test_only_measured_months_give_rows(db: None):
    kota = buat_kota(buka=False)
    rhk = kota.skp.rhk.first()
    assert rhk is not None
    tambah_iki(rhk, urut=5, bulan_ukur=[6])
    periode.buka(kota.periode, oleh=None)
    assert RealisasiIKI.objects.count() == 2


@pytest.mark.parametrize("kedudukan", ["02", "20"])
def test_people_without_duty_to_report_get_no_laporan(db: None, kedudukan: str):
    kota = buat_kota(buka=False)
    kota.dinas.staf.kedudukan_hukum = kedudukan
    kota.dinas.staf.save()
    assert periode.buka(kota.periode, oleh=None) == 0


def test_the_skp_of_the_last_day_gets_the_laporan(db: None):
    kota = buat_kota(buka=False, akhir=date(2025, 3, 15), status="ditutup")
    baru = buat_skp(kota.dinas.staf, awal=date(2025, 3, 16), versi=2)
    periode.buka(kota.periode, oleh=None)
    assert laporan_of(kota.dinas.staf).skp == baru
    assert LaporanPeriode.objects.count() == 1


def test_a_late_skp_is_opened_by_hand(kota: Kota):
    skp = buat_skp(kota.dinas.staf_lain)
    laporan = periode.buka_satu(skp, kota.periode, oleh=None)
    assert instance_of(laporan).status == "running"
    assert periode.buka_satu(skp, kota.periode, oleh=None) == laporan
    belum = periode.jadwalkan(tahun=2025, bulan=4, oleh=None)
    with pytest.raises(errors.PeriodeBelumBuka, match="1 Mei 2025"):
        periode.buka_satu(skp, belum, oleh=None)
    with pytest.raises(errors.SkpBelumBerlaku):
        periode.buka_satu(buat_skp(kota.dinas.kabid, status="draf"), kota.periode, oleh=None)


def test_opening_is_a_job_that_a_second_press_joins(db: None):
    kota = buat_kota(buka=False)
    job = periode.mulai_buka(kota.periode, oleh=None)
    assert periode.mulai_buka(kota.periode, oleh=None) == job
    outbox.drain()
    assert Job.objects.get().status == "selesai"
    assert LaporanPeriode.objects.count() == 1


def test_the_statements_of_an_opening_do_not_grow_with_the_people(db: None, django_assert_max_num_queries):
    kota = buat_kota(buka=False)
    for pegawai in (kota.dinas.staf_lain, kota.dinas.kabid):
        buat_skp(pegawai)
    april = buat_periode(4)
    Periode.objects.filter(pk=kota.periode.pk).delete()
    with django_assert_max_num_queries(60):
        assert periode.buka(april, oleh=None) == 3


def test_a_cancelled_laporan_is_not_opened_again_and_stops_nobody_else(kota: Kota):
    LaporanPeriode.objects.filter(pk=kota.laporan.pk).update(status="dibatalkan")
    satu = kota.laporan.periode
    periode.buka(satu, oleh=None)
    assert list(LaporanPeriode.objects.filter(skp=kota.laporan.skp, periode=satu)) == [kota.laporan]
    assert periode.buka_satu(kota.laporan.skp, satu, oleh=None) == kota.laporan
