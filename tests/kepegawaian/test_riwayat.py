"""simpeg.md §2 and §5: the verbs on riwayat jabatan."""

from __future__ import annotations

import random
import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.errors import DomainError, InvalidFields
from backend.kepegawaian import errors, queries, services
from backend.kepegawaian.models import Posisi, RiwayatJabatan
from backend.platform.models import AuditEvent
from tests.factories_kepegawaian import (
    AWAL,
    Dinas,
    buat_dinas,
    buat_jabatan,
    buat_pegawai,
    buat_posisi,
    buat_unor,
    dudukkan,
)

pytestmark = pytest.mark.django_db
SK = {"nomor_sk": "821/9/2025", "tanggal_sk": date(2025, 4, 1)}
MEI = date(2025, 5, 1)


def tambah(dinas: Dinas, posisi: Posisi, *, jenis: str = "D", mulai: date = MEI, **more: object) -> RiwayatJabatan:
    return services.tambah_riwayat(
        dinas.staf, oleh=dinas.kepala.user, jenis_penugasan=jenis, posisi=posisi, mulai=mulai, **SK, **more
    )  # type: ignore[arg-type]


def first(dinas: Dinas) -> RiwayatJabatan:
    return RiwayatJabatan.objects.get(pegawai=dinas.staf, mulai=AWAL)


def test_a_new_definitive_row_closes_the_running_one_the_day_before(dinas: Dinas):
    baru = tambah(dinas, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala))
    assert first(dinas).sampai == date(2025, 4, 30)
    assert (baru.atasan, baru.tmt_jabatan, baru.sampai) == (dinas.posisi_kepala, MEI, None)
    events = AuditEvent.objects.filter(chain=f"pegawai:{dinas.staf.pk}")
    assert [event.peristiwa for event in events] == ["riwayat_ditutup", "riwayat_ditambah"]
    assert events[0].data["sampai"] == [None, "2025-04-30"]
    assert events[1].data["menutup"] == [str(first(dinas).pk)]


def test_a_row_before_a_waiting_one_ends_where_that_begins(dinas: Dinas):
    tambah(dinas, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala), mulai=date(2025, 9, 1))
    antara = tambah(dinas, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala))
    assert antara.sampai == date(2025, 8, 31)
    assert first(dinas).sampai == date(2025, 4, 30)


def test_two_definitive_rows_cannot_begin_on_one_day(dinas: Dinas):
    with pytest.raises(errors.JabatanBertabrakan):
        tambah(dinas, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala), mulai=AWAL)
    assert first(dinas).sampai is None


def test_a_replacement_closes_nothing_and_carries_no_atasan(dinas: Dinas):
    plt = tambah(dinas, dinas.posisi_kabid, jenis="PLT", sampai=date(2025, 6, 30))
    assert plt.atasan is None
    assert first(dinas).sampai is None
    with pytest.raises(errors.PenugasanGanda):
        tambah(dinas, dinas.posisi_kabid, jenis="PLH", sampai=date(2025, 6, 30))


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("sampai", lambda d: {"posisi": d.posisi_kabid, "jenis": "PLT"}),
        ("sampai", lambda d: {"posisi": d.posisi_kabid, "jenis": "PLT", "sampai": AWAL}),
        ("atasan", lambda d: {"posisi": buat_posisi(d.opd, atasan=d.posisi_kepala), "atasan": d.posisi_staf}),
        ("atasan", lambda d: {"posisi": d.posisi_kepala, "atasan": d.posisi_kabid}),
    ],
)  # fmt: skip
def test_refusals_stand_by_their_field_and_write_nothing(dinas: Dinas, field: str, make):
    before = RiwayatJabatan.objects.count()
    with pytest.raises(InvalidFields) as refusal:
        tambah(dinas, **make(dinas))
    assert list(refusal.value.errors) == [field]
    assert RiwayatJabatan.objects.count() == before
    assert first(dinas).sampai is None
    assert not AuditEvent.objects.exists()


def test_a_second_definitive_head_is_refused_but_a_plt_is_not(dinas: Dinas):
    with pytest.raises(errors.PimpinanSudahAda):
        tambah(dinas, dinas.posisi_kabid)
    tambah(dinas, dinas.posisi_kabid, jenis="PLT", sampai=date(2025, 6, 30))


def test_a_move_keeps_title_class_and_tmt(dinas: Dinas):
    lain = buat_unor(induk=dinas.opd)
    tujuan = buat_posisi(lain, atasan=dinas.posisi_kepala, jabatan=dinas.posisi_staf.jabatan)
    baru = services.pindahkan(dinas.staf, oleh=None, posisi=tujuan, mulai=MEI, **SK)
    assert (baru.jenis_mutasi, baru.mulai, baru.tmt_jabatan) == ("MU", MEI, AWAL)
    assert first(dinas).sampai == date(2025, 4, 30)


def test_a_move_to_another_title_class_or_the_same_post_is_refused(dinas: Dinas):
    sama = dinas.posisi_staf.jabatan
    others = [
        buat_posisi(dinas.opd, atasan=dinas.posisi_kepala),
        buat_posisi(buat_unor(induk=dinas.opd), atasan=dinas.posisi_kepala, jabatan=sama, kelas=9),
        dinas.posisi_staf,
    ]
    for posisi in others:
        with pytest.raises(InvalidFields):
            services.pindahkan(dinas.staf, oleh=None, posisi=posisi, mulai=MEI, **SK)
    with pytest.raises(errors.TanpaJabatanDefinitif):
        services.pindahkan(buat_pegawai(), oleh=None, posisi=others[0], mulai=MEI, **SK)


def test_ending_a_row_leaves_its_past_alone(dinas: Dinas):
    services.nonaktifkan(first(dinas), oleh=None, sampai=date(2025, 4, 8), alasan="Mutasi keluar")
    assert queries.jabatan_pada(dinas.staf, date(2025, 4, 8)) is not None
    assert queries.jabatan_pada(dinas.staf, date(2025, 4, 9)) is None
    with pytest.raises(InvalidFields):
        services.nonaktifkan(first(dinas), oleh=None, sampai=date(2025, 4, 9), alasan="Mundur")


def test_a_row_that_never_began_is_switched_off(dinas: Dinas):
    menunggu = tambah(dinas, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala))
    services.nonaktifkan(menunggu, oleh=None, sampai=date(2025, 4, 8), alasan="SK ditarik")
    menunggu.refresh_from_db()
    assert menunggu.status == "NONAKTIF"
    assert queries.jabatan_pada(dinas.staf, MEI) is None


def test_activating_again_closes_the_one_that_runs(dinas: Dinas):
    menunggu = tambah(dinas, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala))
    services.nonaktifkan(menunggu, oleh=None, sampai=date(2025, 4, 8), alasan="SK ditarik")
    services.aktifkan_riwayat(first(dinas), oleh=None, alasan="Kembali")
    assert first(dinas).sampai is None
    services.aktifkan_riwayat(menunggu, oleh=None, alasan="SK jadi berlaku")
    menunggu.refresh_from_db()
    assert (menunggu.status, menunggu.sampai, first(dinas).sampai) == ("AKTIF", None, date(2025, 4, 30))


def test_a_replacement_that_is_over_is_not_activated(dinas: Dinas):
    plt = tambah(dinas, dinas.posisi_kabid, jenis="PLT", sampai=date(2025, 6, 30))
    with pytest.raises(errors.PenugasanSudahLewat):
        services.aktifkan_riwayat(plt, oleh=None, alasan="Perpanjang", pada=date(2025, 7, 1))


def test_a_cancelled_row_stays_readable_and_is_final(dinas: Dinas):
    services.batalkan(first(dinas), oleh=None, alasan="Salah orang")
    row = first(dinas)
    assert (row.status, row.alasan) == ("BATAL", "Salah orang")
    for verb in (services.batalkan, services.aktifkan_riwayat):
        with pytest.raises(errors.RiwayatSudahBatal):
            verb(row, oleh=None, alasan="Lagi")


def test_a_person_is_counted_in_the_opd_of_his_definitive_post_only(dinas: Dinas):
    lain = buat_dinas("Dinas Lain", kota=dinas)
    tambah(dinas, lain.posisi_kabid, jenis="PLT", mulai=AWAL, sampai=date(2025, 12, 31))
    at = RiwayatJabatan.objects.pada(MEI)
    definitif = at.definitif().values_list("posisi__unor__opd", flat=True).filter(pegawai=dinas.staf)
    assert list(definitif) == [dinas.opd.pk]
    assert at.filter(posisi__unor__opd=lain.opd, pegawai=dinas.staf).get().jenis_penugasan == "PLT"


@pytest.mark.django_db(transaction=True)
def test_of_two_simultaneous_changes_one_is_told_to_look_again(transactional_db: None):
    dinas = buat_dinas()
    tujuan = [buat_posisi(dinas.opd, atasan=dinas.posisi_kepala) for _ in range(2)]
    first_holds, second_done = threading.Event(), threading.Event()
    seen: list[str] = []

    def slow() -> None:
        with transaction.atomic():
            tambah(dinas, tujuan[0])
            first_holds.set()
            second_done.wait(10)
        seen.append("jadi")
        connection.close()

    worker = threading.Thread(target=slow)
    worker.start()
    assert first_holds.wait(10)
    try:
        with pytest.raises(errors.SedangDiubah):
            tambah(dinas, tujuan[1])
    finally:
        second_done.set()
        worker.join()
    assert seen == ["jadi"]
    assert RiwayatJabatan.objects.filter(pegawai=dinas.staf).count() == 2


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000_000))
def test_history_equals_a_replay_of_what_was_said(seed: int):
    """S1: after random appointments, any date gives the post whose latest appointment began on or before it."""
    with transaction.atomic():
        rng = random.Random(seed)
        atasan = buat_posisi(buat_unor(), puncak=True)
        orang, said = buat_pegawai(), {}
        for _ in range(6):
            mulai = AWAL + timedelta(days=rng.randrange(600))
            posisi = buat_posisi(atasan.unor, atasan=atasan, jabatan=buat_jabatan())
            try:
                services.tambah_riwayat(orang, oleh=None, jenis_penugasan="D", posisi=posisi, mulai=mulai, **SK)
                said[mulai] = posisi
            except DomainError:
                assert mulai in said
        for _ in range(10):
            hari = AWAL + timedelta(days=rng.randrange(700))
            begun = [mulai for mulai in said if mulai <= hari]
            row = queries.jabatan_pada(orang, hari)
            assert (row.posisi if row else None) == (said[max(begun)] if begun else None)
        transaction.set_rollback(True)


def test_a_waiting_row_takes_effect_by_itself(dinas: Dinas):
    tambah(dinas, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala))
    assert [queries.jabatan_pada(dinas.staf, hari).posisi.unor for hari in (MEI - timedelta(days=1), MEI)] == [
        dinas.bidang,
        dinas.opd,
    ]  # type: ignore[union-attr]


def test_a_replacement_ending_today_is_gone_tomorrow_without_a_job(dinas: Dinas):
    dudukkan(dinas.staf, dinas.posisi_kabid, jenis="PLT", sampai=MEI)
    assert len(queries.pemegang(dinas.posisi_kabid, MEI)) == 2
    assert len(queries.pemegang(dinas.posisi_kabid, MEI + timedelta(days=1))) == 1
