from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from openpyxl import Workbook, load_workbook

from backend.kepegawaian import importing
from backend.kepegawaian.importing.buku import LEMBAR, PEGAWAI, POSISI, RIWAYAT, UNIT
from backend.kepegawaian.models import Jabatan, Pegawai, Posisi, Referensi, RiwayatJabatan, Unor
from backend.kepegawaian.tasks import IMPOR
from backend.platform import audit, files, imports, jobs, outbox
from backend.platform.enums import StatusJob
from backend.platform.models import AuditEvent
from tests.factories_kepegawaian import buat_user

pytestmark = pytest.mark.django_db
NIP, NIP_2 = "196608011988031001", "196802291990032002"
ISI: dict[str, list[dict[str, Any]]] = {
    UNIT: [
        {"Kode": "D1-A", "Nama": "Bidang A", "Jenis": "bidang", "Kode Induk": "D1"},  # before its parent, on purpose
        {"Kode": "K", "Nama": "Kota", "Jenis": "Pemerintah Kota"},
        {"Kode": "D1", "Nama": "Dinas Satu", "Jenis": "dinas", "Kode Induk": "K", "OPD": "ya"},
    ],
    POSISI: [
        {"Kode Unit": "D1-A", "Jabatan": "Pengelola", "Jenis Jabatan": "pelaksana", "Kebutuhan": 3, "Kode Unit Atasan": "D1", "Jabatan Atasan": "Kepala Dinas Satu"},
        {"Kode Unit": "D1", "Jabatan": "Kepala Dinas Satu", "Jenis Jabatan": "jpt", "Eselon": "II.b", "Kelas": 14, "Pimpinan": "ya", "Puncak": "ya"},
    ],
    PEGAWAI: [
        {"NIP": "19660801 198803 1 001", "Nama": "Budi Santoso", "Tanggal Lahir": "01-08-1966", "Jenis Kelamin": "L", "Status ASN": "PNS", "TMT CPNS": date(1988, 3, 1)},
        {"NIP": NIP_2, "Nama": "Siti Rahayu", "Tanggal Lahir": date(1968, 2, 29), "Jenis Kelamin": "Perempuan", "Status ASN": "pns"},
    ],
    RIWAYAT: [
        {"NIP": NIP, "Kode Unit": "D1", "Jabatan": "Kepala Dinas Satu", "Mulai": "02/01/2024", "Nomor SK": "821/1"},
        {"NIP": NIP_2, "Kode Unit": "D1-A", "Jabatan": "Pengelola", "Mulai": "2024-01-02"},
        {"NIP": NIP_2, "Kode Unit": "D1", "Jabatan": "Kepala Dinas Satu", "Jenis Penugasan": "PLH", "Mulai": "01-03-2025", "Sampai": "31-03-2025"},
    ],
}  # fmt: skip


def workbook(**changes: list[dict[str, Any]]) -> bytes:
    """The workbook above with some sheets replaced (`Riwayat Jabatan` as `Riwayat_Jabatan`)."""
    book = load_workbook(io.BytesIO(importing.template()))
    sheets = {**ISI, **{name.replace("_", " "): rows for name, rows in changes.items()}}
    for name, rows in sheets.items():
        titles = [kolom.judul for kolom in LEMBAR[name]]
        for at, row in enumerate(rows, 2):
            for title, value in row.items():
                book[name].cell(at, titles.index(title) + 1, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def replaced(name: str, at: int, **cells: Any) -> dict[str, list[dict[str, Any]]]:
    """A sheet with some cells of one row changed; titles with `_` for spaces."""
    rows = [dict(row) for row in ISI[name]]
    rows[at].update({title.replace("_", " "): value for title, value in cells.items()})
    return {name.replace(" ", "_"): rows}


def everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Unor, Jabatan, Posisi, Pegawai, RiwayatJabatan, AuditEvent))


def test_a_check_writes_nothing_and_says_what_apply_will_do():
    report = importing.check(workbook())
    assert report.errors == []
    assert {name: dict(count) for name, count in report.jumlah.items()} == {
        UNIT: {"baru": 3, "berubah": 0, "tetap": 0},
        POSISI: {"baru": 2, "berubah": 0, "tetap": 0},
        PEGAWAI: {"baru": 2, "berubah": 0, "tetap": 0},
        RIWAYAT: {"baru": 3, "berubah": 0, "tetap": 0},
    }
    assert report.counts == {"Unit, baru": 3, "Posisi, baru": 2, "Pegawai, baru": 2, "Riwayat Jabatan, baru": 3}
    assert everything() == (0, 0, 0, 0, 0, 0)


def test_applying_makes_the_organisation_with_people_in_their_posts():
    admin = buat_user()
    importing.apply(importing.check(workbook()), oleh=admin)
    staf = RiwayatJabatan.objects.get(pegawai__nip=NIP_2, jenis_penugasan="D")
    assert staf.posisi.unor.opd is not None
    assert staf.posisi.unor.opd.nama == "Dinas Satu"
    assert staf.atasan == staf.posisi.atasan == Posisi.objects.get(is_pimpinan=True)
    assert (staf.mulai, staf.tmt_jabatan) == (date(2024, 1, 2), date(2024, 1, 2))
    assert Pegawai.objects.get(nip=NIP).tmt_cpns == date(1988, 3, 1)
    event = AuditEvent.objects.filter(chain=f"pegawai:{staf.pegawai_id}").first()
    assert event is not None
    assert (event.aktor, event.peristiwa, event.data["baris"]) == (admin, "diimpor", 3)
    assert list(audit.verify()) == []


def test_a_second_import_of_the_same_file_changes_nothing():
    importing.apply(importing.check(workbook()), oleh=None)
    before = everything()
    report = importing.apply(importing.check(workbook()), oleh=None)
    assert all(count["baru"] == count["berubah"] == 0 for count in report.jumlah.values())
    assert report.jumlah[RIWAYAT]["tetap"] == 3
    assert everything() == before


def test_a_changed_cell_is_updated_and_audited():
    importing.apply(importing.check(workbook()), oleh=None)
    report = importing.apply(importing.check(workbook(**replaced(UNIT, 2, Nama="Dinas Baru"))), oleh=None)
    assert report.jumlah[UNIT]["berubah"] == 1
    assert AuditEvent.objects.get(peristiwa="diubah_impor").data["nama"] == ["Dinas Satu", "Dinas Baru"]


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        (replaced(UNIT, 0, Jenis="apa"), (UNIT, 2, "Jenis"), "Pilih salah satu"),
        (replaced(UNIT, 0, Nama=None), (UNIT, 2, "Nama"), "wajib diisi"),
        (replaced(UNIT, 0, Kode_Induk="X9"), (UNIT, 2, "Kode Induk"), "Unit X9 tidak ada"),
        (replaced(UNIT, 2, Kode_Induk="D1-A"), (UNIT, 2, "Kode Induk"), "lingkaran"),
        (replaced(UNIT, 0, Kode="D1"), (UNIT, 4, ""), "Sama dengan baris 2"),
        (replaced(POSISI, 0, Kode_Unit="X9"), (POSISI, 2, "Kode Unit"), "Unit X9 tidak ada"),
        (replaced(POSISI, 0, Kelas=18), (POSISI, 2, "Kelas"), "antara 1 dan 17"),
        (replaced(POSISI, 0, Kebutuhan="tiga"), (POSISI, 2, "Kebutuhan"), "angka bulat"),
        (replaced(POSISI, 0, Jabatan_Atasan=None), (POSISI, 2, "Jabatan Atasan"), "atau kosongkan keduanya"),
        (replaced(POSISI, 0, Jabatan_Atasan="Siapa"), (POSISI, 2, "Jabatan Atasan"), "Posisi Siapa"),
        (replaced(POSISI, 0, Jenjang="MU"), (POSISI, 2, "Jenjang"), "Jenjang hanya untuk"),
        (replaced(POSISI, 1, Puncak="tidak"), (POSISI, 3, "Kode Unit Atasan"), "Pilih atasan"),
        (replaced(PEGAWAI, 0, NIP=196608011988031001), (PEGAWAI, 2, "NIP"), "format kolom menjadi Teks"),
        (replaced(PEGAWAI, 0, NIP="196608011988033001"), (PEGAWAI, 2, "NIP"), "Angka ke-15"),
        (replaced(PEGAWAI, 0, Tanggal_Lahir="31-02-1966"), (PEGAWAI, 2, "Tanggal Lahir"), "HH-BB-TTTT"),
        (replaced(PEGAWAI, 1, NIP=NIP), (PEGAWAI, 3, ""), "Sama dengan baris 2"),
        (replaced(RIWAYAT, 1, NIP="196608011988031009"), (RIWAYAT, 3, "NIP"), "tidak ada"),
        (replaced(RIWAYAT, 1, Jabatan="Siapa"), (RIWAYAT, 3, "Jabatan"), "Posisi Siapa"),
        (replaced(RIWAYAT, 2, Sampai=None), (RIWAYAT, 4, "Sampai"), "berakhirnya penugasan"),
        (
            replaced(RIWAYAT, 1, Kode_Unit_Atasan="D1-A", Jabatan_Atasan="Pengelola"),
            (RIWAYAT, 3, "Kode Unit Atasan"),
            "diri sendiri",
        ),
        (replaced(RIWAYAT, 1, Kode_Unit="D1", Jabatan="Kepala Dinas Satu"), (RIWAYAT, 3, ""), "pemangku definitif"),
    ],
)
def test_every_mistake_is_named_with_its_row_and_column_and_nothing_is_written(changes, place, words: str):
    report = importing.check(workbook(**changes))
    first = report.errors[0]
    assert (first.sheet, first.row, first.column) == place
    assert words in first.message
    with pytest.raises(importing.ImporDitolak):
        importing.apply(report, oleh=None)
    assert everything() == (0, 0, 0, 0, 0, 0)


def test_all_mistakes_of_a_sheet_are_told_at_once():
    rows = [{**ISI[UNIT][1], "Jenis": "x"}, {**ISI[UNIT][2], "OPD": "mungkin", "Nama": None}]
    report = importing.check(workbook(Unit=rows))
    assert [(e.row, e.column) for e in report.errors] == [(2, "Jenis"), (3, "Nama"), (3, "OPD")]


def test_a_doubtful_nip_is_noted_but_imported():
    report = importing.check(workbook(**replaced(PEGAWAI, 0, Jenis_Kelamin="P")))
    assert report.ok
    assert "Jenis kelamin berbeda" in report.notes[0].message


def test_of_several_open_rows_the_latest_wins_and_the_others_are_listed():
    posts = [*ISI[POSISI], {**ISI[POSISI][0], "Jabatan": "Analis"}]
    rows = [*ISI[RIWAYAT], {**ISI[RIWAYAT][1], "Jabatan": "Analis", "Mulai": "01-07-2024"}]
    report = importing.apply(importing.check(workbook(Posisi=posts, Riwayat_Jabatan=rows)), oleh=None)
    ends = (
        RiwayatJabatan.objects.filter(pegawai__nip=NIP_2, jenis_penugasan="D")
        .order_by("mulai")
        .values_list("sampai", flat=True)
    )
    assert list(ends) == [date(2024, 6, 30), None]
    assert [(note.sheet, note.row) for note in report.notes] == [(RIWAYAT, 3)]


def test_a_new_row_closes_the_one_that_is_stored():
    importing.apply(importing.check(workbook()), oleh=None)
    posts = [{**ISI[POSISI][0], "Jabatan": "Analis"}]
    rows = [{**ISI[RIWAYAT][1], "Jabatan": "Analis", "Mulai": "01-07-2025"}]
    importing.apply(importing.check(workbook(Unit=[], Pegawai=[], Posisi=posts, Riwayat_Jabatan=rows)), oleh=None)
    assert RiwayatJabatan.objects.get(pegawai__nip=NIP_2, mulai=date(2024, 1, 2)).sampai == date(2025, 6, 30)


def test_a_database_that_changed_since_the_check_is_not_half_written():
    report = importing.check(workbook(Posisi=[], Pegawai=[], Riwayat_Jabatan=[]))
    Unor.objects.create(kode="D1", nama="Sempat dibuat", jenis="dinas")
    Unor.objects.create(kode="Z", nama="Z", jenis="dinas", induk=Unor.objects.get(kode="D1"))
    importing.apply(report, oleh=None)
    assert Unor.objects.get(kode="D1").nama == "Dinas Satu"
    broken = importing.check(workbook(Unit=[]))
    Pegawai.objects.create(nip="196608011988031009", nama="x", tanggal_lahir=date(1966, 8, 1), jenis_kelamin="L")
    Unor.objects.filter(kode="D1-A").update(kode="LAIN")
    with pytest.raises(importing.ImporDitolak):
        importing.apply(broken, oleh=None)
    assert not Posisi.objects.exists()


@pytest.mark.parametrize("content", [b"", b"bukan xlsx", b"PK\x03\x04rusak", importing.template()[:-50]])
def test_a_file_that_is_no_workbook_is_one_sentence(content: bytes):
    (error,) = importing.check(content).errors
    assert "(.xlsx)" in error.message


def test_a_workbook_without_our_sheets_or_columns_is_refused():
    book = Workbook()
    out = io.BytesIO()
    book.save(out)
    assert "Lembar yang dikenali" in importing.check(out.getvalue()).errors[0].message
    sheet = book.create_sheet(UNIT)
    sheet.append(["Kode", "Jenis"])
    out = io.BytesIO()
    book.save(out)
    assert "Kolom tidak ditemukan: Nama" in importing.check(out.getvalue()).errors[0].message


def test_the_template_explains_every_column():
    book = load_workbook(io.BytesIO(importing.template()))
    explained = {(row[0], row[1]) for row in book["Petunjuk"].iter_rows(min_row=2, values_only=True)}
    assert explained == {(name, kolom.judul) for name, columns in LEMBAR.items() for kolom in columns}


def test_the_command_checks_applies_and_makes_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "kota.xlsx"
    path.write_bytes(workbook())
    call_command("import_kepegawaian", path, "--dry-run")
    assert "Pegawai: 2 baru" in capsys.readouterr().out
    assert not Unor.objects.exists()
    call_command("import_kepegawaian", path, "--akun")
    assert Pegawai.objects.filter(user__username__in=[NIP, NIP_2], user__wajib_ganti_sandi=True).count() == 2
    path.write_bytes(workbook(**replaced(UNIT, 0, Jenis="apa")))
    with pytest.raises(CommandError, match="1 kesalahan"):
        call_command("import_kepegawaian", path)
    assert "Unit, baris 2, Jenis" in capsys.readouterr().err
    with pytest.raises(CommandError, match="tidak dapat dibaca"):
        call_command("import_kepegawaian", tmp_path / "tidak-ada.xlsx")
    call_command("import_kepegawaian", "--template", tmp_path / "t.xlsx")
    assert (tmp_path / "t.xlsx").exists()


def test_a_page_imports_through_a_job():
    admin = buat_user()
    upload = SimpleUploadedFile("kota.xlsx", workbook())
    berkas = files.store(upload, pengunggah=admin, jenis=["xlsx"], maks_mb=10)
    job = jobs.start(IMPOR, kunci="kota", parameter={"berkas": str(berkas.pk), "akun": True}, oleh=admin)
    outbox.drain()
    job.refresh_from_db()
    assert (job.status, job.hasil["akun"], job.hasil["jumlah"]["Unit"]["baru"]) == (StatusJob.SELESAI, 2, 3)


def test_the_import_page_offers_it():
    impor = imports.get("kepegawaian")
    assert impor is not None
    assert impor.pekerjaan == IMPOR
    assert "akun" in impor.opsi
    assert not impor.check(io.BytesIO(workbook())).errors


def test_reference_lists_are_loaded_and_updated(tmp_path: Path):
    (tmp_path / "eselon.json").write_text(json.dumps({"22": "II.b"}))
    (tmp_path / "atribut.json").write_text(json.dumps({"eselon": {"22": {"jabatanAsn": "JPT PRATAMA"}}}))
    (tmp_path / "sub_jabatan.json").write_text(
        json.dumps([{"id": "A1", "nama": "Guru Kelas", "kelompok": "G", "aktif": False}])
    )
    call_command("import_referensi", tmp_path)
    call_command("import_referensi", tmp_path)
    assert Referensi.objects.get(daftar="eselon").atribut == {"jabatanAsn": "JPT PRATAMA"}
    sub = Referensi.objects.get(daftar="sub_jabatan")
    assert (sub.label, sub.kelompok, sub.aktif) == ("Guru Kelas", "G", False)
    with pytest.raises(CommandError):
        call_command("import_referensi", tmp_path / "kosong")


def test_the_full_lists_of_bkn_load(capsys: pytest.CaptureFixture[str]):
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "referensi"
    if not folder.exists():
        pytest.skip("the shared lists are not present")
    call_command("import_referensi", folder)
    assert Referensi.objects.filter(daftar="jabatan_fungsional").count() == 1466
    assert Referensi.objects.filter(daftar="sub_jabatan", aktif=False).count() == 5


def test_the_first_admin_is_made_on_the_command_line(capsys: pytest.CaptureFixture[str]):
    from backend.accounts.models import User

    call_command("create_admin", "Admin.Kota", nama="Admin Kota")
    sandi = capsys.readouterr().out.split("sekali pakai: ")[1].split()[0]
    user = User.objects.get(username="admin.kota")
    assert user.check_password(sandi)
    assert user.peran.get().peran == "bkpsdm"
    call_command("create_admin", "admin.kota", peran="auditor")
    with pytest.raises(CommandError, match="sudah mempunyai peran"):
        call_command("create_admin", "admin.kota", peran="auditor")
