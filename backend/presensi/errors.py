"""Broken rules of attendance, and the names under which the database refuses them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from backend.core.errors import DomainError, InvalidFields


class BulanDisegel(DomainError):
    """Presensi {bulan} sudah disegel dan tidak berubah lagi. Kekurangan atau kelebihannya diselesaikan lewat TPP susulan; hubungi BKPSDM."""

    status = 409


class LewatBatasKoreksi(DomainError):
    """Batas koreksi presensi {bulan} sudah lewat ({batas}). Hubungi BKPSDM bila masih ada yang harus dibetulkan."""

    status = 409


class KoreksiSendiri(DomainError):
    """Koreksi sendiri tidak dapat diputus sendiri. Minta atasan atau Admin OPD lain memutusnya."""

    status = 403


class BukanPemutus(DomainError):
    """Keputusan ini ada pada atasan langsung, kemudian Admin OPD."""

    status = 403


class KeadaanBerubah(DomainError):
    """Keadaannya sekarang {status}, jadi tindakan ini tidak dapat dilakukan. Muat ulang halaman."""

    status = 409


class KoreksiBerperingatan(DomainError):
    """Koreksi ini harus diperiksa satu per satu: {alasan}."""


class KoreksiTerlaluDini(DomainError):
    """Koreksi hanya untuk hari yang sudah lewat. Untuk rencana ke depan, ajukan cuti atau surat tugas."""


class TanggalSudahTerisi(DomainError):
    """Pada tanggal itu sudah ada cuti, dinas, atau sakit lain. Batalkan yang lama lebih dahulu; sakit di dalam cuti tahunan memerlukan keputusan BKPSDM."""

    status = 409


class SakitDiLuarCuti(DomainError):
    """Keputusan BKPSDM hanya untuk sakit yang seluruhnya berada di dalam cuti tahunan."""


class SuratDiperlukan(DomainError):
    """{jenis} memerlukan nomor surat dan berkasnya."""


class SuratTerlambat(DomainError):
    """Surat dokter diserahkan paling lambat {batas}. Hubungi BKPSDM bila ada alasan yang sah."""

    status = 409


class JadwalBertabrakan(DomainError):
    """Pegawai ini sudah mempunyai penugasan jadwal pada masa yang sama. Akhiri yang lama lebih dahulu."""

    status = 409


class JadwalSudahBerlaku(DomainError):
    """Sudah ada versi jadwal dengan kode ini yang berlaku pada masa itu. Pilih tanggal mulai sesudahnya."""

    status = 409


class PolaTidakDikenal(DomainError):
    """Pola jadwal {kode} tidak ada. Pola yang ada: {dikenal}."""


class BelumDapatDisegel(DomainError):
    """Presensi {bulan} belum dapat disegel: {sebab}."""

    status = 409


class BelumDiajukan(DomainError):
    """Segel bulan ini belum diajukan Admin OPD."""

    status = 409


class MesinTidakDikenal(DomainError):
    """Mesin ini tidak terdaftar, tidak aktif, atau kuncinya salah."""

    status = 401


class LokasiPalsu(DomainError):
    """Gawai Anda memakai lokasi tiruan, jadi absen ini ditolak. Matikan aplikasi lokasi tiruan lalu ulangi."""


class LokasiKurangTeliti(DomainError):
    """Lokasi gawai hanya teliti sampai {akurasi} meter; yang diterima {batas} meter. Nyalakan GPS di tempat terbuka lalu ulangi."""


class DiLuarLokasi(DomainError):
    """Anda berada {jarak} meter dari lokasi absen terdekat ({lokasi}); yang diterima {batas} meter."""


class TanpaLokasi(DomainError):
    """Belum ada lokasi absen untuk unit Anda. Hubungi Admin OPD."""


class JamGawaiSalah(DomainError):
    """Jam gawai Anda berbeda lebih dari {menit} menit dari jam sistem. Betulkan jam gawai lalu ulangi."""


class BerkasTapTidakTerbaca(DomainError):
    """Berkas ini tidak dapat dibaca: {sebab}."""


WORDS: dict[str, type[DomainError]] = {
    "tidakhadir_do_not_overlap": TanggalSudahTerisi,
    "sakit_in_leave_do_not_overlap": TanggalSudahTerisi,
    "sakit_lies_inside_leave": SakitDiLuarCuti,
    "one_schedule_per_pegawai_and_day": JadwalBertabrakan,
    "koreksi_not_approved_by_its_author": KoreksiSendiri,
    "one_pola_version_per_day": JadwalSudahBerlaku,
    "one_shift_version_per_day": JadwalSudahBerlaku,
}
FIELDS: dict[str, tuple[str, str]] = {
    "tidakhadir_period_in_order": ("sampai", "Tanggal akhir tidak boleh sebelum tanggal awal."),
    "only_one_day_of_dinas_is_partial": ("bagian", "Setengah hari hanya untuk dinas luar satu hari."),
    "dinas_has_a_letter": ("nomor_surat", "Nomor surat tugas wajib diisi."),
    "only_sakit_has_a_decision": ("keputusan_bkpsdm", "Hanya untuk sakit di dalam cuti tahunan."),
    "lupa_has_a_time": ("jam", "Jam wajib diisi untuk lupa tap, dan hanya untuk itu."),
    "gangguan_has_a_side": ("sisi", "Pilih sisi yang terganggu."),
    "ubah_jadwal_has_a_code": ("tujuan", "Pilih jaga yang seharusnya."),
    "ubah_status_has_a_letter": ("nomor_surat", "Pilih statusnya dan isi nomor suratnya."),
    "koreksi_has_a_reason": ("alasan", "Alasan wajib diisi."),
    "penugasan_period_in_order": ("sampai", "Tanggal akhir tidak boleh sebelum tanggal awal."),
    "pola_day_ends_after_it_begins": ("pulang", "Jam pulang harus sesudah jam masuk."),
    "pola_is_not_shift": ("kode", "Kode SHIFT dipakai untuk jadwal jaga; pilih kode lain."),
    "shift_over_midnight_says_so": (
        "lintas_hari",
        "Jam pulang sebelum jam masuk hanya untuk jaga yang melewati tengah malam.",
    ),
    "shift_code_with_hours": ("kode", "Jam hanya untuk PAGI, SIANG, dan MALAM."),
    "presensi_mesin_nomor_seri_key": ("nomor_seri", "Nomor seri ini sudah terdaftar."),
    "one_owner_per_pin": ("pin", "PIN ini sudah dipakai pegawai lain pada mesin itu."),
    "lokasi_is_on_earth": ("lat", "Koordinat tidak benar."),
}


@contextmanager
def in_words() -> Iterator[None]:
    """Turn a refusal of the database into the error of this domain; the transaction around stays usable."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        name = getattr(diagnostics, "constraint_name", None) or ""
        if name in WORDS:
            raise WORDS[name]() from None
        if name in FIELDS:
            field, text = FIELDS[name]
            raise InvalidFields({field: text}) from None
        raise
