"""What constraints cannot say: tree paths, cycles, seats, and that history is never deleted.

Each refusal carries the name of its rule as CONSTRAINT, so that services can say it in words.
Changes of a tree are serialised by an advisory lock; they are rare.
"""

from django.db import migrations

UNOR_TREE = """
CREATE FUNCTION kepegawaian_unor_path() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    atas kepegawaian_unor%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('kepegawaian_unor'));
    IF NEW.induk_id IS NULL THEN
        NEW.path := ARRAY[NEW.id];
        NEW.opd_id := CASE WHEN NEW.is_opd THEN NEW.id END;
        RETURN NEW;
    END IF;
    SELECT * INTO atas FROM kepegawaian_unor WHERE id = NEW.induk_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Induk unit belum ada.' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'unor_induk_exists';
    END IF;
    IF NEW.id = ANY(atas.path) THEN
        RAISE EXCEPTION 'Unit tidak boleh berada di bawah dirinya sendiri.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unor_tree_without_cycle';
    END IF;
    NEW.path := atas.path || NEW.id;
    NEW.opd_id := CASE WHEN NEW.is_opd THEN NEW.id ELSE atas.opd_id END;
    RETURN NEW;
END $$;
CREATE TRIGGER unor_path BEFORE INSERT OR UPDATE OF induk_id, is_opd, path, opd_id ON kepegawaian_unor
    FOR EACH ROW EXECUTE FUNCTION kepegawaian_unor_path();

CREATE FUNCTION kepegawaian_unor_below() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE kepegawaian_unor SET path = path WHERE induk_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER unor_below AFTER UPDATE ON kepegawaian_unor FOR EACH ROW
    WHEN (OLD.path IS DISTINCT FROM NEW.path OR OLD.opd_id IS DISTINCT FROM NEW.opd_id)
    EXECUTE FUNCTION kepegawaian_unor_below();
"""

UNOR_LIFE = """
CREATE FUNCTION kepegawaian_unor_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM kepegawaian_riwayatjabatan r
        JOIN kepegawaian_posisi p ON p.id = r.posisi_id JOIN kepegawaian_unor u ON u.id = p.unor_id
        WHERE u.path @> ARRAY[NEW.id] AND r.status = 'AKTIF' AND r.jenis_penugasan = 'D'
          AND (r.sampai IS NULL OR r.sampai > NEW.valid_to)
    ) THEN
        RAISE EXCEPTION 'Unit masih mempunyai pegawai.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unor_deleted_only_when_empty';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER unor_empty BEFORE INSERT OR UPDATE OF is_delete, valid_to ON kepegawaian_unor FOR EACH ROW
    WHEN (NEW.is_delete) EXECUTE FUNCTION kepegawaian_unor_empty();
"""

POSISI_TREE = """
CREATE FUNCTION kepegawaian_posisi_at_or_above(awal uuid, dicari uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH RECURSIVE naik AS (
        SELECT awal AS id
        UNION
        SELECT p.atasan_id FROM kepegawaian_posisi p JOIN naik ON p.id = naik.id WHERE p.atasan_id IS NOT NULL
    ) SELECT EXISTS (SELECT 1 FROM naik WHERE id = dicari)
$$;

CREATE FUNCTION kepegawaian_posisi_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.atasan_id IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('kepegawaian_posisi'));
        IF kepegawaian_posisi_at_or_above(NEW.atasan_id, NEW.id) THEN
            RAISE EXCEPTION 'Rantai atasan membentuk lingkaran.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'posisi_tree_without_cycle';
        END IF;
        IF EXISTS (SELECT 1 FROM kepegawaian_posisi WHERE id = NEW.atasan_id AND jumlah_kebutuhan <> 1) THEN
            RAISE EXCEPTION 'Atasan harus posisi dengan satu kursi.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'atasan_has_one_seat';
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.jumlah_kebutuhan <> 1 AND (
        EXISTS (SELECT 1 FROM kepegawaian_posisi WHERE atasan_id = NEW.id)
        OR EXISTS (SELECT 1 FROM kepegawaian_riwayatjabatan WHERE atasan_id = NEW.id AND status = 'AKTIF')
    ) THEN
        RAISE EXCEPTION 'Atasan harus posisi dengan satu kursi.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'atasan_has_one_seat';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER posisi_guard BEFORE INSERT OR UPDATE OF atasan_id, jumlah_kebutuhan ON kepegawaian_posisi
    FOR EACH ROW EXECUTE FUNCTION kepegawaian_posisi_guard();

CREATE FUNCTION kepegawaian_posisi_pimpinan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE kepegawaian_riwayatjabatan SET is_pimpinan = NEW.is_pimpinan WHERE posisi_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER posisi_pimpinan AFTER UPDATE OF is_pimpinan ON kepegawaian_posisi FOR EACH ROW
    WHEN (OLD.is_pimpinan IS DISTINCT FROM NEW.is_pimpinan) EXECUTE FUNCTION kepegawaian_posisi_pimpinan();
"""

RIWAYAT = """
CREATE FUNCTION kepegawaian_riwayat_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kursi kepegawaian_posisi%ROWTYPE;
    unit kepegawaian_unor%ROWTYPE;
BEGIN
    SELECT * INTO kursi FROM kepegawaian_posisi WHERE id = NEW.posisi_id;
    NEW.is_pimpinan := coalesce(kursi.is_pimpinan, false);
    IF NEW.status <> 'AKTIF' THEN
        RETURN NEW;
    END IF;
    IF NEW.jenis_penugasan = 'D' THEN
        IF NEW.atasan_id IS NULL AND NOT kursi.puncak THEN
            RAISE EXCEPTION 'Atasan wajib diisi.' USING ERRCODE = 'check_violation', CONSTRAINT = 'definitive_has_atasan';
        END IF;
        SELECT * INTO unit FROM kepegawaian_unor WHERE id = kursi.unor_id FOR SHARE;
        IF unit.is_delete AND (NEW.sampai IS NULL OR NEW.sampai > unit.valid_to) THEN
            RAISE EXCEPTION 'Unit sudah tidak aktif.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'definitive_in_a_living_unor';
        END IF;
    END IF;
    IF NEW.atasan_id IS NOT NULL THEN
        IF kepegawaian_posisi_at_or_above(NEW.atasan_id, NEW.posisi_id) THEN
            RAISE EXCEPTION 'Atasan tidak boleh diri sendiri atau bawahan.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'riwayat_atasan_is_not_below';
        END IF;
        IF EXISTS (SELECT 1 FROM kepegawaian_posisi WHERE id = NEW.atasan_id AND jumlah_kebutuhan <> 1) THEN
            RAISE EXCEPTION 'Atasan harus posisi dengan satu kursi.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'atasan_has_one_seat';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER riwayat_guard BEFORE INSERT OR UPDATE ON kepegawaian_riwayatjabatan
    FOR EACH ROW EXECUTE FUNCTION kepegawaian_riwayat_guard();
"""

HISTORY = """
CREATE FUNCTION kepegawaian_never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Baris riwayat tidak dihapus; batalkan atau nonaktifkan.'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'history_is_never_deleted';
END $$;
CREATE TRIGGER riwayat_never_deleted BEFORE DELETE ON kepegawaian_riwayatjabatan
    FOR EACH ROW EXECUTE FUNCTION kepegawaian_never_deleted();
CREATE TRIGGER unor_never_deleted BEFORE DELETE ON kepegawaian_unor
    FOR EACH ROW EXECUTE FUNCTION kepegawaian_never_deleted();
"""

DROP = """
DROP TRIGGER unor_path ON kepegawaian_unor;
DROP TRIGGER unor_below ON kepegawaian_unor;
DROP TRIGGER unor_empty ON kepegawaian_unor;
DROP TRIGGER unor_never_deleted ON kepegawaian_unor;
DROP TRIGGER posisi_guard ON kepegawaian_posisi;
DROP TRIGGER posisi_pimpinan ON kepegawaian_posisi;
DROP TRIGGER riwayat_guard ON kepegawaian_riwayatjabatan;
DROP TRIGGER riwayat_never_deleted ON kepegawaian_riwayatjabatan;
DROP FUNCTION kepegawaian_unor_path, kepegawaian_unor_below, kepegawaian_unor_empty, kepegawaian_posisi_guard,
    kepegawaian_posisi_pimpinan, kepegawaian_riwayat_guard, kepegawaian_posisi_at_or_above, kepegawaian_never_deleted;
"""


class Migration(migrations.Migration):
    dependencies = [("kepegawaian", "0001_initial")]

    operations = [migrations.RunSQL([UNOR_TREE, UNOR_LIFE, POSISI_TREE, RIWAYAT, HISTORY], DROP)]
