"""BPMN text → SpiffWorkflow specs, with task classes of our own (recipes §2–§5).

* serviceTask: a registered operator, at once or through the outbox; the library's `call_service` is never used.
* businessRuleTask: `backend.rules.decide`, never the library's DMN engine (Python `eval`).
* scriptTask, pre and post scripts, expressions outside the whitelist: refused here, whatever lint said.
* Timers are ISO text as modelers write it, or the name of process data that holds ISO text.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, IntermediateCatchEvent, StartEvent
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    CycleTimerEventDefinition,
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask, MultiInstanceTask, StandardLoopTask
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffIntermediateCatchEventParser,
    SpiffStartEventParser,
)
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.parser.task_spec import ServiceTaskParser, SpiffTaskParser
from SpiffWorkflow.spiff.specs.defaults import ScriptTask as SpiffScriptTask
from SpiffWorkflow.spiff.specs.defaults import ServiceTask as SpiffServiceTask
from SpiffWorkflow.spiff.specs.defaults import UserTask
from SpiffWorkflow.spiff.specs.spiff_task import SpiffBpmnTask

from backend.core.errors import DomainError
from backend.core.xml import read_xml
from backend.workflow import timer_text
from backend.workflow.bpmn_xml import NAMESPACE
from backend.workflow.conditions import compiled, names_in
from backend.workflow.errors import InvalidProcess, InvalidTimer, ScriptRefused
from backend.workflow.vendor import normalise

BPMN = f"{{{NAMESPACE}}}"
TIMER_KINDS: dict[type[TimerEventDefinition], timer_text.Kind] = {
    TimeDateEventDefinition: "timeDate", DurationTimerEventDefinition: "timeDuration", CycleTimerEventDefinition: "timeCycle",
}  # fmt: skip


class ServiceTask(SpiffServiceTask):
    """A serviceTask whose operator is ours."""

    def _execute(self, task: Any) -> bool | None:
        """None: it went to the outbox (STARTED). True: done."""
        return task.workflow.script_engine.call_operator(task, self)


class RuleTask(SpiffBpmnTask):
    """A businessRuleTask decided by `backend.rules`."""

    def __init__(self, wf_spec: Any, name: str, *, decision_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.decision_id = decision_id

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data.update(my_task.workflow.script_engine.decide(my_task, self.decision_id))
        return True


class RuleTaskParser(SpiffTaskParser):
    """Reads the decision id from the extension `calledDecisionId`."""

    def create_task(self) -> RuleTask:
        decision = self.get_decision_ref(self.node)
        if not decision:
            raise ValidationException(
                "businessRuleTask tanpa calledDecisionId", node=self.node, file_name=self.filename
            )
        return RuleTask(self.spec, self.bpmn_id, decision_id=decision.strip(), **self.bpmn_attributes)

    @staticmethod
    def get_decision_ref(node: Any) -> str | None:
        return SpiffTaskParser._parse_extensions(node).get("calledDecisionId")


class RefusedTaskParser(SpiffTaskParser):
    """An element that carries code."""

    def create_task(self) -> Any:
        raise ValidationException(
            "scriptTask tidak diizinkan; pakai serviceTask", node=self.node, file_name=self.filename
        )


class IsoTimers:
    """Timer text as modelers write it becomes the quoted text that the library evaluates."""

    def parse_timer_event(self, event: Any) -> Any:
        definition = super().parse_timer_event(event)  # type: ignore[misc]
        definition.expression = timer_expression(TIMER_KINDS[type(definition)], (definition.expression or "").strip())
        return definition


def timer_expression(kind: timer_text.Kind, text: str) -> str:
    """What to evaluate for the text of a timer: a quoted time, or the name of process data that will hold one."""
    if timer_text.looks_like_time(text):
        return repr(timer_text.check(kind, text))
    compiled(text)
    if text[:1] in "\"'" and text[-1:] == text[:1]:
        return repr(timer_text.check(kind, text[1:-1]))
    if not text.isidentifier():
        raise InvalidTimer(
            waktu=text[:60], problem="bukan waktu dan bukan nama data proses", contoh=timer_text.EXAMPLES[kind]
        )
    return text


class StartEventParser(IsoTimers, SpiffStartEventParser):
    pass


class BoundaryEventParser(IsoTimers, SpiffBoundaryEventParser):
    pass


class CatchEventParser(IsoTimers, SpiffIntermediateCatchEventParser):
    pass


class Parser(SpiffBpmnParser):
    """The library's parser with our classes in place of those that would run code."""

    OVERRIDE_PARSER_CLASSES = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("scriptTask"): (RefusedTaskParser, SpiffScriptTask),
        full_tag("serviceTask"): (ServiceTaskParser, ServiceTask),
        full_tag("businessRuleTask"): (RuleTaskParser, RuleTask),
        full_tag("startEvent"): (StartEventParser, StartEvent),
        full_tag("boundaryEvent"): (BoundaryEventParser, BoundaryEvent),
        full_tag("intermediateCatchEvent"): (CatchEventParser, IntermediateCatchEvent),
    }


@dataclass(frozen=True)
class Parsed:
    """Everything the engine needs of one definition, made once per process. Specs are shared and never changed."""

    key: str
    spec: Any
    subprocess_specs: Mapping[str, Any]
    flows: Mapping[tuple[str, str], str] = field(repr=False)  # (source id, target id) → sequence flow id
    names: Mapping[str, str] = field(repr=False)
    handlers: Mapping[str, bool] = field(default_factory=dict)  # event sub-processes by id: does it interrupt?

    def specs(self) -> Iterator[Any]:
        """The process and every sub-process and called process."""
        yield self.spec
        yield from self.subprocess_specs.values()

    def task_specs(self) -> Iterator[Any]:
        """Every task spec, those inside sub-processes and loops included."""
        for spec in self.specs():
            yield from spec.task_specs.values()

    def routing_names(self) -> frozenset[str]:
        """Process data on which the way through the process and its deadlines depend."""
        return frozenset(name for task_spec in self.task_specs() for name in _routing_names(task_spec))

    def user_tasks(self) -> list[Any]:
        return [ts for ts in self.task_specs() if isinstance(ts, UserTask)]

    def operators(self) -> set[str]:
        return {ts.operation_name for ts in self.task_specs() if isinstance(ts, ServiceTask)}

    def decisions(self) -> set[str]:
        return {ts.decision_id for ts in self.task_specs() if isinstance(ts, RuleTask)}

    def lanes(self) -> set[str]:
        """Lane names of user tasks."""
        return {ts.lane for ts in self.user_tasks() if ts.lane}


def parse_bpmn(bpmn: bytes | str, *, key: str | None = None, called: Mapping[str, bytes | str] | None = None) -> Parsed:
    """Specs of one process.

    `key` is the process id; without it the file must hold exactly one executable process. `called`: other BPMN
    files that call activities need. Raises InvalidProcess, ScriptRefused, UnsafeXml, BrokenXml.
    """
    parser, flows, names = Parser(), {}, {}
    handlers: dict[str, bool] = {}
    for index, text in enumerate([bpmn, *(called or {}).values()]):
        root = normalise(read_xml(text))
        flows.update(_flows(root))
        handlers.update(_handlers(root))
        names.update({node.get("id", ""): node.get("name", "") for node in root.iter() if node.get("name")})
        _guarded(parser.add_bpmn_xml, root, f"berkas {index + 1}")
    key = key or _only_process(parser)
    spec = _guarded(parser.get_spec, key)
    subprocess_specs = _guarded(parser.get_subprocess_specs, spec.name)
    parsed = Parsed(key, spec, subprocess_specs, flows, names, handlers)
    for task_spec in parsed.task_specs():
        _check(task_spec)
    for each in parsed.specs():
        _connect_loops(each)
    return parsed


def _guarded(call: Any, *args: Any) -> Any:
    """Whatever the library raises on a bad model becomes InvalidProcess; it names no error class of its own for all."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # where modelers still write the payload of a message
            return call(*args)
    except DomainError:
        raise
    except (ValidationException, SpiffWorkflowException) as error:
        cause = error.__cause__ or error.__context__
        if isinstance(cause, DomainError):
            raise cause from None
        raise InvalidProcess(problem=str(error).rstrip(" ."), element=getattr(error, "id", "")) from None
    except RecursionError:
        raise InvalidProcess(problem="terlalu panjang atau terlalu dalam; pindahkan sebagian ke sub-proses") from None
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError, RuntimeError, etree.LxmlError) as error:
        raise InvalidProcess(problem=f"{type(error).__name__}: {error}") from None


def _only_process(parser: Parser) -> str:
    keys = parser.get_process_ids()
    if len(keys) != 1:
        found = ", ".join(keys) or "tidak ada"
        raise InvalidProcess(
            problem=f"harus ada tepat satu proses yang dapat dijalankan (isExecutable); ditemukan: {found}"
        )
    return str(keys[0])


def _flows(root: etree._Element) -> dict[tuple[str, str], str]:
    flows: dict[tuple[str, str], str] = {}
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        pair = (flow.get("sourceRef", ""), flow.get("targetRef", ""))
        if pair in flows:
            raise InvalidProcess(problem=f"dua aliran antara {pair[0]} dan {pair[1]}; gabungkan syaratnya menjadi satu")
        flows[pair] = flow.get("id", "")
    return flows


def _handlers(root: etree._Element) -> Iterator[tuple[str, bool]]:
    for sub in root.iter(f"{BPMN}subProcess"):
        if sub.get("triggeredByEvent") == "true":
            starts = (start.get("isInterrupting", "true") for start in sub.iterchildren(f"{BPMN}startEvent"))
            yield sub.get("id", ""), next(starts, "true") == "true"


def _check(task_spec: Any) -> None:
    """Refuse what carries code; compile every expression now, so that a bad one is found at publish."""
    if getattr(task_spec, "prescript", None) or getattr(task_spec, "postscript", None):
        raise ScriptRefused(ekspresi=task_spec.name, problem="memuat pre-script atau post-script")
    for expression in _expressions(task_spec):
        compiled(expression)


def _expressions(task_spec: Any) -> Iterator[str]:
    for condition, _name in getattr(task_spec, "cond_task_specs", ()):
        if condition is not None:
            yield condition.args[0]
    if isinstance(task_spec, StandardLoopTask | MultiInstanceTask):
        yield from (text for text in (getattr(task_spec, "cardinality", None), task_spec.condition) if text)
    if isinstance(task_spec, ServiceTask):
        yield from (parameter["value"] for parameter in task_spec.operation_params.values())
    definition = getattr(task_spec, "event_definition", None)
    for item in (definition, *getattr(definition, "event_definitions", ())):
        if isinstance(item, TimerEventDefinition) or getattr(item, "expression", None):
            yield item.expression
        for prop in (*getattr(item, "correlation_properties", ()), *getattr(item, "process_correlations", ())):
            yield prop.retrieval_expression


def _routing_names(task_spec: Any) -> Iterator[str]:
    if not isinstance(task_spec, ServiceTask):
        for expression in _expressions(task_spec):
            yield from names_in(expression)
    for reference in (getattr(task_spec, "data_input", None), getattr(task_spec, "input_item", None)):
        if reference is not None:
            yield reference.bpmn_id


def _connect_loops(spec: Any) -> None:
    """Results of loop children reach their parent only through this callback, which no state stores (trap 3)."""
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, LoopTask):
            event = spec.task_specs[task_spec.task_spec].completed_event
            if (
                isinstance(task_spec, MultiInstanceTask)
                and task_spec.output_item is None
                and task_spec.input_item is not None
            ):
                event.connect(_forget_item, task_spec.input_item.bpmn_id)
            if not event.is_connected(task_spec.merge_child):
                event.connect(task_spec.merge_child)


def _forget_item(_workflow: Any, child: Any, name: str) -> None:
    """The item of one child is not the parent's: merged there, it would stop the next child or the next visit."""
    child.data.pop(name, None)


def timer_kind(task_spec: Any, expression: str) -> timer_text.Kind | None:
    """Of which kind is the timer of this task that has this expression? None: no timer of its has it."""
    definition = getattr(task_spec, "event_definition", None)
    for item in (definition, *getattr(definition, "event_definitions", ())):
        if isinstance(item, TimerEventDefinition) and item.expression == expression:
            return TIMER_KINDS[type(item)]
    return None


def is_split(task_spec: Any) -> bool:
    """The invisible node before a task with boundary events."""
    return isinstance(task_spec, BoundaryEventSplit)
