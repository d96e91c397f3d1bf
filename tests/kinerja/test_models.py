"""What the database itself refuses (kinerja.md §3, §3.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backend.kinerja.models import (
    IKI,
    PKS,
    RHK,
    SKP,
    BuktiDukung,
    LaporanPeriode,
    Periode,
    PKSBaris,
    RealisasiIKI,
    RealisasiRenaksi,
    UmpanBalik,
)
from backend.platform import outbox
from tests.factories_kinerja import Kota, buat_skp, isi_sampai_ajukan, setujui_semua


def refused(call: Callable[[], Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        call()


@pytest.mark.parametrize(
    ("isi", "constraint"),
    [
        ({"jenis": "bulanan", "ke": 13}, "periode_ke_fits_jenis"),
        ({"jenis": "triwulanan", "ke": 5}, "periode_ke_fits_jenis"),
        ({"tenggat": "2020-01-01 00:00+07"}, "periode_dates_in_order"),
        ({"status": "ditunda"}, "periode_status_known"),
    ],
)
def test_a_period_is_a_real_period(kota: Kota, isi: dict[str, Any], constraint: str):
    refused(lambda: Periode.objects.filter(pk=kota.periode.pk).update(**isi), constraint)


def test_two_skp_in_force_never_overlap_on_one_post(kota: Kota):
    refused(lambda: buat_skp(kota.dinas.staf, rhk=0, versi=2), "skp_berlaku_without_overlap")
    SKP.objects.filter(pk=kota.skp.pk).update(akhir="2025-06-30")
    buat_skp(kota.dinas.staf, rhk=0, versi=2, awal="2025-07-01")


def test_nobody_rates_himself(kota: Kota):
    refused(lambda: SKP.objects.update(penilai_pegawai=kota.dinas.staf), "skp_penilai_is_not_pegawai")
    refused(lambda: LaporanPeriode.objects.update(penilai_pegawai=kota.dinas.staf), "laporan_penilai_is_not_pegawai")


@pytest.mark.parametrize(
    ("isi", "constraint"),
    [
        ({"bulan_ukur": []}, "iki_measured_in_real_months"),
        ({"bulan_ukur": [13]}, "iki_measured_in_real_months"),
        ({"arah": "naik", "target_min": 1}, "iki_target_min_only_in_a_rentang"),
        ({"arah": "rentang", "target_min": 500}, "iki_target_min_only_in_a_rentang"),
        ({"target_teks": "Baik"}, "iki_target_is_number_or_text"),
        ({"target_max": -1}, "iki_target_not_negative"),
    ],
)
def test_a_target_fits_its_direction(kota: Kota, isi: dict[str, Any], constraint: str):
    refused(lambda: IKI.objects.update(**isi), constraint)


@pytest.mark.parametrize(
    ("isi", "constraint"),
    [
        ({"status": "final"}, "laporan_final_when_every_step_approved"),
        ({"status": "validasi_skp"}, "laporan_under_review_was_submitted"),
        ({"status_skp": "disetujui"}, "laporan_steps_approved_in_order"),
        ({"langkah_kembali": "ringkasan"}, "laporanperiode_langkah_kembali_known"),
    ],
)
def test_a_laporan_follows_its_states(kota: Kota, isi: dict[str, Any], constraint: str):
    refused(lambda: LaporanPeriode.objects.update(**isi), constraint)


def test_one_live_laporan_a_person_and_month(kota: Kota):
    lain = buat_skp(kota.dinas.staf, rhk=0, versi=2, status="ditutup")
    baru = {"skp": lain, "periode": kota.periode, "pegawai": kota.dinas.staf}
    refused(lambda: LaporanPeriode.objects.create(**baru), "one_live_laporan_per_pegawai_and_periode")
    LaporanPeriode.objects.create(**baru, status="dibatalkan")


def test_a_decision_to_repair_says_why(kota: Kota):
    refused(lambda: RealisasiRenaksi.objects.update(keputusan="perbaiki"), "realisasi_renaksi_perbaiki_says_why")
    refused(lambda: RealisasiIKI.objects.update(keputusan="perbaiki"), "realisasi_iki_perbaiki_says_why")


def test_a_predikat_needs_both_ratings(kota: Kota):
    PKS.objects.create(laporan=kota.laporan)
    refused(
        lambda: PKS.objects.update(predikat="baik", status_predikat="tetap"), "pks_predikat_follows_from_both_ratings"
    )


def test_evidence_is_a_file_or_an_https_link_on_one_row(kota: Kota):
    row = RealisasiIKI.objects.select_related("iki").first()
    assert row is not None
    dasar = {"laporan": row.laporan, "rhk_id": row.iki.rhk_id, "nama_asli": "x", "pengunggah": kota.asn}
    refused(
        lambda: BuktiDukung.objects.create(jenis="url", url="http://a.id", realisasi_iki=row, **dasar),
        "bukti_is_a_file_or_an_https_link",
    )
    refused(lambda: BuktiDukung.objects.create(jenis="url", url="https://a.id", **dasar), "bukti_belongs_to_one_row")


def test_feedback_has_one_subject_and_is_never_rewritten(kota: Kota):
    dasar = {"skp": kota.skp, "penulis": kota.atasan, "isi": "Pertahankan mutu layanan."}
    refused(lambda: UmpanBalik.objects.create(**dasar), "umpan_balik_on_rhk_or_nilai")
    row = UmpanBalik.objects.create(nilai_perilaku="loyal", **dasar)
    refused(lambda: UmpanBalik.objects.update(isi="Diganti diam-diam."), "umpan balik hanya dikoreksi")
    refused(row.delete, "umpan balik hanya dikoreksi")


def test_a_rhk_does_not_support_itself(kota: Kota):
    rhk = RHK.objects.first()
    assert rhk is not None
    refused(lambda: RHK.objects.filter(pk=rhk.pk).update(rhk_atasan=rhk), "rhk_is_not_its_own_atasan")


# --- I3: final is read-only -----------------------------------------------------------------------------------------


@pytest.fixture
def final(kota: Kota) -> Kota:
    isi_sampai_ajukan(kota)
    setujui_semua(kota)
    outbox.drain()
    return kota


@pytest.mark.parametrize(
    "change",
    [
        lambda: RealisasiRenaksi.objects.update(realisasi=1),
        lambda: RealisasiIKI.objects.update(nilai=1),
        lambda: PKSBaris.objects.update(rtl="diganti"),
        lambda: BuktiDukung.objects.update(nama_asli="diganti"),
        lambda: BuktiDukung.objects.all().delete(),
        lambda: PKS.objects.update(rekomendasi="diganti"),
        lambda: PKS.objects.update(predikat=None, status_predikat="kosong"),
        lambda: LaporanPeriode.objects.update(status="dibatalkan"),
    ],
)
def test_nothing_below_a_final_laporan_changes(final: Kota, change: Callable[[], Any]):
    refused(change, "laporan final")


def test_only_the_capaian_of_the_organisation_moves_a_final_predikat(final: Kota):
    assert PKS.objects.update(status_predikat="tetap") == 1
