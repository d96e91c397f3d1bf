"""What a person sees of his TPP: months, the explanation to the rupiah, objections, the annual sheet."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from backend.core.periode import WIB
from backend.platform import outbox
from backend.presensi.models import HadirHarian, RekapBulan
from backend.presensi.tasks import buat_partisi
from backend.rules import versions
from backend.rules.models import RuleVersion
from backend.tpp import presensi, queries
from backend.tpp.models import Hasil, Jejak, Periode, Sanggah
from backend.web.tpp_kata import Langkah, hari_kejadian, langkah_hasil, rupiah, susun
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_kinerja import PDF
from tests.factories_tpp import APRIL, MARET, Kantor, isi_bulan, paksa
from tests.pdf import teks_pdf
from tests.web.conftest import Masuk
from tests.web.tpp.conftest import Panggung

ISI = "Tanggal 10 Maret saya dinas luar, surat tugas 094/12."


def alamat(hasil: Hasil, nama: str = "tpp-hasil") -> str:
    return reverse(nama, args=[hasil.periode_id, hasil.pegawai_id])


def ubah_rekap(kantor: Kantor, kode: dict[str, int]) -> None:
    paksa(RekapBulan.objects.filter(bulan=MARET, pegawai=kantor.dinas.staf), per_kode=kode)


# --- Months -----------------------------------------------------------------------------------------------------------------


def test_a_result_is_hidden_until_it_is_published(panggung: Panggung, masuk: Masuk) -> None:
    browser = masuk(panggung.staf)
    assert "Belum ada hasil TPP" in browser.get(reverse("tpp")).content.decode()
    assert browser.get(alamat(panggung.hasil())).status_code == 404
    panggung.terbitkan()
    halaman = browser.get(reverse("tpp")).content.decode()
    assert "Maret 2025" in halaman
    assert rupiah(panggung.hasil().neto) in halaman
    assert "Masa sanggah" in halaman


def test_who_is_kept_out_reads_why(panggung: Panggung, masuk: Masuk) -> None:
    paksa(RekapBulan.objects.filter(pegawai=panggung.kantor.dinas.staf, bulan=MARET), status="TERBUKA")
    masuk(panggung.admin).post(reverse("tpp-periode-hitung", args=[panggung.periode.pk]))
    outbox.drain()
    panggung.terbitkan()
    halaman = masuk(panggung.staf).get(reverse("tpp")).content.decode()
    assert "TPP Maret 2025 tertahan" in halaman
    assert "SY-02" in halaman
    assert reverse("tpp-sanggah", args=[panggung.periode.pk]) in halaman


def test_an_account_without_a_person_is_told(db: None, masuk: Masuk) -> None:
    assert "tidak terhubung dengan pegawai" in masuk(buat_user()).get(reverse("tpp")).content.decode()


# --- The explanation ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kode",
    [{}, {"TK": 1, "TL4": 1, "APEL_SENIN": 1}, {"TL1": 3, "PSW2": 1}, {"TK": 40}],
    ids=["bersih", "g03", "kecil", "habis"],
)
def test_the_lines_add_up_to_bruto_and_to_neto(kantor: Kantor, kode: dict[str, int]) -> None:
    ubah_rekap(kantor, kode)
    periode = kantor.kunci(kantor.buka())
    for hasil in Hasil.objects.filter(periode=periode).select_related("periode"):
        baris = susun(hasil, langkah_hasil(hasil), [])
        bruto = next(i for i, satu in enumerate(baris) if satu.judul == "TPP bruto")
        assert sum(satu.jumlah for satu in baris[:bruto]) == hasil.bruto == baris[bruto].jumlah
        assert hasil.bruto + sum(satu.jumlah for satu in baris[bruto + 1 : -1]) == hasil.neto == baris[-1].jumlah


def test_too_few_effective_minutes_have_a_line_of_their_own(kantor: Kantor) -> None:
    satu = RuleVersion.objects.get(decision="tpp_bendera")
    nyala = re.sub(r'(id="BD-02_k1">\s*<text>)false', r"\1true", satu.xml)
    paksa(RuleVersion.objects.filter(pk=satu.pk), xml=nyala)
    versions.forget()
    staf = kantor.dinas.staf
    ubah_rekap(kantor, {"TL1": 2})
    rekap = RekapBulan.objects.filter(bulan=MARET)
    paksa(rekap, status="TERBUKA")
    buat_partisi(MARET)
    for orang, hari in ((staf, 10), (kantor.dinas.staf_lain, 20)):
        for ke in range(1, hari + 1):
            masuk = datetime(2025, 3, ke, 7, 30, tzinfo=WIB)
            HadirHarian.objects.create(
                pegawai=orang, tanggal=masuk.date(), opd=kantor.opd, pola="N5", status="HADIR", kode=[], penanda=[], persen=0,
                aturan=[], versi_aturan="1", dihitung_pada=masuk, jadwal_masuk=masuk, jadwal_pulang=masuk + timedelta(hours=8),
                menit_telat=5,
            )  # fmt: skip
    paksa(rekap, status="DISEGEL")
    assert presensi.menit_efektif([staf.pk, kantor.dinas.staf_lain.pk, kantor.dinas.kabid.pk], MARET) == {
        staf.pk: 10 * 475, kantor.dinas.staf_lain.pk: 20 * 475
    }  # fmt: skip
    periode = kantor.kunci(kantor.buka())
    hasil = {satu.pegawai_id: satu for satu in Hasil.objects.filter(periode=periode).select_related("periode")}
    baris = susun(hasil[staf.pk], langkah_hasil(hasil[staf.pk]), [])
    bruto = next(i for i, satu in enumerate(baris) if satu.judul == "TPP bruto")
    assert sum(satu.jumlah for satu in baris[:bruto]) == hasil[staf.pk].bruto
    jam = next(satu for satu in baris if satu.judul == "Waktu kerja efektif kurang")
    assert jam.jumlah == -round(3_400_000 * 0.7 * 0.996)
    assert "4.750 menit, kurang dari 6.750 menit" in jam.sub
    assert hasil[staf.pk].bruto == round(3_400_000 * 0.3 * 0.996)
    assert hasil[kantor.dinas.staf_lain.pk].bruto == 3_400_000


def test_every_amount_names_its_rule_version_and_legal_base(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    hasil = panggung.hasil()
    halaman = masuk(panggung.staf).get(alamat(hasil)).content.decode()
    langkah = langkah_hasil(hasil)
    assert langkah
    for satu in langkah:
        assert satu.versi is not None
        assert reverse("tpp-aturan-versi", args=[satu.versi.pk]) in halaman
        assert satu.jejak.kode_baris in halaman
    assert "Dasar hukum:" in halaman


@pytest.mark.parametrize(
    ("mode", "sebelum", "hasil", "kalimat"),
    [
        ("DOWN", "155386.44", "155386", "dibulatkan ke bawah dari 155.386,44"),
        ("HU", "3601147.2", "3601147", "dibulatkan ke rupiah terdekat dari 3.601.147,20"),
        ("HU", "100", "100", ""),
        ("-", "85.4", "85.4", ""),
    ],
)
def test_rounding_is_said_only_where_something_was_rounded(mode: str, sebelum: str, hasil: str, kalimat: str) -> None:
    jejak = Jejak(mode_bulat=mode, sebelum_bulat=Decimal(sebelum), hasil=Decimal(hasil))
    assert Langkah(jejak, None).pembulatan == kalimat


def test_a_day_of_the_attendance_is_linked_from_its_cut(kantor: Kantor, masuk: Masuk) -> None:
    staf = kantor.dinas.staf
    ubah_rekap(kantor, {"TK": 1})
    rekap = RekapBulan.objects.filter(pegawai=staf, bulan=MARET)
    paksa(rekap, status="TERBUKA")
    buat_partisi(MARET)
    HadirHarian.objects.create(
        pegawai=staf, tanggal=date(2025, 3, 10), opd=kantor.opd, pola="N5", status="TK", kode=["TK"], penanda=[],
        persen=3, aturan=["AP-TK"], versi_aturan="1", dihitung_pada=timezone.now(),
    )  # fmt: skip
    paksa(rekap, status="DISEGEL")
    periode = kantor.kunci(kantor.buka())
    hasil = Hasil.objects.get(periode=periode, pegawai=staf)
    halaman = masuk(staf.user).get(alamat(hasil)).content.decode()
    assert reverse("presensi-hari", args=[staf.pk, "2025-03-10"]) in halaman
    assert "Senin, 10 Maret 2025" in halaman


def test_days_that_do_not_fit_the_frozen_events_are_not_claimed(kantor: Kantor) -> None:
    ubah_rekap(kantor, {"TK": 2})
    periode = kantor.kunci(kantor.buka())
    hasil = Hasil.objects.get(periode=periode, pegawai=kantor.dinas.staf)
    satu_hari = HadirHarian(pegawai=kantor.dinas.staf, tanggal=date(2025, 3, 10), kode=["TK"], penanda=[])
    disiplin = next(
        b for b in susun(hasil, langkah_hasil(hasil), hari_kejadian([satu_hari])) if b.judul.startswith("Disiplin")
    )
    assert [rinci.url for rinci in disiplin.rincian] == [""]
    assert "2 kali" in disiplin.rincian[0].teks


def test_pay_is_the_persons_own_and_of_those_who_compute_it(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    auditor = buat_user()
    beri_peran(auditor, "auditor")
    url = alamat(panggung.hasil())
    boleh = {
        panggung.staf: 200,
        panggung.admin: 200,
        panggung.kepala: 200,
        panggung.bkpsdm: 200,
        panggung.bendahara: 200,
        auditor: 200,
    }
    boleh |= {panggung.kantor.dinas.kabid.user: 404, panggung.kantor.dinas.staf_lain.user: 404}
    assert {user: masuk(user).get(url).status_code for user in boleh} == boleh
    assert masuk(None).get(url).status_code == 302


def test_the_explanation_costs_a_fixed_number_of_statements(kantor: Kantor, masuk: Masuk) -> None:
    ubah_rekap(kantor, {"TL1": 4, "TK": 1, "PSW1": 2})
    isi_bulan(kantor.orang, APRIL)
    pertama, kedua = kantor.kunci(kantor.buka()), kantor.kunci(kantor.buka(APRIL))
    browser = masuk(kantor.dinas.staf.user)
    banyak = []
    for periode in (pertama, kedua, pertama):
        hasil = Hasil.objects.get(periode=periode, pegawai=kantor.dinas.staf)
        with CaptureQueriesContext(
            connection,
        ) as terpakai:
            assert browser.get(alamat(hasil)).status_code == 200
        banyak.append(len(terpakai))
    assert banyak[1] == banyak[2]
    assert banyak[2] <= 25


def test_the_page_to_print_has_every_detail_open(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    browser, url = masuk(panggung.staf), alamat(panggung.hasil())
    tertutup, terbuka = (browser.get(url + akhir).content.decode() for akhir in ("", "?rinci=1"))
    assert "<details open>" not in tertutup
    assert terbuka.count("<details open>") >= 5


def test_the_slip_holds_the_explanation(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    hasil = panggung.hasil()
    jawab = masuk(panggung.staf).get(alamat(hasil, "tpp-slip-unduh") + "?format=docx")
    assert jawab["Content-Disposition"].startswith("attachment")
    teks = _docx(jawab.content)
    assert rupiah(hasil.neto) in teks
    assert "Prestasi kerja" in teks
    assert "Dasar hukum" not in teks or "PP 12/2019" in teks
    assert masuk(panggung.kantor.dinas.staf_lain.user).get(alamat(hasil, "tpp-slip-unduh")).status_code == 404


def test_the_slip_as_pdf_says_what_the_page_says(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    hasil = panggung.hasil()
    browser = masuk(panggung.staf)
    jawab = browser.get(alamat(hasil, "tpp-slip-unduh"))
    assert (jawab["Content-Type"], jawab["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    teks = teks_pdf(jawab.content)
    for satu in susun(hasil, langkah_hasil(hasil), []):
        assert rupiah(satu.jumlah) in teks.replace("–", "−")
        for aturan in satu.aturan:
            assert " ".join(aturan.dasar.split()) in teks
    assert f"Rp{rupiah(hasil.neto)}" in teks
    assert "Dicetak" in teks
    assert alamat(hasil, "tpp-slip-unduh") in browser.get(alamat(hasil)).content.decode()


def _docx(isi: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(isi)) as paket:
        return paket.read("word/document.xml").decode()


# --- Objections -----------------------------------------------------------------------------------------------------------------


def test_an_objection_with_a_file_reaches_the_admin(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    browser = masuk(panggung.staf)
    url = reverse("tpp-sanggah", args=[panggung.periode.pk])
    assert browser.get(url).status_code == 200
    jawab = browser.post(url, {"isi": ISI, "berkas": SimpleUploadedFile("surat.pdf", PDF)})
    assert jawab.status_code == 302
    satu = Sanggah.objects.get()
    assert (satu.isi, satu.status) == (ISI, "DIAJUKAN")
    halaman = masuk(panggung.admin).get(reverse("tpp-periode-detail", args=[panggung.periode.pk])).content.decode()
    assert ISI in halaman
    berkas = reverse("tpp-sanggah-unduh", args=[satu.pk])
    diunduh = masuk(panggung.admin).get(berkas)
    assert diunduh.status_code == 200
    for tutup in diunduh._resource_closers:
        tutup()
    assert masuk(panggung.kantor.dinas.staf_lain.user).get(berkas).status_code == 404


def test_one_open_objection_at_a_time_and_with_words(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    browser, url = masuk(panggung.staf), reverse("tpp-sanggah", args=[panggung.periode.pk])
    assert browser.post(url, {"isi": "salah"}).status_code == 422
    assert browser.post(url, {"isi": ISI}).status_code == 302
    kedua = browser.post(url, {"isi": ISI})
    assert kedua.status_code == 422
    assert "masih mempunyai sanggah" in kedua.content.decode()
    assert Sanggah.objects.count() == 1


def test_after_the_days_of_objection_nothing_is_accepted(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    Periode.objects.filter(pk=panggung.periode.pk).update(sanggah_sampai=timezone.now() - timedelta(minutes=1))
    browser = masuk(panggung.staf)
    assert browser.post(reverse("tpp-sanggah", args=[panggung.periode.pk]), {"isi": ISI}).status_code == 422
    assert "Ajukan sanggah" not in browser.get(alamat(panggung.hasil())).content.decode()


def test_a_period_of_others_cannot_be_objected_to(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    url = reverse("tpp-sanggah", args=[panggung.periode.pk])
    assert masuk(panggung.bkpsdm).get(url).status_code == 404
    assert masuk(panggung.admin).post(url, {"isi": ISI}).status_code == 404


# --- Annual sheet ------------------------------------------------------------------------------------------------------------------


def test_the_annual_sheet_adds_up_locked_months_only(kantor: Kantor, masuk: Masuk) -> None:
    isi_bulan(kantor.orang, APRIL)
    maret, april = kantor.kunci(kantor.buka()), kantor.hitung(kantor.buka(APRIL))
    staf = kantor.dinas.staf
    lembar = queries.lembar_orang(staf.user, staf, 2025)
    assert lembar.total["neto"] == Hasil.objects.get(periode=maret, pegawai=staf).neto
    halaman = masuk(staf.user).get(reverse("tpp-tahunan") + "?tahun=2025").content.decode()
    assert rupiah(lembar.total["neto"]) in halaman
    admin = buat_user()
    beri_peran(admin, "admin_opd", kantor.opd)
    dilihat = masuk(admin).get(reverse("tpp-tahunan-orang", args=[staf.pk]) + "?tahun=2025").content.decode()
    assert "Belum dikunci" in dilihat
    belum = Hasil.objects.get(periode=april, pegawai=staf).neto
    assert belum == lembar.total["neto"] or rupiah(belum) not in dilihat


def test_the_annual_sheet_as_files_equals_the_page(kantor: Kantor, masuk: Masuk) -> None:
    kantor.kunci(kantor.buka())
    staf = kantor.dinas.staf
    neto = queries.lembar_orang(staf.user, staf, 2025).total["neto"]
    browser, url = masuk(staf.user), reverse("tpp-tahunan") + "?tahun=2025&unduh="
    assert rupiah(neto) in _docx(browser.get(url + "docx").content)
    assert teks_pdf(browser.get(url + "pdf").content).count(rupiah(neto)) >= 2
    lembar = load_workbook(io.BytesIO(browser.get(url + "xlsx").content)).active
    assert lembar is not None
    baris = {row[0]: row for row in lembar.iter_rows(values_only=True)}
    assert baris["Jumlah"][14] == baris["Maret"][14] == neto
    assert baris["April"][14] is None


def test_the_sheet_of_others_is_not_there(kantor: Kantor, masuk: Masuk) -> None:
    kantor.kunci(kantor.buka())
    url = reverse("tpp-tahunan-orang", args=[kantor.dinas.staf.pk])
    assert masuk(kantor.dinas.staf.user).get(url).status_code == 200
    assert masuk(kantor.dinas.staf_lain.user).get(url).status_code == 404
