"""Files of TPP and the public check page in a real browser, on a desk and on a phone."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from backend.presensi.models import CalonSusulan
from backend.tpp import enums
from backend.tpp.services import dokumen
from tests.e2e.conftest import Visit
from tests.e2e.test_tpp import baik, petugas
from tests.factories_tpp import APRIL, Kantor, buat_kantor
from tests.pdf import teks_pdf


@pytest.fixture
def kantor(transactional_db: None) -> Kantor:
    cache.clear()
    return buat_kantor()


@pytest.mark.parametrize("phone", [False, True], ids=["meja", "ponsel"])
def test_a_stranger_checks_a_letter_without_javascript(visit: Visit, kantor: Kantor, phone: bool) -> None:
    periode = kantor.kunci(kantor.buka())
    tamu = visit(phone=phone, javascript=False)
    page = tamu.open("/periksa/")
    tamu.fits()
    page.get_by_label("Kode periksa").fill(dokumen.tulis_kode(periode.kode_periksa).lower())
    page.get_by_role("button", name="Periksa").click()
    expect(page.get_by_text("Surat ini sah.")).to_be_visible()
    expect(page.get_by_text(kantor.opd.nama)).to_be_visible()
    tamu.fits()
    lain = visit(phone=phone)
    lain.open(f"/periksa/{periode.kode_periksa.hex}/")
    baik(lain)


@pytest.mark.parametrize("phone", [False, True], ids=["meja", "ponsel"])
def test_the_asn_takes_his_slip_and_his_year_home(visit: Visit, kantor: Kantor, phone: bool) -> None:
    periode = kantor.kunci(kantor.buka())
    asn = visit(kantor.dinas.staf.user, phone=phone)
    for alamat, tombol in (
        (f"/tpp/{periode.pk}/{kantor.dinas.staf.pk}/", "Unduh slip (PDF)"),
        ("/tpp/tahunan/?tahun=2025", "Unduh PDF"),
    ):
        page = asn.open(alamat)
        baik(asn)
        with page.expect_download() as unduhan:
            page.get_by_role("link", name=tombol).click()
        assert kantor.dinas.staf.nip in teks_pdf(unduhan.value.path().read_bytes())


@pytest.mark.parametrize("phone", [False, True], ids=["meja", "ponsel"])
def test_the_office_finds_its_files_late_facts_and_the_gaji_import(visit: Visit, kantor: Kantor, phone: bool) -> None:
    kantor.kunci(kantor.buka())
    CalonSusulan.objects.create(pegawai=kantor.dinas.staf, tanggal=date(2025, 3, 10), sebab="cuti")
    susulan = kantor.buka(
        run=enums.Run.SUSULAN, bulan_bayar=APRIL, alasan="Surat dokter menyusul", dasar_nomor="800/12"
    )
    admin = visit(petugas("admin_opd", kantor.opd), phone=phone)
    page = admin.open(f"/kelola/tpp/{susulan.pk}/")
    baik(admin)
    expect(page.get_by_role("heading", name="Fakta presensi yang terlambat")).to_be_visible()
    admin.open(f"/kelola/tpp-tahunan/?opd={kantor.opd.pk}&tahun=2025")
    baik(admin)
    bendahara = visit(petugas("bendahara_opd", kantor.opd), phone=phone)
    page = bendahara.open("/lainnya/")
    page.locator("#isi").get_by_role("link", name="Impor gaji").click()
    expect(page.get_by_role("link", name="Unduh templat")).to_be_visible()
    baik(bendahara)
