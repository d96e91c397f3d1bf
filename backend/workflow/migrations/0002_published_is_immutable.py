"""A published version of a process never changes: only its state may go on, from live to retired."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION workflow_definition_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (
        TG_OP = 'DELETE'
        OR (NEW.key, NEW.version, NEW.bpmn, NEW.files, NEW.sha256) IS DISTINCT FROM
           (OLD.key, OLD.version, OLD.bpmn, OLD.files, OLD.sha256)
        OR NEW.state = 'draft'
    ) THEN
        RAISE EXCEPTION 'Versi proses yang sudah diterbitkan tidak dapat diubah.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'definition_immutable';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER definition_immutable BEFORE UPDATE OR DELETE ON workflow_processdefinition
    FOR EACH ROW EXECUTE FUNCTION workflow_definition_immutable();
"""
BACKWARD = """
DROP TRIGGER definition_immutable ON workflow_processdefinition;
DROP FUNCTION workflow_definition_immutable;
"""


class Migration(migrations.Migration):
    dependencies = [("workflow", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
