"""Every refusal of the API is a problem document (RFC 9457) with the code of the broken rule."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from backend.core.errors import DomainError, InvalidFields

logger = logging.getLogger("django.request")
CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: "Permintaan tidak terbaca",
    401: "Belum masuk",
    403: "Tidak berwenang",
    404: "Tidak ditemukan",
    405: "Cara tidak didukung",
    406: "Bentuk jawaban tidak didukung",
    409: "Sudah berubah",
    413: "Terlalu besar",
    415: "Jenis isi tidak didukung",
    422: "Tidak dapat dijalankan",
    429: "Terlalu sering",
    500: "Gangguan",
}


def problem(status: int, *, code: str, detail: str, **more: Any) -> Response:
    """A problem document. `more` are extension members, such as `errors` (field path → message)."""
    body = {
        "type": f"urn:mskp:galat:{code}",
        "title": TITLES.get(status, "Galat"),
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }
    return Response(body, status=status, content_type=CONTENT_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: everything becomes a problem document; what nobody expected is logged and says no more."""
    if isinstance(error, DomainError):
        set_rollback()
        more: dict[str, Any] = {"errors": error.errors} if isinstance(error, InvalidFields) else {}
        if error.m:
            more["pesan"] = error.m
        return problem(error.status, code=error.code, detail=error.message, **more)
    answer = exception_handler(error, context)
    if answer is None:
        set_rollback()
        logger.error("API: %s", type(error).__name__, exc_info=error, extra={"request": context.get("request")})
        return problem(
            500, code="internal_error", detail="Terjadi gangguan. Coba lagi, atau hubungi admin bila berulang."
        )
    document = problem(answer.status_code, **_describe(error))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in answer.headers:
            document[name] = answer.headers[name]
    return document


def _describe(error: Exception) -> dict[str, Any]:
    if isinstance(error, Http404):
        return {"code": "not_visible", "detail": "Data ini tidak ditemukan, atau Anda tidak berwenang melihatnya."}
    if isinstance(error, PermissionDenied):
        return {"code": "not_allowed", "detail": "Anda tidak berwenang melakukan tindakan ini."}
    if isinstance(error, exceptions.ValidationError):
        return {
            "code": "invalid_fields",
            "detail": "Periksa kembali isian yang ditandai.",
            "errors": _flat(error.detail),
        }
    assert isinstance(error, exceptions.APIException)  # noqa: S101 exception_handler answers only these three kinds
    return {"code": str(error.get_codes()), "detail": str(error.detail)}


def _flat(detail: Any, path: str = "") -> dict[str, str]:
    """DRF's nested details as field path → message."""
    if isinstance(detail, dict):
        return {
            key: text for name, part in detail.items() for key, text in _flat(part, f"{path}.{name}".strip(".")).items()
        }
    if isinstance(detail, list) and detail and isinstance(detail[0], dict | list):
        return {
            key: text
            for index, part in enumerate(detail)
            for key, text in _flat(part, f"{path}.{index}".strip(".")).items()
        }
    return {path or "isi": " ".join(str(part) for part in (detail if isinstance(detail, list) else [detail]))}
