"""Inbox of whoever decides: list and detail, three-step review, approving many (kinerja.md §6.2, decisions 17–19)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts.models import User
from backend.core.errors import DomainError, InvalidFields
from backend.core.periode import waktu
from backend.kepegawaian import queries as kepegawaian
from backend.kinerja import enums, queries
from backend.kinerja.models import LaporanPeriode
from backend.kinerja.services import penilaian, tetapkan
from backend.presensi.services import proses
from backend.web import antrean, isian, kata, langkah
from backend.web.admin_akses import pengguna
from backend.web.berkas import LAPORAN
from backend.workflow import engine
from backend.workflow.engine import OpenItem
from backend.workflow.errors import NotOpen
from backend.workflow.models import WorkItem

PER_HALAMAN = 30
KOREKSI = frozenset({"putuskan_koreksi", "putuskan_koreksi_admin"})
MASSAL = frozenset({"tinjau_renaksi", "tinjau_skp", "tinjau_pks"}) | KOREKSI
SARING = ("langkah", "urut", "cari", "sebagai", "hal")
# Groups of earlier steps that may still be turned to perbaiki (kinerja.md §6.2).
SEBELUMNYA = {
    "tinjau_skp": (("renaksi", "Renaksi"),),
    "tinjau_pks": (("iki", "SKP"), ("renaksi", "Renaksi")),
}
TINJAU = {"tinjau_renaksi": "SKP", "tinjau_skp": "PKS dan rating", "tinjau_pks": ""}


# --- List ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Butir:
    """One line of the list."""

    item: WorkItem
    nama: str
    fakta: str
    peringatan: str
    lewat: str
    url: str

    @property
    def judul(self) -> str:
        if self.item.step in KOREKSI:
            return self.item.name  # the line above says whose and what
        instance = self.item.instance.title
        return f"{instance}: {self.item.name}" if instance else self.item.title or self.item.name

    @property
    def massal(self) -> bool:
        """May be approved together with others: a step of the review, or a correction, without a warning (decision 19)."""
        return self.item.step in MASSAL and not self.item.warning


@dataclass(frozen=True)
class Sebagai:
    """One post the user acts for, with how many items wait there."""

    posisi: UUID
    nama: str
    banyak: int
    url: str


@dataclass(frozen=True)
class Daftar:
    """The filtered list of one user, before paging."""

    butir: list[Butir]
    semua: int
    langkah: list[tuple[str, str, int]]
    kini: Sebagai | None
    lain: list[Sebagai]


def _daftar(user: User, saring: QueryDict, pada: datetime) -> Daftar:
    items = antrean.untuk_diputus(antrean.terbuka(user, pada), user)
    kini, lain = _sebagai(user, items, saring, pada)
    if kini is not None:
        items = [item for item in items if item.candidate_posisi in (None, kini.posisi)]
    langkah_ada: dict[str, tuple[str, int]] = {}
    for item in items:
        nama, banyak = langkah_ada.get(item.step, (item.name, 0))
        langkah_ada[item.step] = (nama, banyak + 1)
    dipilih = [item for item in items if saring.get("langkah", "") in ("", item.step)]
    butir = _butir(dipilih, saring, pada)
    pilihan = [(step, nama, banyak) for step, (nama, banyak) in langkah_ada.items()]
    return Daftar(butir, len(items), pilihan, kini, lain)


def _sebagai(
    user: User, items: Sequence[WorkItem], saring: QueryDict, pada: datetime
) -> tuple[Sebagai | None, list[Sebagai]]:
    """The post whose items are shown, and the others; None when one post or none has items."""
    banyak = Counter(item.candidate_posisi for item in items)
    ada = [
        Sebagai(satu.posisi, satu.nama, banyak[satu.posisi], _alamat(saring, sebagai=str(satu.posisi)))
        for satu in kepegawaian.sebutan_posisi(user, timezone.localdate(pada))
    ]
    if len(ada) < 2:
        return (ada[0] if ada and ada[0].banyak else None), []
    diminta = saring.get("sebagai", "")
    kini = next((satu for satu in ada if str(satu.posisi) == diminta), None) or next(
        (s for s in ada if s.banyak), ada[0]
    )
    return kini, [satu for satu in ada if satu is not kini]


def _alamat(saring: QueryDict, *, pk: UUID | None = None, **ganti: str) -> str:
    """Address of the inbox with the present filters; with `pk`, of one item in it."""
    isi = {nama: saring[nama] for nama in SARING if saring.get(nama)} | ganti
    dasar = reverse("kotak-masuk-tugas", args=[pk]) if pk else reverse("kotak-masuk")
    return f"{dasar}?{urlencode(isi)}" if isi else dasar


def _butir(items: Sequence[WorkItem], saring: QueryDict, pada: datetime) -> list[Butir]:
    ids = [item.instance.subject_id for item in items if item.instance.subject_type == LAPORAN]
    nama = {str(pk): nama for pk, nama in LaporanPeriode.objects.filter(pk__in=ids).values_list("pk", "pegawai__nama")}
    kata_cari = saring.get("cari", "").strip().lower()
    hasil = [_satu(item, nama.get(item.instance.subject_id, item.title or item.name), saring, pada) for item in items]
    hasil = [satu for satu in hasil if kata_cari in satu.nama.lower()]
    urut = saring.get("urut", "")
    if urut == "nama":
        return sorted(hasil, key=lambda satu: satu.nama.lower())
    if urut == "masuk":
        return sorted(hasil, key=lambda satu: satu.item.created_at)
    return hasil


def _satu(item: WorkItem, nama: str, saring: QueryDict, pada: datetime) -> Butir:
    fakta = [f"{label} {nilai}" if label else str(nilai) for label, nilai in item.facts if label != "Peringatan"]
    peringatan = (
        next((str(nilai) for label, nilai in item.facts if label == "Peringatan"), "Perlu diperiksa")
        if item.warning
        else ""
    )
    lewat = (
        kata.sisa(timezone.localdate(item.due_at), hari_ini=timezone.localdate(pada))[0]
        if item.due_at and item.due_at < pada
        else ""
    )
    return Butir(item, nama, " · ".join(fakta), peringatan, lewat, _alamat(saring, pk=item.pk))


# --- Page ---------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def kotak_masuk(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
    """The list, and beside it the chosen item (none: on a wide screen the first one is not opened by itself)."""
    user = pengguna(request)
    if pk is None:
        return _halaman(request, user, None)
    try:
        buka = engine.open_item(pk, actor=user)
    except NotOpen:
        messages.info(request, "Butir itu sudah Anda putuskan.")
        return redirect(_alamat(request.GET))
    if request.method == "POST":
        return _terima(request, user, buka)
    return _halaman(request, user, buka)


def _halaman(
    request: HttpRequest, user: User, buka: OpenItem | None, *, data: Any = None, errors: dict[str, str] | None = None
) -> HttpResponse:
    daftar = _daftar(user, request.GET, timezone.now())
    letak = next((n for n, satu in enumerate(daftar.butir) if buka and satu.item.pk == buka.item.pk), None)
    hal = request.GET.get("hal") or (letak // PER_HALAMAN + 1 if letak is not None else 1)
    halaman = Paginator(daftar.butir, PER_HALAMAN).get_page(hal)
    isi: dict[str, Any] = {
        "butir": halaman.object_list,
        "halaman": halaman,
        "banyak": len(daftar.butir),
        "semua": daftar.semua,
        "pilihan_langkah": daftar.langkah,
        "sebagai_kini": daftar.kini,
        "sebagai_lain": daftar.lain,
        "saring": {nama: request.GET.get(nama, "") for nama in SARING},
        "ada_massal": any(satu.massal for satu in halaman.object_list),
        "item": None,
    }
    if buka is not None:
        isi |= {"urutan": letak + 1 if letak is not None else None, **_detail(buka, user, data=data, errors=errors)}
    return render(request, "masuk/kotak_masuk.html", isi, status=422 if errors else 200)


def _detail(buka: OpenItem, user: User, *, data: Any, errors: dict[str, str] | None) -> dict[str, Any]:
    """The right side: the person, the facts of the decision, the rows, the form."""
    item, laporan = buka.item, langkah.laporan_dari(buka, user)
    formulir = isian.susun(isian.ikat(buka, user, data=data), errors=errors or {})
    isi: dict[str, Any] = {
        "item": item,
        "rev": buka.instance.rev,
        "kunci": uuid4().hex,
        "judul": item.instance.title or item.name,
        "formulir": formulir,
        "galat": formulir.galat,
        "langkah": langkah.daftar_langkah(buka),
        "sejak": f"Di meja Anda sejak {waktu(item.created_at)}",
        "tenggat": langkah.tenggat(item),
        "fakta": [(label, nilai) for label, nilai in item.facts if label != "Peringatan"],
        "pegawai": {"nama": item.title or item.name, "jabatan": ""},
        "template_langkah": "tugas/umum.html",
        "tombol_setuju": "Selesaikan",
    }
    if laporan is not None and item.step in TINJAU:
        isi |= _detail_laporan(buka, formulir, laporan)
    return isi


def _detail_laporan(buka: OpenItem, formulir: isian.Formulir, laporan: LaporanPeriode) -> dict[str, Any]:
    step = buka.item.step
    baris = formulir.grup[langkah.UTAMA[step]].baris if langkah.UTAMA[step] in formulir.grup else []
    _per_rhk(formulir, baris, laporan)
    berikut = TINJAU[step]
    sebelumnya = [
        (label, formulir.grup[grup].baris) for grup, label in SEBELUMNYA.get(step, ()) if grup in formulir.grup
    ]
    semua = [*baris, *(satu for _label, isi in sebelumnya for satu in isi)]
    perbaiki = sum(1 for satu in semua if satu.kolom["keputusan"].nilai == enums.Keputusan.PERBAIKI)
    nama = laporan.pegawai.nama.split(" ", 1)[0]
    isi: dict[str, Any] = {
        "pegawai": {"nama": laporan.pegawai.nama_lengkap, "jabatan": queries.jabatan_laporan(laporan)},
        "peringatan": queries.peringatan_dari(laporan).teks(),
        "baris_per_rhk": isian.per_rhk(baris),
        "template_langkah": f"masuk/{step}.html",
        "jumlah_perbaiki": perbaiki,
        "sebelumnya": sebelumnya,
        "bisa_semua": bool(baris),
        "tombol_setuju": "Setujui" if berikut else "Tetapkan penilaian",
        "berikut": berikut,
        "akibat": f"{nama} menerima keputusan dan catatan Anda. Langkah yang sudah disetujui tidak berubah.",
    }
    if step == "tinjau_pks":
        isi |= _rating(formulir, laporan)
    return isi


def _per_rhk(formulir: isian.Formulir, baris: Sequence[isian.Baris], laporan: LaporanPeriode) -> None:
    """Give the first row of each RHK what stands once under its heading: its feedback field and all its evidence (1c)."""
    grup = formulir.grup.get("rhk")
    if grup is None:
        return
    umpan = {satu.id: satu.kolom.get("umpan_balik") for satu in grup.baris}
    bukti = queries.bukti_per_rhk(laporan)
    for _rhk, isi in isian.per_rhk(baris):
        rhk = isi[0].konteks.rhk_id
        isi[0].ekstra |= {"umpan": umpan.get(str(rhk)), "bukti": bukti.get(rhk, [])}


def _usulkan_rating(formulir: isian.Formulir, laporan: LaporanPeriode) -> None:
    """`rating_hasil` starts as the suggestion (F9); for a pimpinan it is fixed once the organisation is rated (F11)."""
    kolom = formulir.kolom.get("rating_hasil")
    if kolom is None:
        return
    if terkunci := penilaian.rating_terkunci(laporan):
        satu = tuple(pilihan for pilihan in kolom.pilihan if pilihan[0] == terkunci)
        bantuan = "Mengikuti capaian kinerja organisasi yang sudah ditetapkan."
        formulir.kolom["rating_hasil"] = replace(kolom, nilai=terkunci, pilihan=satu, bantuan=bantuan)
    elif not kolom.nilai:
        formulir.kolom["rating_hasil"] = replace(kolom, nilai=laporan.pks.rating_usulan or "")


def _rating(formulir: isian.Formulir, laporan: LaporanPeriode) -> dict[str, Any]:
    _usulkan_rating(formulir, laporan)
    rating = [formulir.kolom[nama] for nama in ("rating_hasil", "rating_perilaku") if nama in formulir.kolom]
    return {
        "pks": laporan.pks,
        "kolom_rating": rating,
        "kolom_lain": [
            kolom for nama, kolom in formulir.kolom.items() if nama not in ("rating_hasil", "rating_perilaku")
        ],
        "umpan_perilaku": formulir.grup["perilaku"].baris if "perilaku" in formulir.grup else [],
        **langkah.predikat(formulir, laporan),
    }


# --- Decisions ----------------------------------------------------------------------------------------------------


def _terima(request: HttpRequest, user: User, buka: OpenItem) -> HttpResponse:
    """Decide one step. *Setujui yang tanpa peringatan* only fills in the form and shows it again."""
    if request.POST.get("aksi") == "semua":
        data = _setujui_sisanya(buka, user, request.POST.copy())
        engine.save_draft(buka.item.pk, actor=user, draft=isian.ikat(buka, user, data=data, draf=True).draft)
        return _halaman(request, user, buka, data=data)
    bound = isian.ikat(buka, user, data=request.POST)
    if not bound.is_valid():
        return _halaman(request, user, buka, data=request.POST, errors=dict(bound.errors))
    try:
        hasil = engine.complete(
            buka.item.pk,
            actor=user,
            data=bound.cleaned,
            rev=isian.rev(request.POST),
            idempotency_key=request.POST.get("kunci"),
        )
    except InvalidFields as galat:
        return _halaman(request, user, buka, data=request.POST, errors=galat.errors)
    return _sesudah(request, user, hasil)


def _sesudah(request: HttpRequest, user: User, hasil: engine.Completed) -> HttpResponse:
    """The same laporan goes on after V1 and V2; after V3 or a return the next item of the list opens (decision 18)."""
    messages.success(request, f"Keputusan tersimpan: {hasil.instance.title or hasil.item.title}, {hasil.item.name}.")
    lanjut = hasil.next_for(user)
    if lanjut is None:
        sisa = _daftar(user, request.GET, timezone.now()).butir
        lanjut = sisa[0].item if sisa else None
    return HttpResponseRedirect(_alamat(request.GET, pk=lanjut.pk) if lanjut else _alamat(request.GET))


def _setujui_sisanya(buka: OpenItem, user: User, data: QueryDict) -> QueryDict:
    """*Setuju* on every row without a warning that is not decided yet."""
    formulir = isian.susun(isian.ikat(buka, user, data=data, draf=True), errors={})
    grup = formulir.grup.get(langkah.UTAMA.get(buka.item.step, ""))
    for baris in grup.baris if grup else ():
        kolom = baris.kolom["keputusan"]
        if not kolom.nilai and not _bermasalah(baris.konteks):
            data[kolom.nama] = enums.Keputusan.SETUJU
    return data


def _bermasalah(row: Any) -> bool:
    """A row that must be looked at by itself: below 100, above the target, edited by hand, or its source changed."""
    capaian = getattr(row, "capaian", None)
    tanda = ("melebihi_target", "diubah_manual", "sumber_berubah")
    return (capaian is not None and capaian < 100) or any(getattr(row, nama, False) for nama in tanda)


@login_required
@require_POST
def setujui_terpilih(request: HttpRequest) -> HttpResponse:
    """*Setujui terpilih*: one decision after the other; what cannot be approved stays in the list and says why."""
    user, kembali = pengguna(request), QueryDict(request.POST.get("kembali", ""))
    berhasil = 0
    for pk in dict.fromkeys(request.POST.getlist("butir")):
        try:
            _setujui_satu(user, UUID(pk))
            berhasil += 1
        except InvalidFields as galat:
            messages.warning(request, f"Satu butir tidak disetujui. {next(iter(galat.errors.values()))}")
        except (DomainError, ValueError) as galat:
            messages.warning(request, f"Satu butir tidak disetujui. {galat}")
    if berhasil:
        messages.success(request, f"{berhasil} butir disetujui.")
    elif not request.POST.getlist("butir"):
        messages.info(request, "Belum ada butir yang dipilih. Centang butir di daftar, lalu tekan Setujui terpilih.")
    return HttpResponseRedirect(_alamat(kembali))


def _setujui_satu(user: User, pk: UUID) -> None:
    """Approve every row of one item; in the last step with the rating *sesuai* for both. Raises TidakLayakMassal,
    KoreksiBerperingatan."""
    buka = engine.open_item(pk, actor=user)
    if buka.item.step in KOREKSI:
        proses.setujui(buka, oleh=user)
        return
    laporan = langkah.wajib_laporan(buka, user)
    tahap = enums.Langkah(buka.item.step.removeprefix("tinjau_"))
    setuju = [{"id": baris.id, "keputusan": baris.keputusan} for baris in tetapkan.setuju_semua(laporan, tahap)]
    rating = (
        {"rating_hasil": enums.Rating.SESUAI, "rating_perilaku": enums.Rating.SESUAI}
        if tahap == enums.Langkah.PKS
        else {}
    )
    engine.complete(pk, actor=user, data={langkah.UTAMA[buka.item.step]: setuju, **rating}, rev=buka.instance.rev)
