"""URL map: pages, API, health."""

from django.urls import URLPattern, URLResolver, path

from backend.web.sehat import sehat

urlpatterns: list[URLPattern | URLResolver] = [
    path("sehat/", sehat, name="sehat"),
]
