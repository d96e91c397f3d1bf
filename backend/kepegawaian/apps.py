from django.apps import AppConfig


class KepegawaianConfig(AppConfig):
    name = "backend.kepegawaian"
    label = "kepegawaian"
    verbose_name = "Kepegawaian"
