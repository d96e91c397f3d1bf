"""import_skp: template, dry run with the fault of every cell, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from backend.kinerja.models import IKI, RHK, SKP, RenaksiBulan, TargetIKIBulan
from backend.kinerja.services import impor
from backend.kinerja.tasks import IMPOR
from backend.platform import files, jobs, outbox
from backend.platform.models import AuditEvent
from tests.factories_kepegawaian import Dinas, buat_dinas
from tests.factories_kinerja import buat_skp

Ubah = Callable[[openpyxl.Workbook], None]


@pytest.fixture
def dinas(db: None) -> Dinas:
    return buat_dinas()


def buku(dinas: Dinas, *ubah: Ubah) -> BytesIO:
    """A good workbook: the kabid with one RHK, the staf with one RHK under it; then changed by each of `ubah`."""
    book = openpyxl.load_workbook(BytesIO(impor.template()))
    for pegawai in (dinas.kabid, dinas.staf):
        tulis(
            book,
            "SKP",
            NIP=pegawai.nip,
            Awal="01-01-2025",
            Akhir=date(2025, 12, 31),
            Format="ja_jf",
            Pendekatan="Kuantitatif",
        )
    tulis(
        book,
        "RHK",
        **{
            "NIP": dinas.kabid.nip,
            "No RHK": 1,
            "Klasifikasi": "Utama",
            "RHK": "Layanan bidang terselenggara",
            "Kategori": "Individu",
        },
    )
    tulis(book, "RHK", **{
        "NIP": dinas.staf.nip, "No RHK": 1, "Klasifikasi": "utama", "RHK": "Dokumen layanan tersedia", "Kategori": "Tematik",
        "No RHK Pimpinan": 1, "Intervensi": "Langsung", "Program Unggulan": "ya",
    })  # fmt: skip
    for pegawai in (dinas.kabid, dinas.staf):
        dasar = {"NIP": pegawai.nip, "No RHK": 1}
        tulis(book, "IKI", **dasar, **{
            "No IKI": 1, "Aspek": "Kuantitas", "Indikator": "Jumlah dokumen", "Satuan": "dokumen", "Arah": "naik", "Pola Ukur": "hitungan",
            "Target": 100, "Jan": "x", "Feb": "x", "Mar": "x",
        })  # fmt: skip
        tulis(book, "IKI", **dasar, **{
            "No IKI": 2, "Aspek": "waktu", "Indikator": "Waktu layanan", "Satuan": "hari", "Arah": "Dalam rentang", "Pola Ukur": "posisi",
            "Target Minimum": "2,5", "Target": "5", "Jan": "x", "Jun": "3..4,5",
        })  # fmt: skip
        tulis(
            book,
            "Renaksi",
            **dasar,
            **{"No Tahapan": 1, "Tahapan": "Menyusun rencana", "Anggaran": 1_500_000, "Jan": 40, "Des": 20},
        )
        tulis(book, "Renaksi", **dasar, **{"No Tahapan": 2, "Tahapan": "Melaksanakan", "Jan": 0, "Feb": 40})
    for satu in ubah:
        satu(book)
    keluar = BytesIO()
    book.save(keluar)
    keluar.seek(0)
    return keluar


def kolom(sheet: Any) -> dict[str, int]:
    return {str(cell.value).removesuffix(" *"): cell.column for cell in sheet[1]}


def tulis(book: openpyxl.Workbook, lembar: str, **isi: Any) -> None:
    sheet = book[lembar]
    row, letak = sheet.max_row + 1, kolom(sheet)
    for judul, nilai in isi.items():
        sheet.cell(row=row, column=letak[judul], value=nilai)


def ganti(lembar: str, row: int, **isi: Any) -> Ubah:
    """Overwrite cells of one row (2 is the first)."""

    def ubah(book: openpyxl.Workbook) -> None:
        letak = kolom(book[lembar])
        for judul, nilai in isi.items():
            book[lembar].cell(row=row, column=letak[judul.replace("_", " ")]).value = nilai

    return ubah


def galat(file: BytesIO) -> list[tuple[str, int, str, str]]:
    return [(g.sheet, g.row, g.column, g.message) for g in impor.check(file).errors]


def test_a_good_workbook_has_no_faults_and_is_written_whole(dinas: Dinas):
    hasil = impor.check(buku(dinas))
    assert hasil.errors == []
    assert hasil.counts == {"SKP": 2, "RHK": 2, "IKI": 4, "Renaksi": 4}
    assert not SKP.objects.exists(), "a dry run writes nothing"
    impor.apply(hasil, oleh=dinas.kepala.user)
    staf = SKP.objects.get(pegawai=dinas.staf)
    assert (staf.status, staf.opd_id, staf.penilai_pegawai, staf.versi) == ("berlaku", dinas.opd.pk, dinas.kabid, 1)
    rhk = RHK.objects.get(skp=staf)
    assert (rhk.rhk_atasan, rhk.is_program_unggulan) == (RHK.objects.get(skp__pegawai=dinas.kabid), True)
    target = TargetIKIBulan.objects.filter(iki__rhk=rhk).order_by("iki__urut", "bulan")
    assert [(t.bulan, t.target_min, t.target_max) for t in target] == [
        (1, None, Decimal("33.33")), (2, None, Decimal("33.33")), (3, None, Decimal("33.34")),
        (1, Decimal("2.5"), Decimal(5)), (6, Decimal(3), Decimal("4.5")),
    ]  # fmt: skip
    assert IKI.objects.get(rhk=rhk, urut=2).bulan_ukur == [1, 6]
    rencana = (
        RenaksiBulan.objects.filter(renaksi__rhk=rhk).order_by("renaksi__urut", "bulan").values_list("bulan", "target")
    )
    assert list(rencana) == [(1, 40), (12, 20), (1, 0), (2, 40)]
    assert AuditEvent.objects.filter(chain=f"skp:{staf.pk}", peristiwa="skp.diimpor").exists()


@pytest.mark.parametrize(
    ("ubah", "letak", "pesan"),
    [
        (ganti("Renaksi", 4, Jan=39), ("RHK", 3, "No RHK"), 'Jumlah target renaksi RHK "Dokumen layanan tersedia" harus 100. Saat ini 99.'),
        (ganti("Renaksi", 4, Jan=101), ("Renaksi", 4, "Jan"), "Isi angka bulat antara 0 dan 100."),
        (ganti("IKI", 4, Mar=30), ("IKI", 4, "Target"), "Target bulanan berjumlah 30,00; harus sama dengan target tahunan 100,00."),
        (ganti("IKI", 5, Target_Minimum=6), ("IKI", 5, "Target Minimum"), "Target minimum tidak boleh lebih besar daripada target maksimum."),
        (ganti("IKI", 4, Aspek=None), ("IKI", 4, "Aspek"), "Kolom ini wajib diisi."),
        (ganti("IKI", 4, Arah="ke atas"), ("IKI", 4, "Arah"), "Pilih salah satu: Makin tinggi makin baik"),
        (ganti("IKI", 4, Target="-5"), ("IKI", 4, "Target"), "Isi angka 0 atau lebih, paling banyak 4 angka di belakang koma."),
        (ganti("RHK", 3, RHK="Pendek"), ("RHK", 3, "RHK"), "Isi minimal 10 karakter."),
        (ganti("RHK", 3, No_RHK_Pimpinan=None), ("RHK", 3, "No RHK Pimpinan"), "Pilih RHK pimpinan yang diintervensi."),
        (ganti("RHK", 3, No_RHK_Pimpinan=9), ("RHK", 3, "No RHK Pimpinan"), "RHK pimpinan ini tidak ada"),
        (ganti("SKP", 3, Akhir="31-12-2026"), ("SKP", 3, "Akhir"), "Awal dan akhir harus dalam satu tahun"),
        (ganti("SKP", 3, Awal="besok"), ("SKP", 3, "Awal"), "Tulis tanggal seperti 01-01-2025."),
        (ganti("SKP", 3, NIP=199001012022211001), ("SKP", 3, "NIP"), "Tulis NIP sebagai teks"),
        (ganti("SKP", 3, NIP="199001012022211999"), ("SKP", 3, "NIP"), "Tidak ada pegawai dengan NIP ini."),
        (ganti("SKP", 3, Format="jpt"), ("RHK", 3, "Perspektif"), "Kolom ini wajib diisi."),
    ],
)  # fmt: skip
def test_each_fault_names_its_cell(dinas: Dinas, ubah: Ubah, letak: tuple[str, int, str], pesan: str):
    faults = galat(buku(dinas, ubah))
    assert any(fault[:3] == letak and pesan in fault[3] for fault in faults), faults


def test_a_row_that_stands_twice_is_refused(dinas: Dinas):
    def dua_kali(book: openpyxl.Workbook) -> None:
        tulis(
            book,
            "SKP",
            NIP=dinas.staf.nip,
            Awal="01-01-2025",
            Akhir="31-12-2025",
            Format="ja_jf",
            Pendekatan="kuantitatif",
        )

    assert ("SKP", 4, "NIP", "Sama dengan baris 3. Hapus salah satu.") in galat(buku(dinas, dua_kali))


def test_a_chain_that_comes_back_is_refused(dinas: Dinas):
    kembali = ganti("RHK", 2, NIP_Pimpinan=dinas.staf.nip, No_RHK_Pimpinan=1)
    assert ("RHK", 2, "No RHK Pimpinan", "Rantai RHK membentuk lingkaran. Pilih RHK pimpinan yang lain.") in galat(
        buku(dinas, kembali)
    )


def test_a_second_skp_for_the_same_days_is_refused(dinas: Dinas):
    buat_skp(dinas.staf)
    faults = galat(buku(dinas))
    assert [fault[:3] for fault in faults] == [("SKP", 3, "NIP")]


def test_nothing_is_written_while_a_fault_remains(dinas: Dinas):
    hasil = impor.check(buku(dinas, ganti("IKI", 4, Target=None)))
    with pytest.raises(impor.ImporBergalat):
        impor.apply(hasil, oleh=None)
    assert not SKP.objects.exists()


@pytest.mark.parametrize("isi", [b"", b"bukan excel", b"PK\x03\x04rusak"])
def test_a_broken_file_is_one_clear_fault(db: None, isi: bytes):
    assert [g[3] for g in galat(BytesIO(isi))] == [
        "Berkas tidak dapat dibaca. Simpan sebagai Excel (.xlsx), lalu unggah kembali."
    ]


def test_the_empty_template_says_that_it_is_empty(db: None):
    assert galat(BytesIO(impor.template())) == [("SKP", 2, "NIP", "Lembar SKP belum berisi satu baris pun.")]


def test_the_number_of_statements_does_not_grow_with_the_rows(dinas: Dinas, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        impor.check(buku(dinas))


def test_the_command_writes_a_template_checks_and_imports(dinas: Dinas, tmp_path):
    templat, baik, buruk = tmp_path / "templat.xlsx", tmp_path / "baik.xlsx", tmp_path / "buruk.xlsx"
    call_command("import_skp", template=templat, stdout=StringIO())
    assert templat.stat().st_size > 5000
    baik.write_bytes(buku(dinas).getvalue())
    buruk.write_bytes(buku(dinas, ganti("Renaksi", 4, Jan=39)).getvalue())
    keluar = StringIO()
    call_command("import_skp", str(baik), "--dry-run", stdout=keluar)
    assert "belum disimpan: 2 SKP, 2 RHK, 4 IKI, 4 Renaksi" in keluar.getvalue()
    galat_keluar = StringIO()
    with pytest.raises(CommandError, match="1 kesalahan"):
        call_command("import_skp", str(buruk), stderr=galat_keluar)
    assert "RHK baris 3, No RHK: Jumlah target renaksi" in galat_keluar.getvalue()
    assert not SKP.objects.exists()
    call_command("import_skp", str(baik), stdout=StringIO())
    assert SKP.objects.count() == 2


@pytest.mark.parametrize(("ubah", "status", "banyak"), [((), "selesai", 2), ((ganti("SKP", 2, NIP="1"),), "gagal", 0)])
def test_a_page_imports_through_a_job(dinas: Dinas, ubah: tuple[Ubah, ...], status: str, banyak: int):
    admin = dinas.kepala.user
    assert admin is not None
    berkas = files.store(
        SimpleUploadedFile("skp.xlsx", buku(dinas, *ubah).getvalue()), pengunggah=admin, jenis=["xlsx"], maks_mb=10
    )
    job = jobs.start(IMPOR, kunci="skp", parameter={"berkas": str(berkas.pk)}, oleh=admin)
    outbox.drain()
    job.refresh_from_db()
    assert (job.status, SKP.objects.count()) == (status, banyak), job.pesan
    assert status == "gagal" or job.hasil == {"jumlah": {"SKP": 2, "RHK": 2, "IKI": 4, "Renaksi": 4}}
