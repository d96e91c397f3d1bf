from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backend.accounts.roles import Peran
from backend.core.errors import NotAllowed
from backend.core.periode import WIB
from backend.platform.models import Notice
from backend.presensi.errors import BelumDapatDisegel, BelumDiajukan, BulanDisegel
from backend.presensi.models import CalonSusulan, HadirHarian, RekapBulan, SegelBulan
from backend.presensi.services import jadwal, koreksi, kotor, segel, tap
from backend.presensi.services.koreksi import Isi
from tests.factories_kepegawaian import Dinas, beri_peran, buat_user
from tests.factories_presensi import MEI, NANTI, hitung_bulan, jaga, ketuk
from tests.factories_presensi import koreksi as buat_koreksi

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(dinas: Dinas):
    user = buat_user()
    beri_peran(user, Peran.ADMIN_OPD, dinas.opd)
    return user


@pytest.fixture
def tersegel(dinas: Dinas, admin) -> SegelBulan:
    hitung_bulan()
    segel.ajukan(dinas.opd, MEI, oleh=admin, sekarang=NANTI)
    return segel.segel(dinas.opd, MEI, oleh=dinas.kepala.user, sekarang=NANTI)


def antrean() -> None:
    with transaction.atomic():
        kotor.proses(sekarang=NANTI)


def test_admin_proposes_and_kepala_seals_with_the_checksum_of_the_rows(dinas: Dinas, tersegel: SegelBulan):
    assert tersegel.jumlah_pegawai == 4
    assert tersegel.checksum == segel.checksum(dinas.opd.pk, MEI)[1]
    assert set(RekapBulan.objects.values_list("status", flat=True)) == {"DISEGEL"}


def test_only_the_right_role_acts(dinas: Dinas, admin):
    hitung_bulan()
    with pytest.raises(NotAllowed):
        segel.ajukan(dinas.opd, MEI, oleh=dinas.staf.user, sekarang=NANTI)
    with pytest.raises(BelumDiajukan):
        segel.segel(dinas.opd, MEI, oleh=dinas.kepala.user, sekarang=NANTI)
    segel.ajukan(dinas.opd, MEI, oleh=admin, sekarang=NANTI)
    with pytest.raises(NotAllowed):
        segel.segel(dinas.opd, MEI, oleh=admin, sekarang=NANTI)


def test_an_unfinished_month_or_an_open_correction_stands_in_the_way(dinas: Dinas, admin):
    hitung_bulan(sekarang=datetime(2025, 5, 20, tzinfo=WIB))
    with pytest.raises(BelumDapatDisegel, match="belum selesai"):
        segel.ajukan(dinas.opd, MEI, oleh=admin, sekarang=NANTI)
    hitung_bulan()
    buat_koreksi(dinas.staf, date(2025, 5, 5), "GANGGUAN_MESIN", sisi="KEDUA", status="DIAJUKAN")
    with pytest.raises(BelumDapatDisegel, match="1 koreksi"):
        segel.ajukan(dinas.opd, MEI, oleh=admin, sekarang=NANTI)


def test_a_sealed_month_never_changes_and_late_facts_become_candidates(dinas: Dinas, tersegel: SegelBulan, admin):
    """A6: a tap, a roster change; and the same fact twice is one candidate."""
    for _ in range(2):
        ketuk(dinas.staf, "2025-05-05 07:21:40")
        antrean()
    jaga(dinas.staf_lain)
    jadwal.isi_roster([jadwal.Jaga(dinas.staf_lain.pk, date(2025, 5, 6), "PAGI")], oleh=None)
    antrean()
    assert segel.checksum(dinas.opd.pk, MEI)[1] == tersegel.checksum
    found = {(row.pegawai_id, row.tanggal, row.sebab) for row in CalonSusulan.objects.all()}
    assert (dinas.staf.pk, date(2025, 5, 5), "TAP") in found
    assert {sebab for pegawai, _, sebab in found if pegawai == dinas.staf_lain.pk} == {"ROSTER"}


def test_a_correction_for_a_sealed_month_is_refused(dinas: Dinas, tersegel: SegelBulan):
    isi = Isi(date(2025, 5, 30), "GANGGUAN_MESIN", "mesin mati", sisi="KEDUA")
    row = koreksi.buat(dinas.staf, isi, oleh=dinas.staf.user, sekarang=NANTI)
    with pytest.raises(BulanDisegel):
        koreksi.ajukan(row, oleh=dinas.staf.user, sekarang=datetime(2025, 6, 2, tzinfo=WIB))


def test_the_database_itself_refuses_every_change_of_a_sealed_month(dinas: Dinas, tersegel: SegelBulan):
    works = (
        lambda: HadirHarian.objects.filter(pegawai=dinas.staf).update(persen=0),
        lambda: HadirHarian.objects.filter(pegawai=dinas.staf).delete(),
        lambda: RekapBulan.objects.filter(pegawai=dinas.staf).update(status="TERBUKA"),
        lambda: RekapBulan.objects.filter(pegawai=dinas.staf).delete(),
        lambda: SegelBulan.objects.update(status="TERBUKA"),
        lambda: SegelBulan.objects.all().delete(),
    )
    for work in works:
        with pytest.raises(IntegrityError, match="sudah disegel"), transaction.atomic():
            work()


# Among rows of an open month, one of the sealed month is enough; a partition that a program writes into is guarded as well.
@pytest.mark.parametrize("tabel", ["presensi_hadirharian", "presensi_hadirharian_202505"])
@pytest.mark.parametrize(
    "perintah",
    [
        "UPDATE {tabel} SET persen = persen + 1 WHERE pegawai_id = %s",
        "DELETE FROM {tabel} WHERE pegawai_id = %s",
        "UPDATE {tabel} SET pegawai_id = gen_random_uuid() WHERE pegawai_id = %s",
    ],
)
def test_a_statement_over_many_rows_is_refused_whole(dinas: Dinas, tersegel: SegelBulan, tabel: str, perintah: str):
    hitung_bulan(date(2025, 4, 1))
    before = list(HadirHarian.objects.order_by("pk").values_list("pk", "persen"))
    with pytest.raises(IntegrityError, match="sudah disegel"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(perintah.format(tabel=tabel), [dinas.staf.pk])
    assert list(HadirHarian.objects.order_by("pk").values_list("pk", "persen")) == before


@pytest.mark.parametrize("tabel", ["presensi_hadirharian", "presensi_hadirharian_202709"])
def test_no_row_is_added_to_a_sealed_month(dinas: Dinas, tabel: str):
    hitung_bulan()
    tap.siapkan_partisi([date(2027, 9, 1)])
    RekapBulan.objects.filter(pegawai=dinas.staf).update(bulan=date(2027, 9, 1), status="DISEGEL")
    salin = (
        f"INSERT INTO {tabel} SELECT pegawai_id, date '2027-09-01', opd_id, pola, jadwal_masuk, jadwal_pulang, masuk, pulang,"  # noqa: S608 names of this test
        " menit_telat, menit_pulang_cepat, status, kode, penanda, persen, aturan, versi_aturan, dihitung_pada"
        " FROM presensi_hadirharian WHERE tanggal = '2025-05-02' AND pegawai_id = %s"
    )
    with pytest.raises(IntegrityError, match="sudah disegel"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(salin, [dinas.staf.pk])
    assert not HadirHarian.objects.filter(tanggal__year=2027).exists()


def test_bkpsdm_is_told_once_which_opd_have_not_sealed(dinas: Dinas):
    beri_peran(user := buat_user(), Peran.BKPSDM)
    hitung_bulan()
    batas = datetime(2025, 6, 3, 23, 59, 59, tzinfo=WIB)
    assert segel.eskalasi(sekarang=batas) == 0
    assert segel.eskalasi(sekarang=batas + timedelta(seconds=1)) == 1
    segel.eskalasi(sekarang=NANTI)
    assert [notice.isi for notice in Notice.objects.filter(penerima=user)] == [dinas.opd.nama]
