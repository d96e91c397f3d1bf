"""A DMN file (1.1–1.5, any OMG namespace): its types, decisions and functions, ready to be evaluated by the standard.

What the standard leaves undefined gives null. A text that cannot be read is kept as a problem of its decision, so that
one broken decision does not take the others of the file with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from lxml import etree

from backend.core.errors import DomainError
from backend.core.xml import local, read_xml
from backend.rules.errors import InvalidCell, InvalidModel, UnknownDecision
from backend.rules.feel import ast, types
from backend.rules.feel.budget import limited, spend
from backend.rules.feel.compiler import (
    INPUT,
    Compiled,
    Scope,
    Variables,
    chosen,
    closure,
    compile_expression,
    compile_tests,
    elements,
    quantified,
)
from backend.rules.feel.errors import FeelSyntaxError
from backend.rules.feel.parser import parse_expression, parse_unary_tests
from backend.rules.feel.types import ANY, TypeSpec
from backend.rules.feel.values import Function, as_list, call_named
from backend.rules.table import (
    AGGREGATIONS,
    HIT_POLICIES,
    Cell,
    DecisionTable,
    Entry,
    Input,
    Output,
    Rule,
    constant,
)

T = TypeVar("T")
NAMESPACE = "omg.org/spec/DMN/"
MAX_BYTES = 5_000_000
FEEL_LANGUAGES = ("feel", "omg.org/spec/dmn")
EXPRESSIONS = frozenset(
    {
        "literalExpression",
        "decisionTable",
        "context",
        "invocation",
        "functionDefinition",
        "list",
        "relation",
        "conditional",
        "filter",
        "for",
        "some",
        "every",
    }
)


@dataclass(frozen=True)
class InputData:
    """A value that the caller gives."""

    id: str
    name: str
    spec: TypeSpec


@dataclass
class Decision:
    """A decision: what it needs, and how its result is found."""

    id: str
    name: str
    spec: TypeSpec
    requires: list[str] = field(default_factory=list)  # ids of input data, decisions, functions and services
    logic: bool = False  # does the file say how the result is found?
    expression: Compiled = lambda _variables: None
    table: DecisionTable | None = None
    tree: ast.Node | None = None  # of a literal expression
    problems: list[DomainError] = field(default_factory=list)
    description: str = ""

    @property
    def problem(self) -> DomainError | None:
        """The first thing that cannot be read."""
        return self.problems[0] if self.problems else None


@dataclass
class Knowledge:
    """A business knowledge model: a function that decisions may call."""

    id: str
    name: str
    requires: list[str] = field(default_factory=list)
    make: Callable[[Variables], Function | None] = lambda _variables: None
    problems: list[DomainError] = field(default_factory=list)


@dataclass
class Service:
    """A decision service: a function over its input decisions and input data."""

    id: str
    name: str
    outputs: list[str] = field(default_factory=list)
    input_decisions: list[str] = field(default_factory=list)
    input_data: list[str] = field(default_factory=list)
    spec: TypeSpec = ANY


@dataclass
class Result:
    """Value of one decision and, for a decision table, the rules it came from."""

    value: Any
    matched: list[str]


@dataclass
class Model:
    """A parsed DMN file."""

    name: str
    sha256: str
    types: dict[str, TypeSpec] = field(default_factory=dict)
    inputs: dict[str, InputData] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    knowledge: dict[str, Knowledge] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    description: str = ""

    def decision(self, name: str) -> Decision:
        """A decision by id or name. Raises UnknownDecision."""
        found = self.decisions.get(name) or next((d for d in self.decisions.values() if d.name == name), None)
        if found is None:
            raise UnknownDecision(nama=name, dikenal=", ".join(d.name for d in self.decisions.values()) or "tidak ada")
        return found

    def callables(self) -> dict[str, str]:
        """Functions and services by name and by id → id."""
        groups: list[Knowledge | Service] = [*self.knowledge.values(), *self.services.values()]
        return {name: item.id for item in groups for name in (item.name, item.id)}

    def problems(self) -> list[DomainError]:
        """Everything in the file that cannot be read."""
        parts: list[Decision | Knowledge] = [*self.decisions.values(), *self.knowledge.values()]
        return [problem for part in parts for problem in part.problems]

    def unread(self, key: str) -> list[DomainError]:
        """What cannot be read of a decision, function or service (by id) and of all that it needs."""
        found: list[DomainError] = []
        pending, seen = [key], set[str]()
        while pending:
            part = pending.pop()
            if part in seen:
                continue
            seen.add(part)
            if part in self.services:
                pending += self.services[part].outputs
            elif item := self.decisions.get(part) or self.knowledge.get(part):
                found += item.problems
                pending += item.requires
        return found


# --- Evaluation ------------------------------------------------------------------------------------------------------


class Evaluation:
    """One question to a model: each decision is found once, whoever needs it."""

    def __init__(self, model: Model, given: Mapping[str, Any], base: Variables | None = None) -> None:
        self.model, self.given = model, given
        self.base = {**_undeclared(model, given), **(base or {})}
        self.found: dict[str, Any] = {}
        self.matched: dict[str, list[str]] = {}
        self.pending: set[str] = set()

    def decide(self, decision: Decision) -> Result:
        """Result by the standard. A cycle of requirements gives null."""
        with limited():
            value = self._value(decision.id)
        return Result(value, self.matched.get(decision.id, []))

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Value of a function or service of the model for named arguments; missing ones are null."""
        with limited():
            function = self._value(self.model.callables()[name])
            if not isinstance(function, Function) or function.parameters is None:
                return None
            return call_named(function, {name: arguments.get(name) for name in function.parameters})

    def _value(self, key: str) -> Any:
        if key not in self.found:
            if key in self.pending:
                return None
            self.pending.add(key)
            self.found[key] = self._find(key)
            self.pending.discard(key)
        return self.found[key]

    def _find(self, key: str) -> Any:
        model = self.model
        if key in model.inputs:
            declared = model.inputs[key]
            return declared.spec.coerce(self.given.get(declared.name))
        if key in model.knowledge:
            knowledge = model.knowledge[key]
            return None if knowledge.problems else knowledge.make(self._variables(knowledge.requires))
        if key in model.services:
            return self._service(model.services[key])
        return self._decision(model.decisions[key]) if key in model.decisions else None

    def _decision(self, decision: Decision) -> Any:
        if decision.problem:
            return None
        if not decision.logic:  # a person decides: the caller may say what
            return decision.spec.coerce(self.given.get(decision.name))
        spend()
        variables = self._variables(decision.requires)
        if decision.table is None:
            return decision.spec.coerce(decision.expression(variables))
        value, self.matched[decision.id] = evaluate_table(decision.table, variables)
        return decision.spec.coerce(value)

    def _variables(self, requires: Iterable[str]) -> Variables:
        return {**self.base, **{self._name(key): self._value(key) for key in requires}}

    def _name(self, key: str) -> str:
        model = self.model
        for group in (model.inputs, model.decisions, model.knowledge, model.services):
            if key in group:
                return str(group[key].name)
        return key

    def _service(self, service: Service) -> Function:
        parameters = [*service.input_data, *service.input_decisions]
        names = tuple(self._name(key) for key in parameters)

        def call(*arguments: Any) -> Any:
            spend()
            inner = Evaluation(self.model, dict(zip(names, arguments, strict=True)), self.base)
            inner.found = {
                key: self.model.decisions[key].spec.coerce(value)
                for key, value in zip(parameters, arguments, strict=True)
                if key in self.model.decisions
            }
            values = {self._name(key): inner._value(key) for key in service.outputs}
            return service.spec.coerce(next(iter(values.values())) if len(values) == 1 else values)

        return Function(call, names)


def _undeclared(model: Model, given: Mapping[str, Any]) -> Variables:
    """Inputs of which the file says nothing at all: modellers such as dmn-js write tables without declaring their inputs."""
    groups: tuple[Mapping[str, Any], ...] = (model.inputs, model.decisions, model.knowledge, model.services)
    declared = {str(item.name) for group in groups for item in group.values()}
    return {name: value for name, value in given.items() if name not in declared}


def _asked(column: Input, value: Any) -> Any:
    """What the cells of a column test. The plain type of a column is a note: a value of another type is tested as it is."""
    found = column.spec.coerce(value)
    return value if found is None and column.spec.allowed is None else found


def evaluate_table(table: DecisionTable, variables: Variables) -> tuple[Any, list[str]]:
    """Result of a table by the standard, and the ids of its rules. A value that is not allowed matches nothing."""
    values = [_asked(column, column.expression(variables)) for column in table.inputs]
    for column, value in zip(table.inputs, values, strict=True):
        if column.allowed and value is not None and column.allowed(variables, value) is not True:
            return None, []
    value, rules = table.decide(table.matches(variables, values), variables)
    return value, [rule.id for rule in rules]


# --- Reading ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def load(xml: bytes) -> Model:
    """Parse a DMN file. Raises UnsafeXml, BrokenXml or InvalidModel; broken cells are problems of their decision."""
    root = read_xml(xml, max_bytes=MAX_BYTES)
    if local(root) != "definitions" or not _speaks_dmn(root):
        raise InvalidModel(sebab="unsur pertamanya bukan <definitions> DMN")
    return _Reader(root, hashlib.sha256(xml).hexdigest()).model()


def _speaks_dmn(root: etree._Element) -> bool:
    """Some converters declare the namespace of DMN but leave the elements in that of the model; BPMN is another language."""
    own = etree.QName(root).namespace or ""
    return NAMESPACE in own or ("BPMN" not in own and any(NAMESPACE in uri for uri in root.nsmap.values()))


def _text(element: etree._Element | None, tag: str = "text") -> str:
    found = None if element is None else _child(element, tag)
    return "" if found is None else "".join(str(part) for part in found.itertext())


def _child(element: etree._Element, *tags: str) -> etree._Element | None:
    return next((child for child in element if local(child) in tags), None)


def _children(element: etree._Element, *tags: str) -> Iterator[etree._Element]:
    return (child for child in element if local(child) in tags)


def _reference(element: etree._Element) -> str:
    return str(element.get("href", "")).rpartition("#")[2]


def _name(element: etree._Element) -> str:
    return " ".join(str(element.get("name", "")).split())


class _Reader:
    """Walks a DMN document once."""

    def __init__(self, root: etree._Element, sha256: str) -> None:
        self.root = root
        self.result = Model(_name(root), sha256, description=_text(root, "description").strip())
        self.pending = {_name(item): item for item in _children(root, "itemDefinition")}
        self.components: set[str] = set()
        self.collected: list[DomainError] = []  # problems of the decision being read

    def model(self) -> Model:
        result = self.result
        self.refuse_imports()
        for name in list(self.pending):
            self.type_named(name)
        for element in _children(self.root, "inputData"):
            key = str(element.get("id", _name(element)))
            result.inputs[key] = InputData(key, _name(element), self.variable_type(element))
        elements = {str(element.get("id", _name(element))): element for element in _children(self.root, "decision")}
        for key, element in elements.items():
            result.decisions[key] = Decision(
                key, _name(element), self.variable_type(element), description=_text(element, "description").strip()
            )
        for element in _children(self.root, "businessKnowledgeModel", "decisionService"):
            key = str(element.get("id", _name(element)))
            if local(element) == "decisionService":
                result.services[key] = self.service(key, element)
            else:
                result.knowledge[key] = Knowledge(key, _name(element))
        for element in _children(self.root, "businessKnowledgeModel"):
            self.knowledge(element)
        for key, element in elements.items():
            self.decision(result.decisions[key], element)
        return result

    def refuse_imports(self) -> None:
        """Decisions of other files cannot be reached from here; types of an XML schema are not needed to decide."""
        for element in _children(self.root, "import"):
            if "XMLSchema" not in str(element.get("importType", "")):
                name = _name(element) or str(element.get("namespace", ""))
                raise InvalidModel(sebab=f'berkas ini mengimpor "{name}"; gabungkan isinya ke dalam satu berkas')

    # types

    def type_named(self, name: str) -> TypeSpec:
        """A type by name: of the standard, or an item definition of this file; unknown is Any."""
        plain = " ".join(name.split())
        known = self.result.types.get(plain)
        if known is None and (element := self.pending.pop(plain, None)) is not None:
            self.result.types[plain] = known = self.item_definition(element)
        if known is None:
            known = types.simple(plain) or self.result.types.get(plain.rpartition(":")[2]) or ANY
        return known

    def item_definition(self, element: etree._Element) -> TypeSpec:
        spec = self.bare_type(element)
        for tag in ("allowedValues", "typeConstraint"):
            spec = self.constrained(spec, element, tag)
        return TypeSpec("list", item=spec, name=_name(element)) if element.get("isCollection") == "true" else spec

    def bare_type(self, element: etree._Element) -> TypeSpec:
        components = list(_children(element, "itemComponent"))
        if components:
            self.components |= {_name(component) for component in components}
            fields = {_name(component): self.item_definition(component) for component in components}
            return TypeSpec("context", fields=fields, name=_name(element))
        if (function := _child(element, "functionItem")) is not None:
            output = self.type_named(str(function.get("outputTypeRef", "Any")))
            takes = tuple(self.type_named(str(p.get("typeRef", "Any"))) for p in _children(function, "parameters"))
            return TypeSpec("function", item=output, name=_name(element), parameters=takes)
        reference = _child(element, "typeRef")
        return (
            self.type_named("".join(str(part) for part in reference.itertext()))
            if reference is not None
            else self.type_named(str(element.get("typeRef", "Any")))
        )

    def constrained(self, spec: TypeSpec, element: etree._Element, tag: str) -> TypeSpec:
        text = _text(_child(element, tag)).strip()
        if not text:
            return spec
        try:
            tree = parse_unary_tests(text, frozenset())
        except FeelSyntaxError:
            return spec
        test = compile_tests(tree, Scope())
        whole_list = tag == "typeConstraint" and spec.base == "list"
        earlier = spec.allowed

        def allowed(value: Any) -> bool | None:
            if earlier is not None and earlier(value) is not True:
                return False
            parts = [value] if whole_list or not isinstance(value, list) else value
            return all(test({INPUT: part}, part) is True for part in parts)

        return TypeSpec(spec.base, spec.item, spec.fields, allowed, spec.name, _constants(tree.tests))

    def variable_type(self, element: etree._Element) -> TypeSpec:
        variable = _child(element, "variable")
        reference = (variable if variable is not None else element).get("typeRef")
        if reference is None and variable is not None and (inner := _child(variable, "typeRef")) is not None:
            reference = "".join(str(part) for part in inner.itertext())
        return self.type_named(str(reference)) if reference else ANY

    def result_type(self, element: etree._Element) -> TypeSpec:
        """What a function or service gives: its variable's type, which may be that of the function itself."""
        spec = self.variable_type(element)
        return (spec.item or ANY) if spec.base == "function" else spec

    # parts of the model

    def requirements(self, element: etree._Element) -> list[str]:
        return [
            _reference(target)
            for requirement in _children(element, "informationRequirement", "knowledgeRequirement")
            for target in _children(requirement, "requiredInput", "requiredDecision", "requiredKnowledge")
        ]

    def names(self, requires: Iterable[str], *more: str) -> frozenset[str]:
        groups: tuple[Mapping[str, Any], ...] = (
            self.result.inputs,
            self.result.decisions,
            self.result.knowledge,
            self.result.services,
        )
        found = {str(group[key].name) for key in requires for group in groups if key in group}
        return frozenset(found | self.components | set(more) | set(self.result.types))

    def scope(self, requires: Iterable[str], *more: str) -> Scope:
        return Scope(self.names(requires, *more), self.result.types)

    def decision(self, decision: Decision, element: etree._Element) -> None:
        decision.requires = self.requirements(element)
        body = _child(element, *EXPRESSIONS)
        if body is None:
            return
        decision.logic, self.collected = True, decision.problems
        try:
            if local(body) == "decisionTable":
                decision.table = self.table(body, self.scope(decision.requires), decision.name, decision.id)
            else:
                scope = self.scope(decision.requires)
                decision.expression = self.expression(body, scope)
                if local(body) == "literalExpression" and (text := _text(body).strip()):
                    decision.tree = parse_expression(text, scope.names)
        except DomainError as error:
            decision.problems.append(error)

    def knowledge(self, element: etree._Element) -> None:
        knowledge = self.result.knowledge[str(element.get("id", _name(element)))]
        knowledge.requires = self.requirements(element)
        logic = _child(element, "encapsulatedLogic")
        if logic is None:
            return
        self.collected = knowledge.problems
        try:
            make = self.function(logic, self.scope([*knowledge.requires, knowledge.id]), self.result_type(element))
        except DomainError as error:
            knowledge.problems.append(error)
            return

        def bound(variables: Variables) -> Function | None:
            inner = dict(variables)
            function = make(inner)
            inner[knowledge.name] = function  # a function may call itself
            return function  # type: ignore[no-any-return]

        knowledge.make = bound

    def service(self, key: str, element: etree._Element) -> Service:
        def listed(tag: str) -> list[str]:
            return [_reference(child) for child in _children(element, tag)]

        return Service(
            key,
            _name(element),
            listed("outputDecision"),
            listed("inputDecision"),
            listed("inputData"),
            self.result_type(element),
        )

    # boxed expressions

    def expression(self, element: etree._Element, scope: Scope) -> Compiled:
        """Closure of a boxed expression. Raises FeelSyntaxError, InvalidCell or InvalidModel."""
        rules: dict[str, Callable[[etree._Element, Scope], Compiled]] = {
            "literalExpression": self.literal,
            "decisionTable": self.boxed_table,
            "context": self.context,
            "invocation": self.invocation,
            "functionDefinition": self.function,
            "list": self.boxed_list,
            "relation": self.relation,
            "conditional": self.conditional,
            "filter": self.filter,
            "for": self.iteration,
            "some": self.iteration,
            "every": self.iteration,
        }
        rule = rules.get(local(element))
        if rule is None:
            raise InvalidModel(sebab=f"ungkapan <{local(element)}> tidak dikenal")
        compiled, reference = rule(element, scope), element.get("typeRef")
        if not reference or local(element) == "functionDefinition":
            return compiled
        spec = self.type_named(str(reference))
        return compiled if spec is ANY else lambda variables: spec.coerce(compiled(variables))

    def inner(self, element: etree._Element | None, scope: Scope) -> Compiled:
        """The boxed expression inside an element; null when there is none."""
        body = None if element is None else _child(element, *EXPRESSIONS)
        return (lambda _variables: None) if body is None else self.expression(body, scope)

    def literal(self, element: etree._Element, scope: Scope) -> Compiled:
        self.refuse_language(element)
        text = _text(element).strip()
        return compile_expression(text, scope) if text else lambda _variables: None

    def refuse_language(self, element: etree._Element) -> None:
        """Raises InvalidModel where an expression is written in another language than FEEL."""
        language = str(element.get("expressionLanguage") or self.root.get("expressionLanguage") or "feel")
        if not any(name in language.lower() for name in FEEL_LANGUAGES):
            raise InvalidModel(sebab=f'bahasa ungkapan "{language}" tidak didukung; tulis ungkapannya dalam FEEL')

    def context(self, element: etree._Element, scope: Scope) -> Compiled:
        entries: list[tuple[str, TypeSpec, Compiled]] = []
        for entry in _children(element, "contextEntry"):
            variable = _child(entry, "variable")
            name = "" if variable is None else _name(variable)
            entries.append((name, *self.context_entry(entry, scope)))
            scope = Scope(scope.names | ({name} if name else set()), scope.types)

        def make(variables: Variables) -> Any:
            inside, result = dict(variables), {}
            for name, spec, value in entries:
                found = spec.coerce(value(inside))
                if not name:
                    return found
                inside[name] = result[name] = found
            return result

        return make

    def context_entry(self, entry: etree._Element, scope: Scope) -> tuple[TypeSpec, Compiled]:
        """Type and value of an entry; beside a function stands the type of what it gives."""
        function = _child(entry, "functionDefinition")
        if function is not None:
            return ANY, self.function(function, scope, self.result_type(entry))
        return self.variable_type(entry) if _child(entry, "variable") is not None else ANY, self.inner(entry, scope)

    def invocation(self, element: etree._Element, scope: Scope) -> Compiled:
        callee = self.inner(element, scope)
        bindings = [
            (_name(parameter), self.inner(binding, scope))
            for binding in _children(element, "binding")
            if (parameter := _child(binding, "parameter")) is not None
        ]
        return lambda variables: call_named(callee(variables), {name: value(variables) for name, value in bindings})

    def function(self, element: etree._Element, scope: Scope, result: TypeSpec = ANY) -> Compiled:
        if str(element.get("kind", "FEEL")) != "FEEL":
            return lambda _variables: None
        parameters = list(_children(element, "formalParameter"))
        names = tuple(_name(parameter) for parameter in parameters)
        specs: list[TypeSpec | None] = [self.type_named(str(p.get("typeRef", "Any"))) for p in parameters]
        body = self.inner(element, Scope(scope.names | set(names), scope.types))
        return lambda variables: closure(names, specs, lambda inside: result.coerce(body(inside)), variables)

    def boxed_list(self, element: etree._Element, scope: Scope) -> Compiled:
        items = [self.expression(item, scope) for item in _children(element, *EXPRESSIONS)]
        return lambda variables: [item(variables) for item in items]

    def relation(self, element: etree._Element, scope: Scope) -> Compiled:
        names = [_name(column) for column in _children(element, "column")]
        rows = [
            [self.expression(cell, scope) for cell in _children(row, *EXPRESSIONS)] for row in _children(element, "row")
        ]
        return lambda variables: [dict(zip(names, (cell(variables) for cell in row), strict=False)) for row in rows]

    def conditional(self, element: etree._Element, scope: Scope) -> Compiled:
        condition, yes, no = (self.inner(_child(element, tag), scope) for tag in ("if", "then", "else"))

        def choose(variables: Variables) -> Any:
            holds = condition(variables)
            if not isinstance(holds, bool | None):
                return None
            return yes(variables) if holds else no(variables)

        return choose

    def filter(self, element: etree._Element, scope: Scope) -> Compiled:
        source, match = self.inner(_child(element, "in"), scope), self.inner(_child(element, "match"), scope)

        def select(variables: Variables) -> Any:
            value = source(variables)
            items = [] if value is None else as_list(value)
            scopes = ({**variables, "item": item, **(item if isinstance(item, dict) else {})} for item in items)
            return chosen(items, (match(inside) for inside in scopes))

        return select

    def iteration(self, element: etree._Element, scope: Scope) -> Compiled:
        name, kind = str(element.get("iteratorVariable", "item")), local(element)
        source = self.inner(_child(element, "in"), scope)
        inside = Scope(scope.names | {name, "partial"}, scope.types)
        body = self.inner(_child(element, "return" if kind == "for" else "satisfies"), inside)

        def collect(variables: Variables) -> Any:
            value = source(variables)
            items = None if value is None else elements(value)
            if items is None:
                return None
            results: list[Any] = []

            def each() -> Iterator[Any]:
                for item in items:
                    spend()
                    yield body({**variables, name: item, "partial": results})

            if kind == "for":
                for result in each():
                    results.append(result)
                return results
            return quantified(each(), some=kind == "some")

        return collect

    # decision tables

    def boxed_table(self, element: etree._Element, scope: Scope) -> Compiled:
        table = self.table(element, scope, "", "")
        return lambda variables: evaluate_table(table, variables)[0]

    def table(self, element: etree._Element, scope: Scope, name: str, key: str) -> DecisionTable:
        policy = str(element.get("hitPolicy", "UNIQUE")).upper()
        aggregation = str(element.get("aggregation", "")).upper()
        if policy not in HIT_POLICIES or aggregation not in AGGREGATIONS:
            raise InvalidModel(sebab=f'tabel "{name}" memakai hit policy {policy} {aggregation} yang tidak dikenal')
        where = str(element.get("outputLabel") or name or element.get("id", "tabel"))
        inputs = tuple(self.input(column, scope, where) for column in _children(element, "input"))
        outputs = tuple(self.output(column, scope, where) for column in _children(element, "output"))
        if not outputs:
            raise InvalidModel(sebab=f'tabel "{where}" tidak mempunyai kolom hasil')
        labels = [column.label for column in inputs], [column.label for column in outputs]
        rules = tuple(
            self.rule(row, number, scope, where, labels) for number, row in enumerate(_children(element, "rule"), 1)
        )
        return DecisionTable(key or str(element.get("id", where)), where, policy, aggregation, inputs, outputs, rules)

    def input(self, element: etree._Element, scope: Scope, table: str) -> Input:
        inner = _child(element, "inputExpression")
        text = _text(inner).strip()
        label = str(element.get("label") or text)
        if inner is not None:
            self.refuse_language(inner)
        tree = _cell(lambda: parse_expression(text, scope.names), table, 0, label, text)
        spec = ANY if inner is None or not inner.get("typeRef") else self.type_named(str(inner.get("typeRef")))
        allowed_text = _text(_child(element, "inputValues")).strip()
        allowed_tree = (
            _cell(lambda: parse_unary_tests(allowed_text, scope.names), table, 0, label, allowed_text)
            if allowed_text
            else None
        )
        allowed = compile_tests(allowed_tree, scope) if allowed_tree else None
        return Input(
            str(element.get("id", label)),
            label,
            text,
            tree,
            compile_expression(text, scope),
            spec,
            allowed_text,
            allowed_tree,
            allowed,
        )

    def output(self, element: etree._Element, scope: Scope, table: str) -> Output:
        name = _name(element)
        label = str(element.get("label") or name or table)
        allowed = _text(_child(element, "outputValues")).strip()
        tests = _cell(lambda: parse_unary_tests(allowed, scope.names), table, 0, label, allowed).tests
        spec = self.variable_type(element)
        default_text = _text(_child(element, "defaultOutputEntry")).strip()
        default = None
        if default_text:
            _cell(lambda: parse_expression(default_text, scope.names), table, 0, label, default_text)
            default = compile_expression(default_text, scope)
        return Output(
            str(element.get("id", label)),
            name,
            label,
            spec,
            _constants(tests) or spec.values,
            default_text,
            default,
        )

    def rule(
        self, row: etree._Element, number: int, scope: Scope, table: str, labels: tuple[list[str], list[str]]
    ) -> Rule:
        inputs, outputs = list(_children(row, "inputEntry")), list(_children(row, "outputEntry"))
        if len(inputs) != len(labels[0]) or len(outputs) != len(labels[1]):
            raise InvalidModel(
                sebab=f'tabel "{table}", aturan {number}: banyaknya sel tidak sama dengan banyaknya kolom'
            )
        for cell in (*inputs, *outputs):
            self.refuse_language(cell)
        with_input = Scope(scope.names | {INPUT}, scope.types)
        cells = tuple(
            self.cell(_text(cell).strip(), with_input, table, number, label)
            for cell, label in zip(inputs, labels[0], strict=True)
        )
        entries = tuple(
            self.entry(_text(cell).strip(), scope, table, number, label)
            for cell, label in zip(outputs, labels[1], strict=True)
        )
        notes = tuple(_text(note).strip() for note in _children(row, "annotationEntry"))
        described = _text(row, "description").strip()
        return Rule(str(row.get("id") or number), number, cells, entries, notes or ((described,) if described else ()))

    def cell(self, text: str, scope: Scope, table: str, number: int, label: str) -> Cell:
        try:
            tree = _cell(lambda: parse_unary_tests(text, scope.names), table, number, label, text)
        except InvalidCell as error:
            self.collected.append(error)
            tree = ast.UnaryTests(())
        return Cell(text, tree, compile_tests(tree, scope))

    def entry(self, text: str, scope: Scope, table: str, number: int, label: str) -> Entry:
        if not text or text == "-":
            return Entry(text, ast.Literal(None), lambda _variables: None)
        try:
            tree = _cell(lambda: parse_expression(text, scope.names), table, number, label, text)
        except InvalidCell as error:
            self.collected.append(error)
            return Entry(text, ast.Literal(None), lambda _variables: None)
        return Entry(text, tree, compile_expression(text, scope))


def _constants(tests: Iterable[ast.Node]) -> tuple[Any, ...]:
    """The values of a list of allowed values, in its order; ranges and the like are left out."""
    return tuple(value for value in map(constant, tests) if value is not ...)


def _cell(read: Callable[[], T], table: str, number: int, label: str, text: str) -> T:
    """Read a text of a table; an error names the table, the rule (0: the column itself) and the place."""
    try:
        return read()
    except FeelSyntaxError as error:
        raise InvalidCell(
            tabel=table,
            nomor=number,
            kolom=label,
            teks=text,
            posisi=error.params["posisi"],
            harapan=error.params["harapan"],
        ) from None
