"""Reads of the kinerja context. Every function has a fixed number of statements, whatever the number of rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from backend.core.errors import NotVisible
from backend.core.ingatan import sekali
from backend.kepegawaian.models import RiwayatJabatan, sebut_jabatan
from backend.kinerja import calculations, enums
from backend.kinerja.calculations import Ukuran
from backend.kinerja.models import (
    IKI,
    RHK,
    BuktiDukung,
    LaporanPeriode,
    PKSBaris,
    RealisasiIKI,
    RealisasiRenaksi,
    Renaksi,
)
from backend.platform.settings import setting

LANGKAH = tuple(enums.Langkah)
URUT_RHK = ("-rhk_klasifikasi", "rhk_urut")


# --- One laporan --------------------------------------------------------------------------------------------------


def laporan_lengkap(user: Any, laporan_id: UUID | str) -> LaporanPeriode:
    """A laporan this user may see, with its SKP, periode, people and PKS. Raises NotVisible."""
    if not LaporanPeriode.objects.visible_to(user).filter(pk=laporan_id).exists():
        raise NotVisible
    return laporan_proses(laporan_id)


def laporan_pelaku(user: Any, laporan_id: UUID | str) -> LaporanPeriode:
    """The laporan behind an open task of this user. His own needs no question to the database whether he may see it.

    Raises NotVisible.
    """
    laporan = laporan_proses(laporan_id)
    return laporan if laporan.pegawai.user_id == user.pk else laporan_lengkap(user, laporan_id)


def laporan_proses(laporan_id: UUID | str) -> LaporanPeriode:
    """A laporan with all that its pages and rules look at, for whoever may see it already; read once per page."""
    rows = LaporanPeriode.objects.select_related(
        "skp", "periode", "pegawai", "opd", "penilai_pegawai", "penilai_pejabat", "pengganti", "pks"
    )
    return sekali(("laporan", str(laporan_id)), lambda: rows.get(pk=laporan_id))


def jabatan_laporan(laporan: LaporanPeriode) -> str:
    """Title of the post that the SKP of a laporan is for."""
    rows = RiwayatJabatan.objects.filter(pk=laporan.skp.riwayat_jabatan_id)
    return sebut_jabatan(*rows.values_list("jenis_penugasan", "posisi__jabatan__nama").get())


@dataclass(frozen=True, slots=True)
class BarisRenaksi:
    """A tahapan in the Renaksi step, with what the page shows beside the field."""

    id: int
    rhk_id: int
    rhk: str
    klasifikasi: str
    renaksi_id: int
    tahapan: str
    output: str
    target: int
    realisasi: int | None
    keterangan: str
    kumulatif_realisasi: int
    kumulatif_target: int
    bulan_lalu: int | None
    keputusan: str
    catatan_penilai: str
    bukti: Sequence[BuktiDukung]

    @property
    def capaian(self) -> Decimal | None:
        return None if self.realisasi is None else calculations.capaian_renaksi([(self.realisasi, self.target)])

    @property
    def melebihi_target(self) -> bool:
        return (self.realisasi or 0) > self.target


@dataclass(frozen=True, slots=True)
class BarisIKI:
    """An indicator in the SKP step. `lalu` is the row of the month before, if there was one."""

    id: int
    rhk_id: int
    rhk: str
    klasifikasi: str
    iki_id: int
    uraian: str
    aspek: str
    satuan: str
    arah: str
    arah_label: str
    pola_label: str
    pendekatan: str
    target_min: Decimal | None
    target_max: Decimal | None
    target_teks: str
    nilai: Decimal | None
    nilai_teks: str
    capaian_kualitatif: str
    capaian: Decimal | None
    capaian_sampai: Decimal | None
    faktor_pendukung: str
    faktor_penghambat: str
    rtl: str
    keputusan: str
    catatan_penilai: str
    lalu: RealisasiIKI | None
    bukti: Sequence[BuktiDukung]

    @property
    def tercapai(self) -> bool | None:
        return calculations.tercapai(self.capaian, self.capaian_kualitatif)

    @property
    def target_nol(self) -> bool:
        """M37: naik with target 0."""
        return self.arah == enums.Arah.NAIK and self.target_max == 0


@dataclass(frozen=True, slots=True)
class BarisPKS:
    """The factors of one indicator in the PKS step, and how they stand to their source."""

    id: int
    rhk_id: int
    rhk: str
    klasifikasi: str
    uraian: str
    capaian: Decimal | None
    capaian_kualitatif: str
    faktor_pendukung: str
    faktor_penghambat: str
    rtl: str
    sumber: str
    diubah_manual: bool
    sumber_berubah: bool
    keputusan: str
    catatan_penilai: str
    bukti: Sequence[BuktiDukung]

    @property
    def tercapai(self) -> bool | None:
        return calculations.tercapai(self.capaian, self.capaian_kualitatif)


def baris_renaksi(laporan: LaporanPeriode) -> list[BarisRenaksi]:
    """Rows of the Renaksi step in the order of the SKP."""
    renaksi, rhk = "renaksi_bulan__renaksi__", "renaksi_bulan__renaksi__rhk__"
    rows = (
        RealisasiRenaksi.objects.filter(laporan=laporan)
        .order_by(f"-{rhk}klasifikasi", f"{rhk}urut", f"{renaksi}urut")
        .values_list(
            "pk", "target", "realisasi", "keterangan", "keputusan", "catatan_penilai",
            f"{renaksi}pk", f"{renaksi}tahapan", f"{renaksi}output", f"{rhk}pk", f"{rhk}teks", f"{rhk}klasifikasi",
        )
    )  # fmt: skip
    kumulatif = _kumulatif_renaksi(laporan)
    lalu = _renaksi_bulan_lalu(laporan)
    bukti = bukti_per_baris(laporan, kolom="realisasi_renaksi_id")
    return [_baris_renaksi(row, kumulatif=kumulatif, lalu=lalu, bukti=bukti) for row in rows]


def _baris_renaksi(
    row: tuple[Any, ...],
    *,
    kumulatif: Mapping[int, tuple[int, int]],
    lalu: Mapping[int, int | None],
    bukti: Mapping[int, Sequence[BuktiDukung]],
) -> BarisRenaksi:
    pk, target, realisasi, keterangan, keputusan, catatan, renaksi, tahapan, output, rhk, teks, klasifikasi = row
    total_r, total_t = kumulatif.get(renaksi, (0, 0))
    return BarisRenaksi(
        id=pk, rhk_id=rhk, rhk=teks, klasifikasi=klasifikasi, renaksi_id=renaksi, tahapan=tahapan,
        output=output or "", target=target, realisasi=realisasi, keterangan=keterangan or "",
        kumulatif_realisasi=total_r, kumulatif_target=total_t, bulan_lalu=lalu.get(renaksi),
        keputusan=keputusan or "", catatan_penilai=catatan or "", bukti=bukti.get(pk, ()),
    )  # fmt: skip


def _sampai(laporan: LaporanPeriode) -> Q:
    """Live laporan of the same SKP up to and including this month."""
    return Q(
        laporan__skp_id=laporan.skp_id,
        laporan__periode__jenis=laporan.periode.jenis,
        laporan__periode__mulai__lte=laporan.periode.mulai,
    ) & ~Q(laporan__status=enums.StatusLaporan.DIBATALKAN)


def _kumulatif_renaksi(laporan: LaporanPeriode) -> dict[int, tuple[int, int]]:
    sums = (
        RealisasiRenaksi.objects.filter(_sampai(laporan))
        .values_list("renaksi_bulan__renaksi")
        .annotate(r=Sum("realisasi"), t=Sum("target"))
    )
    return {renaksi: (r or 0, t or 0) for renaksi, r, t in sums}


def laporan_sebelumnya(laporan: LaporanPeriode) -> QuerySet[LaporanPeriode]:
    """The laporan of this pegawai of the month before, on whichever SKP: one row or none."""
    return (
        LaporanPeriode.objects.aktif()
        .filter(pegawai=laporan.pegawai_id, periode__jenis=laporan.periode.jenis)
        .filter(periode__mulai__lt=laporan.periode.mulai)
        .order_by("-periode__mulai")[:1]
    )


def _renaksi_bulan_lalu(laporan: LaporanPeriode) -> dict[int, int | None]:
    rows = RealisasiRenaksi.objects.filter(laporan__in=laporan_sebelumnya(laporan).values("pk"))
    return dict(rows.values_list("renaksi_bulan__renaksi", "realisasi"))


def bukti_per_baris(laporan: LaporanPeriode, *, kolom: str) -> dict[int, list[BuktiDukung]]:
    """Evidence by the id of its row; `kolom` is realisasi_renaksi_id or realisasi_iki_id."""
    result: dict[int, list[BuktiDukung]] = defaultdict(list)
    for row in BuktiDukung.objects.ada().filter(laporan=laporan).select_related("berkas"):
        if (key := getattr(row, kolom)) is not None:
            result[key].append(row)
    return result


def bukti_per_rhk(laporan: LaporanPeriode) -> dict[int, list[BuktiDukung]]:
    """Evidence by RHK, for the review pages and beside the rating (1c)."""
    result: dict[int, list[BuktiDukung]] = defaultdict(list)
    for row in BuktiDukung.objects.ada().filter(laporan=laporan).select_related("berkas"):
        result[row.rhk_id].append(row)
    return result


def tahapan_tanpa_target(laporan: LaporanPeriode, berisi: Collection[int]) -> list[tuple[str, str]]:
    """Tahapan and RHK of the SKP that have no row in this laporan (*Tampilkan tahapan tanpa target*).

    `berisi`: ids of the renaksi that have one.
    """
    return list(
        Renaksi.objects.filter(rhk__skp=laporan.skp_id)
        .exclude(pk__in=berisi)
        .order_by("-rhk__klasifikasi", "rhk__urut", "urut")
        .values_list("tahapan", "rhk__teks")
    )


def baris_iki(laporan: LaporanPeriode) -> list[BarisIKI]:
    """Rows of the SKP step, one per indicator that is measured in this month."""
    rows = list(realisasi_iki(laporan))
    sampai = ukuran_per_iki(laporan)
    lalu = _iki_bulan_lalu(laporan)
    bukti = bukti_per_baris(laporan, kolom="realisasi_iki_id")
    pendekatan = laporan.skp.pendekatan
    return [
        _baris_iki(row, pendekatan=pendekatan, sampai=sampai[row.iki_id], lalu=lalu.get(row.iki_id), bukti=bukti)
        for row in rows
    ]


def realisasi_iki(laporan: LaporanPeriode) -> QuerySet[RealisasiIKI]:
    """Rows of the SKP step in the order of the SKP."""
    return (
        RealisasiIKI.objects.filter(laporan=laporan)
        .select_related("iki__rhk")
        .order_by("-iki__rhk__klasifikasi", "iki__rhk__urut", "iki__urut")
    )


def _baris_iki(
    row: RealisasiIKI,
    *,
    pendekatan: str,
    sampai: Sequence[Ukuran],
    lalu: RealisasiIKI | None,
    bukti: Mapping[int, Sequence[BuktiDukung]],
) -> BarisIKI:
    iki = row.iki
    return BarisIKI(
        id=row.pk, rhk_id=iki.rhk_id, rhk=iki.rhk.teks, klasifikasi=iki.rhk.klasifikasi, iki_id=iki.pk,
        uraian=iki.uraian, aspek=iki.get_aspek_display() or "", satuan=iki.satuan, arah=iki.arah,
        arah_label=iki.get_arah_display(), pola_label=iki.get_pola_ukur_display(), pendekatan=pendekatan,
        target_min=row.target_min, target_max=row.target_max, target_teks=iki.target_teks or "",
        nilai=row.nilai, nilai_teks=row.nilai_teks or "", capaian_kualitatif=row.capaian_kualitatif or "",
        capaian=row.capaian, capaian_sampai=calculations.capaian_sampai(iki.pola_ukur, iki.arah, sampai),
        faktor_pendukung=row.faktor_pendukung or "", faktor_penghambat=row.faktor_penghambat or "", rtl=row.rtl or "",
        keputusan=row.keputusan or "", catatan_penilai=row.catatan_penilai or "", lalu=lalu,
        bukti=bukti.get(row.pk, ()),
    )  # fmt: skip


def ukuran_per_iki(laporan: LaporanPeriode) -> dict[int, list[Ukuran]]:
    """Measurements of each IKI of the SKP from its first month to this one, in order of month (F6)."""
    result: dict[int, list[Ukuran]] = defaultdict(list)
    rows = RealisasiIKI.objects.filter(_sampai(laporan)).order_by("laporan__periode__mulai")
    for iki, nilai, target_max, target_min in rows.values_list("iki", "nilai", "target_max", "target_min"):
        result[iki].append(Ukuran(nilai, target_max, target_min))
    return result


def _iki_bulan_lalu(laporan: LaporanPeriode) -> dict[int, RealisasiIKI]:
    rows = RealisasiIKI.objects.filter(laporan__in=laporan_sebelumnya(laporan).values("pk"))
    return {row.iki_id: row for row in rows}


def iki_tidak_diukur(laporan: LaporanPeriode) -> list[IKI]:
    """Indicators of the SKP that are not measured in this month (M38)."""
    return list(
        IKI.objects.filter(rhk__skp=laporan.skp_id)
        .exclude(realisasi__laporan=laporan)
        .select_related("rhk")
        .order_by("-rhk__klasifikasi", "rhk__urut", "urut")
    )


def hash_faktor(row: RealisasiIKI | PKSBaris) -> str:
    """Identity of the three texts of a row: equal hash, equal text (I16)."""
    texts = (row.faktor_pendukung or "", row.faktor_penghambat or "", row.rtl or "")
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()


def baris_pks(laporan: LaporanPeriode) -> list[BarisPKS]:
    """Rows of the PKS step, filled from the SKP step of the same laporan (1a)."""
    rows = (
        PKSBaris.objects.filter(pks__laporan=laporan)
        .select_related("realisasi_iki__iki__rhk")
        .order_by("-realisasi_iki__iki__rhk__klasifikasi", "realisasi_iki__iki__rhk__urut", "realisasi_iki__iki__urut")
    )
    bukti = bukti_per_baris(laporan, kolom="realisasi_iki_id")
    return [_baris_pks(row, dari=f"Dari SKP {laporan.periode}", bukti=bukti) for row in rows]


def _baris_pks(row: PKSBaris, *, dari: str, bukti: Mapping[int, Sequence[BuktiDukung]]) -> BarisPKS:
    sumber = row.realisasi_iki
    return BarisPKS(
        id=row.pk, rhk_id=sumber.iki.rhk_id, rhk=sumber.iki.rhk.teks, klasifikasi=sumber.iki.rhk.klasifikasi,
        uraian=sumber.iki.uraian, capaian=sumber.capaian, capaian_kualitatif=sumber.capaian_kualitatif or "",
        faktor_pendukung=row.faktor_pendukung or "", faktor_penghambat=row.faktor_penghambat or "", rtl=row.rtl or "",
        sumber="Diubah manual" if row.diubah_manual else dari, diubah_manual=row.diubah_manual,
        sumber_berubah=hash_faktor(sumber) != row.sumber_hash,
        keputusan=row.keputusan or "", catatan_penilai=row.catatan_penilai or "", bukti=bukti.get(sumber.pk, ()),
    )  # fmt: skip


# --- Figures of a laporan -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Angka:
    """The computed figures of one laporan (F5, F7, F9); `per_rhk` by RHK id."""

    capaian_renaksi: Decimal | None
    capaian_pegawai: Decimal | None
    rating_usulan: str | None
    per_rhk: Mapping[int, Decimal | None]


def hitung(laporan: LaporanPeriode, *, pada: date) -> Angka:
    """Compute the figures of a laporan from its rows. `pada` picks the version of the rules."""
    renaksi = RealisasiRenaksi.objects.filter(laporan=laporan).values_list("realisasi", "target")
    per_rhk: dict[int, list[Decimal | None]] = defaultdict(list)
    utama: set[int] = set()
    rows = RealisasiIKI.objects.filter(laporan=laporan).values_list("iki__rhk", "iki__rhk__klasifikasi", "capaian")
    for rhk, klasifikasi, nilai in rows:
        per_rhk[rhk].append(nilai)
        if klasifikasi == enums.Klasifikasi.UTAMA:
            utama.add(rhk)
    cap = Decimal(str(setting("cap_capaian")))
    capped = {rhk: calculations.capaian_rhk(values, cap=cap) for rhk, values in per_rhk.items()}
    pegawai = calculations.capaian_pegawai(value for rhk, value in capped.items() if rhk in utama)
    kuantitatif = laporan.skp.pendekatan == enums.Pendekatan.KUANTITATIF
    return Angka(
        capaian_renaksi=calculations.capaian_renaksi(renaksi),
        capaian_pegawai=pegawai,
        rating_usulan=calculations.rating_usulan(pegawai, pada=pada) if kuantitatif else None,
        per_rhk=capped,
    )


def rhk_tanpa_bukti(laporan: LaporanPeriode) -> list[RHK]:
    """I8: RHK of this laporan with any realisasi above 0 and no evidence on any of its rows."""
    ada_renaksi = RealisasiRenaksi.objects.filter(
        laporan=laporan, realisasi__gt=0, renaksi_bulan__renaksi__rhk=OuterRef("pk")
    )
    ada_iki = RealisasiIKI.objects.filter(laporan=laporan, iki__rhk=OuterRef("pk")).filter(
        Q(nilai__gt=0) | Q(capaian_kualitatif__in=[enums.CapaianKualitatif.TERCAPAI, enums.CapaianKualitatif.SEBAGIAN])
    )
    ada_bukti = BuktiDukung.objects.ada().filter(laporan=laporan, rhk=OuterRef("pk"))
    return list(
        RHK.objects.filter(skp=laporan.skp_id).filter(Exists(ada_renaksi) | Exists(ada_iki)).exclude(Exists(ada_bukti))
    )


# --- Warnings -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Peringatan:
    """Why a laporan must be looked at one by one (decision 19). True when anything stands."""

    di_bawah_target: int = 0
    melebihi_target: int = 0
    alasan_selisih: int = 0
    pks_diubah: int = 0
    pernah_kembali: int = 0
    rating_bukan_sesuai: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.di_bawah_target or self.melebihi_target or self.alasan_selisih or self.pks_diubah
            or self.pernah_kembali
        )  # fmt: skip

    def teks(self) -> list[str]:
        """The reasons in words."""
        return [
            text
            for count, text in (
                (self.di_bawah_target, f"{self.di_bawah_target} di bawah 100 %"),
                (self.melebihi_target, f"{self.melebihi_target} melebihi target"),
                (self.alasan_selisih, f"{self.alasan_selisih} berbeda dari hitungan"),
                (self.pks_diubah, f"{self.pks_diubah} isian PKS diubah manual"),
                (self.pernah_kembali, f"pernah dikembalikan {self.pernah_kembali} kali"),
            )
            if count
        ]


def peringatan(laporan_ids: Collection[UUID | str]) -> dict[UUID, Peringatan]:
    """Warnings of many laporan in four statements."""
    result: dict[UUID, Peringatan] = {}
    for pk, kembali, usulan in LaporanPeriode.objects.filter(pk__in=laporan_ids).values_list(
        "pk", "jumlah_kembali", "pks__rating_usulan"
    ):
        result[pk] = Peringatan(pernah_kembali=kembali, rating_bukan_sesuai=usulan not in (None, enums.Rating.SESUAI))
    renaksi = RealisasiRenaksi.objects.filter(laporan__in=result).values_list("laporan")
    for pk, bawah, atas in renaksi.annotate(
        bawah=Count("pk", filter=Q(realisasi__lt=F("target"))), atas=Count("pk", filter=Q(realisasi__gt=F("target")))
    ):
        result[pk].di_bawah_target += bawah
        result[pk].melebihi_target += atas
    belum = [enums.CapaianKualitatif.SEBAGIAN, enums.CapaianKualitatif.BELUM_TERCAPAI]
    iki = RealisasiIKI.objects.filter(laporan__in=result).values_list("laporan")
    for pk, bawah, selisih in iki.annotate(
        bawah=Count("pk", filter=Q(capaian__lt=100) | Q(capaian_kualitatif__in=belum)),
        selisih=Count("pk", filter=Q(alasan_selisih__isnull=False)),
    ):
        result[pk].di_bawah_target += bawah
        result[pk].alasan_selisih += selisih
    for baris in PKSBaris.objects.filter(pks__laporan__in=result).select_related("pks", "realisasi_iki"):
        if baris.diubah_manual or hash_faktor(baris.realisasi_iki) != baris.sumber_hash:
            result[baris.pks.laporan_id].pks_diubah += 1
    return result


def peringatan_dari(laporan: LaporanPeriode) -> Peringatan:
    """Warnings of one laporan."""
    return peringatan([laporan.pk])[laporan.pk]
