"""What the processes of this context are bound to: BPMN id → one service → ids and choices (architecture §3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.money import format_angka
from backend.core.periode import WIB, tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.calculations import hari_kerja_setelah
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
HARI_KERJA_JENDELA = timedelta(days=60)  # holidays are read this far ahead; no deadline is further away


def laporan_of(ids: Ids) -> LaporanPeriode:
    """The laporan of a process, with what its rules look at."""
    rows = LaporanPeriode.objects.select_related(
        "skp__riwayat_jabatan__posisi", "periode", "pegawai__user", "opd", "penilai_pegawai__user", "penilai_pejabat__user", "pks"
    )
    return rows.get(pk=ids["laporan"])


# --- Addressees -------------------------------------------------------------------------------------------------------


@steps.lane("asn")
def asn(*, ids: Ids) -> steps.Assignment:
    return steps.Assignment(user=UUID(ids["pegawai_user"]))


@steps.lane("atasan")
def atasan(*, ids: Ids) -> steps.Assignment:
    """The post of the penilai: whoever holds or covers it at the moment of opening acts (§2.4)."""
    posisi, opd = LaporanPeriode.objects.values_list("atasan_posisi", "opd").get(pk=ids["laporan"])
    return steps.Assignment(posisi=posisi, opd=opd)


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
    return {"id": row.id, "values": {name: getattr(row, name) for name in fields}}


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
    return {"id": row.id, "values": {"keputusan": row.keputusan, "catatan": row.catatan_penilai}}


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


def _pilihan(hasil: tinjau.Hasil) -> steps.Choices:
    return {
        "ada_perbaiki": hasil.ada_perbaiki,
        "langkah_kembali": hasil.langkah_kembali,
        "hasil": "dikembalikan" if hasil.ada_perbaiki else "disetujui",
        **waktu_penilai(timezone.now()),
    }


@steps.step("tinjau_renaksi", rows=baris_tinjau_renaksi)
def tinjau_renaksi(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    return _pilihan(tinjau.tinjau_renaksi(laporan_of(ids), oleh=actor, keputusan=_keputusan(form.get("renaksi", ()))))


@steps.step("tinjau_skp", rows=baris_tinjau_skp)
def tinjau_skp(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    return _pilihan(
        tinjau.tinjau_skp(
            laporan_of(ids),
            oleh=actor,
            keputusan=_keputusan(form.get("iki", ())),
            renaksi=_diubah(form.get("renaksi", ())),
            umpan=_umpan(form),
        )
    )


@steps.step("tinjau_pks", rows=baris_tinjau_pks)
def tinjau_pks(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    return _pilihan(
        tinjau.tinjau_pks(
            laporan_of(ids),
            oleh=actor,
            keputusan=_keputusan(form.get("pks", ())),
            penilaian_akhir=Penilaian(
                form.get("rating_hasil"), form.get("rating_perilaku"), form.get("alasan_beda"), form.get("rekomendasi")
            ),
            iki=_diubah(form.get("iki", ())),
            renaksi=_diubah(form.get("renaksi", ())),
            umpan=_umpan(form),
        )
    )


@steps.step("lengkapi_penilai")
def lengkapi_penilai(*, actor: User, ids: Ids, form: Mapping[str, Any]) -> steps.Choices:
    from backend.core.errors import InvalidFields

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
        minta_penilai(laporan, actor=actor)
        return {"penilai_ada": False, "langkah_periksa": ""}
    langkah = tinjau.mulai_pemeriksaan(laporan)
    return {"penilai_ada": True, "langkah_periksa": str(langkah), **waktu_penilai(timezone.now())}


def minta_penilai(laporan: LaporanPeriode, *, actor: Any) -> None:
    """One small process per laporan asks Admin OPD for the penilai (decision 14); a second call changes nothing."""
    kunci = f"penilai:{laporan.pk}"
    if WorkItem.objects.open().filter(instance__business_key=kunci).exists():
        return
    engine.start(
        "lengkapi_atasan",
        actor=actor,
        subject=("laporan", laporan.pk),
        data={"laporan": str(laporan.pk), "opd": str(laporan.opd_id) if laporan.opd_id else None},
        business_key=kunci,
        opd=laporan.opd_id,
        title=f"Lengkapi atasan {laporan.pegawai.nama}",
    )


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
        _kabarkan([laporan.pegawai.user], laporan, "laporan.ingat", "menjelang tenggat", f"Ajukan paling lambat {batas}.")
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
    hari_ini = timezone.localdate()
    atasan_penilai = kepegawaian.atasan_penilai(laporan.pegawai, hari_ini).orang
    orang = kepegawaian.users_of(Peran.ADMIN_OPD, opd=laporan.opd_id, pada=hari_ini)
    if atasan_penilai is not None and atasan_penilai.user is not None:
        orang.append(atasan_penilai.user)
    _kabarkan(orang, laporan, "laporan.eskalasi", "lama menunggu", f"Laporan {laporan.pegawai.nama} belum diputuskan.")
    return {}


# --- Dates, cards, notices --------------------------------------------------------------------------------------------


def waktu_penilai(now: datetime) -> dict[str, str]:
    """T5 and T6 of a validation that opens now, as ISO text with offset."""
    return {
        "ingatkan_penilai_pada": _hari_kerja(now, int(setting("eskalasi_ingat"))).isoformat(),
        "eskalasi_pada": _hari_kerja(now, int(setting("eskalasi_atasan"))).isoformat(),
    }


def _hari_kerja(now: datetime, hari: int) -> datetime:
    awal = timezone.localdate(now)
    libur = kepegawaian.hari_libur(awal, awal + HARI_KERJA_JENDELA)
    selesai = hari_kerja_setelah(awal, hari, libur=libur)
    return datetime(selesai.year, selesai.month, selesai.day, 23, 59, 59, tzinfo=WIB)


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
    laporan = LaporanPeriode.objects.select_related("pegawai", "periode").get(pk=item.instance.subject_id)
    if laporan.status_langkah(item.step.removeprefix("tinjau_")) and item.step != f"tinjau_{laporan.langkah_kembali or 'renaksi'}":
        return
    _kabarkan(_penilai_kini(laporan), laporan, "laporan.diajukan", "diajukan", f"{laporan.pegawai.nama} mengajukan laporan.")


@steps.opened("isi_renaksi", "isi_skp", "isi_pks")
def kabarkan_asn(*, item: WorkItem) -> None:
    """Tell the ASN when his month opens or his laporan comes back."""
    laporan = LaporanPeriode.objects.select_related("pegawai__user", "periode").get(pk=item.instance.subject_id)
    if laporan.status == enums.StatusLaporan.DIKEMBALIKAN:
        _kabarkan([laporan.pegawai.user], laporan, "laporan.dikembalikan", "dikembalikan", "Perbaiki baris yang ditandai.")


def _penilai_kini(laporan: LaporanPeriode) -> list[User]:
    """Users who may act for the post of the penilai today."""
    if laporan.atasan_posisi_id is None:
        return []
    orang = [who.orang for who in kepegawaian.pemegang(laporan.atasan_posisi_id, timezone.localdate())]
    return [each.user for each in orang if each.user is not None]


def _kabarkan(users: Sequence[User | None], laporan: LaporanPeriode, peristiwa: str, apa: str, pesan: str) -> None:
    instance = tetapkan.instansi(laporan)
    alamat = f"/berkas/{instance.pk}/" if instance else "/laporan/"
    people = [user for user in users if user is not None]
    notices.notify(people, peristiwa, f"Realisasi {laporan.periode}: {apa}", pesan, alamat)
