"""Reading a JSON body: bounded in size, and a body that is too deep is told, not a failure."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_BYTES = 1_000_000


class TooLarge(APIException):
    status_code = 413
    default_detail = f"Isi permintaan lebih dari {MAX_BYTES // 1000} kB."
    default_code = "too_large"


class BoundedJSONParser(JSONParser):
    """DRF's parser with a limit; raises TooLarge and ParseError."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError("Isi JSON bersarang terlalu dalam.") from None
