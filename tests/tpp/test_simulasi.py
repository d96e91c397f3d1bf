"""What-if: a draft over locked months, and the way from a draft to a rule (tpp.md §10)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from backend.operations.cases import tpp as kasus_tpp
from backend.platform import outbox
from backend.platform.models import Job
from backend.rules import versions
from backend.rules.decide import RULES_DIR, FileSource, use_source
from backend.rules.enums import StatusAturan
from backend.rules.model import load
from backend.rules.models import RuleVersion
from backend.tpp import errors
from backend.tpp.aturan import Aturan
from backend.tpp.models import Hasil, Simulasi
from backend.tpp.services import aturan, besaran, simulasi
from backend.tpp.services.periode import hitung_checksum
from backend.tpp.services.simulasi import Tahap, bandingkan, baris_berubah
from tests.factories_kepegawaian import buat_user
from tests.factories_tpp import BESARAN, MARET, Kantor, paksa

GOLDEN = Path(__file__).parents[1] / "golden" / "golden_tpp.json"
BERLAKU = date(2025, 6, 1)


def tk_empat() -> str:
    """absen_potongan with TK 3 → 4."""
    xml = (RULES_DIR / "absen_potongan.dmn").read_text(encoding="utf-8")
    awal = xml.index('<rule id="AP-TK">')
    akhir = xml.index("</rule>", awal)
    return xml[:awal] + xml[awal:akhir].replace("<text>3</text>", "<text>4</text>") + xml[akhir:]


def draf(kunci: str, xml: str | None = None, oleh=None) -> RuleVersion:
    satu = RuleVersion.objects.of(kunci).first()
    kasus = "" if xml is None else satu.kasus.replace("TK,,,false,3,", "TK,,,false,4,")
    return versions.save_draft(
        kunci, xml=xml or satu.xml, dasar_hukum="Rancangan", berlaku_mulai=BERLAKU, kasus=kasus or None, oleh=oleh
    )


def test_the_worked_example_changes_only_g03():
    before = use_source(FileSource())
    try:
        pada = date(2025, 6, 30)
        tahap = [
            Tahap("", Aturan(pada)),
            Tahap("absen_potongan", Aturan(pada, isi={"absen_potongan": (load(tk_empat().encode()), "draf")})),
        ]
        beda = {}
        for case in json.loads(GOLDEN.read_text(encoding="utf-8"))["kasus"]:
            (_, lama), (_, baru) = bandingkan(kasus_tpp.masukan_dari(case), tahap)
            if lama.neto != baru.neto:
                beda[case["id"]] = (int(baru.bruto), int(baru.neto - lama.neto), int(baru.spm - lama.spm))
                assert baris_berubah("absen_potongan", lama, baru) == "absen_potongan AP-TK"
        assert beda == {"G03": (5_120_400, -22_906, -25_060)}
    finally:
        use_source(before)


def test_an_identical_draft_changes_nobody(kantor: Kantor):
    kantor.kunci(kantor.buka())
    hasil = simulasi.jalankan([draf("absen_potongan"), draf("tpp_bobot")], bulan=[MARET], oleh=None)
    assert (hasil.hasil["dihitung"], hasil.hasil["berubah"], hasil.hasil["neto"]) == (4, 0, 0)
    assert not hasil.baris.exists()


def test_a_changed_row_names_its_losers_and_its_part(kantor: Kantor):
    from backend.presensi.models import RekapBulan

    staf = kantor.dinas.staf
    paksa(RekapBulan.objects.filter(pegawai=staf), per_kode={"TK": 1})
    periode = kantor.kunci(kantor.buka())
    checksum = hitung_checksum(periode)
    hasil = simulasi.jalankan([draf("absen_potongan", tk_empat())], bulan=[MARET], oleh=None)
    (baris,) = hasil.baris.all()
    assert (baris.pegawai, baris.bruto_baru - baris.bruto_lama) == (staf, -13_600)
    assert baris.sebab == {"absen_potongan AP-TK": baris.selisih}
    assert hasil.hasil["turun"] == 1
    assert hasil.hasil["per_baris"] == [{"tabel": "absen_potongan", "kode": "AP-TK", "orang": 1, "neto": baris.selisih}]
    assert sum(satu["orang"] for satu in hasil.hasil["sebaran"]) == 1
    assert sum(satu["neto"] for satu in hasil.hasil["opd"]) == hasil.hasil["neto"]
    assert hitung_checksum(periode) == checksum


def test_amounts_and_another_table_together_share_the_difference(kantor: Kantor):
    from backend.presensi.models import RekapBulan

    paksa(RekapBulan.objects.filter(pegawai=kantor.dinas.staf), per_kode={"TK": 1})
    kantor.kunci(kantor.buka())
    baru = besaran.simpan_draf("TPP", baris=[
        {"kode": f"BS-{kelas:02}", "jabatan": "-", "kelas": str(kelas), "opd": "-", "basic": str(basic + 100_000 * (kelas == 7)), "pct_bk": "70", "pct_pk": "30"}
        for kelas, basic in BESARAN.items()
    ], dasar_hukum="Rancangan", berlaku_mulai=BERLAKU)  # fmt: skip
    hasil = simulasi.jalankan([draf("absen_potongan", tk_empat()), baru], bulan=[MARET], oleh=None)
    assert (hasil.hasil["berubah"], hasil.hasil["naik"]) == (2, 2)
    staf = hasil.baris.get(pegawai=kantor.dinas.staf)
    assert set(staf.sebab) == {"absen_potongan AP-TK", "tpp_besaran BS-07"}
    assert sum(staf.sebab.values()) == staf.selisih
    assert Hasil.objects.get(pegawai=kantor.dinas.staf).pagu == 3_400_000


def test_what_if_needs_a_locked_month_and_a_draft(kantor: Kantor):
    with pytest.raises(errors.TidakAdaBulanTerkunci):
        simulasi.jalankan([draf("tpp_bobot")], bulan=[MARET], oleh=None)
    with pytest.raises(errors.BukanDraf):
        simulasi.jalankan([RuleVersion.objects.of("bpjs").get()], bulan=[MARET], oleh=None)


def test_a_run_is_a_job_and_a_second_press_joins_it(kantor: Kantor):
    kantor.kunci(kantor.buka())
    satu = draf("tpp_bobot")
    user = buat_user()
    assert (
        simulasi.minta_simulasi([satu], bulan=[MARET], oleh=user).pk
        == simulasi.minta_simulasi([satu], bulan=[MARET], oleh=user).pk
    )
    outbox.drain()
    job = Job.objects.get(jenis="tpp_simulasi")
    assert Simulasi.objects.get().pk.hex == job.hasil["simulasi"].replace("-", "")


def test_a_draft_is_simulated_and_published_by_another_person(kantor: Kantor):
    kantor.kunci(kantor.buka())
    penulis, penyetuju = buat_user(), buat_user()
    satu = draf("tpp_bobot", oleh=penulis)
    with pytest.raises(errors.DrafWajibDisimulasikan):
        aturan.terbitkan(satu, oleh=penyetuju)
    simulasi.jalankan([satu], bulan=[MARET], oleh=penulis)
    with pytest.raises(errors.PenyetujuHarusLain):
        aturan.terbitkan(satu, oleh=penulis)
    assert aturan.penyusun(satu) == penulis
    assert aturan.terbitkan(satu, oleh=penyetuju).status == StatusAturan.LIVE


def test_a_table_that_pays_no_tpp_needs_no_simulation(kantor: Kantor):
    satu = draf("predikat_kinerja", oleh=buat_user())
    assert aturan.terbitkan(satu, oleh=buat_user()).status == StatusAturan.LIVE


def test_last_years_versions_are_copied_to_drafts_once(kantor: Kantor):
    salinan = aturan.salin_tahun(2026, oleh=None)
    assert {"tpp_besaran:TPP", "tpp_bobot", "pph_ter"} <= {satu.kunci for satu in salinan}
    assert all(satu.status == StatusAturan.DRAFT and satu.berlaku_mulai == date(2026, 1, 1) for satu in salinan)
    assert aturan.salin_tahun(2026, oleh=None) == []


def test_the_ready_made_alternatives_are_drafts_that_could_be_published(kantor: Kantor):
    semua = aturan.muat_alternatif(berlaku_mulai=date(2026, 1, 1))
    assert {satu.decision for satu in semua} == {"absen_potongan", "pph_mode", "tpp_skala_unit", "tpp_stream"}
    lama = next(satu for satu in semua if satu.decision == "pph_mode")
    assert (lama.berlaku_mulai, lama.berlaku_sampai) == (date(2011, 1, 1), date(2023, 12, 31))
    assert [finding for satu in semua for finding in versions.check(satu) if finding.severity == "error"] == []
    assert aturan.muat_alternatif(berlaku_mulai=date(2026, 1, 1)) == []


def test_people_for_whom_a_draft_has_no_row_are_counted_apart(kantor: Kantor):
    kantor.kunci(kantor.buka())
    satu = RuleVersion.objects.of("tpp_predikat").first()
    awal = satu.xml.index('<rule id="PR-2">')
    akhir = satu.xml.index("</rule>", awal) + len("</rule>")
    baru = versions.save_draft(
        "tpp_predikat", xml=satu.xml[:awal] + satu.xml[akhir:], dasar_hukum="Rancangan", berlaku_mulai=BERLAKU
    )
    hasil = simulasi.jalankan([baru], bulan=[MARET], oleh=None).hasil
    assert (hasil["dihitung"], hasil["gagal"], hasil["berubah"], hasil["neto"]) == (4, 4, 0, 0)
