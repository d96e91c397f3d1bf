"""What `tpp_periode` is bound to: BPMN id → one service → choices for the process (architecture §3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.core.money import format_rupiah
from backend.kepegawaian import queries as kepegawaian
from backend.platform import notices
from backend.platform.settings import setting
from backend.tpp import enums
from backend.tpp.models import Periode, Sanggah
from backend.tpp.services import periode as layanan
from backend.workflow import steps
from backend.workflow.models import WorkItem

Ids = Mapping[str, Any]
JUDUL = {
    "terbitkan_tpp": "periksa dan terbitkan", "putuskan_sanggah_tpp": "koreksi dan putuskan sanggah",
    "setujui_tpp": "menunggu persetujuan Anda", "verifikasi_tpp": "menunggu verifikasi", "kunci_tpp": "menunggu dikunci",
    "catat_sp2d_tpp": "catat SP2D",
}  # fmt: skip
LANGKAH = tuple(JUDUL)


def periode_of(ids: Ids) -> Periode:
    """The period of a process."""
    return Periode.objects.select_related("opd", "aliran").get(pk=ids["periode"])


# --- Addressees: admin_opd and asn are bound by kinerja ------------------------------------------------------------------


@steps.lane("kepala_opd")
def kepala_opd(*, ids: Ids) -> steps.Assignment:
    return steps.Assignment(peran=Peran.KEPALA_OPD, opd=UUID(ids["opd"]))


@steps.lane("bkpsdm")
def bkpsdm(*, ids: Ids) -> steps.Assignment:
    return steps.Assignment(peran=Peran.BKPSDM)


@steps.lane("bendahara")
def bendahara(*, ids: Ids) -> steps.Assignment:
    return steps.Assignment(peran=Peran.BENDAHARA)


# --- User tasks ------------------------------------------------------------------------------------------------------------


@steps.step("terbitkan_tpp")
def terbitkan(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    """Publish, or compute again."""
    if form["keputusan"] == "hitung_ulang":
        return {"hasil": "hitung_ulang"}
    periode = layanan.terbitkan(periode_of(ids), oleh=actor)
    assert periode.sanggah_sampai is not None  # noqa: S101 written by terbitkan
    return {"hasil": "terbit", "sanggah_sampai": periode.sanggah_sampai.isoformat()}


def baris_sanggah(*, ids: Ids, actor: Any) -> steps.Rows:
    """The objections that wait for a decision."""
    rows = Sanggah.objects.filter(periode=ids["periode"], status=enums.StatusSanggah.DIAJUKAN).select_related("pegawai")
    return {
        "sanggah": [
            {"id": row.pk, "label": f"{row.pegawai.nama_lengkap}: {row.isi}", "fakta": row, "values": {}}
            for row in rows
        ]
    }


@steps.step("putuskan_sanggah_tpp", rows=baris_sanggah)
def putuskan_sanggah(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    """Decide each open objection, then compute again."""
    periode = periode_of(ids)
    terbuka = {str(row.pk): row for row in Sanggah.objects.filter(periode=periode, status=enums.StatusSanggah.DIAJUKAN)}
    for baris in form.get("sanggah", ()):
        satu = terbuka.get(str(baris["id"]))
        if satu is not None:
            if not baris.get("keputusan"):
                raise InvalidFields({f"sanggah.{baris['id']}.keputusan": "Pilih Terima atau Tolak."})
            layanan.putuskan_sanggah(
                satu, terima=baris["keputusan"] == "terima", jawaban=baris.get("jawaban") or "", oleh=actor
            )
    layanan.selesai_koreksi(periode, oleh=actor)
    return {"hasil": "dikoreksi"}


@steps.step("setujui_tpp")
def setujui(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    """Kepala OPD approves with a cover letter, or returns."""
    periode = periode_of(ids)
    if form["keputusan"] == "kembalikan":
        layanan.kembalikan(periode, alasan=form.get("alasan") or "", oleh=actor)
        return {"hasil": "kembali"}
    if not form.get("pengantar_nomor") or not form.get("pengantar_tanggal"):
        raise InvalidFields({"pengantar_nomor": "Isi nomor dan tanggal surat pengantar."})
    layanan.setujui(periode, nomor=form["pengantar_nomor"], tanggal=form["pengantar_tanggal"], oleh=actor)
    return {"hasil": "setuju", **_ingatkan(periode)}


@steps.step("verifikasi_tpp")
def verifikasi(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    """BKPSDM agrees, returns, or refuses."""
    periode, alasan = periode_of(ids), form.get("alasan") or ""
    if form["keputusan"] == "kembalikan":
        layanan.kembalikan(periode, alasan=alasan, oleh=actor)
        return {"hasil": "kembali"}
    if form["keputusan"] == "tolak":
        layanan.tolak(periode, alasan=alasan, oleh=actor)
        return {"hasil": "tolak"}
    layanan.verifikasi(periode, oleh=actor)
    return {"hasil": "setuju"}


@steps.step("kunci_tpp")
def kunci(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    """Bendahara locks, or returns to BKPSDM."""
    periode = periode_of(ids)
    if form["keputusan"] == "kembalikan":
        layanan.kembalikan(periode, alasan=form.get("alasan") or "", oleh=actor)
        return {"hasil": "kembali", **_ingatkan(periode)}
    layanan.kunci_periode(periode, oleh=actor)
    return {"hasil": "terkunci"}


@steps.step("catat_sp2d_tpp")
def catat_sp2d(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    layanan.catat_sp2d(periode_of(ids), nomor=form["sp2d_nomor"], tanggal=form["sp2d_tanggal"], oleh=actor)
    return {"hasil": "dibayar"}


# --- Service tasks -----------------------------------------------------------------------------------------------------------


@steps.operator("tpp.mulai_hitung")
def mulai_hitung(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    """Start the job that computes; the process waits for its message."""
    layanan.minta_hitung(periode_of(ids), oleh=actor)
    return {}


@steps.operator("tpp.selesai_hitung")
def selesai_hitung(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    """After a correction the result goes on to the Kepala OPD, else back to the Admin OPD."""
    periode = layanan.selesai_hitung(periode_of(ids), oleh=actor)
    setuju = periode.status == enums.StatusPeriode.SIAP_SETUJU
    return {"tujuan": "setuju" if setuju else "terbitkan", **_ingatkan(periode)}


@steps.operator("tpp.tutup_sanggah")
def tutup_sanggah(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    periode = layanan.tutup_sanggah(periode_of(ids), oleh=actor)
    return {"ada_sanggah": periode.status == enums.StatusPeriode.KOREKSI, **_ingatkan(periode)}


@steps.operator("tpp.ingatkan")
def ingatkan(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    """Tell who must act that the period waits."""
    periode = periode_of(ids)
    langkah = "setujui_tpp" if periode.status == enums.StatusPeriode.SIAP_SETUJU else "verifikasi_tpp"
    neto = format_rupiah(periode.total.get("neto", 0))
    notices.notify(
        _pelaku(periode, langkah),
        "tpp.menunggu",
        f"{periode} menunggu Anda",
        f"Jumlah bersih {neto}.",
        reverse("kotak-masuk"),
    )
    return {}


def _pelaku(periode: Periode, langkah: str) -> list[User]:
    """Who may act on a step of a period today."""
    if langkah == "setujui_tpp":
        return _kepala(periode)
    peran, opd = {
        "verifikasi_tpp": (Peran.BKPSDM, None), "kunci_tpp": (Peran.BENDAHARA, None), "catat_sp2d_tpp": (Peran.BENDAHARA, None),
    }.get(langkah, (Peran.ADMIN_OPD, periode.opd_id))  # fmt: skip
    return kepegawaian.users_of(peran, opd=opd, pada=timezone.localdate())


def _kepala(periode: Periode) -> list[User]:
    """Users who hold or cover the head post of the OPD today."""
    from backend.kepegawaian.models import Posisi

    posisi = Posisi.objects.filter(unor=periode.opd_id, is_pimpinan=True, is_delete=False).first()
    if posisi is None:
        return []
    return [who.orang.user for who in kepegawaian.pemegang(posisi, timezone.localdate()) if who.orang.user is not None]


def _ingatkan(periode: Periode) -> dict[str, str]:
    """When approval or verification that opens now is reminded of, as ISO text with offset."""
    pada = layanan.batas_hari_kerja(timezone.now(), int(setting("tpp_ingat_setuju")), opd=periode.opd_id)
    return {"ingatkan_pada": pada.isoformat()}


# --- Dates and cards -----------------------------------------------------------------------------------------------------------


@steps.due("setujui_tpp")
def tenggat_setujui(*, ids: Ids, now: datetime) -> datetime | None:
    return datetime.fromisoformat(ids["ingatkan_pada"]) if ids.get("ingatkan_pada") else None


steps.due("verifikasi_tpp")(tenggat_setujui)


@steps.opened(*LANGKAH)
def kabarkan(*, item: WorkItem) -> None:
    """Tell who may act that a period has come to him; the first opening tells the Admin OPD that it is computed."""
    periode = periode_of({"periode": item.instance.business_key})
    orang = _pelaku(periode, item.step)
    alamat = reverse("tugas", args=[item.pk])
    bersih = format_rupiah(periode.total.get("neto", 0))
    notices.notify(
        orang,
        f"tpp.{item.step}",
        f"{periode}: {JUDUL[item.step]}",
        f"{periode.jumlah_pegawai} pegawai, bersih {bersih}.",
        alamat,
    )


@steps.card(*LANGKAH)
def kartu(*, ids: Ids) -> steps.Card:
    """OPD and month, people, amount, who is kept out."""
    periode = periode_of(ids)
    tertahan = periode.tertahan.filter(tingkat=enums.Tingkat.BLOKIR).values("pegawai").distinct().count()
    facts = [
        ("Pegawai", str(periode.jumlah_pegawai)),
        ("Bersih", format_rupiah(periode.total.get("neto", 0))),
        ("SPM bruto", format_rupiah(periode.total.get("spm", 0))),
    ]
    if tertahan:
        facts.append(("Tertahan", f"{tertahan} pegawai"))
    return steps.Card(str(periode), facts, bool(tertahan))
