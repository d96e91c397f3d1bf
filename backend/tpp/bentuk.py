"""What a calculation takes and gives: plain values, no rows of a database. Rupiah and percentages are Decimal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from backend.tpp.enums import Run

NOL = Decimal(0)
Rupiah = Decimal
PerKriteria = dict[str, Rupiah]


@dataclass(frozen=True, slots=True)
class Besaran:
    """Basic amount of a post and the share of each criterion in percent, with the row they come from.

    `posisi`: what the row was asked for (jabatan, kelas, kode of the OPD), so that a draft can be asked the same.
    """

    basic: Rupiah
    persen: Mapping[str, Decimal]
    kode: str = ""
    versi: str = ""
    posisi: tuple[str, int | None, str] | None = None


@dataclass(frozen=True, slots=True)
class Bagian:
    """A post held for a part of the month: its amount and its working days (POSISI_ACUAN = PRORATA_HARI_KERJA)."""

    besaran: Besaran
    hari_kerja: int


@dataclass(frozen=True, slots=True)
class MasukanAliran:
    """A stream of a person. `bagian`: with more than one post in the month, each weighted by its working days."""

    kode: str
    besaran: Besaran
    bagian: tuple[Bagian, ...] = ()


@dataclass(frozen=True, slots=True)
class Penugasan:
    """A second post (Plt., Plh., Pj., tugas tambahan) in the month. `besaran`: by stream."""

    jenis: str
    selisih: str
    hari_kerja: int
    hari_kerja_bulan: int
    sebulan_penuh: bool
    besaran: Mapping[str, Besaran]


@dataclass(frozen=True, slots=True)
class Gabungan:
    """What was already paid and taxed in the month before this payment. `bruto` and `pph` include gaji."""

    bruto: Rupiah
    pph: Rupiah
    bpjs_1: Rupiah = NOL
    bpjs_4: Rupiah = NOL


@dataclass(frozen=True, slots=True)
class Setahun:
    """The tax year before this payment, for PASAL_17. `bruto`, `pph`: everything but this payment and this gaji."""

    bruto: Rupiah
    pph: Rupiah
    bulan_bekerja: int
    iuran_pensiun: Rupiah
    zakat: Rupiah
    pph_gaji: Rupiah  # on the gaji list of this month


@dataclass(frozen=True, slots=True)
class Masukan:
    """The facts of one person and month: everything after presensi and predikat are known."""

    status_asn: str
    ptkp: str
    aliran: tuple[MasukanAliran, ...]
    bulan: int
    run: str = Run.BULANAN
    jenis_unit: str = ""
    bulan_terakhir: bool = False
    plt: tuple[Penugasan, ...] = ()
    predikat: str = "TIDAK_ADA"
    kejadian: Mapping[str, int] = field(default_factory=dict)
    hari_masuk: int = 0
    menit_efektif: int | None = None  # read only when JAM_EFEKTIF is on
    golongan: str = ""  # `III/d`; read only when an old month is taxed by FINAL_GOL
    status: str = "AKTIF"
    status_bulan_ke: int = 1
    potongan_admin: tuple[tuple[str, int], ...] = ()
    gaji_bruto: Rupiah = NOL
    iuran_1: Rupiah = NOL
    iuran_4: Rupiah = NOL
    zakat: bool = False
    potongan_lain: tuple[tuple[str, Rupiah], ...] = ()
    gabung: Gabungan | None = None
    setahun: Setahun | None = None


class Jejak(NamedTuple):
    """A row of the explain trace. Over the rows of a stream, the sum of tanda × hasil is its neto.

    `aliran` is empty on rows about the person. `tanda`: +1 adds to neto, -1 takes from it, 0 only explains.
    """

    langkah: int
    aliran: str
    kriteria: str
    tabel: str
    versi: str
    kode_baris: str
    masukan: str  # a JSON object
    rumus: str
    sebelum_bulat: Decimal
    mode_bulat: str
    hasil: Decimal
    tanda: int


@dataclass(slots=True)
class Realisasi:
    """Step 3 of a stream. With `faktor` (status of the month) the other values are not evaluated and stay None."""

    persen: Decimal
    faktor: Decimal | None = None
    potongan: Decimal | None = None
    disiplin: Decimal | None = None
    predikat: Decimal | None = None
    w_prod: Decimal | None = None
    w_disc: Decimal | None = None


@dataclass(slots=True)
class HasilAliran:
    """The amounts of one stream. From `bpjs_1` on they are its share of the person's amounts."""

    kode: str
    dasar: PerKriteria
    pagu: PerKriteria
    mode_plt: str | None = None
    realisasi: Realisasi | None = None
    terbayar: PerKriteria = field(default_factory=dict)
    kinerja: Rupiah = NOL
    admin_persen: Decimal = NOL
    admin: Rupiah = NOL
    bruto: Rupiah = NOL
    bpjs_1: Rupiah = NOL
    bpjs_4: Rupiah = NOL
    pph: Rupiah = NOL
    zakat: Rupiah = NOL
    lain: Rupiah = NOL
    neto: Rupiah = NOL
    spm: Rupiah = NOL


@dataclass(frozen=True, slots=True)
class Lapisan:
    """One bracket of Pasal 17 that the PKP reaches: the part that falls into it and its tax."""

    dari: Decimal
    sampai: Decimal | None
    tarif: Decimal
    bagian: Decimal
    pph: Decimal


@dataclass(slots=True)
class Pajak:
    """Step 7. TER: rates and taxes of the month. PASAL_17: the whole year, from `bruto_setahun` on."""

    mode: str
    kategori: str
    pph_tpp: Rupiah
    bruto_sebelumnya: Rupiah = NOL
    tarif_sebelumnya: Decimal | None = None
    pph_sebelumnya: Rupiah = NOL
    bruto_total: Rupiah = NOL
    tarif_total: Decimal = NOL
    pph_total: Rupiah = NOL
    bruto_setahun: Rupiah = NOL
    biaya_jabatan: Rupiah = NOL
    iuran_pensiun: Rupiah = NOL
    zakat_pengurang: Rupiah = NOL
    neto_setahun: Rupiah = NOL
    ptkp: Rupiah = NOL
    pkp: Rupiah = NOL
    lapisan: tuple[Lapisan, ...] = ()
    pph_setahun: Rupiah = NOL
    sudah_dipotong: Rupiah = NOL
    pph_bulan_ini: Rupiah = NOL
    pph_gaji_bulan_ini: Rupiah = NOL


@dataclass(slots=True)
class Hasil:
    """The result of one person and month, over all streams computed together."""

    aliran: list[HasilAliran]
    pajak: Pajak
    jejak: list[Jejak]
    pagu: Rupiah = NOL
    kinerja: Rupiah = NOL
    bruto: Rupiah = NOL
    bpjs_1: Rupiah = NOL
    bpjs_4: Rupiah = NOL
    zakat: Rupiah = NOL
    lain: Rupiah = NOL
    neto: Rupiah = NOL
    spm: Rupiah = NOL
