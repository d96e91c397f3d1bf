"""Versions of rule tables: draft, publish, end, retire, mark as used; and the source from which `decide` reads them.

A version that has ruled never changes, so what is parsed is cached by its id. Which version is valid on a date is one
small query, remembered for a moment (REMEMBER_SECONDS) and forgotten at once by the process that publishes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max, Q
from psycopg.types.range import Range

from backend.core.errors import DomainError
from backend.core.periode import tanggal
from backend.platform import audit
from backend.rules import cases, checks, files
from backend.rules.datatable import DataTable, Definition, Interval, Row, read_value
from backend.rules.decide import FROM_FILE
from backend.rules.enums import StatusAturan, SumberAturan
from backend.rules.errors import NoVersion, RuleWithoutSource
from backend.rules.model import Model, load
from backend.rules.models import RuleDataRow, RuleVersion

REMEMBER_SECONDS = 2.0


class RuleHasErrors(DomainError):
    """Tabel "{tabel}" belum dapat diterbitkan: {masalah}. Perbaiki tabelnya, lalu periksa lagi."""

    def __init__(self, tabel: str, findings: Iterable[checks.Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(tabel=tabel, masalah="; ".join(finding.text for finding in self.findings[:3]))


class RuleVersionInUse(DomainError):
    """Versi {versi} sudah dipakai sampai {sampai}. Versi baru hanya dapat berlaku sesudah tanggal itu."""


class RuleNotDraft(DomainError):
    """Versi {versi} bukan draf, jadi isinya tidak dapat diubah. Buat draf baru dari versi ini."""


class RuleOverlapsLater(DomainError):
    """Versi {versi} sudah menunggu mulai {mulai}. Tarik dahulu versi itu, atau akhiri versi baru sebelum tanggal itu."""


@dataclass(frozen=True)
class Published:
    """What happened to a shipped file. `alasan` says why it only became a draft."""

    version: RuleVersion
    outcome: Literal["unchanged", "published", "draft"]
    alasan: str = ""


Listener = Callable[[Published], None]
_listeners: list[Listener] = []


def on_kept_as_draft(listener: Listener) -> None:
    """Register who is told that a shipped file only became a draft (decision 21): who may publish it is known above."""
    if listener not in _listeners:
        _listeners.append(listener)


# --- Verbs ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_draft(
    decision: str,
    *,
    xml: str,
    dasar_hukum: str,
    berlaku_mulai: date,
    berlaku_sampai: date | None = None,
    aliran: str = "",
    kasus: str | None = None,
    catatan: str = "",
    sumber: str = SumberAturan.BROWSER,
    oleh: Any = None,
) -> RuleVersion:
    """A new draft of a DMN table. Raises UnsafeXml, BrokenXml or InvalidModel; wrong cells may wait until publishing.

    Without `kasus` it takes over the examples of the version before it.
    """
    load(xml.encode())
    if kasus is None:
        before = RuleVersion.objects.of(decision, aliran).exclude(kasus="").first()
        kasus = before.kasus if before else ""
    version = RuleVersion(
        decision=decision, aliran=aliran, xml=xml, sha256=hashlib.sha256(xml.encode()).hexdigest(), kasus=kasus, sumber=sumber,
        dasar_hukum=dasar_hukum, berlaku_mulai=berlaku_mulai, berlaku_sampai=berlaku_sampai, catatan=catatan,
    )  # fmt: skip
    return _add(version, oleh=oleh)


@transaction.atomic
def save_data_draft(
    table: DataTable,
    *,
    dasar_hukum: str,
    berlaku_mulai: date,
    berlaku_sampai: date | None = None,
    aliran: str = "",
    kasus: str = "",
    catatan: str = "",
    sumber: str = SumberAturan.BROWSER,
    oleh: Any = None,
) -> RuleVersion:
    """A new draft of a data table, with its rows."""
    version = RuleVersion(
        decision=table.definition.nama, aliran=aliran, kolom=table.definition.to_json(), sha256=table.sha256,
        kasus=kasus, sumber=sumber,
        dasar_hukum=dasar_hukum, berlaku_mulai=berlaku_mulai, berlaku_sampai=berlaku_sampai, catatan=catatan,
    )  # fmt: skip
    version = _add(version, oleh=oleh)
    RuleDataRow.objects.bulk_create(
        [_stored(row, version=version, urutan=number) for number, row in enumerate(table.rows, 1)], batch_size=1000
    )
    return version


def _add(version: RuleVersion, *, oleh: Any) -> RuleVersion:
    _serialise(version.kunci)
    last = RuleVersion.objects.of(version.decision, version.aliran).aggregate(last=Max("nomor"))["last"]
    version.nomor = (last or 0) + 1
    try:
        version.full_clean(exclude=["id"], validate_constraints=False)
    except ValidationError as error:
        raise RuleWithoutSource(berkas=version.decision, isian=", ".join(error.message_dict)) from None
    version.save(force_insert=True)
    _record(version, "aturan.draf_disimpan", oleh=oleh)
    return version


@transaction.atomic
def publish(version: RuleVersion, *, oleh: Any = None) -> RuleVersion:
    """Make a draft rule from its `berlaku_mulai` on; the version before it ends the day before.

    Raises RuleNotDraft, RuleHasErrors (analysis and cases), RuleVersionInUse, RuleOverlapsLater.
    """
    _serialise(version.kunci)
    version = RuleVersion.objects.select_for_update().get(pk=version.pk)
    if version.status != StatusAturan.DRAFT:
        raise RuleNotDraft(versi=version)
    if errors := [finding for finding in check(version) if finding.severity == checks.ERROR]:
        raise RuleHasErrors(version.kunci, errors)
    _make_room(version)
    version.status = StatusAturan.LIVE
    version.save(update_fields=["status"])
    _record(version, "aturan.diterbitkan", oleh=oleh)
    forget()
    return version


def _make_room(version: RuleVersion) -> None:
    """End, or withdraw when it would never rule, each live version that the new one runs into."""
    end = version.berlaku_sampai or date.max
    in_the_way = RuleVersion.objects.of(version.decision, version.aliran).filter(
        Q(berlaku_sampai__isnull=True) | Q(berlaku_sampai__gte=version.berlaku_mulai),
        status=StatusAturan.LIVE,
        berlaku_mulai__lte=end,
    )
    for other in in_the_way.select_for_update():
        if other.digunakan_sampai and other.digunakan_sampai >= version.berlaku_mulai:
            raise RuleVersionInUse(versi=other, sampai=tanggal(other.digunakan_sampai))
        if other.berlaku_mulai > version.berlaku_mulai:
            raise RuleOverlapsLater(versi=other, mulai=tanggal(other.berlaku_mulai))
        if other.berlaku_mulai == version.berlaku_mulai:
            other.status = StatusAturan.RETIRED
        else:
            other.berlaku_sampai = version.berlaku_mulai - timedelta(days=1)
        other.save(update_fields=["status", "berlaku_sampai"])


@transaction.atomic
def end(version: RuleVersion, *, sampai: date, oleh: Any = None) -> RuleVersion:
    """Let a live version rule until a date. Raises RuleVersionInUse when it has been used for a later one."""
    version = RuleVersion.objects.select_for_update().get(pk=version.pk)
    if version.digunakan_sampai and version.digunakan_sampai > sampai:
        raise RuleVersionInUse(versi=version, sampai=tanggal(version.digunakan_sampai))
    version.berlaku_sampai = sampai
    version.save(update_fields=["berlaku_sampai"])
    _record(version, "aturan.diakhiri", oleh=oleh)
    forget()
    return version


@transaction.atomic
def retire(version: RuleVersion, *, oleh: Any = None) -> RuleVersion:
    """Withdraw a version that was never used. Raises RuleVersionInUse."""
    version = RuleVersion.objects.select_for_update().get(pk=version.pk)
    if version.digunakan_sampai:
        raise RuleVersionInUse(versi=version, sampai=tanggal(version.digunakan_sampai))
    version.status = StatusAturan.RETIRED
    version.save(update_fields=["status"])
    _record(version, "aturan.diarsipkan", oleh=oleh)
    forget()
    return version


def mark_used(versions: Iterable[str | UUID], *, pada: date) -> None:
    """Note that something kept (a closed month, a final laporan) was decided with these versions for a date."""
    earlier = Q(digunakan_sampai__isnull=True) | Q(digunakan_sampai__lt=pada)
    published = [str(pk) for pk in versions if pk != FROM_FILE]
    RuleVersion.objects.filter(earlier, pk__in=published).update(digunakan_sampai=pada)


def publish_file(path: Path, *, oleh: Any = None) -> Published:
    """Publish a shipped table (`.dmn`, or `.json` of a data table) if it differs from the last that came from a file.

    It only becomes a draft when the version in force was written in the browser, or has been used for a date on which
    the file would begin to rule (decision 21). Raises RuleHasErrors, RuleWithoutSource and what `files.read` raises.
    """
    file = files.read(path)
    with transaction.atomic():
        _serialise(file.nama)
        done = _published(file, oleh=oleh)
        if done.outcome == "draft":
            for listener in _listeners:
                listener(done)
        return done


def _published(file: files.RuleFile, *, oleh: Any) -> Published:
    versions = RuleVersion.objects.of(file.nama)
    from_file = versions.filter(sumber=SumberAturan.FILE).first()
    if from_file is not None and _unchanged(from_file, file):
        return Published(from_file, "unchanged")
    draft = _draft_of_file(file, oleh=oleh)
    live = versions.filter(status=StatusAturan.LIVE).order_by("-berlaku_mulai").first()
    if live is not None and live.sumber == SumberAturan.BROWSER:
        return Published(draft, "draft", f"Versi yang berlaku ({live}) ditulis di peramban.")
    try:
        with transaction.atomic():
            return Published(publish(draft, oleh=oleh), "published")
    except (RuleVersionInUse, RuleOverlapsLater) as error:
        return Published(draft, "draft", error.message)


def _unchanged(version: RuleVersion, file: files.RuleFile) -> bool:
    """The fingerprint of a DMN file covers its source and start; that of a data table only columns and rows."""
    if isinstance(file.content, Model):
        return bool(version.sha256 == file.content.sha256)
    known = (version.sha256, version.dasar_hukum, version.berlaku_mulai)
    return known == (file.content.sha256, file.dasar_hukum, file.berlaku_mulai)


def _draft_of_file(file: files.RuleFile, *, oleh: Any) -> RuleVersion:
    shared = {
        "dasar_hukum": file.dasar_hukum, "berlaku_mulai": file.berlaku_mulai, "kasus": file.kasus,
        "sumber": SumberAturan.FILE, "oleh": oleh,
    }  # fmt: skip
    if isinstance(file.content, DataTable):
        return save_data_draft(file.content, **shared)
    return save_draft(file.nama, xml=file.xml, **shared)


def check(version: RuleVersion) -> list[checks.Finding]:
    """Findings of the analysis and of the cases of one version."""
    if version.kolom is not None:
        table = data_table(version)  # its rows were checked when they were loaded
        return [*checks.check_data(table), *(cases.run_data(table, version.kasus) if version.kasus else ())]
    model = load(version.xml.encode())
    return [*checks.check(model, main=version.decision), *cases.run(model, version.decision, version.kasus)]


def _serialise(kunci: str) -> None:
    """One writer at a time for one table, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rules'), hashtext(%s))", [kunci])


def _record(version: RuleVersion, peristiwa: str, *, oleh: Any) -> None:
    data = {
        "versi": str(version.pk), "nomor": version.nomor, "sha256": version.sha256, "status": version.status,
        "berlaku_mulai": version.berlaku_mulai, "berlaku_sampai": version.berlaku_sampai, "sumber": version.sumber,
    }  # fmt: skip
    audit.record(f"aturan:{version.kunci}", peristiwa, aktor=oleh, data=data, objek=str(version))


# --- Rows of data tables ------------------------------------------------------------------------------------------------


def _stored(row: Row, *, version: RuleVersion, urutan: int) -> RuleDataRow:
    bounds = ("[" if row.rentang.low_included else "(") + ("]" if row.rentang.high_included else ")")
    rentang: Range[Decimal] = Range(row.rentang.low, row.rentang.high, bounds)
    return RuleDataRow(
        version=version, urutan=urutan, kode=row.kode, pola=row.pola, kunci=row.kunci, rentang=rentang,
        nilai=dict(row.nilai), sel=dict(row.sel),
    )  # fmt: skip


def data_table(version: RuleVersion) -> DataTable:
    """The data table of a version, from its rows. Raises InvalidDataRows."""
    definition = Definition.from_json(version.decision, version.kolom or {})
    types = {column.nama: column.tipe for column in definition.keluaran}
    rows = tuple(
        Row(row.kode, row.pola, row.kunci, _interval(row.rentang), _typed(row.nilai, types), row.sel)
        for row in version.baris.order_by("urutan")
    )
    return DataTable(definition, rows)


def _interval(stored: Range[Decimal]) -> Interval:
    return Interval(stored.lower, stored.upper, stored.lower_inc, stored.upper_inc)


def _typed(nilai: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """Stored outputs as values: JSON keeps numbers and dates as texts."""
    return {name: read_value(value, types[name]) if isinstance(value, str) else value for name, value in nilai.items()}


# --- The source of `decide` -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Validity:
    mulai: date
    sampai: date | None
    id: str


class DatabaseSource:
    """Published tables by name (`decision` or `decision:ALIRAN`) and date. Raises NoVersion."""

    def __init__(self) -> None:
        self._remembered: dict[str, tuple[float, tuple[_Validity, ...]]] = {}
        _sources.append(self)

    def find(self, decision: str, pada: date) -> tuple[Model | DataTable, str]:
        for validity in self._timeline(decision):
            if validity.mulai <= pada and (validity.sampai is None or pada <= validity.sampai):
                return _content(validity.id), validity.id
        raise NoVersion(nama=decision, pada=pada)

    def _timeline(self, kunci: str) -> tuple[_Validity, ...]:
        until, known = self._remembered.get(kunci, (0.0, ()))
        now = time.monotonic()
        if now >= until:
            decision, _, aliran = kunci.partition(":")
            rows = RuleVersion.objects.filter(decision=decision, aliran=aliran, status=StatusAturan.LIVE)
            known = tuple(
                _Validity(row[0], row[1], str(row[2]))
                for row in rows.values_list("berlaku_mulai", "berlaku_sampai", "pk")
            )
            self._remembered[kunci] = now + REMEMBER_SECONDS, known
        return known

    def forget(self) -> None:
        self._remembered.clear()


_sources: list[DatabaseSource] = []


def forget() -> None:
    """Ask the database anew which versions are valid, now and after this transaction."""
    for source in _sources:
        source.forget()
        transaction.on_commit(source.forget)


@lru_cache(maxsize=512)
def _content(pk: str) -> Model | DataTable:
    """Parsed content of a version that rules; it never changes."""
    version = RuleVersion.objects.get(pk=pk)
    return data_table(version) if version.kolom is not None else load(version.xml.encode())
