"""The facts of a month from the tables of every context: a fixed number of statements for any number of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from backend.core.periode import akhir_bulan
from backend.kepegawaian.calculations import is_hari_kerja
from backend.kepegawaian.queries import hari_libur
from backend.tpp import presensi
from backend.tpp.aturan import Aturan
from backend.tpp.bentuk import NOL, Bagian, Besaran, Gabungan, Masukan, MasukanAliran, Penugasan, Setahun
from backend.tpp.enums import RUN_PENUH, TERKUNCI, JenisHarta, Kriteria
from backend.tpp.pajak import DESEMBER, FINAL
from backend.tpp.presensi import Rekap

D = Decimal
PRORATA = "PRORATA_HARI_KERJA"
SEBAB_HARTA = {JenisHarta.LHKPN: "LHKPN_BELUM", JenisHarta.LHKASN: "LHKASN_BELUM"}
TANPA_PREDIKAT = "TIDAK_ADA"

# One row a person: the definitive post on the reference date (else the last one of the month, `ada` false) and what
# hangs on the person and the month.
ORANG = """
WITH jabatan AS (
    SELECT DISTINCT ON (r.pegawai_id) r.pegawai_id, r.posisi_id, r.sampai,
           r.mulai <= %(acuan)s AND (r.sampai IS NULL OR r.sampai >= %(acuan)s) AS ada,
           r.sampai <= %(akhir)s AND NOT EXISTS (
               SELECT 1 FROM kepegawaian_riwayatjabatan n WHERE n.pegawai_id = r.pegawai_id AND n.jenis_penugasan = 'D'
                 AND n.status = 'AKTIF' AND n.mulai > r.sampai) AS habis
    FROM kepegawaian_riwayatjabatan r
    WHERE r.jenis_penugasan = 'D' AND r.status = 'AKTIF' AND r.mulai <= %(akhir)s
      AND (r.sampai IS NULL OR r.sampai >= %(bulan)s)
    ORDER BY r.pegawai_id, 4 DESC, r.mulai DESC
), unit AS (
    SELECT u.id, u.nama, o.id AS opd, o.kode AS opd_kode, coalesce(
        (SELECT x.jenis FROM kepegawaian_unor x WHERE x.id = ANY(u.path) AND x.jenis IN ('rsud', 'puskesmas') LIMIT 1),
        o.jenis) AS jenis
    FROM kepegawaian_unor u JOIN kepegawaian_unor o ON o.id = u.opd_id WHERE o.id = ANY(%(opd)s)
)
SELECT p.id, unit.opd, p.nip, p.gelar_depan, p.nama, p.gelar_belakang, p.tanggal_lahir, p.golongan, p.status_asn,
       p.kedudukan_hukum, j.nama || ', ' || unit.nama, j.jenis, j.id::text, coalesce(s.kelas, j.kelas),
       coalesce(s.eselon, j.eselon), unit.jenis, unit.opd_kode, jabatan.ada, coalesce(jabatan.habis, false),
       coalesce(f.ptkp, ''), coalesce(f.npwp, ''), coalesce(f.bank, ''), coalesce(f.rekening, ''),
       coalesce(f.zakat, false), coalesce(f.zakat_resmi, false), coalesce(f.harta, 'LHKASN'),
       EXISTS (SELECT 1 FROM tpp_laporanharta h WHERE h.pegawai_id = p.id AND h.tahun = %(tahun)s AND h.tanggal <= %(akhir)s),
       g.bruto, coalesce(g.iuran_1, 0), coalesce(g.iuran_4, 0), coalesce(g.pph, 0), coalesce(g.jiwa, ''),
       EXISTS (SELECT 1 FROM tpp_pelepasanpredikat l WHERE l.pegawai_id = p.id AND l.bulan = %(bulan)s)
FROM jabatan
JOIN kepegawaian_pegawai p ON p.id = jabatan.pegawai_id
JOIN kepegawaian_posisi s ON s.id = jabatan.posisi_id
JOIN kepegawaian_jabatan j ON j.id = s.jabatan_id
JOIN unit ON unit.id = s.unor_id
LEFT JOIN tpp_profilbayar f ON f.pegawai_id = p.id
LEFT JOIN tpp_gaji g ON g.pegawai_id = p.id AND g.bulan = %(bayar)s
ORDER BY p.nama, p.id
"""

PREDIKAT = """
SELECT DISTINCT ON (l.pegawai_id) l.pegawai_id, upper(k.predikat),
       s.status IN ('disetujui', 'berlaku', 'diubah', 'ditutup')
FROM kinerja_laporanperiode l
JOIN kinerja_periode p ON p.id = l.periode_id AND p.jenis = 'bulanan' AND p.tahun = %(tahun)s AND p.ke = %(ke)s
JOIN kinerja_skp s ON s.id = l.skp_id
LEFT JOIN kinerja_pks k ON k.laporan_id = l.id
WHERE l.pegawai_id = ANY(%(pegawai)s) AND l.status = 'final'
ORDER BY l.pegawai_id, (k.predikat IS NULL), l.final_at DESC
"""

KEDUA = """
SELECT r.pegawai_id, r.jenis_penugasan, r.mulai, r.sampai, j.id::text, coalesce(s.kelas, j.kelas),
       coalesce(s.eselon, j.eselon), o.kode
FROM kepegawaian_riwayatjabatan r
JOIN kepegawaian_posisi s ON s.id = r.posisi_id JOIN kepegawaian_jabatan j ON j.id = s.jabatan_id
JOIN kepegawaian_unor u ON u.id = s.unor_id LEFT JOIN kepegawaian_unor o ON o.id = u.opd_id
WHERE r.pegawai_id = ANY(%(pegawai)s) AND r.status = 'AKTIF' AND r.mulai <= %(akhir)s
  AND (r.sampai IS NULL OR r.sampai >= %(bulan)s) AND {jenis}
ORDER BY r.pegawai_id, r.mulai, r.id
"""

SEBAB = """
SELECT pegawai_id, kode, tanggal FROM tpp_sebabpotongan
WHERE pegawai_id = ANY(%(pegawai)s) AND tanggal < %(bulan)s AND (sampai IS NULL OR sampai >= %(bulan)s)
ORDER BY pegawai_id, tanggal, kode
"""

TETAP = """
SELECT pegawai_id, kode, jumlah FROM tpp_potongantetap
WHERE pegawai_id = ANY(%(pegawai)s) AND mulai <= %(akhir)s AND (sampai IS NULL OR sampai >= %(bulan)s)
ORDER BY pegawai_id, kode
"""

SUDAH = """
SELECT h.pegawai_id, sum(h.bruto), sum(h.pph), sum(h.bpjs_1), sum(h.bpjs_4)
FROM tpp_hasil h JOIN tpp_periode p ON p.id = h.periode_id
WHERE h.pegawai_id = ANY(%(pegawai)s) AND p.bulan_bayar = %(bayar)s AND p.status = ANY(%(terkunci)s)
GROUP BY h.pegawai_id
"""

SETAHUN = """
SELECT p.id, coalesce(g.bruto, 0) + coalesce(t.bruto, 0) + coalesce(s.bruto, 0),
       coalesce(g.pph, 0) + coalesce(t.pph, 0) + coalesce(s.pph, 0), coalesce(g.bulan, 0) + coalesce(s.sampai_bulan, 0),
       coalesce(g.pensiun, 0) + coalesce(s.iuran_pensiun, 0), coalesce(t.zakat, 0) + coalesce(s.zakat_resmi, 0)
FROM unnest(%(pegawai)s::uuid[]) AS p(id)
LEFT JOIN (
    SELECT pegawai_id, sum(bruto) FILTER (WHERE bulan < %(bayar)s) AS bruto, sum(pph) FILTER (WHERE bulan < %(bayar)s) AS pph,
           sum(iuran_pensiun) AS pensiun, count(*) AS bulan
    FROM tpp_gaji WHERE bulan BETWEEN %(awal_tahun)s AND %(bayar)s GROUP BY pegawai_id
) g ON g.pegawai_id = p.id
LEFT JOIN (
    SELECT h.pegawai_id, sum(h.bruto) AS bruto, sum(h.pph) AS pph, sum(h.zakat) AS zakat
    FROM tpp_hasil h JOIN tpp_periode x ON x.id = h.periode_id AND x.status = ANY(%(terkunci)s)
    WHERE x.bulan_bayar >= %(awal_tahun)s AND x.bulan_bayar < %(bayar)s GROUP BY h.pegawai_id
) t ON t.pegawai_id = p.id
LEFT JOIN tpp_saldopajak s ON s.pegawai_id = p.id AND s.tahun = %(tahun)s
"""


class Baris(NamedTuple):
    """A row of ORANG."""

    pegawai: UUID
    opd: UUID
    nip: str
    gelar_depan: str
    nama: str
    gelar_belakang: str
    tanggal_lahir: date
    golongan: str
    status_asn: str
    kedudukan: str
    jabatan: str
    jenis_jabatan: str
    jabatan_id: str
    kelas: int | None
    eselon: str | None
    jenis_unit: str
    opd_kode: str
    ada_jabatan: bool
    jabatan_habis: bool  # it ends in this month and none follows
    ptkp: str
    npwp: str
    bank: str
    rekening: str
    zakat: bool
    zakat_resmi: bool
    harta: str
    harta_dilaporkan: bool
    gaji: int | None
    iuran_1: int
    iuran_4: int
    pph_gaji: int
    jiwa: str
    predikat_dilepas: bool

    @property
    def nama_lengkap(self) -> str:
        depan = f"{self.gelar_depan} " if self.gelar_depan else ""
        return f"{depan}{self.nama}{f', {self.gelar_belakang}' if self.gelar_belakang else ''}"


@dataclass(slots=True)
class Orang:
    """A person of the period. `masukan` is None when a gate before the calculation keeps him out of it."""

    baris: Baris
    syarat: dict[str, Any]
    masukan: Masukan | None = None
    predikat: str = TANPA_PREDIKAT


@dataclass(frozen=True, slots=True)
class Lingkup:
    """What is computed: the OPD, the month of the facts, the month of payment, the kind of run."""

    opd: tuple[UUID, ...]
    bulan: date
    bulan_bayar: date
    run: str
    aliran_lain: Mapping[UUID, frozenset[str]] = field(default_factory=dict)  # streams already locked, by OPD

    @property
    def akhir(self) -> date:
        return akhir_bulan(self.bulan.year, self.bulan.month)


@dataclass(slots=True)
class _Bahan:
    """Everything read, by person."""

    rekap: Mapping[UUID, Rekap]
    predikat: Mapping[UUID, tuple[str | None, bool]]
    kedua: Mapping[UUID, list[Any]]
    sebab: Mapping[UUID, list[Any]]
    tetap: Mapping[UUID, list[Any]]
    sudah: Mapping[UUID, list[Any]]
    setahun: Mapping[UUID, list[Any]]
    bagian: Mapping[UUID, list[Any]]
    libur: frozenset[date]
    hari_kerja: int
    menit: Mapping[UUID, int]


def kumpulkan(lingkup: Lingkup, aturan: Aturan) -> list[Orang]:
    """The people of the OPD with their facts of the month, by name."""
    acuan = aturan.bendera("POSISI_ACUAN").nilai
    baris = [Baris(*row) for row in _baca(ORANG, _nilai(lingkup, acuan=acuan or ""))]
    bahan = _bahan(lingkup, baris, aturan, prorata=acuan == PRORATA)
    return [_orang(satu, lingkup, bahan, aturan) for satu in baris]


def _nilai(lingkup: Lingkup, *, acuan: str, pegawai: Sequence[UUID] = ()) -> dict[str, Any]:
    bayar = lingkup.bulan_bayar
    return {
        "opd": list(lingkup.opd), "bulan": lingkup.bulan, "akhir": lingkup.akhir, "bayar": bayar,
        "acuan": lingkup.akhir if acuan == "HARI_TERAKHIR" else lingkup.bulan, "tahun": bayar.year, "ke": lingkup.bulan.month,
        "pegawai": list(pegawai), "terkunci": [str(status) for status in TERKUNCI], "awal_tahun": date(bayar.year, 1, 1),
    }  # fmt: skip


def _baca(sql: str, nilai: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, nilai)
        rows: list[Any] = cursor.fetchall()
    return rows


def _bahan(lingkup: Lingkup, baris: Sequence[Baris], aturan: Aturan, *, prorata: bool) -> _Bahan:
    ids = [satu.pegawai for satu in baris]
    nilai = _nilai(lingkup, acuan="", pegawai=ids)
    libur = hari_libur(lingkup.bulan, lingkup.akhir)
    akhir_tahun = [s.pegawai for s in baris if lingkup.bulan_bayar.month == DESEMBER or _bulan_terakhir(s, aturan)]
    penuh = lingkup.run in RUN_PENUH
    return _Bahan(
        rekap={} if penuh else presensi.rekap(ids, lingkup.bulan),
        predikat={} if penuh else {row[0]: (row[1], row[2]) for row in _baca(PREDIKAT, {**nilai, "tahun": lingkup.bulan.year})},
        kedua=_per_orang(_baca(KEDUA.format(jenis="r.jenis_penugasan <> 'D'"), nilai)),
        sebab={} if penuh else _per_orang(_baca(SEBAB, nilai)),
        tetap={} if penuh else _per_orang(_baca(TETAP, nilai)),
        sudah=_per_orang(_baca(SUDAH, nilai)),
        setahun=_per_orang(_baca(SETAHUN, {**nilai, "pegawai": akhir_tahun})) if akhir_tahun and not penuh else {},
        bagian=_per_orang(_baca(KEDUA.format(jenis="r.jenis_penugasan = 'D'"), nilai)) if prorata else {},
        libur=libur, hari_kerja=_hari_kerja(lingkup.bulan, lingkup.akhir, libur),
        menit=presensi.menit_efektif(ids, lingkup.bulan) if not penuh and aturan.bendera("JAM_EFEKTIF").aktif else {},
    )  # fmt: skip


def _per_orang(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found


def _hari_kerja(mulai: date, sampai: date, libur: frozenset[date]) -> int:
    return sum(is_hari_kerja(mulai + timedelta(days=n), libur=libur) for n in range((sampai - mulai).days + 1))


def _bulan_terakhir(baris: Baris, aturan: Aturan) -> bool:
    """The person leaves: his post ends in this month, none follows, and his kedudukan says that he goes."""
    return baris.jabatan_habis and bool(aturan.tanya("tpp_kedudukan", kedudukan=baris.kedudukan).nilai["akan_berhenti"])


# --- One person --------------------------------------------------------------------------------------------------------------


def _orang(baris: Baris, lingkup: Lingkup, bahan: _Bahan, aturan: Aturan) -> Orang:
    kedudukan = aturan.tanya("tpp_kedudukan", kedudukan=baris.kedudukan).nilai
    rekap = bahan.rekap.get(baris.pegawai)
    predikat, skp = bahan.predikat.get(baris.pegawai, (None, False))
    aliran, ada_besaran = _aliran(baris, lingkup, bahan, aturan)
    penuh = lingkup.run in RUN_PENUH
    harta_belum = baris.harta != JenisHarta.TIDAK_WAJIB and not baris.harta_dilaporkan
    syarat = {
        "hak_tpp": kedudukan["hak_tpp"], "ada_jabatan": baris.ada_jabatan,
        "rekap_disegel": penuh or (rekap is not None and rekap.disegel),
        "hari_bermasalah": 0 if rekap is None else rekap.hari_bermasalah,
        "ada_predikat": penuh or predikat is not None or baris.predikat_dilepas,
        "skp_bulanan": penuh or predikat is not None, "skp_tahunan": penuh or skp, "ada_gaji": baris.gaji is not None,
        "ada_ptkp": bool(baris.ptkp), "harta_belum": harta_belum and not penuh, "bulan": lingkup.bulan.month,
        "ada_besaran": ada_besaran, "ada_rekening": bool(baris.rekening), "ada_npwp": bool(baris.npwp), "neto": 0,
    }  # fmt: skip
    orang = Orang(baris, syarat, predikat=predikat or TANPA_PREDIKAT)
    if aliran and baris.ptkp and baris.gaji is not None:
        status, ke = kedudukan["jenis_status"], 1
        if status == "AKTIF" and rekap is not None and rekap.cuti:
            status, ke = rekap.cuti, rekap.cuti_bulan_ke
        orang.masukan = _masukan(
            baris, lingkup, bahan, aturan, aliran=aliran, rekap=rekap or Rekap(), status=status, status_bulan_ke=ke,
            harta_belum=harta_belum, predikat=orang.predikat,
        )  # fmt: skip
    return orang


def _aliran(baris: Baris, lingkup: Lingkup, bahan: _Bahan, aturan: Aturan) -> tuple[tuple[MasukanAliran, ...], bool]:
    """The streams of a person that are not locked yet, and whether each has an amount."""
    jawaban = aturan.tanya("tpp_stream", status_asn=baris.status_asn, jenis_jabatan=baris.jenis_jabatan)
    hasil, ada = [], True
    for kode in jawaban.nilai["kode_aliran"]:
        if kode in lingkup.aliran_lain.get(baris.opd, ()):
            continue
        besaran = _besaran(aturan, kode, jabatan=baris.jabatan_id, kelas=baris.kelas, opd=baris.opd_kode)
        if besaran is None:
            ada = False
            continue
        hasil.append(MasukanAliran(kode, besaran, _bagian(baris, kode, lingkup, bahan, aturan)))
    return tuple(hasil), ada


def _besaran(aturan: Aturan, aliran: str, *, jabatan: str, kelas: int | None, opd: str) -> Besaran | None:
    return besaran_posisi(aturan, aliran, (jabatan, kelas, opd))


def besaran_posisi(aturan: Aturan, aliran: str, posisi: tuple[str, int | None, str]) -> Besaran | None:
    """The amount of a post in a stream, read once for all who hold such a post; None when no row of tpp_besaran fits."""
    return aturan.sekali(("besaran", aliran, posisi), lambda: _baca_besaran(aturan, aliran, posisi))


def _baca_besaran(aturan: Aturan, aliran: str, posisi: tuple[str, int | None, str]) -> Besaran | None:
    jabatan, kelas, opd = posisi
    jawaban = aturan.besaran(aliran, jabatan=jabatan, kelas=kelas, opd=opd)
    if jawaban is None:
        return None
    nilai = jawaban.nilai
    persen = {
        kriteria: nilai[f"pct_{kriteria.lower()}"]
        for kriteria in Kriteria.values
        if nilai.get(f"pct_{kriteria.lower()}")
    }
    return Besaran(nilai["basic"], persen, jawaban.kode, jawaban.versi, posisi)


def _bagian(baris: Baris, aliran: str, lingkup: Lingkup, bahan: _Bahan, aturan: Aturan) -> tuple[Bagian, ...]:
    """PRORATA: the posts of the month with their working days; one post alone needs no weighing."""
    rows = bahan.bagian.get(baris.pegawai, [])
    if len(rows) < 2:
        return ()
    hasil = []
    for _, mulai, sampai, jabatan, kelas, _, opd in rows:
        besaran = _besaran(aturan, aliran, jabatan=jabatan, kelas=kelas, opd=opd or "")
        hari = _hari_kerja(max(mulai, lingkup.bulan), min(sampai or lingkup.akhir, lingkup.akhir), bahan.libur)
        if besaran is not None and hari:
            hasil.append(Bagian(besaran, hari))
    return tuple(hasil)


def _masukan(
    baris: Baris, lingkup: Lingkup, bahan: _Bahan, aturan: Aturan, *, aliran: tuple[MasukanAliran, ...], rekap: Rekap,
    status: str, status_bulan_ke: int, harta_belum: bool, predikat: str,
) -> Masukan:  # fmt: skip
    terakhir = _bulan_terakhir(baris, aturan)
    mode = aturan.tanya("pph_mode", bulan=lingkup.bulan_bayar.month, bulan_terakhir=terakhir).nilai["mode"]
    final = mode == FINAL
    gaji = D(baris.gaji or 0)
    setahun = _setahun(baris, bahan)
    return Masukan(
        status_asn=baris.status_asn, ptkp=baris.ptkp, aliran=aliran, bulan=lingkup.bulan_bayar.month, run=lingkup.run,
        jenis_unit=baris.jenis_unit, bulan_terakhir=terakhir, plt=_plt(baris, aliran, lingkup, bahan, aturan),
        predikat=predikat, kejadian=rekap.kejadian, hari_masuk=rekap.hari_masuk, menit_efektif=bahan.menit.get(baris.pegawai), golongan=baris.golongan if final else "",
        status=status, status_bulan_ke=status_bulan_ke,
        potongan_admin=_sebab(baris, lingkup, bahan, harta_belum=harta_belum),
        gaji_bruto=gaji, iuran_1=D(baris.iuran_1), iuran_4=D(baris.iuran_4), zakat=baris.zakat,
        potongan_lain=tuple((kode, D(jumlah)) for kode, jumlah in bahan.tetap.get(baris.pegawai, ())),
        gabung=_gabung(baris, gaji, bahan, aturan, dari_daftar=final or setahun is not None), setahun=setahun,
    )  # fmt: skip


def _sebab(baris: Baris, lingkup: Lingkup, bahan: _Bahan, *, harta_belum: bool) -> tuple[tuple[str, int], ...]:
    """Causes with their month number, counted from the month after each; the asset report from the first month on."""
    bulan = lingkup.bulan
    hasil = [
        (kode, (bulan.year - tanggal.year) * 12 + bulan.month - tanggal.month)
        for kode, tanggal in bahan.sebab.get(baris.pegawai, ())
    ]
    if harta_belum and lingkup.run not in RUN_PENUH:
        hasil.append((SEBAB_HARTA[JenisHarta(baris.harta)], bulan.month))
    return tuple((kode, ke) for kode, ke in hasil if ke > 0)


def _plt(
    baris: Baris, aliran: Sequence[MasukanAliran], lingkup: Lingkup, bahan: _Bahan, aturan: Aturan
) -> tuple[Penugasan, ...]:
    hasil = []
    for jenis, mulai, sampai, jabatan, kelas, eselon, opd in bahan.kedua.get(baris.pegawai, ()):
        awal, akhir = max(mulai, lingkup.bulan), min(sampai or lingkup.akhir, lingkup.akhir)
        besaran = {
            satu.kode: nilai
            for satu in aliran
            if (nilai := _besaran(aturan, satu.kode, jabatan=jabatan, kelas=kelas, opd=opd or ""))
        }
        hasil.append(
            Penugasan(
                jenis, selisih_jenjang(baris.eselon, baris.kelas, eselon, kelas), _hari_kerja(awal, akhir, bahan.libur),
                bahan.hari_kerja, (awal, akhir) == (lingkup.bulan, lingkup.akhir), besaran,
            )
        )  # fmt: skip
    return tuple(hasil)


def selisih_jenjang(eselon: str | None, kelas: int | None, eselon_kedua: str | None, kelas_kedua: int | None) -> str:
    """The second post compared with the own: by level of eselon (II, III, IV, none), of equal levels without eselon by class."""
    sendiri, kedua = (satu[:1] if satu else "9" for satu in (eselon, eselon_kedua))
    if sendiri == kedua == "9":
        sendiri, kedua = (f"{99 - (satu or 0):02}" for satu in (kelas, kelas_kedua))
    return "SETINGKAT" if sendiri == kedua else "LEBIH_TINGGI" if kedua < sendiri else "LEBIH_RENDAH"


def _gabung(baris: Baris, gaji: Decimal, bahan: _Bahan, aturan: Aturan, *, dari_daftar: bool) -> Gabungan | None:
    """What the month of payment already had: gaji and the locked periods. None when there is only gaji.

    `dari_daftar`: the tax on gaji is the one of its list, not computed by TER.
    """
    rows = bahan.sudah.get(baris.pegawai)
    if not rows:
        return None
    bruto, pph, bpjs_1, bpjs_4 = (D(nilai) for nilai in rows[0])
    pph_gaji = D(baris.pph_gaji) if dari_daftar else _pph_gaji(gaji, baris.ptkp, aturan)
    return Gabungan(gaji + bruto, pph_gaji + pph, bpjs_1, bpjs_4)


def _pph_gaji(gaji: Decimal, ptkp: str, aturan: Aturan) -> Decimal:
    return pph_ter(gaji, aturan.tanya("ptkp", ptkp=ptkp).nilai["kategori"], aturan)


def pph_ter(bruto: Decimal, kategori: str, aturan: Aturan) -> Decimal:
    """DOWN(TER × gross) without a trace."""
    from backend.core.money import truncate_rupiah
    from backend.tpp.pajak import PENUH

    rate: Decimal = aturan.ter(kategori, bruto).nilai["rate"]
    return truncate_rupiah(bruto * rate / PENUH)


def _setahun(baris: Baris, bahan: _Bahan) -> Setahun | None:
    rows = bahan.setahun.get(baris.pegawai)
    if not rows:
        return None
    bruto, pph, bulan, pensiun, zakat = rows[0]
    return Setahun(
        bruto=D(bruto), pph=D(pph), bulan_bekerja=min(max(int(bulan), 1), DESEMBER), iuran_pensiun=D(pensiun),
        zakat=D(zakat) if baris.zakat_resmi else NOL, pph_gaji=D(baris.pph_gaji),
    )  # fmt: skip
