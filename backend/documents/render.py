"""DOCX letters: a template of `templates_docs/` filled with plain values.

Templates come from officials and are hostile until checked: Jinja runs in an immutable sandbox, an unknown
placeholder is an error, every value is escaped (`A & <B>` prints as written), and values are plain data only.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.conf import settings
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError  # noqa: TID251 the one place that renders
from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: TID251

from backend.core.errors import DomainError

PLAIN = (str, int, bool, type(None))


class TemplateMissing(DomainError):
    """Templat dokumen "{nama}" tidak ditemukan. Admin proses perlu memasangnya di templates_docs/."""


class TemplateBroken(DomainError):
    """Templat dokumen "{nama}" tidak dapat dipakai: {sebab}. Admin proses perlu memperbaikinya."""


def template_path(nama: str) -> Path:
    """Path of a template. Raises TemplateMissing."""
    path = Path(settings.BASE_DIR) / "templates_docs" / f"{nama}.docx"
    if not nama.replace("_", "").isalnum() or not path.is_file():
        raise TemplateMissing(nama=nama)
    return path


def version(nama: str) -> str:
    """sha256 of a template's file."""
    return hashlib.sha256(template_path(nama).read_bytes()).hexdigest()


def render(nama: str, context: Mapping[str, Any]) -> bytes:
    """Bytes of the filled letter. Raises TemplateMissing, TemplateBroken; ValueError for a value that is not plain."""
    _must_be_plain(context)
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    path = template_path(nama)
    try:
        document = DocxTemplate(path)
        document.render(dict(context), jinja_env=environment, autoescape=True)
        buffer = io.BytesIO()
        document.save(buffer)
    except (TemplateError, BadZipFile, KeyError) as error:
        raise TemplateBroken(nama=nama, sebab=str(error)) from None
    return buffer.getvalue()


def _must_be_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _must_be_plain(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _must_be_plain(item)
    elif not isinstance(value, PLAIN):
        raise ValueError(f"a letter takes plain values only, not {type(value).__name__}")
