"""The single-day function and the set-based statement give the same answer, whatever the facts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.periode import WIB, akhir_bulan
from backend.kepegawaian.enums import JenisApel
from backend.kepegawaian.models import Kalender, Pegawai
from backend.presensi import queries
from backend.presensi.calculations import hitung_hari, lokal
from backend.presensi.enums import SHIFT, JenisKoreksi, JenisTidakHadir, KodeShift, SisiKoreksi
from backend.presensi.models import ApelKehadiran, HadirHarian, JadwalShift, RosterShift
from backend.presensi.services import jadwal
from backend.presensi.services.harian import Rentang, bulan_penuh, hitung
from tests.factories_kepegawaian import Dinas, buat_dinas
from tests.factories_presensi import izin, ketuk_mentah, koreksi, tugaskan

pytestmark = pytest.mark.django_db
SEHARI = timedelta(days=1)
# Ramadan with Fridays, a leap day, month ends of 28, 30 and 31 days, the end of a year.
BULAN = (date(2025, 3, 1), date(2024, 2, 1), date(2025, 2, 1), date(2025, 4, 1), date(2025, 12, 1))


def days(bulan: date) -> list[date]:
    return [bulan + SEHARI * n for n in range((akhir_bulan(bulan.year, bulan.month) - bulan).days + 1)]


def some_calendar(rng: Random, bulan: date, dinas: Dinas) -> None:
    for hari in rng.sample(days(bulan), 8):
        apel = rng.random() < 0.5
        Kalender.objects.create(
            tanggal=hari,
            nama="khusus",
            libur=rng.random() < 0.3,
            ramadan=rng.random() < 0.5,
            apel=apel,
            jenis_apel=rng.choice(["", *JenisApel.values]) if apel else "",
            opd=rng.choice([None, dinas.opd]),
        )


def some_new_hours(rng: Random, bulan: date) -> None:
    """Hours change within the month: a pattern from one date on, a shift that loses its hours from another."""
    mulai = bulan + SEHARI * rng.randint(1, 25)
    jadwal.terbitkan_pola(
        kode="N5", nama="Lima hari", dasar_hukum="", versi_ramadan=rng.choice(["R5", ""]), berlaku_mulai=mulai,
        hari={n: (time(8, 15), time(15, 45), 30) for n in range(1, 7)}, oleh=None,
    )  # fmt: skip
    JadwalShift.objects.filter(kode="SIANG").update(berlaku_sampai=bulan + SEHARI * rng.randint(5, 40))


def some_person(rng: Random, bulan: date, pegawai: Pegawai, oleh: Any) -> None:
    all_days = days(bulan)
    around = [bulan - SEHARI, *all_days, all_days[-1] + SEHARI]
    pola = rng.choice(["N5", "N6", "PW5", SHIFT, SHIFT, None])
    if pola:
        tugaskan(pegawai, pola, mulai=rng.choice([date(2024, 1, 1), bulan + SEHARI * 9]))
    RosterShift.objects.bulk_create(
        RosterShift(pegawai=pegawai, tanggal=hari, kode=rng.choice(KodeShift.values))
        for hari in around
        if rng.random() < 0.85
    )
    taps: list[datetime] = []
    for hari in around:
        for jam in rng.sample([5, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 20, 21, 22], rng.randint(0, 4)):
            taps.append(
                datetime.combine(
                    hari, time(jam, rng.choice([0, 29, 30, 31, rng.randint(0, 59)]), rng.randint(0, 59)), WIB
                )
            )
    ketuk_mentah(pegawai, *taps)
    some_absences(rng, pegawai, rng.sample(all_days, 12))
    some_corrections(rng, pegawai, rng.sample(all_days, 6), oleh)
    ApelKehadiran.objects.bulk_create(
        ApelKehadiran(pegawai=pegawai, tanggal=hari, hadir=rng.random() < 0.5)
        for hari in all_days
        if rng.random() < 0.6
    )


def some_absences(rng: Random, pegawai: Pegawai, hari: list[date]) -> None:
    for satu in hari:
        jenis = rng.choice([*JenisTidakHadir.values, "SAKIT", "SAKIT", "SAKIT"])
        partial = jenis in {"DINAS_LUAR", "TUGAS", "DIKLAT"}
        izin(
            pegawai,
            jenis,
            satu,
            bagian=rng.choice(["PENUH", "PAGI", "SIANG"]) if partial else "PENUH",
            nomor_surat="" if jenis == "SAKIT" and rng.random() < 0.3 else "800/1",
            status=rng.choice(["DISETUJUI", "DISETUJUI", "DIAJUKAN"]),
        )


def some_corrections(rng: Random, pegawai: Pegawai, hari: list[date], oleh: Any) -> None:
    for satu in hari:
        for jenis in rng.sample(["LUPA_MASUK", "LUPA_PULANG", "GANGGUAN_MESIN"], rng.randint(1, 2)):
            gangguan = jenis == JenisKoreksi.GANGGUAN_MESIN
            koreksi(
                pegawai,
                satu,
                jenis,
                jam=None if gangguan else time(rng.randint(0, 23), rng.randint(0, 59)),
                sisi=rng.choice(SisiKoreksi.values) if gangguan else "",
                status=rng.choice(["DISETUJUI", "DISETUJUI", "DIAJUKAN"]),
            )


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False), bulan=st.sampled_from(BULAN), mid=st.booleans())
def test_the_two_executors_answer_alike(db: None, rng: Random, bulan: date, mid: bool):
    with transaction.atomic():
        dinas = buat_dinas()
        people = [dinas.staf, dinas.staf_lain, dinas.kabid]
        some_calendar(rng, bulan, dinas)
        some_new_hours(rng, bulan)
        for orang in people:
            some_person(rng, bulan, orang, dinas.kepala.user)
        sekarang = datetime.combine(bulan + SEHARI * (14 if mid else 70), time(rng.randint(0, 23), 0), WIB)
        hitung([bulan_penuh(bulan, pegawai=orang.pk) for orang in people], sekarang=sekarang)
        wrong = [found for orang in people for found in differences(orang, bulan, rng, sekarang)]
        transaction.set_rollback(True)
    assert wrong == []


def differences(pegawai: Pegawai, bulan: date, rng: Random, sekarang: datetime) -> list[Any]:
    berlaku = queries.AturanBerlaku.baca(bulan - SEHARI * 2, days(bulan)[-1] + SEHARI * 2)
    stored = {row.tanggal: row for row in HadirHarian.objects.filter(pegawai=pegawai)}
    assert len(stored) == len(days(bulan))
    found = []
    for hari in days(bulan):
        row = stored[hari]
        satu = hitung_hari(queries.fakta_hari(pegawai.pk, hari, sekarang=sekarang, berlaku=berlaku), berlaku.pada(hari))
        expected = (
            satu.status, satu.masuk, satu.pulang, satu.menit_telat, satu.menit_pulang_cepat, list(satu.kode),
            list(satu.penanda), satu.persen, list(satu.aturan),
        )  # fmt: skip
        actual = (
            row.status, row.masuk and lokal(row.masuk), row.pulang and lokal(row.pulang), row.menit_telat,
            row.menit_pulang_cepat, row.kode, row.penanda, row.persen, row.aturan,
        )  # fmt: skip
        if expected != actual:
            found.append((hari, expected, actual))
    return found


def test_a_day_alone_is_the_same_as_in_its_month(dinas: Dinas):
    rng = Random(7)
    bulan = date(2025, 3, 1)
    some_calendar(rng, bulan, dinas)
    some_person(rng, bulan, dinas.staf, dinas.kepala.user)
    sekarang = datetime(2025, 5, 1, tzinfo=WIB)
    fields = ("tanggal", "status", "kode", "penanda", "persen", "masuk", "pulang")
    for hari in days(bulan):
        hitung([Rentang(hari, hari, dinas.staf.pk)], sekarang=sekarang)
    alone = list(HadirHarian.objects.filter(pegawai=dinas.staf).values_list(*fields))
    assert hitung([bulan_penuh(bulan)], sekarang=sekarang).hari == len(days(bulan)) * 3  # only the others are new
    assert list(HadirHarian.objects.filter(pegawai=dinas.staf).values_list(*fields)) == alone
