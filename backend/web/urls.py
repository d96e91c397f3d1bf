"""Addresses of the pages. The words in them are those of the menus."""

from __future__ import annotations

from allauth.account import views as akun_allauth
from django.urls import URLPattern, URLResolver, include, path, re_path

from backend.web import akun, beranda, berkas, bukti, laporan, masuk, periksa, tugas
from backend.web.sehat import sehat

urlpatterns: list[URLPattern | URLResolver] = [
    path("", beranda.beranda, name="beranda"),
    path("lainnya/", beranda.lainnya, name="lainnya"),
    path("sehat/", sehat, name="sehat"),
    path("periksa/", periksa.periksa, name="periksa"),
    path("periksa/<str:kode>/", periksa.periksa, name="periksa-kode"),
    # Work items: the wizard of the ASN, the inbox of whoever decides
    path("tugas/<uuid:pk>/", tugas.tugas, name="tugas"),
    path("tugas/<uuid:pk>/draf/", tugas.draf, name="tugas-draf"),
    path("tugas/<uuid:pk>/hitung/", tugas.hitung, name="tugas-hitung"),
    path("tugas/<uuid:pk>/bukti/<str:grup>/<int:baris>/", bukti.tambah, name="tugas-bukti"),
    path("tugas/<uuid:pk>/bukti/<uuid:bukti>/hapus/", bukti.hapus, name="tugas-bukti-hapus"),
    path("bukti/<uuid:pk>/", bukti.unduh, name="bukti"),
    path("kotak-masuk/", masuk.kotak_masuk, name="kotak-masuk"),
    path("kotak-masuk/setujui/", masuk.setujui_terpilih, name="kotak-masuk-setujui"),
    path("kotak-masuk/<uuid:pk>/", masuk.kotak_masuk, name="kotak-masuk-tugas"),
    # Instances and reports
    path("berkas/<uuid:pk>/", berkas.berkas, name="berkas"),
    path("berkas/<uuid:pk>/langkah/<slug:langkah>/", berkas.langkah, name="berkas-langkah"),
    path("berkas/<uuid:pk>/tarik/", berkas.tarik, name="berkas-tarik"),
    path("berkas/<uuid:pk>/ambil-alih/", berkas.ambil_alih, name="berkas-ambil-alih"),
    path("laporan/", laporan.daftar, name="laporan"),
    path("laporan/<uuid:pk>/", laporan.detail, name="laporan-detail"),
    path("laporan/<uuid:pk>/dokumen/", laporan.buat_dokumen, name="laporan-buat-dokumen"),
    path("dokumen/", laporan.dokumen, name="dokumen"),
    path("dokumen/<uuid:pk>/", laporan.unduh_dokumen, name="dokumen-unduh"),
    path("bawahan/", laporan.bawahan, name="bawahan"),
    path("bawahan/<uuid:pk>/", laporan.bawahan_detail, name="bawahan-detail"),
    # Own account
    path("pemberitahuan/", akun.pemberitahuan, name="pemberitahuan"),
    path("pemberitahuan/<uuid:pk>/", akun.buka_pemberitahuan, name="pemberitahuan-buka"),
    path("pemberitahuan/baca-semua/", akun.baca_semua, name="pemberitahuan-baca"),
    path("akun/", akun.profil, name="profil"),
    path("akun/tampilan/", akun.tampilan, name="profil-tampilan"),
    path("akun/kunci/", akun.buat_kunci, name="profil-kunci"),
    path("akun/kunci/<uuid:pk>/cabut/", akun.cabut_kunci, name="profil-kunci-cabut"),
    path("masuk/", akun_allauth.login, name="account_login"),
    path("keluar/", akun_allauth.logout, name="account_logout"),
    path("akun/sandi/", akun.ganti_sandi, name="account_change_password"),
    path("sandi/lupa/", akun_allauth.password_reset, name="account_reset_password"),
    path("sandi/lupa/terkirim/", akun_allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^sandi/baru/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        akun_allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("sandi/baru/selesai/", akun_allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("akun/nonaktif/", akun_allauth.account_inactive, name="account_inactive"),
    path("", include("backend.web.urls_presensi")),
    path("", include("backend.web.urls_tpp")),
    path("", include("backend.web.urls_admin")),
]
