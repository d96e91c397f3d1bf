from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Binds the Celery application, so that `shared_task`s sent from any process reach our broker.

    Listed last in INSTALLED_APPS: by then every context has added its lines to the schedule.
    """

    name = "backend.config"
    label = "config"

    def ready(self) -> None:
        from backend.config.celery import app
        from backend.platform import schedule

        app.conf.beat_schedule = schedule.ENTRIES
