"""A process form as templates draw it: fields with value, error and anchor; rows with their facts.

Wraps `workflow.forms.BoundForm`, so that templates depend on one small shape and any form can be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError

from backend.accounts.models import User
from backend.workflow import forms
from backend.workflow.engine import OpenItem

JENIS = {
    "textarea": "paragraf", "number": "angka", "integer": "bulat", "checkbox": "centang", "radio": "radio",
    "select": "pilihan", "date": "tanggal",
}  # fmt: skip


@dataclass(frozen=True)
class Kolom:
    """One input: `nama` in the post, `id` in the page. `nilai` is text."""

    nama: str
    id: str
    label: str
    nilai: str
    galat: str
    bantuan: str
    jenis: str
    pilihan: tuple[tuple[str, str], ...]
    wajib: bool
    maks: int | None

    @property
    def tercentang(self) -> bool:
        return self.nilai in ("true", "True", "1", "on")


@dataclass
class Baris:
    """One row of a group. `konteks`: the facts that the step gives beside its fields; `ekstra`: what a page computes."""

    grup: str
    id: str
    konteks: Any
    kolom: dict[str, Kolom]
    label: str
    nomor: int
    galat_bukti: str = ""
    ekstra: dict[str, Any] = field(default_factory=dict)

    @property
    def jangkar(self) -> str:
        return f"{self.grup}-{self.id}"


@dataclass(frozen=True)
class Grup:
    nama: str
    label: str
    baris: list[Baris]


@dataclass(frozen=True)
class Galat:
    """One line of the error summary."""

    jangkar: str
    kalimat: str


@dataclass(frozen=True)
class Formulir:
    """The whole form. `galat` names every error, also those that belong to no field."""

    kolom: dict[str, Kolom]
    grup: dict[str, Grup]
    galat: list[Galat]


# --- Binding ------------------------------------------------------------------------------------------------------


def ikat(buka: OpenItem, user: User, *, data: Mapping[str, Any] | None = None, draf: bool = False) -> forms.BoundForm:
    """The form of an item: posted data, else the draft over the stored values. `draf`: only types and maxima count."""
    definisi = forms.get(buka.step.form)
    return definisi.bind(rows=buka.rows(user), data=data, initial=buka.item.draft or {}, partial=draf)


def rev(data: Mapping[str, Any]) -> int | None:
    """The revision that the page was made of."""
    teks = str(data.get("rev", ""))
    return int(teks) if teks.isdigit() else None


def susun(bound: forms.BoundForm, *, errors: Mapping[str, str]) -> Formulir:
    """The form for a template. `errors`: what a check or a domain call refused, by path."""
    bound.refuse(errors)
    grup = {nama: _grup(satu, errors) for nama, satu in bound.groups.items()}
    return Formulir({nama: _kolom(satu) for nama, satu in bound.fields.items()}, grup, _galat(bound, grup, errors))


def _grup(grup: forms.BoundGroup, errors: Mapping[str, str]) -> Grup:
    baris = [
        Baris(
            grup=grup.name,
            id=str(row.id),
            konteks=row.context.get("fakta", row.context),
            kolom={nama: _kolom(kolom) for nama, kolom in row.fields.items() if not kolom.hidden},
            label=str(row.context.get("label") or row.context.get("teks") or ""),
            nomor=nomor,
            galat_bukti=errors.get(f"{grup.name}.{row.id}.bukti", ""),
        )
        for nomor, row in enumerate(grup.rows, start=1)
    ]
    return Grup(grup.name, grup.label, baris)


def _kolom(satu: forms.BoundField) -> Kolom:
    return Kolom(
        nama=satu.name, id=satu.id, label=satu.label, nilai=satu.value, galat=satu.error, bantuan=satu.help,
        jenis=JENIS.get(satu.type, "teks"), pilihan=satu.choices, wajib=satu.required, maks=satu.max_length,
    )  # fmt: skip


def _galat(bound: forms.BoundForm, grup: Mapping[str, Grup], errors: Mapping[str, str]) -> list[Galat]:
    """The summary: each error with the words of its row and field, in the order of the page."""
    if not errors:
        return []
    hasil, sisa = [], dict(errors)
    for satu in bound.fields.values():
        if pesan := sisa.pop(satu.path, ""):
            hasil.append(Galat(satu.id, f"{satu.label}: {pesan}"))
    for isi in bound.groups.values():
        for row in isi.rows:
            nama = _nama_baris(grup[isi.name], str(row.id))
            for kolom in row.fields.values():
                if pesan := sisa.pop(kolom.path, ""):
                    hasil.append(Galat(kolom.id, f"{nama}: {pesan}"))
            if pesan := sisa.pop(f"{isi.name}.{row.id}.bukti", ""):
                hasil.append(Galat(f"bukti-{isi.name}-{row.id}", f"{nama}: {pesan}"))
    return hasil + [Galat(jangkar(jalur), pesan) for jalur, pesan in sisa.items()]


def _nama_baris(grup: Grup, pk: str) -> str:
    """`3. Menyiapkan bahan`: rows may share their words, so the place on the page comes first."""
    nomor, baris = next((n, satu) for n, satu in enumerate(grup.baris, 1) if satu.id == pk)
    k = baris.konteks
    nama = getattr(k, "uraian", None) or getattr(k, "tahapan", None) or baris.label or grup.label
    return f"{nomor}. {nama}" if len(grup.baris) > 1 else nama


def jangkar(jalur: str) -> str:
    """Id of the input of an error path: `iki.42.nilai` → `iki-42-nilai`."""
    return jalur.replace(".", "-")


def per_rhk(baris: Iterable[Baris]) -> list[tuple[str, list[Baris]]]:
    """Rows under their RHK, in the order in which they come."""
    return [(rhk, list(isi)) for rhk, isi in groupby(baris, key=lambda satu: str(satu.konteks.rhk))]


def desimal(teks: str) -> Decimal | None:
    """A typed number, None when it is empty or not a number."""
    try:
        angka = forms.NumberField(required=False).to_python(teks)
    except (ValidationError, InvalidOperation):
        return None
    return angka if angka is not None and angka.is_finite() and angka >= 0 else None
