"""Warnings by PP 94/2021: who has reached, or is about to reach, a number of days without a word. A warning is no sanction."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from backend.presensi.enums import JenisPeringatan
from backend.presensi.models import Peringatan
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_cari import cari_pegawai
from backend.web.admin_daftar import Daftar, Kolom, Saringan, halaman_daftar, saring_pilihan
from backend.web.presensi_akses import LIHAT, MENILAI

NADA = {JenisPeringatan.AMBANG: "bad", JenisPeringatan.MENDEKATI: "warn", JenisPeringatan.BERTURUT: "bad"}


class SaringPeringatan(Saringan):
    cari = forms.CharField(label="Nama atau NIP", required=False, max_length=100)
    jenis = saring_pilihan("Jenis", JenisPeringatan.choices)
    tahun = forms.IntegerField(label="Tahun", required=False, min_value=2000, max_value=2100)

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        if cari := self.isi("cari"):
            baris = cari_pegawai(baris, cari, awalan="pegawai__")
        for nama in ("jenis", "tahun"):
            if isi := self.isi(nama):
                baris = baris.filter(**{nama: isi})
        return baris


DAFTAR = Daftar(
    judul="Peringatan PP 94", kosong="Tidak ada peringatan", ikon_kosong="circle-check", per_halaman=25,
    kosong_saran="Peringatan muncul bila hari tanpa keterangan setahun mencapai, atau tinggal sehari dari, ambang PP 94/2021.",
    kolom=(
        Kolom(label="Pegawai", nilai=lambda p: p.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda p: p.pegawai.nip), url=lambda p: reverse("presensi-orang", args=[p.pegawai_id])),
        Kolom(label="Peringatan", nilai=lambda p: p.get_jenis_display(), nada=lambda p: NADA[JenisPeringatan(p.jenis)], sub=Kolom(label="Tahun", nilai=lambda p: str(p.tahun))),
        Kolom(label="Menurut PP 94", nilai=lambda p: p.hukuman.replace("_", " ").capitalize()),
        Kolom(label="Hari TK", nilai=lambda p: p.hari_tk, angka=True, urut=("hari_tk",), sub=Kolom(label="Berturut", nilai=lambda p: f"{p.berturut} berturut")),
        Kolom(label="Diberikan", nilai=lambda p: p.dibuat_pada.date(), urut=("dibuat_pada",)),
    ),
)  # fmt: skip


@hanya(LIHAT | MENILAI)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """The warnings of everybody this user sees, newest first."""
    baris = Peringatan.objects.visible_to(pengguna(request)).select_related("pegawai").order_by("-dibuat_pada", "-pk")
    return halaman_daftar(
        request, baris, daftar=DAFTAR, saringan=SaringPeringatan(request.GET), judul=DAFTAR.judul,
        fakta="Sistem hanya memperingatkan; hukuman disiplin ditetapkan dengan surat keputusan.",
    )  # fmt: skip
