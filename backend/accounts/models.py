"""Users and API tokens. Roles and scope belong to kepegawaian."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Tema(models.TextChoices):
    SISTEM = "sistem", "Mengikuti perangkat"
    TERANG = "terang", "Terang"
    GELAP = "gelap", "Gelap"


def normal_username(value: str) -> str:
    """A NIP may be typed with spaces or dots between its parts; names are lower case."""
    words = value.strip().lower()
    digits = words.replace(" ", "").replace(".", "")
    return digits if digits.isdigit() else words.replace(" ", "")


class UserManager(BaseUserManager["User"]):
    """Users are found by NIP or name, spaces allowed."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Make an active user; without a password nobody can sign in until an admin sets one."""
        user = self.model(username=normal_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=normal_username(username or ""))


class User(AbstractBaseUser):
    """Somebody who can sign in: an ASN (username = NIP) or an official without NIP (username = a name)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField("NIP atau nama pengguna", max_length=64, unique=True)
    nama = models.CharField("nama", max_length=200)
    email = models.EmailField("surel", blank=True, default="")
    is_active = models.BooleanField("aktif", default=True)
    wajib_ganti_sandi = models.BooleanField("wajib mengganti kata sandi", default=True)
    tema = models.CharField("tampilan", max_length=8, choices=Tema.choices, default=Tema.SISTEM)
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["nama"]

    class Meta:
        ordering: ClassVar = ["nama"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(username__regex=r"^[a-z0-9._-]{3,64}$"), name="username_is_plain"),
            models.CheckConstraint(condition=Q(tema__in=Tema.values), name="user_tema_known"),
        ]

    def __str__(self) -> str:
        return self.nama

    def get_full_name(self) -> str:
        return self.nama

    def get_short_name(self) -> str:
        return self.nama.split(" ", 1)[0]


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: Any) -> ApiTokenQuerySet:
        return self.filter(user=user)


class ApiToken(models.Model):
    """A key to the API. Only the sha256 of the secret is kept; `awalan` lets its owner tell tokens apart."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    nama = models.CharField(max_length=100)
    awalan = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)
    kedaluwarsa_pada = models.DateTimeField(null=True, blank=True)
    dipakai_pada = models.DateTimeField(null=True, blank=True)
    dicabut_pada = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-dibuat_pada"]

    def __str__(self) -> str:
        return f"{self.nama} ({self.awalan}…)"
