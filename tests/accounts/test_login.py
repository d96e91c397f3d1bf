"""Signing in through allauth, as a browser does it."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from backend.config import settings as config
from backend.platform.models import AuditEvent
from tests.accounts.conftest import NIP
from tests.factories_kepegawaian import SANDI, buat_user

pytestmark = pytest.mark.django_db


def sign_in(client: Client, name: str, sandi: str, *, ip: str = "10.0.0.1"):
    return client.post(reverse("account_login"), {"login": name, "password": sandi}, REMOTE_ADDR=ip)


def complaint(response) -> str:
    assert response.status_code == 200
    return " ".join(response.context["form"].non_field_errors())


@pytest.mark.parametrize("typed", [NIP, "19660801 198803 1 001", " 19660801.198803.1.001 "])
def test_a_nip_may_be_typed_with_spaces(client: Client, user: User, typed: str):
    assert sign_in(client, typed, SANDI).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_an_official_signs_in_by_name(client: Client):
    buat_user("walikota", sandi=SANDI)
    assert sign_in(client, "WaliKota", SANDI).status_code == 302


def test_wrong_passwords_count_down_to_a_lock_that_even_the_right_one_does_not_open(client: Client, user: User):
    said = [complaint(sign_in(client, NIP, "salah")) for _ in range(6)]
    assert [re.findall(r"Sisa (\d)", text) for text in said[:4]] == [["4"], ["3"], ["2"], ["1"]]
    assert "dikunci sementara" in said[4]
    assert "Coba lagi sekitar 15 menit" in said[5]
    assert "Terlalu banyak" in complaint(sign_in(client, NIP, SANDI, ip="10.0.0.9"))


def test_spaces_and_addresses_give_no_fresh_guesses(client: Client, user: User, monkeypatch: pytest.MonkeyPatch):
    tried = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: bool(tried.append(raw)))
    names = [NIP, "19660801 198803 1 001", "19660801.198803.1.001"]
    for n in range(100):
        sign_in(client, names[n % 3], f"tebakan{n}", ip=f"10.0.{n}.1")
    assert len(tried) == 5


def test_one_address_cannot_try_one_password_on_many_accounts(client: Client, user: User):
    for n in range(61):
        response = sign_in(client, f"1966080119880310{n:02}", "Rahasia2025")
    assert "Terlalu banyak" in complaint(response)


def test_an_unknown_name_is_answered_like_a_wrong_password(client: Client, user: User):
    wrong, unknown = complaint(sign_in(client, NIP, "x")), complaint(sign_in(client, "196608011988031999", "x"))
    assert wrong == unknown


def test_a_locked_account_does_not_get_in(client: Client, user: User):
    User.objects.update(is_active=False)
    assert sign_in(client, NIP, SANDI).status_code == 302
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up(client: Client):
    from backend.accounts.adapter import AccountAdapter

    assert AccountAdapter().is_open_for_signup(None) is False


def test_passwords_are_hashed_with_argon2(settings):
    settings.PASSWORD_HASHERS = config.PASSWORD_HASHERS
    assert buat_user(sandi=SANDI).password.startswith("argon2$argon2id")


def test_a_whole_office_signs_in_through_one_address(client: Client, user: User):
    assert all(sign_in(Client(), NIP, SANDI).status_code == 302 for _ in range(70))


def change(client: Client, old: str, new: str):
    return client.post(reverse("account_change_password"), {"oldpassword": old, "password1": new, "password2": new})


def test_a_one_time_password_opens_only_the_page_that_replaces_it(client: Client):
    user = buat_user("sementara", sandi=SANDI, wajib_ganti_sandi=True)
    client.force_login(user)
    page = reverse("account_change_password")
    assert client.get("/").headers["Location"] == page
    assert client.get("/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == page
    assert client.get("/api/v1/apa-saja/").json()["code"] == "password_change_required"
    assert client.get(page).status_code == 200
    assert "berbeda" in str(change(client, SANDI, SANDI).context["form"].errors)
    assert change(client, SANDI, "baru-sekali-88x").status_code == 302
    user.refresh_from_db()
    assert not user.wajib_ganti_sandi
    assert client.get("/").headers.get("Location") != page
    assert AuditEvent.objects.filter(chain=f"user:{user.pk}", peristiwa="sandi_diganti").exists()


@pytest.mark.parametrize("weak", ["pendek1", "1234567890", "password123", NIP])
def test_weak_passwords_are_refused(client: Client, user: User, weak: str):
    client.force_login(user)
    assert change(client, SANDI, weak).status_code == 200


def test_a_forgotten_password_is_replaced_by_the_link_in_a_mail(client: Client, user: User):
    User.objects.update(wajib_ganti_sandi=True)
    client.post(reverse("account_reset_password"), {"email": "BUDI@contoh.go.id"})
    (message,) = mail.outbox
    assert message.subject == "Atur ulang kata sandi"
    assert "Yth. Budi Santoso" in message.body
    link = re.search(r"http://testserver(\S+)", message.body)
    assert link is not None
    page = client.get(link[1], follow=True)
    new = {"password1": "baru-sekali-88x", "password2": "baru-sekali-88x"}
    client.post(page.redirect_chain[-1][0], new)
    user.refresh_from_db()
    assert user.check_password("baru-sekali-88x")
    assert not user.wajib_ganti_sandi


def test_asking_for_an_unknown_mail_tells_nothing(client: Client, user: User):
    known = client.post(reverse("account_reset_password"), {"email": "budi@contoh.go.id"})
    unknown = client.post(reverse("account_reset_password"), {"email": "bukan@contoh.go.id"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
