from __future__ import annotations

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """The process engine."""

    name = "backend.workflow"
    label = "workflow"
    verbose_name = "Proses"

    def ready(self) -> None:
        from backend.platform import schedule, settings
        from backend.workflow import checks, outbox  # noqa: F401 registers the checks and the outbox handlers

        settings.declare(
            "batas_putaran",
            20,
            "Batas pengembalian",
            "Sesudah sebuah langkah dibuka sebanyak ini, proses ditangguhkan sampai admin proses melanjutkannya.",
            kelompok="Proses",
            minimum=1,
            maksimum=200,
        )
        schedule.every("workflow.run_timers", seconds=10)
        schedule.daily("workflow.nightly", at="01:30")
