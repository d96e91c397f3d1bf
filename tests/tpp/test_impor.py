"""Facts of pay from a workbook: every fault with its place, then all rows or none."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from backend.platform import files, imports, jobs, outbox
from backend.platform.models import Job
from backend.tpp.models import Gaji, LaporanHarta, ProfilBayar, SebabPotongan
from backend.tpp.services import impor
from tests.factories_kepegawaian import buat_pegawai, buat_user

GAJI = ["NIP", "Bulan", "Gaji bruto", "Iuran BPJS 1 %", "Iuran BPJS 4 %", "Iuran pensiun", "PPh gaji", "Jiwa"]
PROFIL = ["NIP", "PTKP", "NPWP", "Bank", "Rekening", "Zakat", "Zakat badan resmi", "Wajib lapor harta"]


def buku(**sheets: list[list[Any]]) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for nama, rows in sheets.items():
        sheet = book.create_sheet(nama.replace("_", " "))
        for row in rows:
            sheet.append(row)
    raw = io.BytesIO()
    book.save(raw)
    raw.seek(0)
    return raw


@pytest.fixture
def orang(db: None):
    return buat_pegawai()


def test_the_template_reads_back_as_an_empty_workbook(db: None):
    hasil = impor.check(io.BytesIO(impor.template()))
    assert [galat.message for galat in hasil.errors] == ["Berkas belum berisi satu baris pun."]


def test_every_sheet_is_written_and_a_second_upload_brings_it_up_to_date(orang):
    isi = buku(
        Gaji=[GAJI, [orang.nip, "2025-03", "5.214.600", 46000, 184000, 0, 0, "K/1"]],
        Profil=[PROFIL, [orang.nip, "k/1", "12.345.678.9-012.345", "Bank Contoh", "001-234-5678", "ya", "", "LHKPN"]],
        Harta=[["NIP", "Tahun lapor", "Tanggal lapor"], [orang.nip, 2025, date(2025, 3, 20)]],
        Sebab_potongan=[["NIP", "Kode", "Tanggal", "Nomor"], [orang.nip, "HUKDIS_23", "2025-02-10", "800/1"]],
    )
    assert impor.apply(impor.check(isi), oleh=None) == {"Gaji": 1, "Profil": 1, "Harta": 1, "Sebab potongan": 1}
    profil = ProfilBayar.objects.get()
    assert (profil.ptkp, profil.npwp, profil.rekening, profil.zakat, profil.harta) == (
        "K/1",
        "123456789012345",
        "0012345678",
        True,
        "LHKPN",
    )
    assert Gaji.objects.get().bruto == 5_214_600
    isi.seek(0)
    impor.apply(impor.check(isi), oleh=None)
    assert (Gaji.objects.count(), LaporanHarta.objects.count(), SebabPotongan.objects.count()) == (1, 1, 1)
    naik = buku(Gaji=[GAJI[:3], [orang.nip, date(2025, 3, 1), 6_000_000]])
    impor.apply(impor.check(naik), oleh=None)
    assert Gaji.objects.values_list("bruto", "iuran_1").get() == (6_000_000, 46_000)


@pytest.mark.parametrize(
    ("row", "kolom"),
    [
        (["123", "2025-03", 1], "NIP"),
        (["{nip}", "2025-13", 1], "Bulan"),
        (["{nip}", "2025-03", -5], "Gaji bruto"),
        (["{nip}", "2025-03", "lima juta"], "Gaji bruto"),
        (["{nip}", "2025-03", None], "Gaji bruto"),
        (["199001012020121001", "2025-03", 1], "NIP"),
    ],
)
def test_a_fault_has_its_place_and_nothing_is_written(orang, row: list[Any], kolom: str):
    row = [orang.nip if nilai == "{nip}" else nilai for nilai in row]
    hasil = impor.check(buku(Gaji=[GAJI[:3], [orang.nip, "2025-02", 1], row]))
    assert [(galat.sheet, galat.row, galat.column) for galat in hasil.errors] == [("Gaji", 3, kolom)]
    with pytest.raises(impor.ImporGajiBergalat):
        impor.apply(hasil, oleh=None)
    assert not Gaji.objects.exists()


def test_the_same_person_and_month_twice_is_a_fault(orang):
    rows = [GAJI[:3], [orang.nip, "2025-03", 1], [orang.nip, "2025-03", 2]]
    assert [galat.row for galat in impor.check(buku(Gaji=rows)).errors] == [3]


def test_what_is_no_workbook_says_so(db: None):
    assert len(impor.check(io.BytesIO(b"bukan buku kerja")).errors) == 1


def test_the_import_page_knows_it_and_the_job_writes_it(orang):
    jenis = imports.get("tpp")
    assert jenis is not None
    isi = buku(Gaji=[GAJI[:3], [orang.nip, "2025-03", 7]]).getvalue()
    berkas = files.store_bytes(isi, nama="gaji.xlsx", jenis="xlsx")
    jobs.start(jenis.pekerjaan, kunci="kota", parameter={"berkas": str(berkas.pk)}, oleh=buat_user())
    outbox.drain()
    assert Job.objects.get().hasil["jumlah"]["Gaji"] == 1
    assert Gaji.objects.get().bruto == 7
