from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Binds the Celery application, so that `shared_task`s sent from any process reach our broker."""

    name = "backend.config"
    label = "config"

    def ready(self) -> None:
        from backend.config import celery  # noqa: F401 importing makes it the current application
