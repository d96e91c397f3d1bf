"""The roster of shift employees, a week at a time; LEPAS follows MALAM by itself, and the page warns where it is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from backend.accounts.models import User
from backend.core.errors import NotVisible
from backend.core.periode import HARI, tanggal
from backend.kepegawaian import queries as kepegawaian
from backend.kepegawaian.models import Pegawai, Unor
from backend.presensi.enums import KodeShift
from backend.presensi.models import JadwalShift
from backend.presensi.services import jadwal as services
from backend.presensi.services.jadwal import Jaga
from backend.presensi.services.roster import orang_jaga, terisi
from backend.web.admin_akses import hanya, pengguna
from backend.web.admin_daftar import alamat, halaman, navigasi
from backend.web.presensi_akses import LIHAT, boleh_opd, opd_dari, opd_terlihat

PER_HALAMAN = 20
PENDEK = [
    (KodeShift.PAGI, "Pagi"),
    (KodeShift.SIANG, "Siang"),
    (KodeShift.MALAM, "Malam"),
    (KodeShift.LEPAS, "Lepas"),
    (KodeShift.OFF, "Libur"),
]
SEHARI = timedelta(days=1)
SEMINGGU = timedelta(days=7)


@dataclass(frozen=True)
class SelJaga:
    """One cell: date, code (empty: nothing rostered), the name of its field, whether a LEPAS is missing after it."""

    tanggal: date
    kode: str
    nama: str
    tanpa_lepas: bool

    @property
    def hari(self) -> str:
        return f"{HARI[self.tanggal.weekday()][:3]} {self.tanggal.day}"


@dataclass(frozen=True)
class BarisJaga:
    pegawai: Pegawai
    jabatan: str
    sel: list[SelJaga]


@dataclass(frozen=True)
class Minggu:
    """An OPD and a week."""

    opd: Unor
    senin: date

    @property
    def hari(self) -> list[date]:
        return [self.senin + SEHARI * n for n in range(7)]


def nama_kolom(pegawai: UUID, hari: date) -> str:
    return f"r-{pegawai}-{hari:%Y-%m-%d}"


def _baris(orang: Sequence[Pegawai], minggu: Minggu) -> list[BarisJaga]:
    ids, hari = [satu.pk for satu in orang], minggu.hari
    isi = terisi(ids, mulai=hari[0], sampai=hari[-1])
    kurang = set(services.tanpa_lepas(ids, mulai=hari[0], sampai=hari[-1]))
    jabatan = kepegawaian.jabatan_semua(ids, hari[-1])
    return [
        BarisJaga(
            satu,
            jabatan[satu.pk].nama_jabatan if satu.pk in jabatan else "",
            [
                SelJaga(tgl, isi.get((satu.pk, tgl), ""), nama_kolom(satu.pk, tgl), (satu.pk, tgl) in kurang)
                for tgl in hari
            ],
        )
        for satu in orang
    ]


def perubahan(kiriman: Mapping[str, object], orang: Sequence[Pegawai], minggu: Minggu) -> list[Jaga]:
    """The cells that were sent and differ from what stands; unknown codes and other people's cells are ignored."""
    isi = terisi([satu.pk for satu in orang], mulai=minggu.hari[0], sampai=minggu.hari[-1])
    hasil = []
    for satu in orang:
        for tgl in minggu.hari:
            kode = kiriman.get(nama_kolom(satu.pk, tgl))
            if isinstance(kode, str) and kode in ("", *KodeShift.values) and kode != isi.get((satu.pk, tgl), ""):
                hasil.append(Jaga(satu.pk, tgl, kode))
    return hasil


def salinan(orang: Sequence[Pegawai], minggu: Minggu) -> list[Jaga]:
    """Last week's cells for the empty cells of this week."""
    ids = [satu.pk for satu in orang]
    lalu = terisi(ids, mulai=minggu.senin - SEMINGGU, sampai=minggu.senin - SEHARI)
    kini = terisi(ids, mulai=minggu.hari[0], sampai=minggu.hari[-1])
    return [
        Jaga(pegawai, tgl + SEMINGGU, kode)
        for (pegawai, tgl), kode in lalu.items()
        if (pegawai, tgl + SEMINGGU) not in kini
    ]


def _minggu(request: HttpRequest, user: User) -> tuple[Minggu, list[Unor]]:
    """The OPD and week of the address; this week without one. Raises NotVisible."""
    pilihan = list(opd_terlihat(user))
    if not pilihan:
        raise NotVisible
    try:
        hari = date.fromisoformat(request.GET.get("minggu", ""))
    except ValueError:
        hari = timezone.localdate()
    return Minggu(opd_dari(request, pilihan), hari - SEHARI * hari.weekday()), pilihan


@hanya(LIHAT)
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """A week of an OPD; whoever administers it may fill it in, one page of people at a time."""
    user = pengguna(request)
    minggu, pilihan = _minggu(request, user)
    boleh = boleh_opd(user, minggu.opd.pk)
    bagian = halaman(
        request, orang_jaga(minggu.opd, mulai=minggu.hari[0], sampai=minggu.hari[-1]), per_halaman=PER_HALAMAN
    )
    if request.method == "POST":
        if not boleh:
            raise NotVisible
        return _simpan(request, user, list(bagian.object_list), minggu)
    return render(request, "presensi/roster.html", _isi(request, bagian, minggu, pilihan, boleh=boleh))


def _isi(
    request: HttpRequest, bagian: Page[Pegawai], minggu: Minggu, pilihan: list[Unor], *, boleh: bool
) -> dict[str, Any]:
    baris = _baris(list(bagian.object_list), minggu)
    jam = JadwalShift.objects.filter(
        Q(berlaku_sampai=None) | Q(berlaku_sampai__gte=minggu.senin), berlaku_mulai__lte=minggu.hari[-1]
    )
    return {
        "opd": minggu.opd,
        "pilihan_opd": pilihan,
        "baris": baris,
        "hari": [(tgl, HARI[tgl.weekday()][:3]) for tgl in minggu.hari],
        "kode": PENDEK,
        "jam": list(jam.order_by("masuk")),
        "boleh": boleh,
        "senin": minggu.senin,
        "rentang": f"{tanggal(minggu.hari[0])} – {tanggal(minggu.hari[-1])}",
        "minggu_lalu": alamat(request.GET, minggu=f"{minggu.senin - SEMINGGU:%Y-%m-%d}", hal=None),
        "minggu_depan": alamat(request.GET, minggu=f"{minggu.senin + SEMINGGU:%Y-%m-%d}", hal=None),
        "kosong": sum(not sel.kode for satu in baris for sel in satu.sel),
        "kurang_lepas": [
            (satu.pegawai, sel.tanggal) for satu in baris for sel in satu.sel if sel.tanpa_lepas
        ],
        "bulan": f"{minggu.hari[3]:%Y-%m}",
        "halaman": bagian,
        **navigasi(request, bagian),
    }  # fmt: skip


def _simpan(request: HttpRequest, user: User, orang: list[Pegawai], minggu: Minggu) -> HttpResponse:
    """Write what changed, say what follows; the warnings stand on the page that opens again."""
    salin = request.POST.get("aksi") == "salin"
    jaga = salinan(orang, minggu) if salin else perubahan(request.POST, orang, minggu)
    if jaga:
        services.isi_roster(jaga, oleh=user)
        messages.success(request, f"{len(jaga)} sel roster tersimpan; hari yang berubah sedang dihitung ulang.")
    else:
        messages.info(request, "Tidak ada sel kosong yang dapat disalin." if salin else "Tidak ada yang berubah.")
    return HttpResponseRedirect(f"{reverse('presensi-roster')}?{request.GET.urlencode()}")
