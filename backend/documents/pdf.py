"""Letters (DOCX) as PDF, by LibreOffice where it is installed (the image of the worker). Never in a request.

Each run has a profile, a home and a group of its own: two at once do not wait for each other, and one that hangs is
ended with everything it started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from backend.core.errors import DomainError

PROGRAM = "soffice"
DETIK = 90.0


class PdfTidakTersedia(DomainError):
    """Surat tidak dapat dijadikan PDF: LibreOffice tidak terpasang pada server. Unduh DOCX-nya, atau minta admin sistem memasangnya."""


class PdfGagal(DomainError):
    """Surat tidak dapat dijadikan PDF: {sebab}. Unduh DOCX-nya; bila berulang, hubungi admin sistem."""


def tersedia() -> bool:
    """Is LibreOffice installed here?"""
    return shutil.which(PROGRAM) is not None


def dari_docx(isi: bytes, *, detik: float = DETIK) -> bytes:
    """The letter as PDF. Raises PdfTidakTersedia, PdfGagal."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise PdfTidakTersedia
    with tempfile.TemporaryDirectory(prefix="mskp-pdf-") as tempat:
        surat = Path(tempat) / "surat.docx"
        surat.write_bytes(isi)
        _jalankan(program, surat, detik=detik)
        hasil = surat.with_suffix(".pdf")
        if not hasil.is_file() or not (pdf := hasil.read_bytes()).startswith(b"%PDF-"):
            raise PdfGagal(sebab="LibreOffice tidak menghasilkan PDF")
        return pdf


def _jalankan(program: str, surat: Path, *, detik: float) -> None:
    """Run the conversion and wait. Raises PdfGagal."""
    tempat = surat.parent
    perintah = [
        program, f"-env:UserInstallation={(tempat / 'profil').as_uri()}", "--headless", "--norestore", "--nolockcheck",
        "--convert-to", "pdf:writer_pdf_Export", "--outdir", str(tempat), str(surat),
    ]  # fmt: skip
    lingkungan = {"PATH": os.environ.get("PATH", ""), "HOME": str(tempat), "TMPDIR": str(tempat), "LANG": "C.UTF-8"}
    proses = subprocess.Popen(  # noqa: S603 LibreOffice with arguments of ours
        perintah, env=lingkungan, cwd=tempat, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        kode = proses.wait(detik)
    except subprocess.TimeoutExpired:
        raise PdfGagal(sebab=f"belum selesai setelah {detik:g} detik") from None
    finally:
        _akhiri(proses)
    if kode:
        raise PdfGagal(sebab=f"LibreOffice berakhir dengan kode {kode}")


def _akhiri(proses: subprocess.Popen[bytes]) -> None:
    """End the process and all it started, also what it left behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(proses.pid, signal.SIGKILL)
    proses.wait()
