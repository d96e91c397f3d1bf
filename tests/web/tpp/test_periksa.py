"""The public check of a letter: genuine, not in force, unknown; no pay of a person; questions are counted."""

from __future__ import annotations

import io
import zipfile
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from docx import Document

from backend.documents.qr import qr_png
from backend.tpp.models import Periode
from backend.tpp.services import dokumen
from backend.tpp.services import periode as layanan
from backend.web.periksa import LAJU, baca_kode
from backend.web.tpp_kata import rupiah
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_tpp import Kantor, buat_kantor


@pytest.fixture
def kantor(db: None) -> Kantor:
    cache.clear()
    return buat_kantor()


def setujui(kantor: Kantor, periode: Periode, nomor: str = "900/77/2025") -> Periode:
    """A period that its kepala approved."""
    periode = layanan.selesai_hitung(kantor.hitung(periode), oleh=None)
    periode = layanan.tutup_sanggah(layanan.terbitkan(periode, oleh=None))
    return layanan.setujui(periode, nomor=nomor, tanggal=periode.bulan, oleh=buat_user(nama="Kepala Contoh"))


def buka(kode: str) -> tuple[int, str]:
    jawab = Client().get(reverse("periksa-kode", args=[kode]))
    return jawab.status_code, jawab.content.decode()


def test_the_qr_of_the_letter_is_the_address_of_its_check_page(kantor: Kantor) -> None:
    periode = setujui(kantor, kantor.buka())
    isi = dokumen.pengantar(periode)
    with zipfile.ZipFile(io.BytesIO(isi)) as paket:
        gambar = [paket.read(nama) for nama in paket.namelist() if nama.startswith("word/media/")]
    alamat = dokumen.alamat_periksa(periode)
    assert gambar == [qr_png(alamat)]
    assert alamat.endswith(reverse("periksa-kode", args=[periode.kode_periksa.hex]))
    teks = "\n".join(
        sel.text for tabel in Document(io.BytesIO(isi)).tables for baris in tabel.rows for sel in baris.cells
    )
    assert dokumen.tulis_kode(periode.kode_periksa) in teks


def test_a_genuine_letter_is_confirmed_with_what_it_says(kantor: Kantor) -> None:
    periode = setujui(kantor, kantor.buka())
    status, halaman = buka(periode.kode_periksa.hex)
    assert status == 200
    for isi in ("Surat ini sah", "900/77/2025", kantor.opd.nama, "Kepala Contoh", rupiah(periode.total["neto"])):
        assert isi in halaman
    assert all(orang.nama not in halaman and orang.nip not in halaman for orang in kantor.orang)


def test_the_sum_of_very_few_people_is_nobodys_business(kantor: Kantor) -> None:
    periode = setujui(kantor, kantor.buka())
    Periode.objects.filter(pk=periode.pk).update(jumlah_pegawai=2)
    _, halaman = buka(periode.kode_periksa.hex)
    assert "Surat ini sah" in halaman
    assert rupiah(periode.total["neto"]) not in halaman


def test_a_letter_before_approval_or_after_a_return_is_not_in_force(kantor: Kantor) -> None:
    belum = kantor.hitung(kantor.buka())
    assert "belum atau tidak lagi berlaku" in buka(belum.kode_periksa.hex)[1]
    kembali = layanan.kembalikan(setujui(kantor, belum), alasan="Nomor surat keliru", oleh=None)
    status, halaman = buka(kembali.kode_periksa.hex)
    assert (status, "900/77/2025" in halaman) == (200, False)
    assert "belum atau tidak lagi berlaku" in halaman


def test_a_new_approval_voids_the_letter_before(kantor: Kantor) -> None:
    lama = setujui(kantor, kantor.buka())
    kode = lama.kode_periksa
    ulang = layanan.selesai_hitung(
        kantor.hitung(layanan.kembalikan(lama, alasan="Angka berubah karena koreksi", oleh=None)), oleh=None
    )
    layanan.setujui(ulang, nomor="900/78/2025", tanggal=ulang.bulan, oleh=None)
    assert buka(kode.hex)[0] == 404
    baru = Periode.objects.get()
    assert "900/78/2025" in buka(baru.kode_periksa.hex)[1]


def test_a_locked_period_keeps_its_code(kantor: Kantor) -> None:
    periode = kantor.kunci(kantor.buka())
    assert "Surat ini sah" in buka(periode.kode_periksa.hex)[1]


@pytest.mark.parametrize("kode", ["x", "'; DROP TABLE", "0" * 32, "A" * 500, "%00"])
def test_an_unknown_code_is_not_found(kantor: Kantor, kode: str) -> None:
    status, halaman = buka(kode)
    assert status == 404
    assert "tidak dikenal" in halaman


def test_the_code_may_be_typed_as_it_is_printed(kantor: Kantor) -> None:
    periode = setujui(kantor, kantor.buka())
    ketik = dokumen.tulis_kode(periode.kode_periksa)
    assert baca_kode(ketik.lower()) == periode.kode_periksa
    jawab = Client().get(reverse("periksa"), {"kode": ketik})
    assert jawab["Location"] == reverse("periksa-kode", args=[periode.kode_periksa.hex])
    assert Client().get(reverse("periksa")).status_code == 200


def test_too_many_questions_are_refused_also_for_a_right_code(kantor: Kantor) -> None:
    periode, client = setujui(kantor, kantor.buka()), Client()
    banyak = int(LAJU["config"]["periksa"].split("/")[0])  # type: ignore[index]
    jawab = [client.get(reverse("periksa-kode", args=[uuid4().hex])).status_code for _ in range(banyak)]
    assert jawab == [404] * banyak
    kena = client.get(reverse("periksa-kode", args=[periode.kode_periksa.hex]))
    assert kena.status_code == 429
    assert periode.pengantar_nomor not in kena.content.decode()
    assert client.get(reverse("periksa")).status_code == 200


def test_the_check_page_is_found_from_the_login_and_from_the_period(kantor: Kantor) -> None:
    periode = setujui(kantor, kantor.buka())
    assert reverse("periksa") in Client().get(reverse("account_login")).content.decode()
    admin = Client()
    admin.force_login(beri_peran(buat_user(), "admin_opd", kantor.opd).user)
    halaman = admin.get(reverse("tpp-periode-detail", args=[periode.pk])).content.decode()
    assert reverse("periksa-kode", args=[periode.kode_periksa.hex]) in halaman
