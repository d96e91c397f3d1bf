"""Who reaches which TPP address, about the own and another OPD, drawn from the URL configuration."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from backend.accounts.models import User
from backend.platform import files, jobs
from backend.platform.models import Job
from backend.rules import versions
from backend.rules.models import RuleVersion
from backend.tpp.models import Sanggah, Simulasi, Tertahan
from backend.tpp.services import impor
from backend.web.tpp_kerja import NOMINATIF
from backend.web.urls_tpp import urlpatterns
from tests.factories_kepegawaian import beri_peran, buat_dinas, buat_pegawai, buat_user
from tests.factories_kinerja import PDF
from tests.factories_tpp import MARET
from tests.web.tpp.conftest import Panggung

# s the ASN of the result, c a colleague, a their penilai, k the kepala (and penilai of a), o Admin OPD, O that of another
# OPD, t tata usaha, b BKPSDM, n bendahara, m bendahara of the OPD, d auditor, x an account without a person.
SEMUA = "scakoOtbnmdx"
KELOLA = "kobnmd"
MATRIKS: dict[str, str] = {
    "tpp": SEMUA, "tpp-hasil": f"s{KELOLA}", "tpp-slip-unduh": f"s{KELOLA}", "tpp-sanggah": "scak", "tpp-sanggah-unduh": f"s{KELOLA}",
    "tpp-tahunan": "scak", "tpp-tahunan-orang": f"s{KELOLA}",
    "tpp-periode": f"{KELOLA}O", "tpp-periode-buka": "oO", "tpp-periode-detail": KELOLA, "tpp-periode-orang": KELOLA,
    "tpp-periode-hitung": "o", "tpp-periode-koreksi": "o", "tpp-periode-lepas": "k", "tpp-periode-unduh": KELOLA, "tpp-rekap": f"{KELOLA}O",
    "tpp-pekerjaan": "o", "tpp-pekerjaan-unduh": "", "tpp-pekerjaan-batal": "o", "tpp-pekerjaan-ulangi": "o",
    "tpp-gaji": "bm", "tpp-gaji-templat": "bm", "tpp-gaji-periksa": "b",
    "tpp-aturan": "bd", "tpp-aturan-unggah": "b", "tpp-aturan-salin": "b", "tpp-aturan-versi": "bd", "tpp-aturan-unduh": "bd",
    "tpp-aturan-terbitkan": "b", "tpp-simulasi": "bd", "tpp-simulasi-baru": "b", "tpp-simulasi-detail": "bd",
}  # fmt: skip


def orang(panggung: Panggung) -> dict[str, User]:
    kantor, dinas = panggung.kantor, panggung.kantor.dinas
    lain = buat_dinas("Dinas Lain", kota=dinas)
    baru = {nama: buat_user() for nama in "Otmdx"}
    beri_peran(baru["O"], "admin_opd", lain.opd)
    beri_peran(baru["t"], "tu", kantor.opd)
    beri_peran(baru["m"], "bendahara_opd", kantor.opd)
    beri_peran(baru["d"], "auditor")
    people = {"s": dinas.staf.user, "c": dinas.staf_lain.user, "a": dinas.kabid.user, "k": dinas.kepala.user}
    tetap = {"o": panggung.admin, "b": panggung.bkpsdm, "n": panggung.bendahara}
    return {nama: user for nama, user in {**people, **tetap, **baru}.items() if user is not None}


@pytest.fixture
def tempat(panggung: Panggung) -> dict[str, list[object]]:
    """The arguments of each address, about the period of March."""
    staf = panggung.kantor.dinas.staf
    tahan = buat_pegawai()
    Tertahan.objects.create(
        periode=panggung.periode, pegawai=tahan, kode="SY-04", tingkat="BLOKIR", pesan="Predikat belum ada"
    )
    panggung.terbitkan()
    job = jobs.start(NOMINATIF, kunci="uji", parameter={"periode": str(panggung.periode.pk)}, oleh=panggung.admin)
    Job.objects.filter(pk=job.pk).update(status="gagal")
    lama = RuleVersion.objects.get(decision="tpp_zakat")
    draf = versions.save_draft("tpp_zakat", xml=lama.xml, dasar_hukum="Contoh", berlaku_mulai=MARET.replace(year=2030))
    satu = Simulasi.objects.create(draf={draf.kunci: str(draf.pk)}, bulan=[MARET], oleh=panggung.bkpsdm)
    berkas = files.store_bytes(PDF, nama="bukti.pdf", jenis="pdf")
    gaji = files.store_bytes(impor.template(), nama="gaji.xlsx", jenis="xlsx", pengunggah=panggung.bkpsdm)
    sanggah = Sanggah.objects.create(periode=panggung.periode, pegawai=staf, isi="Predikat saya Baik.", berkas=berkas)
    periode: UUID = panggung.periode.pk
    return {
        "tpp-hasil": [periode, staf.pk], "tpp-slip-unduh": [periode, staf.pk], "tpp-sanggah": [periode],
        "tpp-sanggah-unduh": [sanggah.pk], "tpp-tahunan-orang": [staf.pk], "tpp-periode-detail": [periode],
        "tpp-periode-orang": [periode], "tpp-periode-hitung": [periode], "tpp-periode-koreksi": [periode], "tpp-periode-lepas": [periode, tahan.pk],
        "tpp-gaji-periksa": [gaji.pk], "tpp-periode-unduh": [periode, "sptjm"], "tpp-pekerjaan": [job.pk], "tpp-pekerjaan-unduh": [job.pk],
        "tpp-pekerjaan-batal": [job.pk], "tpp-pekerjaan-ulangi": [job.pk], "tpp-aturan-versi": [draf.pk],
        "tpp-aturan-unduh": [draf.pk], "tpp-aturan-terbitkan": [draf.pk], "tpp-simulasi-detail": [satu.pk],
    }  # fmt: skip


def sampai(user: User, alamat: str) -> bool:
    """Any answer but 403 and 404, to GET or to an empty POST."""
    client = Client()
    client.force_login(user)
    for kirim in (client.get, client.post):
        with transaction.atomic():
            jawab = kirim(alamat)
            for tutup in jawab._resource_closers:
                tutup()
            status = jawab.status_code
            transaction.set_rollback(True)
        if status == 405:
            continue
        return status not in (403, 404)
    return False


def test_every_address_stands_in_the_matrix() -> None:
    assert {str(satu.name) for satu in urlpatterns} == MATRIKS.keys()


def test_the_matrix_holds(panggung: Panggung, tempat: dict[str, list[object]]) -> None:
    semua = orang(panggung)
    nyata = {
        nama: "".join(huruf for huruf in SEMUA if sampai(semua[huruf], reverse(nama, args=tempat.get(nama, []))))
        for nama in MATRIKS
    }
    harapan = {nama: "".join(huruf for huruf in SEMUA if huruf in siapa) for nama, siapa in MATRIKS.items()}
    assert nyata == harapan


def test_nobody_reaches_anything_without_signing_in(tempat: dict[str, list[object]]) -> None:
    for nama in MATRIKS:
        alamat = reverse(nama, args=tempat.get(nama, []))
        jawab = Client().get(alamat)
        if jawab.status_code == 405:
            jawab = Client().post(alamat)
        assert jawab.status_code == 302, nama
        assert jawab["Location"].startswith(reverse("account_login")), nama
