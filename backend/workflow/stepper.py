"""The steps of a process as people see them, drawn from its BPMN and from the rows of its work items (recipe §10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from backend.workflow import bpmn_xml
from backend.workflow.enums import ItemStatus
from backend.workflow.models import ProcessDefinition, WorkItem


@dataclass(frozen=True)
class StepInfo:
    """A user task of a definition."""

    step: str
    name: str
    lane: str


@dataclass(frozen=True)
class Step:
    """A user task of one instance: `done`, `current`, `returned` (current again) or `future`."""

    step: str
    name: str
    lane: str
    state: str
    item: WorkItem | None = None


@lru_cache(maxsize=256)
def _of(definition_id: UUID) -> tuple[StepInfo, ...]:
    bpmn = ProcessDefinition.objects.values_list("bpmn", flat=True).get(pk=definition_id)
    return tuple(StepInfo(node.id, node.name or node.id, node.lane) for node in bpmn_xml.read(bpmn).user_tasks())


def infos(definition: ProcessDefinition, lane: str | None = None) -> list[StepInfo]:
    """User tasks of a published version in the order of the flow, of one lane or of all."""
    return [info for info in _of(definition.pk) if lane is None or info.lane == lane]


def steps(definition: ProcessDefinition, lane: str | None = None, *, items: Iterable[WorkItem]) -> list[Step]:
    """The steps with their state. An open item of a later round was returned (*Kembali* makes no round); `item` is the newest."""
    by_step: dict[str, list[WorkItem]] = {}
    for item in items:
        by_step.setdefault(item.step, []).append(item)
    known = infos(definition, lane)
    current = next((index for index, info in enumerate(known) if _is_open(by_step.get(info.step, ()))), None)
    return [_step(info, by_step.get(info.step, []), index, current) for index, info in enumerate(known)]


def _is_open(items: Sequence[WorkItem]) -> bool:
    return any(item.status == ItemStatus.OPEN for item in items)


def _step(info: StepInfo, items: list[WorkItem], index: int, current: int | None) -> Step:
    newest = max(items, key=lambda item: (item.status == ItemStatus.OPEN, item.created_at), default=None)
    done = any(item.status == ItemStatus.DONE for item in items)
    if _is_open(items):
        state = "returned" if newest is not None and newest.round > 1 else "current"
    else:
        state = "done" if done and (current is None or index < current) else "future"
    return Step(info.step, info.name, info.lane, state, newest)
