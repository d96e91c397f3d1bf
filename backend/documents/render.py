"""DOCX letters: a template of `templates_docs/` filled with plain values.

Templates come from officials and are hostile until checked: Jinja runs in an immutable sandbox, an unknown
placeholder is an error, every value is escaped (`A & <B>` prints as written), and values are plain data only.
"""

from __future__ import annotations

import hashlib
import io
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.conf import settings
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError  # noqa: TID251 the one place that renders
from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: TID251

from backend.core.errors import DomainError

SECONDS = 10
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
    buffer = io.BytesIO()
    try:
        with _time_limit():
            document = DocxTemplate(path)
            document.render(dict(context), jinja_env=environment, autoescape=True)
            document.save(buffer)
    except _REFUSED as error:
        raise TemplateBroken(nama=nama, sebab=str(error)) from None
    return buffer.getvalue()


# What a template that reaches for more than plain values ends in: the sandbox, a missing loader, a huge range, time.
_REFUSED = (TemplateError, BadZipFile, KeyError, TypeError, OverflowError, TimeoutError, RecursionError)


@contextmanager
def _time_limit() -> Iterator[None]:
    """Stop a template that never ends. Letters are made by workers, whose main thread this is; other threads have none."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: Any) -> None:
        raise TimeoutError(f"lebih dari {SECONDS} detik")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _must_be_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _must_be_plain(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _must_be_plain(item)
    elif not isinstance(value, PLAIN):
        raise ValueError(f"a letter takes plain values only, not {type(value).__name__}")
