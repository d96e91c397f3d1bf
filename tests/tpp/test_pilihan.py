"""Switches, positions by reference date, gates on leave: what BKPSDM may set without a programmer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kepegawaian.models import Posisi, RiwayatJabatan
from backend.presensi.models import Ketidakhadiran, RekapBulan
from backend.rules import decide, versions
from backend.rules.datatable import InvalidDataRows
from backend.rules.decide import RULES_DIR, FileSource, use_source
from backend.rules.errors import WrongType
from backend.rules.model import load
from backend.tpp import presensi
from backend.tpp.aturan import Aturan
from backend.tpp.bentuk import Bagian, Besaran, Gabungan, Hasil, Masukan, MasukanAliran, Penugasan, Setahun
from backend.tpp.calculations import hitung
from backend.tpp.fakta import selisih_jenjang
from backend.tpp.kalimat import kalimat
from backend.tpp.models import Hasil as BarisHasil
from backend.tpp.penjelasan import slip
from backend.tpp.services import besaran
from backend.tpp.services.aturan import ALTERNATIF
from tests.factories_kepegawaian import dudukkan
from tests.factories_tpp import MARET, Kantor, paksa

D = Decimal
PADA = date(2025, 6, 30)
BESARAN = Besaran(D(6_024_000), {"BK": D(70), "PK": D(30)}, "BS-09", "versi")
ORANG = Masukan(
    status_asn="PNS", ptkp="K/1", bulan=6, predikat="BAIK", hari_masuk=20, aliran=(MasukanAliran("TPP", BESARAN),),
    gaji_bruto=D(5_214_600), iuran_1=D(46_000), iuran_4=D(184_000), kejadian={"TK": 4}, menit_efektif=6_000,
    potongan_admin=(("TPTGR_MENUNGGAK", 1),),
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def shipped_rules() -> Iterator[None]:
    before = use_source(FileSource())
    yield
    use_source(before)


def dengan(**bendera: str) -> Aturan:
    """The shipped rules with some switches set: `aktif` true or false, or another `nilai`."""
    xml = (RULES_DIR / "tpp_bendera.dmn").read_text(encoding="utf-8")
    for kode, isi in bendera.items():
        rule = re.search(rf'<rule id="(BD-\d\d)">(?:(?!</rule>).)*?"{kode}".*?</rule>', xml, re.DOTALL)
        assert rule is not None
        baru = rule[0]
        if isi in {"true", "false"}:
            baru = re.sub(r'(_k1">\s*<text>)\w+', rf"\g<1>{isi}", baru)
        else:
            baru = re.sub(r'(_k3">\s*<text>)[^<]+', rf'\g<1>"{isi}"', baru)
        xml = xml.replace(rule[0], baru)
    return Aturan(PADA, isi={"tpp_bendera": (load(xml.encode()), "uji")})


def jumlah(hasil: Hasil) -> Decimal:
    return sum((satu.tanda * satu.hasil for satu in hasil.jejak if satu.aliran), D(0))


def test_more_than_three_days_without_notice_leave_nothing_when_switched_on():
    assert hitung(ORANG, dengan()).bruto > 0
    hasil = hitung(ORANG, dengan(TMS_TK="true"))
    assert hasil.bruto == jumlah(hasil) == 0
    assert hitung(replace(ORANG, kejadian={"TK": 3}), dengan(TMS_TK="true")).bruto > 0


def test_too_few_effective_minutes_take_beban_kerja_when_switched_on():
    assert hitung(ORANG, dengan(JAM_EFEKTIF="true")).aliran[0].terbayar["BK"] == 0
    assert hitung(replace(ORANG, menit_efektif=6_750), dengan(JAM_EFEKTIF="true")).aliran[0].terbayar["BK"] > 0


@pytest.mark.parametrize(("menit", "dibayar"), [(6_749, False), (6_750, True), (None, True)])
def test_the_threshold_of_effective_minutes_is_the_row_of_the_switch(menit: int | None, dibayar: bool):
    hasil = hitung(replace(ORANG, menit_efektif=menit), dengan(JAM_EFEKTIF="true"))
    assert (hasil.aliran[0].terbayar["BK"] > 0) is dibayar
    assert hasil.aliran[0].terbayar["PK"] > 0
    assert jumlah(hasil) == hasil.neto


def test_unpaid_beban_kerja_names_its_rule_and_says_the_minutes():
    hasil = hitung(ORANG, dengan(JAM_EFEKTIF="true"))
    (satu,) = [baris for baris in hasil.jejak if baris.langkah == 4 and baris.kriteria == "BK"]
    assert (satu.tabel, satu.kode_baris, satu.hasil) == ("tpp_bendera", "BD-02", 0)
    masukan = json.loads(satu.masukan)
    assert (masukan["menit_efektif"], masukan["ambang"]) == (6_000, 6_750)
    assert kalimat(satu, masukan) == (
        "Beban kerja tidak dibayar: waktu kerja efektif 6.000 menit, kurang dari 6.750 menit."
    )


def test_minutes_do_not_count_where_a_status_decides_the_month():
    cuti = replace(ORANG, status="CUTI_MELAHIRKAN", menit_efektif=0)
    assert hitung(cuti, dengan(JAM_EFEKTIF="true")).bruto == hitung(cuti, dengan()).bruto > 0
    desember = replace(ORANG, bulan=12, setahun=Setahun(D(0), D(0), 12, D(0), D(0), D(0)), menit_efektif=0)
    assert hitung(desember, dengan(JAM_EFEKTIF="true", DESEMBER_PENUH="true")).bruto == D(6_024_000)


# --- Final tax of old years (PM-03) ---------------------------------------------------------------------------------------


def tahun_lama() -> Aturan:
    """The shipped rules with the mode of the years before 2024."""
    xml = (ALTERNATIF / "pph_mode__final_gol.dmn").read_bytes()
    return Aturan(PADA, isi={"pph_mode": (load(xml), "lama")})


@pytest.mark.parametrize(
    ("golongan", "persen", "baris"),
    [("I/d", 0, "FG-01"), ("II/a", 0, "FG-01"), ("III/c", 5, "FG-02"), ("IV/b", 15, "FG-03")],
)
@pytest.mark.parametrize("bulan", [3, 12])
def test_an_old_month_is_taxed_at_the_rate_of_the_golongan(golongan: str, persen: int, baris: str, bulan: int):
    hasil = hitung(replace(ORANG, golongan=golongan, bulan=bulan), tahun_lama())
    assert hasil.pajak.mode == "FINAL_GOL"
    assert hasil.pajak.pph_tpp == hasil.bruto * persen // 100
    (satu,) = [jejak for jejak in hasil.jejak if jejak.langkah == 7]
    assert (satu.tabel, satu.kode_baris, satu.mode_bulat) == ("pph_final_gol", baris, "DOWN")
    assert jumlah(hasil) == hasil.neto
    assert f"final golongan {golongan.partition('/')[0]}" in kalimat(satu, json.loads(satu.masukan))


def test_the_final_tax_asks_neither_ter_nor_the_year():
    hasil = hitung(replace(ORANG, golongan="III/a", gabung=Gabungan(D(90_000_000), D(1))), aturan := tahun_lama())
    assert hasil.pajak.pph_tpp == hasil.bruto * 5 // 100
    assert not {"pph_ter", "ptkp", "pasal_17"} & aturan.versi.keys()


def test_the_golongan_of_a_pppk_has_no_final_rate():
    with pytest.raises(WrongType):
        hitung(replace(ORANG, golongan="IX"), tahun_lama())


def test_the_shipped_rules_never_tax_finally():
    for bulan in range(1, 12):
        assert hitung(replace(ORANG, bulan=bulan), dengan()).pajak.mode == "TER"


def test_december_is_paid_in_full_when_switched_on():
    desember = replace(ORANG, bulan=12, setahun=Setahun(D(0), D(0), 12, D(0), D(0), D(0)))
    assert hitung(desember, dengan()).bruto < D(6_024_000)
    assert hitung(desember, dengan(DESEMBER_PENUH="true")).bruto == D(6_024_000)


def test_the_pemda_may_bear_the_tax():
    biasa, pemda = hitung(ORANG, dengan()), hitung(ORANG, dengan(PPH_BEBAN="PEMDA"))
    assert pemda.pajak.pph_tpp == biasa.pajak.pph_tpp > 0
    assert (pemda.neto, pemda.spm) == (biasa.neto + biasa.pajak.pph_tpp, biasa.spm + biasa.pajak.pph_tpp)
    assert jumlah(pemda) == pemda.neto


def test_contributions_of_the_pemda_may_count_as_income():
    tanpa, dengan_iuran = hitung(ORANG, dengan()), hitung(ORANG, dengan(BPJS4_MASUK_BRUTO_PAJAK="true"))
    assert dengan_iuran.pajak.bruto_total == tanpa.pajak.bruto_total + tanpa.bpjs_4 + ORANG.iuran_4


def test_thr_may_be_taxed_alone():
    thr = replace(ORANG, run="THR", gabung=Gabungan(D(20_000_000), D(1_600_000)))
    assert hitung(thr, dengan()).pajak.bruto_total == D(26_024_000)
    assert hitung(thr, dengan(THR13_GABUNG="false")).pajak.bruto_total == D(6_024_000)


def test_a_surplus_of_tax_may_stay_with_the_state():
    lebih = replace(ORANG, bulan=12, setahun=Setahun(D(60_000_000), D(9_000_000), 12, D(0), D(0), D(0)))
    assert hitung(lebih, dengan()).pajak.pph_tpp < 0
    assert hitung(lebih, dengan(PPH_LEBIH_DIKEMBALIKAN="false")).pajak.pph_tpp == 0


def test_posts_of_a_part_of_the_month_are_weighted_by_working_days():
    lain = Besaran(D(10_600_000), {"BK": D(70), "PK": D(30)}, "BS-12", "versi")
    prorata = MasukanAliran("TPP", BESARAN, (Bagian(BESARAN, 10), Bagian(lain, 11)))
    hasil = hitung(replace(ORANG, aliran=(prorata,)), dengan())
    assert hasil.aliran[0].pagu == {"BK": D(5_894_667), "PK": D(2_526_286)}  # (4.216.800 × 10 + 7.420.000 × 11) ÷ 21
    assert jumlah(hasil) == hasil.neto


def test_the_higher_post_plus_a_part_of_the_lower_equals_pl_01_for_equal_amounts():
    xml = (
        (RULES_DIR / "tpp_plt.dmn")
        .read_text(encoding="utf-8")
        .replace('"SENDIRI_PLUS"</text>', '"TERTINGGI_PLUS"</text>')
    )
    tertinggi = Aturan(PADA, isi={"tpp_plt": (load(xml.encode()), "uji")})
    sama = replace(ORANG, plt=(Penugasan("PLT", "SETINGKAT", 21, 21, True, {"TPP": BESARAN}),))
    assert hitung(sama, tertinggi).pagu == hitung(sama, dengan()).pagu == D(7_228_800)


@pytest.mark.parametrize(
    ("sendiri", "kedua", "selisih"),
    [
        (("31", 12), ("32", 12), "SETINGKAT"), (("41", 9), ("31", 12), "LEBIH_TINGGI"), (("22", 14), ("31", 12), "LEBIH_RENDAH"),
        ((None, 9), ("41", 9), "LEBIH_TINGGI"), ((None, 9), (None, 9), "SETINGKAT"), ((None, 7), (None, 9), "LEBIH_TINGGI"),
    ],
)  # fmt: skip
def test_the_second_post_is_compared_by_level(sendiri: tuple, kedua: tuple, selisih: str):
    assert selisih_jenjang(*sendiri, *kedua) == selisih


@given(st.sampled_from("ABC"), st.integers(0, 2_000_000_000))
def test_the_sorted_search_and_the_table_give_the_same_ter_row(kategori: str, bruto: int):
    cepat = Aturan(PADA).ter(kategori, D(bruto))
    lambat = decide.decide("pph_ter", pada=PADA, kategori=kategori, bruto=D(bruto))
    assert (cepat.nilai["rate"], (cepat.kode,)) == (lambat["rate"], lambat.rules)


def test_what_a_memory_answers_is_what_the_table_says():
    aturan = Aturan(PADA)
    for kode in ("TL1", "TK", "PSW4", "SAKIT_LANJUT", "UPACARA") * 2:
        fakta = {"kode": kode, "hari_ke": None, "bersurat": None, "ramadan": False}
        langsung = decide.decide("absen_potongan", pada=PADA, **fakta)
        jawaban = aturan.tanya("absen_potongan", **fakta)
        assert (jawaban.nilai["persen"], jawaban.kode) == (langsung["persen"], ";".join(langsung.rules))


# --- With the tables of the other contexts -----------------------------------------------------------------------------------


@pytest.fixture
def kantor_terbit(kantor: Kantor) -> Iterator[Kantor]:
    before = use_source(versions.DatabaseSource())
    yield kantor
    use_source(before)


def test_a_leave_over_the_whole_month_pays_by_status(kantor_terbit: Kantor):
    staf = kantor_terbit.dinas.staf
    Ketidakhadiran.objects.create(
        pegawai=staf, jenis="CUTI_MELAHIRKAN", mulai=date(2025, 2, 10), sampai=date(2025, 4, 30), status="DISETUJUI"
    )
    paksa(RekapBulan.objects.filter(pegawai=staf), hari_masuk=0, per_status={"CUTI": 20})
    kantor_terbit.hitung(kantor_terbit.buka())
    hasil = BarisHasil.objects.get(pegawai=staf)
    assert (hasil.faktor_status, hasil.realisasi_persen, hasil.fakta["status_bulan_ke"]) == (40, 40, 2)


def test_a_leave_of_a_part_of_the_month_does_not(kantor_terbit: Kantor):
    staf = kantor_terbit.dinas.staf
    Ketidakhadiran.objects.create(
        pegawai=staf, jenis="CUTI_MELAHIRKAN", mulai=MARET, sampai=date(2025, 3, 10), status="DISETUJUI"
    )
    paksa(RekapBulan.objects.filter(pegawai=staf), hari_masuk=14, per_status={"CUTI": 6, "HADIR": 14})
    assert presensi.rekap([staf.pk], MARET)[staf.pk].cuti == ""


def test_the_explanation_is_whole_sentences_with_their_source(kantor_terbit: Kantor):
    staf = kantor_terbit.dinas.staf
    paksa(RekapBulan.objects.filter(pegawai=staf), per_kode={"TK": 1, "APEL_SENIN": 1})
    kantor_terbit.hitung(kantor_terbit.buka())
    isi = slip(BarisHasil.objects.get(pegawai=staf))
    teks = [satu.teks for satu in isi.penjelasan]
    assert "Tanpa keterangan, 1 kali: potongan disiplin 3 %." in teks
    assert "Realisasi dengan 20 hari masuk: 60 % × 100 + 40 % × 95 = 98 %." in teks
    assert all(kalimat.endswith(".") and "{" not in kalimat for kalimat in teks)
    assert all(satu.aturan.dasar_hukum for satu in isi.penjelasan)
    assert next(judul for judul, _ in isi.langkah) == "Besaran jabatan"


def test_prorata_takes_both_posts_of_the_month(kantor_terbit: Kantor):
    staf = kantor_terbit.dinas.staf
    RiwayatJabatan.objects.filter(pegawai=staf).update(sampai=date(2025, 3, 14))
    lain = Posisi.objects.create(
        unor=kantor_terbit.dinas.bidang,
        jabatan=kantor_terbit.dinas.posisi_kepala.jabatan,
        atasan=kantor_terbit.dinas.posisi_kepala,
        kelas=9,
    )
    dudukkan(staf, lain, mulai=date(2025, 3, 15))
    satu = versions.RuleVersion.objects.of("tpp_bendera").get()
    draf = versions.save_draft(
        "tpp_bendera",
        xml=satu.xml.replace('"HARI_PERTAMA"', '"PRORATA_HARI_KERJA"'),
        dasar_hukum="x",
        berlaku_mulai=date(2025, 1, 1),
        kasus=satu.kasus.replace("HARI_PERTAMA", "PRORATA_HARI_KERJA"),
    )
    versions.publish(draf)
    kantor_terbit.hitung(kantor_terbit.buka())
    assert (
        BarisHasil.objects.get(pegawai=staf).pagu == 4_774_476
    )  # 10 dari 21 hari kelas 7, 11 hari kelas 9, per kriteria


def test_amounts_of_a_post_win_over_those_of_its_class(kantor_terbit: Kantor):
    jabatan = kantor_terbit.dinas.posisi_staf.jabatan_id
    baris = [
        {"kode": "BS-07", "jabatan": "-", "kelas": "7", "opd": "-", "basic": "3400000", "pct_bk": "70", "pct_pk": "30"},
        {"kode": "BS-07X", "jabatan": str(jabatan), "kelas": "-", "opd": "-", "basic": "5000000", "pct_bk": "70", "pct_pk": "30", "pct_kk": "10"},
    ]  # fmt: skip
    versions.publish(besaran.simpan_draf("TPP", baris=baris, dasar_hukum="x", berlaku_mulai=date(2025, 1, 1)))
    kantor_terbit.hitung(kantor_terbit.buka())
    assert BarisHasil.objects.get(pegawai=kantor_terbit.dinas.staf).pagu == 5_500_000
    assert not BarisHasil.objects.filter(
        pegawai=kantor_terbit.dinas.kepala
    ).exists()  # SY-10: class 14 has no row any more


def test_amounts_are_proposed_from_tunjangan_and_three_indices():
    rows = besaran.usulkan({9: D(5_079_200)}, indeks=(D("0.7"), D("1.05"), D("0.9")), persen={"BK": D(70), "PK": D(30)})
    assert (rows[0]["kode"], rows[0]["basic"], rows[0]["pct_kk"]) == ("BS-09", "3359891", "")


def test_a_recap_may_come_from_elsewhere(kantor_terbit: Kantor):
    class Lain:
        def rekap(self, pegawai, bulan):
            return {pk: presensi.Rekap({"TK": 1}, 19, disegel=True) for pk in pegawai}

    before = presensi.use_presensi(Lain())
    try:
        kantor_terbit.hitung(kantor_terbit.buka())
    finally:
        presensi.use_presensi(before)
    assert set(BarisHasil.objects.values_list("potongan_disiplin", flat=True)) == {D(3)}


def test_a_percentage_of_an_amount_lies_within_a_whole(db: None):
    baris = [{"kode": "BS-07", "jabatan": "-", "kelas": "7", "opd": "-", "basic": "3400000", "pct_bk": "101"}]
    with pytest.raises(InvalidDataRows):
        besaran.simpan_draf("TPP", baris=baris, dasar_hukum="x", berlaku_mulai=date(2025, 1, 1))
