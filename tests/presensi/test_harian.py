"""Acceptance of presensi.md §11 and §13 on the day rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.kepegawaian.models import Kalender, RiwayatJabatan
from backend.platform import outbox
from backend.presensi import queries
from backend.presensi.enums import SHIFT, StatusHari, SumberTap
from backend.presensi.models import HadirHarian, HariKotor, PenugasanJadwal, RekapBulan
from backend.presensi.services import kotor, tap
from backend.presensi.services.tap import TapBaru
from tests.factories_kepegawaian import Dinas, buat_dinas, dudukkan
from tests.factories_presensi import (
    MEI,
    NANTI,
    hari,
    hitung_bulan,
    hitung_hari,
    izin,
    jaga,
    ketuk,
    rekap,
    saat,
    tugaskan,
)

pytestmark = pytest.mark.django_db
SENIN = date(2025, 5, 5)


def rows(*fields: str) -> list[tuple[object, ...]]:
    return list(HadirHarian.objects.order_by("pegawai_id", "tanggal").values_list(*fields))


ALL = ("pegawai", "tanggal", "opd", "status", "masuk", "pulang", "kode", "penanda", "persen", "aturan")


def antrean(sekarang=NANTI) -> None:
    """Empty the dirty queue, as the outbox does."""
    with transaction.atomic():
        kotor.proses(sekarang=sekarang)


def test_a_month_has_a_row_for_each_person_and_day(dinas: Dinas):
    assert hitung_bulan().hari == 4 * 31
    assert RekapBulan.objects.count() == 4


def test_running_again_changes_nothing(dinas: Dinas):
    ketuk(dinas.staf, "2025-05-05 07:21:40", "2025-05-05 16:04:10")
    hitung_bulan()
    again = hitung_bulan(sekarang=NANTI + timedelta(days=1))
    assert (again.hari, again.rekap) == (0, 0)


def test_the_order_of_taps_and_repeats_play_no_role(dinas: Dinas):
    """A2."""
    taps = ["2025-05-05 07:21:40", "2025-05-05 12:00:00", "2025-05-05 16:04:10", "2025-05-06 08:00:00"]
    ketuk(dinas.staf, *taps)
    ketuk(dinas.staf_lain, *reversed(taps), *taps)
    hitung_bulan()
    mine, other = (
        list(HadirHarian.objects.filter(pegawai=orang).values_list(*ALL[3:])) for orang in (dinas.staf, dinas.staf_lain)
    )
    assert mine == other


def test_one_late_tap_changes_one_day_row_and_one_recap(dinas: Dinas):
    ketuk(dinas.staf, "2025-05-05 07:21:40")
    hitung_bulan()
    HariKotor.objects.all().delete()
    ketuk(dinas.staf, "2025-05-05 16:04:10")
    with transaction.atomic():
        result = kotor.proses(sekarang=NANTI)
    assert (result.hari, result.rekap) == (1, 1)
    assert hari(dinas.staf, SENIN).kode == []
    assert rekap(dinas.staf).persen == sum(row.persen for row in HadirHarian.objects.filter(pegawai=dinas.staf))


def test_a_holiday_recomputes_that_date_for_pattern_employees_only(dinas: Dinas):
    """A3. The calendar's own trigger makes the date dirty; shift employees keep their rows."""
    jaga(dinas.staf_lain, d20250505="PAGI")
    hitung_bulan()
    HariKotor.objects.all().delete()
    before = dict(HadirHarian.objects.filter(pegawai=dinas.staf_lain).values_list("tanggal", "dihitung_pada"))
    Kalender.objects.create(tanggal=SENIN, nama="Libur daerah", libur=True)
    with transaction.atomic():
        result = kotor.proses(sekarang=NANTI + timedelta(days=1))
    assert result.hari == 3
    assert hari(dinas.staf, SENIN).status == StatusHari.LIBUR
    assert dict(HadirHarian.objects.filter(pegawai=dinas.staf_lain).values_list("tanggal", "dihitung_pada")) == before


def test_the_ramadan_flag_changes_n5_and_n6_only(dinas: Dinas):
    """A4."""
    people = dict(
        zip(("N5", "N6", "PW5", SHIFT), (dinas.kepala, dinas.kabid, dinas.staf, dinas.staf_lain), strict=True)
    )
    for pola, orang in people.items():
        tugaskan(orang, pola)
    jaga(dinas.staf_lain, d20250505="PAGI")
    hours = lambda orang: HadirHarian.objects.values_list("jadwal_masuk", "jadwal_pulang").get(  # noqa: E731
        pegawai=orang, tanggal=SENIN
    )
    hitung_bulan()
    before = {pola: hours(orang) for pola, orang in people.items()}
    Kalender.objects.create(tanggal=SENIN, nama="Ramadan", ramadan=True)
    hitung_bulan()
    after = {pola: hours(orang) for pola, orang in people.items()}
    assert {pola for pola in people if before[pola] != after[pola]} == {"N5", "N6"}
    assert after["N5"] == (saat("2025-05-05 08:00"), saat("2025-05-05 15:00"))


def test_the_calendar_of_one_opd_leaves_others_alone(dinas: Dinas):
    lain = buat_dinas("Dinas Lain", kota=dinas)
    Kalender.objects.create(tanggal=SENIN, nama="Libur sekolah", libur=True, opd=lain.opd)
    hitung_bulan()
    assert hari(dinas.staf, SENIN).status == StatusHari.TK
    assert hari(lain.staf, SENIN).status == StatusHari.LIBUR


def test_an_unrostered_shift_employee_is_listed_and_never_tk(dinas: Dinas):
    """A7."""
    tugaskan(dinas.staf, SHIFT)
    hitung_bulan()
    assert set(HadirHarian.objects.filter(pegawai=dinas.staf).values_list("status", flat=True)) == {"TANPA_JADWAL"}
    assert [row.pegawai for row in queries.roster_kosong(dinas.kepala.user, MEI)] == [dinas.staf]


def test_malam_on_the_31st_belongs_to_the_old_month_until_its_window_closes(dinas: Dinas):
    """A8."""
    jaga(dinas.staf, **{f"d202505{n:02}": "OFF" for n in range(1, 31)}, d20250531="MALAM", d20250601="LEPAS")
    hitung_bulan(sekarang=saat("2025-06-01 12:59:00"))
    assert rekap(dinas.staf).belum == 1
    assert queries.penghalang_segel(dinas.opd.pk, MEI)
    ketuk(dinas.staf, "2025-05-31 20:50:00", "2025-06-01 07:05:00")
    hitung_bulan(sekarang=saat("2025-06-01 13:00:01"))
    malam = hari(dinas.staf, date(2025, 5, 31))
    assert (malam.status, malam.pulang, malam.kode) == ("HADIR", saat("2025-06-01 07:05"), [])
    assert rekap(dinas.staf).belum == 0


def test_a_move_in_mid_month_splits_the_days_and_keeps_one_recap(dinas: Dinas):
    """A10."""
    lain = buat_dinas("Dinas Lain", kota=dinas)
    RiwayatJabatan.objects.filter(pegawai=dinas.staf).update(sampai=date(2025, 5, 14))
    dudukkan(dinas.staf, lain.posisi_staf, mulai=date(2025, 5, 15))
    hitung_bulan()
    by_opd = dict.fromkeys((dinas.opd.pk, lain.opd.pk), 0)
    for opd in HadirHarian.objects.filter(pegawai=dinas.staf).values_list("opd", flat=True):
        by_opd[opd] += 1
    assert by_opd == {dinas.opd.pk: 14, lain.opd.pk: 17}
    assert rekap(dinas.staf).opd == lain.opd
    assert RekapBulan.objects.filter(pegawai=dinas.staf).count() == 1


def test_days_without_a_post_have_no_row(dinas: Dinas):
    hitung_bulan()
    RiwayatJabatan.objects.filter(pegawai=dinas.staf).update(sampai=date(2025, 5, 9))
    hitung_bulan()
    assert HadirHarian.objects.filter(pegawai=dinas.staf).count() == 9


def test_the_fourth_sick_day_of_the_month_counts_over_separate_rows(dinas: Dinas):
    izin(dinas.staf, "SAKIT", date(2025, 5, 5), date(2025, 5, 6))
    izin(dinas.staf, "SAKIT", date(2025, 5, 19), date(2025, 5, 20))
    hitung_bulan()
    costs = HadirHarian.objects.filter(pegawai=dinas.staf, status="SAKIT").order_by("tanggal")
    assert [(row.tanggal.day, row.kode, row.persen) for row in costs] == [
        (5, [], 0), (6, [], 0), (19, [], 0), (20, ["SAKIT_LANJUT"], 1),
    ]  # fmt: skip
    assert rekap(dinas.staf).per_kode["SAKIT_LANJUT"] == 1


def test_a_changed_leave_recomputes_exactly_its_days(dinas: Dinas):
    hitung_bulan()
    izin(dinas.staf, "CUTI_TAHUNAN", date(2025, 5, 5), date(2025, 5, 7))
    result = hitung_bulan(pegawai=dinas.staf.pk)
    assert (result.hari, result.rekap) == (3, 1)


def test_the_rules_that_spoke_are_kept(dinas: Dinas):
    ketuk(dinas.staf, "2025-05-05 08:01:00")
    row = hitung_hari(dinas.staf, SENIN)
    assert row.kode == ["TL2", "PSW4"]
    assert row.aturan == ["AK-12", "AK-25", "AP-TL2", "AP-PSW4"]
    assert row.versi_aturan == "berkas;berkas"


def test_the_outbox_computes_what_taps_made_dirty(dinas: Dinas):
    ketuk(dinas.staf, "2025-05-05 07:21:40", "2025-05-05 16:04:10")
    outbox.drain()
    assert hari(dinas.staf, SENIN).status == StatusHari.HADIR
    assert not HariKotor.objects.exists()


def test_the_months_of_the_future_are_not_built(dinas: Dinas):
    izin(dinas.staf, "CUTI_TAHUNAN", date(2025, 7, 1), date(2025, 7, 3))
    kotor.tandai([kotor.Rentang(date(2025, 7, 1), date(2025, 7, 3), dinas.staf.pk)], sebab="CUTI_TAHUNAN")
    antrean()
    assert not HadirHarian.objects.exists()


def test_a_schedule_period_may_not_overlap(dinas: Dinas):
    tugaskan(dinas.staf)
    with pytest.raises(IntegrityError, match="one_schedule_per_pegawai_and_day"), transaction.atomic():
        PenugasanJadwal.objects.create(pegawai=dinas.staf, pola="N6", mulai=SENIN)


def test_statement_counts_do_not_grow_with_people(dinas: Dinas, django_assert_num_queries):
    hitung_bulan()
    with django_assert_num_queries(1):
        assert len(queries.skor(MEI, opd=[dinas.opd.pk])) == 4


def test_the_score_is_the_sum_of_the_day_rows(dinas: Dinas):
    ketuk(dinas.staf, "2025-05-05 07:21:40")
    hitung_bulan()
    by_person = {row.pegawai: row for row in queries.skor(MEI, opd=None)}
    assert by_person[dinas.staf.pk].persen == rekap(dinas.staf).persen
    assert by_person[dinas.staf.pk].kode == rekap(dinas.staf).per_kode
    assert queries.skor(MEI, opd=[]) == []


def test_the_explanation_says_where_each_tap_belongs(dinas: Dinas):
    tap.terima(
        [TapBaru(dinas.staf.nip, saat(f"2025-05-05 {jam}")) for jam in ("07:29", "23:30", "16:10")],
        sumber=SumberTap.IMPOR,
        sekarang=NANTI,
    )
    found = queries.penjelasan(dinas.staf.pk, SENIN, sekarang=NANTI)
    assert [(f"{satu.saat:%H:%M}", satu.sisi) for satu in found.taps] == [
        ("07:29", "IN"),
        ("16:10", "OUT"),
        ("23:30", ""),
    ]
    assert found.hari.kode == ()


def test_a_holiday_in_a_month_that_was_never_built_makes_no_days(dinas: Dinas):
    Kalender.objects.create(tanggal=SENIN, nama="Libur daerah", libur=True)
    antrean()
    assert not HadirHarian.objects.exists()
    assert not HariKotor.objects.exists()


def test_a_span_over_two_months_is_computed_in_both(dinas: Dinas):
    kotor.tandai([kotor.Rentang(date(2025, 4, 30), date(2025, 5, 2), dinas.staf.pk)], sebab="JADWAL")
    antrean()
    assert [row.tanggal.day for row in HadirHarian.objects.order_by("tanggal")] == [30, 1, 2]
