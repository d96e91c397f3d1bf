"""Settings: labels, days and limits that officials may change. Each shows its default and whether it still applies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from backend.platform import settings as pengaturan
from backend.web.admin_akses import KOTA, KOTA_LIHAT, hanya, pengguna, punya
from backend.web.admin_daftar import tampil
from backend.web.admin_isian import Isian, Paragraf, kiriman, simpan

PEMISAH = ", "


def tampil_nilai(deklarasi: pengaturan.Declaration, nilai: Any) -> str:
    """A value as people read it: the label of a choice, items of a list in one line."""
    if isinstance(nilai, list | tuple):
        return PEMISAH.join(str(satu) for satu in nilai) or "–"
    if isinstance(nilai, dict):
        return PEMISAH.join(f"{kunci}: {tampil(isi)}" for kunci, isi in nilai.items())
    return dict(deklarasi.pilihan).get(nilai) or tampil(nilai)


@hanya(KOTA_LIHAT)
@require_GET
def daftar(request: HttpRequest) -> HttpResponse:
    """Every setting by group, with its value."""
    kelompok: dict[str, list[dict[str, Any]]] = {}
    for satu in pengaturan.rows():
        isi = {
            "baris": satu,
            "nilai": tampil_nilai(satu.declaration, satu.nilai),
            "bawaan": tampil_nilai(satu.declaration, satu.declaration.default),
        }
        kelompok.setdefault(satu.declaration.kelompok or "Umum", []).append(isi)
    konteks = {
        "judul": "Pengaturan",
        "fakta": "Setiap perubahan dicatat pada jejak audit dan berlaku dalam beberapa detik.",
        "kelompok": kelompok.items(),
        "boleh_ubah": punya(request, KOTA),
        "aksi_halaman": [
            ("Jejak perubahan", reverse("admin-audit") + f"?objek={pengaturan.CHAIN}", "history", "btn-text")
        ],
    }
    return render(request, "kelola/pengaturan.html", konteks)


def _kolom_nilai(deklarasi: pengaturan.Declaration) -> forms.Field:
    """The input for the type of the default."""
    bawaan, label = deklarasi.default, "Nilai"
    if deklarasi.pilihan:
        return forms.ChoiceField(label=label, choices=deklarasi.pilihan)
    if isinstance(bawaan, bool):
        return forms.BooleanField(label="Berlaku", required=False)
    if isinstance(bawaan, int):
        return forms.IntegerField(label=label, min_value=deklarasi.minimum, max_value=deklarasi.maksimum)
    if isinstance(bawaan, list | tuple):
        return forms.CharField(label=label, help_text="Pisahkan dengan koma.")
    return forms.CharField(label=label, max_length=300, required=bawaan != "")


class NilaiIsian(Isian):
    """The value of one setting. Structured settings are changed per key."""

    alasan = Paragraf(label="Alasan perubahan", min_length=10, max_length=500)

    def __init__(self, *args: Any, baris: pengaturan.Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deklarasi = baris.declaration
        bawaan, nilai = self.deklarasi.default, baris.nilai
        if isinstance(bawaan, dict):
            self.tambah({f"isi_{kunci}": _kolom_isi(kunci, nilai.get(kunci, satu)) for kunci, satu in bawaan.items()})
        else:
            kolom = _kolom_nilai(self.deklarasi)
            kolom.initial = PEMISAH.join(map(str, nilai)) if isinstance(bawaan, list | tuple) else nilai
            self.tambah({"nilai": kolom})
        self.order_fields([nama for nama in self.fields if nama != "alasan"])

    def nilai(self) -> Any:
        """The entered value in the type of the default."""
        isi, bawaan = self.cleaned_data, self.deklarasi.default
        if isinstance(bawaan, dict):
            return {kunci: type(satu)(isi[f"isi_{kunci}"]) for kunci, satu in bawaan.items()}
        if isinstance(bawaan, list | tuple):
            bagian = [teks.strip() for teks in isi["nilai"].split(",") if teks.strip()]
            jenis = type(bawaan[0]) if bawaan else str
            return type(bawaan)(jenis(teks) for teks in bagian)
        return isi["nilai"]

    def clean(self) -> dict[str, Any]:
        hasil = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.nilai()
            except ValueError:
                self.add_error("nilai", "Isi dengan angka yang dipisahkan koma.")
        return hasil


def _kolom_isi(kunci: str, nilai: Any) -> forms.Field:
    label = kunci.replace("_", " ").capitalize()
    if isinstance(nilai, bool):
        return forms.BooleanField(label=label, required=False, initial=nilai)
    return (
        forms.IntegerField(label=label, initial=nilai)
        if isinstance(nilai, int)
        else forms.CharField(label=label, initial=nilai)
    )


def _baris(key: str) -> pengaturan.Row:
    try:
        return pengaturan.row(key)
    except KeyError:
        raise Http404 from None


@hanya(KOTA)
def ubah(request: HttpRequest, key: str) -> HttpResponse:
    """Change one setting, with a reason."""
    baris = _baris(key)
    form = NilaiIsian(kiriman(request), baris=baris)
    deklarasi, alamat = baris.declaration, reverse("admin-pengaturan")
    penjelasan = f"{deklarasi.keterangan} Nilai bawaan: {tampil_nilai(deklarasi, deklarasi.default)}.".strip()
    return simpan(
        request, form,
        aksi=lambda isi: pengaturan.change(key, form.nilai(), oleh=pengguna(request), alasan=isi["alasan"]),
        ke=f"{alamat}#{key}", sukses=f"Pengaturan “{deklarasi.label}” tersimpan.",
        konteks={"judul": deklarasi.label, "kembali": (alamat, "Pengaturan"), "batal": alamat, "penjelasan": penjelasan},
    )  # fmt: skip


class KembaliIsian(Isian):
    alasan = Paragraf(label="Alasan", min_length=10, max_length=500)


@hanya(KOTA)
def bawaan(request: HttpRequest, key: str) -> HttpResponse:
    """Go back to the default."""
    baris = _baris(key)
    deklarasi, alamat = baris.declaration, reverse("admin-pengaturan")
    akibat = [f"Dari {tampil_nilai(deklarasi, baris.nilai)} menjadi {tampil_nilai(deklarasi, deklarasi.default)}."]
    return simpan(
        request, KembaliIsian(kiriman(request)),
        aksi=lambda isi: pengaturan.reset(key, oleh=pengguna(request), alasan=isi["alasan"]),
        ke=f"{alamat}#{key}", sukses=f"“{deklarasi.label}” kembali ke nilai bawaan.", template="kelola/konfirmasi.html",
        konteks={"judul": f"Kembalikan {deklarasi.label}", "kembali": (alamat, "Pengaturan"), "batal": alamat, "tombol": "Kembalikan ke bawaan", "akibat": akibat, "terdampak": None},
    )  # fmt: skip
