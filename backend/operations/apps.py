from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Commands that cross contexts: running the product, demo city, measurements."""

    name = "backend.operations"
    label = "operations"
