"""Attendance (presensi.md §2). Taps and day rows are partitioned by month; both tables, their guards and the dirty
queue's triggers are made by SQL in migration 0002.

`hadir_harian` is rebuilt from facts and never edited by hand; pages and reports read it and `rekap_bulan`, never taps.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.kepegawaian.models import Pegawai, Tercatat, Unor, known, period
from backend.presensi import enums
from backend.presensi.enums import StatusHari, StatusPengajuan, StatusSegel


class RowsOfPeople(models.QuerySet[Any]):
    """Rows that belong to a pegawai."""

    def visible_to(self, user: Any) -> Any:
        """Own rows, those of the people this user rates, those of the OPD of his roles; all for whole-city roles."""
        return self.filter(pegawai__in=Pegawai.objects.visible_to(user).values("id"))


class RowsOfOpd(models.QuerySet[Any]):
    """Rows that belong to an OPD, or to nobody (whole-city roles only)."""

    def visible_to(self, user: Any) -> Any:
        """Those of the OPD in which the user has a role; all for whole-city roles."""
        from backend.presensi.visibility import opd_rows_visible_to

        return opd_rows_visible_to(self, user)


class RowsOfDays(models.QuerySet[Any]):
    """Day and month rows: they carry the OPD of their time."""

    def visible_to(self, user: Any) -> Any:
        """Own rows, those of the people this user rates, those that lie in the OPD of his roles."""
        from backend.presensi.visibility import day_rows_visible_to

        return day_rows_visible_to(self, user)


class Everybody(models.QuerySet[Any]):
    """Reference rows: schedules are no secret."""

    def visible_to(self, user: Any) -> Any:
        """All rows, for anybody with an account."""
        return self if user and user.pk and user.is_active else self.none()


# --- Schedules (§3): dated rows, never constants in code ------------------------------------------------------------


class JadwalPola(Tercatat):
    """A weekly pattern for a period. `versi_ramadan`: the code of the pattern that replaces it in Ramadan."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kode = models.CharField(max_length=10)
    nama = models.CharField(max_length=100)
    dasar_hukum = models.CharField(max_length=200, blank=True, default="")
    versi_ramadan = models.CharField(max_length=10, blank=True, default="")
    berlaku_mulai = models.DateField()
    berlaku_sampai = models.DateField(null=True, blank=True)

    objects = Everybody.as_manager()

    class Meta:
        ordering: ClassVar = ["kode", "-berlaku_mulai"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(berlaku_sampai__isnull=True) | Q(berlaku_sampai__gte=F("berlaku_mulai")),
                name="pola_period_in_order",
            ),
            models.CheckConstraint(condition=~Q(kode=enums.SHIFT), name="pola_is_not_shift"),
            ExclusionConstraint(
                name="one_pola_version_per_day",
                expressions=[("kode", RangeOperators.EQUAL), period("berlaku_mulai", "berlaku_sampai")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kode} {self.nama}"


class JadwalHari(models.Model):
    """Hours of one weekday (1 Monday … 7 Sunday) of a pattern; a weekday without a row has no work."""

    pola = models.ForeignKey(JadwalPola, models.CASCADE, related_name="hari")
    hari = models.PositiveSmallIntegerField()
    masuk = models.TimeField()
    pulang = models.TimeField()
    istirahat_menit = models.PositiveSmallIntegerField(default=0)

    objects = Everybody.as_manager()

    class Meta:
        ordering: ClassVar = ["pola", "hari"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pola", "hari"], name="one_row_per_weekday"),
            models.CheckConstraint(condition=Q(hari__range=(1, 7)), name="weekday_1_to_7"),
            models.CheckConstraint(condition=Q(pulang__gt=F("masuk")), name="pola_day_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.pola_id} {self.hari} {self.masuk}–{self.pulang}"


class JadwalShift(Tercatat):
    """Hours of a roster code for a period. `lintas_hari`: ends on the next day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kode = models.CharField(max_length=8, choices=enums.KodeShift.choices)
    masuk = models.TimeField()
    pulang = models.TimeField()
    lintas_hari = models.BooleanField(default=False)
    berlaku_mulai = models.DateField()
    berlaku_sampai = models.DateField(null=True, blank=True)

    objects = Everybody.as_manager()

    class Meta:
        ordering: ClassVar = ["kode", "-berlaku_mulai"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kode__in=[enums.KodeShift.PAGI, enums.KodeShift.SIANG, enums.KodeShift.MALAM]),
                name="shift_code_with_hours",
            ),
            models.CheckConstraint(
                condition=Q(lintas_hari=True, pulang__lte=F("masuk")) | Q(lintas_hari=False, pulang__gt=F("masuk")),
                name="shift_over_midnight_says_so",
            ),
            models.CheckConstraint(
                condition=Q(berlaku_sampai__isnull=True) | Q(berlaku_sampai__gte=F("berlaku_mulai")),
                name="shift_period_in_order",
            ),
            ExclusionConstraint(
                name="one_shift_version_per_day",
                expressions=[("kode", RangeOperators.EQUAL), period("berlaku_mulai", "berlaku_sampai")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kode} {self.masuk}–{self.pulang}"


class PenugasanJadwal(Tercatat):
    """By which pattern (or roster: `SHIFT`) a person works for a period. Without a row: the pattern of the setting."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="penugasan_jadwal")
    pola = models.CharField(max_length=10)
    mulai = models.DateField()
    sampai = models.DateField(null=True, blank=True)

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["pegawai", "-mulai"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sampai__isnull=True) | Q(sampai__gte=F("mulai")), name="penugasan_period_in_order"
            ),
            ExclusionConstraint(
                name="one_schedule_per_pegawai_and_day",
                expressions=[("pegawai", RangeOperators.EQUAL), period("mulai", "sampai")],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.pola}"


class RosterShift(models.Model):
    """What a shift employee is rostered for on a date."""

    pk = models.CompositePrimaryKey("pegawai_id", "tanggal")
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="roster", db_index=False)
    tanggal = models.DateField()
    kode = models.CharField(max_length=8, choices=enums.KodeShift.choices)
    diubah_pada = models.DateTimeField(db_default=Now(), editable=False)

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["tanggal"]
        constraints: ClassVar = [known("kode", enums.KodeShift, name="roster_kode_known")]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.tanggal} {self.kode}"


# --- Taps (§2) ----------------------------------------------------------------------------------------------------


class Mesin(Tercatat):
    """A fingerprint or face terminal. Only the hash of its key is kept; `apel`: its taps mean attendance at an apel."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nomor_seri = models.CharField(max_length=60, unique=True)
    nama = models.CharField(max_length=100)
    opd = models.ForeignKey(Unor, models.PROTECT, null=True, blank=True, related_name="mesin")
    lokasi = models.CharField(max_length=200, blank=True, default="")
    kunci_sha256 = models.CharField(max_length=64, blank=True, default="", editable=False)
    apel = models.BooleanField(default=False)
    aktif = models.BooleanField(default=True)
    terlihat_pada = models.DateTimeField(null=True, blank=True, editable=False)
    tap_terakhir = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RowsOfOpd.as_manager()

    class Meta:
        ordering: ClassVar = ["nama"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(nomor_seri=""), name="mesin_has_a_serial_number")]

    def __str__(self) -> str:
        return self.nama


class PinPegawai(models.Model):
    """Whose PIN a number is: on one machine, or (`mesin` empty) on all. A NIP is always its owner's PIN."""

    mesin = models.ForeignKey(Mesin, models.PROTECT, null=True, blank=True, related_name="pin")
    pin = models.CharField(max_length=24)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="pin")

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["pin"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mesin", "pin"], nulls_distinct=False, name="one_owner_per_pin"),
            models.CheckConstraint(condition=~Q(pin=""), name="pin_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.pin} {self.pegawai_id}"


class TapMentahQuerySet(models.QuerySet["TapMentah"]):
    def visible_to(self, user: Any) -> TapMentahQuerySet:
        """Taps of the people this user sees, and unowned ones of the machines he sees."""
        orang = Pegawai.objects.visible_to(user).values("id")
        return self.filter(
            Q(pegawai__in=orang) | Q(pegawai=None, mesin__in=Mesin.objects.visible_to(user).values("id"))
        )


class TapMentah(models.Model):
    """One tap as it came. Append-only: only an unknown owner may be filled in, once (database trigger)."""

    id = models.BigAutoField(primary_key=True)
    sumber = models.CharField(max_length=6, choices=enums.SumberTap.choices)
    mesin = models.ForeignKey(
        Mesin, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    pin = models.CharField(max_length=24)
    pegawai = models.ForeignKey(
        Pegawai, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    ts = models.DateTimeField()
    lat = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    lon = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    akurasi_m = models.PositiveIntegerField(null=True)
    foto = models.ForeignKey(
        "platform.Berkas", models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False
    )
    uuid = models.UUIDField(null=True)
    diterima_pada = models.DateTimeField(db_default=Now(), editable=False)

    objects = TapMentahQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["ts"]

    def __str__(self) -> str:
        return f"{self.pin} {self.ts}"


class Karantina(models.Model):
    """A tap that was not taken in, or has no owner, and why. Nothing is lost: `isi` is the line as it came."""

    id = models.BigAutoField(primary_key=True)
    alasan = models.CharField(max_length=20, choices=enums.AlasanKarantina.choices)
    sumber = models.CharField(max_length=6, choices=enums.SumberTap.choices)
    mesin = models.ForeignKey(Mesin, models.PROTECT, null=True, blank=True, related_name="karantina")
    pin = models.CharField(max_length=24, blank=True, default="")
    ts = models.DateTimeField(null=True, blank=True)
    isi = models.CharField(max_length=300, blank=True, default="")
    diterima_pada = models.DateTimeField(db_default=Now(), editable=False)
    selesai_pada = models.DateTimeField(null=True, blank=True)

    objects = RowsOfOpd.as_manager()

    class Meta:
        ordering: ClassVar = ["-diterima_pada", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["mesin", "pin"], name="karantina_open", condition=Q(selesai_pada__isnull=True)),
            models.Index(fields=["-diterima_pada"], name="karantina_newest"),
        ]
        constraints: ClassVar = [
            known("alasan", enums.AlasanKarantina, name="karantina_alasan_known"),
            models.UniqueConstraint(
                fields=["mesin", "pin", "ts", "alasan", "isi"], nulls_distinct=False, name="karantina_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alasan} {self.pin}"


class LokasiAbsen(Tercatat):
    """A place where a mobile tap is accepted, within `radius_m`; `opd` empty: for everybody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nama = models.CharField(max_length=100)
    opd = models.ForeignKey(Unor, models.PROTECT, null=True, blank=True, related_name="lokasi_absen")
    lat = models.DecimalField(max_digits=9, decimal_places=6)
    lon = models.DecimalField(max_digits=9, decimal_places=6)
    radius_m = models.PositiveIntegerField(null=True, blank=True)  # empty: the setting
    aktif = models.BooleanField(default=True)

    objects = RowsOfOpd.as_manager()

    class Meta:
        ordering: ClassVar = ["nama"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(lat__range=(-90, 90)) & Q(lon__range=(-180, 180)), name="lokasi_is_on_earth"
            )
        ]

    def __str__(self) -> str:
        return self.nama


# --- Facts about days (§6, §8) --------------------------------------------------------------------------------------


class Ketidakhadiran(Tercatat):
    """Leave, dinas luar or sickness for a period; only DISETUJUI counts. A SAKIT row has its letter in `nomor_surat`.

    Living rows of one person do not share a day, except SAKIT inside CUTI_TAHUNAN by a decision of BKPSDM
    (`keputusan_bkpsdm`: its number).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="ketidakhadiran")
    jenis = models.CharField(max_length=20, choices=enums.JenisTidakHadir.choices)
    mulai = models.DateField()
    sampai = models.DateField()
    bagian = models.CharField(max_length=6, choices=enums.Bagian.choices, default=enums.Bagian.PENUH)
    nomor_surat = models.CharField(max_length=100, blank=True, default="")
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, null=True, blank=True, related_name="+")
    keputusan_bkpsdm = models.CharField(max_length=100, blank=True, default="")
    status = models.CharField(max_length=10, choices=StatusPengajuan.choices, default=StatusPengajuan.DIAJUKAN)
    pengaju = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    pemutus = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    diputus_pada = models.DateTimeField(null=True, blank=True)
    alasan = models.TextField(blank=True, default="")

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["-mulai"]
        indexes: ClassVar = [
            models.Index(
                fields=["pegawai", "mulai"], name="tidakhadir_setuju", condition=Q(status=StatusPengajuan.DISETUJUI)
            )
        ]
        constraints: ClassVar = [
            known("jenis", enums.JenisTidakHadir, name="tidakhadir_jenis_known"),
            known("bagian", enums.Bagian, name="tidakhadir_bagian_known"),
            known("status", StatusPengajuan, name="tidakhadir_status_known"),
            models.CheckConstraint(condition=Q(sampai__gte=F("mulai")), name="tidakhadir_period_in_order"),
            models.CheckConstraint(
                condition=Q(bagian=enums.Bagian.PENUH) | Q(jenis__in=enums.DINAS, mulai=F("sampai")),
                name="only_one_day_of_dinas_is_partial",
            ),
            models.CheckConstraint(
                condition=~Q(jenis__in=enums.DINAS) | ~Q(nomor_surat="") | Q(status=StatusPengajuan.DRAF),
                name="dinas_has_a_letter",
            ),
            models.CheckConstraint(
                condition=Q(keputusan_bkpsdm="") | Q(jenis=enums.JenisTidakHadir.SAKIT),
                name="only_sakit_has_a_decision",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[StatusPengajuan.DITOLAK, StatusPengajuan.DIBATALKAN]) | ~Q(alasan=""),
                name="tidakhadir_refused_with_a_reason",
            ),
            ExclusionConstraint(
                name="tidakhadir_do_not_overlap",
                expressions=[("pegawai", RangeOperators.EQUAL), period("mulai", "sampai")],
                condition=Q(status__in=enums.HIDUP, keputusan_bkpsdm=""),
            ),
            ExclusionConstraint(
                name="sakit_in_leave_do_not_overlap",
                expressions=[("pegawai", RangeOperators.EQUAL), period("mulai", "sampai")],
                condition=Q(status__in=enums.HIDUP) & ~Q(keputusan_bkpsdm=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jenis} {self.mulai}–{self.sampai}"


class ApelKehadiran(models.Model):
    """Whether somebody was at the apel of a date. No row: nothing was recorded, so nothing follows."""

    pk = models.CompositePrimaryKey("pegawai_id", "tanggal")
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="apel", db_index=False)
    tanggal = models.DateField()
    hadir = models.BooleanField()

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["tanggal"]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.tanggal} {self.hadir}"


class KoreksiMassal(Tercatat):
    """A broken machine for a time span: the parent of one koreksi per person (decision 32)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opd = models.ForeignKey(Unor, models.PROTECT, related_name="koreksi_massal")
    mesin = models.ForeignKey(Mesin, models.PROTECT, null=True, blank=True, related_name="gangguan")
    mulai = models.DateField()
    sampai = models.DateField()
    sisi = models.CharField(max_length=6, choices=enums.SisiKoreksi.choices)
    alasan = models.TextField()
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, null=True, blank=True, related_name="+")
    pengaju = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = RowsOfOpd.as_manager()

    class Meta:
        ordering: ClassVar = ["-mulai"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sampai__gte=F("mulai")), name="koreksi_massal_period_in_order"),
            known("sisi", enums.SisiKoreksi, name="koreksi_massal_sisi_known"),
        ]

    def __str__(self) -> str:
        return f"Gangguan {self.mulai}–{self.sampai}"


class KoreksiQuerySet(models.QuerySet["Koreksi"]):
    def visible_to(self, user: Any) -> KoreksiQuerySet:
        """Those of the people this user sees, and those he entered."""
        return self.filter(Q(pegawai__in=Pegawai.objects.visible_to(user).values("id")) | Q(pengaju=user.pk))


class Koreksi(Tercatat):
    """A claim about one day of one person (§8); only DISETUJUI has an effect.

    `jam`: claimed time (LUPA_*). `sisi`: of a GANGGUAN_MESIN. `tujuan`: the kind of leave (UBAH_STATUS) or the roster
    code (UBAH_JADWAL) that the day should have; `bagian`, `nomor_surat` belong to UBAH_STATUS.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="koreksi")
    tanggal = models.DateField()
    jenis = models.CharField(max_length=14, choices=enums.JenisKoreksi.choices)
    jam = models.TimeField(null=True, blank=True)
    sisi = models.CharField(max_length=6, choices=enums.SisiKoreksi.choices, blank=True, default="")
    tujuan = models.CharField(max_length=20, blank=True, default="")
    bagian = models.CharField(max_length=6, choices=enums.Bagian.choices, default=enums.Bagian.PENUH)
    nomor_surat = models.CharField(max_length=100, blank=True, default="")
    alasan = models.TextField()
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, null=True, blank=True, related_name="+")
    massal = models.ForeignKey(KoreksiMassal, models.PROTECT, null=True, blank=True, related_name="koreksi")
    status = models.CharField(max_length=10, choices=StatusPengajuan.choices, default=StatusPengajuan.DRAF)
    pengaju = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    diajukan_pada = models.DateTimeField(null=True, blank=True)
    pemutus = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    diputus_pada = models.DateTimeField(null=True, blank=True)
    catatan = models.TextField(blank=True, default="")
    akibat = models.UUIDField(null=True, blank=True, editable=False)  # the Ketidakhadiran that UBAH_STATUS made
    jadwal_sebelum = models.CharField(max_length=8, blank=True, default="", editable=False)  # roster before UBAH_JADWAL

    objects = KoreksiQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-tanggal", "-dibuat_pada"]
        indexes: ClassVar = [
            models.Index(
                fields=["pegawai", "tanggal"], name="koreksi_setuju", condition=Q(status=StatusPengajuan.DISETUJUI)
            ),
            models.Index(fields=["tanggal"], name="koreksi_terbuka", condition=Q(status__in=enums.TERBUKA)),
        ]
        constraints: ClassVar = [
            known("jenis", enums.JenisKoreksi, name="koreksi_jenis_known"),
            known("status", StatusPengajuan, name="koreksi_status_known"),
            models.CheckConstraint(
                condition=Q(jenis__in=enums.LUPA, jam__isnull=False) | (~Q(jenis__in=enums.LUPA) & Q(jam__isnull=True)),
                name="lupa_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(jenis=enums.JenisKoreksi.GANGGUAN_MESIN, sisi__in=enums.SisiKoreksi.values)
                | (~Q(jenis=enums.JenisKoreksi.GANGGUAN_MESIN) & Q(sisi="")),
                name="gangguan_has_a_side",
            ),
            models.CheckConstraint(
                condition=~Q(jenis=enums.JenisKoreksi.UBAH_JADWAL) | Q(tujuan__in=enums.KodeShift.values),
                name="ubah_jadwal_has_a_code",
            ),
            models.CheckConstraint(
                condition=~Q(jenis=enums.JenisKoreksi.UBAH_STATUS)
                | (Q(tujuan__in=enums.JenisTidakHadir.values) & ~Q(nomor_surat="")),
                name="ubah_status_has_a_letter",
            ),
            models.CheckConstraint(condition=~Q(alasan=""), name="koreksi_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(status__in=[StatusPengajuan.DITOLAK, StatusPengajuan.DIBATALKAN]) | ~Q(catatan=""),
                name="koreksi_refused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status=StatusPengajuan.DISETUJUI) | Q(pemutus__isnull=True) | ~Q(pemutus=F("pengaju")),
                name="koreksi_not_approved_by_its_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jenis} {self.tanggal}"


# --- Results (§5, §7) -----------------------------------------------------------------------------------------------


class HadirHarian(models.Model):
    """One person, one day: the schedule, OPD and rule versions of that day, and what followed. Written by SQL only."""

    pk = models.CompositePrimaryKey("pegawai_id", "tanggal")
    pegawai = models.ForeignKey(
        Pegawai, models.DO_NOTHING, related_name="hadir_harian", db_index=False, db_constraint=False
    )
    tanggal = models.DateField()
    opd = models.ForeignKey(Unor, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    pola = models.CharField(max_length=10)  # N5 … or SHIFT
    jadwal_masuk = models.DateTimeField(null=True)
    jadwal_pulang = models.DateTimeField(null=True)
    masuk = models.DateTimeField(null=True)
    pulang = models.DateTimeField(null=True)
    menit_telat = models.PositiveIntegerField(null=True)
    menit_pulang_cepat = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=14, choices=StatusHari.choices)
    kode = ArrayField(models.CharField(max_length=14))
    penanda = ArrayField(models.CharField(max_length=14))
    persen = models.DecimalField(max_digits=7, decimal_places=4)
    aturan = ArrayField(models.CharField(max_length=40))  # ids of the rules that spoke
    versi_aturan = models.CharField(max_length=80)
    dihitung_pada = models.DateTimeField()

    objects = RowsOfDays.as_manager()

    class Meta:
        ordering: ClassVar = ["tanggal"]
        indexes: ClassVar = [models.Index(fields=["opd", "tanggal"], name="hadir_by_opd")]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.tanggal} {self.status}"


class RekapBulan(models.Model):
    """One person, one month: a GROUP BY over his day rows. `bulan`: first of the month; `opd`: that of its last day."""

    pk = models.CompositePrimaryKey("pegawai_id", "bulan")
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="rekap_bulan", db_index=False)
    bulan = models.DateField()
    opd = models.ForeignKey(Unor, models.PROTECT, related_name="+", db_index=False)
    hari_kerja = models.PositiveSmallIntegerField()
    hari_masuk = models.PositiveSmallIntegerField()
    per_status = models.JSONField(default=dict)
    per_kode = models.JSONField(default=dict)
    menit_telat = models.PositiveIntegerField()
    menit_pulang_cepat = models.PositiveIntegerField()
    persen = models.DecimalField(max_digits=8, decimal_places=4)
    tanpa_jadwal = models.PositiveSmallIntegerField()
    belum = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, default=StatusSegel.TERBUKA, db_default=StatusSegel.TERBUKA)
    diubah_pada = models.DateTimeField()

    objects = RowsOfDays.as_manager()

    class Meta:
        ordering: ClassVar = ["-bulan"]
        indexes: ClassVar = [models.Index(fields=["opd", "bulan"], name="rekap_by_opd")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=[StatusSegel.TERBUKA, StatusSegel.DISEGEL]), name="rekap_status_known"
            ),
            models.CheckConstraint(condition=Q(bulan__day=1), name="rekap_of_a_whole_month"),
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.bulan:%Y-%m}"


class SegelBulan(Tercatat):
    """The seal of one OPD and month: who proposed, who sealed, and the checksum of the day rows under it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opd = models.ForeignKey(Unor, models.PROTECT, related_name="segel_presensi")
    bulan = models.DateField()
    status = models.CharField(max_length=8, choices=StatusSegel.choices, default=StatusSegel.TERBUKA)
    diajukan_oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    diajukan_pada = models.DateTimeField(null=True)
    disegel_oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    disegel_pada = models.DateTimeField(null=True)
    jumlah_pegawai = models.PositiveIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True, default="")

    objects = RowsOfOpd.as_manager()

    class Meta:
        ordering: ClassVar = ["-bulan", "opd"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opd", "bulan"], name="one_seal_per_opd_and_month"),
            models.CheckConstraint(condition=Q(bulan__day=1), name="seal_of_a_whole_month"),
            known("status", StatusSegel, name="seal_status_known"),
            models.CheckConstraint(
                condition=~Q(status=StatusSegel.DISEGEL)
                | Q(disegel_pada__isnull=False, checksum__regex="^[0-9a-f]{64}$"),
                name="sealed_with_a_checksum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opd_id} {self.bulan:%Y-%m} {self.status}"


class CalonSusulan(models.Model):
    """A fact that came after the seal of its month: TPP may pay or take the difference later."""

    id = models.BigAutoField(primary_key=True)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="calon_susulan")
    tanggal = models.DateField()
    sebab = models.CharField(max_length=40)
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)
    selesai_pada = models.DateTimeField(null=True, blank=True)

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["-dibuat_pada"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pegawai", "tanggal", "sebab"],
                condition=Q(selesai_pada__isnull=True),
                name="one_open_susulan_per_cause",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.tanggal} {self.sebab}"


class HariKotor(models.Model):
    """The dirty queue: days to be computed anew, of one person, of an OPD, or (both empty) of everybody."""

    id = models.BigAutoField(primary_key=True)
    pegawai = models.ForeignKey(Pegawai, models.CASCADE, null=True, related_name="+", db_index=False)
    opd = models.ForeignKey(Unor, models.CASCADE, null=True, related_name="+", db_index=False)
    mulai = models.DateField()
    sampai = models.DateField()
    sebab = models.CharField(max_length=40)
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sampai__gte=F("mulai")), name="kotor_period_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.mulai}–{self.sampai} {self.sebab}"


class Peringatan(models.Model):
    """A warning by PP 94/2021, given once per person, year, kind and threshold. The sanction itself needs an SK."""

    id = models.BigAutoField(primary_key=True)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="peringatan_presensi")
    tahun = models.PositiveSmallIntegerField()
    jenis = models.CharField(max_length=10, choices=enums.JenisPeringatan.choices)
    hukuman = models.CharField(max_length=40)
    tingkat = models.CharField(max_length=10)
    hari_tk = models.PositiveSmallIntegerField()
    berturut = models.PositiveSmallIntegerField()
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)

    objects = RowsOfPeople.as_manager()

    class Meta:
        ordering: ClassVar = ["-dibuat_pada"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pegawai", "tahun", "jenis", "hukuman"], name="warned_once_per_threshold"),
            known("jenis", enums.JenisPeringatan, name="peringatan_jenis_known"),
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.tahun} {self.hukuman}"
