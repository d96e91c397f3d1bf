"""Late facts of the attendance: a susulan takes them up, its lock settles them, a refusal lets them go."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from backend.core.periode import WIB
from backend.presensi import bawaan
from backend.presensi.models import CalonSusulan
from backend.tpp import enums
from backend.tpp.models import CalonDibayar, Periode
from backend.tpp.services import calon, susulan
from backend.tpp.services import periode as layanan
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_presensi import ketuk
from tests.factories_tpp import APRIL, MARET, Kantor, buat_aliran, isi_bulan, terbitkan_besaran

PESAN = "Surat dokter menyusul"


@pytest.fixture
def terkunci(kantor: Kantor) -> Kantor:
    """March locked, April's facts there, and three late facts: two of the staf in March, one of April."""
    kantor.kunci(kantor.buka())
    isi_bulan(kantor.orang, APRIL)
    for hari in (date(2025, 3, 10), date(2025, 3, 11), date(2025, 4, 2)):
        CalonSusulan.objects.create(pegawai=kantor.dinas.staf, tanggal=hari, sebab="cuti")
    CalonSusulan.objects.create(pegawai=kantor.dinas.kabid, tanggal=date(2025, 3, 10), sebab="cuti")
    return kantor


def buka(kantor: Kantor, **isi: object) -> Periode:
    return kantor.buka(run=enums.Run.SUSULAN, bulan_bayar=APRIL, alasan=PESAN, dasar_nomor="800/12", **isi)


def koreksi(kantor: Kantor, periode: Periode, **fakta: object) -> None:
    isi = fakta or {"kejadian": {"TK": 2}}
    susulan.koreksi_fakta(periode, pegawai=kantor.dinas.staf.pk, fakta=isi, alasan=PESAN, oleh=None)


def terbuka() -> set[tuple[str, date]]:
    rows = CalonSusulan.objects.filter(selesai_pada__isnull=True)
    return {(nama, tanggal) for nama, tanggal in rows.values_list("pegawai__nama", "tanggal")}


def test_the_lock_of_a_susulan_settles_what_it_took_up_and_nothing_else(terkunci: Kantor):
    periode = buka(terkunci)
    koreksi(terkunci, periode)
    assert len(terbuka()) == 4
    terkunci.kunci(periode)
    assert terbuka() == {(terkunci.dinas.staf.nama, date(2025, 4, 2)), (terkunci.dinas.kabid.nama, date(2025, 3, 10))}
    assert CalonDibayar.objects.filter(periode=periode).count() == 2


def test_correcting_again_takes_a_fact_up_once(terkunci: Kantor):
    periode = buka(terkunci)
    koreksi(terkunci, periode)
    koreksi(terkunci, periode, kejadian={"TK": 1})
    assert CalonDibayar.objects.count() == 2


def test_a_fact_that_came_after_the_correction_waits(terkunci: Kantor):
    periode = buka(terkunci)
    koreksi(terkunci, periode)
    CalonSusulan.objects.create(pegawai=terkunci.dinas.staf, tanggal=date(2025, 3, 20), sebab="tap")
    terkunci.kunci(periode)
    assert (terkunci.dinas.staf.nama, date(2025, 3, 20)) in terbuka()


def test_a_refused_susulan_lets_its_facts_go(terkunci: Kantor):
    periode = buka(terkunci)
    koreksi(terkunci, periode)
    periode = layanan.selesai_hitung(terkunci.hitung(periode), oleh=None)
    periode = layanan.tutup_sanggah(layanan.terbitkan(periode, oleh=None))
    layanan.tolak(
        layanan.setujui(periode, nomor="1", tanggal=APRIL, oleh=None), alasan="Dasar surat tidak sah", oleh=None
    )
    assert not CalonDibayar.objects.exists()
    kedua = buka(terkunci)
    koreksi(terkunci, kedua)
    assert CalonDibayar.objects.filter(periode=kedua).count() == 2


def test_with_two_streams_a_fact_is_settled_when_both_have_paid(kantor: Kantor):
    lain = buat_aliran("TPP_PK")
    terbitkan_besaran("TPP_PK", {14: 1_000_000, 12: 900_000, 7: 500_000})
    asal = kantor.kunci(kantor.buka())
    isi_bulan(kantor.orang, APRIL)
    CalonSusulan.objects.create(pegawai=kantor.dinas.staf, tanggal=date(2025, 3, 10), sebab="cuti")
    Periode.objects.create(
        opd=kantor.opd, bulan=MARET, bulan_bayar=MARET, aliran=lain, status="TERKUNCI", versi=asal.versi, checksum="a" * 64,
        dikunci_pada=asal.dikunci_pada,
    )  # fmt: skip
    for aliran, sisa in ((kantor.aliran, 1), (lain, 0)):
        periode = buka(kantor, aliran=aliran)
        koreksi(kantor, periode)
        kantor.kunci(periode)
        assert len(terbuka()) == sisa, aliran


@pytest.mark.parametrize(
    "sql",
    ["DELETE FROM tpp_calondibayar", "UPDATE tpp_koreksifakta SET fakta = '{}'", "DELETE FROM tpp_koreksifakta"],
)
def test_what_a_locked_susulan_rests_on_stays(terkunci: Kantor, sql: str):
    periode = buka(terkunci)
    koreksi(terkunci, periode)
    terkunci.kunci(periode)
    with pytest.raises(IntegrityError, match="terkunci"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_form_of_a_late_person_holds_what_the_attendance_says_today(terkunci: Kantor, client):
    bawaan.muat()
    client.force_login(beri_peran(buat_user(), "admin_opd", terkunci.opd).user)
    periode = buka(terkunci)
    staf = terkunci.dinas.staf
    kini = datetime(2025, 4, 10, tzinfo=WIB)
    sebelum = calon.fakta_terkini(periode, pegawai=staf.pk, kini=kini)
    ketuk(staf, "2025-03-10 07:00:00", "2025-03-10 16:30:00", sekarang=kini)
    sesudah = calon.fakta_terkini(periode, pegawai=staf.pk, kini=kini)
    assert (sebelum["hari_masuk"], sesudah["hari_masuk"]) == (0, 1)
    assert sesudah["kejadian"]["TK"] == sebelum["kejadian"]["TK"] - 1
    url = reverse("tpp-periode-koreksi", args=[periode.pk])
    isian = client.get(f"{url}?pegawai={staf.pk}").content.decode()
    assert f"TK {sesudah['kejadian']['TK']}" in isian
    for asing in ("bukan-uuid", str(buat_user().pk)):
        assert client.get(f"{url}?pegawai={asing}").status_code == 200


def test_the_page_of_a_susulan_shows_what_is_late_and_what_it_takes_up(terkunci: Kantor, client):
    admin = beri_peran(buat_user(), "admin_opd", terkunci.opd).user
    periode = buka(terkunci)
    client.force_login(admin)
    url = reverse("tpp-periode-detail", args=[periode.pk])
    sebelum = client.get(url).content.decode()
    assert sebelum.count("10 Maret 2025") == 2
    assert f"?pegawai={terkunci.dinas.staf.pk}" in sebelum
    assert "2 April 2025" not in sebelum
    isian = client.get(reverse("tpp-periode-koreksi", args=[periode.pk]) + f"?pegawai={terkunci.dinas.staf.pk}")
    assert terkunci.dinas.staf.nip in isian.content.decode().replace(" ", "")
    koreksi(terkunci, periode)
    assert client.get(url).content.decode().count("Masuk susulan ini") == 2
