"""Attendance in a real browser: the own month on a phone and its correction, the pages of an OPD, work without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from backend.platform import jobs
from backend.platform.models import Job, OutboxMessage
from backend.presensi.enums import StatusPengajuan
from backend.presensi.models import Koreksi
from backend.presensi.services import jadwal
from backend.workflow import definitions
from backend.workflow.models import WorkItem
from tests.e2e.conftest import Visit, kirim
from tests.web.presensi.conftest import BULAN, Kota, buat_kota, tambah_pegawai

MEI = "bulan=2025-05"


@pytest.fixture
def kota(transactional_db: None) -> Kota:
    return buat_kota()


def hari_kerja_lalu() -> str:
    hari = timezone.localdate() - timedelta(days=1)
    while hari.isoweekday() > 5:
        hari -= timedelta(days=1)
    return hari.isoformat()


def test_an_asn_reads_his_month_on_a_phone_and_has_a_day_corrected(visit: Visit, kota: Kota):
    definitions.publish_file(definitions.processes_dir() / "koreksi_presensi.bpmn")
    visitor = visit(kota.staf, phone=True)
    page = visitor.open(f"/presensi/?{MEI}")
    visitor.accessible()
    visitor.fits()
    page.locator(".cal a").filter(has_text="08.01").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Senin, 5 Mei 2025")
    expect(page.get_by_text("Tabel absen_potongan, baris AP-TL2")).to_be_visible()
    visitor.accessible()
    visitor.fits()
    visitor.open(f"/presensi/koreksi/baru/?tanggal={hari_kerja_lalu()}")
    visitor.fits()
    page.get_by_role("link", name="Lupa tap masuk").click()
    visitor.accessible()
    page.get_by_label("Jam sebenarnya").fill("07:25")
    page.get_by_label("Alasan").fill("Mesin di lobi sedang antre panjang.")
    kirim(page.get_by_role("button", name="Ajukan koreksi"))
    expect(page.get_by_role("heading", name="Menunggu keputusan")).to_be_visible()
    visitor.fits()

    atasan = visit(kota.kabid)
    inbox = atasan.open(f"/kotak-masuk/{WorkItem.objects.open().get().pk}/")
    expect(inbox.get_by_role("link", name="Hari dan bukti")).to_be_visible()
    atasan.accessible()
    inbox.locator("[name='keputusan'][value='setujui']").check()
    kirim(inbox.locator(".actions button[value='lanjut']"))
    assert Koreksi.objects.get().status == StatusPengajuan.DISETUJUI


def test_the_grid_of_an_opd_is_paged_without_leaving_the_page(visit: Visit, kota: Kota):
    tambah_pegawai(kota, 30)
    visitor = visit(kota.admin)
    page = visitor.open(f"/presensi/opd/?{MEI}")
    visitor.accessible()
    visitor.fits()
    expect(page.locator(".month tbody tr")).to_have_count(25)
    page.evaluate("() => { window.tetap = true; }")
    page.get_by_role("link", name="Berikutnya").click()
    expect(page.locator(".month tbody tr")).to_have_count(9)
    assert page.evaluate("() => window.tetap")  # only the grid was fetched
    assert "hal=2" in page.url
    page.reload()
    expect(page.locator(".month tbody tr")).to_have_count(9)
    page.get_by_label("Tampilkan").select_option("tk")
    page.get_by_role("button", name="Terapkan").click()
    expect(page.get_by_text("1–25 dari 31 pegawai")).to_be_visible()  # the new ones were missing on 5 May
    page.locator(".month tbody a").last.click()
    expect(page.locator(".cal")).to_be_visible()


def test_scores_are_computed_anew_without_scripts(visit: Visit, kota: Kota):
    visitor = visit(kota.admin, javascript=False)
    page = visitor.open(f"/presensi/skor/?{MEI}")
    visitor.fits()
    expect(page.get_by_text("TL2 ×1, TK ×1")).to_be_visible()
    kirim(page.get_by_role("button", name="Hitung ulang"))
    expect(page.get_by_text("Menunggu giliran")).to_be_visible()
    jobs.run(OutboxMessage.objects.get(kind=jobs.KIND, payload__job=str(Job.objects.get().pk)))
    kirim(page.get_by_role("link", name="Lihat kemajuan"))
    expect(page.get_by_text("Selesai", exact=True).first).to_be_visible()


def test_every_page_of_an_admin_is_accessible_and_fits_a_phone(visit: Visit, kota: Kota):
    jadwal.tugaskan(kota.satu.staf, pola="SHIFT", mulai=BULAN, oleh=kota.admin)
    visitor = visit(kota.admin, phone=True)
    segel = reverse("presensi-segel-opd", args=[kota.satu.opd.pk, "2025-05"])
    alamat = [f"{reverse('presensi-skor')}?{MEI}", segel, f"{reverse('presensi-roster')}?minggu=2025-05-05"]
    alamat += [reverse(nama) for nama in ("presensi-izin-baru", "presensi-impor", "presensi-jadwal")]
    for satu in alamat:
        visitor.open(satu)
        visitor.accessible()
        visitor.fits()
    for nama in ("presensi-mesin-baru", "presensi-karantina", "presensi-apel", "presensi-massal-baru"):
        visitor.open(reverse(nama))
        visitor.fits()
