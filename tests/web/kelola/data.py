"""SKP and laporan for the tests of admin pages, written directly: the process is not what these tests are about."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from backend.core.periode import WIB, akhir_bulan
from backend.kepegawaian.models import Pegawai, RiwayatJabatan
from backend.kinerja import enums
from backend.kinerja.models import IKI, PKS, RHK, SKP, LaporanPeriode, Periode, Renaksi, RenaksiBulan, TargetIKIBulan
from backend.workflow.enums import VersionState
from backend.workflow.models import ProcessDefinition, ProcessInstance, WorkItem


def buat_skp(pegawai: Pegawai, *, status: str = enums.StatusSKP.BERLAKU, lengkap: bool = True, **fields: Any) -> SKP:
    """A SKP of this year with one RHK, one indicator and, when complete, renaksi that sum to 100."""
    tahun = timezone.localdate().year
    row = RiwayatJabatan.objects.definitif().filter(pegawai=pegawai).select_related("posisi__unor").first()
    assert row is not None
    skp = SKP.objects.create(
        pegawai=pegawai,
        riwayat_jabatan=row,
        opd_id=row.posisi.unor.opd_id,
        tahun=tahun,
        awal=date(tahun, 1, 1),
        akhir=date(tahun, 12, 31),
        status=status,
        **fields,
    )
    rhk = RHK.objects.create(skp=skp, urut=1, teks="Tersusunnya data sektoral yang lengkap")
    iki = IKI.objects.create(
        rhk=rhk,
        urut=1,
        uraian="Jumlah dataset",
        satuan="dataset",
        target_max=Decimal(12),
        bulan_ukur=[3, 6],
        aspek="kuantitas",
    )
    for bulan in (3, 6):
        TargetIKIBulan.objects.create(iki=iki, bulan=bulan, target_max=Decimal(6))
    renaksi = Renaksi.objects.create(rhk=rhk, urut=1, tahapan="Mengumpulkan data dari wali data")
    RenaksiBulan.objects.create(renaksi=renaksi, bulan=3, target=100 if lengkap else 40)
    return skp


def buat_periode(tahun: int, bulan: int, **fields: Any) -> Periode:
    """A month that is open now, due in two days."""
    kini = timezone.now()
    values: dict[str, Any] = {
        "buka": datetime(tahun, bulan, 1, tzinfo=WIB),
        "tenggat": kini + timedelta(days=2),
        "tutup": kini + timedelta(days=20),
        "status": enums.StatusPeriode.BUKA,
        **fields,
    }
    return Periode.objects.create(
        tahun=tahun, ke=bulan, mulai=date(tahun, bulan, 1), selesai=akhir_bulan(tahun, bulan), **values
    )


def buat_laporan(
    skp: SKP, periode: Periode, *, status: str = enums.StatusLaporan.DRAF_RENAKSI, **fields: Any
) -> LaporanPeriode:
    """A laporan in a state, with its PKS. `final` gets everything that the database asks of a final one."""
    kini = timezone.now()
    values: dict[str, Any] = {"opd": skp.opd, "pegawai": skp.pegawai, **fields}
    if status not in {enums.StatusLaporan.DRAF_RENAKSI, enums.StatusLaporan.DRAF_SKP, enums.StatusLaporan.DRAF_PKS}:
        values["diajukan_at"] = kini
    laporan = LaporanPeriode.objects.create(skp=skp, periode=periode, **values)
    PKS.objects.create(laporan=laporan)
    if status == enums.StatusLaporan.FINAL:
        PKS.objects.filter(laporan=laporan).update(
            rating_hasil="sesuai",
            rating_perilaku="sesuai",
            predikat="baik",
            status_predikat="sementara",
            capaian_pegawai=100,
        )
        LaporanPeriode.objects.filter(pk=laporan.pk).update(
            status=status, status_renaksi="disetujui", status_skp="disetujui", status_pks="disetujui", final_at=kini
        )
    elif status != enums.StatusLaporan.DRAF_RENAKSI:
        LaporanPeriode.objects.filter(pk=laporan.pk).update(status=status)
    laporan.refresh_from_db()
    return laporan


def buat_tugas(laporan: LaporanPeriode, *, key: str = "realisasi_bulanan", **fields: Any) -> WorkItem:
    """An open work item about a laporan, in an instance without a state that could run."""
    definisi, _ = ProcessDefinition.objects.get_or_create(
        key=key,
        version=1,
        defaults={
            "name": key,
            "bpmn": "<x/>",
            "sha256": "0" * 64,
            "state": VersionState.LIVE,
            "published_at": timezone.now(),
        },
    )
    instance = ProcessInstance.objects.create(
        definition=definisi,
        key=key,
        subject_type="laporan",
        subject_id=str(laporan.pk),
        title=str(laporan),
        opd=laporan.opd_id,
        state=b"",
    )
    values: dict[str, Any] = {
        "step": "tinjau_renaksi",
        "name": "Tinjau renaksi",
        "lane": "atasan",
        "opd": laporan.opd_id,
        **fields,
    }
    return WorkItem.objects.create(instance=instance, task_id=uuid.uuid4(), title=str(laporan), **values)
