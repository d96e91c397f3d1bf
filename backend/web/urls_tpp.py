"""Addresses of the TPP pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from backend.web import tpp_aturan, tpp_gaji, tpp_kerja, tpp_periode, tpp_saya, tpp_simulasi

urlpatterns: list[URLPattern] = [
    # The person himself
    path("tpp/", tpp_saya.saya, name="tpp"),
    path("tpp/<uuid:pk>/<uuid:pegawai>/", tpp_saya.hasil, name="tpp-hasil"),
    path("tpp/<uuid:pk>/<uuid:pegawai>/slip/", tpp_saya.slip, name="tpp-slip-unduh"),
    path("tpp/sanggah/<uuid:pk>/", tpp_saya.sanggah, name="tpp-sanggah"),
    path("tpp/sanggah/<uuid:pk>/berkas/", tpp_saya.sanggah_berkas, name="tpp-sanggah-unduh"),
    path("tpp/tahunan/", tpp_saya.tahunan, name="tpp-tahunan"),
    path("tpp/tahunan/<uuid:pk>/", tpp_saya.tahunan, name="tpp-tahunan-orang"),
    # Periods
    path("kelola/tpp/", tpp_periode.daftar, name="tpp-periode"),
    path("kelola/tpp/buka/", tpp_periode.buka, name="tpp-periode-buka"),
    path("kelola/tpp/<uuid:pk>/", tpp_periode.detail, name="tpp-periode-detail"),
    path("kelola/tpp/<uuid:pk>/orang/", tpp_periode.orang, name="tpp-periode-orang"),
    path("kelola/tpp/<uuid:pk>/hitung/", tpp_periode.hitung, name="tpp-periode-hitung"),
    path("kelola/tpp/<uuid:pk>/koreksi/", tpp_periode.koreksi, name="tpp-periode-koreksi"),
    path("kelola/tpp/<uuid:pk>/lepas/<uuid:pegawai>/", tpp_periode.lepas, name="tpp-periode-lepas"),
    path("kelola/tpp/<uuid:pk>/unduh/<slug:jenis>/", tpp_periode.unduh, name="tpp-periode-unduh"),
    path("kelola/tpp-gaji/", tpp_gaji.unggah, name="tpp-gaji"),
    path("kelola/tpp-gaji/templat/", tpp_gaji.templat, name="tpp-gaji-templat"),
    path("kelola/tpp-gaji/<uuid:pk>/", tpp_gaji.periksa, name="tpp-gaji-periksa"),
    path("kelola/tpp-tahunan/", tpp_periode.tahunan_opd, name="tpp-rekap"),
    # Long work
    path("kelola/tpp-kerja/<uuid:pk>/", tpp_kerja.pekerjaan, name="tpp-pekerjaan"),
    path("kelola/tpp-kerja/<uuid:pk>/unduh/", tpp_kerja.unduh, name="tpp-pekerjaan-unduh"),
    path("kelola/tpp-kerja/<uuid:pk>/batal/", tpp_kerja.batalkan, name="tpp-pekerjaan-batal"),
    path("kelola/tpp-kerja/<uuid:pk>/ulangi/", tpp_kerja.ulangi, name="tpp-pekerjaan-ulangi"),
    # Rules and what-if
    path("kelola/aturan/", tpp_aturan.daftar, name="tpp-aturan"),
    path("kelola/aturan/unggah/", tpp_aturan.unggah, name="tpp-aturan-unggah"),
    path("kelola/aturan/salin/", tpp_aturan.salin, name="tpp-aturan-salin"),
    path("kelola/aturan/<uuid:pk>/", tpp_aturan.versi, name="tpp-aturan-versi"),
    path("kelola/aturan/<uuid:pk>/isi/", tpp_aturan.unduh, name="tpp-aturan-unduh"),
    path("kelola/aturan/<uuid:pk>/terbitkan/", tpp_aturan.terbitkan, name="tpp-aturan-terbitkan"),
    path("kelola/simulasi/", tpp_simulasi.daftar, name="tpp-simulasi"),
    path("kelola/simulasi/baru/", tpp_simulasi.baru, name="tpp-simulasi-baru"),
    path("kelola/simulasi/<uuid:pk>/", tpp_simulasi.detail, name="tpp-simulasi-detail"),
]
