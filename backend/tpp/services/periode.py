"""The states of a period (tpp.md §7): each verb checks the state, moves it, and writes who, when and why.

Only steps and jobs of the process `tpp_periode` call the verbs that move; pages complete work items.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from backend.accounts.roles import Peran
from backend.core.periode import WIB, akhir_bulan, bulan_label
from backend.kepegawaian.calculations import hari_kerja_setelah
from backend.kepegawaian.models import Unor
from backend.kepegawaian.queries import hari_libur, users_of
from backend.platform import audit, jobs, notices
from backend.platform.models import Job
from backend.platform.settings import setting
from backend.rules import versions
from backend.tpp import enums, errors
from backend.tpp.aturan import Aturan
from backend.tpp.enums import StatusPeriode as S
from backend.tpp.models import Aliran, Hasil, PelepasanPredikat, Periode, PotonganTetap, Sanggah, Tertahan, aliran_aktif
from backend.tpp.services import calon
from backend.tpp.services.dasar import catat, giliran, kunci, pindah, wajib_alasan
from backend.tpp.services.hitung import hitung_periode
from backend.workflow import engine

PROSES = "tpp_periode"
HITUNG = "tpp_hitung"
PENGEMBALIAN = "PENGEMBALIAN"  # a kind of tpp_potongan_lain
PESAN_HITUNG = "hitungan_selesai"
LIBUR_DILIHAT = timedelta(days=60)

CHECKSUM = """
WITH h AS (SELECT * FROM tpp_hasil WHERE periode_id = %(periode)s),
k AS (SELECT k.hasil_id, string_agg(concat_ws(':', kriteria, dasar, k.pagu, realisasi), ',' ORDER BY kriteria) AS isi
      FROM tpp_hasilkriteria k JOIN h ON h.id = k.hasil_id GROUP BY 1),
j AS (SELECT hasil_pegawai_id AS id, md5(string_agg(concat_ws(':', langkah, j.kriteria, tabel, versi, kode_baris, j.hasil, tanda), ',' ORDER BY j.id)) AS isi
      FROM tpp_jejak j JOIN h ON h.id = j.hasil_pegawai_id GROUP BY 1)
SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', (to_jsonb(h) - 'id' - 'periode_id')::text, k.isi, j.isi), E'\\n' ORDER BY h.nip), ''), 'UTF8')), 'hex')
FROM h LEFT JOIN k ON k.hasil_id = h.id LEFT JOIN j ON j.id = h.id
"""


# --- Opening and computing -----------------------------------------------------------------------------------------------


@transaction.atomic
def buka(
    opd: Unor,
    *,
    bulan: date,
    aliran: Aliran,
    oleh: Any,
    run: str = enums.Run.BULANAN,
    bulan_bayar: date | None = None,
    alasan: str = "",
    dasar_nomor: str = "",
    mulai_proses: bool = True,
) -> Periode:
    """Open a period and start its process, which computes it at once.

    Raises TanggalBukanAwalBulan, AliranTidakAktif, PeriodeSudahAda, PeriodeBelumUrut, and for a susulan
    SusulanTanpaKunci, AlasanWajib, DasarSusulanWajib.
    """
    periode = Periode(
        opd=opd,
        bulan=bulan,
        aliran=aliran,
        run=run,
        bulan_bayar=bulan_bayar or bulan,
        alasan=alasan,
        dasar_nomor=dasar_nomor,
    )
    giliran([periode])
    _boleh_buka(periode)
    periode.save(force_insert=True)
    pindah(periode, S.DIBUKA, oleh=oleh)
    if mulai_proses:
        engine.start(
            PROSES, actor=oleh, subject=periode, business_key=str(periode.pk), opd=opd.pk, title=str(periode),
            data={"periode": str(periode.pk), "opd": str(opd.pk)},
        )  # fmt: skip
    return periode


def _boleh_buka(periode: Periode) -> None:
    akhir = akhir_bulan(periode.bulan.year, periode.bulan.month)
    if periode.bulan.day != 1 or periode.bulan_bayar.day != 1:
        raise errors.TanggalBukanAwalBulan
    if not Aliran.objects.filter(aliran_aktif(akhir), pk=periode.aliran_id).exists():
        raise errors.AliranTidakAktif(aliran=periode.aliran, bulan=bulan_label(periode.bulan.year, periode.bulan.month))
    if periode.run == enums.Run.SUSULAN:
        _boleh_susulan(periode)
        return
    serupa = Periode.objects.hidup().filter(opd=periode.opd, aliran=periode.aliran, run=periode.run)
    if ada := serupa.filter(bulan=periode.bulan).first():
        raise errors.PeriodeSudahAda(periode=ada)
    if periode.run == enums.Run.BULANAN and Aturan(akhir).bendera("WAJIB_URUT").aktif:
        _wajib_urut(periode)


def _wajib_urut(periode: Periode) -> None:
    """The month before must be locked; the first month of an OPD has none before it."""
    sebelum = Periode.objects.hidup().filter(
        opd=periode.opd, aliran=periode.aliran, run=periode.run, bulan__lt=periode.bulan
    )
    terakhir = sebelum.order_by("-bulan").first()
    if terakhir is None:
        return
    bulan_lalu = (periode.bulan - timedelta(days=1)).replace(day=1)
    if terakhir.bulan == bulan_lalu and terakhir.terkunci:
        return
    belum = terakhir.bulan == bulan_lalu
    raise errors.PeriodeBelumUrut(
        bulan=periode.bulan_teks, sebelum=bulan_label(bulan_lalu.year, bulan_lalu.month), opd=periode.opd,
        status=enums.StatusPeriode(terakhir.status).label.lower() if belum else "belum dibuka",
    )  # fmt: skip


def _boleh_susulan(periode: Periode) -> None:
    """A susulan corrects a locked month, with a reason and a document; it takes the next number of its month."""
    from backend.tpp.services.susulan import asal_susulan

    asal_susulan(periode)
    periode.alasan = wajib_alasan(periode.alasan)
    if not periode.dasar_nomor.strip():
        raise errors.DasarSusulanWajib
    sama = Periode.objects.hidup().filter(
        opd=periode.opd, bulan=periode.bulan, aliran=periode.aliran, run=enums.Run.SUSULAN
    )
    periode.urutan = sama.count() + 1


@transaction.atomic
def minta_hitung(periode: Periode, *, oleh: Any) -> Job:
    """Compute in the background; a second press joins the running job. Raises PeriodeSalahStatus, PeriodeTerkunci."""
    kunci(periode, *enums.DAPAT_DIHITUNG)
    return jobs.start(
        HITUNG, kunci=str(periode.pk), parameter={"periode": str(periode.pk)}, oleh=oleh, judul=f"Menghitung {periode}"
    )


@jobs.job(HITUNG)
def jalankan_hitung(job: Job, progress: jobs.Progress) -> Mapping[str, Any]:
    """Compute one period and tell its process. One transaction: a worker that dies leaves nothing half done."""
    periode = Periode.objects.select_related("opd", "aliran").get(pk=job.parameter["periode"])
    progress(0, total=2, pesan="Mengambil presensi, predikat, gaji, dan jabatan")
    (periode,) = hitung_periode([periode], oleh=job.oleh)
    progress(1, total=2, pesan="Melanjutkan proses")
    engine.send(PESAN_HITUNG, actor=job.oleh, business_key=str(periode.pk), key=PROSES)
    progress(2, total=2)
    return {"pegawai": periode.jumlah_pegawai, "total": periode.total, "hitungan_ke": periode.hitungan_ke}


@transaction.atomic
def selesai_hitung(periode: Periode, *, oleh: Any) -> Periode:
    """After computing: DIBUKA → DIHITUNG, KOREKSI → SIAP_SETUJU; DIHITUNG stays."""
    periode = kunci(periode, *enums.DAPAT_DIHITUNG)
    if not periode.hitungan_ke:
        raise errors.BelumDihitung
    lanjut = {S.DIBUKA.value: S.DIHITUNG, S.KOREKSI.value: S.SIAP_SETUJU}.get(periode.status)
    return periode if lanjut is None else pindah(periode, lanjut, oleh=oleh)


# --- Publishing and objections ---------------------------------------------------------------------------------------------


@transaction.atomic
def terbitkan(periode: Periode, *, oleh: Any, kini: datetime | None = None) -> Periode:
    """DIHITUNG → SANGGAH: each ASN sees his slip and trace, and may object until the end of the third working day."""
    periode = kunci(periode, S.DIHITUNG)
    periode.sanggah_sampai = batas_hari_kerja(
        kini or timezone.now(), int(setting("tpp_hari_sanggah")), opd=periode.opd_id
    )
    periode.save(update_fields=["sanggah_sampai", "diubah_pada"])
    pindah(periode, S.SANGGAH, oleh=oleh)
    orang = [satu.pegawai.user for satu in Hasil.objects.filter(periode=periode).select_related("pegawai__user")]
    orang += [
        t.pegawai.user
        for t in Tertahan.objects.filter(periode=periode, tingkat=enums.Tingkat.BLOKIR).select_related("pegawai__user")
    ]
    notices.notify(
        orang, "tpp.terbit", f"Hasil {periode.bulan_teks} dapat diperiksa",
        f"Periksa rincian TPP Anda. Sanggah diterima sampai {periode.sanggah_sampai.astimezone(WIB):%d-%m-%Y %H.%M}.",
        reverse("tpp"),
    )  # fmt: skip
    return periode


def batas_hari_kerja(kini: datetime, hari: int, *, opd: UUID | None) -> datetime:
    """The end of the n-th working day after today, in Asia/Jakarta."""
    hari_ini = kini.astimezone(WIB).date()
    libur = hari_libur(hari_ini, hari_ini + LIBUR_DILIHAT, opd=opd)
    return datetime.combine(hari_kerja_setelah(hari_ini, hari, libur=libur), time(23, 59, 59), tzinfo=WIB)


@transaction.atomic
def ajukan_sanggah(
    periode: Periode, *, pegawai: Any, isi: str, oleh: Any, berkas: Any = None, kini: datetime | None = None
) -> Sanggah:
    """An ASN objects to his result (or to being kept out). Raises BukanHasilAnda, SanggahDitutup, SanggahSudahAda, AlasanWajib."""
    periode = kunci(periode)
    if pegawai.user_id != oleh.pk or not _milik(periode, pegawai):
        raise errors.BukanHasilAnda
    ditutup = periode.sanggah_sampai is None or (kini or timezone.now()) > periode.sanggah_sampai
    if periode.status not in {S.SANGGAH} or ditutup:
        raise errors.SanggahDitutup
    if Sanggah.objects.filter(periode=periode, pegawai=pegawai, status=enums.StatusSanggah.DIAJUKAN).exists():
        raise errors.SanggahSudahAda
    sanggah = Sanggah.objects.create(periode=periode, pegawai=pegawai, isi=wajib_alasan(isi), berkas=berkas)
    catat(periode, "tpp.sanggah_diajukan", oleh=oleh, pegawai=str(pegawai.pk), isi=sanggah.isi)
    admin = users_of(Peran.ADMIN_OPD, opd=periode.opd_id, pada=timezone.localdate())
    notices.notify(
        admin,
        "tpp.sanggah",
        f"{pegawai.nama_lengkap} menyanggah {periode}",
        sanggah.isi,
        reverse("tpp-periode-detail", args=[periode.pk]),
    )
    return sanggah


def _milik(periode: Periode, pegawai: Any) -> bool:
    """Has the person a result in the period, or was he kept out of it?"""
    milik = {"periode": periode, "pegawai": pegawai}
    return Hasil.objects.filter(**milik).exists() or Tertahan.objects.filter(**milik).exists()


@transaction.atomic
def tutup_sanggah(periode: Periode, *, oleh: Any = None) -> Periode:
    """The days of objection are over: KOREKSI when an objection is open, else SIAP_SETUJU."""
    periode = kunci(periode, S.SANGGAH)
    ada = Sanggah.objects.filter(periode=periode, status=enums.StatusSanggah.DIAJUKAN).exists()
    return pindah(periode, S.KOREKSI if ada else S.SIAP_SETUJU, oleh=oleh)


@transaction.atomic
def putuskan_sanggah(
    sanggah: Sanggah, *, terima: bool, jawaban: str, oleh: Any, kini: datetime | None = None
) -> Sanggah:
    """Admin OPD decides an objection; the ASN is told. Raises PeriodeSalahStatus, AlasanWajib."""
    kunci(sanggah.periode, S.KOREKSI, S.SANGGAH)
    sanggah.status = enums.StatusSanggah.DITERIMA if terima else enums.StatusSanggah.DITOLAK
    sanggah.jawaban, sanggah.diputus_oleh = wajib_alasan(jawaban), oleh
    sanggah.diputus_pada = kini or timezone.now()
    sanggah.save()
    catat(
        sanggah.periode,
        "tpp.sanggah_diputus",
        oleh=oleh,
        alasan=sanggah.jawaban,
        sanggah=str(sanggah.pk),
        status=sanggah.status,
    )
    notices.notify(
        [sanggah.pegawai.user],
        "tpp.sanggah",
        f"Sanggah Anda {sanggah.get_status_display().lower()}",
        sanggah.jawaban,
        reverse("tpp-hasil", args=[sanggah.periode_id, sanggah.pegawai_id]),
    )
    return sanggah


@transaction.atomic
def selesai_koreksi(periode: Periode, *, oleh: Any) -> Periode:
    """Before computing again: every objection is decided. Raises SanggahTerbuka."""
    periode = kunci(periode, S.KOREKSI)
    if jumlah := Sanggah.objects.filter(periode=periode, status=enums.StatusSanggah.DIAJUKAN).count():
        raise errors.SanggahTerbuka(jumlah=jumlah)
    catat(periode, "tpp.koreksi_selesai", oleh=oleh)
    return periode


# --- Approval, verification, lock, payment -----------------------------------------------------------------------------------


@transaction.atomic
def setujui(periode: Periode, *, nomor: str, tanggal: date, oleh: Any) -> Periode:
    """Kepala OPD: SIAP_SETUJU → VERIFIKASI with a numbered cover letter; the code of a letter before is void."""
    periode = kunci(periode, S.SIAP_SETUJU)
    periode.pengantar_nomor, periode.pengantar_tanggal, periode.disetujui_oleh = nomor.strip(), tanggal, oleh
    periode.kode_periksa = uuid4()
    periode.save(
        update_fields=["pengantar_nomor", "pengantar_tanggal", "disetujui_oleh", "kode_periksa", "diubah_pada"]
    )
    return pindah(periode, S.VERIFIKASI, oleh=oleh, catatan=f"Pengantar {periode.pengantar_nomor}")


@transaction.atomic
def verifikasi(periode: Periode, *, oleh: Any) -> Periode:
    """BKPSDM: VERIFIKASI → KEUANGAN."""
    return pindah(kunci(periode, S.VERIFIKASI), S.KEUANGAN, oleh=oleh)


@transaction.atomic
def kembalikan(periode: Periode, *, alasan: str, oleh: Any) -> Periode:
    """A return with a reason, which counts a round: to KOREKSI; from KEUANGAN to VERIFIKASI."""
    periode = kunci(periode, S.SIAP_SETUJU, S.VERIFIKASI, S.KEUANGAN)
    ke = S.VERIFIKASI if periode.status == S.KEUANGAN else S.KOREKSI
    return pindah(periode, ke, oleh=oleh, catatan=wajib_alasan(alasan), kembali=True)


@transaction.atomic
def tolak(periode: Periode, *, alasan: str, oleh: Any) -> Periode:
    """BKPSDM refuses: DITOLAK is an end; the month may be opened anew."""
    periode = kunci(periode, S.VERIFIKASI)
    calon.lepaskan(periode)
    return pindah(periode, S.DITOLAK, oleh=oleh, catatan=wajib_alasan(alasan))


@transaction.atomic
def kunci_periode(periode: Periode, *, oleh: Any, kini: datetime | None = None) -> Periode:
    """Bendahara locks: results, versions and checksum are frozen; no role can open it again. Raises BelumDihitung."""
    periode = kunci(periode, S.KEUANGAN)
    if not periode.hitungan_ke:
        raise errors.BelumDihitung
    periode.checksum = hitung_checksum(periode)
    periode.dikunci_oleh, periode.dikunci_pada = oleh, kini or timezone.now()
    periode.save(update_fields=["checksum", "dikunci_oleh", "dikunci_pada", "diubah_pada"])
    akhir = akhir_bulan(periode.bulan.year, periode.bulan.month)
    versions.mark_used(periode.versi.values(), pada=akhir)
    _kembalikan_lebih(periode)
    if periode.run == enums.Run.SUSULAN:
        calon.selesaikan(periode, kini=periode.dikunci_pada)
    return pindah(periode, S.TERKUNCI, oleh=oleh, catatan=f"Checksum {periode.checksum[:12]}")


def _kembalikan_lebih(periode: Periode) -> None:
    """A susulan with less than nothing is taken from the month after it is paid (tpp.md §7)."""
    mulai = (akhir_bulan(periode.bulan_bayar.year, periode.bulan_bayar.month) + timedelta(days=1)).replace(day=1)
    for hasil in Hasil.objects.filter(periode=periode, neto__lt=0):
        satu, baru = PotonganTetap.objects.get_or_create(
            pegawai_id=hasil.pegawai_id, kode=PENGEMBALIAN, mulai=mulai,
            defaults={"jumlah": -hasil.neto, "sampai": akhir_bulan(mulai.year, mulai.month)},
        )  # fmt: skip
        if not baru:
            PotonganTetap.objects.filter(pk=satu.pk).update(jumlah=F("jumlah") - hasil.neto)


def hitung_checksum(periode: Periode) -> str:
    """SHA-256 over the results of a period, with criteria and trace, in the order of NIP."""
    with connection.cursor() as cursor:
        cursor.execute(CHECKSUM, {"periode": periode.pk})
        return str(cursor.fetchone()[0])


@transaction.atomic
def catat_sp2d(periode: Periode, *, nomor: str, tanggal: date, oleh: Any) -> Periode:
    """TERKUNCI → DIBAYAR with the number and date of the SP2D."""
    periode = kunci(periode)
    if periode.status != S.TERKUNCI:
        raise errors.PeriodeSalahStatus(status=S(periode.status).label)
    Periode.objects.filter(pk=periode.pk).update(status=S.DIBAYAR, sp2d_nomor=nomor.strip(), sp2d_tanggal=tanggal)
    dari, periode.status = periode.status, S.DIBAYAR
    periode.refresh_from_db()
    periode.perpindahan.create(dari=dari, ke=S.DIBAYAR, oleh=oleh, catatan=f"SP2D {nomor.strip()}")
    catat(periode, "tpp.dibayar", oleh=oleh, nomor=nomor.strip(), tanggal=tanggal)
    return periode


@transaction.atomic
def lepas_predikat(pegawai: Any, *, bulan: date, alasan: str, oleh: Any) -> None:
    """Kepala OPD lets a month without predikat count as TIDAK_ADA (SY-04)."""
    PelepasanPredikat.objects.update_or_create(
        pegawai=pegawai, bulan=bulan, defaults={"alasan": wajib_alasan(alasan), "oleh": oleh}
    )
    audit.record(f"pegawai:{pegawai.pk}", "tpp.predikat_dilepas", aktor=oleh, data={"bulan": bulan}, alasan=alasan)
