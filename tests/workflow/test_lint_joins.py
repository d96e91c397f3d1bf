"""A parallel join that can wait for ever is found before a process runs; sound models are left alone."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from backend.workflow import lint
from backend.workflow.bpmn_xml import NAMESPACE
from backend.workflow.lint_joins import starved_join

Block = tuple  # ("task",) | ("seq", blocks) | ("xor" | "and" | "or", blocks) | ("loop", block)


class Model:
    """Writes the elements and flows of blocks; `swap`: the number of the choice whose branches a parallel gateway joins."""

    def __init__(self, swap: int = -1) -> None:
        self.swap, self.numbers, self.choices, self.parts = swap, count(), count(), [""]

    def add(self, kind: str, attributes: str = "", content: str = "") -> str:
        name = f"n{next(self.numbers)}"
        self.parts.append(f'<{kind} id="{name}" {attributes}>{content}</{kind}>')
        return name

    def flow(self, source: str, target: str) -> None:
        name = f"f{next(self.numbers)}"
        self.parts.append(f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}"/>')

    def block(self, block: Block, before: str) -> str:
        """Write a block behind a node; the node that ends it."""
        kind, *rest = block
        if kind == "task":
            task = self.add("userTask")
            self.flow(before, task)
            return task
        if kind == "seq":
            for each in rest[0]:
                before = self.block(each, before)
            return before
        return self.loop(rest[0], before) if kind == "loop" else self.branches(kind, rest[0], before)

    def branches(self, kind: str, blocks: list[Block], before: str) -> str:
        gateway = {"xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway"}[kind]
        swapped = kind == "xor" and next(self.choices) == self.swap
        split = self.add(gateway)
        join = self.add("parallelGateway" if swapped else gateway)
        self.flow(before, split)
        for each in blocks:
            self.flow(self.block(each, split), join)
        return join

    def loop(self, block: Block, before: str) -> str:
        merge, decision = self.add("exclusiveGateway"), self.add("exclusiveGateway")
        self.flow(before, merge)
        self.flow(self.block(block, merge), decision)
        self.flow(decision, merge)
        return decision

    def level(self, block: Block) -> etree._Element:
        start = self.add("startEvent")
        end = self.block(block, start)
        self.flow(end, self.add("endEvent"))
        return etree.fromstring(f'<process xmlns="{NAMESPACE}" id="p">{"".join(self.parts)}</process>')


def blocks(*kinds: str) -> st.SearchStrategy[Block]:
    def deeper(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            st.tuples(st.just("seq"), several), st.tuples(st.just("loop"), inner), st.tuples(st.sampled_from(kinds), several)
        )  # fmt: skip

    return st.recursive(st.just(("task",)), deeper, max_leaves=8)


@settings(max_examples=150, deadline=None)
@given(blocks("xor", "and"))
def test_no_join_of_a_well_nested_model_starves(block: Block) -> None:
    assert starved_join(Model().level(block)) is None


@settings(max_examples=150, deadline=None)
@given(st.lists(blocks("xor", "and"), min_size=2, max_size=3), blocks("xor", "and"))
def test_a_choice_whose_branches_a_parallel_gateway_joins_is_found(chosen: list[Block], around: Block) -> None:
    model = Model(swap=0)
    found = starved_join(model.level(("seq", [("xor", chosen), around])))
    assert found is not None
    assert f'<parallelGateway id="{found}" ' in "".join(model.parts)


@settings(max_examples=50, deadline=None)
@given(blocks("xor", "and", "or"))
def test_what_cannot_be_judged_is_not_accused(block: Block) -> None:
    assert starved_join(Model().level(block)) is None


TWO = '<startEvent id="s"/><parallelGateway id="x"/><userTask id="a"/><userTask id="b"/>{more}<parallelGateway id="j"/><endEvent id="e"/>'
FLOWS = "s-x x-a x-b b-j j-e"


def level(more: str, flows: str) -> etree._Element:
    arrows = "".join(
        f'<sequenceFlow id="f-{each}" sourceRef="{each.split("-")[0]}" targetRef="{each.split("-")[1]}"/>'
        for each in f"{FLOWS} {flows}".split()
    )
    return etree.fromstring(f'<process xmlns="{NAMESPACE}" id="p">{TWO.format(more=more)}{arrows}</process>')


TIMER = '<boundaryEvent id="t" attachedToRef="a"{cancel}><timerEventDefinition/></boundaryEvent><endEvent id="l"/>'
LEAVES = '<exclusiveGateway id="y"/><endEvent id="l">{kind}</endEvent>'


@pytest.mark.parametrize(
    ("more", "flows", "starved"),
    [
        (LEAVES.format(kind=""), "a-y y-j y-l", "j"),
        (LEAVES.format(kind="<terminateEventDefinition/>"), "a-y y-j y-l", None),
        (LEAVES.format(kind="<errorEventDefinition/>"), "a-y y-j y-l", None),
        (TIMER.format(cancel=""), "a-j t-l", "j"),
        (TIMER.format(cancel=' cancelActivity="false"'), "a-j t-l", None),
        ('<eventBasedGateway id="y"/><endEvent id="l"/>', "a-y y-j y-l", "j"),
        ('<inclusiveGateway id="y"/><endEvent id="l"/>', "a-y y-j y-l", "j"),
        ('<exclusiveGateway id="y"/>', "a-y y-j y-x", "x"),  # the way back makes the split a join
        ("", "a-j", None),
    ],
)
def test_the_ways_in_which_a_branch_can_be_left_out(more: str, flows: str, starved: str | None) -> None:
    assert starved_join(level(more, flows)) == starved


def test_the_report_names_the_join_also_inside_a_sub_process() -> None:
    inside = etree.tostring(level(LEAVES.format(kind=""), "a-y y-j y-l")).decode()
    inside = (
        inside.replace("<process", "<subProcess").replace("</process", "</subProcess").replace('id="p"', 'id="sub"')
    )
    inside = inside.replace('<exclusiveGateway id="y"/>', '<exclusiveGateway id="y" default="f-y-j"/>').replace(
        'id="f-y-l" sourceRef="y" targetRef="l"/>',
        'id="f-y-l" sourceRef="y" targetRef="l"><conditionExpression>n &gt; 1</conditionExpression></sequenceFlow>',
    )
    document = (
        f'<definitions xmlns="{NAMESPACE}" targetNamespace="u"><process id="p" isExecutable="true"><startEvent id="s0"/>'
        f'{inside}<endEvent id="e0"/><sequenceFlow id="g1" sourceRef="s0" targetRef="sub"/>'
        '<sequenceFlow id="g2" sourceRef="sub" targetRef="e0"/></process></definitions>'
    )
    report = lint.check(document)
    assert [(problem.code, problem.element) for problem in report.problems if problem.severity == lint.ERROR] == [
        ("gabungan_menunggu", "j")
    ]
