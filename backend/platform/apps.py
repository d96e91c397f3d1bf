from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "backend.platform"
    label = "platform"

    def ready(self) -> None:
        from backend.platform import jobs, notices, schedule  # noqa: F401 handlers of the outbox are bound on import

        schedule.every("platform.drain_outbox", seconds=3)
        schedule.daily("platform.nightly", at="01:15")
