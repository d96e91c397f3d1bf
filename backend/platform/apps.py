from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "backend.platform"
    label = "platform"
