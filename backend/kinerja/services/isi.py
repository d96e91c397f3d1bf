"""Entry by the ASN: Renaksi → SKP → PKS → Ringkasan (kinerja.md §6.1). *Simpan draf* is `lengkap=False`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.core.errors import InvalidFields
from backend.kinerja import calculations, enums, errors, queries
from backend.kinerja.calculations import Ukuran
from backend.kinerja.models import (
    PKS,
    LaporanPeriode,
    PKSBaris,
    RealisasiIKI,
    RealisasiRenaksi,
    Renaksi,
    RenaksiBulan,
)
from backend.kinerja.services import penilaian
from backend.kinerja.services.dasar import (
    bersih,
    catat,
    check_text,
    kunci,
    must_accept_entry,
    must_be_open,
    must_be_owner,
    must_reach,
    pada_periode,
    simpan,
)
from backend.platform.settings import setting
from backend.workflow import engine

DRAF = {
    enums.Langkah.RENAKSI: enums.StatusLaporan.DRAF_RENAKSI,
    enums.Langkah.SKP: enums.StatusLaporan.DRAF_SKP,
    enums.Langkah.PKS: enums.StatusLaporan.DRAF_PKS,
}
BERIKUT = {
    enums.Langkah.RENAKSI: enums.StatusLaporan.DRAF_SKP,
    enums.Langkah.SKP: enums.StatusLaporan.DRAF_PKS,
    enums.Langkah.PKS: enums.StatusLaporan.DRAF_PKS,
}


@dataclass(frozen=True, slots=True)
class IsianRenaksi:
    """Entry for one row of the Renaksi step; `id` is its RealisasiRenaksi."""

    id: int
    realisasi: int | None = None
    keterangan: str | None = None


@dataclass(frozen=True, slots=True)
class IsianIKI:
    """Entry for one row of the SKP step; `id` is its RealisasiIKI."""

    id: int
    nilai: Decimal | None = None
    nilai_teks: str | None = None
    capaian_kualitatif: str | None = None
    faktor_pendukung: str | None = None
    faktor_penghambat: str | None = None
    rtl: str | None = None


@dataclass(frozen=True, slots=True)
class IsianPKS:
    """Entry for one row of the PKS step; `id` is its PKSBaris."""

    id: int
    faktor_pendukung: str | None = None
    faktor_penghambat: str | None = None
    rtl: str | None = None


def _buka(laporan: LaporanPeriode, langkah: str, *, oleh: User) -> LaporanPeriode:
    """The locked laporan, when `oleh` may write this step now."""
    laporan = kunci(laporan)
    must_be_owner(laporan, oleh=oleh)
    must_be_open(laporan)
    must_accept_entry(laporan)
    must_reach(laporan, langkah)
    return laporan


def _tutup_langkah(laporan: LaporanPeriode, langkah: enums.Langkah, *, oleh: User, lengkap: bool) -> None:
    """Write the state of the step and of the laporan after a save."""
    setattr(laporan, f"status_{langkah}", enums.StatusLangkah.LENGKAP if lengkap else enums.StatusLangkah.DRAF)
    laporan.status = BERIKUT[langkah] if lengkap else DRAF[langkah]
    simpan(laporan, "status", f"status_{langkah}", oleh=oleh)


@transaction.atomic
def isi_renaksi(laporan: LaporanPeriode, *, oleh: User, baris: Sequence[IsianRenaksi], lengkap: bool = True) -> None:
    """Record the actuals of the tahapan. Raises InvalidFields with `renaksi.<id>.<field>` (M01, M04, M42)."""
    laporan = _buka(laporan, enums.Langkah.RENAKSI, oleh=oleh)
    rows = _rows(RealisasiRenaksi.objects.filter(laporan=laporan), [b.id for b in baris])
    isian = {b.id: b for b in baris}
    salah: dict[str, str] = {}
    for row in rows.values():
        if (isi := isian.get(row.pk)) is not None:
            row.realisasi, row.keterangan = isi.realisasi, bersih(isi.keterangan)
        salah |= {f"renaksi.{row.pk}.{field}": pesan for field, pesan in _salah_renaksi(row, lengkap=lengkap).items()}
    _refuse(salah)
    _write(RealisasiRenaksi, [rows[pk] for pk in isian], ["realisasi", "keterangan"], oleh=oleh)
    _tutup_langkah(laporan, enums.Langkah.RENAKSI, oleh=oleh, lengkap=lengkap)


def _salah_renaksi(row: RealisasiRenaksi, *, lengkap: bool) -> dict[str, str]:
    if row.realisasi is not None and not 0 <= row.realisasi <= 100:
        return {"realisasi": errors.BukanTargetBulat.text()}
    if not lengkap:
        return {}
    if row.realisasi is None:
        return {"realisasi": errors.Wajib.text()} if row.target > 0 else {}
    wajib = setting("wajib_keterangan_renaksi") and row.realisasi < row.target
    minimum = int(setting("min_catatan"))
    if wajib and len(row.keterangan or "") < minimum:
        return {"keterangan": errors.KeteranganWajib.text(n=minimum)}
    return {}


@transaction.atomic
def isi_skp(laporan: LaporanPeriode, *, oleh: User, baris: Sequence[IsianIKI], lengkap: bool = True) -> None:
    """Record the indicators, compute their capaian, and fill the PKS step the first time (1a).

    Raises InvalidFields with `iki.<id>.<field>` (M01, M05, M07, M08, M09).
    """
    laporan = _buka(laporan, enums.Langkah.SKP, oleh=oleh)
    rows = _rows(queries.realisasi_iki(laporan), [b.id for b in baris])
    isian = {b.id: b for b in baris}
    kualitatif = laporan.skp.pendekatan == enums.Pendekatan.KUALITATIF
    salah: dict[str, str] = {}
    for row in rows.values():
        if (isi := isian.get(row.pk)) is not None:
            _isi_iki(row, isi, kualitatif=kualitatif)
        temuan = _salah_iki(row, kualitatif=kualitatif, lengkap=lengkap)
        salah |= {f"iki.{row.pk}.{field}": pesan for field, pesan in temuan.items()}
    _refuse(salah)
    _write(
        RealisasiIKI,
        [rows[pk] for pk in isian],
        [*FAKTOR, "nilai", "nilai_teks", "capaian_kualitatif", "capaian"],
        oleh=oleh,
    )
    if lengkap:
        _refuse(_salah_bukti(laporan, rows.values()))
        salin_ke_pks(laporan, oleh=oleh)
        hitung_ulang(laporan, oleh=oleh)
    _tutup_langkah(laporan, enums.Langkah.SKP, oleh=oleh, lengkap=lengkap)


FAKTOR = ("faktor_pendukung", "faktor_penghambat", "rtl")


def _isi_iki(row: RealisasiIKI, isi: IsianIKI, *, kualitatif: bool) -> None:
    if kualitatif:
        row.nilai_teks, row.capaian_kualitatif = bersih(isi.nilai_teks), bersih(isi.capaian_kualitatif)
    else:
        row.nilai = isi.nilai
        row.capaian = calculations.capaian(row.iki.arah, Ukuran(row.nilai, row.target_max, row.target_min))
    for field in FAKTOR:
        setattr(row, field, bersih(getattr(isi, field)))


def _salah_iki(row: RealisasiIKI, *, kualitatif: bool, lengkap: bool) -> dict[str, str]:
    if row.nilai is not None and row.nilai < 0:
        return {"nilai": errors.BukanAngka.text()}
    if not lengkap:
        return {}
    if kualitatif:
        salah = {f: errors.Wajib.text() for f in ("nilai_teks", "capaian_kualitatif") if not getattr(row, f)}
        if pesan := check_text(row.nilai_teks):
            salah["nilai_teks"] = pesan
    else:
        salah = {} if row.nilai is not None else {"nilai": errors.Wajib.text()}
    return salah | _salah_faktor(row, calculations.tercapai(row.capaian, row.capaian_kualitatif))


def _salah_faktor(row: RealisasiIKI | PKSBaris, tercapai: bool | None) -> dict[str, str]:
    """I9: which factors a row must name, and their length."""
    salah = {field: pesan for field in FAKTOR if (pesan := check_text(getattr(row, field)))}
    if not setting("wajib_faktor") or tercapai is None:
        return salah
    if tercapai:
        kosong = {} if row.faktor_pendukung else {"faktor_pendukung": errors.PendukungWajib.text()}
    else:
        kosong = {
            field: errors.PenghambatWajib.text() for field in ("faktor_penghambat", "rtl") if not getattr(row, field)
        }
    return salah | kosong


def _salah_bukti(laporan: LaporanPeriode, rows: Collection[RealisasiIKI]) -> dict[str, str]:
    """I8: an error at the first row of each RHK that has a realisasi and no evidence."""
    salah = {}
    for rhk in queries.rhk_tanpa_bukti(laporan):
        pertama = next((row.pk for row in rows if row.iki.rhk_id == rhk.pk), None)
        path = "bukti" if pertama is None else f"iki.{pertama}.bukti"
        salah[path] = errors.BuktiWajib.text(rhk=rhk.teks)
    return salah


def salin_ke_pks(laporan: LaporanPeriode, *, oleh: User | None) -> None:
    """Copy the factors of the SKP step to PKS rows that do not exist yet. Existing rows keep their text (I16)."""
    pks, _ = PKS.objects.get_or_create(laporan=laporan)
    sumber = RealisasiIKI.objects.filter(laporan=laporan, pks_baris__isnull=True)
    PKSBaris.objects.bulk_create([_salinan(PKSBaris(pks=pks, realisasi_iki=row, dibuat_oleh=oleh)) for row in sumber])


def _salinan(baris: PKSBaris) -> PKSBaris:
    """The row with the texts of its source as they are now."""
    for field in FAKTOR:
        setattr(baris, field, getattr(baris.realisasi_iki, field))
    baris.sumber_hash = queries.hash_faktor(baris.realisasi_iki)
    baris.diambil_at = timezone.now()
    baris.diubah_manual = False
    return baris


@transaction.atomic
def ambil_ulang(
    laporan: LaporanPeriode, *, oleh: User, baris: Collection[int] | None = None, timpa: bool = False
) -> list[int]:
    """Take the factors from the SKP step again, for the given PKS rows or all; returns the ids of the rows taken.

    Raises PerubahanManualDitimpa (M41) while a row was edited by hand and `timpa` is not given.
    """
    laporan = _buka(laporan, enums.Langkah.PKS, oleh=oleh)
    rows = PKSBaris.objects.filter(pks__laporan=laporan).select_related("realisasi_iki")
    if baris is not None:
        rows = rows.filter(pk__in=baris)
    if not timpa and any(row.diubah_manual for row in rows):
        raise errors.PerubahanManualDitimpa
    taken = {row.pk: _salinan(row) for row in rows}
    _write(PKSBaris, list(taken.values()), [*FAKTOR, "sumber_hash", "diambil_at", "diubah_manual"], oleh=oleh)
    return list(taken)


@transaction.atomic
def isi_pks(
    laporan: LaporanPeriode,
    *,
    oleh: User,
    baris: Sequence[IsianPKS],
    rating_diri: str | None = None,
    catatan_perilaku: str | None = None,
    lengkap: bool = True,
) -> None:
    """Record the factors of the period and the own rating. Raises InvalidFields with `pks.<id>.<field>` (M07, M08)."""
    laporan = _buka(laporan, enums.Langkah.PKS, oleh=oleh)
    rows = _rows(PKSBaris.objects.filter(pks__laporan=laporan).select_related("realisasi_iki"), [b.id for b in baris])
    isian = {b.id: b for b in baris}
    salah: dict[str, str] = {} if rating_diri or not lengkap else {"rating_diri": errors.Wajib.text()}
    for row in rows.values():
        if (isi := isian.get(row.pk)) is not None:
            for field in FAKTOR:
                setattr(row, field, bersih(getattr(isi, field)))
            row.diubah_manual = queries.hash_faktor(row) != row.sumber_hash
        sumber = row.realisasi_iki
        temuan = _salah_faktor(row, calculations.tercapai(sumber.capaian, sumber.capaian_kualitatif)) if lengkap else {}
        salah |= {f"pks.{row.pk}.{field}": pesan for field, pesan in temuan.items()}
    _refuse(salah)
    _write(PKSBaris, [rows[pk] for pk in isian], [*FAKTOR, "diubah_manual"], oleh=oleh)
    PKS.objects.filter(laporan=laporan).update(
        rating_diri=rating_diri or None, catatan_perilaku=bersih(catatan_perilaku), diubah_pada=timezone.now(),
        diubah_oleh=oleh,
    )  # fmt: skip
    _tutup_langkah(laporan, enums.Langkah.PKS, oleh=oleh, lengkap=lengkap)


def hitung_ulang(laporan: LaporanPeriode, *, oleh: User | None) -> queries.Angka:
    """Store the figures of the laporan on its PKS."""
    angka = queries.hitung(laporan, pada=pada_periode(laporan))
    PKS.objects.filter(laporan=laporan).update(
        capaian_renaksi=angka.capaian_renaksi, capaian_pegawai=angka.capaian_pegawai,
        rating_usulan=angka.rating_usulan, diubah_pada=timezone.now(), diubah_oleh=oleh,
    )  # fmt: skip
    return angka


@transaction.atomic
def ajukan(laporan: LaporanPeriode, *, oleh: User, pernyataan: bool, catatan: str | None = None) -> LaporanPeriode:
    """Submit the laporan to the penilai (U4). Freezes the penilai of §2.4; without one it waits in `diajukan`.

    Raises M14, M16, M17, M18, M19, and InvalidFields with M09, M35.
    """
    laporan = kunci(laporan)
    must_be_owner(laporan, oleh=oleh)
    must_be_open(laporan)
    must_accept_entry(laporan)
    for langkah in enums.Langkah:
        if laporan.status_langkah(langkah) not in {enums.StatusLangkah.LENGKAP, enums.StatusLangkah.DISETUJUI}:
            raise errors.LangkahBelumLengkap(langkah=langkah.label)
    salah = {} if pernyataan else {"pernyataan": errors.PernyataanWajib.text()}
    _refuse(salah | _salah_bukti(laporan, list(queries.realisasi_iki(laporan))))
    hitung_ulang(laporan, oleh=oleh)
    PKS.objects.filter(laporan=laporan).update(pernyataan=True)
    laporan.catatan_pengajuan = bersih(catatan)
    laporan.diajukan_at = timezone.now()
    laporan.status = enums.StatusLaporan.DIAJUKAN
    penilaian.tetapkan_penilai(laporan)
    simpan(laporan, "status", "catatan_pengajuan", "diajukan_at", *penilaian.KOLOM, oleh=oleh)
    catat(laporan, "laporan.diajukan", oleh=oleh, data={"putaran": laporan.jumlah_kembali})
    return laporan


@transaction.atomic
def kembali(item_id: UUID, *, oleh: User) -> engine.Completed:
    """*Kembali*: the ASN goes back by one step. Nothing is checked or lost (decision 15).

    Raises LangkahSudahDisetujui when the step before was approved, and what `engine.back` raises.
    """
    hasil = engine.back(item_id, actor=oleh)
    langkah = hasil.item.step.removeprefix("isi_")
    if hasil.instance.subject_type == "laporan" and langkah in enums.Langkah.values:
        laporan = kunci(hasil.instance.subject_id)
        must_be_owner(laporan, oleh=oleh)
        must_be_open(laporan)
        must_reach(laporan, langkah)
        laporan.status = DRAF[enums.Langkah(langkah)]
        simpan(laporan, "status", oleh=oleh)
    return hasil


@transaction.atomic
def buka_tahapan(laporan: LaporanPeriode, renaksi: Renaksi, *, oleh: User) -> RealisasiRenaksi:
    """Let the ASN report a tahapan without target in this month (target 0). Raises BarisTidakDikenal."""
    laporan = _buka(laporan, enums.Langkah.RENAKSI, oleh=oleh)
    if renaksi.rhk.skp_id != laporan.skp_id:
        raise errors.BarisTidakDikenal
    rencana, _ = RenaksiBulan.objects.get_or_create(renaksi=renaksi, bulan=laporan.periode.ke, defaults={"target": 0})
    row, _ = RealisasiRenaksi.objects.get_or_create(
        laporan=laporan, renaksi_bulan=rencana, defaults={"target": rencana.target, "dibuat_oleh": oleh}
    )
    return row


# --- Helpers ------------------------------------------------------------------------------------------------------


Row = TypeVar("Row", RealisasiRenaksi, RealisasiIKI, PKSBaris)


def _rows(queryset: QuerySet[Row], ids: Collection[int]) -> dict[int, Row]:
    """Every row of the step by id. Raises BarisTidakDikenal when an id is not among them."""
    rows = {row.pk: row for row in queryset}
    if not rows.keys() >= set(ids):
        raise errors.BarisTidakDikenal
    return rows


def _refuse(salah: dict[str, str]) -> None:
    if salah:
        raise InvalidFields(salah)


def _write(model: type[Row], rows: Collection[Row], fields: Sequence[str], *, oleh: User) -> None:
    """One UPDATE for the rows, with the trace of who did it."""
    now = timezone.now()
    for row in rows:
        row.diubah_pada, row.diubah_oleh = now, oleh
        row.versi_baris += 1
    model._default_manager.bulk_update(rows, [*fields, "diubah_pada", "diubah_oleh", "versi_baris"])
