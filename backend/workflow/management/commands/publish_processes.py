from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.workflow import definitions

WORDS = {
    "unchanged": "tidak berubah",
    "published": "diterbitkan",
    "draft": "disimpan sebagai draf; versi yang berlaku berasal dari peramban",
}


class Command(BaseCommand):
    """Publish processes/*.bpmn with the forms and tables they use; unchanged files are left alone (decision 21)."""

    help = "Menerbitkan proses dari processes/*.bpmn."

    def handle(self, *, verbosity: int, **_options: Any) -> None:
        for path in sorted(definitions.processes_dir().glob("*.bpmn")):
            done = definitions.publish_file(path)
            if verbosity or done.outcome == "draft":
                self.stdout.write(f"{path.stem}: {WORDS[done.outcome]}")
