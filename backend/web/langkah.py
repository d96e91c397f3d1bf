"""What the page of each step shows beside its form. Steps that are not named here are drawn from their form alone.

An admin may add steps to a process in the studio; their pages work without a line of code in this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.core.periode import BULAN, hari_tanggal, tanggal
from backend.kinerja import calculations, enums, queries
from backend.kinerja.calculations import Ukuran
from backend.kinerja.errors import PerubahanManualDitimpa
from backend.kinerja.models import LaporanPeriode
from backend.kinerja.services import isi, penilaian
from backend.kinerja.services.isi import IsianIKI, IsianPKS, IsianRenaksi
from backend.platform.settings import setting
from backend.web import isian, kata
from backend.web.berkas import LAPORAN
from backend.web.isian import Baris, Formulir
from backend.workflow import stepper
from backend.workflow.engine import OpenItem
from backend.workflow.models import WorkItem


def laporan_dari(buka: OpenItem, user: User) -> LaporanPeriode | None:
    """The laporan behind an item; None for a process that is about something else."""
    return wajib_laporan(buka, user) if buka.instance.subject_type == LAPORAN else None


def wajib_laporan(buka: OpenItem, user: User) -> LaporanPeriode:
    """The laporan behind an item. Raises NotVisible."""
    if buka.instance.subject_type != LAPORAN:
        raise NotVisible
    return queries.laporan_pelaku(user, buka.instance.subject_id)


UTAMA = {
    "isi_renaksi": "renaksi",
    "isi_skp": "iki",
    "isi_pks": "pks",
    "tinjau_renaksi": "renaksi",
    "tinjau_skp": "iki",
    "tinjau_pks": "pks",
}


# --- Wizard -------------------------------------------------------------------------------------------------------


def konteks_isi(buka: OpenItem, formulir: Formulir, laporan: LaporanPeriode | None) -> dict[str, Any]:
    """Everything that `tugas/isian.html` draws."""
    item = buka.item
    langkah = daftar_langkah(buka)
    urut = [satu["step"] for satu in langkah]
    letak = urut.index(item.step) if item.step in urut else 0
    isi: dict[str, Any] = {
        "judul": item.instance.title or item.name,
        "fakta": _fakta_judul(buka, laporan),
        "langkah": langkah,
        "langkah_kini": item.name,
        "formulir": formulir,
        "galat": formulir.galat,
        "bisa_kembali": letak > 0 and not _disetujui(laporan, urut[letak - 1]),
        "terakhir": letak == len(urut) - 1,
        "nama_berikut": langkah[letak + 1]["nama"] if letak + 1 < len(langkah) else "",
        "template_langkah": f"tugas/{item.step}.html" if item.step in HALAMAN else "tugas/umum.html",
        "dikembalikan": _dikembalikan(laporan),
        "maks_mb": setting("bukti_maks_mb") if laporan else 10,
    }
    if laporan is not None and item.step in HALAMAN:
        isi |= HALAMAN[item.step](buka, formulir, laporan)
    return isi


def daftar_langkah(buka: OpenItem) -> list[dict[str, Any]]:
    """The steps of this person's lane, from the definition, with their state from the work items."""
    hasil = []
    items = WorkItem.objects.filter(instance=buka.item.instance_id).defer("draft")
    for satu in stepper.steps(buka.instance.definition, buka.item.lane, items=items):
        kini = satu.step == buka.item.step
        catatan = (
            "Sekarang"
            if kini
            else "Lengkap"
            if satu.state == "done"
            else "Diperiksa lagi"
            if satu.state == "returned"
            else "Belum"
        )
        hasil.append(
            {
                "step": satu.step,
                "nama": satu.name,
                "keadaan": "selesai" if satu.state == "done" else satu.state,
                "kini": kini,
                "catatan": catatan,
            }
        )
    return hasil


def _fakta_judul(buka: OpenItem, laporan: LaporanPeriode | None) -> str:
    """`Tenggat Kamis, 10 April 2025 · tinggal 2 hari · diperiksa oleh Damar Prakosa`."""
    bagian = []
    if buka.item.due_at:
        sisa, _ = kata.sisa(timezone.localdate(buka.item.due_at), hari_ini=timezone.localdate())
        bagian += [f"Tenggat {hari_tanggal(buka.item.due_at)}", sisa[0].lower() + sisa[1:]]
    if laporan and (penilai := laporan.penilai_pegawai or laporan.penilai_pejabat):
        bagian.append(f"diperiksa oleh {penilai.nama}")
    return " · ".join(bagian)


def _disetujui(laporan: LaporanPeriode | None, step: str) -> bool:
    """A step that the penilai has approved is not opened again by *Kembali*."""
    nama = step.removeprefix("isi_")
    return bool(
        laporan and nama in enums.Langkah.values and laporan.status_langkah(nama) == enums.StatusLangkah.DISETUJUI
    )


def _dikembalikan(laporan: LaporanPeriode | None) -> dict[str, str] | None:
    if laporan is None or not laporan.langkah_kembali or not laporan.jumlah_kembali or laporan.is_final:
        return None
    langkah = enums.Langkah(laporan.langkah_kembali).label
    oleh = laporan.pemutus.nama if laporan.pemutus else "penilai"
    return {
        "judul": f"Dikembalikan {oleh} untuk diperbaiki",
        "kalimat": f"Perbaiki baris bercatatan pada langkah {langkah}, lalu tekan Lanjut sampai Ajukan. Langkah yang sudah disetujui tidak perlu diisi lagi.",
    }


def _bulan(laporan: LaporanPeriode) -> dict[str, str]:
    ke = laporan.periode.ke
    return {"bulan": BULAN[ke - 1], "bulan_lalu": BULAN[(ke - 2) % 12]}


def _baris(formulir: Formulir, grup: str) -> list[Baris]:
    return formulir.grup[grup].baris if grup in formulir.grup else []


def _isi_renaksi(buka: OpenItem, formulir: Formulir, laporan: LaporanPeriode) -> dict[str, Any]:
    baris = _baris(formulir, "renaksi")
    return {
        **_bulan(laporan),
        "baris_per_rhk": isian.per_rhk(baris),
        "baris_banyak": len(baris),
        "tanpa_target": queries.tahapan_tanpa_target(laporan, [b.konteks.renaksi_id for b in baris]),
        "samping": _samping(
            "Capaian renaksi sementara",
            calculations.capaian_renaksi([(_bulat(b), b.konteks.target) for b in baris]),
            baris,
        ),
    }


def _bulat(baris: Baris) -> int | None:
    """The typed realisasi, None when it is empty or not a whole number."""
    teks = baris.kolom["realisasi"].nilai.strip()
    return int(teks) if teks.isdigit() else None


def _isi_skp(buka: OpenItem, formulir: Formulir, laporan: LaporanPeriode) -> dict[str, Any]:
    baris = _baris(formulir, "iki")
    for satu in baris:
        _hitung_baris(satu)
    angka, usulan = _pegawai(baris, laporan)
    kalimat = f"Rata-rata RHK utama. Usulan rating: {enums.Rating(usulan).label}." if usulan else "Rata-rata RHK utama."
    return {
        **_bulan(laporan),
        "baris_per_rhk": isian.per_rhk(baris),
        "baris_banyak": len(baris),
        "tidak_diukur": queries.iki_tidak_diukur(laporan),
        "samping": _samping("Capaian sementara", angka, baris, kalimat=kalimat),
    }


def _hitung_baris(baris: Baris) -> None:
    """Capaian of the typed value, and which factors it asks for (`tercapai`: ya, tidak, or empty)."""
    k = baris.konteks
    kualitatif = k.pendekatan == enums.Pendekatan.KUALITATIF
    nilai = None if kualitatif else isian.desimal(baris.kolom["nilai"].nilai)
    capaian = calculations.capaian(k.arah, Ukuran(nilai, k.target_max, k.target_min)) if nilai is not None else None
    pilihan = baris.kolom["capaian_kualitatif"].nilai if kualitatif else None
    baris.ekstra |= {"capaian": capaian, "tercapai": _kode(calculations.tercapai(capaian, pilihan or None))}
    if nilai is not None and capaian is None:
        baris.ekstra["info"] = "Target nol: capaian tidak dihitung."


def _kode(tercapai: bool | None) -> str:
    return {True: "ya", False: "tidak", None: ""}[tercapai]


def _pegawai(baris: Sequence[Baris], laporan: LaporanPeriode) -> tuple[Decimal | None, str | None]:
    """Capaian pegawai of what is typed (F7) and the rating that it suggests (F9)."""
    cap = Decimal(str(setting("cap_capaian")))
    per_rhk: dict[int, list[Decimal | None]] = {}
    for satu in baris:
        if satu.konteks.klasifikasi == enums.Klasifikasi.UTAMA:
            per_rhk.setdefault(satu.konteks.rhk_id, []).append(satu.ekstra.get("capaian"))
    angka = calculations.capaian_pegawai(calculations.capaian_rhk(nilai, cap=cap) for nilai in per_rhk.values())
    kuantitatif = laporan.skp.pendekatan == enums.Pendekatan.KUANTITATIF
    return angka, calculations.rating_usulan(angka, pada=laporan.periode.selesai) if kuantitatif else None


def _samping(judul: str, angka: Decimal | None, baris: Sequence[Baris], *, kalimat: str = "") -> dict[str, Any]:
    """The panel beside the wizard: one figure, and one line a row."""
    return {
        "judul": judul,
        "angka": angka,
        "kalimat": kalimat or "Dihitung dari isian di halaman ini.",
        "baris": [_ringkas(b) for b in baris],
    }


def _ringkas(baris: Baris) -> dict[str, Any]:
    k = baris.konteks
    if "capaian" in baris.ekstra:
        angka = baris.ekstra["capaian"]
    else:
        realisasi = _bulat(baris)
        angka = None if realisasi is None else calculations.capaian_renaksi([(realisasi, k.target)])
    nada = "" if angka is None else "ok" if angka >= 100 else "bad"
    return {"jangkar": baris.jangkar, "label": getattr(k, "uraian", None) or k.tahapan, "angka": angka, "nada": nada}


def _isi_pks(buka: OpenItem, formulir: Formulir, laporan: LaporanPeriode) -> dict[str, Any]:
    baris = _baris(formulir, "pks")
    for satu in baris:
        satu.ekstra["tercapai"] = _kode(satu.konteks.tercapai)
    return {**_bulan(laporan), "baris_per_rhk": isian.per_rhk(baris), "baris_banyak": len(baris)}


# --- Ringkasan ----------------------------------------------------------------------------------------------------


def _ringkasan(buka: OpenItem, formulir: Formulir, laporan: LaporanPeriode) -> dict[str, Any]:
    renaksi, iki = queries.baris_renaksi(laporan), queries.baris_iki(laporan)
    angka = queries.hitung(laporan, pada=laporan.periode.selesai)
    penilai = laporan.penilai_pegawai or laporan.penilai_pejabat
    return {
        **_bulan(laporan),
        "ringkasan": {
            "capaian_renaksi": angka.capaian_renaksi,
            "capaian_pegawai": angka.capaian_pegawai,
            "rating_usulan": enums.Rating(angka.rating_usulan).label if angka.rating_usulan else None,
            "renaksi": len(renaksi),
            "iki": len(iki),
            "bukti": sum(len(row.bukti) for row in renaksi) + sum(len(row.bukti) for row in iki),
            "penilai": penilai.nama_lengkap
            if penilai
            else "Belum ada. Admin OPD telah diberi tahu; laporan tetap dapat diajukan.",
            "periksa": _periksa(laporan, renaksi, iki),
        },
    }


def _periksa(laporan: LaporanPeriode, renaksi: Sequence[Any], iki: Sequence[Any]) -> list[dict[str, str]]:
    """“Periksa jawaban”: what is missing or unusual, each with the place to mend it."""
    baris = [
        _cek("bad", f"{row.tahapan}: realisasi belum diisi", "isi_renaksi", f"renaksi-{row.id}")
        for row in renaksi
        if row.realisasi is None
    ]
    baris += [
        _cek("bad", f"{row.uraian}: realisasi belum diisi", "isi_skp", f"iki-{row.id}")
        for row in iki
        if row.nilai is None and not row.nilai_teks
    ]
    pertama = {row.rhk_id: row.id for row in reversed(iki)}
    for rhk in queries.rhk_tanpa_bukti(laporan):
        step, jangkar = ("isi_skp", f"bukti-iki-{pertama[rhk.pk]}") if rhk.pk in pertama else ("isi_renaksi", "isi")
        baris.append(_cek("bad", f"RHK “{rhk.teks}” mempunyai realisasi tetapi belum ada bukti dukung", step, jangkar))
    baris += [
        _cek("warn", f"{row.tahapan}: realisasi melebihi target", "isi_renaksi", f"renaksi-{row.id}")
        for row in renaksi
        if row.melebihi_target
    ]
    baris += [
        _cek("warn", f"{row.uraian}: capaian {kata.persen(row.capaian)}", "isi_skp", f"iki-{row.id}")
        for row in iki
        if row.capaian is not None and row.capaian < 100
    ]
    return baris or [_cek("ok", "Semua isian lengkap dan sesuai target.")]


def _cek(nada: str, kalimat: str, step: str = "", jangkar: str = "") -> dict[str, str]:
    return {"nada": nada, "kalimat": kalimat, "step": step, "jangkar": jangkar}


HALAMAN: dict[str, Callable[[OpenItem, Formulir, LaporanPeriode], dict[str, Any]]] = {
    "isi_renaksi": _isi_renaksi,
    "isi_skp": _isi_skp,
    "isi_pks": _isi_pks,
    "ringkasan": _ringkasan,
}


# --- Live figures -------------------------------------------------------------------------------------------------


def hitung(
    buka: OpenItem, formulir: Formulir, laporan: LaporanPeriode | None, *, jangkar: str
) -> tuple[str, dict[str, Any]]:
    """Template and context of the live answer: one row and the panel, or the predikat."""
    if laporan is None or buka.item.step not in UTAMA:
        return "tugas/hitung.html", {}
    if buka.item.step == "tinjau_pks":
        return "masuk/_predikat.html", predikat(formulir, laporan)
    isi = HALAMAN[buka.item.step](buka, formulir, laporan)
    baris = next((satu for satu in _baris(formulir, UTAMA[buka.item.step]) if satu.jangkar == jangkar), None)
    if baris is None:
        return "tugas/hitung.html", isi
    if buka.item.step == "isi_renaksi":
        realisasi = _bulat(baris)
        capaian = None if realisasi is None else calculations.capaian_renaksi([(realisasi, baris.konteks.target)])
        return "tugas/hitung.html", {
            **isi,
            "baris": baris,
            "renaksi": True,
            "capaian": capaian,
            "melebihi": (realisasi or 0) > baris.konteks.target,
        }
    return "tugas/hitung.html", {
        **isi,
        "baris": baris,
        "capaian": baris.ekstra["capaian"],
        "tercapai": baris.ekstra["tercapai"],
        "info": baris.ekstra.get("info"),
    }


def predikat(formulir: Formulir, laporan: LaporanPeriode) -> dict[str, Any]:
    """The predikat of the two ratings as they are chosen now (F10), and whether it will be tetap (I12)."""
    hasil, perilaku = (
        formulir.kolom[nama].nilai if nama in formulir.kolom else "" for nama in ("rating_hasil", "rating_perilaku")
    )
    if hasil not in enums.Rating.values or perilaku not in enums.Rating.values:
        return {"predikat": ""}
    kode = calculations.predikat(hasil, perilaku, pada=laporan.periode.selesai)["predikat"]
    tetap = penilaian.status_predikat(laporan) == enums.StatusPredikat.TETAP
    status = "tetap" if tetap else "sementara, sampai capaian organisasi ditetapkan"
    return {"predikat": enums.Predikat(kode).label, "predikat_status": status}


def tenggat(item: Any) -> str:
    return f"Tenggat {tanggal(item.due_at)}" if item.due_at else ""


# --- Verbs of the wizard that do not leave the step -----------------------------------------------------------------


def simpan_draf(buka: OpenItem, user: User, data: Mapping[str, Any]) -> None:
    """*Simpan draf* writes the domain rows too, checking types and maxima only (decision 16)."""
    if buka.item.step not in DRAF:
        return
    DRAF[buka.item.step](wajib_laporan(buka, user), user, data)


def _draf_renaksi(laporan: LaporanPeriode, user: User, data: Mapping[str, Any]) -> None:
    isi.isi_renaksi(laporan, oleh=user, baris=[IsianRenaksi(**row) for row in data["renaksi"]], lengkap=False)


def _draf_skp(laporan: LaporanPeriode, user: User, data: Mapping[str, Any]) -> None:
    isi.isi_skp(laporan, oleh=user, baris=[IsianIKI(**row) for row in data["iki"]], lengkap=False)


def _draf_pks(laporan: LaporanPeriode, user: User, data: Mapping[str, Any]) -> None:
    isi.isi_pks(
        laporan,
        oleh=user,
        baris=[IsianPKS(**row) for row in data["pks"]],
        rating_diri=data.get("rating_diri"),
        catatan_perilaku=data.get("catatan_perilaku"),
        lengkap=False,
    )


DRAF: dict[str, Callable[[LaporanPeriode, User, Mapping[str, Any]], None]] = {
    "isi_renaksi": _draf_renaksi,
    "isi_skp": _draf_skp,
    "isi_pks": _draf_pks,
}


def ambil_ulang(buka: OpenItem, user: User, arah: str, *, timpa: bool) -> bool:
    """*Ambil ulang* of one PKS row (its id) or of all; False when own edits would be overwritten (M41)."""
    try:
        isi.ambil_ulang(
            wajib_laporan(buka, user), oleh=user, baris=[int(arah)] if arah.isdigit() else None, timpa=timpa
        )
    except PerubahanManualDitimpa:
        return False
    return True
