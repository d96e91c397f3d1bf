from __future__ import annotations

from django.apps import AppConfig


class KinerjaConfig(AppConfig):
    """SKP, monthly realisasi and its assessment."""

    name = "backend.kinerja"
    label = "kinerja"
    verbose_name = "Kinerja"

    def ready(self) -> None:
        from backend.kinerja import settings, steps, tasks  # noqa: F401 importing binds them
        from backend.kinerja.services import impor
        from backend.platform import imports

        settings.declare_all()
        imports.register(
            imports.Impor(
                "skp", "SKP: RHK, indikator, dan rencana aksi", "Satu berkas untuk banyak pegawai.",
                impor.template, impor.check, tasks.IMPOR,
            )
        )  # fmt: skip
