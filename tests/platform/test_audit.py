from __future__ import annotations

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from backend.accounts.models import User
from backend.platform import audit
from backend.platform.models import AuditEvent, AuditHead

pytestmark = pytest.mark.django_db


def write(chain: str, *, count: int = 3) -> None:
    for number in range(count):
        audit.record(chain, "uji", aktor=None, data={"nomor": number, "teks": "Ä–“x”"})


def tamper(statement: str, *parameters: object) -> None:
    """What only the owner of the database can do: change rows behind the trigger's back."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_each_chain_counts_and_links_on_its_own():
    write("a:1")
    write("b:1", count=1)
    rows = list(AuditEvent.objects.filter(chain="a:1"))
    assert [row.seq for row in rows] == [1, 2, 3]
    assert rows[0].hash_sebelum == ""
    assert [row.hash_sebelum for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert AuditHead.objects.get(chain="b:1").seq == 1
    assert list(audit.verify()) == []


def test_an_event_keeps_who_and_why_as_it_was(user: User):
    audit.record("a:1", "uji", aktor=user, data={"hari": date(2025, 4, 8)}, alasan="Perlu")
    event = AuditEvent.objects.get()
    assert (event.aktor, event.aktor_nama, event.objek, event.alasan) == (user, "Pengguna Uji", "a:1", "Perlu")
    assert event.data == {"hari": "2025-04-08"}


@pytest.mark.parametrize(
    "statement", ["UPDATE platform_auditevent SET alasan = 'x'", "DELETE FROM platform_auditevent"]
)
def test_the_database_refuses_to_change_history(statement: str):
    write("a:1")
    with (
        pytest.raises(DatabaseError, match="hanya dapat ditambah"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE platform_auditevent SET data = '{}' WHERE seq = 2", "isi baris berubah"),
        ("UPDATE platform_auditevent SET waktu = waktu - interval '1 second' WHERE seq = 2", "isi baris berubah"),
        ("UPDATE platform_auditevent SET aktor_nama = 'Orang Lain' WHERE seq = 3", "isi baris berubah"),
        ("DELETE FROM platform_auditevent WHERE seq = 2", "melompat"),
        ("DELETE FROM platform_auditevent WHERE seq = 3", "ujung rantai"),
        ("DELETE FROM platform_auditevent", "ujung rantai"),
    ],
)
def test_the_verifier_finds_a_changed_or_missing_row(statement: str, problem: str):
    write("a:1")
    tamper(statement)
    assert any(problem in found.problem for found in audit.verify())


def test_a_rewritten_chain_is_found_by_the_seal():
    """Whoever recomputes every hash of a chain still cannot change what a later seal covers."""
    write("a:1")
    audit.seal()
    tamper("DELETE FROM platform_auditevent WHERE chain = 'a:1'")
    tamper("DELETE FROM platform_audithead WHERE chain = 'a:1'")
    write("a:1")
    assert [found.chain for found in audit.verify()] == [audit.SEAL_CHAIN]


def test_a_seal_covers_every_row_once_and_seals_follow_each_other():
    write("a:1")
    assert audit.seal() == 3
    write("b:1", count=2)
    assert audit.seal() == 3  # two new rows and the seal before
    assert list(audit.verify()) == []


def test_raw_rows_and_copy_are_linked_by_the_database_too():
    with connection.cursor() as cursor:
        cursor.executemany(audit.rows_sql, [audit.row("a:1", "uji", aktor=None, data={"n": n}) for n in range(3)])
        with cursor.copy(f"COPY platform_auditevent ({', '.join(audit.COLUMNS)}) FROM STDIN") as copy:
            for number in range(3):
                copy.write_row(audit.row("a:1", "salin", aktor=None, data={"n": number}))
    assert [row.seq for row in AuditEvent.objects.filter(chain="a:1")] == [1, 2, 3, 4, 5, 6]
    assert list(audit.verify()) == []


def test_the_command_says_where_history_was_changed(capsys: pytest.CaptureFixture[str]):
    write("a:1")
    call_command("verify_audit")
    assert "3 baris diperiksa" in capsys.readouterr().out
    tamper("UPDATE platform_auditevent SET alasan = 'x' WHERE seq = 1")
    with pytest.raises(CommandError, match="1 tempat"):
        call_command("verify_audit")
    assert "a:1 #1" in capsys.readouterr().err


def test_a_month_gets_its_own_partition_once():
    def partition(bulan: date) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT platform_audit_partition(%s)", [bulan])
            return bool(cursor.fetchone()[0])

    assert partition(date(2031, 5, 1))
    assert not partition(date(2031, 5, 9))
    audit.make_partitions(date(2031, 4, 30))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO platform_auditevent (chain, peristiwa, waktu) VALUES ('a:1', 'uji', '2031-06-15') RETURNING tableoid::regclass::text"
        )
        assert cursor.fetchone()[0] == "platform_auditevent_203106"
