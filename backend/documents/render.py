"""DOCX letters: a template of `templates_docs/` filled with plain values.

Templates come from officials and are hostile until checked: Jinja runs in an immutable sandbox in a child process
with a limit on time and memory, an unknown placeholder is an error, every value is escaped (`A & <B>` prints as
written), and values are plain data only.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from backend.core.errors import DomainError
from backend.documents import child

SECONDS = 10.0
ROOT = Path(__file__).resolve().parents[2]
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


def render(
    nama: str, context: Mapping[str, Any], *, gambar: Mapping[str, bytes] | None = None, detik: float | None = None
) -> bytes:
    """Bytes of the filled letter. `gambar`: pictures by the name they have in the template; `detik`: for a long list.

    Raises TemplateMissing, TemplateBroken; ValueError for a value that is not plain.
    """
    _must_be_plain(context)
    pictures = {name: base64.b64encode(content).decode() for name, content in (gambar or {}).items()}
    asked = {"template": str(template_path(nama)), "context": dict(context), "pictures": pictures}
    detik = detik or SECONDS
    try:
        answer = _renderer.ask(json.dumps(asked).encode(), seconds=detik)
    except TimeoutError:
        raise TemplateBroken(nama=nama, sebab=f"belum selesai setelah {detik:g} detik") from None
    except EOFError:
        raise TemplateBroken(nama=nama, sebab="memerlukan terlalu banyak memori") from None
    if answer[:1] != b"+":
        raise TemplateBroken(nama=nama, sebab=answer[1:].decode())
    return answer[1:]


def _must_be_plain(value: Any) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _must_be_plain(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _must_be_plain(item)
    elif not isinstance(value, PLAIN):
        raise ValueError(f"a letter takes plain values only, not {type(value).__name__}")


class _Renderer:
    """The child process of this process, started on the first letter and kept; started anew after it was stopped."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, question: bytes, *, seconds: float) -> bytes:
        """The child's answer. Raises TimeoutError when it takes longer, EOFError when the child died over it."""
        with self._turn:
            stdin, stdout, process = self._running()
            late = threading.Event()

            def stop_it() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(seconds, stop_it)
            timer.start()
            try:
                child.send(stdin, question)
                answer = child.receive(stdout)
            except BrokenPipeError:
                answer = None
            finally:
                timer.cancel()
            if answer is None:
                self.stop()
                raise TimeoutError if late.is_set() else EOFError
            return answer

    def _running(self) -> tuple[IO[bytes], IO[bytes], subprocess.Popen[bytes]]:
        if self._owner != os.getpid():  # a fork shares no child with its parent
            self._process = None
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._owner = os.getpid()
            self._process = _start()
        process = self._process
        assert process.stdin is not None  # noqa: S101 opened by _start
        assert process.stdout is not None  # noqa: S101
        return process.stdin, process.stdout, process

    def stop(self) -> None:
        """End the child, if this process has one."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.communicate()


def _start() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-m", child.__name__],
        cwd=ROOT,
        env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None  # noqa: S101
    child.receive(process.stdout)
    return process


_renderer = _Renderer()
atexit.register(_renderer.stop)
