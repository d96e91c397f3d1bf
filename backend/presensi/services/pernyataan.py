"""The set-based statement: day rows of any number of people and days of one month from facts, in one go (presensi.md §10).

`ruang` is the scope, (pegawai, tanggal, opd). Everything else follows step by step as in `calculations.py`: schedules of
the scope and the two days around each of its people, windows, taps to their nearest boundary, leave, corrections,
status, then codes and percentages by the two rule tables, whose SQL `backend.rules` writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.db.models.sql import Query

from backend.core.periode import akhir_bulan
from backend.presensi.enums import CUTI, DINAS, SHIFT
from backend.presensi.models import HadirHarian
from backend.rules.decide import find
from backend.rules.expressions import as_expression

# Scope of people and of OPD (or of everybody), clipped to the month; people without a post on a date are left out.
RUANG = """
minta AS MATERIALIZED (
    SELECT * FROM unnest(%(m_pegawai)s::uuid[], %(m_opd)s::uuid[], %(m_mulai)s::date[], %(m_sampai)s::date[])
        AS m(pegawai_id, opd_id, mulai, sampai)
),
duduk AS MATERIALIZED (
    SELECT r.pegawai_id, greatest(r.mulai, %(awal)s - 7) AS mulai, least(r.sampai, %(akhir)s + 7) AS sampai, u.opd_id
    FROM kepegawaian_riwayatjabatan r
    JOIN kepegawaian_posisi p ON p.id = r.posisi_id JOIN kepegawaian_unor u ON u.id = p.unor_id
    JOIN kepegawaian_pegawai o ON o.id = r.pegawai_id
    WHERE r.jenis_penugasan = 'D' AND r.status = 'AKTIF' AND u.opd_id IS NOT NULL
      AND o.kedudukan_hukum = ANY(%(kedudukan)s::text[]) AND (%(semua)s OR r.pegawai_id = ANY(%(m_pegawai)s::uuid[]))
      AND r.mulai <= %(akhir)s + 7 AND coalesce(r.sampai, 'infinity') >= %(awal)s - 7
),
diminta AS (
    SELECT d.pegawai_id, d.opd_id, greatest(d.mulai, m.mulai, %(awal)s) AS mulai, least(d.sampai, m.sampai, %(akhir)s) AS sampai
    FROM minta m JOIN duduk d ON d.pegawai_id = m.pegawai_id WHERE m.pegawai_id IS NOT NULL
    UNION
    SELECT d.pegawai_id, d.opd_id, greatest(d.mulai, m.mulai, %(awal)s), least(d.sampai, m.sampai, %(akhir)s)
    FROM minta m JOIN duduk d ON (m.opd_id IS NULL OR d.opd_id = m.opd_id) WHERE m.pegawai_id IS NULL
),
ruang AS MATERIALIZED (
    SELECT DISTINCT d.pegawai_id, g.tanggal::date AS tanggal, d.opd_id
    FROM diminta d CROSS JOIN LATERAL generate_series(d.mulai::timestamp, d.sampai::timestamp, '1 day') AS g(tanggal)
    WHERE %(juga_disegel)s OR NOT EXISTS (
        SELECT 1 FROM presensi_rekapbulan k
        WHERE k.pegawai_id = d.pegawai_id AND k.bulan = %(awal)s AND k.status = 'DISEGEL'
    )
),
"""

HITUNG = """
tidakhadir AS MATERIALIZED (
    SELECT k.pegawai_id, g.tanggal::date AS tanggal,
        bool_or(k.jenis = ANY(%(cuti)s::text[])) AS cuti,
        bool_or(k.jenis = 'TUGAS_BELAJAR') AS tugas_belajar,
        bool_or(k.jenis = ANY(%(dinas)s::text[]) AND k.bagian = 'PENUH') AS dl,
        bool_or(k.jenis = ANY(%(dinas)s::text[]) AND k.bagian = 'PAGI') AS dl_pagi,
        bool_or(k.jenis = ANY(%(dinas)s::text[]) AND k.bagian = 'SIANG') AS dl_siang,
        bool_or(k.jenis = 'SAKIT' AND k.nomor_surat <> '') AS sakit
    FROM presensi_ketidakhadiran k
    CROSS JOIN LATERAL generate_series(
        greatest(k.mulai, %(awal)s)::timestamp, least(k.sampai, %(akhir)s)::timestamp, '1 day') AS g(tanggal)
    WHERE k.status = 'DISETUJUI' AND k.mulai <= %(akhir)s AND k.sampai >= %(awal)s
    GROUP BY 1, 2
),
rentang AS MATERIALIZED (
    SELECT r.pegawai_id, max(r.tanggal) + 2 AS sampai, CASE
        WHEN EXISTS (SELECT 1 FROM presensi_ketidakhadiran k WHERE k.pegawai_id = r.pegawai_id AND k.jenis = 'SAKIT'
            AND k.status = 'DISETUJUI' AND k.mulai <= %(akhir)s AND k.sampai >= %(awal)s)
        THEN %(awal)s - 2 ELSE min(r.tanggal) - 2 END AS dari
    FROM ruang r GROUP BY r.pegawai_id
),
kalender AS MATERIALIZED (
    SELECT g.tanggal::date AS tanggal, o.opd_id,
        bool_or(k.libur) IS TRUE AS libur, bool_or(k.ramadan) IS TRUE AS ramadan,
        (array_agg(CASE WHEN NOT k.apel THEN NULL WHEN k.jenis_apel <> '' THEN k.jenis_apel
            WHEN extract(isodow FROM k.tanggal) = 1 THEN 'SENIN' ELSE 'LAIN' END ORDER BY k.opd_id NULLS LAST)
            FILTER (WHERE k.apel))[1] AS apel
    FROM generate_series(%(awal)s::timestamp - '2 days'::interval, %(akhir)s::timestamp + '2 days'::interval, '1 day') AS g(tanggal)
    CROSS JOIN (SELECT DISTINCT opd_id FROM duduk) o
    LEFT JOIN kepegawaian_kalender k ON k.tanggal = g.tanggal::date AND (k.opd_id IS NULL OR k.opd_id = o.opd_id)
    GROUP BY 1, 2
),
pola AS MATERIALIZED (
    SELECT p.kode, b.ramadan, g.tanggal::date AS tanggal, h.masuk, h.pulang
    FROM generate_series(%(awal)s::timestamp - '2 days'::interval, %(akhir)s::timestamp + '2 days'::interval, '1 day') AS g(tanggal)
    JOIN presensi_jadwalpola p ON g.tanggal::date BETWEEN p.berlaku_mulai AND coalesce(p.berlaku_sampai, 'infinity')
    CROSS JOIN (VALUES (false), (true)) AS b(ramadan)
    LEFT JOIN presensi_jadwalpola v ON b.ramadan AND v.kode = p.versi_ramadan
        AND g.tanggal::date BETWEEN v.berlaku_mulai AND coalesce(v.berlaku_sampai, 'infinity')
    JOIN presensi_jadwalhari h ON h.pola_id = coalesce(v.id, p.id) AND h.hari = extract(isodow FROM g.tanggal)
),
shift AS MATERIALIZED (
    SELECT s.kode, g.tanggal::date AS tanggal, s.masuk, s.pulang
    FROM generate_series(%(awal)s::timestamp - '2 days'::interval, %(akhir)s::timestamp + '2 days'::interval, '1 day') AS g(tanggal)
    JOIN presensi_jadwalshift s ON g.tanggal::date BETWEEN s.berlaku_mulai AND coalesce(s.berlaku_sampai, 'infinity')
),
hari AS MATERIALIZED (
    SELECT n.pegawai_id, g.tanggal::date AS tanggal, coalesce(j.pola, %(pola_bawaan)s) AS pola, d.opd_id
    FROM rentang n CROSS JOIN LATERAL generate_series(n.dari::timestamp, n.sampai::timestamp, '1 day') AS g(tanggal)
    LEFT JOIN presensi_penugasanjadwal j ON j.pegawai_id = n.pegawai_id
        AND g.tanggal::date BETWEEN j.mulai AND coalesce(j.sampai, 'infinity')
    LEFT JOIN duduk d ON d.pegawai_id = n.pegawai_id AND g.tanggal::date BETWEEN d.mulai AND d.sampai
),
jadwal AS MATERIALIZED (
    SELECT h.pegawai_id, h.tanggal, h.pola, coalesce(k.ramadan, false) AS ramadan, k.apel,
        h.tanggal + coalesce(p.masuk, s.masuk) AS mulai,
        h.tanggal + coalesce(p.pulang, s.pulang)
            + CASE WHEN coalesce(p.pulang <= p.masuk, s.pulang <= s.masuk) THEN interval '1 day' ELSE interval '0' END AS selesai,
        CASE WHEN h.pola = %(shift)s THEN CASE WHEN r.kode IN ('LEPAS', 'OFF') THEN r.kode WHEN s.kode IS NULL THEN 'TANPA_JADWAL' END
             WHEN k.libur OR p.kode IS NULL THEN 'LIBUR' END AS tanpa
    FROM hari h
    LEFT JOIN kalender k ON k.tanggal = h.tanggal AND k.opd_id = h.opd_id
    LEFT JOIN presensi_rostershift r ON h.pola = %(shift)s AND r.pegawai_id = h.pegawai_id AND r.tanggal = h.tanggal
    LEFT JOIN pola p ON p.kode = h.pola AND p.tanggal = h.tanggal AND p.ramadan = coalesce(k.ramadan, false)
        AND k.libur IS NOT TRUE
    LEFT JOIN shift s ON s.kode = r.kode AND s.tanggal = h.tanggal
),
batas AS (
    SELECT pegawai_id, tanggal, 0 AS sisi, mulai AS batas, mulai - %(masuk_sebelum)s AS dari, mulai + %(masuk_sesudah)s AS sampai
    FROM jadwal WHERE tanpa IS NULL
    UNION ALL
    SELECT pegawai_id, tanggal, 1, selesai, selesai - %(pulang_sebelum)s, selesai + %(pulang_sesudah)s
    FROM jadwal WHERE tanpa IS NULL
),
jendela AS MATERIALIZED ( -- a row for each date that a window touches, so that a tap is looked up by its own date alone
    SELECT b.*, g.hari FROM batas b CROSS JOIN LATERAL
        generate_series(greatest(b.dari::date, b.tanggal - 1) - b.tanggal, least(b.sampai::date, b.tanggal + 1) - b.tanggal) AS s(geser)
    CROSS JOIN LATERAL (SELECT b.tanggal + s.geser AS hari) g
),
tap AS MATERIALIZED (
    SELECT t.pegawai_id, t.ts AT TIME ZONE 'Asia/Jakarta' AS saat, (t.ts AT TIME ZONE 'Asia/Jakarta')::date AS hari
    FROM presensi_tapmentah t JOIN rentang n ON n.pegawai_id = t.pegawai_id
    WHERE t.ts >= (%(awal)s - 2)::timestamp AT TIME ZONE 'Asia/Jakarta'
      AND t.ts < (%(akhir)s + 3)::timestamp AT TIME ZONE 'Asia/Jakarta'
      AND t.ts >= n.dari::timestamp AT TIME ZONE 'Asia/Jakarta'
      AND t.ts < (n.sampai + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
),
tempat AS (
    SELECT DISTINCT ON (t.pegawai_id, t.saat) t.pegawai_id, t.saat, j.tanggal, j.sisi
    FROM tap t JOIN jendela j ON j.pegawai_id = t.pegawai_id AND j.hari = t.hari AND t.saat BETWEEN j.dari AND j.sampai
    ORDER BY t.pegawai_id, t.saat, greatest(t.saat - j.batas, j.batas - t.saat), j.tanggal, j.sisi
),
ketuk AS MATERIALIZED (
    SELECT pegawai_id, tanggal, date_trunc('minute', min(saat) FILTER (WHERE sisi = 0)) AS masuk,
        date_trunc('minute', max(saat) FILTER (WHERE sisi = 1)) AS pulang
    FROM tempat GROUP BY pegawai_id, tanggal
),
koreksi AS MATERIALIZED (
    SELECT pegawai_id, tanggal,
        (array_agg(jam ORDER BY diputus_pada DESC NULLS LAST, id) FILTER (WHERE jenis = 'LUPA_MASUK'))[1] AS masuk,
        (array_agg(jam ORDER BY diputus_pada DESC NULLS LAST, id) FILTER (WHERE jenis = 'LUPA_PULANG'))[1] AS pulang,
        bool_or(jenis = 'GANGGUAN_MESIN' AND sisi IN ('MASUK', 'KEDUA')) AS bebas_masuk,
        bool_or(jenis = 'GANGGUAN_MESIN' AND sisi IN ('PULANG', 'KEDUA')) AS bebas_pulang
    FROM presensi_koreksi
    WHERE status = 'DISETUJUI' AND tanggal BETWEEN %(awal)s AND %(akhir)s
      AND jenis IN ('LUPA_MASUK', 'LUPA_PULANG', 'GANGGUAN_MESIN')
    GROUP BY pegawai_id, tanggal
),
bernomor AS MATERIALIZED (
    SELECT j.*, coalesce(a.cuti, false) AS cuti, coalesce(a.tugas_belajar, false) AS tugas_belajar, coalesce(a.dl, false) AS dl,
        coalesce(a.dl_pagi, false) AS dl_pagi, coalesce(a.dl_siang, false) AS dl_siang, s.sakit,
        count(*) FILTER (WHERE s.sakit) OVER (PARTITION BY j.pegawai_id ORDER BY j.tanggal) AS sakit_ke
    FROM jadwal j LEFT JOIN tidakhadir a ON a.pegawai_id = j.pegawai_id AND a.tanggal = j.tanggal
    CROSS JOIN LATERAL (SELECT coalesce(a.sakit, false) AND NOT (a.cuti OR a.tugas_belajar OR a.dl)
        AND coalesce(j.tanpa, '') NOT IN ('LIBUR', 'LEPAS', 'OFF') AS sakit) s
    WHERE j.tanggal BETWEEN %(awal)s AND %(akhir)s
),
dasar AS MATERIALIZED (
    SELECT r.pegawai_id, r.tanggal, r.opd_id, b.pola, b.ramadan, b.apel, b.mulai, b.selesai, b.tanpa, b.dl_pagi, b.dl_siang,
        b.sakit_ke, coalesce(k.bebas_masuk, false) AS bebas_masuk, coalesce(k.bebas_pulang, false) AS bebas_pulang,
        CASE WHEN k.masuk IS NULL THEN t.masuk
             WHEN abs(extract(epoch FROM r.tanggal + k.masuk - b.mulai)) <= abs(extract(epoch FROM r.tanggal + 1 + k.masuk - b.mulai))
             THEN date_trunc('minute', r.tanggal + k.masuk) ELSE date_trunc('minute', r.tanggal + 1 + k.masuk) END AS masuk,
        CASE WHEN k.pulang IS NULL THEN t.pulang
             WHEN abs(extract(epoch FROM r.tanggal + k.pulang - b.selesai)) <= abs(extract(epoch FROM r.tanggal + 1 + k.pulang - b.selesai))
             THEN date_trunc('minute', r.tanggal + k.pulang) ELSE date_trunc('minute', r.tanggal + 1 + k.pulang) END AS pulang,
        CASE WHEN b.tanpa IN ('LIBUR', 'LEPAS', 'OFF') THEN b.tanpa
             WHEN b.cuti THEN 'CUTI'
             WHEN b.tugas_belajar THEN 'TUGAS_BELAJAR'
             WHEN b.dl THEN 'DL'
             WHEN b.sakit THEN 'SAKIT'
             WHEN b.tanpa = 'TANPA_JADWAL' THEN 'TANPA_JADWAL'
             WHEN r.tanggal >= %(sekarang)s::date OR %(sekarang)s <= b.selesai + %(pulang_sesudah)s THEN 'BELUM'
             WHEN t.masuk IS NOT NULL OR t.pulang IS NOT NULL OR k.masuk IS NOT NULL OR k.pulang IS NOT NULL
                  OR k.bebas_masuk OR k.bebas_pulang OR b.dl_pagi OR b.dl_siang THEN 'HADIR'
             ELSE 'TK' END AS status,
        p.hadir AS apel_hadir
    FROM ruang r JOIN bernomor b ON b.pegawai_id = r.pegawai_id AND b.tanggal = r.tanggal
    LEFT JOIN ketuk t ON t.pegawai_id = r.pegawai_id AND t.tanggal = r.tanggal
    LEFT JOIN koreksi k ON k.pegawai_id = r.pegawai_id AND k.tanggal = r.tanggal
    LEFT JOIN presensi_apelkehadiran p ON p.pegawai_id = r.pegawai_id AND p.tanggal = r.tanggal
),
sisi AS MATERIALIZED (
    SELECT d.*,
        d.status = 'HADIR' AND NOT d.dl_pagi AND (d.masuk IS NOT NULL OR NOT d.bebas_masuk) AS nilai_masuk,
        d.status = 'HADIR' AND NOT d.dl_siang AND (d.pulang IS NOT NULL OR NOT d.bebas_pulang) AS nilai_pulang,
        d.masuk IS NOT NULL AS ada_masuk, d.pulang IS NOT NULL AS ada_pulang, 'IN'::text AS arah_masuk, 'OUT'::text AS arah_pulang,
        CASE WHEN m.telat > %(toleransi)s THEN m.telat WHEN m.telat IS NOT NULL THEN 0 END AS telat,
        CASE WHEN m.cepat > %(toleransi)s THEN m.cepat WHEN m.cepat IS NOT NULL THEN 0 END AS cepat,
        CASE WHEN d.apel IS NULL OR d.status <> 'HADIR' OR d.pola = %(shift)s OR d.apel_hadir IS NOT FALSE THEN NULL
             WHEN d.ramadan AND d.apel IN ('SENIN', 'LAIN') THEN NULL
             WHEN d.apel = 'UPACARA' THEN 'UPACARA' ELSE 'APEL_' || d.apel END AS kode_apel,
        CASE WHEN d.status = 'SAKIT' THEN d.sakit_ke END AS hari_ke,
        CASE WHEN d.status = 'SAKIT' THEN true END AS bersurat,
        NULL::bigint AS tanpa_hari_ke, NULL::boolean AS tanpa_surat
    FROM dasar d CROSS JOIN LATERAL (SELECT
        CASE WHEN d.masuk IS NOT NULL THEN floor(greatest(0, extract(epoch FROM d.masuk - d.mulai)) / 60)::int END AS telat,
        CASE WHEN d.pulang IS NOT NULL THEN floor(greatest(0, extract(epoch FROM d.selesai - d.pulang)) / 60)::int END AS cepat) m
),
dinilai AS MATERIALIZED (
    SELECT s.*,
        CASE WHEN s.status IN ('TK', 'SAKIT') THEN s.status WHEN s.nilai_masuk THEN {kategori_masuk} END AS kode_1,
        CASE WHEN s.nilai_masuk THEN coalesce({aturan_masuk}, '?') END AS ak_1,
        CASE WHEN s.nilai_pulang THEN {kategori_pulang} END AS kode_2,
        CASE WHEN s.nilai_pulang THEN coalesce({aturan_pulang}, '?') END AS ak_2
    FROM sisi s
),
berpotongan AS MATERIALIZED (
    SELECT s.*,
        CASE WHEN s.kode_1 IS NULL THEN 0 ELSE {persen_1} END AS persen_1, CASE WHEN s.kode_1 IS NOT NULL THEN {ap_1} END AS ap_1,
        CASE WHEN s.kode_2 IS NULL THEN 0 ELSE {persen_2} END AS persen_2, CASE WHEN s.kode_2 IS NOT NULL THEN {ap_2} END AS ap_2,
        CASE WHEN s.kode_apel IS NULL THEN 0 ELSE {persen_3} END AS persen_3, CASE WHEN s.kode_apel IS NOT NULL THEN {ap_3} END AS ap_3
    FROM dinilai s
),
hasil AS (
    SELECT s.pegawai_id, s.tanggal, s.opd_id, s.pola, s.mulai AT TIME ZONE 'Asia/Jakarta' AS jadwal_masuk,
        s.selesai AT TIME ZONE 'Asia/Jakarta' AS jadwal_pulang,
        CASE WHEN s.status = 'HADIR' THEN s.masuk AT TIME ZONE 'Asia/Jakarta' END AS masuk,
        CASE WHEN s.status = 'HADIR' THEN s.pulang AT TIME ZONE 'Asia/Jakarta' END AS pulang,
        CASE WHEN s.status <> 'HADIR' THEN NULL WHEN NOT s.nilai_masuk THEN 0 ELSE s.telat END AS menit_telat,
        CASE WHEN s.status <> 'HADIR' THEN NULL WHEN NOT s.nilai_pulang THEN 0 ELSE s.cepat END AS menit_pulang_cepat,
        s.status,
        array_remove(ARRAY[CASE WHEN s.status <> 'SAKIT' THEN s.kode_1 WHEN s.persen_1 > 0 THEN 'SAKIT_LANJUT' END,
            s.kode_2, s.kode_apel], NULL)::varchar[] AS kode,
        CASE WHEN s.status <> 'HADIR' THEN ARRAY[]::varchar[] ELSE array_remove(ARRAY[
            CASE WHEN s.dl_pagi THEN 'DL_PAGI' WHEN s.nilai_masuk AND NOT s.ada_masuk THEN 'LUPA_MASUK' END,
            CASE WHEN s.dl_siang THEN 'DL_SIANG' WHEN s.nilai_pulang AND NOT s.ada_pulang THEN 'LUPA_PULANG' END], NULL)::varchar[]
        END AS penanda,
        CASE WHEN '?' IN (s.ak_1, s.ak_2) THEN NULL ELSE s.persen_1 + s.persen_2 + s.persen_3 END AS persen,
        array_remove(ARRAY[s.ak_1, s.ak_2, s.ap_1, s.ap_2, s.ap_3], NULL)::varchar[] AS aturan
    FROM berpotongan s
)
"""

SIMPAN = """
INSERT INTO presensi_hadirharian AS h (pegawai_id, tanggal, opd_id, pola, jadwal_masuk, jadwal_pulang, masuk, pulang, menit_telat,
    menit_pulang_cepat, status, kode, penanda, persen, aturan, versi_aturan, dihitung_pada)
SELECT pegawai_id, tanggal, opd_id, pola, jadwal_masuk, jadwal_pulang, masuk, pulang, menit_telat,
    menit_pulang_cepat, status, kode, penanda, persen, aturan, %(versi)s, %(dihitung_pada)s FROM hasil
ORDER BY opd_id, pegawai_id, tanggal -- rows of one OPD lie together on disk, for those who read an OPD
ON CONFLICT (pegawai_id, tanggal) DO UPDATE SET opd_id = excluded.opd_id, pola = excluded.pola,
    jadwal_masuk = excluded.jadwal_masuk, jadwal_pulang = excluded.jadwal_pulang, masuk = excluded.masuk, pulang = excluded.pulang,
    menit_telat = excluded.menit_telat, menit_pulang_cepat = excluded.menit_pulang_cepat, status = excluded.status,
    kode = excluded.kode, penanda = excluded.penanda, persen = excluded.persen, aturan = excluded.aturan,
    versi_aturan = excluded.versi_aturan, dihitung_pada = excluded.dihitung_pada
WHERE (h.opd_id, h.pola, h.jadwal_masuk, h.jadwal_pulang, h.masuk, h.pulang, h.menit_telat, h.menit_pulang_cepat, h.status, h.kode,
       h.penanda, h.persen, h.aturan, h.versi_aturan)
   IS DISTINCT FROM (excluded.opd_id, excluded.pola, excluded.jadwal_masuk, excluded.jadwal_pulang, excluded.masuk, excluded.pulang,
       excluded.menit_telat, excluded.menit_pulang_cepat, excluded.status, excluded.kode, excluded.penanda, excluded.persen,
       excluded.aturan, excluded.versi_aturan)
"""


@dataclass(frozen=True)
class Pernyataan:
    """The CTE list `… hasil`, without WITH, with what its rule tables need as parameters, and their versions."""

    sql: str
    params: Mapping[str, Any]
    versi: str


def pernyataan(bulan: date, *, juga_disegel: bool = False) -> Pernyataan:
    """The statement with the rule versions of a month (those of its last day). Raises NoVersion, NotExpressible.

    `juga_disegel`: also for people whose month is sealed; only for reading.
    """
    pada = akhir_bulan(bulan.year, bulan.month)
    found = [find(name, pada=pada) for name in ("absen_kategori", "absen_potongan")]
    ditulis = _tulis(pada, tuple((table.sha256, version) for table, version in found))
    return replace(ditulis, params={**ditulis.params, "juga_disegel": juga_disegel})


@lru_cache(maxsize=64)
def _tulis(pada: date, _tabel: tuple[tuple[str, str], ...]) -> Pernyataan:
    """Written once per month and pair of tables: writing takes longer than computing a day."""
    writer = _Writer()
    parts: dict[str, str] = {}
    versi: list[str] = []
    for sisi, menit in (("masuk", "telat"), ("pulang", "cepat")):
        rule = as_expression(
            "absen_kategori",
            pada=pada,
            arah=_column(f"s.arah_{sisi}", models.TextField()),
            ada_tap=_column(f"s.ada_{sisi}", models.BooleanField()),
            selisih_menit=_column(f"s.{menit}", models.IntegerField()),
        )
        parts |= {f"kategori_{sisi}": writer.sql(rule["kode"]), f"aturan_{sisi}": writer.sql(rule.rule)}
        versi.append(rule.version)
    for nomor, kode in enumerate(("kode_1", "kode_2", "kode_apel"), 1):
        own = nomor == 1  # only the first may be SAKIT
        rule = as_expression(
            "absen_potongan",
            pada=pada,
            kode=_column(f"s.{kode}", models.TextField()),
            hari_ke=_column("s.hari_ke" if own else "s.tanpa_hari_ke", models.IntegerField()),
            bersurat=_column("s.bersurat" if own else "s.tanpa_surat", models.BooleanField()),
            ramadan=_column("s.ramadan", models.BooleanField()),
        )
        parts |= {f"persen_{nomor}": writer.sql(rule["persen"]), f"ap_{nomor}": writer.sql(rule.rule)}
        versi.append(rule.version)
    fixed = {"cuti": list(CUTI), "dinas": list(DINAS), "shift": SHIFT}
    return Pernyataan(RUANG + HITUNG.format_map(parts), {**writer.params, **fixed}, f"{versi[0]};{versi[-1]}")


def _column(name: str, field: models.Field[Any, Any]) -> RawSQL:
    return RawSQL(name, (), output_field=field)  # noqa: S611 names of this module only


class _Writer:
    """Django expressions as SQL text; their parameters get names, so that they can stand among named ones."""

    def __init__(self) -> None:
        self.query = Query(HadirHarian)
        self.compiler = self.query.get_compiler(connection=connection)
        self.params: dict[str, Any] = {}

    def sql(self, expression: Any) -> str:
        text, params = self.compiler.compile(expression.resolve_expression(self.query))
        pieces = text.split("%s")
        names = [f"aturan_{len(self.params) + place}" for place in range(len(params))]
        self.params |= dict(zip(names, params, strict=True))
        return "".join(
            piece + (f"%({names[place]})s" if place < len(names) else "") for place, piece in enumerate(pieces)
        )
