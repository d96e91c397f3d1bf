"""The monthly realisation from opening to final, on the shipped process (kinerja.md §6.1, §6.2)."""

from __future__ import annotations

from datetime import date

import pytest

from backend.core.errors import InvalidFields, NotAllowed, NotVisible
from backend.kinerja import enums, errors
from backend.kinerja.models import Dokumen, LaporanPeriode
from backend.kinerja.services import penilaian, periode, tetapkan
from backend.platform import outbox
from backend.workflow import engine
from backend.workflow.models import ProcessInstance, WorkItem
from tests.factories_kepegawaian import beri_peran, buat_pegawai, dudukkan
from tests.kinerja.conftest import buat_skp

S, L = enums.StatusLaporan, enums.StatusLangkah


def test_a_month_goes_from_renaksi_to_final_and_gives_the_predikat(kasus):
    kasus.isi_semua()
    assert kasus.segar().status == S.VALIDASI_RENAKSI
    kasus.putuskan("renaksi")
    kasus.putuskan("iki")
    kasus.putuskan("pks", rating_hasil="sesuai", rating_perilaku="di_atas")
    laporan = kasus.segar()
    assert laporan.status == S.FINAL
    assert (laporan.pks.predikat, laporan.pks.status_predikat) == ("baik", "sementara")
    assert laporan.pks.capaian_pegawai == 100
    assert laporan.pemutus == kasus.atasan


def test_the_documents_are_made_after_final(kasus):
    test_a_month_goes_from_renaksi_to_final_and_gives_the_predikat(kasus)
    while outbox.drain(50):
        pass
    assert set(Dokumen.objects.values_list("jenis", flat=True)) == {"d15", "d18"}
    assert ProcessInstance.objects.get(key="realisasi_bulanan").status == "completed"


def test_steps_come_one_after_the_other(kasus):
    langkah = [kasus.item().step]
    for isi in (kasus.isi_renaksi, kasus.isi_skp, kasus.isi_pks, kasus.ajukan):
        isi()
        langkah.append(kasus.item().step)
    assert langkah == ["isi_renaksi", "isi_skp", "isi_pks", "ringkasan", "tinjau_renaksi"]


def test_a_return_at_skp_reopens_skp_flags_pks_and_keeps_the_approval_of_renaksi(kasus):
    kasus.isi_semua()
    kasus.putuskan("renaksi")
    kasus.putuskan("iki", "perbaiki")
    laporan = kasus.segar()
    assert (laporan.status_renaksi, laporan.status_skp, laporan.status_pks) == (
        L.DISETUJUI,
        L.DIKEMBALIKAN,
        L.PERLU_DIPERIKSA,
    )
    assert kasus.item().step == "isi_skp"
    kasus.isi_skp(dengan_bukti=False)
    kasus.isi_pks()
    kasus.ajukan()
    assert kasus.item().step == "tinjau_skp"
    assert kasus.segar().jumlah_kembali == 1


def test_a_return_in_the_last_step_may_name_the_first(kasus):
    kasus.isi_semua()
    kasus.putuskan("renaksi")
    kasus.putuskan("iki")
    renaksi = [
        {**row, "keputusan": "perbaiki", "catatan": "Tahapan ini belum selesai"} for row in kasus.baris("renaksi")
    ]
    kasus.putuskan("pks", renaksi=renaksi)
    assert kasus.item().step == "isi_renaksi"
    assert kasus.segar().langkah_kembali == "renaksi"


def test_a_missing_number_is_refused_beside_its_field(kasus):
    baris = kasus.baris("renaksi", realisasi=None)
    with pytest.raises(InvalidFields) as caught:
        kasus.tekan(kasus.asn, {"renaksi": baris})
    assert caught.value.errors == {f"renaksi.{row['id']}.realisasi": "Kolom ini wajib diisi." for row in baris}
    assert kasus.item().step == "isi_renaksi"


def test_a_realisasi_without_evidence_is_refused_at_skp(kasus):
    kasus.isi_renaksi()
    with pytest.raises(InvalidFields, match="ditandai") as caught:
        kasus.isi_skp(dengan_bukti=False)
    assert all("belum ada bukti dukung" in pesan for pesan in caught.value.errors.values())


def test_kembali_goes_back_without_a_check_and_is_not_counted(kasus):
    kasus.isi_renaksi()
    engine.back(kasus.item().pk, actor=kasus.asn)
    assert kasus.item().step == "isi_renaksi"
    assert kasus.segar().jumlah_kembali == 0


def test_the_asn_cannot_decide_on_himself_and_a_stranger_sees_nothing(kasus):
    kasus.isi_semua()
    for orang in (kasus.asn, kasus.dinas.staf_lain.user):
        with pytest.raises((NotVisible, NotAllowed)):
            engine.complete(kasus.item().pk, actor=orang, data={})
    assert not LaporanPeriode.objects.visible_to(kasus.dinas.staf_lain.user).exists()
    assert LaporanPeriode.objects.visible_to(kasus.atasan).exists()


def test_the_plt_decides_while_the_post_is_vacant(kasus, settings):
    kasus.isi_semua()
    plt = buat_pegawai()
    dudukkan(plt, kasus.dinas.posisi_staf)
    dudukkan(plt, kasus.dinas.posisi_kabid, jenis="PLT", mulai=date(2025, 1, 1), sampai=date(2099, 1, 1))
    kasus.tekan(plt.user, {"renaksi": kasus.baris("renaksi", keputusan="setuju")})
    assert kasus.segar().pemutus_sebagai == "PLT"


def test_without_a_penilai_the_laporan_waits_and_admin_opd_completes_it(terbit, dinas, maret):
    from tests.kinerja.conftest import Kasus

    buat_skp(dinas)
    dinas.kabid.riwayat_jabatan.update(sampai=date(2025, 3, 1))
    periode.buka(maret, oleh=None)
    kasus = Kasus(dinas, LaporanPeriode.objects.get())
    kasus.isi_semua()
    assert kasus.segar().status == S.DIAJUKAN
    item = WorkItem.objects.open().get()
    assert item.step == "lengkapi_penilai"
    admin = buat_pegawai().user
    beri_peran(admin, "admin_opd", dinas.opd)
    engine.complete(item.pk, actor=admin, data={"penilai": dinas.kepala.nip, "alasan": "Kabid kosong sejak Maret"})
    while outbox.drain(50):
        pass
    assert kasus.segar().status == S.VALIDASI_RENAKSI
    assert kasus.segar().penilai_pegawai == dinas.kepala


def test_a_final_laporan_is_locked_and_only_bkpsdm_reopens_it_with_a_reason(kasus):
    test_a_month_goes_from_renaksi_to_final_and_gives_the_predikat(kasus)
    while outbox.drain(50):
        pass
    with pytest.raises(errors.NotAdminBKPSDM):
        tetapkan.buka_kembali(kasus.segar(), oleh=kasus.atasan, langkah="skp", alasan="x" * 30)
    bkpsdm = buat_pegawai().user
    beri_peran(bkpsdm, "bkpsdm")
    with pytest.raises(InvalidFields):
        tetapkan.buka_kembali(kasus.segar(), oleh=bkpsdm, langkah="skp", alasan="pendek")
    tetapkan.buka_kembali(
        kasus.segar(), oleh=bkpsdm, langkah="skp", alasan="Angka salah ketik, dibuktikan berita acara"
    )
    laporan = kasus.segar()
    assert (laporan.status, laporan.pks.predikat) == (S.DIKEMBALIKAN, None)
    assert kasus.item().step == "isi_skp"


def test_the_acting_quality_is_asked_at_the_moment_of_acting(kasus):
    kasus.isi_semua()
    assert penilaian.sebagai(kasus.atasan, kasus.segar(), langkah="renaksi", pada=date(2025, 4, 8)) == "D"
    with pytest.raises(errors.NotAtasan):
        penilaian.sebagai(kasus.dinas.kepala.user, kasus.segar(), langkah="renaksi", pada=date(2025, 4, 8))


def test_opening_a_month_twice_opens_nobody_twice(kasus, maret):
    assert periode.buka(maret, oleh=None) == 0
    assert LaporanPeriode.objects.count() == 1
