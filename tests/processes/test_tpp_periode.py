"""Every path of `tpp_periode` to every end event, with the real domain behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from backend.accounts.models import User
from backend.core.errors import DomainError, InvalidFields
from backend.platform import outbox
from backend.platform.models import Job, Notice
from backend.tpp.enums import StatusPeriode as S
from backend.tpp.errors import AlasanWajib
from backend.tpp.models import Hasil, Periode, Sanggah
from backend.tpp.services import periode as layanan
from backend.workflow import engine, timers
from backend.workflow.models import ProcessInstance, WorkItem
from tests.factories_kepegawaian import beri_peran, buat_user
from tests.factories_kinerja import lewatkan
from tests.factories_tpp import MARET, Kantor, buat_kantor, terbitkan_proses

PENGANTAR = {"keputusan": "setuju", "pengantar_nomor": "900/7", "pengantar_tanggal": date(2025, 4, 9), "alasan": ""}
KEMBALI = {
    "keputusan": "kembalikan",
    "alasan": "Predikat dua orang belum final",
    "pengantar_nomor": "",
    "pengantar_tanggal": None,
}


@dataclass
class Panggung:
    """A period in its process and the people who act."""

    kantor: Kantor
    admin: User
    bkpsdm: User
    bendahara: User
    periode: Periode

    @property
    def instance(self) -> ProcessInstance:
        return ProcessInstance.objects.get(business_key=str(self.periode.pk))

    @property
    def status(self) -> str:
        self.periode.refresh_from_db()
        return self.periode.status

    def langkah(self) -> str | None:
        item = WorkItem.objects.open().filter(instance=self.instance).first()
        return item.step if item else None

    def kerjakan(self, user: User, form: dict[str, Any]) -> str | None:
        item = WorkItem.objects.open().get(instance=self.instance)
        engine.complete(item.pk, actor=user, data=form)
        outbox.drain()
        return self.langkah()

    def lewat_sanggah(self) -> None:
        lewatkan(self.instance, timedelta(days=10))
        timers.run_due()
        outbox.drain()

    def sampai_setuju(self) -> None:
        self.kerjakan(self.admin, {"keputusan": "terbit"})
        self.lewat_sanggah()


@pytest.fixture
def panggung(db: None) -> Panggung:
    kantor = buat_kantor()
    terbitkan_proses()
    admin, bkpsdm, bendahara = buat_user(), buat_user(), buat_user()
    beri_peran(admin, "admin_opd", kantor.opd)
    beri_peran(bkpsdm, "bkpsdm")
    beri_peran(bendahara, "bendahara")
    periode = layanan.buka(kantor.opd, bulan=MARET, aliran=kantor.aliran, oleh=admin)
    outbox.drain()
    return Panggung(kantor, admin, bkpsdm, bendahara, periode)


def test_opening_computes_in_a_job_and_waits_for_the_admin(panggung: Panggung):
    assert (panggung.status, panggung.langkah()) == (S.DIHITUNG, "terbitkan_tpp")
    job = Job.objects.get(jenis="tpp_hitung")
    assert (job.status, job.hasil["pegawai"]) == ("selesai", 4)
    assert job.selesai == job.total == 2


def test_from_opening_to_payment(panggung: Panggung):
    assert panggung.kerjakan(panggung.admin, {"keputusan": "terbit"}) is None
    assert panggung.status == S.SANGGAH
    assert Notice.objects.filter(peristiwa="tpp.terbit").count() == 4
    assert Notice.objects.filter(penerima=panggung.admin, peristiwa="tpp.terbitkan_tpp").exists()
    panggung.lewat_sanggah()
    assert (panggung.status, panggung.langkah()) == (S.SIAP_SETUJU, "setujui_tpp")
    assert panggung.kerjakan(panggung.kantor.dinas.kepala.user, PENGANTAR) == "verifikasi_tpp"
    assert panggung.kerjakan(panggung.bkpsdm, {"keputusan": "setuju", "alasan": ""}) == "kunci_tpp"
    assert panggung.kerjakan(panggung.bendahara, {"keputusan": "kunci", "alasan": ""}) == "catat_sp2d_tpp"
    assert panggung.status == S.TERKUNCI
    panggung.kerjakan(panggung.bendahara, {"sp2d_nomor": "SP2D-9", "sp2d_tanggal": date(2025, 4, 15)})
    assert panggung.status == S.DIBAYAR
    for user, langkah in (
        (panggung.bkpsdm, "verifikasi"),
        (panggung.bendahara, "kunci"),
        (panggung.bendahara, "catat_sp2d"),
    ):
        assert Notice.objects.filter(penerima=user, peristiwa=f"tpp.{langkah}_tpp").exists()
    assert panggung.instance.status == "completed"


def test_the_admin_may_compute_again_before_publishing(panggung: Panggung):
    assert panggung.kerjakan(panggung.admin, {"keputusan": "hitung_ulang"}) == "terbitkan_tpp"
    panggung.periode.refresh_from_db()
    assert (panggung.status, panggung.periode.hitungan_ke) == (S.DIHITUNG, 2)


def test_an_objection_leads_through_the_correction_to_approval(panggung: Panggung):
    panggung.kerjakan(panggung.admin, {"keputusan": "terbit"})
    panggung.periode.refresh_from_db()
    staf = panggung.kantor.dinas.staf
    kini = panggung.periode.sanggah_sampai - timedelta(hours=1)
    layanan.ajukan_sanggah(panggung.periode, pegawai=staf, isi="Saya hadir tanggal 12", oleh=staf.user, kini=kini)
    panggung.lewat_sanggah()
    assert (panggung.status, panggung.langkah()) == (S.KOREKSI, "putuskan_sanggah_tpp")
    sanggah = Sanggah.objects.get()
    with pytest.raises(InvalidFields):
        panggung.kerjakan(panggung.admin, {"sanggah": [{"id": sanggah.pk, "keputusan": None, "jawaban": ""}]})
    baris = {"id": sanggah.pk, "keputusan": "tolak", "jawaban": "Rekap sesuai mesin absen"}
    assert panggung.kerjakan(panggung.admin, {"sanggah": [baris]}) == "setujui_tpp"
    assert panggung.status == S.SIAP_SETUJU
    assert Notice.objects.filter(penerima=staf.user, peristiwa="tpp.sanggah").exists()


def test_each_return_comes_back_to_where_it_belongs(panggung: Panggung):
    kepala = panggung.kantor.dinas.kepala.user
    panggung.sampai_setuju()
    assert panggung.kerjakan(kepala, KEMBALI) == "putuskan_sanggah_tpp"
    assert panggung.kerjakan(panggung.admin, {"sanggah": []}) == "setujui_tpp"
    assert panggung.kerjakan(kepala, PENGANTAR) == "verifikasi_tpp"
    assert panggung.kerjakan(panggung.bkpsdm, KEMBALI) == "putuskan_sanggah_tpp"
    assert panggung.kerjakan(panggung.admin, {"sanggah": []}) == "setujui_tpp"
    assert panggung.kerjakan(kepala, PENGANTAR) == "verifikasi_tpp"
    assert panggung.kerjakan(panggung.bkpsdm, {"keputusan": "setuju", "alasan": ""}) == "kunci_tpp"
    assert panggung.kerjakan(panggung.bendahara, KEMBALI) == "verifikasi_tpp"
    assert panggung.status == S.VERIFIKASI
    assert panggung.periode.putaran == 3


def test_a_refusal_ends_the_run(panggung: Panggung):
    panggung.sampai_setuju()
    panggung.kerjakan(panggung.kantor.dinas.kepala.user, PENGANTAR)
    panggung.kerjakan(panggung.bkpsdm, {"keputusan": "tolak", "alasan": "Anggaran belum tersedia"})
    assert (panggung.status, panggung.instance.status) == (S.DITOLAK, "completed")


def test_a_return_without_a_reason_changes_nothing(panggung: Panggung):
    panggung.sampai_setuju()
    with pytest.raises(AlasanWajib):
        panggung.kerjakan(panggung.kantor.dinas.kepala.user, {**KEMBALI, "alasan": ""})
    assert (panggung.status, panggung.langkah()) == (S.SIAP_SETUJU, "setujui_tpp")


def test_approval_needs_a_numbered_letter(panggung: Panggung):
    panggung.sampai_setuju()
    with pytest.raises(InvalidFields):
        panggung.kerjakan(panggung.kantor.dinas.kepala.user, {**PENGANTAR, "pengantar_nomor": ""})


def test_only_the_lane_acts(panggung: Panggung):
    for user in (panggung.kantor.dinas.staf.user, panggung.bkpsdm, panggung.bendahara):
        with pytest.raises(DomainError):
            panggung.kerjakan(user, {"keputusan": "terbit"})


def test_who_must_act_is_reminded(panggung: Panggung):
    panggung.sampai_setuju()
    lewatkan(panggung.instance, timedelta(days=20))
    timers.run_due()
    outbox.drain()
    assert Notice.objects.filter(penerima=panggung.kantor.dinas.kepala.user, peristiwa="tpp.menunggu").exists()
    assert panggung.langkah() == "setujui_tpp"


def test_a_worker_that_dies_leaves_nothing_half_done(panggung: Panggung, monkeypatch: pytest.MonkeyPatch):
    """The job runs again from the beginning and the process goes on once."""
    from backend.tpp.services import hitung

    sebelum = list(Hasil.objects.order_by("nip").values_list("nip", "neto"))

    def mati(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(hitung, "simpan_hasil", mati)
    item = WorkItem.objects.open().get(instance=panggung.instance)
    engine.complete(item.pk, actor=panggung.admin, data={"keputusan": "hitung_ulang"})
    with pytest.raises(KeyboardInterrupt):
        outbox.drain()
    assert list(Hasil.objects.order_by("nip").values_list("nip", "neto")) == sebelum
    monkeypatch.undo()
    outbox.drain()  # the next worker takes the message up
    assert panggung.langkah() == "terbitkan_tpp"
    panggung.periode.refresh_from_db()
    assert panggung.periode.hitungan_ke == 2
