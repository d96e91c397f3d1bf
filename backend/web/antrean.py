"""Work items as pages show them: own tasks, decisions, and at whose desk a case lies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.periode import tanggal, waktu
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.enums import PENGGANTI
from backend.kepegawaian.models import Posisi
from backend.web import kata
from backend.workflow.models import WorkItem

MAKS_TUGAS = 5
MAKS_TERBUKA = 500


def terbuka(user: User, pada: datetime) -> list[WorkItem]:
    """Open items this user may act on, by due date."""
    rows = WorkItem.objects.for_user(user, pada).open().defer("draft").select_related("instance")
    return list(rows.defer("instance__state")[:MAKS_TERBUKA])


def milik_sendiri(items: Iterable[WorkItem], user: User) -> list[WorkItem]:
    """Items addressed to the person himself: what he fills in, not what he decides."""
    return [item for item in items if item.assignee_id == user.pk]


def untuk_diputus(items: Iterable[WorkItem], user: User) -> list[WorkItem]:
    """Items that reached him through a post or a role."""
    return [item for item in items if item.assignee_id != user.pk or item.lane != Peran.ASN]


def jumlah_terbuka(user: User, pada: datetime) -> dict[str, int]:
    """Numbers beside *Kinerja* (`tugas`) and *Kotak masuk* (`masuk`), in one statement."""
    baris = WorkItem.objects.for_user(user, pada).open().order_by().values_list("assignee", "lane")
    sendiri = sum(1 for assignee, lane in baris if assignee == user.pk and lane == Peran.ASN)
    return {"tugas": sendiri, "masuk": len(baris) - sendiri}


@dataclass(frozen=True)
class Meja:
    """Who must act on an open item, and since when."""

    siapa: str
    sejak: datetime
    tanpa_orang: bool = False

    @property
    def kalimat(self) -> str:
        """`Di meja Damar Prakosa sejak 8 April 2025, 09.10`."""
        return f"Di meja {self.siapa} sejak {waktu(self.sejak)}"


def meja(items: Sequence[WorkItem], pada: datetime) -> dict[UUID, Meja]:
    """At whose desk each item lies now, by item id."""
    posisi = _nama_pemegang({i.candidate_posisi for i in items if i.assignee_id is None and i.candidate_posisi}, pada)
    hasil = {}
    for item in items:
        if item.assignee_id and item.assignee:
            siapa, kosong = item.assignee.nama, False
        elif item.candidate_posisi:
            siapa, kosong = posisi[item.candidate_posisi]
        else:
            siapa, kosong = Peran(item.candidate_peran).label, False
        hasil[item.pk] = Meja(siapa, item.created_at, kosong)
    return hasil


def _nama_pemegang(posisi: Collection[UUID], pada: datetime) -> dict[UUID, tuple[str, bool]]:
    """Post → (who holds it in words, whether nobody does), in four statements."""
    if not posisi:
        return {}
    pemegang = kepegawaian.pemegang_semua(posisi, timezone.localdate(pada))
    hasil = {}
    for satu in Posisi.objects.filter(pk__in=posisi).select_related("jabatan"):
        orang = [_sebutan(p) for p in pemegang.get(satu.pk, [])]
        hasil[satu.pk] = (", ".join(orang[:2]) or f"{satu.jabatan.nama} (kosong)", not orang)
    return hasil


def _sebutan(pemegang: kepegawaian.Pemegang) -> str:
    """`Damar Prakosa`, `Sinta Ayu (Plt.)`."""
    nama = pemegang.orang.nama
    return f"{nama} ({pemegang.sebagai.label})" if pemegang.sebagai in PENGGANTI else nama


# --- Cards of the home page -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kartu:
    """One thing to do: the item, its date, what the button says."""

    item: WorkItem
    sisa: str
    nada: str
    tombol: str
    dikembalikan: bool

    @property
    def judul(self) -> str:
        return self.item.title or self.item.instance.title or self.item.name

    @property
    def keterangan(self) -> str:
        """The facts of the card in one line."""
        fakta = [f"{label}: {nilai}" if label else str(nilai) for label, nilai in self.item.facts]
        return ". ".join([f"Langkah {self.item.name}", *fakta]) + "."


def kartu(item: WorkItem, pada: datetime) -> Kartu:
    """The card of one own task."""
    sisa, nada = (
        kata.sisa(timezone.localdate(item.due_at), hari_ini=timezone.localdate(pada)) if item.due_at else ("", "")
    )
    kembali = item.round > 1
    tombol = "Perbaiki" if kembali else "Lanjutkan isian" if item.draft or item.claimed_at else "Isi sekarang"
    return Kartu(item, sisa, nada, tombol, kembali)


def tenggat_kalimat(item: WorkItem) -> str:
    """`Tenggat 10 April 2025`, empty without one."""
    return f"Tenggat {tanggal(item.due_at)}" if item.due_at else ""


def berikut(user: User, pada: datetime, *, selain: UUID) -> WorkItem | None:
    """The next open item of the user, by due date."""
    return next((item for item in terbuka(user, pada) if item.pk != selain), None)


def terkait(instance_ids: Collection[UUID]) -> list[WorkItem]:
    """Open items of some instances, with the people they are addressed to."""
    return list(WorkItem.objects.filter(Q(instance__in=instance_ids)).open().select_related("instance", "assignee"))
