"""Rules on the pages: drafts from files, what-if before publishing, a second person, and who may read what."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from backend.accounts.models import User
from backend.platform import outbox
from backend.presensi.models import RekapBulan
from backend.rules.enums import StatusAturan
from backend.rules.models import RuleVersion
from backend.tpp.models import Simulasi
from backend.tpp.services import simulasi
from backend.web.tpp_kata import selisih
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_tpp import MARET, Kantor, paksa
from tests.web.conftest import Masuk
from tests.web.tpp.test_periode import unduhan

MULAI = "2025-05-01"
DASAR = "Peraturan contoh nomor 1 tahun 2025"


@pytest.fixture
def petugas(kantor: Kantor) -> tuple[User, User]:
    """Two people of BKPSDM."""
    dua = buat_user(), buat_user()
    for user in dua:
        beri_peran(user, "bkpsdm")
    return dua


def tk_empat() -> str:
    """absen_potongan with 4 % for a day without notice."""
    xml = RuleVersion.objects.get(decision="absen_potongan").xml
    awal, pisah, akhir = xml.partition('id="AP-TK_k1"')
    return awal + pisah + akhir.replace("<text>3</text>", "<text>4</text>", 1)


def unggah(
    masuk: Masuk, user: User, *, tabel: str = "absen_potongan", isi: str | None = None, **lain: object
) -> RuleVersion:
    """Upload a draft as a file; examples of its own, since those of the old rates no longer hold."""
    kasus = (
        RuleVersion.objects.get(decision="absen_potongan").kasus.replace("\nTK,,,false,3", "\nTK,,,false,4")
        if isi is None
        else ""
    )
    data = {
        "tabel": tabel, "berkas": SimpleUploadedFile("draf.dmn", (isi or tk_empat()).encode()), "dasar_hukum": DASAR,
        "berlaku_mulai": MULAI, "kasus": SimpleUploadedFile("kasus.csv", kasus.encode()), **lain,
    }  # fmt: skip
    if not kasus:
        data.pop("kasus")
    jawab = masuk(user).post(reverse("tpp-aturan-unggah"), data)
    assert jawab.status_code == 302, jawab.content.decode()
    return RuleVersion.objects.get(status=StatusAturan.DRAFT)


def terkunci(kantor: Kantor, kode: dict[str, int]) -> None:
    """March locked, the staf with these events."""
    paksa(RekapBulan.objects.filter(bulan=MARET, pegawai=kantor.dinas.staf), per_kode=kode)
    kantor.kunci(kantor.buka())


# --- Reading -------------------------------------------------------------------------------------------------------------------


def test_the_list_names_every_table_in_one_statement_more_or_less(
    petugas: tuple[User, User], masuk: Masuk, kantor: Kantor
) -> None:
    browser, url = masuk(petugas[0]), reverse("tpp-aturan")
    halaman = browser.get(url).content.decode()
    assert "Potongan presensi" in halaman
    assert "tpp_besaran:TPP" in halaman
    with CaptureQueriesContext(connection) as sebelum:
        browser.get(url)
    unggah(masuk, petugas[0])
    with CaptureQueriesContext(connection) as sesudah:
        browser.get(url)
    assert len(sebelum) == len(sesudah)


def test_everybody_reads_what_rules_and_only_its_keepers_a_draft(
    petugas: tuple[User, User], kantor: Kantor, masuk: Masuk
) -> None:
    berlaku = RuleVersion.objects.get(decision="tpp_predikat")
    draf = unggah(masuk, petugas[0])
    asn = masuk(kantor.dinas.staf.user)
    halaman = asn.get(reverse("tpp-aturan-versi", args=[berlaku.pk])).content.decode()
    assert 'id="baris-PR-3"' in halaman
    assert berlaku.dasar_hukum in halaman
    assert asn.get(reverse("tpp-aturan-versi", args=[draf.pk])).status_code == 404
    assert asn.get(reverse("tpp-aturan-unduh", args=[draf.pk])).status_code == 404
    assert asn.get(reverse("tpp-aturan")).status_code == 403
    assert masuk(petugas[1]).get(reverse("tpp-aturan-versi", args=[draf.pk])).status_code == 200


def test_a_data_table_goes_out_and_comes_back_as_csv(petugas: tuple[User, User], masuk: Masuk) -> None:
    ada = RuleVersion.objects.get(decision="tpp_besaran")
    teks = masuk(petugas[0]).get(reverse("tpp-aturan-unduh", args=[ada.pk])).content.decode("utf-8-sig")
    assert teks.splitlines()[0].startswith("kode,jabatan,kelas,opd,basic")
    draf = unggah(masuk, petugas[0], tabel="tpp_besaran:TPP", isi=teks)
    assert (draf.sha256, draf.aliran, draf.nomor) == (ada.sha256, "TPP", 2)


# --- Drafts -----------------------------------------------------------------------------------------------------------------------


def test_a_broken_file_is_refused_with_a_reason(petugas: tuple[User, User], masuk: Masuk) -> None:
    data = {
        "tabel": "absen_potongan", "berkas": SimpleUploadedFile("x.dmn", b"<a/>"), "dasar_hukum": DASAR, "berlaku_mulai": MULAI,
    }  # fmt: skip
    jawab = masuk(petugas[0]).post(reverse("tpp-aturan-unggah"), data)
    assert jawab.status_code == 422
    assert not RuleVersion.objects.filter(status=StatusAturan.DRAFT).exists()


def test_a_file_of_another_table_is_refused(petugas: tuple[User, User], masuk: Masuk) -> None:
    data = {
        "tabel": "tpp_predikat", "berkas": SimpleUploadedFile("x.dmn", tk_empat().encode()), "dasar_hukum": DASAR,
        "berlaku_mulai": MULAI,
    }  # fmt: skip
    assert masuk(petugas[0]).post(reverse("tpp-aturan-unggah"), data).status_code == 422


def test_bytes_that_are_no_text_are_refused(petugas: tuple[User, User], masuk: Masuk) -> None:
    data = {
        "tabel": "tpp_predikat", "berkas": SimpleUploadedFile("x.dmn", b"\xff\xfe\x00"), "dasar_hukum": DASAR, "berlaku_mulai": MULAI,
    }  # fmt: skip
    assert masuk(petugas[0]).post(reverse("tpp-aturan-unggah"), data).status_code == 422


def test_last_years_tables_become_drafts_once(petugas: tuple[User, User], masuk: Masuk) -> None:
    browser, url = masuk(petugas[0]), reverse("tpp-aturan-salin")
    assert browser.post(url, {"tahun": 2026}).status_code == 302
    banyak = RuleVersion.objects.filter(status=StatusAturan.DRAFT, berlaku_mulai=date(2026, 1, 1)).count()
    assert banyak > 15
    browser.post(url, {"tahun": 2026})
    assert RuleVersion.objects.filter(status=StatusAturan.DRAFT).count() == banyak


# --- Publishing ---------------------------------------------------------------------------------------------------------------------


def test_publishing_needs_a_what_if_and_a_second_person(
    petugas: tuple[User, User], kantor: Kantor, masuk: Masuk
) -> None:
    terkunci(kantor, {"TK": 1})
    penyusun, kedua = petugas
    draf = unggah(masuk, penyusun)
    url = reverse("tpp-aturan-terbitkan", args=[draf.pk])
    assert "belum pernah disimulasikan" in masuk(kedua).post(url, follow=True).content.decode()
    simulasi.jalankan([draf], bulan=[MARET], oleh=penyusun)
    assert "harus orang lain" in masuk(penyusun).post(url, follow=True).content.decode()
    assert "Terbitkan" not in masuk(penyusun).get(reverse("tpp-aturan-versi", args=[draf.pk])).content.decode()
    draf.refresh_from_db()
    assert draf.status == StatusAturan.DRAFT
    masuk(kedua).post(url)
    draf.refresh_from_db()
    assert draf.status == StatusAturan.LIVE


def test_other_roles_neither_draft_nor_publish(petugas: tuple[User, User], kantor: Kantor, masuk: Masuk) -> None:
    draf = unggah(masuk, petugas[0])
    auditor = buat_user()
    beri_peran(auditor, "auditor")
    for nama, args in (("tpp-aturan-terbitkan", [draf.pk]), ("tpp-aturan-unggah", []), ("tpp-simulasi-baru", [])):
        assert masuk(auditor).post(reverse(nama, args=args)).status_code == 403


# --- What-if ---------------------------------------------------------------------------------------------------------------------------


def test_a_what_if_runs_in_the_background_and_shows_who_wins_and_loses(
    petugas: tuple[User, User], kantor: Kantor, masuk: Masuk
) -> None:
    terkunci(kantor, {"TK": 1, "TL4": 1, "APEL_SENIN": 1})
    draf = unggah(masuk, petugas[0])
    browser = masuk(petugas[0])
    assert browser.get(reverse("tpp-simulasi-baru")).status_code == 200
    kerja = browser.post(reverse("tpp-simulasi-baru"), {"draf": [str(draf.pk)], "bulan": ["2025-03"]})
    outbox.drain()
    satu = Simulasi.objects.get()
    detail = reverse("tpp-simulasi-detail", args=[satu.pk])
    assert detail in browser.get(kerja["Location"]).content.decode()
    halaman = browser.get(detail).content.decode()
    baris = satu.baris.get()
    assert baris.neto_baru < baris.neto_lama
    assert kantor.dinas.staf.nama in halaman
    assert selisih(baris.selisih) in halaman
    assert "Potongan presensi: AP-TK" in halaman
    assert "<svg" in halaman
    assert "Tabel sebaran" in halaman
    lembar = load_workbook(io.BytesIO(unduhan(browser, detail)))
    per_orang = list(lembar["Per pegawai"].iter_rows(values_only=True))
    assert per_orang[-1][8] == baris.selisih


def test_a_draft_equal_to_what_rules_changes_nobody(petugas: tuple[User, User], kantor: Kantor, masuk: Masuk) -> None:
    terkunci(kantor, {"TK": 1})
    draf = unggah(masuk, petugas[0], isi=RuleVersion.objects.get(decision="absen_potongan").xml)
    satu = simulasi.jalankan([draf], bulan=[MARET], oleh=petugas[0])
    halaman = masuk(petugas[0]).get(reverse("tpp-simulasi-detail", args=[satu.pk])).content.decode()
    assert "Tidak ada hasil yang berubah" in halaman
    assert '<svg class="plot"' not in halaman


def test_without_a_draft_or_a_locked_month_the_page_says_what_to_do(petugas: tuple[User, User], masuk: Masuk) -> None:
    browser, url = masuk(petugas[0]), reverse("tpp-simulasi-baru")
    assert "Belum ada draf" in browser.get(url).content.decode()
    unggah(masuk, petugas[0])
    assert "Belum ada bulan yang dikunci" in browser.get(url).content.decode()


def test_a_what_if_is_for_the_keepers_of_the_rules(petugas: tuple[User, User], kantor: Kantor, masuk: Masuk) -> None:
    terkunci(kantor, {"TK": 1})
    satu = simulasi.jalankan([unggah(masuk, petugas[0])], bulan=[MARET], oleh=petugas[0])
    admin = buat_user()
    beri_peran(admin, "admin_opd", kantor.opd)
    assert masuk(admin).get(reverse("tpp-simulasi-detail", args=[satu.pk])).status_code == 403
    assert masuk(petugas[1]).get(reverse("tpp-simulasi-detail", args=[satu.pk])).status_code == 200
