"""Broken rules of personnel records, and the names under which the database refuses them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from backend.core.errors import DomainError, InvalidFields


class SedangDiubah(DomainError):
    """Data {nama} sedang diubah pengguna lain. Muat ulang halaman, periksa keadaan terakhir, lalu ulangi."""

    status = 409


class UnorMasihBerisi(DomainError):
    """Unit ini atau unit di bawahnya masih mempunyai pegawai definitif. Pindahkan mereka lebih dahulu, atau pilih tanggal sesudah masa jabatan mereka."""

    status = 409


class UnorIndukTidakAktif(DomainError):
    """Unit di atasnya tidak aktif. Pulihkan unit itu lebih dahulu."""

    status = 409


class JabatanBertabrakan(DomainError):
    """Pegawai ini sudah mempunyai jabatan definitif lain pada masa yang sama. Akhiri atau batalkan yang lama lebih dahulu."""

    status = 409


class PimpinanSudahAda(DomainError):
    """Posisi pimpinan ini sudah mempunyai pemangku definitif pada masa itu. Akhiri jabatannya lebih dahulu, atau tetapkan Plt./Plh."""

    status = 409


class PenugasanGanda(DomainError):
    """Pegawai ini sudah memangku atau menggantikan posisi yang sama pada masa itu."""

    status = 409


class TanpaJabatanDefinitif(DomainError):
    """Pegawai ini tidak mempunyai jabatan definitif pada tanggal tersebut, sehingga tidak ada yang dapat dipindahkan."""

    status = 409


class RiwayatSudahBatal(DomainError):
    """Riwayat ini sudah dibatalkan dan tidak dapat diubah lagi. Buat baris baru."""

    status = 409


class PenugasanSudahLewat(DomainError):
    """Masa penugasan ini sudah lewat. Buat penugasan baru dengan tanggal yang benar."""

    status = 409


class AkunSudahAda(DomainError):
    """Pegawai ini sudah mempunyai akun."""

    status = 409


class PeranUntukDiriSendiri(DomainError):
    """Anda tidak dapat memberi atau mencabut peran Anda sendiri. Minta admin lain melakukannya."""

    status = 403


class PeranSudahAda(DomainError):
    """Pengguna ini sudah mempunyai peran yang sama pada masa itu."""

    status = 409


class DelegasiTanpaTugas(DomainError):
    """Delegasi hanya untuk pegawai dengan tugas tambahan (koordinator, subkoordinator, ketua tim) yang aktif. Catat penugasan TT lebih dahulu."""


class LaporanSudahDijawab(DomainError):
    """Laporan ini sudah dijawab."""

    status = 409


# Constraint or trigger → what a page says, by the field or as a whole.
BY_FIELD: dict[str, tuple[str, str]] = {
    "unor_tree_without_cycle": ("induk", "Unit tidak boleh berada di bawah dirinya sendiri."),
    "unor_validity_in_order": ("valid_to", "Tanggal akhir tidak boleh sebelum tanggal awal."),
    "unor_is_not_its_own_pengganti": ("pengganti", "Pilih unit lain sebagai pengganti."),
    "kepegawaian_unor_kode_key": ("kode", "Kode unit ini sudah dipakai."),
    "kepegawaian_pegawai_nip_key": ("nip", "NIP ini sudah dipakai pegawai lain."),
    "nip_has_18_digits": ("nip", "NIP harus 18 angka."),
    "accounts_user_username_key": ("nip", "Nama pengguna dengan NIP ini sudah dipakai akun lain."),
    "one_posisi_per_unor_and_jabatan": (
        "jabatan",
        "Jabatan ini sudah ada pada unit tersebut; tambah jumlah kebutuhannya.",
    ),
    "one_pimpinan_posisi_per_unor": ("is_pimpinan", "Unit ini sudah mempunyai posisi pimpinan."),
    "pimpinan_posisi_has_one_seat": ("jumlah_kebutuhan", "Posisi pimpinan mempunyai tepat satu kursi."),
    "posisi_has_atasan_or_is_puncak": ("atasan", "Pilih atasan, atau tandai sebagai jabatan puncak."),
    "posisi_is_not_its_own_atasan": ("atasan", "Atasan tidak boleh posisi itu sendiri."),
    "posisi_tree_without_cycle": ("atasan", "Atasan tidak boleh bawahan langsung atau tidak langsung dari posisi ini."),
    "posisi_kelas_1_to_17": ("kelas", "Kelas jabatan antara 1 dan 17."),
    "atasan_has_one_seat": ("atasan", "Atasan harus posisi dengan tepat satu kursi."),
    "definitive_has_atasan": ("atasan", "Kolom ini wajib diisi."),
    "riwayat_atasan_is_not_below": ("atasan", "Atasan tidak boleh diri sendiri atau bawahannya."),
    "riwayat_atasan_is_another_posisi": ("atasan", "Atasan tidak boleh posisi itu sendiri."),
    "definitive_in_a_living_unor": ("posisi", "Unit posisi ini sudah tidak aktif. Pilih posisi lain."),
    "riwayat_period_in_order": ("sampai", "Tanggal akhir tidak boleh sebelum tanggal mulai."),
    "penugasan_has_an_end": ("sampai", "Isi tanggal berakhirnya penugasan ini."),
    "delegasi_period_in_order": ("selesai", "Tanggal selesai tidak boleh sebelum tanggal mulai."),
    "one_kalender_row_per_day": ("tanggal", "Tanggal ini sudah tercatat untuk lingkup yang sama."),
    "peran_has_its_kind_of_scope": ("unor", "Peran per OPD memerlukan perangkat daerah; peran seluruh kota tidak."),
}
AS_A_WHOLE: dict[str, type[DomainError]] = {
    "unor_deleted_only_when_empty": UnorMasihBerisi,
    "one_definitive_jabatan_per_pegawai": JabatanBertabrakan,
    "one_definitive_pimpinan_per_posisi": PimpinanSudahAda,
    "one_penugasan_per_pegawai_and_posisi": PenugasanGanda,
    "peran_granted_once": PeranSudahAda,
}


def constraint(error: IntegrityError) -> str:
    """Name of the constraint or trigger rule that refused a write; empty when the database gave none."""
    return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "")


def words(error: IntegrityError) -> DomainError | None:
    """The rule that the database refused, as a DomainError; None for one that has no words here."""
    name = constraint(error)
    if name in BY_FIELD:
        field, message = BY_FIELD[name]
        return InvalidFields({field: message})
    return AS_A_WHOLE[name]() if name in AS_A_WHOLE else None


@contextmanager
def in_words() -> Iterator[None]:
    """Run a write in a savepoint; a refusal of the database leaves as a DomainError."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if said := words(error):
            raise said from error
        raise
