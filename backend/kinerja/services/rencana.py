"""The plan as an admin enters it before the planning screens exist: SKP, RHK, IKI, renaksi (kinerja.md slice 1).

Only a draft may be changed. `tetapkan_berlaku` checks the whole plan (I5, I6, I14) and puts it in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from backend.accounts.models import User
from backend.core.errors import InvalidFields
from backend.core.money import format_angka
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.kinerja import enums, errors
from backend.kinerja.models import IKI, RHK, SKP, LaporanPeriode, Renaksi, RenaksiBulan, TargetIKIBulan
from backend.kinerja.services.dasar import bersih
from backend.platform import audit

SEPERSERATUS = Decimal(1).scaleb(-2)
TargetBulan = Mapping[int, tuple[Decimal | None, Decimal | None]]


@dataclass(frozen=True)
class Kurang:
    """What keeps a SKP from coming into force, and on which row."""

    pesan: str
    rhk: RHK | None = None
    iki: IKI | None = None


def _must_be_draft(skp: SKP) -> SKP:
    skp = SKP.objects.select_for_update().get(pk=skp.pk)
    if (
        skp.status not in {enums.StatusSKP.DRAF, enums.StatusSKP.DIKEMBALIKAN}
        or LaporanPeriode.objects.filter(skp=skp).exists()
    ):
        raise errors.SkpTerpakai
    return skp


def _catat(skp: SKP, peristiwa: str, *, oleh: User, alasan: str = "", **data: Any) -> None:
    audit.record(f"skp:{skp.pk}", peristiwa, aktor=oleh, data=data, alasan=alasan)


@transaction.atomic
def buat_skp(
    pegawai: Pegawai, *, oleh: User | None, awal: date, akhir: date, jenis_format: str, pendekatan: str
) -> SKP:
    """An empty SKP in draft on the post of the pegawai at its start; the penilai by §2.4. Raises InvalidFields."""
    if awal > akhir or awal.year != akhir.year:
        raise InvalidFields({"akhir": "Tanggal awal dan akhir harus dalam satu tahun, dan awal tidak sesudah akhir."})
    row = kepegawaian.jabatan_pada(pegawai, awal)
    if row is None:
        raise InvalidFields(
            {"pegawai": "Pegawai ini tidak mempunyai jabatan definitif pada tanggal awal. Lengkapi riwayat jabatannya."}
        )
    penilai = kepegawaian.penilai(pegawai, awal)
    versi = SKP.objects.filter(riwayat_jabatan=row, tahun=awal.year).aggregate(versi=Max("versi"))["versi"] or 0
    skp = SKP.objects.create(
        pegawai=pegawai, riwayat_jabatan=row, opd_id=row.posisi.unor.opd_id, tahun=awal.year, awal=awal, akhir=akhir,
        jenis_format=jenis_format, pendekatan=pendekatan, versi=versi + 1, penilai_pegawai=penilai.pegawai,
        penilai_pejabat=penilai.pejabat, dibuat_oleh=oleh,
    )  # fmt: skip
    if oleh is not None:
        _catat(skp, "skp.dibuat", oleh=oleh)
    return skp


@transaction.atomic
def ubah_skp(skp: SKP, *, oleh: User, **isi: Any) -> SKP:
    """Change the header of a draft. Raises SkpTerpakai."""
    skp = _must_be_draft(skp)
    for nama, nilai in isi.items():
        setattr(skp, nama, nilai)
    skp.tahun = skp.awal.year
    skp.save()
    _catat(skp, "skp.diubah", oleh=oleh)
    return skp


@transaction.atomic
def simpan_rhk(skp: SKP, *, oleh: User, isi: Mapping[str, Any], rhk: RHK | None = None) -> RHK:
    """Add or change one RHK of a draft. Raises SkpTerpakai, InvalidFields (M24, M25)."""
    skp = _must_be_draft(skp)
    if rhk is None:
        urut = RHK.objects.filter(skp=skp, klasifikasi=isi["klasifikasi"]).aggregate(urut=Max("urut"))["urut"] or 0
        rhk = RHK(skp=skp, urut=urut + 1, dibuat_oleh=oleh)
    for nama, nilai in isi.items():
        setattr(rhk, nama, nilai or None if nama in {"intervensi", "perspektif", "penugasan_dari"} else nilai)
    if rhk.rhk_atasan_id and _melingkar(rhk):
        raise InvalidFields({"rhk_atasan": errors.RantaiMelingkar.text()})
    rhk.save()
    _catat(skp, "skp.rhk_disimpan", oleh=oleh, rhk=rhk.pk)
    return rhk


def _melingkar(rhk: RHK) -> bool:
    """Does the chain of supported RHK come back to this one?"""
    at, seen = rhk.rhk_atasan, {rhk.pk}
    while at is not None:
        if at.pk in seen:
            return True
        seen.add(at.pk)
        at = at.rhk_atasan
    return False


@transaction.atomic
def simpan_iki(
    rhk: RHK, *, oleh: User, isi: Mapping[str, Any], target_bulan: TargetBulan, iki: IKI | None = None
) -> IKI:
    """Add or change one indicator with its month targets; months without one get what the pattern says (§3.1)."""
    skp = _must_be_draft(rhk.skp)
    if iki is None:
        iki = IKI(
            rhk=rhk, urut=(IKI.objects.filter(rhk=rhk).aggregate(urut=Max("urut"))["urut"] or 0) + 1, dibuat_oleh=oleh
        )
    for nama, nilai in isi.items():
        setattr(iki, nama, nilai or None if nama in {"aspek", "target_teks"} else nilai)
    iki.bulan_ukur = sorted(iki.bulan_ukur)
    _check_iki(iki, skp)
    iki.save()
    TargetIKIBulan.objects.filter(iki=iki).delete()
    TargetIKIBulan.objects.bulk_create(
        TargetIKIBulan(iki=iki, bulan=bulan, target_min=low, target_max=high)
        for bulan, (low, high) in target_bulanan(iki, target_bulan).items()
    )
    _catat(skp, "skp.iki_disimpan", oleh=oleh, iki=iki.pk)
    return iki


def _check_iki(iki: IKI, skp: SKP) -> None:
    salah: dict[str, str] = {}
    if skp.pendekatan == enums.Pendekatan.KUALITATIF:
        if not bersih(iki.target_teks):
            salah["target_teks"] = errors.Wajib.text()
    elif iki.target_max is None:
        salah["target_max"] = errors.Wajib.text()
    elif iki.arah == enums.Arah.RENTANG:
        if iki.target_min is None:
            salah["target_min"] = errors.Wajib.text()
        elif iki.target_min > iki.target_max:
            salah["target_min"] = errors.RentangTerbalik.text()
    if salah:
        raise InvalidFields(salah)


def target_bulanan(iki: IKI, diisi: TargetBulan) -> dict[int, tuple[Decimal | None, Decimal | None]]:
    """Target of each measured month: as entered, else shared evenly (hitungan) or the yearly one (posisi, rilis)."""
    if iki.target_max is None:
        return {}
    if iki.pola_ukur != enums.PolaUkur.HITUNGAN or diisi:
        tahunan = (iki.target_min, iki.target_max)
        return {
            bulan: diisi.get(bulan, tahunan if iki.pola_ukur != enums.PolaUkur.HITUNGAN else (None, Decimal(0)))
            for bulan in iki.bulan_ukur
        }
    low = bagi_rata(iki.target_min, len(iki.bulan_ukur)) if iki.target_min is not None else [None] * len(iki.bulan_ukur)
    return dict(zip(iki.bulan_ukur, zip(low, bagi_rata(iki.target_max, len(iki.bulan_ukur)), strict=True), strict=True))


def bagi_rata(total: Decimal, banyak: int) -> list[Decimal]:
    """Equal parts with two decimals, the remainder in the last: 100 over 3 → 33,33 · 33,33 · 33,34."""
    bagian = (total / banyak).quantize(SEPERSERATUS, ROUND_DOWN)
    return [bagian] * (banyak - 1) + [total - bagian * (banyak - 1)]


@transaction.atomic
def simpan_renaksi(
    rhk: RHK, *, oleh: User, isi: Mapping[str, Any], target_bulan: Mapping[int, int], renaksi: Renaksi | None = None
) -> Renaksi:
    """Add or change one tahapan with its share of the RHK's 100 in each month (I5)."""
    skp = _must_be_draft(rhk.skp)
    if renaksi is None:
        urut = Renaksi.objects.filter(rhk=rhk).aggregate(urut=Max("urut"))["urut"] or 0
        renaksi = Renaksi(rhk=rhk, urut=urut + 1, dibuat_oleh=oleh)
    for nama, nilai in isi.items():
        setattr(renaksi, nama, nilai or None if nama == "output" else nilai)
    renaksi.save()
    RenaksiBulan.objects.filter(renaksi=renaksi).delete()
    RenaksiBulan.objects.bulk_create(RenaksiBulan(renaksi=renaksi, bulan=b, target=t) for b, t in target_bulan.items())
    _catat(skp, "skp.renaksi_disimpan", oleh=oleh, renaksi=renaksi.pk)
    return renaksi


@transaction.atomic
def hapus(obj: RHK | IKI | Renaksi, *, oleh: User) -> None:
    """Take a row of a draft away, with what hangs on it. Raises SkpTerpakai."""
    rhk = obj if isinstance(obj, RHK) else obj.rhk
    skp = _must_be_draft(rhk.skp)
    iki = (
        IKI.objects.filter(rhk=obj)
        if isinstance(obj, RHK)
        else IKI.objects.filter(pk__in=[obj.pk] if isinstance(obj, IKI) else [])
    )
    renaksi = (
        Renaksi.objects.filter(rhk=obj)
        if isinstance(obj, RHK)
        else Renaksi.objects.filter(pk__in=[obj.pk] if isinstance(obj, Renaksi) else [])
    )
    TargetIKIBulan.objects.filter(iki__in=iki).delete()
    iki.delete()
    RenaksiBulan.objects.filter(renaksi__in=renaksi).delete()
    renaksi.delete()
    if isinstance(obj, RHK):
        obj.delete()
    _catat(skp, "skp.baris_dihapus", oleh=oleh, jenis=type(obj).__name__)


def kekurangan(skp: SKP) -> list[Kurang]:
    """Everything that keeps a SKP from coming into force: M22, M23, M24, M33."""
    rhks = list(
        RHK.objects.filter(skp=skp)
        .prefetch_related("iki__target_bulan")
        .annotate(jumlah=Sum("renaksi__bulan_rencana__target"))
    )
    if not any(rhk.klasifikasi == enums.Klasifikasi.UTAMA for rhk in rhks):
        return [Kurang("SKP harus mempunyai paling sedikit satu RHK utama.")]
    return [masalah for rhk in rhks for masalah in _kurang_rhk(rhk, skp)]


def _kurang_rhk(rhk: Any, skp: SKP) -> Iterator[Kurang]:
    if (rhk.jumlah or 0) != 100:
        yield Kurang(errors.TargetRenaksiBukan100.text(rhk=rhk.teks, n=rhk.jumlah or 0), rhk)
    iki = list(rhk.iki.all())
    if not iki:
        yield Kurang(errors.IKIWajib.text(), rhk)
    punya_atasan = (
        skp.penilai_pegawai_id and SKP.objects.filter(pegawai=skp.penilai_pegawai_id, tahun=skp.tahun).exists()
    )
    if (
        rhk.klasifikasi == enums.Klasifikasi.UTAMA
        and skp.jenis_format == enums.JenisFormat.JA_JF
        and punya_atasan
        and not rhk.rhk_atasan_id
    ):
        yield Kurang(errors.RHKAtasanWajib.text(), rhk)
    for satu in iki:
        jumlah = sum((t.target_max or Decimal(0) for t in satu.target_bulan.all()), Decimal(0))
        if satu.pola_ukur == enums.PolaUkur.HITUNGAN and satu.target_max is not None and jumlah != satu.target_max:
            yield Kurang(
                errors.TargetBulanTidakSama.text(n=format_angka(jumlah), t=format_angka(satu.target_max)), rhk, satu
            )


@transaction.atomic
def tetapkan_berlaku(skp: SKP, *, oleh: User, tanggal_penetapan: date) -> SKP:
    """Put a complete draft in force; the version that it follows becomes `diubah`. Raises InvalidFields, SkpTerpakai."""
    skp = _must_be_draft(skp)
    if kurang := kekurangan(skp):
        raise InvalidFields({"": " ".join(masalah.pesan for masalah in kurang)})
    SKP.objects.filter(riwayat_jabatan=skp.riwayat_jabatan_id, tahun=skp.tahun, status=enums.StatusSKP.BERLAKU).update(
        status=enums.StatusSKP.DIUBAH, diubah_pada=timezone.now(), diubah_oleh=oleh
    )
    skp.status, skp.tanggal_penetapan = enums.StatusSKP.BERLAKU, tanggal_penetapan
    skp.save(update_fields=["status", "tanggal_penetapan"])
    RHK.objects.filter(skp=skp).update(status=enums.StatusRHK.DISETUJUI)
    _catat(skp, "skp.berlaku", oleh=oleh, tanggal=tanggal_penetapan.isoformat())
    return skp


@transaction.atomic
def tutup(skp: SKP, *, oleh: User, akhir: date, alasan: str) -> SKP:
    """Close a SKP in force on a day of its year. Raises InvalidFields."""
    skp = SKP.objects.select_for_update().get(pk=skp.pk)
    if skp.status != enums.StatusSKP.BERLAKU or not skp.awal <= akhir <= skp.akhir:
        raise InvalidFields({"akhir": "Pilih tanggal di antara awal dan akhir SKP yang sedang berlaku."})
    skp.status, skp.akhir = enums.StatusSKP.DITUTUP, akhir
    skp.save(update_fields=["status", "akhir"])
    _catat(skp, "skp.ditutup", oleh=oleh, alasan=alasan, akhir=akhir.isoformat())
    return skp
