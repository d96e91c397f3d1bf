"""Single-day attendance cases (`golden_presensi.json`), each through the single-day function and the set-based statement.

The statement reads tables; here they are temporary ones of the same names, which hide the product's own for the length
of one rolled-back transaction. So the check needs a server, but neither schema nor rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import OperationalError, connection, transaction

from backend.core.periode import WIB
from backend.operations.cases import CaseResult, InvalidCases, cases_of, first_inputs
from backend.operations.database import ensure_database
from backend.presensi import bawaan
from backend.presensi.calculations import (
    SEHARI,
    Batas,
    Fakta,
    HariKalender,
    Jadwal,
    KoreksiHari,
    hitung_hari,
    jadwal_pola,
    jadwal_shift,
    lokal,
)
from backend.presensi.enums import SHIFT, Bagian, JenisKoreksi, KodeShift, SisiKoreksi
from backend.presensi.services.harian import Pilihan, Rentang, salinan

AKTIF = "01"
DAHULU = date(1900, 1, 1)  # cases of any year run with the shipped schedules
KEDUA = ("fungsi harian", "pernyataan SQL")


def recognises(data: dict[str, Any]) -> bool:
    """Attendance: a date with taps."""
    return {"tanggal", "tap"} <= first_inputs(data).keys()


def check(data: dict[str, Any]) -> Iterator[CaseResult]:
    """Each case with the steps in which one of the two calculations differs from `harapan`."""
    cases = [_read(case) for case in cases_of(data)]
    from_sql = _by_statement([kasus for kasus in cases if _can_be_rows(kasus)])
    for kasus in cases:
        answer = _answer_of(kasus)
        answers = (answer, from_sql.get(kasus.pegawai, answer))
        yield CaseResult(kasus.id, kasus.judul, list(_differences(kasus.harapan, answers)))


# --- Reading a case ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kasus:
    """A case as facts of one day. `sakit`: bersurat, hari_ke."""

    id: str
    judul: str
    harapan: Mapping[str, Any]
    pegawai: UUID
    tanggal: date
    pola: str
    roster: Mapping[date, str]
    kalender: Mapping[date, HariKalender]
    cuti: bool
    tugas_belajar: bool
    bagian_dinas: str
    sakit_ke: int | None
    taps: Sequence[datetime]
    koreksi: Sequence[tuple[str, time | None, str]]
    apel_hadir: bool | None
    dihitung_pada: datetime


def _read(case: Mapping[str, Any]) -> Kasus:
    """Raises InvalidCases, naming the case."""
    masukan = case["masukan"]
    try:
        return _kasus(case, masukan)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidCases(sebab=f"kasus {case['id']}: {_why(error)}") from None


def _why(error: Exception) -> str:
    return f"{error.args[0]!r} tidak ada" if isinstance(error, KeyError) else str(error)


def _kasus(case: Mapping[str, Any], masukan: Mapping[str, Any]) -> Kasus:
    sakit, tugas = masukan.get("sakit"), masukan.get("tugas")
    return Kasus(
        id=case["id"],
        judul=str(case.get("judul", "")),
        harapan=case["harapan"],
        pegawai=uuid4(),
        tanggal=date.fromisoformat(masukan["tanggal"]),
        pola=SHIFT if masukan.get("pegawai_shift") else _known(masukan.get("pola") or "N5", bawaan.aturan().pola),
        roster={
            date.fromisoformat(hari): _known(kode, KodeShift.values) for hari, kode in masukan.get("roster", {}).items()
        },
        kalender={date.fromisoformat(hari): _kalender(isi) for hari, isi in masukan.get("kalender", {}).items()},
        cuti=bool(masukan.get("cuti")),
        tugas_belajar=bool(masukan.get("tugas_belajar")),
        bagian_dinas=_known(tugas.get("bagian", Bagian.PENUH), Bagian.values) if tugas else "",
        sakit_ke=int(sakit["hari_ke"]) if sakit and sakit["bersurat"] else None,
        taps=[_saat(tap) for tap in masukan["tap"]],
        koreksi=[_koreksi(satu) for satu in masukan.get("koreksi", []) if satu.get("status") == "DISETUJUI"],
        apel_hadir=masukan.get("apel_hadir"),
        dihitung_pada=_saat(masukan["dihitung_pada"]),
    )


def _known(value: Any, values: Any) -> str:
    if value not in values:
        raise ValueError(f'"{value}" bukan salah satu dari {", ".join(sorted(values))}')
    return str(value)


def _saat(text: str) -> datetime:
    """A moment; without an offset it is local."""
    saat = datetime.fromisoformat(text)
    return saat if saat.tzinfo else saat.replace(tzinfo=WIB)


def _kalender(isi: Mapping[str, Any]) -> HariKalender:
    apel = isi.get("apel") or ""
    return HariKalender(
        libur=bool(isi.get("libur")),
        ramadan=bool(isi.get("ramadan")),
        apel=_known(apel, ("SENIN", "LAIN", "UPACARA")) if apel else "",
    )


def _koreksi(isi: Mapping[str, Any]) -> tuple[str, time | None, str]:
    """jenis, claimed local time of day, side."""
    jenis, jam = _known(isi["jenis"], JenisKoreksi.values), isi.get("jam")
    if jam is not None:
        jam = lokal(_saat(jam)).time() if "T" in jam else time.fromisoformat(jam)
    if jenis in {JenisKoreksi.LUPA_MASUK, JenisKoreksi.LUPA_PULANG} and jam is None:
        raise ValueError(f"koreksi {jenis} tanpa jam")
    sisi = isi.get("sisi") or ("KEDUA" if jenis == JenisKoreksi.GANGGUAN_MESIN else "")
    return jenis, jam, _known(sisi, SisiKoreksi.values) if sisi else ""


# --- The single-day function --------------------------------------------------------------------------------------------


def _answer_of(kasus: Kasus) -> dict[str, Any]:
    aturan = bawaan.aturan()
    dekat = [kasus.tanggal + SEHARI * geser for geser in range(-2, 3)]
    hari = hitung_hari(
        Fakta(
            kasus.tanggal,
            {tanggal: _jadwal(kasus, tanggal, aturan) for tanggal in dekat},
            [lokal(tap) for tap in kasus.taps],
            lokal(kasus.dihitung_pada),
            kasus.kalender.get(kasus.tanggal, HariKalender()),
            pegawai_shift=kasus.pola == SHIFT,
            cuti=kasus.cuti,
            tugas_belajar=kasus.tugas_belajar,
            bagian_dinas=frozenset({kasus.bagian_dinas} - {""}),
            sakit_ke=kasus.sakit_ke,
            koreksi=_koreksi_hari(kasus),
            apel_hadir=kasus.apel_hadir,
        ),
        aturan,
    )
    return {
        "status": hari.status.value,
        "masuk": hari.masuk and f"{hari.masuk:%Y-%m-%dT%H:%M}",
        "pulang": hari.pulang and f"{hari.pulang:%Y-%m-%dT%H:%M}",
        "menit_telat": hari.menit_telat,
        "menit_pulang_cepat": hari.menit_pulang_cepat,
        "kode": list(hari.kode),
        "penanda": list(hari.penanda),
        "persen": hari.persen,
    }


def _jadwal(kasus: Kasus, tanggal: date, aturan: Any) -> Jadwal:
    if kasus.pola == SHIFT:
        return jadwal_shift(aturan, kasus.roster.get(tanggal), tanggal)
    return jadwal_pola(aturan, kasus.pola, tanggal, kasus.kalender.get(tanggal, HariKalender()))


def _koreksi_hari(kasus: Kasus) -> KoreksiHari:
    """The last approved claim of each side wins."""
    jam = {jenis: jam for jenis, jam, _ in kasus.koreksi}
    bebas = {sisi for jenis, _, sisi in kasus.koreksi if jenis == JenisKoreksi.GANGGUAN_MESIN}
    return KoreksiHari(
        (jam.get(JenisKoreksi.LUPA_MASUK), jam.get(JenisKoreksi.LUPA_PULANG)),
        (bool(bebas & {"MASUK", "KEDUA"}), bool(bebas & {"PULANG", "KEDUA"})),
    )


# --- The set-based statement ----------------------------------------------------------------------------------------------

TABLES = {
    "kepegawaian_unor": "id uuid, opd_id uuid",
    "kepegawaian_posisi": "id uuid, unor_id uuid",
    "kepegawaian_pegawai": "id uuid, kedudukan_hukum text",
    "kepegawaian_riwayatjabatan": "pegawai_id uuid, posisi_id uuid, jenis_penugasan text, status text, mulai date, sampai date",
    "kepegawaian_kalender": "tanggal date, libur boolean, ramadan boolean, apel boolean, jenis_apel text, opd_id uuid",
    "presensi_jadwalpola": "id uuid, kode text, versi_ramadan text, berlaku_mulai date, berlaku_sampai date",
    "presensi_jadwalhari": "pola_id uuid, hari int, masuk time, pulang time",
    "presensi_jadwalshift": "kode text, masuk time, pulang time, berlaku_mulai date, berlaku_sampai date",
    "presensi_penugasanjadwal": "pegawai_id uuid, pola text, mulai date, sampai date",
    "presensi_rostershift": "pegawai_id uuid, tanggal date, kode text",
    "presensi_tapmentah": "pegawai_id uuid, ts timestamptz",
    "presensi_ketidakhadiran": "pegawai_id uuid, jenis text, bagian text, mulai date, sampai date, nomor_surat text, status text",
    "presensi_koreksi": "id bigint, pegawai_id uuid, tanggal date, jenis text, jam time, sisi text, status text, diputus_pada timestamptz",
    "presensi_apelkehadiran": "pegawai_id uuid, tanggal date, hadir boolean",
    "presensi_rekapbulan": "pegawai_id uuid, bulan date, status text",
}
Rows = dict[str, list[tuple[Any, ...]]]


def _by_statement(cases: Sequence[Kasus]) -> dict[UUID, dict[str, Any]]:
    """Answers by person: one statement per month and moment of computing."""
    rows: Rows = defaultdict(list)
    _schedules(rows)
    for kasus in cases:
        _facts(kasus, rows)
    groups: dict[tuple[int, int, datetime], list[Kasus]] = defaultdict(list)
    for kasus in cases:
        groups[kasus.tanggal.year, kasus.tanggal.month, kasus.dihitung_pada].append(kasus)
    found: dict[UUID, dict[str, Any]] = {}
    _any_database()
    with transaction.atomic():
        _fill(rows)
        for (_, _, sekarang), mine in groups.items():
            ruang = [Rentang(kasus.tanggal, kasus.tanggal, kasus.pegawai) for kasus in mine]
            for row in salinan(ruang, sekarang=sekarang, pilihan=Pilihan(Batas(), "N5", [AKTIF])):
                found[row["pegawai_id"]] = _shown(row)
        transaction.set_rollback(True)
    return found


def _any_database() -> None:
    """Temporary tables need a database, but nothing in it: make an empty one when there is none."""
    try:
        connection.ensure_connection()
    except OperationalError:
        ensure_database(connection)


def _fill(rows: Rows) -> None:
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
            with cursor.copy(f"COPY pg_temp.{table} FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)


def _schedules(rows: Rows) -> None:
    for kode, pola in bawaan.aturan().pola.items():
        pk = uuid4()
        rows["presensi_jadwalpola"].append((pk, kode, pola.versi_ramadan, DAHULU, None))
        rows["presensi_jadwalhari"] += [(pk, hari, jam.masuk, jam.pulang) for hari, jam in pola.hari.items()]
    for kode, jam in bawaan.aturan().shift.items():
        rows["presensi_jadwalshift"].append((kode, jam.masuk, jam.pulang, DAHULU, None))


def _facts(kasus: Kasus, rows: Rows) -> None:
    """The case as rows, with an OPD of its own so that its calendar touches nobody else."""
    orang, hari, opd, posisi = kasus.pegawai, kasus.tanggal, uuid4(), uuid4()
    rows["kepegawaian_unor"].append((opd, opd))
    rows["kepegawaian_posisi"].append((posisi, opd))
    rows["kepegawaian_pegawai"].append((orang, AKTIF))
    rows["kepegawaian_riwayatjabatan"].append((orang, posisi, "D", "AKTIF", hari - timedelta(days=90), None))
    rows["kepegawaian_kalender"] += [
        (tanggal, isi.libur, isi.ramadan, bool(isi.apel), isi.apel, opd) for tanggal, isi in kasus.kalender.items()
    ]
    rows["presensi_tapmentah"] += [(orang, tap) for tap in kasus.taps]
    rows["presensi_koreksi"] += [
        (nomor, orang, hari, jenis, jam, sisi, "DISETUJUI", kasus.dihitung_pada + timedelta(seconds=nomor))
        for nomor, (jenis, jam, sisi) in enumerate(kasus.koreksi)
    ]
    if kasus.apel_hadir is not None:
        rows["presensi_apelkehadiran"].append((orang, hari, kasus.apel_hadir))
    _schedule_of(kasus, rows)
    _absences(kasus, rows)


def _schedule_of(kasus: Kasus, rows: Rows) -> None:
    """The person's schedule; earlier sick days of the month are rostered, so that they are working days for certain."""
    orang, hari = kasus.pegawai, kasus.tanggal
    rows["presensi_rostershift"] += [(orang, tanggal, kode) for tanggal, kode in kasus.roster.items()]
    rows["presensi_rostershift"] += [
        (orang, tanggal, KodeShift.PAGI.value) for tanggal in _earlier(kasus) if tanggal not in kasus.roster
    ]
    rostered = kasus.sakit_ke is not None and kasus.pola != SHIFT
    rows["presensi_penugasanjadwal"].append((orang, kasus.pola, hari if rostered else DAHULU, None))
    if rostered:
        rows["presensi_penugasanjadwal"].append((orang, SHIFT, hari - timedelta(days=40), hari - SEHARI))


def _absences(kasus: Kasus, rows: Rows) -> None:
    def add(jenis: str, *, bagian: str = Bagian.PENUH.value, tanggal: date = kasus.tanggal) -> None:
        rows["presensi_ketidakhadiran"].append((kasus.pegawai, jenis, bagian, tanggal, tanggal, "surat", "DISETUJUI"))

    if kasus.cuti:
        add("CUTI_TAHUNAN")
    if kasus.tugas_belajar:
        add("TUGAS_BELAJAR")
    if kasus.bagian_dinas:
        add("DINAS_LUAR", bagian=kasus.bagian_dinas)
    if kasus.sakit_ke is not None:
        for tanggal in (kasus.tanggal, *_earlier(kasus)):
            add("SAKIT", tanggal=tanggal)


def _earlier(kasus: Kasus) -> list[date]:
    """Days of the month before the date on which the person was sick too."""
    return _free_days(kasus)[: (kasus.sakit_ke or 1) - 1]


def _can_be_rows(kasus: Kasus) -> bool:
    """A fifth sick day on the second of a month can be asked of the single-day function, but no rows can say it."""
    return (kasus.sakit_ke or 1) - 1 <= len(_free_days(kasus))


def _free_days(kasus: Kasus) -> list[date]:
    """Earlier days of the month that may be working days, the nearest first."""
    days = [kasus.tanggal.replace(day=nomor) for nomor in range(kasus.tanggal.day - 1, 0, -1)]
    return [tanggal for tanggal in days if kasus.roster.get(tanggal) not in {KodeShift.LEPAS, KodeShift.OFF}]


# --- Comparing ------------------------------------------------------------------------------------------------------------


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {side: row[side] and f"{row[side]:%Y-%m-%dT%H:%M}" for side in ("masuk", "pulang")}
    names = ("status", "menit_telat", "menit_pulang_cepat", "kode", "penanda", "persen")
    return {**{name: row[name] for name in names}, **times}


def _differences(harapan: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any, Any]]:
    for step, expected in harapan.items():
        found = [answer.get(step, "tidak dihitung") for answer in answers]
        wrong = [not _same(step, expected, value) for value in found]
        if all(wrong) and _same(step, found[0], found[1]):
            yield step, _text(expected), _text(found[0])
            continue
        for nama, value, differs in zip(KEDUA, found, wrong, strict=True):
            if differs:
                yield f"{step} ({nama})", _text(expected), _text(value)


def _same(step: str, expected: Any, actual: Any) -> bool:
    if step == "persen" and not isinstance(expected, bool):
        try:
            return Decimal(str(expected)) == Decimal(str(actual))
        except ArithmeticError:
            return False
    return bool(expected == actual)


def _text(value: Any) -> str:
    """A value as a line shows it."""
    if value is None or value == []:
        return "–"
    if isinstance(value, list):
        return "+".join(str(item) for item in value)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
