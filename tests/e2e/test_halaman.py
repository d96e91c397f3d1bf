"""Every page that a person can reach by following links: accessible and no wider than the screen, on a phone and (contrast)
in dark mode on a desktop. Forms are also looked at when they are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.kepegawaian.models import Kalender, LaporanData
from backend.platform.models import Job, Notice
from backend.workflow.models import Incident
from tests.e2e.conftest import DESKTOP, PHONE, Visit, Visitor, kirim
from tests.factories_kepegawaian import beri_peran, buat_delegasi, buat_pegawai, dudukkan
from tests.factories_kinerja import (
    Kota,
    buat_kota,
    buat_periode,
    buat_skp,
    instance_of,
    isi_sampai_ajukan,
    periode_services,
    setujui_semua,
)

DILEWATI = {"account_logout", "bukti", "pemberitahuan-buka", "berkas-langkah"}
KONTRAS = ["color-contrast"]  # what dark mode alone can break
UNDUHAN = ("-unduh", "-templat", "-surat")


@pytest.fixture
def kota(transactional_db: None) -> Kota:
    """March is final, April waits for the atasan, May is being filled in; some of everything for the admin pages."""
    kota = buat_kota()
    dinas = kota.dinas
    kota.asn.set_password("sandi-yang-cukup-panjang-1")
    kota.asn.save()
    isi_sampai_ajukan(kota)
    setujui_semua(kota)
    for bulan in (4, 5):
        periode_services.buka(buat_periode(bulan), oleh=None)
        if bulan == 4:
            isi_sampai_ajukan(kota)
    buat_skp(dinas.staf_lain)
    dudukkan(dinas.kabid, dinas.posisi_kepala, jenis="PLT", mulai=date(2024, 1, 1), sampai=date(2090, 1, 1))
    Kalender.objects.create(tanggal=date(2025, 12, 25), nama="Hari Natal", libur=True)
    buat_delegasi(dinas.staf_lain, kepada=[dinas.staf])
    LaporanData.objects.create(pegawai=dinas.staf, kolom="Atasan", isi="Atasan saya sudah pindah.", pelapor=kota.asn)
    Job.objects.create(
        jenis="impor_skp", kunci="uji", judul="Impor skp.xlsx", status="gagal", pesan="Berkas tidak terbaca."
    )
    Incident.objects.create(kind="command", message="Perintah gagal", instance=instance_of(kota.laporan))
    Notice.objects.create(
        penerima=kota.asn, peristiwa="uji", judul="Laporan dikembalikan", isi="Baca catatannya.", url="/"
    )
    return kota


def nama_alamat(alamat: str) -> str:
    """Name of an address of ours with its tab, so that each kind of page is seen once; empty for all others."""
    bagian = urlsplit(alamat)
    if bagian.netloc or not bagian.path.startswith("/"):
        return ""
    try:
        cocok = resolve(bagian.path)
    except Resolver404:
        return ""
    nama = str(cocok.url_name)
    if nama in DILEWATI or nama.endswith(UNDUHAN) or "unduh=" in bagian.query:
        return ""
    tab = bagian.query.removeprefix("tab=") if bagian.query.startswith("tab=") else ""
    return ":".join(filter(None, (nama, cocok.kwargs.get("jenis"), tab)))


def jelajahi(visitor: Visitor, sudah: set[str]) -> list[str]:
    """Follow every link from the home page on, one page a kind not seen before; what is wrong with them."""
    antre, salah, page = ["/", "/akun/sandi/"], [], visitor.page
    sudah.discard("beranda")  # each person's own
    while antre:
        alamat = antre.pop(0)
        nama = nama_alamat(alamat)
        if not nama or nama in sudah:
            continue
        sudah.add(nama)
        jawab = page.goto(visitor.base + alamat)
        if jawab is None or not jawab.ok:
            salah.append(f"{nama} {alamat}: {jawab and jawab.status}")
            continue
        antre += page.eval_on_selector_all(
            "a[href]", "links => links.map(link => link.getAttribute('href').split('#')[0])"
        )
        salah += [f"{nama}: {satu}" for satu in periksa(visitor)]
        tombol = page.locator("main form.panel[method=post] button.btn-primary")
        if nama.endswith("-baru") and tombol.count() == 1:
            kirim(tombol)
            salah += [f"{nama}, ditolak: {satu}" for satu in periksa(visitor)]
    return salah


def periksa(visitor: Visitor) -> list[str]:
    """What is wrong with the page at hand, on the phone and then on a dark desktop."""
    salah = keluhan(visitor.accessible) + keluhan(visitor.fits)
    visitor.page.set_viewport_size(DESKTOP)
    visitor.page.emulate_media(color_scheme="dark")
    salah += keluhan(lambda: visitor.accessible(KONTRAS)) + keluhan(visitor.fits)
    visitor.page.set_viewport_size(PHONE)
    visitor.page.emulate_media(color_scheme="light")
    return salah


def keluhan(uji: Callable[[], None]) -> list[str]:
    try:
        uji()
    except AssertionError as galat:
        return [str(galat)]
    return []


@pytest.mark.parametrize("siapa", ["pegawai", "admin"])
def test_every_page_that_can_be_reached_is_accessible_and_fits(visit: Visit, kota: Kota, siapa: str) -> None:
    sudah: set[str] = set()
    salah = [satu for user in orang(kota, siapa) for satu in jelajahi(visit(user, phone=True), sudah)]
    assert not salah, "\n".join(salah)
    assert len(sudah) > 15


def orang(kota: Kota, siapa: str) -> list[User]:
    if siapa == "pegawai":
        return [kota.asn, kota.atasan, kota.kepala]
    hasil = []
    for peran, unor in (
        (Peran.ADMIN_OPD, kota.dinas.opd), (Peran.TIM_PENGELOLA, kota.dinas.opd), (Peran.BKPSDM, None), (Peran.ADMIN_PROSES, None),
    ):  # fmt: skip
        user = buat_pegawai().user
        assert user is not None
        beri_peran(user, peran, unor)
        hasil.append(user)
    return hasil
