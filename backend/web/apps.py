from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Pages."""

    name = "backend.web"
    label = "web"
    verbose_name = "Halaman"

    def ready(self) -> None:
        from backend.platform.settings import declare
        from backend.web import presensi_ekspor  # noqa: F401 importing binds its jobs, also in a worker

        grup = "Tampilan"
        declare(
            "pintasan_maks",
            8,
            "Banyaknya pintasan di beranda",
            "Menu yang sering dipakai.",
            kelompok=grup,
            minimum=2,
            maksimum=12,
        )
        declare(
            "pintasan_ambang", 5, "Dibuka berapa kali sebelum menjadi pintasan", kelompok=grup, minimum=1, maksimum=50
        )
