"""The inbox over HTTP: what is listed for whom, filters, decisions, approving many, who comes next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from backend.kinerja.models import CapaianOrganisasi
from backend.kinerja.services import periode
from backend.workflow.models import WorkItem
from tests.factories_kepegawaian import buat_pegawai, dudukkan
from tests.factories_kinerja import (
    Kota,
    buat_kota,
    buat_skp,
    instance_of,
    isi_sampai_ajukan,
    isian_pks,
    isian_renaksi,
    isian_skp,
    kerjakan,
    lampirkan,
    laporan_of,
    open_item,
    putusan,
    setujui_semua,
)
from tests.web.conftest import Masuk, pos, rev


@pytest.fixture
def diajukan(kota: Kota) -> Kota:
    isi_sampai_ajukan(kota)
    return kota


def url_butir(kota: Kota) -> str:
    return reverse("kotak-masuk-tugas", args=[open_item(kota.laporan).pk])


# --- List ---------------------------------------------------------------------------------------------------------


def test_the_atasan_finds_the_laporan_with_its_facts_and_others_do_not(diajukan: Kota, masuk: Masuk) -> None:
    halaman = masuk(diajukan.atasan).get(reverse("kotak-masuk")).content.decode()
    assert diajukan.dinas.staf.nama in halaman
    assert "Capaian pegawai 100,00 %" in halaman
    assert diajukan.dinas.staf.nama not in masuk(diajukan.kepala).get(reverse("kotak-masuk")).content.decode()
    assert masuk(diajukan.asn).get(url_butir(diajukan)).status_code in (404, 409)


def test_an_asn_never_sees_a_decision_on_his_own_laporan(diajukan: Kota, masuk: Masuk) -> None:
    halaman = masuk(diajukan.asn).get(reverse("kotak-masuk")).content.decode()
    assert "Kotak masuk kosong" in halaman
    assert 'value="setuju"' not in halaman


def test_filters_stay_in_the_addresses_of_the_items(diajukan: Kota, masuk: Masuk) -> None:
    url = f"{reverse('kotak-masuk')}?langkah=tinjau_renaksi&urut=nama"
    halaman = masuk(diajukan.atasan).get(url).content.decode()
    assert f"{url_butir(diajukan)}?langkah=tinjau_renaksi&amp;urut=nama" in halaman
    kosong = masuk(diajukan.atasan).get(f"{reverse('kotak-masuk')}?cari=tidak-ada").content.decode()
    assert "Tidak ada yang cocok dengan saringan ini" in kosong


def test_a_plt_sees_the_items_of_the_post_he_covers_and_can_switch(diajukan: Kota, masuk: Masuk) -> None:
    plt = buat_pegawai("Sinta Pengganti")
    dudukkan(plt, diajukan.dinas.posisi_kabid, jenis="PLT", sampai=timezone.localdate() + timedelta(days=30))
    halaman = masuk(plt.user).get(reverse("kotak-masuk")).content.decode()
    assert diajukan.dinas.staf.nama in halaman
    assert "Plt." in halaman


# --- Review -------------------------------------------------------------------------------------------------------


def test_after_the_first_step_the_next_step_of_the_same_laporan_opens(diajukan: Kota, masuk: Masuk) -> None:
    form = pos(putusan(diajukan.laporan, "tinjau_renaksi"), aksi="lanjut", rev=rev(diajukan), kunci="a")
    jawab = masuk(diajukan.atasan).post(f"{url_butir(diajukan)}?urut=nama", form)
    assert open_item(diajukan.laporan).step == "tinjau_skp"
    assert jawab["Location"] == f"{url_butir(diajukan)}?urut=nama"


def test_every_row_must_be_decided_and_perbaiki_must_say_why(diajukan: Kota, masuk: Masuk) -> None:
    form = putusan(diajukan.laporan, "tinjau_renaksi")["renaksi"]
    data = pos(
        {"renaksi": [{**form[0], "keputusan": "perbaiki", "catatan": "pendek"}]}, aksi="lanjut", rev=rev(diajukan)
    )
    jawab = masuk(diajukan.atasan).post(url_butir(diajukan), data)
    halaman = jawab.content.decode()
    assert jawab.status_code == 422
    assert "Isi catatan perbaikan minimal 10 karakter." in halaman
    assert "Pilih Setuju atau Perbaiki untuk setiap baris." in halaman
    assert f'href="#renaksi-{form[1]["id"]}-keputusan"' in halaman


def test_setujui_yang_tanpa_peringatan_fills_in_only_rows_without_a_warning(kota: Kota, masuk: Masuk) -> None:
    laporan = kota.laporan
    kerjakan(laporan, kota.asn, isian_renaksi(laporan))
    lampirkan(laporan)
    form = isian_skp(laporan)
    form["iki"][0] |= {"nilai": 8, "faktor_penghambat": "Data terlambat diterima.", "rtl": "Dikerjakan bulan depan."}
    for isian in (form, isian_pks, None):
        isi = isian(laporan) if callable(isian) else isian
        kerjakan(laporan, kota.asn, isi or {"pernyataan": True})
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_renaksi"))
    browser = masuk(kota.atasan)
    halaman = browser.post(url_butir(kota), {"aksi": "semua", "rev": rev(kota)}).content.decode()
    bawah, *lain = form["iki"]
    assert f'name="iki-{bawah["id"]}-keputusan" value="setuju" checked' not in halaman
    assert all(f'name="iki-{row["id"]}-keputusan" value="setuju" checked' in halaman for row in lain)
    assert open_item(laporan).step == "tinjau_skp"  # nothing is decided by it


def test_an_earlier_row_can_still_be_returned_and_the_laporan_goes_back_to_it(diajukan: Kota, masuk: Masuk) -> None:
    laporan = diajukan.laporan
    kerjakan(laporan, diajukan.atasan, putusan(laporan, "tinjau_renaksi"))
    pk = isian_renaksi(laporan)["renaksi"][0]["id"]
    browser = masuk(diajukan.atasan)
    assert "Langkah Renaksi yang sudah disetujui" in browser.get(url_butir(diajukan)).content.decode()
    ubah = {f"renaksi-{pk}-keputusan": "perbaiki", f"renaksi-{pk}-catatan": "Sebutkan tanggalnya juga."}
    browser.post(url_butir(diajukan), pos(putusan(laporan, "tinjau_skp"), aksi="lanjut", rev=rev(diajukan), **ubah))
    assert open_item(laporan).step == "isi_renaksi"


def test_the_rating_page_shows_evidence_and_the_predikat_of_both_ratings(diajukan: Kota, masuk: Masuk) -> None:
    laporan = diajukan.laporan
    for step in ("tinjau_renaksi", "tinjau_skp"):
        kerjakan(laporan, diajukan.atasan, putusan(laporan, step))
    browser = masuk(diajukan.atasan)
    halaman = browser.get(url_butir(diajukan)).content.decode()
    assert all(row.nama_asli in halaman for row in laporan.bukti.all())
    assert 'name="rating_hasil" value="sesuai" checked' in halaman  # the suggestion (F9)
    url = reverse("tugas-hitung", args=[open_item(laporan).pk])
    predikat = browser.post(url, {"rating_hasil": "di_atas", "rating_perilaku": "di_atas"}).content.decode()
    assert "Sangat Baik" in predikat


def test_a_rating_that_differs_asks_for_a_reason(diajukan: Kota, masuk: Masuk) -> None:
    laporan = diajukan.laporan
    for step in ("tinjau_renaksi", "tinjau_skp"):
        kerjakan(laporan, diajukan.atasan, putusan(laporan, step))
    form = pos(putusan(laporan, "tinjau_pks", rating_hasil="di_bawah"), aksi="lanjut", rev=rev(diajukan))
    jawab = masuk(diajukan.atasan).post(url_butir(diajukan), form)
    assert jawab.status_code == 422
    assert "Rating berbeda dari usulan. Isi alasan minimal 20 karakter." in jawab.content.decode()


def test_the_second_of_two_deciders_hears_who_was_first_and_when(diajukan: Kota, masuk: Masuk) -> None:
    plh = buat_pegawai("Sinta Pengganti")
    dudukkan(plh, diajukan.dinas.posisi_kabid, jenis="PLH", sampai=timezone.localdate() + timedelta(days=3))
    url, form = url_butir(diajukan), pos(putusan(diajukan.laporan, "tinjau_renaksi"), aksi="lanjut", rev=rev(diajukan))
    masuk(diajukan.atasan).post(url, form)
    jawab = masuk(plh.user).post(url, form)
    assert jawab.status_code == 409
    assert f"sudah diubah oleh {diajukan.atasan.nama} pukul" in jawab.content.decode()


# --- Many at once -------------------------------------------------------------------------------------------------


def test_setujui_terpilih_approves_each_item_and_says_what_could_not_be(diajukan: Kota, masuk: Masuk) -> None:
    item = open_item(diajukan.laporan)
    data = {"butir": [str(item.pk), "bukan-id"], "kembali": "urut=nama"}
    jawab = masuk(diajukan.atasan).post(reverse("kotak-masuk-setujui"), data, follow=True)
    halaman = jawab.content.decode()
    assert open_item(diajukan.laporan).step == "tinjau_skp"
    assert jawab.redirect_chain[-1][0].endswith("?urut=nama")
    assert "1 butir disetujui." in halaman
    assert "Satu butir tidak disetujui." in halaman


def test_an_item_with_a_warning_has_no_tick_box_and_is_refused_in_bulk(kota: Kota, masuk: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    kerjakan(
        laporan, kota.atasan, putusan(laporan, "tinjau_renaksi", perbaiki=[isian_renaksi(laporan)["renaksi"][0]["id"]])
    )
    for isian in (isian_renaksi, isian_skp, isian_pks):
        kerjakan(laporan, kota.asn, isian(laporan))
    kerjakan(laporan, kota.asn, {"pernyataan": True})
    item = open_item(laporan)
    assert item.warning
    browser = masuk(kota.atasan)
    assert f'name="butir" value="{item.pk}"' not in browser.get(reverse("kotak-masuk")).content.decode()
    halaman = browser.post(reverse("kotak-masuk-setujui"), {"butir": str(item.pk)}, follow=True).content.decode()
    assert open_item(laporan).pk == item.pk
    assert "harus diperiksa satu per satu" in halaman


def test_bulk_approval_of_the_last_step_gives_the_rating_sesuai(diajukan: Kota, masuk: Masuk) -> None:
    laporan = diajukan.laporan
    for step in ("tinjau_renaksi", "tinjau_skp"):
        kerjakan(laporan, diajukan.atasan, putusan(laporan, step))
    masuk(diajukan.atasan).post(reverse("kotak-masuk-setujui"), {"butir": str(open_item(laporan).pk)})
    pks = laporan_of(diajukan.dinas.staf).pks
    assert (pks.rating_hasil, pks.rating_perilaku, pks.predikat) == ("sesuai", "sesuai", "baik")


# --- Take over ----------------------------------------------------------------------------------------------------


def test_the_atasan_penilai_takes_over_what_lies_too_long_and_says_why(diajukan: Kota, masuk: Masuk) -> None:
    instance, item = instance_of(diajukan.laporan), open_item(diajukan.laporan)
    berkas, ambil = reverse("berkas", args=[instance.pk]), reverse("berkas-ambil-alih", args=[instance.pk])
    browser = masuk(diajukan.kepala)
    assert "Ambil alih pemeriksaan" in browser.get(berkas).content.decode()
    terlalu_cepat = browser.post(ambil, {"alasan": "Kabid sedang dinas luar."})
    assert terlalu_cepat.status_code == 409
    WorkItem.objects.filter(pk=item.pk).update(created_at=timezone.now() - timedelta(days=20))
    assert browser.post(ambil, {"alasan": "pendek"}).status_code == 422
    assert browser.post(ambil, {"alasan": "Kabid sedang dinas luar."}).status_code == 302
    assert open_item(diajukan.laporan).assignee == diajukan.kepala
    orang_lain = buat_pegawai("Orang Lain")
    assert masuk(orang_lain.user).get(berkas).status_code == 404
    assert masuk(orang_lain.user).post(ambil, {"alasan": "Saya ingin memutuskan."}).status_code == 404


# --- Fixed numbers of questions -----------------------------------------------------------------------------------


def test_the_list_asks_as_much_for_twelve_items_as_for_two(db: None, masuk: Masuk, django_assert_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    kota = buat_kota(buka=False)
    banyak = {}
    browser = masuk(kota.atasan)
    for jumlah in (2, 12):
        tambahan = [buat_pegawai(f"Staf {jumlah} {n}") for n in range(jumlah - len(banyak))]
        for pegawai in tambahan:
            dudukkan(pegawai, kota.dinas.posisi_staf, atasan=kota.dinas.posisi_kabid)
            buat_skp(pegawai)
        periode.buka(kota.periode, oleh=None)
        for pegawai in tambahan:
            laporan = laporan_of(pegawai)
            lampirkan(laporan)
            assert pegawai.user is not None
            for isian in (isian_renaksi, isian_skp, isian_pks):
                kerjakan(laporan, pegawai.user, isian(laporan))
            kerjakan(laporan, pegawai.user, {"pernyataan": True})
        browser.get(reverse("kotak-masuk"))
        with CaptureQueriesContext(
            connection,
        ) as tangkap:
            halaman = browser.get(reverse("kotak-masuk")).content.decode()
        assert halaman.count("Periksa Renaksi</span>") >= jumlah
        banyak[jumlah] = len(tangkap)
    assert banyak[2] == banyak[12]


def test_a_final_laporan_leaves_the_inbox(diajukan: Kota, masuk: Masuk) -> None:
    setujui_semua(diajukan)
    assert "Kotak masuk kosong" in masuk(diajukan.atasan).get(reverse("kotak-masuk")).content.decode()


def test_the_rating_of_a_pimpinan_is_fixed_once_the_organisation_is_rated(db: None, masuk: Masuk) -> None:
    kota = buat_kota(buka=False)
    buat_skp(kota.dinas.kepala)
    periode.buka(kota.periode, oleh=None)
    laporan = laporan_of(kota.dinas.kepala)
    lampirkan(laporan)
    assert kota.dinas.kepala.user is not None
    for isian in (isian_renaksi, isian_skp, isian_pks):
        kerjakan(laporan, kota.kepala, isian(laporan))
    kerjakan(laporan, kota.kepala, {"pernyataan": True})
    walikota = kota.dinas.walikota.user
    assert walikota is not None
    for step in ("tinjau_renaksi", "tinjau_skp"):
        kerjakan(laporan, walikota, putusan(laporan, step))
    CapaianOrganisasi.objects.create(
        unor=kota.dinas.opd, periode=kota.periode, predikat="istimewa", dasar="Perjanjian kinerja", status="ditetapkan"
    )
    halaman = masuk(walikota).get(reverse("kotak-masuk-tugas", args=[open_item(laporan).pk])).content.decode()
    assert 'name="rating_hasil" value="di_atas" checked' in halaman
    assert 'name="rating_hasil" value="sesuai"' not in halaman
    assert "Mengikuti capaian kinerja organisasi" in halaman
