"""Letters of a final laporan: D15 evaluasi kinerja periodik, D18 dokumen evaluasi (kinerja.md §7), as DOCX.

A letter is made once; another content is another version. The texts are those of the frozen rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from backend.core.money import format_angka
from backend.core.periode import tanggal
from backend.documents import render
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.kinerja import enums, errors, queries
from backend.kinerja.models import IKI, Dokumen, LaporanPeriode, UmpanBalik
from backend.kinerja.services import penilaian
from backend.kinerja.services.dasar import kunci, pada_periode
from backend.platform import files
from backend.platform.settings import setting

TEMPLATE = {
    (enums.JenisDokumen.D15, enums.Pendekatan.KUANTITATIF): "evaluasi_periodik",
    (enums.JenisDokumen.D15, enums.Pendekatan.KUALITATIF): "evaluasi_periodik_kualitatif",
    (enums.JenisDokumen.D18, enums.Pendekatan.KUANTITATIF): "dokumen_evaluasi",
    (enums.JenisDokumen.D18, enums.Pendekatan.KUALITATIF): "dokumen_evaluasi",
}
AWALAN = {"PLT": "Plt. ", "PLH": "Plh. ", "PJ": "Pj. "}


def buat_semua(laporan: LaporanPeriode) -> list[Dokumen]:
    """Every letter of a final laporan. Raises LaporanBelumFinal."""
    return [buat(laporan, jenis) for jenis in enums.JenisDokumen]


@transaction.atomic
def buat(laporan: LaporanPeriode, jenis: enums.JenisDokumen) -> Dokumen:
    """Make one letter, unless the newest version was made since the laporan became final."""
    kunci(laporan)  # a second maker waits, then finds the letter
    if laporan.status != enums.StatusLaporan.FINAL or laporan.final_at is None:
        raise errors.LaporanBelumFinal
    ada = Dokumen.objects.filter(laporan=laporan, jenis=jenis, dibuat_pada__gte=laporan.final_at).first()
    if ada is not None:
        return ada
    template = TEMPLATE[jenis, enums.Pendekatan(laporan.skp.pendekatan)]
    isi = render.render(template, KONTEKS[jenis](laporan))
    nama = f"{jenis.value.upper()} {laporan.pegawai.nip} {laporan.periode.tahun}-{laporan.periode.ke:02d}.docx"
    berkas = files.store_bytes(isi, nama=nama, jenis="docx")
    terakhir = Dokumen.objects.filter(laporan=laporan, jenis=jenis).aggregate(versi=Max("versi"))["versi"] or 0
    return Dokumen.objects.create(
        jenis=jenis,
        laporan=laporan,
        versi=terakhir + 1,
        template_versi=render.version(template),
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
        "penilai": laporan.penilai_tercatat or KOSONG,
        "penanda_tangan": _penanda_tangan(laporan),
        "judul_format": JUDUL[enums.JenisFormat(laporan.skp.jenis_format)],
        "tempat": setting("tempat_surat"),
        "pola_distribusi": "Belum ditetapkan",
        "capaian_organisasi": capaian.get_predikat_display() if capaian else "Belum ditetapkan",
        "predikat": _predikat(pks),
        "rating_hasil": pks.get_rating_hasil_display() or "–",
        "rating_perilaku": pks.get_rating_perilaku_display() or "–",
        "tanggal": tanggal(laporan.final_at) if laporan.final_at else "",
    }


KOSONG = dict.fromkeys(("nama", "nip", "pangkat", "jabatan", "unit"), "")
JUDUL = {
    enums.JenisFormat.JPT: "PEJABAT PIMPINAN TINGGI DAN PIMPINAN UNIT KERJA MANDIRI",
    enums.JenisFormat.JA_JF: "PEJABAT ADMINISTRASI DAN PEJABAT FUNGSIONAL",
}


def _penanda_tangan(laporan: LaporanPeriode) -> dict[str, str]:
    """Who signs: the penilai of record, or the person who acted, with Plt./Plh. before the post (kinerja.md §6.0)."""
    tercatat = laporan.penilai_tercatat or KOSONG
    orang = kepegawaian.pegawai_of(laporan.pemutus)
    if orang is None or orang.nip == tercatat["nip"]:
        return tercatat
    awalan = AWALAN.get(laporan.pemutus_sebagai or "", "")
    jabatan = f"{awalan}{laporan.atasan_posisi.jabatan.nama}" if awalan and laporan.atasan_posisi else ""
    pada = timezone.localdate(laporan.final_at)
    return penilaian.identitas(orang, pada, jabatan=jabatan)


def _predikat(pks: Any) -> str:
    if not pks.predikat:
        return "–"
    sementara = " (sementara)" if pks.status_predikat == enums.StatusPredikat.SEMENTARA else ""
    return f"{pks.get_predikat_display()}{sementara}"


def konteks_d15(laporan: LaporanPeriode) -> dict[str, Any]:
    """Plain values of D15."""
    umpan = UmpanBalik.objects.filter(laporan=laporan).order_by("pk")
    per_nilai = {row.nilai_perilaku: row.isi for row in umpan if row.nilai_perilaku}
    kualitatif = laporan.skp.pendekatan == enums.Pendekatan.KUALITATIF
    rows = _rhk(laporan, {row.rhk_id: row.isi for row in umpan if row.rhk_id})
    bagian = {
        nama: [
            baris
            for rhk in rows
            if rhk["klasifikasi"] == nama
            for baris in ([_gabung(rhk)] if kualitatif else rhk["iki"])
        ]
        for nama in enums.Klasifikasi.values
    }
    perilaku = [
        {
            "nilai": nilai.label,
            "panduan": list(enums.PANDUAN_PERILAKU[nilai]),
            "ekspektasi": "–",
            "umpan_balik": per_nilai.get(nilai.value, "–"),
        }
        for nilai in enums.NilaiPerilaku
    ]
    return {**_kepala(laporan), **bagian, "perilaku": perilaku}


def _rhk(laporan: LaporanPeriode, umpan: Mapping[int, str]) -> list[dict[str, Any]]:
    """Every RHK of the SKP with its indicators; those of another month say so."""
    diukur = {row.iki_id: row for row in queries.baris_iki(laporan)}
    hasil = []
    for rhk in laporan.skp.rhk.select_related("rhk_atasan").prefetch_related("iki"):
        dasar = {
            "rhk_atasan": rhk.rhk_atasan.teks if rhk.rhk_atasan else rhk.penugasan_dari or "–",
            "rhk": rhk.teks,
            "umpan_balik": umpan.get(rhk.pk, "–"),
        }
        iki = [{**dasar, **_iki(satu, diukur.get(satu.pk))} for satu in rhk.iki.all()]
        hasil.append({"klasifikasi": rhk.klasifikasi, "iki": iki})
    return hasil


def _iki(iki: IKI, row: queries.BarisIKI | None) -> dict[str, str]:
    dasar = {"aspek": iki.get_aspek_display() or "–", "iki": iki.uraian}
    if row is None:
        return {**dasar, "target": "–", "realisasi": errors.BukanBulanUkur.text()}
    bukti = ", ".join(satu.nama_asli for satu in row.bukti) or "Belum ada bukti"
    if row.pendekatan == enums.Pendekatan.KUALITATIF:
        tercapai = enums.CapaianKualitatif(row.capaian_kualitatif).label if row.capaian_kualitatif else "–"
        return {
            **dasar,
            "target": row.target_teks or "–",
            "realisasi": f"{row.nilai_teks} ({tercapai})\nBukti: {bukti}",
        }
    batas = [ringkas(v) for v in (row.target_min, row.target_max) if v is not None]
    capaian = f"{format_angka(row.capaian)} %" if row.capaian is not None else "–"
    return {
        **dasar,
        "target": f"{' – '.join(batas) or '–'} {iki.satuan}",
        "realisasi": f"{ringkas(row.nilai)} {iki.satuan} (capaian {capaian})\nBukti: {bukti}",
    }


def ringkas(value: Decimal | None) -> str:
    """A figure without needless decimals: `12`, `99,5`."""
    if value is None:
        return "–"
    exponent = value.normalize().as_tuple().exponent
    return format_angka(value, max(0, -int(exponent)))


def _gabung(rhk: Mapping[str, Any]) -> dict[str, Any]:
    """One row a RHK, its indicators as a list in the cell (D15 kualitatif)."""
    iki = rhk["iki"]
    return {
        **iki[0],
        "ukuran": [f"{satu['iki']}: {satu['target']}" for satu in iki],
        "realisasi": "\n".join(satu["realisasi"] for satu in iki),
    }


def konteks_d18(laporan: LaporanPeriode) -> dict[str, Any]:
    """Plain values of D18."""
    atasan = kepegawaian.atasan_penilai(laporan.pegawai, pada_periode(laporan), penilaian.override(laporan)).orang
    identitas = dict(KOSONG)
    if isinstance(atasan, Pegawai):
        identitas = penilaian.identitas(atasan, pada_periode(laporan))
    elif atasan is not None:
        identitas |= {"nama": atasan.nama, "jabatan": atasan.jabatan}
    return {**_kepala(laporan), "atasan_penilai": identitas, "rekomendasi": laporan.pks.rekomendasi or "–"}


KONTEKS: dict[enums.JenisDokumen, Callable[[LaporanPeriode], dict[str, Any]]] = {
    enums.JenisDokumen.D15: konteks_d15,
    enums.JenisDokumen.D18: konteks_d18,
}
