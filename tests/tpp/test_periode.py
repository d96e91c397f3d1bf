"""A period from opening to payment: facts, gates, states, what a lock freezes (tpp.md §7, §12)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from backend.kepegawaian.models import RiwayatJabatan
from backend.rules import versions
from backend.rules.models import RuleVersion
from backend.rules.versions import RuleHasErrors
from backend.tpp import enums, errors
from backend.tpp.beku import bekukan, cairkan
from backend.tpp.enums import StatusPeriode as S
from backend.tpp.models import Hasil, HasilKriteria, Jejak, Periode, Sanggah, Tertahan
from backend.tpp.services import periode as layanan
from backend.tpp.services import susulan
from backend.tpp.services.hitung import hitung_periode
from backend.tpp.services.periode import hitung_checksum
from tests.factories_kepegawaian import beri_peran, buat_dinas, buat_user, dudukkan
from tests.factories_tpp import APRIL, MARET, Kantor, buat_aliran, buat_gaji, isi_bulan, paksa, terbitkan_besaran

SETUJU = {"nomor": "900/1", "tanggal": date(2025, 4, 8), "oleh": None}


def isi(periode: Periode) -> list[tuple]:
    return list(Hasil.objects.filter(periode=periode).order_by("nip").values_list("nip", "bruto", "pph", "neto", "spm"))


def test_the_opd_is_computed_from_the_tables_of_every_context(kantor: Kantor):
    periode = kantor.hitung(kantor.buka())
    assert [bruto for _, bruto, *_ in sorted(isi(periode), key=lambda row: -row[1])] == [
        14_700_000,
        10_600_000,
        3_400_000,
        3_400_000,
    ]
    assert (periode.jumlah_pegawai, periode.total["bruto"], periode.hitungan_ke) == (4, 32_100_000, 1)
    staf = Hasil.objects.get(periode=periode, pegawai=kantor.dinas.staf)
    assert (staf.pagu, staf.realisasi_persen, staf.predikat) == (3_400_000, Decimal(100), "BAIK")
    assert dict(HasilKriteria.objects.filter(hasil=staf).values_list("kriteria", "realisasi")) == {
        "BK": 2_380_000,
        "PK": 1_020_000,
    }


def test_the_trace_of_every_person_sums_to_neto_and_names_table_version_and_row(kantor: Kantor):
    periode = kantor.hitung(kantor.buka())
    for hasil in Hasil.objects.filter(periode=periode):
        rows = Jejak.objects.filter(hasil_pegawai=hasil)
        assert rows.aggregate(jumlah=Sum(F("tanda") * F("hasil")))["jumlah"] == hasil.neto
    versi = {str(pk) for pk in RuleVersion.objects.values_list("pk", flat=True)}
    for jejak in Jejak.objects.filter(periode=periode):
        assert jejak.tabel and jejak.kode_baris and jejak.versi in versi  # noqa: PT018 one thought
    assert set(periode.versi.values()) <= versi
    assert {"tpp_besaran:TPP", "pph_ter", "absen_potongan", "bpjs"} <= periode.versi.keys() | {"absen_potongan"}


def test_computing_again_gives_the_same_and_is_numbered(kantor: Kantor):
    periode = kantor.hitung(kantor.buka())
    sebelum, checksum, baris = isi(periode), hitung_checksum(periode), Jejak.objects.count()
    periode = kantor.hitung(periode)
    assert (isi(periode), hitung_checksum(periode), Jejak.objects.count()) == (sebelum, checksum, baris)
    assert periode.hitungan_ke == 2


def test_statements_do_not_grow_with_people(kantor: Kantor, django_assert_max_num_queries):
    with django_assert_max_num_queries(70) as few:
        kantor.hitung(kantor.buka())
    from tests.factories_kepegawaian import buat_pegawai

    baru = [buat_pegawai(dengan_user=False) for _ in range(6)]
    from backend.kepegawaian.models import Posisi
    from tests.factories_tpp import buat_profil

    Posisi.objects.filter(pk=kantor.dinas.posisi_staf.pk).update(jumlah_kebutuhan=12)
    for orang in baru:
        dudukkan(orang, kantor.dinas.posisi_staf)
        buat_profil(orang)
    isi_bulan(baru, MARET)
    periode = Periode.objects.get()
    with django_assert_max_num_queries(len(few)):
        assert kantor.hitung(periode).jumlah_pegawai == 10


def test_a_blocked_person_is_listed_with_his_reason_and_the_rest_is_paid(kantor: Kantor):
    from backend.presensi.models import RekapBulan

    paksa(RekapBulan.objects.filter(pegawai=kantor.dinas.staf), tanpa_jadwal=1)
    periode = kantor.hitung(kantor.buka())
    assert periode.jumlah_pegawai == 3
    assert list(Tertahan.objects.filter(pegawai=kantor.dinas.staf).values_list("kode", "tingkat")) == [
        ("SY-03", "BLOKIR")
    ]


@pytest.mark.parametrize(
    ("hapus", "kode"),
    [("gaji", "SY-07"), ("ptkp", "SY-08"), ("predikat", "SY-04"), ("rekap", "SY-02"), ("kedudukan", "SY-01")],
)
def test_each_missing_fact_blocks_with_its_own_row(kantor: Kantor, hapus: str, kode: str):
    from backend.kinerja.models import LaporanPeriode
    from backend.presensi.models import RekapBulan
    from backend.tpp.models import Gaji, ProfilBayar

    staf = kantor.dinas.staf
    if hapus == "gaji":
        Gaji.objects.filter(pegawai=staf).delete()
    elif hapus == "ptkp":
        ProfilBayar.objects.filter(pegawai=staf).update(ptkp="")
    elif hapus == "predikat":
        paksa(LaporanPeriode.objects.filter(pegawai=staf), status="dibatalkan")
    elif hapus == "rekap":
        paksa(RekapBulan.objects.filter(pegawai=staf), status="TERBUKA")
    else:
        type(staf).objects.filter(pk=staf.pk).update(kedudukan_hukum="99")
    kantor.hitung(kantor.buka())
    assert kode in Tertahan.objects.filter(pegawai=staf, tingkat="BLOKIR").values_list("kode", flat=True)
    assert not Hasil.objects.filter(pegawai=staf).exists()


def test_a_released_predikat_counts_as_nothing_and_is_paid_for_discipline(kantor: Kantor):
    from backend.kinerja.models import LaporanPeriode

    staf = kantor.dinas.staf
    paksa(LaporanPeriode.objects.filter(pegawai=staf), status="dibatalkan")
    layanan.lepas_predikat(staf, bulan=MARET, alasan="Baru kembali dari cuti", oleh=kantor.dinas.kepala.user)
    kantor.hitung(kantor.buka())
    assert Hasil.objects.get(pegawai=staf).realisasi_persen == 40


def test_the_position_of_the_first_day_counts(kantor: Kantor):
    """A promotion in the middle of the month is paid from the next month on."""
    RiwayatJabatan.objects.filter(pegawai=kantor.dinas.staf).update(sampai=date(2025, 3, 15))
    lain = buat_dinas("Dinas Lain", kota=kantor.dinas)
    from backend.kepegawaian.models import Posisi

    Posisi.objects.filter(pk=lain.posisi_staf.pk).update(kelas=9)
    dudukkan(kantor.dinas.staf, lain.posisi_staf, mulai=date(2025, 3, 16))
    kantor.hitung(kantor.buka())
    hasil = Hasil.objects.get(pegawai=kantor.dinas.staf)
    assert (hasil.kelas, hasil.pajak["mode"]) == (7, "TER")


def test_a_second_post_adds_to_the_pagu(kantor: Kantor):
    dudukkan(
        kantor.dinas.kabid, kantor.dinas.posisi_kepala, jenis="PLH", mulai=date(2025, 3, 1), sampai=date(2025, 3, 31)
    )
    kantor.hitung(kantor.buka())
    assert Hasil.objects.get(pegawai=kantor.dinas.kabid).pagu == 14_700_000


def test_a_rate_change_inside_the_month_rules_the_whole_month(kantor: Kantor):
    terbitkan_besaran("TPP", {14: 14_700_000, 12: 10_600_000, 7: 4_000_000}, mulai=date(2025, 3, 20))
    kantor.hitung(kantor.buka())
    assert Hasil.objects.get(pegawai=kantor.dinas.staf).pagu == 4_000_000


# --- States ---------------------------------------------------------------------------------------------------------------


def test_the_next_month_waits_for_the_lock(kantor: Kantor):
    maret = kantor.buka()
    with pytest.raises(errors.PeriodeBelumUrut):
        kantor.buka(APRIL)
    kantor.kunci(maret)
    assert kantor.buka(APRIL).status == S.DIBUKA


def test_a_month_is_opened_once(kantor: Kantor):
    kantor.buka()
    with pytest.raises(errors.PeriodeSudahAda):
        kantor.buka()


def test_an_objection_opens_the_correction_and_must_be_decided(kantor: Kantor):
    periode = layanan.terbitkan(layanan.selesai_hitung(kantor.hitung(kantor.buka()), oleh=None), oleh=None)
    staf = kantor.dinas.staf
    sanggah = layanan.ajukan_sanggah(periode, pegawai=staf, isi="Saya hadir pada tanggal 12 Maret", oleh=staf.user)
    with pytest.raises(errors.SanggahSudahAda):
        layanan.ajukan_sanggah(periode, pegawai=staf, isi="Saya hadir pada tanggal 12 Maret", oleh=staf.user)
    periode = layanan.tutup_sanggah(periode)
    assert periode.status == S.KOREKSI
    with pytest.raises(errors.SanggahTerbuka):
        layanan.selesai_koreksi(periode, oleh=None)
    layanan.putuskan_sanggah(sanggah, terima=False, jawaban="Rekap sudah sesuai mesin", oleh=kantor.dinas.kepala.user)
    layanan.selesai_koreksi(periode, oleh=None)
    assert layanan.selesai_hitung(kantor.hitung(periode), oleh=None).status == S.SIAP_SETUJU


def test_nobody_objects_for_another_or_too_late(kantor: Kantor):
    periode = layanan.terbitkan(layanan.selesai_hitung(kantor.hitung(kantor.buka()), oleh=None), oleh=None)
    staf, lain = kantor.dinas.staf, kantor.dinas.staf_lain
    with pytest.raises(errors.BukanHasilAnda):
        layanan.ajukan_sanggah(periode, pegawai=staf, isi="Bukan hasil saya sendiri", oleh=lain.user)
    nanti = periode.sanggah_sampai + timedelta(seconds=1)
    with pytest.raises(errors.SanggahDitutup):
        layanan.ajukan_sanggah(periode, pegawai=staf, isi="Sudah lewat waktunya", oleh=staf.user, kini=nanti)


def test_returns_count_rounds_and_need_a_reason(kantor: Kantor):
    periode = layanan.tutup_sanggah(
        layanan.terbitkan(layanan.selesai_hitung(kantor.hitung(kantor.buka()), oleh=None), oleh=None)
    )
    periode = layanan.setujui(periode, **SETUJU)
    with pytest.raises(errors.AlasanWajib):
        layanan.kembalikan(periode, alasan="", oleh=None)
    periode = layanan.kembalikan(periode, alasan="Predikat belum final", oleh=None)
    assert (periode.status, periode.putaran) == (S.KOREKSI, 1)
    jalan = list(periode.perpindahan.values_list("dari", "ke"))
    assert jalan == [("DRAF", "DIBUKA"), ("DIBUKA", "DIHITUNG"), ("DIHITUNG", "SANGGAH"), ("SANGGAH", "SIAP_SETUJU"),
                     ("SIAP_SETUJU", "VERIFIKASI"), ("VERIFIKASI", "KOREKSI")]  # fmt: skip


def test_a_refused_month_may_be_opened_again(kantor: Kantor):
    periode = layanan.tutup_sanggah(
        layanan.terbitkan(layanan.selesai_hitung(kantor.hitung(kantor.buka()), oleh=None), oleh=None)
    )
    layanan.tolak(layanan.setujui(periode, **SETUJU), alasan="Anggaran belum tersedia", oleh=None)
    assert kantor.buka().status == S.DIBUKA


@pytest.mark.parametrize("tindakan", ["verifikasi", "kunci_periode", "tutup_sanggah", "selesai_koreksi"])
def test_a_verb_in_the_wrong_state_is_refused(kantor: Kantor, tindakan: str):
    with pytest.raises(errors.PeriodeSalahStatus):
        getattr(layanan, tindakan)(kantor.buka(), oleh=None)


# --- The lock -------------------------------------------------------------------------------------------------------------------


def test_a_locked_month_never_changes(kantor: Kantor):
    periode = kantor.kunci(kantor.buka())
    hasil = Hasil.objects.filter(periode=periode).first()
    for ubah in (
        lambda: Hasil.objects.filter(pk=hasil.pk).update(neto=1),
        lambda: HasilKriteria.objects.filter(hasil=hasil).update(realisasi=1),
        lambda: Jejak.objects.filter(periode=periode).update(hasil=1),
        lambda: Jejak.objects.filter(periode=periode).delete(),
        lambda: Hasil.objects.filter(pk=hasil.pk)._raw_delete("default"),
        lambda: Periode.objects.filter(pk=periode.pk).update(status=S.KOREKSI),
        lambda: Periode.objects.filter(pk=periode.pk).update(checksum="0" * 64),
        lambda: Periode.objects.filter(pk=periode.pk).update(total={}),
        lambda: Tertahan.objects.create(periode=periode, pegawai=hasil.pegawai, kode="X", tingkat="BLOKIR", pesan="x"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ubah()
    with pytest.raises(errors.PeriodeTerkunci):
        hitung_periode([periode], oleh=None)
    assert hitung_checksum(periode) == periode.checksum


def test_a_locked_month_becomes_paid_and_nothing_else(kantor: Kantor):
    periode = layanan.catat_sp2d(kantor.kunci(kantor.buka()), nomor="SP2D-1", tanggal=date(2025, 4, 10), oleh=None)
    assert periode.status == S.DIBAYAR
    with pytest.raises(IntegrityError), transaction.atomic():
        Periode.objects.filter(pk=periode.pk).update(status=S.TERKUNCI)


def test_a_changed_rule_leaves_the_locked_month_alone(kantor: Kantor):
    periode = kantor.kunci(kantor.buka())
    sebelum = isi(periode)
    with pytest.raises(versions.RuleVersionInUse):
        terbitkan_besaran("TPP", {14: 1, 12: 1, 7: 1}, mulai=date(2025, 3, 1))
    terbitkan_besaran("TPP", {14: 1, 12: 1, 7: 1}, mulai=date(2025, 4, 1))
    assert isi(periode) == sebelum
    assert hitung_checksum(periode) == periode.checksum


def test_a_trace_row_without_its_result_is_refused(kantor: Kantor):
    periode = kantor.hitung(kantor.buka())
    satu = Jejak.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Jejak.objects.create(
            periode=periode, hasil_pegawai_id=10**9, langkah=1, kriteria="", tabel="t", versi="v", kode_baris="k",
            masukan={}, rumus="", sebelum_bulat=1, mode_bulat="HU", hasil=1, tanda=0,
        )  # fmt: skip
    assert satu is not None


def test_overlapping_live_versions_are_refused_by_the_database(kantor: Kantor):
    satu = RuleVersion.objects.of("tpp_bobot").get()
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleVersion.objects.create(
            decision="tpp_bobot", nomor=2, xml=satu.xml, sha256=satu.sha256, sumber="browser", dasar_hukum="x",
            berlaku_mulai=date(2025, 1, 1), status="live",
        )  # fmt: skip


def test_a_gap_is_refused_when_a_table_is_published(kantor: Kantor):
    satu = RuleVersion.objects.of("tpp_bobot").get()
    draf = versions.save_draft(
        "tpp_bobot", xml=satu.xml.replace("&gt;= 7", "&gt;= 8"), dasar_hukum="x", berlaku_mulai=date(2025, 5, 1)
    )
    with pytest.raises(RuleHasErrors):
        versions.publish(draf)


# --- Streams, joined payments, susulan ---------------------------------------------------------------------------------------------


def test_two_streams_with_one_locked_are_taxed_jointly(kantor: Kantor):
    versi = RuleVersion.objects.of("tpp_stream").get()
    xml = versi.xml.replace('<text>"TPP"</text>', '<text>"TPP_BK"</text>', 1)
    rule = xml[xml.index('<rule id="ST-01">') : xml.index("</rule>") + 7]
    kedua = rule.replace("ST-01", "ST-12").replace('"TPP_BK"', '"TPP_PK"')
    baru = versions.save_draft(
        "tpp_stream",
        xml=xml.replace(rule, rule + kedua),
        dasar_hukum="x",
        berlaku_mulai=date(2025, 1, 1),
        kasus="status_asn,jenis_jabatan,kode_aliran\nPNS,ja,TPP_BK;TPP_PK\n",
    )
    versions.publish(baru)
    terbitkan_besaran("TPP_BK", {14: 10_290_000, 12: 7_420_000, 7: 2_380_000}, persen={"bk": 100})
    terbitkan_besaran("TPP_PK", {14: 4_410_000, 12: 3_180_000, 7: 1_020_000}, persen={"pk": 100})
    bk, pk = buat_aliran("TPP_BK"), buat_aliran("TPP_PK")
    satu = kantor.hitung(kantor.buka(aliran=bk))
    bersama = {h.pegawai_id: h.pajak["pph_total"] for h in Hasil.objects.filter(periode=satu)}
    kantor.kunci(satu)
    dua = kantor.hitung(kantor.buka(aliran=pk))
    for hasil in Hasil.objects.filter(periode=dua):
        pertama = Hasil.objects.get(periode=satu, pegawai=hasil.pegawai)
        gaji = pertama.pajak.get("pph_sebelumnya", 0)
        assert hasil.pph == bersama[hasil.pegawai_id] - gaji - pertama.pph
        assert pertama.bpjs_1 + hasil.bpjs_1 <= 74_000


def test_the_thirteenth_month_pays_the_pagu_and_joins_the_tax(kantor: Kantor):
    kantor.kunci(kantor.buka())
    from backend.presensi.models import RekapBulan

    paksa(RekapBulan.objects.all(), per_kode={"TK": 5})
    periode = kantor.hitung(kantor.buka(run=enums.Run.TPP13))
    staf = Hasil.objects.get(periode=periode, pegawai=kantor.dinas.staf)
    maret = Hasil.objects.exclude(periode=periode).get(pegawai=kantor.dinas.staf)
    assert (staf.bruto, staf.bpjs_1, staf.zakat) == (3_400_000, 0, 0)
    assert staf.pajak["bruto_sebelumnya"] == 5_214_600 + maret.bruto


def test_susulan_pays_exactly_the_difference(kantor: Kantor):
    maret = kantor.kunci(kantor.buka())
    isi_bulan(kantor.orang, APRIL)
    periode = kantor.buka(
        run=enums.Run.SUSULAN, bulan_bayar=APRIL, alasan="Koreksi presensi yang terlambat", dasar_nomor="800/12"
    )
    susulan.koreksi_fakta(
        periode,
        pegawai=kantor.dinas.staf.pk,
        fakta={"kejadian": {"TK": 2}},
        alasan="Surat dokter dibatalkan",
        oleh=None,
    )
    periode = kantor.hitung(periode)
    (hasil,) = Hasil.objects.filter(periode=periode)
    lama = Hasil.objects.get(periode=maret, pegawai=kantor.dinas.staf)
    assert (hasil.pegawai, lama.bruto, lama.bruto + hasil.bruto) == (kantor.dinas.staf, 3_400_000, 3_318_400)
    assert Jejak.objects.filter(hasil_pegawai=hasil).aggregate(j=Sum(F("tanda") * F("hasil")))["j"] == hasil.neto
    kantor.kunci(periode)
    kedua = kantor.buka(
        run=enums.Run.SUSULAN, bulan_bayar=APRIL, alasan="Koreksi kedua atas presensi", dasar_nomor="800/13"
    )
    susulan.koreksi_fakta(
        kedua, pegawai=kantor.dinas.staf.pk, fakta={"kejadian": {"TK": 2}}, alasan="Sudah dibayar kemarin", oleh=None
    )
    assert kantor.hitung(kedua).jumlah_pegawai == 0
    assert kedua.urutan == 2


def test_a_susulan_needs_a_locked_month_a_reason_and_a_document(kantor: Kantor):
    with pytest.raises(errors.SusulanTanpaKunci):
        kantor.buka(run=enums.Run.SUSULAN, alasan="Koreksi presensi", dasar_nomor="1")
    kantor.kunci(kantor.buka())
    with pytest.raises(errors.DasarSusulanWajib):
        kantor.buka(run=enums.Run.SUSULAN, alasan="Koreksi presensi")


def test_december_is_taxed_over_the_year(kantor: Kantor):
    desember = date(2025, 12, 1)
    kantor.kunci(kantor.buka())
    for bulan in (1, 2, 4, 5, 6, 7, 8, 9, 10, 11):
        buat_gaji(kantor.dinas.staf, date(2025, bulan, 1), pph=0)
    isi_bulan(kantor.orang, desember)
    Periode.objects.filter(bulan=MARET)
    periode = Periode.objects.create(
        opd=kantor.opd, bulan=desember, bulan_bayar=desember, aliran=kantor.aliran, status=S.DIBUKA
    )
    kantor.hitung(periode)
    pajak = Hasil.objects.get(periode=periode, pegawai=kantor.dinas.staf).pajak
    maret = Hasil.objects.get(periode__bulan=MARET, pegawai=kantor.dinas.staf)
    assert pajak["mode"] == "PASAL_17"
    assert pajak["bruto_setahun"] == 12 * 5_214_600 + 2 * 3_400_000
    assert pajak["sudah_dipotong"] == maret.pph


def test_frozen_facts_compute_the_same_again(kantor: Kantor):
    from backend.tpp.calculations import hitung
    from backend.tpp.services.hitung import aturan_bulan

    periode = kantor.hitung(kantor.buka())
    for hasil in Hasil.objects.filter(periode=periode):
        masukan = cairkan(hasil.fakta)
        assert bekukan(masukan) == hasil.fakta
        assert hitung(masukan, aturan_bulan(periode)).neto == hasil.neto


# --- Who sees what -----------------------------------------------------------------------------------------------------------------


def test_pay_is_seen_by_its_owner_and_by_the_roles_that_pay_it(kantor: Kantor):
    periode = layanan.terbitkan(layanan.selesai_hitung(kantor.hitung(kantor.buka()), oleh=None), oleh=None)
    lain = buat_dinas("Dinas Lain", kota=kantor.dinas)
    admin, bkpsdm, admin_lain = buat_user(), buat_user(), buat_user()
    beri_peran(admin, "admin_opd", kantor.opd)
    beri_peran(bkpsdm, "bkpsdm")
    beri_peran(admin_lain, "admin_opd", lain.opd)
    seen = {who: Hasil.objects.visible_to(user).count() for who, user in {
        "staf": kantor.dinas.staf.user, "kabid (atasan)": kantor.dinas.kabid.user, "kepala": kantor.dinas.kepala.user,
        "admin": admin, "bkpsdm": bkpsdm, "admin lain": admin_lain, "orang lain": lain.staf.user,
    }.items()}  # fmt: skip
    assert seen == {
        "staf": 1,
        "kabid (atasan)": 1,
        "kepala": 4,
        "admin": 4,
        "bkpsdm": 4,
        "admin lain": 0,
        "orang lain": 0,
    }
    assert Periode.objects.visible_to(admin_lain).count() == 0
    assert list(Periode.objects.visible_to(kantor.dinas.staf.user)) == [periode]


def test_an_asn_sees_nothing_before_it_is_published(kantor: Kantor):
    layanan.selesai_hitung(kantor.hitung(kantor.buka()), oleh=None)
    assert not Hasil.objects.visible_to(kantor.dinas.staf.user).exists()
    assert not Sanggah.objects.visible_to(kantor.dinas.staf.user).exists()


def test_a_person_kept_out_of_the_locked_month_is_paid_whole_by_a_susulan(kantor: Kantor):
    from backend.tpp.models import Gaji

    staf = kantor.dinas.staf
    Gaji.objects.filter(pegawai=staf).delete()
    kantor.kunci(kantor.buka())
    isi_bulan(kantor.orang, APRIL)
    periode = kantor.buka(
        run=enums.Run.SUSULAN, bulan_bayar=APRIL, alasan="Gaji terlambat diimpor", dasar_nomor="800/14"
    )
    periode = kantor.hitung(periode)
    assert periode.jumlah_pegawai == 0
    assert "SY-07" in Tertahan.objects.filter(periode=periode, pegawai=staf).values_list("kode", flat=True)
    buat_gaji(staf)
    kantor.hitung(periode)
    assert Hasil.objects.get(periode=periode).bruto == 3_400_000


def test_a_negative_susulan_is_taken_from_the_month_after(kantor: Kantor):
    from backend.tpp.models import PotonganTetap

    kantor.kunci(kantor.buka())
    isi_bulan(kantor.orang, APRIL)
    staf = kantor.dinas.staf
    periode = kantor.buka(
        run=enums.Run.SUSULAN, bulan_bayar=APRIL, alasan="Tidak hadir tanpa keterangan", dasar_nomor="800/15"
    )
    susulan.koreksi_fakta(
        periode, pegawai=staf.pk, fakta={"kejadian": {"TK": 2}}, alasan="Surat dokter dibatalkan", oleh=None
    )
    periode = kantor.kunci(periode)
    hasil = Hasil.objects.get(periode=periode)
    potongan = PotonganTetap.objects.get(pegawai=staf)
    assert hasil.neto < 0
    assert (potongan.kode, potongan.jumlah, potongan.mulai) == ("PENGEMBALIAN", -hasil.neto, date(2025, 5, 1))


def test_a_fact_without_a_rule_holds_its_person_and_not_the_others(kantor: Kantor):
    from backend.presensi.models import RekapBulan

    paksa(RekapBulan.objects.filter(pegawai=kantor.dinas.staf), per_kode={"KODE_BARU": 1})
    assert kantor.hitung(kantor.buka()).jumlah_pegawai == 3
    (tahan,) = Tertahan.objects.filter(pegawai=kantor.dinas.staf)
    assert (tahan.kode, tahan.tingkat) == ("ATURAN", "BLOKIR")
    assert "KODE_BARU" in tahan.pesan


def test_the_last_month_before_retirement_is_taxed_over_the_year(kantor: Kantor):
    staf = kantor.dinas.staf
    RiwayatJabatan.objects.filter(pegawai=staf).update(sampai=date(2025, 3, 31))
    type(staf).objects.filter(pk=staf.pk).update(kedudukan_hukum="98")
    kantor.hitung(kantor.buka())
    modes = dict(Hasil.objects.values_list("pegawai", "pajak__mode"))
    assert modes.pop(staf.pk) == "PASAL_17"
    assert set(modes.values()) == {"TER"}
