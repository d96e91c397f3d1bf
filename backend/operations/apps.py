from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Commands that cross contexts: running the product, demo city, measurements."""

    name = "backend.operations"
    label = "operations"

    def ready(self) -> None:
        from backend.operations.aturan import tell_admin_proses
        from backend.rules.versions import on_kept_as_draft

        on_kept_as_draft(tell_admin_proses)
