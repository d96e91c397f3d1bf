"""Parallel joins that may wait for ever, because a choice before them can leave one of their branches out.

A flow has one target, so tokens never compete and the order of moves plays no role: only the outcomes of choices make
a difference. All their combinations are walked on one level of a process, up to a bound beyond which nothing is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from backend.core.xml import local
from backend.workflow import vendor
from backend.workflow.bpmn_xml import FLOW_NODES

MAX_MARKINGS, MAX_SUBSETS = 20_000, 6
ENDS_ALL = frozenset({"terminateEventDefinition", "errorEventDefinition", "cancelEventDefinition"})

Marking = frozenset[str]  # the flows that hold a token


@dataclass
class _Node:
    """`outcomes`: the flows that get a token, one tuple for each way to go on; None ends the whole level."""

    joins: bool
    incoming: list[str] = field(default_factory=list)
    outcomes: Sequence[tuple[str, ...] | None] = ((),)


class _Unclear(Exception):
    """More than this walk can judge: inclusive joins, many starts, several tokens in one place, too many ways."""


def starved_join(level: Any) -> str | None:
    """Id of a parallel join of this process or sub-process that can wait for ever; None when there is none, or unclear."""
    try:
        nodes, targets, start = _read(level)
        return _walk(nodes, targets, start)
    except _Unclear:
        return None


def _walk(nodes: Mapping[str, _Node], targets: Mapping[str, str], start: Iterable[str]) -> str | None:
    pending: list[Marking] = [frozenset(start)]
    seen = set(pending)
    while pending:
        marking = pending.pop()
        moved = _move(marking, nodes, targets)
        if moved is None:
            return targets[min(marking)]
        for each in moved:
            if each and each not in seen:
                seen.add(each)
                pending.append(each)
        if len(seen) > MAX_MARKINGS:
            raise _Unclear
    return None


def _move(marking: Marking, nodes: Mapping[str, _Node], targets: Mapping[str, str]) -> list[Marking] | None:
    """What one node that can go on makes of the tokens, a marking for each of its ways; None when none can."""
    for flow in sorted(marking):
        node = nodes[targets[flow]]
        taken = frozenset(node.incoming) if node.joins else frozenset({flow})
        if taken <= marking:
            return [_put(marking - taken, outcome) for outcome in node.outcomes]
    return None


def _put(marking: Marking, outcome: tuple[str, ...] | None) -> Marking:
    if outcome is None:
        return frozenset()
    if marking & set(outcome):
        raise _Unclear
    return marking | set(outcome)


# --- Reading ------------------------------------------------------------------------------------------------------


def _read(level: Any) -> tuple[dict[str, _Node], dict[str, str], list[str]]:
    """Nodes by id, the target of each flow, and the flows that a start gives a token."""
    elements = {str(child.get("id")): child for child in level if local(child) in FLOW_NODES}
    outgoing: dict[str, list[str]] = defaultdict(list)
    incoming: dict[str, list[str]] = defaultdict(list)
    targets: dict[str, str] = {}
    for number, flow in enumerate(child for child in level if local(child) == "sequenceFlow"):
        key = f"{number:05}"
        targets[key] = str(flow.get("targetRef"))
        outgoing[str(flow.get("sourceRef"))].append(key)
        incoming[targets[key]].append(key)
    nodes = {
        key: _Node(local(e) == "parallelGateway", incoming[key], list(_outcomes(key, elements, outgoing, incoming)))
        for key, e in elements.items()
    }
    starts = [key for key, element in elements.items() if local(element) == "startEvent"]
    if len(starts) != 1:
        raise _Unclear
    return nodes, targets, outgoing[starts[0]]


def _outcomes(
    key: str, elements: Mapping[str, Any], outgoing: Mapping[str, list[str]], incoming: Mapping[str, list[str]]
) -> Iterator[tuple[str, ...] | None]:
    element, flows = elements[key], outgoing.get(key, [])
    kind = local(element)
    if kind in {"exclusiveGateway", "eventBasedGateway"}:
        yield from ((flow,) for flow in flows)
    elif kind == "inclusiveGateway":
        if len(incoming.get(key, [])) > 1 or len(flows) > MAX_SUBSETS:
            raise _Unclear
        yield from (chosen for size in range(1, len(flows) + 1) for chosen in combinations(flows, size))
    elif kind == "endEvent" and any(local(child) in ENDS_ALL for child in element):
        yield None
    else:
        yield tuple(flows)
        yield from _boundaries(key, elements, outgoing)


def _boundaries(host: str, elements: Mapping[str, Any], outgoing: Mapping[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """An event on the edge takes its own way: instead of the task's, or beside it."""
    for key, element in elements.items():
        attached = element.get("attachedToRef")
        if attached and vendor.resolved(str(attached), elements) == host:
            beside = str(element.get("cancelActivity", "true")).strip().lower() in {"false", "0"}
            yield (*outgoing.get(host, []), *outgoing.get(key, [])) if beside else tuple(outgoing.get(key, []))
