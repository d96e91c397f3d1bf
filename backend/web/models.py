"""What the pages themselves remember: how often a user opens a menu (item 1n)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class PemakaianMenu(models.Model):
    """How often one user opened one menu. `kunci` is the key of a menu in `backend.web.menu`."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    kunci = models.CharField(max_length=40)
    jumlah = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kunci"], name="one_count_per_user_and_menu")]

    def __str__(self) -> str:
        return f"{self.kunci}: {self.jumlah}"
