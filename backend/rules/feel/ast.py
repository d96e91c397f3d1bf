"""The tree of a FEEL text. `position` is the offset of a node's first character, for error messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of an expression."""


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, string, boolean, null (None) or a temporal value written as `@"…"`."""

    value: object


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, a function or `?` (the tested input)."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`source.name`."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`source[condition]`: by position when the condition is a number, else by truth."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """Arithmetic minus."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """`+ - * / **`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`= != < <= > >=`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """`and` / `or`, three-valued."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`subject between low and high`, both ends included."""

    subject: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """`subject in test` or `subject in (test, …)`."""

    subject: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class UnaryComparison(Node):
    """`< 5`, `>= "b"`, `= x`, `!= x`: a test without its subject; as a value, an endless range."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Range(Node):
    """`[low..high]`; a side is included or not; None is an open end."""

    low: Node | None
    high: Node | None
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class List(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Context(Node):
    """`{name: value}`; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(a, b)` or `function(name: a)`."""

    function: Node
    positional: tuple[Node, ...] = ()
    named: tuple[tuple[str, Node], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Node):
    """`function(a, b: number) body`; an external body is kept as None and gives null."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: Node | None


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then yes else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """`name in source` or `name in low..high`."""

    name: str
    source: Node
    until: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for iterators return body`; `partial` holds the results so far."""

    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some` / `every` iterators `satisfies` condition."""

    kind: str
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Type(Node):
    """A type by name (`number`, an item definition), or `list<T>`, `range<T>`, `context<a: T>`, `function<T> -> T`."""

    name: str
    arguments: tuple[Type, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`subject instance of type`."""

    subject: Node
    type: Type


@dataclass(frozen=True, slots=True)
class UnaryTests(Node):
    """A cell of a decision table. No tests means `-`: any value."""

    tests: tuple[Node, ...]
    negated: bool = False

    @property
    def any(self) -> bool:
        return not self.tests
