"""Monitoring of a month: who is late at which step, laporan without atasan, and moving a task to somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from backend.accounts.models import User
from backend.accounts.roles import Peran
from backend.core.errors import NotVisible
from backend.core.periode import tanggal
from backend.kepegawaian.models import Pegawai
from backend.kinerja import enums
from backend.kinerja.models import LaporanPeriode, Periode
from backend.kinerja.services.tetapkan import LAPORAN
from backend.web.admin_akses import KINERJA_OPD, KOTA, KOTA_LIHAT, OPD, hanya, pengguna, punya
from backend.web.admin_cari import cari_pegawai, cari_user, teks_user
from backend.web.admin_daftar import (
    Daftar,
    Kolom,
    Saringan,
    alamat,
    ekspor,
    halaman,
    kepala,
    navigasi,
    saring_pilihan,
    susun,
    urutkan,
)
from backend.web.admin_isian import Isian, Paragraf, PilihField, kiriman, simpan
from backend.web.admin_pegawai import pilihan_opd
from backend.web.antrean import meja
from backend.workflow import engine
from backend.workflow.models import WorkItem

S = enums.StatusLaporan
PENGISIAN = (S.DRAF_RENAKSI, S.DRAF_SKP, S.DRAF_PKS, S.DIKEMBALIKAN)
PEMERIKSAAN = (S.VALIDASI_RENAKSI, S.VALIDASI_SKP, S.VALIDASI_PKS)
NADA = {S.FINAL: "ok", S.DIKEMBALIKAN: "warn", S.DIAJUKAN: "info", **dict.fromkeys(PEMERIKSAAN, "info")}
LENGKAPI_ATASAN = "lengkapi_atasan"

# Key of the filter → what it counts. The same table draws the summary and narrows the list.
KELOMPOK = (
    ("terlambat", "Terlambat"),
    ("renaksi", "Mengisi Renaksi"),
    ("skp", "Mengisi SKP"),
    ("pks", "Mengisi PKS"),
    ("dikembalikan", "Dikembalikan"),
    ("pemeriksaan", "Diperiksa atasan"),
    ("tanpa_atasan", "Tanpa atasan"),
    ("final", "Final"),
)


def syarat(kunci: str, *, kini: datetime) -> Q:
    """The rows of one group. Late: not submitted after the tenggat, or a validation task past its date."""
    lewat = WorkItem.objects.open().filter(
        instance__subject_type=LAPORAN, instance__subject_id=Cast(OuterRef("pk"), CharField()), due_at__lt=kini
    )
    belum_diajukan = Q(diajukan_at__isnull=True, periode__tenggat__lt=kini, status__in=PENGISIAN)
    semua: dict[str, Q] = {
        "terlambat": belum_diajukan
        | (Q(status__in=(*PENGISIAN, *PEMERIKSAAN), diajukan_at__isnull=False) & Q(Exists(lewat))),
        "renaksi": Q(status=S.DRAF_RENAKSI),
        "skp": Q(status=S.DRAF_SKP),
        "pks": Q(status=S.DRAF_PKS),
        "dikembalikan": Q(status=S.DIKEMBALIKAN),
        "pemeriksaan": Q(status__in=(S.DIAJUKAN, *PEMERIKSAAN)),
        "tanpa_atasan": Q(penilai_pegawai__isnull=True, penilai_pejabat__isnull=True, atasan_posisi__isnull=True)
        & ~Q(status=S.FINAL),
        "final": Q(status=S.FINAL),
    }
    return semua[kunci]


class SaringPemantauan(Saringan):
    periode = saring_pilihan("Periode", (), semua="Periode terakhir")
    opd = saring_pilihan("Perangkat daerah", ())
    keadaan = saring_pilihan("Keadaan", KELOMPOK)
    cari = forms.CharField(label="NIP atau nama", required=False, max_length=100)

    def __init__(self, *args: Any, user: User, kini: datetime, periode: Iterable[Periode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kini = kini
        sumber = {
            "periode": [("", "Periode terakhir"), *((str(p.pk), str(p)) for p in periode)],
            "opd": [("", "Semua"), *pilihan_opd(user)],
        }
        for nama, pilihan in sumber.items():
            kolom = self.fields[nama]
            if isinstance(kolom, forms.ChoiceField):
                kolom.choices = pilihan

    def lingkup(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        """OPD and words: what the summary counts too."""
        if opd := self.isi("opd"):
            baris = baris.filter(opd=opd)
        if kata := self.isi("cari"):
            baris = cari_pegawai(baris, kata, awalan="pegawai__")
        return baris

    def terapkan(self, baris: QuerySet[Any]) -> QuerySet[Any]:
        keadaan = self.isi("keadaan")
        return self.lingkup(baris).filter(syarat(keadaan, kini=self.kini)) if keadaan else self.lingkup(baris)


def ringkasan(baris: QuerySet[LaporanPeriode], *, kini: datetime) -> dict[str, int]:
    """Numbers of all groups in one statement."""
    hitung = {kunci: Count("pk", filter=syarat(kunci, kini=kini)) for kunci, _label in KELOMPOK}
    return baris.order_by().aggregate(**hitung)


def tugas_terbuka(laporan: Iterable[LaporanPeriode]) -> dict[str, list[WorkItem]]:
    """Open items by laporan id, in one statement."""
    items = WorkItem.objects.open().filter(
        instance__subject_type=LAPORAN, instance__subject_id__in=[str(satu.pk) for satu in laporan]
    )
    hasil: dict[str, list[WorkItem]] = {}
    for item in items.select_related("instance", "assignee"):
        hasil.setdefault(item.instance.subject_id, []).append(item)
    return hasil


def terlambat_hari(laporan: LaporanPeriode, item: WorkItem | None, *, hari_ini: date) -> int | None:
    """Days since the date by which the present step should be done; None when it is not late."""
    batas = item.due_at if item and item.due_at else laporan.periode.tenggat
    hari = (hari_ini - timezone.localdate(batas)).days
    return hari if hari > 0 and laporan.status not in (S.FINAL, S.DIBATALKAN) else None


def _daftar(*, tugas: dict[str, list[WorkItem]], meja_tugas: dict[UUID, Any], hari_ini: date) -> Daftar:
    def item(b: LaporanPeriode) -> WorkItem | None:
        milik = [i for i in tugas.get(str(b.pk), []) if i.instance.key != LENGKAPI_ATASAN]
        return milik[0] if milik else None

    def di_meja(b: LaporanPeriode) -> str:
        satu = item(b)
        return meja_tugas[satu.pk].siapa if satu else ""

    def berkas(b: LaporanPeriode) -> str:
        satu = item(b)
        return reverse("berkas", args=[satu.instance_id]) if satu else reverse("laporan-detail", args=[b.pk])

    return Daftar(
        judul="Pemantauan bulanan",
        kosong="Belum ada laporan pada periode ini",
        kosong_saran="Laporan muncul setelah Admin BKPSDM membuka periodenya.",
        ikon_kosong="gauge",
        kolom=(
            Kolom(label="Pegawai", nilai=lambda b: b.pegawai.nama_lengkap, urut=("pegawai__nama",), sub=Kolom(label="NIP", nilai=lambda b: b.pegawai.nip), url=berkas),
            Kolom(label="Perangkat daerah", nilai=lambda b: b.opd and b.opd.nama, urut=("opd__nama",)),
            Kolom(label="Langkah", nilai=lambda b: b.get_status_display(), urut=("status",), nada=lambda b: NADA.get(S(b.status), "mute")),
            Kolom(label="Di meja", nilai=di_meja),
            Kolom(label="Terlambat (hari)", nilai=lambda b: terlambat_hari(b, item(b), hari_ini=hari_ini), angka=True),
        ),
    )  # fmt: skip


@hanya(KINERJA_OPD | KOTA_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Laporan of one month in the scope of the user's roles: a summary that filters, and the list."""
    user, kini = pengguna(request), timezone.now()
    periode = list(Periode.objects.exclude(status=enums.StatusPeriode.TERJADWAL).order_by("-mulai")[:24])
    saringan = SaringPemantauan(request.GET, user=user, kini=kini, periode=periode)
    saringan.is_valid()
    dipilih = next((p for p in periode if str(p.pk) == saringan.isi("periode")), periode[0] if periode else None)
    semua = LaporanPeriode.objects.visible_to(user).aktif().filter(periode=dipilih)
    baris = (
        saringan.terapkan(semua)
        .select_related("pegawai", "opd", "periode")
        .order_by("opd__nama", "pegawai__nama", "pk")
    )
    return _jawab(
        request, baris, saringan=saringan, dipilih=dipilih, jumlah=ringkasan(saringan.lingkup(semua), kini=kini)
    )


def _jawab(
    request: HttpRequest,
    baris: QuerySet[Any],
    *,
    saringan: SaringPemantauan,
    dipilih: Periode | None,
    jumlah: dict[str, int],
) -> HttpResponse:
    hari_ini = timezone.localdate()
    polos = _daftar(tugas={}, meja_tugas={}, hari_ini=hari_ini)
    terurut = urutkan(baris, kolom=polos.kolom, urut=request.GET.get("urut", ""))
    unduh = request.GET.get("unduh") == "xlsx"
    bagian = halaman(request, terurut)
    isi = list(terurut if unduh else bagian.object_list)
    tugas = tugas_terbuka(isi)
    items = [item for milik in tugas.values() for item in milik]
    penuh = _daftar(tugas=tugas, meja_tugas=meja(items, saringan.kini), hari_ini=hari_ini)
    if unduh:
        return ekspor(penuh, isi)
    boleh_alih = punya(request, OPD | KOTA)
    konteks = {
        "judul": penuh.judul,
        "fakta": f"{dipilih}, tenggat {tanggal(dipilih.tenggat)}" if dipilih else "Belum ada periode yang dibuka",
        "daftar": penuh, "saringan": saringan, "halaman": bagian, "kepala": kepala(penuh, request.GET),
        "baris": [(satu, _tindakan(laporan, tugas, boleh=boleh_alih, melengkapi=punya(request, OPD))) for satu, laporan in zip(susun(penuh, isi), isi, strict=True)],
        "unduh": alamat(request.GET, unduh="xlsx", hal=None),
        "ringkasan": [(kunci, label, jumlah[kunci], alamat(request.GET, keadaan=kunci, hal=None)) for kunci, label in KELOMPOK],
        "pilih": saringan.isi("keadaan"),
    }  # fmt: skip
    return render(request, "kelola/pemantauan.html", konteks | navigasi(request, bagian))


def _tindakan(
    laporan: LaporanPeriode, tugas: dict[str, list[WorkItem]], *, boleh: bool, melengkapi: bool
) -> list[tuple[str, str, str]]:
    """Label, address and icon of what an admin can do about a row; a missing atasan is the Admin OPD's to enter."""
    hasil = []
    for item in tugas.get(str(laporan.pk), []) if boleh else []:
        if item.instance.key == LENGKAPI_ATASAN and melengkapi:
            hasil.append(("Lengkapi atasan", reverse("kotak-masuk-tugas", args=[item.pk]), "user-plus"))
        elif item.lane != Peran.ASN:
            hasil.append(("Alihkan", reverse("pemantauan-alihkan", args=[item.pk]), "user-cog"))
    return hasil


class AlihIsian(Isian):
    """To whom a task goes, and why."""

    kepada = PilihField(
        label="Alihkan kepada", cari=cari_user, teks=teks_user, petunjuk="Ketik NIP atau nama, lalu tekan Cari."
    )
    alasan = Paragraf(label="Alasan", min_length=10, max_length=500)

    def __init__(self, *args: Any, kepada: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kolom = self.fields["kepada"]
        if isinstance(kolom, PilihField):
            kolom.queryset = kepada


@hanya(OPD | KOTA)
def alihkan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move an open task to another person of the scope, never to the person it is about."""
    user = pengguna(request)
    item = get_object_or_404(
        WorkItem.objects.open().select_related("instance", "assignee").exclude(lane=Peran.ASN),
        pk=pk,
        instance__subject_type=LAPORAN,
    )
    laporan = (
        LaporanPeriode.objects.visible_to(user)
        .select_related("pegawai", "periode")
        .filter(pk=item.instance.subject_id)
        .first()
    )
    if laporan is None:
        raise NotVisible
    kepada = User.objects.filter(
        is_active=True, pegawai__in=Pegawai.objects.visible_to(user).exclude(pk=laporan.pegawai_id).values("pk")
    )
    kembali = reverse("pemantauan")
    sekarang = meja([item], timezone.now())[item.pk]
    return simpan(
        request, AlihIsian(kiriman(request), kepada=kepada),
        aksi=lambda isi: engine.reassign(item.pk, actor=user, assignee=isi["kepada"], alasan=isi["alasan"]),
        ke=kembali, sukses="Tugas dialihkan. Penerima melihatnya di kotak masuknya.",
        konteks={
            "judul": "Alihkan tugas", "fakta": f"{laporan} · {item.name}", "kembali": (kembali, "Pemantauan bulanan"), "batal": kembali,
            "penjelasan": f"{sekarang.kalimat}.", "tombol": "Alihkan tugas",
        },
    )  # fmt: skip
