"""Forms of the admin pages: look, messages, pickers that work without scripts, domain errors beside their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from backend.core.errors import DomainError, InvalidFields

PESAN = {
    "required": "Kolom ini wajib diisi.",
    "invalid_choice": "Pilih salah satu pilihan yang tersedia.",
}
PILIHAN_MAKS = 30


class Isian(forms.Form):
    """A form in the product's look; the order of the fields is their order on the page."""

    use_required_attribute = False  # the server says what is missing, in one summary, in Indonesian

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for nama, kolom in self.fields.items():
            self._lengkapi(nama, kolom)

    def tambah(self, kolom: Mapping[str, forms.Field]) -> None:
        """Add fields that depend on the subject of the form, such as one per month."""
        for nama, satu in kolom.items():
            self.fields[nama] = satu
            self._lengkapi(nama, satu)

    def _lengkapi(self, nama: str, kolom: forms.Field) -> None:
        kolom.error_messages.update(PESAN)
        _gaya(kolom.widget)
        if isinstance(kolom, PilihField):
            kolom.widget.field = kolom
            kolom.widget.cari = self.data.get(self.add_prefix(f"{nama}_cari"), "").strip()

    def galat(self) -> list[tuple[str, str, str]]:
        """Rows of the error summary: anchor, label, message. The anchor of a form-wide error is empty."""
        hasil = []
        for nama, pesan in self.errors.items():
            kolom = self[nama] if nama in self.fields else None
            hasil += [(kolom.auto_id if kolom else "", str(kolom.label) if kolom else "", str(satu)) for satu in pesan]
        return hasil

    def terima(self, galat: DomainError) -> None:
        """Take over the errors of a domain call: by the field where the form has it, else above the form."""
        if isinstance(galat, InvalidFields):
            for kolom, pesan in galat.errors.items():
                self.add_error(kolom if kolom in self.fields else None, pesan)
        else:
            self.add_error(None, galat.message)

    @property
    def berberkas(self) -> bool:
        """Whether the form must be sent as multipart."""
        return bool(self.is_multipart())


def _gaya(widget: forms.Widget) -> None:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        kelas = "form-check-input"
    elif isinstance(widget, forms.Select):
        kelas = "form-select"
    else:
        kelas = "form-control"
    widget.attrs.setdefault("class", kelas)


class Tanggal(forms.DateField):
    """A date, entered with the browser's own calendar; typed dates in Indonesian order are accepted too."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        formats = ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"]
        super().__init__(**{"widget": widget, "input_formats": formats, **kwargs})
        self.error_messages["invalid"] = "Isi tanggal yang benar, misalnya 08-04-2025."


class Paragraf(forms.CharField):
    """Free text of some lines, trimmed, counted in characters (M02, M03)."""

    def __init__(self, *, baris: int = 3, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.Textarea(attrs={"rows": baris}), **kwargs})
        if self.min_length:
            self.help_text = self.help_text or f"Paling sedikit {self.min_length} karakter."


class PilihWidget(forms.Select):
    """Search box + the choices found. Without scripts the *Cari* button sends the form back with the matches."""

    template_name = "kelola/pilih.html"
    field: PilihField
    cari = ""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """Only the chosen row and the matches of the search: the full list may have thousands of rows."""
        baris = [self.field.terpilih(value[0])] if value and value[0] else []
        baris += self.field.cocok(self.cari) if self.cari else []
        pilihan = {str(satu.pk): self.field.teks(satu) for satu in baris if satu is not None}
        self.choices = [("", "– belum dipilih –"), *pilihan.items()]
        return super().optgroups(name, value, attrs)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        konteks = super().get_context(name, value, attrs)
        banyak = len(list(self.choices)) - 1
        tambahan = {
            "cari": self.cari,
            "banyak": banyak,
            "penuh": banyak >= PILIHAN_MAKS,
            "petunjuk": self.field.petunjuk,
        }
        return {**konteks, **tambahan}


if TYPE_CHECKING:
    _RowField = forms.ModelChoiceField[Any]
else:
    _RowField = forms.ModelChoiceField


class PilihField(_RowField):
    """A reference to one of many rows, found by typed words.

    The form sets `queryset` (what this user may choose from); `cari` narrows it by the words.
    """

    widget = PilihWidget

    def __init__(
        self,
        *,
        cari: Callable[[QuerySet[Any], str], QuerySet[Any]],
        teks: Callable[[Any], str] = str,
        petunjuk: str = "Ketik sebagian nama, lalu tekan Cari.",
        **kwargs: Any,
    ) -> None:
        self.cari, self.teks, self.petunjuk = cari, teks, petunjuk
        super().__init__(**{"queryset": None, "empty_label": None, **kwargs})

    def cocok(self, kata: str) -> list[Any]:
        """At most PILIHAN_MAKS rows that match the words."""
        return [] if self.queryset is None else list(self.cari(self.queryset, kata)[:PILIHAN_MAKS])

    def terpilih(self, value: Any) -> Any | None:
        """The row of a submitted or initial value; None when it may not be chosen."""
        try:
            return self.to_python(value)
        except forms.ValidationError:
            return None

    def _get_choices(self) -> list[tuple[str, str]]:
        return []  # the widget asks for the few it shows; iterating the queryset would read every row

    choices = property(_get_choices, lambda self, value: None)


def kiriman(request: HttpRequest) -> QueryDict | None:
    """What was sent, for the first argument of a form; None while the page is only looked at."""
    return request.POST if request.method == "POST" else None


def pilihan_kosong(
    label: str, pilihan: Iterable[tuple[str, str]], *, kosong: str = "– belum dipilih –", **lain: Any
) -> forms.TypedChoiceField:
    """One value of a list, or none (None)."""
    return forms.TypedChoiceField(
        label=label, required=False, empty_value=None, choices=[("", kosong), *pilihan], **lain
    )


def simpan(
    request: HttpRequest,
    form: Isian,
    *,
    aksi: Callable[[dict[str, Any]], object],
    ke: str | Callable[[Any], str],
    sukses: str | Callable[[Any], str],
    template: str = "kelola/isian.html",
    konteks: Mapping[str, object] | None = None,
) -> HttpResponse:
    """Show the form, or make the one domain call of the page and go on to `ke`. Refused input is kept."""
    if request.method == "POST" and "cari" not in request.POST and form.is_valid():
        try:
            hasil = aksi(form.cleaned_data)
        except DomainError as galat:
            if galat.status in (403, 404):
                raise
            form.terima(galat)
        else:
            messages.success(request, sukses(hasil) if callable(sukses) else sukses)
            return HttpResponseRedirect(ke(hasil) if callable(ke) else ke)
    elif request.method == "POST" and "cari" in request.POST:
        form.errors.clear()
    return render(request, template, {"form": form, **(konteks or {})})
