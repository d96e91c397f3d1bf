"""Susulan: a locked month computed again with its own versions and corrected facts; only the difference is paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from backend.rules.datatable import DataTable
from backend.rules.model import Model, load
from backend.rules.models import RuleVersion
from backend.rules.versions import data_table
from backend.tpp import enums, errors
from backend.tpp.aturan import Aturan
from backend.tpp.bentuk import NOL, Hasil, HasilAliran, Jejak, Masukan, PerKriteria
from backend.tpp.calculations import hitung, langkah_8
from backend.tpp.fakta import Lingkup, Orang, kumpulkan
from backend.tpp.models import Hasil as BarisHasil
from backend.tpp.models import HasilKriteria, KoreksiFakta, Periode
from backend.tpp.pajak import hitung_pajak, ribuan
from backend.tpp.services import calon
from backend.tpp.services.dasar import catat, kunci, wajib_alasan
from backend.tpp.services.gerbang import blokir, gerbang
from backend.tpp.services.simpan import Dihitung, Ditahan

Isi = tuple[Model | DataTable, str]
DAPAT_DIKOREKSI = ("predikat", "kejadian", "hari_masuk", "status", "status_bulan_ke")


@dataclass(slots=True)
class Terbayar:
    """What the locked periods of a person, month and stream already paid."""

    kriteria: PerKriteria = field(default_factory=dict)
    pagu: PerKriteria = field(default_factory=dict)
    admin: Decimal = NOL
    bruto: Decimal = NOL
    bpjs_1: Decimal = NOL
    bpjs_4: Decimal = NOL


@transaction.atomic
def koreksi_fakta(periode: Periode, *, pegawai: UUID, fakta: Mapping[str, Any], alasan: str, oleh: Any) -> KoreksiFakta:
    """Write a corrected fact of a person into an open susulan, which takes up his late facts. Raises BukanSusulan, FaktaTidakDikenal, AlasanWajib."""
    periode = kunci(periode, *enums.DAPAT_DIHITUNG, enums.StatusPeriode.DRAF)
    if periode.run != enums.Run.SUSULAN:
        raise errors.BukanSusulan
    for nama in fakta:
        if nama not in DAPAT_DIKOREKSI:
            raise errors.FaktaTidakDikenal(nama=nama, dikenal=", ".join(DAPAT_DIKOREKSI))
    alasan = wajib_alasan(alasan)
    satu, _ = KoreksiFakta.objects.update_or_create(
        periode=periode, pegawai_id=pegawai, defaults={"fakta": dict(fakta), "alasan": alasan, "oleh": oleh}
    )
    calon.ambil(periode, pegawai=pegawai)
    catat(periode, "tpp.fakta_dikoreksi", oleh=oleh, alasan=alasan, pegawai=str(pegawai), fakta=dict(fakta))
    return satu


def isi_versi(versi: Mapping[str, str]) -> dict[str, Isi]:
    """The contents of the versions that a month was computed with, by table."""
    rows = {str(row.pk): row for row in RuleVersion.objects.filter(pk__in=list(versi.values()))}
    return {nama: (isi_satu(rows[pk]), pk) for nama, pk in versi.items() if pk in rows}


def isi_satu(version: RuleVersion) -> Model | DataTable:
    """The content of one version, draft or not."""
    return data_table(version) if version.kolom is not None else load(version.xml.encode())


def hitung_susulan(periode: Periode, orang: Sequence[Orang], aturan: Aturan) -> tuple[list[Dihitung], list[Ditahan]]:
    """The differences of a susulan, and who is kept out. `orang`: the people with their facts in the month of payment.

    People without a difference are in neither list.
    """
    asal = asal_susulan(periode)
    lama = Aturan(aturan.pada, isi=isi_versi(asal.versi))
    bulan_itu = Lingkup((periode.opd_id,), periode.bulan, periode.bulan, enums.Run.BULANAN)
    koreksi = dict(KoreksiFakta.objects.filter(periode=periode).values_list("pegawai", "fakta"))
    terbayar = _terbayar(periode)
    kini = {satu.baris.pegawai: satu for satu in orang}
    dihitung: list[Dihitung] = []
    ditahan: list[Ditahan] = []
    for satu in kumpulkan(bulan_itu, lama):
        siapa = satu.baris.pegawai
        tahan, bayar = gerbang(satu, lama, neto=0), kini.get(siapa)
        if satu.masukan is None or bayar is None or bayar.masukan is None or blokir(tahan):
            ditahan += tahan
            continue
        fakta = _dikoreksi(replace(satu.masukan, gabung=None), koreksi.get(siapa, {}))
        beda = _beda(periode, fakta, bayar, terbayar.get(siapa, Terbayar()), lama, aturan)
        if beda is not None:
            dihitung.append(beda)
    return dihitung, ditahan


def asal_susulan(periode: Periode) -> Periode:
    """The locked monthly period that a susulan corrects. Raises SusulanTanpaKunci."""
    asal = Periode.objects.terkunci().filter(
        opd=periode.opd_id, bulan=periode.bulan, aliran=periode.aliran_id, run=enums.Run.BULANAN
    )
    found: Periode | None = asal.first()
    if found is None:
        raise errors.SusulanTanpaKunci(bulan=periode.bulan_teks)
    return found


def _dikoreksi(masukan: Masukan, fakta: Mapping[str, Any]) -> Masukan:
    return replace(masukan, **fakta) if fakta else masukan


def _terbayar(periode: Periode) -> dict[UUID, Terbayar]:
    """What was paid for the month of a susulan, by person: the monthly period and the susulan before."""
    rows = BarisHasil.objects.filter(
        periode__bulan=periode.bulan, periode__aliran=periode.aliran_id, periode__status__in=enums.TERKUNCI,
        periode__run__in=[enums.Run.BULANAN, enums.Run.SUSULAN], periode__opd=periode.opd_id,
    )  # fmt: skip
    found: dict[UUID, Terbayar] = defaultdict(Terbayar)
    siapa = {}
    for pk, pegawai, admin, bruto, bpjs_1, bpjs_4 in rows.values_list(
        "pk", "pegawai", "admin", "bruto", "bpjs_1", "bpjs_4"
    ):
        satu = found[pegawai]
        siapa[pk] = satu
        satu.admin, satu.bruto = satu.admin + admin, satu.bruto + bruto
        satu.bpjs_1, satu.bpjs_4 = satu.bpjs_1 + bpjs_1, satu.bpjs_4 + bpjs_4
    for pk, kode, pagu, realisasi in HasilKriteria.objects.filter(hasil__in=siapa).values_list(
        "hasil", "kriteria", "pagu", "realisasi"
    ):
        satu = siapa[pk]
        satu.kriteria[kode] = satu.kriteria.get(kode, NOL) + realisasi
        satu.pagu[kode] = satu.pagu.get(kode, NOL) + pagu
    return found


def _beda(
    periode: Periode, fakta: Masukan, bayar: Orang, lama: Terbayar, aturan_lama: Aturan, aturan: Aturan
) -> Dihitung | None:
    """The difference of one person, taxed in the month of payment; None when there is none."""
    ulang = hitung(fakta, aturan_lama)
    baru = next((satu for satu in ulang.aliran if satu.kode == periode.aliran.kode), None)
    if baru is None or (baru.bruto == lama.bruto and baru.terbayar == lama.kriteria):
        return None
    jejak = _jejak_beda(baru, ulang, lama)
    beda = replace(
        baru,
        pagu={kode: baru.pagu.get(kode, NOL) - lama.pagu.get(kode, NOL) for kode in dict.fromkeys((*baru.pagu, *lama.pagu))},
        terbayar={kode: baru.terbayar.get(kode, NOL) - lama.kriteria.get(kode, NOL) for kode in dict.fromkeys((*baru.terbayar, *lama.kriteria))},
        bruto=baru.bruto - lama.bruto, bpjs_1=baru.bpjs_1 - lama.bpjs_1, bpjs_4=baru.bpjs_4 - lama.bpjs_4,
    )  # fmt: skip
    beda.kinerja = sum(beda.terbayar.values(), NOL)
    beda.admin = beda.kinerja - beda.bruto
    hasil = _pajaki(beda, bayar, aturan, jejak)
    return Dihitung(replace(bayar, masukan=fakta), hasil, beda)


def _pajaki(beda: HasilAliran, bayar: Orang, aturan: Aturan, jejak: list[Jejak]) -> Hasil:
    """Tax, zakat and neto of a difference, joined to what the month of payment already had."""
    masukan = bayar.masukan
    assert masukan is not None  # noqa: S101 said by the caller
    satu = replace(masukan, run=enums.Run.SUSULAN)
    catatan: list[Jejak] = []
    pajak = hitung_pajak(beda.bruto, beda.bpjs_4, satu, aturan, catatan)
    pegawai = NOL if aturan.bendera("PPH_BEBAN").nilai == "PEMDA" else pajak.pph_tpp
    beda.pph, beda.lain = pajak.pph_tpp, NOL
    dasar = beda.bruto - beda.bpjs_1 - pegawai
    beda.zakat = langkah_8(dasar, aturan, catatan) if masukan.zakat and dasar > NOL else NOL
    beda.neto = dasar - beda.zakat
    beda.spm = beda.bruto + beda.bpjs_4 + (pajak.pph_tpp - pegawai)
    jejak += [baris._replace(aliran=beda.kode) if baris.tanda else baris for baris in catatan]
    return Hasil(
        [beda], pajak, jejak, bruto=beda.bruto, bpjs_1=beda.bpjs_1, bpjs_4=beda.bpjs_4, zakat=beda.zakat, neto=beda.neto,
        spm=beda.spm, kinerja=beda.kinerja,
    )  # fmt: skip


def _jejak_beda(baru: HasilAliran, ulang: Hasil, lama: Terbayar) -> list[Jejak]:
    """The trace of the new computation; a row that counts says new − paid instead."""
    sudah: dict[tuple[int, str], Decimal] = {(4, kode): nilai for kode, nilai in lama.kriteria.items()}
    sudah |= {(5, ""): lama.admin, (6, ""): lama.bpjs_1}
    hasil = []
    for baris in ulang.jejak:
        if baris.aliran not in {"", baru.kode} or baris.langkah > 6:
            continue
        if not baris.tanda:
            hasil.append(baris)
            continue
        paid = sudah.pop((baris.langkah, baris.kriteria), NOL)
        rumus = f"{ribuan(baris.hasil)} − {ribuan(paid)} yang sudah dibayar"
        hasil.append(baris._replace(rumus=rumus, hasil=baris.hasil - paid))
    hasil += [_tanpa_baris(baru, ulang, langkah, kode, nilai) for (langkah, kode), nilai in sudah.items() if nilai]
    return hasil


def _tanpa_baris(baru: HasilAliran, ulang: Hasil, langkah: int, kode: str, nilai: Decimal) -> Jejak:
    """What was paid (or taken) before and has no row any more: it comes back whole."""
    contoh = next(baris for baris in ulang.jejak if baris.langkah == 4 and baris.aliran == baru.kode)
    tanda = 1 if langkah == 4 else -1
    rumus = f"0 − {ribuan(nilai)} yang sudah dibayar"
    return contoh._replace(langkah=langkah, kriteria=kode, rumus=rumus, sebelum_bulat=-nilai, hasil=-nilai, tanda=tanda)
