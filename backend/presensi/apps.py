from __future__ import annotations

from django.apps import AppConfig


class PresensiConfig(AppConfig):
    """Attendance: taps, schedules, day rows, deductions, recap."""

    name = "backend.presensi"
    label = "presensi"
    verbose_name = "Presensi"

    def ready(self) -> None:
        from backend.presensi import settings, steps, tasks  # noqa: F401 importing binds them

        settings.declare_all()
