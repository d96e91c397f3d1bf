"""What has ruled does not change: neither by a mistake in the code nor by hand in the database."""

from django.db import migrations

GUARD = """
CREATE FUNCTION rules_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN
            RAISE EXCEPTION 'versi aturan % v% bukan draf dan tidak dapat dihapus', OLD.decision, OLD.nomor
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.status <> 'draft' AND (
        ROW(NEW.decision, NEW.aliran, NEW.nomor, NEW.xml, NEW.kolom, NEW.kasus, NEW.sha256, NEW.dasar_hukum, NEW.berlaku_mulai, NEW.sumber)
        IS DISTINCT FROM
        ROW(OLD.decision, OLD.aliran, OLD.nomor, OLD.xml, OLD.kolom, OLD.kasus, OLD.sha256, OLD.dasar_hukum, OLD.berlaku_mulai, OLD.sumber)
        OR NEW.status = 'draft'
        OR (OLD.status = 'retired' AND NEW.status <> 'retired')
    ) THEN
        RAISE EXCEPTION 'versi aturan % v% sudah diterbitkan dan tidak dapat diubah', OLD.decision, OLD.nomor
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.digunakan_sampai IS NOT NULL AND (
        NEW.status <> OLD.status OR NEW.digunakan_sampai IS NULL OR NEW.digunakan_sampai < OLD.digunakan_sampai
    ) THEN
        RAISE EXCEPTION 'versi aturan % v% sudah dipakai dan hanya dapat diakhiri', OLD.decision, OLD.nomor
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rules_guard_version BEFORE UPDATE OR DELETE ON rules_ruleversion
    FOR EACH ROW EXECUTE FUNCTION rules_guard_version();

CREATE FUNCTION rules_guard_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.version_id ELSE NEW.version_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM rules_ruleversion v WHERE v.id IN (owner, CASE TG_OP WHEN 'UPDATE' THEN OLD.version_id END) AND v.status <> 'draft') THEN
        RAISE EXCEPTION 'baris tabel data dari versi yang sudah diterbitkan tidak dapat diubah' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER rules_guard_row BEFORE INSERT OR UPDATE OR DELETE ON rules_ruledatarow
    FOR EACH ROW EXECUTE FUNCTION rules_guard_row();
"""
UNGUARD = """
DROP TRIGGER rules_guard_row ON rules_ruledatarow;
DROP FUNCTION rules_guard_row();
DROP TRIGGER rules_guard_version ON rules_ruleversion;
DROP FUNCTION rules_guard_version();
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
