"""Letters and slips of TPP as DOCX: filled from stored rows, nothing computed anew.

The cover letter and the SPTJM carry a *kode periksa* and its QR: the address where anybody sees whether they are genuine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from backend.core.money import format_angka
from backend.core.periode import bulan_label, tanggal
from backend.documents import render
from backend.documents.layout import GAMBAR_QR
from backend.documents.qr import qr_png
from backend.kepegawaian.models import Unor
from backend.platform.settings import setting
from backend.tpp.enums import RUN_PENUH, Run
from backend.tpp.models import Hasil, Periode
from backend.tpp.queries import KOLOM_TAHUN, BarisOpd, BarisTahun, LembarOrang
from backend.tpp.services.nominatif import TITIK, Nominatif, penanda_tangan

DETIK_DAFTAR = 60.0  # a list of thousands is filled in the background
BELUM_KUNCI = "Sementara: periode ini belum dikunci, jadi jumlahnya masih dapat berubah."
CATATAN_TAHUN = "Bulan yang belum dikunci tidak mempunyai jumlah dan tidak ikut dijumlahkan."
SUDAH_KUNCI = "Periode ini sudah dikunci; jumlahnya tidak berubah lagi."


def angka(nilai: int) -> str:
    return format_angka(nilai, 0)


def slip(hasil: Hasil, baris: Sequence[Mapping[str, Any]]) -> bytes:
    """The slip of a result. `baris`: the lines of its explanation (judul, jumlah, keterangan[], aturan[])."""
    periode = hasil.periode
    return render.render(
        "tpp_slip",
        {
            "instansi": settings.INSTANSI, "bulan": periode.bulan_teks.upper(), "nama": hasil.nama, "nip": hasil.nip,
            "jabatan": hasil.jabatan, "opd": str(periode.opd), "keadaan": periode.get_status_display(),
            "baris": [baris_slip(satu) for satu in baris], "neto": f"Rp{angka(hasil.neto)}",
            "catatan": SUDAH_KUNCI if periode.terkunci else BELUM_KUNCI,
        },
    )  # fmt: skip


def baris_slip(satu: Mapping[str, Any]) -> dict[str, str]:
    """A line of the slip as texts."""
    judul = satu["judul"].upper() if satu.get("jenis") else satu["judul"]
    keterangan = "\n".join(teks for teks in satu["keterangan"] if teks)
    return {
        "judul": judul, "jumlah": angka(satu["jumlah"]), "keterangan": keterangan, "aturan": "\n".join(satu["aturan"])
    }  # fmt: skip


# --- Letters of a period ------------------------------------------------------------------------------------------------


def sptjm(periode: Periode) -> bytes:
    """Surat pernyataan tanggung jawab mutlak of the Kepala OPD."""
    return _isi_surat("tpp_sptjm", periode)


def pengantar(periode: Periode) -> bytes:
    """The cover letter with which the Kepala OPD sends a period to BKPSDM."""
    return _isi_surat("tpp_pengantar", periode)


def alamat_periksa(periode: Periode) -> str:
    """Where anybody who holds the letter sees whether it is genuine."""
    return f"{settings.SITE_URL}{reverse('periksa-kode', args=[periode.kode_periksa.hex])}"


def tulis_kode(kode: UUID) -> str:
    """`A1B2 C3D4 …`, to be typed from paper."""
    teks = kode.hex.upper()
    return " ".join(teks[mulai : mulai + 4] for mulai in range(0, len(teks), 4))


def _isi_surat(nama: str, periode: Periode) -> bytes:
    return render.render(nama, _surat(periode), gambar={GAMBAR_QR: qr_png(alamat_periksa(periode))})


def nominatif(isi: Nominatif) -> bytes:
    """The list of payments on folio, a table a page with its subtotal, the sum of the OPD and the signatures."""
    halaman = [
        {"baris": [_sel_nominatif(satu) for satu in bagian.baris], "jumlah": _sel_nominatif(bagian.jumlah)}
        for bagian in isi.halaman
    ]
    instansi, judul, keadaan = isi.judul
    return render.render(
        "tpp_nominatif",
        {
            "instansi": instansi, "judul": judul, "keadaan": keadaan, "halaman": halaman, "jumlah": _sel_nominatif(isi.jumlah),
            "kepala": isi.kepala, "tempat": setting("tempat_surat"), "tanggal": tanggal(timezone.localdate()), "titik": TITIK,
        },
        detik=DETIK_DAFTAR,
    )  # fmt: skip


def _sel_nominatif(baris: Sequence[object]) -> list[str]:
    return [angka(sel) if isinstance(sel, int) else str(sel or "") for sel in baris]


def _surat(periode: Periode) -> dict[str, Any]:
    total = {nama: f"Rp{angka(nilai)}" for nama, nilai in periode.total.items()}
    return {
        **dict.fromkeys(("bruto", "bpjs_1", "bpjs_4", "pph", "neto", "spm"), "Rp0"), **total,
        "instansi": settings.INSTANSI, "opd": str(periode.opd), "bulan": periode.bulan_teks,
        "nomor": periode.pengantar_nomor or TITIK, "pegawai": angka(periode.jumlah_pegawai),
        "tempat": setting("tempat_surat"), "tanggal": tanggal(periode.pengantar_tanggal or timezone.localdate()),
        "kode": tulis_kode(periode.kode_periksa), "alamat": f"{settings.SITE_URL}{reverse('periksa')}", **penanda_tangan(periode.opd),
    }  # fmt: skip


# --- Annual sheet of a person --------------------------------------------------------------------------------------------


def lembar_tahunan(lembar: LembarOrang) -> bytes:
    """The annual sheet of a person as a letter."""
    orang = lembar.pegawai
    return render.render(
        "tpp_tahunan",
        {
            "instansi": settings.INSTANSI, "tahun": str(lembar.tahun), "nama": orang.nama_lengkap, "nip": orang.nip,
            "baris": [baris_tahunan(satu) for satu in lembar.baris],
            "total": {nama: angka(nilai) for nama, nilai in lembar.total.items()},
            "catatan": CATATAN_TAHUN,
            "tempat": setting("tempat_surat"), "tanggal": tanggal(timezone.localdate()),
        },
    )  # fmt: skip


def lembar_opd(opd: Unor, tahun: int, baris: Sequence[BarisOpd]) -> bytes:
    """The annual sheet of an OPD on folio: a row a person, fourteen columns of neto, the total."""
    rows = [
        {"no": str(ke), "nama": satu.nama, "nip": satu.nip, "jabatan": "; ".join(satu.jabatan), "jumlah": angka(satu.total),
         "neto": ["–" if (n := satu.neto.get(nama)) is None else angka(n) for nama in KOLOM_TAHUN]}
        for ke, satu in enumerate(baris, 1)
    ]  # fmt: skip
    return render.render(
        "tpp_tahunan_opd",
        {
            "instansi": settings.INSTANSI, "tahun": str(tahun), "opd": opd.nama, "baris": rows, "pegawai": angka(len(rows)),
            "jumlah": [angka(sum(satu.neto.get(nama, 0) for satu in baris)) for nama in KOLOM_TAHUN],
            "total": angka(sum(satu.total for satu in baris)), "catatan": CATATAN_TAHUN, "tempat": setting("tempat_surat"),
            "tanggal": tanggal(timezone.localdate()), "kepala": penanda_tangan(opd),
        },
        detik=DETIK_DAFTAR,
    )  # fmt: skip


def nama_baris(satu: BarisTahun) -> str:
    """`Maret`, `Maret (susulan)`, `THR`, `Ketiga belas`."""
    if satu.bulan is None:
        return Run(satu.run).label
    bulan = bulan_label(satu.bulan.year, satu.bulan.month).split(" ")[0]
    return bulan if satu.run == Run.BULANAN else f"{bulan} ({Run(satu.run).label.lower()})"


def nama_kolom(kolom: str) -> str:
    """`Jan` … `Des`, `THR`, `Ketiga belas`."""
    return Run(kolom).label if kolom in RUN_PENUH else bulan_label(2000, int(kolom))[:3]


KOLOM_JUMLAH = ("pagu", "admin", "bruto", "bpjs_1", "pph", "zakat", "neto")
KOSONG = dict.fromkeys(("jabatan", "predikat", "disiplin", "realisasi", *KOLOM_JUMLAH), "–")


def baris_tahunan(satu: BarisTahun) -> dict[str, str]:
    """A line as texts; one without a locked result has no amounts."""
    hasil = satu.hasil
    if hasil is None:
        return {**KOSONG, "bulan": nama_baris(satu), "keadaan": satu.keadaan}
    kelas = f", kelas {hasil.kelas}" if hasil.kelas else ""
    jumlah = {nama: angka(nilai) for nama, nilai in _jumlah(hasil)}
    return {
        **jumlah, "bulan": nama_baris(satu), "jabatan": f"{hasil.jabatan}{kelas}",
        "predikat": hasil.predikat.replace("_", " ").capitalize() if hasil.predikat_persen is not None else "–",
        "disiplin": _persen(hasil.potongan_disiplin), "realisasi": _persen(hasil.realisasi_persen),
        "keadaan": hasil.periode.get_status_display(),
    }  # fmt: skip


def _jumlah(hasil: Hasil) -> Iterable[tuple[str, int]]:
    for nama in KOLOM_JUMLAH:
        nilai = getattr(hasil, nama)
        yield nama, nilai + hasil.lain if nama == "zakat" else nilai


def _persen(nilai: Any) -> str:
    return "–" if nilai is None else format_angka(nilai, 2)
