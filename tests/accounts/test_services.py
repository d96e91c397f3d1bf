from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from backend.accounts import services, tokens
from backend.accounts.errors import AkunTidakAktif, BukanAkunSendiri
from backend.accounts.models import ApiToken, User, normal_username
from backend.core.errors import InvalidFields
from backend.platform.models import AuditEvent
from tests.factories_kepegawaian import SANDI, buat_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("19660801 198803 1 001", "196608011988031001"), (" Wali.Kota ", "wali.kota"), ("wali kota", "walikota")],
)
def test_names_have_one_spelling(typed: str, stored: str):
    assert normal_username(typed) == stored


def test_the_database_keeps_names_plain():
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="Huruf Besar", nama="x")


def test_an_admin_gives_a_one_time_password_that_ends_every_session(client: Client, user: User):
    admin = buat_user()
    client.force_login(user)
    sandi = services.sandi_sekali_pakai(user, oleh=admin)
    user.refresh_from_db()
    assert user.check_password(sandi)
    assert user.wajib_ganti_sandi
    assert not client.get("/").wsgi_request.user.is_authenticated
    event = AuditEvent.objects.get(peristiwa="sandi_diatur_ulang")
    assert event.aktor == admin
    assert sandi not in str(event.data)


def test_one_time_passwords_differ_and_read_well():
    made = {services.buat_sandi() for _ in range(200)}
    assert len(made) == 200
    assert not set("".join(made)) & set("01loiO")


def test_nobody_manages_his_own_account(user: User):
    for call in (
        lambda: services.sandi_sekali_pakai(user, oleh=user),
        lambda: services.kunci_akun(user, oleh=user, alasan="x"),
        lambda: services.buka_akun(user, oleh=user),
    ):
        with pytest.raises(BukanAkunSendiri):
            call()


def test_a_locked_account_loses_sessions_and_tokens_until_unlocked(client: Client, user: User):
    admin = buat_user()
    _, secret = tokens.issue(user, nama="Laporan")
    client.force_login(user)
    services.kunci_akun(user, oleh=admin, alasan="Dilaporkan hilang")
    services.kunci_akun(user, oleh=admin, alasan="Dua kali")
    assert not client.get("/").wsgi_request.user.is_authenticated
    assert tokens.authenticate(secret) is None
    with pytest.raises(AkunTidakAktif):
        services.sandi_sekali_pakai(user, oleh=admin)
    services.buka_akun(user, oleh=admin)
    assert tokens.authenticate(secret) == user
    assert list(AuditEvent.objects.filter(peristiwa__startswith="akun_").values_list("peristiwa", flat=True)) == [
        "akun_dikunci",
        "akun_dibuka",
    ]


def test_the_look_is_kept_with_the_user(user: User):
    services.atur_tema(user, tema="gelap")
    user.refresh_from_db()
    assert user.tema == "gelap"
    with pytest.raises(InvalidFields):
        services.atur_tema(user, tema="ungu")


# --- Tokens -------------------------------------------------------------------------------------------------------


def test_a_token_is_stored_as_a_hash_and_opens_its_owner(user: User):
    token, secret = tokens.issue(user, nama="Laporan bulanan")
    row = ApiToken.objects.get()
    assert secret not in (row.sha256, row.awalan)
    assert secret.startswith(row.awalan)
    assert tokens.authenticate(secret) == user
    assert tokens.authenticate(secret[:-1]) is None
    assert str(token) == f"Laporan bulanan ({row.awalan}…)"


def test_a_revoked_or_expired_token_opens_nothing(user: User):
    token, secret = tokens.issue(user, nama="a")
    tokens.revoke(token)
    tokens.revoke(token)
    assert tokens.authenticate(secret) is None
    _, old = tokens.issue(user, nama="b", kedaluwarsa_pada=timezone.now() - timedelta(seconds=1))
    assert tokens.authenticate(old) is None
    assert AuditEvent.objects.filter(peristiwa="kunci_api_dicabut").count() == 1


def test_a_one_time_password_makes_no_use_of_tokens(user: User):
    _, secret = tokens.issue(user, nama="a")
    User.objects.update(wajib_ganti_sandi=True)
    assert tokens.authenticate(secret) is None


def test_the_last_use_is_written_at_most_once_a_minute(user: User, django_assert_num_queries):
    _, secret = tokens.issue(user, nama="a")
    tokens.authenticate(secret)
    assert ApiToken.objects.get().dipakai_pada is not None
    with django_assert_num_queries(1):
        tokens.authenticate(secret)


def test_a_user_sees_only_his_own_tokens(user: User):
    tokens.issue(user, nama="a")
    assert not ApiToken.objects.visible_to(buat_user()).exists()


def test_accounts_are_made_inactive_only_by_a_verb_and_log_in_by_hash(user: User):
    assert user.check_password(SANDI)
    assert (user.get_full_name(), user.get_short_name(), str(user)) == ("Budi Santoso", "Budi", "Budi Santoso")
