"""A small city with the month open, and signed-in browsers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from backend.workflow.models import WorkItem
from tests.factories_kinerja import Kota, buat_kota, open_item

Masuk = Callable[[User | None], Client]


@pytest.fixture
def kota(db: None) -> Kota:
    return buat_kota()


@pytest.fixture
def masuk() -> Masuk:
    """A browser in which somebody is signed in."""

    def buka(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return buka


def pos(form: Mapping[str, Any], **lain: Any) -> dict[str, Any]:
    """A form of the factories as a browser sends it: `group-row-field`."""
    data: dict[str, Any] = {}
    for nama, isi in form.items():
        if not isinstance(isi, list):
            data[nama] = _teks(isi)
            continue
        for row in isi:
            data |= {f"{nama}-{row['id']}-{kolom}": _teks(nilai) for kolom, nilai in row.items() if kolom != "id"}
    return data | lain


def _teks(nilai: Any) -> str:
    if nilai is None:
        return ""
    return "true" if nilai is True else str(nilai).replace(".", ",") if not isinstance(nilai, str) else nilai


def alamat(kota: Kota) -> str:
    """The page of the open item of the laporan."""
    return reverse("tugas", args=[open_item(kota.laporan).pk])


def rev(kota: Kota) -> str:
    item: WorkItem = open_item(kota.laporan)
    return str(item.instance.rev)
