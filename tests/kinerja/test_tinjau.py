"""Review: decisions per row, ratings and predikat, what binds them, warnings (kinerja.md §6.2, F11, I11, I12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.core.errors import InvalidFields
from backend.kepegawaian.enums import JenisPenugasan
from backend.kinerja import enums, errors, queries
from backend.kinerja.models import (
    CapaianOrganisasi,
    LaporanPeriode,
    PKSBaris,
    RealisasiIKI,
    RealisasiRenaksi,
    UmpanBalik,
)
from backend.kinerja.services import periode as periode_services
from backend.kinerja.services import tetapkan, tinjau
from backend.kinerja.services.tinjau import KeputusanBaris, Penilaian, Umpan
from backend.platform.settings import change
from tests.factories_kepegawaian import buat_pegawai, dudukkan
from tests.factories_kinerja import (
    Kota,
    buat_kota,
    buat_skp,
    isi_sampai_ajukan,
    kerjakan,
    laporan_of,
    open_item,
    putusan,
    setujui_semua,
)


@pytest.fixture
def diajukan(kota: Kota) -> Kota:
    isi_sampai_ajukan(kota)
    return kota


@pytest.fixture
def di_pks(diajukan: Kota) -> Kota:
    for step in ("tinjau_renaksi", "tinjau_skp"):
        kerjakan(diajukan.laporan, diajukan.atasan, putusan(diajukan.laporan, step))
    return diajukan


def setuju(kota: Kota) -> list[KeputusanBaris]:
    return [
        KeputusanBaris(pk, "setuju")
        for pk in PKSBaris.objects.filter(pks__laporan=kota.laporan).values_list("pk", flat=True)
    ]


def nilai(kota: Kota, hasil: str | None = "sesuai", perilaku: str | None = "sesuai", **lain: Any) -> None:
    akhir = Penilaian(hasil, perilaku, lain.pop("alasan_beda", None))
    tinjau.tinjau_pks(
        kota.laporan, oleh=lain.pop("oleh", kota.atasan), keputusan=setuju(kota), penilaian_akhir=akhir, **lain
    )


def salah(call: Any) -> dict[str, str]:
    with pytest.raises(InvalidFields) as caught:
        call()
    return caught.value.errors


def test_every_row_is_decided_and_perbaiki_says_why(diajukan: Kota):
    rows = list(RealisasiRenaksi.objects.filter(laporan=diajukan.laporan).order_by("pk"))
    keputusan = [KeputusanBaris(rows[0].pk, "perbaiki", "pendek"), KeputusanBaris(rows[1].pk, "setuju")]
    pesan = salah(lambda: tinjau.tinjau_renaksi(diajukan.laporan, oleh=diajukan.atasan, keputusan=keputusan))
    assert pesan == {
        f"renaksi.{rows[0].pk}.catatan": "Isi catatan perbaikan minimal 10 karakter.",
        **{f"renaksi.{row.pk}.keputusan": "Pilih Setuju atau Perbaiki untuk setiap baris." for row in rows[2:]},
    }
    assert not RealisasiRenaksi.objects.filter(keputusan__isnull=False).exists()


def test_skp_cannot_be_decided_before_renaksi(diajukan: Kota):
    with pytest.raises(errors.LangkahBelumLengkap, match="Renaksi"):
        tinjau.tinjau_skp(diajukan.laporan, oleh=diajukan.atasan, keputusan=[])


def test_a_draft_cannot_be_decided(kota: Kota):
    with pytest.raises(errors.BelumDiajukan):
        tinjau.tinjau_renaksi(kota.laporan, oleh=kota.atasan, keputusan=[])


def test_rows_of_another_laporan_are_refused(diajukan: Kota):
    with pytest.raises(errors.BarisTidakDikenal):
        tinjau.tinjau_renaksi(diajukan.laporan, oleh=diajukan.atasan, keputusan=[KeputusanBaris(10**9, "setuju")])


def test_both_ratings_are_asked(di_pks: Kota):
    assert salah(lambda: nilai(di_pks, None, "")) == dict.fromkeys(
        ("rating_hasil", "rating_perilaku"), "Kolom ini wajib diisi."
    )


def test_another_rating_than_suggested_needs_a_reason(di_pks: Kota):
    beda = {"alasan_beda": "Rating berbeda dari usulan. Isi alasan minimal 20 karakter."}
    assert salah(lambda: nilai(di_pks, "di_atas")) == beda
    assert salah(lambda: nilai(di_pks, "di_atas", alasan_beda="terlalu pendek")) == beda
    nilai(di_pks, "di_atas", "di_atas", alasan_beda="Menyelesaikan tugas di luar rencana.")
    assert di_pks.laporan.pks.predikat == "sangat_baik"


def test_perilaku_below_expectation_needs_a_reason(di_pks: Kota):
    assert set(salah(lambda: nilai(di_pks, "sesuai", "di_bawah"))) == {"alasan_beda"}
    nilai(di_pks, "sesuai", "di_bawah", alasan_beda="Tidak hadir apel tanpa keterangan.")
    assert di_pks.laporan.pks.predikat == "kurang"


def test_no_ratings_are_asked_when_the_setting_is_off(di_pks: Kota):
    change("rating_bulanan", False, oleh=None)
    nilai(di_pks, None, None)
    laporan = tetapkan.finalkan(di_pks.laporan)
    assert (laporan.status, di_pks.laporan.pks.status_predikat) == ("final", "kosong")


def test_plh_may_be_limited_to_renaksi_and_skp(di_pks: Kota):
    plh, hari = buat_pegawai(), timezone.localdate()
    dudukkan(plh, di_pks.dinas.posisi_staf)
    dudukkan(plh, di_pks.dinas.posisi_kabid, jenis=JenisPenugasan.PLH, mulai=hari, sampai=hari + timedelta(days=3))
    change("plh_boleh_predikat", False, oleh=None)
    with pytest.raises(errors.NotAtasan, match="Plh"):
        nilai(di_pks, oleh=plh.user)
    change("plh_boleh_predikat", True, oleh=None)
    nilai(di_pks, oleh=plh.user)
    assert di_pks.laporan.pemutus_sebagai == "PLH"


def tetapkan_capaian(kota: Kota, predikat: str, status: str = "ditetapkan") -> None:
    CapaianOrganisasi.objects.create(
        unor=kota.dinas.opd, periode=kota.periode, predikat=predikat, dasar="Rapat evaluasi.", status=status
    )


def test_the_predikat_is_final_only_with_the_capaian_of_the_organisation(di_pks: Kota):
    tetapkan_capaian(di_pks, "baik")
    nilai(di_pks)
    assert di_pks.laporan.pks.status_predikat == "tetap"


def test_the_rating_of_a_pimpinan_is_the_capaian_of_his_organisation(db: None):
    kota = buat_kota(buka=False)
    buat_skp(kota.dinas.kepala, jenis_format="jpt")
    periode_services.buka(kota.periode, oleh=None)
    tetapkan_capaian(kota, "istimewa")
    isi_sampai_ajukan(Kota(replace(kota.dinas, staf=kota.dinas.kepala), kota.periode, kota.skp))
    laporan = laporan_of(kota.dinas.kepala)
    walikota = kota.dinas.walikota.user
    for step in ("tinjau_renaksi", "tinjau_skp"):
        kerjakan(laporan, walikota, putusan(laporan, step))
    kerjakan(laporan, walikota, putusan(laporan, "tinjau_pks") | {"rating_hasil": "di_bawah"})
    laporan = laporan_of(kota.dinas.kepala)
    assert (laporan.pks.rating_hasil, laporan.pks.predikat, laporan.pemutus_sebagai) == ("di_atas", "baik", "PEJABAT")


def test_feedback_is_added_never_rewritten(di_pks: Kota):
    rhk = di_pks.skp.rhk.first()
    assert rhk is not None
    pesan = salah(lambda: nilai(di_pks, umpan=Umpan(rhk={rhk.pk: "pendek"})))
    assert pesan == {f"rhk.{rhk.pk}.umpan_balik": "Isi minimal 10 karakter."}
    tinjau.simpan_umpan(di_pks.laporan, Umpan(rhk={rhk.pk: "Pertahankan mutu layanan."}), oleh=di_pks.atasan)
    umpan = Umpan(rhk={rhk.pk: "Pertahankan mutu layanan."}, perilaku={"loyal": "Selalu menjaga nama baik."})
    nilai(di_pks, umpan=umpan)
    assert list(UmpanBalik.objects.values_list("isi", flat=True)) == [
        "Pertahankan mutu layanan.",
        "Selalu menjaga nama baik.",
    ]


# --- Warnings and bulk approval (decision 19) -----------------------------------------------------------------------


def test_nothing_unusual_is_no_warning(diajukan: Kota):
    assert not queries.peringatan_dari(diajukan.laporan)
    for langkah, step in zip(enums.Langkah, ("tinjau_renaksi", "tinjau_skp", "tinjau_pks"), strict=True):
        rows = tetapkan.setuju_semua(diajukan.laporan, langkah)
        group = tinjau.GROUP[langkah]
        form: dict[str, Any] = {group: [{"id": row.id, "keputusan": row.keputusan} for row in rows]}
        if step == "tinjau_pks":
            form |= {"rating_hasil": "sesuai", "rating_perilaku": "sesuai"}
        assert open_item(diajukan.laporan).step == step
        kerjakan(diajukan.laporan, diajukan.atasan, form)
    assert diajukan.laporan.status == "final"


@pytest.mark.parametrize("sebab", ["renaksi", "iki", "selisih", "pks", "kembali"])
def test_each_unusual_thing_keeps_a_laporan_out_of_bulk_approval(diajukan: Kota, sebab: str):
    laporan = diajukan.laporan
    if sebab == "renaksi":
        RealisasiRenaksi.objects.filter(laporan=laporan).update(realisasi=1)
    elif sebab == "iki":
        RealisasiIKI.objects.filter(laporan=laporan).update(capaian=99)
    elif sebab == "selisih":
        RealisasiIKI.objects.filter(laporan=laporan).update(alasan_selisih="Data diperbarui.")
    elif sebab == "pks":
        PKSBaris.objects.filter(pks__laporan=laporan).update(diubah_manual=True)
    else:
        laporan.jumlah_kembali = 1
        laporan.save(update_fields=["jumlah_kembali"])
    with pytest.raises(errors.TidakLayakMassal):
        tetapkan.setuju_semua(diajukan.laporan, enums.Langkah.RENAKSI)


def test_warnings_of_many_laporan_take_a_fixed_number_of_statements(diajukan: Kota, django_assert_num_queries):
    buat_skp(diajukan.dinas.staf_lain)
    periode_services.buka(diajukan.periode, oleh=None)
    ids = list(LaporanPeriode.objects.values_list("pk", flat=True))
    assert len(ids) == 2
    with django_assert_num_queries(4):
        queries.peringatan(ids)


def test_a_final_laporan_takes_no_decision(diajukan: Kota):
    laporan = setujui_semua(diajukan)
    with pytest.raises(errors.LaporanFinal):
        tinjau.tinjau_renaksi(laporan, oleh=diajukan.atasan, keputusan=[])
