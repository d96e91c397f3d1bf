"""Tasks over the API: the same engine as the pages, told in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.accounts import tokens
from backend.accounts.models import User
from backend.workflow.models import InboxMessage, WorkItem
from tests.api.conftest import Api
from tests.factories_kepegawaian import buat_user
from tests.factories_kinerja import Kota, buat_kota, instance_of, isi_sampai_ajukan, isian_renaksi, open_item, putusan

pytestmark = pytest.mark.django_db
Masuk = Callable[[User], Api]


def sent(form: dict[str, Any]) -> dict[str, Any]:
    """A form of the factories as JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(form, cls=DjangoJSONEncoder))
    return plain


def body(kota: Kota, **more: Any) -> dict[str, Any]:
    item = open_item(kota.laporan)
    return {"rev": item.instance.rev, "isi": sent(isian_renaksi(kota.laporan)), **more}


# --- reading ------------------------------------------------------------------------------------------------------


def test_my_tasks_and_only_mine(kota: Kota, api: Masuk) -> None:
    mine = api(kota.asn).get("tugas/").body["results"]
    assert [(task["langkah"], task["putaran"], task["diambil_oleh"]) for task in mine] == [("isi_renaksi", 1, None)]
    assert api(kota.atasan).get("tugas/").body["results"] == []
    isi_sampai_ajukan(kota)
    assert [task["langkah"] for task in api(kota.atasan).get("tugas/").body["results"]] == ["tinjau_renaksi"]
    assert api(kota.asn).get("tugas/").body["results"] == []


def test_a_task_comes_with_the_json_schema_of_what_to_send(kota: Kota, api: Masuk) -> None:
    task = api(kota.asn).get(f"tugas/{open_item(kota.laporan).pk}/").body
    validator = jsonschema.Draft202012Validator(task["skema"])
    validator.check_schema(task["skema"])
    assert list(validator.iter_errors(body(kota)["isi"])) == []
    assert list(validator.iter_errors({"renaksi": [{"id": -1, "realisasi": 1}]}))
    assert (task["rev"], task["draf"]) == (open_item(kota.laporan).instance.rev, None)


def test_tasks_come_by_deadline_page_after_page_also_those_without_one(kota: Kota, api: Masuk) -> None:
    first = open_item(kota.laporan)
    for number in range(7):
        WorkItem.objects.create(
            instance=first.instance, task_id=uuid4(), step="isi_skp", name=str(number), assignee=kota.asn,
            due_at=None if number % 2 else first.due_at,
        )  # fmt: skip
    client = api(kota.asn)
    everything = [task["id"] for task in client.get("tugas/").body["results"]]
    assert len(everything) == 8
    seen: list[dict[str, Any]] = []
    page = client.get("tugas/?page_size=2").body
    while True:
        seen += page["results"]
        if page["next"] is None:
            break
        page = client.get(page["next"].partition("/api/v1/")[2]).body
    assert [task["id"] for task in seen] == everything
    deadlines = [task["tenggat"] or "9" for task in seen]
    assert deadlines == sorted(deadlines)


def test_a_bad_page_is_told_or_ignored_but_never_a_failure(kota: Kota, api: Masuk) -> None:
    client = api(kota.asn)
    for query in (
        "cursor=x",
        "cursor=%00",
        "cursor=cD1ub25l",
        "cursor=cD0x",
        "page_size=0",
        "page_size=x",
        "page_size=99999",
    ):
        answer = client.get(f"tugas/?{query}")
        assert answer.status_code in {200, 404}, query


def test_a_list_costs_the_same_however_long(kota: Kota, api: Masuk) -> None:
    client, first = api(kota.asn), open_item(kota.laporan)
    client.post(f"tugas/{first.pk}/ambil/")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("tugas/").status_code == 200
        return len(queries)

    one = cost()
    for _ in range(20):
        WorkItem.objects.create(
            instance=first.instance, task_id=uuid4(), step="x", assignee=kota.asn, claimed_by=kota.asn
        )
    assert cost() == one <= 8


# --- completing ---------------------------------------------------------------------------------------------------


def test_completing_opens_the_next_task_of_the_caller(kota: Kota, api: Masuk) -> None:
    item, before = open_item(kota.laporan), instance_of(kota.laporan)
    answer = api(kota.asn).post(f"tugas/{item.pk}/selesaikan/", body(kota))
    following = open_item(kota.laporan)
    assert (answer.status_code, following.step) == (200, "isi_skp")
    assert answer.body == {
        "berkas": str(item.instance_id),
        "rev": before.rev + 1,
        "tugas_berikut": str(following.pk),
    }


def test_who_decides_over_the_api_decides_as_on_the_page(kota: Kota, api: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    item = open_item(laporan)
    answer = api(kota.atasan).post(
        f"tugas/{item.pk}/selesaikan/", {"rev": item.instance.rev, "isi": sent(putusan(laporan, "tinjau_renaksi"))}
    )
    assert answer.status_code == 200
    assert open_item(laporan).step == "tinjau_skp"


def test_wrong_fields_come_back_by_their_path(kota: Kota, api: Masuk) -> None:
    item = open_item(kota.laporan)
    rows = body(kota)["isi"]["renaksi"]
    rows[0]["realisasi"] = "banyak"
    answer = api(kota.asn).post(f"tugas/{item.pk}/selesaikan/", body(kota, isi={"renaksi": rows}))
    assert (answer.status_code, answer.body["code"]) == (422, "invalid_fields")
    assert set(answer.body["errors"]) == {f"renaksi.{rows[0]['id']}.realisasi"}
    assert open_item(kota.laporan).pk == item.pk


def test_an_old_revision_is_a_conflict_that_says_who_and_when(kota: Kota, api: Masuk) -> None:
    item = open_item(kota.laporan)
    answer = api(kota.asn).post(f"tugas/{item.pk}/selesaikan/", body(kota, rev=item.instance.rev + 10**20))
    assert (answer.status_code, answer.body["code"], answer.body["pesan"]) == (409, "stale_task", "M15")
    assert "pukul" in answer.body["detail"]


def test_a_second_time_without_a_key_is_a_conflict_and_with_its_key_the_first_answer(kota: Kota, api: Masuk) -> None:
    client, item, form = api(kota.asn), open_item(kota.laporan), body(kota)
    path = f"tugas/{item.pk}/selesaikan/"
    first = client.post(path, form, **{"Idempotency-Key": "k" * 300})
    again = client.post(path, form, **{"Idempotency-Key": "k" * 300})
    other = client.post(path, form, **{"Idempotency-Key": "k" * 299 + "x"})
    bare = client.post(path, form)
    assert (first.status_code, again.status_code, again.body) == (200, 200, first.body)
    assert (other.status_code, other.body["code"]) == (bare.status_code, bare.body["code"]) == (409, "stale_task")
    assert InboxMessage.objects.filter(key__startswith=str(item.pk)).count() == 1


def test_a_key_of_somebody_else_gives_nothing_away(kota: Kota, api: Masuk) -> None:
    item, form = open_item(kota.laporan), body(kota)
    path = f"tugas/{item.pk}/selesaikan/"
    assert api(kota.asn).post(path, form, **{"Idempotency-Key": "k"}).status_code == 200
    answer = api(kota.kepala).post(path, form, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.body["code"]) == (404, "not_visible")


def test_a_refused_post_does_not_use_up_its_key(kota: Kota, api: Masuk) -> None:
    client, item = api(kota.asn), open_item(kota.laporan)
    path = f"tugas/{item.pk}/selesaikan/"
    assert client.post(path, body(kota, isi={}), **{"Idempotency-Key": "k"}).status_code == 422
    assert client.post(path, body(kota), **{"Idempotency-Key": "k"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_double_click_over_the_api_has_one_effect_and_one_answer(transactional_db: None) -> None:
    kota = buat_kota()
    secret = tokens.issue(kota.asn, nama="uji")[1]
    item, form, start = open_item(kota.laporan), body(kota), Barrier(6)

    def post() -> Any:
        try:
            start.wait()
            return Api(secret).post(f"tugas/{item.pk}/selesaikan/", form, **{"Idempotency-Key": "satu"})
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = [future.result() for future in [pool.submit(post) for _ in range(6)]]
    assert {answer.status_code for answer in answers} == {200}
    assert len({json.dumps(answer.body) for answer in answers}) == 1
    assert WorkItem.objects.filter(instance=item.instance, step="isi_renaksi").count() == 1


# --- drafts and claims --------------------------------------------------------------------------------------------


def test_a_draft_is_kept_as_typed_and_changes_nothing_else(kota: Kota, api: Masuk) -> None:
    client, item = api(kota.asn), open_item(kota.laporan)
    draft = {"renaksi": [{"id": 1, "realisasi": "1,"}], "catatan": "a\u0000b \ud83d\ude00"}
    assert client("put", f"tugas/{item.pk}/draf/", {"isi": draft}).status_code == 204
    task = client.get(f"tugas/{item.pk}/").body
    assert task["draf"] == {**draft, "catatan": "ab \U0001f600"}
    assert task["rev"] == item.instance.rev


BODIES = [
    ('{"isi": {"a": "\\ud800"}}', 204),
    ('{"isi": []}', 400),
    ('{"isi": null}', 400),
    ("{}", 400),
    ("[1]", 400),
    ("{", 400),
    ("[" * 200_000, 400),
    ('{"isi": {"a": NaN}}', 400),
    ('{"isi": {"a": "' + "x" * 1_000_000 + '"}}', 413),
]


def test_a_body_that_is_none_is_told(kota: Kota, api: Masuk) -> None:
    path, headers = (
        f"/api/v1/tugas/{open_item(kota.laporan).pk}/draf/",
        {"Authorization": f"Token {api(kota.asn).secret}"},
    )
    for raw, status in BODIES:
        answer = Client().put(path, raw, content_type="application/json", headers=headers)
        assert answer.status_code == status, raw[:40]
        if status >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_claiming_tells_the_others_until_it_is_given_back(kota: Kota, api: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    item = open_item(laporan)
    client = api(kota.atasan)
    claimed = client.post(f"tugas/{item.pk}/ambil/")
    assert (claimed.status_code, claimed.body["diambil_oleh"]) == (200, kota.atasan.nama)
    WorkItem.objects.filter(pk=item.pk).update(claimed_by=kota.kepala)
    refused = client.post(f"tugas/{item.pk}/ambil/")
    assert (refused.status_code, refused.body["code"]) == (409, "claimed_by_other")
    WorkItem.objects.filter(pk=item.pk).update(claimed_by=kota.atasan)
    assert client.post(f"tugas/{item.pk}/lepas/").body["diambil_oleh"] is None


def test_a_task_of_somebody_else_is_not_there(kota: Kota, api: Masuk) -> None:
    item = open_item(kota.laporan)
    for client in map(api, (kota.atasan, buat_user(), kota.admin_opd())):
        for method, verb, given in (
            ("get", "", None), ("post", "selesaikan/", {"rev": 1, "isi": {}}), ("put", "draf/", {"isi": {}}), ("post", "ambil/", None),
            ("post", "lepas/", None),
        ):  # fmt: skip
            answer = client(method, f"tugas/{item.pk}/{verb}", given)
            assert (answer.status_code, answer.body["code"]) == (404, "not_visible"), verb


def test_a_method_that_is_not_offered_is_told(kota: Kota, api: Masuk) -> None:
    answer = api(kota.asn)("delete", f"tugas/{open_item(kota.laporan).pk}/")
    assert (answer.status_code, answer.body["code"], "GET" in answer.headers["Allow"]) == (
        405,
        "method_not_allowed",
        True,
    )
