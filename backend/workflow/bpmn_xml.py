"""A BPMN document as plain facts: nodes, flows, lanes, shapes. For pages and checks, which never run anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from backend.core.xml import local, read_xml

NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
TASKS = frozenset(
    {
        "task", "userTask", "serviceTask", "businessRuleTask", "manualTask", "sendTask", "receiveTask", "scriptTask", "callActivity",
    }
)  # fmt: skip
CONTAINERS = frozenset({"subProcess", "transaction", "adHocSubProcess"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
FLOW_NODES = TASKS | CONTAINERS | EVENTS | GATEWAYS


@dataclass(frozen=True)
class Node:
    """A flow node. `marker`: what an event waits for or throws (`timer`, `message`, …)."""

    id: str
    type: str
    name: str
    lane: str = ""
    parent: str = ""
    attached_to: str = ""
    interrupting: bool = True
    marker: str = ""


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    name: str = ""


@dataclass(frozen=True)
class Bounds:
    """Place of a shape."""

    x: float
    y: float
    width: float
    height: float


@dataclass
class Document:
    """One BPMN file."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # lanes and pools
    shapes: dict[str, Bounds] = field(default_factory=dict)
    edges: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def user_tasks(self) -> list[Node]:
        """User tasks in the order of the flow, back edges ignored."""
        return [self.nodes[key] for key in self.order() if self.nodes[key].type == "userTask"]

    def order(self) -> list[str]:
        """Reverse post-order of a walk from the start events (recipe §10); a sub-process before what follows it."""
        following = self._following()
        seen: set[str] = set()
        result: list[str] = []
        starts = [node.id for node in self.nodes.values() if node.type == "startEvent" and not node.parent]
        for start in reversed(starts or list(self.nodes)[:1]):
            self._walk(start, following, seen, result)
        return [*reversed(result), *(key for key in self.nodes if key not in seen)]

    def _following(self) -> dict[str, list[str]]:
        following: dict[str, list[str]] = {key: [] for key in self.nodes}
        for flow in self.flows.values():
            if flow.source in following and flow.target in self.nodes:
                following[flow.source].append(flow.target)
        for node in self.nodes.values():
            if node.attached_to in following:
                following[node.attached_to].append(node.id)
            if node.parent in following and node.type == "startEvent":
                following[node.parent].insert(0, node.id)
        for node in self.nodes.values():  # what follows a sub-process also follows its ends
            if node.type == "endEvent" and node.parent in self.nodes:
                following[node.id] += [t for t in following[node.parent] if self.nodes[t].parent != node.parent]
        return following

    def _walk(self, start: str, following: Mapping[str, list[str]], seen: set[str], result: list[str]) -> None:
        stack: list[tuple[str, Iterator[str]]] = [(start, reversed(following[start]))]
        seen.add(start)
        while stack:
            key, targets = stack[-1]
            target = next((t for t in targets if t not in seen), None)
            if target is None:
                result.append(key)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, reversed(following[target])))


def read(bpmn: str | bytes) -> Document:
    """Facts of a BPMN document. Raises UnsafeXml, BrokenXml."""
    root = read_xml(bpmn)
    document = Document()
    lanes: dict[str, str] = {}
    for element in root.iter(etree.Element):
        kind = local(element)
        if kind == "lane":
            document.names[_id(element)] = _name(element)
            lanes |= {
                str(ref.text).strip(): _name(element) for ref in element if local(ref) == "flowNodeRef" and ref.text
            }
        elif kind == "participant":
            document.names[_id(element)] = _name(element)
        elif kind == "sequenceFlow":
            document.flows[flow_id(element)] = Flow(
                flow_id(element), str(element.get("sourceRef", "")), str(element.get("targetRef", "")), _name(element)
            )
        elif kind in FLOW_NODES:
            document.nodes[_id(element)] = _node(element, kind)
        elif kind in {"BPMNShape", "BPMNEdge"}:
            _place(document, element, kind)
    for key, node in document.nodes.items():
        if lane := _lane_of(node, document, lanes):
            document.nodes[key] = replace(node, lane=lane)
    return document


def _lane_of(node: Node, document: Document, lanes: Mapping[str, str]) -> str:
    """The lane of a node or of the innermost sub-process in a lane around it. A file with an id twice may go in a circle."""
    owner, seen = node, {node.id}
    while owner.id not in lanes and owner.parent in document.nodes and owner.parent not in seen:
        owner = document.nodes[owner.parent]
        seen.add(owner.id)
    return lanes.get(owner.id, "")


def flow_id(element: etree._Element) -> str:
    """Id of a sequence flow; for one without (which BPMN allows) a text that no file can have as an id."""
    return _id(element) or f"{element.get('sourceRef', '')} → {element.get('targetRef', '')}"


def _id(element: etree._Element) -> str:
    return str(element.get("id", ""))


def _name(element: etree._Element) -> str:
    return " ".join(str(element.get("name", "")).split())


def _node(element: etree._Element, kind: str) -> Node:
    parent = element.getparent()
    inside = parent is not None and local(parent) in CONTAINERS
    definition = next((local(child) for child in element if local(child).endswith("EventDefinition")), "")
    return Node(
        _id(element),
        kind,
        _name(element),
        parent=_id(parent) if inside and parent is not None else "",
        attached_to=str(element.get("attachedToRef", "")),
        interrupting=element.get("cancelActivity", "true") != "false",
        marker=definition.removesuffix("EventDefinition"),
    )


def _place(document: Document, element: etree._Element, kind: str) -> None:
    key = str(element.get("bpmnElement", ""))
    if kind == "BPMNEdge":
        points = [(_number(child, "x"), _number(child, "y")) for child in element if local(child) == "waypoint"]
        if len(points) > 1:
            document.edges[key] = points
        return
    box = next((child for child in element if local(child) == "Bounds"), None)
    if box is not None:
        document.shapes[key] = Bounds(*(_number(box, name) for name in ("x", "y", "width", "height")))


def _number(element: etree._Element, name: str) -> float:
    try:
        value = float(str(element.get(name, "0")))
    except ValueError:
        return 0.0
    return value if abs(value) < 100_000 else 0.0
