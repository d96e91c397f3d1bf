"""TPP: streams, facts of a month, periods and their frozen results (tpp.md §2, §7, §9, §10).

What a locked period holds never changes: triggers of migration 0002 refuse it, whoever asks. Rupiah are whole numbers.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backend.core.periode import bulan_label
from backend.kepegawaian.models import Pegawai, Tercatat, Unor, berlaku, known, period
from backend.presensi.models import CalonSusulan
from backend.tpp import enums

if TYPE_CHECKING:
    from uuid import UUID

AWAL_BULAN = Q(bulan__day=1)


class Everybody(models.QuerySet[Any]):
    """Reference rows: what is regulated is no secret."""

    def visible_to(self, user: Any) -> Any:
        """All rows, for anybody with an account."""
        return self if user and user.pk and user.is_active else self.none()


class RowsOfPay(models.QuerySet[Any]):
    """Facts of pay: of the person himself, and of the OPD of TPP roles; all for TPP roles of the whole city."""

    def visible_to(self, user: Any) -> Any:
        from backend.tpp.visibility import pay_rows_visible_to

        return pay_rows_visible_to(self, user)


# --- Streams -------------------------------------------------------------------------------------------------------------


class Aliran(Tercatat):
    """A separately regulated TPP with its own Perwali, criteria and payment."""

    kode = models.CharField(max_length=20, unique=True)
    nama = models.CharField(max_length=100)
    dasar_hukum = models.TextField()
    kriteria = ArrayField(models.CharField(max_length=2, choices=enums.Kriteria.choices))
    urutan = models.PositiveSmallIntegerField(default=1)
    aktif_mulai = models.DateField()
    aktif_sampai = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = Everybody.as_manager()

    class Meta:
        ordering: ClassVar = ["urutan", "kode"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kode__regex=r"^[A-Z][A-Z0-9_]*$"), name="aliran_kode_is_a_code"),
            models.CheckConstraint(condition=~Q(dasar_hukum=""), name="aliran_has_dasar_hukum"),
            models.CheckConstraint(
                condition=Q(kriteria__contained_by=enums.Kriteria.values) & Q(kriteria__len__gt=0),
                name="aliran_kriteria_known",
            ),
            models.CheckConstraint(
                condition=Q(aktif_sampai__isnull=True) | Q(aktif_sampai__gte=F("aktif_mulai")),
                name="aliran_period_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.nama


def aliran_aktif(pada: date) -> Q:
    """Streams in force on a date."""
    return berlaku(pada, mulai="aktif_mulai", sampai="aktif_sampai")


# --- Facts -----------------------------------------------------------------------------------------------------------------


class ProfilBayar(Tercatat):
    """What paying a person needs to know: tax status, account, zakat, the asset report he owes."""

    pegawai = models.OneToOneField(Pegawai, models.PROTECT, primary_key=True, related_name="profil_tpp")
    ptkp = models.CharField("PTKP", max_length=4, blank=True, default="")  # TK/0 … K/3, as the table `ptkp` knows them
    npwp = models.CharField("NPWP", max_length=16, blank=True, default="")
    bank = models.CharField(max_length=60, blank=True, default="")
    rekening = models.CharField(max_length=30, blank=True, default="")
    zakat = models.BooleanField("potong zakat", default=False)
    zakat_resmi = models.BooleanField("zakat lewat badan resmi", default=False)  # reduces the taxable income
    harta = models.CharField(max_length=12, choices=enums.JenisHarta.choices, default=enums.JenisHarta.LHKASN)

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ptkp="") | Q(ptkp__regex=r"^(TK|K)/[0-3]$"), name="profil_ptkp_form"),
            models.CheckConstraint(condition=Q(npwp__regex=r"^(\d{15,16})?$"), name="profil_npwp_digits"),
            models.CheckConstraint(condition=Q(rekening__regex=r"^(\d{6,30})?$"), name="profil_rekening_digits"),
            known("harta", enums.JenisHarta, name="profil_harta_known"),
        ]

    def __str__(self) -> str:
        return str(self.pegawai)


class Gaji(Tercatat):
    """The gaji list of a month, imported. `pph`: PPh on it; `iuran_*`: BPJS taken and paid on it."""

    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="gaji", db_index=False)
    bulan = models.DateField()
    bruto = models.PositiveBigIntegerField()
    iuran_1 = models.PositiveIntegerField(default=0)
    iuran_4 = models.PositiveIntegerField(default=0)
    iuran_pensiun = models.PositiveIntegerField(default=0)
    pph = models.PositiveIntegerField(default=0)
    jiwa = models.CharField("status dan jiwa", max_length=10, blank=True, default="")

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        ordering: ClassVar = ["-bulan"]
        indexes: ClassVar = [models.Index(fields=["bulan"], name="gaji_by_bulan")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pegawai", "bulan"], name="one_gaji_per_month"),
            models.CheckConstraint(condition=AWAL_BULAN, name="gaji_of_a_whole_month"),
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.bulan:%Y-%m}"


class SaldoPajak(Tercatat):
    """The tax year before this system: what was earned and withheld up to and including `sampai_bulan`."""

    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="saldo_pajak", db_index=False)
    tahun = models.PositiveSmallIntegerField()
    sampai_bulan = models.PositiveSmallIntegerField(default=0)
    bruto = models.PositiveBigIntegerField(default=0)
    pph = models.PositiveBigIntegerField(default=0)
    iuran_pensiun = models.PositiveBigIntegerField(default=0)
    zakat_resmi = models.PositiveBigIntegerField(default=0)  # of the whole year

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pegawai", "tahun"], name="one_saldo_per_year"),
            models.CheckConstraint(condition=Q(sampai_bulan__range=(0, 12)), name="saldo_month_of_year"),
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.tahun}"


class SebabPotongan(Tercatat):
    """A cause of an administrative deduction: a sanction (HUKDIS_23), an arrear (TPTGR_MENUNGGAK).

    `bulan_ke` counts from the month after `tanggal`. LHKPN and LHKASN follow from LaporanHarta instead.
    """

    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="sebab_potongan")
    kode = models.CharField(max_length=30)
    tanggal = models.DateField()
    sampai = models.DateField(null=True, blank=True)
    nomor = models.CharField(max_length=100)
    keterangan = models.TextField(blank=True, default="")

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        ordering: ClassVar = ["-tanggal"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(nomor=""), name="sebab_potongan_has_a_document"),
            models.CheckConstraint(
                condition=Q(sampai__isnull=True) | Q(sampai__gte=F("tanggal")), name="sebab_potongan_in_order"
            ),
            ExclusionConstraint(
                name="sebab_potongan_once",
                expressions=[
                    ("pegawai", RangeOperators.EQUAL),
                    ("kode", RangeOperators.EQUAL),
                    ("nomor", RangeOperators.EQUAL),
                    period("tanggal", "sampai"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kode} {self.pegawai_id}"


class LaporanHarta(Tercatat):
    """That the asset report of a year was filed."""

    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="laporan_harta", db_index=False)
    tahun = models.PositiveSmallIntegerField()
    tanggal = models.DateField()
    nomor = models.CharField(max_length=100, blank=True, default="")

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pegawai", "tahun"], name="one_laporan_harta_per_year")
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.tahun}"


class PotonganTetap(Tercatat):
    """An instructed fixed deduction (Korpri, koperasi) for a time; kinds stand in tpp_potongan_lain."""

    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="potongan_tetap")
    kode = models.CharField(max_length=20)
    jumlah = models.PositiveIntegerField()
    mulai = models.DateField()
    sampai = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sampai__isnull=True) | Q(sampai__gte=F("mulai")), name="potongan_tetap_in_order"
            ),
            ExclusionConstraint(
                name="potongan_tetap_once",
                expressions=[
                    ("pegawai", RangeOperators.EQUAL),
                    ("kode", RangeOperators.EQUAL),
                    period("mulai", "sampai"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kode} {self.pegawai_id}"


class PelepasanPredikat(models.Model):
    """Kepala OPD lets a month without predikat pass as TIDAK_ADA (SY-04)."""

    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="+", db_index=False)
    bulan = models.DateField()
    alasan = models.TextField()
    oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    pada = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pegawai", "bulan"], name="one_pelepasan_per_month"),
            models.CheckConstraint(condition=AWAL_BULAN, name="pelepasan_of_a_whole_month"),
            models.CheckConstraint(condition=~Q(alasan=""), name="pelepasan_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.bulan:%Y-%m}"


# --- Periods and results --------------------------------------------------------------------------------------------------------


class PeriodeQuerySet(models.QuerySet["Periode"]):
    def visible_to(self, user: Any) -> PeriodeQuerySet:
        """Periods of the OPD of the user's TPP roles; those that show him a result; all for roles of the whole city."""
        from backend.tpp.visibility import periode_visible_to

        return periode_visible_to(self, user)

    def terkunci(self) -> PeriodeQuerySet:
        return self.filter(status__in=enums.TERKUNCI)

    def hidup(self) -> PeriodeQuerySet:
        """All but the refused ones."""
        return self.exclude(status=enums.StatusPeriode.DITOLAK)


class Periode(Tercatat):
    """One OPD, month, stream and run (tpp.md §7). `urutan` numbers the susulan of a month.

    `bulan`: the month of the facts; `bulan_bayar`: the month in which it is taxed (another one only for susulan).
    `kode_periksa`: on the cover letter, new with each approval; whoever has it may ask whether the letter is genuine.
    `versi`: {table: version id} that computed it; `checksum`: over its results, written when it is locked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opd = models.ForeignKey(Unor, models.PROTECT, related_name="periode_tpp")
    bulan = models.DateField()
    aliran = models.ForeignKey(Aliran, models.PROTECT, related_name="periode")
    run = models.CharField(max_length=8, choices=enums.Run.choices, default=enums.Run.BULANAN)
    urutan = models.PositiveSmallIntegerField(default=1)
    bulan_bayar = models.DateField()
    status = models.CharField(max_length=12, choices=enums.StatusPeriode.choices, default=enums.StatusPeriode.DRAF)
    putaran = models.PositiveSmallIntegerField(default=0)  # how often it came back
    hitungan_ke = models.PositiveSmallIntegerField(default=0)
    dihitung_pada = models.DateTimeField(null=True, blank=True)
    versi = models.JSONField(default=dict)
    jumlah_pegawai = models.PositiveIntegerField(default=0)
    total = models.JSONField(default=dict)  # {bruto, bpjs_1, bpjs_4, pph, zakat, lain, neto, spm}
    checksum = models.CharField(max_length=64, blank=True, default="")
    sanggah_sampai = models.DateTimeField(null=True, blank=True)
    pengantar_nomor = models.CharField(max_length=100, blank=True, default="")
    pengantar_tanggal = models.DateField(null=True, blank=True)
    kode_periksa = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    disetujui_oleh = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    dikunci_oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    dikunci_pada = models.DateTimeField(null=True, blank=True)
    sp2d_nomor = models.CharField("nomor SP2D", max_length=100, blank=True, default="")
    sp2d_tanggal = models.DateField("tanggal SP2D", null=True, blank=True)
    alasan = models.TextField(blank=True, default="")  # susulan: why
    dasar_nomor = models.CharField(max_length=100, blank=True, default="")  # susulan: the document

    objects = PeriodeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-bulan", "opd", "aliran", "run", "urutan"]
        indexes: ClassVar = [models.Index(fields=["bulan", "opd"], name="periode_tpp_by_bulan")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["opd", "bulan", "aliran", "run", "urutan"],
                condition=~Q(status=enums.StatusPeriode.DITOLAK),
                name="one_periode_per_opd_bulan_aliran_run",
            ),
            models.CheckConstraint(
                condition=Q(run=enums.Run.SUSULAN) | Q(urutan=1, bulan_bayar=F("bulan")),
                name="only_susulan_repeats_and_is_paid_later",
            ),
            models.CheckConstraint(
                condition=AWAL_BULAN & Q(bulan_bayar__day=1, bulan_bayar__gte=F("bulan")),
                name="periode_of_a_whole_month",
            ),
            models.CheckConstraint(
                condition=~Q(run=enums.Run.SUSULAN) | (~Q(alasan="") & ~Q(dasar_nomor="")),
                name="susulan_has_reason_and_document",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=enums.TERKUNCI)
                | Q(checksum__regex="^[0-9a-f]{64}$", dikunci_pada__isnull=False),
                name="locked_with_a_checksum",
            ),
            models.CheckConstraint(
                condition=~Q(status=enums.StatusPeriode.DIBAYAR) | (~Q(sp2d_nomor="") & Q(sp2d_tanggal__isnull=False)),
                name="paid_with_an_sp2d",
            ),
            known("run", enums.Run, name="periode_tpp_run_known"),
            known("status", enums.StatusPeriode, name="periode_tpp_status_known"),
        ]

    def __str__(self) -> str:
        return f"TPP {self.bulan_teks} {self.opd}"

    @property
    def bulan_teks(self) -> str:
        """`Maret 2025`, with the kind of run where it is not the monthly one."""
        label = bulan_label(self.bulan.year, self.bulan.month)
        return label if self.run == enums.Run.BULANAN else f"{label} ({enums.Run(self.run).label.lower()})"

    @property
    def terkunci(self) -> bool:
        return self.status in enums.TERKUNCI


class RowsOfPeriode(models.QuerySet[Any]):
    """Rows of a person in a period."""

    def visible_to(self, user: Any) -> Any:
        """Own rows once the period is published, those of the OPD of the user's TPP roles; all for the whole city."""
        from backend.tpp.visibility import rows_of_periode_visible_to

        return rows_of_periode_visible_to(self, user)


class HasilQuerySet(models.QuerySet["Hasil"]):
    def visible_to(self, user: Any) -> HasilQuerySet:
        """Own results once they are published, those of the OPD of the user's TPP roles; all for the whole city."""
        from backend.tpp.visibility import hasil_visible_to

        return hasil_visible_to(self, user)


class Hasil(models.Model):
    """The result of one person in one period: amounts, what was printed of him, the facts they were computed from.

    `fakta`: the whole input (bentuk.Masukan as JSON), so that what-if and susulan compute from what was frozen.
    `pajak`: step 7. For a susulan the amounts are differences and may be negative.
    """

    id = models.BigAutoField(primary_key=True)
    periode = models.ForeignKey(Periode, models.CASCADE, related_name="hasil", db_index=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="hasil_tpp")
    nip = models.CharField(max_length=18)
    nama = models.CharField(max_length=340)
    tanggal_lahir = models.DateField()
    golongan = models.CharField(max_length=8)
    jabatan = models.CharField(max_length=400)
    kelas = models.PositiveSmallIntegerField(null=True)
    jiwa = models.CharField(max_length=10)
    rekening = models.CharField(max_length=100)
    gaji_bruto = models.BigIntegerField()
    pagu = models.BigIntegerField()
    faktor_status = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    predikat = models.CharField(max_length=20)
    predikat_persen = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    potongan_disiplin = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    realisasi_persen = models.DecimalField(max_digits=11, decimal_places=6, null=True)
    kinerja = models.BigIntegerField()
    admin_persen = models.DecimalField(max_digits=9, decimal_places=4)
    admin = models.BigIntegerField()
    bruto = models.BigIntegerField()
    bpjs_1 = models.BigIntegerField()
    bpjs_4 = models.BigIntegerField()
    pph = models.BigIntegerField()
    zakat = models.BigIntegerField()
    lain = models.BigIntegerField()
    neto = models.BigIntegerField()
    spm = models.BigIntegerField()
    fakta = models.JSONField(encoder=DjangoJSONEncoder)
    pajak = models.JSONField(encoder=DjangoJSONEncoder)

    objects = HasilQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["nama", "pegawai"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["periode", "pegawai"], name="one_hasil_per_periode_and_pegawai"),
            models.CheckConstraint(condition=Q(bruto=F("kinerja") - F("admin")), name="hasil_bruto_adds_up"),
        ]

    def __str__(self) -> str:
        return f"{self.nama}: {self.neto}"


class HasilKriteria(models.Model):
    """The amounts of one criterion of a result."""

    id = models.BigAutoField(primary_key=True)
    hasil = models.ForeignKey(Hasil, models.CASCADE, related_name="kriteria", db_index=False)
    kriteria = models.CharField(max_length=2, choices=enums.Kriteria.choices)
    dasar = models.BigIntegerField()
    pagu = models.BigIntegerField()
    realisasi = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hasil", "kriteria"], name="one_row_per_hasil_and_kriteria"),
            known("kriteria", enums.Kriteria, name="hasil_kriteria_known"),
        ]

    def __str__(self) -> str:
        return f"{self.hasil_id} {self.kriteria}"


class Jejak(models.Model):
    """A row of the explain trace (tpp.md §9): the sum of tanda × hasil over the rows of a result is its neto.

    Written by COPY. That each row belongs to a result of an open period is checked per statement by the database
    (migration 0002), which is why the foreign keys stand without row checks of their own.
    """

    id = models.BigAutoField(primary_key=True)
    periode = models.ForeignKey(Periode, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    hasil_pegawai = models.ForeignKey(Hasil, models.DO_NOTHING, related_name="jejak", db_constraint=False)
    langkah = models.PositiveSmallIntegerField()
    kriteria = models.CharField(max_length=2)
    tabel = models.CharField(max_length=40)
    versi = models.CharField(max_length=40)
    kode_baris = models.CharField(max_length=200)
    masukan = models.JSONField()
    rumus = models.CharField(max_length=300)
    sebelum_bulat = models.DecimalField(max_digits=26, decimal_places=8)
    mode_bulat = models.CharField(max_length=4)
    hasil = models.DecimalField(max_digits=22, decimal_places=6)
    tanda = models.SmallIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.langkah} {self.tabel} {self.kode_baris}"


class Tertahan(models.Model):
    """What a gate says of a person in a period: BLOKIR keeps him out of it, PERINGATAN is shown."""

    id = models.BigAutoField(primary_key=True)
    periode = models.ForeignKey(Periode, models.CASCADE, related_name="tertahan", db_index=False)
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="+", db_index=False)
    kode = models.CharField(max_length=10)
    tingkat = models.CharField(max_length=10, choices=enums.Tingkat.choices)
    pesan = models.CharField(max_length=200)

    objects: ClassVar[Any] = RowsOfPeriode.as_manager()

    class Meta:
        ordering: ClassVar = ["pegawai", "kode"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["periode", "pegawai", "kode"], name="one_gate_row_per_pegawai"),
            known("tingkat", enums.Tingkat, name="tertahan_tingkat_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kode} {self.pegawai_id}"


class Sanggah(Tercatat):
    """An objection of a person to his result, and its decision. One open objection per person and period."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    periode = models.ForeignKey(Periode, models.CASCADE, related_name="sanggah")
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="sanggah_tpp")
    isi = models.TextField()
    berkas = models.ForeignKey("platform.Berkas", models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(max_length=10, choices=enums.StatusSanggah.choices, default=enums.StatusSanggah.DIAJUKAN)
    jawaban = models.TextField(blank=True, default="")
    diputus_oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    diputus_pada = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = RowsOfPeriode.as_manager()

    class Meta:
        ordering: ClassVar = ["dibuat_pada"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["periode", "pegawai"], condition=Q(status="DIAJUKAN"), name="one_open_sanggah_per_pegawai"
            ),
            models.CheckConstraint(condition=~Q(isi=""), name="sanggah_says_something"),
            models.CheckConstraint(
                condition=Q(status="DIAJUKAN", diputus_pada__isnull=True)
                | (~Q(status="DIAJUKAN") & Q(diputus_pada__isnull=False) & ~Q(jawaban="")),
                name="sanggah_decided_with_words",
            ),
            known("status", enums.StatusSanggah, name="sanggah_status_known"),
        ]

    def __str__(self) -> str:
        return f"Sanggah {self.pegawai_id}"


class KoreksiFakta(models.Model):
    """A corrected fact of a person in a susulan: what replaces the sealed one, and why (tpp.md §7).

    `fakta`: any of predikat, kejadian, hari_masuk, status, status_bulan_ke, as `beku` writes them.
    """

    periode = models.ForeignKey(Periode, models.CASCADE, related_name="koreksi_fakta")
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="+", db_index=False)
    fakta = models.JSONField()
    alasan = models.TextField()
    oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    pada = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[Any] = RowsOfPeriode.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["periode", "pegawai"], name="one_koreksi_fakta_per_pegawai"),
            models.CheckConstraint(condition=~Q(alasan=""), name="koreksi_fakta_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Koreksi fakta {self.pegawai_id}"


class CalonDibayar(models.Model):
    """A late fact of the attendance (presensi.CalonSusulan) that a susulan takes up.

    The fact is settled when every stream that locked its month has locked a susulan that took it up.
    """

    periode = models.ForeignKey(Periode, models.CASCADE, related_name="calon")
    calon = models.ForeignKey(CalonSusulan, models.PROTECT, related_name="dibayar", db_index=False)
    pada = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calon", "periode"], name="calon_once_in_a_susulan"),
        ]

    def __str__(self) -> str:
        return f"{self.calon_id} {self.periode_id}"


class Perpindahan(models.Model):
    """A transition of a period: who, when, from where to where, and why (tpp.md §7)."""

    periode = models.ForeignKey(Periode, models.CASCADE, related_name="perpindahan")
    dari = models.CharField(max_length=12, choices=enums.StatusPeriode.choices)
    ke = models.CharField(max_length=12, choices=enums.StatusPeriode.choices)
    oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    pada = models.DateTimeField(db_default=Now(), editable=False)
    catatan = models.TextField(blank=True, default="")

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.dari} → {self.ke}"


# --- What-if (tpp.md §10) ---------------------------------------------------------------------------------------------------------


class Simulasi(models.Model):
    """A what-if run of draft versions over locked months. `draf`: {table: version id}; `hasil`: totals and per rule row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draf = models.JSONField()
    bulan = ArrayField(models.DateField())
    opd = ArrayField(models.UUIDField(), default=list, blank=True)  # empty: the whole city
    oleh = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    dibuat_pada = models.DateTimeField(db_default=Now(), editable=False)
    hasil = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects: ClassVar[Any] = RowsOfPay.as_manager()

    class Meta:
        ordering: ClassVar = ["-dibuat_pada"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(bulan__len__gt=0), name="simulasi_over_a_month"),
        ]

    def __str__(self) -> str:
        return f"Simulasi {', '.join(self.draf)}"


class SimulasiBaris(models.Model):
    """One person and month of a what-if run whose result differs. `sebab`: {rule row: delta of neto}."""

    id = models.BigAutoField(primary_key=True)
    simulasi = models.ForeignKey(Simulasi, models.CASCADE, related_name="baris")
    pegawai = models.ForeignKey(Pegawai, models.PROTECT, related_name="+", db_index=False)
    opd = models.ForeignKey(Unor, models.PROTECT, related_name="+", db_index=False)
    bulan = models.DateField()
    bruto_lama = models.BigIntegerField()
    bruto_baru = models.BigIntegerField()
    neto_lama = models.BigIntegerField()
    neto_baru = models.BigIntegerField()
    spm_lama = models.BigIntegerField()
    spm_baru = models.BigIntegerField()
    sebab = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["simulasi", "pegawai", "bulan"], name="one_simulasi_row_per_pegawai_and_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pegawai_id} {self.bulan:%Y-%m}"

    @property
    def selisih(self) -> int:
        return self.neto_baru - self.neto_lama


def kunci_periode(opd: UUID, bulan: date) -> str:
    """The name under which writers of an OPD and month take their turn."""
    return f"{opd}:{bulan:%Y-%m}"
