from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from openpyxl import Workbook
from PIL import Image

from backend.accounts.models import User
from backend.platform import files
from backend.platform.errors import FileEmpty, FileMissing, FileTooLarge, FileTypeRefused
from backend.platform.models import Berkas

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def image(form: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form)
    return out.getvalue()


def xlsx() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def package(parts: dict[str, bytes], *, level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}


def store(name: str, content: bytes, user: User | None = None, *, maks_mb: int = 1) -> Berkas:
    upload = SimpleUploadedFile(name, content)
    return files.store(upload, pengunggah=user, jenis=list(files.MIME), maks_mb=maks_mb)


def read(berkas: Berkas) -> bytes:
    with files.open_bytes(berkas) as stored:
        return stored.read()


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [
        ("surat.pdf", PDF, "application/pdf"),
        ("FOTO.JPEG", image("JPEG"), "image/jpeg"),
        ("foto.png", image("PNG"), "image/png"),
        ("data.xlsx", xlsx(), files.MIME["xlsx"]),
        ("surat.docx", package(DOCX), files.MIME["docx"]),
    ],
    ids=["pdf", "jpg", "png", "xlsx", "docx"],
)
def test_the_five_kinds_are_kept_with_hash_and_size(name: str, content: bytes, mime: str, user: User):
    berkas = store(name, content, user)
    assert berkas.mime == mime
    assert berkas.ukuran == len(read(berkas))
    assert files.damaged() == []


REFUSED = {
    "script.html": b"<script>alert(1)</script>",
    "tidak-ada-akhiran": PDF,
    "bohong.pdf": b"MZ\x90\x00" + PDF,
    "terpotong.pdf": PDF[:20],
    "bukan.png": PDF,
    "bohong.png": image("JPEG"),
    "svg.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "zip.docx": package({"a.txt": b"x"}),
    "excel.docx": xlsx(),
    "makro.docx": package({**DOCX, "word/vbaProject.bin": b"x"}),
    "keluar.docx": package({**DOCX, "../../etc/passwd": b"x"}),
    "entitas.docx": package(
        {**DOCX, "word/styles.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}
    ),
    "bom.docx": package({**DOCX, "word/media/nol.bin": b"\0" * 20_000_000}),
    "banyak.docx": package({**DOCX, **{f"f{n}": b"" for n in range(files.ZIP_FILES)}}),
    "awalan.xlsx": b"#!/bin/sh\n" + xlsx(),
    "rusak.xlsx": xlsx()[:-200],
    "ganda.pdf.exe": PDF,
}


@pytest.mark.parametrize("name", REFUSED)
def test_content_decides_not_the_name(name: str):
    with pytest.raises(FileTypeRefused) as refusal:
        store(name, REFUSED[name])
    assert "PDF, JPG, PNG, DOCX, atau XLSX" in str(refusal.value)
    assert not Berkas.objects.exists()


def test_sizes_written_falsely_into_a_zip_do_not_help():
    content = bytearray(package({**DOCX, "word/media/nol.bin": b"\0" * 1_000_000}))
    at = content.rfind(b"word/media/nol.bin") - 46 + 24  # uncompressed size in the central directory
    content[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(FileTypeRefused):
        store("bom.docx", bytes(content))


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    bomb = image("PNG", (9000, 9000))
    tracemalloc.start()
    with pytest.raises(FileTypeRefused):
        store("bom.png", bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * files.MEGABYTE


def test_nothing_hidden_in_a_picture_survives():
    content = image("PNG") + b"<script>alert(1)</script>"
    assert b"script" not in read(store("foto.png", content))


def test_size_and_emptiness_are_checked():
    with pytest.raises(FileTooLarge, match="melebihi 1 MB"):
        store("besar.pdf", PDF + b"\0" * files.MEGABYTE)
    with pytest.raises(FileEmpty):
        store("kosong.pdf", b"")


def test_the_users_name_never_becomes_a_path(settings):
    berkas = store('../../"etc\n/passwd<b>.pdf', PDF)
    assert berkas.nama_asli == "passwdb.pdf"
    assert (Path(settings.BERKAS_DIR) / berkas.path).resolve().is_relative_to(Path(settings.BERKAS_DIR).resolve())


def test_a_browser_saves_the_answer_and_does_not_guess_its_type():
    answer = files.response(store("surat.pdf", PDF))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'attachment; filename="surat.pdf"'
    assert b"".join(answer.streaming_content) == PDF
    answer.close()


def test_a_row_without_bytes_is_impossible_to_make_and_its_loss_is_found(settings):
    berkas = store("surat.pdf", PDF)
    with pytest.raises(IntegrityError), transaction.atomic():
        Berkas.objects.create(sha256="", ukuran=0, mime="x", nama_asli="x", path="x")
    path = Path(settings.BERKAS_DIR) / berkas.path
    path.write_bytes(b"lain")
    assert files.damaged() == [berkas]
    path.unlink()
    assert files.damaged() == [berkas]
    with pytest.raises(FileMissing):
        files.response(berkas)


def test_bytes_without_a_row_are_collected_when_old(settings):
    kept = store("surat.pdf", PDF)
    orphan = Path(settings.BERKAS_DIR) / "ab" / "yatim"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    assert files.remove_orphans(0) == 0
    assert files.remove_orphans(orphan.stat().st_mtime + 1) == 1
    assert read(kept) == PDF
