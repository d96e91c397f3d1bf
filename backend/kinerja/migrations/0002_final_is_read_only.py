"""The database refuses to change a final laporan and what lies below it (I3), and to rewrite feedback.

Statement triggers with transition tables: one join a statement, also for the bulk inserts of a month.
"""

from django.db import migrations

BELOW = {  # table → how a changed row names its laporan
    "kinerja_realisasirenaksi": "b.laporan_id",
    "kinerja_realisasiiki": "b.laporan_id",
    "kinerja_buktidukung": "b.laporan_id",
    "kinerja_pksbaris": "(SELECT p.laporan_id FROM kinerja_pks p WHERE p.id = b.pks_id)",
}
EVENTS = {"insert": "NEW TABLE AS berubah", "update": "NEW TABLE AS berubah", "delete": "OLD TABLE AS berubah"}


def below(table: str, laporan: str) -> str:
    function = f"""
        CREATE FUNCTION {table}_final() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM berubah b JOIN kinerja_laporanperiode l ON l.id = {laporan} WHERE l.status = 'final')
            THEN RAISE EXCEPTION 'laporan final tidak dapat diubah' USING ERRCODE = 'check_violation',
                 CONSTRAINT = 'laporan_final_is_read_only'; END IF;
            RETURN NULL;
        END $$;"""  # noqa: S608 names of our own tables
    triggers = "".join(
        f"""
        CREATE TRIGGER {table}_final_{event} AFTER {event.upper()} ON {table} REFERENCING {transition}
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_final();"""
        for event, transition in EVENTS.items()
    )
    return function + triggers


def undo(table: str) -> str:
    return f"DROP FUNCTION IF EXISTS {table}_final() CASCADE;"


# A final laporan leaves this state only by Buka kembali; the rating and its predikat of a final laporan change
# only when capaian organisasi is set (I12): everything else of the PKS stays.
FINAL = """
    CREATE FUNCTION kinerja_laporan_final() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.status = 'final' AND (TG_OP = 'DELETE' OR NEW.status NOT IN ('final', 'dikembalikan'))
        THEN RAISE EXCEPTION 'laporan final hanya dapat dibuka kembali' USING ERRCODE = 'check_violation',
             CONSTRAINT = 'laporan_final_is_read_only'; END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END $$;
    CREATE TRIGGER kinerja_laporan_final BEFORE UPDATE OR DELETE ON kinerja_laporanperiode
        FOR EACH ROW WHEN (OLD.status = 'final') EXECUTE FUNCTION kinerja_laporan_final();

    CREATE FUNCTION kinerja_pks_final() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        bebas CONSTANT text[] := ARRAY['rating_hasil', 'predikat', 'status_predikat', 'aturan_versi', 'diubah_pada',
                                       'diubah_oleh_id', 'versi_baris'];
    BEGIN
        IF (TG_OP = 'DELETE' OR (to_jsonb(OLD) - bebas) <> (to_jsonb(NEW) - bebas)
            OR (OLD.predikat IS NOT NULL AND NEW.predikat IS NULL))
           AND EXISTS (SELECT 1 FROM kinerja_laporanperiode l WHERE l.id = OLD.laporan_id AND l.status = 'final')
        THEN RAISE EXCEPTION 'laporan final tidak dapat diubah' USING ERRCODE = 'check_violation',
             CONSTRAINT = 'laporan_final_is_read_only'; END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END $$;
    CREATE TRIGGER kinerja_pks_final BEFORE UPDATE OR DELETE ON kinerja_pks
        FOR EACH ROW EXECUTE FUNCTION kinerja_pks_final();

    CREATE FUNCTION kinerja_umpan_balik_tetap() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR NEW.isi <> OLD.isi OR NEW.penulis_id <> OLD.penulis_id
        THEN RAISE EXCEPTION 'umpan balik hanya dikoreksi dengan yang baru' USING ERRCODE = 'check_violation',
             CONSTRAINT = 'umpan_balik_is_never_rewritten'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER kinerja_umpan_balik_tetap BEFORE UPDATE OR DELETE ON kinerja_umpanbalik
        FOR EACH ROW EXECUTE FUNCTION kinerja_umpan_balik_tetap();
"""
UNDO_FINAL = """
    DROP FUNCTION IF EXISTS kinerja_laporan_final() CASCADE;
    DROP FUNCTION IF EXISTS kinerja_pks_final() CASCADE;
    DROP FUNCTION IF EXISTS kinerja_umpan_balik_tetap() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("kinerja", "0001_initial")]

    operations = [
        *(migrations.RunSQL(below(table, laporan), undo(table)) for table, laporan in BELOW.items()),
        migrations.RunSQL(FINAL, UNDO_FINAL),
    ]
