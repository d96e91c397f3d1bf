from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.kinerja.services import impor


class Command(BaseCommand):
    """Import SKP, RHK, IKI and renaksi of many pegawai from a workbook: all rows or none."""

    help = "Mengimpor SKP dari berkas Excel: seluruhnya atau tidak sama sekali."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("berkas", nargs="?", type=Path, help="berkas .xlsx")
        parser.add_argument("--dry-run", action="store_true", help="hanya memeriksa; tidak ada yang disimpan")
        parser.add_argument("--template", type=Path, metavar="OUT", help="menulis templat kosong ke berkas ini")

    def handle(self, *, berkas: Path | None, dry_run: bool, template: Path | None, **_options: Any) -> None:
        if template is not None:
            template.write_bytes(impor.template())
            self.stdout.write(f"Templat ditulis ke {template}")
            return
        if berkas is None or not berkas.is_file():
            raise CommandError("Sebutkan berkas .xlsx yang ada, atau --template OUT untuk membuat templat.")
        with berkas.open("rb") as isi:
            hasil = impor.check(isi)
        for line in impor.lines(hasil):
            self.stderr.write(line)
        if hasil.errors:
            raise CommandError(f"{len(hasil.errors)} kesalahan. Tidak ada yang disimpan.")
        jumlah = hasil.counts if dry_run else impor.apply(hasil, oleh=None)
        kata = "Pemeriksaan selesai, belum disimpan" if dry_run else "Tersimpan"
        self.stdout.write(f"{kata}: " + ", ".join(f"{n} {nama}" for nama, n in jumlah.items()))
