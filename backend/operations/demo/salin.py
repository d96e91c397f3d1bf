"""Large tables of the demo city: rows by COPY, their ids from a sequence, and what PostgreSQL knows of them.

The rows are made before COPY begins: while it runs, the connection can ask nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection, models

Tabel = type[models.Model]


def salin(model: Tabel, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into the table of a model; `columns` are database columns. Returns how many there were."""
    table, ready = model._meta.db_table, list(rows)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in ready:
            copy.write_row(row)
    return len(ready)


def salin_objek(objects: Sequence[models.Model]) -> None:
    """Store unsaved objects of one model that have their primary keys; the database fills what it has defaults for."""
    if not objects:
        return
    model = type(objects[0])
    fields = [field for field in model._meta.concrete_fields if not field.has_db_default()]
    rows = ([field.get_db_prep_save(field.pre_save(satu, True), connection) for field in fields] for satu in objects)
    salin(model, [str(field.column) for field in fields], rows)
    for satu in objects:
        satu._state.adding, satu._state.db = False, connection.alias


def hitung_ulang_statistik(*tables: Tabel) -> None:
    """ANALYZE: what follows is planned for the rows that are there now. Without it the triggers that guard final laporan
    compare each new row with each final laporan."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in tables)}")


@contextmanager
def kunci_asing_sekaligus(*tables: Tabel) -> Iterator[None]:
    """Inside, the foreign keys of these tables rest; after it they stand again and were checked by one join each. A key
    that is there looks up each new row by itself: a million of them took a fifth of the whole filling.

    Needs a transaction and the owner of the tables; nobody else may be at work on them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may wait for a table that is altered
        cursor.execute(KUNCI_ASING, [[model._meta.db_table for model in tables]])
        keys = cursor.fetchall()
        for table, name, _definition in keys:
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
        yield
        for table, name, definition in keys:
            cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')


KUNCI_ASING = """
SELECT r.relname, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE c.contype = 'f' AND r.relname = ANY(%s) AND r.relnamespace = current_schema()::regnamespace ORDER BY 1, 2
"""


class Ids:
    """Ids of a table's sequence, taken in memory and given back with `keep`."""

    def __init__(self, model: Tabel) -> None:
        self.model = model
        self.start = (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
        self.numbers = count(self.start)
        self.last = self.start - 1

    def next(self) -> int:
        self.last = next(self.numbers)
        return self.last

    def keep(self) -> None:
        if self.last >= self.start:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [self.model._meta.db_table, self.last]
                )
