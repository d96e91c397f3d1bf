"""DOCX → PDF: a stand-in for LibreOffice on PATH records what it was asked, writes a file, hangs, or fails."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from backend.documents import pdf

CATAT = """
printf '%s\\n' "$@" >> {catatan}
for satu in "$@"; do surat="$satu"; done
"""
TULIS = (
    CATAT
    + """
test -z "$SECRET_KEY" || exit 9
printf '%s ' '%PDF-1.7' > "${{surat%.docx}}.pdf"
cat "$surat" >> "${{surat%.docx}}.pdf"
"""
)


def pasang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isi: str) -> Path:
    """A program `soffice` that does what `isi` says; where it writes down its arguments."""
    tempat, catatan = tmp_path / "bin", tmp_path / "catatan"
    tempat.mkdir()
    program = tempat / "soffice"
    program.write_text("#!/bin/sh\n" + isi.format(catatan=catatan, anak=tmp_path / "anak"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tempat}{os.pathsep}{os.environ['PATH']}")
    return catatan


def test_the_letter_goes_through_the_program_with_a_profile_of_its_own(tmp_path, monkeypatch):
    catatan = pasang(tmp_path, monkeypatch, TULIS)
    monkeypatch.setenv("SECRET_KEY", "rahasia")
    assert pdf.tersedia()
    assert [pdf.dari_docx(b"satu"), pdf.dari_docx(b"dua")] == [b"%PDF-1.7 satu", b"%PDF-1.7 dua"]
    argumen = catatan.read_text().splitlines()
    profil = [satu for satu in argumen if satu.startswith("-env:UserInstallation=file:///")]
    assert len(set(profil)) == 2
    assert argumen.count("--convert-to") == argumen.count("pdf:writer_pdf_Export") == argumen.count("--headless") == 2
    assert not any(Path(satu).exists() for satu in argumen if satu.endswith(".docx"))


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path, monkeypatch):
    pasang(tmp_path, monkeypatch, "sleep 60 &\necho $! > {anak}\nsleep 60\n")
    with pytest.raises(pdf.PdfGagal, match="belum selesai"):
        pdf.dari_docx(b"surat", detik=1)
    anak = int((tmp_path / "anak").read_text())
    for _ in range(50):
        if not berjalan(anak):
            break
        time.sleep(0.1)
    assert not berjalan(anak)


def berjalan(pid: int) -> bool:
    """Is it there, and more than a zombie?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("isi", "sebab"),
    [("exit 3", "kode 3"), ("exit 0", "tidak menghasilkan"), (CATAT + 'echo rusak > "${{surat%.docx}}.pdf"', "tidak menghasilkan")],
    ids=["gagal", "tanpa berkas", "bukan PDF"],
)  # fmt: skip
def test_a_program_that_fails_is_told_in_words(tmp_path, monkeypatch, isi: str, sebab: str):
    pasang(tmp_path, monkeypatch, isi)
    with pytest.raises(pdf.PdfGagal, match=sebab):
        pdf.dari_docx(b"surat")


def test_without_the_program_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not pdf.tersedia()
    with pytest.raises(pdf.PdfTidakTersedia):
        pdf.dari_docx(b"surat")
