"""Letters and slips of TPP as DOCX: filled from stored rows, nothing computed anew.

The cover letter and the SPTJM carry a *kode periksa*: the beginning of the checksum of the locked period, or of its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from backend.core.money import format_angka
from backend.core.periode import bulan_label, tanggal
from backend.documents import render
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Posisi, Unor
from backend.platform.settings import setting
from backend.tpp.enums import Run
from backend.tpp.models import Hasil, Periode
from backend.tpp.queries import BarisTahun, LembarOrang

KODE = 16
BELUM_KUNCI = "Sementara: periode ini belum dikunci, jadi jumlahnya masih dapat berubah."
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
            "baris": [_baris_slip(satu) for satu in baris], "neto": f"Rp{angka(hasil.neto)}",
            "catatan": SUDAH_KUNCI if periode.terkunci else BELUM_KUNCI,
        },
    )  # fmt: skip


def _baris_slip(satu: Mapping[str, Any]) -> dict[str, str]:
    judul = satu["judul"].upper() if satu.get("jenis") else satu["judul"]
    keterangan = "\n".join(teks for teks in satu["keterangan"] if teks)
    return {
        "judul": judul, "jumlah": angka(satu["jumlah"]), "keterangan": keterangan, "aturan": "\n".join(satu["aturan"])
    }  # fmt: skip


# --- Letters of a period ------------------------------------------------------------------------------------------------


def sptjm(periode: Periode) -> bytes:
    """Surat pernyataan tanggung jawab mutlak of the Kepala OPD."""
    return render.render("tpp_sptjm", _surat(periode))


def pengantar(periode: Periode) -> bytes:
    """The cover letter with which the Kepala OPD sends a period to BKPSDM."""
    return render.render("tpp_pengantar", _surat(periode))


def _surat(periode: Periode) -> dict[str, Any]:
    total = {nama: f"Rp{angka(nilai)}" for nama, nilai in periode.total.items()}
    return {
        **dict.fromkeys(("bruto", "bpjs_1", "bpjs_4", "pph", "neto", "spm"), "Rp0"), **total,
        "instansi": settings.INSTANSI, "opd": str(periode.opd), "bulan": periode.bulan_teks,
        "nomor": periode.pengantar_nomor or "……………………", "pegawai": angka(periode.jumlah_pegawai),
        "tempat": setting("tempat_surat"), "tanggal": tanggal(periode.pengantar_tanggal or timezone.localdate()),
        "kode": (periode.checksum or periode.pk.hex)[:KODE].upper(), **penanda_tangan(periode.opd),
    }  # fmt: skip


def penanda_tangan(opd: Unor) -> dict[str, str]:
    """Who holds (or covers) the head post of an OPD today; dots for an empty one."""
    posisi = Posisi.objects.filter(unor=opd, is_pimpinan=True, is_delete=False).select_related("jabatan").first()
    kosong = {"nama": "……………………", "nip": "……………………", "jabatan": f"Kepala {opd.nama}"}
    if posisi is None:
        return kosong
    for siapa in kepegawaian.pemegang(posisi, timezone.localdate()):
        return {
            "nama": getattr(siapa.orang, "nama_lengkap", siapa.orang.nama), "nip": getattr(siapa.orang, "nip", ""),
            "jabatan": posisi.jabatan.nama,
        }  # fmt: skip
    return {**kosong, "jabatan": posisi.jabatan.nama}


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
            "catatan": "Bulan yang belum dikunci tidak mempunyai jumlah dan tidak ikut dijumlahkan.",
            "tempat": setting("tempat_surat"), "tanggal": tanggal(timezone.localdate()),
        },
    )  # fmt: skip


def nama_baris(satu: BarisTahun) -> str:
    """`Maret`, `Maret (susulan)`, `THR`, `Ketiga belas`."""
    if satu.bulan is None:
        return Run(satu.run).label
    bulan = bulan_label(satu.bulan.year, satu.bulan.month).split(" ")[0]
    return bulan if satu.run == Run.BULANAN else f"{bulan} ({Run(satu.run).label.lower()})"


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
