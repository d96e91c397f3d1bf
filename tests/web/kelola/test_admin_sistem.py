"""Accounts, roles, settings, processes, jobs through their pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.kepegawaian.models import Pegawai, PeranUser
from backend.platform import settings as pengaturan
from backend.platform.enums import StatusJob
from backend.platform.models import AuditEvent, Job
from backend.web.admin_job import sisa_waktu
from backend.workflow.models import Incident
from tests.factories_kepegawaian import buat_pegawai
from tests.web.kelola.conftest import Kota

Masuk = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _setelan_segar() -> None:
    pengaturan.forget_cache()


# --- Accounts -------------------------------------------------------------------------------------------------------


def test_a_one_time_password_is_shown_once_and_must_be_changed(kota: Kota, masuk: Masuk) -> None:
    user = kota.satu.staf.user
    client = masuk(kota.admin)
    jawaban = client.post(reverse("admin-akun-sandi", args=[user.pk]))
    user.refresh_from_db()
    assert user.check_password(jawaban.context["sandi"])
    assert user.wajib_ganti_sandi
    assert "no-store" in jawaban["Cache-Control"]
    assert jawaban.context["sandi"] not in client.get(reverse("admin-akun-detail", args=[user.pk])).content.decode()
    assert not AuditEvent.objects.filter(data__icontains=jawaban.context["sandi"]).exists()


def test_an_admin_opd_cannot_take_over_an_account_with_a_granted_role(kota: Kota, masuk: Masuk) -> None:
    PeranUser.objects.create(user=kota.satu.kabid.user, peran=Peran.BKPSDM)
    client = masuk(kota.admin)
    for url_name in ("admin-akun-sandi", "admin-akun-kunci", "admin-akun-buka"):
        assert client.post(reverse(url_name, args=[kota.satu.kabid.user.pk])).status_code == 403
    assert client.post(reverse("admin-akun-sandi", args=[kota.satu.staf.user.pk])).status_code == 200


def test_accounts_of_another_opd_are_not_found(kota: Kota, masuk: Masuk) -> None:
    assert masuk(kota.admin).get(reverse("admin-akun-detail", args=[kota.dua.staf.user.pk])).status_code == 404


def test_nobody_manages_his_own_account_here(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    assert client.post(reverse("admin-akun-sandi", args=[kota.bkpsdm.pk])).status_code == 403
    assert client.post(reverse("admin-peran-baru", args=[kota.bkpsdm.pk]), {"peran": "ppk"}).status_code == 403


def test_a_locked_account_is_opened_again(kota: Kota, masuk: Masuk) -> None:
    user, client = kota.satu.staf.user, masuk(kota.bkpsdm)
    assert (
        client.post(reverse("admin-akun-kunci", args=[user.pk]), {"alasan": "Dugaan penyalahgunaan"}).status_code == 302
    )
    user.refresh_from_db()
    assert not user.is_active
    assert client.post(reverse("admin-akun-buka", args=[user.pk])).status_code == 302
    user.refresh_from_db()
    assert user.is_active


def test_a_person_without_account_gets_one(kota: Kota, masuk: Masuk) -> None:
    pegawai = buat_pegawai(dengan_user=False)
    jawaban = masuk(kota.bkpsdm).post(reverse("admin-akun-buat", args=[pegawai.pk]))
    assert Pegawai.objects.get(pk=pegawai.pk).user.check_password(jawaban.context["sandi"])


# --- Roles ----------------------------------------------------------------------------------------------------------


def test_a_role_is_granted_with_its_scope_and_taken_away_at_once(kota: Kota, masuk: Masuk) -> None:
    user, client = kota.satu.staf.user, masuk(kota.bkpsdm)
    alamat = reverse("admin-peran-baru", args=[user.pk])
    assert "unor" in client.post(alamat, {"peran": "admin_opd"}).context["form"].errors
    assert "unor" in client.post(alamat, {"peran": "auditor", "unor": str(kota.satu.opd.pk)}).context["form"].errors
    assert client.post(alamat, {"peran": "admin_opd", "unor": str(kota.satu.opd.pk)}).status_code == 302
    assert masuk(user).get(reverse("admin-pegawai")).status_code == 200
    peran = PeranUser.objects.get(user=user)
    assert (
        client.post(reverse("admin-peran-cabut", args=[peran.pk]), {"alasan": "Pindah tugas ke unit lain"}).status_code
        == 302
    )
    assert masuk(user).get(reverse("admin-pegawai")).status_code == 403


# --- Settings -------------------------------------------------------------------------------------------------------


def test_a_setting_is_changed_with_a_reason_and_goes_back_to_its_default(kota: Kota, masuk: Masuk) -> None:
    bawaan, client = pengaturan.row("min_catatan").declaration.default, masuk(kota.bkpsdm)
    alamat = reverse("admin-pengaturan-ubah", args=["min_catatan"])
    assert "alasan" in client.post(alamat, {"nilai": "15"}).context["form"].errors
    assert "nilai" in client.post(alamat, {"nilai": "lima", "alasan": "Sesuai surat edaran"}).context["form"].errors
    assert client.post(alamat, {"nilai": str(bawaan + 5), "alasan": "Sesuai surat edaran"}).status_code == 302
    assert pengaturan.setting("min_catatan") == bawaan + 5
    assert "Diubah" in client.get(reverse("admin-pengaturan")).content.decode()
    assert (
        client.post(
            reverse("admin-pengaturan-bawaan", args=["min_catatan"]), {"alasan": "Kembali ke semula"}
        ).status_code
        == 302
    )
    assert pengaturan.setting("min_catatan") == bawaan
    assert list(AuditEvent.objects.filter(chain="pengaturan").values_list("alasan", flat=True)) == [
        "Sesuai surat edaran",
        "Kembali ke semula",
    ]


def test_every_declared_setting_has_a_form_that_accepts_its_own_value(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    for baris in pengaturan.rows():
        alamat = reverse("admin-pengaturan-ubah", args=[baris.declaration.key])
        form = client.get(alamat).context["form"]
        data = {nama: form[nama].value() for nama in form.fields}
        data = {nama: nilai for nama, nilai in data.items() if nilai is not None and nilai is not False} | {
            "alasan": "Tidak ada yang berubah"
        }
        assert client.post(alamat, data).status_code == 302, baris.declaration.key
        assert pengaturan.setting(baris.declaration.key) == baris.nilai


def test_an_unknown_setting_is_not_found(kota: Kota, masuk: Masuk) -> None:
    assert masuk(kota.bkpsdm).get(reverse("admin-pengaturan-ubah", args=["tidak_ada"])).status_code == 404


# --- Jobs and incidents -----------------------------------------------------------------------------------------------


def test_the_time_left_follows_from_the_pace() -> None:
    kini = timezone.now()
    job = Job(status=StatusJob.BERJALAN, total=100, selesai=25, dimulai_pada=kini - timedelta(minutes=2))
    assert sisa_waktu(job, kini=kini) == "sekitar 6 menit lagi"
    assert sisa_waktu(Job(status=StatusJob.SELESAI, total=1, selesai=1, dimulai_pada=kini), kini=kini) == ""


def test_the_card_of_an_open_job_asks_again_and_that_of_an_ended_one_does_not(kota: Kota, masuk: Masuk) -> None:
    job = Job.objects.create(
        jenis="x", kunci="1", judul="Contoh", status=StatusJob.BERJALAN, total=10, selesai=5, oleh=kota.bkpsdm
    )
    client, alamat = masuk(kota.bkpsdm), reverse("admin-job-detail", args=[job.pk])
    isi = client.get(alamat, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" in isi
    assert "<html" not in isi
    assert '<progress value="5" max="10"' in isi
    Job.objects.filter(pk=job.pk).update(status=StatusJob.SELESAI)
    assert "hx-trigger" not in client.get(alamat, headers={"HX-Request": "true"}).content.decode()


def test_an_open_job_can_be_cancelled(kota: Kota, masuk: Masuk) -> None:
    job = Job.objects.create(jenis="x", kunci="1", status=StatusJob.ANTRI, oleh=kota.bkpsdm)
    assert masuk(kota.bkpsdm).post(reverse("admin-job-batal", args=[job.pk])).status_code == 302
    job.refresh_from_db()
    assert job.status == StatusJob.DIBATALKAN


def test_open_incidents_are_listed_and_only_the_process_admin_may_retry(kota: Kota, masuk: Masuk) -> None:
    insiden = Incident.objects.create(kind="service", step="kirim", message="Layanan tidak menjawab")
    isi = masuk(kota.proses).get(reverse("admin-proses")).content.decode()
    assert "Layanan tidak menjawab" in isi
    assert "Coba lagi" in isi
    assert "Coba lagi" not in masuk(kota.auditor).get(reverse("admin-proses")).content.decode()
    assert masuk(kota.bkpsdm).post(reverse("admin-proses-ulangi", args=[insiden.pk])).status_code == 403
