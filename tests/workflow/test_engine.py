"""Start, complete, moves, people: what the verbs of the engine promise."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.core.errors import DomainError, NotAllowed, NotVisible, StaleTask
from backend.platform import audit
from backend.platform.models import AuditEvent
from backend.workflow import engine, machine, steps
from backend.workflow.enums import InstanceStatus, ItemStatus
from backend.workflow.errors import (
    ClaimedByOther,
    NothingBefore,
    NotOpen,
    NotRunning,
    ProcessFailed,
    ReasonRequired,
    StepNeverReached,
    UnknownProcess,
)
from backend.workflow.models import Incident, ProcessInstance, WorkItem
from tests.workflow.conftest import Dunia, publish

pytestmark = pytest.mark.django_db


def events(instance: ProcessInstance) -> list[str]:
    return list(AuditEvent.objects.filter(chain=str(instance.pk)).order_by("seq").values_list("peristiwa", flat=True))


def test_a_process_runs_from_start_to_end_and_leaves_its_history(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau", title="Laporan Maret", opd=uuid4())
    assert dunia.open_steps(instance) == ["isi_satu"]
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step)
    item = dunia.item(instance)
    assert (item.candidate_posisi, item.assignee_id, item.title, item.opd) == (
        dunia.posisi,
        None,
        "Laporan Maret",
        instance.opd,
    )
    result = dunia.done(instance, "tinjau")
    assert result.instance.status == InstanceStatus.COMPLETED
    instance.refresh_from_db()
    assert (instance.status, instance.ended_at is not None, instance.rev) == (InstanceStatus.COMPLETED, True, 5)
    assert events(instance) == ["proses_dimulai", *["tugas_selesai"] * 4, "proses_selesai"]
    assert ("kunci", {"siapa": str(dunia.pengisi.pk)}) in dunia.calls
    assert not instance.timers.exists()


def test_a_page_goes_straight_to_the_next_item_of_the_same_person(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    result = dunia.done(instance, "isi_satu")
    following = result.next_for(dunia.pengisi)
    assert following is not None
    assert following.step == "isi_dua"
    assert WorkItem.objects.get(pk=following.pk).step == "isi_dua"
    dunia.done(instance, "isi_dua")
    assert dunia.done(instance, "isi_tiga").next_for(dunia.pengisi) is None


def test_the_audit_keeps_the_flows_that_tokens_took(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step)
    dunia.done(instance, "tinjau", kembali_ke="dua")
    last = AuditEvent.objects.filter(chain=str(instance.pk)).latest("seq")
    assert last.data["alur"] == ["f_tinjau_setuju", "f_setuju_isi_dua"]
    assert last.data["langkah"] == "tinjau"
    assert last.aktor_nama == "Peninjau"


def test_an_unknown_process_says_so(dunia: Dunia) -> None:
    with pytest.raises(UnknownProcess):
        dunia.start("tidak_ada")


def test_a_return_counts_as_a_round_and_keeps_the_tree_small(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    sizes = []
    for round_ in range(1, 16):
        if round_ == 1:
            dunia.done(instance, "isi_satu")
        for step in ("isi_dua", "isi_tiga"):
            assert dunia.item(instance).round == round_
            dunia.done(instance, step)
        dunia.done(instance, "tinjau", kembali_ke="dua")
        sizes.append(len(dunia.workflow(instance).tasks))
    assert len(set(sizes)) == 1
    assert dunia.item(instance).round == 16


# --- who may act --------------------------------------------------------------------------------------------------


def test_only_the_addressee_may_complete(dunia: Dunia) -> None:
    publish("tunggal")
    instance = dunia.start("tunggal")
    item = dunia.item(instance)
    with pytest.raises(NotAllowed):
        engine.complete(item.pk, actor=dunia.peninjau, data={})
    assert dunia.calls == []


def test_whoever_covers_the_post_at_that_moment_may_decide(dunia: Dunia) -> None:
    publish("berdua")
    instance = dunia.start("berdua")
    plt = User.objects.create_user("plt", nama="Plt")
    with pytest.raises(NotAllowed):
        dunia.done(instance, "tinjau", actor=plt)
    dunia.papan.posts[plt.pk] = [dunia.posisi]
    dunia.done(instance, "tinjau", actor=plt)
    assert dunia.open_steps(instance) == ["isi_satu"]


def test_a_role_acts_within_its_opd_or_everywhere(dunia: Dunia) -> None:
    publish("tunggal")
    opd, orang = uuid4(), dunia.peninjau
    instance = dunia.start("tunggal", opd=opd)
    engine.reassign(dunia.item(instance).pk, actor=dunia.pengisi, peran="admin_opd", alasan="Uji")
    item = dunia.item(instance)
    now = timezone.now()
    assert not engine.can_act(orang, item, now)
    dunia.papan.roles[orang.pk] = [("admin_opd", uuid4())]
    assert not engine.can_act(orang, item, now)
    assert not WorkItem.objects.visible_to(orang).filter(pk=item.pk).exists()
    for scope in (opd, None):
        dunia.papan.roles[orang.pk] = [("admin_opd", scope)]
        assert engine.can_act(orang, item, now)
        assert WorkItem.objects.visible_to(orang).filter(pk=item.pk).exists()


def test_an_inactive_account_acts_on_nothing(dunia: Dunia) -> None:
    publish("tunggal")
    instance = dunia.start("tunggal")
    dunia.pengisi.is_active = False
    assert not engine.can_act(dunia.pengisi, dunia.item(instance), timezone.now())


def test_an_item_whose_lane_finds_nobody_goes_to_the_process_admin(dunia: Dunia, registry: steps.Registry) -> None:
    registry.lanes["pengisi"] = lambda *, ids: steps.Assignment()
    publish("tunggal")
    assert dunia.item(dunia.start("tunggal")).candidate_peran == "admin_proses"


# --- stale, twice, drafts -----------------------------------------------------------------------------------------


def test_a_decided_item_says_who_decided_and_when(dunia: Dunia) -> None:
    publish("berdua")
    instance = dunia.start("berdua")
    plh = User.objects.create_user("plh", nama="Plh Kepala")
    dunia.papan.posts[plh.pk] = [dunia.posisi]
    item = dunia.item(instance, "tinjau")
    engine.complete(item.pk, actor=plh, data={})
    with pytest.raises(StaleTask) as caught:
        engine.complete(item.pk, actor=dunia.peninjau, data={})
    assert caught.value.params["oleh"] == "Plh Kepala"
    assert len([call for call in dunia.calls if call[0] == "tinjau"]) == 1


def test_an_old_revision_is_refused_and_names_the_last_change(dunia: Dunia) -> None:
    publish("berdua")
    instance = dunia.start("berdua")
    item = dunia.item(instance, "isi_satu")
    dunia.done(instance, "tinjau")
    with pytest.raises(StaleTask) as caught:
        engine.complete(item.pk, actor=dunia.pengisi, data={}, rev=instance.rev)
    assert caught.value.params["oleh"] == "Peninjau"
    instance.refresh_from_db()
    engine.complete(item.pk, actor=dunia.pengisi, data={}, rev=instance.rev)


def test_a_repeated_key_returns_the_first_answer(dunia: Dunia) -> None:
    publish("tinjau")
    item = dunia.item(dunia.start("tinjau"))
    first = engine.complete(item.pk, actor=dunia.pengisi, data={}, idempotency_key="k1")
    again = engine.complete(item.pk, actor=dunia.pengisi, data={}, idempotency_key="k1")
    assert [each.pk for each in again.next_items] == [each.pk for each in first.next_items]
    assert again.item.status == ItemStatus.DONE
    assert len(dunia.calls) == 1
    with pytest.raises(StaleTask):
        engine.complete(item.pk, actor=dunia.pengisi, data={}, idempotency_key="k2")


def test_a_failed_post_may_be_sent_again_with_the_same_key(dunia: Dunia) -> None:
    publish("tunggal")
    item = dunia.item(dunia.start("tunggal"))
    dunia.fail.add("isi_satu")
    with pytest.raises(ProcessFailed):
        engine.complete(item.pk, actor=dunia.pengisi, data={}, idempotency_key="k1")
    dunia.fail.clear()
    result = engine.complete(item.pk, actor=dunia.pengisi, data={}, idempotency_key="k1")
    assert result.instance.status == InstanceStatus.COMPLETED


def test_a_draft_is_kept_without_raising_the_revision(dunia: Dunia) -> None:
    publish("tunggal")
    instance = dunia.start("tunggal")
    item = dunia.item(instance)
    engine.save_draft(item.pk, actor=dunia.pengisi, draft={"isi": "setengah"})
    item.refresh_from_db()
    rev, instance.rev = instance.rev, -1
    instance.refresh_from_db()
    assert (item.draft, instance.rev) == ({"isi": "setengah"}, rev)
    with pytest.raises(NotAllowed):
        engine.save_draft(item.pk, actor=dunia.peninjau, draft={})
    dunia.done(instance, "isi_satu")
    item.refresh_from_db()
    assert item.draft is None
    with pytest.raises(NotOpen):
        engine.save_draft(item.pk, actor=dunia.pengisi, draft={})


# --- moves --------------------------------------------------------------------------------------------------------


def test_kembali_opens_the_step_before_and_is_not_a_round(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    dunia.done(instance, "isi_satu", warna="merah")
    left = dunia.item(instance)
    engine.save_draft(left.pk, actor=dunia.pengisi, draft={"isi": "belum"})
    result = engine.back(left.pk, actor=dunia.pengisi)
    assert (result.item.step, result.item.round) == ("isi_satu", 1)
    left.refresh_from_db()
    assert (left.status, left.outcome) == (ItemStatus.CANCELLED, "kembali")
    dunia.done(instance, "isi_satu")
    again = dunia.item(instance)
    assert (again.step, again.round, again.draft) == ("isi_dua", 1, {"isi": "belum"})
    assert engine.ids_of(again)["warna"] == "merah"


def test_kembali_stops_at_the_first_step_and_at_another_person(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    with pytest.raises(NothingBefore):
        engine.back(dunia.item(instance).pk, actor=dunia.pengisi)
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step)
    with pytest.raises(NothingBefore):
        engine.back(dunia.item(instance).pk, actor=dunia.peninjau)


def test_tarik_kembali_takes_the_case_back_with_the_data_of_now(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step, langkah=step)
    assert instance.timers.count() == 1
    with pytest.raises(NothingBefore):
        engine.withdraw(instance.pk, actor=dunia.peninjau)
    assert engine.withdraw(instance.pk, actor=dunia.pengisi).item.step == "isi_tiga"
    dunia.done(instance, "isi_tiga", langkah="isi_tiga")
    result = engine.withdraw(instance.pk, "isi_dua", actor=dunia.pengisi, data={"ditarik": True})
    assert (result.item.step, result.item.round) == ("isi_dua", 1)
    assert dunia.open_steps(instance) == ["isi_dua"]
    assert not instance.timers.exists()
    ids = engine.ids_of(dunia.item(instance))
    assert (ids["langkah"], ids["ditarik"]) == ("isi_tiga", True)
    for step in ("isi_dua", "isi_tiga", "tinjau"):
        dunia.done(instance, step)
    instance.refresh_from_db()
    assert instance.status == InstanceStatus.COMPLETED


def test_a_finished_instance_is_reopened_with_a_reason(dunia: Dunia) -> None:
    publish("tinjau_sub")
    instance = dunia.start("tinjau_sub")
    for step in ("isi_satu", "isi_dua", "tinjau"):
        dunia.done(instance, step)
    instance.refresh_from_db()
    assert instance.status == InstanceStatus.COMPLETED
    with pytest.raises(ReasonRequired):
        engine.reopen_at(instance.pk, "tinjau", actor=dunia.peninjau, alasan=" ")
    engine.reopen_at(instance.pk, "isi_dua", actor=dunia.peninjau, alasan="Salah hitung")
    assert dunia.item(instance).step == "isi_dua"
    assert dunia.item(instance).round == 2
    for step in ("isi_dua", "tinjau"):
        dunia.done(instance, step)
    instance.refresh_from_db()
    assert (instance.status, instance.ended_at is not None) == (InstanceStatus.COMPLETED, True)
    event = AuditEvent.objects.get(chain=str(instance.pk), peristiwa="proses_dibuka_kembali")
    assert event.alasan == "Salah hitung"


def test_a_step_that_was_never_done_cannot_be_reopened(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    with pytest.raises(StepNeverReached):
        engine.withdraw(instance.pk, "tinjau", actor=dunia.pengisi)


# --- administration -----------------------------------------------------------------------------------------------


def test_cancel_closes_items_and_timers_for_good(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step)
    item = dunia.item(instance)
    with pytest.raises(ReasonRequired):
        engine.cancel(instance.pk, actor=dunia.peninjau, alasan="")
    engine.cancel(instance.pk, actor=dunia.peninjau, alasan="Salah orang")
    instance.refresh_from_db()
    assert instance.status == InstanceStatus.CANCELLED
    assert dunia.open_steps(instance) == []
    assert not instance.timers.exists()
    with pytest.raises(StaleTask):
        engine.complete(item.pk, actor=dunia.peninjau, data={})
    with pytest.raises(NotRunning):
        engine.cancel(instance.pk, actor=dunia.peninjau, alasan="Lagi")


def test_a_suspended_instance_waits_and_its_deadlines_move(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    for step in ("isi_satu", "isi_dua", "isi_tiga"):
        dunia.done(instance, step)
    due = instance.timers.get().due_at
    engine.suspend(instance.pk, actor=dunia.peninjau, alasan="Sengketa")
    with pytest.raises(NotRunning):
        dunia.done(instance, "tinjau")
    ProcessInstance.objects.filter(pk=instance.pk).update(suspended_at=timezone.now() - timedelta(days=2))
    engine.resume(instance.pk, actor=dunia.peninjau)
    assert timedelta(days=1, hours=23) < instance.timers.get().due_at - due < timedelta(days=2, hours=1)
    dunia.done(instance, "tinjau")


def test_claim_release_delegate_and_reassign(dunia: Dunia) -> None:
    publish("berdua")
    instance = dunia.start("berdua")
    kedua = User.objects.create_user("kedua", nama="Kedua")
    dunia.papan.posts[kedua.pk] = [dunia.posisi]
    item = dunia.item(instance, "tinjau")
    engine.claim(item.pk, actor=dunia.peninjau)
    with pytest.raises(ClaimedByOther):
        engine.complete(item.pk, actor=kedua, data={})
    engine.release(item.pk, actor=dunia.peninjau)
    engine.delegate(item.pk, actor=kedua, to=dunia.pengisi, alasan="Cuti")
    with pytest.raises(NotAllowed):
        engine.complete(item.pk, actor=kedua, data={})
    engine.reassign(item.pk, actor=dunia.pengisi, posisi=dunia.posisi, alasan="Kembali")
    engine.complete(item.pk, actor=kedua, data={})
    names = events(instance)
    assert names[1:5] == ["tugas_diambil", "tugas_dilepas", "tugas_didelegasikan", "tugas_dialihkan"]


def test_a_running_instance_is_visible_to_those_in_it_and_to_auditors(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    orang = User.objects.create_user("orang", nama="Orang")
    visible = ProcessInstance.objects.visible_to
    assert visible(dunia.pengisi).contains(instance)
    assert not visible(dunia.peninjau).contains(instance)
    assert not visible(orang).contains(instance)
    dunia.papan.roles[orang.pk] = [("auditor", None)]
    assert visible(orang).contains(instance)


# --- failures -----------------------------------------------------------------------------------------------------


def test_an_unexpected_error_rolls_back_and_becomes_an_incident(dunia: Dunia) -> None:
    publish("tunggal")
    instance = dunia.start("tunggal")
    before = bytes(instance.state)
    dunia.fail.add("isi_satu")
    with pytest.raises(ProcessFailed):
        dunia.done(instance, "isi_satu", isi="x")
    incident = Incident.objects.get()
    assert (incident.instance_id, incident.step) == (instance.pk, "isi_satu")
    assert "ZeroDivisionError" in incident.message
    instance.refresh_from_db()
    assert bytes(instance.state) == before
    assert dunia.open_steps(instance) == ["isi_satu"]


def test_a_rule_of_the_domain_reaches_the_caller_as_itself(dunia: Dunia, registry: steps.Registry) -> None:
    class Larangan(DomainError):
        """Tidak boleh."""

    def refuse(*, actor: object, ids: object, form: object) -> None:
        raise Larangan

    registry.steps["isi_satu"] = steps.Step("isi_satu", refuse)
    publish("tunggal")
    instance = dunia.start("tunggal")
    with pytest.raises(Larangan) as caught:
        dunia.done(instance, "isi_satu")
    assert caught.value.__context__ is None
    assert not Incident.objects.exists()
    assert dunia.open_steps(instance) == ["isi_satu"]


def test_a_step_cannot_run_the_engine_on_its_own_instance(dunia: Dunia, registry: steps.Registry) -> None:
    publish("tunggal")
    instance = dunia.start("tunggal")
    item = dunia.item(instance)

    def again(*, actor: object, ids: object, form: object) -> None:
        engine.cancel(instance.pk, actor=dunia.pengisi, alasan="dari dalam")

    registry.steps["isi_satu"] = steps.Step("isi_satu", again)
    with pytest.raises(engine.Reentered):
        engine.complete(item.pk, actor=dunia.pengisi, data={})
    assert dunia.open_steps(instance) == ["isi_satu"]


def test_what_is_not_there_is_not_visible(dunia: Dunia) -> None:
    with pytest.raises(NotVisible):
        engine.complete(uuid4(), actor=dunia.pengisi, data={})
    with pytest.raises(NotVisible):
        engine.cancel(uuid4(), actor=dunia.pengisi, alasan="x")


def test_too_many_returns_suspend_the_case_and_retry_lets_it_go_on(dunia: Dunia) -> None:
    from backend.platform import settings
    from backend.workflow import incidents

    publish("tinjau")
    settings.change("batas_putaran", 2, oleh=dunia.peninjau)
    instance = dunia.start("tinjau")
    dunia.done(instance, "isi_satu")
    for _ in range(2):
        for step in ("isi_dua", "isi_tiga"):
            dunia.done(instance, step)
        dunia.done(instance, "tinjau", kembali_ke="dua")
    instance.refresh_from_db()
    assert instance.status == InstanceStatus.SUSPENDED
    with pytest.raises(NotRunning):
        dunia.done(instance, "isi_dua")
    incidents.retry(Incident.objects.get(), actor=dunia.peninjau)
    dunia.done(instance, "isi_dua")
    settings.reset("batas_putaran", oleh=dunia.peninjau)


def test_the_database_refuses_two_open_items_of_one_task(dunia: Dunia) -> None:
    publish("tunggal")
    item = dunia.item(dunia.start("tunggal"))
    item.pk = uuid4()
    item._state.adding = True
    with pytest.raises(IntegrityError, match="one_open_item_per_task"), transaction.atomic():
        item.save(force_insert=True)


def test_a_call_activity_and_a_sub_process_pass_data_in_and_out(dunia: Dunia) -> None:
    publish("pemanggil")
    instance = dunia.start("pemanggil")
    dunia.done(instance, "isi_satu", angka="5")
    assert engine.ids_of(dunia.item(instance, "tinjau"))["angka"] == "5"
    result = dunia.done(instance, "tinjau")
    assert result.instance.status == InstanceStatus.COMPLETED
    assert machine.is_finished(dunia.workflow(instance))


def test_the_history_of_an_instance_is_an_unbroken_chain(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    dunia.done(instance, "isi_satu")
    engine.back(dunia.item(instance).pk, actor=dunia.pengisi)
    engine.suspend(instance.pk, actor=dunia.peninjau, alasan="Tunda")
    engine.resume(instance.pk, actor=dunia.peninjau)
    engine.cancel(instance.pk, actor=dunia.peninjau, alasan="Batal")
    chain = AuditEvent.objects.filter(chain=str(instance.pk)).order_by("seq")
    assert [event.seq for event in chain] == [1, 2, 3, 4, 5, 6]
    assert list(audit.verify()) == []


def test_completing_needs_no_statement_of_the_orm(dunia: Dunia) -> None:
    publish("tinjau")
    instance = dunia.start("tinjau")
    item = dunia.item(instance)
    seen: list[str] = []

    def count(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        engine.complete(item.pk, actor=dunia.pengisi, data={})
    assert [sql for sql in seen if not sql.startswith(("SAVEPOINT", "RELEASE"))] == []
