"""The role Bendahara OPD: imports the gaji list of its own OPD."""

from django.db import migrations, models
from django.db.models import Q

KOTA = ["admin_proses", "auditor", "bendahara", "bkpsdm", "ppk"]
OPD = ["admin_opd", "bendahara_opd", "reviewer", "tim_pengelola", "tu"]
PILIHAN = [
    ("reviewer", "Reviewer"),
    ("tim_pengelola", "Tim Pengelola Kinerja"),
    ("admin_opd", "Admin OPD"),
    ("tu", "Tata Usaha"),
    ("bkpsdm", "Admin BKPSDM"),
    ("bendahara", "Bendahara"),
    ("bendahara_opd", "Bendahara OPD"),
    ("ppk", "Pejabat Pembina Kepegawaian"),
    ("admin_proses", "Admin Proses"),
    ("auditor", "Auditor"),
]


class Migration(migrations.Migration):
    dependencies = [("kepegawaian", "0003_kalender_jenis")]

    operations = [
        migrations.RemoveConstraint(model_name="peranuser", name="peran_has_its_kind_of_scope"),
        migrations.AlterField(
            model_name="peranuser", name="peran", field=models.CharField(choices=PILIHAN, max_length=16)
        ),
        migrations.AddConstraint(
            model_name="peranuser",
            constraint=models.CheckConstraint(
                condition=Q(peran__in=OPD, unor__isnull=False) | Q(peran__in=KOTA, unor__isnull=True),
                name="peran_has_its_kind_of_scope",
            ),
        ),
    ]
