"""A few reports of the open month in the middle of their way, moved by the same services as in life."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

from django.db import transaction

from backend.kinerja.enums import StatusLaporan
from backend.kinerja.models import LaporanPeriode, Periode
from backend.kinerja.services import bukti, dokumen
from backend.operations.demo import logins
from backend.workflow import engine, steps
from backend.workflow.models import WorkItem

AKUN_BERDOKUMEN = 3  # ASN, atasan, Plt.
BANYAK = 24  # how many reports are moved, whatever the size of the city
FAKTOR = {
    "faktor_pendukung": "Kerja sama tim dan jadwal yang jelas.",
    "faktor_penghambat": "Data datang terlambat.",
    "rtl": "Menjemput data pada pekan pertama.",
}


@transaction.atomic
def mainkan(rng: Random, periode: Periode) -> None:
    """Let some people fill, submit and get their report back."""
    rows = LaporanPeriode.objects.filter(periode=periode, penilai_pegawai__isnull=False).select_related(
        "pegawai__user", "penilai_pegawai__user", "skp"
    )
    for nomor, laporan in enumerate(rows.order_by("pegawai__nip")[:BANYAK]):
        _jalankan(laporan, tahap=nomor % 5, rng=rng)


def terbitkan_dokumen() -> int:
    """The letters of the final laporan that somebody sees when he tries the demo; the others are made when asked for."""
    users = [user.pk for _peran, user in islice(logins.accounts(), AKUN_BERDOKUMEN)]
    final = LaporanPeriode.objects.filter(pegawai__user__in=users, status=StatusLaporan.FINAL)
    return sum(len(dokumen.buat_semua(laporan)) for laporan in final.order_by("pegawai__nip", "periode__mulai"))


def _jalankan(laporan: Any, *, tahap: int, rng: Random) -> None:
    """0: only renaksi; 1: up to PKS; 2: submitted; 3: returned at SKP; 4: approved up to the last step."""
    _isi(laporan, "renaksi", lambda row: {"realisasi": row["fakta"].target, "keterangan": "Berjalan sesuai jadwal."})
    if tahap == 0:
        return
    for row in _baris(laporan, "iki"):
        bukti.tambah_tautan(
            laporan,
            oleh=laporan.pegawai.user,
            grup="iki",
            baris=row["id"],
            url=f"https://berkas.contoh.go.id/{laporan.pk}/{row['id']}",
        )
    _isi(laporan, "iki", lambda row: {"nilai": row["fakta"].target_max, **FAKTOR})
    if tahap == 1:
        return
    _isi(laporan, "pks", lambda _row: FAKTOR, rating_diri="sesuai")
    _tekan(laporan, laporan.pegawai.user, {"pernyataan": True})
    penilai = laporan.penilai_pegawai.user if laporan.penilai_pegawai else None
    if tahap == 2 or penilai is None or not engine.can_act(penilai, _item(laporan), _item(laporan).created_at):
        return
    _putuskan(laporan, penilai, "renaksi", "setuju")
    if tahap == 3:
        _putuskan(laporan, penilai, "iki", "perbaiki", catatan="Sebutkan dokumen yang belum selesai.")
        return
    _putuskan(laporan, penilai, "iki", "setuju")
    _putuskan(
        laporan,
        penilai,
        "pks",
        "setuju",
        rating_hasil="sesuai",
        rating_perilaku="sesuai",
        alasan_beda="Sesuai pengamatan selama bulan berjalan.",
    )


def _item(laporan: LaporanPeriode) -> WorkItem:
    return WorkItem.objects.open().get(instance__subject_id=str(laporan.pk), instance__key="realisasi_bulanan")


def _baris(laporan: LaporanPeriode, grup: str) -> list[dict[str, Any]]:
    item = _item(laporan)
    return [
        dict(row) for row in engine.OpenItem(item, item.instance, engine.ids_of(item), _step(item)).rows(None)[grup]
    ]


def _step(item: WorkItem) -> Any:
    return steps.registry.steps[item.step]


def _isi(laporan: LaporanPeriode, grup: str, nilai: Any, **lain: Any) -> None:
    _tekan(
        laporan,
        laporan.pegawai.user,
        {grup: [{"id": row["id"], **nilai(row)} for row in _baris(laporan, grup)], **lain},
    )


def _putuskan(
    laporan: LaporanPeriode, penilai: Any, grup: str, keputusan: str, *, catatan: str | None = None, **lain: Any
) -> None:
    rows = [{"id": row["id"], "keputusan": keputusan, "catatan": catatan} for row in _baris(laporan, grup)]
    _tekan(laporan, penilai, {grup: rows, **lain})


def _tekan(laporan: LaporanPeriode, actor: Any, form: dict[str, Any]) -> None:
    engine.complete(_item(laporan).pk, actor=actor, data=form)
