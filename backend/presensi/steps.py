"""What the process of a correction is bound to: BPMN id → one service → ids and choices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import Truncator

from backend.accounts.models import User
from backend.core.errors import InvalidFields
from backend.core.periode import hari_tanggal, tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.platform import notices
from backend.platform.models import Berkas
from backend.presensi import queries
from backend.presensi.enums import JenisKoreksi, StatusPengajuan
from backend.presensi.models import HadirHarian, Koreksi
from backend.presensi.services import koreksi, proses
from backend.presensi.services.harian import Rentang, hitung
from backend.presensi.services.koreksi import Isi
from backend.workflow import steps
from backend.workflow.models import WorkItem

Ids = Mapping[str, Any]
PUTUSAN = ("putuskan_koreksi", "putuskan_koreksi_admin")
ALASAN = 90  # characters of the reason that a list shows


def koreksi_of(ids: Ids) -> Koreksi:
    """The correction of a process."""
    return Koreksi.objects.select_related("pegawai__user", "pengaju").get(pk=ids["koreksi"])


# --- Entry ------------------------------------------------------------------------------------------------------------


@steps.step("isi_koreksi")
def isi_koreksi(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    """Write the draft (made on the first time) and submit it."""
    sekarang = timezone.now()
    row = Koreksi.objects.select_related("pegawai", "berkas").filter(pk=ids["koreksi"]).first()
    isi = _isi(ids, form, berkas=row.berkas if row else None)
    if row is None:
        pegawai = Pegawai.objects.get(pk=ids["pegawai"])
        row = koreksi.buat(pegawai, isi, oleh=actor, sekarang=sekarang, pk=UUID(ids["koreksi"]))
    else:
        row = koreksi.ubah(row, isi, oleh=actor, sekarang=sekarang)
    koreksi.ajukan(row, oleh=actor, sekarang=sekarang)
    opd = UUID(ids["opd"]) if ids["opd"] else None
    return {
        **proses.pemutus(row.pegawai, oleh=actor, sekarang=sekarang),
        "eskalasi_pada": proses.eskalasi_pada(opd, sekarang=sekarang).isoformat(),
        "keputusan": "",
    }


def _isi(ids: Ids, form: Mapping[str, Any], *, berkas: Berkas | None) -> Isi:
    """Raises InvalidFields."""
    jenis = JenisKoreksi(form["jenis"])
    tujuan = form.get("jadwal") if jenis == JenisKoreksi.UBAH_JADWAL else form.get("status")
    return Isi(
        date.fromisoformat(ids["tanggal"]),
        jenis,
        form["alasan"],
        jam=_jam(form.get("jam")),
        sisi=form.get("sisi") or "",
        tujuan=tujuan or "",
        bagian=form.get("bagian") or "PENUH",
        nomor_surat=form.get("nomor_surat") or "",
        berkas=berkas,
    )


def _jam(text: str | None) -> time | None:
    """`07:30` or `07.30`. Raises InvalidFields."""
    if not text or not text.strip():
        return None
    try:
        return time.fromisoformat(text.strip().replace(".", ":").zfill(5))
    except ValueError:
        raise InvalidFields({"jam": "Tulis jam dan menit, misalnya 07.30."}) from None


# --- Decision -----------------------------------------------------------------------------------------------------------


def _putuskan(actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    row, sekarang, catatan = koreksi_of(ids), timezone.now(), (form.get("catatan") or "").strip()
    if form["keputusan"] == "setujui":
        koreksi.setujui(row, oleh=actor, sekarang=sekarang, catatan=catatan)
    elif form["keputusan"] == "kembalikan":
        koreksi.kembalikan(row, oleh=actor, sekarang=sekarang, catatan=catatan)
    else:
        koreksi.tolak(row, oleh=actor, sekarang=sekarang, catatan=catatan)
    return {"keputusan": form["keputusan"]}


@steps.step("putuskan_koreksi")
def putuskan_koreksi(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    return _putuskan(actor, ids, form)


@steps.step("putuskan_koreksi_admin", form="putuskan_koreksi")
def putuskan_koreksi_admin(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    return _putuskan(actor, ids, form)


@steps.operator("presensi.hitung_koreksi")
def hitung_koreksi(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    """Compute the day at once; the dirty queue finds nothing left to do."""
    row = koreksi_of(ids)
    hitung([Rentang(row.tanggal, row.tanggal, row.pegawai_id)], sekarang=timezone.now())
    return {}


@steps.operator("presensi.kabarkan_koreksi")
def kabarkan_koreksi(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    """Tell the person, and whoever entered it, how it ended."""
    row = koreksi_of(ids)
    kata = StatusPengajuan(row.status).label.lower()
    users = [user for user in (row.pegawai.user, row.pengaju) if user is not None]
    judul = f"Koreksi presensi {tanggal(row.tanggal)} {kata}"
    notices.notify(users, f"koreksi.{row.status.lower()}", judul, row.catatan, _alamat("presensi"))
    return {}


@steps.opened("isi_koreksi")
def kabarkan_dikembalikan(*, item: WorkItem) -> None:
    """A correction that came back: its form holds what was sent, and the person hears why. A new one stays quiet."""
    row = Koreksi.objects.select_related("pegawai__user").filter(pk=item.instance.subject_id).first()
    if row is not None and row.status == StatusPengajuan.DRAF and row.catatan and row.pegawai.user:
        WorkItem.objects.filter(pk=item.pk, draft__isnull=True).update(draft=proses.formulir(row))
        judul = f"Koreksi presensi {tanggal(row.tanggal)} dikembalikan"
        notices.notify([row.pegawai.user], "koreksi.dikembalikan", judul, row.catatan, reverse("tugas", args=[item.pk]))


def _alamat(nama: str) -> str:
    try:
        return reverse(nama)
    except NoReverseMatch:
        return ""


def _tenggat(*, ids: Ids, now: datetime) -> datetime | None:
    return datetime.fromisoformat(ids["eskalasi_pada"]) if ids.get("eskalasi_pada") else None


for _step in PUTUSAN:
    steps.due(_step)(_tenggat)


@steps.card(*PUTUSAN)
def kartu(*, ids: Ids) -> steps.Card:
    """Whose day, what is claimed and why, what the day is now, and how often this person forgot in the month; a warning
    keeps the item out of bulk approval."""
    row = koreksi_of(ids)
    hari = HadirHarian.objects.filter(pegawai=row.pegawai_id, tanggal=row.tanggal).first()
    lupa = queries.banyak_lupa(row.pegawai_id, row.tanggal)
    facts = [
        ("Hari", hari_tanggal(row.tanggal)),
        ("Koreksi", _klaim(row)),
        ("Sekarang", _keadaan(hari)),
        ("Lupa tap bulan ini", f"{lupa} kali disetujui"),
        ("Alasan", Truncator(row.alasan).chars(ALASAN)),
    ]
    peringatan = queries.peringatan_koreksi(row, hari=hari, lupa=lupa)
    if peringatan:
        facts.append(("Peringatan", "; ".join(peringatan)))
    return steps.Card(f"{row.pegawai.nama}: {row.get_jenis_display()}", facts, warning=bool(peringatan))


def _klaim(row: Koreksi) -> str:
    if row.jam is not None:
        return f"{row.get_jenis_display()}, pukul {row.jam:%H.%M}"
    if row.sisi:
        return f"{row.get_jenis_display()}, sisi {row.get_sisi_display().lower()}"
    return f"{row.get_jenis_display()}: {row.tujuan.replace('_', ' ').lower()}"


def _keadaan(hari: HadirHarian | None) -> str:
    if hari is None:
        return "–"
    kode = ", ".join(hari.kode)
    return f"{hari.get_status_display()}{f' ({kode})' if kode else ''}"


@steps.opened(*PUTUSAN)
def kabarkan_pemutus(*, item: WorkItem) -> None:
    """Tell who may decide; the Admin OPD hears of it when the atasan did not, or there is none."""
    row = koreksi_of({"koreksi": item.instance.subject_id})
    hari = timezone.localdate()
    if item.candidate_posisi:
        users: list[Any] = [who.orang.user for who in kepegawaian.pemegang(item.candidate_posisi, hari)]
    elif item.step == "putuskan_koreksi":
        users = [item.assignee]
    else:
        opd = queries.opd_pada(row.pegawai_id, hari)
        users = list(kepegawaian.users_of("admin_opd", opd=opd, pada=hari)) if opd else []
    judul = f"Koreksi presensi {row.pegawai.nama}, {tanggal(row.tanggal)}"
    notices.notify(
        [user for user in users if user is not None],
        "koreksi.diajukan",
        judul,
        row.alasan,
        reverse("tugas", args=[item.pk]),
    )
