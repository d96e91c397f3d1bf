"""What constraints cannot say: taps are only added, a sealed month never changes, sickness inside leave, and the changes
of calendar and rules that make days dirty. Also the schedules of the shipped defaults."""

import json
from datetime import date, time
from pathlib import Path

from django.db import migrations

TAP = """
CREATE FUNCTION presensi_tap_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.pegawai_id IS NULL AND NEW.pegawai_id IS NOT NULL
       AND to_jsonb(NEW) - 'pegawai_id' = to_jsonb(OLD) - 'pegawai_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Tap hanya dapat ditambah.' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tap_append_only';
END $$;
CREATE TRIGGER tap_append_only BEFORE UPDATE OR DELETE ON presensi_tapmentah
    FOR EACH ROW EXECUTE FUNCTION presensi_tap_guard();
"""

SEGEL = """
CREATE FUNCTION presensi_hadir_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM presensi_rekapbulan r WHERE r.status = 'DISEGEL'
          AND r.pegawai_id = CASE TG_OP WHEN 'DELETE' THEN OLD.pegawai_id ELSE NEW.pegawai_id END
          AND r.bulan = date_trunc('month', CASE TG_OP WHEN 'DELETE' THEN OLD.tanggal ELSE NEW.tanggal END)::date
    ) THEN
        RAISE EXCEPTION 'Bulan itu sudah disegel.'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'sealed_month_never_changes';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER hadir_sealed BEFORE INSERT OR UPDATE OR DELETE ON presensi_hadirharian
    FOR EACH ROW EXECUTE FUNCTION presensi_hadir_guard();

CREATE FUNCTION presensi_sealed_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Bulan itu sudah disegel.'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'sealed_month_never_changes';
END $$;
CREATE TRIGGER rekap_sealed BEFORE UPDATE OR DELETE ON presensi_rekapbulan
    FOR EACH ROW WHEN (OLD.status = 'DISEGEL') EXECUTE FUNCTION presensi_sealed_row();
CREATE TRIGGER segel_sealed BEFORE UPDATE OR DELETE ON presensi_segelbulan
    FOR EACH ROW WHEN (OLD.status = 'DISEGEL') EXECUTE FUNCTION presensi_sealed_row();
"""

SAKIT = """
CREATE FUNCTION presensi_sakit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM presensi_ketidakhadiran c
        WHERE c.pegawai_id = NEW.pegawai_id AND c.jenis = 'CUTI_TAHUNAN' AND c.status IN ('DIAJUKAN', 'DISETUJUI')
          AND c.mulai <= NEW.mulai AND c.sampai >= NEW.sampai
    ) THEN
        RAISE EXCEPTION 'Keputusan BKPSDM hanya untuk sakit di dalam cuti tahunan.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sakit_lies_inside_leave';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sakit_inside_leave BEFORE INSERT OR UPDATE ON presensi_ketidakhadiran FOR EACH ROW
    WHEN (NEW.keputusan_bkpsdm <> '' AND NEW.status IN ('DIAJUKAN', 'DISETUJUI'))
    EXECUTE FUNCTION presensi_sakit_guard();
"""

# Whoever writes the calendar or publishes a rule makes days dirty; months before the last two are left as they are
# unless somebody asks for them (a job per OPD).
KOTOR = """
CREATE FUNCTION presensi_kalender_kotor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO presensi_harikotor (opd_id, mulai, sampai, sebab)
        VALUES (OLD.opd_id, OLD.tanggal, OLD.tanggal, 'KALENDER');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO presensi_harikotor (opd_id, mulai, sampai, sebab)
        VALUES (NEW.opd_id, NEW.tanggal, NEW.tanggal, 'KALENDER');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER presensi_kalender_kotor AFTER INSERT OR UPDATE OR DELETE ON kepegawaian_kalender
    FOR EACH ROW EXECUTE FUNCTION presensi_kalender_kotor();

CREATE FUNCTION presensi_aturan_kotor() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    awal date := greatest(NEW.berlaku_mulai, (date_trunc('month', now()) - interval '2 months')::date);
    akhir date := least(NEW.berlaku_sampai, (date_trunc('month', now()) + interval '1 month - 1 day')::date);
BEGIN
    IF awal <= akhir THEN
        INSERT INTO presensi_harikotor (mulai, sampai, sebab) VALUES (awal, akhir, 'ATURAN');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER presensi_aturan_kotor AFTER INSERT OR UPDATE OF status, berlaku_mulai, berlaku_sampai ON rules_ruleversion
    FOR EACH ROW WHEN (NEW.decision IN ('absen_kategori', 'absen_potongan') AND NEW.status = 'live')
    EXECUTE FUNCTION presensi_aturan_kotor();
"""

DROP = """
DROP TRIGGER presensi_aturan_kotor ON rules_ruleversion;
DROP TRIGGER presensi_kalender_kotor ON kepegawaian_kalender;
DROP TRIGGER sakit_inside_leave ON presensi_ketidakhadiran;
DROP TRIGGER segel_sealed ON presensi_segelbulan;
DROP TRIGGER rekap_sealed ON presensi_rekapbulan;
DROP TRIGGER hadir_sealed ON presensi_hadirharian;
DROP TRIGGER tap_append_only ON presensi_tapmentah;
DROP FUNCTION presensi_aturan_kotor, presensi_kalender_kotor, presensi_sakit_guard, presensi_sealed_row,
    presensi_hadir_guard, presensi_tap_guard;
"""


def jadwal_bawaan(apps, schema_editor):
    """The shipped schedules (presensi.md §3), as rows that an admin may change."""
    data = json.loads((Path(__file__).parents[1] / "data" / "jadwal.json").read_text(encoding="utf-8"))
    mulai = date.fromisoformat(data["berlaku_mulai"])
    pola_rows, hari_rows, shift_rows = (
        apps.get_model("presensi", n) for n in ("JadwalPola", "JadwalHari", "JadwalShift")
    )
    for pola in data["pola"]:
        satu = pola_rows.objects.create(
            kode=pola["kode"], nama=pola["nama"], dasar_hukum=pola["dasar_hukum"],
            versi_ramadan=pola["versi_ramadan"], berlaku_mulai=mulai,
        )  # fmt: skip
        for hari, (masuk, pulang, istirahat) in pola["hari"].items():
            hari_rows.objects.create(
                pola=satu, hari=int(hari), masuk=time.fromisoformat(masuk), pulang=time.fromisoformat(pulang),
                istirahat_menit=istirahat,
            )  # fmt: skip
    for shift in data["shift"]:
        shift_rows.objects.create(
            kode=shift["kode"], masuk=time.fromisoformat(shift["masuk"]), pulang=time.fromisoformat(shift["pulang"]),
            lintas_hari=shift["lintas_hari"], berlaku_mulai=mulai,
        )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("presensi", "0001_initial"),
        ("kepegawaian", "0003_kalender_jenis"),
        ("rules", "0002_guard"),
    ]

    operations = [
        migrations.RunSQL([TAP, SEGEL, SAKIT, KOTOR], DROP),
        migrations.RunPython(jadwal_bawaan, migrations.RunPython.noop),
    ]
