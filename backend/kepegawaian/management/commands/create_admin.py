from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from backend.accounts import services as akun
from backend.accounts.models import User, normal_username
from backend.accounts.roles import PERAN_KOTA, Peran
from backend.core.errors import DomainError
from backend.kepegawaian import services


class Command(BaseCommand):
    """Make the first administrator of an installation, or give an account one more whole-city role."""

    help = "Membuat admin pertama (atau memberi peran seluruh kota) dan menampilkan kata sandi sekali pakai."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="NIP atau nama pengguna")
        parser.add_argument("--nama", default="", help="nama lengkap bagi akun baru")
        parser.add_argument("--peran", default=Peran.BKPSDM, choices=sorted(PERAN_KOTA))

    @transaction.atomic
    def handle(self, *, username: str, nama: str, peran: str, **_options: Any) -> None:
        name = normal_username(username)
        user = User.objects.filter(username=name).first()
        if user is None:
            sandi = akun.buat_sandi()
            user = User.objects.create_user(name, sandi, nama=nama or name)
            self.stdout.write(f"Akun {name} dibuat. Kata sandi sekali pakai: {sandi}")
        try:
            services.tetapkan_peran(user, oleh=None, peran=peran)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Peran {Peran(peran).label} diberikan kepada {user}.")
