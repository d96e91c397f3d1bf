"""The program that fills templates, in a process of its own: `python -m backend.documents.child`.

It knows neither the database nor the settings, has no environment worth stealing and a limit on memory; whoever asks
sets the time. On stdin and stdout go messages: eight bytes of length, then the bytes. Question: JSON
`{"template": path, "context": {…}, "pictures": {name: base64}}`. Answer: `+` and the letter, or `-` and why not. A first empty answer says "ready".
"""

from __future__ import annotations

import base64
import io
import json
import resource
import signal
import sys
from typing import IO
from zipfile import BadZipFile

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError  # noqa: TID251 the one place that renders
from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: TID251

MEMORY = 1 << 30  # bytes of address space

# What a template that reaches for more than plain values ends in: the sandbox, a missing loader, a huge range, memory.
REFUSED = (TemplateError, BadZipFile, KeyError, TypeError, ValueError, OverflowError, RecursionError, MemoryError)


def fill(template: str, context: dict[str, object], pictures: dict[str, str]) -> bytes:
    """Bytes of the filled template; raises one of REFUSED. A picture takes the place of the one with its name, if any."""
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    document = DocxTemplate(template)
    document.allow_missing_pics = True
    for name, content in pictures.items():
        document.replace_pic(name, io.BytesIO(base64.b64decode(content)))
    document.render(context, jinja_env=environment, autoescape=True)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def answer(question: bytes) -> bytes:
    """One answer to one question."""
    asked = json.loads(question)
    try:
        return b"+" + fill(asked["template"], asked["context"], asked["pictures"])
    except REFUSED as error:
        return b"-" + (str(error) or type(error).__name__).encode()


def send(stream: IO[bytes], message: bytes) -> None:
    """Write one message."""
    stream.write(len(message).to_bytes(8) + message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one message; None when the other side is gone."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    body = stream.read(int.from_bytes(head))
    return body if len(body) == int.from_bytes(head) else None


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all at the terminal; this ends with whoever asks
    send(sys.stdout.buffer, b"")
    while (question := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, answer(question))


if __name__ == "__main__":
    main()
