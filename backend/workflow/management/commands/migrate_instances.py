from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.workflow import definitions, migration
from backend.workflow.models import ProcessDefinition


class Command(BaseCommand):
    """Move running instances of older versions to the one in force: a preview, and with --apply the move itself."""

    help = "Memindahkan proses berjalan ke versi yang berlaku (pratinjau; --apply untuk melakukannya)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("process", help="kunci proses, misalnya realisasi_bulanan")
        parser.add_argument("--from-version", type=int, help="hanya dari versi ini")
        parser.add_argument("--apply", action="store_true", help="lakukan pemindahan")
        parser.add_argument("--by", help="NIP atau nama pengguna yang dicatat pada jejak audit (wajib dengan --apply)")
        parser.add_argument("--reason", default="", help="alasan (wajib dengan --apply)")

    def handle(
        self, *, process: str, from_version: int | None, apply: bool, by: str | None, reason: str, **_options: Any
    ) -> None:
        actor = get_user_model()._default_manager.filter(username=by).first() if by else None
        if apply and (actor is None or not reason.strip()):
            raise CommandError("--apply memerlukan --by (pengguna yang ada) dan --reason.")
        target = definitions.live(process)
        sources = ProcessDefinition.objects.filter(key=process).exclude(pk=target.pk).exclude(state="draft")
        for source in sources.filter(version=from_version) if from_version else sources:
            self.one_version(migration.plan(source, target), actor=actor if apply else None, reason=reason)

    def one_version(self, plan: migration.Plan, *, actor: Any, reason: str) -> None:
        self.stdout.write(
            f"versi {plan.source.version} → {plan.target.version}: {len(plan.movable)} dapat dipindah, {len(plan.refused)} tidak"
        )
        refused = dict(plan.refused)
        if actor is not None:
            refused |= migration.migrate(plan.movable, plan.target, actor=actor, alasan=reason)
            self.stdout.write(f"  {len(plan.movable) - len(refused.keys() & set(plan.movable))} dipindah")
        for note in plan.notes:
            self.stdout.write(f"  {note}")
        for instance_id, problem in refused.items():
            self.stdout.write(f"  {instance_id}: {problem}")
