"""Reports read-only, documents, people one rates, and the page of a case: who sees what."""

from __future__ import annotations

import pytest
from django.urls import reverse

from backend.kinerja.models import Dokumen
from backend.platform import outbox
from tests.factories_kepegawaian import buat_pegawai
from tests.factories_kinerja import Kota, instance_of, isi_sampai_ajukan, kerjakan, putusan, setujui_semua
from tests.web.conftest import Masuk


@pytest.fixture
def final(kota: Kota) -> Kota:
    isi_sampai_ajukan(kota)
    setujui_semua(kota)
    outbox.drain()
    return kota


def test_own_list_shows_figures_predikat_and_documents(final: Kota, masuk: Masuk) -> None:
    halaman = masuk(final.asn).get(reverse("laporan")).content.decode()
    assert "Maret 2025" in halaman
    assert halaman.count("100,00 %") == 2
    assert "Baik" in halaman
    assert all(reverse("dokumen-unduh", args=[pk]) in halaman for pk in Dokumen.objects.values_list("pk", flat=True))


def test_a_final_laporan_is_read_only_and_complete(final: Kota, masuk: Masuk) -> None:
    halaman = masuk(final.asn).get(reverse("laporan-detail", args=[final.laporan.pk])).content.decode()
    assert "Tahapan 1.1" in halaman
    assert "Jumlah layanan 1" in halaman
    assert "sementara" in halaman
    assert "<textarea" not in halaman
    assert final.dinas.kabid.nama in halaman


def test_documents_are_downloaded_as_files_and_only_by_who_may_see_them(final: Kota, masuk: Masuk) -> None:
    dok = Dokumen.objects.filter(laporan=final.laporan).first()
    assert dok is not None
    url = reverse("dokumen-unduh", args=[dok.pk])
    jawab = masuk(final.asn).get(url)
    assert jawab["Content-Disposition"].startswith("attachment")
    assert b"".join(jawab.streaming_content).startswith(b"PK")
    for tutup in jawab._resource_closers:
        tutup()
    assert masuk(final.dinas.staf_lain.user).get(url).status_code == 404


def test_letters_that_are_missing_can_be_made_once_and_only_when_final(kota: Kota, masuk: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    url = reverse("laporan-buat-dokumen", args=[laporan.pk])
    assert masuk(kota.asn).post(url).status_code == 409
    setujui_semua(kota)
    assert "Buat dokumen" in masuk(kota.asn).get(reverse("laporan-detail", args=[laporan.pk])).content.decode()
    masuk(kota.asn).post(url)
    masuk(kota.asn).post(url)
    assert sorted(Dokumen.objects.filter(laporan=laporan).values_list("jenis", flat=True)) == ["d15", "d18"]


def test_the_atasan_sees_his_direct_people_and_nobody_else(final: Kota, masuk: Masuk) -> None:
    browser = masuk(final.atasan)
    daftar = browser.get(reverse("bawahan")).content.decode()
    assert final.dinas.staf.nama in daftar
    assert final.dinas.kepala.nama not in daftar
    assert browser.get(reverse("bawahan-detail", args=[final.dinas.staf.pk])).status_code == 200
    asing = buat_pegawai("Orang Asing")
    assert browser.get(reverse("bawahan-detail", args=[asing.pk])).status_code == 404
    assert browser.get(reverse("bawahan-detail", args=[final.dinas.kabid.pk])).status_code == 404  # himself


@pytest.mark.parametrize("nama", ["laporan-detail", "bawahan-detail", "berkas"])
def test_what_belongs_to_others_is_not_there(final: Kota, masuk: Masuk, nama: str) -> None:
    pk = {
        "laporan-detail": final.laporan.pk,
        "bawahan-detail": final.dinas.staf.pk,
        "berkas": instance_of(final.laporan).pk,
    }[nama]
    assert masuk(final.dinas.staf_lain.user).get(reverse(nama, args=[pk])).status_code == 404


# --- Page of a case -----------------------------------------------------------------------------------------------


def test_a_waiting_case_says_why_who_and_since_when(kota: Kota, masuk: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    halaman = masuk(kota.asn).get(reverse("berkas", args=[instance_of(laporan).pk])).content.decode()
    for kata in (
        "Mengapa terhenti",
        "Siapa yang harus bertindak",
        "Sejak kapan",
        kota.dinas.kabid.nama,
        "Tarik kembali",
    ):
        assert kata in halaman
    assert "Giliran Anda" in masuk(kota.atasan).get(reverse("berkas", args=[instance_of(laporan).pk])).content.decode()


def test_the_history_tells_who_decided_what_newest_first(kota: Kota, masuk: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_renaksi"))
    halaman = masuk(kota.asn).get(reverse("berkas", args=[instance_of(laporan).pk])).content.decode()
    urut = [halaman.index(kata) for kata in ("Menunggu: Periksa SKP", "Periksa Renaksi: disetujui", "Renaksi: selesai")]
    assert urut == sorted(urut)
    assert 'class="node task done"' in halaman
    assert 'class="node task current"' in halaman
    assert 'class="flow taken"' in halaman


def test_a_vacant_post_is_named_as_the_reason(kota: Kota, masuk: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    kota.dinas.kabid.riwayat_jabatan.update(sampai="2025-01-01", status="NONAKTIF")
    halaman = masuk(kota.asn).get(reverse("berkas", args=[instance_of(laporan).pk])).content.decode()
    assert "Jabatan itu kosong dan belum ada Plt. atau Plh." in halaman
