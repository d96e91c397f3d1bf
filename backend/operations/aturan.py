"""Who is told of the rule tables that a release brings."""

from __future__ import annotations

from django.utils import timezone

from backend.accounts.roles import Peran
from backend.kepegawaian.models import PeranUser
from backend.platform import notices
from backend.rules.versions import Published


def tell_admin_proses(published: Published) -> None:
    """A shipped table only became a draft: whoever holds admin_proses decides when it rules (decision 21)."""
    holders = PeranUser.objects.pada(timezone.localdate()).filter(peran=Peran.ADMIN_PROSES).select_related("user")
    versi = published.version
    notices.notify(
        [holder.user for holder in holders],
        "aturan.draf_dari_rilis",
        f"Tabel {versi.decision} dari rilis menunggu keputusan Anda",
        f"{published.alasan} Isi baru disimpan sebagai draf ({versi}). Periksa isinya, lalu terbitkan bila sesuai.",
    )
