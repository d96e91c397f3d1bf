"""Import of units, posts, people and riwayat jabatan from one workbook: check, then apply all or nothing.

report = importing.check(file)          # a real run, rolled back: what it counts is what apply will do
if report.ok: importing.apply(report, oleh=user)
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import IO

from django.db import transaction

from backend.accounts.models import User
from backend.core.errors import DomainError
from backend.kepegawaian.importing.buku import LEMBAR, Buku, read, template
from backend.kepegawaian.importing.jalan import Hasil, Jalan
from backend.kepegawaian.models import Pegawai
from backend.platform.lembar import Galat as Kesalahan

__all__ = ["LEMBAR", "ImporDitolak", "ImportReport", "Kesalahan", "apply", "buat_akun_semua", "check", "template"]

KEY_LENGTH = 12


class ImporDitolak(DomainError):
    """Berkas ini mempunyai {banyak} kesalahan, sehingga tidak ada satu baris pun yang disimpan. Perbaiki lalu unggah lagi."""


@dataclass
class ImportReport:
    """What an import would do. `jumlah`: sheet → `baru`, `berubah`, `tetap`; `notes` stop nothing but should be read."""

    buku: Buku
    sumber: str
    rows: int = 0
    errors: list[Kesalahan] = field(default_factory=list)
    notes: list[Kesalahan] = field(default_factory=list)
    jumlah: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.errors

    @property
    def counts(self) -> dict[str, int]:
        """Label → number of rows, as the import page shows it; rows read per sheet while there are errors."""
        if self.errors:
            return {lembar: len(rows) for lembar, rows in self.buku.baris.items()}
        return {
            f"{lembar}, {keadaan}": n for lembar, jumlah in self.jumlah.items() for keadaan, n in jumlah.items() if n
        }


def check(file: IO[bytes] | bytes) -> ImportReport:
    """Read a workbook and try it against the database, writing nothing. Never raises for what is in the file.

    Cells are judged first; rows are tried when every cell can be read, sheet after sheet until one has errors.
    """
    content = file if isinstance(file, bytes) else file.read()
    buku = read(content)
    report = ImportReport(
        buku, f"impor:{hashlib.sha256(content).hexdigest()[:KEY_LENGTH]}", errors=list(buku.kesalahan)
    )
    report.rows = sum(len(rows) for rows in buku.baris.values())
    if report.ok:
        with transaction.atomic():
            _take_over(report, Jalan(buku, oleh=None, sumber=report.sumber).run())
            transaction.set_rollback(True)
    return report


def apply(report: ImportReport, *, oleh: User | None) -> ImportReport:
    """Write everything, or nothing. Raises ImporDitolak; the errors are then in `report.errors`."""
    if not report.ok:
        raise ImporDitolak(banyak=len(report.errors))
    with transaction.atomic():
        _take_over(report, Jalan(report.buku, oleh=oleh, sumber=report.sumber).run())
        if not report.ok:  # the database changed since the check
            raise ImporDitolak(banyak=len(report.errors))
    return report


def _take_over(report: ImportReport, hasil: Hasil) -> None:
    report.errors, report.notes, report.jumlah = hasil.kesalahan, hasil.catatan, hasil.jumlah


@transaction.atomic
def buat_akun_semua() -> int:
    """Make accounts for people in service who have none. They set their first password by e-mail, or get one from an admin."""
    people = list(Pegawai.objects.aktif().filter(user=None))
    users = [User(username=orang.nip, nama=orang.nama_lengkap, email=orang.email) for orang in people]
    for user, orang in zip(users, people, strict=True):
        user.set_unusable_password()
        orang.user = user
    User.objects.bulk_create(users, batch_size=1000)
    Pegawai.objects.bulk_update(people, ["user"], batch_size=1000)
    return len(users)
