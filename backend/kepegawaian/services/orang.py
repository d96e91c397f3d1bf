"""People, their accounts, granted roles, delegations, and reports of wrong data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from backend.accounts import services as akun
from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import InvalidFields
from backend.kepegawaian import nip, queries
from backend.kepegawaian.calculations import HasilNIP
from backend.kepegawaian.enums import JenisPenugasan, StatusLaporanData
from backend.kepegawaian.errors import (
    AkunSudahAda,
    DelegasiTanpaTugas,
    LaporanSudahDijawab,
    PeranUntukDiriSendiri,
    in_words,
)
from backend.kepegawaian.models import Delegasi, LaporanData, Pegawai, PeranUser, RiwayatJabatan, Unor
from backend.kepegawaian.services.dasar import chain, change, create
from backend.platform import audit, notices

# --- People -------------------------------------------------------------------------------------------------------


@transaction.atomic
def buat_pegawai(isi: Mapping[str, Any], *, oleh: User | None) -> Pegawai:
    """Enter a person. A NIP with hard errors is refused; warnings are kept in the audit. Raises InvalidFields."""
    hasil = _check_nip(isi)
    return create(Pegawai(**isi), oleh=oleh, peristiwa="pegawai_dibuat", fields=isi, peringatan=hasil.peringatan)


@transaction.atomic
def ubah_pegawai(pegawai: Pegawai, isi: Mapping[str, Any], *, oleh: User | None) -> Pegawai:
    """Correct identity; the account follows (user name = NIP, name, e-mail). Raises InvalidFields."""
    known = {
        name: getattr(pegawai, name) for name in ("nip", "status_asn", "tanggal_lahir", "tmt_cpns", "jenis_kelamin")
    }
    hasil = _check_nip({**known, **isi})
    change(pegawai, isi, oleh=oleh, peristiwa="pegawai_diubah", peringatan=hasil.peringatan)
    if pegawai.user is not None:
        with in_words():
            User.objects.filter(pk=pegawai.user.pk).update(
                username=pegawai.nip, nama=pegawai.nama_lengkap, email=pegawai.email
            )
    return pegawai


def _check_nip(isi: Mapping[str, Any]) -> HasilNIP:
    hasil = nip.check(
        isi["nip"], status_asn=isi.get("status_asn", "PNS"), tanggal_lahir=isi.get("tanggal_lahir"),
        tmt_cpns=isi.get("tmt_cpns"), jenis_kelamin=isi.get("jenis_kelamin"),
    )  # fmt: skip
    if hasil.salah:
        raise InvalidFields({"nip": " ".join(hasil.salah)})
    return hasil


@transaction.atomic
def buat_akun(pegawai: Pegawai, *, oleh: User | None) -> tuple[User, str]:
    """Make the account of a person; the second value is its one-time password. Raises AkunSudahAda."""
    locked = Pegawai.objects.select_for_update(no_key=True).get(pk=pegawai.pk)
    if locked.user_id is not None:
        raise AkunSudahAda
    sandi = akun.buat_sandi()
    with in_words():
        user = User.objects.create_user(locked.nip, sandi, nama=locked.nama_lengkap, email=locked.email)
        Pegawai.objects.filter(pk=locked.pk).update(user=user)
    audit.record(akun.chain(user), "akun_dibuat", aktor=oleh, data={"pegawai": str(locked.pk)})
    pegawai.user = user
    return user, sandi


# --- Granted roles ------------------------------------------------------------------------------------------------


@transaction.atomic
def tetapkan_peran(
    user: User, *, oleh: User | None, peran: str, unor: Unor | None = None, mulai: date | None = None, sampai: date | None = None
) -> PeranUser:  # fmt: skip
    """Grant a role, for one OPD or the whole city. Raises PeranUntukDiriSendiri, PeranSudahAda, InvalidFields."""
    _not_oneself(user, oleh=oleh)
    row = PeranUser(user=user, peran=peran, unor=unor, mulai=mulai or timezone.localdate(), sampai=sampai)
    with in_words():
        row.save(force_insert=True)
    _record_role(row, "peran_diberikan", oleh=oleh)
    return row


@transaction.atomic
def cabut_peran(peran: PeranUser, *, oleh: User | None, alasan: str = "", pada: date | None = None) -> None:
    """Take a role away: its last day is the one before `pada` (default today), so it is gone at once."""
    _not_oneself(peran.user, oleh=oleh)
    last = (pada or timezone.localdate()) - timedelta(days=1)
    if peran.sampai is not None and peran.sampai <= last:
        return
    with in_words():
        PeranUser.objects.filter(pk=peran.pk).update(sampai=last)
    peran.sampai = last
    _record_role(peran, "peran_dicabut", oleh=oleh, alasan=alasan)


def _not_oneself(user: User, *, oleh: User | None) -> None:
    if oleh is not None and user.pk == oleh.pk:
        raise PeranUntukDiriSendiri


def _record_role(row: PeranUser, peristiwa: str, *, oleh: User | None, alasan: str = "") -> None:
    data = {"peran": row.peran, "unor": row.unor_id, "mulai": row.mulai, "sampai": row.sampai}
    audit.record(akun.chain(row.user), peristiwa, aktor=oleh, data=data, alasan=alasan)


# --- Delegations --------------------------------------------------------------------------------------------------


@transaction.atomic
def buat_delegasi(
    pegawai: Pegawai,
    *,
    oleh: User | None,
    nomor: str,
    tanggal: date,
    mulai: date,
    selesai: date,
    lingkup_unor: Unor | None = None,
    lingkup_pegawai: Iterable[Pegawai] = (),
) -> Delegasi:
    """Record a letter of delegation over people or a unit. Raises DelegasiTanpaTugas, InvalidFields."""
    people = list(lingkup_pegawai)
    if lingkup_unor is None and not people:
        raise InvalidFields({"lingkup_unor": "Pilih unit, atau paling sedikit satu pegawai."})
    if any(orang.pk == pegawai.pk for orang in people):
        raise InvalidFields({"lingkup_pegawai": "Penerima delegasi tidak menilai dirinya sendiri."})
    tugas = RiwayatJabatan.objects.pada(mulai).filter(pegawai=pegawai, jenis_penugasan=JenisPenugasan.TT)
    if not tugas.exists():
        raise DelegasiTanpaTugas
    row = Delegasi(
        pegawai=pegawai, lingkup_unor=lingkup_unor, nomor=nomor, tanggal=tanggal, mulai=mulai, selesai=selesai
    )
    with in_words():
        row.save(force_insert=True)
        row.lingkup_pegawai.set(people)
    data = {
        "delegasi": str(row.pk),
        "nomor": nomor,
        "unor": row.lingkup_unor_id,
        "pegawai": [str(p.pk) for p in people],
        "mulai": mulai,
        "selesai": selesai,
    }
    audit.record(chain(pegawai), "delegasi_dibuat", aktor=oleh, data=data)
    return row


@transaction.atomic
def cabut_delegasi(delegasi: Delegasi, *, oleh: User | None, alasan: str) -> None:
    """Revoke a letter now; a second time changes nothing."""
    if Delegasi.objects.filter(pk=delegasi.pk, dicabut_pada=None).update(dicabut_pada=timezone.now()):
        audit.record(
            chain(delegasi.pegawai), "delegasi_dicabut", aktor=oleh, data={"delegasi": str(delegasi.pk)}, alasan=alasan
        )


# --- Data salah? Laporkan -----------------------------------------------------------------------------------------


@transaction.atomic
def laporkan_data(pegawai: Pegawai, *, oleh: User, kolom: str, isi: str) -> LaporanData:
    """Say what is wrong in a person's data; the Admin OPD of his unit is told."""
    row = LaporanData.objects.create(pegawai=pegawai, kolom=kolom, isi=isi, pelapor=oleh)
    audit.record(chain(pegawai), "data_dilaporkan", aktor=oleh, data={"laporan": str(row.pk), "kolom": kolom})
    jabatan = queries.jabatan_pada(pegawai, timezone.localdate())
    if jabatan is not None and jabatan.posisi.unor.opd_id:
        admins = queries.users_of(Peran.ADMIN_OPD, opd=jabatan.posisi.unor.opd_id, pada=timezone.localdate())
        notices.notify(
            admins, "data_dilaporkan", f"Data {pegawai.nama_lengkap} dilaporkan salah", f"{kolom}: {isi}", _url()
        )
    return row


@transaction.atomic
def jawab_laporan_data(laporan: LaporanData, *, oleh: User, status: str, jawaban: str) -> None:
    """Answer a report: diperbaiki or ditolak, with words. Its reporter is told. Raises LaporanSudahDijawab."""
    if status not in {StatusLaporanData.DIPERBAIKI, StatusLaporanData.DITOLAK}:
        raise InvalidFields({"status": "Pilih salah satu jawaban."})
    if not jawaban.strip():
        raise InvalidFields({"jawaban": "Kolom ini wajib diisi."})
    answered = LaporanData.objects.filter(pk=laporan.pk, status=StatusLaporanData.BARU).update(
        status=status, jawaban=jawaban, dijawab_oleh=oleh, dijawab_pada=timezone.now()
    )
    if not answered:
        raise LaporanSudahDijawab
    laporan.refresh_from_db()
    audit.record(
        chain(laporan.pegawai), "laporan_data_dijawab", aktor=oleh, data={"laporan": str(laporan.pk), "status": status}
    )
    notices.notify(
        [laporan.pelapor], "laporan_data_dijawab", f"Laporan data: {laporan.get_status_display()}", jawaban, _url()
    )


def _url() -> str:
    """The page of reports, where the pages are installed."""
    try:
        return reverse("laporan-data")
    except NoReverseMatch:
        return ""
