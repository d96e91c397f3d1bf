from __future__ import annotations

from datetime import date, datetime, time

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.core.periode import WIB
from backend.platform import outbox
from backend.presensi.enums import SisiKoreksi, StatusHari
from backend.presensi.errors import BukanPemutus, KeadaanBerubah, KoreksiSendiri, KoreksiTerlaluDini, LewatBatasKoreksi
from backend.presensi.models import HadirHarian, Ketidakhadiran, Koreksi, RosterShift
from backend.presensi.services import koreksi
from backend.presensi.services.koreksi import Isi
from tests.factories_kepegawaian import Dinas, beri_peran, buat_user
from tests.factories_presensi import NANTI, hari, hitung_bulan, jaga, ketuk

pytestmark = pytest.mark.django_db
SENIN = date(2025, 5, 5)
AWAL_JUNI = datetime(2025, 6, 2, 9, 0, tzinfo=WIB)
LUPA = Isi(SENIN, "LUPA_PULANG", "antre panjang di mesin", jam=time(16, 5))


def diajukan(dinas: Dinas, isi: Isi = LUPA) -> Koreksi:
    row = koreksi.buat(dinas.staf, isi, oleh=dinas.staf.user, sekarang=AWAL_JUNI)
    return koreksi.ajukan(row, oleh=dinas.staf.user, sekarang=AWAL_JUNI)


def setujui(dinas: Dinas, row: Koreksi) -> Koreksi:
    return koreksi.setujui(row, oleh=dinas.kabid.user, sekarang=AWAL_JUNI)


def test_only_an_approved_claim_changes_the_day(dinas: Dinas):
    """A5."""
    ketuk(dinas.staf, "2025-05-05 07:25:00")
    hitung_bulan()
    row = diajukan(dinas)
    outbox.drain()
    assert hari(dinas.staf, SENIN).kode == ["PSW4"]
    setujui(dinas, row)
    outbox.drain()
    assert (hari(dinas.staf, SENIN).kode, hari(dinas.staf, SENIN).persen) == ([], 0)


def test_an_early_claim_is_judged_like_a_tap(dinas: Dinas):
    ketuk(dinas.staf, "2025-05-05 07:25:00")
    setujui(dinas, diajukan(dinas, Isi(SENIN, "LUPA_PULANG", "antre panjang", jam=time(15, 0))))
    outbox.drain()
    assert hari(dinas.staf, SENIN).kode == ["PSW2"]


def test_nobody_decides_his_own(dinas: Dinas):
    row = diajukan(dinas)
    with pytest.raises(KoreksiSendiri):
        koreksi.setujui(row, oleh=dinas.staf.user, sekarang=AWAL_JUNI)
    with pytest.raises(BukanPemutus):
        koreksi.setujui(row, oleh=dinas.staf_lain.user, sekarang=AWAL_JUNI)


def test_the_database_refuses_an_author_who_approves(dinas: Dinas):
    row = diajukan(dinas)
    with pytest.raises(IntegrityError, match="koreksi_not_approved_by_its_author"), transaction.atomic():
        Koreksi.objects.filter(pk=row.pk).update(status="DISETUJUI", pemutus=row.pengaju)


def test_a_refusal_needs_a_reason_and_changes_nothing(dinas: Dinas):
    hitung_bulan()
    row = diajukan(dinas)
    with pytest.raises(InvalidFields):
        koreksi.tolak(row, oleh=dinas.kabid.user, sekarang=AWAL_JUNI, catatan=" ")
    koreksi.tolak(row, oleh=dinas.kabid.user, sekarang=AWAL_JUNI, catatan="Tidak ada bukti.")
    outbox.drain()
    assert hari(dinas.staf, SENIN).status == StatusHari.TK
    with pytest.raises(KeadaanBerubah):
        setujui(dinas, row)


def test_returned_it_is_a_draft_again(dinas: Dinas):
    row = koreksi.kembalikan(diajukan(dinas), oleh=dinas.kabid.user, sekarang=AWAL_JUNI, catatan="Lengkapi.")
    assert row.status == "DRAF"
    koreksi.ubah(
        row, Isi(SENIN, "LUPA_PULANG", "antre, lihat foto", jam=time(16, 7)), oleh=dinas.staf.user, sekarang=AWAL_JUNI
    )
    koreksi.ajukan(row, oleh=dinas.staf.user, sekarang=AWAL_JUNI)


def test_after_the_cut_off_it_is_too_late(dinas: Dinas):
    row = koreksi.buat(dinas.staf, LUPA, oleh=dinas.staf.user, sekarang=NANTI)
    with pytest.raises(LewatBatasKoreksi, match="3 Juni 2025"):
        koreksi.ajukan(row, oleh=dinas.staf.user, sekarang=NANTI)


def test_a_day_to_come_is_no_matter_of_correction(dinas: Dinas):
    with pytest.raises(KoreksiTerlaluDini):
        koreksi.buat(
            dinas.staf,
            Isi(date(2025, 6, 3), "LUPA_PULANG", "besok", jam=time(16)),
            oleh=dinas.staf.user,
            sekarang=AWAL_JUNI,
        )


@pytest.mark.parametrize(
    ("isi", "field"),
    [
        (Isi(SENIN, "LUPA_PULANG", "alasan"), "jam"),
        (Isi(SENIN, "GANGGUAN_MESIN", "alasan"), "sisi"),
        (Isi(SENIN, "UBAH_STATUS", "alasan", tujuan="DINAS_LUAR"), "nomor_surat"),
        (Isi(SENIN, "UBAH_JADWAL", "alasan", tujuan="SORE"), "tujuan"),
        (Isi(SENIN, "LUPA_PULANG", " ", jam=time(16)), "alasan"),
    ],
)
def test_what_a_kind_needs_is_asked_for(dinas: Dinas, isi: Isi, field: str):
    with pytest.raises(InvalidFields) as caught:
        koreksi.buat(dinas.staf, isi, oleh=dinas.staf.user, sekarang=AWAL_JUNI)
    assert set(caught.value.errors) == {field}


def test_a_status_with_letter_becomes_a_leave_row_and_goes_with_the_correction(dinas: Dinas):
    beri_peran(bkpsdm := buat_user(), Peran.BKPSDM)
    row = setujui(
        dinas, diajukan(dinas, Isi(SENIN, "UBAH_STATUS", "surat tugas", tujuan="DINAS_LUAR", nomor_surat="090/1"))
    )
    outbox.drain()
    assert hari(dinas.staf, SENIN).status == StatusHari.DL
    with pytest.raises(BukanPemutus):
        koreksi.batalkan(row, oleh=dinas.kabid.user, sekarang=AWAL_JUNI, catatan="salah")
    koreksi.batalkan(row, oleh=bkpsdm, sekarang=AWAL_JUNI, catatan="Surat ternyata palsu.")
    outbox.drain()
    assert hari(dinas.staf, SENIN).status == StatusHari.TK
    assert Ketidakhadiran.objects.get().status == "DIBATALKAN"


def test_a_roster_correction_comes_back_too(dinas: Dinas):
    beri_peran(bkpsdm := buat_user(), Peran.BKPSDM)
    jaga(dinas.staf, d20250505="SIANG")
    row = setujui(dinas, diajukan(dinas, Isi(SENIN, "UBAH_JADWAL", "tukar jaga", tujuan="OFF")))
    assert RosterShift.objects.get(tanggal=SENIN).kode == "OFF"
    koreksi.batalkan(row, oleh=bkpsdm, sekarang=AWAL_JUNI, catatan="Tidak jadi tukar.")
    assert RosterShift.objects.get(tanggal=SENIN).kode == "SIANG"


def test_a_broken_machine_is_one_row_per_person_and_day(dinas: Dinas):
    beri_peran(admin := buat_user(), Peran.ADMIN_OPD, dinas.opd)
    people = [dinas.staf.pk, dinas.staf_lain.pk]
    induk = koreksi.buat_massal(
        dinas.opd, mesin=None, mulai=SENIN, sampai=date(2025, 5, 6), sisi=SisiKoreksi.KEDUA, alasan="listrik padam",
        pegawai=people, oleh=admin, sekarang=AWAL_JUNI,
    )  # fmt: skip
    assert induk.koreksi.count() == 4
    with pytest.raises(KoreksiSendiri):
        koreksi.putuskan_massal(induk, setuju=True, oleh=admin, sekarang=AWAL_JUNI)
    with pytest.raises(BukanPemutus):
        koreksi.putuskan_massal(induk, setuju=True, oleh=dinas.staf.user, sekarang=AWAL_JUNI)
    assert koreksi.putuskan_massal(induk, setuju=True, oleh=dinas.kepala.user, sekarang=AWAL_JUNI) == 4
    outbox.drain()
    found = HadirHarian.objects.filter(pegawai__in=people, tanggal=SENIN)
    assert {(row.status, tuple(row.kode), row.persen) for row in found} == {("HADIR", (), 0)}


def test_drafts_are_timed_by_the_clock_of_the_caller(dinas: Dinas):
    assert koreksi.buat(dinas.staf, LUPA, oleh=dinas.staf.user, sekarang=timezone.now()).status == "DRAF"
