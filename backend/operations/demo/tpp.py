"""TPP of the demo city: amounts, gaji, accounts, one locked month, one month in its days of objection.

Amounts of the classes are the demo figures of tpp.md §4; everything about people is drawn from the seeded generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from random import Random
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.periode import akhir_bulan
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, PeranUser, RiwayatJabatan, Unor
from backend.kinerja.enums import JenisPeriode, StatusLaporan
from backend.kinerja.models import LaporanPeriode
from backend.operations.demo.organisasi import SANDI
from backend.operations.demo.salin import salin
from backend.platform import jobs
from backend.platform.enums import OPEN_JOB
from backend.platform.models import Job, OutboxMessage
from backend.presensi.enums import StatusSegel
from backend.presensi.models import RekapBulan
from backend.rules import versions
from backend.rules.models import RuleVersion
from backend.tpp import enums
from backend.tpp.models import Aliran, Gaji, LaporanHarta, Periode, PotonganTetap, ProfilBayar, SebabPotongan
from backend.tpp.services import besaran
from backend.tpp.services import periode as layanan
from backend.tpp.services.aturan import muat_alternatif
from backend.tpp.services.dasar import pindah
from backend.tpp.services.hitung import hitung_periode
from backend.workflow import engine
from backend.workflow.models import WorkItem

MULAI = date(2025, 1, 1)
PERWALI = "Angka peraga: bukan ketetapan daerah mana pun"
BESARAN = (
    (15, 31_000_000), (14, 14_700_000), (13, 12_300_000), (12, 10_600_000), (11, 8_900_000), (10, 7_200_000), (9, 6_024_000),
    (8, 3_900_000), (7, 3_400_000), (6, 2_900_000), (5, 2_400_000), (4, 2_100_000), (3, 1_900_000), (2, 1_700_000), (1, 1_500_000),
)  # fmt: skip
KEJADIAN = (("TL1", 0.35), ("TL2", 0.1), ("PSW1", 0.25), ("PSW4", 0.05), ("TK", 0.03), ("APEL_SENIN", 0.08))
PTKP = ("TK/0", "TK/1", "K/0", "K/1", "K/1", "K/2", "K/2", "K/3")
GAJI = {"I": 2_400_000, "II": 3_300_000, "III": 4_600_000, "IV": 6_100_000}
LAIN = 4_000_000  # golongan not known: PPPK


def seed_tpp(rng: Random, *, now: datetime) -> str:
    """Fill the facts of TPP for the months whose laporan are final; lock the first, run the second. Returns a sentence."""
    bulan = bulan_final()[-2:]
    if not bulan:
        return "TPP tanpa bulan"
    with transaction.atomic():
        aliran = seed_aturan()
        seed_orang(rng, list(Pegawai.objects.aktif().order_by("nip").values_list("pk", "golongan")), bulan=bulan)
        for satu in bulan:
            rekap_tersegel(rng, satu, now)
    seed_bendahara()
    muat_alternatif(berlaku_mulai=date(now.year + 1, 1, 1))
    opd = list(Unor.objects.filter(is_opd=True, is_delete=False).order_by("kode"))
    terkunci = kunci_bulan(aliran, opd, bulan[0], now=now)
    berjalan = jalankan_bulan(aliran, opd, bulan[1]) if len(bulan) > 1 else 0
    return f"TPP {terkunci} OPD terkunci, {berjalan} berjalan"


@transaction.atomic
def kunci_bulan(aliran: Aliran, opd: Sequence[Unor], bulan: date, *, now: datetime) -> int:
    """A month of every OPD brought to DIBAYAR by the verbs, as it was before this system ran the process."""
    dibuka = [layanan.buka(satu, bulan=bulan, aliran=aliran, oleh=None, mulai_proses=False) for satu in opd]
    hitung_periode(dibuka, oleh=None)
    for nomor, periode in enumerate(dibuka, 1):
        periode = layanan.selesai_hitung(periode, oleh=None)
        Periode.objects.filter(pk=periode.pk).update(sanggah_sampai=now)
        periode = pindah(periode, enums.StatusPeriode.SANGGAH, oleh=None)
        periode = layanan.setujui(layanan.tutup_sanggah(periode), nomor=f"900/{nomor}", tanggal=now.date(), oleh=None)
        periode = layanan.kunci_periode(layanan.verifikasi(periode, oleh=None), oleh=None)
        layanan.catat_sp2d(periode, nomor=f"SP2D-{nomor:04}", tanggal=now.date(), oleh=None)
    return len(dibuka)


@transaction.atomic
def jalankan_bulan(aliran: Aliran, opd: Sequence[Unor], bulan: date) -> int:
    """The next month in its process: computed everywhere, published in every other OPD."""
    for nomor, satu in enumerate(opd):
        periode = layanan.buka(satu, bulan=bulan, aliran=aliran, oleh=None)
        job = Job.objects.get(jenis=layanan.HITUNG, kunci=str(periode.pk), status__in=OPEN_JOB)
        message = OutboxMessage.objects.get(key=f"job:{job.pk}:{job.percobaan}")
        jobs.run(message)
        OutboxMessage.objects.filter(pk=message.pk).update(done_at=timezone.now())
        admin = next(iter(kepegawaian.users_of(Peran.ADMIN_OPD, opd=satu.pk, pada=timezone.localdate())), None)
        item = WorkItem.objects.open().filter(instance__business_key=str(periode.pk)).first()
        if nomor % 2 == 0 and admin is not None and item is not None:
            engine.complete(item.pk, actor=admin, data={"keputusan": "terbit"})
    return len(opd)


def seed_bendahara() -> None:
    """One account with the role bendahara, when the city has none."""
    if PeranUser.objects.filter(peran=Peran.BENDAHARA).exists():
        return
    user = User.objects.create_user("bendahara", SANDI, nama="Bendahara Peraga", wajib_ganti_sandi=False)
    PeranUser.objects.create(user=user, peran=Peran.BENDAHARA)


def rekap_tersegel(rng: Random, bulan: date, now: datetime) -> None:
    """Sealed recaps of a month that attendance has no taps for, so that it can be paid; a month that has them is left alone."""
    if RekapBulan.objects.filter(bulan=bulan).exists():
        return
    akhir = akhir_bulan(bulan.year, bulan.month)
    rows = RiwayatJabatan.objects.pada(akhir).definitif().filter(posisi__unor__opd__isnull=False)
    isi = []
    for pegawai, opd in rows.order_by("pegawai__nip").values_list("pegawai", "posisi__unor__opd"):
        kode = {nama: rng.randrange(1, 4) for nama, kemungkinan in KEJADIAN if rng.random() < kemungkinan}
        assert opd is not None  # noqa: S101 filtered above
        tk = kode.get("TK", 0)
        isi.append(
            RekapBulan(
                pegawai_id=pegawai, bulan=bulan, opd_id=opd, hari_kerja=21, hari_masuk=21 - tk, per_kode=kode,
                per_status={"HADIR": 21 - tk, **({"TK": tk} if tk else {})}, menit_telat=0, menit_pulang_cepat=0, persen=0,
                tanpa_jadwal=0, belum=0, status=StatusSegel.DISEGEL, diubah_pada=now,
            )
        )  # fmt: skip
    RekapBulan.objects.bulk_create(isi, batch_size=1000)


def bulan_final() -> list[date]:
    """Months whose laporan are final but for a few, oldest first."""
    bulanan = LaporanPeriode.objects.filter(periode__jenis=JenisPeriode.BULANAN).values("periode__mulai")
    rows = bulanan.annotate(semua=Count("pk"), final=Count("pk", filter=Q(status=StatusLaporan.FINAL)))
    return sorted(row["periode__mulai"] for row in rows if row["final"] * 2 > row["semua"])


def seed_aturan() -> Aliran:
    """The stream and its amounts."""
    aliran, _ = Aliran.objects.get_or_create(
        kode="TPP",
        defaults={
            "nama": "Tambahan penghasilan pegawai", "dasar_hukum": PERWALI, "kriteria": enums.Kriteria.values,
            "aktif_mulai": MULAI,
        },
    )  # fmt: skip
    if not RuleVersion.objects.of(besaran.TABEL, aliran.kode).exists():
        rows: list[dict[str | None, Any]] = [
            {"kode": f"BS-{kelas:02}", "jabatan": "-", "kelas": str(kelas), "opd": "-", "basic": str(basic), "pct_bk": "70",
             "pct_pk": "30"}
            for kelas, basic in BESARAN
        ]  # fmt: skip
        draf = besaran.simpan_draf("TPP", baris=rows, dasar_hukum=PERWALI, berlaku_mulai=MULAI)
        versions.publish(draf)
    return aliran


def seed_orang(rng: Random, orang: Sequence[tuple[UUID, str]], *, bulan: Sequence[date]) -> None:
    """Accounts, gaji from January of the year on, asset reports; a few sanctions and instructed deductions."""
    bulan_gaji = [date(bulan[0].year, m, 1) for m in range(1, bulan[-1].month + 2) if m <= 12]
    profil: list[Any] = []
    gaji: list[Any] = []
    harta: list[Any] = []
    lain: list[Any] = []
    kini = timezone.now()
    for pk, golongan in orang:
        ptkp = rng.choice(PTKP)
        rekening = f"{rng.randrange(10**9, 10**10)}"
        npwp = "" if rng.random() < 0.01 else f"{rng.randrange(10**14, 10**15)}"
        profil.append((pk, ptkp, npwp, "Bank Peraga", rekening, rng.random() < 0.3, False, "LHKASN", kini))
        pokok = GAJI.get(golongan.partition("/")[0], LAIN) + rng.randrange(0, 900_000, 100)
        jiwa = f"{ptkp[0]}/{ptkp[-1]}"
        iuran = pokok // 100
        gaji += [(pk, satu, pokok, iuran, 4 * iuran, pokok * 8 // 100 * 6 // 10, 0, jiwa, kini) for satu in bulan_gaji]
        if rng.random() < 0.985:
            harta.append((pk, bulan[0].year, date(bulan[0].year, 3, rng.randrange(1, 29)), "", kini))
        lain.append((pk, "KORPRI", 5_000, MULAI, kini))
    salin(
        ProfilBayar,
        ["pegawai_id", "ptkp", "npwp", "bank", "rekening", "zakat", "zakat_resmi", "harta", "diubah_pada"],
        profil,
    )
    salin(
        Gaji,
        ["pegawai_id", "bulan", "bruto", "iuran_1", "iuran_4", "iuran_pensiun", "pph", "jiwa", "diubah_pada"],
        gaji,
    )
    salin(LaporanHarta, ["pegawai_id", "tahun", "tanggal", "nomor", "diubah_pada"], harta)
    salin(PotonganTetap, ["pegawai_id", "kode", "jumlah", "mulai", "diubah_pada"], lain)
    for pk, _ in rng.sample(list(orang), min(3, len(orang))):
        SebabPotongan.objects.create(
            pegawai_id=pk,
            kode="HUKDIS_23",
            tanggal=date(bulan[0].year, max(1, bulan[0].month - 2), 5),
            nomor="800/peraga",
        )
