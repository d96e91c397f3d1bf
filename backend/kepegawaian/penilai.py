"""Who rates whom on a date: kinerja.md §2.4, for one person or for a whole city with the same few statements.

`load` reads everything that can matter for a set of people; `_resolve` is then a pure walk over it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.db.models.expressions import RawSQL

from backend.kepegawaian.enums import PENGGANTI, AlasanKosong, CaraPenilai, JenisPenugasan
from backend.kepegawaian.models import Delegasi, Pegawai, PejabatNonASN, Posisi, RiwayatJabatan, berlaku
from backend.platform.settings import setting

Orang = Pegawai | PejabatNonASN
ATAS = """
WITH RECURSIVE naik AS (
    SELECT unnest(%s::uuid[]) AS id
    UNION
    SELECT p.atasan_id FROM kepegawaian_posisi p JOIN naik ON p.id = naik.id WHERE p.atasan_id IS NOT NULL
) SELECT id FROM naik
"""
SEBAGAI_CARA = {
    JenisPenugasan.D: CaraPenilai.DEFINITIF,
    JenisPenugasan.PLT: CaraPenilai.PLT,
    JenisPenugasan.PJ: CaraPenilai.PJ,
    JenisPenugasan.PLH: CaraPenilai.PLH,
}


@dataclass(frozen=True)
class Penilai:
    """The result. `posisi`: the post whose tasks he gets. Nobody found: both people None and `alasan_kosong` set."""

    posisi: Posisi | None = None
    pegawai: Pegawai | None = None
    pejabat: PejabatNonASN | None = None
    cara: CaraPenilai | None = None
    alasan_kosong: AlasanKosong | None = None

    @property
    def orang(self) -> Orang | None:
        return self.pegawai or self.pejabat

    @property
    def ada(self) -> bool:
        return self.orang is not None

    @property
    def nama_jabatan(self) -> str:
        """Title as documents print it: with Plt./Plh. where he replaces; empty without a post."""
        if self.posisi is None:
            return ""
        awalan = {CaraPenilai.PLT: "Plt. ", CaraPenilai.PJ: "Pj. ", CaraPenilai.PLH: "Plh. "}.get(self.cara, "")  # type: ignore[arg-type]
        return f"{awalan}{self.posisi.jabatan.nama}"


@dataclass
class Susunan:
    """What is known on a date about some people, the posts above them, and who sits there."""

    pada: date
    jabatan: dict[UUID, RiwayatJabatan] = field(default_factory=dict)  # pegawai → active definitive row
    posisi: dict[UUID, Posisi] = field(default_factory=dict)  # every post at or above an atasan
    duduk: dict[UUID, list[tuple[JenisPenugasan, Orang]]] = field(default_factory=lambda: defaultdict(list))
    delegasi: list[tuple[Delegasi, Posisi]] = field(default_factory=list)  # with the TT post of its holder
    kedudukan_aktif: frozenset[str] = frozenset()
    naik_bila_plt: bool = True


def penilai(pegawai: Pegawai, pada: date, override: Orang | None = None) -> Penilai:
    """The penilai of one person on a date. `override`: set on the SKP by an admin with a reason."""
    return penilai_semua([pegawai], pada, override={pegawai.pk: override} if override else {})[pegawai.pk]


def penilai_semua(
    pegawai: Iterable[Pegawai], pada: date, override: Mapping[UUID, Orang] | None = None
) -> dict[UUID, Penilai]:
    """The penilai of many people, by id of the pegawai; the number of statements does not grow with them."""
    people, chosen = list(pegawai), dict(override or {})
    susunan = load(people, pada, candidates=chosen.values())
    return {orang.pk: _resolve(orang, susunan, override=chosen.get(orang.pk)) for orang in people}


def atasan_penilai(pegawai: Pegawai, pada: date, override: Orang | None = None) -> Penilai:
    """The penilai of the penilai; nobody when the penilai is not an ASN or is not known."""
    dia = penilai(pegawai, pada, override).pegawai
    return penilai(dia, pada) if dia else Penilai(alasan_kosong=AlasanKosong.TANPA_ATASAN)


# --- Reading ------------------------------------------------------------------------------------------------------


def load(people: Sequence[Pegawai], pada: date, *, candidates: Iterable[Orang] = ()) -> Susunan:
    """Read what the resolution of these people may need: seven statements at most."""
    susunan = Susunan(
        pada,
        kedudukan_aktif=frozenset(setting("kedudukan_aktif")),
        naik_bila_plt=setting("naik_satu_tingkat_bila_plt"),
    )
    ids = {orang.pk for orang in people}
    susunan.delegasi = _delegasi(pada)
    of_interest = (
        ids | {c.pk for c in candidates if isinstance(c, Pegawai)} | {d.pegawai_id for d, _ in susunan.delegasi}
    )
    rows = RiwayatJabatan.objects.pada(pada).definitif().filter(pegawai__in=of_interest)
    susunan.jabatan = {row.pegawai_id: row for row in rows}
    _load_posts(susunan)
    return susunan


def _load_posts(susunan: Susunan) -> None:
    """The posts of these people and all above, and who sits where a search may come by."""
    rows = susunan.jabatan.values()
    ids = {row.posisi_id for row in rows} | {row.atasan_id for row in rows if row.atasan_id}
    above = Posisi.objects.filter(pk__in=RawSQL(ATAS, [list(ids)]))  # noqa: S611 a constant statement
    susunan.posisi = {posisi.pk: posisi for posisi in above.select_related("jabatan", "unor")}
    for row in rows:
        row.posisi = susunan.posisi[row.posisi_id]
    seats = _ladder(susunan)
    held = RiwayatJabatan.objects.pada(susunan.pada).filter(posisi__in=seats).exclude(jenis_penugasan=JenisPenugasan.TT)
    for row in held.select_related("pegawai").order_by("-mulai", "pk"):
        susunan.duduk[row.posisi_id].append((JenisPenugasan(row.jenis_penugasan), row.pegawai))
    for pejabat in PejabatNonASN.objects.filter(berlaku(susunan.pada), posisi__in=seats):
        susunan.duduk[pejabat.posisi_id].append((JenisPenugasan.D, pejabat))


def _ladder(susunan: Susunan) -> set[UUID]:
    """The posts of the superiors and those above them."""
    seats: set[UUID] = set()
    for row in susunan.jabatan.values():
        at = row.atasan_id
        while at is not None and at not in seats:
            seats.add(at)
            at = susunan.posisi[at].atasan_id
    return seats


def _delegasi(pada: date) -> list[tuple[Delegasi, Posisi]]:
    """Delegations in force whose holder has a TT row on the date, with the post of that row; the latest first."""
    tt = RiwayatJabatan.objects.pada(pada).filter(jenis_penugasan=JenisPenugasan.TT)
    rows = (
        Delegasi.objects.pada(pada)
        .select_related("pegawai", "lingkup_unor")
        .prefetch_related(
            Prefetch("lingkup_pegawai", Pegawai.objects.only("id"), to_attr="daftar_pegawai"),
            Prefetch(
                "pegawai__riwayat_jabatan",
                tt.select_related("posisi__jabatan", "posisi__unor").order_by("-mulai", "pk"),
                to_attr="tugas_tambahan",
            ),
        )
        .order_by("-mulai", "pk")
    )
    return [(row, held[0].posisi) for row in rows if (held := row.pegawai.tugas_tambahan)]  # type: ignore[attr-defined]


# --- Walking ------------------------------------------------------------------------------------------------------


def _resolve(pegawai: Pegawai, susunan: Susunan, *, override: Orang | None) -> Penilai:
    if override is not None and (hasil := _override(pegawai, susunan, override)):
        return hasil
    row = susunan.jabatan.get(pegawai.pk)
    if row is None:
        return Penilai(alasan_kosong=AlasanKosong.TANPA_RIWAYAT)
    if hasil := _delegated(pegawai, susunan, row):
        return hasil
    if row.atasan_id is None:
        return Penilai(alasan_kosong=AlasanKosong.TANPA_ATASAN)
    return _climb(pegawai, susunan, row.atasan_id)


def _override(pegawai: Pegawai, susunan: Susunan, orang: Orang) -> Penilai | None:
    if isinstance(orang, PejabatNonASN):
        posisi = susunan.posisi.get(orang.posisi_id) or orang.posisi
        in_office = orang.mulai <= susunan.pada and (orang.sampai is None or orang.sampai >= susunan.pada)
        return Penilai(posisi, pejabat=orang, cara=CaraPenilai.OVERRIDE) if in_office else None
    row = susunan.jabatan.get(orang.pk)
    if row is None or not row.posisi.dapat_menilai or not _valid(orang, pegawai, susunan):
        return None
    return Penilai(row.posisi, orang, cara=CaraPenilai.OVERRIDE)


def _delegated(pegawai: Pegawai, susunan: Susunan, row: RiwayatJabatan) -> Penilai | None:
    """A delegate who names the person wins over one who names his unit; a nearer unit over a wider one."""
    found = []
    for delegasi, posisi in susunan.delegasi:
        nearness = _nearness(delegasi, pegawai, row)
        if nearness and _valid(delegasi.pegawai, pegawai, susunan) and not _above(row.posisi_id, delegasi, susunan):
            found.append((nearness, delegasi.pegawai, posisi))
    if not found:
        return None
    _, orang, posisi = max(found, key=lambda item: item[0])
    return Penilai(posisi, orang, cara=CaraPenilai.DELEGASI)


def _nearness(delegasi: Delegasi, pegawai: Pegawai, row: RiwayatJabatan) -> int:
    """0: the letter does not cover the person."""
    if any(named.pk == pegawai.pk for named in delegasi.daftar_pegawai):  # type: ignore[attr-defined]
        return 10_000
    unit = delegasi.lingkup_unor
    return len(unit.path) if unit is not None and unit.pk in row.posisi.unor.path else 0


def _above(posisi: UUID, delegasi: Delegasi, susunan: Susunan) -> bool:
    """The post stands above the delegate: nobody rates his superior (colleagues on one post are not superiors)."""
    row = susunan.jabatan.get(delegasi.pegawai_id)
    naik = [row.atasan_id, row.posisi.atasan_id] if row else []
    while naik:
        at = naik.pop()
        if at == posisi:
            return True
        if at in susunan.posisi:
            naik.append(susunan.posisi[at].atasan_id)
    return False


def _climb(pegawai: Pegawai, susunan: Susunan, posisi_id: UUID) -> Penilai:
    """The post's holder, else who replaces him; one post higher while the person himself is the replacement."""
    at: UUID | None = posisi_id
    while at is not None:
        posisi, duduk = susunan.posisi[at], susunan.duduk[at]
        if hasil := _at_post(pegawai, susunan, posisi):
            return hasil
        himself = any(jenis in PENGGANTI and _same(orang, pegawai) for jenis, orang in duduk)
        if not (himself and susunan.naik_bila_plt):
            return Penilai(alasan_kosong=AlasanKosong.TIDAK_SAH if duduk else AlasanKosong.KOSONG)
        at = posisi.atasan_id
    return Penilai(alasan_kosong=AlasanKosong.KOSONG)


def _at_post(pegawai: Pegawai, susunan: Susunan, posisi: Posisi) -> Penilai | None:
    if not posisi.dapat_menilai:
        return None
    for jenis in (JenisPenugasan.D, *PENGGANTI):
        for sebagai, orang in susunan.duduk[posisi.pk]:
            if sebagai != jenis or not _valid(orang, pegawai, susunan):
                continue
            siapa: dict[str, Any] = {"pejabat" if isinstance(orang, PejabatNonASN) else "pegawai": orang}
            return Penilai(posisi, cara=SEBAGAI_CARA[jenis], **siapa)
    return None


def _valid(orang: Orang, pegawai: Pegawai, susunan: Susunan) -> bool:
    """Not the person himself, and in service."""
    if isinstance(orang, PejabatNonASN):
        return True
    return orang.pk != pegawai.pk and orang.kedudukan_hukum in susunan.kedudukan_aktif


def _same(orang: Orang, pegawai: Pegawai) -> bool:
    return isinstance(orang, Pegawai) and orang.pk == pegawai.pk


def dinilai_oleh_delegasi(user: Any, pada: date) -> Q | None:
    """Condition on Pegawai: those whom a delegation of this user covers on a date; None when he has none."""
    tt = RiwayatJabatan.objects.pada(pada).filter(jenis_penugasan=JenisPenugasan.TT, pegawai=OuterRef("pegawai"))
    mine = dict(Delegasi.objects.pada(pada).filter(Exists(tt), pegawai__user=user.pk).values_list("pk", "lingkup_unor"))
    if not mine:
        return None
    units = [unor for unor in mine.values() if unor is not None]
    in_units = RiwayatJabatan.objects.pada(pada).definitif().filter(posisi__unor__path__overlap=units)
    named = Delegasi.lingkup_pegawai.through.objects.filter(delegasi__in=list(mine)).values("pegawai")
    return (Q(pk__in=named) | Q(pk__in=in_units.values("pegawai"))) & ~Q(user=user.pk)
