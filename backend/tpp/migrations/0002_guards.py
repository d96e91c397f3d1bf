"""The database refuses to change a locked period and what lies below it; each trace row belongs to a result.

Statement triggers with transition tables: one join a statement, also for the COPY of a whole city.
"""

from django.db import migrations

LOCKED = "('TERKUNCI', 'DIBAYAR')"
# A month is small beside all that was kept before it: its rows are looked up one by one, whatever the planner believes.
BY_INDEX = "SET enable_hashjoin = off SET enable_mergejoin = off"
BELOW = {  # table → how a changed row names its period
    "tpp_hasil": "b.periode_id",
    "tpp_hasilkriteria": "(SELECT h.periode_id FROM tpp_hasil h WHERE h.id = b.hasil_id)",
    "tpp_jejak": "b.periode_id",
    "tpp_tertahan": "b.periode_id",
    "tpp_sanggah": "b.periode_id",
}
EVENTS = {"insert": "NEW TABLE AS berubah", "update": "NEW TABLE AS berubah", "delete": "OLD TABLE AS berubah"}


def below(table: str, periode: str) -> str:
    function = f"""
        CREATE FUNCTION {table}_terkunci() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT 1 FROM (SELECT DISTINCT {periode} AS id FROM berubah b) s
                JOIN tpp_periode p ON p.id = s.id WHERE p.status IN {LOCKED}
            ) THEN RAISE EXCEPTION 'periode TPP terkunci tidak dapat diubah' USING ERRCODE = 'check_violation',
                   CONSTRAINT = 'periode_tpp_terkunci'; END IF;
            RETURN NULL;
        END $$;"""  # noqa: S608 names of our own tables
    triggers = "".join(
        f"""
        CREATE TRIGGER {table}_terkunci_{event} AFTER {event.upper()} ON {table} REFERENCING {transition}
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_terkunci();"""
        for event, transition in EVENTS.items()
    )
    return function + triggers


def undo(table: str) -> str:
    return f"DROP FUNCTION IF EXISTS {table}_terkunci() CASCADE;"


# A locked period only becomes paid; everything else of it stays as it is.
LOCK = f"""
    CREATE FUNCTION tpp_periode_terkunci() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        bebas CONSTANT text[] := ARRAY['status', 'sp2d_nomor', 'sp2d_tanggal', 'diubah_pada'];
    BEGIN
        IF TG_OP = 'DELETE' OR NEW.status NOT IN {LOCKED} OR (OLD.status = 'DIBAYAR' AND NEW.status <> 'DIBAYAR')
           OR (to_jsonb(OLD) - bebas) <> (to_jsonb(NEW) - bebas)
        THEN RAISE EXCEPTION 'periode TPP terkunci tidak dapat diubah' USING ERRCODE = 'check_violation',
             CONSTRAINT = 'periode_tpp_terkunci'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER tpp_periode_terkunci BEFORE UPDATE OR DELETE ON tpp_periode
        FOR EACH ROW WHEN (OLD.status IN {LOCKED}) EXECUTE FUNCTION tpp_periode_terkunci();

    CREATE FUNCTION tpp_jejak_milik_hasil() RETURNS trigger LANGUAGE plpgsql {BY_INDEX} AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM (SELECT DISTINCT hasil_pegawai_id, periode_id FROM berubah) b
            LEFT JOIN tpp_hasil h ON h.id = b.hasil_pegawai_id AND h.periode_id = b.periode_id WHERE h.id IS NULL
        ) THEN RAISE EXCEPTION 'baris jejak tanpa hasil' USING ERRCODE = 'foreign_key_violation',
               CONSTRAINT = 'jejak_belongs_to_hasil'; END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER tpp_jejak_milik_hasil_insert AFTER INSERT ON tpp_jejak REFERENCING NEW TABLE AS berubah
        FOR EACH STATEMENT EXECUTE FUNCTION tpp_jejak_milik_hasil();
    CREATE TRIGGER tpp_jejak_milik_hasil_update AFTER UPDATE ON tpp_jejak REFERENCING NEW TABLE AS berubah
        FOR EACH STATEMENT EXECUTE FUNCTION tpp_jejak_milik_hasil();

    CREATE FUNCTION tpp_hasil_bawa_jejak() RETURNS trigger LANGUAGE plpgsql {BY_INDEX} AS $$
    BEGIN
        DELETE FROM tpp_jejak j USING dihapus d WHERE j.hasil_pegawai_id = d.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER tpp_hasil_bawa_jejak AFTER DELETE ON tpp_hasil REFERENCING OLD TABLE AS dihapus
        FOR EACH STATEMENT EXECUTE FUNCTION tpp_hasil_bawa_jejak();
"""  # noqa: S608 constants of this file
UNDO_LOCK = """
    DROP FUNCTION IF EXISTS tpp_periode_terkunci() CASCADE;
    DROP FUNCTION IF EXISTS tpp_jejak_milik_hasil() CASCADE;
    DROP FUNCTION IF EXISTS tpp_hasil_bawa_jejak() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("tpp", "0001_initial")]

    operations = [
        *(migrations.RunSQL(below(table, periode), undo(table)) for table, periode in BELOW.items()),
        migrations.RunSQL(LOCK, UNDO_LOCK),
    ]
