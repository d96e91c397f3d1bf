"""Letters of a final laporan: D15 evaluasi kinerja periodik, D18 dokumen evaluasi (kinerja.md §7), as DOCX.

A letter is made once; another content is another version. The texts are those of the frozen rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from backend.core.money import format_angka
from backend.core.periode import tanggal
from backend.documents import render
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.kinerja import enums, errors, queries
from backend.kinerja.models import Dokumen, LaporanPeriode, UmpanBalik
from backend.kinerja.services import penilaian
from backend.kinerja.services.dasar import pada_periode
from backend.platform import files

TEMPLATE = {enums.JenisDokumen.D15: "evaluasi_periodik", enums.JenisDokumen.D18: "dokumen_evaluasi"}


def buat_semua(laporan: LaporanPeriode) -> list[Dokumen]:
    """Every letter of a final laporan. Raises LaporanBelumFinal."""
    return [buat(laporan, jenis) for jenis in enums.JenisDokumen]


@transaction.atomic
def buat(laporan: LaporanPeriode, jenis: enums.JenisDokumen) -> Dokumen:
    """Make one letter, unless the newest version was made since the laporan became final."""
    if laporan.status != enums.StatusLaporan.FINAL or laporan.final_at is None:
        raise errors.LaporanBelumFinal
    ada = Dokumen.objects.filter(laporan=laporan, jenis=jenis, dibuat_pada__gte=laporan.final_at).first()
    if ada is not None:
        return ada
    isi = render.render(TEMPLATE[jenis], KONTEKS[jenis](laporan))
    nama = f"{jenis.value.upper()} {laporan.pegawai.nip} {laporan.periode.tahun}-{laporan.periode.ke:02d}.docx"
    berkas = files.store_bytes(isi, nama=nama, jenis="docx")
    terakhir = Dokumen.objects.filter(laporan=laporan, jenis=jenis).aggregate(versi=Max("versi"))["versi"] or 0
    return Dokumen.objects.create(
        jenis=jenis,
        laporan=laporan,
        versi=terakhir + 1,
        template_versi=render.version(TEMPLATE[jenis]),
        berkas=berkas,
        sha256=berkas.sha256,
    )


def _kepala(laporan: LaporanPeriode) -> dict[str, Any]:
    """Block H, and what every letter prints of the result."""
    periode, pks = laporan.periode, laporan.pks
    capaian = penilaian.capaian_organisasi(laporan)
    return {
        "instansi": settings.INSTANSI,
        "periode": f"{tanggal(periode.mulai)} s.d. {tanggal(periode.selesai)}",
        "pegawai": penilaian.identitas(laporan.pegawai, pada_periode(laporan)),
        "penilai": laporan.penilai_tercatat or {},
        "capaian_organisasi": capaian.get_predikat_display() if capaian else "Belum ditetapkan",
        "predikat": _predikat(pks),
        "rating_hasil": pks.get_rating_hasil_display() or "–",
        "rating_perilaku": pks.get_rating_perilaku_display() or "–",
        "tanggal": tanggal(laporan.final_at) if laporan.final_at else "",
    }


def _predikat(pks: Any) -> str:
    if not pks.predikat:
        return "–"
    sementara = " (sementara)" if pks.status_predikat == enums.StatusPredikat.SEMENTARA else ""
    return f"{pks.get_predikat_display()}{sementara}"


def konteks_d15(laporan: LaporanPeriode) -> dict[str, Any]:
    """Plain values of D15."""
    umpan = UmpanBalik.objects.filter(laporan=laporan).order_by("pk")
    per_rhk = {row.rhk_id: row.isi for row in umpan if row.rhk_id}
    per_nilai = {row.nilai_perilaku: row.isi for row in umpan if row.nilai_perilaku}
    atasan = dict(laporan.skp.rhk.values_list("pk", "rhk_atasan__teks"))
    bagian = {
        klasifikasi.label: [
            _baris(row, per_rhk, atasan) for row in queries.baris_iki(laporan) if row.klasifikasi == klasifikasi
        ]
        for klasifikasi in enums.Klasifikasi
    }
    return {
        **_kepala(laporan),
        "utama": bagian[enums.Klasifikasi.UTAMA.label],
        "tambahan": bagian[enums.Klasifikasi.TAMBAHAN.label],
        "perilaku": [
            {
                "nilai": nilai.label,
                "panduan": list(enums.PANDUAN_PERILAKU[nilai]),
                "umpan_balik": per_nilai.get(nilai.value, "–"),
            }
            for nilai in enums.NilaiPerilaku
        ],
    }


def _baris(row: queries.BarisIKI, per_rhk: Mapping[int, str], atasan: Mapping[int, str | None]) -> dict[str, Any]:
    target = row.target_teks or " – ".join(
        format_angka(v, 2) for v in (row.target_min, row.target_max) if v is not None
    )
    realisasi = row.nilai_teks or format_angka(row.nilai)
    return {
        "rhk_atasan": atasan.get(row.rhk_id) or "–",
        "rhk": row.rhk,
        "aspek": row.aspek or "–",
        "iki": row.uraian,
        "target": f"{target} {row.satuan}".strip(),
        "realisasi": f"{realisasi} {row.satuan}".strip(),
        "capaian": f"{format_angka(row.capaian)} %" if row.capaian is not None else "–",
        "bukti": ", ".join(bukti.nama_asli for bukti in row.bukti) or "Belum ada bukti",
        "umpan_balik": per_rhk.get(row.rhk_id, "–"),
    }


def konteks_d18(laporan: LaporanPeriode) -> dict[str, Any]:
    """Plain values of D18."""
    atasan = kepegawaian.atasan_penilai(laporan.pegawai, pada_periode(laporan), penilaian.override(laporan)).orang
    identitas: dict[str, str] = {"nama": "–", "nip": "–", "pangkat": "–", "jabatan": "–", "unit": "–"}
    if isinstance(atasan, Pegawai):
        identitas = penilaian.identitas(atasan, pada_periode(laporan))
    elif atasan is not None:
        identitas |= {"nama": atasan.nama, "jabatan": str(atasan.jabatan)}
    return {**_kepala(laporan), "atasan_penilai": identitas, "rekomendasi": laporan.pks.rekomendasi or "–"}


KONTEKS: dict[enums.JenisDokumen, Callable[[LaporanPeriode], dict[str, Any]]] = {
    enums.JenisDokumen.D15: konteks_d15,
    enums.JenisDokumen.D18: konteks_d18,
}
