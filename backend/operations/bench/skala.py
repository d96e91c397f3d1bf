"""A province on one installation: the demo city, measured, then taken many times over and measured again.

The copies are cities of their own (units, posts, people, plans, final laporan, gaji): more OPD, not larger ones. They are
made inside PostgreSQL, table by table, with new keys everywhere. Every figure of the many stands beside the figure of the
one city times what there is more to do; their ratio says how far from linear it is.
"""

from __future__ import annotations

import io
import resource
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from backend.accounts.models import User
from backend.core.memori import tanpa_pengumpul
from backend.core.periode import WIB
from backend.kepegawaian.models import Pegawai, PejabatNonASN, Posisi, RiwayatJabatan, Unor
from backend.kinerja.models import IKI, PKS, RHK, SKP, LaporanPeriode, Renaksi, RenaksiBulan, TargetIKIBulan
from backend.kinerja.services import periode as periode_services
from backend.operations.bench.kota import open_now
from backend.operations.bench.presensi import _lines, _people
from backend.operations.bench.report import Row, seconds
from backend.operations.demo.kinerja import seed_kinerja
from backend.operations.demo.organisasi import seed_organisasi
from backend.operations.demo.salin import kunci_asing_sekaligus
from backend.operations.demo.tpp import bulan_final, seed_aturan, seed_orang
from backend.presensi import queries as presensi
from backend.presensi.enums import StatusSegel
from backend.presensi.models import HariKotor, RekapBulan
from backend.presensi.services import impor
from backend.presensi.services.harian import bulan_penuh, hitung
from backend.tpp.enums import StatusPeriode
from backend.tpp.models import Aliran, Gaji, Hasil, LaporanHarta, Periode, PotonganTetap, ProfilBayar
from backend.tpp.services.hitung import hitung_periode

ON_REQUEST = True  # minutes and gigabytes: not part of a plain `make bench`
SEED, KOTA, ROUNDS = 2025, 6000, 3
KINI = datetime(2025, 11, 24, 15, 0, tzinfo=WIB)
BULAN_BARU = 11  # the month that is opened for everybody
OFFSET = 10_000_000  # distance between the numbers of one copy and the next; no table of a city has as many rows
Log = Callable[[str], Any]


@dataclass(frozen=True)
class Ukuran:
    """Seconds that a piece of work took, and how much of it there was."""

    nama: str
    detik: float
    banyak: int
    satuan: str


def run(*, pegawai: int, log: Log) -> list[Row]:
    """The same work for one city and for as many as make up `pegawai` people."""
    kali = max(2, round(pegawai / KOTA))
    log(f"  menyiapkan satu kota dengan {KOTA} pegawai")
    aliran, (lama, baru) = _kota()
    log("  mengukur satu kota")
    satu = list(_ukur(aliran, lama, buka=BULAN_BARU - 1, log=log))
    log(f"  menyalin kota itu {kali - 1} kali")
    _kalikan(kali - 1)
    log(f"  mengukur {kali} kota")
    banyak = list(_ukur(aliran, baru, buka=BULAN_BARU, log=log))
    return [*(_row(*pair) for pair in zip(satu, banyak, strict=True)), *_besar()]


def _row(satu: Ukuran, banyak: Ukuran) -> Row:
    lurus = satu.detik * banyak.banyak / satu.banyak
    return Row(
        "skala", f"{banyak.nama}, {banyak.banyak:,} {banyak.satuan}", banyak.detik, "s", "±25 % dari 6.000", lurus,
        banyak.detik / lurus, f"rasio: terhadap lurus; satu kota {satu.detik:,.3g} s untuk {satu.banyak:,}",
    )  # fmt: skip


def _besar() -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        basis = int(cursor.fetchone()[0])
    puncak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Row("skala", "besar basis data", basis / 2**30, "GiB"),
        Row("skala", "puncak memori proses ini", puncak, "MiB"),
    ]


def _kota() -> tuple[Aliran, Sequence[date]]:
    """The one city, with two months that are final and can be paid."""
    rng = Random(SEED)  # noqa: S311 the same city in each run
    with tanpa_pengumpul():
        seed_organisasi(rng, pegawai=KOTA, hari_ini=KINI.date())
        seed_kinerja(rng, now=KINI)
        bulan = bulan_final()
        aliran = seed_aturan()
        seed_orang(rng, list(Pegawai.objects.aktif().order_by("nip").values_list("pk", "golongan")), bulan=bulan)
    return aliran, bulan


# --- what is measured ---------------------------------------------------------------------------------------------


def _ukur(aliran: Aliran, bulan: date, *, buka: int, log: Log) -> Iterator[Ukuran]:
    """Each kind of work once, for everybody who is there, in a month that nobody has touched."""
    _rapikan()
    people = _people(bulan)
    for langkah in (_impor, _bangun, _baca):
        log(f"    {langkah.__name__.strip('_')}")
        yield langkah(people, bulan)
    log("    tpp")
    yield _tpp(aliran, bulan)
    log("    buka")
    yield _buka(buka)


def _impor(people: Sequence[str], bulan: date) -> Ukuran:
    """A file a city through the job's own functions, day rows and recaps included."""
    HariKotor.objects.all().delete()  # what the calendar and the rules have made dirty is not part of an import
    lama, taps = 0.0, 0
    for awal in range(0, len(people), KOTA):
        content = "\n".join(_lines(list(people[awal : awal + KOTA]), bulan)).encode()
        made: list[int] = []
        lama += seconds(lambda content=content, made=made: made.append(_satu_impor(content)))  # type: ignore[misc]
        taps += made[0]
    _rapikan()
    return Ukuran("mengimpor tap sebulan dengan baris harinya", lama, taps, "tap")


def _satu_impor(content: bytes) -> int:
    bacaan = impor.baca(io.BytesIO(content), mesin=None)
    return impor.terapkan(bacaan, mesin=None, sekarang=KINI, progress=lambda *_args, **_more: None).baru


def _bangun(people: Sequence[str], bulan: date) -> Ukuran:
    """One statement for everybody, as after a change of the calendar or of a rule."""
    lama = seconds(lambda: hitung([bulan_penuh(bulan)], sekarang=KINI))
    return Ukuran("membangun ulang hari sebulan", lama, len(people), "pegawai")


def _baca(people: Sequence[str], bulan: date) -> Ukuran:
    lama = min(seconds(lambda: presensi.skor(bulan, opd=None)) for _ in range(ROUNDS))
    return Ukuran("skor potongan sebulan dari hari tersimpan", lama, len(people), "pegawai")


def _tpp(aliran: Aliran, bulan: date) -> Ukuran:
    """A month of TPP with its trace, computed and stored city by city, as the jobs do it OPD by OPD."""
    kota: dict[str, list[UUID]] = defaultdict(list)
    for opd, kode in Unor.objects.filter(is_opd=True).values_list("pk", "kode"):
        kota[kode.partition(".")[2]].append(opd)
    RekapBulan.objects.filter(bulan=bulan).update(status=StatusSegel.DISEGEL)
    lama = 0.0
    for milik in kota.values():
        periode = Periode.objects.bulk_create(
            Periode(opd_id=opd, bulan=bulan, bulan_bayar=bulan, aliran=aliran, status=StatusPeriode.DIBUKA)
            for opd in milik
        )
        lama += seconds(lambda periode=periode: hitung_periode(periode, oleh=None))  # type: ignore[misc]
    return Ukuran(
        "TPP sebulan dihitung dan disimpan", lama, Hasil.objects.filter(periode__bulan=bulan).count(), "hasil"
    )


def _buka(ke: int) -> Ukuran:
    periode = open_now(tahun=KINI.year, bulan=ke)
    opened: list[int] = []
    lama = seconds(lambda: opened.append(periode_services.buka(periode, oleh=None)))
    return Ukuran("membuka bulan", lama, opened[0], "laporan")


def _rapikan() -> None:
    """What autovacuum does in its own time."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


# --- copies -------------------------------------------------------------------------------------------------------

TABEL: tuple[type[models.Model], ...] = (
    User, Unor, Posisi, PejabatNonASN, Pegawai, RiwayatJabatan, SKP, RHK, IKI, TargetIKIBulan, Renaksi, RenaksiBulan,
    LaporanPeriode, PKS, ProfilBayar, Gaji, LaporanHarta, PotonganTetap,
)  # fmt: skip
LAIN: Mapping[tuple[type[models.Model], str], str] = {  # what is unique and no key
    (User, "username"): "b.username || '-' || k",
    (Unor, "kode"): "b.kode || '.' || k",
    (Pegawai, "nip"): "(900000000000000000 + k * 1000000 + row_number() OVER (PARTITION BY k ORDER BY b.nip))::text",
}
HANYA: Mapping[
    type[models.Model], str
] = {  # months that nobody asks for are left out; running laporan are opened, not copied
    TargetIKIBulan: f"WHERE b.bulan = {BULAN_BARU}",
    RenaksiBulan: f"WHERE b.bulan = {BULAN_BARU}",
    LaporanPeriode: "WHERE b.status = 'final'",
}
URUT: Mapping[type[models.Model], str] = {Unor: "k, cardinality(b.path)"}  # a unit after the one above it


@transaction.atomic
def _kalikan(kali: int) -> None:
    """Copy everything of the one city `kali` times."""
    with connection.cursor() as cursor, kunci_asing_sekaligus(*TABEL):
        for model in TABEL:
            cursor.execute(_salinan(model), [kali])


def _salinan(model: type[models.Model]) -> str:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(LAIN.get((model, str(field.column)), _nilai(field)) for field in fields)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {values} '  # noqa: S608 names of our own tables
        f'FROM "{model._meta.db_table}" b CROSS JOIN generate_series(1, %s) AS k '
        f"{HANYA.get(model, '')} ORDER BY {URUT.get(model, 'k, b.ctid')}"
    )


def _nilai(field: Any) -> str:
    """The column itself, or, where it is or names a key of a copied row, the key of the copy."""
    column = f'b."{field.column}"'
    if not field.primary_key and field.related_model not in TABEL:
        return column
    key = field.target_field if field.related_model else field
    if isinstance(key, models.UUIDField):
        return f"md5({column}::text || '.' || k)::uuid"
    return f"{column} + k * {OFFSET}"
