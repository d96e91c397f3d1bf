"""A small OPD ready to be paid: rules and process published, amounts, gaji, sealed recaps, predikat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from backend.core.periode import akhir_bulan
from backend.kepegawaian.models import Pegawai, Posisi
from backend.kepegawaian.queries import jabatan_pada
from backend.kinerja.models import PKS, SKP, LaporanPeriode
from backend.kinerja.models import Periode as PeriodeKinerja
from backend.presensi.models import RekapBulan
from backend.rules import files, versions
from backend.rules.datatable import DataTable
from backend.rules.decide import RULES_DIR
from backend.rules.enums import StatusAturan, SumberAturan
from backend.rules.models import RuleVersion
from backend.tpp import enums
from backend.tpp.models import Aliran, Gaji, LaporanHarta, Periode, ProfilBayar
from backend.tpp.services import besaran, hitung, periode
from backend.workflow import definitions
from tests.factories_kepegawaian import Dinas, buat_dinas

MARET = date(2025, 3, 1)
APRIL = date(2025, 4, 1)
MULAI = date(2024, 1, 1)
PROSES = RULES_DIR.parent / "processes"
BESARAN = {14: 14_700_000, 12: 10_600_000, 9: 6_024_000, 7: 3_400_000}
RATING = {
    "sangat_baik": ("di_atas", "di_atas"), "baik": ("sesuai", "sesuai"), "butuh_perbaikan": ("di_bawah", "sesuai"),
}  # fmt: skip


def terbitkan_aturan(*, besaran_tpp: Mapping[int, int] | None = None) -> None:
    """Every shipped table in force, and the amounts of the stream TPP (empty: none). Without the checks of publishing."""
    versions.forget()
    for path in files.shipped(RULES_DIR):
        file = files.read(path)
        if isinstance(file.content, DataTable):
            draf = versions.save_data_draft(
                file.content, dasar_hukum=file.dasar_hukum, berlaku_mulai=MULAI, sumber=SumberAturan.FILE
            )
            RuleVersion.objects.filter(pk=draf.pk).update(status=StatusAturan.LIVE)
        else:
            RuleVersion.objects.create(
                decision=path.stem, nomor=1, xml=file.xml, sha256=hashlib.sha256(file.xml.encode()).hexdigest(),
                kasus=file.kasus, sumber=SumberAturan.FILE, dasar_hukum=file.dasar_hukum, berlaku_mulai=MULAI,
                status=StatusAturan.LIVE,
            )  # fmt: skip
    if isi := BESARAN if besaran_tpp is None else besaran_tpp:
        terbitkan_besaran("TPP", isi)
    versions.forget()


def terbitkan_besaran(
    aliran: str, isi: Mapping[int, int], *, persen: Mapping[str, int] | None = None, mulai: date = MULAI
) -> RuleVersion:
    """Amounts by class, in force."""
    pct = persen or {"bk": 70, "pk": 30}
    rows: Sequence[dict[str | None, Any]] = [
        {"kode": f"BS-{kelas:02}", "jabatan": "-", "kelas": str(kelas), "opd": "-", "basic": str(basic),
         **{f"pct_{kode}": str(nilai) for kode, nilai in pct.items()}}
        for kelas, basic in isi.items()
    ]  # fmt: skip
    draf = besaran.simpan_draf(aliran, baris=rows, dasar_hukum="Perwali contoh", berlaku_mulai=mulai)
    return versions.publish(draf)


def buat_aliran(kode: str = "TPP", **fields: Any) -> Aliran:
    values = {
        "nama": f"Aliran {kode}", "dasar_hukum": "Perwali contoh", "kriteria": enums.Kriteria.values, "aktif_mulai": MULAI, **fields,
    }  # fmt: skip
    return Aliran.objects.get_or_create(kode=kode, defaults=values)[0]


def buat_profil(pegawai: Pegawai, **fields: Any) -> ProfilBayar:
    values = {
        "ptkp": "K/1", "npwp": "123456789012345", "bank": "Bank Contoh", "rekening": "1234567890",
        "harta": enums.JenisHarta.TIDAK_WAJIB, **fields,
    }  # fmt: skip
    return ProfilBayar.objects.create(pegawai=pegawai, **values)


def buat_gaji(pegawai: Pegawai, bulan: date = MARET, bruto: int = 5_214_600, **fields: Any) -> Gaji:
    values = {"iuran_1": 46_000, "iuran_4": 184_000, "jiwa": "K/1", **fields}
    return Gaji.objects.create(pegawai=pegawai, bulan=bulan, bruto=bruto, **values)


def buat_rekap(
    pegawai: Pegawai, bulan: date = MARET, kode: Mapping[str, int] | None = None, **fields: Any
) -> RekapBulan:
    """A sealed recap of the OPD where the person sits at the end of the month."""
    jabatan = jabatan_pada(pegawai, akhir_bulan(bulan.year, bulan.month))
    assert jabatan is not None
    values = {
        "opd": jabatan.posisi.unor.opd, "hari_kerja": 20, "hari_masuk": 20, "per_status": {"HADIR": 20},
        "per_kode": dict(kode or {}), "menit_telat": 0, "menit_pulang_cepat": 0, "persen": 0, "tanpa_jadwal": 0, "belum": 0,
        "status": "DISEGEL", "diubah_pada": timezone.now(), **fields,
    }  # fmt: skip
    return RekapBulan.objects.create(pegawai=pegawai, bulan=bulan, **values)


def buat_predikat(pegawai: Pegawai, bulan: date = MARET, predikat: str = "baik") -> LaporanPeriode:
    """A final laporan of the month with its predikat."""
    jabatan = jabatan_pada(pegawai, bulan)
    assert jabatan is not None
    akhir = akhir_bulan(bulan.year, bulan.month)
    kini = timezone.now()
    periode_kinerja, _ = PeriodeKinerja.objects.get_or_create(
        tahun=bulan.year, jenis="bulanan", ke=bulan.month,
        defaults={"mulai": bulan, "selesai": akhir, "buka": kini, "tenggat": kini, "tutup": kini},
    )  # fmt: skip
    skp, _ = SKP.objects.get_or_create(
        pegawai=pegawai, riwayat_jabatan=jabatan, tahun=bulan.year,
        defaults={"opd": jabatan.posisi.unor.opd, "awal": date(bulan.year, 1, 1), "akhir": date(bulan.year, 12, 31), "status": "berlaku"},
    )  # fmt: skip
    laporan = LaporanPeriode.objects.create(
        skp=skp, periode=periode_kinerja, pegawai=pegawai, opd=jabatan.posisi.unor.opd, status="draf_renaksi"
    )
    hasil, perilaku = RATING[predikat]
    PKS.objects.create(
        laporan=laporan, rating_hasil=hasil, rating_perilaku=perilaku, predikat=predikat, status_predikat="tetap"
    )
    LaporanPeriode.objects.filter(pk=laporan.pk).update(
        status="final",
        final_at=kini,
        status_renaksi="disetujui",
        status_skp="disetujui",
        status_pks="disetujui",
        diajukan_at=kini,
    )
    return laporan


@dataclass
class Kantor:
    """An OPD of four people (class 14, 12, 7, 7) with the facts of March 2025."""

    dinas: Dinas
    aliran: Aliran
    orang: list[Pegawai] = field(default_factory=list)

    @property
    def opd(self) -> Any:
        return self.dinas.opd

    def buka(self, bulan: date = MARET, **more: Any) -> Periode:
        """A period opened without its process."""
        return periode.buka(
            self.opd, bulan=bulan, aliran=more.pop("aliran", self.aliran), oleh=None, mulai_proses=False, **more
        )

    def hitung(self, satu: Periode) -> Periode:
        (satu,) = hitung.hitung_periode([satu], oleh=None)
        return satu

    def kunci(self, satu: Periode) -> Periode:
        """A period brought to TERKUNCI by the verbs."""
        kini = timezone.now()
        satu = periode.selesai_hitung(self.hitung(satu), oleh=None)
        satu = periode.tutup_sanggah(periode.terbitkan(satu, oleh=None))
        satu = periode.setujui(satu, nomor="900/1", tanggal=kini.date(), oleh=None)
        return periode.kunci_periode(periode.verifikasi(satu, oleh=None), oleh=None)


def paksa(rows: Any, **nilai: Any) -> None:
    """Change rows that life would not let change any more, as if they had been so from the start."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        rows.update(**nilai)
        cursor.execute("SET session_replication_role = origin")


def isi_bulan(orang: Sequence[Pegawai], bulan: date, **rekap: Any) -> None:
    """Gaji, recap and predikat of people for a month."""
    for satu in orang:
        buat_gaji(satu, bulan)
        buat_rekap(satu, bulan, **rekap)
        buat_predikat(satu, bulan)


def buat_kantor(*, bulan: date = MARET, isi: bool = True) -> Kantor:
    """Rules, stream, OPD with classes, profiles; `isi`: the facts of a month too."""
    terbitkan_aturan()
    dinas = buat_dinas()
    for posisi, kelas in ((dinas.posisi_kepala, 14), (dinas.posisi_kabid, 12), (dinas.posisi_staf, 7)):
        Posisi.objects.filter(pk=posisi.pk).update(kelas=kelas)
    orang = [dinas.kepala, dinas.kabid, dinas.staf, dinas.staf_lain]
    for satu in orang:
        buat_profil(satu)
        LaporanHarta.objects.create(pegawai=satu, tahun=bulan.year, tanggal=date(bulan.year, 1, 15))
    if isi:
        isi_bulan(orang, bulan)
    return Kantor(dinas, buat_aliran(), orang)


def terbitkan_proses() -> None:
    """The process of a period."""
    definitions.publish_file(PROSES / "tpp_periode.bpmn")
