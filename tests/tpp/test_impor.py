"""Facts of pay from a workbook: every fault with its place, then all rows or none."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backend.kepegawaian.models import RiwayatJabatan
from backend.platform import files, imports, jobs, outbox
from backend.platform.models import Job
from backend.tpp.models import Gaji, LaporanHarta, ProfilBayar, SebabPotongan
from backend.tpp.services import impor
from tests.factories_kepegawaian import Dinas, beri_peran, buat_dinas, buat_pegawai, buat_user, dudukkan

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
    with pytest.raises(impor.ImporBergalat):
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


# --- The gaji of one OPD ----------------------------------------------------------------------------------------------------


@pytest.fixture
def dua_opd(db: None) -> tuple[Dinas, Dinas]:
    satu = buat_dinas("Dinas Satu")
    return satu, buat_dinas("Dinas Dua", kota=satu)


def isi_gaji(*nip: str, bulan: str = "2025-03") -> io.BytesIO:
    return buku(Gaji=[GAJI, *([satu, bulan, 5_000_000, 0, 0, 0, 0, ""] for satu in nip)])


def test_rows_of_another_opd_are_left_out_with_the_reason(dua_opd):
    satu, dua = dua_opd
    hasil = impor.check(isi_gaji(satu.staf.nip, dua.staf.nip), opd=frozenset({satu.opd.pk}))
    assert not hasil.errors
    (ditolak,) = hasil.ditolak
    assert (ditolak.row, ditolak.column) == (3, "NIP")
    assert dua.staf.nip in ditolak.message
    assert impor.apply(hasil, oleh=None)["Gaji"] == 1
    assert list(Gaji.objects.values_list("pegawai", flat=True)) == [satu.staf.pk]


def test_who_moved_counts_for_the_opd_of_the_month(dua_opd):
    satu, dua = dua_opd
    RiwayatJabatan.objects.filter(pegawai=satu.staf).update(sampai=date(2025, 3, 15))
    dudukkan(satu.staf, dua.posisi_staf, mulai=date(2025, 3, 16))
    for opd, bulan, boleh in (
        (satu, "2025-03", True), (dua, "2025-03", True), (satu, "2025-04", False), (dua, "2025-04", True), (dua, "2025-02", False),
    ):  # fmt: skip
        hasil = impor.check(isi_gaji(satu.staf.nip, bulan=bulan), opd=frozenset({opd.opd.pk}))
        assert bool(hasil.rows["Gaji"]) is boleh, (opd.opd.nama, bulan)


def test_other_sheets_are_for_bkpsdm_only(dua_opd):
    satu, _ = dua_opd
    isi = buku(Gaji=[GAJI, [satu.staf.nip, "2025-03", 1]], Profil=[PROFIL, [satu.staf.nip, "K/1"]])
    hasil = impor.check(isi, opd=frozenset({satu.opd.pk}))
    assert [galat.sheet for galat in hasil.ditolak] == ["Profil"]
    assert impor.apply(hasil, oleh=None) == {"Gaji": 1, "Profil": 0, "Harta": 0, "Sebab potongan": 0}
    assert not ProfilBayar.objects.exists()


def test_the_bendahara_of_an_opd_imports_on_his_page(dua_opd, client):
    satu, dua = dua_opd
    bendahara = beri_peran(buat_user(), "bendahara_opd", satu.opd).user
    client.force_login(bendahara)
    assert reverse("tpp-gaji") in client.get(reverse("lainnya")).content.decode()
    berkas = SimpleUploadedFile("gaji.xlsx", isi_gaji(satu.staf.nip, dua.staf.nip).getvalue())
    periksa = client.post(reverse("tpp-gaji"), {"berkas": berkas})["Location"]
    halaman = client.get(periksa).content.decode()
    assert "tidak berjabatan di OPD Anda pada Maret 2025" in halaman
    kerja = client.post(periksa)["Location"]
    outbox.drain()
    selesai = client.get(kerja).content.decode()
    assert "Baris dilewati" in selesai
    assert list(Gaji.objects.values_list("pegawai", flat=True)) == [satu.staf.pk]
    asing = SimpleUploadedFile("gaji.xlsx", isi_gaji(dua.staf.nip).getvalue())
    periksa = client.post(reverse("tpp-gaji"), {"berkas": asing})["Location"]
    assert "Tidak ada baris pegawai OPD Anda" in client.get(periksa).content.decode()
    assert client.post(periksa).status_code == 200
    assert Job.objects.count() == 1


def test_bkpsdm_imports_for_everybody_on_the_same_page(dua_opd, client):
    satu, dua = dua_opd
    client.force_login(beri_peran(buat_user(), "bkpsdm").user)
    berkas = SimpleUploadedFile("gaji.xlsx", isi_gaji(satu.staf.nip, dua.staf.nip).getvalue())
    client.post(client.post(reverse("tpp-gaji"), {"berkas": berkas})["Location"])
    outbox.drain()
    assert Gaji.objects.count() == 2
