"""What modelers write differently although they mean the same, made uniform before the library reads a document.

Data objects, stores and input/output sets are drawn to be read by people: the data of a process belongs to its steps,
so they are left out (the library would look for them at run time, or search for them without end). Code in them is
refused elsewhere (lint_code.py).
"""

from __future__ import annotations

import math
from collections.abc import Container

from lxml import etree

from backend.core.xml import local
from backend.workflow.bpmn_xml import NAMESPACE, flow_id

BOOLEANS = frozenset(
    {"isExecutable", "cancelActivity", "isInterrupting", "triggeredByEvent", "isSequential", "testBefore", "isForCompensation"}
)  # fmt: skip
REFERENCES = frozenset({"messageRef", "signalRef", "errorRef", "escalationRef", "attachedToRef"})
TEXTS = frozenset({"flowNodeRef", "loopDataInputRef", "loopDataOutputRef", "correlationPropertyRef"})
EXPRESSIONS = frozenset(
    {"conditionExpression", "completionCondition", "loopCondition", "loopCardinality", "formalExpression", "messagePath", "messagePayload",
     "payloadExpression", "expression"}
)  # fmt: skip
DATA = frozenset(
    {"ioSpecification", "dataInputAssociation", "dataOutputAssociation", "property", "dataStore", "dataStoreReference", "dataObject",
     "dataObjectReference"}
)  # fmt: skip


def is_true(value: object) -> bool:
    """An XML boolean."""
    return str(value or "").strip() in {"true", "1"}


def is_data(element: etree._Element) -> bool:
    """Drawn for people only."""
    return local(element) in DATA and etree.QName(element).namespace == NAMESPACE


def one_line(expression: str) -> str:
    """An expression that was broken into lines to be read, as one."""
    return " ".join(part.strip() for part in expression.splitlines()).strip()


def normalise(root: etree._Element) -> etree._Element:
    """The document, changed in place."""
    ids = {str(element.get("id")) for element in root.iter(etree.Element) if element.get("id")}
    for element in list(root.iter(etree.Element)):
        if is_data(element) or _is_empty_condition(element):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
        elif etree.QName(element).namespace == NAMESPACE:
            _attributes(element, ids)
            if local(element) == "sequenceFlow":
                element.set("id", flow_id(element))  # the library passes over a flow without one
            if local(element) == "lane":
                element.set("name", " ".join(str(element.get("name", "")).split()))
            if local(element) in TEXTS and element.text:
                element.text = element.text.strip()
        elif local(element) == "Bounds":
            _bounds(element)
        if local(element) in EXPRESSIONS and element.text:
            element.text = one_line(element.text)
    return root


def _is_empty_condition(element: etree._Element) -> bool:
    return local(element) == "conditionExpression" and not "".join(map(str, element.itertext())).strip()


def _attributes(element: etree._Element, ids: set[str]) -> None:
    for name in BOOLEANS & set(map(str, element.attrib)):
        element.set(name, "true" if is_true(element.get(name)) else "false")
    for name in REFERENCES & set(map(str, element.attrib)):
        element.set(name, resolved(str(element.get(name)), ids))


def resolved(reference: str, ids: Container[str]) -> str:
    """A reference without the prefix of its namespace, when only so it is found."""
    bare = reference.rpartition(":")[2]
    return bare if reference not in ids and bare in ids else reference


def _bounds(element: etree._Element) -> None:
    for name in ("x", "y"):
        try:
            sound = math.isfinite(float(str(element.get(name, "0"))))
        except ValueError:
            sound = False
        if not sound:
            element.set(name, "0")
