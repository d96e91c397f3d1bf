"""/api/v1/: resources, the OpenAPI document and its page."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from backend.api.berkas import BerkasViewSet
from backend.api.halaman import SwaggerView
from backend.api.kepegawaian import PegawaiViewSet
from backend.api.kinerja import LaporanViewSet
from backend.api.presensi import TapView
from backend.api.tidak_ada import NothingHere
from backend.api.tugas import TugasViewSet

router = SimpleRouter(use_regex_path=False)
router.register("tugas", TugasViewSet, basename="tugas")
router.register("berkas", BerkasViewSet, basename="berkas")
router.register("laporan", LaporanViewSet, basename="laporan")
router.register("pegawai", PegawaiViewSet, basename="pegawai")

app_name = "api"
urlpatterns = [
    path("", include(router.urls)),
    path("presensi/tap/", TapView.as_view(), name="presensi-tap"),
    path("skema/", SpectacularAPIView.as_view(), name="skema"),
    path("dokumentasi/", SwaggerView.as_view(url_name="api:skema"), name="dokumentasi"),
    path("<path:apa>", NothingHere.as_view()),
]
