"""What pages and documents read of TPP: results with their trace, periods, annual sheets, what-if runs.

Every function takes the user and starts from `visible_to`; each costs a fixed number of statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, Coalesce

from backend.core.errors import NotVisible
from backend.kepegawaian.models import Pegawai, Unor
from backend.rules.models import RuleVersion
from backend.tpp import enums
from backend.tpp.models import Hasil, HasilKriteria, Jejak, Periode, Sanggah, Simulasi, SimulasiBaris, Tertahan

JUMLAH = ("bruto", "bpjs_1", "bpjs_4", "pph", "zakat", "lain", "neto", "spm")


# --- Results ------------------------------------------------------------------------------------------------------------


def hasil_orang(user: Any, pegawai: Pegawai) -> QuerySet[Hasil]:
    """Results of a person that the user sees, newest month first."""
    rows = Hasil.objects.visible_to(user).filter(pegawai=pegawai).exclude(periode__status=enums.StatusPeriode.DITOLAK)
    return rows.select_related("periode__opd", "periode__aliran").order_by("-periode__bulan", "periode__run", "pk")


def satu_hasil(user: Any, *, periode: UUID, pegawai: UUID) -> Hasil:
    """The result of a person in a period, whichever computation it is from. Raises NotVisible."""
    rows = Hasil.objects.visible_to(user).select_related("periode__opd", "periode__aliran", "pegawai")
    found = rows.filter(periode=periode, pegawai=pegawai).first()
    if found is None:
        raise NotVisible
    return found


def jejak_hasil(hasil: Hasil) -> list[Jejak]:
    """The trace of a result, in its order. The caller has the result from `visible_to`."""
    return list(Jejak.objects.filter(hasil_pegawai=hasil).order_by("pk"))


def versi_aturan(ids: Iterable[str]) -> list[RuleVersion]:
    """The rule versions of a period by table, without their contents. Ids that are none are left out."""
    pks = [satu for satu in ids if _is_uuid(satu)]
    rows = RuleVersion.objects.filter(pk__in=pks).defer("xml", "kolom", "kasus")
    return sorted(rows, key=lambda row: row.kunci)


def _is_uuid(teks: str) -> bool:
    try:
        UUID(teks)
    except ValueError:
        return False
    return True


# --- Periods ------------------------------------------------------------------------------------------------------------


def periode_bulan(user: Any, *, bulan: date, opd: Iterable[UUID] | None = None) -> QuerySet[Periode]:
    """Periods of a month that the user sees through his roles, with how many people are kept out or object."""
    terlihat = Periode.objects.visible_to(user).filter(bulan=bulan)
    if opd is not None:
        terlihat = terlihat.filter(opd__in=opd)
    tahan = Tertahan.objects.filter(periode=OuterRef("pk"), tingkat=enums.Tingkat.BLOKIR)
    sanggah = Sanggah.objects.filter(periode=OuterRef("pk"), status=enums.StatusSanggah.DIAJUKAN)
    rows = Periode.objects.filter(pk__in=terlihat.order_by().values("pk")).select_related("opd", "aliran")
    return rows.annotate(
        tertahan_jumlah=_hitung(tahan, Count("pegawai", distinct=True)), sanggah_jumlah=_hitung(sanggah, Count("pk"))
    ).order_by("opd__nama", "run", "aliran__urutan", "urutan")


def _hitung(rows: QuerySet[Any], jumlah: Count) -> Coalesce:
    """A count over the rows of one period, 0 without any."""
    satu = rows.order_by().values("periode").annotate(n=jumlah).values("n")
    return Coalesce(Subquery(satu), 0)


def satu_periode(user: Any, pk: UUID) -> Periode:
    """One period. Raises NotVisible."""
    found: Periode | None = Periode.objects.visible_to(user).select_related("opd", "aliran").filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def periode_surat(kode: UUID) -> Periode | None:
    """The period whose cover letter carries a code. Public: only whoever holds the letter knows it."""
    rows = Periode.objects.select_related("opd", "aliran", "disetujui_oleh")
    return rows.filter(kode_periksa=kode).first()


def hasil_periode(user: Any, periode: Periode) -> QuerySet[Hasil]:
    """Results of a period that the user sees, by name."""
    rows: QuerySet[Hasil] = Hasil.objects.visible_to(user).filter(periode=periode)
    return rows.order_by("nama", "pk")


def tertahan_periode(user: Any, periode: Periode) -> QuerySet[Tertahan]:
    """What the gates say of the people of a period."""
    rows: QuerySet[Tertahan] = Tertahan.objects.visible_to(user).filter(periode=periode).select_related("pegawai")
    return rows.order_by("tingkat", "kode")


def orang_tertahan(user: Any, periode: Periode) -> QuerySet[Tertahan, Any]:
    """The people of whom a gate says something, those that are kept out first: their ids."""
    rows = Tertahan.objects.visible_to(user).filter(periode=periode).order_by().values("pegawai")
    found: QuerySet[Tertahan, Any] = rows.annotate(berat=Min("tingkat")).order_by("berat", "pegawai__nama", "pegawai")
    return found.values_list("pegawai", flat=True)


def sebab_tertahan(user: Any, periode: Periode) -> list[dict[str, Any]]:
    """How many people each gate keeps out or warns of."""
    rows = Tertahan.objects.visible_to(user).filter(periode=periode).order_by()
    return list(rows.values("kode", "tingkat", "pesan").annotate(orang=Count("pk")).order_by("tingkat", "kode"))


def sanggah_periode(user: Any, periode: Periode) -> QuerySet[Sanggah]:
    """Objections of a period that the user sees."""
    rows: QuerySet[Sanggah] = Sanggah.objects.visible_to(user).filter(periode=periode)
    return rows.select_related("pegawai", "berkas", "diputus_oleh")


def sanggah_orang(user: Any, pegawai: Pegawai, periode: Periode) -> list[Sanggah]:
    """Objections of one person in a period, oldest first."""
    return list(sanggah_periode(user, periode).filter(pegawai=pegawai))


def orang_bulan(user: Any, periode: Periode) -> QuerySet[Hasil, Any]:
    """The people paid or kept out in the locked month that a susulan corrects: their ids."""
    asal = {
        "periode__opd": periode.opd_id, "periode__bulan": periode.bulan, "periode__aliran": periode.aliran_id,
        "periode__run": enums.Run.BULANAN, "periode__status__in": enums.TERKUNCI,
    }  # fmt: skip
    dibayar = Hasil.objects.visible_to(user).filter(**asal).order_by().values_list("pegawai", flat=True)
    ditahan = Tertahan.objects.visible_to(user).filter(**asal).order_by().values_list("pegawai", flat=True)
    found: QuerySet[Hasil, Any] = dibayar.union(ditahan)
    return found


def kriteria_hasil(hasil: Iterable[int]) -> dict[int, dict[str, int]]:
    """What each criterion pays, by result."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = HasilKriteria.objects.filter(hasil__in=list(hasil))
    for pk, kriteria, jumlah in rows.values_list("hasil", "kriteria", "realisasi"):
        found[pk][kriteria] = jumlah
    return dict(found)


# --- Annual sheet (tpp.md §8) -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BarisTahun:
    """A line of the annual sheet of a person. Without a locked result there is no amount, only `keadaan`."""

    bulan: date | None
    run: str
    hasil: Hasil | None = None
    keadaan: str = ""


@dataclass
class LembarOrang:
    """The annual sheet of a person: lines by month, then THR and the thirteenth month; totals of the locked ones."""

    pegawai: Pegawai
    tahun: int
    baris: list[BarisTahun] = field(default_factory=list)

    @property
    def total(self) -> dict[str, int]:
        terkunci = [satu.hasil for satu in self.baris if satu.hasil is not None]
        return {nama: sum(getattr(hasil, nama) for hasil in terkunci) for nama in ("pagu", "kinerja", "admin", *JUMLAH)}


def lembar_orang(user: Any, pegawai: Pegawai, tahun: int) -> LembarOrang:
    """The twelve months, THR, the thirteenth month, each susulan under its month. In one statement."""
    rows = list(hasil_orang(user, pegawai).filter(periode__bulan__year=tahun))
    menurut: dict[tuple[str, date], list[Hasil]] = defaultdict(list)
    for row in rows:
        menurut[row.periode.run, row.periode.bulan].append(row)
    lembar = LembarOrang(pegawai, tahun)
    for ke in range(1, 13):
        bulan = date(tahun, ke, 1)
        lembar.baris += _baris(menurut.get((enums.Run.BULANAN, bulan), []), bulan, enums.Run.BULANAN, wajib=True)
        lembar.baris += _baris(menurut.get((enums.Run.SUSULAN, bulan), []), bulan, enums.Run.SUSULAN, wajib=False)
    for run in (enums.Run.THR, enums.Run.TPP13):
        semua = [hasil for (nama, _), isi in sorted(menurut.items()) if nama == run for hasil in isi]
        lembar.baris += _baris(semua, None, run, wajib=True)
    return lembar


def _baris(rows: Sequence[Hasil], bulan: date | None, run: str, *, wajib: bool) -> list[BarisTahun]:
    if not rows:
        return [BarisTahun(bulan, run, keadaan="Belum ada")] if wajib else []
    return [
        BarisTahun(bulan, run, row) if row.periode.terkunci else BarisTahun(bulan, run, keadaan="Belum dikunci")
        for row in rows
    ]


@dataclass
class BarisOpd:
    """One person in the annual sheet of an OPD: neto by column of KOLOM_TAHUN; missing: nothing locked there."""

    pegawai: UUID
    nip: str
    nama: str
    jabatan: list[str] = field(default_factory=list)
    neto: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.neto.values())


KOLOM_TAHUN = (*(str(ke) for ke in range(1, 13)), enums.Run.THR.value, enums.Run.TPP13.value)


def _terkunci_opd(user: Any, opd: Unor, tahun: int) -> QuerySet[Hasil]:
    """Results of the locked periods of an OPD and year."""
    rows: QuerySet[Hasil] = Hasil.objects.visible_to(user).filter(
        periode__opd=opd, periode__bulan__year=tahun, periode__status__in=enums.TERKUNCI
    )
    return rows


def orang_lembar_opd(user: Any, opd: Unor, tahun: int) -> QuerySet[Hasil, Any]:
    """The people of the annual sheet of an OPD, by name: their ids."""
    rows = _terkunci_opd(user, opd, tahun).order_by().values("pegawai").annotate(nama_lembar=Min("nama"))
    found: QuerySet[Hasil, Any] = rows.order_by("nama_lembar", "pegawai").values_list("pegawai", flat=True)
    return found


def jumlah_lembar_opd(user: Any, opd: Unor, tahun: int) -> dict[str, int]:
    """The sums of the annual sheet of an OPD by column of KOLOM_TAHUN, added up by the database."""
    rows = _terkunci_opd(user, opd, tahun).order_by().values("periode__run", "periode__bulan__month")
    jumlah: dict[str, int] = dict.fromkeys(KOLOM_TAHUN, 0)
    for run, bulan, neto in rows.annotate(jumlah=Sum("neto")).values_list(
        "periode__run", "periode__bulan__month", "jumlah"
    ):
        jumlah[run if run in enums.RUN_PENUH else str(bulan)] += neto
    return jumlah


def lembar_opd(user: Any, opd: Unor, tahun: int, *, pegawai: Sequence[UUID] | None = None) -> list[BarisOpd]:
    """The lines of the annual sheet of an OPD, by name, of these people or of all. Susulan falls into its month.

    Who moved in mid-year stands in the sheets of both OPD, each with its own months only. One statement.
    """
    rows = _terkunci_opd(user, opd, tahun).order_by("periode__bulan", "pk")
    if pegawai is not None:
        rows = rows.filter(pegawai__in=pegawai)
    orang: dict[UUID, BarisOpd] = {}
    for siapa, nip, nama, jabatan, neto, run, bulan in rows.values_list(
        "pegawai", "nip", "nama", "jabatan", "neto", "periode__run", "periode__bulan__month"
    ):
        satu = orang.setdefault(siapa, BarisOpd(siapa, nip, nama))
        kolom = run if run in enums.RUN_PENUH else str(bulan)
        satu.neto[kolom] = satu.neto.get(kolom, 0) + neto
        if jabatan not in satu.jabatan:
            satu.jabatan.append(jabatan)
    return sorted(orang.values(), key=lambda satu: (satu.nama, satu.nip))


def bulan_terkunci(user: Any, opd: Unor, tahun: int) -> dict[str, bool]:
    """For each column of the annual sheet of an OPD: is every period of it locked? Columns without one are missing."""
    rows = Periode.objects.visible_to(user).hidup().filter(opd=opd, bulan__year=tahun)
    hasil: dict[str, bool] = {}
    for run, bulan, status in rows.values_list("run", "bulan__month", "status"):
        kolom = run if run in enums.RUN_PENUH else str(bulan)
        hasil[kolom] = hasil.get(kolom, True) and status in enums.TERKUNCI
    return hasil


# --- What-if (tpp.md §10) -----------------------------------------------------------------------------------------------


def satu_simulasi(user: Any, pk: UUID) -> Simulasi:
    """One what-if run. Raises NotVisible."""
    found: Simulasi | None = Simulasi.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def simulasi_per_opd(simulasi: Simulasi) -> list[dict[str, Any]]:
    """Differences by OPD, the largest first; OPD without any are left out."""
    rows = simulasi.baris.order_by().values("opd", "opd__nama").annotate(
        orang=Count("pegawai", distinct=True),
        bruto=Sum(F("bruto_baru") - F("bruto_lama")),
        neto=Sum(F("neto_baru") - F("neto_lama")),
        spm=Sum(F("spm_baru") - F("spm_lama")),
        naik=Count("pk", filter=Q(neto_baru__gt=F("neto_lama"))),
        turun=Count("pk", filter=Q(neto_baru__lt=F("neto_lama"))),
    )  # fmt: skip
    return sorted(map(dict, rows), key=lambda row: (-abs(row["neto"]), row["opd__nama"]))


def simulasi_per_orang(simulasi: Simulasi) -> QuerySet[SimulasiBaris]:
    """Lines of a run by absolute difference of neto, the largest first."""
    rows = SimulasiBaris.objects.filter(simulasi=simulasi).select_related("pegawai", "opd")
    return rows.order_by(Abs(F("neto_baru") - F("neto_lama")).desc(), "pk")
