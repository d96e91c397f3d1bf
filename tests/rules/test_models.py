from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.platform.models import AuditEvent
from backend.rules import files, versions
from backend.rules.datatable import Definition, load_csv
from backend.rules.decide import RULES_DIR, decide, use_source
from backend.rules.enums import StatusAturan, SumberAturan
from backend.rules.errors import InvalidModel, NoVersion
from backend.rules.models import RuleDataRow, RuleVersion
from backend.rules.versions import (
    RuleHasErrors,
    RuleNotDraft,
    RuleOverlapsLater,
    RuleVersionInUse,
    RuleWithoutSource,
    mark_used,
    publish,
    publish_file,
    save_data_draft,
    save_draft,
)
from tests.rules.dmn import decision, definitions, input_data, table

pytestmark = pytest.mark.django_db
CASES = "n,persen\n1,{0}\n"
JAN, JUN = date(2025, 1, 1), date(2025, 6, 1)


@pytest.fixture(autouse=True)
def _published_versions_are_the_source() -> Iterator[None]:
    before = use_source(versions.DatabaseSource())
    yield
    use_source(before)


def xml(persen: int, *, cell: str = "-", described: str = "") -> str:
    body = table([("n", "number")], [("persen", "number", "")], [[cell, str(persen)]])
    description = f"<description>{described}</description>" if described else ""
    return definitions(description, input_data("n", "number"), decision("potongan", body, needs=["in_n"])).decode()


def draft(persen: int, mulai: date, sampai: date | None = None, **more: str) -> RuleVersion:
    return save_draft(
        "potongan", xml=xml(persen), dasar_hukum="Perwali 1/2025", berlaku_mulai=mulai, berlaku_sampai=sampai,
        kasus=CASES.format(persen), **more,
    )  # fmt: skip


def persen(pada: date) -> int:
    return int(decide("potongan", pada=pada, n=1)["persen"])


def live() -> list[tuple[int, date, date | None]]:
    rows = RuleVersion.objects.filter(status=StatusAturan.LIVE).order_by("nomor")
    return list(rows.values_list("nomor", "berlaku_mulai", "berlaku_sampai"))


# --- Validity ----------------------------------------------------------------------------------------------------------


def test_the_version_valid_on_the_date_decides():
    publish(draft(1, JAN))
    publish(draft(2, JUN))
    assert [persen(day) for day in (JAN, date(2025, 5, 31), JUN, date(2030, 1, 1))] == [1, 1, 2, 2]
    assert live() == [(1, JAN, date(2025, 5, 31)), (2, JUN, None)]
    with pytest.raises(NoVersion, match="2024-12-31"):
        persen(date(2024, 12, 31))


def test_every_user_may_read_what_rules_or_has_ruled_but_no_draft():
    ruled = publish(draft(1, JAN))
    draft(2, JUN)
    assert list(RuleVersion.objects.visible_to(User(is_active=True))) == [ruled]
    assert not RuleVersion.objects.visible_to(User(is_active=False)).exists()
    assert not RuleVersion.objects.visible_to(AnonymousUser()).exists()


def test_a_draft_does_not_decide():
    draft(1, JAN)
    with pytest.raises(NoVersion):
        persen(JAN)


def test_an_unused_version_of_the_same_day_is_withdrawn():
    first = publish(draft(1, JAN))
    publish(draft(2, JAN))
    first.refresh_from_db()
    assert (first.status, persen(JAN)) == (StatusAturan.RETIRED, 2)


def test_a_later_version_is_not_run_into_silently():
    publish(draft(1, JUN))
    with pytest.raises(RuleOverlapsLater, match="1 Juni 2025"):
        publish(draft(2, JAN))
    publish(draft(2, JAN, date(2025, 5, 31)))
    assert [persen(JAN), persen(JUN)] == [2, 1]


def test_streams_are_tables_of_their_own():
    publish(draft(1, JAN, aliran="TPP"))
    publish(draft(2, JAN, aliran="TPP_BK"))
    assert int(decide("potongan:TPP", pada=JAN, n=1)["persen"]) == 1
    assert int(decide("potongan:TPP_BK", pada=JAN, n=1)["persen"]) == 2
    with pytest.raises(NoVersion):
        persen(JAN)


def test_the_outcome_names_its_version():
    version = publish(draft(1, JAN))
    assert decide("potongan", pada=JAN, n=1).version == str(version.pk)


def test_many_decisions_cost_one_question_to_the_database(django_assert_num_queries):
    publish(draft(1, JAN))
    persen(JAN)
    versions.forget()
    with django_assert_num_queries(1):
        for _ in range(50):
            persen(JAN)


# --- Publishing --------------------------------------------------------------------------------------------------------------


def test_a_table_with_errors_is_not_published():
    version = save_draft(
        "potongan", xml=xml(1, cell="> 5"), dasar_hukum="x", berlaku_mulai=JAN, kasus="n,persen\n9,1\n"
    )
    with pytest.raises(RuleHasErrors, match="Tidak ada aturan untuk n = 5") as error:
        publish(version)
    assert error.value.findings[0].code == "gap"
    assert live() == []


def test_a_table_whose_examples_fail_is_not_published():
    with pytest.raises(RuleHasErrors, match="seharusnya 7"):
        publish(save_draft("potongan", xml=xml(1), dasar_hukum="x", berlaku_mulai=JAN, kasus="n,persen\n1,7\n"))
    with pytest.raises(RuleHasErrors, match="Belum ada contoh"):
        publish(save_draft("potongan", xml=xml(1), dasar_hukum="x", berlaku_mulai=JAN, kasus=""))


def test_a_draft_takes_over_the_examples_of_the_version_before():
    publish(draft(1, JAN))
    assert save_draft("potongan", xml=xml(1), dasar_hukum="x", berlaku_mulai=JUN).kasus == CASES.format(1)


def test_a_draft_needs_a_source_and_a_dmn_file():
    with pytest.raises(RuleWithoutSource, match="dasar_hukum"):
        save_draft("potongan", xml=xml(1), dasar_hukum="", berlaku_mulai=JAN)
    with pytest.raises(InvalidModel):
        save_draft("potongan", xml="<a/>", dasar_hukum="x", berlaku_mulai=JAN)


def test_only_a_draft_is_published():
    version = publish(draft(1, JAN))
    with pytest.raises(RuleNotDraft):
        publish(version)


def test_every_change_is_audited():
    versions.end(publish(draft(1, JAN)), sampai=JUN)
    events = AuditEvent.objects.filter(chain="aturan:potongan").order_by("seq").values_list("peristiwa", flat=True)
    assert list(events) == ["aturan.draf_disimpan", "aturan.diterbitkan", "aturan.diakhiri"]


# --- In use: immutable ------------------------------------------------------------------------------------------------------------


def test_a_used_version_can_only_be_ended_and_not_before_its_use():
    version = publish(draft(1, JAN))
    mark_used([version.pk], pada=date(2025, 3, 31))
    mark_used([version.pk], pada=date(2025, 2, 28))
    version.refresh_from_db()
    assert (version.digunakan, version.digunakan_sampai) == (True, date(2025, 3, 31))
    for refused in (
        lambda: publish(draft(2, date(2025, 3, 1))),
        lambda: versions.end(version, sampai=date(2025, 3, 30)),
        lambda: versions.retire(version),
    ):
        with pytest.raises(RuleVersionInUse, match="31 Maret 2025"), transaction.atomic():
            refused()
    publish(draft(2, date(2025, 4, 1)))
    assert live() == [(1, JAN, date(2025, 3, 31)), (2, date(2025, 4, 1), None)]


@pytest.mark.parametrize(
    "change",
    [{"xml": "<x/>"}, {"kasus": "x"}, {"berlaku_mulai": date(2024, 1, 1)}, {"status": "draft"}, {"dasar_hukum": "x"}],
)
def test_the_database_refuses_to_change_what_has_ruled(change: dict):
    version = publish(draft(1, JAN))
    with pytest.raises(IntegrityError, match="sudah diterbitkan"), transaction.atomic():
        RuleVersion.objects.filter(pk=version.pk).update(**change)


def test_the_database_refuses_to_withdraw_or_delete_what_was_used():
    version = publish(draft(1, JAN))
    mark_used([version.pk], pada=JUN)
    for change in ({"status": "retired"}, {"digunakan_sampai": None}):
        with pytest.raises(IntegrityError, match="sudah dipakai"), transaction.atomic():
            RuleVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(IntegrityError, match="bukan draf"), transaction.atomic():
        RuleVersion.objects.filter(pk=version.pk).delete()
    with pytest.raises(IntegrityError, match="not_ended_before"), transaction.atomic():
        RuleVersion.objects.filter(pk=version.pk).update(berlaku_sampai=date(2025, 5, 31))


def test_the_database_refuses_overlapping_versions():
    publish(draft(1, JAN))
    other = draft(2, JUN)
    with pytest.raises(IntegrityError, match="do_not_overlap"), transaction.atomic():
        RuleVersion.objects.filter(pk=other.pk).update(status="live")


def test_a_draft_may_be_deleted_with_its_rows_but_published_rows_stay():
    definition = Definition.from_json("t", {
        "masukan": [{"nama": "a", "tipe": "string", "cocok": "equal"}], "keluaran": [{"nama": "b", "tipe": "number"}],
    })  # fmt: skip
    table = load_csv("kode,a,b\nA,x,1\nB,y,2\n", definition)
    save_data_draft(table, dasar_hukum="x", berlaku_mulai=JAN).delete()
    version = publish(save_data_draft(table, dasar_hukum="x", berlaku_mulai=JAN))
    assert decide("t", pada=JAN, a="y")["b"] == 2
    with pytest.raises(IntegrityError, match="tidak dapat diubah"), transaction.atomic():
        RuleDataRow.objects.filter(version=version).update(nilai={"b": "9"})
    with pytest.raises(IntegrityError, match="tidak dapat diubah"), transaction.atomic():
        RuleDataRow.objects.filter(version=version, kode="A").delete()


# --- Files ---------------------------------------------------------------------------------------------------------------------------


SOURCE = "Dasar hukum: Perwali 1/2025\nBerlaku mulai: {0}"


def write(folder: Path, persen: int, mulai: date = JAN) -> Path:
    path = folder / "potongan.dmn"
    path.write_text(xml(persen, described=SOURCE.format(mulai)), encoding="utf-8")
    path.with_suffix(".cases.csv").write_text(CASES.format(persen), encoding="utf-8")
    return path


def test_a_file_is_published_once_and_again_when_it_differs(tmp_path: Path):
    done = publish_file(write(tmp_path, 1))
    assert (done.outcome, done.version.sumber, done.version.dasar_hukum) == (
        "published",
        SumberAturan.FILE,
        "Perwali 1/2025",
    )
    assert publish_file(write(tmp_path, 1)).outcome == "unchanged"
    assert (publish_file(write(tmp_path, 2)).outcome, persen(JAN)) == ("published", 2)
    assert publish_file(write(tmp_path, 2)).outcome == "unchanged"


def test_a_file_does_not_replace_what_was_written_in_the_browser(tmp_path: Path):
    publish_file(write(tmp_path, 1))
    publish(draft(5, JUN))
    assert publish_file(write(tmp_path, 1)).outcome == "unchanged"
    done = publish_file(write(tmp_path, 2))
    assert (done.outcome, done.version.status, persen(JUN)) == ("draft", StatusAturan.DRAFT, 5)
    assert "peramban" in done.alasan
    assert publish_file(write(tmp_path, 2)).outcome == "unchanged"


def test_a_file_does_not_change_what_was_used(tmp_path: Path):
    mark_used([publish_file(write(tmp_path, 1)).version.pk], pada=JUN)
    done = publish_file(write(tmp_path, 2))
    assert (done.outcome, persen(JAN)) == ("draft", 1)
    assert "sudah dipakai" in done.alasan
    assert publish_file(write(tmp_path, 3, date(2025, 7, 1))).outcome == "published"
    assert [persen(JUN), persen(date(2025, 7, 1))] == [1, 3]


def test_a_file_without_its_source_is_refused(tmp_path: Path):
    for described in ("", "Dasar hukum: x", "Dasar hukum: x\nBerlaku mulai: besok"):
        path = tmp_path / "potongan.dmn"
        path.write_text(xml(1, described=described), encoding="utf-8")
        with pytest.raises(RuleWithoutSource, match=r"potongan\.dmn"):
            publish_file(path)


def test_the_shipped_tables_are_published_and_decide():
    call_command("publish_rules", verbosity=0)
    call_command("publish_rules", verbosity=0)
    assert RuleVersion.objects.filter(status=StatusAturan.LIVE).count() == len(files.shipped(RULES_DIR))
    assert decide("rating_hasil_kerja", pada=JAN, capaian=95)["rating"] == "sesuai"
