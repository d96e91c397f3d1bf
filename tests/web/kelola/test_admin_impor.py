"""Import: nothing is written before *Terapkan*, and nothing at all while one row is wrong."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from backend.kepegawaian.models import Jabatan
from backend.platform import files, imports, jobs, outbox
from backend.platform.imports import Impor
from backend.platform.models import Berkas, Job
from tests.web.kelola.conftest import Kota

Masuk = Callable[[User | None], Client]


@dataclass
class Salah:
    sheet: str
    row: int
    column: str
    message: str


@dataclass
class Hasil:
    nama: list[str] = field(default_factory=list)
    errors: list[Salah] = field(default_factory=list)
    notes: list[Salah] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {"Jabatan": len(self.nama)}


def _buku(*nama: str) -> bytes:
    buku = openpyxl.Workbook()
    for satu in ("Nama", *nama):
        buku.active.append([satu])
    isi = io.BytesIO()
    buku.save(isi)
    return isi.getvalue()


def _periksa(berkas: IO[bytes]) -> Hasil:
    hasil = Hasil()
    for nomor, (nama,) in enumerate(
        openpyxl.load_workbook(berkas).active.iter_rows(min_row=2, values_only=True), start=2
    ):
        hasil.nama.append(nama)
        if nama.islower():
            hasil.notes.append(Salah("Jabatan", nomor, "Nama", "Nama ditulis dengan huruf kecil."))
        if nama.startswith("?"):
            hasil.errors.append(Salah("Jabatan", nomor, "Nama", "Nama jabatan tidak dikenal."))
    return hasil


def _terapkan(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    with files.open_bytes(Berkas.objects.get(pk=job.parameter["berkas"])) as isi:
        hasil = _periksa(isi)
    progress(0, total=len(hasil.nama), pesan="Menyimpan")
    rows = Jabatan.objects.bulk_create(Jabatan(nama=nama, jenis="pelaksana") for nama in hasil.nama)
    return {"jumlah": {"Jabatan": {"baru": len(rows), "tetap": 0}}, "akun": 1 if job.parameter["akun"] else 0}


@pytest.fixture(autouse=True)
def _jenis_uji(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "_kinds", {})
    monkeypatch.setitem(jobs._functions, "impor_uji", _terapkan)
    imports.register(
        Impor("uji", "Jabatan uji", "Satu lembar.", lambda: _buku(), _periksa, "impor_uji", {"akun": "Buatkan akun"})
    )


def _unggah(client: Client, *nama: str) -> str:
    berkas = SimpleUploadedFile("jabatan.xlsx", _buku(*nama))
    return str(client.post(reverse("admin-impor-unggah", args=["uji"]), {"berkas": berkas})["Location"])


def test_the_template_is_downloaded(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    assert "Jabatan uji" in client.get(reverse("admin-impor")).content.decode()
    isi = client.get(reverse("admin-impor-templat", args=["uji"])).content
    assert openpyxl.load_workbook(io.BytesIO(isi)).active["A1"].value == "Nama"


def test_a_good_workbook_is_written_only_when_it_is_applied(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    alamat = _unggah(client, "Penata Uji", "Pengolah Uji")
    assert "Terapkan impor" in client.get(alamat).content.decode()
    assert not Jabatan.objects.filter(nama="Penata Uji").exists()
    jawab = client.post(alamat, {"akun": "on"})
    assert client.post(alamat, {"akun": "on"})["Location"] == jawab["Location"]  # a second press joins the first
    assert "Anda boleh meninggalkan halaman ini" in client.get(jawab["Location"]).content.decode()
    outbox.drain()
    assert Jabatan.objects.filter(nama__in=["Penata Uji", "Pengolah Uji"]).count() == 2
    isi = client.get(jawab["Location"]).content.decode()
    for kata in ("Selesai", "Jabatan, baru", "Akun dibuat"):
        assert kata in isi


def test_notes_are_shown_and_stop_nothing(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    isi = client.get(_unggah(client, "penata uji")).content.decode()
    assert "1 catatan" in isi
    assert "Nama ditulis dengan huruf kecil." in isi
    assert "Terapkan impor" in isi


def test_one_wrong_row_is_named_and_nothing_is_written(kota: Kota, masuk: Masuk) -> None:
    client = masuk(kota.bkpsdm)
    alamat = _unggah(client, "Penata Uji", "?")
    isi = client.get(alamat).content.decode()
    assert "Jabatan, baris 3" in isi
    assert "Nama jabatan tidak dikenal." in isi
    assert "Terapkan impor" not in isi
    assert "masih mempunyai kesalahan" in client.post(alamat).content.decode()
    assert not Jabatan.objects.filter(nama="Penata Uji").exists()


def test_only_a_workbook_is_taken(kota: Kota, masuk: Masuk) -> None:
    berkas = SimpleUploadedFile("jabatan.xlsx", b"%PDF-1.4 bukan buku kerja %%EOF")
    jawaban = masuk(kota.bkpsdm).post(reverse("admin-impor-unggah", args=["uji"]), {"berkas": berkas})
    assert "Jenis berkas tidak didukung" in jawaban.content.decode()
    assert not Berkas.objects.exists()


def test_a_workbook_of_somebody_else_is_not_found(kota: Kota, masuk: Masuk) -> None:
    alamat = _unggah(masuk(kota.bkpsdm), "Penata Uji")
    Berkas.objects.update(pengunggah=kota.auditor)
    assert masuk(kota.bkpsdm).get(alamat).status_code == 404


def test_an_unknown_kind_is_not_found(kota: Kota, masuk: Masuk) -> None:
    assert masuk(kota.bkpsdm).get(reverse("admin-impor-unggah", args=["gaji"])).status_code == 404
