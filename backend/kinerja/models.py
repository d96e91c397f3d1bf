"""Entities of kinerja.md §3.1: the plan (SKP, RHK, IKI, renaksi), the monthly laporan, and its assessment.

Plan rows never change because of a laporan; actuals live in their own rows (decision 13). A final laporan and
everything below it is read-only in the database itself (migration 0002). All capaian are percent, 6 decimals.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from backend.core.periode import bulan_label
from backend.kinerja import enums
from backend.kinerja.visibility import rows_of_people

if TYPE_CHECKING:
    Angka = models.DecimalField[Any, Any]


def angka(**options: Any) -> Angka:
    """A measured or planned figure: 14 digits before and 4 behind the comma, empty when not measured."""
    return models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True, **options)


def capaian(**options: Any) -> Angka:
    """Realisasi against target in percent, computed, 6 decimals; empty: nothing was measured."""
    return models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True, editable=False, **options)


def pilihan(choices: type[models.TextChoices], **options: Any) -> models.CharField[Any, Any]:
    """One value of an enumeration."""
    return models.CharField(max_length=24, choices=choices.choices, **options)


def is_one_of(field: str, choices: type[models.TextChoices], *, optional: bool = False) -> models.CheckConstraint:
    """The column holds a value of the enumeration (or nothing)."""
    condition = Q(**{f"{field}__in": choices.values})
    if optional:
        condition |= Q(**{f"{field}__isnull": True})
    return models.CheckConstraint(condition=condition, name=f"%(class)s_{field}_known")


class RentangTanggal(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


class Tercatat(models.Model):
    """Who wrote a row and when, and the number of its last change (optimistic lock)."""

    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)
    dibuat_oleh = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    diubah_pada = models.DateTimeField(db_default=Now(), editable=False)
    diubah_oleh = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    versi_baris = models.IntegerField(db_default=0, default=0, editable=False)

    class Meta:
        abstract = True


# --- Calendar -----------------------------------------------------------------------------------------------------


class Periode(Tercatat):
    """A reporting period with its dates; `ke` is the month, the quarter, or 0 for a year."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tahun = models.PositiveSmallIntegerField()
    jenis = pilihan(enums.JenisPeriode, default=enums.JenisPeriode.BULANAN)
    ke = models.PositiveSmallIntegerField()
    mulai = models.DateField()
    selesai = models.DateField()
    buka = models.DateTimeField()
    tenggat = models.DateTimeField()
    tutup = models.DateTimeField()
    status = pilihan(enums.StatusPeriode, default=enums.StatusPeriode.TERJADWAL)

    class Meta:
        ordering: ClassVar = ["-mulai"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tahun", "jenis", "ke"], name="one_periode_per_tahun_jenis_ke"),
            is_one_of("jenis", enums.JenisPeriode),
            is_one_of("status", enums.StatusPeriode),
            models.CheckConstraint(
                condition=Q(jenis="bulanan", ke__range=(1, 12))
                | Q(jenis="triwulanan", ke__range=(1, 4))
                | Q(jenis="tahunan", ke=0),
                name="periode_ke_fits_jenis",
            ),
            models.CheckConstraint(
                condition=Q(mulai__lte=F("selesai"), buka__lte=F("tenggat"), tenggat__lte=F("tutup")),
                name="periode_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        if self.jenis == enums.JenisPeriode.BULANAN:
            return bulan_label(self.tahun, self.ke)
        if self.jenis == enums.JenisPeriode.TRIWULANAN:
            return f"Triwulan {self.ke} {self.tahun}"
        return f"Tahun {self.tahun}"

    @property
    def menerima_isian(self) -> bool:
        """Entry and a first submission are possible (kinerja.md §3.1)."""
        return self.status in {enums.StatusPeriode.BUKA, enums.StatusPeriode.LEWAT_TENGGAT}


# --- Plan ---------------------------------------------------------------------------------------------------------


class SKPQuerySet(models.QuerySet["SKP"]):
    def visible_to(self, user: Any) -> SKPQuerySet:
        """Own SKP, those of people this user rates, and those of the OPD in which the user holds a granted role."""
        rows: SKPQuerySet = rows_of_people(self, user, penilai="penilai_pegawai", opd="opd")
        return rows

    def berlaku_pada(self, pada: date) -> SKPQuerySet:
        """SKP in force on a date: `berlaku`, or closed or replaced later but in force then."""
        return self.filter(
            status__in=[enums.StatusSKP.BERLAKU, enums.StatusSKP.DIUBAH, enums.StatusSKP.DITUTUP],
            awal__lte=pada,
            akhir__gte=pada,
        )


class SKP(Tercatat):
    """Yearly plan of one pegawai on one riwayat jabatan (states: kinerja.md §3.4)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pegawai = models.ForeignKey("kepegawaian.Pegawai", models.PROTECT, related_name="skp")
    riwayat_jabatan = models.ForeignKey("kepegawaian.RiwayatJabatan", models.PROTECT, related_name="skp")
    opd = models.ForeignKey("kepegawaian.Unor", models.PROTECT, null=True, blank=True, related_name="+")
    tahun = models.PositiveSmallIntegerField()
    awal = models.DateField()
    akhir = models.DateField()
    jenis_format = pilihan(enums.JenisFormat, default=enums.JenisFormat.JA_JF)
    pendekatan = pilihan(enums.Pendekatan, default=enums.Pendekatan.KUANTITATIF)
    penilai_pegawai = models.ForeignKey(
        "kepegawaian.Pegawai", models.PROTECT, null=True, blank=True, related_name="skp_dinilai"
    )
    penilai_pejabat = models.ForeignKey(
        "kepegawaian.PejabatNonASN", models.PROTECT, null=True, blank=True, related_name="+"
    )
    penilai_override_alasan = models.TextField(null=True, blank=True)
    atasan_penilai_pegawai = models.ForeignKey(
        "kepegawaian.Pegawai", models.PROTECT, null=True, blank=True, related_name="+"
    )
    atasan_penilai_pejabat = models.ForeignKey(
        "kepegawaian.PejabatNonASN", models.PROTECT, null=True, blank=True, related_name="+"
    )
    versi = models.PositiveSmallIntegerField(default=1)
    skp_asal = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="penerus")
    tanggal_penetapan = models.DateField(null=True, blank=True)
    status = pilihan(enums.StatusSKP, default=enums.StatusSKP.DRAF)

    objects = SKPQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-tahun", "-awal"]
        constraints: ClassVar = [
            is_one_of("status", enums.StatusSKP),
            is_one_of("jenis_format", enums.JenisFormat),
            is_one_of("pendekatan", enums.Pendekatan),
            models.CheckConstraint(
                condition=Q(awal__lte=F("akhir"), awal__year=F("tahun"), akhir__year=F("tahun")),
                name="skp_dates_in_one_year",
            ),
            models.CheckConstraint(
                condition=Q(penilai_pegawai__isnull=True) | Q(penilai_pejabat__isnull=True), name="skp_one_penilai"
            ),
            models.CheckConstraint(
                condition=Q(atasan_penilai_pegawai__isnull=True) | Q(atasan_penilai_pejabat__isnull=True),
                name="skp_one_atasan_penilai",
            ),
            models.CheckConstraint(
                condition=Q(penilai_pegawai__isnull=True) | ~Q(penilai_pegawai=F("pegawai")),
                name="skp_penilai_is_not_pegawai",
            ),
            models.CheckConstraint(
                condition=Q(penilai_override_alasan__isnull=True)
                | Q(penilai_pegawai__isnull=False)
                | Q(penilai_pejabat__isnull=False),
                name="skp_override_names_a_penilai",
            ),
            models.UniqueConstraint(fields=["riwayat_jabatan", "tahun", "versi"], name="one_skp_per_jabatan_and_versi"),
            ExclusionConstraint(
                name="skp_berlaku_without_overlap",
                expressions=[
                    ("riwayat_jabatan", RangeOperators.EQUAL),
                    (RentangTanggal("awal", "akhir", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="berlaku"),
            ),
        ]

    def __str__(self) -> str:
        return f"SKP {self.tahun} {self.pegawai}"


class RHK(Tercatat):
    """A planned result of a SKP."""

    skp = models.ForeignKey(SKP, models.PROTECT, related_name="rhk")
    urut = models.PositiveSmallIntegerField()
    klasifikasi = pilihan(enums.Klasifikasi, default=enums.Klasifikasi.UTAMA)
    teks = models.TextField()
    kategori = pilihan(enums.Kategori, default=enums.Kategori.INDIVIDU)
    is_perintah_kepala_daerah = models.BooleanField(default=False)
    is_program_unggulan = models.BooleanField(default=False)
    tematik_ref = models.CharField(max_length=100, null=True, blank=True)
    inovasi_status = pilihan(enums.StatusInovasi, null=True, blank=True)
    inovasi_tingkat = models.PositiveSmallIntegerField(null=True, blank=True)
    inovasi_catatan = models.TextField(null=True, blank=True)
    rhk_atasan = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="rhk_bawahan")
    intervensi = pilihan(enums.Intervensi, null=True, blank=True)
    perspektif = pilihan(enums.Perspektif, null=True, blank=True)
    penugasan_dari = models.CharField(max_length=200, null=True, blank=True)
    asal = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    status = pilihan(enums.StatusRHK, default=enums.StatusRHK.DRAF)

    class Meta:
        ordering: ClassVar = ["-klasifikasi", "urut"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["skp", "klasifikasi", "urut"], name="rhk_urut_once_per_klasifikasi"),
            is_one_of("klasifikasi", enums.Klasifikasi),
            is_one_of("kategori", enums.Kategori),
            is_one_of("status", enums.StatusRHK),
            is_one_of("intervensi", enums.Intervensi, optional=True),
            is_one_of("perspektif", enums.Perspektif, optional=True),
            models.CheckConstraint(
                condition=Q(kategori="inovasi") | Q(inovasi_status__isnull=True, inovasi_tingkat__isnull=True),
                name="rhk_inovasi_facts_only_for_inovasi",
            ),
            models.CheckConstraint(
                condition=Q(rhk_atasan__isnull=True) | ~Q(rhk_atasan=F("id")), name="rhk_is_not_its_own_atasan"
            ),
        ]

    def __str__(self) -> str:
        return self.teks


class IKI(Tercatat):
    """An individual indicator. `bulan_ukur`: the months in which it is measured."""

    rhk = models.ForeignKey(RHK, models.PROTECT, related_name="iki")
    urut = models.PositiveSmallIntegerField()
    aspek = pilihan(enums.Aspek, null=True, blank=True)
    uraian = models.TextField()
    target_min = angka()
    target_max = angka()
    target_teks = models.TextField(null=True, blank=True)
    satuan = models.CharField(max_length=50)
    arah = pilihan(enums.Arah, default=enums.Arah.NAIK)
    pola_ukur = pilihan(enums.PolaUkur, default=enums.PolaUkur.HITUNGAN)
    bulan_ukur = ArrayField(models.PositiveSmallIntegerField(choices=enums.Bulan.choices))
    asal = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["urut"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rhk", "urut"], name="iki_urut_once_per_rhk"),
            is_one_of("aspek", enums.Aspek, optional=True),
            is_one_of("arah", enums.Arah),
            is_one_of("pola_ukur", enums.PolaUkur),
            models.CheckConstraint(
                condition=Q(bulan_ukur__len__gte=1, bulan_ukur__contained_by=list(range(1, 13))),
                name="iki_measured_in_real_months",
            ),
            models.CheckConstraint(
                condition=Q(target_min__isnull=True)
                | Q(arah="rentang", target_max__isnull=False, target_min__lte=F("target_max")),
                name="iki_target_min_only_in_a_rentang",
            ),
            models.CheckConstraint(
                condition=Q(target_teks__isnull=True) | Q(target_min__isnull=True, target_max__isnull=True),
                name="iki_target_is_number_or_text",
            ),
            models.CheckConstraint(
                condition=(Q(target_min__isnull=True) | Q(target_min__gte=0))
                & (Q(target_max__isnull=True) | Q(target_max__gte=0)),
                name="iki_target_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.uraian


class TargetIKIBulan(models.Model):
    """Target of an indicator in one of its measuring months."""

    iki = models.ForeignKey(IKI, models.PROTECT, related_name="target_bulan")
    bulan = models.PositiveSmallIntegerField(choices=enums.Bulan.choices)
    target_min = angka()
    target_max = angka()

    class Meta:
        ordering: ClassVar = ["bulan"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["iki", "bulan"], name="one_target_per_iki_and_bulan"),
            models.CheckConstraint(condition=Q(bulan__range=(1, 12)), name="target_iki_bulan_is_a_month"),
            models.CheckConstraint(
                condition=Q(target_min__isnull=True) | Q(target_min__lte=F("target_max")),
                name="target_iki_bulan_min_below_max",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.iki_id}/{self.bulan}"


class Renaksi(Tercatat):
    """A step (tahapan) of the action plan of one RHK."""

    rhk = models.ForeignKey(RHK, models.PROTECT, related_name="renaksi")
    urut = models.PositiveSmallIntegerField()
    tahapan = models.TextField()
    output = models.CharField(max_length=300, null=True, blank=True)
    anggaran = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    asal = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["urut"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rhk", "urut"], name="renaksi_urut_once_per_rhk"),
            models.CheckConstraint(
                condition=Q(anggaran__isnull=True) | Q(anggaran__gte=0), name="renaksi_anggaran_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.tahapan


class RenaksiBulan(models.Model):
    """Plan only: the share of the RHK's 100 that a tahapan delivers in a month. No row means target 0."""

    renaksi = models.ForeignKey(Renaksi, models.PROTECT, related_name="bulan_rencana")
    bulan = models.PositiveSmallIntegerField(choices=enums.Bulan.choices)
    target = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["bulan"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["renaksi", "bulan"], name="one_target_per_renaksi_and_bulan"),
            models.CheckConstraint(condition=Q(bulan__range=(1, 12)), name="renaksi_bulan_is_a_month"),
            models.CheckConstraint(condition=Q(target__range=(0, 100)), name="renaksi_bulan_target_0_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.renaksi_id}/{self.bulan}"


# --- Report -------------------------------------------------------------------------------------------------------


class LaporanQuerySet(models.QuerySet["LaporanPeriode"]):
    def visible_to(self, user: Any) -> LaporanQuerySet:
        """I13: own laporan, those of direct bawahan, those rated by this user, those of the OPD of a granted role."""
        rows: LaporanQuerySet = rows_of_people(self, user, penilai="penilai_pegawai", opd="opd", open_posts=True)
        return rows

    def milik(self, user: Any) -> LaporanQuerySet:
        """The user's own laporan: the first of the rules of `visible_to`."""
        return self.filter(pegawai__user=user.pk)

    def aktif(self) -> LaporanQuerySet:
        """Without cancelled ones."""
        return self.exclude(status=enums.StatusLaporan.DIBATALKAN)


class LaporanPeriode(Tercatat):
    """The report of one SKP in one period, and where it stands (kinerja.md §3.5).

    `atasan_posisi`/`penilai_*` follow §2.4 and are frozen at submission; `penilai_tercatat` keeps what documents
    print: {nama, nip, pangkat, jabatan, unit}. `penilai_cara`: how he was found (CaraPenilai). `pengganti`: who took the
    review over (T6) or got it from Admin OPD. `pemutus_sebagai` is D, PLT, PLH, PJ, DELEGASI, PEJABAT or PENGGANTI.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    skp = models.ForeignKey(SKP, models.PROTECT, related_name="laporan")
    periode = models.ForeignKey(Periode, models.PROTECT, related_name="laporan")
    pegawai = models.ForeignKey("kepegawaian.Pegawai", models.PROTECT, related_name="laporan_kinerja")
    opd = models.ForeignKey("kepegawaian.Unor", models.PROTECT, null=True, blank=True, related_name="+")
    status = pilihan(enums.StatusLaporan, default=enums.StatusLaporan.DRAF_RENAKSI)
    langkah_kembali = pilihan(enums.Langkah, null=True, blank=True)
    status_renaksi = pilihan(enums.StatusLangkah, default=enums.StatusLangkah.KOSONG)
    status_skp = pilihan(enums.StatusLangkah, default=enums.StatusLangkah.KOSONG)
    status_pks = pilihan(enums.StatusLangkah, default=enums.StatusLangkah.KOSONG)
    atasan_posisi = models.ForeignKey("kepegawaian.Posisi", models.PROTECT, null=True, blank=True, related_name="+")
    penilai_pegawai = models.ForeignKey(
        "kepegawaian.Pegawai", models.PROTECT, null=True, blank=True, related_name="laporan_dinilai"
    )
    penilai_pejabat = models.ForeignKey(
        "kepegawaian.PejabatNonASN", models.PROTECT, null=True, blank=True, related_name="+"
    )
    penilai_cara = models.CharField(max_length=12, null=True, blank=True, editable=False)
    penilai_alasan_kosong = models.TextField(null=True, blank=True)
    penilai_tercatat = models.JSONField(null=True, blank=True, editable=False)
    pengganti = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    pemutus = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    pemutus_sebagai = models.CharField(max_length=12, null=True, blank=True)
    catatan_pengajuan = models.TextField(null=True, blank=True)
    diajukan_at = models.DateTimeField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True)
    jumlah_kembali = models.PositiveSmallIntegerField(default=0)

    objects = LaporanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-periode__mulai"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["skp", "periode"], name="one_laporan_per_skp_and_periode"),
            models.UniqueConstraint(
                fields=["pegawai", "periode"],
                condition=~Q(status="dibatalkan"),
                name="one_live_laporan_per_pegawai_and_periode",
            ),
            is_one_of("status", enums.StatusLaporan),
            is_one_of("langkah_kembali", enums.Langkah, optional=True),
            is_one_of("status_renaksi", enums.StatusLangkah),
            is_one_of("status_skp", enums.StatusLangkah),
            is_one_of("status_pks", enums.StatusLangkah),
            models.CheckConstraint(
                condition=~Q(status="final")
                | Q(
                    status_renaksi="disetujui",
                    status_skp="disetujui",
                    status_pks="disetujui",
                    diajukan_at__isnull=False,
                    final_at__isnull=False,
                ),
                name="laporan_final_when_every_step_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["diajukan", "validasi_renaksi", "validasi_skp", "validasi_pks"])
                | Q(diajukan_at__isnull=False),
                name="laporan_under_review_was_submitted",
            ),
            models.CheckConstraint(  # I1: a later step is approved only after the earlier ones
                condition=(~Q(status_skp="disetujui") | Q(status_renaksi="disetujui"))
                & (~Q(status_pks="disetujui") | Q(status_skp="disetujui")),
                name="laporan_steps_approved_in_order",
            ),
            models.CheckConstraint(
                condition=Q(penilai_pegawai__isnull=True) | Q(penilai_pejabat__isnull=True),
                name="laporan_one_penilai",
            ),
            models.CheckConstraint(  # I4
                condition=Q(penilai_pegawai__isnull=True) | ~Q(penilai_pegawai=F("pegawai")),
                name="laporan_penilai_is_not_pegawai",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["periode", "opd", "status"], name="laporan_per_opd"),
            models.Index(
                fields=["atasan_posisi"],
                condition=~Q(status__in=["final", "dibatalkan"]),
                name="laporan_open_per_atasan",
            ),
        ]

    def __str__(self) -> str:
        return f"Laporan {self.periode} {self.pegawai}"

    def status_langkah(self, langkah: str) -> str:
        """State of one step."""
        value: str = getattr(self, f"status_{langkah}")
        return value

    @property
    def is_final(self) -> bool:
        return bool(self.status == enums.StatusLaporan.FINAL)


class RealisasiRenaksi(Tercatat):
    """Actual of one tahapan in one laporan, and the decision of the penilai on it."""

    laporan = models.ForeignKey(LaporanPeriode, models.PROTECT, related_name="realisasi_renaksi")
    renaksi_bulan = models.ForeignKey(RenaksiBulan, models.PROTECT, related_name="realisasi")
    target = models.PositiveSmallIntegerField(help_text="snapshot of the plan at opening")
    realisasi = models.PositiveSmallIntegerField(null=True, blank=True)
    keterangan = models.TextField(null=True, blank=True)
    keputusan = pilihan(enums.Keputusan, null=True, blank=True)
    catatan_penilai = models.TextField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["laporan", "renaksi_bulan"], name="one_realisasi_per_renaksi_and_laporan"),
            models.CheckConstraint(
                condition=Q(realisasi__isnull=True) | Q(realisasi__range=(0, 100)), name="realisasi_renaksi_0_to_100"
            ),
            models.CheckConstraint(condition=Q(target__range=(0, 100)), name="realisasi_renaksi_target_0_to_100"),
            is_one_of("keputusan", enums.Keputusan, optional=True),
            models.CheckConstraint(
                condition=Q(keputusan__isnull=True) | ~Q(keputusan="perbaiki") | Q(catatan_penilai__isnull=False),
                name="realisasi_renaksi_perbaiki_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.laporan_id}/{self.renaksi_bulan_id}"


class RealisasiIKI(Tercatat):
    """Realisation of one indicator in one laporan. No row exists in a month that is not measured (I10)."""

    laporan = models.ForeignKey(LaporanPeriode, models.PROTECT, related_name="realisasi_iki")
    iki = models.ForeignKey(IKI, models.PROTECT, related_name="realisasi")
    target_min = angka()
    target_max = angka()
    nilai = angka()
    nilai_teks = models.TextField(null=True, blank=True)
    capaian_kualitatif = pilihan(enums.CapaianKualitatif, null=True, blank=True)
    capaian = capaian()
    faktor_pendukung = models.TextField(null=True, blank=True)
    faktor_penghambat = models.TextField(null=True, blank=True)
    rtl = models.TextField(null=True, blank=True)
    alasan_selisih = models.TextField(null=True, blank=True)
    keputusan = pilihan(enums.Keputusan, null=True, blank=True)
    catatan_penilai = models.TextField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["laporan", "iki"], name="one_realisasi_per_iki_and_laporan"),
            models.CheckConstraint(
                condition=Q(nilai__isnull=True) | Q(nilai__gte=0), name="realisasi_iki_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(capaian__isnull=True) | Q(nilai__isnull=False), name="realisasi_iki_capaian_needs_nilai"
            ),
            is_one_of("capaian_kualitatif", enums.CapaianKualitatif, optional=True),
            is_one_of("keputusan", enums.Keputusan, optional=True),
            models.CheckConstraint(
                condition=Q(keputusan__isnull=True) | ~Q(keputusan="perbaiki") | Q(catatan_penilai__isnull=False),
                name="realisasi_iki_perbaiki_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.laporan_id}/{self.iki_id}"


class PKS(Tercatat):
    """Measurement and rating of one laporan. `predikat` is always computed (I11)."""

    laporan = models.OneToOneField(LaporanPeriode, models.PROTECT, related_name="pks")
    capaian_renaksi = capaian()
    capaian_pegawai = capaian()
    rating_usulan = pilihan(enums.Rating, null=True, blank=True)
    rating_diri = pilihan(enums.Rating, null=True, blank=True)
    catatan_perilaku = models.TextField(null=True, blank=True)
    rating_hasil = pilihan(enums.Rating, null=True, blank=True)
    rating_perilaku = pilihan(enums.Rating, null=True, blank=True)
    predikat = pilihan(enums.Predikat, null=True, blank=True, editable=False)
    status_predikat = pilihan(enums.StatusPredikat, default=enums.StatusPredikat.KOSONG, editable=False)
    aturan_versi = models.CharField(max_length=100, null=True, blank=True, editable=False)
    alasan_beda = models.TextField(null=True, blank=True)
    rekomendasi = models.TextField(null=True, blank=True)
    pernyataan = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            is_one_of("rating_usulan", enums.Rating, optional=True),
            is_one_of("rating_diri", enums.Rating, optional=True),
            is_one_of("rating_hasil", enums.Rating, optional=True),
            is_one_of("rating_perilaku", enums.Rating, optional=True),
            is_one_of("predikat", enums.Predikat, optional=True),
            is_one_of("status_predikat", enums.StatusPredikat),
            models.CheckConstraint(
                condition=Q(predikat__isnull=True, status_predikat="kosong")
                | Q(
                    ~Q(status_predikat="kosong"),
                    predikat__isnull=False,
                    rating_hasil__isnull=False,
                    rating_perilaku__isnull=False,
                ),
                name="pks_predikat_follows_from_both_ratings",
            ),
        ]

    def __str__(self) -> str:
        return f"PKS {self.laporan_id}"


class PKSBaris(Tercatat):
    """The factors of one indicator in the PKS step, copied from the SKP step of the same laporan (1a, I16).

    `sumber_hash` is the hash of the source texts when they were taken; another hash now means "sumber berubah".
    """

    pks = models.ForeignKey(PKS, models.PROTECT, related_name="baris")
    realisasi_iki = models.OneToOneField(RealisasiIKI, models.PROTECT, related_name="pks_baris")
    faktor_pendukung = models.TextField(null=True, blank=True)
    faktor_penghambat = models.TextField(null=True, blank=True)
    rtl = models.TextField(null=True, blank=True)
    diambil_at = models.DateTimeField(null=True, blank=True)
    sumber_hash = models.CharField(max_length=64, null=True, blank=True, editable=False)
    diubah_manual = models.BooleanField(default=False)
    keputusan = pilihan(enums.Keputusan, null=True, blank=True)
    catatan_penilai = models.TextField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            is_one_of("keputusan", enums.Keputusan, optional=True),
            models.CheckConstraint(
                condition=Q(keputusan__isnull=True) | ~Q(keputusan="perbaiki") | Q(catatan_penilai__isnull=False),
                name="pks_baris_perbaiki_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"PKS {self.pks_id}/{self.realisasi_iki_id}"


# --- Evidence, feedback, documents --------------------------------------------------------------------------------


class BuktiQuerySet(models.QuerySet["BuktiDukung"]):
    def visible_to(self, user: Any) -> BuktiQuerySet:
        """Evidence of the laporan that this user may see."""
        return self.filter(laporan__in=LaporanPeriode.objects.visible_to(user))

    def ada(self) -> BuktiQuerySet:
        """Not deleted."""
        return self.filter(dihapus_at__isnull=True)


class BuktiDukung(Tercatat):
    """A file or link that proves a realisasi. Belongs to one row of a laporan; `rhk` and `laporan` repeat its parents
    so that the database can refuse the same file twice on one RHK (M12)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    laporan = models.ForeignKey(LaporanPeriode, models.PROTECT, related_name="bukti")
    rhk = models.ForeignKey(RHK, models.PROTECT, related_name="+")
    realisasi_renaksi = models.ForeignKey(RealisasiRenaksi, models.PROTECT, null=True, blank=True, related_name="bukti")
    realisasi_iki = models.ForeignKey(RealisasiIKI, models.PROTECT, null=True, blank=True, related_name="bukti")
    jenis = pilihan(enums.JenisBukti)
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, null=True, blank=True, related_name="+")
    nama_asli = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, null=True, blank=True)
    url = models.URLField(max_length=500, null=True, blank=True)
    pengunggah = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    dihapus_at = models.DateTimeField(null=True, blank=True)

    objects = BuktiQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["dibuat_pada"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(jenis="file", berkas__isnull=False, sha256__isnull=False, url__isnull=True)
                | Q(jenis="url", berkas__isnull=True, sha256__isnull=True, url__startswith="https://"),
                name="bukti_is_a_file_or_an_https_link",
            ),
            models.CheckConstraint(
                condition=Q(realisasi_renaksi__isnull=False, realisasi_iki__isnull=True)
                | Q(realisasi_renaksi__isnull=True, realisasi_iki__isnull=False),
                name="bukti_belongs_to_one_row",
            ),
            models.UniqueConstraint(
                fields=["laporan", "rhk", "sha256"],
                condition=Q(dihapus_at__isnull=True, jenis="file"),
                name="bukti_file_once_per_rhk_and_laporan",
            ),
            models.UniqueConstraint(
                fields=["laporan", "rhk", "url"],
                condition=Q(dihapus_at__isnull=True, jenis="url"),
                name="bukti_url_once_per_rhk_and_laporan",
            ),
        ]

    def __str__(self) -> str:
        return self.nama_asli


class UmpanBalikQuerySet(models.QuerySet["UmpanBalik"]):
    def visible_to(self, user: Any) -> UmpanBalikQuerySet:
        """Feedback on a SKP that this user may see."""
        return self.filter(skp__in=SKP.objects.visible_to(user))


class UmpanBalik(Tercatat):
    """Feedback during the year, on one RHK or one core value. Never deleted: a new one corrects it."""

    skp = models.ForeignKey(SKP, models.PROTECT, related_name="umpan_balik")
    laporan = models.ForeignKey(LaporanPeriode, models.PROTECT, null=True, blank=True, related_name="umpan_balik")
    rhk = models.ForeignKey(RHK, models.PROTECT, null=True, blank=True, related_name="umpan_balik")
    nilai_perilaku = pilihan(enums.NilaiPerilaku, null=True, blank=True)
    penulis = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    sumber = pilihan(enums.SumberUmpanBalik, default=enums.SumberUmpanBalik.PIMPINAN)
    isi = models.TextField()
    dibaca_at = models.DateTimeField(null=True, blank=True)

    objects = UmpanBalikQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["dibuat_pada", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rhk__isnull=False, nilai_perilaku__isnull=True)
                | Q(rhk__isnull=True, nilai_perilaku__isnull=False),
                name="umpan_balik_on_rhk_or_nilai",
            ),
            is_one_of("nilai_perilaku", enums.NilaiPerilaku, optional=True),
            is_one_of("sumber", enums.SumberUmpanBalik),
        ]

    def __str__(self) -> str:
        return self.isi[:60]


class KeputusanPejabat(Tercatat):
    """A signed paper decision of an official without an account, recorded by the Tim Pengelola (decision 4)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    laporan = models.ForeignKey(LaporanPeriode, models.PROTECT, related_name="keputusan_pejabat")
    langkah = pilihan(enums.Langkah)
    putaran = models.PositiveSmallIntegerField(help_text="jumlah_kembali of the laporan at that time")
    pejabat = models.ForeignKey("kepegawaian.PejabatNonASN", models.PROTECT, related_name="+")
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, related_name="+")
    nomor = models.CharField(max_length=100)
    tanggal = models.DateField()
    dicatat_oleh = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["laporan", "langkah", "putaran"], name="one_keputusan_pejabat_per_step"),
            is_one_of("langkah", enums.Langkah),
        ]

    def __str__(self) -> str:
        return self.nomor


class CapaianOrganisasi(Tercatat):
    """Predikat of an organisation in a period; read here (F11, I12), set with a later slice."""

    unor = models.ForeignKey("kepegawaian.Unor", models.PROTECT, related_name="capaian_organisasi")
    periode = models.ForeignKey(Periode, models.PROTECT, related_name="capaian_organisasi")
    predikat = pilihan(enums.PredikatOrganisasi)
    dasar = models.TextField()
    status = pilihan(enums.StatusCapaianOrganisasi, default=enums.StatusCapaianOrganisasi.USULAN)
    ditetapkan_oleh = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    nomor = models.CharField(max_length=100, null=True, blank=True)
    tanggal = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unor", "periode"], name="one_capaian_per_unor_and_periode"),
            is_one_of("predikat", enums.PredikatOrganisasi),
            is_one_of("status", enums.StatusCapaianOrganisasi),
        ]

    def __str__(self) -> str:
        return f"{self.unor_id}/{self.periode_id}"


class DokumenQuerySet(models.QuerySet["Dokumen"]):
    def visible_to(self, user: Any) -> DokumenQuerySet:
        """Documents of the laporan that this user may see."""
        return self.filter(laporan__in=LaporanPeriode.objects.visible_to(user))


class Dokumen(models.Model):
    """A letter made from a final laporan. Never made again silently: another content is another `versi`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    jenis = pilihan(enums.JenisDokumen)
    laporan = models.ForeignKey(LaporanPeriode, models.PROTECT, related_name="dokumen")
    versi = models.PositiveSmallIntegerField()
    template_versi = models.CharField(max_length=64, help_text="sha256 of the template")
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)

    objects = DokumenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["jenis", "-versi"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["laporan", "jenis", "versi"], name="one_dokumen_per_versi"),
            is_one_of("jenis", enums.JenisDokumen),
        ]

    def __str__(self) -> str:
        return f"{self.get_jenis_display()} v{self.versi}"
