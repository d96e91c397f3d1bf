"""The audit log: who did what, when and why. Append-only, one hash chain per subject (migration 0002).

A chain is a workflow instance id or `"pegawai:<id>"`, `"unor:<id>"` and the like. Seals bind all chains together once
a day: each is itself an event of the chain `segel` that holds the digest of every row since the seal before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from backend.platform.models import AuditEvent

SEAL_CHAIN = "segel"

# For writers that send raw SQL in a pipeline of their own: `cursor.execute(rows_sql, rows(...))`, or executemany.
# The database fills seq and hashes; COPY into the same columns works too.
COLUMNS = ("chain", "peristiwa", "aktor_id", "aktor_nama", "objek", "data", "alasan")
rows_sql = (
    f"INSERT INTO platform_auditevent ({', '.join(COLUMNS)}) "  # noqa: S608 constants only
    "VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s)"
)


def row(
    chain: str,
    peristiwa: str,
    *,
    aktor: Any,
    data: Mapping[str, Any] | None = None,
    alasan: str = "",
    objek: str = "",
) -> tuple[Any, ...]:
    """Values for `rows_sql`. `aktor`: the User, or None for the system."""
    return (
        chain,
        peristiwa,
        aktor.pk if aktor else None,
        str(aktor) if aktor else "Sistem",
        objek or chain,
        json.dumps(data or {}, cls=DjangoJSONEncoder),
        alasan,
    )


def record(
    chain: str,
    peristiwa: str,
    *,
    aktor: Any,
    data: Mapping[str, Any] | None = None,
    alasan: str = "",
    objek: str = "",
) -> None:
    """Add one event to a chain, in the transaction of its cause. `aktor`: the User, or None for the system."""
    with connection.cursor() as cursor:
        cursor.execute(rows_sql, row(chain, peristiwa, aktor=aktor, data=data, alasan=alasan, objek=objek))


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """`{field: [old, new]}` of the fields that differ; values as the audit stores them."""
    return {name: [_plain(before.get(name)), _plain(after[name])] for name in after if before.get(name) != after[name]}


def _plain(value: Any) -> Any:
    return value.pk if hasattr(value, "pk") else value


@dataclass(frozen=True)
class Break:
    """A place where a chain is not what was written."""

    chain: str
    seq: int
    problem: str


_LINKS = """
SELECT chain, seq, CASE
    WHEN seq <> nomor THEN 'nomor urut melompat: ada baris yang hilang'
    WHEN hash_sebelum <> coalesce(hash_lalu, '') THEN 'tidak menyambung ke baris sebelumnya'
    ELSE 'isi baris berubah' END
FROM (
    SELECT e.*, row_number() OVER w AS nomor, lag(hash) OVER w AS hash_lalu, platform_audit_hash(e) AS dihitung
    FROM platform_auditevent e WINDOW w AS (PARTITION BY chain ORDER BY seq, id)
) AS baris
WHERE seq <> nomor OR hash_sebelum <> coalesce(hash_lalu, '') OR hash <> dihitung
ORDER BY chain, seq
"""
_HEADS = """
SELECT coalesce(k.chain, e.chain), coalesce(k.seq, e.seq), 'ujung rantai tidak cocok: baris terakhir hilang atau asing'
FROM platform_audithead k
FULL JOIN (SELECT DISTINCT ON (chain) chain, seq, hash FROM platform_auditevent ORDER BY chain, seq DESC) e
    ON e.chain = k.chain
WHERE k.seq IS DISTINCT FROM e.seq OR k.hash IS DISTINCT FROM e.hash
"""
_DIGEST = """
SELECT count(*), encode(sha256(convert_to(coalesce(string_agg(hash, '' ORDER BY id), ''), 'UTF8')), 'hex')
FROM platform_auditevent WHERE id > %s AND id <= %s
"""


def verify() -> Iterator[Break]:
    """Every place where a stored row, the order, the end of a chain, or a seal does not fit."""
    with connection.cursor() as cursor:
        for query in (_LINKS, _HEADS):
            cursor.execute(query)
            yield from (Break(*found) for found in cursor.fetchall())
    yield from _broken_seals()


def _broken_seals() -> Iterator[Break]:
    for event in AuditEvent.objects.filter(chain=SEAL_CHAIN).order_by("seq"):
        if _digest(event.data["sesudah"], event.data["sampai"]) != (event.data["jumlah"], event.data["sha256"]):
            yield Break(
                SEAL_CHAIN, event.seq, f"baris {event.data['sesudah'] + 1}–{event.data['sampai']} berubah sejak disegel"
            )


def _digest(after: int, upto: int) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, [after, upto])
        count, digest = cursor.fetchone()
    return int(count), str(digest)


@transaction.atomic
def seal() -> int:
    """Bind every row since the last seal into one digest; returns how many rows it covers.

    Writers wait for the moment it takes to read the highest id: every lower id is then committed or will never be.
    """
    last = AuditEvent.objects.filter(chain=SEAL_CHAIN).order_by("-seq").first()
    after = int(last.data["sampai"]) if last else 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("LOCK TABLE platform_auditevent IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT coalesce(max(id), 0) FROM platform_auditevent")
        upto = int(cursor.fetchone()[0])
    count, digest = _digest(after, upto)
    if count:
        record(
            SEAL_CHAIN,
            "disegel",
            aktor=None,
            data={"sesudah": after, "sampai": upto, "jumlah": count, "sha256": digest},
        )
    return count


def make_partitions(hari_ini: date) -> None:
    """Make sure that this month and the two after it have partitions of their own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT platform_audit_partition((%s::date + make_interval(months => n))::date) FROM generate_series(0, 2) n",
            [hari_ini.replace(day=1)],
        )
