from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from backend.kepegawaian.models import Jabatan, Kalender
from backend.kinerja.models import IKI, RHK, RenaksiBulan
from backend.operations.demo.salin import KUNCI_ASING, Ids, kunci_asing_sekaligus, salin, salin_objek

pytestmark = pytest.mark.django_db


def keys() -> list[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(KUNCI_ASING, [[RHK._meta.db_table, IKI._meta.db_table, RenaksiBulan._meta.db_table]])
        found: list[tuple[str, str, str]] = cursor.fetchall()
    return found


def test_foreign_keys_rest_inside_and_stand_again_as_they_were():
    before = keys()
    with kunci_asing_sekaligus(RHK, IKI, RenaksiBulan):
        assert keys() == []
    assert keys() == before != []


def test_a_row_that_points_nowhere_is_refused_at_the_end():
    before = keys()
    with pytest.raises(IntegrityError), transaction.atomic(), kunci_asing_sekaligus(RenaksiBulan):
        salin(RenaksiBulan, ("id", "renaksi_id", "bulan", "target"), [(1, 4711, 1, 100)])
    assert keys() == before
    assert not RenaksiBulan.objects.exists()


def test_objects_are_stored_with_what_the_database_and_django_fill_in():
    hari = [Kalender(id=n, tanggal=date(2025, 5, n), nama="Libur", libur=True) for n in (1, 2)]
    salin_objek(hari)
    assert list(Kalender.objects.order_by("id")) == hari
    salin_objek([Jabatan(nama="Penata", jenis="pelaksana")])
    assert Jabatan.objects.get().dibuat_pada is not None
    hari[0].nama = "Hari Buruh"
    hari[0].save()
    assert Kalender.objects.filter(nama="Hari Buruh").count() == 1


def test_ids_are_given_back_to_the_sequence():
    ids = Ids(Kalender)
    salin_objek([Kalender(id=ids.next(), tanggal=date(2025, 5, 1), nama="Libur", libur=True)])
    ids.keep()
    assert Kalender.objects.create(tanggal=date(2025, 5, 2), nama="Cuti bersama").pk == ids.last + 1
