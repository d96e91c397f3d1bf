"""Plans and reports of a demo city: SKP with 5–8 RHK, months already final, some returned, some late, one open.

Large tables go by COPY with ids taken from their sequences beforehand; the running month opens as it does in life.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction

from backend.core.periode import akhir_bulan
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.enums import JenisPenugasan
from backend.kepegawaian.models import RiwayatJabatan
from backend.kinerja import calculations, enums
from backend.kinerja.calculations import Ukuran
from backend.kinerja.models import (
    IKI,
    PKS,
    RHK,
    SKP,
    LaporanPeriode,
    Periode,
    PKSBaris,
    RealisasiIKI,
    RealisasiRenaksi,
    Renaksi,
    RenaksiBulan,
    TargetIKIBulan,
)
from backend.kinerja.services import periode as periode_services
from backend.kinerja.services import rencana
from backend.operations.demo.salin import Ids, hitung_ulang_statistik, kunci_asing_sekaligus, salin, salin_objek

BULAN_FINAL = 2  # months before the open one that are already final
HASIL = (
    "Layanan administrasi {unit} selesai tepat waktu", "Data dan informasi {unit} tersaji lengkap", "Laporan kegiatan {unit} tersusun sesuai ketentuan",
    "Pengaduan masyarakat tentang {unit} ditindaklanjuti", "Aset dan perlengkapan {unit} tercatat dan terpelihara", "Koordinasi lintas unit {unit} berjalan baik",
    "Standar pelayanan {unit} diterapkan", "Kompetensi pegawai {unit} meningkat",
)  # fmt: skip
UKURAN = (
    ("Jumlah dokumen yang diselesaikan", "dokumen", "kuantitas", "naik", "hitungan", 120),
    ("Persentase layanan tepat waktu", "%", "kualitas", "naik", "posisi", 95),
    ("Rata-rata waktu penyelesaian", "hari", "waktu", "turun", "posisi", 4),
    ("Jumlah laporan bulanan", "laporan", "kuantitas", "tetap", "hitungan", 12),
    ("Biaya per kegiatan", "juta rupiah", "biaya", "rentang", "posisi", 25),
)  # fmt: skip
TAHAPAN = ("Menyiapkan bahan dan data", "Melaksanakan kegiatan dan menyusun laporan")
PENDUKUNG = (
    "Kerja sama tim dan jadwal yang jelas.",
    "Data tersedia lebih awal dari unit lain.",
    "Dukungan aplikasi yang stabil.",
)


@dataclass
class Rencana:
    """Rows of all plans, ready to be copied."""

    rhk: list[tuple[Any, ...]] = field(default_factory=list)
    iki: list[tuple[Any, ...]] = field(default_factory=list)
    target: list[tuple[Any, ...]] = field(default_factory=list)
    renaksi: list[tuple[Any, ...]] = field(default_factory=list)
    bulan: list[tuple[Any, ...]] = field(default_factory=list)


@transaction.atomic
def seed_kinerja(rng: Random, *, now: datetime) -> str:
    """Plans of the year, final months, and the open one. Returns a sentence about it."""
    kini = _bulan_terbuka(now.date())
    skps = _buat_skp(kini.year, akhir_bulan(kini.year, kini.month))
    with kunci_asing_sekaligus(
        RHK, IKI, TargetIKIBulan, Renaksi, RenaksiBulan, RealisasiIKI, RealisasiRenaksi, PKS, PKSBaris
    ):
        _buat_rencana(rng, skps)
        for mundur in range(BULAN_FINAL, 0, -1):
            bulan = kini.month - mundur
            if bulan >= 1:
                _bulan_final(rng, periode_services.jadwalkan(tahun=kini.year, bulan=bulan, oleh=None), now=now)
    terbuka = periode_services.jadwalkan(tahun=kini.year, bulan=kini.month, oleh=None)
    _perpanjang(terbuka, now)
    return f"{len(skps)} SKP, {terbuka} terbuka"


def _bulan_terbuka(hari_ini: date) -> date:
    """The month that is being reported: the one before today's; in January still December's year stays whole."""
    awal = hari_ini.replace(day=1)
    return awal if awal.month == 1 else (awal - timedelta(days=1)).replace(day=1)


def _perpanjang(terbuka: Periode, now: datetime) -> None:
    """The open month accepts entries in the demo whatever the day: its deadline lies a few days ahead."""
    terbuka.tenggat = max(terbuka.tenggat, now + timedelta(days=5))
    terbuka.tutup = max(terbuka.tutup, terbuka.tenggat + timedelta(days=15))
    terbuka.buka = min(terbuka.buka, now - timedelta(days=8))
    terbuka.save(update_fields=["buka", "tenggat", "tutup"])


def _buat_skp(tahun: int, pada: date) -> list[SKP]:
    rows = list(
        RiwayatJabatan.objects.pada(pada)
        .filter(jenis_penugasan=JenisPenugasan.D)
        .select_related("pegawai", "posisi__unor", "posisi__jabatan")
    )
    penilai = kepegawaian.penilai_semua([row.pegawai for row in rows], pada)
    skps = []
    for row in rows:
        dia = penilai[row.pegawai_id]
        jpt = row.posisi.jabatan.jenis == "jpt"
        skps.append(
            SKP(
                pegawai=row.pegawai, riwayat_jabatan=row, opd_id=row.posisi.unor.opd_id, tahun=tahun, awal=date(tahun, 1, 1),
                akhir=date(tahun, 12, 31), jenis_format="jpt" if jpt else "ja_jf", penilai_pegawai=dia.pegawai, penilai_pejabat=dia.pejabat,
                tanggal_penetapan=date(tahun, 1, 20), status=enums.StatusSKP.BERLAKU,
            )
        )  # fmt: skip
    salin_objek(skps)
    return skps


def _buat_rencana(rng: Random, skps: Sequence[SKP]) -> None:
    """RHK, IKI and renaksi from the top down, so that each RHK can name the one it supports."""
    isi = Rencana()
    ids = {model: Ids(model) for model in (RHK, IKI, Renaksi, TargetIKIBulan, RenaksiBulan)}
    milik: dict[Any, list[int]] = {}
    for skp in sorted(skps, key=lambda satu: satu.riwayat_jabatan.posisi.eselon or "99"):
        atasan = milik.get(skp.penilai_pegawai_id, [])
        milik[skp.pegawai_id] = [
            _satu_rhk(rng, isi, ids, skp, urut, atasan) for urut in range(1, rng.randint(5, 8) + 1)
        ]
    salin(RHK, ("id", "skp_id", "urut", "klasifikasi", "teks", "kategori", "inovasi_status", "is_perintah_kepala_daerah", "is_program_unggulan", "rhk_atasan_id", "intervensi", "perspektif", "status", "versi_baris"), isi.rhk)  # fmt: skip
    salin(IKI, ("id", "rhk_id", "urut", "aspek", "uraian", "target_min", "target_max", "satuan", "arah", "pola_ukur", "bulan_ukur", "versi_baris"), isi.iki)  # fmt: skip
    salin(TargetIKIBulan, ("id", "iki_id", "bulan", "target_min", "target_max"), isi.target)
    salin(Renaksi, ("id", "rhk_id", "urut", "tahapan", "versi_baris"), isi.renaksi)
    salin(RenaksiBulan, ("id", "renaksi_id", "bulan", "target"), isi.bulan)
    for each in ids.values():
        each.keep()
    hitung_ulang_statistik(SKP, *ids)


def _satu_rhk(rng: Random, isi: Rencana, ids: dict[Any, Ids], skp: SKP, urut: int, atasan: Sequence[int]) -> int:
    rhk = ids[RHK].next()
    unit = skp.riwayat_jabatan.posisi.unor.nama
    kategori = rng.choices(("individu", "tematik", "inovasi"), (7, 2, 1))[0]
    jpt = skp.jenis_format == "jpt"
    isi.rhk.append(
        (
            rhk, skp.pk, urut, "utama", HASIL[(urut - 1) % len(HASIL)].format(unit=unit), kategori, "lolos" if kategori == "inovasi" else None, False, False,
            rng.choice(atasan) if atasan else None, "langsung" if atasan else None, rng.choice(enums.Perspektif.values) if jpt else None, "disetujui", 0,
        )
    )  # fmt: skip
    _satu_iki(rng, isi, ids, rhk)
    _renaksi(rng, isi, ids, rhk)
    return rhk


def _satu_iki(rng: Random, isi: Rencana, ids: dict[Any, Ids], rhk: int) -> None:
    uraian, satuan, aspek, arah, pola, target = rng.choice(UKURAN)
    iki, total = ids[IKI].next(), Decimal(target)
    rendah = Decimal(20) if arah == "rentang" else None
    isi.iki.append((iki, rhk, 1, aspek, uraian, rendah, total, satuan, arah, pola, list(range(1, 13)), 0))
    bagian = rencana.bagi_rata(total, 12) if pola == "hitungan" else [total] * 12
    isi.target += [(ids[TargetIKIBulan].next(), iki, bulan, rendah, nilai) for bulan, nilai in enumerate(bagian, 1)]


def _renaksi(rng: Random, isi: Rencana, ids: dict[Any, Ids], rhk: int) -> None:
    banyak = rng.randint(1, 2)
    bagian = [8] * 11 + [12] if banyak == 1 else [4] * 11 + [6]
    for urut in range(1, banyak + 1):
        renaksi = ids[Renaksi].next()
        isi.renaksi.append((renaksi, rhk, urut, TAHAPAN[urut - 1], 0))
        isi.bulan += [(ids[RenaksiBulan].next(), renaksi, bulan, target) for bulan, target in enumerate(bagian, 1)]


# --- A month that is over -----------------------------------------------------------------------------------------------


def _bulan_final(rng: Random, periode: Periode, *, now: datetime) -> None:
    """Laporan of a past month, filled, approved and final, written directly."""
    laporan = _laporan_lama(periode)
    by_skp = {row.skp_id: row for row in laporan}
    pks_ids, iki_ids, baris_ids = Ids(PKS), Ids(RealisasiIKI), Ids(PKSBaris)
    capaian: dict[Any, list[Decimal]] = {}
    realisasi, baris, milik_pks = [], [], {row.pk: pks_ids.next() for row in laporan}
    rows = TargetIKIBulan.objects.filter(iki__rhk__skp__in=by_skp, bulan=periode.ke).values_list(
        "iki", "iki__rhk__skp", "iki__arah", "target_min", "target_max"
    )
    for iki, skp, arah, rendah, target in rows.iterator(chunk_size=5000):
        nilai = _nilai(rng, arah, rendah, target)
        angka = calculations.capaian(arah, Ukuran(nilai, target, rendah))
        satu, pk = by_skp[skp], iki_ids.next()
        capaian.setdefault(satu.pk, []).append(min(angka or Decimal(0), Decimal(120)))
        baik = angka is not None and angka >= 100
        faktor = (
            (rng.choice(PENDUKUNG), None, None)
            if baik
            else (None, "Data pendukung datang terlambat.", "Menjemput data pada pekan pertama.")
        )
        realisasi.append((pk, satu.pk, iki, rendah, target, nilai, angka, *faktor, "setuju", 0))
        baris.append((baris_ids.next(), milik_pks[satu.pk], pk, *faktor, now, False, "setuju", 0))
    salin(RealisasiIKI, ("id", "laporan_id", "iki_id", "target_min", "target_max", "nilai", "capaian", "faktor_pendukung", "faktor_penghambat", "rtl", "keputusan", "versi_baris"), realisasi)  # fmt: skip
    salin(PKS, ("id", "laporan_id", "capaian_renaksi", "capaian_pegawai", "rating_usulan", "rating_diri", "rating_hasil", "rating_perilaku", "predikat", "status_predikat", "pernyataan", "versi_baris"), _pks(laporan, milik_pks, capaian, pada=periode.selesai))  # fmt: skip
    salin(PKSBaris, ("id", "pks_id", "realisasi_iki_id", "faktor_pendukung", "faktor_penghambat", "rtl", "diambil_at", "diubah_manual", "keputusan", "versi_baris"), baris)  # fmt: skip
    _renaksi_lama(by_skp, periode)
    for each in (pks_ids, iki_ids, baris_ids):
        each.keep()
    LaporanPeriode.objects.filter(periode=periode).update(
        status="final", status_renaksi="disetujui", status_skp="disetujui", status_pks="disetujui", diajukan_at=periode.tenggat - timedelta(days=2),
        final_at=periode.tenggat,
    )  # fmt: skip
    Periode.objects.filter(pk=periode.pk).update(status="tutup")
    hitung_ulang_statistik(LaporanPeriode, PKS, RealisasiIKI, RealisasiRenaksi)


def _laporan_lama(periode: Periode) -> list[LaporanPeriode]:
    skps = list(
        SKP.objects.berlaku_pada(periode.selesai).select_related("pegawai", "penilai_pegawai", "penilai_pejabat")
    )
    penilai = kepegawaian.penilai_semua([skp.pegawai for skp in skps], periode.selesai)
    laporan = []
    for skp in skps:
        dia = penilai[skp.pegawai_id]
        if dia.ada:
            laporan.append(
                LaporanPeriode(
                    skp=skp, periode=periode, pegawai=skp.pegawai, opd_id=skp.opd_id, atasan_posisi=dia.posisi, penilai_pegawai=dia.pegawai,
                    penilai_pejabat=dia.pejabat, penilai_tercatat={"nama": str(dia.orang), "nip": getattr(dia.orang, "nip", ""), "pangkat": "", "jabatan": dia.nama_jabatan, "unit": ""},
                )
            )  # fmt: skip
    salin_objek(laporan)
    return laporan


def _nilai(rng: Random, arah: str, rendah: Decimal | None, target: Decimal) -> Decimal:
    """Mostly on target, sometimes below, rarely above."""
    if arah == "rentang":
        return rng.choice((target, target, rendah or target))
    kali = rng.choices((Decimal(100), Decimal(90), Decimal(110)), (8, 2, 1))[0]
    return (target * kali / 100).quantize(Decimal(1).scaleb(-4))


def _pks(
    laporan: Sequence[LaporanPeriode], ids: dict[Any, int], capaian: dict[Any, list[Decimal]], *, pada: date
) -> Iterable[tuple[Any, ...]]:
    usulan: dict[Decimal, str | None] = {}
    predikat: dict[str, str] = {}
    for row in laporan:
        nilai = capaian.get(row.pk) or [Decimal(100)]
        angka = (sum(nilai, Decimal(0)) / len(nilai)).quantize(Decimal(1).scaleb(-6))
        if angka not in usulan:
            usulan[angka] = calculations.rating_usulan(angka, pada=pada)
        rating = usulan[angka] or "sesuai"
        if rating not in predikat:
            predikat[rating] = str(calculations.predikat(rating, "sesuai", pada=pada)["predikat"])
        yield (
            ids[row.pk],
            row.pk,
            Decimal(100),
            angka,
            rating,
            "sesuai",
            rating,
            "sesuai",
            predikat[rating],
            "sementara",
            True,
            0,
        )


def _renaksi_lama(by_skp: dict[Any, LaporanPeriode], periode: Periode) -> None:
    ids = Ids(RealisasiRenaksi)
    rows = RenaksiBulan.objects.filter(renaksi__rhk__skp__in=by_skp, bulan=periode.ke, target__gt=0).values_list(
        "pk", "target", "renaksi__rhk__skp"
    )
    salin(
        RealisasiRenaksi, ("id", "laporan_id", "renaksi_bulan_id", "target", "realisasi", "keputusan", "versi_baris"),
        ((ids.next(), by_skp[skp].pk, pk, target, target, "setuju", 0) for pk, target, skp in rows.iterator(chunk_size=5000)),
    )  # fmt: skip
    ids.keep()
