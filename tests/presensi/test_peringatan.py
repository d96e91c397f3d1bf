from __future__ import annotations

from datetime import date

import pytest

from backend.accounts.roles import Peran
from backend.kepegawaian.models import Kalender
from backend.platform.models import Notice
from backend.presensi.models import Peringatan
from backend.presensi.services import peringatan
from tests.factories_kepegawaian import Dinas, beri_peran, buat_user
from tests.factories_presensi import MEI, hitung_bulan, ketuk

pytestmark = pytest.mark.django_db
AKHIR = date(2025, 6, 10)
HARI_KERJA = [1, 2, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30]


def hadir_kecuali(dinas: Dinas, *absen: int) -> None:
    """Everybody present all May but the staf on these days."""
    for orang in (dinas.kepala, dinas.kabid, dinas.staf, dinas.staf_lain):
        days = [n for n in HARI_KERJA if orang != dinas.staf or n not in absen]
        ketuk(orang, *(f"2025-05-{n:02} {jam}" for n in days for jam in ("07:20:00", "16:35:00")))
    hitung_bulan(MEI)


def warned(dinas: Dinas) -> set[tuple[str, str, int]]:
    peringatan.perbarui(2025, pada=AKHIR)
    rows = Peringatan.objects.values_list("pegawai", "jenis", "hukuman", "hari_tk")
    assert {row[0] for row in rows} <= {dinas.staf.pk}
    return {row[1:] for row in rows}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((5,), set()),
        ((5, 6), {("MENDEKATI", "TEGURAN_LISAN", 2)}),
        ((5, 7, 9), {("AMBANG", "TEGURAN_LISAN", 3), ("MENDEKATI", "TEGURAN_TERTULIS", 3)}),
        ((5, 7, 9, 13), {("AMBANG", "TEGURAN_TERTULIS", 4)}),
    ],
)
def test_a_threshold_reached_or_one_day_away_warns(dinas: Dinas, days, expected):
    hadir_kecuali(dinas, *days)
    assert warned(dinas) == expected


def test_ten_in_a_row_over_weekend_and_holiday_warns_once(dinas: Dinas):
    """A9."""
    Kalender.objects.create(tanggal=date(2025, 5, 12), nama="Waisak", libur=True)
    hadir_kecuali(dinas, 2, 5, 6, 7, 8, 9, 13, 14, 15, 16)
    found = warned(dinas)
    assert ("BERTURUT", "PEMBERHENTIAN", 10) in found
    peringatan.perbarui(2025, pada=AKHIR)
    assert Peringatan.objects.filter(jenis="BERTURUT").count() == 1


def test_nine_in_a_row_and_one_later_is_no_row_of_ten(dinas: Dinas):
    hadir_kecuali(dinas, 5, 6, 7, 8, 9, 12, 13, 14, 15, 19)
    assert {jenis for jenis, _, _ in warned(dinas)} == {"AMBANG", "MENDEKATI"}


def test_atasan_admin_and_bkpsdm_are_told(dinas: Dinas):
    people = [buat_user(), buat_user()]
    beri_peran(people[0], Peran.ADMIN_OPD, dinas.opd)
    beri_peran(people[1], Peran.BKPSDM)
    hadir_kecuali(dinas, 5, 7, 9, 13)
    warned(dinas)
    assert set(Notice.objects.values_list("penerima", flat=True)) == {
        dinas.kabid.user_id,
        *(user.pk for user in people),
    }
