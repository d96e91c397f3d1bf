"""System checks of the shipped processes: every name in a diagram is bound to something that exists (`manage.py check`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error, register

from backend.core.errors import DomainError
from backend.core.xml import read_text
from backend.rules.decide import RULES_DIR
from backend.rules.files import DATA, DMN
from backend.workflow import definitions, forms, steps
from backend.workflow.parser import Parsed, RuleTask, ServiceTask, parse_bpmn


@dataclass(frozen=True)
class Missing:
    """A name in a process that nothing is bound to. `kind`: step, form, operator, decision, lane."""

    kind: str
    name: str
    element: str

    def __str__(self) -> str:
        return {
            "step": f"userTask “{self.element}” tidak terhubung ke langkah (@step).",
            "form": f"Formulir “{self.name}” untuk userTask “{self.element}” tidak ada atau tidak sah.",
            "operator": f"serviceTask “{self.element}” memakai layanan “{self.name}” yang tidak terdaftar (@operator).",
            "decision": f"businessRuleTask “{self.element}” memakai tabel “{self.name}” yang tidak ada.",
            "lane": f"Lajur “{self.name}” pada userTask “{self.element}” bukan peran yang dikenal (@lane).",
        }[self.kind]


def missing_bindings(parsed: Parsed, *, rules_dir: Path = RULES_DIR) -> list[Missing]:
    """Names in a process that nothing is bound to, in the order of the model."""
    found: list[Missing] = []
    for task_spec in parsed.task_specs():
        found += _missing(task_spec, rules_dir)
    for task_spec in parsed.user_tasks():
        found += _missing_of_user_task(task_spec)
    return found


def _missing(task_spec: Any, rules_dir: Path) -> Iterator[Missing]:
    if isinstance(task_spec, ServiceTask) and task_spec.operation_name not in steps.registry.operators:
        yield Missing("operator", task_spec.operation_name, task_spec.bpmn_id)
    if isinstance(task_spec, RuleTask) and not _has_table(task_spec.decision_id, rules_dir):
        yield Missing("decision", task_spec.decision_id, task_spec.bpmn_id)


def _has_table(decision: str, rules_dir: Path) -> bool:
    return decision.isidentifier() and any((rules_dir / f"{decision}{end}").is_file() for end in (DMN, DATA))


def _missing_of_user_task(task_spec: Any) -> Iterator[Missing]:
    element = task_spec.bpmn_id
    if (task_spec.lane or "") not in steps.registry.lanes:
        yield Missing("lane", task_spec.lane or "", element)
    step = steps.registry.steps.get(element)
    if step is None:
        yield Missing("step", element, element)
    elif step.form and not _has_form(step.form):
        yield Missing("form", step.form, element)


def _has_form(form_id: str) -> bool:
    try:
        forms.get(form_id)
    except DomainError:
        return False
    return True


@register("processes")
def check_processes(app_configs: Sequence[Any] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Every shipped process can be parsed, and every name in it is bound."""
    messages: list[CheckMessage] = []
    for path in sorted(definitions.processes_dir().glob("*.bpmn")):
        messages += _check_file(path)
    return messages


def _check_file(path: Path) -> Iterator[CheckMessage]:
    try:
        called = {other.stem: other.read_bytes() for other in path.parent.glob("*.bpmn") if other != path}
        text = read_text(path.read_bytes())
        parsed = parse_bpmn(text, key=definitions.process_key(text), called=called)
    except DomainError as error:
        yield Error(error.message, obj=path.name, id=f"workflow.{error.code}")
        return
    for missing in missing_bindings(parsed):
        yield Error(str(missing), obj=path.name, id=f"workflow.unbound_{missing.kind}")
