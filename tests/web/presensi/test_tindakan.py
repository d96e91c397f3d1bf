"""What people do on the pages: corrections and leave, roster, seal, machines, PIN, imports."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from backend.core.periode import WIB
from backend.platform.enums import StatusJob
from backend.platform.models import AuditEvent, Job
from backend.presensi.enums import StatusPengajuan, StatusSegel, SumberTap
from backend.presensi.models import (
    ApelKehadiran,
    HadirHarian,
    JadwalPola,
    JadwalShift,
    Karantina,
    Ketidakhadiran,
    Koreksi,
    KoreksiMassal,
    LokasiAbsen,
    Mesin,
    PenugasanJadwal,
    RosterShift,
    SegelBulan,
    TapMentah,
)
from backend.presensi.services import impor, jadwal, kotor, tap
from backend.workflow import definitions
from backend.workflow.models import WorkItem
from tests.web.presensi.conftest import SELASA, SESUDAH, Kota, Masuk, isi_berkas
from tests.web.presensi.test_isi import jalankan

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def berkas(nama: str = "surat.pdf", isi: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(nama, isi)


@pytest.fixture
def jam_juni():
    """The clock of the pages stands on Monday 2 June 2025, 20.00: May may still be corrected."""
    with patch("django.utils.timezone.now", return_value=SESUDAH):
        yield


@pytest.fixture
def proses(kota: Kota) -> None:
    definitions.publish_file(definitions.processes_dir() / "koreksi_presensi.bpmn")


def hari(kota: Kota, tanggal: date) -> HadirHarian:
    kotor.proses(sekarang=SESUDAH)
    return HadirHarian.objects.get(pegawai=kota.satu.staf, tanggal=tanggal)


# --- Corrections ------------------------------------------------------------------------------------------------------


# The process has a timer of the real clock, so these tests speak of the last working day.
KEMARIN = timezone.localdate() - timedelta(days=1)
while KEMARIN.isoweekday() > 5:
    KEMARIN -= timedelta(days=1)


def ajukan(client, tanggal: date, jenis: str, **isi):
    alamat = f"{reverse('presensi-koreksi-baru')}?jenis={jenis}"
    return client.post(alamat, {"tanggal": tanggal.isoformat(), "alasan": "Mesin di lobi sedang antre panjang.", **isi})


def test_a_correction_is_asked_for_decided_in_the_inbox_and_computes_the_day_anew(
    kota: Kota, masuk: Masuk, proses: None
) -> None:
    asn, atasan = masuk(kota.staf), masuk(kota.kabid)
    assert (
        asn.get(reverse("presensi-koreksi-baru"), {"tanggal": KEMARIN.isoformat()})
        .context["pilihan"][0][0]
        .endswith(f"jenis=LUPA_MASUK&tanggal={KEMARIN}")
    )
    jawaban = ajukan(asn, KEMARIN, "LUPA_MASUK", jam="07:25", berkas=berkas())
    row = Koreksi.objects.get()
    assert jawaban.url == reverse("presensi-koreksi", args=[row.pk])
    assert (row.status, row.jam, row.berkas.nama_asli) == (StatusPengajuan.DIAJUKAN, time(7, 25), "surat.pdf")
    teks = asn.get(jawaban.url).content.decode()
    assert kota.kabid.nama in teks  # at whose desk
    item = WorkItem.objects.open().get()
    alamat = reverse("kotak-masuk-tugas", args=[item.pk])
    isi = atasan.get(alamat)
    assert isi.status_code == 200
    assert masuk(kota.staf).get(alamat).status_code == 404
    rev = isi.context["rev"]
    hasil = atasan.post(alamat, {"rev": rev, "aksi": "lanjut", "keputusan": "setujui", "catatan": ""})
    assert hasil.status_code == 302
    row.refresh_from_db()
    assert (row.status, row.pemutus_id) == (StatusPengajuan.DISETUJUI, kota.kabid.pk)
    kotor.proses(sekarang=timezone.now() + timedelta(days=2))
    baru = HadirHarian.objects.get(pegawai=kota.satu.staf, tanggal=KEMARIN)
    assert (baru.status, baru.kode) == ("HADIR", ["PSW4"])  # a side with a time, the other still missing


def test_corrections_without_a_warning_are_approved_together_and_each_keeps_its_reason(
    kota: Kota, masuk: Masuk, proses: None
) -> None:
    alasan = ["Mesin di lobi sedang antre panjang.", "Rapat di luar sampai sore, tidak sempat tap."]
    ajukan(masuk(kota.staf), KEMARIN, "LUPA_MASUK", jam="07:25", alasan=alasan[0])
    ajukan(masuk(kota.staf), KEMARIN, "LUPA_PULANG", jam="16:45", alasan=alasan[1])
    ajukan(masuk(kota.staf), KEMARIN, "UBAH_STATUS", status_hari="DINAS_LUAR", nomor_surat="800/7/2026")
    items = list(WorkItem.objects.open())
    tanda = [item for item in items if item.warning]
    assert len(items) == 3
    assert [dict(item.facts)["Peringatan"] for item in tanda] == ["Tanpa berkas surat"]
    atasan = masuk(kota.kabid)
    halaman = atasan.get(reverse("kotak-masuk")).content.decode()
    assert halaman.count('name="butir"') == 2
    assert all(satu in halaman for satu in alasan)
    data = {"butir": [str(item.pk) for item in items]}
    jawaban = atasan.post(reverse("kotak-masuk-setujui"), data, follow=True).content.decode()
    assert "2 butir disetujui" in jawaban
    assert "harus diperiksa satu per satu: Tanpa berkas surat" in jawaban
    rows = Koreksi.objects.filter(status=StatusPengajuan.DISETUJUI)
    assert sorted((row.jenis, row.alasan, row.pemutus_id) for row in rows) == [
        ("LUPA_MASUK", alasan[0], kota.kabid.pk), ("LUPA_PULANG", alasan[1], kota.kabid.pk),
    ]  # fmt: skip
    assert WorkItem.objects.open().get() == tanda[0]


def test_a_correction_says_what_is_missing_and_keeps_what_was_typed(kota: Kota, masuk: Masuk, proses: None) -> None:
    client = masuk(kota.staf)
    jawaban = ajukan(client, KEMARIN, "LUPA_MASUK", alasan="pendek")
    assert jawaban.status_code == 422
    assert set(jawaban.context["form"].errors) == {"jam", "alasan"}
    assert ajukan(client, KEMARIN, "UBAH_STATUS", status_hari="DINAS_LUAR").context["form"].errors.keys() == {
        "nomor_surat"
    }
    besok = ajukan(client, timezone.localdate() + timedelta(days=2), "LUPA_MASUK", jam="07:00")
    assert "sudah lewat" in str(besok.context["form"].errors)
    lama = ajukan(client, date(2025, 3, 4), "LUPA_MASUK", jam="07:00")
    assert "Batas koreksi" in str(lama.context["form"].errors)
    assert not Koreksi.objects.exists()


@pytest.mark.parametrize(
    ("nama", "isi"),
    [("surat.exe", b"MZ"), ("surat.pdf", b"<html>"), ("surat.pdf", b""), ("gambar.png", b"GIF89a")],
)
def test_a_hostile_file_of_a_correction_is_refused_in_words(
    kota: Kota, masuk: Masuk, proses: None, nama: str, isi: bytes
) -> None:
    jawaban = ajukan(masuk(kota.staf), KEMARIN, "LUPA_MASUK", jam="07:25", berkas=berkas(nama, isi))
    assert jawaban.status_code == 422
    assert jawaban.context["form"].errors
    assert not Koreksi.objects.exists()


def test_an_open_correction_is_withdrawn_by_its_owner_and_by_nobody_else(
    kota: Kota, masuk: Masuk, proses: None
) -> None:
    ajukan(masuk(kota.staf), KEMARIN, "LUPA_MASUK", jam="07:25")
    row = Koreksi.objects.get()
    alamat = reverse("presensi-koreksi", args=[row.pk])
    assert masuk(kota.satu.staf_lain.user).get(alamat).status_code == 404
    assert masuk(kota.kabid).post(alamat, {"alasan": "Bukan urusan saya."}).status_code == 403
    assert masuk(kota.staf).post(alamat, {"alasan": "Sudah ketemu tapnya."}).status_code == 302
    row.refresh_from_db()
    assert row.status == StatusPengajuan.DIBATALKAN
    assert not WorkItem.objects.open().exists()


def test_a_broken_machine_is_recorded_by_the_admin_and_decided_by_the_head(
    kota: Kota, masuk: Masuk, jam_juni: None
) -> None:
    admin = masuk(kota.admin)
    isi = {
        "opd": kota.satu.opd.pk, "unit": "", "mesin": "", "mulai": "2025-05-06", "sampai": "2025-05-06", "sisi": "KEDUA",
        "alasan": "Listrik padam seharian di kantor.",
    }  # fmt: skip
    jawaban = admin.post(reverse("presensi-massal-baru"), isi)
    row = KoreksiMassal.objects.get()
    assert jawaban.url == reverse("presensi-massal-detail", args=[row.pk])
    assert row.koreksi.count() == 4
    assert admin.post(jawaban.url, {"aksi": "setuju", "catatan": ""}).status_code in (403, 422)  # not his own
    assert masuk(kota.lain).get(jawaban.url).status_code == 404
    assert masuk(kota.kepala).post(jawaban.url, {"aksi": "tolak", "catatan": ""}).status_code == 422
    assert masuk(kota.kepala).post(jawaban.url, {"aksi": "setuju", "catatan": ""}).status_code == 302
    # All but the head's own row, which stays for somebody else.
    assert row.koreksi.filter(status=StatusPengajuan.DISETUJUI).count() == 3
    assert hari(kota, SELASA).status == "HADIR"
    asing = {**isi, "opd": kota.dua.opd.pk}
    assert "opd" in admin.post(reverse("presensi-massal-baru"), asing).context["form"].errors


# --- Leave ------------------------------------------------------------------------------------------------------------


def izin(client, **ganti):
    isi = {
        "jenis": "DINAS_LUAR", "mulai": "2025-05-06", "sampai": "2025-05-06", "bagian": "PENUH", "nomor_surat": "090/1/2025", "alasan": "", "berkas": berkas(),
    }  # fmt: skip
    return client.post(reverse("presensi-izin-baru"), {**isi, **ganti})


def test_leave_is_asked_for_and_decided_by_the_atasan(kota: Kota, masuk: Masuk, jam_juni: None) -> None:
    jawaban = izin(masuk(kota.staf))
    row = Ketidakhadiran.objects.get()
    assert (row.pegawai_id, row.status) == (kota.satu.staf.pk, StatusPengajuan.DIAJUKAN)
    assert masuk(kota.staf).post(jawaban.url, {"aksi": "setuju", "alasan": ""}).status_code == 403
    assert masuk(kota.satu.staf_lain.user).get(jawaban.url).status_code == 404
    assert masuk(kota.kabid).get(reverse("presensi-bawahan")).context["menunggu"] == 1
    surat = masuk(kota.kabid).get(reverse("presensi-izin-surat", args=[row.pk]))
    assert surat["Content-Disposition"].startswith("attachment")
    assert isi_berkas(surat) == PDF
    assert masuk(kota.kabid).post(jawaban.url, {"aksi": "tolak", "alasan": ""}).status_code == 422
    assert masuk(kota.kabid).post(jawaban.url, {"aksi": "setuju", "alasan": ""}).status_code == 302
    assert hari(kota, SELASA).status == "DL"


def test_leave_without_its_letter_and_over_other_leave_is_refused(kota: Kota, masuk: Masuk, jam_juni: None) -> None:
    client = masuk(kota.staf)
    isi = {"jenis": "DINAS_LUAR", "mulai": "2025-05-06", "sampai": "2025-05-05", "bagian": "PENUH"}
    assert client.post(reverse("presensi-izin-baru"), isi).status_code == 422
    assert izin(client, nomor_surat="").status_code == 422
    assert izin(client).status_code == 302
    dua = izin(client, jenis="CUTI_TAHUNAN", berkas=berkas())
    assert dua.status_code == 422
    assert "sudah ada" in str(dua.context["form"].errors)


def test_an_admin_enters_leave_for_his_people_and_for_nobody_else(kota: Kota, masuk: Masuk, jam_juni: None) -> None:
    client = masuk(kota.admin)
    assert izin(client, pegawai=kota.satu.staf.pk).status_code == 302
    assert Ketidakhadiran.objects.get().pegawai_id == kota.satu.staf.pk
    assert "pegawai" in izin(client, pegawai=kota.dua.staf.pk, berkas=berkas()).context["form"].errors


# --- Roster and schedules -------------------------------------------------------------------------------------------------


@pytest.fixture
def shift(kota: Kota) -> None:
    jadwal.tugaskan(kota.satu.staf, pola="SHIFT", mulai=date(2025, 5, 1), oleh=kota.admin)


def sel(kota: Kota, tanggal: str) -> str:
    return f"r-{kota.satu.staf.pk}-{tanggal}"


def test_the_roster_is_filled_in_by_week_and_lepas_follows_malam(kota: Kota, masuk: Masuk, shift: None) -> None:
    client, alamat = masuk(kota.admin), f"{reverse('presensi-roster')}?minggu=2025-05-07"
    halaman = client.get(alamat)
    assert [satu.pegawai.pk for satu in halaman.context["baris"]] == [kota.satu.staf.pk]
    assert halaman.context["kosong"] == 7
    client.post(
        alamat, {sel(kota, "2025-05-05"): "PAGI", sel(kota, "2025-05-06"): "MALAM", sel(kota, "2025-05-09"): "X"}
    )
    isi = dict(RosterShift.objects.values_list("tanggal", "kode"))
    assert isi == {date(2025, 5, 5): "PAGI", date(2025, 5, 6): "MALAM", date(2025, 5, 7): "LEPAS"}
    client.post(alamat, {sel(kota, "2025-05-07"): "PAGI"})
    assert [tgl for _p, tgl in client.get(alamat).context["kurang_lepas"]] == [date(2025, 5, 6)]
    assert "tanpa hari lepas" in client.get(alamat).content.decode()
    client.post(alamat, {sel(kota, "2025-05-05"): ""})
    assert not RosterShift.objects.filter(tanggal=date(2025, 5, 5)).exists()


def test_last_week_is_copied_into_empty_cells_only(kota: Kota, masuk: Masuk, shift: None) -> None:
    client, alamat = masuk(kota.admin), reverse("presensi-roster")
    client.post(f"{alamat}?minggu=2025-05-05", {sel(kota, f"2025-05-0{n}"): "SIANG" for n in (5, 6)})
    client.post(f"{alamat}?minggu=2025-05-12", {sel(kota, "2025-05-12"): "PAGI"})
    client.post(f"{alamat}?minggu=2025-05-12", {"aksi": "salin"})
    assert RosterShift.objects.get(tanggal=date(2025, 5, 12)).kode == "PAGI"
    assert RosterShift.objects.get(tanggal=date(2025, 5, 13)).kode == "SIANG"


def buku(isi: bytes) -> list[list[object]]:
    """Cells of the first sheet."""
    return [list(row) for row in load_workbook(io.BytesIO(isi)).worksheets[0].iter_rows(values_only=True)]


def unggah_roster(client, kota: Kota, isi: bytes, nama: str):
    data = {"opd": kota.satu.opd.pk, "bulan": "2025-05", "berkas": SimpleUploadedFile(nama, isi)}
    return client.post(f"{reverse('presensi-roster-unggah')}?bulan=2025-05", data)


def test_a_month_of_roster_is_downloaded_filled_in_checked_and_written(kota: Kota, masuk: Masuk, shift: None) -> None:
    client = masuk(kota.admin)
    jadwal.isi_roster([jadwal.Jaga(kota.satu.staf.pk, date(2025, 5, 1), "PAGI")], oleh=kota.admin)
    assert "Unggah sebulan" in client.get(f"{reverse('presensi-roster')}?minggu=2025-05-07").content.decode()
    judul, satu = buku(client.get(f"{reverse('presensi-roster-templat')}?bulan=2025-05").content)
    assert judul == ["NIP", "Nama", *range(1, 32)]
    assert satu == [kota.satu.staf.nip, kota.satu.staf.nama, "PAGI", *[None] * 30]
    isi = f"NIP;Nama;1;2;4;5\n{kota.satu.staf.nip};x;PAGI;malam;M;S\n".encode()
    periksa = unggah_roster(client, kota, isi, "roster.csv").url
    halaman = client.get(periksa)
    assert dict(halaman.context["jumlah"]) == {"Pegawai": 1, "Hari yang berubah": 3, "Hari LEPAS ditambahkan": 1}
    assert [(satu.row, satu.column) for satu in halaman.context["catatan"]] == [(2, "Tanggal 4")]  # no LEPAS after it
    assert RosterShift.objects.count() == 1
    assert masuk(kota.bkpsdm).get(periksa).status_code == 404
    assert client.post(periksa).status_code == 302
    assert dict(RosterShift.objects.values_list("tanggal__day", "kode")) == {
        1: "PAGI", 2: "MALAM", 3: "LEPAS", 4: "MALAM", 5: "SIANG",
    }  # fmt: skip
    assert dict(client.get(periksa).context["jumlah"])["Hari yang berubah"] == 0


def test_each_wrong_row_of_a_roster_is_named_and_nothing_is_written(kota: Kota, masuk: Masuk, shift: None) -> None:
    nip, asing = kota.satu.staf.nip, kota.dua.staf.nip
    isi = f"NIP,Nama,1,2\n{nip},x,PAGI,SORE\n{asing},y,PAGI,\n{nip},x,PAGI,\n,z,PAGI,\n".encode()
    client = masuk(kota.admin)
    periksa = unggah_roster(client, kota, isi, "roster.csv").url
    galat = client.get(periksa).context["galat"]
    assert [(satu.row, satu.column) for satu in galat] == [(2, "Tanggal 2"), (3, "NIP"), (4, "NIP"), (5, "NIP")]
    jawaban = client.post(periksa)
    assert "masih mempunyai kesalahan" in jawaban.content.decode()
    assert not RosterShift.objects.exists()


@pytest.mark.parametrize(
    ("isi", "sebab"),
    [
        (b"Pegawai,1,2\n", "baris pertama"), (b"NIP,Nama\n", "tepat satu kolom"), (b"NIP,Nama,1,1\n", "tepat satu kolom"),
        (b"NIP,Nama,1,32\n", "tidak mempunyai tanggal 32"), (b"PK\x03\x04rusak", None), (b"\x00\x01", None),
    ],
)  # fmt: skip
def test_a_file_that_is_no_roster_says_why(
    kota: Kota, masuk: Masuk, shift: None, isi: bytes, sebab: str | None
) -> None:
    client = masuk(kota.admin)
    jawaban = unggah_roster(client, kota, isi, "roster.xlsx" if isi.startswith(b"PK") else "roster.csv")
    if sebab is None:
        assert jawaban.context["form"].errors
    else:
        assert sebab in client.get(jawaban.url).content.decode()


def test_readers_see_the_roster_and_cannot_write_it(kota: Kota, masuk: Masuk, shift: None) -> None:
    alamat = f"{reverse('presensi-roster')}?minggu=2025-05-07"
    client = masuk(kota.kepala)
    assert b"<select class" not in client.get(alamat).content.split(b'class="panel stack wide-form"')[1]
    assert client.post(alamat, {sel(kota, "2025-05-05"): "PAGI"}).status_code == 404
    assert not RosterShift.objects.exists()


def test_a_schedule_is_given_and_ended(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.admin)
    isi = {"pegawai": kota.satu.staf.pk, "pola": "N6", "mulai": "2025-05-01", "sampai": ""}
    assert client.post(reverse("presensi-penugasan-baru"), isi).status_code == 302
    row = PenugasanJadwal.objects.get()
    assert client.post(reverse("presensi-penugasan-akhiri", args=[row.pk]), {"sampai": "2025-05-31"}).status_code == 302
    row.refresh_from_db()
    assert row.sampai == date(2025, 5, 31)
    assert masuk(kota.lain).get(reverse("presensi-penugasan-akhiri", args=[row.pk])).status_code == 404


def test_a_new_version_of_a_pattern_ends_the_one_before(kota: Kota, masuk: Masuk) -> None:
    client, alamat = masuk(kota.bkpsdm), reverse("presensi-pola-baru")
    awal = client.get(alamat, {"kode": "N5"}).context["form"].initial
    assert awal["masuk_1"] == time(7, 30)
    isi = {
        "kode": "N5",
        "nama": "Lima hari kerja",
        "dasar_hukum": "SE 1/2026",
        "versi_ramadan": "R5",
        "berlaku_mulai": "2026-01-01",
    }
    isi |= {f"{sisi}_{n}": jam for n in range(1, 6) for sisi, jam in (("masuk", "07:00"), ("pulang", "15:30"))}
    assert client.post(alamat, {**isi, "pulang_2": ""}).context["form"].errors.keys() == {"pulang_2"}
    assert client.post(alamat, isi).status_code == 302
    lama, baru = JadwalPola.objects.filter(kode="N5").order_by("berlaku_mulai")
    assert (lama.berlaku_sampai, baru.hari.count()) == (date(2025, 12, 31), 5)
    assert masuk(kota.admin).get(alamat).status_code == 403


def test_new_hours_of_a_roster_code_say_whether_they_end_on_the_next_day(kota: Kota, masuk: Masuk) -> None:
    client, alamat = masuk(kota.bkpsdm), reverse("presensi-shift-baru")
    isi = {"kode": "MALAM", "masuk": "20:00", "pulang": "07:00", "berlaku_mulai": "2026-01-01"}
    assert client.post(alamat, isi).context["form"].errors.keys() == {"lintas_hari"}
    assert client.post(alamat, {**isi, "lintas_hari": "on"}).status_code == 302
    lama, baru = JadwalShift.objects.filter(kode="MALAM").order_by("berlaku_mulai")
    assert (lama.berlaku_sampai, baru.masuk) == (date(2025, 12, 31), time(20, 0))


def test_the_list_of_an_apel_marks_the_missing_and_everybody_else_present(kota: Kota, masuk: Masuk) -> None:
    client, alamat = masuk(kota.admin), reverse("presensi-apel")
    isi = {
        "tanggal": "2025-05-05",
        "opd": kota.satu.opd.pk,
        "tidak_hadir": f"{kota.satu.staf.nip}\n{kota.dua.staf.nip}",
    }
    assert kota.dua.staf.nip in str(client.post(alamat, isi).context["form"].errors)
    assert client.post(alamat, {**isi, "tidak_hadir": kota.satu.staf.nip}).status_code == 302
    assert ApelKehadiran.objects.filter(hadir=False).get().pegawai_id == kota.satu.staf.pk
    assert ApelKehadiran.objects.filter(hadir=True).count() == 3


# --- Seal -------------------------------------------------------------------------------------------------------------


def test_the_admin_proposes_the_head_seals_and_then_nothing_is_offered(kota: Kota, masuk: Masuk) -> None:
    alamat = reverse("presensi-segel-opd", args=[kota.satu.opd.pk, "2025-05"])
    admin, kepala = masuk(kota.admin), masuk(kota.kepala)
    assert "Menunggu Admin OPD" in kepala.get(alamat).content.decode()
    assert kepala.post(alamat, {"aksi": "segel"}).status_code == 422  # not proposed yet
    assert admin.post(alamat, {"aksi": "segel"}).status_code == 403
    assert admin.post(alamat, {"aksi": "ajukan"}).status_code == 302
    assert kepala.post(alamat, {"aksi": "segel"}).status_code == 302
    row = SegelBulan.objects.get()
    assert (row.status, row.jumlah_pegawai, row.disegel_oleh_id) == (StatusSegel.DISEGEL, 4, kota.kepala.pk)
    teks = admin.get(alamat).content.decode()
    assert row.checksum in teks
    assert "Usulkan segel" not in teks
    assert "Sudah disegel" in masuk(kota.staf).get(reverse("presensi"), {"bulan": "2025-05"}).content.decode()


def test_what_blocks_the_seal_is_named_with_its_link(kota: Kota, masuk: Masuk) -> None:
    Koreksi.objects.create(
        pegawai=kota.satu.staf, tanggal=SELASA, jenis="LUPA_MASUK", jam=time(7, 20), alasan="Lupa", status=StatusPengajuan.DIAJUKAN,
        pengaju=kota.staf, diajukan_pada=datetime(2025, 5, 7, 8, 0, tzinfo=WIB),
    )  # fmt: skip
    alamat = reverse("presensi-segel-opd", args=[kota.satu.opd.pk, "2025-05"])
    teks = masuk(kota.admin).get(alamat).content.decode()
    assert "1 koreksi belum diputus" in teks
    assert reverse("presensi-koreksi", args=[Koreksi.objects.get().pk]) in teks
    assert masuk(kota.admin).post(alamat, {"aksi": "ajukan"}).status_code == 422


# --- Machines, quarantine, places ---------------------------------------------------------------------------------------


def test_the_key_of_a_machine_is_shown_once(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.admin)
    isi = {"nomor_seri": "SN1", "nama": "Lobi", "opd": kota.satu.opd.pk, "lokasi": ""}
    jawaban = client.post(reverse("presensi-mesin-baru"), isi)
    kunci = jawaban.context["kunci"]
    assert "no-store" in jawaban["Cache-Control"]
    assert f"/mesin/{kunci}/" in jawaban.content.decode()
    mesin = Mesin.objects.get()
    for alamat in (reverse("presensi-mesin"), reverse("presensi-mesin-ubah", args=[mesin.pk])):
        assert kunci not in client.get(alamat).content.decode()
    assert not AuditEvent.objects.filter(data__icontains=kunci).exists()
    assert client.post(reverse("presensi-mesin-baru"), isi).context["form"].errors.keys() == {"nomor_seri"}
    assert (
        client.post(reverse("presensi-mesin-baru"), {**isi, "nomor_seri": "SN2", "opd": kota.dua.opd.pk}).status_code
        == 422
    )
    baru = client.post(reverse("presensi-mesin-kunci", args=[mesin.pk])).context["kunci"]
    assert baru != kunci
    assert masuk(kota.lain).post(reverse("presensi-mesin-kunci", args=[mesin.pk])).status_code == 404


def test_an_unknown_pin_is_given_to_its_owner_with_all_its_taps(kota: Kota, masuk: Masuk) -> None:
    mesin = Mesin.objects.create(nomor_seri="SN1", nama="Lobi", opd=kota.satu.opd)
    jam = [datetime(2025, 5, 6, *saat, tzinfo=WIB) for saat in ((7, 20), (16, 5))]
    tap.terima(
        [tap.TapBaru("777", satu, mesin.pk) for satu in jam], sumber=SumberTap.MESIN, sekarang=SESUDAH, hitung=False
    )
    client = masuk(kota.admin)
    baris = client.get(reverse("presensi-karantina"))
    assert baris.context["halaman"].paginator.count == 2
    row = Karantina.objects.filter(pin="777").first()
    alamat = reverse("presensi-karantina-pin", args=[row.pk])
    assert masuk(kota.lain).get(alamat).status_code == 404
    assert client.post(alamat, {"pegawai": kota.dua.staf.pk}).context["form"].errors
    assert client.post(alamat, {"pegawai": kota.satu.staf.pk}).status_code == 302
    assert TapMentah.objects.filter(pin="777", pegawai=kota.satu.staf).count() == 2
    assert client.get(reverse("presensi-karantina")).context["halaman"].paginator.count == 0
    assert hari(kota, SELASA).status == "HADIR"


def test_places_of_mobile_taps_are_kept_by_the_admin_of_their_opd(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.admin)
    isi = {
        "nama": "Kantor",
        "opd": kota.satu.opd.pk,
        "lat": "-7.629713",
        "lon": "111.523193",
        "radius_m": "",
        "aktif": "on",
    }
    assert client.post(reverse("presensi-lokasi-baru"), isi).status_code == 302
    row = LokasiAbsen.objects.get()
    ubah = reverse("presensi-lokasi-ubah", args=[row.pk])
    assert client.post(ubah, {**isi, "radius_m": "150"}).status_code == 302
    assert client.post(ubah, {**isi, "lat": "95"}).context["form"].errors.keys() == {"lat"}
    assert masuk(kota.lain).get(ubah).status_code == 404
    assert AuditEvent.objects.filter(chain=f"lokasi_absen:{row.pk}").count() == 2


# --- Import of files ----------------------------------------------------------------------------------------------------


def unggah(client, nama: str, isi: bytes):
    return client.post(reverse("presensi-impor"), {"berkas": SimpleUploadedFile(nama, isi), "mesin": ""})


def csv(kota: Kota) -> bytes:
    kini = timezone.localtime() - timedelta(hours=5)
    baris = [
        f"{kota.satu.staf.nip};{kini:%Y-%m-%d %H:%M:%S}",
        f"{kota.satu.staf.nip};kemarin",
        "abc def;2025-05-05 07:00:00",
    ]
    return "\n".join(["PIN;Waktu", *baris]).encode()


def test_a_file_is_taken_in_and_its_rejects_are_told_with_their_line(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.admin)
    jawaban = unggah(client, "tap.csv", csv(kota))
    job = jalankan(Job.objects.get(jenis=impor.JENIS))
    assert job.status == StatusJob.SELESAI
    assert (job.hasil["baru"], job.hasil["tidak_terbaca"]) == (1, 2)
    teks = client.get(jawaban.url).content.decode()
    assert "Baris 3" in teks
    assert "Waktu tidak terbaca" in teks
    assert isi_berkas(client.get(reverse("presensi-pekerjaan-unduh", args=[job.pk]))).startswith(b"PK")
    assert str(job) in client.get(reverse("presensi-impor")).content.decode()
    assert str(job) not in masuk(kota.lain).get(reverse("presensi-impor")).content.decode()


def test_the_template_is_a_file_that_the_import_reads(kota: Kota, masuk: Masuk) -> None:
    isi = masuk(kota.admin).get(reverse("presensi-impor-templat")).content
    bacaan = impor.baca(io.BytesIO(isi), mesin=None)
    assert (len(bacaan.taps), bacaan.tolakan) == (1, [])


def bom() -> bytes:
    isi = io.BytesIO()
    with zipfile.ZipFile(isi, "w", zipfile.ZIP_DEFLATED) as paket:
        paket.writestr("[Content_Types].xml", "<Types/>")
        paket.writestr("xl/workbook.xml", b"0" * 30_000_000)
    return isi.getvalue()


@pytest.mark.parametrize(
    ("nama", "isi"),
    [
        ("tap.exe", b"MZ\x00\x00"),
        ("tap.html", b"<script>"),
        ("tap.csv", b""),
        ("tap.csv", b"\x00\x01\x02"),
        ("tap.xlsx", b"PK\x03\x04bukan zip"),
        ("tap.xlsx", bom()),
    ],
)
def test_hostile_files_are_refused_at_once_and_in_words(kota: Kota, masuk: Masuk, nama: str, isi: bytes) -> None:
    jawaban = unggah(masuk(kota.admin), nama, isi)
    assert jawaban.status_code in (200, 422)
    assert jawaban.context["form"].errors
    assert not Job.objects.exists()


def test_a_file_that_is_too_large_is_refused_by_its_size(kota: Kota, masuk: Masuk) -> None:
    with patch("backend.web.presensi_impor.MAKS_MB", 0):
        jawaban = unggah(masuk(kota.admin), "tap.csv", b"1;2025-05-05 07:00:00\n")
    assert "MB" in str(jawaban.context["form"].errors)
    assert not Job.objects.exists()
