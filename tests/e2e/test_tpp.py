"""TPP in a real browser: the objection path from slip to payment, and a what-if from draft to publishing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend.accounts.models import User
from backend.platform import outbox
from backend.presensi.models import RekapBulan
from backend.rules.enums import StatusAturan
from backend.rules.models import RuleVersion
from backend.tpp.enums import StatusPeriode
from backend.tpp.models import Periode
from backend.tpp.services import periode as layanan
from backend.workflow import timers
from backend.workflow.models import ProcessInstance
from tests.e2e.conftest import Visit, Visitor, kirim
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_kinerja import lewatkan
from tests.factories_tpp import MARET, Kantor, buat_kantor, paksa, terbitkan_proses


@pytest.fixture
def kantor(transactional_db: None) -> Kantor:
    return buat_kantor()


def petugas(peran: str, opd: object = None) -> User:
    user = buat_user()
    beri_peran(user, peran, opd)  # type: ignore[arg-type]  # a unit, or nothing for roles of the whole city
    return user


def baik(visitor: Visitor) -> None:
    """Accessible and as wide as the screen."""
    visitor.accessible()
    visitor.fits()


def test_an_objection_on_a_phone_leads_through_the_correction_to_payment(visit: Visit, kantor: Kantor) -> None:
    terbitkan_proses()
    admin, bkpsdm, bendahara = petugas("admin_opd", kantor.opd), petugas("bkpsdm"), petugas("bendahara")
    periode = layanan.buka(kantor.opd, bulan=MARET, aliran=kantor.aliran, oleh=admin)
    outbox.drain()

    # Admin OPD publishes
    meja = visit(admin)
    page = meja.open(f"/kelola/tpp/{periode.pk}/")
    baik(meja)
    page.get_by_role("link", name="Periksa dan terbitkan").click()
    page.get_by_label("Terbitkan untuk disanggah").check()
    kirim(page.locator(".actions button[value='lanjut']"))

    # The ASN asks why, and objects
    asn = kantor.dinas.staf.user
    alamat = f"/tpp/{periode.pk}/{kantor.dinas.staf.pk}/"
    ponsel = visit(asn, phone=True)
    page = ponsel.open("/tpp/")
    baik(ponsel)
    page.get_by_role("link", name="Maret 2025").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mengapa TPP saya sekian?")
    page.locator("summary").first.click()
    expect(page.get_by_text("Aturan BS-07", exact=False).first).to_be_visible()
    baik(ponsel)
    page.get_by_role("link", name="Ajukan sanggah").click()
    page.get_by_label("Apa yang tidak sesuai?").fill("Predikat saya bulan itu Sangat Baik menurut penilaian akhir.")
    baik(ponsel)
    kirim(page.get_by_role("button", name="Kirim sanggah"))
    expect(page).to_have_url(ponsel.base + alamat)
    expect(page.get_by_text("Diajukan").first).to_be_visible()

    # The days pass; the admin answers, and the result is computed again
    lewatkan(ProcessInstance.objects.get(business_key=str(periode.pk)), timedelta(days=10))
    timers.run_due()
    outbox.drain()
    page = meja.open("/kotak-masuk/")
    page.locator("#daftar a", has_text="Koreksi dan putuskan sanggah").click()
    page.get_by_label("Tolak").check()
    page.get_by_label("Jawaban").fill("Predikat final pada berkas tetap Baik.")
    baik(meja)
    kirim(page.locator(".actions button[value='lanjut']"))
    outbox.drain()
    periode.refresh_from_db()
    assert periode.status == StatusPeriode.SIAP_SETUJU

    # Kepala OPD, BKPSDM, bendahara
    for user, langkah in (
        (kantor.dinas.kepala.user, "Setujui"),
        (bkpsdm, "Setuju"),
        (bendahara, "Terima dan kunci"),
        (bendahara, ""),
    ):
        _putuskan(visit(user), langkah)
    periode.refresh_from_db()
    assert (periode.status, periode.sp2d_nomor) == (StatusPeriode.DIBAYAR, "SP2D-1")
    page = ponsel.open(alamat)  # the same page, whichever computation it shows
    expect(page.get_by_text("Predikat final pada berkas tetap Baik.")).to_be_visible()
    expect(page.get_by_text("Dibayar").first).to_be_visible()


def _putuskan(visitor: Visitor, pilihan: str) -> None:
    """Decide the one item of an inbox."""
    page = visitor.open("/kotak-masuk/")
    page.locator("#daftar a", has_text="TPP Maret 2025").first.click()
    if pilihan:
        page.locator("label", has_text=re.compile(rf"^\s*{pilihan}")).first.click()
    if page.get_by_label("Nomor surat pengantar").count():
        page.get_by_label("Nomor surat pengantar").fill("900/7")
        page.get_by_label("Tanggal surat pengantar").fill("2025-04-09")
    if page.get_by_label("Nomor SP2D").count():
        page.get_by_label("Nomor SP2D").fill("SP2D-1")
        page.get_by_label("Tanggal SP2D").fill("2025-04-15")
    baik(visitor)
    kirim(page.locator(".actions button[value='lanjut']"))
    outbox.drain()


def test_a_draft_is_tried_before_a_second_person_publishes_it(visit: Visit, kantor: Kantor) -> None:
    paksa(RekapBulan.objects.filter(bulan=MARET, pegawai=kantor.dinas.staf), per_kode={"TK": 2})
    kantor.kunci(kantor.buka())
    penyusun, kedua = petugas("bkpsdm"), petugas("bkpsdm")
    lama = RuleVersion.objects.get(decision="absen_potongan")
    awal, tanda, akhir = lama.xml.partition('id="AP-TK_k1"')

    meja = visit(penyusun)
    page = meja.open("/kelola/aturan/")
    baik(meja)
    page.get_by_role("link", name="Draf dari berkas").click()
    page.get_by_label("Tabel").select_option("absen_potongan")
    isi = (awal + tanda + akhir.replace("<text>3</text>", "<text>4</text>", 1)).encode()
    kasus = lama.kasus.replace("\nTK,,,false,3", "\nTK,,,false,4").encode()
    page.get_by_label("Berkas").set_input_files({"name": "draf.dmn", "mimeType": "text/xml", "buffer": isi})
    page.get_by_label("Contoh uji").set_input_files({"name": "kasus.csv", "mimeType": "text/csv", "buffer": kasus})
    page.get_by_label("Dasar hukum").fill("Peraturan contoh nomor 1 tahun 2025")
    page.get_by_label("Berlaku mulai").fill("2025-05-01")
    baik(meja)
    kirim(page.get_by_role("button", name="Periksa dan simpan draf"))
    expect(page.get_by_text("Draf, belum berlaku")).to_be_visible()
    baik(meja)
    page.get_by_role("link", name="Coba dampaknya").click()
    baik(meja)
    kirim(page.get_by_role("button", name="Hitung dampaknya"))
    outbox.drain()
    page.reload()
    page.get_by_role("link", name="Lihat hasil percobaan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hasil percobaan aturan")
    expect(page.locator("svg.plot")).to_be_visible()
    expect(page.get_by_text(kantor.dinas.staf.nama)).to_be_visible()
    baik(meja)
    alamat = page.url.removeprefix(meja.base)

    ponsel = visit(kedua, phone=True)
    page = ponsel.open(alamat)
    baik(ponsel)
    page.get_by_role("link", name=re.compile("Potongan presensi versi 2")).click()
    baik(ponsel)
    kirim(page.get_by_role("button", name="Terbitkan"))
    expect(page.get_by_text("berlaku mulai 01-05-2025")).to_be_visible()
    assert RuleVersion.objects.get(decision="absen_potongan", nomor=2).status == StatusAturan.LIVE
    assert Periode.objects.get().terkunci
