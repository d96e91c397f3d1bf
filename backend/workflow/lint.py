"""Can the engine run this BPMN file safely? Every reason why not, with the element and its line.

For any file: our own, a vendor's export, a broken or a hostile one. Nothing of it is run. What only needs to be bound
(steps, forms, operators, decisions, lanes, called processes) is listed apart: it says nothing about safety.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from backend.core.errors import DomainError
from backend.core.xml import local, read_xml
from backend.workflow.bpmn_xml import CONTAINERS, FLOW_NODES
from backend.workflow.conditions import compiled
from backend.workflow.parser import ISO, parse_bpmn

ERROR, WARNING = "error", "warning"
NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
RESERVED = frozenset({"Start", "End", "Root"})
CODE = frozenset(
    {
        "class", "delegateexpression", "expression", "script", "executionlistener", "tasklistener", "prescript", "postscript",
        "connector", "onentry-script", "onexit-script", "scriptvalue",
    }
)  # fmt: skip
WAITS = frozenset({"userTask", "receiveTask", "manualTask"})
LANGUAGES = re.compile(r"python", re.IGNORECASE)
REFUSED: dict[str, tuple[str, str]] = {
    "scriptTask": ("skrip", "scriptTask memuat kode dan tidak dijalankan; pakai serviceTask dengan layanan terdaftar."),
    "globalScriptTask": ("skrip", "globalScriptTask memuat kode dan tidak dijalankan."),
    "complexGateway": (
        "gerbang_kompleks",
        "complexGateway tidak didukung; pakai gerbang eksklusif, paralel, atau inklusif.",
    ),
    "adHocSubProcess": ("ad_hoc", "Sub-proses ad-hoc tidak didukung; gambar urutannya."),
    "compensateEventDefinition": ("kompensasi", "Kompensasi tidak didukung; gambar jalur pembatalannya."),
    "conditionalEventDefinition": (
        "kejadian_bersyarat",
        "Kejadian bersyarat tidak didukung; pakai pesan atau pewaktu.",
    ),
    "manualTask": ("tugas_manual", "manualTask tidak muncul di kotak masuk siapa pun; pakai userTask."),
}


@dataclass(frozen=True)
class Problem:
    """One reason. `severity` error: the engine cannot run the file safely."""

    code: str
    message: str
    element: str = ""
    line: int = 0
    severity: str = ERROR


@dataclass(frozen=True)
class Binding:
    """A name in the file that nothing of the product answers to. `kind`: step, form, operator, decision, lane, process."""

    kind: str
    name: str
    element: str
    message: str


@dataclass
class LintReport:
    """Everything found in one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)

    @property
    def runnable(self) -> bool:
        return not any(problem.severity == ERROR for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "runnable": self.runnable,
            "problems": [asdict(problem) for problem in self.problems],
            "bindings": [asdict(binding) for binding in self.bindings],
        }


def check_file(path: Path) -> LintReport:
    """`check` of a file, with the BPMN files beside it for call activities. Never raises for what is in the file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return LintReport(str(path), [Problem("tidak_terbaca", f"Berkas tidak dapat dibuka ({error.strerror}).")])
    called = {other.stem: other for other in path.parent.glob("*.bpmn") if other.resolve() != path.resolve()}
    return check(
        data, file=path.name, called={name: other.read_bytes() for name, other in called.items() if other.is_file()}
    )


def check(bpmn: bytes | str, *, file: str = "", called: Mapping[str, bytes] | None = None) -> LintReport:
    """Report on a BPMN text. `called`: other files, by name, that call activities may use."""
    report = LintReport(file)
    try:
        root = read_xml(bpmn.encode() if isinstance(bpmn, str) else bpmn)
        _Lint(root, report, called or {}).run(bpmn)
    except DomainError as error:
        report.problems.append(Problem(error.code, error.message))
    except RecursionError:
        report.problems.append(Problem("terlalu_dalam", "Model ini bersarang terlalu dalam."))
    return report


class _Lint:
    """Walks one document; each `_check_*` looks at one thing."""

    def __init__(self, root: etree._Element, report: LintReport, called: Mapping[str, bytes]) -> None:
        self.root, self.report, self.called = root, report, called
        self.elements = list(root.iter(etree.Element))
        self.own = [element for element in self.elements if etree.QName(element).namespace == NAMESPACE]

    def run(self, bpmn: bytes | str) -> None:
        if local(self.root) != "definitions" or etree.QName(self.root).namespace != NAMESPACE:
            self.add("bukan_bpmn", "Unsur pertama bukan <definitions> BPMN 2.0.", self.root)
            return
        key = self.process_key()
        for check_one in (
            self.check_ids, self.check_refused, self.check_code, self.check_expressions, self.check_flows, self.check_gateways,
            self.check_timers, self.check_events, self.check_tasks, self.check_cycles,
        ):  # fmt: skip
            check_one()
        if key and self.report.runnable:
            self.trial(bpmn, key)

    def add(self, code: str, message: str, element: etree._Element | None = None, *, severity: str = ERROR) -> None:
        name = "" if element is None else str(element.get("id") or element.get("name") or local(element))
        line = 0 if element is None else _line(element)
        self.report.problems.append(Problem(code, message, name, line, severity))

    def each(self, *kinds: str) -> Iterator[etree._Element]:
        return (element for element in self.own if local(element) in kinds)

    # the process

    def process_key(self) -> str:
        processes = list(self.each("process"))
        executable = [process for process in processes if process.get("isExecutable") == "true"]
        if not processes:
            self.add("tanpa_proses", "Berkas ini tidak memuat proses (hanya gambar atau kolaborasi).", self.root)
        elif not executable:
            self.add("tidak_dapat_dijalankan", 'Tidak ada proses dengan isExecutable="true".', processes[0])
        elif len(executable) > 1:
            self.add(
                "proses_ganda",
                "Lebih dari satu proses yang dapat dijalankan; simpan masing-masing dalam berkas sendiri.",
                executable[1],
            )
        elif not executable[0].get("id"):
            self.add("tanpa_id", "Proses tidak mempunyai id.", executable[0])
        else:
            self.check_start(executable[0])
            return str(executable[0].get("id"))
        return ""

    def check_start(self, process: etree._Element) -> None:
        starts = [child for child in process if local(child) == "startEvent"]
        plain = [start for start in starts if not _definitions(start)]
        if not starts:
            self.add("tanpa_awal", "Proses tidak mempunyai startEvent.", process)
        elif not plain:
            self.add(
                "awal_berpemicu", "Proses hanya dapat dimulai oleh kejadian; tambahkan startEvent biasa.", starts[0]
            )
        elif len(plain) > 1:
            self.add("awal_ganda", "Lebih dari satu startEvent biasa; mesin tidak tahu mulai dari mana.", plain[1])
        if not any(local(child) == "endEvent" for child in process):
            self.add("tanpa_akhir", "Proses tidak mempunyai endEvent.", process, severity=WARNING)

    def check_ids(self) -> None:
        seen = Counter(str(element.get("id")) for element in self.elements if element.get("id"))
        for element in self.own:
            key = str(element.get("id", ""))
            if key in RESERVED:
                self.add("id_terlarang", f"Id {key} dipakai mesin sendiri; ganti id unsur ini.", element)
            if local(element) in FLOW_NODES and not key:
                self.add("tanpa_id", f"<{local(element)}> tidak mempunyai id.", element)
        core = Counter(str(e.get("id")) for e in self.own if e.get("id") and local(e) in FLOW_NODES | {"sequenceFlow"})
        for element in self.elements:
            key, parameter = str(element.get("id", "")), local(element) == "parameter"
            if core[key] > 1 or (parameter and core[key]):
                self.add("id_ganda", f"Id {key} dipakai lebih dari sekali.", element)
            elif seen[key] > 1 and not parameter:
                self.add("id_ganda", f"Id {key} dipakai lebih dari sekali.", element, severity=WARNING)

    def check_refused(self) -> None:
        for element in self.own:
            if local(element) in REFUSED:
                self.add(*REFUSED[local(element)], element)
            if element.get("isForCompensation") == "true":
                self.add(*REFUSED["compensateEventDefinition"], element)

    # code in extensions

    def check_code(self) -> None:
        for element in self.elements:
            foreign = etree.QName(element).namespace != NAMESPACE
            if foreign and local(element).lower() in CODE and not _is_diagram(element):
                self.add(
                    "kode",
                    f"<{local(element)}> memuat kode atau ungkapan yang tidak dijalankan di sini.",
                    _owner(element),
                )
            if not foreign:
                for name in element.attrib:
                    attribute = etree.QName(str(name))
                    if attribute.namespace and attribute.namespace != NAMESPACE and attribute.localname.lower() in CODE:
                        self.add(
                            "kode", f"Atribut {attribute.localname} memanggil kode; pakai layanan terdaftar.", element
                        )

    # expressions

    def check_expressions(self) -> None:
        for element in self.each("conditionExpression", "loopCardinality", "completionCondition", "loopCondition"):
            owner = element.getparent() if local(element) == "conditionExpression" else _owner(element)
            language = str(element.get("language", ""))
            if language and not LANGUAGES.search(language) and "feel" not in language.lower():
                self.add("bahasa_ungkapan", f"Ungkapan berbahasa {language} tidak dijalankan.", owner)
            text = "".join(str(part) for part in element.itertext()).strip()
            if text or local(element) == "conditionExpression":
                self.expression(text, owner)

    def expression(self, text: str, owner: etree._Element | None) -> None:
        try:
            compiled(text)
        except DomainError as error:
            self.add("ungkapan", error.message, owner)

    # flows and gateways

    def check_flows(self) -> None:
        nodes = {str(e.get("id")): e for e in self.own if local(e) in FLOW_NODES}
        pairs: Counter[tuple[str, str]] = Counter()
        for flow in self.each("sequenceFlow"):
            source, target = str(flow.get("sourceRef", "")), str(flow.get("targetRef", ""))
            pairs[source, target] += 1
            missing = [name for name in (source, target) if name not in nodes]
            if missing:
                self.add(
                    "aliran_putus",
                    f"Aliran menunjuk unsur yang tidak ada: {', '.join(name or '(kosong)' for name in missing)}.",
                    flow,
                )
            elif pairs[source, target] > 1:
                self.add("aliran_ganda", f"Dua aliran antara {source} dan {target}; gabungkan syaratnya.", flow)
        for node in nodes.values():
            host = node.get("attachedToRef")
            if local(node) == "boundaryEvent" and str(host) not in nodes:
                self.add("tempelan_putus", "boundaryEvent tidak menempel pada tugas yang ada.", node)
        self.check_reach(nodes)

    def check_reach(self, nodes: Mapping[str, etree._Element]) -> None:
        following = self.following(nodes)
        seen = {key for key, node in nodes.items() if local(node) == "startEvent"}
        pending = list(seen)
        while pending:
            for target in following[pending.pop()]:
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
        for key, node in nodes.items():
            if key not in seen and node.get("triggeredByEvent") != "true":
                self.add("tidak_tercapai", "Unsur ini tidak dapat dicapai dari awal proses.", node, severity=WARNING)

    def following(self, nodes: Mapping[str, etree._Element]) -> dict[str, list[str]]:
        following: dict[str, list[str]] = defaultdict(list)
        for flow in self.each("sequenceFlow"):
            if str(flow.get("targetRef")) in nodes:
                following[str(flow.get("sourceRef"))].append(str(flow.get("targetRef")))
        for key, node in nodes.items():
            if host := node.get("attachedToRef"):
                following[str(host)].append(key)
        return following

    def check_gateways(self) -> None:
        outgoing: dict[str, list[etree._Element]] = defaultdict(list)
        for flow in self.each("sequenceFlow"):
            outgoing[str(flow.get("sourceRef"))].append(flow)
        for gateway in self.each("exclusiveGateway", "inclusiveGateway"):
            flows = outgoing[str(gateway.get("id"))]
            if len(flows) < 2:
                continue
            default = gateway.get("default")
            if default is None or default not in {flow.get("id") for flow in flows}:
                self.add("tanpa_aliran_bawaan", "Gerbang bercabang harus mempunyai aliran bawaan (default).", gateway)
            for flow in flows:
                if flow.get("id") != default and not any(local(child) == "conditionExpression" for child in flow):
                    self.add("aliran_tanpa_syarat", "Aliran dari gerbang ini tidak mempunyai syarat.", flow)
        by_id = {str(e.get("id")): e for e in self.own if e.get("id")}
        for gateway in self.each("eventBasedGateway"):
            targets = [by_id.get(str(flow.get("targetRef"))) for flow in outgoing[str(gateway.get("id"))]]
            timers = [t for t in targets if t is not None and "timerEventDefinition" in _definitions(t)]
            if len(timers) > 1:
                self.add(
                    "pewaktu_ganda",
                    "Hanya satu pewaktu sesudah gerbang kejadian yang akan berjalan; sisakan satu.",
                    gateway,
                )

    # events

    def check_timers(self) -> None:
        for timer in self.each("timerEventDefinition"):
            texts = [child for child in timer if local(child) in {"timeDate", "timeDuration", "timeCycle"}]
            if len(texts) != 1:
                self.add("pewaktu", "Pewaktu harus mempunyai tepat satu waktu, lama, atau pengulangan.", _owner(timer))
                continue
            text = "".join(str(part) for part in texts[0].itertext()).strip()
            self.check_time(text, _owner(timer))

    def check_time(self, text: str, owner: etree._Element | None) -> None:
        if not ISO.match(text):
            self.expression(text, owner)
            return
        if re.match(r"R\d*/", text) and not re.match(r"R[1-9]\d{0,3}/", text):
            self.add(
                "pengulangan_tanpa_akhir",
                f"Pengulangan {text} tidak pernah berakhir; tulis banyaknya, misalnya R3/P1D.",
                owner,
            )
        dated = re.search(r"\d{4}-\d{2}-\d{2}", text)
        if dated and not re.search(r"T[\d:.,]+(?:Z|[+-]\d{2}:?\d{2})", text):
            self.add(
                "waktu_tanpa_zona",
                f"Waktu {text} tidak menyebut zona; tulis misalnya 2025-04-10T00:00:00+07:00.",
                owner,
            )

    def check_events(self) -> None:
        for sub in self.each("subProcess"):
            if sub.get("triggeredByEvent") == "true":
                for start in (child for child in sub if local(child) == "startEvent"):
                    if _definitions(start) & {"messageEventDefinition", "signalEventDefinition"}:
                        self.add(
                            "sub_proses_kejadian",
                            "Sub-proses kejadian yang dimulai pesan atau sinyal tidak didukung; pakai boundaryEvent.",
                            sub,
                        )
        for event in self.each("intermediateCatchEvent", "boundaryEvent"):
            if not _definitions(event):
                self.add("kejadian_kosong", "Kejadian ini tidak menyebut apa yang ditunggunya.", event)

    # tasks

    def check_tasks(self) -> None:
        for task in self.each("serviceTask", "sendTask"):
            if local(task) == "serviceTask" and not _extension(task, "serviceTaskOperator"):
                self.add("tanpa_layanan", "serviceTask tidak menyebut layanan (serviceTaskOperator).", task)
        for task in self.each("businessRuleTask"):
            if not _extension(task, "calledDecisionId"):
                self.add("tanpa_keputusan", "businessRuleTask tidak menyebut tabel keputusan (calledDecisionId).", task)
        own = {str(process.get("id")) for process in self.each("process")}
        for call in self.each("callActivity"):
            name = str(call.get("calledElement", ""))
            if not name:
                self.add("tanpa_proses_panggilan", "callActivity tidak menyebut proses yang dipanggil.", call)
            elif name not in own and name not in self.called:
                self.bind("process", name, str(call.get("id", "")), f"Proses “{name}” yang dipanggil tidak ada.")

    def bind(self, kind: str, name: str, element: str, message: str) -> None:
        self.report.bindings.append(Binding(kind, name, element, message))

    # cycles

    def check_cycles(self) -> None:
        nodes = {str(e.get("id")): e for e in self.own if local(e) in FLOW_NODES}
        following = self.following(nodes)
        moving = {key for key, node in nodes.items() if not self.waits(node)}
        for component in _components(moving, following):
            loops = len(component) > 1 or any(key in following[key] for key in component)
            if loops:
                first = min(component, key=lambda key: _line(nodes[key]))
                self.add(
                    "putaran_tanpa_henti",
                    "Putaran ini tidak memuat tugas pengguna, pesan, atau pewaktu, jadi tidak pernah berhenti.",
                    nodes[first],
                )

    def waits(self, node: etree._Element) -> bool:
        """Does a token rest here until somebody or something comes?"""
        if local(node) in WAITS or local(node) == "eventBasedGateway":
            return True
        if local(node) in {"intermediateCatchEvent", "boundaryEvent"}:
            return bool(
                _definitions(node) & {"timerEventDefinition", "messageEventDefinition", "signalEventDefinition"}
            )
        return local(node) in CONTAINERS and any(
            self.waits(child) for child in node.iter(etree.Element) if child is not node and local(child) in FLOW_NODES
        )

    # the engine's own opinion

    def trial(self, bpmn: bytes | str, key: str) -> None:
        """Parse it as the engine does; then list what is not bound."""
        if any(binding.kind == "process" for binding in self.report.bindings):
            return
        from backend.workflow import checks  # the registries of steps: only what is asked here needs them

        wanted = {str(call.get("calledElement")) for call in self.each("callActivity")}
        try:
            parsed = parse_bpmn(
                bpmn, key=key, called={name: text for name, text in self.called.items() if name in wanted}
            )
        except DomainError as error:
            self.add(error.code, error.message, self.root)
            return
        for missing in checks.missing_bindings(parsed):
            self.bind(missing.kind, missing.name, missing.element, str(missing))


def _definitions(event: etree._Element) -> set[str]:
    return {
        local(child)
        for child in event
        if local(child).endswith("EventDefinition") or local(child) == "eventDefinitionRef"
    }


def _extension(task: etree._Element, name: str) -> bool:
    """Has the task this Spiff extension, with something in it?"""
    found = (
        part
        for part in task.iter(etree.Element)
        if local(part) == name and "spiffworkflow" in (etree.QName(part).namespace or "")
    )
    return any(part.get("id") or (part.text or "").strip() for part in found)


def _owner(element: etree._Element) -> etree._Element:
    """The flow node or flow that an inner element belongs to."""
    at: etree._Element | None = element
    while at is not None and not (
        at.get("id") and (local(at) in FLOW_NODES or local(at) in {"sequenceFlow", "process"})
    ):
        at = at.getparent()
    return element if at is None else at


def _is_diagram(element: etree._Element) -> bool:
    return "/DI" in (etree.QName(element).namespace or "") or "/DD/" in (etree.QName(element).namespace or "")


def _components(keys: set[str], following: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Strongly connected components of the nodes `keys` (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in keys:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(following.get(root, ())))]
        _enter(root, index, low, stack, on_stack)
        while work:
            node, targets = work[-1]
            target = next((t for t in targets if t in keys), None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    yield _pop(node, stack, on_stack)
            elif target not in index:
                _enter(target, index, low, stack, on_stack)
                work.append((target, iter(following.get(target, ()))))
            elif target in on_stack:
                low[node] = min(low[node], index[target])


def _enter(node: str, index: dict[str, int], low: dict[str, int], stack: list[str], on_stack: set[str]) -> None:
    index[node] = low[node] = len(index)
    stack.append(node)
    on_stack.add(node)


def _pop(node: str, stack: list[str], on_stack: set[str]) -> list[str]:
    component: list[str] = []
    while True:
        component.append(stack.pop())
        on_stack.discard(component[-1])
        if component[-1] == node:
            return component


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return line or 0
