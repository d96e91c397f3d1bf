"""The one stream that a city starts with (tpp.md §2); others are added as rows."""

from datetime import date

from django.db import migrations

KRITERIA = ["BK", "PK", "KK", "TB", "KP", "OB"]


def isi(apps, schema_editor):
    apps.get_model("tpp", "Aliran").objects.get_or_create(
        kode="TPP",
        defaults={
            "nama": "Tambahan penghasilan pegawai",
            "dasar_hukum": "PP 12/2019 Pasal 58; lengkapi dengan Perwali yang berlaku",
            "kriteria": KRITERIA,
            "aktif_mulai": date(2025, 1, 1),
        },
    )


class Migration(migrations.Migration):
    dependencies = [("tpp", "0002_guards")]

    operations = [migrations.RunPython(isi, migrations.RunPython.noop)]
