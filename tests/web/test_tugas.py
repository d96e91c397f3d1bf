"""The wizard of the ASN over HTTP: what each button does, what is kept, what is refused and how it is said."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from backend.kinerja.models import BuktiDukung, RealisasiRenaksi
from backend.workflow.models import WorkItem
from tests.factories_kinerja import (
    RINGKASAN,
    TEKS,
    Kota,
    berkas,
    instance_of,
    isi_sampai_ajukan,
    isian_pks,
    isian_renaksi,
    isian_skp,
    kerjakan,
    lampirkan,
    open_item,
    putusan,
)
from tests.web.conftest import Masuk, alamat, pos, rev


def sampai_skp(kota: Kota) -> None:
    kerjakan(kota.laporan, kota.asn, isian_renaksi(kota.laporan))


def sampai_pks(kota: Kota) -> None:
    sampai_skp(kota)
    lampirkan(kota.laporan)
    kerjakan(kota.laporan, kota.asn, isian_skp(kota.laporan))


# --- Buttons ------------------------------------------------------------------------------------------------------


def test_lanjut_leads_through_the_four_steps_to_a_receipt(kota: Kota, masuk: Masuk) -> None:
    browser = masuk(kota.asn)
    sampai_skp(kota)
    lampirkan(kota.laporan)
    for form in (isian_skp(kota.laporan), None, RINGKASAN):
        form = isian_pks(kota.laporan) if form is None else form
        ke = browser.post(alamat(kota), pos(form, aksi="lanjut", rev=rev(kota), kunci="a"))
        assert ke.status_code == 302, ke.content.decode()[-2000:]
    halaman = browser.get(ke["Location"]).content.decode()
    assert open_item(kota.laporan).step == "tinjau_renaksi"
    assert "Terkirim: Ringkasan" in halaman
    assert kota.dinas.kabid.nama in halaman  # at whose desk it lies now


def test_a_refused_lanjut_keeps_what_was_typed_and_links_to_each_field(kota: Kota, masuk: Masuk) -> None:
    row = RealisasiRenaksi.objects.filter(laporan=kota.laporan).first()
    assert row is not None
    form = pos({"renaksi": [{"id": row.pk, "realisasi": "101", "keterangan": "Ditulis"}]}, aksi="lanjut", rev=rev(kota))
    jawab = masuk(kota.asn).post(alamat(kota), form)
    halaman = jawab.content.decode()
    assert jawab.status_code == 422
    assert f'href="#renaksi-{row.pk}-realisasi"' in halaman
    assert f'id="renaksi-{row.pk}-realisasi"' in halaman
    assert 'value="101"' in halaman
    assert ">Ditulis</textarea>" in halaman
    assert open_item(kota.laporan).step == "isi_renaksi"


def test_an_error_of_the_domain_stands_beside_its_field(kota: Kota, masuk: Masuk) -> None:
    form = isian_renaksi(kota.laporan, realisasi=1)  # below target, no keterangan (M42)
    halaman = masuk(kota.asn).post(alamat(kota), pos(form, aksi="lanjut", rev=rev(kota))).content.decode()
    assert "Realisasi di bawah target. Isi keterangan minimal 10 karakter." in halaman
    assert halaman.count('aria-invalid="true"') == len(form["renaksi"])


def test_simpan_draf_writes_rows_and_checks_only_types(kota: Kota, masuk: Masuk) -> None:
    form = isian_renaksi(kota.laporan, realisasi=1)
    jawab = masuk(kota.asn).post(alamat(kota), pos(form, aksi="draf", rev=rev(kota)))
    assert jawab.status_code == 302
    assert set(RealisasiRenaksi.objects.filter(laporan=kota.laporan).values_list("realisasi", flat=True)) == {1}
    assert open_item(kota.laporan).step == "isi_renaksi"


def test_kembali_opens_the_step_before_without_checking(kota: Kota, masuk: Masuk) -> None:
    sampai_skp(kota)
    jawab = masuk(kota.asn).post(alamat(kota), {"aksi": "kembali", "rev": rev(kota)})
    assert jawab.status_code == 302
    assert open_item(kota.laporan).step == "isi_renaksi"


def test_a_step_of_the_ringkasan_opens_with_the_field_in_its_address(kota: Kota, masuk: Masuk) -> None:
    sampai_pks(kota)
    kerjakan(kota.laporan, kota.asn, isian_pks(kota.laporan))
    jawab = masuk(kota.asn).post(alamat(kota), {"aksi": "ke:isi_renaksi:renaksi-7", "rev": rev(kota)})
    assert jawab["Location"].endswith("#renaksi-7")
    assert open_item(kota.laporan).step == "isi_renaksi"


def test_ambil_ulang_asks_before_it_overwrites_own_edits(kota: Kota, masuk: Masuk) -> None:
    browser = masuk(kota.asn)
    sampai_pks(kota)
    ubah = isian_pks(kota.laporan, faktor_pendukung="Diubah sendiri oleh pegawai.")
    browser.post(alamat(kota), pos(ubah, aksi="draf", rev=rev(kota)))
    tanya = browser.post(alamat(kota), pos(ubah, aksi="ambil:semua", rev=rev(kota))).content.decode()
    assert "Perubahan manual pada PKS akan ditimpa. Lanjutkan?" in tanya
    browser.post(alamat(kota), pos(ubah, aksi="timpa:semua", rev=rev(kota)))
    halaman = browser.get(alamat(kota)).content.decode()
    assert "Diubah sendiri oleh pegawai." not in halaman
    assert TEKS in halaman


# --- Drafts and live figures --------------------------------------------------------------------------------------


def test_autosave_keeps_the_typed_text_for_the_next_visit(kota: Kota, masuk: Masuk) -> None:
    item = open_item(kota.laporan)
    row = RealisasiRenaksi.objects.filter(laporan=kota.laporan).first()
    assert row is not None
    data = {f"renaksi-{row.pk}-keterangan": "Setengah jadi"}
    jawab = masuk(kota.asn).post(reverse("tugas-draf", args=[item.pk]), data)
    assert set(json.loads(jawab.content)) == {"pukul"}
    assert "Setengah jadi" in masuk(kota.asn).get(alamat(kota)).content.decode()  # another browser
    assert open_item(kota.laporan).instance.rev == item.instance.rev


def test_the_live_capaian_of_a_row_comes_with_the_summary(kota: Kota, masuk: Masuk) -> None:
    sampai_skp(kota)
    form = isian_skp(kota.laporan, nilai=8)
    pk = form["iki"][0]["id"]
    url = reverse("tugas-hitung", args=[open_item(kota.laporan).pk]) + f"?baris=iki-{pk}"
    halaman = masuk(kota.asn).post(url, pos(form)).content.decode()
    assert f'id="capaian-iki-{pk}"' in halaman
    assert "80,00 %" in halaman
    assert 'data-tercapai="tidak"' in halaman
    assert 'hx-swap-oob="true"' in halaman


def test_live_figures_that_come_too_late_answer_nothing(kota: Kota, masuk: Masuk) -> None:
    url = reverse("tugas-hitung", args=[open_item(kota.laporan).pk])
    sampai_skp(kota)
    assert masuk(kota.asn).post(url, {}).status_code == 204


# --- Once, and only by whom it is for -----------------------------------------------------------------------------


def test_a_double_click_sends_once(kota: Kota, masuk: Masuk) -> None:
    browser, url = masuk(kota.asn), alamat(kota)
    form = pos(isian_renaksi(kota.laporan), aksi="lanjut", rev=rev(kota), kunci="sama")
    assert browser.post(url, form).status_code == 302
    kedua = browser.post(url, form, follow=True)
    assert kedua.status_code == 200
    assert WorkItem.objects.filter(instance=instance_of(kota.laporan), step="isi_renaksi", status="done").count() == 1
    assert open_item(kota.laporan).step == "isi_skp"


def test_a_page_made_before_somebody_else_moved_the_case_is_refused_with_who_and_when(kota: Kota, masuk: Masuk) -> None:
    lama = str(int(rev(kota)) - 1)
    jawab = masuk(kota.asn).post(alamat(kota), pos(isian_renaksi(kota.laporan), aksi="lanjut", rev=lama))
    assert jawab.status_code == 409
    assert "Muat ulang halaman" in jawab.content.decode()


def test_the_address_of_a_later_step_opens_the_first_incomplete_one_and_says_why(kota: Kota, masuk: Masuk) -> None:
    url = reverse("berkas-langkah", args=[instance_of(kota.laporan).pk, "isi_pks"])
    jawab = masuk(kota.asn).get(url, follow=True)
    assert jawab.redirect_chain[-1][0] == alamat(kota)
    assert "Selesaikan langkah Renaksi terlebih dahulu." in jawab.content.decode()


@pytest.mark.parametrize("nama", ["tugas", "tugas-draf", "tugas-hitung"])
def test_the_task_of_another_person_is_not_there(kota: Kota, masuk: Masuk, nama: str) -> None:
    url = reverse(nama, args=[open_item(kota.laporan).pk])
    orang_lain = masuk(kota.kepala)
    jawab = orang_lain.get(url) if nama == "tugas" else orang_lain.post(url, {})
    assert jawab.status_code in (404, 409)
    assert kota.dinas.staf.nama not in jawab.content.decode()


def test_without_signing_in_every_page_leads_to_the_login(kota: Kota, masuk: Masuk) -> None:
    jawab = masuk(None).get(alamat(kota))
    assert jawab.status_code == 302
    assert jawab["Location"].startswith(reverse("account_login"))


# --- Evidence -----------------------------------------------------------------------------------------------------


def test_evidence_is_stored_at_once_and_listed_by_its_row(kota: Kota, masuk: Masuk) -> None:
    sampai_skp(kota)
    pk = isian_skp(kota.laporan)["iki"][0]["id"]
    url = reverse("tugas-bukti", args=[open_item(kota.laporan).pk, "iki", pk])
    halaman = masuk(kota.asn).post(url, {"berkas": berkas("laporan-maret.pdf")}).content.decode()
    assert "laporan-maret.pdf" in halaman
    assert f'id="bukti-iki-{pk}"' in halaman


def test_without_scripts_evidence_comes_with_the_form_and_is_kept_although_lanjut_is_refused(
    kota: Kota, masuk: Masuk
) -> None:
    sampai_skp(kota)
    pk = isian_skp(kota.laporan)["iki"][0]["id"]
    data = {f"berkas-iki-{pk}": berkas("tanpa-skrip.pdf"), "aksi": "lanjut", "rev": rev(kota)}
    jawab = masuk(kota.asn).post(alamat(kota), data)
    assert jawab.status_code == 422
    assert "tanpa-skrip.pdf" in jawab.content.decode()
    assert BuktiDukung.objects.ada().filter(realisasi_iki=pk).count() == 1


def test_a_refused_file_says_why_beside_its_row(kota: Kota, masuk: Masuk) -> None:
    sampai_skp(kota)
    pk = isian_skp(kota.laporan)["iki"][0]["id"]
    url = reverse("tugas-bukti", args=[open_item(kota.laporan).pk, "iki", pk])
    halaman = masuk(kota.asn).post(url, {"berkas": berkas("virus.exe", b"MZ")}).content.decode()
    assert "Jenis berkas tidak didukung." in halaman
    assert not BuktiDukung.objects.exists()


def test_evidence_is_removed_and_downloaded_only_by_whoever_may_see_the_laporan(kota: Kota, masuk: Masuk) -> None:
    sampai_skp(kota)
    lampirkan(kota.laporan)
    pk = isian_skp(kota.laporan)["iki"][0]["id"]
    item = open_item(kota.laporan)
    masuk(kota.asn).post(reverse("tugas-bukti", args=[item.pk, "iki", pk]), {"berkas": berkas()})
    row = BuktiDukung.objects.get(jenis="file")
    unduh = masuk(kota.atasan).get(reverse("bukti", args=[row.pk]))
    assert unduh["Content-Disposition"].startswith("attachment")
    for tutup in unduh._resource_closers:
        tutup()
    assert masuk(kota.dinas.staf_lain.user).get(reverse("bukti", args=[row.pk])).status_code == 404
    hapus = reverse("tugas-bukti-hapus", args=[item.pk, row.pk])
    assert masuk(kota.atasan).post(hapus).status_code in (404, 409)
    assert masuk(kota.asn).post(hapus).status_code == 200
    assert not BuktiDukung.objects.ada().filter(pk=row.pk).exists()


# --- Returned -----------------------------------------------------------------------------------------------------


def test_a_returned_step_shows_the_note_by_its_row_and_keeps_the_approved_step_closed(kota: Kota, masuk: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_renaksi"))
    pk = isian_skp(laporan)["iki"][0]["id"]
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_skp", perbaiki=[pk]))
    halaman = masuk(kota.asn).get(alamat(kota)).content.decode()
    assert open_item(laporan).step == "isi_skp"
    assert "Sebutkan nomor suratnya." in halaman
    assert "Dikembalikan" in halaman
    assert 'value="kembali"' not in halaman  # Renaksi is approved
    beranda = masuk(kota.asn).get(reverse("beranda")).content.decode()
    assert "Dikembalikan" in beranda
    assert ">Perbaiki<" in beranda


def test_the_wizard_asks_a_fixed_number_of_questions_whatever_the_number_of_rows(
    db: None, masuk: Masuk, django_assert_max_num_queries
) -> None:
    from tests.factories_kinerja import buat_kota, tambah_rhk

    kota = buat_kota(buka=False, rhk=8, iki=3)
    tambah_rhk(kota.skp, urut=9, iki=3)
    from backend.kinerja.services import periode

    periode.buka(kota.periode, oleh=None)
    browser = masuk(kota.asn)
    browser.get(alamat(kota))
    with django_assert_max_num_queries(32):
        assert browser.get(alamat(kota)).status_code == 200
    sampai_skp(kota)
    with django_assert_max_num_queries(34):
        assert browser.get(alamat(kota)).status_code == 200


def test_tarik_kembali_gives_the_laporan_back_while_nothing_is_decided(kota: Kota, masuk: Masuk) -> None:
    laporan = isi_sampai_ajukan(kota)
    url = reverse("berkas-tarik", args=[instance_of(laporan).pk])
    assert masuk(kota.atasan).post(url).status_code == 403
    masuk(kota.asn).post(url)
    assert open_item(laporan).step == "isi_renaksi"


def test_a_late_task_says_by_how_much(kota: Kota, masuk: Masuk) -> None:
    item = open_item(kota.laporan)
    assert item.due_at is not None
    WorkItem.objects.filter(pk=item.pk).update(due_at=item.due_at - timedelta(days=11))
    assert "Lewat 3 hari" in masuk(kota.asn).get(reverse("beranda")).content.decode()
