from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Letters from DOCX templates."""

    name = "backend.documents"
    label = "documents"
