"""kinerja.md §2.4, case by case, then on random organisations against a slow reading of the same text."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kepegawaian.enums import AlasanKosong, CaraPenilai, JenisJabatan
from backend.kepegawaian.models import Delegasi, Pegawai, PejabatNonASN, Posisi, RiwayatJabatan, Unor
from backend.kepegawaian.penilai import atasan_penilai, penilai, penilai_semua
from backend.platform import settings as product_settings
from tests.factories_kepegawaian import (
    AKHIR,
    AWAL,
    Dinas,
    buat_delegasi,
    buat_jabatan,
    buat_pegawai,
    buat_pejabat,
    buat_posisi,
    buat_unor,
    dudukkan,
)  # fmt: skip

pytestmark = pytest.mark.django_db
PADA = date(2025, 3, 31)


def vacate(pegawai: Pegawai) -> None:
    """The person leaves his definitive post before the date."""
    RiwayatJabatan.objects.filter(pegawai=pegawai, jenis_penugasan="D").update(sampai=date(2025, 1, 31))


def koordinator(dinas: Dinas) -> Pegawai:
    """Somebody of the same bidang with a TT post."""
    orang = buat_pegawai()
    dudukkan(orang, dinas.posisi_staf)
    tt = buat_posisi(dinas.bidang, atasan=dinas.posisi_kabid, jabatan=buat_jabatan("Ketua Tim"))
    dudukkan(orang, tt, jenis="TT")
    return orang


def test_the_definitive_holder_of_the_atasan_post(dinas: Dinas):
    hasil = penilai(dinas.staf, PADA)
    assert (hasil.pegawai, hasil.posisi, hasil.cara) == (dinas.kabid, dinas.posisi_kabid, CaraPenilai.DEFINITIF)


def test_an_official_without_nip_rates_the_head(dinas: Dinas):
    hasil = penilai(dinas.kepala, PADA)
    assert (hasil.pejabat, hasil.pegawai, hasil.orang) == (dinas.walikota, None, dinas.walikota)


def test_the_penilai_of_the_penilai(dinas: Dinas):
    assert atasan_penilai(dinas.staf, PADA).pegawai == dinas.kepala
    assert not atasan_penilai(dinas.kepala, PADA).ada


def test_the_row_of_the_person_wins_over_the_post(dinas: Dinas):
    RiwayatJabatan.objects.filter(pegawai=dinas.staf).update(atasan=dinas.posisi_kepala)
    assert penilai(dinas.staf, PADA).pegawai == dinas.kepala


@pytest.mark.parametrize(
    ("jenis", "cara", "jabatan"), [("PLT", "plt", "Plt. "), ("PLH", "plh", "Plh. "), ("PJ", "pj", "Pj. ")]
)
def test_a_vacant_post_is_answered_by_its_replacement(dinas: Dinas, jenis: str, cara: str, jabatan: str):
    vacate(dinas.kabid)
    dudukkan(dinas.kepala, dinas.posisi_kabid, jenis=jenis)
    hasil = penilai(dinas.staf, PADA)
    assert (hasil.pegawai, hasil.cara) == (dinas.kepala, cara)
    assert hasil.nama_jabatan.startswith(jabatan)


def test_plt_before_plh_and_the_holder_before_both(dinas: Dinas):
    plt, plh = buat_pegawai(), buat_pegawai()
    dudukkan(plh, dinas.posisi_kabid, jenis="PLH")
    dudukkan(plt, dinas.posisi_kabid, jenis="PLT")
    assert penilai(dinas.staf, PADA).pegawai == dinas.kabid
    vacate(dinas.kabid)
    assert penilai(dinas.staf, PADA).pegawai == plt


def test_a_replacement_counts_only_within_its_dates(dinas: Dinas):
    vacate(dinas.kabid)
    dudukkan(dinas.kepala, dinas.posisi_kabid, jenis="PLT", mulai=date(2025, 2, 1), sampai=date(2025, 3, 30))
    assert penilai(dinas.staf, date(2025, 3, 30)).ada
    assert penilai(dinas.staf, PADA).alasan_kosong == AlasanKosong.KOSONG


def test_who_replaces_his_own_superior_is_rated_one_post_higher(dinas: Dinas):
    vacate(dinas.kepala)
    dudukkan(dinas.kabid, dinas.posisi_kepala, jenis="PLT")
    assert penilai(dinas.kabid, PADA).pejabat == dinas.walikota
    assert penilai(dinas.staf, PADA).pegawai == dinas.kabid


def test_climbing_can_be_switched_off(dinas: Dinas):
    product_settings.change("naik_satu_tingkat_bila_plt", False, oleh=None)
    vacate(dinas.kepala)
    dudukkan(dinas.kabid, dinas.posisi_kepala, jenis="PLT")
    assert penilai(dinas.kabid, PADA).alasan_kosong == AlasanKosong.TIDAK_SAH


def test_nobody_is_better_than_an_arbitrary_official(dinas: Dinas):
    vacate(dinas.kabid)
    assert penilai(dinas.staf, PADA).alasan_kosong == AlasanKosong.KOSONG
    vacate(dinas.staf)
    assert penilai(dinas.staf, PADA).alasan_kosong == AlasanKosong.TANPA_RIWAYAT
    puncak = buat_pegawai()
    dudukkan(puncak, buat_posisi(buat_unor()))
    assert penilai(puncak, PADA).alasan_kosong == AlasanKosong.TANPA_ATASAN


def test_an_inactive_holder_is_passed_over(dinas: Dinas):
    dudukkan(dinas.kepala, dinas.posisi_kabid, jenis="PLH")
    Pegawai.objects.filter(pk=dinas.kabid.pk).update(kedudukan_hukum="99")
    assert penilai(dinas.staf, PADA).cara == CaraPenilai.PLH


def test_below_pejabat_pengawas_needs_a_delegation(dinas: Dinas):
    kecil = buat_posisi(dinas.bidang, atasan=dinas.posisi_kabid, jabatan=buat_jabatan("Pengadministrasi"))
    dudukkan(buat_pegawai(), kecil)
    RiwayatJabatan.objects.filter(pegawai=dinas.staf).update(atasan=kecil)
    assert penilai(dinas.staf, PADA).alasan_kosong == AlasanKosong.TIDAK_SAH
    Posisi.objects.filter(pk=kecil.pk).update(
        jabatan=buat_jabatan("Kepala Subbagian", jenis=JenisJabatan.JA, eselon="42")
    )
    assert penilai(dinas.staf, PADA).ada


def test_a_delegation_needs_its_letter_dates_and_a_tt_row(dinas: Dinas):
    ketua = koordinator(dinas)
    surat = buat_delegasi(ketua, kepada=[dinas.staf])
    hasil = penilai(dinas.staf, PADA)
    assert (hasil.pegawai, hasil.cara) == (ketua, CaraPenilai.DELEGASI)
    assert hasil.posisi is not None
    assert hasil.posisi.jabatan.nama == "Ketua Tim"
    assert penilai(dinas.staf_lain, PADA).pegawai == dinas.kabid
    RiwayatJabatan.objects.filter(pegawai=ketua, jenis_penugasan="TT").update(sampai=date(2025, 3, 30))
    assert penilai(dinas.staf, PADA).pegawai == dinas.kabid
    RiwayatJabatan.objects.filter(pegawai=ketua, jenis_penugasan="TT").update(sampai=AKHIR)
    Delegasi.objects.filter(pk=surat.pk).update(selesai=date(2025, 3, 30))
    assert penilai(dinas.staf, PADA).pegawai == dinas.kabid


def test_a_delegation_over_a_unit_leaves_out_the_delegate_and_his_superiors(dinas: Dinas):
    ketua = koordinator(dinas)
    buat_delegasi(ketua, unor=dinas.opd)
    assert penilai(dinas.staf, PADA).pegawai == ketua
    assert penilai(ketua, PADA).pegawai == dinas.kabid
    assert penilai(dinas.kabid, PADA).pegawai == dinas.kepala


def test_naming_the_person_wins_over_naming_a_unit(dinas: Dinas):
    unit, orang = koordinator(dinas), buat_pegawai()
    dudukkan(orang, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala))
    dudukkan(orang, buat_posisi(dinas.opd, atasan=dinas.posisi_kepala), jenis="TT")
    buat_delegasi(unit, unor=dinas.bidang)
    buat_delegasi(orang, kepada=[dinas.staf])
    assert penilai(dinas.staf, PADA).pegawai == orang
    assert penilai(dinas.staf_lain, PADA).pegawai == unit


def test_an_override_wins_unless_it_names_somebody_who_may_not_rate(dinas: Dinas):
    assert penilai(dinas.staf, PADA, dinas.kepala).cara == CaraPenilai.OVERRIDE
    assert penilai(dinas.staf, PADA, dinas.walikota).pejabat == dinas.walikota
    for invalid in (dinas.staf, dinas.staf_lain, buat_pegawai()):
        assert penilai(dinas.staf, PADA, invalid).pegawai == dinas.kabid
    Pegawai.objects.filter(pk=dinas.kepala.pk).update(kedudukan_hukum="99")
    assert penilai(dinas.staf, PADA, Pegawai.objects.get(pk=dinas.kepala.pk)).pegawai == dinas.kabid
    PejabatNonASN.objects.update(sampai=date(2025, 1, 31))
    assert penilai(dinas.staf, PADA, PejabatNonASN.objects.get()).pegawai == dinas.kabid


def test_a_whole_city_takes_as_many_statements_as_one_person(dinas: Dinas, django_assert_max_num_queries):
    product_settings.setting("kedudukan_aktif")
    with django_assert_max_num_queries(8):
        penilai_semua(list(Pegawai.objects.all()), PADA)


# --- Random organisations -----------------------------------------------------------------------------------------


class Kota:
    """A random tree of units and posts with holders, replacements, gaps, delegations and inactive people."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.puncak = buat_posisi(
            buat_unor(), jabatan=buat_jabatan(jenis=JenisJabatan.PEJABAT_NEGARA), is_pimpinan=True
        )
        if rng.random() < 0.8:
            buat_pejabat(self.puncak, dengan_user=False)
        self.single = [self.puncak]
        self.people: list[Pegawai] = []
        for _ in range(rng.randint(3, 8)):
            self.add_unit()
        for _ in range(rng.randint(4, 10)):
            self.add_staff()
        for _ in range(rng.randint(0, 6)):
            self.add_replacement()
        for _ in range(rng.randint(0, 3)):
            self.add_delegation()

    def person(self) -> Pegawai:
        inactive = self.rng.random() < 0.15
        orang = buat_pegawai(dengan_user=False, kedudukan_hukum="99" if inactive else "01")
        self.people.append(orang)
        return orang

    def add_unit(self) -> None:
        atasan = self.rng.choice(self.single)
        unor = buat_unor(induk=atasan.unor)
        posisi = (
            buat_posisi(unor, atasan=atasan, is_pimpinan=True)
            if self.rng.random() < 0.8
            else buat_posisi(unor, atasan=atasan)
        )
        self.single.append(posisi)
        if self.rng.random() < 0.7:
            dudukkan(self.person(), posisi)

    def add_staff(self) -> None:
        atasan = self.rng.choice(self.single[1:])
        posisi = buat_posisi(atasan.unor, atasan=atasan, jumlah_kebutuhan=2)
        dudukkan(self.person(), posisi, atasan=self.rng.choice([atasan, atasan, self.rng.choice(self.single)]))

    def add_replacement(self) -> None:
        orang, posisi = self.rng.choice(self.people), self.rng.choice(self.single[1:])
        if not RiwayatJabatan.objects.filter(pegawai=orang, posisi=posisi).exists():
            dudukkan(orang, posisi, jenis=self.rng.choice(["PLT", "PLH"]))

    def add_delegation(self) -> None:
        orang = self.rng.choice(self.people)
        row = RiwayatJabatan.objects.filter(pegawai=orang, jenis_penugasan="D").first()
        if row and not orang.riwayat_jabatan.filter(jenis_penugasan="TT").exists():
            dudukkan(orang, buat_posisi(row.posisi.unor, atasan=row.posisi.atasan), jenis="TT")
            if self.rng.random() < 0.5:
                buat_delegasi(orang, kepada=self.rng.sample(self.people, min(2, len(self.people))))
            else:
                buat_delegasi(orang, unor=self.rng.choice(list(Unor.objects.all())))


def chain(posisi: Posisi | None) -> list[Any]:
    found = []
    while posisi is not None:
        found.append(posisi.pk)
        posisi = posisi.atasan
    return found


def may_rate(orang: Any, pegawai: Pegawai) -> bool:
    return isinstance(orang, PejabatNonASN) or (orang.pk != pegawai.pk and orang.kedudukan_hukum == "01")


def slow_reading(pegawai: Pegawai) -> tuple[Any, ...]:
    """§2.4 as a reader would do it by hand, one query after the other."""
    row = RiwayatJabatan.objects.filter(pegawai=pegawai, jenis_penugasan="D", mulai__lte=PADA, sampai=None).first()
    if row is None:
        return (None,)
    candidates = []
    for surat in Delegasi.objects.filter(mulai__lte=PADA, selesai__gte=PADA):
        named = surat.lingkup_pegawai.filter(pk=pegawai.pk).exists()
        covers = surat.lingkup_unor is not None and surat.lingkup_unor.pk in row.posisi.unor.path
        seat = RiwayatJabatan.objects.filter(pegawai=surat.pegawai, jenis_penugasan="D").first()
        superior = seat is not None and row.posisi_id in chain(seat.atasan) + chain(seat.posisi.atasan)
        if (named or covers) and may_rate(surat.pegawai, pegawai) and not superior:
            candidates.append((named, len(surat.lingkup_unor.path) if surat.lingkup_unor else 0, surat.pegawai))
    if candidates:
        best = max(item[:2] for item in candidates)
        return tuple(item[2] for item in candidates if item[:2] == best)
    posisi = row.atasan
    while posisi is not None:
        for jenis in ("D", "PLT", "PLH"):
            sitting = RiwayatJabatan.objects.filter(posisi=posisi, jenis_penugasan=jenis, mulai__lte=PADA)
            people = [r.pegawai for r in sitting] + (list(posisi.pejabat.all()) if jenis == "D" else [])
            allowed = [who for who in people if may_rate(who, pegawai) and posisi.dapat_menilai]
            if allowed:
                return tuple(allowed)
        if not RiwayatJabatan.objects.filter(
            posisi=posisi, pegawai=pegawai, jenis_penugasan__in=["PLT", "PLH"]
        ).exists():
            return (None,)
        posisi = posisi.atasan
    return (None,)


def rates_his_superior(orang: Pegawai, pegawai: Pegawai, *, cara: Any) -> bool:
    """Allowed for a Plt/Plh, who may stand below the post he replaces in."""
    own, his = (RiwayatJabatan.objects.filter(pegawai=who, jenis_penugasan="D").first() for who in (pegawai, orang))
    usual = cara in {CaraPenilai.DEFINITIF, CaraPenilai.DELEGASI}
    return bool(own and his and usual and own.posisi_id in chain(his.posisi.atasan))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1_000_000))
def test_the_fast_resolution_agrees_with_a_slow_reading(seed: int):
    with transaction.atomic():
        kota = Kota(seed)
        everybody = penilai_semua(kota.people, PADA)
        for pegawai in kota.people:
            hasil = everybody[pegawai.pk]
            assert hasil.orang in slow_reading(pegawai)
            assert hasil == penilai(pegawai, PADA)
            assert hasil.ada == (hasil.alasan_kosong is None) == (hasil.cara is not None)
            assert hasil.orang != pegawai
            if isinstance(hasil.orang, Pegawai):
                assert hasil.orang.kedudukan_hukum == "01"
                assert not rates_his_superior(hasil.orang, pegawai, cara=hasil.cara)
        transaction.set_rollback(True)


def test_resolution_asks_about_the_date_not_about_today(dinas: Dinas):
    vacate(dinas.kabid)
    pengganti = buat_pegawai()
    dudukkan(pengganti, dinas.posisi_kabid, mulai=date(2025, 2, 1))
    assert penilai(dinas.staf, AWAL).pegawai == dinas.kabid
    assert penilai(dinas.staf, PADA).pegawai == pengganti
