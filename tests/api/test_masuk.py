"""Who gets in: tokens, sessions, and what the others are told. Every address of openapi.yml is asked."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone

from backend.accounts import tokens
from backend.accounts.models import ApiToken, User
from tests.factories_kepegawaian import buat_user
from tests.factories_kinerja import Kota, open_item

pytestmark = pytest.mark.django_db
DOCUMENT = yaml.safe_load((Path(settings.BASE_DIR) / "openapi.yml").read_text(encoding="utf-8"))
ADDRESSES = [(method, path) for path, verbs in DOCUMENT["paths"].items() for method in verbs if method in {"get", "post", "put", "patch", "delete"}]  # fmt: skip


def ask(method: str, path: str, client: Client | None = None, **more: Any) -> Any:
    client = client or Client(raise_request_exception=False)
    return client.generic(method.upper(), path.replace("{id}", str(uuid4())), content_type="application/json", **more)


def is_problem(answer: Any, status: int, code: str) -> None:
    body = json.loads(answer.content)
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["type"] == f"urn:mskp:galat:{code}"
    assert body["title"]
    assert body["detail"]


def test_the_document_names_every_resource() -> None:
    assert {path.split("/")[3] for _method, path in ADDRESSES} >= {"tugas", "berkas", "laporan", "pegawai"}


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_nobody_gets_in_without_a_name(method: str, path: str) -> None:
    answer = ask(method, path)
    is_problem(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize(("method", "path"), [each for each in ADDRESSES if "{id}" in each[1]])
def test_what_is_not_there_is_a_404_with_a_code(method: str, path: str) -> None:
    secret = tokens.issue(buat_user(), nama="uji")[1]
    body = '{"isi": {}, "rev": 1}' if method in {"post", "put"} else ""
    answer = ask(method, path, data=body, headers={"Authorization": f"Token {secret}"})
    is_problem(answer, 404, "not_visible")


@pytest.mark.parametrize(
    "header", ["Token", "Token x", "Token a b", "Token mskp_x", "Token \xff", "Bearer x", "Basic eDp4", "token"]
)
def test_a_token_that_is_none_opens_nothing(header: str) -> None:
    assert ask("get", "/api/v1/tugas/", HTTP_AUTHORIZATION=header).status_code == 401


def test_a_token_is_kept_as_its_hash_only_and_opens_until_it_is_revoked() -> None:
    user = buat_user()
    token, secret = tokens.issue(user, nama="uji")
    assert secret not in json.dumps({name: str(value) for name, value in ApiToken.objects.values().get().items()})
    headers = {"Authorization": f"Token {secret}"}
    assert ask("get", "/api/v1/tugas/", headers=headers).status_code == 200
    tokens.revoke(token)
    answer = ask("get", "/api/v1/tugas/", headers=headers)
    is_problem(answer, 401, "invalid_token")


@pytest.mark.parametrize("what", ["expired", "inactive", "must change password"])
def test_a_token_is_worth_no_more_than_its_owner(what: str) -> None:
    user = buat_user()
    until = timezone.now() - timedelta(seconds=1) if what == "expired" else None
    _token, secret = tokens.issue(user, nama="uji", kedaluwarsa_pada=until)
    User.objects.filter(pk=user.pk).update(
        is_active=what != "inactive", wajib_ganti_sandi=what == "must change password"
    )
    is_problem(ask("get", "/api/v1/tugas/", headers={"Authorization": f"Token {secret}"}), 401, "invalid_token")


def test_a_session_reads_and_writes_only_with_its_csrf_token(kota: Kota) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(kota.asn)
    path = f"/api/v1/tugas/{open_item(kota.laporan).pk}/draf/"
    assert client.get("/api/v1/tugas/").status_code == 200
    refused = ask("put", path, client, data='{"isi": {}}')
    is_problem(refused, 403, "permission_denied")
    client.get("/api/v1/dokumentasi/")
    client.cookies["csrftoken"] = token = "a" * 32
    assert ask("put", path, client, data='{"isi": {}}', headers={"X-CSRFToken": token}).status_code == 204


def test_a_token_needs_no_csrf_token(kota: Kota) -> None:
    secret = tokens.issue(kota.asn, nama="uji")[1]
    path = f"/api/v1/tugas/{open_item(kota.laporan).pk}/draf/"
    client = Client(enforce_csrf_checks=True)
    assert ask("put", path, client, data='{"isi": {}}', headers={"Authorization": f"Token {secret}"}).status_code == 204


def test_every_other_address_answers_with_a_problem_too() -> None:
    for path in ("/api/v1/tidak-ada/", "/api/v1/tugas/bukan-uuid/", "/api/v1/tugas/x/selesaikan/"):
        for method in ("get", "post"):
            is_problem(ask(method, path), 404, "not_visible")


def test_the_description_and_its_page_are_for_those_who_are_in(kota: Kota) -> None:
    assert Client().get("/api/v1/dokumentasi/").status_code in {302, 401, 403}
    client = Client()
    client.force_login(kota.asn)
    page = client.get("/api/v1/dokumentasi/")
    assert page.status_code == 200
    assert b"http://" not in page.content.replace(b"http://www.w3.org", b"")
