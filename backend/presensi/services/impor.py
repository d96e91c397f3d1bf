"""Files of fingerprint machines (CSV, XLSX, DAT): read with a report of rejects, taken in, computed; as a Job with progress.

Columns are found by their headings (pin, nip, no/id; waktu, tanggal + jam, datetime; sn); a file without headings is read as
machines write it: PIN, time.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime, time
from typing import IO, Any
from uuid import UUID

import xlsxwriter
from django.core.files.base import File
from django.db import connection, transaction
from django.utils import timezone
from openpyxl import load_workbook

from backend.accounts.models import User
from backend.core.periode import WIB
from backend.platform import files, jobs
from backend.platform.models import Berkas, Job
from backend.presensi.enums import SumberTap
from backend.presensi.errors import BerkasTapTidakTerbaca
from backend.presensi.iclock import PIN, read_line, read_time
from backend.presensi.models import Mesin
from backend.presensi.services import kotor, tap
from backend.presensi.services.tap import TapBaru, Terima

JENIS = "impor_tap"
MAKS_MB = 50
MAKS_BARIS = 2_000_000
MAKS_TOLAKAN = 10_000
HEADINGS = {
    "pin": {"pin", "id", "userid", "user id", "no", "no.", "nomor", "no id", "id pegawai", "nip", "enrollno", "ac-no."},
    "waktu": {"waktu", "datetime", "date/time", "tanggal/waktu", "timestamp", "checktime", "tgl/waktu", "scan"},
    "tanggal": {"tanggal", "date", "tgl", "tanggal scan"},
    "jam": {"jam", "time", "pukul"},
    "sn": {"sn", "serial", "nomor seri", "nomor_seri", "mesin", "device"},
}
MORE_FORMATS = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M")


@dataclass(frozen=True)
class Tolakan:
    """A line that was not taken in: its number, why, and as it stands."""

    baris: int
    sebab: str
    isi: str


@dataclass
class Bacaan:
    """What a file holds."""

    taps: list[TapBaru] = field(default_factory=list)
    tolakan: list[Tolakan] = field(default_factory=list)


# --- Reading ------------------------------------------------------------------------------------------------------------


def baca(stored: IO[bytes], *, mesin: UUID | None) -> Bacaan:
    """Taps of a file. `mesin`: whose file it is, unless a line names another by its serial number.

    Raises BerkasTapTidakTerbaca: no workbook, no text, or too long. A bad line is a reject, not an error.
    """
    content = stored.read(MAKS_MB * files.MEGABYTE + 1)
    if len(content) > MAKS_MB * files.MEGABYTE:
        raise BerkasTapTidakTerbaca(sebab=f"lebih besar dari {MAKS_MB} MB")
    return _read(baris(content), mesin=mesin, known=dict(Mesin.objects.values_list("nomor_seri", "pk")))


def baris(content: bytes) -> Iterator[list[Any]]:
    """Rows of the first sheet of a workbook, or of a text in columns. Raises BerkasTapTidakTerbaca as it goes."""
    return _sheet(content) if content.startswith(b"PK") else _text(content)


def _sheet(content: bytes) -> Iterator[list[Any]]:
    if not files.is_sound_xlsx(content):
        raise BerkasTapTidakTerbaca(sebab="bukan buku kerja Excel yang aman")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield list(row)
    finally:
        book.close()


def _text(content: bytes) -> Iterator[list[Any]]:
    text = content.decode("utf-8-sig", "replace")
    if "\x00" in text:
        raise BerkasTapTidakTerbaca(sebab="bukan berkas teks atau Excel")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)
    if not first.count(delimiter):
        yield from ([line] for line in text.splitlines())
        return
    try:
        yield from csv.reader(io.StringIO(text), delimiter=delimiter)
    except csv.Error as error:
        raise BerkasTapTidakTerbaca(sebab=f"bukan CSV yang benar ({error})") from None


def _read(rows: Iterator[list[Any]], *, mesin: UUID | None, known: dict[str, UUID]) -> Bacaan:
    found, columns = Bacaan(), None
    for number, cells in enumerate(rows, 1):
        if number > MAKS_BARIS:
            raise BerkasTapTidakTerbaca(sebab=f"lebih dari {MAKS_BARIS:,} baris".replace(",", "."))
        if not any(cells) and all(cell in (None, "") for cell in cells):
            continue
        if columns is None:
            columns = _columns(cells)
            if columns:
                continue
            columns = {}
        satu = _tap(cells, columns, mesin=mesin, known=known)
        if isinstance(satu, TapBaru):
            found.taps.append(satu)
        else:
            found.tolakan.append(Tolakan(number, satu, _joined(cells)))
    return found


def _columns(cells: Sequence[Any]) -> dict[str, int]:
    """Places of the columns when this row is a heading, else nothing."""
    names = [re.sub(r"\s+", " ", str(cell or "")).strip().lower() for cell in cells]
    found = {key: next((i for i, name in enumerate(names) if name in words), -1) for key, words in HEADINGS.items()}
    found = {key: place for key, place in found.items() if place >= 0}
    return found if "pin" in found and ("waktu" in found or {"tanggal", "jam"} <= found.keys()) else {}


def _tap(cells: Sequence[Any], columns: dict[str, int], *, mesin: UUID | None, known: dict[str, UUID]) -> TapBaru | str:
    """A tap, or why the line is none."""
    line = _joined(cells)
    if not columns:
        plain = read_line(line)
        return TapBaru(plain.pin, plain.ts, mesin, line) if plain else "baris tidak terbaca"
    pin = _pin(_cell(cells, columns, "pin"))
    ts = _moment(cells, columns)
    if not PIN.fullmatch(pin):
        return f'PIN "{pin}" tidak terbaca'
    if ts is None:
        return "waktu tidak terbaca"
    serial = str(_cell(cells, columns, "sn") or "").strip()
    if serial and serial not in known:
        return f"mesin {serial} tidak terdaftar"
    return TapBaru(pin, ts, known[serial] if serial else mesin, line)


def _cell(cells: Sequence[Any], columns: dict[str, int], name: str) -> Any:
    place = columns.get(name, -1)
    return cells[place] if 0 <= place < len(cells) else None


def _pin(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value or "").strip().lstrip("'")


def _moment(cells: Sequence[Any], columns: dict[str, int]) -> datetime | None:
    value = _cell(cells, columns, "waktu")
    if isinstance(value, str):
        return _parsed(value.strip())
    if value is None:
        hari, jam = _cell(cells, columns, "tanggal"), _cell(cells, columns, "jam")
        if isinstance(hari, datetime | date) and isinstance(jam, time):
            return datetime.combine(hari, jam, WIB)
        value = f"{hari:%Y-%m-%d} {jam}" if isinstance(hari, datetime | date) else f"{hari or ''} {jam or ''}"
    if isinstance(value, datetime):
        return value.replace(tzinfo=WIB)
    return _parsed(str(value).strip())


def _parsed(text: str) -> datetime | None:
    if (found := read_time(text)) is not None:
        return found
    for form in MORE_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=WIB)
        except ValueError:
            continue
    return None


def _joined(cells: Sequence[Any]) -> str:
    try:
        return "\t".join(cells)  # text, as nearly always
    except TypeError:
        return "\t".join("" if cell is None else str(cell) for cell in cells)


# --- Running ------------------------------------------------------------------------------------------------------------


def mulai(upload: File[Any], *, mesin: Mesin | None, oleh: User) -> Job:
    """Keep an upload and queue its import. The same file (by content) joins its running import.

    Raises FileTooLarge, FileEmpty, FileTypeRefused, BerkasTapTidakTerbaca.
    """
    berkas = terima_berkas(upload, oleh=oleh)
    parameter = {"berkas": str(berkas.pk), "mesin": str(mesin.pk) if mesin else None}
    return jobs.start(JENIS, kunci=berkas.sha256, parameter=parameter, oleh=oleh, judul=f"Impor tap {berkas.nama_asli}")


def terima_berkas(upload: File[Any], *, oleh: User) -> Berkas:
    """Keep an uploaded table, workbook or text. Raises FileTooLarge, FileEmpty, FileTypeRefused, BerkasTapTidakTerbaca."""
    content = upload.read(MAKS_MB * files.MEGABYTE + 1)
    if content.startswith(b"PK"):
        upload.seek(0)
        return files.store(upload, pengunggah=oleh, jenis=("xlsx",), maks_mb=MAKS_MB)
    return _keep_text(content, nama=upload.name or "tabel.csv", oleh=oleh)


def _keep_text(content: bytes, *, nama: str, oleh: User) -> Berkas:
    if not content.strip():
        raise BerkasTapTidakTerbaca(sebab="kosong")
    if len(content) > MAKS_MB * files.MEGABYTE:
        raise BerkasTapTidakTerbaca(sebab=f"lebih besar dari {MAKS_MB} MB")
    if b"\x00" in content:
        raise BerkasTapTidakTerbaca(sebab="bukan berkas teks atau Excel")
    return files.store_bytes(content, nama=nama, jenis="csv", pengunggah=oleh)


@jobs.job(JENIS)
def jalankan(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    """Read, take in batch by batch, then compute the days. Each batch is stored together with how far the job is, so that
    a worker that takes over from a killed one goes on after it and counts each tap once."""
    sekarang = timezone.now()
    mesin = UUID(job.parameter["mesin"]) if job.parameter.get("mesin") else None
    progress(0, pesan="Membaca berkas")
    with files.open_bytes(Berkas.objects.get(pk=job.parameter["berkas"])) as stored:
        bacaan = baca(stored, mesin=mesin)
    hasil = terapkan(bacaan, mesin=mesin, sekarang=sekarang, progress=progress, job=job)
    laporan = laporan_tolakan(bacaan.tolakan, oleh=job.oleh) if bacaan.tolakan else None
    return {
        "dibaca": len(bacaan.taps) + len(bacaan.tolakan),
        **asdict(hasil),
        "tidak_terbaca": len(bacaan.tolakan),
        "tolakan": [[satu.baris, satu.sebab, satu.isi[:120]] for satu in bacaan.tolakan[:100]],
        "laporan": str(laporan.pk) if laporan else None,
    }


def terapkan(
    bacaan: Bacaan, *, mesin: UUID | None, sekarang: datetime, progress: Any, job: Job | None = None
) -> Terima:
    """Take the taps of a file in and compute what they touch; goes on where `job` stands, if it ran before."""
    total, (mulai_dari, hasil) = len(bacaan.taps), _sampai(job)
    progress(mulai_dari, total=total, pesan="Menyimpan tap")
    for start in range(mulai_dari, total, tap.BATCH):
        batch = bacaan.taps[start : start + tap.BATCH]
        with transaction.atomic():
            hasil += tap.terima(batch, sumber=SumberTap.IMPOR, sekarang=sekarang, hitung=False)
            _catat(job, start + len(batch), hasil)
        progress(start + len(batch), total=total)
    tap.tahan((satu.isi for satu in bacaan.tolakan), sumber=SumberTap.IMPOR, mesin=mesin, sekarang=sekarang)
    progress(total, total=total, pesan="Menghitung hari")
    segarkan_statistik()
    while True:
        with transaction.atomic():
            kotor.proses(sekarang=sekarang)
        if not kotor.ada():
            return hasil


def _sampai(job: Job | None) -> tuple[int, Terima]:
    """How many taps of the file a run before this one has stored, and what became of them."""
    if job is None or "tersimpan" not in job.hasil:
        return 0, Terima()
    return job.hasil["tersimpan"], Terima(**{satu.name: job.hasil[satu.name] for satu in fields(Terima)})


def _catat(job: Job | None, tersimpan: int, hasil: Terima) -> None:
    if job is not None:
        Job.objects.filter(pk=job.pk).update(hasil={"tersimpan": tersimpan, **asdict(hasil)})


def segarkan_statistik() -> None:
    """After many new rows the planner should know of them, or the next statement may be planned for an empty table."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE presensi_tapmentah")


def laporan_tolakan(tolakan: Sequence[Tolakan], *, oleh: User | None) -> Berkas:
    """The rejects as a workbook to download and repair."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Ditolak")
    for column, judul in enumerate(("Baris", "Sebab", "Isi")):
        sheet.write_string(0, column, judul)
    for row, satu in enumerate(tolakan[:MAKS_TOLAKAN], 1):
        sheet.write_number(row, 0, satu.baris)
        sheet.write_string(row, 1, satu.sebab)
        sheet.write_string(row, 2, satu.isi[:1000])
    book.close()
    return files.store_bytes(buffer.getvalue(), nama="tap_ditolak.xlsx", jenis="xlsx", pengunggah=oleh)
