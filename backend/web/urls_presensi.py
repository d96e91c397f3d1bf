"""Addresses of attendance: pages of people, and those of machines."""

from __future__ import annotations

from django.urls import URLPattern, path

from backend.web import (
    presensi_ekspor,
    presensi_iclock,
    presensi_impor,
    presensi_izin,
    presensi_jadwal,
    presensi_kerja,
    presensi_koreksi,
    presensi_mesin,
    presensi_opd,
    presensi_peringatan,
    presensi_roster,
    presensi_roster_berkas,
    presensi_saya,
    presensi_segel,
    presensi_skor,
)

urlpatterns: list[URLPattern] = [
    # One person
    path("presensi/", presensi_saya.saya, name="presensi"),
    path("presensi/bawahan/", presensi_saya.bawahan, name="presensi-bawahan"),
    path("presensi/pegawai/<uuid:pk>/", presensi_saya.orang, name="presensi-orang"),
    path("presensi/pegawai/<uuid:pk>/<str:tanggal>/", presensi_saya.hari, name="presensi-hari"),
    # Corrections and leave
    path("presensi/koreksi/", presensi_koreksi.daftar, name="presensi-koreksi-daftar"),
    path("presensi/koreksi/baru/", presensi_koreksi.baru, name="presensi-koreksi-baru"),
    path("presensi/koreksi/<uuid:pk>/", presensi_koreksi.detail, name="presensi-koreksi"),
    path("presensi/koreksi/<uuid:pk>/berkas/", presensi_koreksi.surat, name="presensi-koreksi-surat"),
    path("presensi/gangguan/", presensi_koreksi.massal, name="presensi-massal"),
    path("presensi/gangguan/baru/", presensi_koreksi.massal_baru, name="presensi-massal-baru"),
    path("presensi/gangguan/<uuid:pk>/", presensi_koreksi.massal_detail, name="presensi-massal-detail"),
    path("presensi/izin/", presensi_izin.daftar, name="presensi-izin"),
    path("presensi/izin/baru/", presensi_izin.baru, name="presensi-izin-baru"),
    path("presensi/izin/<uuid:pk>/", presensi_izin.detail, name="presensi-izin-detail"),
    path("presensi/izin/<uuid:pk>/surat/", presensi_izin.surat, name="presensi-izin-surat"),
    # An OPD
    path("presensi/opd/", presensi_opd.bulan_opd, name="presensi-opd"),
    path("presensi/opd/unduh/", presensi_ekspor.minta_bulan, name="presensi-opd-unduh"),
    path("presensi/skor/", presensi_skor.skor, name="presensi-skor"),
    path("presensi/skor/unduh/", presensi_ekspor.minta_skor, name="presensi-skor-unduh"),
    path("presensi/hitung/", presensi_kerja.hitung, name="presensi-hitung"),
    path("presensi/segel/", presensi_segel.daftar, name="presensi-segel"),
    path("presensi/segel/<uuid:pk>/<str:bulan>/", presensi_segel.opd, name="presensi-segel-opd"),
    path("presensi/peringatan/", presensi_peringatan.daftar, name="presensi-peringatan"),
    path("presensi/roster/", presensi_roster.roster, name="presensi-roster"),
    path("presensi/roster/templat/", presensi_roster_berkas.templat, name="presensi-roster-templat"),
    path("presensi/roster/unggah/", presensi_roster_berkas.unggah, name="presensi-roster-unggah"),
    path("presensi/roster/unggah/<uuid:pk>/", presensi_roster_berkas.periksa, name="presensi-roster-periksa"),
    path("presensi/jadwal/", presensi_jadwal.daftar, name="presensi-jadwal"),
    path("presensi/jadwal/penugasan/", presensi_jadwal.penugasan, name="presensi-penugasan"),
    path("presensi/jadwal/penugasan/baru/", presensi_jadwal.tugaskan, name="presensi-penugasan-baru"),
    path("presensi/jadwal/penugasan/<uuid:pk>/akhiri/", presensi_jadwal.akhiri, name="presensi-penugasan-akhiri"),
    path("presensi/jadwal/pola/baru/", presensi_jadwal.pola_baru, name="presensi-pola-baru"),
    path("presensi/jadwal/jaga/baru/", presensi_jadwal.shift_baru, name="presensi-shift-baru"),
    path("presensi/apel/", presensi_impor.apel, name="presensi-apel"),
    # Taps
    path("presensi/mesin/", presensi_mesin.daftar, name="presensi-mesin"),
    path("presensi/mesin/baru/", presensi_mesin.baru, name="presensi-mesin-baru"),
    path("presensi/mesin/<uuid:pk>/", presensi_mesin.ubah, name="presensi-mesin-ubah"),
    path("presensi/mesin/<uuid:pk>/kunci/", presensi_mesin.ganti_kunci, name="presensi-mesin-kunci"),
    path("presensi/lokasi/", presensi_mesin.lokasi, name="presensi-lokasi"),
    path("presensi/lokasi/baru/", presensi_mesin.lokasi_baru, name="presensi-lokasi-baru"),
    path("presensi/lokasi/<uuid:pk>/", presensi_mesin.lokasi_ubah, name="presensi-lokasi-ubah"),
    path("presensi/tertahan/", presensi_mesin.karantina, name="presensi-karantina"),
    path("presensi/tertahan/<int:pk>/", presensi_mesin.tetapkan_pin, name="presensi-karantina-pin"),
    path("presensi/impor/", presensi_impor.impor, name="presensi-impor"),
    path("presensi/impor/templat/", presensi_impor.templat, name="presensi-impor-templat"),
    # Long work
    path("presensi/pekerjaan/<uuid:pk>/", presensi_kerja.pekerjaan, name="presensi-pekerjaan"),
    path("presensi/pekerjaan/<uuid:pk>/unduh/", presensi_kerja.unduh, name="presensi-pekerjaan-unduh"),
    path("presensi/pekerjaan/<uuid:pk>/batal/", presensi_kerja.batalkan, name="presensi-pekerjaan-batal"),
    path("presensi/pekerjaan/<uuid:pk>/ulangi/", presensi_kerja.ulangi, name="presensi-pekerjaan-ulangi"),
    # Machines (ADMS push); some firmwares add the extension
    *(
        path(f"{awalan}iclock/{nama}{akhiran}", view, name=f"iclock-{nama}{'-kunci' if awalan else ''}")
        for awalan in ("", "mesin/<str:kunci>/")
        for nama, view in (
            ("cdata", presensi_iclock.cdata),
            ("getrequest", presensi_iclock.getrequest),
            ("devicecmd", presensi_iclock.devicecmd),
        )
        for akhiran in ("", ".aspx")
    ),
]
