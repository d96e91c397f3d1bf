"""Periods, SKP, final laporan through their pages."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.kinerja import enums
from backend.kinerja.models import IKI, RHK, SKP, Periode, Renaksi
from backend.platform.models import Job
from tests.web.kelola.conftest import Kota
from tests.web.kelola.data import buat_laporan, buat_periode, buat_skp

Masuk = Callable[[User | None], Client]
TAHUN = timezone.localdate().year


def test_a_month_is_scheduled_and_its_dates_stay_in_order(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    assert client.post(reverse("admin-periode-baru"), {"bulan": "3", "tahun": "2025"}).status_code == 302
    periode = Periode.objects.get()
    alamat = reverse("admin-periode-ubah", args=[periode.pk])
    salah = client.post(alamat, {"buka": "2025-04-01", "tenggat": "2025-03-10", "tutup": "2025-04-25"})
    assert salah.context["form"].errors["tenggat"]
    assert (
        client.post(alamat, {"buka": "2025-04-01", "tenggat": "2025-04-12", "tutup": "2025-04-25"}).status_code == 302
    )
    periode.refresh_from_db()
    assert timezone.localtime(periode.tenggat).strftime("%d %H.%M") == "12 23.59"


def test_opening_a_month_is_a_job_and_a_second_press_joins_it(kota: Kota, masuk: Masuk) -> None:
    periode = buat_periode(TAHUN, 1, status=enums.StatusPeriode.TERJADWAL)
    client, alamat = masuk(kota.bkpsdm), reverse("admin-periode-buka", args=[periode.pk])
    assert "Setiap pegawai dengan SKP berlaku" in client.get(alamat).content.decode()
    pertama, kedua = client.post(alamat), client.post(alamat)
    assert pertama["Location"] == kedua["Location"] == reverse("admin-job-detail", args=[Job.objects.get().pk])


def test_a_skp_is_built_row_by_row_and_put_in_force_when_its_sums_hold(kota: Kota, masuk: Masuk) -> None:
    client, orang = masuk(kota.bkpsdm), kota.satu.staf
    kepala = {"awal": f"{TAHUN}-01-01", "akhir": f"{TAHUN}-12-31", "jenis_format": "ja_jf", "pendekatan": "kuantitatif"}
    assert client.post(reverse("admin-skp-baru"), {"pegawai": str(orang.pk), **kepala}).status_code == 302
    skp = SKP.objects.get()
    rhk = {"klasifikasi": "utama", "teks": "Tersusunnya data sektoral", "kategori": "individu"}
    assert client.post(reverse("admin-rhk-baru", args=[skp.pk]), rhk).status_code == 302
    baris = RHK.objects.get()
    iki = {
        "uraian": "Jumlah dataset",
        "aspek": "kuantitas",
        "satuan": "dataset",
        "arah": "naik",
        "pola_ukur": "hitungan",
        "target_max": "12,5",
        "bulan_ukur": ["3", "6"],
    }
    assert client.post(reverse("admin-iki-baru", args=[baris.pk]), iki).status_code == 302
    assert [t.target_max for t in IKI.objects.get().target_bulan.all()] == [Decimal("6.25"), Decimal("6.25")]
    berlaku = reverse("admin-skp-berlaku", args=[skp.pk])
    assert "SKP belum dapat ditetapkan" in client.get(berlaku).content.decode()
    client.post(berlaku, {"tanggal_penetapan": f"{TAHUN}-01-20"})
    skp.refresh_from_db()
    assert skp.status == enums.StatusSKP.DRAF
    assert (
        client.post(
            reverse("admin-renaksi-baru", args=[baris.pk]),
            {"tahapan": "Mengumpulkan data", "target_b3": "60", "target_b6": "40"},
        ).status_code
        == 302
    )
    assert client.post(berlaku, {"tanggal_penetapan": f"{TAHUN}-01-20"}).status_code == 302
    skp.refresh_from_db()
    assert skp.status == enums.StatusSKP.BERLAKU
    assert Renaksi.objects.get().bulan_rencana.count() == 2


def test_the_page_says_which_sum_is_wrong_and_links_to_its_rhk(kota: Kota, masuk: Masuk) -> None:
    skp = buat_skp(kota.satu.staf, status=enums.StatusSKP.DRAF, lengkap=False)
    isi = masuk(kota.bkpsdm).get(reverse("admin-skp-detail", args=[skp.pk])).content.decode()
    assert "Jumlah target 40 dari 100" in isi
    assert f'href="#rhk-{skp.rhk.get().pk}"' in isi


def test_a_row_of_a_draft_is_changed_and_taken_out(kota: Kota, masuk: Masuk) -> None:
    skp = buat_skp(kota.satu.staf, status=enums.StatusSKP.DRAF)
    client, iki = masuk(kota.bkpsdm), IKI.objects.get()
    alamat = reverse("admin-iki-ubah", args=[iki.pk])
    form = client.get(alamat).context["form"]
    data = {nama: form[nama].value() for nama in form.fields}
    data = {nama: form.fields[nama].prepare_value(nilai) for nama, nilai in data.items() if nilai not in (None, "")}
    assert client.post(alamat, {**data, "satuan": "berkas"}).status_code == 302
    iki.refresh_from_db()
    assert iki.satuan == "berkas"
    assert client.post(reverse("admin-rhk-hapus", args=[skp.rhk.get().pk])).status_code == 302
    assert not RHK.objects.exists()


def test_a_skp_in_force_has_no_buttons_and_refuses_changes(kota: Kota, masuk: Masuk) -> None:
    skp = buat_skp(kota.satu.staf)
    client = masuk(kota.bkpsdm)
    assert "Tambah RHK" not in client.get(reverse("admin-skp-detail", args=[skp.pk])).content.decode()
    jawaban = client.post(
        reverse("admin-rhk-baru", args=[skp.pk]),
        {"klasifikasi": "utama", "teks": "RHK yang terlambat", "kategori": "individu"},
    )
    assert jawaban.context["form"].non_field_errors()


def test_a_skp_is_closed_with_a_reason(kota: Kota, masuk: Masuk) -> None:
    skp = buat_skp(kota.satu.staf)
    alamat = reverse("admin-skp-tutup", args=[skp.pk])
    assert (
        masuk(kota.bkpsdm).post(alamat, {"akhir": f"{TAHUN}-06-30", "alasan": "Mutasi ke dinas lain"}).status_code
        == 302
    )
    skp.refresh_from_db()
    assert (skp.status, skp.akhir.month) == (enums.StatusSKP.DITUTUP, 6)


@pytest.mark.parametrize("url_name", ["admin-skp-detail", "admin-skp-ubah"])
def test_a_skp_of_another_opd_is_not_found(url_name: str, kota: Kota, masuk: Masuk) -> None:
    skp = buat_skp(kota.dua.staf)
    assert masuk(kota.admin).get(reverse(url_name, args=[skp.pk])).status_code in {403, 404}
    assert masuk(kota.admin).get(reverse("admin-skp-detail", args=[skp.pk])).status_code == 404


def test_a_final_laporan_is_reopened_only_with_a_long_reason(kota: Kota, masuk: Masuk) -> None:
    laporan = buat_laporan(buat_skp(kota.satu.staf), buat_periode(TAHUN, 1), status=enums.StatusLaporan.FINAL)
    client, alamat = masuk(kota.bkpsdm), reverse("admin-laporan-buka", args=[laporan.pk])
    assert client.post(alamat, {"langkah": "skp", "alasan": "Terlalu pendek"}).context["form"].errors["alasan"]
    assert (
        client.post(alamat, {"langkah": "skp", "alasan": "Bukti dukung ternyata milik bulan lain"}).status_code == 302
    )
    laporan.refresh_from_db()
    assert (laporan.status, laporan.langkah_kembali) == (enums.StatusLaporan.DIKEMBALIKAN, "skp")
    assert masuk(kota.auditor).post(alamat).status_code == 403
