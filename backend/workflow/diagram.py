"""A process as SVG, drawn on the server from the diagram's own coordinates (decision 24).

Strict CSP: no script, no style attribute; states are classes (`done`, `current`, `returned`, `waiting`, `taken`).
A file without coordinates is laid out in the order of its flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from backend.workflow import bpmn_xml
from backend.workflow.bpmn_xml import CONTAINERS, EVENTS, GATEWAYS, Bounds, Document, Node
from backend.workflow.enums import ItemStatus
from backend.workflow.models import ProcessDefinition, WorkItem

PADDING = 20
LETTER = 7.2  # average width of a letter at 13 px
LINE = 16
STATE_WORDS = {"done": "selesai", "current": "sedang berjalan", "returned": "dikembalikan", "waiting": "menunggu"}
GATEWAY_SIGNS = {
    "exclusiveGateway": "M-7 -7 L7 7 M-7 7 L7 -7", "parallelGateway": "M0 -10 V10 M-10 0 H10",
    "inclusiveGateway": "M0 -8 A8 8 0 1 1 -0.01 -8", "eventBasedGateway": "M0 -9 L9 -2 L5 8 L-5 8 L-9 -2 Z", "complexGateway": "M0 -10 V10 M-10 0 H10 M-7 -7 L7 7 M-7 7 L7 -7",
}  # fmt: skip
EVENT_SIGNS = {
    "timer": "M0 -9 A9 9 0 1 1 -0.01 -9 M0 -6 V0 L4 3", "message": "M-9 -6 H9 V6 H-9 Z M-9 -6 L0 1 L9 -6", "error": "M-7 7 L-3 -5 L2 3 L7 -7",
    "signal": "M0 -8 L8 6 H-8 Z", "escalation": "M0 -8 L6 8 L0 2 L-6 8 Z", "terminate": "M0 -7 A7 7 0 1 1 -0.01 -7 Z",
}  # fmt: skip


def states_of(items: Iterable[WorkItem]) -> dict[str, str]:
    """State of each step of an instance by its element id, from its work items in any order (as `stepper.steps`)."""
    states: dict[str, str] = {}
    for item in items:
        if item.status == ItemStatus.OPEN:
            states[item.step] = "returned" if item.round > 1 else "current"
        elif item.status == ItemStatus.DONE:
            states.setdefault(item.step, "done")
    return states


def svg(definition: ProcessDefinition, states: Mapping[str, str], *, taken: Iterable[str] = ()) -> str:
    """SVG of a definition. `states`: element id → class; `taken`: ids of the sequence flows that tokens took."""
    return draw(bpmn_xml.read(definition.bpmn), states, title=definition.name or definition.key, taken=taken)


def draw(document: Document, states: Mapping[str, str], *, title: str, taken: Iterable[str] = ()) -> str:
    """SVG of a document."""
    if not any(key in document.shapes for key in document.nodes):
        _lay_out(document)
    boxes = [document.shapes[key] for key in (*document.names, *document.nodes) if key in document.shapes]
    points = [point for line in document.edges.values() for point in line]
    left = min([box.x for box in boxes] + [x for x, _ in points], default=0) - PADDING
    top = min([box.y for box in boxes] + [y for _, y in points], default=0) - PADDING
    width = max([box.x + box.width for box in boxes] + [x for x, _ in points], default=1) - left + PADDING
    height = max([box.y + box.height for box in boxes] + [y for _, y in points], default=1) - top + PADDING
    used = set(taken)
    parts = [
        *(_lane(document, key) for key in document.names),
        *(_node(document, node, states) for node in document.nodes.values() if node.type in CONTAINERS),
        *(_edge(document, key, "taken" if key in used else "") for key in document.flows),
        *(_node(document, node, states) for node in document.nodes.values() if node.type not in CONTAINERS),
    ]
    said = [
        f"{document.nodes[key].name}: {STATE_WORDS[state]}"
        for key, state in states.items()
        if key in document.nodes and state in STATE_WORDS
    ]
    return (
        f'<svg class="bpmn" role="img" aria-labelledby="bpmn-judul bpmn-isi" viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}"><title id="bpmn-judul">{escape(title)}</title>'
        f'<desc id="bpmn-isi">{escape("; ".join(said) or "Belum ada langkah yang dikerjakan.")}</desc>'
        '<defs><marker id="bpmn-panah" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        '<path class="tip" d="M0 0 L10 5 L0 10 Z"/></marker></defs>' + "".join(parts) + "</svg>"
    )


def _lane(document: Document, key: str) -> str:
    box = document.shapes.get(key)
    if box is None:
        return ""
    x, y = box.x + 15, box.y + box.height / 2
    return (
        f'<g class="lane"><rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"/>'
        f'<text transform="rotate(-90 {x:.0f} {y:.0f})" x="{x:.0f}" y="{y:.0f}" text-anchor="middle">{escape(_label(document.names[key]))}</text></g>'
    )


def _label(role: str) -> str:
    return role.replace("_", " ").capitalize()


def _node(document: Document, node: Node, states: Mapping[str, str]) -> str:
    box = document.shapes.get(node.id)
    if box is None:
        return ""
    state = states.get(node.id, "")
    classes = " ".join(filter(None, ("node", _family(node), state)))
    word = f" ({STATE_WORDS[state]})" if state in STATE_WORDS else ""
    body = _shape(node, box)
    return f'<g class="{escape(classes)}"><title>{escape(node.name or node.id)}{word}</title>{body}</g>'


def _family(node: Node) -> str:
    if node.type in EVENTS:
        return (
            "event end" if node.type == "endEvent" else ("event boundary" if node.type == "boundaryEvent" else "event")
        )
    return "gateway" if node.type in GATEWAYS else ("sub" if node.type in CONTAINERS else "task")


def _shape(node: Node, box: Bounds) -> str:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    if node.type in EVENTS:
        ring = (
            ""
            if node.type in {"startEvent", "endEvent"}
            else f'<circle class="ring" cx="{x:.0f}" cy="{y:.0f}" r="{box.width / 2 - 3:.0f}"/>'
        )
        sign = EVENT_SIGNS.get(node.marker, "")
        return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{box.width / 2:.0f}"/>{ring}{_sign(sign, x, y)}{_below(node.name, x, box.y + box.height)}'
    if node.type in GATEWAYS:
        diamond = f"M{x:.0f} {box.y:.0f} L{box.x + box.width:.0f} {y:.0f} L{x:.0f} {box.y + box.height:.0f} L{box.x:.0f} {y:.0f} Z"
        return f'<path d="{diamond}"/>{_sign(GATEWAY_SIGNS[node.type], x, y)}{_below(node.name, x, box.y + box.height)}'
    rect = f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}" rx="10"/>'
    if node.type in CONTAINERS:
        return rect + _text([node.name], box.x + box.width / 2, box.y + LINE)
    lines = _wrap(node.name or node.id, box.width - 12, 4)
    return rect + _text(lines, x, y - (len(lines) - 1) * LINE / 2 + 4)


def _sign(path: str, x: float, y: float) -> str:
    return f'<path class="sign" transform="translate({x:.0f} {y:.0f})" d="{path}"/>' if path else ""


def _below(name: str, x: float, y: float) -> str:
    return _text(_wrap(name, 110, 3), x, y + LINE, small=True) if name else ""


def _text(lines: list[str], x: float, y: float, *, small: bool = False) -> str:
    spans = "".join(
        f'<tspan x="{x:.0f}" y="{y + index * LINE:.0f}">{escape(line)}</tspan>' for index, line in enumerate(lines)
    )
    return f'<text text-anchor="middle"{" class=" + chr(34) + "sub" + chr(34) if small else ""}>{spans}</text>'


def _wrap(text: str, width: float, most: int) -> list[str]:
    """Words in lines of at most `width` px; what does not fit ends in `…`."""
    letters = max(4, int(width / LETTER))
    lines: list[str] = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: letters - 1] + "…"]
    return [line if len(line) <= letters + 2 else line[: letters + 1] + "…" for line in lines]


def _edge(document: Document, key: str, state: str) -> str:
    points = document.edges.get(key)
    flow = document.flows[key]
    if points is None:
        return ""
    line = "M" + " L".join(f"{x:.0f} {y:.0f}" for x, y in points)
    middle = points[len(points) // 2 - 1], points[len(points) // 2]
    x, y = (middle[0][0] + middle[1][0]) / 2, (middle[0][1] + middle[1][1]) / 2 - 6
    label = _text(_wrap(flow.name, 90, 2), x, y, small=True) if flow.name else ""
    return f'<g class="flow{" " + state if state else ""}"><path d="{line}" marker-end="url(#bpmn-panah)"/>{label}</g>'


def _lay_out(document: Document) -> None:
    """Places for a file without a diagram: one row in flow order, arrows between centres."""
    for index, key in enumerate(document.order()):
        node = document.nodes[key]
        size = (36.0, 36.0) if node.type in EVENTS else ((50.0, 50.0) if node.type in GATEWAYS else (110.0, 80.0))
        column, row = index % 6, index // 6
        document.shapes[key] = Bounds(60 + column * 170 - size[0] / 2, 60 + row * 140 - size[1] / 2, *size)
    for key, flow in document.flows.items():
        source, target = document.shapes.get(flow.source), document.shapes.get(flow.target)
        if source and target:
            document.edges[key] = [
                (source.x + source.width, source.y + source.height / 2), (target.x, target.y + target.height / 2),
            ]  # fmt: skip
