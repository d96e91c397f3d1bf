from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.kepegawaian import importing

SHOWN = 100


class Command(BaseCommand):
    """Import units, posts, people and riwayat jabatan from a workbook; all or nothing."""

    help = "Mengimpor unit, posisi, pegawai, dan riwayat jabatan dari berkas XLSX: semua atau tidak sama sekali."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="berkas XLSX")
        parser.add_argument("--dry-run", action="store_true", help="periksa saja, tanpa menyimpan")
        parser.add_argument("--template", type=Path, metavar="OUT", help="tulis templat kosong ke OUT")
        parser.add_argument("--akun", action="store_true", help="buat akun bagi pegawai aktif yang belum punya")

    def handle(self, *, file: Path | None, dry_run: bool, template: Path | None, akun: bool, **_options: Any) -> None:
        if template is not None:
            template.write_bytes(importing.template())
            self.stdout.write(f"Templat ditulis ke {template}")
        if file is None:
            if template is None:
                raise CommandError("Sebutkan berkas XLSX, atau --template OUT.")
            return
        report = self.examine(file)
        if not dry_run:
            importing.apply(report, oleh=None)
            self.stdout.write("Tersimpan.")
            if akun:
                self.stdout.write(f"Akun dibuat: {importing.buat_akun_semua()}")

    def examine(self, file: Path) -> importing.ImportReport:
        try:
            report = importing.check(file.read_bytes())
        except OSError as error:
            raise CommandError(f"Berkas {file} tidak dapat dibaca: {error.strerror}.") from error
        for found in report.errors[:SHOWN]:
            self.stderr.write(_line(found))
        if report.errors:
            raise CommandError(f"{len(report.errors)} kesalahan; tidak ada yang disimpan.")
        for note in report.notes[:SHOWN]:
            self.stdout.write(f"Catatan: {_line(note)}")
        for lembar, jumlah in report.jumlah.items():
            self.stdout.write(f"{lembar}: {jumlah['baru']} baru, {jumlah['berubah']} berubah, {jumlah['tetap']} tetap")
        return report


def _line(found: importing.Kesalahan) -> str:
    place = ", ".join(filter(None, (found.sheet, f"baris {found.row}" if found.row else "", found.column)))
    return f"{place}: {found.message}" if place else found.message
