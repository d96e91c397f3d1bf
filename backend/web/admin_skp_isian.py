"""Forms of the SKP pages: header, RHK, IKI with its month targets, renaksi with its month targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.validators import BaseValidator
from django.forms import BoundField

from backend.kinerja import enums
from backend.kinerja.models import RHK, SKP
from backend.web.admin_isian import Isian, Paragraf, Tanggal, pilihan_kosong

ANGKA_SALAH = "Isi angka 0 atau lebih, paling banyak 4 angka di belakang koma."
BULAT_SALAH = "Isi angka bulat antara 0 dan 100."


class Angka(forms.DecimalField):
    """A figure ≥ 0 with 4 decimals; `1.234,5` and `1234.5` are the same number (M05)."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"max_digits": 18, "decimal_places": 4, "min_value": 0, "widget": widget, **kwargs})
        for jenis in ("invalid", "min_value", "max_digits", "max_decimal_places", "max_whole_digits"):
            self.error_messages[jenis] = ANGKA_SALAH
        self.validators = [v for v in self.validators if not hasattr(v, "limit_value")]

    def to_python(self, value: Any) -> Any:
        teks = str(value or "").strip().replace(" ", "")
        if "," in teks:
            teks = teks.replace(".", "").replace(",", ".")
        return super().to_python(teks)

    def validate(self, value: Any) -> None:
        super().validate(value)
        try:
            negatif = value is not None and value < 0
        except InvalidOperation:
            negatif = True
        if negatif:
            raise forms.ValidationError(ANGKA_SALAH)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}".replace(".", ",") if isinstance(value, Decimal) else value


class Bulat(forms.IntegerField):
    """A share of 100 (M04)."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.NumberInput(attrs={"inputmode": "numeric"})
        super().__init__(**{"min_value": 0, "max_value": 100, "widget": widget, **kwargs})
        for jenis in ("invalid", "min_value", "max_value"):
            self.error_messages[jenis] = BULAT_SALAH
        for validator in self.validators:
            if isinstance(validator, BaseValidator):
                validator.message = BULAT_SALAH


class HeaderSKPIsian(Isian):
    """Header of a SKP: its dates and the way it is written (P1)."""

    awal = Tanggal(label="Berlaku dari")
    akhir = Tanggal(label="Berlaku sampai")
    jenis_format = forms.ChoiceField(label="Format", choices=enums.JenisFormat.choices)
    pendekatan = forms.ChoiceField(label="Pendekatan", choices=enums.Pendekatan.choices)


class RHKIsian(Isian):
    """One planned result (kinerja.md §3.1 RHK)."""

    klasifikasi = forms.ChoiceField(label="Klasifikasi", choices=enums.Klasifikasi.choices)
    teks = Paragraf(label="Rencana hasil kerja", min_length=10, max_length=500)
    kategori = forms.ChoiceField(label="Kategori", choices=enums.Kategori.choices)
    rhk_atasan = forms.ModelChoiceField(
        label="RHK pimpinan yang diintervensi",
        queryset=RHK.objects.none(),
        required=False,
        empty_label="– belum dipilih –",
    )
    intervensi = pilihan_kosong("Cara intervensi", enums.Intervensi.choices)
    perspektif = pilihan_kosong("Perspektif", enums.Perspektif.choices, help_text="Wajib untuk format JPT.")
    penugasan_dari = forms.CharField(
        label="Penugasan dari",
        required=False,
        min_length=3,
        max_length=200,
        help_text="Untuk RHK tambahan dari unit atau pejabat lain.",
    )
    is_perintah_kepala_daerah = forms.BooleanField(label="Perintah kepala daerah", required=False)
    is_program_unggulan = forms.BooleanField(label="Program unggulan", required=False)

    def __init__(self, *args: Any, skp: SKP, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pilihan = (
            RHK.objects.filter(skp__pegawai=skp.penilai_pegawai, skp__tahun=skp.tahun)
            if skp.penilai_pegawai_id
            else RHK.objects.none()
        )
        kolom = self.fields["rhk_atasan"]
        assert isinstance(kolom, forms.ModelChoiceField)  # noqa: S101 narrows the type for mypy
        kolom.queryset = pilihan
        if skp.jenis_format == enums.JenisFormat.JA_JF:
            del self.fields["perspektif"]
        else:
            del self.fields["rhk_atasan"], self.fields["intervensi"]


class BarisBulan:
    """One month of a plan form: its name and its inputs."""

    def __init__(self, bulan: int, kolom: Sequence[BoundField]) -> None:
        self.bulan = bulan
        self.nama = enums.Bulan(bulan).label
        self.kolom = kolom


class IKIIsian(Isian):
    """One indicator and its month targets. Months left empty are filled by the chosen pattern."""

    uraian = Paragraf(label="Indikator kinerja individu", min_length=5, max_length=500)
    aspek = pilihan_kosong("Aspek", enums.Aspek.choices)
    satuan = forms.CharField(label="Satuan", max_length=50)
    arah = forms.ChoiceField(label="Arah", choices=enums.Arah.choices)
    pola_ukur = forms.ChoiceField(label="Pola ukur", choices=enums.PolaUkur.choices)
    target_min = Angka(label="Target tahunan minimum", required=False, help_text="Hanya untuk arah rentang.")
    target_max = Angka(label="Target tahunan", required=False)
    target_teks = Paragraf(label="Target (uraian)", required=False, min_length=3, max_length=500, baris=2)
    bulan_ukur = forms.TypedMultipleChoiceField(
        label="Bulan pengukuran", coerce=int, choices=enums.Bulan.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, skp: SKP, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if skp.pendekatan == enums.Pendekatan.KUALITATIF:
            for nama in ("target_min", "target_max", "aspek"):
                del self.fields[nama]
        else:
            del self.fields["target_teks"]
            self.tambah(_kolom_bulan("target") | _kolom_bulan("minimum"))

    def utama(self) -> Iterator[BoundField]:
        """Fields above the month table."""
        return (self[nama] for nama in self.fields if not nama.startswith(("target_b", "minimum_b")))

    def baris_bulan(self) -> list[BarisBulan]:
        """Twelve rows of the month table; none for a qualitative SKP."""
        if "target_b1" not in self.fields:
            return []
        return [BarisBulan(b, [self[f"minimum_b{b}"], self[f"target_b{b}"]]) for b in range(1, 13)]

    def isi(self) -> dict[str, Any]:
        """The cleaned values without those of the months."""
        return {
            nama: nilai for nama, nilai in self.cleaned_data.items() if not nama.startswith(("target_b", "minimum_b"))
        }

    def target_bulan(self) -> dict[int, tuple[Decimal | None, Decimal | None]]:
        """Month → (minimum, target) of the months that were filled in."""
        isi = self.cleaned_data
        semua = {b: (isi.get(f"minimum_b{b}"), isi.get(f"target_b{b}")) for b in range(1, 13)}
        return {bulan: nilai for bulan, nilai in semua.items() if nilai != (None, None)}


def _kolom_bulan(awalan: str) -> dict[str, forms.Field]:
    return {
        f"{awalan}_b{b}": Angka(label=f"{awalan.capitalize()} {enums.Bulan(b).label}", required=False)
        for b in range(1, 13)
    }


class RenaksiIsian(Isian):
    """One tahapan and its share of the RHK's 100 in each month (I5)."""

    tahapan = Paragraf(label="Tahapan", min_length=5, max_length=500)
    output = forms.CharField(label="Keluaran", required=False, min_length=3, max_length=300)
    anggaran = Angka(label="Anggaran (rupiah)", required=False, decimal_places=2)

    def __init__(self, *args: Any, skp: SKP, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bulan = range(skp.awal.month, skp.akhir.month + 1)
        self.tambah({f"target_b{b}": Bulat(label=f"Target {enums.Bulan(b).label}", required=False) for b in bulan})

    def utama(self) -> Iterator[BoundField]:
        """Fields above the month table."""
        return (self[nama] for nama in self.fields if not nama.startswith("target_b"))

    def baris_bulan(self) -> list[BarisBulan]:
        """The months of the SKP."""
        return [
            BarisBulan(int(nama.removeprefix("target_b")), [self[nama]])
            for nama in self.fields
            if nama.startswith("target_b")
        ]

    def isi(self) -> dict[str, Any]:
        """The cleaned values without those of the months."""
        return {nama: nilai for nama, nilai in self.cleaned_data.items() if not nama.startswith("target_b")}

    def target_bulan(self) -> dict[int, int]:
        """Month → target, zero and empty left out."""
        pasangan = (
            (int(n.removeprefix("target_b")), v) for n, v in self.cleaned_data.items() if n.startswith("target_b")
        )
        return {bulan: nilai for bulan, nilai in pasangan if nilai}
