"""The Swagger page, served from this machine."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response


class SwaggerView(SpectacularSwaggerSplitView):
    """Swagger UI sets inline styles and data: images; scripts stay our own (decision 24)."""

    permission_classes = (IsAuthenticated,)

    @method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]}))  # type: ignore[arg-type]
    def dispatch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer: Response = super().dispatch(request, *args, **kwargs)
        return answer
