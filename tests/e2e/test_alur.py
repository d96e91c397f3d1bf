"""The promises of the wizard and the inbox that only a real browser can show."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from backend.workflow.models import WorkItem
from tests.e2e.conftest import Visit, kirim
from tests.factories_kepegawaian import buat_pegawai, dudukkan
from tests.factories_kinerja import (
    PDF,
    Kota,
    buat_kota,
    instance_of,
    isi_sampai_ajukan,
    isian_renaksi,
    isian_skp,
    kerjakan,
    lampirkan,
    open_item,
    putusan,
)

TEKS = "Data lengkap dan jadwal ditepati."


@pytest.fixture
def kota(transactional_db: None) -> Kota:
    return buat_kota()


def tekan_sampai(page: Page, pilih: str, *, paling_banyak: int = 60) -> None:
    """Tab until the focused element matches a selector."""
    for _ in range(paling_banyak):
        page.keyboard.press("Tab")
        if page.evaluate("pilih => document.activeElement.matches(pilih)", pilih):
            return
    raise AssertionError(f"{pilih} tidak tercapai dengan papan ketik")


def test_the_whole_month_of_an_asn_by_keyboard_alone(visit: Visit, kota: Kota) -> None:
    laporan = kota.laporan
    lampirkan_nanti = isian_skp(laporan)["iki"]
    page = visit(kota.asn).open("/")
    tekan_sampai(page, "a.btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tugas/**")
    for row in isian_renaksi(laporan)["renaksi"]:
        tekan_sampai(page, f"#renaksi-{row['id']}-realisasi")
        page.keyboard.type(str(row["realisasi"]))
    page.keyboard.press("Enter")  # the same as Lanjut
    page.wait_for_selector("input[name$='-nilai']")
    lampirkan(laporan)
    for row in lampirkan_nanti:
        tekan_sampai(page, f"#iki-{row['id']}-nilai")
        page.keyboard.type("10")
        expect(page.locator(f"#capaian-iki-{row['id']}")).to_contain_text("100,00 %")
        tekan_sampai(page, f"#iki-{row['id']}-faktor_pendukung")
        page.keyboard.type(TEKS)
    tekan_sampai(page, ".actions button[value=lanjut]")
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=rating_diri]")
    tekan_sampai(page, "input[name=rating_diri]", paling_banyak=90)
    page.keyboard.press("ArrowDown")
    tekan_sampai(page, ".actions button[value=lanjut]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pernyataan")
    tekan_sampai(page, "#pernyataan")
    page.keyboard.press("Space")
    tekan_sampai(page, ".actions button[value=lanjut]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Terkirim: Ringkasan")).to_be_visible()
    assert open_item(laporan).step == "tinjau_renaksi"


def test_the_atasan_decides_by_keyboard_alone(visit: Visit, kota: Kota) -> None:
    laporan = isi_sampai_ajukan(kota)
    page = visit(kota.atasan).open("/kotak-masuk/")
    tekan_sampai(page, ".split-list a")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    pertama, *_ = isian_renaksi(laporan)["renaksi"]
    tekan_sampai(page, f"input[name='renaksi-{pertama['id']}-keputusan']")
    page.keyboard.press("ArrowRight")  # Perbaiki: its note appears and is the next stop
    page.keyboard.press("ArrowLeft")
    tekan_sampai(page, ".actions button[value=semua]")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    tekan_sampai(page, ".actions button[value=lanjut]")
    with page.expect_event("load"):
        page.keyboard.press("Enter")
    assert open_item(laporan).step == "tinjau_skp"


def test_a_double_click_on_lanjut_sends_once(visit: Visit, kota: Kota) -> None:
    page = visit(kota.asn).open(reverse("tugas", args=[open_item(kota.laporan).pk]))
    for row in isian_renaksi(kota.laporan)["renaksi"]:
        page.locator(f"#renaksi-{row['id']}-realisasi").fill(str(row["realisasi"]))
    page.locator(".actions button[value=lanjut]").dblclick()
    page.wait_for_selector("input[name$='-nilai']")
    assert WorkItem.objects.filter(instance=instance_of(kota.laporan), step="isi_renaksi", status="done").count() == 1
    assert open_item(kota.laporan).step == "isi_skp"


def test_the_needed_factors_and_the_capaian_follow_what_is_typed(visit: Visit, kota: Kota) -> None:
    kerjakan(kota.laporan, kota.asn, isian_renaksi(kota.laporan))
    page = visit(kota.asn).open(reverse("tugas", args=[open_item(kota.laporan).pk]))
    pk = isian_skp(kota.laporan)["iki"][0]["id"]
    page.locator(f"#iki-{pk}-nilai").fill("8")
    expect(page.locator(f"#capaian-iki-{pk}")).to_contain_text("80,00 %")
    expect(page.locator(f"#iki-{pk}-rtl")).to_be_visible()
    expect(page.locator(f"#iki-{pk}-faktor_pendukung")).to_be_hidden()
    expect(page.locator("#samping")).to_contain_text("80,00 %")
    page.locator(f"#iki-{pk}-nilai").fill("10,5")
    expect(page.locator(f"#capaian-iki-{pk}")).to_contain_text("105,00 %")
    expect(page.locator(f"#iki-{pk}-faktor_pendukung")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["skrip", "tanpa-skrip"])
def test_evidence_is_uploaded_and_removed_beside_its_row(visit: Visit, kota: Kota, javascript: bool) -> None:
    kerjakan(kota.laporan, kota.asn, isian_renaksi(kota.laporan))
    page = visit(kota.asn, javascript=javascript).open(reverse("tugas", args=[open_item(kota.laporan).pk]))
    pk = isian_skp(kota.laporan)["iki"][0]["id"]
    kotak = page.locator(f"#bukti-iki-{pk}")
    kotak.locator("input[type=file]").set_input_files(
        {"name": "laporan.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    if not javascript:
        page.locator(".actions button[value=draf]").click()
    expect(kotak.get_by_role("link", name="laporan.pdf")).to_be_visible()
    kotak.get_by_role("button", name="Hapus laporan.pdf").click()
    expect(kotak.get_by_text("Belum ada bukti dukung.")).to_be_visible()


def test_a_return_at_skp_reopens_skp_and_keeps_the_renaksi_approval(visit: Visit, kota: Kota) -> None:
    laporan = isi_sampai_ajukan(kota)
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_renaksi"))
    page = visit(kota.atasan).open(reverse("kotak-masuk-tugas", args=[open_item(laporan).pk]))
    pertama, *lain = isian_skp(laporan)["iki"]
    baris = page.locator(f"#iki-{pertama['id']}")
    baris.get_by_label("Perbaiki").check()
    baris.get_by_label("Catatan perbaikan").fill("Sebutkan nomor suratnya.")
    for row in lain:
        page.locator(f"#iki-{row['id']}").get_by_label("Setuju").check()
    kirim(page.get_by_role("button", name="Kembalikan 1"))
    asn = visit(kota.asn).open("/")
    asn.get_by_role("link", name="Perbaiki").click()
    expect(asn.get_by_text("Sebutkan nomor suratnya.")).to_be_visible()
    expect(asn.locator(".steps [aria-current=step]")).to_contain_text("SKP")
    expect(asn.locator(".actions button[value=kembali]")).to_have_count(0)
    kota.laporan.refresh_from_db()
    assert (kota.laporan.status_renaksi, kota.laporan.status_pks) == ("disetujui", "perlu_diperiksa")


def test_the_plt_decides_while_the_atasan_is_away_and_the_atasan_hears_of_it(visit: Visit, kota: Kota) -> None:
    laporan = isi_sampai_ajukan(kota)
    plt = buat_pegawai("Sinta Pengganti")
    dudukkan(plt, kota.dinas.posisi_kabid, jenis="PLT", sampai=timezone.localdate() + timedelta(days=30))
    item = open_item(laporan)
    terlambat = visit(kota.atasan)
    terlambat.open(reverse("kotak-masuk-tugas", args=[item.pk]))
    page = visit(plt.user).open("/")
    page.get_by_role("link", name="Buka kotak masuk").click()
    page.get_by_role("link", name=kota.dinas.staf.nama).click()
    kirim(page.get_by_role("button", name="Setujui yang tanpa peringatan"))
    kirim(page.get_by_role("button", name="Setujui, lanjut ke SKP"))
    assert open_item(laporan).step == "tinjau_skp"
    for radio in terlambat.page.locator("input[type=radio][value=setuju]").all():
        radio.check()
    with terlambat.page.expect_response(lambda jawab: jawab.status == 409):
        terlambat.page.get_by_role("button", name="Setujui, lanjut ke SKP").click()
    expect(terlambat.page.get_by_text("sudah diubah oleh Sinta Pengganti pukul")).to_be_visible()
    terlambat.noise.clear()  # the browser itself notes the refused post on its console


def test_on_a_phone_the_detail_takes_the_page_and_back_shows_the_list(visit: Visit, kota: Kota) -> None:
    laporan = isi_sampai_ajukan(kota)
    page = visit(kota.atasan, phone=True).open("/kotak-masuk/")
    page.get_by_role("link", name=kota.dinas.staf.nama).click()
    expect(page.locator("#detail")).to_be_visible()
    expect(page.locator("#daftar")).to_be_hidden()
    page.locator("#detail").get_by_role("link", name="Kotak masuk").click()
    expect(page.locator("#daftar")).to_be_visible()
    assert open_item(laporan).step == "tinjau_renaksi"


def test_many_are_approved_at_once(visit: Visit, kota: Kota) -> None:
    laporan = isi_sampai_ajukan(kota)
    page = visit(kota.atasan).open("/kotak-masuk/")
    page.locator("input[name=butir]").check()
    page.get_by_role("button", name="Setujui terpilih (1)").click()
    expect(page.get_by_text("1 butir disetujui.")).to_be_visible()
    assert open_item(laporan).step == "tinjau_skp"


def test_without_a_network_the_text_stays_in_the_browser(visit: Visit, kota: Kota) -> None:
    visitor = visit(kota.asn)
    page = visitor.open(reverse("tugas", args=[open_item(kota.laporan).pk]))
    visitor.context.set_offline(True)
    page.locator("textarea[name$='-keterangan']").first.fill("Ditulis tanpa sambungan.")
    expect(page.locator("#status-draf")).to_contain_text("Isian disimpan di peramban ini")
    visitor.context.set_offline(False)
    expect(page.locator("#status-draf")).to_contain_text("Tersimpan otomatis pukul", timeout=15_000)
    visitor.noise.clear()  # the browser notes the lost connection
    again = visit(kota.asn).open(page.url.removeprefix(visitor.base))
    expect(again.locator("textarea[name$='-keterangan']").first).to_have_value("Ditulis tanpa sambungan.")
