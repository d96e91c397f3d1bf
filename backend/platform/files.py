"""Files: type by content, size, bombs; bytes → sha256 → row; answers that a browser only saves (security.md 7, 8, 13)."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
import warnings
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.http import FileResponse
from django.http.response import HttpResponseBase
from PIL import Image, ImageOps

from backend.platform.errors import FileEmpty, FileMissing, FileTooLarge, FileTypeRefused
from backend.platform.models import Berkas

MEGABYTE = 1024 * 1024
CHUNK = 256 * 1024
ZIP_RATIO = 100
ZIP_SIZE = 200 * MEGABYTE
ZIP_FILES = 2000
PIXELS = 40_000_000

OOXML = "application/vnd.openxmlformats-officedocument."
MIME = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": f"{OOXML}wordprocessingml.document",
    "xlsx": f"{OOXML}spreadsheetml.sheet",
}
KEPT = {**MIME, "csv": "text/csv"}  # `store_bytes` also keeps text, which has no signature to check an upload by
MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
EXTENSION = {"jpeg": "jpg"}


@dataclass(frozen=True)
class _Checked:
    jenis: str
    content: bytes


def store(upload: File[Any], *, pengunggah: Any, jenis: Collection[str], maks_mb: int) -> Berkas:
    """Check an upload, keep its bytes, and make its row. `jenis`: among pdf, jpg, png, docx, xlsx.

    Images are decoded and written anew, so nothing hidden in them survives. Raises FileTypeRefused (M10),
    FileTooLarge (M11), FileEmpty.
    """
    checked = _check(upload, jenis=jenis, maks_mb=maks_mb)
    return store_bytes(
        checked.content, nama=Path(upload.name or "berkas").name, jenis=checked.jenis, pengunggah=pengunggah
    )


def store_bytes(content: bytes, *, nama: str, jenis: str, pengunggah: Any = None) -> Berkas:
    """Keep bytes that the product itself made (a letter, an export) or that `store` has checked."""
    pk = uuid.uuid4()
    path = f"{pk.hex[:2]}/{pk}"
    _write(Path(settings.BERKAS_DIR) / path, content)
    return Berkas.objects.create(
        id=pk,
        sha256=hashlib.sha256(content).hexdigest(),
        ukuran=len(content),
        mime=KEPT[jenis],
        nama_asli=_safe_name(nama, jenis=jenis),
        path=path,
        pengunggah=pengunggah,
    )


def open_bytes(berkas: Berkas) -> IO[bytes]:
    """The stored bytes. Raises FileMissing."""
    try:
        return (Path(settings.BERKAS_DIR) / berkas.path).open("rb")
    except FileNotFoundError:
        raise FileMissing from None


def response(berkas: Berkas) -> HttpResponseBase:
    """An answer that the browser saves and never runs."""
    answer = FileResponse(open_bytes(berkas), as_attachment=True, filename=berkas.nama_asli, content_type=berkas.mime)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


def is_sound_xlsx(content: bytes) -> bool:
    """A workbook that may be opened: no macros, no bombs, no DOCTYPE."""
    return _is_office(content, main_part=MAIN_PART["xlsx"])


def damaged() -> list[Berkas]:
    """Rows whose bytes are missing or differ from their sha256 (the nightly scrub)."""
    return [berkas for berkas in Berkas.objects.iterator() if not _intact(berkas)]


def remove_orphans(older_than: float) -> int:
    """Delete stored bytes without a row, last written before `older_than` (seconds since the epoch)."""
    root, removed = Path(settings.BERKAS_DIR), 0
    known = set(Berkas.objects.values_list("path", flat=True))
    for path in root.glob("*/*"):
        if path.relative_to(root).as_posix() not in known and path.stat().st_mtime < older_than:
            path.unlink()
            removed += 1
    return removed


def _intact(berkas: Berkas) -> bool:
    try:
        with open_bytes(berkas) as stored:
            return hashlib.sha256(stored.read()).hexdigest() == berkas.sha256
    except FileMissing:
        return False


def _write(path: Path, content: bytes) -> None:
    """Bytes reach the disk before anybody may speak of them; a half-written file never has its final name."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".baru")
    with unfinished.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    unfinished.rename(path)


def _safe_name(nama: str, *, jenis: str) -> str:
    """The user's name of the file without control characters, with the extension its content has."""
    stem = "".join(char for char in Path(nama).stem if char.isprintable() and char not in '\\/:*?"<>|').strip(". ")
    return f"{stem[:180] or 'berkas'}.{jenis}"


# --- Checks -------------------------------------------------------------------------------------------------------


def _check(upload: File[Any], *, jenis: Collection[str], maks_mb: int) -> _Checked:
    refused = FileTypeRefused(jenis=_listed(jenis))
    extension = Path(upload.name or "").suffix.lower().lstrip(".")
    claimed = EXTENSION.get(extension, extension)
    if claimed not in jenis or claimed not in MIME:
        raise refused
    content = _read(upload, maks_mb=maks_mb)
    if claimed == "pdf":
        if not _is_pdf(content):
            raise refused
    elif claimed in MAIN_PART:
        if not _is_office(content, main_part=MAIN_PART[claimed]):
            raise refused
    else:
        content = _reencode(content, jenis=claimed, refused=refused)
    return _Checked(claimed, content)


def _read(upload: File[Any], *, maks_mb: int) -> bytes:
    limit = maks_mb * MEGABYTE
    if upload.size > limit:
        raise FileTooLarge(n=maks_mb)
    upload.seek(0)
    content = b"".join(iter(lambda: upload.read(CHUNK), b""))
    if len(content) > limit:
        raise FileTooLarge(n=maks_mb)
    if not content:
        raise FileEmpty
    return content


def _listed(jenis: Collection[str]) -> str:
    """`PDF, JPG, atau PNG`, in the order of MIME."""
    names = [name.upper() for name in MIME if name in jenis]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, atau {names[-1]}"


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]


def _is_office(content: bytes, *, main_part: str) -> bool:
    """A sound OOXML package without macros that does not blow up when unpacked, and is nothing else besides."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            names = {entry.filename for entry in entries}
            if len(entries) > ZIP_FILES or main_part not in names or "[Content_Types].xml" not in names:
                return False
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > ZIP_SIZE or unpacked > ZIP_RATIO * len(content):
                return False
            if any(".." in name.split("/") or name.startswith("/") or "vbaProject" in name for name in names):
                return False
            return _sizes_are_true(package, entries)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        return False


def _sizes_are_true(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> bool:
    """Unpack every entry in chunks, never beyond its declared size (which the limits above were checked with).

    A part with a DOCTYPE is refused: no office program writes one, and entities hide there.
    """
    for entry in entries:
        with package.open(entry) as part:
            chunk = part.read(CHUNK)
            size = len(chunk)
            if b"<!DOCTYPE" in chunk[:4096]:
                return False
            while chunk := part.read(CHUNK):
                size += len(chunk)
        if size != entry.file_size:
            return False
    return True


def _reencode(content: bytes, *, jenis: str, refused: FileTypeRefused) -> bytes:
    form = {"jpg": "JPEG", "png": "PNG"}[jenis]
    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[form]) as image:
                if image.width * image.height > PIXELS:
                    raise refused
                upright = ImageOps.exif_transpose(image)
                clean = upright.convert("RGB" if jenis == "jpg" or upright.mode not in {"RGBA", "LA", "P"} else "RGBA")
                clean.info.clear()
                clean.save(out, form, **({"quality": 88, "optimize": True} if jenis == "jpg" else {"optimize": True}))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise refused from error
    return out.getvalue()
