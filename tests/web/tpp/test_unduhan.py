"""Lists and letters as files: pages with their sums, PDF where LibreOffice is, and a word where it is not."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from docx import Document

from backend.platform import outbox
from backend.platform.models import Job
from backend.tpp.models import Hasil
from backend.tpp.services import nominatif
from backend.web.tpp_kata import rupiah
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_tpp import APRIL, Kantor, isi_bulan
from tests.pdf import teks_pdf
from tests.web.conftest import Masuk
from tests.web.tpp.conftest import Panggung
from tests.web.tpp.test_periode import unduhan

SOFFICE = """#!/bin/sh
for satu in "$@"; do surat="$satu"; done
{ printf '%s ' '%PDF-1.7'; cat "$surat"; } > "${surat%.docx}.pdf"
"""


def tabel(isi: bytes) -> list[list[list[str]]]:
    return [[[sel.text for sel in baris.cells] for baris in satu.rows] for satu in Document(io.BytesIO(isi)).tables]


@pytest.fixture
def admin(kantor: Kantor) -> Any:
    user = buat_user()
    beri_peran(user, "admin_opd", kantor.opd)
    return user


def test_the_nominatif_on_paper_has_a_sum_a_page_and_one_of_the_opd(
    panggung: Panggung, masuk: Masuk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nominatif, "PER_HALAMAN", 3)
    url = reverse("tpp-periode-unduh", args=[panggung.periode.pk, "nominatif-docx"])
    isi = unduhan(masuk(panggung.admin), url)
    satu, dua, semua, _ = tabel(isi)
    assert [len(satu), len(dua)] == [1 + 3 + 1, 1 + 1 + 1]
    assert satu[0] == dua[0] == list(nominatif.KOLOM)
    neto = list(Hasil.objects.filter(periode=panggung.periode).order_by("nama", "pk").values_list("neto", flat=True))
    bersih = nominatif.KOLOM.index("Bersih")
    assert [baris[bersih] for baris in satu[1:]] == [rupiah(n) for n in [*neto[:3], sum(neto[:3])]]
    assert dua[-1][bersih] == rupiah(neto[3])
    assert semua[0][bersih] == rupiah(panggung.periode.total["neto"])
    paragraf = Document(io.BytesIO(isi)).element.xml
    assert paragraf.count('w:type="page"') == 1


@pytest.mark.parametrize("jenis", ["docx", "pdf"])
def test_the_annual_sheet_of_an_opd_on_paper_adds_up(kantor: Kantor, admin: Any, masuk: Masuk, jenis: str) -> None:
    isi_bulan(kantor.orang, APRIL)
    bulan = [kantor.kunci(kantor.buka()), kantor.kunci(kantor.buka(APRIL))]
    browser, url = masuk(admin), reverse("tpp-rekap") + f"?opd={kantor.opd.pk}&tahun=2025"
    kerja = browser.post(url, {"format": jenis})
    outbox.drain()
    jawab = browser.get(f"{kerja['Location']}unduh/")
    isi = b"".join(jawab.streaming_content)
    for tutup in jawab._resource_closers:
        tutup()
    angka = [*(satu.total["neto"] for satu in bulan), sum(satu.total["neto"] for satu in bulan)]
    if jenis == "docx":
        (daftar,) = tabel(isi)
        assert len(daftar) == 1 + 4 + 1
        assert [daftar[-1][3 + 2], daftar[-1][3 + 3], daftar[-1][-1]] == list(map(rupiah, angka))
    else:
        teks = teks_pdf(isi)
        assert "Jumlah 4 pegawai" in teks
        assert all(rupiah(n) in teks for n in angka)
    assert masuk(admin).post(url, {"format": "exe"}).status_code == 404


def test_without_libreoffice_no_button_is_shown_and_the_admin_reads_why(
    panggung: Panggung, masuk: Masuk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    url = reverse("tpp-periode-detail", args=[panggung.periode.pk])
    admin, bkpsdm = (masuk(user).get(url).content.decode() for user in (panggung.admin, panggung.bkpsdm))
    assert "(PDF)" not in admin
    assert "LibreOffice" not in admin
    assert "LibreOffice tidak terpasang" in bkpsdm
    kirim = masuk(panggung.admin).post(reverse("tpp-periode-unduh", args=[panggung.periode.pk, "sptjm-pdf"]))
    assert kirim.status_code == 422
    assert not Job.objects.filter(jenis="tpp_surat_pdf").exists()
    assert "LibreOffice" in masuk(None).get(reverse("sehat")).json()["pdf_surat"]


@pytest.mark.parametrize("jenis", ["pengantar-pdf", "sptjm-pdf", "nominatif-pdf"])
def test_with_libreoffice_a_letter_becomes_pdf_in_the_background(
    panggung: Panggung, masuk: Masuk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, jenis: str
) -> None:
    program = tmp_path / "soffice"
    program.write_text(SOFFICE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    browser = masuk(panggung.admin)
    url = reverse("tpp-periode-unduh", args=[panggung.periode.pk, jenis])
    assert url in browser.get(reverse("tpp-periode-detail", args=[panggung.periode.pk])).content.decode()
    isi = unduhan(browser, url)
    assert isi.startswith(b"%PDF-1.7 PK")  # the stand-in keeps the letter behind its head
    job = Job.objects.get(jenis__in=["tpp_surat_pdf", "tpp_nominatif"])
    assert (job.selesai, job.total) == (3, 3)
    assert job.berkas is not None
    assert job.berkas.nama_asli.endswith(".pdf")
