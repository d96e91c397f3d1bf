"""Organisation and people (decisions 1–6, simpeg.md §2–5).

OPD and jabatan of a person derive from his single active definitive RiwayatJabatan, and from nothing else. What the
database guards by itself: tree paths, cycles, seats and overlaps (constraints here, triggers in migration 0002).
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Now, Upper

from backend.accounts.roles import PERAN_DIBERIKAN, PERAN_KOTA, PERAN_OPD, Peran
from backend.kepegawaian import enums

NO_UNOR = uuid.UUID(int=0)


class RentangTanggal(Func):
    """`daterange(mulai, sampai, '[]')`; an empty end is open."""

    function = "DATERANGE"
    output_field = DateRangeField()


def period(mulai: str, sampai: str) -> tuple[RentangTanggal, str]:
    """Operand of an exclusion constraint: the two periods share a day."""
    return RentangTanggal(
        mulai, sampai, RangeBoundary(inclusive_lower=True, inclusive_upper=True)
    ), RangeOperators.OVERLAPS


def known(field: str, choices: type[models.TextChoices], *, name: str) -> models.CheckConstraint:
    """The column holds a value of the enumeration, or nothing."""
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": choices.values}) | Q(**{f"{field}__isnull": True}), name=name
    )


def berlaku(pada: date, *, mulai: str = "mulai", sampai: str = "sampai") -> Q:
    """Rows in force on a date; an empty bound is open."""
    return (Q(**{f"{mulai}__lte": pada}) | Q(**{f"{mulai}__isnull": True})) & (
        Q(**{f"{sampai}__gte": pada}) | Q(**{f"{sampai}__isnull": True})
    )


class Tercatat(models.Model):
    """When a row was made and last changed; who did it stands in the audit."""

    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)
    diubah_pada = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


# --- Organisation -------------------------------------------------------------------------------------------------


class UnorQuerySet(models.QuerySet["Unor"]):
    def visible_to(self, user: Any) -> UnorQuerySet:
        """The units of the OPD in which the user has a granted or derived role; all for whole-city roles."""
        from backend.kepegawaian.visibility import unor_visible_to

        return unor_visible_to(self, user)

    def aktif(self) -> UnorQuerySet:
        """Units offered in pickers."""
        return self.filter(is_delete=False)

    def subtree(self, *roots: uuid.UUID) -> UnorQuerySet:
        """The units themselves and everything below them."""
        return self.filter(path__overlap=list(roots))


class Unor(Tercatat):
    """An organisational unit. Never deleted: `is_delete` with `valid_to` and a `pengganti`.

    `path` (ids from the root down to this unit) and `opd` (nearest unit with is_opd at or above) are written by the
    database whenever `induk` or `is_opd` changes, here or above.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kode = models.CharField(max_length=40, unique=True)
    nama = models.CharField(max_length=200)
    nama_jabatan = models.CharField(max_length=200, blank=True, default="")
    induk = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="anak")
    jenis = models.CharField(max_length=12, choices=enums.JenisUnor.choices)
    is_opd = models.BooleanField(default=False)
    is_delete = models.BooleanField(default=False)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    pengganti = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="menggantikan")
    path = ArrayField(
        models.UUIDField(), db_default=Value([], output_field=ArrayField(models.UUIDField())), editable=False
    )
    opd = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="unor_opd", editable=False)

    objects = UnorQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["kode"]
        indexes: ClassVar = [GinIndex(fields=["path"], name="unor_path")]
        constraints: ClassVar = [
            known("jenis", enums.JenisUnor, name="unor_jenis_known"),
            models.CheckConstraint(
                condition=Q(is_delete=False) | Q(valid_to__isnull=False), name="unor_deleted_on_a_date"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_from__lte=F("valid_to")),
                name="unor_validity_in_order",
            ),
            models.CheckConstraint(condition=~Q(pengganti=F("id")), name="unor_is_not_its_own_pengganti"),
        ]

    def __str__(self) -> str:
        return self.nama


class Jabatan(Tercatat):
    """A title with its kind. `kode_bkn`: id of the BKN list of functional positions, where it comes from there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nama = models.CharField(max_length=200)
    jenis = models.CharField(max_length=9, choices=enums.JenisJabatan.choices)
    jenjang = models.CharField(max_length=2, choices=enums.Jenjang.choices, null=True, blank=True)
    eselon = models.CharField(max_length=2, choices=enums.Eselon.choices, null=True, blank=True)
    kelas = models.PositiveSmallIntegerField(null=True, blank=True)
    bup = models.PositiveSmallIntegerField(null=True, blank=True)
    kode_bkn = models.CharField(max_length=40, unique=True, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["nama"]
        constraints: ClassVar = [
            known("jenis", enums.JenisJabatan, name="jabatan_jenis_known"),
            known("jenjang", enums.Jenjang, name="jabatan_jenjang_known"),
            known("eselon", enums.Eselon, name="jabatan_eselon_known"),
            models.UniqueConstraint(
                fields=["nama", "jenis"], condition=Q(kode_bkn__isnull=True), name="one_jabatan_per_nama_and_jenis"
            ),
            models.CheckConstraint(
                condition=Q(jenjang__isnull=True) | Q(jenis=enums.JenisJabatan.JF), name="jenjang_only_for_jf"
            ),
            models.CheckConstraint(
                condition=Q(eselon__isnull=True) | Q(jenis__in=[enums.JenisJabatan.JPT, enums.JenisJabatan.JA]),
                name="eselon_only_for_structural",
            ),
            models.CheckConstraint(
                condition=Q(kelas__isnull=True) | Q(kelas__range=(1, 17)), name="jabatan_kelas_1_to_17"
            ),
        ]

    def __str__(self) -> str:
        return self.nama


class PosisiQuerySet(models.QuerySet["Posisi"]):
    def visible_to(self, user: Any) -> PosisiQuerySet:
        """Posts in the units that the user sees."""
        from backend.kepegawaian.visibility import posisi_visible_to

        return posisi_visible_to(self, user)

    def aktif(self) -> PosisiQuerySet:
        """Posts offered in pickers."""
        return self.filter(is_delete=False, unor__is_delete=False)


class Posisi(Tercatat):
    """A jabatan in a unit (the peta jabatan). Who sits there on a date is a query over RiwayatJabatan.

    `atasan` is a post with one seat; only `puncak` posts may have none. Cycles are refused by the database.
    `kelas` and `eselon` win over those of the jabatan; use `kelas_berlaku`, `eselon_berlaku`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unor = models.ForeignKey(Unor, models.PROTECT, related_name="posisi")
    jabatan = models.ForeignKey(Jabatan, models.PROTECT, related_name="posisi")
    kelas = models.PositiveSmallIntegerField(null=True, blank=True)
    eselon = models.CharField(max_length=2, choices=enums.Eselon.choices, null=True, blank=True)
    jumlah_kebutuhan = models.PositiveSmallIntegerField(default=1)
    is_pimpinan = models.BooleanField(default=False)
    puncak = models.BooleanField(default=False)
    atasan = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="bawahan")
    is_delete = models.BooleanField(default=False)

    objects = PosisiQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["unor__kode", "-is_pimpinan", "-kelas", "jabatan__nama"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["unor", "jabatan"], condition=Q(is_delete=False), name="one_posisi_per_unor_and_jabatan"
            ),
            models.UniqueConstraint(
                fields=["unor"], condition=Q(is_pimpinan=True, is_delete=False), name="one_pimpinan_posisi_per_unor"
            ),
            models.CheckConstraint(
                condition=Q(is_pimpinan=False) | Q(jumlah_kebutuhan=1), name="pimpinan_posisi_has_one_seat"
            ),
            models.CheckConstraint(
                condition=Q(puncak=True) | Q(atasan__isnull=False) | Q(is_delete=True),
                name="posisi_has_atasan_or_is_puncak",
            ),
            models.CheckConstraint(condition=~Q(atasan=F("id")), name="posisi_is_not_its_own_atasan"),
            models.CheckConstraint(
                condition=Q(kelas__isnull=True) | Q(kelas__range=(1, 17)), name="posisi_kelas_1_to_17"
            ),
            known("eselon", enums.Eselon, name="posisi_eselon_known"),
        ]

    def __str__(self) -> str:
        return f"{self.jabatan.nama}, {self.unor.nama}"

    @property
    def kelas_berlaku(self) -> int | None:
        return self.kelas if self.kelas is not None else self.jabatan.kelas

    @property
    def eselon_berlaku(self) -> str | None:
        return self.eselon or self.jabatan.eselon

    @property
    def dapat_menilai(self) -> bool:
        """At least pejabat pengawas, or head of a unit: a pejabat penilai without a delegation (kinerja.md §2.4)."""
        return (
            self.is_pimpinan
            or self.eselon_berlaku in enums.ESELON_PENILAI
            or self.jabatan.jenis in {enums.JenisJabatan.JPT, enums.JenisJabatan.PEJABAT_NEGARA}
        )


# --- People -------------------------------------------------------------------------------------------------------


class PegawaiQuerySet(models.QuerySet["Pegawai"]):
    def visible_to(self, user: Any, *, pada: date | None = None) -> PegawaiQuerySet:
        """Self, the people this user rates, those in the OPD of his roles; all for whole-city roles."""
        from backend.kepegawaian.visibility import pegawai_visible_to

        return pegawai_visible_to(self, user, pada=pada)

    def aktif(self) -> PegawaiQuerySet:
        """In service (simpeg.md §8, setting `kedudukan_aktif`)."""
        from backend.kepegawaian.visibility import kedudukan_aktif

        return self.filter(kedudukan_hukum__in=kedudukan_aktif())


class Pegawai(Tercatat):
    """A civil servant: identity and status. Jabatan and OPD: RiwayatJabatan. Login: `user`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="pegawai")
    nip = models.CharField("NIP", max_length=18, unique=True)
    nama = models.CharField(max_length=200)
    gelar_depan = models.CharField(max_length=50, blank=True, default="")
    gelar_belakang = models.CharField(max_length=80, blank=True, default="")
    tempat_lahir = models.CharField(max_length=100, blank=True, default="")
    tanggal_lahir = models.DateField()
    jenis_kelamin = models.CharField(max_length=1, choices=enums.JenisKelamin.choices)
    status_asn = models.CharField(max_length=8, choices=enums.StatusASN.choices, default=enums.StatusASN.PNS)
    golongan = models.CharField(max_length=8, blank=True, default="")
    pangkat = models.CharField(max_length=60, blank=True, default="")
    kedudukan_hukum = models.CharField(
        max_length=2, choices=enums.KedudukanHukum.choices, default=enums.KedudukanHukum.AKTIF
    )
    tmt_cpns = models.DateField("TMT CPNS atau kontrak pertama", null=True, blank=True)
    email = models.EmailField(blank=True, default="")
    no_hp = models.CharField(max_length=20, blank=True, default="")

    objects = PegawaiQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["nama"]
        indexes: ClassVar = [
            GinIndex(OpClass(Upper("nama"), "gin_trgm_ops"), name="pegawai_nama_words"),
            models.Index(fields=["nama", "id"], name="pegawai_by_nama"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(nip__regex=r"^\d{18}$"), name="nip_has_18_digits"),
            known("jenis_kelamin", enums.JenisKelamin, name="pegawai_jenis_kelamin_known"),
            known("status_asn", enums.StatusASN, name="pegawai_status_asn_known"),
            known("kedudukan_hukum", enums.KedudukanHukum, name="pegawai_kedudukan_known"),
        ]

    def __str__(self) -> str:
        return self.nama_lengkap

    @property
    def nama_lengkap(self) -> str:
        """`Dr. Budi Santoso, S.Kom., M.T.`"""
        depan = f"{self.gelar_depan} " if self.gelar_depan else ""
        belakang = f", {self.gelar_belakang}" if self.gelar_belakang else ""
        return f"{depan}{self.nama}{belakang}"

    @property
    def nip_berspasi(self) -> str:
        """`19660801 198803 1 001`, as letters print it."""
        return f"{self.nip[:8]} {self.nip[8:14]} {self.nip[14]} {self.nip[15:]}"


class PejabatNonASN(Tercatat):
    """An official without NIP who may rate (Wali Kota, Penjabat Wali Kota); `posisi` is the post he holds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nama = models.CharField(max_length=200)
    jabatan = models.CharField(max_length=200)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="pejabat")
    posisi = models.ForeignKey(Posisi, models.PROTECT, related_name="pejabat")
    mulai = models.DateField()
    sampai = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-mulai"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sampai__isnull=True) | Q(sampai__gte=F("mulai")), name="pejabat_period_in_order"
            ),
            ExclusionConstraint(
                name="one_pejabat_per_posisi",
                expressions=[("posisi", RangeOperators.EQUAL), period("mulai", "sampai")],
            ),
        ]

    def __str__(self) -> str:
        return self.nama

    @property
    def nama_lengkap(self) -> str:
        return self.nama


def sebut_jabatan(jenis_penugasan: str, nama: str) -> str:
    """`Plt. Kepala Dinas …` for a replacement, else the title of the post."""
    awalan = {"PLT": "Plt. ", "PLH": "Plh. ", "PJ": "Pj. "}.get(jenis_penugasan, "")
    return f"{awalan}{nama}"


class RiwayatJabatanQuerySet(models.QuerySet["RiwayatJabatan"]):
    def visible_to(self, user: Any) -> RiwayatJabatanQuerySet:
        """Rows of the people this user sees."""
        return self.filter(pegawai__in=Pegawai.objects.visible_to(user).values("id"))

    def pada(self, pada: date) -> RiwayatJabatanQuerySet:
        """Rows in force on a date."""
        return self.filter(berlaku(pada), status=enums.StatusRiwayat.AKTIF)

    def definitif(self) -> RiwayatJabatanQuerySet:
        return self.filter(jenis_penugasan=enums.JenisPenugasan.D)


class RiwayatJabatan(Tercatat):
    """That a person holds (D), replaces in (PLT, PLH, PJ), or has beside his own (TT) a post for a period.

    `mulai` is tmtJabatan of an MJ row and tmtMutasi of an MU row; `tmt_jabatan` survives an MU. A wrong row becomes
    BATAL with a reason and is never deleted. `is_pimpinan` is copied from the post by the database.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="riwayat_jabatan")
    posisi = models.ForeignKey(Posisi, models.PROTECT, related_name="riwayat")
    jenis_penugasan = models.CharField(
        max_length=3, choices=enums.JenisPenugasan.choices, default=enums.JenisPenugasan.D
    )
    jenis_mutasi = models.CharField(max_length=2, choices=enums.JenisMutasi.choices, default=enums.JenisMutasi.MJ)
    mulai = models.DateField()
    sampai = models.DateField(null=True, blank=True)
    tmt_jabatan = models.DateField()
    status = models.CharField(max_length=8, choices=enums.StatusRiwayat.choices, default=enums.StatusRiwayat.AKTIF)
    atasan = models.ForeignKey(Posisi, models.PROTECT, null=True, blank=True, related_name="riwayat_bawahan")
    nomor_sk = models.CharField(max_length=100, blank=True, default="")
    tanggal_sk = models.DateField(null=True, blank=True)
    berkas_sk = models.ForeignKey("platform.Berkas", models.PROTECT, null=True, blank=True, related_name="+")
    substansi = models.CharField(max_length=200, blank=True, default="")  # TT only: what he coordinates
    alasan = models.TextField(blank=True, default="")
    is_pimpinan = models.BooleanField(default=False, editable=False)

    objects = RiwayatJabatanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-mulai"]
        indexes: ClassVar = [
            models.Index(
                fields=["posisi", "mulai"],
                name="riwayat_aktif_by_posisi",
                condition=Q(status=enums.StatusRiwayat.AKTIF),
            ),
            models.Index(
                fields=["atasan", "mulai"],
                name="riwayat_aktif_by_atasan",
                condition=Q(status=enums.StatusRiwayat.AKTIF),
            ),
        ]
        constraints: ClassVar = [
            known("jenis_penugasan", enums.JenisPenugasan, name="riwayat_jenis_penugasan_known"),
            known("jenis_mutasi", enums.JenisMutasi, name="riwayat_jenis_mutasi_known"),
            known("status", enums.StatusRiwayat, name="riwayat_status_known"),
            models.CheckConstraint(
                condition=Q(sampai__isnull=True) | Q(sampai__gte=F("mulai")), name="riwayat_period_in_order"
            ),
            models.CheckConstraint(
                condition=Q(jenis_penugasan=enums.JenisPenugasan.D) | Q(sampai__isnull=False),
                name="penugasan_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(jenis_penugasan=enums.JenisPenugasan.D) | Q(jenis_mutasi=enums.JenisMutasi.MJ),
                name="only_definitive_rows_are_mutasi_unit",
            ),
            models.CheckConstraint(condition=Q(tmt_jabatan__lte=F("mulai")), name="tmt_jabatan_not_after_mulai"),
            models.CheckConstraint(
                condition=~Q(status=enums.StatusRiwayat.BATAL) | ~Q(alasan=""), name="riwayat_batal_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status=enums.StatusRiwayat.NONAKTIF) | Q(sampai__isnull=False),
                name="riwayat_nonaktif_has_an_end",
            ),
            models.CheckConstraint(condition=~Q(atasan=F("posisi")), name="riwayat_atasan_is_another_posisi"),
            ExclusionConstraint(
                name="one_definitive_jabatan_per_pegawai",
                expressions=[("pegawai", RangeOperators.EQUAL), period("mulai", "sampai")],
                condition=Q(jenis_penugasan=enums.JenisPenugasan.D, status=enums.StatusRiwayat.AKTIF),
            ),
            ExclusionConstraint(
                name="one_definitive_pimpinan_per_posisi",
                expressions=[("posisi", RangeOperators.EQUAL), period("mulai", "sampai")],
                condition=Q(jenis_penugasan=enums.JenisPenugasan.D, status=enums.StatusRiwayat.AKTIF, is_pimpinan=True),
            ),
            ExclusionConstraint(
                name="one_penugasan_per_pegawai_and_posisi",
                expressions=[
                    ("pegawai", RangeOperators.EQUAL),
                    ("posisi", RangeOperators.EQUAL),
                    period("mulai", "sampai"),
                ],
                condition=Q(status=enums.StatusRiwayat.AKTIF),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pegawai}: {self.nama_jabatan}"

    @property
    def nama_jabatan(self) -> str:
        return sebut_jabatan(self.jenis_penugasan, self.posisi.jabatan.nama)


class DelegasiQuerySet(models.QuerySet["Delegasi"]):
    def visible_to(self, user: Any) -> DelegasiQuerySet:
        """Delegations to the people this user sees."""
        return self.filter(pegawai__in=Pegawai.objects.visible_to(user).values("id"))

    def pada(self, pada: date) -> DelegasiQuerySet:
        return self.filter(mulai__lte=pada, selesai__gte=pada, dicabut_pada__isnull=True)


class Delegasi(Tercatat):
    """A letter that lets a holder of a TT row (koordinator, ketua tim) rate named people or a unit (decision 2)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="delegasi")
    lingkup_unor = models.ForeignKey(Unor, models.PROTECT, null=True, blank=True, related_name="delegasi")
    lingkup_pegawai = models.ManyToManyField(Pegawai, blank=True, related_name="delegasi_atas")
    nomor = models.CharField("nomor surat", max_length=100)
    tanggal = models.DateField("tanggal surat")
    mulai = models.DateField()
    selesai = models.DateField()
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, null=True, blank=True, related_name="+")
    dicabut_pada = models.DateTimeField(null=True, blank=True)

    objects = DelegasiQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-mulai"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(selesai__gte=F("mulai")), name="delegasi_period_in_order"),
            models.CheckConstraint(condition=~Q(nomor=""), name="delegasi_has_a_letter"),
        ]

    def __str__(self) -> str:
        return f"Delegasi {self.nomor}"


class Kalender(models.Model):
    """A special day, for the whole city (`opd` empty) or one OPD.

    `jenis_apel` empty on an apel day: SENIN on a Monday, else LAIN. The kinds refine the booleans, which decide.
    """

    tanggal = models.DateField()
    nama = models.CharField(max_length=200)
    libur = models.BooleanField("libur atau cuti bersama", default=False)
    ramadan = models.BooleanField(default=False)
    apel = models.BooleanField(default=False)
    jenis_libur = models.CharField(max_length=14, choices=enums.JenisLibur.choices, blank=True, default="")
    jenis_apel = models.CharField(max_length=7, choices=enums.JenisApel.choices, blank=True, default="")
    opd = models.ForeignKey(Unor, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["tanggal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tanggal", "opd"], nulls_distinct=False, name="one_kalender_row_per_day"),
            models.CheckConstraint(condition=Q(jenis_libur="") | Q(libur=True), name="kalender_kind_of_a_holiday"),
            models.CheckConstraint(condition=Q(jenis_apel="") | Q(apel=True), name="kalender_kind_of_an_apel"),
        ]

    def __str__(self) -> str:
        return f"{self.tanggal} {self.nama}"


class PeranUserQuerySet(models.QuerySet["PeranUser"]):
    def visible_to(self, user: Any) -> PeranUserQuerySet:
        """Own roles; those in the OPD of an Admin OPD; all for whole-city roles."""
        from backend.kepegawaian.visibility import peran_visible_to

        return peran_visible_to(self, user)

    def pada(self, pada: date) -> PeranUserQuerySet:
        return self.filter(berlaku(pada))


class PeranUser(Tercatat):
    """A granted role. `unor` is the OPD it covers; empty for whole-city roles. Taking it away sets `sampai`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="peran")
    peran = models.CharField(max_length=16, choices=[(p.value, p.label) for p in Peran if p in PERAN_DIBERIKAN])
    unor = models.ForeignKey(Unor, models.PROTECT, null=True, blank=True, related_name="peran")
    mulai = models.DateField(null=True, blank=True)
    sampai = models.DateField(null=True, blank=True)

    objects = PeranUserQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["peran"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(peran__in=sorted(PERAN_OPD), unor__isnull=False)
                | Q(peran__in=sorted(PERAN_KOTA), unor__isnull=True),
                name="peran_has_its_kind_of_scope",
            ),
            ExclusionConstraint(
                name="peran_granted_once",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("peran", RangeOperators.EQUAL),
                    (Coalesce("unor", Value(NO_UNOR, output_field=models.UUIDField())), RangeOperators.EQUAL),
                    period("mulai", "sampai"),
                ],
                # a role taken away before it ever began has an empty period
                condition=Q(mulai__isnull=True) | Q(sampai__isnull=True) | Q(mulai__lte=F("sampai")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_peran_display()}{f' {self.unor}' if self.unor else ''}"


class LaporanDataQuerySet(models.QuerySet["LaporanData"]):
    def visible_to(self, user: Any) -> LaporanDataQuerySet:
        """Own reports and those about people in the OPD of an Admin OPD; all for whole-city roles."""
        from backend.kepegawaian.visibility import laporan_data_visible_to

        return laporan_data_visible_to(self, user)


class LaporanData(Tercatat):
    """“Data salah? Laporkan”: what a person says is wrong in his data, and the answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="laporan_data")
    kolom = models.CharField(max_length=80)
    isi = models.TextField()
    status = models.CharField(
        max_length=10, choices=enums.StatusLaporanData.choices, default=enums.StatusLaporanData.BARU
    )
    pelapor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    jawaban = models.TextField(blank=True, default="")
    dijawab_oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    dijawab_pada = models.DateTimeField(null=True, blank=True)

    objects = LaporanDataQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-dibuat_pada"]
        constraints: ClassVar = [
            known("status", enums.StatusLaporanData, name="laporan_data_status_known"),
            models.CheckConstraint(
                condition=Q(status=enums.StatusLaporanData.BARU, dijawab_pada__isnull=True)
                | (~Q(status=enums.StatusLaporanData.BARU) & Q(dijawab_pada__isnull=False) & ~Q(jawaban="")),
                name="laporan_data_answered_with_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kolom}: {self.pegawai}"


# --- Reference lists of BKN (loaded by import_referensi, decision 11) ------------------------------------------------


class Referensi(models.Model):
    """One entry of a BKN code list, with its further columns."""

    daftar = models.CharField(max_length=40)
    kode = models.CharField(max_length=40)
    label = models.CharField(max_length=300, blank=True)
    kelompok = models.CharField(max_length=40, blank=True, default="")
    aktif = models.BooleanField(default=True)
    atribut = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["daftar", "kode"]
        indexes: ClassVar = [models.Index(fields=["daftar", "kelompok"], name="referensi_kelompok")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["daftar", "kode"], name="one_referensi_per_kode"),
        ]

    def __str__(self) -> str:
        return self.label or self.kode
