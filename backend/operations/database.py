"""Creating and dropping the product's database, through the server's maintenance database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

MAINTENANCE = "postgres"


@contextmanager
def _server(connection: BaseDatabaseWrapper) -> Iterator[psycopg.Connection[Any]]:
    connection.close()
    parameters = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in {"host", "port", "user", "password"}
    }
    with psycopg.connect(**parameters, dbname=MAINTENANCE, autocommit=True) as server:
        yield server


def ensure_database(connection: BaseDatabaseWrapper) -> bool:
    """Create the database of `connection` unless it exists; True when it was made."""
    name = connection.settings_dict["NAME"]
    with _server(connection) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return True


def drop_database(connection: BaseDatabaseWrapper) -> None:
    """Drop the database of `connection`, ending whoever uses it."""
    name = connection.settings_dict["NAME"]
    with _server(connection) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
