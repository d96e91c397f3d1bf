"""URL map: pages, the API, and how refusals look."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("backend.web.urls")),
    path("api/v1/", include("backend.api.urls")),
]
handler403 = "backend.web.galat.dilarang"
handler404 = "backend.web.galat.tidak_ditemukan"
handler500 = "backend.web.galat.gangguan"
