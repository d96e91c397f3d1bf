from __future__ import annotations

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """The process engine."""

    name = "backend.workflow"
    label = "workflow"
    verbose_name = "Proses"

    def ready(self) -> None:
        from backend.workflow import checks, outbox  # noqa: F401 registers the checks and the outbox handlers
