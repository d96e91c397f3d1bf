"""Periods for those who compute, approve and pay: who sees which OPD, what is missing, downloads, annual sheet of an OPD."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from backend.accounts.models import User
from backend.kinerja.models import LaporanPeriode
from backend.platform import outbox
from backend.platform.models import Job
from backend.presensi.models import RekapBulan
from backend.tpp import queries
from backend.tpp.enums import StatusPeriode
from backend.tpp.models import Hasil, PelepasanPredikat, Periode
from backend.tpp.services import periode as layanan
from backend.web.tpp_kata import langkah_hasil, rupiah, susun
from backend.workflow import timers
from tests.factories_kepegawaian import beri_peran, buat_dinas, buat_unor, buat_user
from tests.factories_kinerja import lewatkan
from tests.factories_tpp import APRIL, MARET, Kantor, isi_bulan, paksa
from tests.web.conftest import Masuk
from tests.web.tpp.conftest import Panggung

HALAMAN = ("tpp-periode", "tpp-rekap")


def unduhan(browser: Client, url: str) -> bytes:
    """Start an export, run it, and fetch its file."""
    kerja = browser.post(url)
    assert kerja.status_code == 302
    outbox.drain()
    jawab = browser.get(f"{kerja['Location']}unduh/")
    assert jawab.status_code == 200
    isi = b"".join(jawab.streaming_content)
    for tutup in jawab._resource_closers:
        tutup()
    return isi


# --- Who sees what ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nama", HALAMAN)
def test_pay_of_an_opd_is_for_tpp_roles_only(panggung: Panggung, masuk: Masuk, nama: str) -> None:
    tu = buat_user()
    beri_peran(tu, "tu", panggung.kantor.opd)
    boleh = {
        panggung.admin: 200,
        panggung.kepala: 200,
        panggung.bkpsdm: 200,
        panggung.bendahara: 200,
        panggung.staf: 403,
        tu: 403,
    }
    assert {user: masuk(user).get(reverse(nama)).status_code for user in boleh} == boleh


def test_another_opd_is_not_there(panggung: Panggung, masuk: Masuk) -> None:
    lain = buat_dinas("Dinas Lain", kota=panggung.kantor.dinas)
    admin = buat_user()
    beri_peran(admin, "admin_opd", lain.opd)
    browser = masuk(admin)
    for nama in ("tpp-periode-detail", "tpp-periode-orang"):
        assert browser.get(reverse(nama, args=[panggung.periode.pk])).status_code == 404
    assert browser.post(reverse("tpp-periode-hitung", args=[panggung.periode.pk])).status_code == 404
    assert browser.get(reverse("tpp-rekap") + f"?opd={panggung.kantor.opd.pk}").status_code == 404
    assert panggung.kantor.opd.nama not in browser.get(reverse("tpp-periode") + "?bulan=2025-03").content.decode()


def test_a_person_sees_no_period_page_through_his_own_result(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    assert masuk(panggung.staf).get(reverse("tpp-periode-detail", args=[panggung.periode.pk])).status_code == 403


def test_the_list_costs_the_same_for_one_opd_and_for_many(panggung: Panggung, masuk: Masuk) -> None:
    browser, url = masuk(panggung.bkpsdm), reverse("tpp-periode") + "?bulan=2025-03"
    browser.get(url)
    with CaptureQueriesContext(connection) as satu:
        browser.get(url)
    for nomor in range(4):
        opd = buat_unor(f"Dinas {nomor}", induk=panggung.kantor.dinas.kota, is_opd=True)
        layanan.buka(opd, bulan=MARET, aliran=panggung.kantor.aliran, oleh=None, mulai_proses=False)
    with CaptureQueriesContext(connection) as banyak:
        browser.get(url)
    assert len(satu) == len(banyak)


def test_people_and_period_pages_cost_the_same_for_more_people(panggung: Panggung, masuk: Masuk) -> None:
    browser = masuk(panggung.admin)
    urls = [reverse(nama, args=[panggung.periode.pk]) for nama in ("tpp-periode-detail", "tpp-periode-orang")]
    for url in urls:
        browser.get(url)
        with CaptureQueriesContext(connection) as semua:
            browser.get(url)
        # rows of the page leave, the statements stay
        paksa(Hasil.objects.filter(periode=panggung.periode, pegawai=panggung.kantor.dinas.kabid), nama="Zz")
        with CaptureQueriesContext(connection) as lagi:
            browser.get(url)
        assert len(semua) == len(lagi) <= 30


# --- Opening and computing ----------------------------------------------------------------------------------------------------


def test_the_admin_opens_a_month_and_it_is_computed_in_the_background(panggung: Panggung, masuk: Masuk) -> None:
    paksa(Periode.objects.filter(pk=panggung.periode.pk), status=StatusPeriode.DITOLAK)
    browser, url = masuk(panggung.admin), reverse("tpp-periode-buka")
    kantor = panggung.kantor
    isian = {"opd": kantor.opd.pk, "bulan": "2025-03", "aliran": kantor.aliran.pk, "run": "BULANAN"}
    assert browser.get(url + "?bulan=2025-03").status_code == 200
    jawab = browser.post(url + "?bulan=2025-03", isian)
    assert jawab.status_code == 302
    outbox.drain()
    baru = Periode.objects.hidup().get(bulan=MARET)
    assert (baru.status, baru.jumlah_pegawai) == (StatusPeriode.DIHITUNG, 4)
    halaman = browser.get(jawab["Location"]).content.decode()
    assert rupiah(baru.total["neto"]) in halaman
    assert "Periksa dan terbitkan" in halaman


def test_a_month_that_exists_is_refused_with_a_reason(panggung: Panggung, masuk: Masuk) -> None:
    kantor = panggung.kantor
    isian = {"opd": kantor.opd.pk, "bulan": "2025-03", "aliran": kantor.aliran.pk, "run": "BULANAN"}
    jawab = masuk(panggung.admin).post(reverse("tpp-periode-buka") + "?bulan=2025-03", isian)
    assert jawab.status_code == 422
    assert "sudah dibuka" in jawab.content.decode()


def test_only_the_admin_opd_opens_and_computes(panggung: Panggung, masuk: Masuk) -> None:
    for user in (panggung.bkpsdm, panggung.bendahara, panggung.kepala):
        assert masuk(user).get(reverse("tpp-periode-buka")).status_code == 403
        assert masuk(user).post(reverse("tpp-periode-hitung", args=[panggung.periode.pk])).status_code == 403


def test_computing_again_goes_through_the_process_and_counts(panggung: Panggung, masuk: Masuk) -> None:
    browser = masuk(panggung.admin)
    browser.post(reverse("tpp-periode-hitung", args=[panggung.periode.pk]))
    job = Job.objects.filter(jenis=layanan.HITUNG, status="antri").get()
    kartu = browser.get(reverse("tpp-pekerjaan", args=[job.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "Menunggu giliran" in kartu
    outbox.drain()
    panggung.periode.refresh_from_db()
    assert (panggung.periode.hitungan_ke, panggung.periode.status) == (2, StatusPeriode.DIHITUNG)
    assert panggung.item().step == "terbitkan_tpp"


def test_who_is_kept_out_is_listed_with_the_reason(panggung: Panggung, masuk: Masuk) -> None:
    staf = panggung.kantor.dinas.staf
    paksa(RekapBulan.objects.filter(pegawai=staf, bulan=MARET), status="TERBUKA")
    browser = masuk(panggung.admin)
    browser.post(reverse("tpp-periode-hitung", args=[panggung.periode.pk]))
    outbox.drain()
    halaman = browser.get(reverse("tpp-periode-detail", args=[panggung.periode.pk])).content.decode()
    assert staf.nama in halaman
    assert "SY-02" in halaman
    assert "Menahan" in halaman


def test_the_head_pays_a_month_without_predikat_and_nobody_else(panggung: Panggung, masuk: Masuk) -> None:
    staf = panggung.kantor.dinas.staf
    paksa(LaporanPeriode.objects.filter(pegawai=staf), status="draf_renaksi", final_at=None)
    masuk(panggung.admin).post(reverse("tpp-periode-hitung", args=[panggung.periode.pk]))
    outbox.drain()
    url = reverse("tpp-periode-lepas", args=[panggung.periode.pk, staf.pk])
    assert masuk(panggung.admin).get(url).status_code == 403
    kepala = masuk(panggung.kepala)
    assert url in kepala.get(reverse("tpp-periode-detail", args=[panggung.periode.pk])).content.decode()
    assert kepala.post(url, {"alasan": "Bulan pertama sesudah pindah instansi."}).status_code == 302
    assert PelepasanPredikat.objects.get().pegawai == staf


def test_a_susulan_pays_the_difference_of_a_corrected_fact(panggung: Panggung, masuk: Masuk) -> None:
    kantor, staf = panggung.kantor, panggung.kantor.dinas.staf
    paksa(RekapBulan.objects.filter(pegawai=staf, bulan=MARET), per_kode={"TK": 2})
    paksa(Periode.objects.filter(pk=panggung.periode.pk), status=StatusPeriode.DITOLAK)
    maret = kantor.kunci(kantor.buka())
    isi_bulan(kantor.orang, APRIL)
    browser = masuk(panggung.admin)
    isian = {
        "opd": kantor.opd.pk, "bulan": "2025-03", "aliran": kantor.aliran.pk, "run": "SUSULAN", "bulan_bayar": "2025-03",
        "alasan": "Surat tugas dua hari terlambat diterima.", "dasar_nomor": "094/12",
    }  # fmt: skip
    assert browser.post(reverse("tpp-periode-buka") + "?bulan=2025-03", isian).status_code == 302
    outbox.drain()
    susulan = Periode.objects.get(run="SUSULAN")
    url = reverse("tpp-periode-koreksi", args=[susulan.pk])
    koreksi = {"pegawai": staf.pk, "kejadian": "-", "alasan": "Dua hari itu dinas luar bersurat."}
    assert browser.post(url, {**koreksi, "kejadian": "XX 1"}).status_code == 422
    assert browser.post(url, {**koreksi, "kejadian": ""}).status_code == 422
    assert browser.post(url, koreksi).status_code == 302
    browser.post(reverse("tpp-periode-hitung", args=[susulan.pk]))
    outbox.drain()
    beda = Hasil.objects.get(periode=susulan, pegawai=staf)
    lama = Hasil.objects.get(periode=maret, pegawai=staf)
    assert beda.bruto == lama.pagu - lama.bruto > 0
    baris = susun(beda, langkah_hasil(beda), [])
    assert baris[-1].jumlah == beda.neto
    assert beda.bruto + sum(satu.jumlah for satu in baris[2:-1]) == beda.neto
    assert browser.get(reverse("tpp-hasil", args=[susulan.pk, staf.pk])).status_code == 200
    assert (
        "Dua hari itu dinas luar bersurat."
        in browser.get(reverse("tpp-periode-detail", args=[susulan.pk])).content.decode()
    )


# --- The inbox -------------------------------------------------------------------------------------------------------------------


def putuskan(masuk: Masuk, panggung: Panggung, user: User | None, **isian: str) -> str:
    """Decide the open step of the period in the inbox; the state after it."""
    item = panggung.item()
    url = reverse("kotak-masuk-tugas", args=[item.pk])
    browser = masuk(user)
    halaman = browser.get(url).content.decode()
    assert reverse("tpp-periode-detail", args=[panggung.periode.pk]) in halaman
    jawab = browser.post(url, {"rev": str(item.instance.rev), "aksi": "lanjut", **isian})
    assert jawab.status_code == 302, jawab.content.decode()
    outbox.drain()
    panggung.periode.refresh_from_db()
    return panggung.periode.status


def test_kepala_bkpsdm_and_bendahara_decide_in_their_inbox(panggung: Panggung, masuk: Masuk) -> None:
    panggung.terbitkan()
    lewatkan(panggung.instance, timedelta(days=10))
    timers.run_due()
    outbox.drain()
    surat = {"keputusan": "setuju", "pengantar_nomor": "900/7", "pengantar_tanggal": "2025-04-09", "alasan": ""}
    assert putuskan(masuk, panggung, panggung.kepala, **surat) == StatusPeriode.VERIFIKASI
    assert putuskan(masuk, panggung, panggung.bkpsdm, keputusan="setuju", alasan="") == StatusPeriode.KEUANGAN
    assert putuskan(masuk, panggung, panggung.bendahara, keputusan="kunci", alasan="") == StatusPeriode.TERKUNCI
    sp2d = {"sp2d_nomor": "SP2D-9", "sp2d_tanggal": "2025-04-15"}
    assert putuskan(masuk, panggung, panggung.bendahara, **sp2d) == StatusPeriode.DIBAYAR
    halaman = masuk(panggung.bkpsdm).get(reverse("tpp-periode-detail", args=[panggung.periode.pk])).content.decode()
    assert "900/7" in halaman
    assert "SP2D-9" in halaman
    assert panggung.periode.checksum in halaman


# --- Downloads --------------------------------------------------------------------------------------------------------------------


def test_the_nominatif_adds_up_to_the_period(panggung: Panggung, masuk: Masuk) -> None:
    url = reverse("tpp-periode-unduh", args=[panggung.periode.pk, "nominatif"])
    lembar = load_workbook(io.BytesIO(unduhan(masuk(panggung.admin), url))).active
    assert lembar is not None
    rows = [row for row in lembar.iter_rows(values_only=True) if isinstance(row[0], int)]
    jumlah = next(row for row in lembar.iter_rows(values_only=True) if row[1] == f"Jumlah {panggung.kantor.opd}")
    assert len(rows) == panggung.periode.jumlah_pegawai == 4
    bersih = 19
    assert sum(row[bersih] for row in rows) == jumlah[bersih] == panggung.periode.total["neto"]
    for row in (*rows, jumlah):
        assert row[11] == sum(row[5:11])  # the criteria make the TPP
        assert row[13] == row[11] + row[12]
        assert row[bersih] == row[13] - row[18]


def test_the_bank_file_waits_for_the_lock(kantor: Kantor, masuk: Masuk) -> None:
    admin = buat_user()
    beri_peran(admin, "admin_opd", kantor.opd)
    periode = kantor.hitung(kantor.buka())
    url = reverse("tpp-periode-unduh", args=[periode.pk, "bank"])
    assert masuk(admin).post(url).status_code == 404
    periode = kantor.kunci(periode)
    rows = list(csv.DictReader(io.StringIO(unduhan(masuk(admin), url).decode("utf-8-sig"))))
    assert sum(int(row["jumlah"]) for row in rows) == periode.total["neto"]


@pytest.mark.parametrize("jenis", ["sptjm", "pengantar"])
def test_letters_carry_the_sum_of_the_period(panggung: Panggung, masuk: Masuk, jenis: str) -> None:
    jawab = masuk(panggung.admin).post(reverse("tpp-periode-unduh", args=[panggung.periode.pk, jenis]))
    with zipfile.ZipFile(io.BytesIO(jawab.content)) as paket:
        teks = paket.read("word/document.xml").decode()
    assert rupiah(panggung.periode.total["neto"]) in teks
    assert panggung.kantor.dinas.kepala.nama in teks


def test_a_job_of_others_is_not_there(panggung: Panggung, masuk: Masuk) -> None:
    jawab = masuk(panggung.admin).post(reverse("tpp-periode-unduh", args=[panggung.periode.pk, "nominatif"]))
    assert masuk(panggung.bkpsdm).get(jawab["Location"]).status_code == 404


# --- Annual sheet of an OPD --------------------------------------------------------------------------------------------------------


def test_the_sheet_of_an_opd_adds_up_its_locked_months(kantor: Kantor, masuk: Masuk) -> None:
    isi_bulan(kantor.orang, APRIL)
    maret, _ = kantor.kunci(kantor.buka()), kantor.hitung(kantor.buka(APRIL))
    admin = buat_user()
    beri_peran(admin, "admin_opd", kantor.opd)
    baris = queries.lembar_opd(admin, kantor.opd, 2025)
    assert sum(satu.total for satu in baris) == maret.total["neto"]
    assert {tuple(satu.neto) for satu in baris} == {("3",)}
    browser, url = masuk(admin), reverse("tpp-rekap") + f"?opd={kantor.opd.pk}&tahun=2025"
    assert rupiah(maret.total["neto"]) in browser.get(url).content.decode()
    lembar = load_workbook(io.BytesIO(unduhan(browser, url))).active
    assert lembar is not None
    terakhir = list(lembar.iter_rows(values_only=True))[-1]
    assert terakhir[-1] == maret.total["neto"]


def test_the_sheet_of_an_opd_costs_the_same_for_one_month_and_for_two(kantor: Kantor, masuk: Masuk) -> None:
    isi_bulan(kantor.orang, APRIL)
    bkpsdm = buat_user()
    beri_peran(bkpsdm, "bkpsdm")
    browser, url = masuk(bkpsdm), reverse("tpp-rekap") + f"?opd={kantor.opd.pk}&tahun=2025"
    banyak = []
    for bulan in (MARET, APRIL):
        kantor.kunci(kantor.buka(bulan))
        browser.get(url)
        with CaptureQueriesContext(connection) as terpakai:
            browser.get(url)
        banyak.append(len(terpakai))
    assert banyak[0] == banyak[1] <= 20


def test_who_moved_in_mid_year_stands_in_both_sheets_with_his_own_months(kantor: Kantor) -> None:
    lain = buat_unor("Dinas Tujuan", induk=kantor.dinas.kota, is_opd=True)
    isi_bulan(kantor.orang, APRIL)
    maret, april = kantor.kunci(kantor.buka()), kantor.kunci(kantor.buka(APRIL))
    paksa(Periode.objects.filter(pk=april.pk), opd=lain)
    bkpsdm = buat_user()
    beri_peran(bkpsdm, "bkpsdm")
    staf = kantor.dinas.staf
    for opd, bulan, periode in ((kantor.opd, "3", maret), (lain, "4", april)):
        satu = next(row for row in queries.lembar_opd(bkpsdm, opd, 2025) if row.pegawai == staf.pk)
        assert satu.neto == {bulan: Hasil.objects.get(periode=periode, pegawai=staf).neto}
    lembar = queries.lembar_orang(bkpsdm, staf, 2025)
    assert [satu.hasil.periode.opd for satu in lembar.baris if satu.hasil] == [kantor.opd, lain]
