"""Small DMN files for tests, written as Python data."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = {
    "1.1": "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "1.2": "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "1.3": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "1.4": "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "1.5": "https://www.omg.org/spec/DMN/20230324/MODEL/",
}


def definitions(*parts: str, version: str = "1.3") -> bytes:
    return f'<definitions xmlns="{NAMESPACES[version]}" id="d" name="uji" namespace="urn:uji">{"".join(parts)}</definitions>'.encode()


def input_data(name: str, type_: str = "") -> str:
    reference = f" typeRef={quoteattr(type_)}" if type_ else ""
    return f'<inputData id="in_{name.replace(" ", "_")}" name={quoteattr(name)}><variable name={quoteattr(name)}{reference}/></inputData>'


def literal(text: str) -> str:
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def decision(name: str, body: str, *, needs: Sequence[str] = (), type_: str = "", knows: Sequence[str] = ()) -> str:
    reference = f" typeRef={quoteattr(type_)}" if type_ else ""
    required = "".join(
        f'<informationRequirement><required{"Input" if need.startswith("in_") else "Decision"} href="#{need}"/></informationRequirement>'
        for need in needs
    ) + "".join(f'<knowledgeRequirement><requiredKnowledge href="#{need}"/></knowledgeRequirement>' for need in knows)
    key = name.replace(" ", "_")
    return f"<decision id={quoteattr(key)} name={quoteattr(name)}><variable name={quoteattr(name)}{reference}/>{required}{body}</decision>"


def table(
    inputs: Sequence[tuple[str, str]],
    outputs: Sequence[tuple[str, str, str]],
    rules: Sequence[Sequence[str]],
    *,
    hit: str = "UNIQUE",
    aggregation: str = "",
    default: str = "",
) -> str:
    """`inputs`: (expression, type). `outputs`: (name, type, allowed values). A rule: its input cells, then its outputs."""
    columns = "".join(
        f'<input label={quoteattr(text)}><inputExpression typeRef="{type_}"><text>{escape(text)}</text></inputExpression></input>'
        for text, type_ in inputs
    )
    results = "".join(
        f'<output name={quoteattr(name)} typeRef="{type_}">'
        + (f"<outputValues><text>{escape(allowed)}</text></outputValues>" if allowed else "")
        + (f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else "")
        + "</output>"
        for name, type_, allowed in outputs
    )
    rows = "".join(
        f'<rule id="R{number}">'
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in row[: len(inputs)])
        + "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in row[len(inputs) :])
        + "</rule>"
        for number, row in enumerate(rules, 1)
    )
    extra = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable hitPolicy="{hit}"{extra}>{columns}{results}{rows}</decisionTable>'
