"""The computation order R-2025: the worked cases to the rupiah, and what must hold for any facts."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.operations.cases import load
from backend.operations.cases import tpp as kasus_tpp
from backend.rules.decide import RULES_DIR, FileSource, use_source
from backend.rules.errors import WrongType
from backend.tpp.aturan import Aturan
from backend.tpp.bentuk import Besaran, Gabungan, Hasil, Masukan, MasukanAliran, Penugasan, Setahun
from backend.tpp.calculations import bagi, hitung
from backend.tpp.errors import TahunBerjalanMissing

GOLDEN = Path(__file__).parents[1] / "golden"
KASUS = [
    case
    for name in ("golden_tpp.json", "tpp_tambahan.json")
    for case in json.loads((GOLDEN / name).read_text(encoding="utf-8"), parse_float=Decimal)["kasus"]
]
PADA = date(2025, 6, 30)
D = Decimal


@pytest.fixture(autouse=True)
def shipped_rules():
    before = use_source(FileSource())
    yield
    use_source(before)


@pytest.fixture(scope="module")
def aturan():
    before = use_source(FileSource())
    found = Aturan(PADA)
    found.muat(("pph_ter", "bpjs", "tpp_bendera"))
    yield found
    use_source(before)


def masukan(**beda) -> Masukan:
    awal = {
        "status_asn": "PNS", "ptkp": "K/1", "bulan": 6, "predikat": "BAIK", "hari_masuk": 20,
        "aliran": (MasukanAliran("TPP", besaran(6_024_000)),), "gaji_bruto": D(5_214_600), "iuran_1": D(46_000),
        "iuran_4": D(184_000),
    }  # fmt: skip
    return Masukan(**{**awal, **beda})


def besaran(basic: int, **persen: int) -> Besaran:
    return Besaran(D(basic), {k: D(v) for k, v in (persen or {"BK": 70, "PK": 30}).items()}, "BS-09", "versi")


def jumlah_jejak(hasil: Hasil, aliran: str) -> Decimal:
    return sum((satu.tanda * satu.hasil for satu in hasil.jejak if satu.aliran == aliran), D(0))


@pytest.mark.parametrize("kasus", KASUS, ids=lambda kasus: kasus["id"])
def test_worked_cases_are_equal_step_by_step(kasus: dict, aturan: Aturan):
    hasil = kasus_tpp.susun(hitung(kasus_tpp.masukan_dari(kasus), aturan), kasus)
    assert kasus_tpp.selisih(kasus["harapan"], hasil) == []


@pytest.mark.parametrize("kasus", KASUS, ids=lambda kasus: kasus["id"])
def test_the_trace_of_a_worked_case_sums_to_neto_and_names_its_rows(kasus: dict, aturan: Aturan):
    hasil = hitung(kasus_tpp.masukan_dari(kasus), aturan)
    for satu in hasil.aliran:
        assert jumlah_jejak(hasil, satu.kode) == satu.neto
    assert sum(satu.neto for satu in hasil.aliran) == hasil.neto
    assert all(baris.tabel and baris.versi and baris.kode_baris for baris in hasil.jejak)
    assert all(isinstance(json.loads(baris.masukan), dict) for baris in hasil.jejak)


def test_a_changed_figure_is_reported_with_its_step():
    case = json.loads((GOLDEN / "golden_tpp.json").read_text(encoding="utf-8"))["kasus"][0]
    case["harapan"]["l9_neto"] += 1
    case["harapan"]["l3"]["TPP"]["nilai_disiplin"] = "99"
    result = next(iter(kasus_tpp.check({"kasus": [case]})))
    assert [step for step, *_ in result.differences] == ["l3.TPP.nilai_disiplin", "l9_neto"]


def test_a_case_without_its_optional_keys_runs():
    case = load(GOLDEN / "golden_tpp.json")["kasus"][0]
    for key in ("plt", "kejadian", "status_bulan", "potongan_admin", "zakat", "jabatan"):
        del case["masukan"][key]
    assert next(iter(kasus_tpp.check({"kasus": [case]}))).differences == []


def test_a_case_without_a_needed_key_says_which():
    case = load(GOLDEN / "golden_tpp.json")["kasus"][0]
    del case["masukan"]["hari_masuk"]
    ((step, _, message),) = next(iter(kasus_tpp.check({"kasus": [case]}))).differences
    assert step == "galat"
    assert "hari_masuk" in message


def _ter() -> list[tuple[str, int, int | None, Decimal]]:
    rows = json.loads((GOLDEN / "ter_pp58_2023.json").read_text(encoding="utf-8"))["kategori"]
    return [(huruf, row["over"], row["upto"], D(row["rate"])) for huruf, isi in rows.items() for row in isi]


def test_every_ter_row_at_its_upper_bound_and_one_rupiah_above(aturan: Aturan):
    rows = _ter()
    assert len(rows) == 125
    for one, other in pairwise(rows):
        if one[0] == other[0]:
            assert aturan.ter(one[0], D(one[2])).nilai["rate"] == one[3]
            assert aturan.ter(one[0], D(one[2] + 1)).nilai["rate"] == other[3]
        else:
            assert one[2] is None
            assert aturan.ter(one[0], D(one[1] + 1)).nilai["rate"] == one[3]


def test_the_shipped_ter_rows_are_those_of_the_regulation():
    lines = (RULES_DIR / "pph_ter.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) == len(_ter())


def test_discipline_above_a_whole_leaves_zero_never_less(aturan: Aturan):
    hasil = hitung(masukan(kejadian={"TK": 33, "PSW4": 2, "TL2": 1}), aturan)
    assert (hasil.aliran[0].realisasi.potongan, hasil.aliran[0].realisasi.disiplin) == (D(103), D(0))
    assert hasil.bruto == D(3_614_400)


def test_admin_deductions_are_capped_at_a_whole(aturan: Aturan):
    sebab = (("HUKDIS_23", 1), ("HUKDIS_24", 1), ("HUKDIS_25", 1), ("HUKDIS_3", 1), ("HUKDIS_2", 1))
    hasil = hitung(masukan(potongan_admin=sebab), aturan)
    assert (hasil.aliran[0].admin_persen, hasil.bruto, hasil.neto) == (D(100), D(0), D(0))


def test_a_sanction_ends_after_its_months(aturan: Aturan):
    assert hitung(masukan(potongan_admin=(("HUKDIS_23", 6),)), aturan).aliran[0].admin == D(1_506_000)
    assert hitung(masukan(potongan_admin=(("HUKDIS_23", 7),)), aturan).aliran[0].admin == D(0)


def test_the_status_factor_replaces_predikat_and_discipline(aturan: Aturan):
    hasil = hitung(masukan(status="CUTI_SAKIT", status_bulan_ke=6, kejadian={"TK": 5}), aturan)
    assert hasil.bruto == D(1_204_800)
    assert hasil.aliran[0].realisasi.disiplin is None


@pytest.mark.parametrize(
    ("jenis", "selisih", "hari", "penuh", "pagu"),
    [
        ("PLT", "SETINGKAT", 20, False, 6_024_000 + 2_120_000),
        ("PLT", "SETINGKAT", 19, False, 6_024_000),
        ("PLT", "LEBIH_TINGGI", 21, True, 10_600_000),
        ("PJ", "LEBIH_RENDAH", 21, True, 6_024_000 + 2_120_000),
        ("PLH", "SETINGKAT", 21, False, 6_024_000),
        ("PLH", "SETINGKAT", 21, True, 6_024_000 + 2_120_000),
        ("TT", "SETINGKAT", 21, True, 6_024_000),
    ],
)
def test_second_posts(aturan: Aturan, jenis: str, selisih: str, hari: int, penuh: bool, pagu: int):
    kedua = Penugasan(jenis, selisih, hari, 21, penuh, {"TPP": besaran(10_600_000)})
    assert hitung(masukan(plt=(kedua,)), aturan).pagu == D(pagu)


def test_of_several_second_posts_only_the_highest_counts(aturan: Aturan):
    posts = tuple(
        Penugasan("PLT", "SETINGKAT", 21, 21, True, {"TPP": besaran(basic)}) for basic in (3_400_000, 10_600_000)
    )
    assert hitung(masukan(plt=posts), aturan).pagu == D(8_144_000)


def test_a_second_stream_is_taxed_jointly_less_what_was_taxed(aturan: Aturan):
    bersama = hitung(
        masukan(aliran=(MasukanAliran("TPP_BK", besaran(4_216_800, BK=100)), MasukanAliran("TPP_PK", besaran(1_807_200, PK=100)))),
        aturan,
    )  # fmt: skip
    pertama = hitung(masukan(aliran=(MasukanAliran("TPP_BK", besaran(4_216_800, BK=100)),)), aturan)
    gabung = Gabungan(D(5_214_600) + pertama.bruto, pertama.pajak.pph_total, pertama.bpjs_1, pertama.bpjs_4)
    kedua = hitung(masukan(aliran=(MasukanAliran("TPP_PK", besaran(1_807_200, PK=100)),), gabung=gabung), aturan)
    assert kedua.pajak.pph_tpp == bersama.pajak.pph_total - pertama.pajak.pph_total
    assert kedua.bpjs_1 + pertama.bpjs_1 == bersama.bpjs_1


def test_december_needs_the_year_before_it(aturan: Aturan):
    with pytest.raises(TahunBerjalanMissing):
        hitung(masukan(bulan=12), aturan)


def test_the_last_month_of_work_is_taxed_like_december(aturan: Aturan):
    tahun = Setahun(D(50_000_000), D(1_000_000), 6, D(500_000), D(0), D(0))
    assert hitung(masukan(bulan=6, bulan_terakhir=True, setahun=tahun), aturan).pajak.mode == "PASAL_17"


def test_an_unknown_event_is_an_error_and_not_a_zero(aturan: Aturan):
    with pytest.raises(WrongType):
        hitung(masukan(kejadian={"TL9": 1}), aturan)


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=5))
def test_shares_add_up_and_stay_within_a_rupiah(jumlah: int, bobot: list[int]):
    bagian = bagi(D(jumlah), [D(b) for b in bobot])
    if sum(bobot):
        assert sum(bagian) == jumlah
        assert all(abs(b - D(jumlah) * w / sum(bobot)) < 1 for b, w in zip(bagian, bobot, strict=True))
    else:
        assert bagian == [D(0)] * len(bobot)


orang = st.builds(
    masukan,
    status_asn=st.sampled_from(["PNS", "CPNS", "PPPK", "PPPK_PW"]),
    ptkp=st.sampled_from(["TK/0", "TK/3", "K/0", "K/2", "K/3"]),
    predikat=st.sampled_from(["SANGAT_BAIK", "BAIK", "BUTUH_PERBAIKAN", "KURANG", "SANGAT_KURANG", "TIDAK_ADA"]),
    kejadian=st.dictionaries(st.sampled_from(["TL1", "TL2", "PSW3", "PSW4", "TK", "APEL_SENIN"]), st.integers(1, 9)),
    hari_masuk=st.integers(0, 23),
    gaji_bruto=st.integers(0, 15_000_000).map(D),
    iuran_1=st.integers(0, 130_000).map(D),
    potongan_admin=st.lists(st.tuples(st.sampled_from(["HUKDIS_23", "HUKDIS_1", "LHKPN_BELUM"]), st.integers(1, 9)), max_size=3).map(tuple),
    zakat=st.booleans(),
    aliran=st.lists(st.integers(0, 40_000_000), min_size=1, max_size=2).map(
        lambda semua: (MasukanAliran("TPP", besaran(semua[0])),)
        if len(semua) == 1
        else tuple(MasukanAliran(kode, besaran(basic)) for kode, basic in zip(("TPP_BK", "TPP_PK"), semua, strict=True))
    ),
)  # fmt: skip


@given(orang)
@settings(max_examples=80, deadline=None)
def test_whatever_the_facts_the_trace_explains_every_rupiah(aturan: Aturan, facts: Masukan):
    hasil = hitung(facts, aturan)
    for satu in hasil.aliran:
        assert jumlah_jejak(hasil, satu.kode) == satu.neto
        assert satu.bruto == sum(satu.terbayar.values()) - satu.admin
    for nama in ("bpjs_1", "bpjs_4", "zakat", "neto", "spm"):
        assert sum(getattr(satu, nama) for satu in hasil.aliran) == getattr(hasil, nama)
    assert all(nilai == nilai.to_integral_value() for satu in hasil.aliran for nilai in satu.terbayar.values())


@given(orang, st.sampled_from(["TL1", "TK", "PSW4", "APEL_SENIN"]))
@settings(max_examples=60, deadline=None)
def test_one_more_fault_never_pays_more(aturan: Aturan, facts: Masukan, kode: str):
    lebih = {**facts.kejadian, kode: facts.kejadian.get(kode, 0) + 1}
    from dataclasses import replace

    assert hitung(replace(facts, kejadian=lebih), aturan).bruto <= hitung(facts, aturan).bruto
