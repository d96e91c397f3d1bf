"""Entry by the ASN: what each step asks, what it writes, and what it refuses (kinerja.md §6.1, I1, I7–I10, I16)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backend.core.errors import DomainError, InvalidFields
from backend.kinerja import errors, queries
from backend.kinerja.models import PKS, LaporanPeriode, Periode, PKSBaris, RealisasiIKI, RealisasiRenaksi, Renaksi
from backend.kinerja.services import bukti, isi
from backend.kinerja.services.isi import IsianIKI, IsianPKS, IsianRenaksi
from backend.platform.errors import FileTypeRefused
from backend.platform.settings import change
from tests.factories_kinerja import (
    TEKS,
    Kota,
    berkas,
    buat_kota,
    buat_skp,
    isi_sampai_ajukan,
    lampirkan,
    setujui_semua,
    tambah_iki,
)

PANJANG = "Menunggu data dari dinas lain."


def renaksi(kota: Kota, **ganti: Any) -> None:
    laporan = kota.laporan
    rows = RealisasiRenaksi.objects.filter(laporan=laporan)
    isi.isi_renaksi(
        laporan, oleh=kota.asn, baris=[IsianRenaksi(**{"id": r.pk, "realisasi": r.target, **ganti}) for r in rows]
    )


def skp(kota: Kota, *, lengkap: bool = True, **ganti: Any) -> None:
    rows = RealisasiIKI.objects.filter(laporan=kota.laporan)
    dasar = {"faktor_pendukung": TEKS}
    baris = [IsianIKI(**{"id": r.pk, "nilai": r.target_max, **dasar, **ganti}) for r in rows]
    isi.isi_skp(kota.laporan, oleh=kota.asn, baris=baris, lengkap=lengkap)


def pks(kota: Kota, **ganti: Any) -> None:
    rows = PKSBaris.objects.filter(pks__laporan=kota.laporan)
    baris = [IsianPKS(**{"id": r.pk, "faktor_pendukung": r.faktor_pendukung, **ganti}) for r in rows]
    isi.isi_pks(kota.laporan, oleh=kota.asn, baris=baris, rating_diri="sesuai")


def salah(call: Any) -> set[str]:
    """Messages of a refused form."""
    with pytest.raises(InvalidFields) as caught:
        call()
    return set(caught.value.errors.values())


# --- Renaksi ------------------------------------------------------------------------------------------------------


def test_a_row_with_a_target_needs_a_number_and_below_target_a_reason(kota: Kota):
    assert salah(lambda: renaksi(kota, realisasi=None)) == {"Kolom ini wajib diisi."}
    assert salah(lambda: renaksi(kota, realisasi=101)) == {"Isi angka bulat antara 0 dan 100."}
    assert salah(lambda: renaksi(kota, realisasi=1, keterangan="pendek")) == {
        "Realisasi di bawah target. Isi keterangan minimal 10 karakter."
    }
    renaksi(kota, realisasi=0, keterangan=PANJANG)
    assert kota.laporan.status == "draf_skp"


def test_more_than_the_target_is_a_warning_not_a_refusal(kota: Kota):
    renaksi(kota, realisasi=50)
    assert all(row.melebihi_target for row in queries.baris_renaksi(kota.laporan))
    assert queries.peringatan_dari(kota.laporan).melebihi_target == 4


def test_the_reason_is_not_asked_when_the_setting_is_off(kota: Kota):
    change("wajib_keterangan_renaksi", False, oleh=None)
    renaksi(kota, realisasi=1)
    assert kota.laporan.status_renaksi == "lengkap"


def test_a_draft_checks_only_what_a_number_is(kota: Kota):
    rows = list(RealisasiRenaksi.objects.filter(laporan=kota.laporan))
    isi.isi_renaksi(kota.laporan, oleh=kota.asn, baris=[IsianRenaksi(rows[0].pk, 2)], lengkap=False)
    assert (kota.laporan.status, kota.laporan.status_renaksi) == ("draf_renaksi", "draf")
    rows[0].refresh_from_db()
    assert rows[0].realisasi == 2


def test_a_row_of_another_laporan_is_refused(kota: Kota):
    with pytest.raises(errors.BarisTidakDikenal):
        isi.isi_renaksi(kota.laporan, oleh=kota.asn, baris=[IsianRenaksi(10**9, 1)])


def test_a_tahapan_without_target_can_be_reported_on_demand(kota: Kota):
    rhk = kota.skp.rhk.first()
    assert rhk is not None
    tambahan = Renaksi.objects.create(rhk=rhk, urut=9, tahapan="Kegiatan di luar rencana bulan ini")
    assert tanpa_target(kota) == [(tambahan.tahapan, rhk.teks)]
    row = isi.buka_tahapan(kota.laporan, tambahan, oleh=kota.asn)
    assert (row.target, tanpa_target(kota)) == (0, [])
    asing = Renaksi.objects.create(rhk=buat_rhk_lain(kota), urut=9, tahapan="Milik SKP lain")
    with pytest.raises(errors.BarisTidakDikenal):
        isi.buka_tahapan(kota.laporan, asing, oleh=kota.asn)


def tanpa_target(kota: Kota) -> list[tuple[str, str]]:
    return queries.tahapan_tanpa_target(
        kota.laporan, [baris.renaksi_id for baris in queries.baris_renaksi(kota.laporan)]
    )


def buat_rhk_lain(kota: Kota) -> Any:
    return buat_skp(kota.dinas.staf_lain).rhk.first()


# --- SKP ----------------------------------------------------------------------------------------------------------


def test_the_capaian_is_computed_and_decides_which_factors_are_asked(kota: Kota):
    renaksi(kota)
    lampirkan(kota.laporan)
    assert salah(lambda: skp(kota, nilai=None)) == {"Kolom ini wajib diisi."}
    assert salah(lambda: skp(kota, nilai=Decimal(9))) == {
        "Capaian di bawah 100%. Isi faktor penghambat dan rencana tindak lanjut."
    }
    assert salah(lambda: skp(kota, faktor_pendukung="")) == {"Target tercapai. Isi faktor pendukung."}
    assert salah(lambda: skp(kota, faktor_pendukung="pendek")) == {"Isi minimal 10 karakter."}
    skp(kota, nilai=Decimal(9), faktor_penghambat=PANJANG, rtl=PANJANG)
    assert set(RealisasiIKI.objects.values_list("capaian", flat=True)) == {Decimal(90)}
    figures = PKS.objects.get(laporan=kota.laporan)
    assert (figures.capaian_renaksi, figures.capaian_pegawai, figures.rating_usulan) == (100, 90, "sesuai")


def test_a_rhk_with_a_realisasi_needs_evidence_at_the_end_of_skp(kota: Kota):
    renaksi(kota)
    pesan = salah(lambda: skp(kota))
    assert pesan == {
        f'RHK "{rhk.teks}" mempunyai realisasi tetapi belum ada bukti dukung.' for rhk in kota.skp.rhk.all()
    }
    skp(kota, lengkap=False)
    lampirkan(kota.laporan)
    skp(kota)
    assert kota.laporan.status == "draf_pks"


def test_nothing_realised_needs_no_evidence(kota: Kota):
    renaksi(kota, realisasi=0, keterangan=PANJANG)
    skp(kota, nilai=Decimal(0), faktor_penghambat=PANJANG, rtl=PANJANG)
    assert kota.laporan.status_skp == "lengkap"


def test_a_month_outside_bulan_ukur_has_no_row(kota: Kota):
    rows = RealisasiIKI.objects.filter(laporan=kota.laporan)
    assert rows.count() == 2
    rhk = kota.skp.rhk.first()
    assert rhk is not None
    lain = tambah_iki(rhk, urut=5, bulan_ukur=[6, 12])
    assert queries.iki_tidak_diukur(kota.laporan) == [lain]


def test_a_kualitatif_skp_asks_for_words_and_suggests_no_rating(db: None):
    kota = buat_kota(pendekatan="kualitatif")
    renaksi(kota)
    lampirkan(kota.laporan)
    assert salah(lambda: skp(kota, nilai=None)) == {"Kolom ini wajib diisi."}
    skp(kota, nilai=None, nilai_teks="Layanan dinilai baik oleh warga.", capaian_kualitatif="tercapai")
    figures = PKS.objects.get(laporan=kota.laporan)
    assert (figures.capaian_pegawai, figures.rating_usulan) == (None, None)
    assert salah(
        lambda: skp(kota, nilai=None, nilai_teks="Layanan dinilai baik oleh warga.", capaian_kualitatif="sebagian")
    ) == {"Capaian di bawah 100%. Isi faktor penghambat dan rencana tindak lanjut."}


# --- PKS (1a) -----------------------------------------------------------------------------------------------------


@pytest.fixture
def di_pks(kota: Kota) -> Kota:
    renaksi(kota)
    lampirkan(kota.laporan)
    skp(kota)
    return kota


def test_pks_opens_with_the_texts_of_the_skp_step_of_the_same_month(di_pks: Kota):
    rows = queries.baris_pks(di_pks.laporan)
    assert {(row.faktor_pendukung, row.sumber, row.sumber_berubah) for row in rows} == {
        (TEKS, "Dari SKP Maret 2025", False)
    }


def test_a_change_of_the_source_marks_the_row_and_only_ambil_ulang_copies_it(di_pks: Kota):
    skp(di_pks, faktor_pendukung="Aplikasi baru sudah dipakai.")
    rows = queries.baris_pks(di_pks.laporan)
    assert all(row.sumber_berubah and row.faktor_pendukung == TEKS for row in rows)
    isi.ambil_ulang(di_pks.laporan, oleh=di_pks.asn, baris=[rows[0].id])
    after = {row.id: row.faktor_pendukung for row in queries.baris_pks(di_pks.laporan)}
    assert after == {rows[0].id: "Aplikasi baru sudah dipakai.", rows[1].id: TEKS}


def test_own_edits_are_overwritten_only_after_asking(di_pks: Kota):
    pks(di_pks, faktor_pendukung="Disunting sendiri di PKS.")
    assert {row.sumber for row in queries.baris_pks(di_pks.laporan)} == {"Diubah manual"}
    with pytest.raises(errors.PerubahanManualDitimpa, match="Lanjutkan"):
        isi.ambil_ulang(di_pks.laporan, oleh=di_pks.asn)
    assert {row.faktor_pendukung for row in queries.baris_pks(di_pks.laporan)} == {"Disunting sendiri di PKS."}
    isi.ambil_ulang(di_pks.laporan, oleh=di_pks.asn, timpa=True)
    assert {row.faktor_pendukung for row in queries.baris_pks(di_pks.laporan)} == {TEKS}


def test_pks_asks_for_the_own_rating(di_pks: Kota):
    rows = PKSBaris.objects.filter(pks__laporan=di_pks.laporan)
    baris = [IsianPKS(row.pk, row.faktor_pendukung) for row in rows]
    with pytest.raises(InvalidFields) as caught:
        isi.isi_pks(di_pks.laporan, oleh=di_pks.asn, baris=baris)
    assert caught.value.errors == {"rating_diri": "Kolom ini wajib diisi."}


# --- Ajukan -------------------------------------------------------------------------------------------------------


def test_a_later_step_is_refused_before_the_earlier_one(kota: Kota):
    with pytest.raises(errors.LangkahBelumLengkap, match="Selesaikan langkah Renaksi"):
        skp(kota)
    with pytest.raises(errors.LangkahBelumLengkap, match="Renaksi"):
        isi.ajukan(kota.laporan, oleh=kota.asn, pernyataan=True)
    renaksi(kota)
    with pytest.raises(errors.LangkahBelumLengkap, match="Selesaikan langkah SKP"):
        pks(kota)


def test_the_statement_must_be_ticked(di_pks: Kota):
    pks(di_pks)
    assert salah(lambda: isi.ajukan(di_pks.laporan, oleh=di_pks.asn, pernyataan=False)) == {
        "Centang pernyataan sebelum mengajukan."
    }


def test_a_second_ajukan_says_that_it_was_sent_already(kota: Kota):
    isi_sampai_ajukan(kota)
    with pytest.raises(errors.SudahDiajukan):
        isi.ajukan(kota.laporan, oleh=kota.asn, pernyataan=True)
    with pytest.raises(errors.SudahDiajukan):
        renaksi(kota)


@pytest.mark.parametrize(("status", "galat"), [("terjadwal", errors.PeriodeBelumBuka), ("tutup", errors.PeriodeTutup)])
def test_a_closed_period_takes_no_first_entry(kota: Kota, status: str, galat: type[DomainError]):
    Periode.objects.filter(pk=kota.periode.pk).update(status=status)
    with pytest.raises(galat):
        renaksi(kota)


def test_a_returned_laporan_is_filled_after_closing_too(kota: Kota):
    isi_sampai_ajukan(kota)
    LaporanPeriode.objects.update(status="dikembalikan", langkah_kembali="renaksi", status_renaksi="dikembalikan")
    Periode.objects.filter(pk=kota.periode.pk).update(status="tutup")
    renaksi(kota)
    assert kota.laporan.status_renaksi == "lengkap"


def test_only_the_asn_writes_his_laporan(kota: Kota):
    rows = [IsianRenaksi(row.pk, row.target) for row in RealisasiRenaksi.objects.filter(laporan=kota.laporan)]
    for orang in (kota.atasan, kota.dinas.staf_lain.user):
        with pytest.raises(errors.NotOwnLaporan):
            isi.isi_renaksi(kota.laporan, oleh=orang, baris=rows)


# --- Evidence -----------------------------------------------------------------------------------------------------


@pytest.fixture
def baris(kota: Kota) -> int:
    row = RealisasiIKI.objects.filter(laporan=kota.laporan).order_by("pk").first()
    assert row is not None
    return row.pk


def test_the_same_file_stands_once_on_a_rhk(kota: Kota, baris: int):
    ada = bukti.tambah_berkas(kota.laporan, oleh=kota.asn, grup="iki", baris=baris, upload=berkas())
    with pytest.raises(errors.BuktiGanda):
        bukti.tambah_berkas(kota.laporan, oleh=kota.asn, grup="iki", baris=baris, upload=berkas("nama-lain.pdf"))
    bukti.hapus(ada, oleh=kota.asn)
    bukti.tambah_berkas(kota.laporan, oleh=kota.asn, grup="iki", baris=baris, upload=berkas())
    assert [len(row.bukti) for row in queries.baris_iki(kota.laporan)] == [1, 0]


def test_a_file_is_what_its_content_says(kota: Kota, baris: int):
    with pytest.raises(FileTypeRefused):
        bukti.tambah_berkas(kota.laporan, oleh=kota.asn, grup="iki", baris=baris, upload=berkas("a.pdf", b"<script>"))


@pytest.mark.parametrize("url", ["http://contoh.go.id/a", "javascript:alert(1)", "ftp://contoh.go.id", "https://a b"])
def test_a_link_starts_with_https(kota: Kota, baris: int, url: str):
    with pytest.raises(errors.TautanTidakAman):
        bukti.tambah_tautan(kota.laporan, oleh=kota.asn, grup="iki", baris=baris, url=url)


def test_a_row_holds_a_limited_number_of_pieces(kota: Kota, baris: int):
    change("bukti_maks_jumlah", 2, oleh=None)
    for nomor in (1, 2):
        bukti.tambah_tautan(kota.laporan, oleh=kota.asn, grup="iki", baris=baris, url=f"https://contoh.go.id/{nomor}")
    with pytest.raises(errors.BuktiTerlaluBanyak):
        bukti.tambah_tautan(kota.laporan, oleh=kota.asn, grup="iki", baris=baris, url="https://contoh.go.id/3")


def test_evidence_is_frozen_at_the_end(kota: Kota, baris: int):
    isi_sampai_ajukan(kota)
    laporan = setujui_semua(kota)
    with pytest.raises(errors.LaporanFinal):
        bukti.tambah_tautan(laporan, oleh=kota.asn, grup="iki", baris=baris, url="https://contoh.go.id/x")
    satu = laporan.bukti.first()
    assert satu is not None
    with pytest.raises(errors.LaporanFinal):
        bukti.hapus(satu, oleh=kota.asn)
