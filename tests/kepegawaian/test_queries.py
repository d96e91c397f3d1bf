from __future__ import annotations

from datetime import date, datetime

import pytest

from backend.accounts.roles import Peran
from backend.core.periode import WIB
from backend.kepegawaian import queries
from backend.kepegawaian.directory import Organisasi
from backend.kepegawaian.models import Kalender, LaporanData, Pegawai, PeranUser, Posisi, RiwayatJabatan, Unor
from backend.platform import settings as product_settings
from backend.workflow.steps import registry
from tests.factories_kepegawaian import (
    AKHIR,
    Dinas,
    beri_peran,
    buat_delegasi,
    buat_dinas,
    buat_pegawai,
    buat_posisi,
    buat_unor,
    buat_user,
    dudukkan,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def lain(dinas: Dinas) -> Dinas:
    return buat_dinas("Dinas Lain", kota=dinas)


@pytest.fixture(autouse=True)
def _hari_ini(monkeypatch: pytest.MonkeyPatch, pada: date) -> None:
    """Pages ask about today; these tests live on one day."""
    monkeypatch.setattr(queries.timezone, "localdate", lambda: pada)


def test_the_history_answers_for_any_date(dinas: Dinas):
    baru = buat_posisi(dinas.opd, atasan=dinas.posisi_kepala)
    RiwayatJabatan.objects.filter(pegawai=dinas.staf).update(sampai=date(2025, 4, 30))
    dudukkan(dinas.staf, baru, mulai=date(2025, 5, 1))
    asked = {
        hari: queries.jabatan_pada(dinas.staf, hari)
        for hari in (date(2025, 4, 30), date(2025, 5, 1), date(2023, 12, 31))
    }
    assert [row.posisi if row else None for row in asked.values()] == [dinas.posisi_staf, baru, None]


def test_a_post_is_answered_by_its_holder_then_plt_then_plh(dinas: Dinas, pada: date):
    plh, plt = buat_pegawai(), buat_pegawai()
    dudukkan(plh, dinas.posisi_kabid, jenis="PLH")
    dudukkan(plt, dinas.posisi_kabid, jenis="PLT")
    held = queries.pemegang(dinas.posisi_kabid, pada)
    assert [(who.sebagai, who.orang) for who in held] == [("D", dinas.kabid), ("PLT", plt), ("PLH", plh)]
    assert queries.pemegang(dinas.posisi_kabid, AKHIR.replace(year=2026))[1:] == []
    assert queries.pemegang(dinas.posisi_walikota, pada)[0].pejabat == dinas.walikota
    assert queries.pemegang(buat_posisi(dinas.opd, atasan=dinas.posisi_kepala), pada) == []


def test_a_user_has_the_posts_he_holds_and_covers(dinas: Dinas, pada: date):
    dudukkan(dinas.kabid, dinas.posisi_kepala, jenis="PLH", sampai=pada)
    held = queries.posisi_user(dinas.kabid.user, pada)
    assert [(item.posisi, item.sebagai) for item in held] == [(dinas.posisi_kabid, "D"), (dinas.posisi_kepala, "PLH")]
    assert queries.posisi_ids(dinas.kabid.user, AKHIR) == [dinas.posisi_kabid.pk]
    assert queries.posisi_user(dinas.walikota.user, pada)[0].posisi == dinas.posisi_walikota


def test_an_inactive_person_holds_nothing(dinas: Dinas, pada: date):
    Pegawai.objects.filter(pk=dinas.kabid.pk).update(kedudukan_hukum="99")
    assert queries.posisi_ids(dinas.kabid.user, pada) == []
    assert queries.pemegang(dinas.posisi_kabid, pada) == []
    assert queries.peran_user(dinas.kabid.user, pada) == frozenset()


def test_roles_follow_from_posts_on_the_date(dinas: Dinas, pada: date):
    assert queries.peran_user(dinas.staf.user, pada) == {Peran.ASN}
    assert queries.peran_user(dinas.kabid.user, pada) == {Peran.ASN, Peran.ATASAN}
    assert queries.peran_user(dinas.kepala.user, pada) == {
        Peran.ASN,
        Peran.ATASAN,
        Peran.ATASAN_PENILAI,
        Peran.KEPALA_OPD,
    }
    assert queries.peran_user(dinas.walikota.user, pada) == {Peran.ATASAN, Peran.ATASAN_PENILAI}
    dudukkan(dinas.staf, dinas.posisi_kepala, jenis="PLT", sampai=pada)
    assert Peran.KEPALA_OPD in queries.peran_user(dinas.staf.user, pada)
    assert queries.peran_user(dinas.staf.user, AKHIR) == {Peran.ASN}


def test_the_head_of_bkpsdm_is_found_by_the_code_of_his_unit(dinas: Dinas, pada: date):
    Unor.objects.filter(pk=dinas.opd.pk).update(kode="BKPSDM")
    assert Peran.KEPALA_BKPSDM in queries.peran_user(dinas.kepala.user, pada)


def test_granted_roles_hold_within_their_dates_and_for_active_users(dinas: Dinas, pada: date):
    user = buat_user()
    beri_peran(user, "admin_opd", dinas.opd, mulai=pada, sampai=pada)
    assert queries.peran_user(user, pada) == {Peran.ADMIN_OPD}
    assert queries.peran_user(user, AKHIR) == frozenset()
    user.is_active = False
    assert queries.peran_user(user, pada) == frozenset()


def test_a_role_over_an_opd_covers_the_opd_below_it(dinas: Dinas, lain: Dinas, pada: date):
    kelurahan = buat_unor("Kelurahan", induk=dinas.bidang, is_opd=True)
    user = buat_user()
    beri_peran(user, "admin_opd", dinas.opd)
    assert queries.lingkup_opd(user, Peran.ADMIN_OPD, pada=pada) == {dinas.opd.pk, kelurahan.pk}
    assert queries.lingkup_opd(user, Peran.TU, pada=pada) == frozenset()
    beri_peran(user, "auditor")
    assert queries.lingkup_opd(user, Peran.AUDITOR, pada=pada) is None


def people_seen(user: object) -> set[object]:
    return set(Pegawai.objects.visible_to(user).values_list("pk", flat=True))


def of(*people: Pegawai) -> set[object]:
    return {orang.pk for orang in people}


def test_who_sees_whom(dinas: Dinas, lain: Dinas):
    admin, kota, proses, orang_luar = buat_user(), buat_user(), buat_user(), buat_user()
    beri_peran(admin, "admin_opd", dinas.opd)
    beri_peran(kota, "bkpsdm")
    beri_peran(proses, "admin_proses")
    satu_opd = of(dinas.kepala, dinas.kabid, dinas.staf, dinas.staf_lain)
    assert people_seen(dinas.staf.user) == of(dinas.staf)
    assert people_seen(dinas.kabid.user) == of(dinas.kabid, dinas.staf, dinas.staf_lain)
    assert people_seen(dinas.kepala.user) == satu_opd
    assert people_seen(dinas.walikota.user) == of(dinas.kepala, lain.kepala)
    assert people_seen(admin) == satu_opd
    assert people_seen(kota) == set(Pegawai.objects.values_list("pk", flat=True))
    assert people_seen(proses) == people_seen(orang_luar) == set()


def test_a_replacement_sees_the_subordinates_of_the_post(dinas: Dinas, lain: Dinas, pada: date):
    dudukkan(lain.staf, dinas.posisi_kabid, jenis="PLT", sampai=pada)
    assert people_seen(lain.staf.user) == of(lain.staf, dinas.staf, dinas.staf_lain)


def test_a_delegate_sees_those_whom_his_letter_covers(dinas: Dinas, lain: Dinas):
    dudukkan(dinas.staf_lain, buat_posisi(dinas.bidang, atasan=dinas.posisi_kabid), jenis="TT")
    buat_delegasi(dinas.staf_lain, kepada=[dinas.staf])
    assert people_seen(dinas.staf_lain.user) == of(dinas.staf_lain, dinas.staf)
    assert Peran.ATASAN in queries.peran_user(dinas.staf_lain.user)


def test_a_move_changes_access_on_its_day(dinas: Dinas, lain: Dinas, pada: date, monkeypatch: pytest.MonkeyPatch):
    admin = buat_user()
    beri_peran(admin, "admin_opd", lain.opd)
    RiwayatJabatan.objects.filter(pegawai=dinas.staf).update(sampai=date(2025, 4, 30))
    dudukkan(dinas.staf, lain.posisi_staf, mulai=date(2025, 5, 1))
    assert dinas.staf.pk not in people_seen(admin)
    monkeypatch.setattr(queries.timezone, "localdate", lambda: date(2025, 5, 1))
    assert dinas.staf.pk in people_seen(admin)


def test_units_posts_roles_and_reports_are_seen_by_scope(dinas: Dinas, lain: Dinas):
    admin = buat_user()
    mine, theirs = beri_peran(admin, "admin_opd", dinas.opd), beri_peran(buat_user(), "tu", lain.opd)
    for d in (dinas, lain):
        LaporanData.objects.create(pegawai=d.staf, kolom="nama", isi="Salah eja", pelapor=d.staf.user)
    assert set(Unor.objects.visible_to(admin)) == {dinas.opd, dinas.bidang}
    assert set(Posisi.objects.visible_to(admin)) == {dinas.posisi_kepala, dinas.posisi_kabid, dinas.posisi_staf}
    assert set(PeranUser.objects.visible_to(admin)) == {mine}
    assert [row.pegawai for row in LaporanData.objects.visible_to(admin)] == [dinas.staf]
    assert [row.pegawai for row in LaporanData.objects.visible_to(lain.staf.user)] == [lain.staf]
    auditor = buat_user()
    beri_peran(auditor, "auditor")
    assert set(PeranUser.objects.visible_to(auditor)) >= {mine, theirs}
    assert LaporanData.objects.visible_to(auditor).count() == 2
    assert not Unor.objects.visible_to(dinas.staf.user).exists()


def test_the_engine_asks_the_same_organisation(dinas: Dinas):
    at = datetime(2025, 4, 8, 9, 0, tzinfo=WIB)
    assert isinstance(registry.directory, Organisasi)
    assert list(registry.directory.posts_of(dinas.kabid.user, at)) == [dinas.posisi_kabid.pk]
    assert list(registry.directory.holders_of(dinas.posisi_kabid.pk, at)) == [dinas.kabid.user_id]
    assert (Peran.KEPALA_OPD, dinas.opd.pk) in registry.directory.roles_of(dinas.kepala.user, at)


def test_a_moment_belongs_to_its_day_in_the_office(dinas: Dinas):
    late = datetime(2025, 4, 8, 0, 30, tzinfo=WIB)  # still 7 April in UTC
    assert queries.tanggal_dari(late) == date(2025, 4, 8)


def test_lists_take_a_fixed_number_of_statements(dinas: Dinas, lain: Dinas, pada: date, django_assert_num_queries):
    product_settings.setting("kedudukan_aktif")
    with django_assert_num_queries(1):
        assert len(queries.jabatan_semua([dinas.staf.pk, lain.staf.pk], pada)) == 2
    with django_assert_num_queries(2):
        assert len(queries.pemegang_semua([dinas.posisi_kabid.pk, lain.posisi_kabid.pk], pada)) == 2
    with django_assert_num_queries(1):
        queries.posisi_ids(dinas.kabid.user, pada)
    with django_assert_num_queries(1):
        queries.peran_user(dinas.kepala.user, pada)
    with django_assert_num_queries(3):  # roles, delegations, the list
        assert len(Pegawai.objects.visible_to(dinas.kepala.user)) == 4


def test_days_off_are_those_of_the_city_and_of_the_opd(dinas: Dinas, lain: Dinas, pada: date):
    Kalender.objects.create(tanggal=pada, nama="Cuti bersama", libur=True)
    Kalender.objects.create(tanggal=AKHIR, nama="Hari jadi", libur=True, opd=dinas.opd)
    assert queries.hari_libur(pada, AKHIR) == {pada}
    assert queries.hari_libur(pada, AKHIR, opd=dinas.opd.pk) == {pada, AKHIR}


def test_users_with_a_role_over_an_opd_or_above_it(dinas: Dinas, lain: Dinas, pada: date):
    kelurahan = buat_unor(induk=dinas.opd, is_opd=True)
    user = buat_user()
    beri_peran(user, "admin_opd", dinas.opd)
    assert queries.users_of("admin_opd", opd=kelurahan.pk, pada=pada) == [user]
    assert queries.users_of("admin_opd", opd=lain.opd.pk, pada=pada) == []
