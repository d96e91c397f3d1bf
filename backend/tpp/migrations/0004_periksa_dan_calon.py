"""The code of a cover letter, the late facts that a susulan takes up, and the lock over what a susulan rests on."""

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

LOCKED = "('TERKUNCI', 'DIBAYAR')"
EVENTS = {"insert": "NEW TABLE AS berubah", "update": "NEW TABLE AS berubah", "delete": "OLD TABLE AS berubah"}


def below(table: str) -> str:
    """The rows of a locked period stay as they are (as in 0002)."""
    triggers = "".join(
        f"""
        CREATE TRIGGER {table}_terkunci_{event} AFTER {event.upper()} ON {table} REFERENCING {transition}
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_terkunci();"""
        for event, transition in EVENTS.items()
    )
    function = f"""
        CREATE FUNCTION {table}_terkunci() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT 1 FROM (SELECT DISTINCT periode_id AS id FROM berubah) s
                JOIN tpp_periode p ON p.id = s.id WHERE p.status IN {LOCKED}
            ) THEN RAISE EXCEPTION 'periode TPP terkunci tidak dapat diubah' USING ERRCODE = 'check_violation',
                   CONSTRAINT = 'periode_tpp_terkunci'; END IF;
            RETURN NULL;
        END $$;"""  # noqa: S608 names of our own tables
    return function + triggers


class Migration(migrations.Migration):
    dependencies = [("presensi", "0002_guards"), ("tpp", "0003_aliran_tpp")]

    operations = [
        migrations.AddField(
            model_name="periode",
            name="kode_periksa",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True
            ),
        ),
        migrations.CreateModel(
            name="CalonDibayar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pada", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "calon",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dibayar",
                        to="presensi.calonsusulan",
                    ),
                ),
                (
                    "periode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calon", to="tpp.periode"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("calon", "periode"), name="calon_once_in_a_susulan"),
                ],
            },
        ),
        *(
            migrations.RunSQL(below(table), f"DROP FUNCTION IF EXISTS {table}_terkunci() CASCADE;")
            for table in ("tpp_koreksifakta", "tpp_calondibayar")
        ),
    ]
