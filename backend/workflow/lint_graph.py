"""Questions about the shape of a process: loops without a rest, and trees too wide to be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

Following = Mapping[str, Sequence[str]]


def components(keys: set[str], following: Following) -> Iterator[list[str]]:
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


def loops(keys: set[str], following: Following) -> Iterator[list[str]]:
    """Components in which a token can come back to where it was."""
    for component in components(keys, following):
        if len(component) > 1 or any(key in following.get(key, ()) for key in component):
            yield component


def predicted(keys: set[str], following: Following, *, stops: Callable[[str], bool]) -> dict[str, int]:
    """How many tasks the library foresees from each node: every path up to the next choice, joins counted per path.

    `keys` must be free of loops that pass no choice (see `loops`).
    """
    sizes: dict[str, int] = {}
    for root in keys:
        pending = [root]
        while pending:
            node = pending[-1]
            wanted = [] if stops(node) else [t for t in following.get(node, ()) if t in keys]
            missing = [target for target in wanted if target not in sizes]
            if node in sizes or not missing:
                sizes[node] = 1 + sum(sizes[target] for target in wanted)
                pending.pop()
            else:
                pending += missing
    return sizes
