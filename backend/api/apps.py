from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The programmatic interface under /api/v1/."""

    name = "backend.api"
    label = "api"

    def ready(self) -> None:
        from backend.api import schema  # noqa: F401 registers the OpenAPI description of our token
