from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.core.errors import DomainError
from backend.workflow import incidents
from backend.workflow.models import Incident


class Command(BaseCommand):
    """List open incidents, or try one or all of them again from the stored state."""

    help = "Menampilkan gangguan proses yang terbuka, atau mencobanya lagi."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "incident", nargs="*", help="nomor gangguan (boleh awalannya saja); kosong: tampilkan daftar"
        )
        parser.add_argument("--all", action="store_true", help="semua yang terbuka")
        parser.add_argument("--by", help="NIP atau nama pengguna yang dicatat pada jejak audit")

    def handle(self, *, incident: list[str], all: bool, by: str | None, **_options: Any) -> None:
        open_incidents = list(Incident.objects.filter(resolved_at__isnull=True).order_by("created_at"))
        chosen = open_incidents if all else [_chosen(open_incidents, number) for number in incident]
        if not chosen:
            for each in open_incidents:
                self.stdout.write(f"{each.pk}  {each.get_kind_display()}  {each.created_at:%Y-%m-%d %H:%M}  {each}")
            self.stdout.write(f"{len(open_incidents)} gangguan terbuka.")
            return
        actor = _user(by)
        for each in chosen:
            try:
                incidents.retry(each, actor=actor)
            except DomainError as error:
                self.stderr.write(f"{each.pk}  masih gagal: {error}")
            else:
                self.stdout.write(f"{each.pk}  dicoba lagi.")


def _chosen(open_incidents: list[Incident], number: str) -> Incident:
    found = [each for each in open_incidents if str(each.pk).startswith(number.lower())]
    if len(found) != 1:
        raise CommandError(
            f"Gangguan {number} {'tidak ditemukan' if not found else 'tidak tunggal; tulis lebih lengkap'}."
        )
    return found[0]


def _user(username: str | None) -> Any:
    if username is None:
        return None
    user = get_user_model()._default_manager.filter(username=username).first()
    if user is None:
        raise CommandError(f"Pengguna {username} tidak ditemukan.")
    return user
