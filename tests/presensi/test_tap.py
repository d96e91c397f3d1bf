from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from backend.presensi.enums import AlasanKarantina, SumberTap
from backend.presensi.errors import MesinTidakDikenal
from backend.presensi.models import ApelKehadiran, HariKotor, Karantina, Mesin, PinPegawai, TapMentah
from backend.presensi.services import mesin as mesin_services
from backend.presensi.services import tap
from backend.presensi.services.tap import TapBaru, Terima
from tests.factories_kepegawaian import Dinas, buat_user
from tests.factories_presensi import NANTI, ketuk, saat

pytestmark = pytest.mark.django_db


@pytest.fixture
def mesin(dinas: Dinas) -> Mesin:
    return Mesin.objects.create(nomor_seri="SN1", nama="Lobi", opd=dinas.opd)


def kirim(mesin: Mesin, *lines: str, tabel: str = "ATTLOG") -> tuple[str, Terima]:
    return mesin_services.kiriman(mesin, tabel=tabel, isi="\n".join(lines).encode(), sekarang=NANTI)


def test_the_same_taps_again_add_nothing(dinas: Dinas):
    first = ketuk(dinas.staf, "2025-05-05 07:21:40", "2025-05-05 16:04:10")
    again = ketuk(dinas.staf, "2025-05-05 16:04:10", "2025-05-05 07:21:40")
    assert (first.baru, again.baru, again.ganda) == (2, 0, 2)
    assert TapMentah.objects.count() == 2


def test_repeats_are_in_the_quarantine_once_and_already_done(dinas: Dinas):
    for _ in range(3):
        ketuk(dinas.staf, "2025-05-05 07:21:40")
    row = Karantina.objects.get()
    assert (row.alasan, row.selesai_pada) == (AlasanKarantina.GANDA, NANTI)


def test_a_wrong_clock_is_kept_out_and_kept(dinas: Dinas):
    result = ketuk(dinas.staf, "2009-01-01 00:00:00", "2031-01-01 00:00:00")
    assert (result.baru, result.jam_salah) == (0, 2)
    assert set(Karantina.objects.values_list("alasan", flat=True)) == {AlasanKarantina.JAM_SALAH}
    assert not TapMentah.objects.exists()


def test_an_unknown_pin_waits_for_its_owner(dinas: Dinas, mesin: Mesin):
    answer, result = kirim(mesin, "77\t2025-05-05 07:21:40\t0\t1")
    assert (answer, result.tanpa_pemilik) == ("OK: 1", 1)
    assert TapMentah.objects.get().pegawai is None
    assert Karantina.objects.get().alasan == AlasanKarantina.PIN_TIDAK_DIKENAL
    mesin_services.tetapkan_pin(oleh=buat_user(), pin="77", pegawai=dinas.staf, mesin=mesin, sekarang=NANTI)
    assert TapMentah.objects.get().pegawai == dinas.staf
    assert Karantina.objects.get().selesai_pada == NANTI
    assert HariKotor.objects.filter(pegawai=dinas.staf, sebab="PIN").exists()


def test_the_pin_of_one_machine_wins_over_that_of_all(dinas: Dinas, mesin: Mesin):
    PinPegawai.objects.create(pin="5", pegawai=dinas.kepala)
    PinPegawai.objects.create(pin="5", pegawai=dinas.staf, mesin=mesin)
    kirim(mesin, "5\t2025-05-05 07:21:40")
    assert TapMentah.objects.get().pegawai == dinas.staf


def test_taps_cannot_be_changed_or_deleted(dinas: Dinas):
    ketuk(dinas.staf, "2025-05-05 07:21:40")
    row = TapMentah.objects.get()
    for work in (
        lambda: TapMentah.objects.update(ts=row.ts + timedelta(hours=1)),
        lambda: TapMentah.objects.update(pegawai=dinas.kepala),
        lambda: TapMentah.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="Tap hanya dapat ditambah"), transaction.atomic():
            work()


def test_a_phone_tap_is_unique_by_its_uuid(dinas: Dinas):
    kunci = uuid4()
    satu = TapBaru(dinas.staf.nip, saat("2025-05-05 07:21:40"), uuid=kunci)
    assert tap.terima([satu, satu], sumber=SumberTap.MOBILE, sekarang=NANTI).baru == 1


def test_a_tap_at_the_apel_machine_is_attendance_at_the_apel(dinas: Dinas, mesin: Mesin):
    mesin.apel = True
    mesin.save()
    kirim(mesin, f"{dinas.staf.nip}\t2025-05-05 07:10:00")
    assert ApelKehadiran.objects.get().hadir


def test_taps_lie_in_the_partition_of_their_month(dinas: Dinas):
    ketuk(dinas.staf, "2025-04-30 23:59:59", "2025-05-01 00:00:01")
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM presensi_tapmentah ORDER BY ts")
        assert [name for (name,) in cursor.fetchall()] == ["presensi_tapmentah_202504", "presensi_tapmentah_202505"]


# --- Machines ---


def test_a_machine_is_known_by_serial_number_and_key(dinas: Dinas):
    mesin, kunci = mesin_services.daftarkan(oleh=buat_user(), nomor_seri="SN9", nama="Lobi", opd=dinas.opd)
    assert mesin_services.kenali("SN9", kunci) == mesin
    assert kunci not in mesin.kunci_sha256
    for serial, wrong in (("SN9", "x"), ("SN8", kunci), ("SN9", "")):
        with pytest.raises(MesinTidakDikenal):
            mesin_services.kenali(serial, wrong)
    other = mesin_services.ganti_kunci(mesin, oleh=buat_user())
    with pytest.raises(MesinTidakDikenal):
        mesin_services.kenali("SN9", kunci)
    assert mesin_services.kenali("SN9", other) == mesin


def test_an_inactive_machine_is_unknown(dinas: Dinas):
    mesin, kunci = mesin_services.daftarkan(oleh=buat_user(), nomor_seri="SN9", nama="Lobi")
    mesin_services.ubah(mesin, {"aktif": False}, oleh=buat_user())
    with pytest.raises(MesinTidakDikenal):
        mesin_services.kenali("SN9", kunci)


def test_a_push_with_bad_lines_is_answered_in_full_and_kept(dinas: Dinas, mesin: Mesin):
    answer, result = kirim(
        mesin, f"{dinas.staf.nip}\t2025-05-05 07:21:40\t0\t1\t\t", "sampah", "9\t2025-99-99 00:00:00", ""
    )
    assert (answer, result.baru) == ("OK: 3", 1)
    assert Karantina.objects.filter(alasan=AlasanKarantina.TIDAK_TERBACA).count() == 2
    mesin.refresh_from_db()
    assert mesin.tap_terakhir == saat("2025-05-05 07:21:40")


def test_other_tables_are_acknowledged_and_ignored(mesin: Mesin):
    assert kirim(mesin, "OPLOG 4\t14\t2025-05-05 07:21:40", "USER PIN=1", tabel="OPERLOG")[0] == "OK: 2"
    assert not TapMentah.objects.exists()
    assert mesin_services.perintah(mesin, sekarang=NANTI) == "OK"
    assert "Realtime=1" in mesin_services.salam(mesin, sekarang=NANTI)
