"""A month of a city is written in one statement: its guard looks once per statement, not once per row, and taps without a
uuid (all but those of telephones) do not stand in the index of uuids."""

from django.db import migrations

JAGA = """
DROP TRIGGER hadir_sealed ON presensi_hadirharian;
CREATE OR REPLACE FUNCTION presensi_hadir_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kena boolean := false;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        kena := EXISTS (SELECT 1 FROM lama h JOIN presensi_rekapbulan r ON r.pegawai_id = h.pegawai_id
            AND r.bulan = date_trunc('month', h.tanggal::timestamp)::date AND r.status = 'DISEGEL');
    END IF;
    IF TG_OP <> 'DELETE' AND NOT kena THEN
        kena := EXISTS (SELECT 1 FROM baru h JOIN presensi_rekapbulan r ON r.pegawai_id = h.pegawai_id
            AND r.bulan = date_trunc('month', h.tanggal::timestamp)::date AND r.status = 'DISEGEL');
    END IF;
    IF kena THEN
        RAISE EXCEPTION 'Bulan itu sudah disegel.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'sealed_month_never_changes';
    END IF;
    RETURN NULL;
END $$;

-- Triggers of statements are not handed down: each partition has its own, for who writes into it directly.
CREATE FUNCTION presensi_jaga_hadir(tabel regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER hadir_sealed_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS baru
        FOR EACH STATEMENT EXECUTE FUNCTION presensi_hadir_guard()', tabel);
    EXECUTE format('CREATE TRIGGER hadir_sealed_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS lama NEW TABLE AS baru
        FOR EACH STATEMENT EXECUTE FUNCTION presensi_hadir_guard()', tabel);
    EXECUTE format('CREATE TRIGGER hadir_sealed_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS lama
        FOR EACH STATEMENT EXECUTE FUNCTION presensi_hadir_guard()', tabel);
END $$;
SELECT presensi_jaga_hadir(relid) FROM pg_partition_tree('presensi_hadirharian');
"""

PARTISI = """
CREATE OR REPLACE FUNCTION presensi_partisi(hari date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    awal date := date_trunc('month', hari::timestamp)::date;
    akhir date := (date_trunc('month', hari::timestamp) + interval '1 month')::date;
    nama text := to_char(awal, 'YYYYMM');
BEGIN
    IF to_regclass('presensi_tapmentah_' || nama) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('presensi_partisi'));
    IF to_regclass('presensi_tapmentah_' || nama) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF presensi_tapmentah FOR VALUES FROM (%L) TO (%L)',
        'presensi_tapmentah_' || nama, awal::timestamp AT TIME ZONE 'Asia/Jakarta', akhir::timestamp AT TIME ZONE 'Asia/Jakarta');
    EXECUTE format('CREATE TABLE %I PARTITION OF presensi_hadirharian FOR VALUES FROM (%L) TO (%L)',
        'presensi_hadirharian_' || nama, awal, akhir);
    PERFORM presensi_jaga_hadir(('presensi_hadirharian_' || nama)::regclass);
    RETURN true;
END $$;
"""

UUID = """
DROP INDEX tap_uuid_once;
CREATE UNIQUE INDEX tap_uuid_once ON presensi_tapmentah (uuid, ts) WHERE uuid IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("presensi", "0002_guards")]

    operations = [migrations.RunSQL([JAGA, PARTISI, UUID], migrations.RunSQL.noop)]
