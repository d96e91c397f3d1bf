from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.kepegawaian import errors, queries, services
from backend.kepegawaian.models import Kalender, Unor
from backend.platform.models import AuditEvent, Notice
from tests.factories_kepegawaian import (
    AKHIR,
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
PEGAWAI = {
    "nip": "196608011988031001", "nama": "Budi Santoso", "tanggal_lahir": date(1966, 8, 1), "jenis_kelamin": "L",
    "status_asn": "PNS", "tmt_cpns": date(1988, 3, 1), "email": "budi@contoh.go.id",
}  # fmt: skip


def events(subject: str) -> list[str]:
    return list(AuditEvent.objects.filter(chain=subject).order_by("seq").values_list("peristiwa", flat=True))


def field_of(call) -> str:
    with pytest.raises(InvalidFields) as refusal:
        call()
    (field,) = refusal.value.errors
    return field


# --- Units and posts ----------------------------------------------------------------------------------------------


def test_a_unit_is_made_changed_and_audited():
    user = buat_user()
    unor = services.buat_unor({"kode": "X1", "nama": "Dinas X", "jenis": "dinas", "is_opd": True}, oleh=user)
    assert unor.opd == unor
    services.ubah_unor(unor, {"nama": "Dinas Y", "kode": "X1"}, oleh=user)
    services.ubah_unor(unor, {"nama": "Dinas Y"}, oleh=user)
    assert events(f"unor:{unor.pk}") == ["unor_dibuat", "unor_diubah"]
    assert AuditEvent.objects.get(peristiwa="unor_diubah").data == {"nama": ["Dinas X", "Dinas Y"]}


def test_a_unit_is_refused_by_field(dinas: Dinas):
    assert (
        field_of(lambda: services.buat_unor({"kode": dinas.opd.kode, "nama": "x", "jenis": "dinas"}, oleh=buat_user()))
        == "kode"
    )
    assert field_of(lambda: services.ubah_unor(dinas.opd, {"induk": dinas.bidang}, oleh=buat_user())) == "induk"


def test_a_unit_is_retired_only_when_empty_and_comes_back_with_those_below(dinas: Dinas):
    user, kosong = buat_user(), buat_unor(is_opd=True)
    bawah = buat_unor(induk=kosong)
    with pytest.raises(errors.UnorMasihBerisi):
        services.nonaktifkan_unor(dinas.opd, oleh=user, valid_to=date(2025, 4, 8), alasan="Digabung")
    services.nonaktifkan_unor(kosong, oleh=user, valid_to=date(2025, 4, 8), pengganti=dinas.opd, alasan="Digabung")
    assert set(Unor.objects.aktif()) == {dinas.kota, dinas.opd, dinas.bidang}
    kosong.refresh_from_db()
    assert kosong.pengganti == dinas.opd
    bawah.refresh_from_db()
    with pytest.raises(errors.UnorIndukTidakAktif):
        services.pulihkan_unor(bawah, oleh=user)
    services.pulihkan_unor(kosong, oleh=user)
    assert set(Unor.objects.aktif()) >= {kosong, bawah}
    assert events(f"unor:{kosong.pk}") == ["unor_dinonaktifkan", "unor_dipulihkan"]


def test_a_post_is_refused_by_field(dinas: Dinas):
    user = buat_user()
    base = {"unor": dinas.bidang, "jabatan": buat_jabatan(), "atasan": dinas.posisi_kabid}
    assert services.buat_posisi(base, oleh=user).atasan == dinas.posisi_kabid
    assert field_of(lambda: services.buat_posisi(base, oleh=user)) == "jabatan"
    base = {**base, "jabatan": buat_jabatan()}
    assert field_of(lambda: services.buat_posisi({**base, "atasan": None}, oleh=user)) == "atasan"
    assert field_of(lambda: services.buat_posisi({**base, "atasan": dinas.posisi_staf}, oleh=user)) == "atasan"
    assert field_of(lambda: services.buat_posisi({**base, "is_pimpinan": True}, oleh=user)) == "is_pimpinan"
    assert field_of(lambda: services.buat_posisi({**base, "kelas": 18}, oleh=user)) == "kelas"
    assert (
        field_of(lambda: services.ubah_posisi(dinas.posisi_kepala, {"atasan": dinas.posisi_kabid}, oleh=user))
        == "atasan"
    )
    assert field_of(lambda: services.ubah_posisi(dinas.posisi_kabid, {"jumlah_kebutuhan": 2}, oleh=user)) in {
        "jumlah_kebutuhan",
        "atasan",
    }


def test_special_days_are_entered_once_and_removed():
    user = buat_user()
    hari = services.tetapkan_hari(oleh=user, tanggal=AWAL, nama="Tahun Baru", libur=True)
    assert field_of(lambda: services.tetapkan_hari(oleh=user, tanggal=AWAL, nama="Lagi", libur=True)) == "tanggal"
    services.hapus_hari(hari, oleh=user)
    assert not Kalender.objects.exists()
    assert AuditEvent.objects.get(peristiwa="hari_dihapus").data["nama"] == "Tahun Baru"


# --- People, accounts, roles --------------------------------------------------------------------------------------


def test_a_person_with_a_wrong_nip_is_refused_and_a_doubtful_one_is_noted():
    user = buat_user()
    assert field_of(lambda: services.buat_pegawai({**PEGAWAI, "nip": "196608011988033001"}, oleh=user)) == "nip"
    pegawai = services.buat_pegawai({**PEGAWAI, "jenis_kelamin": "P"}, oleh=user)
    assert AuditEvent.objects.get(chain=f"pegawai:{pegawai.pk}").data["peringatan"] == [
        "Jenis kelamin berbeda dari NIP."
    ]
    assert field_of(lambda: services.buat_pegawai(PEGAWAI, oleh=user)) == "nip"


def test_an_account_follows_its_person():
    admin = buat_user()
    pegawai = services.buat_pegawai(PEGAWAI, oleh=admin)
    user, sandi = services.buat_akun(pegawai, oleh=admin)
    assert user.check_password(sandi)
    assert (user.username, user.nama, user.email, user.wajib_ganti_sandi) == (
        pegawai.nip,
        "Budi Santoso",
        "budi@contoh.go.id",
        True,
    )
    with pytest.raises(errors.AkunSudahAda):
        services.buat_akun(pegawai, oleh=admin)
    services.ubah_pegawai(pegawai, {"nip": "196608011988031002", "gelar_belakang": "S.H."}, oleh=admin)
    user.refresh_from_db()
    assert (user.username, user.nama) == ("196608011988031002", "Budi Santoso, S.H.")


def test_a_role_is_granted_once_not_to_oneself_and_gone_when_taken(dinas: Dinas):
    admin, user = buat_user(), buat_user()
    role = services.tetapkan_peran(user, oleh=admin, peran="admin_opd", unor=dinas.opd)
    with pytest.raises(errors.PeranSudahAda):
        services.tetapkan_peran(user, oleh=admin, peran="admin_opd", unor=dinas.opd)
    with pytest.raises(errors.PeranUntukDiriSendiri):
        services.tetapkan_peran(admin, oleh=admin, peran="bkpsdm")
    assert field_of(lambda: services.tetapkan_peran(user, oleh=admin, peran="tu")) == "unor"
    assert Peran.ADMIN_OPD in queries.peran_user(user)
    services.cabut_peran(role, oleh=admin, alasan="Pindah tugas")
    services.cabut_peran(role, oleh=admin)
    assert Peran.ADMIN_OPD not in queries.peran_user(user)
    assert events(f"user:{user.pk}") == ["peran_diberikan", "peran_dicabut"]
    services.tetapkan_peran(user, oleh=admin, peran="admin_opd", unor=dinas.opd)


def test_a_delegation_needs_a_tt_row_and_somebody_to_rate(dinas: Dinas):
    admin = buat_user()
    letter = {"nomor": "800/1", "tanggal": AWAL, "mulai": date(2025, 4, 1), "selesai": AKHIR}
    with pytest.raises(errors.DelegasiTanpaTugas):
        services.buat_delegasi(dinas.staf_lain, oleh=admin, lingkup_pegawai=[dinas.staf], **letter)
    dudukkan(dinas.staf_lain, buat_posisi(dinas.bidang, atasan=dinas.posisi_kabid), jenis="TT")
    assert field_of(lambda: services.buat_delegasi(dinas.staf_lain, oleh=admin, **letter)) == "lingkup_unor"
    assert (
        field_of(
            lambda: services.buat_delegasi(dinas.staf_lain, oleh=admin, lingkup_pegawai=[dinas.staf_lain], **letter)
        )
        == "lingkup_pegawai"
    )
    row = services.buat_delegasi(dinas.staf_lain, oleh=admin, lingkup_pegawai=[dinas.staf], **letter)
    assert queries.penilai(dinas.staf, AKHIR).pegawai == dinas.staf_lain
    services.cabut_delegasi(row, oleh=admin, alasan="Tim bubar")
    services.cabut_delegasi(row, oleh=admin, alasan="Tim bubar")
    assert queries.penilai(dinas.staf, AKHIR).pegawai == dinas.kabid
    assert events(f"pegawai:{dinas.staf_lain.pk}") == ["delegasi_dibuat", "delegasi_dicabut"]


def test_wrong_data_is_reported_to_the_admin_of_the_opd_and_answered_once(dinas: Dinas):
    lain = buat_dinas("Dinas Lain", kota=dinas)
    admin, admin_lain = buat_user(), buat_user()
    beri_peran(admin, "admin_opd", dinas.opd)
    beri_peran(admin_lain, "admin_opd", lain.opd)
    laporan = services.laporkan_data(dinas.staf, oleh=dinas.staf.user, kolom="Jabatan", isi="Sudah pindah sejak Maret")
    assert list(Notice.objects.values_list("penerima", flat=True)) == [admin.pk]
    assert field_of(lambda: services.jawab_laporan_data(laporan, oleh=admin, status="baru", jawaban="x")) == "status"
    services.jawab_laporan_data(laporan, oleh=admin, status="diperbaiki", jawaban="Sudah kami perbaiki.")
    assert Notice.objects.visible_to(dinas.staf.user).get().isi == "Sudah kami perbaiki."
    with pytest.raises(errors.LaporanSudahDijawab):
        services.jawab_laporan_data(laporan, oleh=admin, status="ditolak", jawaban="Tidak")


def test_a_role_from_tomorrow_does_not_hold_today(dinas: Dinas):
    user, hari_ini = buat_user(), timezone.localdate()
    services.tetapkan_peran(user, oleh=None, peran="bkpsdm", mulai=hari_ini + timedelta(days=1))
    assert queries.peran_user(user) == frozenset()


def test_every_refusal_of_the_database_has_its_rule_in_the_schema():
    """Words without a constraint would never be said."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        names = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT string_agg(prosrc, '') FROM pg_proc WHERE proname LIKE 'kepegawaian%%'")
        bodies = cursor.fetchone()[0]
    said = set(errors.BY_FIELD) | set(errors.AS_A_WHOLE)
    assert {rule for rule in said if rule not in names and f"'{rule}'" not in bodies} == set()


def test_people_without_account_are_possible(dinas: Dinas):
    assert buat_pegawai(dengan_user=False).user is None
