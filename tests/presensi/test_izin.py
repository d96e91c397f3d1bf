from __future__ import annotations

from datetime import date, datetime

import pytest

from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.core.periode import WIB
from backend.platform import files, outbox
from backend.presensi.enums import Bagian, JenisTidakHadir, StatusHari
from backend.presensi.errors import (
    BukanPemutus,
    KoreksiSendiri,
    SakitDiLuarCuti,
    SuratDiperlukan,
    SuratTerlambat,
    TanggalSudahTerisi,
)
from backend.presensi.models import HadirHarian
from backend.presensi.services import izin
from backend.presensi.services.izin import Izin
from tests.factories_kepegawaian import Dinas, beri_peran, buat_user
from tests.factories_presensi import hari, hitung_bulan

pytestmark = pytest.mark.django_db
SENIN, RABU = date(2025, 5, 5), date(2025, 5, 7)
SEKARANG = datetime(2025, 5, 8, 9, 0, tzinfo=WIB)
CUTI = JenisTidakHadir.CUTI_TAHUNAN


def ajukan(dinas: Dinas, **fields):
    values = {"jenis": CUTI, "mulai": SENIN, "sampai": RABU, **fields}
    return izin.ajukan(Izin(dinas.staf, **values), oleh=dinas.staf.user, sekarang=SEKARANG)


@pytest.fixture
def bkpsdm(db: None):
    beri_peran(user := buat_user(), Peran.BKPSDM)
    return user


def test_only_an_approved_row_counts_and_exactly_its_days(dinas: Dinas):
    hitung_bulan()
    row = ajukan(dinas)
    outbox.drain()
    assert hari(dinas.staf, SENIN).status == StatusHari.TK
    izin.putuskan(row, setuju=True, oleh=dinas.kabid.user, sekarang=SEKARANG)
    outbox.drain()
    assert list(
        HadirHarian.objects.filter(pegawai=dinas.staf, status="CUTI")
        .order_by("tanggal")
        .values_list("tanggal__day", flat=True)
    ) == [5, 6, 7]


def test_a_cancelled_row_gives_its_days_back(dinas: Dinas, bkpsdm):
    hitung_bulan()
    row = izin.catat(Izin(dinas.staf, CUTI, SENIN, RABU), oleh=None)
    with pytest.raises(BukanPemutus):
        izin.batalkan(row, oleh=dinas.staf.user, sekarang=SEKARANG, alasan="batal")
    izin.batalkan(row, oleh=bkpsdm, sekarang=SEKARANG, alasan="Salah orang.")
    outbox.drain()
    assert hari(dinas.staf, SENIN).status == StatusHari.TK


def test_two_rows_may_not_share_a_day(dinas: Dinas):
    ajukan(dinas)
    with pytest.raises(TanggalSudahTerisi):
        ajukan(dinas, mulai=RABU, sampai=date(2025, 5, 9))


def test_sickness_inside_leave_needs_a_decision_of_bkpsdm(dinas: Dinas, bkpsdm):
    ajukan(dinas)
    sakit = {"jenis": JenisTidakHadir.SAKIT, "nomor_surat": "RS/1", "mulai": SENIN, "sampai": SENIN}
    with pytest.raises(TanggalSudahTerisi):
        ajukan(dinas, **sakit)
    with pytest.raises(InvalidFields):
        ajukan(dinas, **sakit, keputusan_bkpsdm="800/9")
    decided = Izin(dinas.staf, **sakit, keputusan_bkpsdm="800/9")
    izin.ajukan(decided, oleh=bkpsdm, sekarang=SEKARANG)
    outside = Izin(dinas.staf, **{**sakit, "sampai": date(2025, 5, 9)}, keputusan_bkpsdm="800/9")
    with pytest.raises((SakitDiLuarCuti, TanggalSudahTerisi)):
        izin.ajukan(outside, oleh=bkpsdm, sekarang=SEKARANG)
    alone = Izin(dinas.staf_lain, **sakit, keputusan_bkpsdm="800/9")
    with pytest.raises(SakitDiLuarCuti):
        izin.ajukan(alone, oleh=bkpsdm, sekarang=SEKARANG)


def test_dinas_luar_needs_number_and_file(dinas: Dinas):
    dinas_luar = {"jenis": JenisTidakHadir.DINAS_LUAR, "sampai": SENIN}
    with pytest.raises(SuratDiperlukan):
        ajukan(dinas, **dinas_luar, nomor_surat="090/1")
    berkas = files.store_bytes(b"%PDF-1.4", nama="surat.pdf", jenis="pdf")
    row = ajukan(dinas, **dinas_luar, nomor_surat="090/1", berkas=berkas, bagian=Bagian.PAGI)
    assert row.bagian == "PAGI"


def test_only_one_day_of_dinas_is_partial(dinas: Dinas):
    berkas = files.store_bytes(b"%PDF-1.4", nama="surat.pdf", jenis="pdf")
    with pytest.raises(InvalidFields):
        ajukan(dinas, jenis=JenisTidakHadir.DINAS_LUAR, nomor_surat="090/1", berkas=berkas, bagian=Bagian.PAGI)
    with pytest.raises(InvalidFields):
        ajukan(dinas, bagian=Bagian.SIANG, sampai=SENIN)


def test_a_doctors_letter_after_the_third_working_day_is_late(dinas: Dinas, bkpsdm):
    sakit = Izin(dinas.staf, JenisTidakHadir.SAKIT, SENIN, SENIN, nomor_surat="RS/1")
    late = datetime(2025, 5, 10, tzinfo=WIB)  # back on Tuesday: third working day after it is Friday 9 May
    with pytest.raises(SuratTerlambat, match="9 Mei 2025"):
        izin.ajukan(sakit, oleh=dinas.staf.user, sekarang=late)
    assert izin.ajukan(sakit, oleh=bkpsdm, sekarang=late).status == "DIAJUKAN"


def test_nobody_decides_his_own_leave(dinas: Dinas):
    row = ajukan(dinas)
    with pytest.raises(KoreksiSendiri):
        izin.putuskan(row, setuju=True, oleh=dinas.staf.user, sekarang=SEKARANG)
    with pytest.raises(BukanPemutus):
        izin.putuskan(row, setuju=True, oleh=dinas.staf_lain.user, sekarang=SEKARANG)
    with pytest.raises(InvalidFields):
        izin.putuskan(row, setuju=False, oleh=dinas.kabid.user, sekarang=SEKARANG)
