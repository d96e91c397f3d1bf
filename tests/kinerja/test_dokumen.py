"""D15 and D18 of a final laporan (kinerja.md §7)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from docx import Document

from backend.kepegawaian.enums import JenisPenugasan
from backend.kinerja import enums, errors
from backend.kinerja.models import Dokumen
from backend.kinerja.services import dokumen
from backend.platform import files, outbox
from tests.factories_kepegawaian import buat_pegawai, dudukkan
from tests.factories_kinerja import (
    RINGKASAN,
    Kota,
    buat_kota,
    isi_sampai_ajukan,
    isian_pks,
    isian_renaksi,
    isian_skp,
    kerjakan,
    lampirkan,
    open_item,
    putusan,
    setujui_semua,
)


def isi(row: Dokumen) -> str:
    with files.open_bytes(row.berkas) as content:
        document = Document(io.BytesIO(content.read()))
    cells = [cell.text for table in document.tables for row_ in table.rows for cell in row_.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@pytest.fixture
def final(kota: Kota) -> Kota:
    isi_sampai_ajukan(kota)
    setujui_semua(kota)
    outbox.drain()
    return kota


def test_d15_prints_people_results_behaviour_and_predikat(final: Kota):
    teks = isi(final.laporan.dokumen.get(jenis="d15"))
    assert "{{" not in teks
    assert "{%" not in teks
    laporan = final.laporan
    for bagian in (
        final.dinas.staf.nama_lengkap, final.dinas.staf.nip, final.dinas.kabid.nama_lengkap, final.dinas.posisi_kabid.jabatan.nama,
        "Layanan 1 terselenggara tepat waktu", "10 layanan (capaian 100,00 %)", "A. UTAMA", "B. TAMBAHAN", "1 Maret 2025 s.d. 31 Maret 2025",
        "CAPAIAN KINERJA ORGANISASI: Belum ditetapkan", "PREDIKAT KINERJA PEGAWAI: Baik (sementara)",
    ):  # fmt: skip
        assert bagian in teks, bagian
    for nilai in enums.NilaiPerilaku:
        assert nilai.label in teks
        assert all(panduan in teks for panduan in enums.PANDUAN_PERILAKU[nilai])
    assert laporan.bukti.first().nama_asli in teks


def test_d18_names_the_three_people_and_the_result(final: Kota):
    teks = isi(final.laporan.dokumen.get(jenis="d18"))
    for bagian in (
        final.dinas.staf.nip,
        final.dinas.kabid.nip,
        final.dinas.kepala.nip,
        "Baik (sementara)",
        "5.",
        "CATATAN/REKOMENDASI",
    ):
        assert bagian in teks, bagian


def test_the_one_who_acted_signs_with_plh_before_the_post(kota: Kota):
    isi_sampai_ajukan(kota)
    plh, hari = buat_pegawai("Penggantinya"), timezone.localdate()
    dudukkan(plh, kota.dinas.posisi_staf)
    dudukkan(plh, kota.dinas.posisi_kabid, jenis=JenisPenugasan.PLH, mulai=hari, sampai=hari + timedelta(days=3))
    for step in ("tinjau_renaksi", "tinjau_skp", "tinjau_pks"):
        kerjakan(kota.laporan, plh.user, putusan(kota.laporan, step))
    outbox.drain()
    teks = isi(kota.laporan.dokumen.get(jenis="d15"))
    assert f"Plh. {kota.dinas.posisi_kabid.jabatan.nama}" in teks
    assert plh.nama_lengkap in teks


def test_a_kualitatif_skp_prints_its_own_layout(db: None):
    kota = buat_kota(pendekatan="kualitatif")
    laporan = kota.laporan
    kerjakan(laporan, kota.asn, isian_renaksi(laporan))
    lampirkan(laporan)
    kata = {"nilai": None, "nilai_teks": "Dinilai baik oleh warga & mitra.", "capaian_kualitatif": "tercapai"}
    kerjakan(laporan, kota.asn, isian_skp(laporan, **kata))
    kerjakan(laporan, kota.asn, isian_pks(laporan))
    kerjakan(laporan, kota.asn, RINGKASAN)
    setujui_semua(kota)
    outbox.drain()
    teks = isi(kota.laporan.dokumen.get(jenis="d15"))
    assert "PENDEKATAN HASIL KERJA KUALITATIF" in teks
    assert "Jumlah layanan 1: Layanan dinilai baik" in teks
    assert "Dinilai baik oleh warga & mitra. (Tercapai)" in teks


def test_a_letter_is_made_once_and_only_of_a_final_laporan(final: Kota):
    before = list(Dokumen.objects.order_by("pk").values_list("pk", "sha256"))
    dokumen.buat_semua(final.laporan)
    assert list(Dokumen.objects.order_by("pk").values_list("pk", "sha256")) == before


def test_no_letter_before_final(kota: Kota):
    assert open_item(kota.laporan).step == "isi_renaksi"
    with pytest.raises(errors.LaporanBelumFinal):
        dokumen.buat_semua(kota.laporan)
