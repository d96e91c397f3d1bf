"""What-if: a draft version over locked months, from their frozen facts. Locked rows are only read (tpp.md §10)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.core.memori import tanpa_pengumpul
from backend.core.periode import akhir_bulan
from backend.platform import audit, jobs
from backend.platform.models import Job
from backend.rules.enums import StatusAturan
from backend.rules.errors import AmbiguousRule, NoRuleMatched, WrongType
from backend.rules.models import RuleVersion
from backend.tpp import enums, errors
from backend.tpp.aturan import Aturan
from backend.tpp.beku import cairkan
from backend.tpp.bentuk import Besaran, Hasil, HasilAliran, Masukan, MasukanAliran, Penugasan
from backend.tpp.calculations import hitung
from backend.tpp.fakta import besaran_posisi
from backend.tpp.models import Hasil as BarisHasil
from backend.tpp.models import Periode, Simulasi, SimulasiBaris
from backend.tpp.services.besaran import TABEL as BESARAN
from backend.tpp.services.susulan import Isi, isi_satu, isi_versi

SIMULASI = "tpp_simulasi"
AUDIT_DRAF = "aturan.draf_disimpan"
BATAS_SEBARAN = (
    -1_000_000,
    -500_000,
    -250_000,
    -100_000,
    -50_000,
    -10_000,
    0,
    10_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
)
POTONGAN = 2000


@dataclass(slots=True)
class Selisih:
    """One person and month: amounts before and after, and which changed rule rows caused how much of neto."""

    pegawai: UUID
    opd: UUID
    bulan: date
    lama: tuple[int, int, int]  # bruto, neto, spm
    baru: tuple[int, int, int] = (0, 0, 0)
    sebab: dict[str, int] = field(default_factory=dict)
    gagal: bool = False  # the draft has no row for his facts

    @property
    def berubah(self) -> bool:
        return self.lama != self.baru and not self.gagal


@dataclass(frozen=True, slots=True)
class Tahap:
    """The rules of a month after one more draft has been put in; `tabel` names that draft ("" for the rules in force)."""

    tabel: str
    aturan: Aturan


# --- The calculation ---------------------------------------------------------------------------------------------------------


def bandingkan(masukan: Masukan, tahap: Sequence[Tahap]) -> Iterator[tuple[str, Hasil]]:
    """The result under each stage, one draft after the other, so that every delta has one cause."""
    for satu in tahap:
        besaran = satu.tabel.startswith(BESARAN)
        if besaran:
            masukan = ganti_besaran(masukan, satu.aturan)
        yield satu.tabel, hitung(masukan, satu.aturan)


def ganti_besaran(masukan: Masukan, aturan: Aturan) -> Masukan:
    """The same facts with the amounts that the rules at hand give their posts; a post without a row keeps its amount."""

    def baru(kode: str, satu: Besaran) -> Besaran:
        if satu.posisi is None:
            return satu
        return besaran_posisi(aturan, kode, satu.posisi) or satu

    def aliran(satu: MasukanAliran) -> MasukanAliran:
        bagian = tuple(replace(b, besaran=baru(satu.kode, b.besaran)) for b in satu.bagian)
        return MasukanAliran(satu.kode, baru(satu.kode, satu.besaran), bagian)

    def kedua(satu: Penugasan) -> Penugasan:
        return replace(satu, besaran={kode: baru(kode, besaran) for kode, besaran in satu.besaran.items()})

    return replace(
        masukan, aliran=tuple(aliran(satu) for satu in masukan.aliran), plt=tuple(kedua(satu) for satu in masukan.plt)
    )


def baris_berubah(tabel: str, lama: Hasil, baru: Hasil) -> str:
    """The rows of a table that say something else than before, as `absen_potongan AP-TK`; the table alone when none does."""
    nama = tabel.partition(":")[0]

    def bicara(hasil: Hasil) -> set[tuple[str, str, str, str]]:
        return {(j.kode_baris, j.aliran, j.kriteria, j.rumus) for j in hasil.jejak if j.tabel == nama}

    beda = bicara(lama) ^ bicara(baru)
    kode = ", ".join(sorted({satu[0] for satu in beda}))
    return f"{nama} {kode}".strip()


# --- A run over locked months ------------------------------------------------------------------------------------------------------


def minta_simulasi(draf: Iterable[RuleVersion], *, bulan: Sequence[date], opd: Sequence[UUID] = (), oleh: Any) -> Job:
    """Run in the background; a second press with the same question joins the running job."""
    parameter = {
        "draf": sorted(str(satu.pk) for satu in draf), "bulan": sorted(satu.isoformat() for satu in bulan),
        "opd": sorted(str(satu) for satu in opd),
    }  # fmt: skip
    kunci = json.dumps(parameter, sort_keys=True)
    return jobs.start(SIMULASI, kunci=kunci[:200], parameter=parameter, oleh=oleh, judul="Simulasi aturan TPP")


@jobs.job(SIMULASI)
def jalankan_job(job: Job, progress: jobs.Progress) -> Mapping[str, Any]:
    draf = list(RuleVersion.objects.filter(pk__in=job.parameter["draf"]))
    bulan = [date.fromisoformat(satu) for satu in job.parameter["bulan"]]
    progress(0, total=len(bulan), pesan="Menghitung ulang dari fakta yang dibekukan")
    simulasi = jalankan(draf, bulan=bulan, opd=[UUID(satu) for satu in job.parameter["opd"]], oleh=job.oleh)
    return {"simulasi": str(simulasi.pk)}


@transaction.atomic
def jalankan(draf: Sequence[RuleVersion], *, bulan: Sequence[date], opd: Sequence[UUID] = (), oleh: Any) -> Simulasi:
    """Compute locked months with drafts and store the differences. Raises BukanDraf, TidakAdaBulanTerkunci."""
    for satu in draf:
        if satu.status != StatusAturan.DRAFT:
            raise errors.BukanDraf(versi=satu)
    periode = Periode.objects.terkunci().filter(bulan__in=bulan, run=enums.Run.BULANAN).select_related("aliran")
    periode = periode.filter(opd__in=opd) if opd else periode
    semua = list(periode)
    if not semua:
        raise errors.TidakAdaBulanTerkunci
    simulasi = Simulasi.objects.create(
        draf={satu.kunci: str(satu.pk) for satu in draf}, bulan=sorted(bulan), opd=list(opd), oleh=oleh
    )
    with tanpa_pengumpul():
        selisih = _selisih(semua, draf)
    _simpan(simulasi, selisih)
    simulasi.hasil = ringkas(selisih)
    simulasi.save(update_fields=["hasil"])
    audit.record("tpp:simulasi", "tpp.simulasi", aktor=oleh, data={"simulasi": str(simulasi.pk), "draf": simulasi.draf})
    return simulasi


def _selisih(periode: Sequence[Periode], draf: Sequence[RuleVersion]) -> list[Selisih]:
    tahap = _TahapBulan(draf)
    menurut = {satu.pk: satu for satu in periode}
    orang: dict[tuple[UUID, date], Selisih] = {}
    rows = BarisHasil.objects.filter(periode__in=list(menurut)).values_list(
        "periode", "pegawai", "bruto", "neto", "spm", "fakta"
    )
    for pk, pegawai, bruto, neto, spm, fakta in rows.iterator(POTONGAN):
        satu = menurut[pk]
        kunci = (pegawai, satu.bulan)
        found = orang.setdefault(kunci, Selisih(pegawai, satu.opd_id, satu.bulan, (0, 0, 0)))
        found.lama = (found.lama[0] + bruto, found.lama[1] + neto, found.lama[2] + spm)
        try:
            _tambah(found, cairkan(fakta), satu.aliran.kode, tahap.untuk(satu))
        except (NoRuleMatched, AmbiguousRule, WrongType):
            found.gagal = True
    return list(orang.values())


def _tambah(satu: Selisih, masukan: Masukan, kode: str, tahap: Sequence[Tahap]) -> None:
    """Add one stream of a person; the rules in force are computed only when something differs."""
    akhir = _bagian(list(bandingkan(masukan, tahap[1:]))[-1][1], kode)
    satu.baru = (satu.baru[0] + int(akhir.bruto), satu.baru[1] + int(akhir.neto), satu.baru[2] + int(akhir.spm))
    awal_hasil = hitung(masukan, tahap[0].aturan) if satu.berubah else None
    if awal_hasil is None:
        return
    sebelum = awal_hasil
    for tabel, hasil in bandingkan(masukan, tahap[1:]):
        delta = int(_bagian(hasil, kode).neto - _bagian(sebelum, kode).neto)
        if delta:
            sebab = baris_berubah(tabel, sebelum, hasil)
            satu.sebab[sebab] = satu.sebab.get(sebab, 0) + delta
        sebelum = hasil


def _bagian(hasil: Hasil, kode: str) -> HasilAliran:
    return next(satu for satu in hasil.aliran if satu.kode == kode)


class _TahapBulan:
    """The stages of each set of versions that a locked month was computed with, compiled once."""

    def __init__(self, draf: Sequence[RuleVersion]) -> None:
        self.draf = sorted(draf, key=lambda satu: satu.kunci)
        self.isi_draf: dict[str, Isi] = {satu.kunci: (isi_satu(satu), str(satu.pk)) for satu in self.draf}
        self.known: dict[str, list[Tahap]] = {}

    def untuk(self, periode: Periode) -> list[Tahap]:
        kunci = json.dumps(periode.versi, sort_keys=True)
        if kunci not in self.known:
            isi = isi_versi(periode.versi)
            pada = akhir_bulan(periode.bulan.year, periode.bulan.month)
            tahap = [Tahap("", Aturan(pada, isi=isi))]
            for nama, satu in self.isi_draf.items():
                isi = {**isi, nama: satu}
                tahap.append(Tahap(nama, Aturan(pada, isi=isi)))
            self.known[kunci] = tahap
        return self.known[kunci]


def _simpan(simulasi: Simulasi, selisih: Iterable[Selisih]) -> None:
    SimulasiBaris.objects.bulk_create(
        [
            SimulasiBaris(
                simulasi=simulasi, pegawai_id=satu.pegawai, opd_id=satu.opd, bulan=satu.bulan, sebab=satu.sebab,
                bruto_lama=satu.lama[0], bruto_baru=satu.baru[0], neto_lama=satu.lama[1], neto_baru=satu.baru[1],
                spm_lama=satu.lama[2], spm_baru=satu.baru[2],
            )
            for satu in selisih
            if satu.berubah
        ],
        batch_size=2000,
    )  # fmt: skip


def ringkas(selisih: Sequence[Selisih]) -> dict[str, Any]:
    """Totals, winners and losers, by OPD, by rule row, and the distribution of the differences of neto."""
    berubah = [satu for satu in selisih if satu.berubah]
    delta = [satu.baru[1] - satu.lama[1] for satu in berubah]
    opd: dict[UUID, Counter[str]] = defaultdict(Counter)
    sebab: dict[str, Counter[str]] = defaultdict(Counter)
    for satu in selisih:
        opd[satu.opd].update({"orang": 1, "berubah": int(satu.berubah), **_beda(satu)})
        for baris, jumlah in satu.sebab.items():
            sebab[baris].update({"orang": 1, "neto": jumlah})
    return {
        "dihitung": len(selisih), "berubah": len(berubah), "gagal": sum(satu.gagal for satu in selisih), "naik": sum(satu > 0 for satu in delta),
        "turun": sum(satu < 0 for satu in delta), **_jumlah(_beda(satu) for satu in selisih),
        "opd": [{"opd": str(pk), **isi} for pk, isi in sorted(opd.items(), key=lambda item: item[1]["neto"])],
        "per_baris": [_sebab(baris, isi) for baris, isi in sorted(sebab.items(), key=lambda item: item[1]["neto"])],
        "sebaran": _sebaran(delta),
    }  # fmt: skip


def _sebab(baris: str, isi: Mapping[str, int]) -> dict[str, Any]:
    tabel, _, kode = baris.partition(" ")
    return {"tabel": tabel, "kode": kode, **isi}


def _beda(satu: Selisih) -> dict[str, int]:
    return {nama: 0 if satu.gagal else satu.baru[i] - satu.lama[i] for i, nama in enumerate(("bruto", "neto", "spm"))}


def _jumlah(semua: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for satu in semua:
        total.update(satu)
    return {nama: total[nama] for nama in ("bruto", "neto", "spm")}


def _sebaran(delta: Sequence[int]) -> list[dict[str, int | None]]:
    """How many people fall between two bounds of the difference of neto; the ends are open."""
    batas = [None, *BATAS_SEBARAN, None]
    return [
        {"dari": dari, "sampai": sampai,
         "orang": sum((dari is None or satu >= dari) and (sampai is None or satu < sampai) for satu in delta)}
        for dari, sampai in pairwise(batas)
    ]  # fmt: skip
