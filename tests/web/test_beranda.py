"""Home page, menus, counted openings, own account, error pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from backend.accounts.models import ApiToken, User
from backend.platform import notices
from backend.web.menu import MENU, bagian_menu, catat_pembukaan, pintasan
from tests.factories_kepegawaian import buat_user
from tests.factories_kinerja import Kota, isi_sampai_ajukan, open_item, setujui_semua
from tests.web.conftest import Masuk, alamat

# --- Home ---------------------------------------------------------------------------------------------------------


def test_the_first_thing_on_the_page_is_the_task_with_one_button(kota: Kota, masuk: Masuk) -> None:
    halaman = masuk(kota.asn).get(reverse("beranda")).content.decode()
    assert f'href="{alamat(kota)}"' in halaman
    assert "Realisasi Maret 2025" in halaman
    assert halaman.count('class="btn btn-primary"') == 1


def test_after_sending_the_home_page_says_at_whose_desk_it_lies(kota: Kota, masuk: Masuk) -> None:
    isi_sampai_ajukan(kota)
    halaman = masuk(kota.asn).get(reverse("beranda")).content.decode()
    assert f"Di meja {kota.dinas.kabid.nama} sejak" in halaman
    assert "Tidak ada tugas yang menunggu Anda" in halaman
    atasan = masuk(kota.atasan).get(reverse("beranda")).content.decode()
    assert "1 menunggu keputusan Anda" in atasan


def test_the_card_shows_own_post_and_superior_with_a_way_to_report_an_error(kota: Kota, masuk: Masuk) -> None:
    halaman = masuk(kota.asn).get(reverse("beranda")).content.decode()
    assert kota.dinas.kabid.nama_lengkap in halaman
    assert "Pengelola Dinas Contoh" in halaman
    assert reverse("lapor-data") in halaman


def test_an_account_without_a_person_has_a_home_page_too(db: None, masuk: Masuk) -> None:
    assert masuk(buat_user(nama="Teknis")).get(reverse("beranda")).status_code == 200


# --- Menus (1n) ---------------------------------------------------------------------------------------------------


def test_menus_follow_the_roles(kota: Kota, masuk: Masuk) -> None:
    asn = masuk(kota.asn).get(reverse("lainnya")).content.decode()
    atasan = masuk(kota.atasan).get(reverse("lainnya")).content.decode()
    assert "Kotak masuk" not in asn
    assert "Bawahan" not in asn
    assert "Kotak masuk" in atasan
    assert "Bawahan" in atasan
    assert "Pemantauan bulanan" in masuk(kota.admin_opd()).get(reverse("lainnya")).content.decode()


def test_after_five_openings_a_menu_comes_first_among_the_shortcuts(kota: Kota) -> None:
    from backend.accounts.roles import Peran

    bagian = bagian_menu(frozenset({Peran.ASN}), url_name="beranda", lencana={})
    for _ in range(4):
        catat_pembukaan(kota.asn, "dokumen")
    assert pintasan(kota.asn, bagian)[0].kunci == "laporan"
    catat_pembukaan(kota.asn, "dokumen")
    assert [butir.kunci for butir in pintasan(kota.asn, bagian)][:2] == ["dokumen", "laporan"]


def test_a_forbidden_menu_never_becomes_a_shortcut(kota: Kota) -> None:
    from backend.accounts.roles import Peran

    for _ in range(9):
        catat_pembukaan(kota.asn, "bawahan")
    bagian = bagian_menu(frozenset({Peran.ASN}), url_name="beranda", lencana={})
    assert "bawahan" not in {butir.kunci for butir in pintasan(kota.asn, bagian)}


def test_opening_a_page_counts_and_an_unknown_page_does_not(kota: Kota, masuk: Masuk) -> None:
    from backend.web.models import PemakaianMenu

    browser = masuk(kota.asn)
    browser.get(reverse("dokumen"))
    browser.get(reverse("dokumen"))
    browser.get("/tidak-ada/")
    assert list(PemakaianMenu.objects.values_list("user", "kunci", "jumlah")) == [(kota.asn.pk, "dokumen", 2)]


def test_every_menu_leads_to_a_page(kota: Kota, masuk: Masuk) -> None:
    browser = masuk(kota.atasan)
    assert {menu.kunci: browser.get(menu.url).status_code for menu in MENU} == {menu.kunci: 200 for menu in MENU}


# --- Account ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tema", "mode"), [("terang", "light"), ("gelap", "dark"), ("sistem", "auto")])
def test_the_colours_are_those_the_user_chose(kota: Kota, masuk: Masuk, tema: str, mode: str) -> None:
    browser = masuk(kota.asn)
    browser.post(reverse("profil-tampilan"), {"tema": tema})
    assert f'data-bs-theme="{mode}"' in browser.get(reverse("profil")).content.decode()


def test_an_unknown_theme_changes_nothing(kota: Kota, masuk: Masuk) -> None:
    jawab = masuk(kota.asn).post(reverse("profil-tampilan"), {"tema": "merah"})
    assert jawab.status_code in (302, 422)
    assert User.objects.get(pk=kota.asn.pk).tema == "sistem"


def test_an_api_key_is_shown_once_and_can_be_revoked_only_by_its_owner(kota: Kota, masuk: Masuk) -> None:
    browser = masuk(kota.asn)
    assert "mskp_" in browser.post(reverse("profil-kunci"), {"nama": "Sinkron eSAKIP"}).content.decode()
    token = ApiToken.objects.get(user=kota.asn)
    kedua = browser.get(reverse("profil")).content.decode()
    assert "Sinkron eSAKIP" in kedua
    assert "Salin kunci ini sekarang" not in kedua
    cabut = reverse("profil-kunci-cabut", args=[token.pk])
    assert masuk(kota.atasan).post(cabut).status_code == 404
    browser.post(cabut)
    token.refresh_from_db()
    assert token.dicabut_pada is not None


def test_a_notice_leads_to_its_task_and_is_read_then(kota: Kota, masuk: Masuk) -> None:
    (notice,) = notices.notify([kota.asn], "uji", "Laporan dikembalikan", "Perbaiki Renaksi.", alamat(kota))
    browser = masuk(kota.asn)
    assert "belum dibaca" in browser.get(reverse("beranda")).content.decode()
    jawab = browser.get(reverse("pemberitahuan-buka", args=[notice.pk]))
    assert jawab["Location"] == alamat(kota)
    notice.refresh_from_db()
    assert notice.dibaca_pada is not None
    assert masuk(kota.atasan).get(reverse("pemberitahuan-buka", args=[notice.pk])).status_code == 404


def test_a_notice_never_leads_out_of_the_product(kota: Kota, masuk: Masuk) -> None:
    (notice,) = notices.notify([kota.asn], "uji", "Judul", "", "https://penipu.contoh.org/")
    jawab = masuk(kota.asn).get(reverse("pemberitahuan-buka", args=[notice.pk]))
    assert jawab["Location"] == reverse("pemberitahuan")


# --- Errors and headers -------------------------------------------------------------------------------------------


def test_an_unknown_address_is_a_page_of_the_product(kota: Kota, masuk: Masuk) -> None:
    jawab = masuk(kota.asn).get("/tidak-ada/")
    assert jawab.status_code == 404
    assert "Halaman ini tidak ditemukan" in jawab.content.decode()


def test_a_page_for_another_role_says_who_can_help(kota: Kota, masuk: Masuk) -> None:
    jawab = masuk(kota.asn).get(reverse("admin-pegawai"))
    assert jawab.status_code == 403
    assert "tidak berwenang" in jawab.content.decode()


def test_a_post_without_the_csrf_token_is_refused_with_a_way_out(kota: Kota) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(kota.asn)
    jawab = browser.post(reverse("profil-tampilan"), {"tema": "gelap"})
    assert jawab.status_code == 403
    assert "terlalu lama terbuka" in jawab.content.decode()


def test_a_crash_shows_a_calm_page_without_menus(kota: Kota, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.web import beranda

    def rusak(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("sengaja")

    monkeypatch.setattr(beranda.antrean, "terbuka", rusak)
    browser = Client(raise_request_exception=False)
    browser.force_login(kota.asn)
    jawab = browser.get(reverse("beranda"))
    assert jawab.status_code == 500
    assert "Terjadi gangguan pada aplikasi" in jawab.content.decode()
    assert "sengaja" not in jawab.content.decode()


def test_pages_allow_no_inline_style_or_script(kota: Kota, masuk: Masuk) -> None:
    csp = masuk(kota.asn).get(reverse("beranda"))["Content-Security-Policy"]
    assert "unsafe" not in csp
    assert "script-src 'self'" in csp
    assert "style-src 'self'" in csp


# --- Fixed numbers of questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("siapa", "paling_banyak"), [("asn", 25), ("atasan", 25)])
def test_the_home_page_asks_few_questions(
    kota: Kota, masuk: Masuk, django_assert_max_num_queries, siapa: str, paling_banyak: int
) -> None:
    isi_sampai_ajukan(kota)
    browser = masuk(getattr(kota, siapa))
    browser.get(reverse("beranda"))
    with django_assert_max_num_queries(paling_banyak):
        browser.get(reverse("beranda"))


def test_a_final_month_shows_its_predikat_on_the_home_page(kota: Kota, masuk: Masuk) -> None:
    isi_sampai_ajukan(kota)
    assert open_item(kota.laporan).step == "tinjau_renaksi"
    setujui_semua(kota)
    assert "Baik</span>" in masuk(kota.asn).get(reverse("beranda")).content.decode()


def test_an_account_without_a_password_is_led_to_the_link_by_email(kota: Kota, masuk: Masuk) -> None:
    jawab = masuk(kota.asn).get(reverse("account_change_password"))
    assert jawab["Location"] == reverse("account_reset_password")
