"""Who may open what: every address × every role × own and other OPD, drawn from the URL configuration.

A new address fails `test_every_address_stands_in_the_matrix` until it has a row in MATRIKS: who reaches it about an
object of the first OPD, and who about one of the second. All people of the matrix but the city roles belong to the
first OPD. "Reaches" means any answer but 403 and 404, to GET or to an empty POST.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from backend.accounts.models import ApiToken, User
from backend.accounts.roles import Peran
from backend.kepegawaian.models import Kalender, LaporanData, RiwayatJabatan
from backend.kinerja.models import IKI, RHK, Dokumen, LaporanPeriode, Periode, RealisasiIKI, Renaksi
from backend.kinerja.services import bukti
from backend.kinerja.services import periode as periode_services
from backend.kinerja.services.lembar_skp import template
from backend.platform import files
from backend.platform.models import Job, Notice
from backend.workflow.models import Incident
from tests.factories_kepegawaian import Dinas, beri_peran, buat_delegasi, buat_dinas, buat_pegawai, buat_user
from tests.factories_kinerja import (
    PDF,
    Kota,
    buat_periode,
    buat_skp,
    instance_of,
    isi_sampai_ajukan,
    laporan_of,
    open_item,
    terbitkan,
)
from tests.web.kelola.data import buat_laporan

# One letter a person; `s` is the ASN whom the objects of the first OPD are about, `a` his penilai, `k` hers.
ORANG = {
    "s": "ASN", "c": "rekan seunit", "a": "atasan", "k": "kepala OPD", "o": "Admin OPD", "t": "Tim Pengelola Kinerja",
    "u": "tata usaha", "r": "reviewer", "b": "Admin BKPSDM", "d": "auditor", "p": "admin proses", "n": "akun tanpa peran",
}  # fmt: skip
MODUL = ("backend.web.urls", "backend.web.urls_admin")  # another module has a matrix beside its own tests
TERBUKA = frozenset(  # without signing in
    {
        "sehat", "periksa", "periksa-kode", "account_login", "account_logout", "account_reset_password", "account_reset_password_done",
        "account_reset_password_from_key", "account_reset_password_from_key_done", "account_inactive",
    }
)  # fmt: skip
SEMUA = "".join(ORANG)
MATRIKS: dict[str, tuple[str, str]] = {
    "account_change_password": (SEMUA, ""), "admin-akun": ("obd", ""), "admin-akun-buat": ("b", "b"),
    "admin-akun-buka": ("ob", "b"), "admin-akun-detail": ("obd", "bd"), "admin-akun-kunci": ("ob", "b"),
    "admin-akun-sandi": ("ob", "b"), "admin-audit": ("bdp", ""), "admin-delegasi": ("obd", ""),
    "admin-delegasi-baru": ("ob", ""), "admin-delegasi-cabut": ("ob", "b"), "admin-iki-baru": ("b", "b"),
    "admin-iki-hapus": ("b", "b"), "admin-iki-ubah": ("b", "b"), "admin-impor": ("b", ""),
    "admin-impor-periksa": ("b", "b"), "admin-impor-templat": ("b", "b"), "admin-impor-unggah": ("b", "b"),
    "admin-job": ("bdp", ""), "admin-job-batal": ("bp", "bp"), "admin-job-detail": ("bdp", "bdp"),
    "admin-job-ulangi": ("bp", "bp"), "admin-kalender": ("bd", ""), "admin-kalender-baru": ("b", ""),
    "admin-kalender-hapus": ("b", "b"), "admin-laporan": ("bd", ""), "admin-laporan-buka": ("b", "b"),
    "admin-pegawai": ("kotubd", ""), "admin-pegawai-baru": ("b", ""), "admin-pegawai-detail": ("kotubd", "bd"),
    "admin-pegawai-ubah": ("b", "b"), "admin-pengaturan": ("bd", ""), "admin-pengaturan-bawaan": ("b", "b"),
    "admin-pengaturan-ubah": ("b", "b"), "admin-peran-baru": ("b", "b"), "admin-peran-cabut": ("b", "b"),
    "admin-periode": ("bd", ""), "admin-periode-baru": ("b", ""), "admin-periode-buka": ("b", "b"),
    "admin-periode-ubah": ("b", "b"), "admin-posisi": ("kotubd", ""), "admin-posisi-baru": ("b", ""),
    "admin-posisi-detail": ("kotubd", "bd"), "admin-posisi-ubah": ("b", "b"), "admin-proses": ("bdp", ""),
    "admin-proses-ulangi": ("p", "p"), "admin-renaksi-baru": ("b", "b"), "admin-renaksi-hapus": ("b", "b"),
    "admin-renaksi-ubah": ("b", "b"), "admin-rhk-baru": ("b", "b"), "admin-rhk-hapus": ("b", "b"),
    "admin-rhk-ubah": ("b", "b"), "admin-riwayat-aktif": ("b", "b"), "admin-riwayat-baru": ("b", "b"),
    "admin-riwayat-batal": ("b", "b"), "admin-riwayat-nonaktif": ("b", "b"), "admin-riwayat-pindah": ("b", "b"),
    "admin-skp": ("kotbd", ""), "admin-skp-baru": ("b", ""), "admin-skp-berlaku": ("b", "b"),
    "admin-skp-detail": ("kotbd", "bd"), "admin-skp-tutup": ("b", "b"), "admin-skp-ubah": ("b", "b"),
    "admin-unit": ("kotubd", ""), "admin-unit-baru": ("b", ""), "admin-unit-detail": ("kotubd", "bd"),
    "admin-unit-nonaktif": ("b", "b"), "admin-unit-pulih": ("b", "b"), "admin-unit-ubah": ("b", "b"),
    "bawahan": (SEMUA, ""), "bawahan-detail": ("akotrbd", "bd"), "beranda": (SEMUA, ""),
    "berkas": ("sakotrbdp", "bdp"), "berkas-ambil-alih": ("k", ""), "berkas-langkah": ("sakotrbdp", "bdp"),
    "berkas-tarik": ("s", ""), "bukti": ("sakotrbd", "bd"), "catat-keputusan": ("t", ""),
    "catat-keputusan-laporan": ("t", ""), "dokumen": (SEMUA, ""), "dokumen-unduh": ("sakotrbd", "bd"),
    "kotak-masuk": (SEMUA, ""), "kotak-masuk-setujui": (SEMUA, ""), "kotak-masuk-tugas": ("a", ""),
    "lainnya": (SEMUA, ""), "lapor-data": ("scakoturbdp", ""), "laporan": (SEMUA, ""),
    "laporan-buat-dokumen": ("sakotb", "b"), "laporan-data": ("obd", ""), "laporan-data-detail": ("obd", "bd"),
    "laporan-detail": ("sakotrbd", "bd"), "pemantauan": ("kotbd", ""), "pemantauan-alihkan": ("ob", "b"),
    "pemberitahuan": (SEMUA, ""), "pemberitahuan-baca": (SEMUA, ""), "pemberitahuan-buka": ("s", ""),
    "profil": (SEMUA, ""), "profil-kunci": (SEMUA, ""), "profil-kunci-cabut": ("s", ""),
    "profil-tampilan": (SEMUA, ""), "tugas": ("s", ""), "tugas-bukti": ("s", ""), "tugas-bukti-hapus": ("s", ""),
    "tugas-draf": ("s", ""), "tugas-hitung": ("s", ""),
}  # fmt: skip


# --- The city -----------------------------------------------------------------------------------------------------


@dataclass
class Panggung:
    """The people, and for each OPD the arguments of every address."""

    orang: dict[str, User]
    satu: dict[str, dict[str, Any]]
    dua: dict[str, dict[str, Any]]


@pytest.fixture
def panggung(db: None) -> Panggung:
    terbitkan()
    satu = buat_dinas("Dinas Satu")
    dua = buat_dinas("Dinas Dua", kota=satu)
    orang = _orang(satu)
    februari, maret, april = buat_periode(2), buat_periode(3), buat_periode(4)
    for dinas in (satu, dua):
        skp = buat_skp(dinas.staf)
        periode_services.buka_satu(skp, maret, oleh=None)
        isi_sampai_ajukan(Kota(dinas, maret, skp))
    diajukan = {dinas.opd.pk: laporan_of(dinas.staf) for dinas in (satu, dua)}
    for dinas in (satu, dua):
        periode_services.buka_satu(diajukan[dinas.opd.pk].skp, april, oleh=None)
    return Panggung(orang, *(_objek(dinas, diajukan[dinas.opd.pk], februari, orang["b"]) for dinas in (satu, dua)))


def _orang(satu: Dinas) -> dict[str, User]:
    orang = {"s": satu.staf.user, "c": satu.staf_lain.user, "a": satu.kabid.user, "k": satu.kepala.user}
    for huruf, peran in (("o", Peran.ADMIN_OPD), ("t", Peran.TIM_PENGELOLA), ("u", Peran.TU), ("r", Peran.REVIEWER)):
        orang[huruf] = buat_pegawai().user
        beri_peran(orang[huruf], peran, satu.opd)
    for huruf, peran in (("b", Peran.BKPSDM), ("d", Peran.AUDITOR), ("p", Peran.ADMIN_PROSES)):
        orang[huruf] = buat_pegawai().user
        beri_peran(orang[huruf], peran)
    orang["n"] = buat_user()
    for user in orang.values():
        user.password = make_password("kata-sandi-uji-7")  # without one, allauth asks for a first one
        user.save(update_fields=["password"])
    return orang


def _objek(dinas: Dinas, diajukan: LaporanPeriode, februari: Periode, bkpsdm: User) -> dict[str, dict[str, Any]]:
    """Arguments of every address that takes some. `diajukan` (March) lies with the atasan; April is being filled in."""
    staf, user, april = dinas.staf, dinas.staf.user, laporan_of(dinas.staf)
    isi, tinjau, iki = open_item(april), open_item(diajukan), RealisasiIKI.objects.filter(laporan=april).first()
    bukti.tambah_tautan(april, oleh=user, grup="iki", baris=iki.pk, url="https://bukti.contoh.go.id/1")
    rhk = RHK.objects.filter(skp=diajukan.skp).first()
    final = buat_laporan(diajukan.skp, februari, status="final")
    admin = beri_peran(buat_pegawai().user, Peran.ADMIN_OPD, dinas.opd)
    pk = {
        "tugas": isi.pk, "kotak-masuk": tinjau.pk, "berkas": instance_of(diajukan).pk, "laporan": diajukan.pk,
        "laporan-buat": final.pk, "dokumen": _dokumen(final).pk, "bukti": april.bukti.first().pk, "bawahan": staf.pk, "pemantauan": tinjau.pk,
        "pemberitahuan": Notice.objects.create(penerima=user, peristiwa="uji", judul="Uji", url="/").pk,
        "profil": ApiToken.objects.create(user=user, nama="uji", awalan="a", sha256=dinas.opd.nama).pk,
        "laporan-data": LaporanData.objects.create(pegawai=staf, kolom="Atasan", isi="Keliru.", pelapor=user).pk,
        "catat-keputusan": _menunggu_pejabat(dinas, diajukan.periode).pk, "admin-pegawai": staf.pk, "admin-riwayat": RiwayatJabatan.objects.get(pegawai=staf).pk,
        "admin-riwayat-baru": staf.pk, "admin-riwayat-pindah": staf.pk, "admin-akun-buat": staf.pk,
        "admin-unit": dinas.bidang.pk, "admin-posisi": dinas.posisi_staf.pk,
        "admin-delegasi": buat_delegasi(dinas.staf_lain, kepada=[staf]).pk,
        "admin-kalender": Kalender.objects.create(tanggal=date(2025, 12, 25), nama="Uji", libur=True, opd=dinas.opd).pk,
        "admin-periode": diajukan.periode_id, "admin-skp": diajukan.skp_id, "admin-rhk": rhk.pk, "admin-rhk-baru": diajukan.skp_id,
        "admin-iki": IKI.objects.filter(rhk=rhk).first().pk, "admin-iki-baru": rhk.pk,
        "admin-renaksi": Renaksi.objects.filter(rhk=rhk).first().pk, "admin-renaksi-baru": rhk.pk,
        "admin-laporan": final.pk, "admin-akun": staf.user_id, "admin-peran": admin.pk, "admin-peran-baru": staf.user_id,
        "admin-proses": Incident.objects.create(kind="command", message="uji", instance=instance_of(diajukan)).pk,
        "admin-job": Job.objects.create(jenis="impor_skp", kunci=str(dinas.opd.pk), oleh=bkpsdm).pk,
        "admin-impor": files.store_bytes(template(), nama="skp.xlsx", jenis="xlsx", pengunggah=bkpsdm).pk,
    }  # fmt: skip
    return {"pk": pk, "bukti": {"": april.bukti.first().pk}, "baris": {"": iki.pk}, "grup": {"": "iki"}, "langkah": {"": "isi_renaksi"},
            "jenis": {"": "skp"}, "key": {"": "buka_bulanan"}}  # fmt: skip


def _menunggu_pejabat(dinas: Dinas, maret: Periode) -> LaporanPeriode:
    """The laporan of the kepala, whose penilai is the wali kota: an official without NIP."""
    return buat_laporan(buat_skp(dinas.kepala), maret, status="validasi_renaksi", penilai_pejabat=dinas.walikota)


def _dokumen(laporan: LaporanPeriode) -> Dokumen:
    berkas = files.store_bytes(PDF, nama="d15.pdf", jenis="pdf")
    return Dokumen.objects.create(
        jenis="d15", laporan=laporan, versi=1, template_versi="0" * 64, sha256=berkas.sha256, berkas=berkas
    )


# --- Addresses ----------------------------------------------------------------------------------------------------


def alamat_web() -> dict[str, URLPattern]:
    """Every address of the modules in MODUL, by name."""
    semua = [satu for modul in MODUL for satu in get_resolver(modul).url_patterns]
    return dict(sorted((str(satu.name), satu) for satu in semua if isinstance(satu, URLPattern)))


def argumen(nama: str, pola: URLPattern, objek: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Arguments of one address: the object whose key is the longest beginning of its name."""
    return {
        kunci: next(objek[kunci][awal] for awal in _awalan(nama) if awal in objek[kunci])
        for kunci in pola.pattern.converters
    }


def _awalan(nama: str) -> Iterator[str]:
    kata = nama.split("-")
    yield from ("-".join(kata[:n]) for n in range(len(kata), -1, -1))


def sampai(client: Client, alamat: str) -> bool:
    """Whether anything but 403 or 404 comes back, to GET or to an empty POST. What the POST did is undone."""
    jawab = []
    for cara in (client.get, client.post):
        with transaction.atomic():
            satu = cara(alamat)
            b"".join(satu)  # a download holds its file open until it is read
            transaction.set_rollback(True)
        jawab.append(satu.status_code)
        assert not satu.headers.get("Location", "").startswith(reverse("account_login")), alamat
    assert max(jawab) < 500, f"{alamat}: {jawab}"
    return any(status not in (403, 404, 405) for status in jawab)


# --- The matrix ---------------------------------------------------------------------------------------------------


def test_every_address_stands_in_the_matrix() -> None:
    assert sorted(MATRIKS) == sorted(set(alamat_web()) - TERBUKA)


def test_every_module_of_addresses_has_a_matrix() -> None:
    lain = [satu for satu in get_resolver(MODUL[0]).url_patterns if isinstance(satu, URLResolver)]
    nama = {satu.urlconf_module.__name__ for satu in lain} - set(MODUL)
    tanpa = [satu for satu in nama if not (Path(__file__).parent / satu.rsplit("_", 1)[-1] / "test_akses.py").exists()]
    assert not tanpa


def test_without_signing_in_every_page_leads_to_the_login(panggung: Panggung) -> None:
    client = Client()
    for nama, pola in alamat_web().items():
        if nama not in TERBUKA:
            alamat = reverse(nama, kwargs=argumen(nama, pola, panggung.satu))
            for jawab in (client.get(alamat), client.post(alamat)):
                assert jawab.status_code in (302, 405), nama
                assert jawab.status_code == 405 or jawab["Location"].startswith(reverse("account_login")), nama


@pytest.mark.parametrize("huruf", list(ORANG), ids=[nama.replace(" ", "-") for nama in ORANG.values()])
def test_each_person_reaches_what_the_matrix_says_and_nothing_else(panggung: Panggung, huruf: str) -> None:
    client = Client()
    client.force_login(panggung.orang[huruf])
    beda = []
    for nama, pola in alamat_web().items():
        if nama in TERBUKA:
            continue
        for objek, boleh in zip((panggung.satu, panggung.dua), MATRIKS[nama], strict=True):
            if objek is panggung.dua and not pola.pattern.converters:
                continue
            dapat = sampai(client, reverse(nama, kwargs=argumen(nama, pola, objek)))
            if dapat != (huruf in boleh):
                beda.append(f"{nama} ({'OPD sendiri' if objek is panggung.satu else 'OPD lain'}): {dapat}")
    assert not beda, "\n".join(beda)
