"""Computing periods: facts, gates, the nine steps, and storing with the trace. Running it again gives the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.core.errors import DomainError
from backend.core.memori import tanpa_pengumpul
from backend.core.periode import akhir_bulan
from backend.rules.errors import AmbiguousRule, NoRuleMatched, WrongType
from backend.tpp import enums
from backend.tpp.aturan import Aturan
from backend.tpp.bentuk import NOL, HasilAliran
from backend.tpp.calculations import hitung
from backend.tpp.errors import TahunBerjalanMissing
from backend.tpp.fakta import Lingkup, Orang, kumpulkan
from backend.tpp.models import Periode
from backend.tpp.services.dasar import catat, giliran, periksa_status
from backend.tpp.services.gerbang import blokir, gerbang
from backend.tpp.services.simpan import TOTAL, Dihitung, Ditahan, hapus_hasil, simpan_hasil
from backend.tpp.services.susulan import hitung_susulan

TANPA_ATURAN = "ATURAN"  # a table has no row, or two, for the facts of a person
SY_PAJAK = "SY-07"  # the year before is missing: the same gate as a missing gaji
Isi = tuple[Periode, list[Dihitung], list[Ditahan]]


@transaction.atomic
def hitung_periode(periode: Sequence[Periode], *, oleh: Any, kini: datetime | None = None) -> list[Periode]:
    """Compute periods of one month and run, together. Results before are replaced. States stay; each run is numbered.

    Raises PeriodeTerkunci, PeriodeSalahStatus, and NoVersion for a month without rules.
    """
    giliran(periode)
    ids = [satu.pk for satu in periode]
    semua = list(Periode.objects.select_for_update(of=("self",)).select_related("aliran", "opd").filter(pk__in=ids))
    periksa_status(semua, *enums.DAPAT_DIHITUNG)
    aturan = aturan_bulan(semua[0])
    susulan = semua[0].run == enums.Run.SUSULAN
    with tanpa_pengumpul():
        orang = kumpulkan(lingkup(semua), aturan)
        isi = [_isi_susulan(satu, orang, aturan) for satu in semua] if susulan else _isi(semua, orang, aturan)
        hapus_hasil(ids)
        simpan_hasil(isi)
    for satu, dihitung, _ in isi:
        _catat_hitungan(satu, dihitung, aturan, kini=kini or timezone.now(), oleh=oleh)
    return semua


def aturan_bulan(periode: Periode) -> Aturan:
    """The versions in force on the last day of the month of a period; for tax, of the month of payment."""
    bulan = periode.bulan_bayar
    return Aturan(akhir_bulan(bulan.year, bulan.month))


def lingkup(periode: Sequence[Periode]) -> Lingkup:
    """What these periods (one month, one run) take in; streams locked before are not computed again."""
    satu = periode[0]
    if satu.run == enums.Run.SUSULAN:  # its facts are those of the month of payment: only the tax is computed from them
        return Lingkup(tuple(sorted(row.opd_id for row in periode)), satu.bulan_bayar, satu.bulan_bayar, satu.run)
    terkunci: dict[UUID, set[str]] = defaultdict(set)
    opd = {row.opd_id for row in periode}
    rows = Periode.objects.terkunci().filter(opd__in=opd, bulan=satu.bulan, run=satu.run, urutan=satu.urutan)
    for milik, aliran in rows.values_list("opd", "aliran__kode"):
        terkunci[_ada(milik)].add(aliran)
    lain = {milik: frozenset(kode) for milik, kode in terkunci.items()}
    return Lingkup(tuple(sorted(opd)), satu.bulan, satu.bulan_bayar, satu.run, lain)


def _ada(opd: UUID | None) -> UUID:
    assert opd is not None  # noqa: S101 a period always has its OPD
    return opd


def _isi(periode: Sequence[Periode], orang: Sequence[Orang], aturan: Aturan) -> list[Isi]:
    """Who is paid and who is kept out, for each period. A person is computed once, over all his open streams."""
    menurut: dict[UUID, list[Isi]] = defaultdict(list)
    for satu in periode:
        menurut[satu.opd_id].append((satu, [], []))
    for siapa in orang:
        tujuan = menurut[siapa.baris.opd]
        tahan, hasil = hitung_orang(siapa, aturan)
        for satu, dihitung, ditahan in tujuan:
            bagian = hasil.get(satu.aliran.kode)
            if bagian is not None:
                dihitung.append(bagian)
            if bagian is not None or not hasil:
                ditahan.extend(tahan)
    return [satu for semua in menurut.values() for satu in semua]


def _isi_susulan(periode: Periode, orang: Sequence[Orang], aturan: Aturan) -> Isi:
    """The differences of the people of one susulan period."""
    milik = [siapa for siapa in orang if siapa.baris.opd == periode.opd_id]
    return periode, *hitung_susulan(periode, milik, aturan)


def hitung_orang(siapa: Orang, aturan: Aturan) -> tuple[list[Ditahan], dict[str, Dihitung]]:
    """Gates and results by stream of one person. A blocked person has no results."""
    tahan = gerbang(siapa, aturan, neto=0)
    if siapa.masukan is None or blokir(tahan):
        return tahan, {}
    try:
        hasil = hitung(siapa.masukan, aturan)
    except TahunBerjalanMissing as error:
        return [*tahan, _tahan(siapa, SY_PAJAK, error)], {}
    except (NoRuleMatched, AmbiguousRule, WrongType) as error:  # his facts have no row: he waits, the others are paid
        return [*tahan, _tahan(siapa, TANPA_ATURAN, error)], {}
    if hasil.neto < NOL:
        tahan = gerbang(siapa, aturan, neto=hasil.neto)
        if blokir(tahan):
            return tahan, {}
    return tahan, {satu.kode: Dihitung(siapa, hasil, satu) for satu in hasil.aliran}


def _tahan(siapa: Orang, kode: str, error: DomainError) -> Ditahan:
    return Ditahan(siapa.baris.pegawai, kode, enums.Tingkat.BLOKIR, error.message[:200])


def _catat_hitungan(
    periode: Periode, dihitung: Sequence[Dihitung], aturan: Aturan, *, kini: datetime, oleh: Any
) -> None:
    periode.hitungan_ke += 1
    periode.dihitung_pada = kini
    periode.jumlah_pegawai = len(dihitung)
    periode.total = jumlahkan([satu.aliran for satu in dihitung])
    periode.versi = aturan.versi
    periode.save(update_fields=["hitungan_ke", "dihitung_pada", "jumlah_pegawai", "total", "versi", "diubah_pada"])
    catat(periode, "tpp.dihitung", oleh=oleh, hitungan_ke=periode.hitungan_ke, total=periode.total, versi=periode.versi)


def jumlahkan(aliran: Sequence[HasilAliran]) -> dict[str, int]:
    """Sums of the amounts of a period."""
    return {nama: int(sum((getattr(satu, nama) for satu in aliran), NOL)) for nama in TOTAL}
