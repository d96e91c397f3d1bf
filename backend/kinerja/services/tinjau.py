"""Review by the penilai: Renaksi → SKP → PKS, each row setuju or perbaiki (kinerja.md §6.2, decisions 17–20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.core.errors import InvalidFields
from backend.kinerja import calculations, enums, errors
from backend.kinerja.models import (
    PKS,
    LaporanPeriode,
    PKSBaris,
    RealisasiIKI,
    RealisasiRenaksi,
    UmpanBalik,
)
from backend.kinerja.services import penilaian
from backend.kinerja.services.dasar import (
    bersih,
    catat,
    check_text,
    kunci,
    min_catatan,
    pada_periode,
    simpan,
)
from backend.platform.settings import setting

VALIDASI = {
    enums.Langkah.RENAKSI: enums.StatusLaporan.VALIDASI_RENAKSI,
    enums.Langkah.SKP: enums.StatusLaporan.VALIDASI_SKP,
    enums.Langkah.PKS: enums.StatusLaporan.VALIDASI_PKS,
}
BERIKUT = {enums.Langkah.RENAKSI: enums.Langkah.SKP, enums.Langkah.SKP: enums.Langkah.PKS}
GROUP = {enums.Langkah.RENAKSI: "renaksi", enums.Langkah.SKP: "iki", enums.Langkah.PKS: "pks"}


@dataclass(frozen=True, slots=True)
class KeputusanBaris:
    """The decision on one row: `id` of the row, setuju or perbaiki, and why."""

    id: int
    keputusan: str
    catatan: str | None = None


@dataclass(frozen=True, slots=True)
class Penilaian:
    """What the penilai states in V3. `rating_hasil` of a pimpinan is locked once capaian organisasi is set (F11)."""

    rating_hasil: str | None
    rating_perilaku: str | None
    alasan_beda: str | None = None
    rekomendasi: str | None = None


@dataclass(frozen=True, slots=True)
class Hasil:
    """What the process routes on (decision 17)."""

    ada_perbaiki: bool
    langkah_kembali: str = ""


@dataclass(frozen=True, slots=True)
class Umpan:
    """Feedback given with a decision: by RHK id, and by core value."""

    rhk: Mapping[int, str] = field(default_factory=dict)
    perilaku: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def mulai_pemeriksaan(laporan: LaporanPeriode) -> enums.Langkah:
    """`diajukan` → validation of the returned step, or of Renaksi. Raises PenilaiBelumAda."""
    laporan = kunci(laporan)
    if laporan.status != enums.StatusLaporan.DIAJUKAN:
        raise errors.BelumDiajukan
    if not penilaian.ada_penilai(laporan):
        raise errors.PenilaiBelumAda
    langkah = enums.Langkah(laporan.langkah_kembali or enums.Langkah.RENAKSI)
    laporan.status = VALIDASI[langkah]
    simpan(laporan, "status", oleh=None)
    return langkah


@transaction.atomic
def tinjau_renaksi(laporan: LaporanPeriode, *, oleh: User, keputusan: Sequence[KeputusanBaris]) -> Hasil:
    """V1. Raises NotAtasan, and InvalidFields with M27, M28."""
    return _tinjau(laporan, enums.Langkah.RENAKSI, oleh=oleh, keputusan=keputusan)


@transaction.atomic
def tinjau_skp(
    laporan: LaporanPeriode,
    *,
    oleh: User,
    keputusan: Sequence[KeputusanBaris],
    renaksi: Sequence[KeputusanBaris] = (),
    umpan: Umpan | None = None,
) -> Hasil:
    """V2. `renaksi`: rows of the earlier step that the penilai turns to perbaiki after all."""
    return _tinjau(
        laporan, enums.Langkah.SKP, oleh=oleh, keputusan=keputusan, umpan=umpan,
        sebelumnya={enums.Langkah.RENAKSI: renaksi},
    )  # fmt: skip


@transaction.atomic
def tinjau_pks(
    laporan: LaporanPeriode,
    *,
    oleh: User,
    keputusan: Sequence[KeputusanBaris],
    penilaian_akhir: Penilaian,
    iki: Sequence[KeputusanBaris] = (),
    renaksi: Sequence[KeputusanBaris] = (),
    umpan: Umpan | None = None,
) -> Hasil:
    """V3: the last step and both ratings, hence the predikat. Raises InvalidFields with M01, M27, M28, M29 too."""
    return _tinjau(
        laporan, enums.Langkah.PKS, oleh=oleh, keputusan=keputusan, umpan=umpan, penilaian_akhir=penilaian_akhir,
        sebelumnya={enums.Langkah.RENAKSI: renaksi, enums.Langkah.SKP: iki},
    )  # fmt: skip


def _tinjau(
    laporan: LaporanPeriode,
    langkah: enums.Langkah,
    *,
    oleh: User,
    keputusan: Sequence[KeputusanBaris],
    sebelumnya: Mapping[enums.Langkah, Sequence[KeputusanBaris]] | None = None,
    umpan: Umpan | None = None,
    penilaian_akhir: Penilaian | None = None,
) -> Hasil:
    """Decide one step. The earliest step with a perbaiki row is where the ASN continues."""
    laporan = _untuk_diputus(laporan, langkah, oleh=oleh)
    semua = {awal: rows for awal, rows in (sebelumnya or {}).items() if rows} | {langkah: keputusan}
    umpan = umpan or Umpan()
    salah = _salah_umpan(umpan)
    for bagian, rows in semua.items():
        salah |= _salah_keputusan(laporan, bagian, rows, semua=bagian == langkah)
    kembali = [b for b in enums.Langkah if any(k.keputusan == enums.Keputusan.PERBAIKI for k in semua.get(b, ()))]
    if penilaian_akhir is not None and not kembali:
        penilaian_akhir, temuan = _periksa_rating(laporan, penilaian_akhir)
        salah |= temuan
    if salah:
        raise InvalidFields(salah)
    for bagian, rows in semua.items():
        _simpan_keputusan(laporan, bagian, rows, oleh=oleh)
    simpan_umpan(laporan, umpan, oleh=oleh)
    if kembali:
        return kembalikan(laporan, kembali[0], oleh=oleh)
    if penilaian_akhir is not None:
        _simpan_rating(laporan, penilaian_akhir, oleh=oleh)
    _setujui_langkah(laporan, langkah, oleh=oleh)
    return Hasil(ada_perbaiki=False)


def _untuk_diputus(laporan: LaporanPeriode, langkah: enums.Langkah, *, oleh: User) -> LaporanPeriode:
    """The locked laporan, when it stands at this validation and `oleh` may decide. Keeps who acted, and as what."""
    laporan = kunci(laporan)
    if laporan.status == enums.StatusLaporan.FINAL:
        raise errors.LaporanFinal
    sebagai = penilaian.sebagai(oleh, laporan, langkah=langkah, pada=timezone.localdate())
    if laporan.status == VALIDASI[langkah]:
        laporan.pemutus, laporan.pemutus_sebagai = oleh, sebagai
        return laporan
    for sebelum in enums.Langkah:
        if sebelum != langkah and laporan.status == VALIDASI[sebelum]:
            raise errors.LangkahBelumLengkap(langkah=sebelum.label)
    raise errors.BelumDiajukan


def _baris(laporan: LaporanPeriode, langkah: enums.Langkah) -> QuerySet[Any]:
    """Rows of a step that carry a decision."""
    if langkah == enums.Langkah.RENAKSI:
        return RealisasiRenaksi.objects.filter(laporan=laporan)
    if langkah == enums.Langkah.SKP:
        return RealisasiIKI.objects.filter(laporan=laporan)
    return PKSBaris.objects.filter(pks__laporan=laporan)


def _salah_keputusan(
    laporan: LaporanPeriode, langkah: enums.Langkah, rows: Sequence[KeputusanBaris], *, semua: bool
) -> dict[str, str]:
    """M27 and M28 by field. `semua`: every row of the step must be decided."""
    ids = set(_baris(laporan, langkah).values_list("pk", flat=True))
    if not ids >= {row.id for row in rows}:
        raise errors.BarisTidakDikenal
    group, minimum = GROUP[langkah], min_catatan()
    diputus = {row.id: row for row in rows if row.keputusan in enums.Keputusan.values}
    salah = {f"{group}.{pk}.keputusan": errors.KeputusanWajib.text() for pk in ids - diputus.keys()} if semua else {}
    for row in diputus.values():
        if row.keputusan == enums.Keputusan.PERBAIKI and len(bersih(row.catatan) or "") < minimum:
            salah[f"{group}.{row.id}.catatan"] = errors.PerbaikanTanpaCatatan.text(n=minimum)
    return salah


def _simpan_keputusan(
    laporan: LaporanPeriode, langkah: enums.Langkah, rows: Sequence[KeputusanBaris], *, oleh: User
) -> None:
    jejak = {"diubah_pada": timezone.now(), "diubah_oleh": oleh, "versi_baris": F("versi_baris") + 1}
    setuju = [row.id for row in rows if row.keputusan == enums.Keputusan.SETUJU]
    milik = _baris(laporan, langkah)
    milik.filter(pk__in=setuju).update(keputusan=enums.Keputusan.SETUJU, catatan_penilai=None, **jejak)
    for row in rows:
        if row.keputusan == enums.Keputusan.PERBAIKI:
            milik.filter(pk=row.id).update(keputusan=row.keputusan, catatan_penilai=bersih(row.catatan), **jejak)


def _setujui_langkah(laporan: LaporanPeriode, langkah: enums.Langkah, *, oleh: User) -> None:
    setattr(laporan, f"status_{langkah}", enums.StatusLangkah.DISETUJUI)
    if (berikut := BERIKUT.get(langkah)) is not None:
        laporan.status = VALIDASI[berikut]
    simpan(laporan, "status", f"status_{langkah}", "pemutus", "pemutus_sebagai", oleh=oleh)
    catat(laporan, f"laporan.{langkah}_disetujui", oleh=oleh, data={"sebagai": laporan.pemutus_sebagai})


def kembalikan(laporan: LaporanPeriode, langkah: enums.Langkah, *, oleh: User) -> Hasil:
    """I2: the named step is returned, later ones must be passed again, earlier ones keep their approval."""
    urut = list(enums.Langkah)
    setattr(laporan, f"status_{langkah}", enums.StatusLangkah.DIKEMBALIKAN)
    for nanti in urut[urut.index(langkah) + 1 :]:
        setattr(laporan, f"status_{nanti}", enums.StatusLangkah.PERLU_DIPERIKSA)
    laporan.status = enums.StatusLaporan.DIKEMBALIKAN
    laporan.langkah_kembali = langkah
    laporan.jumlah_kembali += 1
    simpan(
        laporan, "status", "langkah_kembali", "jumlah_kembali", "status_renaksi", "status_skp", "status_pks",
        "pemutus", "pemutus_sebagai", oleh=oleh,
    )  # fmt: skip
    catat(
        laporan, "laporan.dikembalikan", oleh=oleh,
        data={"langkah": str(langkah), "ke": laporan.jumlah_kembali, "sebagai": laporan.pemutus_sebagai},
    )  # fmt: skip
    return Hasil(ada_perbaiki=True, langkah_kembali=str(langkah))


# --- Ratings ------------------------------------------------------------------------------------------------------


def _periksa_rating(laporan: LaporanPeriode, isi: Penilaian) -> tuple[Penilaian, dict[str, str]]:
    """The ratings as they count (F11), and what is missing (M01, M29)."""
    if not setting("rating_bulanan"):
        return Penilaian(None, None, rekomendasi=isi.rekomendasi), {}
    terkunci = penilaian.rating_terkunci(laporan)
    hasil = terkunci or bersih(isi.rating_hasil)
    perilaku = bersih(isi.rating_perilaku)
    alasan = bersih(isi.alasan_beda)
    salah = {
        nama: errors.Wajib.text()
        for nama, nilai in (("rating_hasil", hasil), ("rating_perilaku", perilaku))
        if nilai not in enums.Rating.values
    }
    minimum = int(setting("min_alasan_beda"))
    usulan = laporan.pks.rating_usulan
    if len(alasan or "") < minimum:
        if usulan and hasil and hasil != usulan and not terkunci:
            salah["alasan_beda"] = errors.AlasanBedaWajib.text(n=minimum)
        elif perilaku == enums.Rating.DI_BAWAH:
            salah["alasan_beda"] = errors.AlasanPerilakuWajib.text(n=minimum)
        elif alasan:
            salah["alasan_beda"] = errors.TerlaluPendek.text(n=minimum)
    return Penilaian(hasil, perilaku, alasan, bersih(isi.rekomendasi)), salah


def _simpan_rating(laporan: LaporanPeriode, isi: Penilaian, *, oleh: User) -> None:
    """Store the ratings and the predikat that follows from them (I11, I12)."""
    values: dict[str, object] = {"alasan_beda": isi.alasan_beda, "rekomendasi": isi.rekomendasi}
    if isi.rating_hasil and isi.rating_perilaku:
        outcome = calculations.predikat(isi.rating_hasil, isi.rating_perilaku, pada=pada_periode(laporan))
        values |= {
            "rating_hasil": isi.rating_hasil,
            "rating_perilaku": isi.rating_perilaku,
            "predikat": outcome["predikat"],
            "status_predikat": penilaian.status_predikat(laporan),
            "aturan_versi": f"predikat_kinerja {outcome.version}",
        }
    PKS.objects.filter(laporan=laporan).update(**values, diubah_pada=timezone.now(), diubah_oleh=oleh)


# --- Feedback -----------------------------------------------------------------------------------------------------


def _salah_umpan(umpan: Umpan) -> dict[str, str]:
    salah = {}
    for group, isi in (("rhk", umpan.rhk), ("perilaku", umpan.perilaku)):
        for key, teks in isi.items():
            if pesan := check_text(bersih(teks)):
                salah[f"{group}.{key}.umpan_balik"] = pesan
    return salah


def simpan_umpan(laporan: LaporanPeriode, umpan: Umpan, *, oleh: User) -> None:
    """Add the feedback texts that differ from the last one on the same subject (never rewritten, only followed)."""
    milik = set(laporan.skp.rhk.values_list("pk", flat=True)) if umpan.rhk else set()
    if not milik >= umpan.rhk.keys():
        raise errors.BarisTidakDikenal
    terakhir = {
        (row.rhk_id, row.nilai_perilaku): row.isi
        for row in UmpanBalik.objects.filter(laporan=laporan, penulis=oleh).order_by("pk")
    }
    baru: list[tuple[int | None, str | None, str | None]] = [
        (rhk, None, bersih(teks)) for rhk, teks in umpan.rhk.items()
    ]
    baru += [(None, nilai, bersih(teks)) for nilai, teks in umpan.perilaku.items()]
    UmpanBalik.objects.bulk_create(
        UmpanBalik(
            skp=laporan.skp, laporan=laporan, rhk_id=rhk, nilai_perilaku=nilai, penulis=oleh, dibuat_oleh=oleh, isi=isi
        )
        for rhk, nilai, isi in baru
        if isi and terakhir.get((rhk, nilai)) != isi
    )
