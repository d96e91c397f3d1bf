"""Code in a diagram: every place of BPMN and of the vendors' extensions where something could be run or computed.

Nothing of it would ever run here. It is refused because the process would then do something else than its author drew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from backend.core.errors import DomainError
from backend.core.xml import local
from backend.workflow.bpmn_xml import NAMESPACE
from backend.workflow.conditions import compiled
from backend.workflow.vendor import one_line

SPIFF: Final = "spiffworkflow"
XHTML: Final = "http://www.w3.org/1999/xhtml"
ELEMENTS: Final = frozenset(
    {
        "class", "delegateexpression", "expression", "script", "executionlistener", "executionlisteners", "tasklistener",
        "tasklisteners", "eventlistener", "prescript", "postscript", "connector", "onentry-script", "onexit-script", "scriptvalue",
        "condition", "customscript", "code",
    }
)  # fmt: skip
OWN_EXPRESSIONS: Final = frozenset(
    {"expression", "messagepayload", "payloadexpression"}
)  # ours: computed by `compiled`
CODE_ATTRIBUTE: Final = re.compile(r"(class|expression|script|delegate)\Z", re.IGNORECASE)
EL: Final = re.compile(r"[$#]\{")
FEEL: Final = re.compile(r"\s*=(?!=)")
PEOPLE: Final = re.compile(
    r"(?:(?:user|group)\(\s*[\w .@,-]+\)|[\w .@-]+)(?:\s*,\s*(?:(?:user|group)\([\w .@,-]+\)|[\w .@-]+))*"
)
PATHS: Final = frozenset({"messagePath", "dataPath"})
ASSIGNED: Final = frozenset({"from", "to"})
LITERAL: Final = re.compile(r"[\w .,:/@-]*")  # what some modelers assign to the inputs of every task
ROLES: Final = "resourceAssignmentExpression"
Found = tuple[etree._Element, str, str]  # where, code of the problem, what to say


def code_in(elements: list[etree._Element]) -> Iterator[Found]:
    """Each place with code in a document."""
    for element in elements:
        space = etree.QName(element).namespace or ""
        if _is_diagram(space):
            continue
        if space == NAMESPACE:
            yield from _standard(element)
        else:
            yield from _foreign(element, space)
        yield from _attributes(element, space)


def _standard(element: etree._Element) -> Iterator[Found]:
    kind, text = local(element), _text(element)
    if kind == "transformation" or (kind in ASSIGNED and not LITERAL.fullmatch(text)):
        yield (
            element,
            "kode",
            f"<{kind}> menghitung data, dan itu tidak dijalankan di sini; biarkan langkah yang mengisi data.",
        )
    elif kind in PATHS and text:
        yield from _expression(element, text)
    elif kind in {"formalExpression", "expression"} and text:
        yield from _formal(element, text)
    elif kind == "loopDataInputRef" and not re.fullmatch(r"[\w.-]+", text):
        yield element, "ungkapan", "Daftar pengulangan harus berupa nama data, bukan ungkapan."


def _formal(element: etree._Element, text: str) -> Iterator[Found]:
    parent = element.getparent()
    if parent is not None and local(parent) == ROLES:
        if not PEOPLE.fullmatch(text):
            yield element, "kode", "Penugasan memuat ungkapan yang tidak dijalankan; pelaksana ditentukan oleh lajur."
    else:
        yield from _expression(element, text)


def _foreign(element: etree._Element, space: str) -> Iterator[Found]:
    kind = local(element).lower()
    own = SPIFF in space
    if own and kind in OWN_EXPRESSIONS:
        if text := _text(element):
            yield from _expression(element, text)
            if kind == "messagepayload" and not text.startswith("{"):
                yield element, "ungkapan", "Isi pesan harus berupa pasangan nama dan nilai: {…}."
    elif own and kind in {"parameter", "taskmetadatavalue"}:
        if text := str(element.get("value", "")).strip():
            yield from _expression(element, text)
    elif kind in ELEMENTS:
        yield element, "kode", f"<{local(element)}> memuat kode atau ungkapan yang tidak dijalankan di sini."
    elif space != XHTML and not own and _is_computed(str(element.text or ""), space):
        yield element, "kode", f"<{local(element)}> memuat ungkapan yang tidak dijalankan di sini."


def _attributes(element: etree._Element, space: str) -> Iterator[Found]:
    if space == XHTML or SPIFF in space:
        return
    for key, value in element.attrib.items():
        name = etree.QName(str(key))
        foreign = bool(name.namespace) and name.namespace != NAMESPACE
        in_vendor = foreign or space != NAMESPACE
        if in_vendor and CODE_ATTRIBUTE.search(name.localname) and str(value).strip():
            yield element, "kode", f"Atribut {name.localname} memanggil kode; pakai layanan terdaftar."
        elif name.localname not in {"name", "id"} and (
            _is_computed(str(value), name.namespace or space) if in_vendor else EL.search(str(value))
        ):
            yield element, "kode", f"Atribut {name.localname} memuat ungkapan yang tidak dijalankan di sini."


def _is_computed(text: str, space: str) -> bool:
    """An EL expression of any vendor, or FEEL where Camunda 8 writes it (a leading `=`)."""
    return bool(EL.search(text) or ("zeebe" in space and FEEL.match(text)))


def _expression(element: etree._Element, text: str) -> Iterator[Found]:
    try:
        compiled(one_line(text))
    except DomainError as error:
        yield element, "ungkapan", error.message


def _text(element: etree._Element) -> str:
    return "".join(str(part) for part in element.itertext()).strip()


def _is_diagram(space: str) -> bool:
    return "/DI" in space or "/DD/" in space
