"""Exports of attendance as jobs: the month grid and the scores as workbooks that equal the screen, text never a formula."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import xlsxwriter
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.core.periode import WIB
from backend.platform import files, jobs
from backend.platform.models import Berkas, Job
from backend.presensi.models import HadirHarian
from backend.web import presensi_kata as kata
from backend.web.admin_akses import hanya, pengguna
from backend.web.presensi_akses import LIHAT, opd_terlihat
from backend.web.presensi_kerja import EKSPOR_BULAN, EKSPOR_SKOR
from backend.web.presensi_opd import SaringBulan, baris_bulan, hari_opd, orang_opd, unit_opd
from backend.web.presensi_skor import KODE, SaringSkor, rekap_terlihat, saring

BAGIAN = 200
OPSI = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
SARING = ("cari", "unit", "tampil")


@hanya(LIHAT)
@require_POST
def minta_bulan(request: HttpRequest) -> HttpResponse:
    """Start the export of the grid that stands on the screen."""
    return _minta(request, EKSPOR_BULAN, judul="Excel presensi")


@hanya(LIHAT)
@require_POST
def minta_skor(request: HttpRequest) -> HttpResponse:
    """Start the export of the scores that stand on the screen."""
    return _minta(request, EKSPOR_SKOR, judul="Excel skor potongan")


def _minta(request: HttpRequest, jenis: str, *, judul: str) -> HttpResponse:
    user = pengguna(request)
    bulan = kata.bulan_dari(request.POST.get("bulan"), hari_ini=timezone.localdate())
    opd = request.POST.get("opd", "")
    if opd and opd not in {str(pk) for pk in opd_terlihat(user).values_list("pk", flat=True)}:
        raise NotVisible
    if not opd and jenis == EKSPOR_BULAN:
        raise NotVisible
    pilih = {nama: request.GET[nama] for nama in SARING if request.GET.get(nama)}
    parameter = {"opd": opd, "bulan": bulan.isoformat(), "saring": pilih}
    sidik = hashlib.sha256(urlencode(pilih).encode()).hexdigest()[:16]
    kunci = f"{user.pk}:{opd}:{bulan:%Y-%m}:{sidik}"
    job = jobs.start(jenis, kunci=kunci, parameter=parameter, oleh=user, judul=f"{judul} {kata.nama_bulan(bulan)}")
    return redirect("presensi-pekerjaan", pk=job.pk)


# --- Jobs ---------------------------------------------------------------------------------------------------------------


@jobs.job(EKSPOR_BULAN)
def ekspor_bulan(job: Job, progress: jobs.Progress) -> Berkas:
    """The grid: letters per day, sum, and a second sheet with every day that costs something. As its starter sees it."""
    user, bulan = _pemohon(job), date.fromisoformat(job.parameter["bulan"])
    pilihan = list(opd_terlihat(user))
    opd = next((satu for satu in pilihan if str(satu.pk) == job.parameter["opd"]), None)
    if opd is None:
        raise NotVisible
    saringan = SaringBulan(_query(job), opd=pilihan, unit=unit_opd(opd), bulan=bulan, dipilih=opd)
    saringan.is_valid()
    hari = hari_opd(user, opd, bulan)
    orang = list(orang_opd(opd, bulan, saringan))
    tulis = _Tulis([*["Nama", "NIP", "Jabatan"], *(str(tgl.day) for tgl in kata.hari_hari(bulan)), "Potongan (%)"])
    for mulai in range(0, len(orang), BAGIAN):
        progress(mulai, total=len(orang), pesan="Menulis Excel")
        for satu in baris_bulan(orang[mulai : mulai + BAGIAN], hari, bulan):
            huruf = [sel.huruf for _tgl, sel in satu.sel]
            tulis.baris([satu.pegawai.nama_lengkap, satu.pegawai.nip, satu.jabatan, *huruf, satu.persen])
    tulis.lembar_baru(
        "Hari berpotongan", ["Nama", "NIP", "Tanggal", "Masuk", "Pulang", "Kejadian", "Kode", "%", "Aturan"]
    )
    ids = [satu.pk for satu in orang]
    for row in (
        hari.filter(pegawai__in=ids, persen__gt=0).select_related("pegawai").order_by("pegawai__nama", "tanggal")
    ):
        tulis.baris(_hari(row))
    progress(len(orang), total=len(orang), pesan="Selesai")
    return files.store_bytes(
        tulis.selesai(), nama=f"presensi-{kata.alamat_bulan(bulan)}-{opd.kode}.xlsx", jenis="xlsx", pengunggah=user
    )


def _hari(row: HadirHarian) -> list[object]:
    return [
        row.pegawai.nama_lengkap,
        row.pegawai.nip,
        row.tanggal,
        kata.jam(row.masuk, row.tanggal),
        kata.jam(row.pulang, row.tanggal),
        kata.kalimat(row),
        ", ".join(row.kode),
        row.persen,
        ", ".join(row.aturan),
    ]


@jobs.job(EKSPOR_SKOR)
def ekspor_skor(job: Job, progress: jobs.Progress) -> Berkas:
    """A row per person with a column per code."""
    user, bulan = _pemohon(job), date.fromisoformat(job.parameter["bulan"])
    pilihan = list(opd_terlihat(user))
    opd = next((satu for satu in pilihan if str(satu.pk) == job.parameter["opd"]), None)
    if job.parameter["opd"] and opd is None:
        raise NotVisible
    saringan = SaringSkor(_query(job), opd=pilihan, bulan=bulan, dipilih=opd)
    saringan.is_valid()
    rows = saring(rekap_terlihat(user, bulan, opd), saringan)
    total = rows.count()
    tulis = _Tulis(
        ["Nama", "NIP", "OPD", "Hari kerja", "Hari masuk", *KODE, "Menit telat", "Menit cepat", "Potongan (%)"]
    )
    for nomor, row in enumerate(rows.iterator(chunk_size=1000)):
        progress(nomor, total=total, pesan="Menulis Excel")
        kode = [row.per_kode.get(satu, 0) for satu in KODE]
        akhir = [row.menit_telat, row.menit_pulang_cepat, row.persen]
        orang = [row.pegawai.nama_lengkap, row.pegawai.nip, row.opd.nama, row.hari_kerja, row.hari_masuk]
        tulis.baris([*orang, *kode, *akhir])
    progress(total, total=total, pesan="Selesai")
    nama = f"skor-potongan-{kata.alamat_bulan(bulan)}-{opd.kode if opd else 'semua'}.xlsx"
    return files.store_bytes(tulis.selesai(), nama=nama, jenis="xlsx", pengunggah=user)


def _pemohon(job: Job) -> User:
    """Whoever asked: the export holds what he may see. Raises NotVisible."""
    if not isinstance(job.oleh, User):
        raise NotVisible
    return job.oleh


def _query(job: Job) -> QueryDict:
    return QueryDict(urlencode(job.parameter.get("saring", {})))


class _Tulis:
    """A workbook written row by row; every text is text."""

    def __init__(self, judul: Iterable[str]) -> None:
        self.isi = io.BytesIO()
        self.buku = xlsxwriter.Workbook(self.isi, OPSI)
        self.tebal = self.buku.add_format({"bold": True, "bottom": 1})
        self.tanggal = self.buku.add_format({"num_format": "dd-mm-yyyy"})
        self.lembar_baru("Presensi", judul)

    def lembar_baru(self, nama: str, judul: Iterable[str]) -> None:
        self.lembar: Any = self.buku.add_worksheet(nama)
        self.nomor = 0
        self.lembar.write_row(0, 0, list(judul), self.tebal)
        self.lembar.freeze_panes(1, 1)
        self.lembar.set_column(0, 0, 32)
        self.lembar.set_column(1, 1, 20)

    def baris(self, nilai: Iterable[object]) -> None:
        self.nomor += 1
        for letak, satu in enumerate(nilai):
            self._sel(letak, satu)

    def _sel(self, letak: int, satu: object) -> None:
        if isinstance(satu, datetime):
            satu = satu.astimezone(WIB).replace(tzinfo=None)
        if isinstance(satu, date):
            self.lembar.write_datetime(self.nomor, letak, satu, self.tanggal)
        elif isinstance(satu, int | Decimal):
            self.lembar.write_number(self.nomor, letak, satu)
        else:
            self.lembar.write_string(self.nomor, letak, str(satu))

    def selesai(self) -> bytes:
        self.buku.close()
        return self.isi.getvalue()
