"""What the processes of this context are bound to: BPMN id → one service → ids and choices (architecture §3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.core.money import format_angka
from backend.core.periode import tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai
from backend.kinerja import enums, queries
from backend.kinerja.models import LaporanPeriode
from backend.kinerja.services import dokumen, isi, penilaian, tetapkan, tinjau
from backend.kinerja.services.isi import IsianIKI, IsianPKS, IsianRenaksi
from backend.kinerja.services.tinjau import KeputusanBaris, Penilaian, Umpan
from backend.platform import notices
from backend.platform.settings import setting
from backend.workflow import engine, steps
from backend.workflow.models import WorkItem

Ids = Mapping[str, Any]
LANGKAH = {"isi_renaksi": enums.Langkah.RENAKSI, "isi_skp": enums.Langkah.SKP, "isi_pks": enums.Langkah.PKS}


def laporan_of(ids: Ids) -> LaporanPeriode:
    """The laporan of a process, with what its rules look at."""
    return queries.laporan_proses(ids["laporan"])


# --- Addressees -------------------------------------------------------------------------------------------------------


@steps.lane("asn")
def asn(*, ids: Ids) -> steps.Assignment:
    return steps.Assignment(user=UUID(ids["pegawai_user"]))


@steps.lane("atasan")
def atasan(*, ids: Ids) -> steps.Assignment:
    """The post of the penilai, so that whoever holds or covers it at the moment of opening acts (§2.4); or the person
    who took the review over, or who was named by letter or by an admin. Other processes than that of a laporan name
    the post or the person themselves."""
    if "laporan" not in ids:
        posisi, orang = ids.get("atasan_posisi"), ids.get("atasan_user")
        return steps.Assignment(posisi=UUID(posisi)) if posisi else steps.Assignment(user=UUID(orang))
    rows = LaporanPeriode.objects.values_list(
        "atasan_posisi", "opd", "pengganti", "penilai_cara", "penilai_pegawai__user"
    )
    posisi, opd, pengganti, cara, penilai = rows.get(pk=ids["laporan"])
    orang = pengganti if pengganti is not None else (penilai if cara in penilaian.PRIBADI else None)
    return steps.Assignment(posisi=posisi, opd=opd) if orang is None else steps.Assignment(user=orang, opd=opd)


@steps.lane("admin_opd")
def admin_opd(*, ids: Ids) -> steps.Assignment:
    opd = ids.get("opd")
    return steps.Assignment(peran=Peran.ADMIN_OPD, opd=UUID(opd) if opd else None)


# --- Entry ------------------------------------------------------------------------------------------------------------


def baris_isi_renaksi(*, ids: Ids, actor: Any) -> steps.Rows:
    return {"renaksi": [_nilai(row, "realisasi", "keterangan") for row in queries.baris_renaksi(laporan_of(ids))]}


def baris_isi_skp(*, ids: Ids, actor: Any) -> steps.Rows:
    fields = ("nilai", "nilai_teks", "capaian_kualitatif", *isi.FAKTOR)
    return {"iki": [_nilai(row, *fields) for row in queries.baris_iki(laporan_of(ids))]}


def baris_isi_pks(*, ids: Ids, actor: Any) -> steps.Rows:
    return {"pks": [_nilai(row, *isi.FAKTOR) for row in queries.baris_pks(laporan_of(ids))]}


def _nilai(row: Any, *fields: str) -> dict[str, Any]:
    """A row of a form; `fakta` is what its page shows beside the fields."""
    return {"id": row.id, "fakta": row, "values": {name: getattr(row, name) for name in fields}}


@steps.step("isi_renaksi", rows=baris_isi_renaksi)
def isi_renaksi(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    isi.isi_renaksi(laporan_of(ids), oleh=actor, baris=[IsianRenaksi(**row) for row in form.get("renaksi", ())])
    return {}


@steps.step("isi_skp", rows=baris_isi_skp)
def isi_skp(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    isi.isi_skp(laporan_of(ids), oleh=actor, baris=[IsianIKI(**row) for row in form.get("iki", ())])
    return {}


@steps.step("isi_pks", rows=baris_isi_pks)
def isi_pks(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    isi.isi_pks(
        laporan_of(ids),
        oleh=actor,
        baris=[IsianPKS(**row) for row in form.get("pks", ())],
        rating_diri=form.get("rating_diri"),
        catatan_perilaku=form.get("catatan_perilaku"),
    )
    return {}


@steps.step("ringkasan")
def ringkasan(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    isi.ajukan(
        laporan_of(ids), oleh=actor, pernyataan=bool(form.get("pernyataan")), catatan=form.get("catatan_pengajuan")
    )
    return {"hasil": "diajukan"}


# --- Review -----------------------------------------------------------------------------------------------------------


def _putusan(row: Any) -> dict[str, Any]:
    return {"id": row.id, "fakta": row, "values": {"keputusan": row.keputusan, "catatan": row.catatan_penilai}}


def _rhk(laporan: LaporanPeriode) -> list[dict[str, Any]]:
    return [{"id": rhk.pk, "teks": rhk.teks} for rhk in laporan.skp.rhk.order_by("-klasifikasi", "urut")]


def baris_tinjau_renaksi(*, ids: Ids, actor: Any) -> steps.Rows:
    return {"renaksi": [_putusan(row) for row in queries.baris_renaksi(laporan_of(ids))]}


def baris_tinjau_skp(*, ids: Ids, actor: Any) -> steps.Rows:
    laporan = laporan_of(ids)
    return {
        "iki": [_putusan(row) for row in queries.baris_iki(laporan)],
        "renaksi": [_putusan(row) for row in queries.baris_renaksi(laporan)],
        "rhk": _rhk(laporan),
    }


def baris_tinjau_pks(*, ids: Ids, actor: Any) -> steps.Rows:
    laporan = laporan_of(ids)
    perilaku = [{"id": nilai.value, "teks": nilai.label} for nilai in enums.NilaiPerilaku]
    return {
        "pks": [_putusan(row) for row in queries.baris_pks(laporan)],
        "iki": [_putusan(row) for row in queries.baris_iki(laporan)],
        "renaksi": [_putusan(row) for row in queries.baris_renaksi(laporan)],
        "rhk": _rhk(laporan),
        "perilaku": perilaku,
    }


def _keputusan(rows: Sequence[Mapping[str, Any]]) -> list[KeputusanBaris]:
    return [KeputusanBaris(row["id"], row.get("keputusan") or "", row.get("catatan")) for row in rows]


def _diubah(rows: Sequence[Mapping[str, Any]]) -> list[KeputusanBaris]:
    """Rows of an earlier step that the penilai turns to perbaiki after all."""
    return [row for row in _keputusan(rows) if row.keputusan == enums.Keputusan.PERBAIKI]


def _umpan(form: Mapping[str, Any]) -> Umpan:
    return Umpan(
        rhk={row["id"]: row["umpan_balik"] for row in form.get("rhk", ()) if row.get("umpan_balik")},
        perilaku={row["id"]: row["umpan_balik"] for row in form.get("perilaku", ()) if row.get("umpan_balik")},
    )


def _pilihan(laporan: LaporanPeriode, hasil: tinjau.Hasil) -> steps.Choices:
    return {
        "ada_perbaiki": hasil.ada_perbaiki,
        "langkah_kembali": hasil.langkah_kembali,
        "hasil": "dikembalikan" if hasil.ada_perbaiki else "disetujui",
        **waktu_penilai(laporan),
    }


@steps.step("tinjau_renaksi", rows=baris_tinjau_renaksi)
def tinjau_renaksi(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    laporan = laporan_of(ids)
    return _pilihan(laporan, tinjau.tinjau_renaksi(laporan, oleh=actor, keputusan=_keputusan(form.get("renaksi", ()))))


@steps.step("tinjau_skp", rows=baris_tinjau_skp)
def tinjau_skp(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    laporan = laporan_of(ids)
    return _pilihan(
        laporan,
        tinjau.tinjau_skp(
            laporan,
            oleh=actor,
            keputusan=_keputusan(form.get("iki", ())),
            renaksi=_diubah(form.get("renaksi", ())),
            umpan=_umpan(form),
        ),
    )


@steps.step("tinjau_pks", rows=baris_tinjau_pks)
def tinjau_pks(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    laporan = laporan_of(ids)
    return _pilihan(
        laporan,
        tinjau.tinjau_pks(
            laporan,
            oleh=actor,
            keputusan=_keputusan(form.get("pks", ())),
            penilaian_akhir=Penilaian(
                form.get("rating_hasil"), form.get("rating_perilaku"), form.get("alasan_beda"), form.get("rekomendasi")
            ),
            iki=_diubah(form.get("iki", ())),
            renaksi=_diubah(form.get("renaksi", ())),
            umpan=_umpan(form),
        ),
    )


@steps.step("lengkapi_penilai")
def lengkapi_penilai(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    nip = "".join(str(form.get("penilai") or "").split())
    penilai = Pegawai.objects.filter(nip=nip).first()
    if penilai is None:
        raise InvalidFields({"penilai": "NIP ini tidak ditemukan. Periksa kembali 18 angkanya."})
    penilaian.lengkapi_penilai(laporan_of(ids), oleh=actor, penilai=penilai, alasan=str(form.get("alasan") or ""))
    return {}


# --- Service tasks ----------------------------------------------------------------------------------------------------


@steps.operator("kinerja.mulai_pemeriksaan")
def mulai_pemeriksaan(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    """Open the validation where it must resume; without a penilai the process waits and Admin OPD is asked."""
    laporan = laporan_of(ids)
    if not penilaian.ada_penilai(laporan):
        penilaian.minta_penilai(laporan, actor=actor)
        return {"penilai_ada": False, "langkah_periksa": ""}
    langkah = tinjau.mulai_pemeriksaan(laporan)
    return {"penilai_ada": True, "langkah_periksa": str(langkah), **waktu_penilai(laporan)}


@steps.operator("kinerja.kabarkan_penilai")
def kabarkan_penilai(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    engine.send("penilai_lengkap", actor=actor, business_key=ids["laporan"], key="realisasi_bulanan")
    return {}


@steps.operator("kinerja.finalkan")
def finalkan(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    laporan = tetapkan.finalkan(laporan_of(ids))
    _kabarkan([laporan.pegawai.user], laporan, "laporan.final", "final", "Penilaian bulan ini sudah ditetapkan.")
    return {}


@steps.operator("kinerja.buat_dokumen", background=True)
def buat_dokumen(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    dokumen.buat_semua(laporan_of(ids))
    return {}


@steps.operator("kinerja.ingatkan_asn")
def ingatkan_asn(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    laporan = laporan_of(ids)
    if laporan.diajukan_at is None:
        batas = tanggal(laporan.periode.tenggat)
        _kabarkan(
            [laporan.pegawai.user], laporan, "laporan.ingat", "menjelang tenggat", f"Ajukan paling lambat {batas}."
        )
    return {}


@steps.operator("kinerja.kabarkan_lewat")
def kabarkan_lewat(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    laporan = laporan_of(ids)
    if laporan.diajukan_at is None:
        orang = [laporan.pegawai.user, *_penilai_kini(laporan)]
        _kabarkan(orang, laporan, "laporan.lewat", "lewat tenggat", f"{laporan.pegawai.nama} belum mengajukan laporan.")
    return {}


@steps.operator("kinerja.daftarkan_terlambat")
def daftarkan_terlambat(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    laporan = laporan_of(ids)
    if laporan.diajukan_at is None:
        admin = kepegawaian.users_of(Peran.ADMIN_OPD, opd=laporan.opd_id, pada=timezone.localdate())
        _kabarkan(admin, laporan, "laporan.terlambat", "belum diajukan", f"{laporan.pegawai.nama} terlambat.")
    return {}


@steps.operator("kinerja.ingatkan_penilai")
def ingatkan_penilai(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    laporan = laporan_of(ids)
    pesan = f"Laporan {laporan.pegawai.nama} menunggu keputusan Anda."
    _kabarkan(_penilai_kini(laporan), laporan, "laporan.periksa", "menunggu Anda", pesan)
    return {}


@steps.operator("kinerja.kabarkan_eskalasi")
def kabarkan_eskalasi(*, ids: Ids, params: Mapping[str, Any], actor: Any) -> steps.Choices:
    laporan = laporan_of(ids)
    orang = [
        *kepegawaian.users_of(Peran.ADMIN_OPD, opd=laporan.opd_id, pada=timezone.localdate()),
        *_atasan_penilai(laporan),
    ]
    _kabarkan(orang, laporan, "laporan.eskalasi", "lama menunggu", f"Laporan {laporan.pegawai.nama} belum diputuskan.")
    return {}


# --- Dates, cards, notices --------------------------------------------------------------------------------------------


def waktu_penilai(laporan: LaporanPeriode) -> dict[str, str]:
    """T5 and T6 of a validation that opens now, as ISO text with offset."""
    hari = {"ingatkan_penilai_pada": "eskalasi_ingat", "eskalasi_pada": "eskalasi_atasan"}
    now = timezone.now()
    return {
        nama: penilaian.hari_kerja(now, int(setting(key)), opd=laporan.opd_id).isoformat() for nama, key in hari.items()
    }


def _tenggat_isi(*, ids: Ids, now: datetime) -> datetime | None:
    return datetime.fromisoformat(ids["tenggat"]) if ids.get("tenggat") else None


def _tenggat_tinjau(*, ids: Ids, now: datetime) -> datetime | None:
    return datetime.fromisoformat(ids["ingatkan_penilai_pada"]) if ids.get("ingatkan_penilai_pada") else None


for _step in (*LANGKAH, "ringkasan"):
    steps.due(_step)(_tenggat_isi)
for _step in ("tinjau_renaksi", "tinjau_skp", "tinjau_pks"):
    steps.due(_step)(_tenggat_tinjau)


@steps.card("tinjau_renaksi", "tinjau_skp", "tinjau_pks")
def kartu_tinjau(*, ids: Ids) -> steps.Card:
    """Name, figures and number of evidence; a warning keeps the item out of bulk approval."""
    laporan = laporan_of(ids)
    peringatan = queries.peringatan_dari(laporan)
    pks = getattr(laporan, "pks", None)
    bukti = sum(len(rows) for rows in queries.bukti_per_rhk(laporan).values())
    facts = [
        ("Capaian renaksi", f"{format_angka(pks.capaian_renaksi)} %" if pks else "–"),
        ("Capaian pegawai", f"{format_angka(pks.capaian_pegawai)} %" if pks else "–"),
        ("Usulan rating", pks.get_rating_usulan_display() or "–" if pks else "–"),
        ("Bukti dukung", f"{bukti} bukti"),
    ]
    if peringatan:
        facts.append(("Peringatan", "; ".join(peringatan.teks())))
    return steps.Card(f"{laporan.pegawai.nama}: Realisasi {laporan.periode}", facts, bool(peringatan))


@steps.opened("tinjau_renaksi", "tinjau_skp", "tinjau_pks")
def kabarkan_penilai_baru(*, item: WorkItem) -> None:
    """Tell the acting penilai when a laporan arrives; the following steps of the same laporan stay quiet."""
    laporan = laporan_of({"laporan": item.instance.subject_id})
    if item.step == f"tinjau_{laporan.langkah_kembali or enums.Langkah.RENAKSI}":
        pesan = f"{laporan.pegawai.nama} mengajukan laporan."
        _kabarkan(_penilai_kini(laporan), laporan, "laporan.diajukan", "diajukan", pesan, item=item)


@steps.opened("isi_renaksi", "isi_skp", "isi_pks")
def kabarkan_asn(*, item: WorkItem) -> None:
    """Tell the ASN when his month opens or his laporan comes back; steps that he opens himself stay quiet."""
    laporan = laporan_of({"laporan": item.instance.subject_id})
    orang = [laporan.pegawai.user]
    if laporan.status == enums.StatusLaporan.DIKEMBALIKAN:
        pesan = f"Perbaiki baris yang ditandai pada langkah {enums.Langkah(laporan.langkah_kembali).label}."
        _kabarkan(orang, laporan, "laporan.dikembalikan", "dikembalikan", pesan, item=item)
        if laporan.jumlah_kembali == int(setting("batas_kembali_notis")):
            pesan = f"Laporan {laporan.pegawai.nama} sudah dikembalikan {laporan.jumlah_kembali} kali."
            _kabarkan(_atasan_penilai(laporan), laporan, "laporan.kembali_berulang", "berulang dikembalikan", pesan)
    elif not WorkItem.objects.filter(instance=item.instance_id).exclude(pk=item.pk).exists():
        pesan = f"Isi dan ajukan paling lambat {tanggal(laporan.periode.tenggat)}."
        _kabarkan(orang, laporan, "laporan.dibuka", "sudah dibuka", pesan, item=item)


@steps.opened("lengkapi_penilai")
def kabarkan_penilai_kosong(*, item: WorkItem) -> None:
    """Penilai missing → Admin OPD, copy to the ASN (kinerja.md §6.0)."""
    laporan = laporan_of({"laporan": item.instance.subject_id})
    admin = kepegawaian.users_of(Peran.ADMIN_OPD, opd=laporan.opd_id, pada=timezone.localdate())
    sebab = laporan.penilai_alasan_kosong or "Pejabat penilai tidak ditemukan."
    pesan = f"Tetapkan pejabat penilai {laporan.pegawai.nama}. {sebab}"
    _kabarkan(admin, laporan, "laporan.penilai_kosong", "penilai belum ada", pesan, item=item)
    pesan = "Admin OPD diminta menetapkannya; Anda tetap dapat mengisi."
    _kabarkan([laporan.pegawai.user], laporan, "laporan.penilai_kosong", "penilai belum ada", pesan)


def _atasan_penilai(laporan: LaporanPeriode) -> list[User | None]:
    """The user of the atasan penilai today, if there is one."""
    orang = kepegawaian.atasan_penilai(laporan.pegawai, timezone.localdate(), penilaian.override(laporan)).orang
    return [orang.user] if orang is not None else []


def _penilai_kini(laporan: LaporanPeriode) -> list[User | None]:
    """Users who may act as penilai today: who was named in person, else who holds or covers the post."""
    if laporan.pengganti is not None:
        return [laporan.pengganti]
    if laporan.penilai_pegawai is not None and laporan.penilai_cara in penilaian.PRIBADI:
        return [laporan.penilai_pegawai.user]
    if laporan.atasan_posisi_id is None:
        return []
    return [who.orang.user for who in kepegawaian.pemegang(laporan.atasan_posisi_id, timezone.localdate())]


def _kabarkan(
    users: Sequence[User | None],
    laporan: LaporanPeriode,
    peristiwa: str,
    apa: str,
    pesan: str,
    *,
    item: WorkItem | None = None,
) -> None:
    """Notice in the application and by e-mail, with a link to the task, or to the case for those who only watch."""
    if item is not None:
        alamat = reverse("tugas", args=[item.pk])
    else:
        instance = tetapkan.instansi(laporan)
        alamat = reverse("berkas", args=[instance.pk]) if instance else ""
    people = list({user.pk: user for user in users if user is not None}.values())
    notices.notify(people, peristiwa, f"Realisasi {laporan.periode}: {apa}", pesan, alamat)
