"""Process definitions: publish as immutable versions, parse once per process and version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from backend.core.xml import local, read_text, read_xml
from backend.platform import audit
from backend.workflow import lint, steps
from backend.workflow.enums import VersionState
from backend.workflow.errors import InvalidProcess, UnknownProcess
from backend.workflow.models import ProcessDefinition
from backend.workflow.parser import BPMN, Parsed, parse_bpmn
from backend.workflow.vendor import is_true

CALLED = "processes/"


@dataclass(frozen=True)
class Published:
    """What publishing a file did. `draft`: the live version came from the browser, so the file waits for a decision."""

    definition: ProcessDefinition
    outcome: Literal["unchanged", "published", "draft"]


def processes_dir() -> Path:
    return Path(settings.BASE_DIR) / "processes"


def live(key: str) -> ProcessDefinition:
    """The version in force. Raises UnknownProcess."""
    definition = ProcessDefinition.objects.filter(key=key, state=VersionState.LIVE).first()
    if definition is None:
        raise UnknownProcess(key=key)
    return definition


def live_id(key: str) -> UUID:
    """Id of the version in force, without its text. Raises UnknownProcess."""
    found = ProcessDefinition.objects.filter(key=key, state=VersionState.LIVE).values_list("id", flat=True).first()
    if found is None:
        raise UnknownProcess(key=key)
    return found


@lru_cache(maxsize=256)
def parsed(definition_id: UUID) -> Parsed:
    """Specs of a version, parsed once per process. A published version never changes, so nothing expires."""
    definition = ProcessDefinition.objects.only("key", "bpmn", "files").get(pk=definition_id)
    return parse_definition(definition)


def parse_definition(definition: ProcessDefinition) -> Parsed:
    """Specs of a version, not cached (drafts). Raises InvalidProcess, ScriptRefused."""
    called = {name: text for name, text in definition.files.items() if name.startswith(CALLED)}
    return parse_bpmn(definition.bpmn, key=definition.key, called=called)


def publish_file(path: Path, *, by: Any = None) -> Published:
    """Publish a shipped file if it differs from the last version that came from a file (decision 21).

    Raises InvalidProcess when the engine cannot run it.
    """
    bpmn = read_text(path.read_bytes())
    files = bundle(bpmn, root=path.parent.parent)
    key = process_key(bpmn)
    digest = _digest(bpmn, files)
    with transaction.atomic():
        _serialise(key)
        versions = ProcessDefinition.objects.filter(key=key)
        from_file = versions.exclude(file_sha256="").order_by("-version").first()
        if from_file is not None and from_file.file_sha256 == digest:
            return Published(from_file, "unchanged")
        in_force = versions.filter(state=VersionState.LIVE).first()
        draft = save_draft(bpmn, files=files, by=by, file_sha256=digest)
        if in_force is not None and not in_force.file_sha256:
            return Published(draft, "draft")
        return Published(publish(draft, by=by), "published")


@transaction.atomic
def save_draft(
    bpmn: str,
    *,
    files: Mapping[str, str] | None = None,
    by: Any,
    file_sha256: str = "",
    replace: ProcessDefinition | None = None,
) -> ProcessDefinition:
    """Keep a version that is not in force yet. `replace`: an earlier draft to overwrite.

    A draft may be wrong: what stands in its way is kept in `lint`. Raises UnsafeXml, BrokenXml, InvalidProcess only
    when the text has no process at all.
    """
    files = bundle(bpmn) if files is None else dict(files)
    key, name = process_key(bpmn), process_name(bpmn)
    values = {
        "name": name,
        "bpmn": bpmn,
        "files": files,
        "sha256": _digest(bpmn, files),
        "file_sha256": file_sha256,
        "lint": lint.check(bpmn, file=f"{key}.bpmn", called=_called(files)).as_dict(),
        "created_by": by,
    }
    if replace is not None and replace.state == VersionState.DRAFT and replace.key == key:
        ProcessDefinition.objects.filter(pk=replace.pk).update(**values)
        replace.refresh_from_db()
        return replace
    _serialise(key)
    highest = ProcessDefinition.objects.filter(key=key).aggregate(highest=Max("version"))["highest"] or 0
    definition = ProcessDefinition.objects.create(key=key, version=highest + 1, **values)
    audit.record(
        f"proses:{key}", "versi_dibuat", aktor=by, data={"versi": definition.version, "sha256": definition.sha256}
    )
    return definition


@transaction.atomic
def publish(definition: ProcessDefinition, *, by: Any, alasan: str = "") -> ProcessDefinition:
    """Put a draft in force; the version before it retires, and its instances go on with it. Raises InvalidProcess."""
    _serialise(definition.key)
    report = lint.check(definition.bpmn, file=f"{definition.key}.bpmn", called=_called(definition.files))
    if not report.runnable:
        raise InvalidProcess(problem="; ".join(p.message for p in report.problems if p.severity == lint.ERROR))
    parse_definition(definition)
    now = timezone.now()
    ProcessDefinition.objects.filter(key=definition.key, state=VersionState.LIVE).update(
        state=VersionState.RETIRED, retired_at=now
    )
    ProcessDefinition.objects.filter(pk=definition.pk, state=VersionState.DRAFT).update(
        state=VersionState.LIVE, published_at=now
    )
    definition.refresh_from_db()
    audit.record(
        f"proses:{definition.key}",
        "versi_berlaku",
        aktor=by,
        alasan=alasan,
        data={"versi": definition.version, "sha256": definition.sha256},
    )
    return definition


def _called(files: Mapping[str, str]) -> dict[str, bytes]:
    """The bundled processes that call activities may use, by id."""
    return {Path(name).stem: text.encode() for name, text in files.items() if name.startswith(CALLED)}


def process_key(bpmn: str) -> str:
    """Id of the executable process in the text. Raises InvalidProcess."""
    root = read_xml(bpmn)
    keys = [process.get("id", "") for process in root.iter(f"{BPMN}process") if is_true(process.get("isExecutable"))]
    if len(keys) != 1 or not keys[0]:
        found = ", ".join(keys) or "tidak ada"
        raise InvalidProcess(
            problem=f"harus ada tepat satu proses yang dapat dijalankan (isExecutable); ditemukan: {found}"
        )
    return keys[0]


def process_name(bpmn: str) -> str:
    """Name of the executable process, or its id."""
    root = read_xml(bpmn)
    process = next(item for item in root.iter(f"{BPMN}process") if is_true(item.get("isExecutable")))
    return str(process.get("name") or process.get("id"))


def bundle(bpmn: str, *, root: Path | None = None) -> dict[str, str]:
    """Called processes, forms and rules that a process uses, as they stand on disk now, by relative path."""
    root = root or Path(settings.BASE_DIR)
    files: dict[str, str] = {}
    _add_called(bpmn, root, files)
    wanted = {name for text in (bpmn, *files.values()) for name in _used(text)}
    for name in sorted(wanted):
        if (root / name).is_file():
            files[name] = (root / name).read_text(encoding="utf-8")
    return files


def _used(bpmn: str) -> set[str]:
    """Paths of forms and rules that a process names."""
    root = read_xml(bpmn)
    bound = [steps.registry.steps.get(task.get("id", "")) for task in root.iter(f"{BPMN}userTask")]
    decisions = [(item.text or "").strip() for item in root.iter() if local(item) == "calledDecisionId"]
    forms = {f"forms/{step.form}.json" for step in bound if step and step.form}
    return forms | {f"rules/{decision}.dmn" for decision in decisions if decision.isidentifier()}


def _add_called(bpmn: str, root: Path, files: dict[str, str]) -> None:
    for activity in read_xml(bpmn).iter(f"{BPMN}callActivity"):
        element = activity.get("calledElement", "")
        name = f"{CALLED}{element}.bpmn"
        if element.isidentifier() and name not in files and (root / name).is_file():
            files[name] = (root / name).read_text(encoding="utf-8")
            _add_called(files[name], root, files)


def _digest(bpmn: str, files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps([bpmn, dict(files)], sort_keys=True).encode()).hexdigest()


def _serialise(key: str) -> None:
    """One publisher at a time per process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"process:{key}"])
