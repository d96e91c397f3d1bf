"""The audit log: partitioned by month, hash-chained and append-only, all by the database itself."""

import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

TABLE = """
CREATE SEQUENCE platform_auditevent_id_seq;
CREATE TABLE platform_auditevent (
    id bigint NOT NULL DEFAULT nextval('platform_auditevent_id_seq'),
    chain varchar(100) NOT NULL,
    seq bigint NOT NULL,
    waktu timestamptz NOT NULL DEFAULT statement_timestamp(),
    aktor_id uuid,
    aktor_nama varchar(200) NOT NULL DEFAULT '',
    peristiwa varchar(100) NOT NULL,
    objek varchar(200) NOT NULL DEFAULT '',
    data jsonb NOT NULL DEFAULT '{}',
    alasan text NOT NULL DEFAULT '',
    hash_sebelum varchar(64) NOT NULL,
    hash varchar(64) NOT NULL,
    PRIMARY KEY (id, waktu)
) PARTITION BY RANGE (waktu);
ALTER SEQUENCE platform_auditevent_id_seq OWNED BY platform_auditevent.id;
CREATE INDEX audit_chain_seq ON platform_auditevent (chain, seq);
CREATE INDEX audit_waktu ON platform_auditevent (waktu DESC);
CREATE INDEX audit_aktor ON platform_auditevent (aktor_id, waktu DESC);
CREATE TABLE platform_auditevent_lain PARTITION OF platform_auditevent DEFAULT;
"""

# Makes the partition of a month (UTC). False when it exists, or when rows of that month already lie in the default
# partition: they stay there, which costs nothing but tidiness.
PARTITION = """
CREATE FUNCTION platform_audit_partition(bulan date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    awal timestamptz := date_trunc('month', bulan::timestamp) AT TIME ZONE 'UTC';
    akhir timestamptz := (date_trunc('month', bulan::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    nama text := 'platform_auditevent_' || to_char(bulan, 'YYYYMM');
BEGIN
    IF to_regclass(nama) IS NOT NULL
       OR EXISTS (SELECT 1 FROM platform_auditevent_lain WHERE waktu >= awal AND waktu < akhir) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF platform_auditevent FOR VALUES FROM (%L) TO (%L)', nama, awal, akhir);
    RETURN true;
END $$;
SELECT platform_audit_partition((date_trunc('month', now()) + make_interval(months => n))::date)
FROM generate_series(-1, 2) AS n;
"""

# jsonb text is canonical: keys ordered, one spelling of each value. The list leaves no room to shift a border
# between two fields.
HASH = """
CREATE FUNCTION platform_audit_hash(e platform_auditevent) RETURNS varchar LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        e.chain, e.seq, extract(epoch FROM e.waktu), e.aktor_id, e.aktor_nama, e.peristiwa, e.objek, e.data, e.alasan,
        e.hash_sebelum
    )::text, 'UTF8')), 'hex')
$$;
CREATE FUNCTION platform_audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO platform_audithead AS kepala (chain, seq, hash) VALUES (NEW.chain, 1, '')
        ON CONFLICT (chain) DO UPDATE SET seq = kepala.seq + 1
        RETURNING seq, hash INTO NEW.seq, NEW.hash_sebelum;
    NEW.hash := '';
    NEW.hash := platform_audit_hash(NEW);
    UPDATE platform_audithead SET hash = NEW.hash WHERE chain = NEW.chain;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_link BEFORE INSERT ON platform_auditevent
    FOR EACH ROW EXECUTE FUNCTION platform_audit_link();
CREATE FUNCTION platform_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Jejak audit hanya dapat ditambah.' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON platform_auditevent
    FOR EACH ROW EXECUTE FUNCTION platform_audit_refuse();
"""

DROP = """
DROP TABLE platform_auditevent;
DROP FUNCTION platform_audit_hash, platform_audit_link, platform_audit_refuse, platform_audit_partition;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL([TABLE, PARTITION, HASH], DROP)],
            state_operations=[
                migrations.CreateModel(
                    name="AuditEvent",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("chain", models.CharField(max_length=100)),
                        ("seq", models.BigIntegerField(editable=False)),
                        ("waktu", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ("aktor_nama", models.CharField(db_default="", max_length=200)),
                        ("peristiwa", models.CharField(max_length=100)),
                        ("objek", models.CharField(db_default="", max_length=200)),
                        (
                            "data",
                            models.JSONField(db_default={}, encoder=django.core.serializers.json.DjangoJSONEncoder),
                        ),
                        ("alasan", models.TextField(db_default="")),
                        ("hash_sebelum", models.CharField(editable=False, max_length=64)),
                        ("hash", models.CharField(editable=False, max_length=64)),
                        (
                            "aktor",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["chain", "seq"],
                        "indexes": [
                            models.Index(fields=["chain", "seq"], name="audit_chain_seq"),
                            models.Index(fields=["-waktu"], name="audit_waktu"),
                            models.Index(fields=["aktor", "-waktu"], name="audit_aktor"),
                        ],
                    },
                )
            ],
        )
    ]
