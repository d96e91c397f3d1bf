"""Every path of `koreksi_presensi` to its end events, with the real domain behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.kepegawaian.models import PejabatNonASN
from backend.platform import outbox
from backend.platform.models import Notice
from backend.presensi import bawaan
from backend.presensi.models import HadirHarian, Koreksi
from backend.presensi.services import proses
from backend.presensi.services.koreksi import Isi
from backend.rules.decide import FileSource, use_source
from backend.workflow import definitions, engine, timers
from backend.workflow.models import ProcessInstance, WorkItem
from tests.factories_kepegawaian import Dinas, beri_peran, buat_dinas, buat_user
from tests.factories_kinerja import lewatkan
from tests.factories_presensi import ketuk_mentah, pukul

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rules_from_files() -> Iterator[None]:
    before = use_source(FileSource())
    yield
    use_source(before)


@pytest.fixture
def dinas(db: None) -> Dinas:
    bawaan.muat()
    definitions.publish_file(definitions.processes_dir() / "koreksi_presensi.bpmn")
    dinas = buat_dinas()
    beri_peran(buat_user("admin-opd"), Peran.ADMIN_OPD, dinas.opd)
    return dinas


def kemarin() -> date:
    """The last weekday before today that may still be corrected, which is always so for the days just past."""
    hari = timezone.localdate() - timedelta(days=1)
    while hari.isoweekday() > 5:
        hari -= timedelta(days=1)
    return hari


def now() -> datetime:
    return timezone.now()


def ajukan(dinas: Dinas, jam: time = time(16, 30)) -> tuple[Koreksi, ProcessInstance]:
    ketuk_mentah(dinas.staf, pukul(kemarin(), 7, 15))
    isi = Isi(kemarin(), "LUPA_PULANG", "antre panjang di mesin", jam=jam)
    row = proses.ajukan(dinas.staf, isi, oleh=dinas.staf.user, sekarang=now())
    instance = proses.instansi(row)
    assert instance is not None
    return row, instance


def putuskan(instance: ProcessInstance, oleh, keputusan: str, catatan: str = "") -> WorkItem:
    item = proses.tugas(instance)
    assert item is not None
    engine.complete(item.pk, actor=oleh, data={"keputusan": keputusan, "catatan": catatan})
    return item


def status(row: Koreksi) -> str:
    return Koreksi.objects.get(pk=row.pk).status


def test_the_atasan_approves_and_the_day_is_computed_at_once(dinas: Dinas):
    row, instance = ajukan(dinas)
    item = putuskan(instance, dinas.kabid.user, "setujui")
    assert item.candidate_posisi == dinas.posisi_kabid.pk
    instance.refresh_from_db()
    assert (status(row), instance.status) == ("DISETUJUI", "completed")
    hari = HadirHarian.objects.get(pegawai=dinas.staf, tanggal=kemarin())
    assert (hari.status, hari.kode) == ("HADIR", [])
    assert Notice.objects.filter(penerima=dinas.staf.user, peristiwa="koreksi.disetujui").exists()


def test_the_decider_sees_what_is_claimed_and_what_the_day_is(dinas: Dinas):
    _row, instance = ajukan(dinas)
    item = proses.tugas(instance)
    assert item is not None
    facts = dict(item.facts)
    assert facts["Koreksi"] == "Lupa tap pulang, pukul 16.30"
    assert facts["Lupa tap bulan ini"] == "0 kali disetujui"


def test_a_refusal_needs_words_and_ends_it(dinas: Dinas):
    row, instance = ajukan(dinas)
    with pytest.raises(InvalidFields):
        putuskan(instance, dinas.kabid.user, "tolak")
    putuskan(instance, dinas.kabid.user, "tolak", "Tidak ada bukti.")
    instance.refresh_from_db()
    assert (status(row), instance.status) == ("DITOLAK", "completed")


def test_returned_it_comes_back_with_what_was_sent_and_may_be_sent_again(dinas: Dinas):
    row, instance = ajukan(dinas)
    putuskan(instance, dinas.kabid.user, "kembalikan", "Sebutkan jam yang benar.")
    outbox.drain()
    item = proses.tugas(instance)
    assert item is not None
    item.refresh_from_db()
    assert (item.step, item.assignee, item.draft["jam"]) == ("isi_koreksi", dinas.staf.user, "16.30")
    engine.complete(item.pk, actor=dinas.staf.user, data={**item.draft, "jam": "16.10"})
    putuskan(instance, dinas.kabid.user, "setujui")
    assert Koreksi.objects.get(pk=row.pk).jam == time(16, 10)


def test_after_two_working_days_the_admin_opd_decides(dinas: Dinas):
    row, instance = ajukan(dinas)
    lewatkan(instance, timedelta(days=30))
    timers.run_due()
    item = putuskan(instance, beri_admin(dinas), "setujui")
    assert (item.step, item.candidate_peran) == ("putuskan_koreksi_admin", "admin_opd")
    assert status(row) == "DISETUJUI"


def beri_admin(dinas: Dinas):
    beri_peran(user := buat_user(), Peran.ADMIN_OPD, dinas.opd)
    return user


def test_the_admin_opd_may_refuse_and_return_too(dinas: Dinas):
    for keputusan, expected in (("tolak", "DITOLAK"), ("kembalikan", "DRAF")):
        row, instance = ajukan(dinas)
        lewatkan(instance, timedelta(days=30))
        timers.run_due()
        putuskan(instance, beri_admin(dinas), keputusan, "Tidak ada bukti.")
        assert status(row) == expected


def test_without_an_atasan_it_goes_to_the_admin_opd_at_once(dinas: Dinas):
    PejabatNonASN.objects.all().delete()
    isi = Isi(kemarin(), "LUPA_PULANG", "antre panjang di mesin", jam=time(16, 30))
    row = proses.ajukan(dinas.kepala, isi, oleh=dinas.kepala.user, sekarang=now())
    instance = proses.instansi(row)
    assert instance is not None
    item = proses.tugas(instance)
    assert item is not None
    assert item.step == "putuskan_koreksi_admin"


def test_a_withdrawn_correction_ends_its_process(dinas: Dinas):
    row, instance = ajukan(dinas)
    proses.tarik(row, oleh=dinas.staf.user, sekarang=now(), alasan="Salah tanggal.")
    instance.refresh_from_db()
    assert (status(row), instance.status) == ("DIBATALKAN", "cancelled")


def test_a_time_that_is_none_is_named_at_its_field(dinas: Dinas):
    instance = proses.mulai(dinas.staf, kemarin(), oleh=dinas.staf.user, sekarang=now())
    item = proses.tugas(instance)
    assert item is not None
    form = {"jenis": "LUPA_PULANG", "jam": "sore", "alasan": "antre panjang di mesin"}
    with pytest.raises(InvalidFields) as caught:
        engine.complete(item.pk, actor=dinas.staf.user, data=form)
    assert "jam" in caught.value.errors
