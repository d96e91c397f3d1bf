"""One month in a real browser: the ASN fills, the atasan decides, on desktop, phone and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from backend.platform import outbox
from tests.e2e.conftest import Visit, kirim
from tests.factories_kinerja import (
    Kota,
    buat_kota,
    instance_of,
    isi_sampai_ajukan,
    lampirkan,
    laporan_of,
    open_item,
)

TEKS = "Data lengkap dan jadwal ditepati."


@pytest.fixture
def kota(transactional_db: None) -> Kota:
    return buat_kota()


def isi_renaksi(page: Page) -> None:
    for field in page.locator("input[name$='-realisasi']").all():
        target = field.locator("xpath=ancestor::*[@data-baris]").locator("dd.score").first.inner_text()
        field.fill(target.strip())


def isi_skp(page: Page) -> None:
    for field in page.locator("input[name$='-nilai']").all():
        field.fill("10")
    for field in page.locator("textarea[name$='-faktor_pendukung']").all():
        field.fill(TEKS)


def lanjut(page: Page) -> None:
    kirim(page.locator(".actions button[value='lanjut']"))


def test_the_login_page_takes_a_password(visit: Visit, kota: Kota):
    user = kota.asn
    user.set_password("sandi-yang-cukup-panjang-1")
    user.save()
    visitor = visit()
    page = visitor.open("/")
    visitor.accessible()
    visitor.fits()
    page.locator("input[name='login']").fill(user.username)
    page.locator("input[name='password']").fill("salah sama sekali")
    page.keyboard.press("Enter")
    expect(page.get_by_text("tidak cocok")).to_be_visible()
    page.locator("input[name='password']").fill("sandi-yang-cukup-panjang-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(visitor.base + "/")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_an_asn_fills_the_month(visit: Visit, kota: Kota, phone: bool):
    visitor = visit(kota.asn, phone=phone)
    page = visitor.open(f"/tugas/{open_item(kota.laporan).pk}/")
    visitor.accessible()
    visitor.fits()
    lanjut(page)
    expect(page.locator(".errors")).to_be_visible()  # nothing filled yet: told so, with links
    isi_renaksi(page)
    lanjut(page)
    assert open_item(kota.laporan).step == "isi_skp"
    lampirkan(kota.laporan)
    visitor.open(f"/tugas/{open_item(kota.laporan).pk}/")
    visitor.accessible()
    visitor.fits()
    isi_skp(page)
    lanjut(page)
    assert open_item(kota.laporan).step == "isi_pks"
    page.locator("input[name='rating_diri'][value='sesuai']").check()
    visitor.accessible()
    visitor.fits()
    lanjut(page)
    assert open_item(kota.laporan).step == "ringkasan"
    visitor.accessible()
    visitor.fits()
    page.locator("input[name='pernyataan'][type='checkbox']").check()
    lanjut(page)
    assert open_item(kota.laporan).step == "tinjau_renaksi"


def test_the_month_works_without_javascript(visit: Visit, kota: Kota):
    page = visit(kota.asn, javascript=False).open(f"/tugas/{open_item(kota.laporan).pk}/")
    isi_renaksi(page)
    lanjut(page)
    lampirkan(kota.laporan)
    isi_skp(page)
    lanjut(page)
    page.locator("input[name='rating_diri'][value='sesuai']").check()
    lanjut(page)
    page.locator("input[name='pernyataan'][type='checkbox']").check()
    lanjut(page)
    assert open_item(kota.laporan).step == "tinjau_renaksi"


def test_the_atasan_decides_without_javascript_on_a_phone(visit: Visit, kota: Kota):
    isi_sampai_ajukan(kota)
    page = visit(kota.atasan, javascript=False, phone=True).open("/kotak-masuk/")
    page.get_by_role("link", name=kota.dinas.staf.nama).click()
    kirim(page.get_by_role("button", name="Setujui sisanya"))
    lanjut(page)
    assert open_item(kota.laporan).step == "tinjau_skp"
    expect(page.get_by_text("Keputusan tersimpan")).to_be_visible()


def test_typing_is_kept_when_the_browser_closes(visit: Visit, kota: Kota):
    path = f"/tugas/{open_item(kota.laporan).pk}/"
    page = visit(kota.asn).open(path)
    with page.expect_response(lambda response: response.url.endswith("/draf/") and response.ok):
        page.locator("textarea[name$='-keterangan']").first.fill("Diketik lalu ditinggal.")
    again = visit(kota.asn).open(path)
    expect(again.locator("textarea[name$='-keterangan']").first).to_have_value("Diketik lalu ditinggal.")


def test_the_draft_is_there_again_after_logging_out_and_in(visit: Visit, kota: Kota):
    kota.asn.set_password("sandi-yang-cukup-panjang-1")
    kota.asn.save()
    visitor = visit(kota.asn)
    path = f"/tugas/{open_item(kota.laporan).pk}/"
    page = visitor.open(path)
    with page.expect_response(lambda response: response.url.endswith("/draf/") and response.ok):
        page.locator("textarea[name$='-keterangan']").first.fill("Diketik lalu keluar.")
    kirim(visitor.open("/akun/").get_by_role("button", name="Keluar"))
    page.goto(visitor.base + path)
    page.locator("input[name='login']").fill(kota.asn.username)
    page.locator("input[name='password']").fill("sandi-yang-cukup-panjang-1")
    kirim(page.get_by_role("button", name="Masuk"))
    expect(page).to_have_url(visitor.base + path)
    expect(page.locator("textarea[name$='-keterangan']").first).to_have_value("Diketik lalu keluar.")


def test_the_address_of_pks_leads_to_renaksi_while_that_is_not_filled_in(visit: Visit, kota: Kota):
    visitor = visit(kota.asn)
    page = visitor.open(f"/berkas/{instance_of(kota.laporan).pk}/langkah/isi_pks/")
    expect(page).to_have_url(f"{visitor.base}/tugas/{open_item(kota.laporan).pk}/")
    expect(page.locator(".steps [aria-current=step]")).to_contain_text("Renaksi")
    expect(page.get_by_text("Selesaikan langkah Renaksi terlebih dahulu")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_atasan_approves_three_steps(visit: Visit, kota: Kota, phone: bool):
    isi_sampai_ajukan(kota)
    visitor = visit(kota.atasan, phone=phone)
    page = visitor.open("/kotak-masuk/")
    visitor.accessible()
    visitor.fits()
    for step in ("tinjau_renaksi", "tinjau_skp", "tinjau_pks"):
        item = open_item(kota.laporan)
        assert item.step == step
        visitor.open(f"/kotak-masuk/{item.pk}/")
        visitor.accessible()
        visitor.fits()
        for radio in page.locator("input[type='radio'][value='setuju']").all():
            radio.check()
        if step == "tinjau_pks":
            page.locator("input[name='rating_hasil'][value='sesuai']").check()
            page.locator("input[name='rating_perilaku'][value='sesuai']").check()
        lanjut(page)
    outbox.drain()
    assert laporan_of(kota.dinas.staf).status == "final"


def test_the_atasan_returns_a_row_and_the_asn_reads_why(visit: Visit, kota: Kota):
    isi_sampai_ajukan(kota)
    page = visit(kota.atasan).open(f"/kotak-masuk/{open_item(kota.laporan).pk}/")
    page.locator("input[type='radio'][value='setuju']").first.check()
    for radio in page.locator("input[type='radio'][value='perbaiki']").all():
        radio.check()
    for note in page.locator("textarea[name$='-catatan']").all():
        note.fill("Sebutkan nomor suratnya.")
    lanjut(page)
    assert open_item(kota.laporan).step == "isi_renaksi"
    asn = visit(kota.asn).open(f"/tugas/{open_item(kota.laporan).pk}/")
    expect(asn.get_by_text("Sebutkan nomor suratnya.").first).to_be_visible()
