"""A city with rules and processes published, SKP in force, and the month of March 2025 open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F, Model
from django.utils import timezone

from backend.accounts.models import User
from backend.core.periode import akhir_bulan
from backend.kepegawaian.models import Pegawai, RiwayatJabatan
from backend.kinerja import enums
from backend.kinerja.models import (
    IKI,
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
from backend.kinerja.services import bukti
from backend.kinerja.services import periode as periode_services
from backend.rules.decide import RULES_DIR
from backend.rules.models import RuleVersion
from backend.rules.versions import publish_file
from backend.workflow import definitions, engine, machine, state
from backend.workflow.engine import Completed
from backend.workflow.models import ProcessInstance, TimerJob, WorkItem
from tests.factories_kepegawaian import Dinas, beri_peran, buat_dinas, buat_user

TEKS = "Data lengkap dan jadwal ditepati."
BULAN = 3
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


_terbit: dict[type[Model], list[Any]] = {}  # rows of the first publication, put back as they were


def terbitkan() -> None:
    """Publish the shipped rules and processes: truly once per run of the tests, afterwards by copying their rows."""
    empty = not any(model._default_manager.exists() for model in (RuleVersion, definitions.ProcessDefinition))
    if _terbit and empty:
        for model, rows in _terbit.items():
            model._default_manager.bulk_create([copy(row) for row in rows])
        return
    rules = [publish_file(path).version.pk for path in sorted(RULES_DIR.glob("*.dmn"))]
    processes = [
        definitions.publish_file(path).definition.pk for path in sorted(definitions.processes_dir().glob("*.bpmn"))
    ]
    if empty:
        _terbit[RuleVersion] = list(RuleVersion.objects.filter(pk__in=rules))
        _terbit[definitions.ProcessDefinition] = list(definitions.ProcessDefinition.objects.filter(pk__in=processes))


def buat_skp(pegawai: Pegawai, *, rhk: int = 2, iki: int = 1, tahun: int = 2025, **fields: Any) -> SKP:
    """A SKP in force with `rhk` RHK utama; each has `iki` indicators (naik, hitungan, target 10 a month) and two
    tahapan (5 and 3 a month, the rest in December), so that each RHK adds up to 100."""
    row = RiwayatJabatan.objects.filter(pegawai=pegawai, jenis_penugasan="D").select_related("posisi__unor").get()
    values: dict[str, Any] = {
        "riwayat_jabatan": row, "opd_id": row.posisi.unor.opd_id, "tahun": tahun, "awal": date(tahun, 1, 1),
        "akhir": date(tahun, 12, 31), "status": enums.StatusSKP.BERLAKU, **fields,
    }  # fmt: skip
    skp = SKP.objects.create(pegawai=pegawai, **values)
    for urut in range(1, rhk + 1):
        tambah_rhk(skp, urut=urut, iki=iki)
    return skp


def tambah_rhk(skp: SKP, *, urut: int, iki: int = 1, **fields: Any) -> RHK:
    rhk = RHK.objects.create(skp=skp, urut=urut, teks=f"Layanan {urut} terselenggara tepat waktu", **fields)
    for nomor in range(1, iki + 1):
        tambah_iki(rhk, urut=nomor)
    for nomor, target in enumerate((5, 3), start=1):
        renaksi = Renaksi.objects.create(rhk=rhk, urut=nomor, tahapan=f"Tahapan {urut}.{nomor}")
        sisa = (100 - 8 * 11) // 2
        rencana = [(bulan, target) for bulan in range(1, 12)] + [(12, sisa)]
        RenaksiBulan.objects.bulk_create(RenaksiBulan(renaksi=renaksi, bulan=b, target=t) for b, t in rencana)
    return rhk


def tambah_iki(rhk: RHK, *, urut: int = 1, target: int = 10, **fields: Any) -> IKI:
    kualitatif = rhk.skp.pendekatan == enums.Pendekatan.KUALITATIF
    angka: dict[str, Any] = (
        {"target_teks": "Layanan dinilai baik"} if kualitatif else {"target_max": Decimal(target * 12)}
    )
    values: dict[str, Any] = {
        "uraian": f"Jumlah layanan {urut}", "satuan": "layanan", "aspek": "kuantitas", "bulan_ukur": list(range(1, 13)), **angka, **fields,
    }  # fmt: skip
    iki = IKI.objects.create(rhk=rhk, urut=urut, **values)
    if not kualitatif:
        bulanan = {"target_max": Decimal(target), "target_min": values.get("target_min")}
        TargetIKIBulan.objects.bulk_create(TargetIKIBulan(iki=iki, bulan=bulan, **bulanan) for bulan in iki.bulan_ukur)
    return iki


def buat_periode(bulan: int = BULAN, *, tahun: int = 2025, sekarang: datetime | None = None) -> Periode:
    """The period of a month that is open now, whatever the real date is."""
    sekarang = sekarang or timezone.now()
    return Periode.objects.create(
        tahun=tahun, ke=bulan, mulai=date(tahun, bulan, 1), selesai=akhir_bulan(tahun, bulan), status=enums.StatusPeriode.BUKA,
        buka=sekarang - timedelta(days=2), tenggat=sekarang + timedelta(days=8), tutup=sekarang + timedelta(days=23),
    )  # fmt: skip


def berkas(nama: str = "bukti.pdf", isi: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(nama, BytesIO(isi).getvalue())


@dataclass
class Kota:
    """The people and rows that process tests need. `asn` works under `atasan` (kabid), who works under the kepala."""

    dinas: Dinas
    periode: Periode
    skp: SKP

    @property
    def asn(self) -> User:
        return _user(self.dinas.staf)

    @property
    def atasan(self) -> User:
        return _user(self.dinas.kabid)

    @property
    def kepala(self) -> User:
        return _user(self.dinas.kepala)

    @property
    def laporan(self) -> LaporanPeriode:
        return laporan_of(self.dinas.staf)

    def admin_opd(self) -> User:
        user = buat_user(nama="Admin OPD")
        beri_peran(user, "admin_opd", self.dinas.opd)
        return user

    def bkpsdm(self) -> User:
        user = buat_user(nama="Admin BKPSDM")
        beri_peran(user, "bkpsdm")
        return user


def _user(pegawai: Pegawai) -> User:
    assert pegawai.user is not None
    return pegawai.user


def laporan_of(pegawai: Pegawai) -> LaporanPeriode:
    return (
        LaporanPeriode.objects.select_related("skp", "periode", "pegawai__user", "pks")
        .filter(pegawai=pegawai)
        .latest("periode__mulai")
    )


def buat_kota(*, buka: bool = True, **skp: Any) -> Kota:
    """One OPD, the SKP of its staf, and March opened for him."""
    terbitkan()
    dinas = buat_dinas()
    kota = Kota(dinas, buat_periode(), buat_skp(dinas.staf, **skp))
    if buka:
        periode_services.buka(kota.periode, oleh=None)
    return kota


def instance_of(laporan: LaporanPeriode) -> ProcessInstance:
    return ProcessInstance.objects.of("laporan", laporan.pk).get(key="realisasi_bulanan")


def open_item(laporan: LaporanPeriode) -> WorkItem:
    """The one open item of the laporan's process."""
    return WorkItem.objects.open().get(instance=instance_of(laporan))


def lewatkan(instance: ProcessInstance, lama: timedelta) -> None:
    """Time goes by for one instance: every waiting deadline comes nearer."""
    workflow = state.load(instance.state, definitions.parsed(instance.definition_id))
    machine.shift_timers(workflow, -lama)
    ProcessInstance.objects.filter(pk=instance.pk).update(state=state.dump(workflow))
    TimerJob.objects.filter(instance=instance).update(due_at=F("due_at") - lama)


# --- Forms, filled ------------------------------------------------------------------------------------------------


def isian_renaksi(laporan: LaporanPeriode, **ganti: Any) -> dict[str, Any]:
    """Every tahapan done exactly as planned."""
    rows = RealisasiRenaksi.objects.filter(laporan=laporan).order_by("pk")
    return {"renaksi": [{"id": row.pk, "realisasi": row.target, "keterangan": "", **ganti} for row in rows]}


def isian_skp(laporan: LaporanPeriode, **ganti: Any) -> dict[str, Any]:
    """Every indicator exactly at its target, with a supporting factor."""
    rows = RealisasiIKI.objects.filter(laporan=laporan).order_by("pk")
    dasar = {"faktor_pendukung": TEKS, "faktor_penghambat": "", "rtl": ""}
    return {"iki": [{"id": row.pk, "nilai": row.target_max, **dasar, **ganti} for row in rows]}


def isian_pks(laporan: LaporanPeriode, **ganti: Any) -> dict[str, Any]:
    """The factors as they came from the SKP step, and the own rating."""
    rows = PKSBaris.objects.filter(pks__laporan=laporan).order_by("pk")
    names = ("faktor_pendukung", "faktor_penghambat", "rtl")
    return {
        "pks": [{"id": row.pk, **{name: getattr(row, name) for name in names}, **ganti} for row in rows],
        "rating_diri": "sesuai",
    }


RINGKASAN = {"pernyataan": True, "catatan_pengajuan": ""}


def putusan(laporan: LaporanPeriode, step: str, *, perbaiki: Sequence[int] = (), **lain: Any) -> dict[str, Any]:
    """The form of a review step: setuju for every row, perbaiki for those named."""
    sumber: Mapping[str, Any] = {
        "tinjau_renaksi": ("renaksi", RealisasiRenaksi.objects.filter(laporan=laporan)),
        "tinjau_skp": ("iki", RealisasiIKI.objects.filter(laporan=laporan)),
        "tinjau_pks": ("pks", PKSBaris.objects.filter(pks__laporan=laporan)),
    }
    group, rows = sumber[step]
    isi = [
        {"id": pk, "keputusan": "perbaiki", "catatan": "Sebutkan nomor suratnya."}
        if pk in perbaiki
        else {"id": pk, "keputusan": "setuju"}
        for pk in rows.order_by("pk").values_list("pk", flat=True)
    ]
    rating = {"rating_hasil": "sesuai", "rating_perilaku": "sesuai"} if step == "tinjau_pks" else {}
    return {group: isi, **rating, **lain}


def lampirkan(laporan: LaporanPeriode) -> None:
    """One link as evidence on the first indicator of each RHK."""
    sudah: set[int] = set()
    for row in RealisasiIKI.objects.filter(laporan=laporan).select_related("iki").order_by("pk"):
        if row.iki.rhk_id not in sudah:
            sudah.add(row.iki.rhk_id)
            url = f"https://bukti.contoh.go.id/{row.pk}"
            bukti.tambah_tautan(laporan, oleh=_user(laporan.pegawai), grup="iki", baris=row.pk, url=url)


def kerjakan(laporan: LaporanPeriode, actor: User, form: Mapping[str, Any]) -> Completed:
    """Complete the open item of the laporan."""
    return engine.complete(open_item(laporan).pk, actor=actor, data=form)


def isi_sampai_ajukan(kota: Kota, *, mulai: str = "isi_renaksi") -> LaporanPeriode:
    """The ASN fills everything exactly at target and submits."""
    laporan = kota.laporan
    langkah = {"isi_renaksi": isian_renaksi, "isi_skp": isian_skp, "isi_pks": isian_pks}
    for step in list(langkah)[list(langkah).index(mulai) :]:
        assert open_item(laporan).step == step
        if step == "isi_skp" and not laporan.bukti.exists():
            lampirkan(laporan)
        kerjakan(laporan, kota.asn, langkah[step](laporan))
    kerjakan(laporan, kota.asn, RINGKASAN)
    return kota.laporan


def setujui_semua(kota: Kota, *, mulai: str = "tinjau_renaksi") -> LaporanPeriode:
    """The atasan approves the remaining steps."""
    steps = ["tinjau_renaksi", "tinjau_skp", "tinjau_pks"]
    for step in steps[steps.index(mulai) :]:
        assert open_item(kota.laporan).step == step
        kerjakan(kota.laporan, kota.atasan, putusan(kota.laporan, step))
    return kota.laporan
