"""The bundled servers: private, restartable, and honest when they cannot run."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from backend.platform import embedded

pytestmark = pytest.mark.xdist_group("embedded")


@pytest.fixture
def own_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MSKP_DATA", str(tmp_path / "data"))
    yield
    embedded.stop_valkey()
    embedded.stop_postgres()
    shutil.rmtree(embedded._Cluster().base, ignore_errors=True)


def connect(address: embedded.Address, password: str | None = None) -> psycopg.Connection:
    return psycopg.connect(
        host=address.host,
        port=address.port,
        user=embedded.DATABASE_USER,
        password=password or address.password,
        dbname="postgres",
    )


def test_postgres_starts_keeps_its_data_and_is_found_again(own_servers):
    first = embedded.postgres()
    with connect(first) as connection:
        connection.execute("CREATE TABLE tanda (isi int)")
    assert embedded.postgres() == first
    embedded.stop_postgres()
    with connect(embedded.postgres()) as connection:
        assert connection.execute("SELECT count(*) FROM tanda").fetchone() == (0,)


def test_postgres_asks_for_its_password_and_closes_its_files(own_servers):
    address = embedded.postgres()
    with pytest.raises(psycopg.OperationalError):
        connect(address, password="salah")
    assert stat.S_IMODE((embedded.data_dir() / "postgres.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(embedded._Cluster().data.stat().st_mode) == 0o700


def test_a_cluster_whose_password_was_deleted_with_the_data_is_put_away(own_servers):
    first = embedded.postgres()
    cluster = embedded._Cluster()
    (embedded.data_dir() / "postgres.json").unlink()
    second = embedded.postgres()
    assert second.password != first.password
    with connect(second) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    [old] = cluster.base.parent.glob(f"{cluster.base.name}-lama-*")
    assert (old / "data" / "PG_VERSION").exists()
    shutil.rmtree(old)


def test_no_directory_above_the_data_is_changed(own_servers):
    parents = [parent for parent in embedded.data_dir().parents if parent.exists()]
    before = [stat.S_IMODE(parent.stat().st_mode) for parent in parents]
    embedded.postgres()
    assert [stat.S_IMODE(parent.stat().st_mode) for parent in parents] == before


def test_a_taken_port_is_replaced(own_servers):
    first = embedded.postgres()
    embedded.stop_postgres()
    import socket

    with socket.socket() as guest:
        guest.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        guest.bind(("127.0.0.1", first.port))
        guest.listen()
        assert embedded.postgres().port != first.port


def test_valkey_starts_once_and_needs_its_password(own_servers):
    url = embedded.valkey()
    assert embedded.valkey() == url
    address = embedded._remembered("valkey")
    assert address is not None
    assert embedded._answers(address)
    assert not embedded._answers(embedded.Address(address.port, "salah"))


def test_an_unwritable_place_is_named(tmp_path: Path):
    blocked = tmp_path / "berkas"
    blocked.write_text("bukan folder")
    result = subprocess.run(
        [sys.executable, "manage.py", "down"],
        capture_output=True,
        text=True,
        env={**os.environ, "MSKP_DATA": str(blocked / "data"), "SECRET_KEY": "x"},
    )
    assert result.returncode == 1
    assert "tidak dapat dibuat" in result.stderr
    assert "Traceback" not in result.stderr
