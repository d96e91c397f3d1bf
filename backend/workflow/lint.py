"""Can the engine run this BPMN file safely? Every reason why not, with the element and its line.

For any file: our own, a vendor's export, a broken or a hostile one. Nothing of it is run. What only needs to be bound
(steps, forms, operators, decisions, lanes, called processes) is listed apart: it says nothing about safety.
Code is refused wherever it stands; the shape is judged of what would run: the executable process and what it calls.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lxml import etree

from backend.core.errors import DomainError
from backend.core.xml import MAX_BYTES, local, read_xml
from backend.workflow import timer_text, vendor
from backend.workflow.bpmn_xml import CONTAINERS, FLOW_NODES, NAMESPACE, TASKS
from backend.workflow.conditions import compiled
from backend.workflow.errors import InvalidProcess
from backend.workflow.lint_code import code_in
from backend.workflow.lint_graph import loops, predicted
from backend.workflow.lint_joins import starved_join
from backend.workflow.parser import parse_bpmn

ERROR, WARNING = "error", "warning"
RESERVED = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
RESERVED_ENDS = (".BoundaryEventSplit", ".BoundaryEventJoin", ".EndJoin", " [child]")
MAX_ID, MAX_NAME, MAX_NODES, MAX_NESTING, MAX_FORESEEN, MAX_REPEATS = 100, 200, 300, 10, 2000, 1000
WAITS = frozenset({"userTask", "receiveTask", "eventBasedGateway"})
CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway", "eventBasedGateway"})
CONDITIONAL = frozenset({"exclusiveGateway", "inclusiveGateway"})
LANGUAGES = re.compile(r"python|feel|xpath", re.IGNORECASE)
EVENTS: dict[str, frozenset[str]] = {  # which definitions the engine runs, by kind of event
    "startEvent": frozenset({"message", "timer", "signal"}),
    "endEvent": frozenset({"message", "error", "escalation", "terminate", "cancel"}),
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation"}),
    "intermediateCatchEvent": frozenset({"message", "signal", "timer"}),
    "boundaryEvent": frozenset({"message", "signal", "timer", "error", "escalation", "cancel"}),
}
NAMED = frozenset({"message", "signal", "error", "escalation", "correlationProperty"})  # found by their id only
REFERENCES = {"messageRef": "message", "signalRef": "signal", "errorRef": "error", "escalationRef": "escalation"}
_HUMAN = "{} tidak muncul di kotak masuk siapa pun; pakai userTask."
REFUSED: dict[str, tuple[str, str]] = {
    "task": ("tugas_tanpa_jenis", _HUMAN.format("<task> tanpa jenis")),
    "manualTask": ("tugas_manual", _HUMAN.format("manualTask")),
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
    "linkEventDefinition": ("tautan", "Kejadian tautan tidak didukung; sambungkan kedua ujungnya dengan aliran."),
    "eventDefinitionRef": ("definisi_rujukan", "Tulis definisi kejadian di dalam kejadiannya, bukan sebagai rujukan."),
    "complexBehaviorDefinition": ("perilaku_kompleks", "Perilaku kompleks pada pengulangan tidak didukung."),
}
SCRIPTS: dict[str, tuple[str, str]] = {
    "scriptTask": ("skrip", "scriptTask memuat kode dan tidak dijalankan; pakai serviceTask dengan layanan terdaftar."),
    "globalScriptTask": ("skrip", "globalScriptTask memuat kode dan tidak dijalankan."),
}
STUB = (
    '<definitions xmlns="{space}"><process id="{key}" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>'
    '<sequenceFlow id="f" sourceRef="s" targetRef="e"/></process></definitions>'
)


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


class _Beside(Mapping[str, bytes]):
    """The BPMN files beside a file, by name without extension, read when they are asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __getitem__(self, name: str) -> bytes:
        if not re.fullmatch(r"[\w.-]{1,100}", name) or name == self.path.stem:
            raise KeyError(name)
        other = self.path.with_name(f"{name}.bpmn")
        if not other.is_file():
            raise KeyError(name)
        try:
            return _read(other)
        except OSError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return (other.stem for other in self.path.parent.glob("*.bpmn"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _read(path: Path) -> bytes:
    """The file, or as much of it as shows that it is too big."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def check_file(path: Path) -> LintReport:
    """`check` of a file, with the BPMN files beside it for call activities. Never raises for what is in the file."""
    name = os.fsencode(path.name).decode("utf-8", "replace")
    try:
        data = _read(path)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or "namanya tidak sah"
        return LintReport(name, [Problem("tidak_terbaca", f"Berkas tidak dapat dibuka ({cause}).")])
    return check(data, file=name, called=_Beside(path))


def check(bpmn: bytes | str, *, file: str = "", called: Mapping[str, bytes] | None = None) -> LintReport:
    """Report on a BPMN text. `called`: other files, by name, that call activities may use."""
    report = LintReport(file)
    try:
        _Lint(read_xml(bpmn), report, called or {}).run(bpmn)
    except DomainError as error:
        report.problems.append(Problem(error.code, error.message, line=error.params.get("baris", 0)))
    except RecursionError:
        report.problems.append(Problem("terlalu_dalam", "Model ini bersarang terlalu dalam."))
    report.problems = sorted(dict.fromkeys(report.problems), key=lambda problem: problem.line)
    return report


class _Lint:
    """Walks one document; each `check_*` looks at one thing."""

    def __init__(self, root: etree._Element, report: LintReport, called: Mapping[str, bytes]) -> None:
        self.root, self.report, self.called = root, report, called
        self.elements = list(root.iter(etree.Element))
        self.own = [element for element in self.elements if etree.QName(element).namespace == NAMESPACE]
        self.processes = {str(e.get("id", "")): e for e in self.own if local(e) == "process"}
        self.ids = {str(e.get("id")): e for e in self.own if e.get("id")}
        self.scope: list[etree._Element] = self.own
        self.running: etree._Element | None = None

    def run(self, bpmn: bytes | str) -> None:
        if local(self.root) != "definitions" or etree.QName(self.root).namespace != NAMESPACE:
            self.add("bukan_bpmn", "Unsur pertama bukan <definitions> BPMN 2.0.", self.root)
            return
        key = self.process_key()
        self.check_code()
        self.check_all(key)
        used = self.called_files(key)
        if key and self.report.runnable:
            self.trial(bpmn, key, used)

    def check_all(self, key: str) -> None:
        """Everything but code, of the process `key` and those of this file that it calls (of all when there is none)."""
        if key:
            self.running = self.processes[key]
            self.scope = [e for name in self.local_calls(key) for e in self.processes[name].iter(etree.Element)]
            self.scope = [e for e in self.scope if etree.QName(e).namespace == NAMESPACE]
        for check_one in (
            self.check_ids, self.check_size, self.check_refused, self.check_expressions, self.check_flows, self.check_gateways,
            self.check_timers, self.check_events, self.check_references, self.check_tasks, self.check_calls, self.check_repeats,
            self.check_containers, self.check_data, self.check_cycles, self.check_joins,
        ):  # fmt: skip
            check_one()

    def add(self, code: str, message: str, element: etree._Element | None = None, *, severity: str = ERROR) -> None:
        name = "" if element is None else str(element.get("id") or element.get("name") or local(element))[:MAX_NAME]
        line = 0 if element is None else _line(element)
        self.report.problems.append(Problem(code, message[:1000], name, line, severity))

    def each(self, *kinds: str) -> Iterator[etree._Element]:
        return (element for element in self.scope if local(element) in kinds)

    # the process

    def process_key(self) -> str:
        processes = [element for element in self.own if local(element) == "process"]
        executable = [process for process in processes if vendor.is_true(process.get("isExecutable"))]
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
        if len(str(process.get("name", ""))) > MAX_NAME:
            self.add("nama_panjang", f"Nama proses lebih dari {MAX_NAME} huruf.", process)
        if not any(local(child) == "endEvent" for child in process):
            self.add("tanpa_akhir", "Proses tidak mempunyai endEvent.", process, severity=WARNING)

    def check_ids(self) -> None:
        """Ids that the engine can find, keep and tell apart."""
        kinds = FLOW_NODES | {"sequenceFlow", "process"}
        for element in self.scope:
            key, kind = str(element.get("id", "")), local(element)
            if key in RESERVED or key.endswith(RESERVED_ENDS):
                self.add("id_terlarang", f"Id {key} dipakai mesin sendiri; ganti id unsur ini.", element)
            if kind in kinds and len(key) > MAX_ID:
                self.add("id_panjang", f"Id unsur ini lebih dari {MAX_ID} huruf.", element)
            elif kind in kinds and key and not re.fullmatch(r"[\w.:-]+", key):
                self.add("id_tidak_sah", f"Id “{key}” memuat huruf yang tidak diizinkan.", element)
            if kind == "userTask" and len(str(element.get("name", ""))) > MAX_NAME:
                self.add("nama_panjang", f"Nama tugas lebih dari {MAX_NAME} huruf.", element)
        inside = [element for element in self.scope if local(element) in FLOW_NODES]
        for element in (*inside, *(each for each in self.own if local(each) in NAMED)):
            if not element.get("id"):
                self.add("tanpa_id", f"<{local(element)}> tidak mempunyai id.", element)
        self.check_repeated_ids()

    def check_repeated_ids(self) -> None:
        seen = Counter(str(element.get("id")) for element in self.elements if element.get("id"))
        core = self.count_ids(FLOW_NODES | NAMED | {"sequenceFlow"})
        specs = self.count_ids(CONTAINERS | {"process"})  # a task may be called like its process, a sub-process may not
        for element in self.elements:
            key, parameter = str(element.get("id", "")), local(element) == "parameter"
            if core[key] > 1 or specs[key] > 1 or (parameter and core[key]):
                self.add("id_ganda", f"Id {key[:MAX_ID]} dipakai lebih dari sekali.", element)
            elif seen[key] > 1 and local(element) not in {"parameter", "serviceTaskOperator"}:
                self.add("id_ganda", f"Id {key[:MAX_ID]} dipakai lebih dari sekali.", element, severity=WARNING)

    def count_ids(self, kinds: frozenset[str]) -> Counter[str]:
        return Counter(str(element.get("id")) for element in self.own if element.get("id") and local(element) in kinds)

    def check_size(self) -> None:
        """The library walks a level by recursion, and so does every reload."""
        for level in self.each("process", *CONTAINERS):
            inside = sum(1 for child in level if local(child) in FLOW_NODES)
            if inside > MAX_NODES:
                self.add(
                    "terlalu_besar", f"Lebih dari {MAX_NODES} unsur pada satu tingkat; pindahkan sebagian ke sub-proses.", level
                )  # fmt: skip
            if sum(1 for outer in level.iterancestors() if local(outer) in CONTAINERS) >= MAX_NESTING:
                self.add("terlalu_dalam", f"Sub-proses bersarang lebih dari {MAX_NESTING} tingkat.", level)

    def check_refused(self) -> None:
        for element in self.scope:
            if local(element) in REFUSED:
                self.add(*REFUSED[local(element)], element if element.get("id") else _owner(element))
            if vendor.is_true(element.get("isForCompensation")):
                self.add(*REFUSED["compensateEventDefinition"], element)

    # code and expressions

    def check_code(self) -> None:
        for element in self.own:
            if local(element) in SCRIPTS:
                self.add(*SCRIPTS[local(element)], element)
        for element, code, message in code_in(self.elements):
            self.add(code, message, _owner(element))

    def check_expressions(self) -> None:
        for element in self.each("conditionExpression", "loopCardinality", "completionCondition", "loopCondition"):
            owner = element.getparent() if local(element) == "conditionExpression" else _owner(element)
            text = _text(element)
            if not text:
                continue  # some modelers write an empty condition on every flow
            language = str(element.get("language", ""))
            if language and not LANGUAGES.search(language):
                self.add("bahasa_ungkapan", f"Ungkapan berbahasa {language} tidak dijalankan.", owner)
            self.expression(text, owner)

    def expression(self, text: str, owner: etree._Element | None) -> None:
        try:
            compiled(vendor.one_line(text))
        except DomainError as error:
            self.add("ungkapan", error.message, owner)

    # flows and gateways

    def check_flows(self) -> None:
        nodes = self.nodes()
        pairs: Counter[tuple[str, str]] = Counter()
        for flow in self.each("sequenceFlow"):
            source, target = str(flow.get("sourceRef", "")), str(flow.get("targetRef", ""))
            pairs[source, target] += 1
            missing = [name[:MAX_ID] for name in (source, target) if name not in nodes]
            if missing:
                self.add(
                    "aliran_putus",
                    f"Aliran menunjuk unsur yang tidak ada: {', '.join(name or '(kosong)' for name in missing)}.",
                    flow,
                )
            elif pairs[source, target] > 1:
                self.add("aliran_ganda", f"Dua aliran antara {source} dan {target}; gabungkan syaratnya.", flow)
            elif nodes[source].getparent() is not nodes[target].getparent():
                self.add(
                    "aliran_menyeberang", "Aliran menyeberang batas sub-proses; lewatkan melalui sub-prosesnya.", flow
                )
            elif local(nodes[source]) == "endEvent" or local(nodes[target]) in {"startEvent", "boundaryEvent"}:
                self.add(
                    "aliran_terbalik",
                    "Aliran tidak dapat masuk ke awal atau kejadian tempel, atau keluar dari akhir.",
                    flow,
                )
            elif _condition(flow) and local(nodes[source]) not in CONDITIONAL:
                self.add(
                    "syarat_diabaikan", "Syarat hanya dibaca pada aliran dari gerbang eksklusif atau inklusif.", flow
                )
        self.check_branches(nodes)
        self.check_reach(nodes)

    def check_branches(self, nodes: Mapping[str, etree._Element]) -> None:
        outgoing = Counter(str(flow.get("sourceRef")) for flow in self.each("sequenceFlow"))
        for key, node in nodes.items():
            if outgoing[key] > 1 and not local(node).endswith("Gateway") and local(node) != "startEvent":
                self.add("cabang_tersirat", "Beberapa aliran keluar dari unsur ini; pasang gerbang paralel.", node)
            if not outgoing[key] and local(node) != "endEvent" and self.must_end(node):
                self.add("buntu", "Dari unsur ini tidak ada jalan ke endEvent sub-prosesnya.", node)
            host = node.get("attachedToRef")
            if local(node) == "boundaryEvent":
                target = nodes.get(vendor.resolved(str(host), nodes))
                if target is None or local(target) not in TASKS | CONTAINERS:
                    self.add("tempelan_putus", "boundaryEvent tidak menempel pada tugas yang ada.", node)

    def must_end(self, node: etree._Element) -> bool:
        """A sub-process waits for an end event; a process may simply have nothing left to do."""
        around = node.getparent()
        return around is not None and local(around) in CONTAINERS and not vendor.is_true(node.get("triggeredByEvent"))

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
            if key not in seen and not vendor.is_true(node.get("triggeredByEvent")):
                self.add("tidak_tercapai", "Unsur ini tidak dapat dicapai dari awal proses.", node, severity=WARNING)

    def nodes(self) -> dict[str, etree._Element]:
        return {str(e.get("id")): e for e in self.scope if local(e) in FLOW_NODES and e.get("id")}

    def following(self, nodes: Mapping[str, etree._Element]) -> dict[str, list[str]]:
        following: dict[str, list[str]] = defaultdict(list)
        for flow in self.each("sequenceFlow"):
            if str(flow.get("targetRef")) in nodes:
                following[str(flow.get("sourceRef"))].append(str(flow.get("targetRef")))
        for key, node in nodes.items():
            if host := node.get("attachedToRef"):
                following[vendor.resolved(str(host), nodes)].append(key)
        return following

    def check_gateways(self) -> None:
        outgoing: dict[str, list[etree._Element]] = defaultdict(list)
        for flow in self.each("sequenceFlow"):
            outgoing[str(flow.get("sourceRef"))].append(flow)
        for gateway in self.each("exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway"):
            flows = outgoing[str(gateway.get("id"))]
            if not flows:
                self.add("gerbang_buntu", "Gerbang ini tidak mempunyai aliran keluar.", gateway)
            elif local(gateway) in CONDITIONAL and (len(flows) > 1 or _condition(flows[0])):
                self.check_choice(gateway, flows)
            elif local(gateway) == "eventBasedGateway":
                self.check_event_gateway(gateway, flows)

    def check_choice(self, gateway: etree._Element, flows: list[etree._Element]) -> None:
        default = gateway.get("default")
        if default is None or default not in {flow.get("id") for flow in flows}:
            self.add("tanpa_aliran_bawaan", "Gerbang bercabang harus mempunyai aliran bawaan (default).", gateway)
        for flow in flows:
            if flow.get("id") != default and not _condition(flow):
                self.add("aliran_tanpa_syarat", "Aliran dari gerbang ini tidak mempunyai syarat.", flow)

    def check_event_gateway(self, gateway: etree._Element, flows: list[etree._Element]) -> None:
        targets = [self.ids.get(str(flow.get("targetRef"))) for flow in flows]
        if any(t is not None and local(t) not in {"intermediateCatchEvent", "receiveTask"} for t in targets):
            self.add("gerbang_kejadian", "Sesudah gerbang kejadian hanya boleh ada kejadian yang menunggu.", gateway)
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
            texts = [child for child in timer if local(child) in timer_text.KINDS]
            if len(texts) != 1:
                self.add("pewaktu", "Pewaktu harus mempunyai tepat satu waktu, lama, atau pengulangan.", _owner(timer))
            else:
                self.check_time(local(texts[0]), _text(texts[0]), _owner(timer))

    def check_time(self, kind: Any, text: str, owner: etree._Element) -> None:
        quoted = re.fullmatch(r"""(["'])([^"']*)\1""", text)
        text = quoted[2] if quoted else text
        if text.isidentifier() and not quoted and not timer_text.looks_like_time(text):
            self.expression(text, owner)  # the name of process data, filled by a step
            return
        try:
            timer_text.check(kind, text)
        except DomainError as error:
            self.add("waktu_tanpa_zona" if "zona" in error.message else "pewaktu", error.message, owner)
            return
        if timer_text.is_endless(text):
            self.add(
                "pengulangan_tanpa_akhir",
                f"Pengulangan {text} tidak pernah berakhir; tulis banyaknya, misalnya R3/P1D.",
                owner,
            )

    def check_events(self) -> None:
        for event in self.each(*EVENTS):
            kinds = [
                local(child).removesuffix("EventDefinition")
                for child in event
                if local(child).endswith("EventDefinition")
            ]
            if len(kinds) > 1:
                self.add("kejadian_ganda", "Kejadian dengan beberapa pemicu tidak didukung; pakai satu.", event)
            for kind in kinds:
                if kind not in EVENTS[local(event)] and f"{kind}EventDefinition" not in REFUSED:
                    self.add("kejadian", f"Kejadian {kind} tidak didukung pada {local(event)}.", event)
            if not _definitions(event) and local(event) in {"intermediateCatchEvent", "boundaryEvent"}:
                self.add("kejadian_kosong", "Kejadian ini tidak menyebut apa yang ditunggunya.", event)
            inside = event.getparent()
            if "cancel" in kinds and (inside is None or "transaction" not in {local(inside), self.host_of(event)}):
                self.add("pembatalan", "Kejadian pembatalan hanya untuk transaksi.", event)

    def host_of(self, event: etree._Element) -> str:
        host = self.ids.get(str(event.get("attachedToRef", "")))
        return "" if host is None else local(host)

    def check_references(self) -> None:
        """What events and message tasks refer to exists and has a name that others can say."""
        for element in self.scope:
            for attribute, kind in REFERENCES.items():
                reference = element.get(attribute)
                if reference is None:
                    continue
                target = self.ids.get(vendor.resolved(str(reference), self.ids))
                if target is None or local(target) != kind:
                    self.add(
                        "rujukan_putus",
                        f"{attribute} menunjuk {kind} yang tidak ada: {reference[:MAX_ID]}.",
                        _owner(element),
                    )
                elif kind in {"message", "signal"} and not 0 < len(str(target.get("name", "")).strip()) <= MAX_ID:
                    self.add("tanpa_nama", f"<{kind}> ini tidak mempunyai nama (1–{MAX_ID} huruf).", target)
        for definition in self.each("messageEventDefinition", "signalEventDefinition"):
            owner = _owner(definition)
            if not any(definition.get(name) for name in REFERENCES) and not str(owner.get("name", "")).strip():
                self.add("tanpa_pesan", "Kejadian ini tidak menyebut pesan atau sinyalnya.", owner)

    # tasks

    def check_tasks(self) -> None:
        for task in self.each("sendTask", "receiveTask"):
            if not task.get("messageRef") and "messageEventDefinition" not in _definitions(task):
                self.add("tanpa_pesan", f"{local(task)} tidak menyebut pesannya (messageRef).", task)
        for task in self.each("serviceTask"):
            if not _extension(task, "serviceTaskOperator"):
                self.add("tanpa_layanan", "serviceTask tidak menyebut layanan (serviceTaskOperator).", task)
            parameters = [part for part in task.iter(etree.Element) if local(part) == "parameter"]
            if not all(part.get("id") and part.get("type") and part.get("value") for part in parameters):
                self.add("parameter", "Setiap parameter layanan memerlukan id, type, dan value.", task)
        for task in self.each("businessRuleTask"):
            if not _extension(task, "calledDecisionId"):
                self.add("tanpa_keputusan", "businessRuleTask tidak menyebut tabel keputusan (calledDecisionId).", task)

    def check_calls(self) -> None:
        for call in self.each("callActivity"):
            if not call.get("calledElement"):
                self.add("tanpa_proses_panggilan", "callActivity tidak menyebut proses yang dipanggil.", call)
            elif (
                called := self.processes.get(str(call.get("calledElement")))
            ) is not None and called is not self.running:
                self.add(
                    "panggilan_setempat",
                    "Simpan proses yang dipanggil dalam berkas sendiri, yang dapat dijalankan.",
                    call,
                )

    def check_repeats(self) -> None:
        for loop in self.each("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
            if local(_owner(loop)) not in TASKS | CONTAINERS:
                self.add("pengulangan", "Hanya tugas dan sub-proses yang dapat diulang.", _owner(loop))
        for loop in self.each("multiInstanceLoopCharacteristics"):
            parts = [child for child in loop if local(child) in {"loopCardinality", "loopDataInputRef"}]
            count = _text(parts[0]) if parts else ""
            if len(parts) != 1 or not count:
                self.add(
                    "pengulangan", "Pengulangan harus menyebut banyaknya atau daftarnya, salah satu saja.", _owner(loop)
                )
            elif count.isdigit() and int(count[:9]) > MAX_REPEATS:
                self.add("pengulangan", f"Pengulangan lebih dari {MAX_REPEATS} kali.", _owner(loop))
        for loop in self.each("standardLoopCharacteristics"):
            most = str(loop.get("loopMaximum", "")).strip()
            if most and not (most.isdigit() and 0 < int(most[:9]) <= MAX_REPEATS):
                self.add("pengulangan", f"loopMaximum harus bilangan 1–{MAX_REPEATS}.", _owner(loop))
            if not most and not any(local(child) == "loopCondition" for child in loop):
                self.add("pengulangan", "Pengulangan harus menyebut syarat atau batasnya.", _owner(loop))

    def check_containers(self) -> None:
        for sub in self.each(*CONTAINERS - {"adHocSubProcess"}):
            starts = [child for child in sub if local(child) == "startEvent"]
            if vendor.is_true(sub.get("triggeredByEvent")):
                if len(starts) != 1 or _definitions(starts[0]) != {"timerEventDefinition"}:
                    self.add(
                        "sub_proses_kejadian",
                        "Sub-proses kejadian hanya dapat dimulai satu pewaktu; pakai boundaryEvent.",
                        sub,
                    )
            elif len(starts) != 1 or _definitions(starts[0]):
                self.add("sub_proses_awal", "Sub-proses harus mempunyai tepat satu startEvent biasa.", sub)
            if not any(local(child) == "endEvent" for child in sub):
                self.add("sub_proses_akhir", "Sub-proses harus mempunyai endEvent.", sub)

    def check_data(self) -> None:
        drawn = next(
            (e for e in self.scope if vendor.is_data(e) and local(e) not in {"property", "ioSpecification"}), None
        )
        if drawn is not None:
            self.add(
                "data_diabaikan", "Objek data hanya gambar: data proses diisi oleh langkah.", drawn, severity=WARNING
            )

    # cycles

    def check_cycles(self) -> None:
        nodes = self.nodes()
        following = self.following(nodes)
        resting = {key for key, node in nodes.items() if self.waits(node)}
        for component in loops(set(nodes) - resting, following):
            self.add(
                "putaran_tanpa_henti",
                "Putaran ini tidak memuat tugas pengguna, pesan, atau pewaktu, jadi tidak pernah berhenti.",
                nodes[min(component, key=lambda key: _line(nodes[key]))],
            )
        plain = {key for key, node in nodes.items() if local(node) not in CHOICES and local(node) != "boundaryEvent"}
        endless = list(loops(plain, following))
        for component in endless:
            self.add(
                "putaran_tanpa_jalan_keluar",
                "Putaran ini tidak memuat pilihan, jadi tidak pernah keluar; pasang gerbang eksklusif.",
                nodes[min(component, key=lambda key: _line(nodes[key]))],
            )
        if not endless:
            self.check_width(nodes, following)

    def check_joins(self) -> None:
        """Of a graph that is otherwise in order: a join that a choice can leave waiting for ever."""
        for level in self.each("process", *CONTAINERS) if self.report.runnable else ():
            if (key := starved_join(level)) is not None:
                self.add(
                    "gabungan_menunggu",
                    "Gerbang paralel ini dapat menunggu selamanya: suatu pilihan atau kejadian tempel dapat "
                    "melewatkan salah satu cabangnya. Gabungkan cabang yang dipilih dengan gerbang eksklusif.",
                    self.ids.get(key),
                )

    def check_width(self, nodes: Mapping[str, etree._Element], following: Mapping[str, list[str]]) -> None:
        sizes = predicted(set(nodes), following, stops=lambda key: local(nodes[key]) in CHOICES | {"boundaryEvent"})
        widest = max(sizes, key=lambda key: sizes[key], default=None)
        if widest is not None and sizes[widest] > MAX_FORESEEN:
            self.add(
                "terlalu_bercabang",
                "Terlalu banyak cabang paralel berturut-turut dari sini; pindahkan sebagian ke sub-proses.",
                nodes[widest],
            )

    def waits(self, node: etree._Element) -> bool:
        """Does a token rest here until somebody or something comes?"""
        kinds = {"timerEventDefinition", "messageEventDefinition", "signalEventDefinition"}
        if local(node) in WAITS:
            return True
        if local(node) in {"intermediateCatchEvent", "boundaryEvent"}:
            return bool(_definitions(node) & kinds)
        return local(node) in CONTAINERS and any(
            local(child) in WAITS or (local(child) == "intermediateCatchEvent" and _definitions(child) & kinds)
            for child in node.iter(etree.Element)
        )

    # calls

    def local_calls(self, key: str) -> list[str]:
        """The process and those of the same file that it calls, once each. Adds a problem for a call in a circle."""
        found, path = [], []

        def visit(name: str) -> None:
            if name in path:
                self.add("panggilan_melingkar", f"Proses {name} memanggil dirinya sendiri.", self.processes[name])
            elif name not in found:
                found.append(name)
                path.append(name)
                for each in _calls(self.processes[name]):
                    if each in self.processes:
                        visit(each)
                path.pop()

        visit(key)
        return found

    def called_files(self, key: str) -> dict[str, bytes]:
        """The other files that are needed, each looked at with the same eyes; what is not there becomes a binding."""
        used: dict[str, bytes] = {}
        pending = [
            (call, str(call.get("calledElement"))) for call in self.each("callActivity") if call.get("calledElement")
        ]
        while pending:
            call, name = pending.pop(0)
            if name in self.processes or name in used:
                if name == key or (name in used and self.leads_back(name, used)):
                    self.add("panggilan_melingkar", f"Proses {name[:MAX_ID]} memanggil dirinya sendiri.", call)
                continue
            text = self.called.get(name)
            if text is None:
                self.bind(
                    "process", name, str(call.get("id", "")), f"Proses “{name[:MAX_ID]}” yang dipanggil tidak ada."
                )
                continue
            used[name] = text
            pending += [(call, inner) for inner in self.check_called(name, text, call)]
        return used

    def leads_back(self, name: str, used: Mapping[str, bytes]) -> bool:
        """Does a called file come to itself again?"""
        seen, pending = set(), [name]
        while pending:
            text = used.get(pending.pop())
            for inner in _calls(read_xml(text)) if text is not None else ():
                if inner == name:
                    return True
                if inner not in seen:
                    seen.add(inner)
                    pending.append(inner)
        return False

    def check_called(self, name: str, text: bytes, call: etree._Element) -> list[str]:
        """Problems of a called file, told at the call; returns what it calls itself."""
        report = LintReport(name)
        try:
            other = _Lint(read_xml(text), report, {})
        except DomainError as error:
            self.add(error.code, f"Proses terpanggil {name}: {error.message}", call)
            return []
        if name not in other.processes or not vendor.is_true(other.processes[name].get("isExecutable")):
            self.add("panggilan_putus", f"Berkas {name}.bpmn tidak memuat proses {name} yang dapat dijalankan.", call)
            return []
        other.check_start(other.processes[name])
        other.check_code()
        other.check_all(name)
        self.report.problems += [
            replace(each, message=f"Proses terpanggil {name}: {each.message}") for each in report.problems
        ]
        return [
            inner
            for each in other.local_calls(name)
            for inner in _calls(other.processes[each])
            if inner not in other.processes
        ]

    # the engine's own opinion

    def bind(self, kind: str, name: str, element: str, message: str) -> None:
        self.report.bindings.append(Binding(kind, name, element, message))

    def trial(self, bpmn: bytes | str, key: str, used: Mapping[str, bytes]) -> None:
        """Parse it as the engine does; then list what is not bound."""
        from backend.workflow import checks  # the registries of steps: only what is asked here needs them

        absent = {each.name for each in self.report.bindings if each.kind == "process"}
        stubs = {name: STUB.format(space=NAMESPACE, key=_escaped(name)) for name in absent}
        try:
            parsed = parse_bpmn(bpmn, key=key, called={**used, **stubs})
        except InvalidProcess as error:
            self.add(error.code, error.message, self.ids.get(str(error.params.get("element")), self.root))
            return
        except DomainError as error:
            self.add(error.code, error.message, self.root)
            return
        for missing in checks.missing_bindings(parsed):
            self.bind(missing.kind, missing.name, missing.element, str(missing))


def _calls(process: etree._Element) -> list[str]:
    return [
        str(call.get("calledElement"))
        for call in process.iter(f"{{{NAMESPACE}}}callActivity")
        if call.get("calledElement")
    ]


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext()).strip()


def _condition(flow: etree._Element) -> str:
    return next((_text(child) for child in flow if local(child) == "conditionExpression"), "")


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
    """The flow node, flow or process that an inner element belongs to, or else what has a name for it."""
    around = [at for at in (element, *element.iterancestors()) if at.get("id") and local(at) != "definitions"]
    known = (at for at in around if local(at) in FLOW_NODES or local(at) in {"sequenceFlow", "process"})
    return next(known, around[0] if around else element)


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return line or 0
