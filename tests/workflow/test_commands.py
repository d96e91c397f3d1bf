"""Commands of the engine."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backend.workflow import definitions, engine
from backend.workflow.errors import ProcessFailed
from backend.workflow.models import Incident, ProcessDefinition
from tests.workflow.conftest import PROCESSES, Dunia, publish

pytestmark = pytest.mark.django_db


def run(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def test_publish_processes_publishes_shipped_files_once(
    dunia: Dunia, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "processes"
    folder.mkdir()
    (folder / "tunggal.bpmn").write_text((PROCESSES / "tunggal.bpmn").read_text())
    monkeypatch.setattr(definitions, "processes_dir", lambda: folder)
    assert "tunggal: diterbitkan" in run("publish_processes")
    assert "tunggal: tidak berubah" in run("publish_processes")
    assert ProcessDefinition.objects.count() == 1


def test_incidents_are_listed_and_tried_again(dunia: Dunia) -> None:
    publish("tunggal")
    item = dunia.item(dunia.start("tunggal"))
    dunia.fail.add("isi_satu")
    with pytest.raises(ProcessFailed):
        engine.complete(item.pk, actor=dunia.pengisi, data={})
    incident = Incident.objects.get()
    assert str(incident.pk) in run("retry_incident")
    with pytest.raises(CommandError, match="tidak ditemukan"):
        run("retry_incident", "zzzz")
    with pytest.raises(CommandError, match="Pengguna"):
        run("retry_incident", str(incident.pk), by="entah")
    assert "dicoba lagi" in run("retry_incident", str(incident.pk)[:8], by=dunia.pengisi.username)
    incident.refresh_from_db()
    assert incident.resolved_by == dunia.pengisi
    assert "0 gangguan terbuka" in run("retry_incident")


def test_timers_are_run(dunia: Dunia) -> None:
    assert "0 proses" in run("run_timers")


def test_instances_move_after_a_preview(dunia: Dunia) -> None:
    publish("tunggal")
    instance = dunia.start("tunggal")
    text = (PROCESSES / "tunggal.bpmn").read_text().replace("Isi satu", "Isi")
    target = definitions.publish(definitions.save_draft(text, files={}, by=None), by=None)
    assert "versi 1 → 2: 1 dapat dipindah, 0 tidak" in run("migrate_instances", "tunggal")
    instance.refresh_from_db()
    assert instance.definition_id != target.pk
    with pytest.raises(CommandError):
        run("migrate_instances", "tunggal", apply=True)
    assert "1 dipindah" in run(
        "migrate_instances", "tunggal", apply=True, by=dunia.pengisi.username, reason="Rilis baru"
    )
    instance.refresh_from_db()
    assert instance.definition_id == target.pk
