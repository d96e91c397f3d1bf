"""Reads of attendance. Pages and TPP read day and month rows; only the detail of one person's day reads taps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Avg, Count, IntegerField, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.periode import WIB, akhir_bulan
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.calculations import hari_kerja_setelah
from backend.kepegawaian.models import Kalender, Pegawai, RiwayatJabatan
from backend.platform.settings import setting
from backend.presensi.calculations import (
    SEHARI,
    Aturan,
    Batas,
    Fakta,
    Hari,
    HariKalender,
    Jadwal,
    Jam,
    KoreksiHari,
    Pola,
    hitung_hari,
    jadwal_pola,
    jadwal_shift,
    jendela_hari,
    lokal,
    tempat_tap,
)
from backend.presensi.enums import (
    CUTI,
    DINAS,
    LUPA,
    SHIFT,
    JenisKoreksi,
    JenisTidakHadir,
    StatusHari,
    StatusPengajuan,
    StatusSegel,
)
from backend.presensi.models import (
    ApelKehadiran,
    HadirHarian,
    JadwalPola,
    JadwalShift,
    Ketidakhadiran,
    Koreksi,
    PenugasanJadwal,
    RekapBulan,
    RosterShift,
    SegelBulan,
    TapMentah,
)

PEMUTUS = frozenset({Peran.ADMIN_OPD, Peran.KEPALA_OPD, Peran.BKPSDM, Peran.KEPALA_BKPSDM})
AKHIR_HARI = time(23, 59, 59)


# --- Dates and limits ---------------------------------------------------------------------------------------------


def batas() -> Batas:
    """Windows and tolerance of the settings."""
    return Batas(
        masuk_sebelum=setting("jendela_masuk_sebelum"),
        masuk_sesudah=setting("jendela_masuk_sesudah"),
        pulang_sebelum=setting("jendela_pulang_sebelum"),
        pulang_sesudah=setting("jendela_pulang_sesudah"),
        toleransi=setting("toleransi_menit"),
    )


def akhir_bulan_dari(tanggal: date) -> date:
    return akhir_bulan(tanggal.year, tanggal.month)


def batas_koreksi(tanggal: date) -> datetime:
    """Until when the month of a date may be corrected: a day of the next month, 23:59:59."""
    bulan_depan = akhir_bulan_dari(tanggal) + SEHARI
    return datetime.combine(bulan_depan.replace(day=setting("batas_koreksi_tanggal")), AKHIR_HARI, WIB)


def hari_kerja_ke(tanggal: date, n: int, *, opd: UUID | None) -> date:
    """The n-th working day after a date, by the calendar of an OPD."""
    return hari_kerja_setelah(tanggal, n, libur=kepegawaian.hari_libur(tanggal, tanggal + timedelta(days=60), opd=opd))


def opd_pada(pegawai: UUID, tanggal: date) -> UUID | None:
    """The OPD of a person on a date."""
    rows = RiwayatJabatan.objects.pada(tanggal).definitif().filter(pegawai=pegawai)
    return rows.values_list("posisi__unor__opd", flat=True).first()


def disegel(pegawai: UUID, tanggal: date) -> bool:
    """Is the month of a date sealed for this person?"""
    return RekapBulan.objects.filter(pegawai=pegawai, bulan=tanggal.replace(day=1), status=StatusSegel.DISEGEL).exists()


def boleh_memutus(user: User, pegawai: Pegawai, *, pada: datetime) -> bool:
    """May this user decide a leave or a correction of a person: atasan langsung, Admin or Kepala of the OPD, BKPSDM."""
    hari = kepegawaian.tanggal_dari(pada)
    if kepegawaian.bawahan_langsung(user, hari).filter(pegawai=pegawai).exists():
        return True
    opd = kepegawaian.lingkup_opd(user, *PEMUTUS, pada=hari)
    return opd is None or opd_pada(pegawai.pk, hari) in opd


def banyak_lupa(pegawai: UUID, tanggal: date) -> int:
    """Approved LUPA_* corrections of a person in the month of a date: shown to whoever decides the next."""
    bulan = tanggal.replace(day=1)
    rows = Koreksi.objects.filter(pegawai=pegawai, jenis__in=LUPA, status=StatusPengajuan.DISETUJUI)
    return rows.filter(tanggal__range=(bulan, akhir_bulan_dari(bulan))).count()


def peringatan_koreksi(row: Koreksi, *, hari: HadirHarian | None, lupa: int) -> list[str]:
    """What keeps a correction from being approved together with others, in words. `hari`: its day as it stands."""
    batas = setting("koreksi_lupa_peringatan")
    sisi = {JenisKoreksi.LUPA_MASUK: "masuk", JenisKoreksi.LUPA_PULANG: "pulang"}.get(JenisKoreksi(row.jenis))
    ada: datetime | None = getattr(hari, sisi) if hari and sisi else None
    found = []
    if row.jenis in LUPA and batas and lupa >= batas:
        found.append(f"Sudah {lupa} kali lupa tap bulan ini")
    if ada is not None:
        found.append(f"Tap {sisi} sudah ada, pukul {lokal(ada):%H.%M}")
    if hari is not None and hari.status not in {
        StatusHari.HADIR,
        StatusHari.TK,
        StatusHari.BELUM,
        StatusHari.TANPA_JADWAL,
    }:
        found.append(f"Hari itu {hari.get_status_display().lower()}")
    if row.jenis == JenisKoreksi.UBAH_STATUS and row.berkas_id is None:
        found.append("Tanpa berkas surat")
    return found


# --- Month pages: stored rows only ------------------------------------------------------------------------------------


def rekap(user: User, bulan: date, *, opd: UUID | None = None) -> QuerySet[RekapBulan]:
    """Month rows that a user sees, with person and OPD, ordered by name; filter and page at will."""
    rows = RekapBulan.objects.visible_to(user).filter(bulan=bulan.replace(day=1))
    if opd is not None:
        rows = rows.filter(opd=opd)
    found: QuerySet[RekapBulan] = rows.select_related("pegawai", "opd").order_by("pegawai__nama", "pegawai_id")
    return found


def hari_bulan(user: User, pegawai: UUID, bulan: date) -> list[HadirHarian]:
    """The day rows of one person and month that a user sees, in order."""
    mulai = bulan.replace(day=1)
    rows = HadirHarian.objects.visible_to(user).filter(pegawai=pegawai)
    return list(rows.filter(tanggal__range=(mulai, akhir_bulan_dari(mulai))).order_by("tanggal"))


def kisi(user: User, pegawai: Iterable[UUID], bulan: date) -> dict[UUID, dict[date, HadirHarian]]:
    """Day rows of the people of one page, by person and date, in one statement."""
    mulai = bulan.replace(day=1)
    rows = HadirHarian.objects.visible_to(user).filter(
        pegawai__in=list(pegawai), tanggal__range=(mulai, akhir_bulan_dari(mulai))
    )
    found: dict[UUID, dict[date, HadirHarian]] = {}
    for row in rows.order_by("tanggal"):
        found.setdefault(row.pegawai_id, {})[row.tanggal] = row
    return found


@dataclass(frozen=True)
class Skor:
    """Deductions of one person and month, summed over stored day rows. `kode`: events by code."""

    pegawai: UUID
    nip: str
    nama: str
    hari_kerja: int
    hari_masuk: int
    persen: Decimal
    menit_telat: int
    menit_pulang_cepat: int
    kode: Mapping[str, int]


# Sums over day rows, not over recaps: what an OPD sees are the days that lay in it. One statement that reads each row once:
# days of equal codes are counted together, and the few kinds of day that remain are summed and taken apart into codes.
SKOR = """
WITH macam AS MATERIALIZED (
    SELECT pegawai_id, kode, count(*) AS n, count(*) FILTER (WHERE status NOT IN ('LIBUR', 'LEPAS', 'OFF')) AS hari_kerja,
        count(*) FILTER (WHERE status IN ('HADIR', 'DL')) AS hari_masuk, sum(persen) AS persen,
        coalesce(sum(menit_telat), 0) AS telat, coalesce(sum(menit_pulang_cepat), 0) AS cepat
    FROM presensi_hadirharian
    WHERE tanggal BETWEEN %(mulai)s AND %(sampai)s AND (%(semua)s OR opd_id = ANY(%(opd)s::uuid[]))
    GROUP BY pegawai_id, kode
), jumlah AS (
    SELECT pegawai_id, sum(hari_kerja)::int AS hari_kerja, sum(hari_masuk)::int AS hari_masuk, sum(persen) AS persen,
        sum(telat)::int AS telat, sum(cepat)::int AS cepat
    FROM macam GROUP BY pegawai_id
), kejadian AS (
    SELECT pegawai_id, jsonb_object_agg(k, n) AS kode FROM (
        SELECT pegawai_id, k, sum(n) AS n FROM macam CROSS JOIN LATERAL unnest(kode) AS k GROUP BY 1, 2
    ) s GROUP BY 1
)
SELECT o.id, o.nip, o.nama, j.hari_kerja, j.hari_masuk, j.persen, j.telat, j.cepat, coalesce(k.kode, '{}')::text
FROM jumlah j JOIN kepegawaian_pegawai o ON o.id = j.pegawai_id LEFT JOIN kejadian k USING (pegawai_id)
ORDER BY j.persen DESC, o.nama, o.id
"""


def skor(bulan: date, *, opd: Sequence[UUID] | None) -> list[Skor]:
    """Deductions of everybody in some OPD (None: the whole city), highest first, from stored day rows in one statement.

    The caller has checked that the user may see these OPD.
    """
    mulai = bulan.replace(day=1)
    params: dict[str, Any] = {
        "mulai": mulai,
        "sampai": akhir_bulan_dari(mulai),
        "semua": opd is None,
        "opd": list(opd or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(SKOR, params)
        return [Skor(*(*row[:-1], json.loads(row[-1]))) for row in cursor.fetchall()]


@dataclass(frozen=True)
class SkorOpd:
    """One line per OPD."""

    opd: UUID
    nama: str
    pegawai: int
    rata_persen: Decimal
    tk: int
    belum: int
    tanpa_jadwal: int


def skor_per_opd(user: User, bulan: date) -> list[SkorOpd]:
    """A line per OPD that the user sees, from the month rows."""
    rows = (
        RekapBulan.objects.visible_to(user)
        .filter(bulan=bulan.replace(day=1))
        .values("opd", "opd__nama")
        .annotate(
            n=Count("pegawai"),
            rata=Avg("persen"),
            tk=Sum(Cast(KT("per_kode__TK"), IntegerField()), default=0),
            belum=Sum("belum"),
            kosong=Sum("tanpa_jadwal"),
        )
        .order_by("opd__nama")
    )
    return [
        SkorOpd(row["opd"], row["opd__nama"], row["n"], row["rata"], row["tk"], row["belum"], row["kosong"])
        for row in rows
    ]


def roster_kosong(user: User, bulan: date) -> QuerySet[RekapBulan]:
    """People with days without a schedule: they block their TPP until the roster is filled (A7)."""
    found: QuerySet[RekapBulan] = rekap(user, bulan).filter(tanpa_jadwal__gt=0)
    return found


def koreksi_terbuka(opd: UUID, bulan: date) -> QuerySet[Koreksi]:
    """Corrections submitted and not decided, of the people whose recap of the month lies in an OPD."""
    mulai = bulan.replace(day=1)
    orang = RekapBulan.objects.filter(opd=opd, bulan=mulai).values("pegawai_id")
    return Koreksi.objects.filter(
        status=StatusPengajuan.DIAJUKAN, pegawai__in=orang, tanggal__range=(mulai, akhir_bulan_dari(mulai))
    )


def penghalang_segel(opd: UUID, bulan: date) -> list[str]:
    """Why a month cannot be sealed yet, in words; nothing: it can."""
    mulai = bulan.replace(day=1)
    rows = RekapBulan.objects.filter(opd=opd, bulan=mulai)
    belum = rows.filter(belum__gt=0).count()
    terbuka = koreksi_terbuka(opd, mulai).count()
    reasons = []
    if not rows.exists():
        reasons.append("belum ada rekapnya")
    if belum:
        reasons.append(f"{belum} pegawai masih mempunyai hari yang belum selesai")
    if terbuka:
        reasons.append(f"{terbuka} koreksi belum diputus")
    return reasons


def segel(user: User, bulan: date) -> QuerySet[SegelBulan]:
    """Seals of a month that a user sees."""
    found: QuerySet[SegelBulan] = SegelBulan.objects.visible_to(user).filter(bulan=bulan.replace(day=1))
    return found.select_related("opd").order_by("opd__nama")


# --- One day of one person: the facts behind it, and why ----------------------------------------------------------------


@dataclass(frozen=True)
class TapHari:
    """A tap as the day's detail shows it. `sisi`: IN, OUT, or nothing when it lies outside every window of the day."""

    saat: datetime
    sumber: str
    sisi: str
    tanggal: date | None


@dataclass(frozen=True)
class Penjelasan:
    """A day computed anew from its facts: the facts, its taps and where each belongs, and the result with its rules."""

    fakta: Fakta
    taps: Sequence[TapHari]
    hari: Hari


def penjelasan(pegawai: UUID, tanggal: date, *, sekarang: datetime) -> Penjelasan:
    """Why a day is what it is. The caller has checked that the user may see the person."""
    berlaku = AturanBerlaku.baca(tanggal.replace(day=1) - SEHARI * 2, tanggal + SEHARI * 2)
    fakta, aturan = fakta_hari(pegawai, tanggal, sekarang=sekarang, berlaku=berlaku), berlaku.pada(tanggal)
    jendela = [satu for jadwal in fakta.jadwal.values() for satu in jendela_hari(jadwal, aturan)]
    rows = _tap_rows(pegawai, tanggal)
    places = {saat: tempat_tap(saat, jendela) for saat, _ in rows}
    taps = [
        TapHari(
            saat, sumber, ("IN", "OUT")[place.sisi] if (place := places[saat]) else "", place.tanggal if place else None
        )
        for saat, sumber in rows
        if saat.date() == tanggal or ((place := places[saat]) and place.tanggal == tanggal)
    ]
    return Penjelasan(fakta, taps, hitung_hari(fakta, aturan))


@dataclass(frozen=True)
class AturanBerlaku:
    """Versions of schedules for some days, in two statements; each day has its own."""

    pola: Sequence[JadwalPola]
    shift: Sequence[JadwalShift]
    batas: Batas

    @classmethod
    def baca(cls, mulai: date, sampai: date) -> AturanBerlaku:
        overlap = Q(berlaku_mulai__lte=sampai) & (Q(berlaku_sampai=None) | Q(berlaku_sampai__gte=mulai))
        return cls(
            list(JadwalPola.objects.filter(overlap).prefetch_related("hari")),
            list(JadwalShift.objects.filter(overlap)),
            batas(),
        )

    def pada(self, tanggal: date) -> Aturan:
        """The schedules in force on a date."""
        pola = {
            row.kode: Pola(row.kode, {h.hari: Jam(h.masuk, h.pulang) for h in row.hari.all()}, row.versi_ramadan)
            for row in self.pola
            if _in_force(row, tanggal)
        }
        shift = {row.kode: Jam(row.masuk, row.pulang) for row in self.shift if _in_force(row, tanggal)}
        return Aturan(pola, shift, self.batas)


def _in_force(row: JadwalPola | JadwalShift, tanggal: date) -> bool:
    return row.berlaku_mulai <= tanggal and (row.berlaku_sampai is None or tanggal <= row.berlaku_sampai)


def aturan_pada(tanggal: date) -> Aturan:
    """The schedules in force on a date, with the limits of the settings."""
    return AturanBerlaku.baca(tanggal, tanggal).pada(tanggal)


def fakta_hari(pegawai: UUID, tanggal: date, *, sekarang: datetime, berlaku: AturanBerlaku) -> Fakta:
    """Every fact of one day, read row by row: for the detail page, and the second opinion of the tests."""
    bulan = tanggal.replace(day=1)
    dekat = [tanggal + SEHARI * n for n in range(-2, 3)]
    susunan = Susunan.baca(pegawai, min(bulan, dekat[0]), dekat[-1])
    izin = _izin_of(pegawai, bulan, tanggal)
    hari_izin = [satu for satu in izin if satu.mulai <= tanggal <= satu.sampai]
    jenis = {satu.jenis for satu in hari_izin}
    sakit = [hari for hari in _days(bulan, tanggal) if _is_sakit(hari, izin, susunan.jadwal(hari, berlaku.pada(hari)))]
    apel = ApelKehadiran.objects.filter(pegawai=pegawai, tanggal=tanggal).first()
    return Fakta(
        tanggal,
        {hari: susunan.jadwal(hari, berlaku.pada(hari)) for hari in dekat},
        [saat for saat, _ in _tap_rows(pegawai, tanggal)],
        lokal(sekarang),
        susunan.kalender.get(tanggal, HariKalender()),
        pegawai_shift=susunan.pola(tanggal) == SHIFT,
        cuti=bool(jenis & set(CUTI)),
        tugas_belajar=JenisTidakHadir.TUGAS_BELAJAR in jenis,
        bagian_dinas=frozenset(satu.bagian for satu in hari_izin if satu.jenis in DINAS),
        sakit_ke=len(sakit) if tanggal in sakit else None,
        koreksi=_koreksi_of(pegawai, tanggal),
        apel_hadir=apel.hadir if apel else None,
    )


@dataclass(frozen=True)
class Susunan:
    """Schedules of one person for some days."""

    penugasan: Sequence[PenugasanJadwal]
    roster: Mapping[date, str]
    kalender: Mapping[date, HariKalender]
    bawaan: str

    @classmethod
    def baca(cls, pegawai: UUID, mulai: date, sampai: date) -> Susunan:
        """Three statements, however many days."""
        penugasan = PenugasanJadwal.objects.filter(pegawai=pegawai, mulai__lte=sampai)
        roster = RosterShift.objects.filter(pegawai=pegawai, tanggal__range=(mulai, sampai))
        return cls(
            list(penugasan.filter(Q(sampai=None) | Q(sampai__gte=mulai))),
            {row.tanggal: row.kode for row in roster},
            _kalender_of(pegawai, mulai, sampai),
            setting("pola_bawaan"),
        )

    def pola(self, tanggal: date) -> str:
        """The code of the pattern, or SHIFT."""
        for row in self.penugasan:
            if row.mulai <= tanggal and (row.sampai is None or tanggal <= row.sampai):
                return row.pola
        return self.bawaan

    def jadwal(self, tanggal: date, aturan: Aturan) -> Jadwal:
        pola = self.pola(tanggal)
        if pola == SHIFT:
            return jadwal_shift(aturan, self.roster.get(tanggal), tanggal)
        return jadwal_pola(aturan, pola, tanggal, self.kalender.get(tanggal, HariKalender()))


def _kalender_of(pegawai: UUID, mulai: date, sampai: date) -> dict[date, HariKalender]:
    """What the calendar says for the OPD of each day; an OPD's own kind of apel wins over the city's."""
    riwayat = list(
        RiwayatJabatan.objects.filter(pegawai=pegawai, mulai__lte=sampai, status="AKTIF").definitif()
        .values_list("mulai", "sampai", "posisi__unor__opd")
    )  # fmt: skip

    def opd(hari: date) -> UUID | None:
        return next((unit for awal, akhir, unit in riwayat if awal <= hari and (akhir is None or hari <= akhir)), None)

    found: dict[date, HariKalender] = {}
    rows = Kalender.objects.filter(tanggal__range=(mulai, sampai)).order_by("tanggal", "opd_id")
    for row in sorted(rows, key=lambda row: row.opd_id is not None):
        here = opd(row.tanggal)
        if here is None or (row.opd_id is not None and row.opd_id != here):
            continue
        before = found.get(row.tanggal, HariKalender())
        jenis = row.jenis_apel or ("SENIN" if row.tanggal.isoweekday() == 1 else "LAIN")
        found[row.tanggal] = HariKalender(
            before.libur or row.libur, before.ramadan or row.ramadan, jenis if row.apel else before.apel
        )
    return found


def _izin_of(pegawai: UUID, mulai: date, sampai: date) -> list[Ketidakhadiran]:
    rows = Ketidakhadiran.objects.filter(pegawai=pegawai, status=StatusPengajuan.DISETUJUI)
    return list(rows.filter(mulai__lte=sampai, sampai__gte=mulai))


def _is_sakit(hari: date, izin: Sequence[Ketidakhadiran], jadwal: Jadwal) -> bool:
    """A letter-backed sick day that nothing before it in the order of statuses takes away."""
    if jadwal.tanpa in {StatusHari.LIBUR, StatusHari.LEPAS, StatusHari.OFF}:
        return False
    today = [satu for satu in izin if satu.mulai <= hari <= satu.sampai]
    stronger = {*CUTI, JenisTidakHadir.TUGAS_BELAJAR}
    if any(satu.jenis in stronger or (satu.jenis in DINAS and satu.bagian == "PENUH") for satu in today):
        return False
    return any(satu.jenis == JenisTidakHadir.SAKIT and satu.nomor_surat for satu in today)


def _koreksi_of(pegawai: UUID, tanggal: date) -> KoreksiHari:
    rows = Koreksi.objects.filter(pegawai=pegawai, tanggal=tanggal, status=StatusPengajuan.DISETUJUI)
    jam: dict[str, time | None] = {}
    bebas: set[str] = set()
    for row in rows.order_by("-diputus_pada", "pk"):
        if row.jenis in LUPA:
            jam.setdefault(row.jenis, row.jam)
        elif row.jenis == JenisKoreksi.GANGGUAN_MESIN:
            bebas.add(row.sisi)
    return KoreksiHari(
        (jam.get(JenisKoreksi.LUPA_MASUK), jam.get(JenisKoreksi.LUPA_PULANG)),
        (bool(bebas & {"MASUK", "KEDUA"}), bool(bebas & {"PULANG", "KEDUA"})),
    )


def _tap_rows(pegawai: UUID, tanggal: date) -> list[tuple[datetime, str]]:
    """Taps that may belong to a day, as local times."""
    mulai = datetime.combine(tanggal - SEHARI, time(), WIB)
    rows = TapMentah.objects.filter(pegawai=pegawai, ts__gte=mulai, ts__lt=mulai + SEHARI * 3).order_by("ts")
    return [(lokal(ts), sumber) for ts, sumber in rows.values_list("ts", "sumber")]


def _days(mulai: date, sampai: date) -> list[date]:
    return [mulai + SEHARI * n for n in range((sampai - mulai).days + 1)]


# --- What TPP asks --------------------------------------------------------------------------------------------------------


def rekap_bulan(bulan: date, *, pegawai: Iterable[UUID]) -> dict[UUID, RekapBulan]:
    """Month rows by person: persen, hari_masuk, per_kode, tanpa_jadwal, belum, status. One statement."""
    rows = RekapBulan.objects.filter(bulan=bulan.replace(day=1), pegawai__in=list(pegawai))
    return {row.pegawai_id: row for row in rows}
