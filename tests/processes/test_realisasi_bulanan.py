"""Every path of `realisasi_bulanan` and `lengkapi_atasan` to every end event, with the real domain behind it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from backend.core.errors import DomainError, InvalidFields
from backend.kepegawaian.enums import JenisPenugasan
from backend.kinerja.errors import (
    BelumDapatDiambilAlih,
    LangkahBelumLengkap,
    NotAdminOPD,
    NotAtasanPenilai,
    PenilaiDiriSendiri,
    TidakDapatDitarik,
)
from backend.kinerja.models import LaporanPeriode, PKSBaris, RealisasiIKI, RealisasiRenaksi
from backend.kinerja.services import isi, tetapkan
from backend.kinerja.services import periode as periode_services
from backend.platform import outbox
from backend.platform.models import AuditEvent, Notice
from backend.workflow import engine, timers
from backend.workflow.models import TimerJob, WorkItem
from tests.factories_kepegawaian import buat_pegawai, dudukkan
from tests.factories_kinerja import (
    RINGKASAN,
    Kota,
    buat_kota,
    instance_of,
    isi_sampai_ajukan,
    isian_pks,
    isian_renaksi,
    isian_skp,
    kerjakan,
    lampirkan,
    laporan_of,
    lewatkan,
    open_item,
    putusan,
    setujui_semua,
)

STEPS = ("renaksi", "skp", "pks")


def status(laporan: LaporanPeriode) -> tuple[str, str, str, str]:
    laporan.refresh_from_db()
    return (laporan.status, laporan.status_renaksi, laporan.status_skp, laporan.status_pks)


def perbaiki_satu(laporan: LaporanPeriode, step: str) -> dict[str, Any]:
    rows: Any = {
        "tinjau_renaksi": RealisasiRenaksi.objects.filter(laporan=laporan),
        "tinjau_skp": RealisasiIKI.objects.filter(laporan=laporan),
        "tinjau_pks": PKSBaris.objects.filter(pks__laporan=laporan),
    }[step]
    return putusan(laporan, step, perbaiki=[rows.order_by("pk").first().pk])


def test_opening_a_month_gives_the_asn_his_first_task(kota: Kota):
    item = open_item(kota.laporan)
    assert (item.step, item.assignee_id) == ("isi_renaksi", kota.asn.pk)
    assert status(kota.laporan) == ("draf_renaksi", "kosong", "kosong", "kosong")


def test_from_renaksi_to_final(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    assert status(laporan) == ("validasi_renaksi", "lengkap", "lengkap", "lengkap")
    item = open_item(laporan)
    assert (item.step, item.candidate_posisi) == ("tinjau_renaksi", kota.dinas.posisi_kabid.pk)
    assert not item.warning
    setujui_semua(kota)
    outbox.drain()
    laporan = kota.laporan
    assert status(laporan) == ("final", "disetujui", "disetujui", "disetujui")
    assert (laporan.pks.predikat, laporan.pks.status_predikat) == ("baik", "sementara")
    assert (laporan.pks.capaian_renaksi, laporan.pks.capaian_pegawai) == (100, 100)
    assert sorted(laporan.dokumen.values_list("jenis", flat=True)) == ["d15", "d18"]
    assert instance_of(laporan).status == "completed"
    assert not WorkItem.objects.open().filter(instance=instance_of(laporan)).exists()


@pytest.mark.parametrize("step", ["tinjau_renaksi", "tinjau_skp", "tinjau_pks"])
def test_a_return_reopens_its_step_and_review_resumes_there(kota: Kota, step: str):
    laporan = isi_sampai_ajukan(kota)
    for sebelum in ("tinjau_renaksi", "tinjau_skp", "tinjau_pks"):
        if sebelum == step:
            break
        kerjakan(laporan, kota.atasan, putusan(laporan, sebelum))
    kerjakan(laporan, kota.atasan, perbaiki_satu(laporan, step))
    nama = step.removeprefix("tinjau_")
    urut = STEPS.index(nama)
    expected = ["disetujui"] * urut + ["dikembalikan"] + ["perlu_diperiksa"] * (2 - urut)
    assert list(status(laporan)) == ["dikembalikan", *expected]
    assert open_item(laporan).step == f"isi_{nama}"

    isi_sampai_ajukan(kota, mulai=f"isi_{nama}")
    assert open_item(laporan).step == step
    assert status(laporan)[1 : 1 + urut] == ("disetujui",) * urut
    setujui_semua(kota, mulai=step)
    assert status(laporan)[0] == "final"


def test_an_earlier_step_can_be_returned_from_a_later_one(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_renaksi"))
    baris = RealisasiRenaksi.objects.filter(laporan=laporan).order_by("pk").first()
    ubah = [{"id": baris.pk, "keputusan": "perbaiki", "catatan": "Angka tidak sesuai surat."}]
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_skp", renaksi=ubah))
    assert status(laporan) == ("dikembalikan", "dikembalikan", "perlu_diperiksa", "perlu_diperiksa")
    assert open_item(laporan).step == "isi_renaksi"


def test_twelve_returns_keep_the_state_small_and_the_laporan_moving(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    sizes = []
    for _ in range(12):
        kerjakan(laporan, kota.atasan, perbaiki_satu(laporan, "tinjau_renaksi"))
        isi_sampai_ajukan(kota)
        sizes.append(len(instance_of(laporan).state))
    laporan.refresh_from_db()
    assert laporan.jumlah_kembali == 12
    assert sizes[-1] < sizes[1] * 1.2
    setujui_semua(kota)
    assert status(laporan)[0] == "final"


def test_kembali_moves_without_a_check_and_writing_goes_on(kota: Kota):
    laporan = kota.laporan
    kerjakan(laporan, kota.asn, isian_renaksi(laporan))
    isi.kembali(open_item(laporan).pk, oleh=kota.asn)
    assert open_item(laporan).step == "isi_renaksi"
    assert status(laporan)[0] == "draf_renaksi"
    isi_sampai_ajukan(kota)
    assert status(laporan)[0] == "validasi_renaksi"


def test_kembali_does_not_reach_an_approved_step(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_renaksi"))
    kerjakan(laporan, kota.atasan, perbaiki_satu(laporan, "tinjau_skp"))
    with pytest.raises(DomainError):
        isi.kembali(open_item(laporan).pk, oleh=kota.asn)
    assert open_item(laporan).step == "isi_skp"


def test_the_later_step_cannot_be_written_first(kota: Kota):
    with pytest.raises(LangkahBelumLengkap):
        isi.isi_skp(kota.laporan, oleh=kota.asn, baris=[])


def test_a_refused_step_leaves_task_and_rows_as_they_were(kota: Kota):
    laporan = kota.laporan
    with pytest.raises(InvalidFields):
        kerjakan(laporan, kota.asn, isian_renaksi(laporan, realisasi=None))
    assert open_item(laporan).step == "isi_renaksi"
    assert status(laporan)[0] == "draf_renaksi"


# --- Without a penilai --------------------------------------------------------------------------------------------


@pytest.fixture
def tanpa_atasan(db: None) -> Kota:
    """Nobody sits in the post above the ASN when March ends."""
    kota = buat_kota(buka=False)
    kota.dinas.kabid.riwayat_jabatan.update(sampai=date(2025, 3, 1))
    periode_services.buka(kota.periode, oleh=None)
    return kota


def test_without_a_penilai_admin_opd_is_asked_and_the_laporan_waits(tanpa_atasan: Kota):
    kota, admin = tanpa_atasan, tanpa_atasan.admin_opd()
    outbox.drain()
    tugas = WorkItem.objects.open().get(step="lengkapi_penilai")
    assert (tugas.candidate_peran, tugas.opd) == ("admin_opd", kota.dinas.opd.pk)
    laporan = isi_sampai_ajukan(kota)
    assert status(laporan)[0] == "diajukan"
    assert not WorkItem.objects.open().filter(instance=instance_of(laporan)).exists()

    for bukan in (kota.dinas.staf, kota.dinas.staf_lain):  # oneself; below pejabat pengawas
        with pytest.raises(InvalidFields):
            engine.complete(tugas.pk, actor=admin, data={"penilai": bukan.nip, "alasan": "Ketua tim sementara."})
    engine.complete(tugas.pk, actor=admin, data={"penilai": kota.dinas.kepala.nip, "alasan": "Ketua tim sementara."})
    outbox.drain()
    item = open_item(laporan)
    assert item.step == "tinjau_renaksi"
    assert engine.can_act(kota.kepala, item, timezone.now())
    assert status(laporan)[0] == "validasi_renaksi"


def test_a_penilai_named_before_ajukan_lets_it_pass_without_waiting(tanpa_atasan: Kota):
    kota = tanpa_atasan
    outbox.drain()
    tugas = WorkItem.objects.open().get(step="lengkapi_penilai")
    data = {"penilai": kota.dinas.kepala.nip, "alasan": "Ketua tim sementara."}
    engine.complete(tugas.pk, actor=kota.admin_opd(), data=data)
    outbox.drain()
    laporan = isi_sampai_ajukan(kota)
    assert open_item(laporan).step == "tinjau_renaksi"


# --- Substitution -------------------------------------------------------------------------------------------------


def test_the_atasan_penilai_takes_over_only_after_the_escalation(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    alasan = "Kabid sedang sakit sejak pekan lalu."
    with pytest.raises(BelumDapatDiambilAlih):
        tetapkan.ambil_alih(laporan, oleh=kota.kepala, alasan=alasan)
    WorkItem.objects.filter(pk=open_item(laporan).pk).update(created_at=timezone.now() - timedelta(days=14))
    for bukan in (kota.asn, kota.atasan):
        with pytest.raises(NotAtasanPenilai):
            tetapkan.ambil_alih(laporan, oleh=bukan, alasan=alasan)
    tetapkan.ambil_alih(laporan, oleh=kota.kepala, alasan=alasan)
    for step in ("tinjau_renaksi", "tinjau_skp", "tinjau_pks"):
        kerjakan(laporan, kota.kepala, putusan(laporan, step))
    laporan = kota.laporan
    assert (laporan.status, laporan.pemutus, laporan.pemutus_sebagai) == ("final", kota.kepala, "PENGGANTI")


def test_admin_opd_gives_the_review_to_somebody_else_but_never_to_the_asn(kota: Kota):
    laporan, admin = isi_sampai_ajukan(kota), kota.admin_opd()
    with pytest.raises(PenilaiDiriSendiri):
        tetapkan.alihkan(laporan, kepada=kota.asn, oleh=admin, alasan="Kabid cuti bersama.")
    with pytest.raises(NotAdminOPD):
        tetapkan.alihkan(laporan, kepada=kota.kepala, oleh=kota.asn, alasan="Kabid cuti bersama.")
    tetapkan.alihkan(laporan, kepada=kota.kepala, oleh=admin, alasan="Kabid cuti bersama.")
    kerjakan(laporan, kota.kepala, putusan(laporan, "tinjau_renaksi"))
    assert status(laporan)[0] == "validasi_skp"


def test_the_plh_sees_and_decides_and_is_named(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    plh = buat_pegawai()
    dudukkan(plh, kota.dinas.posisi_staf)
    hari = timezone.localdate()
    dudukkan(plh, kota.dinas.posisi_kabid, jenis=JenisPenugasan.PLH, mulai=hari, sampai=hari + timedelta(days=5))
    item = open_item(laporan)
    assert engine.can_act(plh.user, item, timezone.now())
    assert engine.can_act(kota.atasan, item, timezone.now())
    engine.complete(item.pk, actor=plh.user, data=putusan(laporan, "tinjau_renaksi"))
    laporan.refresh_from_db()
    assert (laporan.pemutus, laporan.pemutus_sebagai) == (plh.user, "PLH")


def test_nobody_else_can_decide(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    for orang in (kota.asn, kota.kepala, kota.dinas.staf_lain.user):
        with pytest.raises(DomainError):
            kerjakan(laporan, orang, putusan(laporan, "tinjau_renaksi"))
    assert status(laporan)[0] == "validasi_renaksi"


# --- Taken back, reopened, cancelled ------------------------------------------------------------------------------


def test_the_asn_takes_it_back_while_nothing_is_decided(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    tetapkan.tarik(laporan, oleh=kota.asn)
    assert (open_item(laporan).step, open_item(laporan).assignee_id) == ("isi_renaksi", kota.asn.pk)
    assert status(laporan)[0] == "draf_renaksi"
    isi_sampai_ajukan(kota)
    assert status(laporan)[0] == "validasi_renaksi"


def test_it_cannot_be_taken_back_once_the_penilai_saved_something(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    engine.save_draft(open_item(laporan).pk, actor=kota.atasan, draft={"renaksi-1-keputusan": "setuju"})
    with pytest.raises(TidakDapatDitarik):
        tetapkan.tarik(laporan, oleh=kota.asn)
    kerjakan(laporan, kota.atasan, putusan(laporan, "tinjau_renaksi"))
    with pytest.raises(TidakDapatDitarik):
        tetapkan.tarik(laporan, oleh=kota.asn)


def test_a_waiting_laporan_without_penilai_can_be_taken_back(tanpa_atasan: Kota):
    laporan = isi_sampai_ajukan(tanpa_atasan)
    tetapkan.tarik(laporan, oleh=tanpa_atasan.asn)
    assert open_item(laporan).step == "isi_renaksi"


@pytest.mark.parametrize("langkah", STEPS)
def test_admin_reopens_a_final_laporan_at_any_step(kota: Kota, langkah: str):
    isi_sampai_ajukan(kota)
    laporan = setujui_semua(kota)
    outbox.drain()
    tetapkan.buka_kembali(laporan, oleh=kota.bkpsdm(), langkah=langkah, alasan="Angka target diperbaiki oleh Bappeda.")
    assert status(laporan)[0] == "dikembalikan"
    laporan = kota.laporan
    assert (laporan.pks.predikat, laporan.pks.status_predikat) == (None, "kosong")
    assert open_item(laporan).step == f"isi_{langkah}"
    isi_sampai_ajukan(kota, mulai=f"isi_{langkah}")
    setujui_semua(kota, mulai=f"tinjau_{langkah}")
    outbox.drain()
    laporan = kota.laporan
    assert laporan.status == "final"
    assert sorted(laporan.dokumen.values_list("jenis", "versi")) == [("d15", 1), ("d15", 2), ("d18", 1), ("d18", 2)]
    assert AuditEvent.objects.filter(chain=f"laporan:{laporan.pk}", peristiwa="laporan.dibuka_kembali").exists()


def test_a_cancelled_laporan_ends_its_process(kota: Kota):
    tetapkan.batalkan(kota.laporan, oleh=kota.bkpsdm(), alasan="SKP ditutup karena mutasi.")
    laporan = laporan_of(kota.dinas.staf)
    assert laporan.status == "dibatalkan"
    assert instance_of(laporan).status == "cancelled"


# --- Timers -------------------------------------------------------------------------------------------------------


def jam(laporan: LaporanPeriode, hari: float) -> None:
    """`hari` days go by for the laporan, and its timers fire."""
    lewatkan(instance_of(laporan), timedelta(days=hari))
    timers.run_due()
    outbox.drain()


def peristiwa(user: Any) -> set[str]:
    return set(Notice.objects.filter(penerima=user).values_list("peristiwa", flat=True))


def test_t2_t3_t4_remind_while_nothing_is_submitted(kota: Kota):
    laporan, admin = kota.laporan, kota.admin_opd()
    assert TimerJob.objects.filter(instance=instance_of(laporan)).count() == 3
    for item in TimerJob.objects.filter(instance=instance_of(laporan)):
        assert item.due_at > timezone.now()
    jam(laporan, 6)
    assert peristiwa(kota.asn) == {"laporan.dibuka", "laporan.ingat"}
    jam(laporan, 6)
    assert open_item(laporan).step == "isi_renaksi"
    assert {"laporan.ingat", "laporan.lewat"} <= peristiwa(kota.asn)
    assert "laporan.lewat" in peristiwa(kota.atasan)
    assert "laporan.terlambat" in peristiwa(admin)


def test_no_reminder_of_entry_after_a_submission(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    kerjakan(laporan, kota.atasan, perbaiki_satu(laporan, "tinjau_renaksi"))
    jam(laporan, 12)
    assert not {"laporan.ingat", "laporan.lewat", "laporan.terlambat"} & peristiwa(kota.asn)


@pytest.mark.parametrize("step", ["tinjau_renaksi", "tinjau_skp", "tinjau_pks"])
def test_t5_t6_remind_the_penilai_and_escalate(kota: Kota, step: str):
    laporan, admin = isi_sampai_ajukan(kota), kota.admin_opd()
    for sebelum in ("tinjau_renaksi", "tinjau_skp", "tinjau_pks"):
        if sebelum == step:
            break
        kerjakan(laporan, kota.atasan, putusan(laporan, sebelum))
    jam(laporan, 20)
    assert open_item(laporan).step == step, "a timer decides nothing"
    assert "laporan.periksa" in peristiwa(kota.atasan)
    assert "laporan.eskalasi" in peristiwa(kota.kepala)
    assert "laporan.eskalasi" in peristiwa(admin)


def test_the_notices_of_a_return_and_of_the_end_reach_the_asn(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    outbox.drain()
    assert "laporan.diajukan" in peristiwa(kota.atasan)
    kerjakan(laporan, kota.atasan, perbaiki_satu(laporan, "tinjau_renaksi"))
    outbox.drain()
    assert "laporan.dikembalikan" in peristiwa(kota.asn)
    isi_sampai_ajukan(kota)
    setujui_semua(kota)
    outbox.drain()
    assert "laporan.final" in peristiwa(kota.asn)


def test_the_third_return_is_told_to_the_atasan_penilai(kota: Kota):
    laporan = isi_sampai_ajukan(kota)
    for ke in (1, 2, 3):
        assert "laporan.kembali_berulang" not in peristiwa(kota.kepala)
        kerjakan(laporan, kota.atasan, perbaiki_satu(laporan, "tinjau_renaksi"))
        outbox.drain()
        if ke < 3:
            isi_sampai_ajukan(kota)
    assert "laporan.kembali_berulang" in peristiwa(kota.kepala)


def test_a_month_without_rows_is_still_submitted(db: None):
    kota = buat_kota(buka=False, rhk=0)
    periode_services.buka(kota.periode, oleh=None)
    laporan = kota.laporan
    kerjakan(laporan, kota.asn, {"renaksi": []})
    kerjakan(laporan, kota.asn, {"iki": []})
    kerjakan(laporan, kota.asn, {"pks": [], "rating_diri": "sesuai"})
    kerjakan(laporan, kota.asn, RINGKASAN)
    setujui_semua(kota)
    laporan = kota.laporan
    assert laporan.status == "final"
    assert laporan.pks.capaian_pegawai is None


def test_below_target_makes_a_warning_on_the_card(kota: Kota):
    laporan = kota.laporan
    kerjakan(laporan, kota.asn, isian_renaksi(laporan, realisasi=1, keterangan="Menunggu data dari dinas lain."))
    lampirkan(laporan)
    kerjakan(laporan, kota.asn, isian_skp(laporan))
    kerjakan(laporan, kota.asn, isian_pks(laporan))
    kerjakan(laporan, kota.asn, RINGKASAN)
    assert open_item(laporan).warning


def test_opening_twice_changes_nothing(kota: Kota):
    before = list(LaporanPeriode.objects.values_list("pk", flat=True))
    assert periode_services.buka(kota.periode, oleh=None) == 0
    assert list(LaporanPeriode.objects.values_list("pk", flat=True)) == before
    with pytest.raises(ObjectDoesNotExist):
        laporan_of(kota.dinas.staf_lain)
