"""What the database itself refuses."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kepegawaian.models import Kalender, Pegawai, PeranUser, Posisi, RiwayatJabatan, Unor
from tests.factories_kepegawaian import (
    AWAL,
    Dinas,
    beri_peran,
    buat_dinas,
    buat_jabatan,
    buat_pegawai,
    buat_posisi,
    buat_unor,
    buat_user,
    dudukkan,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@contextmanager
def refused(rule: str) -> Iterator[None]:
    with pytest.raises((IntegrityError, DatabaseError)) as failure, transaction.atomic():
        yield
    diagnostics = failure.value.__cause__.diag  # type: ignore[union-attr]
    assert diagnostics.constraint_name == rule


def expected_tree() -> dict[object, tuple[list[object], object]]:
    """Path and OPD of every unit, computed the slow way."""
    units = {unor.pk: unor for unor in Unor.objects.all()}
    found = {}
    for unor in units.values():
        chain = [unor]
        while chain[-1].induk_id:
            chain.append(units[chain[-1].induk_id])
        opd = next((above.pk for above in chain if above.is_opd), None)
        found[unor.pk] = ([above.pk for above in reversed(chain)], opd)
    return found


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_paths_and_opd_follow_every_move(seed: int):
    with transaction.atomic():
        rng = random.Random(seed)
        units: list[Unor] = []
        for _ in range(12):
            units.append(buat_unor(induk=rng.choice([None, *units]), is_opd=rng.random() < 0.4))
        for _ in range(12):
            unor, induk = rng.sample(units, 2)
            try:
                with transaction.atomic():
                    Unor.objects.filter(pk=unor.pk).update(induk=induk, is_opd=rng.random() < 0.4)
            except IntegrityError:  # it would have been its own superior
                assert unor.pk in Unor.objects.get(pk=induk.pk).path
        assert {u.pk: (u.path, u.opd_id) for u in Unor.objects.all()} == expected_tree()
        transaction.set_rollback(True)


def test_units_are_inserted_in_bulk_parents_first():
    parent = Unor(kode="A", nama="A", jenis="dinas", is_opd=True)
    child = Unor(kode="B", nama="B", jenis="bidang", induk=parent)
    Unor.objects.bulk_create([parent, child])
    child.refresh_from_db()
    assert (child.path, child.opd_id) == ([parent.pk, child.pk], parent.pk)


def test_a_unit_cannot_lie_below_itself():
    atas = buat_unor()
    bawah = buat_unor(induk=atas)
    with refused("unor_tree_without_cycle"):
        Unor.objects.filter(pk=atas.pk).update(induk=bawah)


def test_a_unit_with_people_now_or_later_cannot_be_closed(dinas: Dinas):
    with refused("unor_deleted_only_when_empty"):
        Unor.objects.filter(pk=dinas.opd.pk).update(is_delete=True, valid_to=date(2025, 4, 8))
    RiwayatJabatan.objects.filter(posisi__unor__path__overlap=[dinas.opd.pk]).update(sampai=date(2025, 4, 8))
    Unor.objects.filter(pk=dinas.bidang.pk).update(is_delete=True, valid_to=date(2025, 4, 8))
    with refused("definitive_in_a_living_unor"):
        dudukkan(dinas.staf, dinas.posisi_staf, mulai=date(2025, 5, 1))


def test_history_is_never_deleted(dinas: Dinas):
    with refused("history_is_never_deleted"):
        RiwayatJabatan.objects.filter(pegawai=dinas.staf).delete()
    with refused("history_is_never_deleted"):
        Unor.objects.filter(pk=buat_unor().pk).delete()


def test_one_definitive_post_on_any_date_but_a_later_one_may_wait(dinas: Dinas):
    lain = buat_posisi(dinas.bidang, atasan=dinas.posisi_kabid)
    with refused("one_definitive_jabatan_per_pegawai"):
        dudukkan(dinas.staf, lain, mulai=date(2026, 1, 1))
    RiwayatJabatan.objects.filter(pegawai=dinas.staf).update(sampai=date(2025, 12, 31))
    dudukkan(dinas.staf, lain, mulai=date(2026, 1, 1))
    with refused("one_definitive_jabatan_per_pegawai"):
        RiwayatJabatan.objects.filter(pegawai=dinas.staf, mulai=AWAL).update(sampai=date(2026, 1, 1))


def test_a_replacement_is_parallel_and_has_an_end(dinas: Dinas):
    dudukkan(dinas.kabid, dinas.posisi_kepala, jenis="PLH")
    with refused("penugasan_has_an_end"):
        dudukkan(dinas.kabid, dinas.posisi_kepala, jenis="PLT", sampai=None)


def test_one_definitive_head_per_post_at_a_time(dinas: Dinas):
    with refused("one_definitive_pimpinan_per_posisi"):
        dudukkan(buat_pegawai(), dinas.posisi_kabid)


def test_making_a_post_the_head_counts_its_holders(dinas: Dinas):
    with refused("pimpinan_posisi_has_one_seat"):
        Posisi.objects.filter(pk=dinas.posisi_staf.pk).update(is_pimpinan=True)
    Posisi.objects.filter(pk=dinas.posisi_kabid.pk).update(is_pimpinan=False)
    with refused("one_definitive_pimpinan_per_posisi"):
        Posisi.objects.filter(pk=dinas.posisi_staf.pk).update(is_pimpinan=True, jumlah_kebutuhan=1)


def test_atasan_is_required_except_at_the_top(dinas: Dinas):
    baru = buat_pegawai()
    with refused("definitive_has_atasan"):
        dudukkan(baru, dinas.posisi_staf, atasan=None)
    with refused("posisi_has_atasan_or_is_puncak"):
        buat_posisi(dinas.bidang, puncak=False)
    dudukkan(baru, buat_posisi(buat_unor(), puncak=True))


def test_atasan_is_neither_oneself_nor_below(dinas: Dinas):
    with refused("riwayat_atasan_is_not_below"):
        dudukkan(buat_pegawai(), dinas.posisi_staf, atasan=dinas.posisi_staf)
    with refused("posisi_tree_without_cycle"):
        Posisi.objects.filter(pk=dinas.posisi_kepala.pk).update(atasan=dinas.posisi_kabid)
    bawah = buat_posisi(dinas.bidang, atasan=dinas.posisi_kabid)
    with refused("riwayat_atasan_is_not_below"):
        RiwayatJabatan.objects.filter(pegawai=dinas.kabid).update(atasan=bawah)


def test_atasan_has_one_seat(dinas: Dinas):
    with refused("atasan_has_one_seat"):
        buat_posisi(dinas.bidang, atasan=dinas.posisi_staf)
    with refused("atasan_has_one_seat"):
        dudukkan(buat_pegawai(), buat_posisi(dinas.opd, atasan=dinas.posisi_kepala), atasan=dinas.posisi_staf)
    kecil = buat_posisi(dinas.opd, atasan=dinas.posisi_kepala)
    buat_posisi(dinas.bidang, atasan=kecil)
    with refused("atasan_has_one_seat"):
        Posisi.objects.filter(pk=kecil.pk).update(jumlah_kebutuhan=2)


def test_a_cancelled_row_has_a_reason_and_no_longer_counts(dinas: Dinas):
    rows = RiwayatJabatan.objects.filter(pegawai=dinas.staf)
    with refused("riwayat_batal_has_a_reason"):
        rows.update(status="BATAL")
    rows.update(status="BATAL", alasan="Salah orang")
    dudukkan(dinas.staf, dinas.posisi_staf)


def test_a_nip_is_eighteen_digits_and_unique():
    nip = buat_pegawai().nip
    with refused("nip_has_18_digits"):
        buat_pegawai(nip="19850517201003100x")
    with refused("kepegawaian_pegawai_nip_key"):
        Pegawai.objects.create(nip=nip, nama="Kembar", tanggal_lahir=AWAL, jenis_kelamin="L")


def test_a_role_has_its_kind_of_scope_and_is_granted_once():
    user, opd = buat_user(), buat_unor(is_opd=True)
    with refused("peran_has_its_kind_of_scope"):
        PeranUser.objects.create(user=user, peran="bkpsdm", unor=opd)
    with refused("peran_has_its_kind_of_scope"):
        PeranUser.objects.create(user=user, peran="admin_opd")
    beri_peran(user, "admin_opd", opd, sampai=AWAL)
    with refused("peran_granted_once"):
        beri_peran(user, "admin_opd", opd)
    beri_peran(user, "admin_opd", opd, mulai=AWAL + timedelta(days=1))
    beri_peran(user, "bkpsdm")
    with refused("peran_granted_once"):
        beri_peran(user, "bkpsdm", mulai=AWAL)


def test_a_day_has_one_calendar_row_per_scope():
    Kalender.objects.create(tanggal=AWAL, nama="Tahun Baru", libur=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Kalender.objects.create(tanggal=AWAL, nama="Lagi", libur=True)


def test_moving_a_unit_moves_its_people_without_touching_their_rows(dinas: Dinas):
    lain = buat_dinas("Dinas Lain", kota=dinas)
    Unor.objects.filter(pk=dinas.bidang.pk).update(induk=lain.opd)
    rows = RiwayatJabatan.objects.filter(posisi__unor__opd=lain.opd)
    assert dinas.staf.pk in rows.values_list("pegawai", flat=True)


def test_names_read_as_letters_print_them():
    orang = buat_pegawai("Budi Santoso", gelar_depan="Dr.", gelar_belakang="S.Kom., M.T.", nip="196608011988031001")
    assert orang.nama_lengkap == "Dr. Budi Santoso, S.Kom., M.T."
    assert orang.nip_berspasi == "19660801 198803 1 001"


def test_a_title_is_unique_among_those_of_its_kind():
    buat_jabatan("Analis")
    with refused("one_jabatan_per_nama_and_jenis"):
        buat_jabatan("Analis")
